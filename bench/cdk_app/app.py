"""The prod stack as an AWS CDK app: what `synth` has to do for the same databases. Run by bench/synth.py alone."""

import aws_cdk as cdk
from aws_cdk import aws_backup as backup
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_logs as logs
from aws_cdk import aws_rds as rds
from aws_cdk import aws_sns as sns

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

vpc.add_flow_log("flow-logs")
vpc.add_interface_endpoint("secretsmanager", service=ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER)

topic = sns.Topic(stack, "notifications")
for source_type, categories in {
    "db-instance": ["configuration change", "failure", "maintenance"],
    "db-cluster": ["failure", "maintenance"],
    "db-parameter-group": ["configuration change"],
    "db-security-group": ["configuration change", "failure"],
}.items():
    rds.CfnEventSubscription(
        stack,
        f"notifications-{source_type}",
        sns_topic_arn=topic.topic_arn,
        source_type=source_type,
        event_categories=categories,
    )

isolated = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
large = ec2.InstanceType.of(ec2.InstanceClass.R6G, ec2.InstanceSize.LARGE)
engine = rds.DatabaseInstanceEngine.postgres(version=rds.PostgresEngineVersion.of("17", "17"))
parameters = rds.ParameterGroup(stack, "parameters", engine=engine, parameters={"rds.force_ssl": "1"})
watched = {
    "cloudwatch_logs_exports": ["postgresql", "upgrade"],
    "cloudwatch_logs_retention": logs.RetentionDays.ONE_YEAR,
    "enable_performance_insights": True,
    "iam_authentication": True,
    "monitoring_interval": cdk.Duration.seconds(60),
    "parameter_group": parameters,
}
source = rds.DatabaseInstance(
    stack,
    "app",
    instance_identifier="dbstack-prod-app",
    engine=engine,
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
    **watched,
)
source.add_rotation_single_user(automatically_after=cdk.Duration.days(30))
instances = {"app": source} | {
    f"app {key}": rds.DatabaseInstanceReadReplica(
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
        **watched,
    )
    for key in ("reporting", "analytics")
}

MIB, GIB = 1024**2, 1024**3
ABOVE = cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD
BELOW = cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD
ALARMS = [
    ("CPUUtilization", ABOVE, 90, "Average", 3),
    ("FreeableMemory", BELOW, 1638 * MIB, "Average", 3),
    ("DatabaseConnections", ABOVE, 1326, "Average", 3),
    ("FreeStorageSpace", BELOW, 10 * GIB, "Minimum", 1),
    ("DiskQueueDepth", ABOVE, 64, "Average", 3),
]
tell = actions.SnsAction(topic)


def alarm(instance: rds.IDatabaseInstance, metric: cloudwatch.IMetric, name: str, *rule: object) -> None:
    comparison, threshold, periods = rule
    made = cloudwatch.Alarm(
        instance,
        name,
        metric=metric,
        comparison_operator=comparison,
        threshold=threshold,
        evaluation_periods=periods,
    )
    made.add_alarm_action(tell)
    made.add_ok_action(tell)


for label, instance in instances.items():
    own = (
        ("MaximumUsedTransactionIDs", ABOVE, 1_000_000_000, "Maximum", 1)
        if label == "app"
        else ("ReplicaLag", ABOVE, 300, "Maximum", 3)
    )
    for name, comparison, threshold, statistic, periods in [*ALARMS, own]:
        alarm(instance, instance.metric(name, statistic=statistic), name, comparison, threshold, periods)
days = cloudwatch.MathExpression(
    expression="IF(RATE(free) < 0, free / (-86400 * RATE(free)), 9999)",
    using_metrics={"free": source.metric_free_storage_space(statistic="Minimum")},
    period=cdk.Duration.hours(6),
)
alarm(source, days, "StorageDays", BELOW, 3, 2)

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
dashboard = cloudwatch.Dashboard(stack, "dashboard", dashboard_name="dbstack-prod")
for title, metrics, statistic in GRAPHS:
    dashboard.add_widgets(
        cloudwatch.GraphWidget(
            title=title,
            left=[
                instance.metric(metric, statistic=statistic, label=label)
                for label, instance in instances.items()
                for metric in metrics
            ],
        )
    )

plan = backup.BackupPlan(stack, "backup", backup_vault=backup.BackupVault(stack, "vault"))
plan.add_rule(backup.BackupPlanRule.daily())
plan.add_selection(
    "databases",
    resources=[backup.BackupResource.from_rds_database_instance(instance) for instance in instances.values()],
)
cdk.Tags.of(stack).add("Environment", "prod")
app.synth()
