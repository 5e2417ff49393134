"""The prod stack written straight in pulumi_aws: the same resources with the same properties as the library makes.

`make bench` compares it with the library, and fails if the two no longer declare the same.
"""

import json
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_random as random

IDENTIFIER = f"{pulumi.get_project()}-{pulumi.get_stack()}-app"
ENVIRONMENT = "prod"
PORT = 5432
LOGS = ["postgresql", "upgrade"]


def tags(name: str) -> dict[str, str]:
    return {"Name": name, "Environment": ENVIRONMENT}


vpc = aws.ec2.Vpc(
    "network",
    cidr_block="10.20.0.0/16",
    enable_dns_support=True,
    enable_dns_hostnames=True,
    tags=tags("network"),
)
aws.ec2.DefaultSecurityGroup("network-default", vpc_id=vpc.id, tags=tags("network-default-unused"))
route_table = aws.ec2.RouteTable("network-private", vpc_id=vpc.id, tags=tags("network-private"))
subnets: list[aws.ec2.Subnet] = []
for index, zone in enumerate(("us-east-1a", "us-east-1b", "us-east-1c")):
    subnet = aws.ec2.Subnet(
        f"network-{zone}",
        vpc_id=vpc.id,
        cidr_block=f"10.20.{index * 16}.0/20",
        availability_zone=zone,
        map_public_ip_on_launch=False,
        tags=tags(f"network-private-{zone}"),
    )
    aws.ec2.RouteTableAssociation(f"network-{zone}", route_table_id=route_table.id, subnet_id=subnet.id)
    subnets.append(subnet)
application = aws.ec2.SecurityGroup(
    "network-application",
    vpc_id=vpc.id,
    description="Applications that may connect to the databases",
    tags=tags("network-application"),
)
aws.vpc.SecurityGroupEgressRule(
    "network-application-egress",
    security_group_id=application.id,
    ip_protocol="-1",
    cidr_ipv4="0.0.0.0/0",
    description="All outgoing traffic",
    tags=tags("network-application-egress"),
)

NETWORK = f"{pulumi.get_project()}-{pulumi.get_stack()}-network"
flow_group = aws.cloudwatch.LogGroup(
    "network-flow-logs",
    name=f"/vpc/flow-logs/{NETWORK}",
    retention_in_days=365,
    tags=tags("network-flow-logs"),
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
    tags=tags("network-flow-logs"),
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
    tags=tags("network-flow-logs"),
    opts=pulumi.ResourceOptions(depends_on=[flow_policy]),
)

NOTIFICATIONS = f"{pulumi.get_project()}-{pulumi.get_stack()}-notifications"
topic = aws.sns.Topic("notifications", name=NOTIFICATIONS, tags=tags(NOTIFICATIONS))
for source, categories in {
    "db-instance": ["configuration change", "failure", "maintenance"],
    "db-cluster": ["failure", "maintenance"],
    "db-parameter-group": ["configuration change"],
    "db-security-group": ["configuration change", "failure"],
}.items():
    aws.rds.EventSubscription(
        f"notifications-{source}",
        name=f"{NOTIFICATIONS}-{source}",
        sns_topic=topic.arn,
        source_type=source,
        event_categories=categories,
        tags=tags(f"{NOTIFICATIONS}-{source}"),
    )
endpoints = aws.ec2.SecurityGroup(
    "network-endpoints",
    vpc_id=vpc.id,
    description="Endpoints of AWS's services",
    tags=tags("network-endpoints"),
)
aws.vpc.SecurityGroupIngressRule(
    "network-endpoints",
    security_group_id=endpoints.id,
    ip_protocol="tcp",
    from_port=443,
    to_port=443,
    cidr_ipv4="10.20.0.0/16",
    description="HTTPS from the VPC",
    tags=tags("network-endpoints-from-vpc"),
)
aws.ec2.VpcEndpoint(
    "network-secretsmanager",
    vpc_id=vpc.id,
    service_name="com.amazonaws.us-east-1.secretsmanager",
    vpc_endpoint_type="Interface",
    subnet_ids=[subnet.id for subnet in subnets],
    security_group_ids=[endpoints.id],
    private_dns_enabled=True,
    policy=pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": "*",
                    "Action": "*",
                    "Resource": "*",
                    "Condition": {"StringEquals": {"aws:PrincipalAccount": vpc.owner_id}},
                }
            ],
        }
    ),
    tags=tags("network-endpoint-secretsmanager"),
)

