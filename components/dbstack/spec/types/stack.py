"""A stack's config."""

from typing import NotRequired, TypedDict

from dbstack.spec.types.alarms import DashboardSettings, NotificationsSettings
from dbstack.spec.types.backup_plan import StackBackupPlanSettings
from dbstack.spec.types.choices import Target
from dbstack.spec.types.cluster import ClusterSettings
from dbstack.spec.types.controls import ControlsArgs
from dbstack.spec.types.database import DatabaseSettings
from dbstack.spec.types.docker import CompanionSettings
from dbstack.spec.types.network import FlowLogArgs


class NetworkSettings(TypedDict):
    """`network` of a stack config: either `vpc_cidr` (dbstack makes it) or `vpc_id` with `subnet_ids` or `subnet_group_name` (yours)."""

    vpc_cidr: NotRequired[str]
    """See `DatabaseNetworkArgs`."""
    availability_zones: NotRequired[int]
    """See `DatabaseNetworkArgs`."""
    availability_zone_names: NotRequired[list[str]]
    """See `DatabaseNetworkArgs`."""
    flow_logs: NotRequired[FlowLogArgs]
    """See `DatabaseNetworkArgs`."""
    endpoints: NotRequired[list[str]]
    """See `DatabaseNetworkArgs`."""
    vpc_id: NotRequired[str]
    """Id of an existing VPC."""
    subnet_ids: NotRequired[list[str]]
    """At least two private subnets of it, in different zones."""
    subnet_group_name: NotRequired[str]
    """Name of an existing DB subnet group of it, instead of `subnet_ids`. Change: moves the instances, downtime; RDS refuses it within one VPC."""
    application_security_group_id: NotRequired[str]
    """The existing group that applications are members of."""


class StackSettings(TypedDict):
    """The object `dbstack:stack` in `Pulumi.<stack>.yaml`."""

    environment: str
    """Value of the Environment tag on every resource, e.g. `prod`."""
    target: NotRequired[Target]
    """Where the databases run. Default aws."""
    network: NotRequired[NetworkSettings]
    """The VPC and subnets of the databases. Needed with target aws; left out with docker."""
    docker: NotRequired[CompanionSettings]
    """What runs beside the databases with target docker. Default nothing."""
    databases: dict[str, DatabaseSettings]
    """The databases by name; may be `{}` where `clusters` has one."""
    clusters: NotRequired[dict[str, ClusterSettings]]
    """Aurora and Multi-AZ DB clusters by name. Default none."""
    backup_plan: NotRequired[StackBackupPlanSettings]
    """AWS Backup for all of the stack's databases: `{}` is a daily backup into a vault of its own, kept 35 days. Default none."""
    notifications: NotRequired[NotificationsSettings]
    """Whom alarms and RDS events tell, for all of the stack: `{}` is a topic of its own. With it every database and cluster of the stack's region has alarms that tell it. Default none, and then no alarms but those with a topic of their own."""
    dashboard: NotRequired[DashboardSettings]
    """A CloudWatch dashboard over all instances of the stack: `{}` has every default. Default none."""
    controls: NotRequired[ControlsArgs]
    """Security controls that are left off on purpose. Default: each that is off is named in the preview."""
    tags: NotRequired[dict[str, str]]
    """Tags on every resource."""
