"""A planned DB cluster: every default filled in, every rule checked. Plain values only, as in `model`."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from dbstack.spec.alarms import AlarmSpec
from dbstack.spec.model import AccessSpec, DeletionSpec, PasswordSpec
from dbstack.spec.types import ClusterEngine, ClusterStorageType, EndpointType


class ClusterStorageSpec(NamedTuple):
    """Sizes only of a Multi-AZ DB cluster; None where the type's baseline holds."""

    type: ClusterStorageType
    allocated_gib: int | None
    iops: int | None
    encrypted: bool


class ServerlessSpec(NamedTuple):
    """Capacity in ACUs; seconds only where an instance may pause."""

    min_acu: float
    max_acu: float
    pause_after_seconds: int | None


class LimitlessSpec(NamedTuple):
    """A DB shard group; capacity in ACUs."""

    identifier: str
    max_acu: float
    min_acu: float | None
    compute_redundancy: int
    tags: Mapping[str, str]


class ClusterInstanceSpec(NamedTuple):
    """One instance of an Aurora cluster, the cluster's values filled in."""

    key: str
    identifier: str
    instance_class: str
    promotion_tier: int
    availability_zone: str | None
    maintenance_window: str | None
    auto_minor_version_upgrade: bool
    ca_certificate: str | None
    tags: Mapping[str, str]
    alarms: tuple[AlarmSpec, ...] = ()


class AutoscalingSpec(NamedTuple):
    """Target tracking of the readers: of `connections` where given, else of the CPU."""

    min_readers: int
    max_readers: int
    cpu_percent: int
    connections: int | None
    scale_in_cooldown_seconds: int
    scale_out_cooldown_seconds: int


class EndpointSpec(NamedTuple):
    """A custom endpoint; keys of instances."""

    key: str
    identifier: str
    type: EndpointType
    members: tuple[str, ...]
    excluded: tuple[str, ...]
    tags: Mapping[str, str]


class ClusterParametersSpec(NamedTuple):
    """A group to make (`made`), or one that is there (`name`): adopted, or AWS's own."""

    made: str | None
    """Name of the group, with the family: another family is another group."""
    name: str | None
    enforced: Mapping[str, str]
    """What dbstack sets."""
    own: Mapping[str, str]
    """What the user sets."""


class GlobalRole(StrEnum):
    """What a cluster is in an Aurora global database when it is made."""

    PRIMARY = "primary"
    SECONDARY = "secondary"


class ClusterSpec(NamedTuple):
    """One DB cluster."""

    identifier: str
    base_name: str
    engine: ClusterEngine
    aurora: bool
    engine_version: str
    family: str
    instance_class: str | None
    """Of a Multi-AZ DB cluster; Aurora's instances have their own."""
    serverless: ServerlessSpec | None
    instances: tuple[ClusterInstanceSpec, ...]
    autoscaling: AutoscalingSpec | None
    endpoints: tuple[EndpointSpec, ...]
    database_name: str | None
    """None for a restored cluster, and a secondary of a global database."""
    username: str | None
    password: PasswordSpec
    iam_authentication: bool
    port: int
    storage: ClusterStorageSpec
    parameters: ClusterParametersSpec
    backup_retention_days: int
    backup_window: str | None
    backtrack_seconds: int | None
    maintenance_window: str | None
    auto_minor_version_upgrade: bool
    allow_major_version_upgrade: bool
    apply_immediately: bool
    data_api: bool
    local_write_forwarding: bool
    global_role: GlobalRole | None
    """None: it stands alone."""
    global_write_forwarding: bool
    shared_with: tuple[str, ...]
    """Ids of accounts that may clone it."""
    activity_stream: str | None
    """Its mode; None: off."""
    limitless: LimitlessSpec | None
    """Instead of instances."""
    ca_certificate: str | None
    log_exports: tuple[str, ...]
    log_retention_days: int
    enhanced_interval_seconds: int
    performance_insights: bool
    performance_insights_retention_days: int | None
    deletion: DeletionSpec
    access: AccessSpec
    tags: Mapping[str, str]
    alarms: tuple[AlarmSpec, ...] = ()
    """Of the cluster as a whole."""
    member_alarms: Mapping[str, tuple[AlarmSpec, ...]] = MappingProxyType({})
    """Of the instances that RDS makes for a Multi-AZ DB cluster, by their identifiers."""