subnet_group = aws.rds.SubnetGroup(
    "app-subnets",
    name=IDENTIFIER,
    description="Private subnets of the database",
    subnet_ids=[subnet.id for subnet in subnets],
    tags=tags(IDENTIFIER),
)
access = aws.ec2.SecurityGroup(
    "app-access", vpc_id=vpc.id, description="Access to the database", tags=tags(f"{IDENTIFIER}-access")
)
aws.vpc.SecurityGroupIngressRule(
    "app-access-from-application",
    security_group_id=access.id,
    ip_protocol="tcp",
    from_port=PORT,
    to_port=PORT,
    referenced_security_group_id=application.id,
    description="From the application group",
    tags=tags(f"{IDENTIFIER}-access-from-application"),
)
aws.vpc.SecurityGroupEgressRule(
    "app-access-egress",
    security_group_id=access.id,
    ip_protocol="-1",
    cidr_ipv4="0.0.0.0/0",
    description="All outgoing traffic",
    tags=tags(f"{IDENTIFIER}-access-egress"),
)

suffix = random.RandomId("app-suffix", byte_length=4)
password = random.RandomPassword("app-password", length=30, special=False)
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


def log_groups(name: str, identifier: str) -> list[aws.cloudwatch.LogGroup]:
    return [
        aws.cloudwatch.LogGroup(
            f"{name}-log-{log}",
            name=f"/aws/rds/instance/{identifier}/{log}",
            retention_in_days=365,
            tags=tags(f"{identifier}-{log}"),
        )
        for log in LOGS
    ]


parameters = aws.rds.ParameterGroup(
    "app-parameters",
    name_prefix=f"{IDENTIFIER}-postgres17-",
    family="postgres17",
    description="Parameters of the database",
    parameters=[{"name": "rds.force_ssl", "value": "1", "apply_method": "pending-reboot"}],
    tags=tags(f"{IDENTIFIER}-postgres17"),
)
instance = aws.rds.Instance(
    "app",
    identifier=IDENTIFIER,
    engine="postgres",
    engine_version="17",
    instance_class="db.r6g.large",
    allocated_storage=100,
    max_allocated_storage=500,
    storage_type="gp3",
    storage_encrypted=True,
    db_name="app",
    username="dbadmin",
    password=password.result,
    iam_database_authentication_enabled=True,
    port=PORT,
    multi_az=True,
    backup_retention_period=30,
    backup_window="03:00-04:00",
    maintenance_window="sun:04:00-sun:05:00",
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
    deletion_protection=True,
    skip_final_snapshot=False,
    final_snapshot_identifier=pulumi.Output.concat(IDENTIFIER, "-final-", suffix.hex),
    delete_automated_backups=False,
    parameter_group_name=parameters.name,
    db_subnet_group_name=subnet_group.name,
    vpc_security_group_ids=[access.id],
    tags=tags(IDENTIFIER),
    # The function changes the password, and nothing may put the first one back.
    opts=pulumi.ResourceOptions(
        protect=True, ignore_changes=["password"], depends_on=log_groups("app", IDENTIFIER)
    ),
)
secret = aws.secretsmanager.Secret(
    "app-master",
    name=pulumi.Output.concat(IDENTIFIER, "-master-", suffix.hex),
    description=f"Master user of the database {IDENTIFIER}",
    recovery_window_in_days=30,
    tags=tags(f"{IDENTIFIER}-master"),
)
version = aws.secretsmanager.SecretVersion(
    "app-master",
    secret_id=secret.id,
    version_stages=["AWSCURRENT", "first"],
    secret_string=pulumi.Output.secret(
        pulumi.Output.json_dumps(
            {
                "engine": "postgres",
                "host": instance.address,
                "port": PORT,
                "dbname": "app",
                "username": "dbadmin",
                "password": password.result,
                "dbInstanceIdentifier": IDENTIFIER,
            }
        )
    ),
    opts=pulumi.ResourceOptions(ignore_changes=["secretString", "versionStages"]),
)


def rotation_code() -> pulumi.AssetArchive:
    """The handler, and the PostgreSQL driver that is installed here, without what Python compiled."""
    handler = Path(__file__).parents[3] / "components/dbstack/rotation/handler.py"
    files: dict[str, Any] = {"handler.py": pulumi.FileAsset(str(handler))}
    for module, distribution in (
        ("pg8000", "pg8000"),
        ("scramp", "scramp"),
        ("asn1crypto", "asn1crypto"),
        ("dateutil", "python-dateutil"),
        ("six", "six"),
    ):
        version = metadata.version(distribution)
        about = f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n"
        folder = f"{distribution.replace('-', '_')}-{version}.dist-info"
        files[f"{folder}/METADATA"] = pulumi.StringAsset(about)
        found = find_spec(module)
        assert found is not None
        assert found.origin is not None
        top = Path(found.origin)
        for file in [top] if module == "six" else sorted(top.parent.rglob("*.py")):
            within = file.name if module == "six" else f"{module}/{file.relative_to(top.parent).as_posix()}"
            files[within] = pulumi.FileAsset(str(file))
    return pulumi.AssetArchive(files)


