"""Read replicas."""

from collections.abc import Sequence
from typing import NotRequired, TypedDict

import pulumi

from dbstack.spec.types.choices import OnDelete, StorageType
from dbstack.spec.types.controls import ControlsArgs


class ReplicaBase(TypedDict):
    """What every description of a read replica has.

    See https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ReadRepl.html
    """

    identifier: NotRequired[str]
    """DB instance identifier. Default: the source's (for `ReadReplica`: `{project}-{stack}`) plus `-` and the replica's name. Change: renames it, a reboot and a new host name."""
    availability_zone: NotRequired[str]
    """Zone, e.g. `us-east-1b`. Default: chosen by AWS. Change: REPLACES the replica."""
    multi_az: NotRequired[bool]
    """A standby for the replica itself. Default false. Change: online."""
    deletion_protection: NotRequired[bool]
    """Default: as the source. Change: online, at once."""
    tags: NotRequired[dict[str, str]]
    """Further tags. Default: the source's."""


class ReplicaSettings(ReplicaBase):
    """One read replica in the source's region; what isn't given is inherited from the source."""

    instance_class: NotRequired[str]
    """Default: the source's. Change: minutes of downtime of this replica."""


class ReadReplicaArgs(ReplicaBase):
    """Arguments of `ReadReplica`."""

    instance_class: str
    """E.g. `db.r6g.large`. Change: minutes of downtime of this replica."""
    source_identifier: pulumi.Input[str]
    """Identifier of the source instance in this region. Change: refused; make a new replica instead."""
    security_group_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    """VPC security groups (a replica does not inherit them)."""
    storage_type: NotRequired[StorageType]
    """The source's storage type. Default gp3."""
    storage_encrypted: NotRequired[bool]
    """Whether the source is encrypted: a replica can't differ from it. Default true."""
    iops: NotRequired[int]
    """I/O operations per second. Give the source's: required for io1 and io2. Default: the type's baseline. Change: online."""
    throughput_mibps: NotRequired[int]
    """gp3 throughput in MiB/s. Give the source's. Default: the baseline. Change: online."""
    max_allocated_gib: NotRequired[int]
    """Ceiling of storage autoscaling. Give the source's, so that the replica grows with it. Default: no autoscaling."""
    maintenance_window: NotRequired[str]
    """Weekly window in UTC. Default: chosen by AWS."""
    auto_minor_version_upgrade: NotRequired[bool]
    """Default true."""
    apply_immediately: NotRequired[bool]
    """Default false."""
    iam_authentication: NotRequired[bool]
    """IAM database authentication on the replica, which doesn't inherit it. Give the source's; false where the source's engine has none. Default true. Change: online."""
    on_delete: NotRequired[OnDelete]
    """Snapshot and retain protect the replica; a replica never takes a final snapshot. Default snapshot."""
    controls: NotRequired[ControlsArgs]
    """Security controls that are left off on purpose. Default: each that is off is named in the preview."""
    environment: NotRequired[str]
    """Value of the Environment tag. Default: the stack's name."""
