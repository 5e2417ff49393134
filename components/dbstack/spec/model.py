"""A planned database: every default filled in, every rule checked. What the targets build from.

Plain values only. What may be an output (key ARNs, passwords, group ids) stays in the arguments and is taken
from there by the component, so that a plan needs no engine and two plans of one description are equal.
"""

from collections.abc import Mapping
from typing import NamedTuple

from dbstack.spec.alarms import AlarmSpec
from dbstack.spec.dns import DnsSpec
from dbstack.spec.proxy import ProxySpec
from dbstack.spec.types import (
    DatabaseInsights,
    Egress,
    Engine,
    OnDelete,
    PasswordSource,
    StorageType,
    Traffic,
)


class Names(NamedTuple):
    """What physical names are derived from: `{project}-{stack}-{name}`."""

    project: str
    stack: str
    name: str

    @property
    def physical(self) -> str:
        """`{project}-{stack}-{name}`, lower case, with `-` for `_` and `.`."""
        text = f"{self.project}-{self.stack}-{self.name}".lower()
        return text.replace("_", "-").replace(".", "-")


class StorageSpec(NamedTuple):
    """Sizes in GiB, throughput in MiB/s; None where RDS's own baseline holds."""

    allocated_gib: int
    max_allocated_gib: int | None
    type: StorageType
    iops: int | None
    throughput_mibps: int | None
    encrypted: bool
    dedicated_log_volume: bool


class EngineSettingsSpec(NamedTuple):
    """What the user chose of what not every engine has; None: AWS's choice."""

    license_model: str | None
    character_set: str | None
    nchar_character_set: str | None
    timezone: str | None
    ca_certificate: str | None
    network_type: str | None
    engine_lifecycle_support: str | None
    customer_owned_ip: bool | None
    availability_zone: str | None


class ParameterSpec(NamedTuple):
    """One DB parameter."""

    name: str
    value: str
    apply_method: str
    """`immediate` or `pending-reboot`."""


class ParameterGroupSpec(NamedTuple):
    """A DB parameter group: an existing one by `name`, else one that is made, named `prefix` and random digits."""

    name: str | None
    family: str
    prefix: str
    parameters: tuple[ParameterSpec, ...]


class OptionSpec(NamedTuple):
    """One option; its security groups stay in the arguments."""

    name: str
    version: str | None
    port: int | None
    settings: tuple[tuple[str, str], ...]


class OptionGroupSpec(NamedTuple):
    """An option group: an existing one by `name`, else one that is made, named `prefix` and random digits."""

    name: str | None
    prefix: str
    engine: str
    major: str
    options: tuple[OptionSpec, ...]


class PasswordSpec(NamedTuple):
    """The settled choice; `config_key` only where the value comes from stack config."""

    source: PasswordSource
    config_key: str | None
    rotation_days: int | None
    """Days from one rotation to the next; None: as RDS does for a managed one, else never."""


class BackupCopySpec(NamedTuple):
    """Automated backups copied to another region; the key's ARN stays in the arguments."""

    region: str
    retention_days: int


class MonitoringSpec(NamedTuple):
    """What is watched of an instance; intervals in seconds, retentions in days."""

    interval_seconds: int
    """0: no enhanced monitoring."""
    insights: bool
    """Performance Insights."""
    insights_retention_days: int | None
    insights_mode: DatabaseInsights | None
    log_exports: tuple[str, ...]
    log_retention_days: int
    alarms: tuple[AlarmSpec, ...] = ()


class DeletionSpec(NamedTuple):
    """What `on_delete` and `deletion_protection` come to."""

    on_delete: OnDelete
    protected: bool
    """Pulumi's protect and RDS's deletion protection."""
    final_snapshot: bool
    retain: bool
    """Pulumi forgets the resource instead of deleting it."""