rotating = aws.ec2.SecurityGroup(
    "app-rotation",
    vpc_id=vpc.id,
    description="Rotation of the master password",
    tags=tags(f"{IDENTIFIER}-rotation"),
)
aws.vpc.SecurityGroupIngressRule(
    "app-rotation-into-database",
    security_group_id=access.id,
    ip_protocol="tcp",
    from_port=PORT,
    to_port=PORT,
    referenced_security_group_id=rotating.id,
    description="From the rotation function",
    tags=tags(f"{IDENTIFIER}-rotation"),
)
aws.vpc.SecurityGroupEgressRule(
    "app-rotation-to-database",
    security_group_id=rotating.id,
    ip_protocol="tcp",
    from_port=PORT,
    to_port=PORT,
    referenced_security_group_id=access.id,
    description="To the database",
    tags=tags(f"{IDENTIFIER}-rotation"),
)
aws.vpc.SecurityGroupEgressRule(
    "app-rotation-to-secrets-manager",
    security_group_id=rotating.id,
    ip_protocol="tcp",
    from_port=443,
    to_port=443,
    cidr_ipv4="0.0.0.0/0",
    description="To Secrets Manager",
    tags=tags(f"{IDENTIFIER}-rotation"),
)
INTERFACES = ["ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DeleteNetworkInterface"]
rotation_role = aws.iam.Role(
    "app-rotation",
    name_prefix=f"{IDENTIFIER[:28]}-rotation-",
    description=f"Lets a function rotate the master password of {IDENTIFIER}",
    assume_role_policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "lambda.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                }
            ],
        }
    ),
    tags=tags(f"{IDENTIFIER}-rotation"),
)
interfaces = aws.iam.RolePolicy(
    "app-rotation-interfaces",
    role=rotation_role.name,
    policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": INTERFACES, "Resource": "*"}],
        }
    ),
)
function = aws.lambda_.Function(
    "app-rotation",
    name=pulumi.Output.concat(IDENTIFIER, "-rotation-", suffix.hex),
    description=f"Rotates the master password of {IDENTIFIER}",
    role=rotation_role.arn,
    runtime="python3.13",
    handler="handler.handler",
    code=rotation_code(),
    timeout=60,
    memory_size=256,
    vpc_config={"subnet_ids": [subnet.id for subnet in subnets], "security_group_ids": [rotating.id]},
    environment={
        "variables": {
            "DBSTACK_HOST": instance.address,
            "DBSTACK_PORT": instance.port.apply(lambda port: str(int(port))),
        }
    },
    tags=tags(f"{IDENTIFIER}-rotation"),
    opts=pulumi.ResourceOptions(depends_on=[interfaces]),
)
rotation_logs = aws.cloudwatch.LogGroup(
    "app-rotation",
    name=pulumi.Output.concat("/aws/lambda/", function.name),
    retention_in_days=365,
    tags=tags(f"{IDENTIFIER}-rotation"),
)
rotation_policy = aws.iam.RolePolicy(
    "app-rotation-secret",
    role=rotation_role.name,
    policy=pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": [
                        "secretsmanager:DescribeSecret",
                        "secretsmanager:GetSecretValue",
                        "secretsmanager:ListSecretVersionIds",
                        "secretsmanager:PutSecretValue",
                        "secretsmanager:UpdateSecretVersionStage",
                    ],
                    "Resource": secret.arn,
                },
                {
                    "Effect": "Allow",
                    "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                    "Resource": pulumi.Output.concat(rotation_logs.arn, ":*"),
                },
                {
                    "Effect": "Deny",
                    "Action": INTERFACES,
                    "Resource": "*",
                    "Condition": {"ArnEquals": {"lambda:SourceFunctionArn": function.arn}},
                },
            ],
        }
    ),
)
permission = aws.lambda_.Permission(
    "app-rotation",
    function=function.name,
    action="lambda:InvokeFunction",
    principal="secretsmanager.amazonaws.com",
    source_account=secret.arn.apply(lambda arn: arn.split(":")[4]),
)
aws.secretsmanager.SecretRotation(
    "app-master",
    secret_id=secret.arn,
    rotation_lambda_arn=function.arn,
    rotate_immediately=False,
    rotation_rules={"automatically_after_days": 30},
    opts=pulumi.ResourceOptions(depends_on=[version, rotation_policy, permission]),
)
replicas: dict[str, aws.rds.Instance] = {
    key: aws.rds.Instance(
        f"app-{key}",
        identifier=f"{IDENTIFIER}-{key}",
        replicate_source_db=instance.identifier,
        parameter_group_name=instance.parameter_group_name,
        port=5432,
        instance_class="db.r6g.large",
        multi_az=True,
        storage_type="gp3",
        storage_encrypted=True,
        max_allocated_storage=500,
        maintenance_window="sun:04:00-sun:05:00",
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
        deletion_protection=True,
        skip_final_snapshot=True,
        delete_automated_backups=False,
        tags=tags(f"{IDENTIFIER}-{key}"),
        opts=pulumi.ResourceOptions(protect=True, depends_on=log_groups(f"app-{key}", f"{IDENTIFIER}-{key}")),
    )
    for key in ("reporting", "analytics")
}

