"""Read replicas."""

from collections.abc import Sequence
from typing import NotRequired, TypedDict

import pulumi

from dbstack.spec.types.choices import NetworkType, OnDelete, ReplicaMode, StorageType
from dbstack.spec.types.controls import ControlsArgs
from dbstack.spec.types.monitoring import MonitoringArgs
from dbstack.spec.types.network import AccessArgs, PlacementArgs
from dbstack.spec.types.parameters import ParameterGroupArgs


class ReplicaStorageArgs(TypedDict):
    """The volume of a read replica. Its size is the source's."""

    type: NotRequired[StorageType]
    """Volume type. Default: the source's. Change: online, slower meanwhile, then six hours without another storage change (downtime only from magnetic storage)."""
    iops: NotRequired[int]
    """I/O operations per second. Default: the source's, where the type is the same. Change: online."""
    throughput_mibps: NotRequired[int]
    """gp3 throughput in MiB/s. Default: the source's, where the type is the same. Change: online."""
    max_allocated_gib: NotRequired[int]
    """Ceiling of storage autoscaling in GiB. Default: the source's, so that the replica grows with it. Change: online, at once."""


class ReplicaBackupArgs(TypedDict):
    """Automated backups of a read replica itself.

    See https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ReadRepl.Create.html
    """

    retention_days: NotRequired[int]
    """Days that they are kept, 0 to 35. Default 0 (off); the source's for a replica that others replicate from or that is `promoted`. Change: online, except between 0 and more, which is an outage."""
    window: NotRequired[str]
    """Daily window in UTC, `hh24:mi-hh24:mi`, at least 30 minutes. Default: chosen by AWS. Change: online."""


class ReplicaBase(TypedDict):
    """What every description of a read replica has.

    See https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ReadRepl.html
    """

    identifier: NotRequired[str]
    """DB instance identifier. Default: the source's (for `ReadReplica`: `{project}-{stack}`) plus `-` and the replica's name. Change: renames it, a reboot and a new host name."""
    availability_zone: NotRequired[str]
    """Zone, e.g. `us-east-1b`. Default: chosen by AWS. Change: REPLACES the replica."""
    ca_certificate: NotRequired[str]
    """Certificate authority of the replica's certificate, e.g. `rds-ca-rsa4096-g1`. Default: the source's; for `ReadReplica` the account's. Change: a restart where the engine can't take a new certificate without one."""
    network_type: NotRequired[NetworkType]
    """IPV4 or DUAL (with IPv6, which the subnets must have). Default: in the source's region the source's; for `ReadReplica` and elsewhere IPV4. Change: may be downtime."""
    replica_mode: NotRequired[ReplicaMode]
    """Of an Oracle replica: open-read-only or mounted. Default open-read-only. Change: downtime of this replica, at once. See https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/oracle-read-replicas.html"""
    multi_az: NotRequired[bool]
    """A standby for the replica itself. Default false. Change: online."""
    port: NotRequired[int]
    """1150 to 65535. Default: the source's. Change: reboots the replica at once."""
    region: NotRequired[str]
    """Region of the replica, where it isn't its source's, e.g. `eu-central-1`. Default: the source's region. Change: REPLACES the replica."""
    kms_key_id: NotRequired[pulumi.Input[str]]
    """ARN of a KMS key in `region` (not an alias): needed there where the source is encrypted, and only there. Change: REPLACES the replica."""
    backup: NotRequired[ReplicaBackupArgs]
    """Automated backups of the replica itself."""
    promoted: NotRequired[bool]
    """Makes the replica a database of its own: it stops replicating, keeps its data, and from then on has backups and a final snapshot. Default false. Change to true: a reboot, not reversible; back to false is refused."""
    monitoring: NotRequired[MonitoringArgs]
    """What is watched. Default: field by field as the database; for `ReadReplica` no logs, whose names depend on the engine."""
    deletion_protection: NotRequired[bool]
    """Default: as the source. Change: online, at once."""
    tags: NotRequired[dict[str, str]]
    """Further tags. Default: the source's."""


class ReplicaSettings(ReplicaBase):
    """One read replica; what isn't given is inherited from the database."""

    source: NotRequired[str]
    """Key of the replica that this one replicates from (a cascade of at most three; PostgreSQL from 14.1, MySQL, MariaDB). Default: the database. Change: refused; make a new replica instead."""
    network: NotRequired[PlacementArgs]
    """VPC and subnets in `region`: needed there, and only there. A subnet group and a security group are made of it."""
    access: NotRequired[AccessArgs]
    """Who may connect to the replica. Default: as to its source; in another region the network's application group and the source's `from_cidrs`. Given, the replica gets a security group of its own."""
    instance_class: NotRequired[str]
    """Default: the source's. Change: minutes of downtime of this replica."""
    storage: NotRequired[ReplicaStorageArgs]
    """Default: the source's."""
    dns_name: NotRequired[str]
    """Full name that points at the replica's host, in the zone of the database's `dns`. Default none. Change: REPLACES the record: clients of the old name must follow."""
    parameter_group: NotRequired[ParameterGroupArgs]
    """Default: the source's; in another region one made of the same parameters. Change: dynamic parameters at once, static ones at the next reboot."""
    on_delete: NotRequired[OnDelete]
    """snapshot and retain protect the replica; a final snapshot is taken once it is `promoted`. Default: as the source. Change: online."""


class ReadReplicaArgs(ReplicaBase):
    """Arguments of `ReadReplica`."""

    instance_class: str
    """E.g. `db.r6g.large`. Change: minutes of downtime of this replica."""
    parameter_group_name: NotRequired[pulumi.Input[str]]
    """DB parameter group in the replica's region. Default: in the source's region the source's, else the engine's default. Change: dynamic parameters at once, static ones at the next reboot."""
    source_identifier: NotRequired[pulumi.Input[str]]
    """Identifier of the source instance in this region; else `source_arn`. Change: refused; make a new replica instead."""
    source_arn: NotRequired[pulumi.Input[str]]
    """ARN of the source instance in another region. It needs `subnet_group_name`, and `kms_key_id` where the source is encrypted. Change: refused; make a new replica instead."""
    subnet_group_name: NotRequired[pulumi.Input[str]]
    """DB subnet group in the replica's region: with `source_arn` only, since a replica stands in its source's group within one region."""
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
    """Snapshot and retain protect the replica; a final snapshot is taken once it is `promoted`. Default snapshot."""
    controls: NotRequired[ControlsArgs]
    """Security controls that are left off on purpose. Default: each that is off is named in the preview."""
    environment: NotRequired[str]
    """Value of the Environment tag. Default: the stack's name."""
