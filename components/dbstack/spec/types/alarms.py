"""Alarms of a database, and whom they and RDS tell; the dashboard."""

from typing import NotRequired, TypedDict

import pulumi

from dbstack.spec.types.controls import ControlsArgs


class AlarmsArgs(TypedDict):
    """CloudWatch alarms of an instance or a cluster; 0 leaves one out. Each costs about 0.10 USD a month.

    See https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Best_Practice_Recommended_Alarms_AWS_Services.html
    """

    topic_arn: NotRequired[pulumi.Input[str]]
    """ARN of the SNS topic that alarms tell, in the instance's region: CloudWatch takes no other. Default: that of the stack's `notifications`, for replicas of another region none; without a topic there are no alarms. Change: online."""
    enabled: NotRequired[bool]
    """False for no alarms, whatever topic there is. Default true. Change: online, alarms are made or deleted."""
    cpu_percent: NotRequired[int]
    """Alarm above this CPU load for 15 minutes. Default 90. Change: online."""
    freeable_memory_mib: NotRequired[int]
    """Alarm below this free memory for 15 minutes. Default: 10 % of the class's memory; none where the class is not in our table. Change: online."""
    connections: NotRequired[int]
    """Alarm above this many connections. Default: 80 % of max_connections, as the engine derives it from the class's memory. Change: online."""
    free_storage_gib: NotRequired[int]
    """Alarm below this free storage. Default: 10 % of the allocated storage, at least 2. Change: online."""
    free_storage_days: NotRequired[int]
    """Alarm when the storage would be full in fewer days, at the pace of the last hours. Default 3. Change: online."""
    disk_queue_depth: NotRequired[int]
    """Alarm above this many waiting reads and writes for 15 minutes. Default 64. Change: online."""
    replica_lag_seconds: NotRequired[int]
    """Alarm when a replica lags more for 15 minutes. Default 300, Aurora 10; replicas and clusters with readers only. Change: online."""
    transaction_ids: NotRequired[int]
    """Alarm above this many transaction ids not yet vacuumed (PostgreSQL stops at about 2 billion). Default 1000000000. Change: online."""
    cpu_credits: NotRequired[int]
    """Alarm below this balance of CPU credits. Default: 10 % of the most that the class gathers; burstable classes (db.t) only. Change: online."""
    acu_percent: NotRequired[int]
    """Alarm above this part of the most capacity, `serverless.max_acu`. Default 90; Serverless v2 only. Change: online."""
    volume_used_gib: NotRequired[int]
    """Alarm above this size of the cluster's volume. Default 104857, 80 % of 128 TiB; Aurora only. Change: online."""
    burst_balance_percent: NotRequired[int]
    """Alarm below this balance of I/O credits. Default 20; gp2 storage only. Change: online."""


class NotificationsSettings(TypedDict):
    """Whom alarms and RDS events tell: an SNS topic that is made, or an existing one (`topic_arn`)."""

    emails: NotRequired[list[str]]
    """Mail addresses; each confirms by a link in a mail. Default none. Change: online."""
    topic_arn: NotRequired[pulumi.Input[str]]
    """ARN of an existing standard topic, instead of a new one. Change: online."""
    kms_key_id: NotRequired[pulumi.Input[str]]
    """ARN of a KMS key for the new topic, whose policy lets cloudwatch.amazonaws.com and events.rds.amazonaws.com use it: AWS's own key aws/sns lets neither. Default none. Change: online."""
    events: NotRequired[bool]
    """RDS events of the region to the topic: four subscriptions, of the 20 that an account has, for all its databases. Default true. Change: online."""


class DatabaseNotificationsArgs(NotificationsSettings):
    """Arguments of `DatabaseNotifications`."""

    environment: NotRequired[str]
    """Value of the Environment tag. Default: the stack's name."""
    tags: NotRequired[dict[str, str]]
    """Further tags."""
    controls: NotRequired[ControlsArgs]
    """Security controls that are left off on purpose. Default: each that is off is named in the preview."""


class DashboardInstanceArgs(TypedDict):
    """An instance on the dashboard."""

    identifier: pulumi.Input[str]
    """DB instance identifier. Change: online."""
    region: NotRequired[str]
    """Region of it. Default: the dashboard's. Change: online."""
    replica: NotRequired[bool]
    """Whether its lag is shown. Default false. Change: online."""


class DashboardSettings(TypedDict):
    """How the dashboard shows what it shows. It costs about 3 USD a month, the first three of an account nothing."""

    hours: NotRequired[int]
    """Hours that it shows when it is opened. Default 3. Change: online."""


class DatabaseDashboardArgs(DashboardSettings):
    """Arguments of `DatabaseDashboard`."""

    instances: dict[str, DashboardInstanceArgs]
    """The instances by the label that the dashboard shows. Change: online."""
