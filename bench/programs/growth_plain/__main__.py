"""Config `databases` many databases on one network, in pulumi_aws alone. See plain_prod."""

import pulumi
import pulumi_aws as aws
import pulumi_random as random

STACK = pulumi.get_stack()
PREFIX = f"{pulumi.get_project()}-{STACK}"
PORT = 5432


def tags(name: str) -> dict[str, str]:
    return {"Name": name, "Environment": STACK}


vpc = aws.ec2.Vpc(
    "network",
    cidr_block="10.30.0.0/16",
    enable_dns_support=True,
    enable_dns_hostnames=True,
    tags=tags(f"{PREFIX}-network"),
)
aws.ec2.DefaultSecurityGroup("network-default", vpc_id=vpc.id, tags=tags(f"{PREFIX}-network-default-unused"))
route_table = aws.ec2.RouteTable("network-private", vpc_id=vpc.id, tags=tags(f"{PREFIX}-network-private"))
subnets: list[aws.ec2.Subnet] = []
for index, zone in enumerate(("us-east-1a", "us-east-1b")):
    subnet = aws.ec2.Subnet(
        f"network-{zone}",
        vpc_id=vpc.id,
        cidr_block=f"10.30.{index * 16}.0/20",
        availability_zone=zone,
        map_public_ip_on_launch=False,
        tags=tags(f"{PREFIX}-network-private-{zone}"),
    )
    aws.ec2.RouteTableAssociation(f"network-{zone}", route_table_id=route_table.id, subnet_id=subnet.id)
    subnets.append(subnet)
application = aws.ec2.SecurityGroup(
    "network-application",
    vpc_id=vpc.id,
    description="Applications that may connect to the databases",
    tags=tags(f"{PREFIX}-network-application"),
)
aws.vpc.SecurityGroupEgressRule(
    "network-application-egress",
    security_group_id=application.id,
    ip_protocol="-1",
    cidr_ipv4="0.0.0.0/0",
    description="All outgoing traffic",
    tags=tags(f"{PREFIX}-network-application-egress"),
)

for number in range(pulumi.Config().require_int("databases")):
    name = f"db{number}"
    identifier = f"{PREFIX}-{name}"
    subnet_group = aws.rds.SubnetGroup(
        f"{name}-subnets",
        name=identifier,
        description="Private subnets of the database",
        subnet_ids=[subnet.id for subnet in subnets],
        tags=tags(identifier),
    )
    access = aws.ec2.SecurityGroup(
        f"{name}-access",
        vpc_id=vpc.id,
        description="Access to the database",
        tags=tags(f"{identifier}-access"),
    )
    aws.vpc.SecurityGroupIngressRule(
        f"{name}-access-from-application",
        security_group_id=access.id,
        ip_protocol="tcp",
        from_port=PORT,
        to_port=PORT,
        referenced_security_group_id=application.id,
        description="From the application group",
        tags=tags(f"{identifier}-access-from-application"),
    )
    aws.vpc.SecurityGroupEgressRule(
        f"{name}-access-egress",
        security_group_id=access.id,
        ip_protocol="-1",
        cidr_ipv4="0.0.0.0/0",
        description="All outgoing traffic",
        tags=tags(f"{identifier}-access-egress"),
    )
    random.RandomId(f"{name}-suffix", byte_length=4)
    aws.rds.Instance(
        name,
        identifier=identifier,
        engine="postgres",
        engine_version="17",
        instance_class="db.t3.micro",
        allocated_storage=20,
        storage_type="gp3",
        storage_encrypted=True,
        db_name=name,
        username="dbadmin",
        manage_master_user_password=True,
        port=PORT,
        iam_database_authentication_enabled=True,
        multi_az=False,
        backup_retention_period=7,
        auto_minor_version_upgrade=True,
        allow_major_version_upgrade=False,
        apply_immediately=False,
        publicly_accessible=False,
        copy_tags_to_snapshot=True,
        deletion_protection=False,
        skip_final_snapshot=True,
        delete_automated_backups=True,
        db_subnet_group_name=subnet_group.name,
        vpc_security_group_ids=[access.id],
        tags=tags(identifier),
    )
