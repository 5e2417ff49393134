"""Config `databases` many databases on one network, in pulumi_aws alone. See plain_prod.

Config `replicas` gives each as many read replicas; with `components` each is a component of the program's own.
"""

import json
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_random as random

STACK = pulumi.get_stack()
PREFIX = f"{pulumi.get_project()}-{STACK}"
PORT = 5432
LOGS = ["postgresql", "upgrade"]


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

NETWORK = f"{PREFIX}-network"
flow_group = aws.cloudwatch.LogGroup(
    "network-flow-logs",
    name=f"/vpc/flow-logs/{NETWORK}",
    retention_in_days=365,
    tags=tags(f"{NETWORK}-flow-logs"),
)
flow_role = aws.iam.Role(
    "network-flow-logs",
    name_prefix=f"{NETWORK[:32]}-flow-",
    description="Writes the flow logs of the databases' network",
    assume_role_policy=pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "vpc-flow-logs.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                    "Condition": {"StringEquals": {"aws:SourceAccount": vpc.owner_id}},
                }
            ],
        }
    ),
    tags=tags(f"{NETWORK}-flow-logs"),
)
flow_policy = aws.iam.RolePolicy(
    "network-flow-logs",
    name="write",
    role=flow_role.name,
    policy=pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                    "Resource": pulumi.Output.concat(flow_group.arn, ":*"),
                },
                {
                    "Effect": "Allow",
                    "Action": ["logs:DescribeLogGroups", "logs:DescribeLogStreams"],
                    "Resource": "*",
                },
            ],
        }
    ),
)
aws.ec2.FlowLog(
    "network-flow-logs",
    vpc_id=vpc.id,
    traffic_type="ALL",
    log_destination=flow_group.arn,
    iam_role_arn=flow_role.arn,
    max_aggregation_interval=600,
    tags=tags(f"{NETWORK}-flow-logs"),
    opts=pulumi.ResourceOptions(depends_on=[flow_policy]),
)

role = aws.iam.Role(
    "databases-monitoring",
    name_prefix=f"{pulumi.get_project()}-{pulumi.get_stack()}-databases"[:26] + "-monitoring-",
    assume_role_policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "monitoring.rds.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                }
            ],
        }
    ),
    description="RDS enhanced monitoring",
    tags=tags("databases-monitoring"),
)
attached = aws.iam.RolePolicyAttachment(
    "databases-monitoring",
    role=role.name,
    policy_arn="arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole",
)
role_arn = pulumi.Output.all(role.arn, attached.id).apply(lambda made: made[0])


def log_groups(
    name: str, identifier: str, options: pulumi.ResourceOptions | None
) -> list[aws.cloudwatch.LogGroup]:
    return [
        aws.cloudwatch.LogGroup(
            f"{name}-log-{log}",
            name=f"/aws/rds/instance/{identifier}/{log}",
            retention_in_days=365,
            tags=tags(f"{identifier}-{log}"),
            opts=options,
        )
        for log in LOGS
    ]