class ReplicaSpec(NamedTuple):
    """One read replica, inherited settings filled in."""

    key: str
    identifier: str
    source: str | None
    """Key of the replica that it replicates from; None: the database."""
    region: str | None
    """None: the region of the database."""
    across_regions: bool
    """Its source stands in another region."""
    promoted: bool
    """It replicates no more and is a database of its own."""
    instance_class: str
    availability_zone: str | None
    ca_certificate: str | None
    network_type: str | None
    replica_mode: str | None
    """Of Oracle; None: RDS's own, open for reading."""
    multi_az: bool
    port: int | None
    """None: the source's, which isn't known here."""
    storage_type: StorageType
    storage_encrypted: bool
    iops: int | None
    throughput_mibps: int | None
    max_allocated_gib: int | None
    backup_retention_days: int | None
    """None: no backups asked for."""
    backup_window: str | None
    maintenance_window: str | None
    auto_minor_version_upgrade: bool
    apply_immediately: bool
    iam_authentication: bool
    monitoring: MonitoringSpec
    deletion: DeletionSpec
    """`final_snapshot` only where it is promoted: a replica has no data of its own."""
    access: "AccessSpec"
    own_access: bool
    """Whether it has a security group of its own."""
    parameter_group: ParameterGroupSpec | None
    """None: its source's."""
    tags: Mapping[str, str]


class SubnetSpec(NamedTuple):
    """One private subnet."""

    availability_zone: str
    cidr: str


class NetworkSpec(NamedTuple):
    """A VPC with one private subnet per zone. Subnet blocks are cut so that adding a zone moves none."""

    vpc_cidr: str
    subnets: tuple[SubnetSpec, ...]
    flow_logs: "FlowLogSpec | None"
    endpoints: "tuple[EndpointSpec, ...]"
    protected: bool
    """Pulumi's protect on the VPC."""
    retain: bool
    """Pulumi forgets the VPC and all in it instead of deleting them."""
    tags: Mapping[str, str]
    """Environment and the user's; Name is added per resource."""


class FlowLogSpec(NamedTuple):
    """The record of a VPC's traffic; the key's ARN stays in the arguments."""

    traffic: Traffic
    aggregation_seconds: int
    log_retention_days: int


class EndpointSpec(NamedTuple):
    """A way to a service of AWS."""

    service: str
    service_name: str
    gateway: bool
    """A route, not network interfaces."""


class GroupSpec(NamedTuple):
    """A DB subnet group or a security group: only its name and tags are planned."""

    name: str
    tags: Mapping[str, str]


class AccessSpec(NamedTuple):
    """Who may connect; security-group ids stay in the arguments."""

    adopted: bool
    """The database is put into existing groups, and none is made."""
    from_application: bool
    from_cidrs: tuple[str, ...]
    egress: Egress


class InstanceSpec(NamedTuple):
    """One database instance."""

    identifier: str
    base_name: str
    """What the subnet group and the secret are named after: it stays when the identifier changes."""
    engine: Engine
    engine_version: str
    """As given: `17` or `17.5`."""
    family: str
    """Parameter-group family, e.g. `postgres17`."""
    instance_class: str
    database_name: str | None
    """None: the engine begins with no database of a chosen name."""
    default_database: str
    """What a client connects to: `database_name`, else the one that the engine always has."""
    username: str
    password: PasswordSpec
    iam_authentication: bool
    port: int
    storage: StorageSpec
    settings: EngineSettingsSpec
    parameter_group: ParameterGroupSpec
    option_group: OptionGroupSpec | None
    """None: the engine has no options."""
    blue_green: bool
    """Updates are made on a copy that then takes its place."""
    multi_az: bool
    backup_retention_days: int
    backup_window: str | None
    aws_backup: bool
    """AWS Backup owns retention and window."""
    backup_copy: BackupCopySpec | None
    """None: they stay in the region."""
    maintenance_window: str | None
    auto_minor_version_upgrade: bool
    allow_major_version_upgrade: bool
    apply_immediately: bool
    monitoring: MonitoringSpec
    deletion: DeletionSpec
    tags: Mapping[str, str]
    """With Name and Environment."""


class DatabaseSpec(NamedTuple):
    """A database: instance, replicas, access."""

    instance: InstanceSpec
    replicas: tuple[ReplicaSpec, ...]
    access: AccessSpec
    dns: DnsSpec | None
    proxy: ProxySpec | None
    extensions: tuple[str, ...]

    @property
    def retain(self) -> bool:
        """Whether what they share stays, since one of them does."""
        return any(one.deletion.retain for one in (self.instance, *self.replicas))