MIB, GIB = 1024**2, 1024**3
ABOVE, BELOW = "GreaterThanThreshold", "LessThanThreshold"
# Name, metric, comparison, threshold, statistic, periods, words.
ALARMS = [
    ("cpu", "CPUUtilization", ABOVE, 90, "Average", 3, "CPU above 90 %"),
    ("memory", "FreeableMemory", BELOW, 1638 * MIB, "Average", 3, "less than 1638 MiB of memory free"),
    ("connections", "DatabaseConnections", ABOVE, 1326, "Average", 3, "more than 1326 connections"),
    ("storage", "FreeStorageSpace", BELOW, 10 * GIB, "Minimum", 1, "less than 10 GiB of storage free"),
    (
        "disk-queue",
        "DiskQueueDepth",
        ABOVE,
        64,
        "Average",
        3,
        "more than 64 reads and writes wait for the disk",
    ),
]
OF_THE_WRITER = (
    "transaction-ids",
    "MaximumUsedTransactionIDs",
    ABOVE,
    1_000_000_000,
    "Maximum",
    1,
    "more than 1000000000 transaction ids in use: vacuum doesn't keep up",
)
OF_A_REPLICA = (
    "replica-lag",
    "ReplicaLag",
    ABOVE,
    300,
    "Maximum",
    3,
    "the replica is more than 300 seconds behind",
)


def alarms(name: str, identifier: str, own: tuple[str, str, str, float, str, int, str]) -> None:
    for key, metric, comparison, threshold, statistic, periods, words in [*ALARMS, own]:
        aws.cloudwatch.MetricAlarm(
            f"{name}-{key}",
            name=f"{identifier}-{key}",
            alarm_description=f"{identifier}: {words}",
            namespace="AWS/RDS",
            metric_name=metric,
            dimensions={"DBInstanceIdentifier": identifier},
            statistic=statistic,
            period=300,
            evaluation_periods=periods,
            comparison_operator=comparison,
            threshold=threshold,
            alarm_actions=[topic.arn],
            ok_actions=[topic.arn],
            tags=tags(f"{identifier}-{key}"),
        )


alarms("app", IDENTIFIER, OF_THE_WRITER)
aws.cloudwatch.MetricAlarm(
    "app-storage-days",
    name=f"{IDENTIFIER}-storage-days",
    alarm_description=f"{IDENTIFIER}: the storage is full in less than 3 days at this pace",
    comparison_operator=BELOW,
    threshold=3,
    evaluation_periods=2,
    metric_queries=[
        {
            "id": "free",
            "metric": {
                "namespace": "AWS/RDS",
                "metric_name": "FreeStorageSpace",
                "dimensions": {"DBInstanceIdentifier": IDENTIFIER},
                "stat": "Minimum",
                "period": 21_600,
            },
        },
        {
            "id": "days",
            "expression": "IF(RATE(free) < 0, free / (-86400 * RATE(free)), 9999)",
            "label": "Days left",
            "return_data": True,
        },
    ],
    alarm_actions=[topic.arn],
    ok_actions=[topic.arn],
    tags=tags(f"{IDENTIFIER}-storage-days"),
)
for key in replicas:
    alarms(f"app-{key}", f"{IDENTIFIER}-{key}", OF_A_REPLICA)

