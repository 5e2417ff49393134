"""Monitoring of a database: metrics of the operating system, Performance Insights, logs, alarms."""

from typing import NotRequired, TypedDict

import pulumi

from dbstack.spec.types.alarms import AlarmsArgs
from dbstack.spec.types.choices import DatabaseInsights
from dbstack.spec.types.controls import ControlsArgs


class MonitoringArgs(TypedDict):
    """What is watched of an instance, and how long it is kept.

    See https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/MonitoringOverview.html
    """

    enhanced_interval_seconds: NotRequired[int]
    """Seconds between two readings of the operating system (enhanced monitoring): 1, 5, 10, 15, 30, 60, or 0 for none. Default 60. Change: online, at once."""
    monitoring_role_arn: NotRequired[pulumi.Input[str]]
    """ARN of the IAM role by which RDS writes these readings. Default: a role is made (in a stack config one for the whole stack). Change: online, at once."""
    performance_insights: NotRequired[bool]
    """Performance Insights: the load by query and by wait. Default true where the instance class has it (MySQL and MariaDB: not db.t2, t3 and t4g micro and small). Change: online, at once."""
    performance_insights_retention_days: NotRequired[int]
    """Days that its readings are kept: 7 (free of charge), a multiple of 31 up to 713, or 731. Default 7; with advanced Database Insights 465. Change: online, at once."""
    performance_insights_kms_key_id: NotRequired[pulumi.Input[str]]
    """ARN of the KMS key for the readings. Default: the account's aws/rds key. Change: refused by RDS; switch Performance Insights off first."""
    database_insights: NotRequired[DatabaseInsights]
    """Mode of CloudWatch Database Insights: standard or advanced. Default standard. Change: online, at once."""
    log_exports: NotRequired[list[str]]
    """Logs that go to CloudWatch, by the engine's names; [] for none. Default: postgresql and upgrade (PostgreSQL), audit, error, general and slowquery (MySQL, MariaDB). Change: online, at once."""
    log_retention_days: NotRequired[int]
    """Days that CloudWatch keeps the logs, one of its choices. Default 365. Change: online, at once; fewer days delete older events."""
    alarms: NotRequired[AlarmsArgs]
    """Alarms and their thresholds. Default: none without a topic that they tell."""
    log_kms_key_id: NotRequired[pulumi.Input[str]]
    """ARN of a KMS key for the log groups, whose policy lets CloudWatch Logs use it. Default: CloudWatch's own encryption. Change: online, for new events."""


class DatabaseMonitoringRoleArgs(TypedDict):
    """Arguments of `DatabaseMonitoringRole`."""

    retain: NotRequired[bool]
    """Whether the role stays in AWS when it leaves the program. Default false; a stack config sets it while one of its databases has `on_delete: retain`, which needs its role."""
    environment: NotRequired[str]
    """Value of the Environment tag. Default: the stack's name."""
    tags: NotRequired[dict[str, str]]
    """Further tags."""
    controls: NotRequired[ControlsArgs]
    """Security controls that are left off on purpose. Default: each that is off is named in the preview."""
