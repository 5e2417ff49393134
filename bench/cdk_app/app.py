"""The prod stack as an AWS CDK app: what `synth` has to do for the same databases. Run by bench/cdk.py alone."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_rds as rds

app = cdk.App()
stack = cdk.Stack(app, "prod", env=cdk.Environment(account="123456789012", region="us-east-1"))

vpc = ec2.Vpc(
    stack,
    "network",
    ip_addresses=ec2.IpAddresses.cidr("10.20.0.0/16"),
    availability_zones=["us-east-1a", "us-east-1b", "us-east-1c"],
    subnet_configuration=[
        ec2.SubnetConfiguration(name="private", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
    ],
    restrict_default_security_group=False,
)
application = ec2.SecurityGroup(stack, "application", vpc=vpc, description="Applications")
access = ec2.SecurityGroup(stack, "access", vpc=vpc, description="Access to the database")
access.add_ingress_rule(application, ec2.Port.tcp(5432), "From the application group")

isolated = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
large = ec2.InstanceType.of(ec2.InstanceClass.R6G, ec2.InstanceSize.LARGE)
source = rds.DatabaseInstance(
    stack,
    "app",
    instance_identifier="dbstack-prod-app",
    engine=rds.DatabaseInstanceEngine.postgres(version=rds.PostgresEngineVersion.of("17", "17")),
    instance_type=large,
    vpc=vpc,
    vpc_subnets=isolated,
    security_groups=[access],
    allocated_storage=100,
    max_allocated_storage=500,
    storage_type=rds.StorageType.GP3,
    storage_encrypted=True,
    multi_az=True,
    database_name="app",
    credentials=rds.Credentials.from_generated_secret("dbadmin"),
    backup_retention=cdk.Duration.days(30),
    preferred_backup_window="03:00-04:00",
    preferred_maintenance_window="sun:04:00-sun:05:00",
    copy_tags_to_snapshot=True,
    deletion_protection=True,
    removal_policy=cdk.RemovalPolicy.SNAPSHOT,
)
for key in ("reporting", "analytics"):
    rds.DatabaseInstanceReadReplica(
        stack,
        key,
        source_database_instance=source,
        instance_identifier=f"dbstack-prod-app-{key}",
        instance_type=large,
        vpc=vpc,
        vpc_subnets=isolated,
        security_groups=[access],
        storage_type=rds.StorageType.GP3,
        max_allocated_storage=500,
        deletion_protection=True,
    )
cdk.Tags.of(stack).add("Environment", "prod")
app.synth()