SHOWN = {"app": IDENTIFIER, **{f"app {key}": f"{IDENTIFIER}-{key}" for key in replicas}}
GRAPHS = [
    ("CPU (%)", ["CPUUtilization"], "Average"),
    ("Connections", ["DatabaseConnections"], "Maximum"),
    ("Freeable memory (bytes)", ["FreeableMemory"], "Minimum"),
    ("Free storage (bytes)", ["FreeStorageSpace"], "Minimum"),
    ("Read latency (s)", ["ReadLatency"], "Average"),
    ("Write latency (s)", ["WriteLatency"], "Average"),
    ("Waiting reads and writes", ["DiskQueueDepth"], "Average"),
    ("Reads and writes per second", ["ReadIOPS", "WriteIOPS"], "Average"),
    ("Replica lag (s)", ["ReplicaLag"], "Maximum"),
]
aws.cloudwatch.Dashboard(
    "dashboard",
    dashboard_name=f"{pulumi.get_project()}-{pulumi.get_stack()}-dashboard",
    dashboard_body=json.dumps(
        {
            "widgets": [
                {
                    "type": "metric",
                    "x": place % 2 * 12,
                    "y": place // 2 * 6,
                    "width": 12,
                    "height": 6,
                    "properties": {
                        "title": title,
                        "view": "timeSeries",
                        "region": "us-east-1",
                        "stat": statistic,
                        "period": 60,
                        "metrics": [
                            [
                                "AWS/RDS",
                                metric,
                                "DBInstanceIdentifier",
                                identifier,
                                {"label": f"{label} {metric}" if len(metrics) > 1 else label},
                            ]
                            for label, identifier in SHOWN.items()
                            if label != "app" or metrics != ["ReplicaLag"]
                            for metric in metrics
                        ],
                    },
                }
                for place, (title, metrics, statistic) in enumerate(GRAPHS)
            ]
        }
    ),
)

backup_suffix = random.RandomId("backups-suffix", byte_length=4)
BACKUPS = f"{pulumi.get_project()}-{pulumi.get_stack()}-backups"
vault = aws.backup.Vault(
    "backups",
    name=pulumi.Output.concat(BACKUPS, "-", backup_suffix.hex),
    force_destroy=False,
    tags=tags(BACKUPS),
    opts=pulumi.ResourceOptions(protect=True, retain_on_delete=True),
)
backup_role = aws.iam.Role(
    "backups",
    name=pulumi.Output.concat(BACKUPS, "-", backup_suffix.hex),
    description="AWS Backup for the databases",
    assume_role_policy=pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "backup.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                }
            ],
        }
    ),
    tags=tags(BACKUPS),
)
attachment = aws.iam.RolePolicyAttachment(
    "backups",
    role=backup_role.name,
    policy_arn="arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup",
)
plan = aws.backup.Plan(
    "backups",
    name=BACKUPS,
    rules=[
        {
            "rule_name": "daily",
            "target_vault_name": vault.name,
            "schedule": "cron(0 5 ? * * *)",
            "start_window": 480,
            "completion_window": 10_080,
            "enable_continuous_backup": False,
            "lifecycle": {"delete_after": 35},
            "recovery_point_tags": tags(BACKUPS),
        }
    ],
    tags=tags(BACKUPS),
)
aws.backup.Selection(
    "backups",
    plan_id=plan.id,
    iam_role_arn=backup_role.arn,
    resources=[instance.arn, *[replica.arn for replica in replicas.values()]],
    opts=pulumi.ResourceOptions(depends_on=[attachment]),
)

pulumi.export("backups", {"planId": plan.id, "vaultName": vault.name})
pulumi.export("notifications", {"topicArn": topic.arn})
pulumi.export("dashboard", {"name": f"{pulumi.get_project()}-{pulumi.get_stack()}-dashboard"})
pulumi.export("network", {"vpcId": vpc.id, "subnetIds": [subnet.id for subnet in subnets]})
pulumi.export(
    "databases",
    {
        "app": {
            "host": instance.address,
            "port": instance.port,
            "database": instance.db_name,
            "username": instance.username,
            "secretArn": secret.arn,
            "engine": instance.engine,
            "arn": instance.arn,
            "resourceId": instance.resource_id,
            "replicas": {key: replica.address for key, replica in replicas.items()},
            "replicaResourceIds": {key: replica.resource_id for key, replica in replicas.items()},
            "proxyHost": "",
            "proxyArn": "",
            "proxyResourceId": "",
        }
    },
)