def database(name: str, replicas: int, parent: pulumi.Resource | None) -> dict[str, Any]:
    """One database and what belongs to it; what a component of it would register."""
    identifier = f"{PREFIX}-{name}"
    options = None if parent is None else pulumi.ResourceOptions(parent=parent)
    subnet_group = aws.rds.SubnetGroup(
        f"{name}-subnets",
        name=identifier,
        description="Private subnets of the database",
        subnet_ids=[subnet.id for subnet in subnets],
        tags=tags(identifier),
        opts=options,
    )
    access = aws.ec2.SecurityGroup(
        f"{name}-access",
        vpc_id=vpc.id,
        description="Access to the database",
        tags=tags(f"{identifier}-access"),
        opts=options,
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
        opts=options,
    )
    aws.vpc.SecurityGroupEgressRule(
        f"{name}-access-egress",
        security_group_id=access.id,
        ip_protocol="-1",
        cidr_ipv4="0.0.0.0/0",
        description="All outgoing traffic",
        tags=tags(f"{identifier}-access-egress"),
        opts=options,
    )
    suffix = random.RandomId(f"{name}-suffix", byte_length=4, opts=options)
    logs = log_groups(name, identifier, options)
    parameters = aws.rds.ParameterGroup(
        f"{name}-parameters",
        name_prefix=f"{identifier}-postgres17-",
        family="postgres17",
        description="Parameters of the database",
        parameters=[{"name": "rds.force_ssl", "value": "1", "apply_method": "pending-reboot"}],
        tags=tags(f"{identifier}-postgres17"),
        opts=options,
    )
    # AWS refuses a password that RDS manages where there are replicas.
    password = (
        random.RandomPassword(f"{name}-password", length=30, special=False, opts=options)
        if replicas
        else None
    )
    instance = aws.rds.Instance(
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
        password=password.result if password else None,
        manage_master_user_password=None if password else True,
        port=PORT,
        iam_database_authentication_enabled=True,
        multi_az=False,
        backup_retention_period=7,
        auto_minor_version_upgrade=True,
        allow_major_version_upgrade=False,
        apply_immediately=False,
        monitoring_interval=60,
        monitoring_role_arn=role_arn,
        performance_insights_enabled=True,
        performance_insights_retention_period=7,
        database_insights_mode="standard",
        enabled_cloudwatch_logs_exports=LOGS,
        publicly_accessible=False,
        copy_tags_to_snapshot=True,
        deletion_protection=False,
        skip_final_snapshot=True,
        delete_automated_backups=True,
        parameter_group_name=parameters.name,
        db_subnet_group_name=subnet_group.name,
        vpc_security_group_ids=[access.id],
        tags=tags(identifier),
        opts=pulumi.ResourceOptions(parent=parent, depends_on=logs),
    )
    if password:
        secret = aws.secretsmanager.Secret(
            f"{name}-master",
            name=pulumi.Output.concat(identifier, "-master-", suffix.hex),
            description=f"Master user of the database {identifier}",
            recovery_window_in_days=0,
            tags=tags(f"{identifier}-master"),
            opts=options,
        )
        content = {
            "engine": "postgres",
            "host": instance.address,
            "port": PORT,
            "dbname": name,
            "username": "dbadmin",
            "password": password.result,
            "dbInstanceIdentifier": identifier,
        }
        aws.secretsmanager.SecretVersion(
            f"{name}-master",
            secret_id=secret.id,
            secret_string=pulumi.Output.secret(pulumi.Output.json_dumps(content)),
            opts=options,
        )
    for number in range(replicas):
        key = f"replica{number}"
        aws.rds.Instance(
            f"{name}-{key}",
            identifier=f"{identifier}-{key}",
            replicate_source_db=instance.identifier,
            parameter_group_name=instance.parameter_group_name,
            port=PORT,
            instance_class="db.t3.micro",
            multi_az=False,
            storage_type="gp3",
            storage_encrypted=True,
            auto_minor_version_upgrade=True,
            apply_immediately=False,
            iam_database_authentication_enabled=True,
            vpc_security_group_ids=[access.id],
            monitoring_interval=60,
            monitoring_role_arn=role_arn,
            performance_insights_enabled=True,
            performance_insights_retention_period=7,
            database_insights_mode="standard",
            enabled_cloudwatch_logs_exports=LOGS,
            publicly_accessible=False,
            copy_tags_to_snapshot=True,
            deletion_protection=False,
            skip_final_snapshot=True,
            delete_automated_backups=True,
            tags=tags(f"{identifier}-{key}"),
            opts=pulumi.ResourceOptions(
                parent=parent, depends_on=log_groups(f"{name}-{key}", f"{identifier}-{key}", options)
            ),
        )
    return {
        "host": instance.address,
        "port": instance.port,
        "database": instance.db_name,
        "username": instance.username,
        "engine": instance.engine,
        "arn": instance.arn,
        "identifier": instance.identifier,
        "resourceId": instance.resource_id,
        "securityGroupId": access.id,
    }


class OwnComponent(pulumi.ComponentResource):
    """What a team writes that doesn't take a library."""

    def __init__(self, name: str, replicas: int) -> None:
        super().__init__("growth:index:OwnComponent", name)
        self.register_outputs(database(name, replicas, self))


config = pulumi.Config()
for number in range(config.require_int("databases")):
    if config.get_bool("components"):
        OwnComponent(f"db{number}", config.get_int("replicas") or 0)
    else:
        database(f"db{number}", config.get_int("replicas") or 0, None)
