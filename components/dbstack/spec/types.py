"""The arguments that users write: each field is declared here, once.

Component arguments, the stack config, its JSON Schema and the reference pages are made from these types.
Names are snake_case here and camelCase in YAML. ``pulumi.Input`` marks what may be an output of another
resource; every other field is plain, because it decides which resources exist or is checked before anything
is created. A ``TypedDict`` (not a dataclass) because that is what Pulumi can host for other languages.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import NotRequired, TypedDict

import pulumi


class Engine(StrEnum):
    """Database engines, by the names that RDS uses."""

    POSTGRES = "postgres"
    MYSQL = "mysql"
    MARIADB = "mariadb"


class StorageType(StrEnum):
    """EBS volume types that RDS offers (magnetic ``standard`` is being retired by AWS and is refused)."""

    GP2 = "gp2"
    GP3 = "gp3"
    IO1 = "io1"
    IO2 = "io2"


class PasswordSource(StrEnum):
    """Who makes and keeps the master password."""

    MANAGED = "managed"
    """RDS makes it, keeps it in Secrets Manager and rotates it. Not possible with read replicas."""
    GENERATED = "generated"
    """Generated once, kept in a Secrets Manager secret in the standard JSON shape and encrypted in Pulumi's state."""
    GIVEN = "given"
    """Given by the caller as a secret; also kept in a Secrets Manager secret."""


class OnDelete(StrEnum):
    """What happens to the data when the database leaves the program or the stack is destroyed."""

    SNAPSHOT = "snapshot"
    """Protected; when the protection is lifted and it is deleted, RDS first takes a final snapshot."""
    RETAIN = "retain"
    """Protected, and never deleted by Pulumi: it is only forgotten and goes on running in AWS."""
    DESTROY = "destroy"
    """Deleted at once, with its automated backups and without a final snapshot."""


class Egress(StrEnum):
    """Outgoing traffic that the database's security group allows."""

    ALL = "all"
    NONE = "none"


class Target(StrEnum):
    """Where a stack's databases run."""

    AWS = "aws"


class StorageArgs(TypedDict):
    """The volume of a database instance.

    See https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html
    """

    allocated_gib: NotRequired[int]
    """Size in GiB. Default 20. Change: grows online; can never shrink (RDS has no way to), such a change is refused."""
    max_allocated_gib: NotRequired[int]
    """Ceiling of storage autoscaling in GiB, at least 10 % above `allocated_gib`. Default: no autoscaling. Change: online, at once."""
    type: NotRequired[StorageType]
    """Volume type. Default gp3. Change: online, slower meanwhile, then six hours without another storage change."""
    iops: NotRequired[int]
    """Provisioned I/O operations per second: required for io1 and io2; for gp3 only from 400 GiB. Default: the type's baseline. Change: online."""
    throughput_mibps: NotRequired[int]
    """gp3 throughput in MiB/s, only from 400 GiB. Default: the baseline. Change: online."""
    encrypted: NotRequired[bool]
    """Encryption at rest. Default true. Change: REPLACES the database, so it is refused while the database is protected."""
    kms_key_id: NotRequired[pulumi.Input[str]]
    """ARN of the KMS key (not an alias). Default: the account's aws/rds key. Change: REPLACES the database."""


class BackupArgs(TypedDict):
    """Automated backups.

    See https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.html
    """

    retention_days: NotRequired[int]
    """Days that automated backups are kept, 0 to 35; 0 switches them off and is refused with replicas. Default 7. Change: online, except between 0 and more, which is an outage."""
    window: NotRequired[str]
    """Daily window in UTC, `hh24:mi-hh24:mi`, at least 30 minutes, not overlapping the maintenance window. Default: chosen by AWS. Change: online."""


class MasterPasswordArgs(TypedDict):
    """The master user's password: by whom it is made and kept."""

    source: NotRequired[PasswordSource]
    """managed, generated or given. Default: given if `value` or `config` is set, else managed, else (with read replicas, where RDS refuses managed) generated. Change: online, but applications find the password in another secret."""
    value: NotRequired[pulumi.Input[str]]
    """The password itself, for programs: a secret output. Refused in a stack config. Change: online, at once."""
    config: NotRequired[str]
    """Name of the secret config key that holds it, `namespace:key`, set with `pulumi config set --secret`. Change: online, at once."""


class AccessArgs(TypedDict):
    """Who may connect: each source becomes a rule resource of its own, at the database's port."""

    from_application: NotRequired[bool]
    """Let the network's application security group in. Default true where the network has one. Change: online, open connections stay."""
    from_security_groups: NotRequired[list[pulumi.Input[str]]]
    """Ids of further security groups to let in. Default none."""
    from_cidrs: NotRequired[list[str]]
    """IPv4 or IPv6 blocks to let in, e.g. `10.1.0.0/16`. Default none. 0.0.0.0/0 and ::/0 are refused."""
    egress: NotRequired[Egress]
    """Outgoing traffic: all or none. Default all, as AWS has it for a new group."""


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


class InstanceSettings(TypedDict):
    """A database instance as its owner describes it."""

    engine: Engine
    """postgres, mysql or mariadb. Change: REPLACES the database."""
    engine_version: str
    """Major version (`17`, MySQL and MariaDB `8.4`, `11.4`) or, as your own choice, a full one (`17.5`). It is never looked up. Change: downtime; a new major also needs `allow_major_version_upgrade`; lower is refused."""
    instance_class: str
    """E.g. `db.t3.micro`, `db.r6g.large`. Change: minutes of downtime, in the maintenance window unless `apply_immediately`."""
    identifier: NotRequired[str]
    """DB instance identifier, 1 to 63 letters, digits and hyphens. Default: `{project}-{stack}-{name}`. Change: renames it, a reboot and a new host name; refused while it has replicas."""
    database_name: NotRequired[str]
    """Name of the first database. Default: the component's name with `_` for `-`. Change: REPLACES the database."""
    username: NotRequired[str]
    """Master user. Default `dbadmin`. Change: REPLACES the database."""
    password: NotRequired[MasterPasswordArgs]
    """Default: managed by RDS where it can be (see `MasterPasswordArgs.source`)."""
    port: NotRequired[int]
    """1150 to 65535. Default: the engine's. Change: reboots at once."""
    storage: NotRequired[StorageArgs]
    """Default: 20 GiB of encrypted gp3."""
    multi_az: NotRequired[bool]
    """A standby in another zone. Default false. Change: online, slower meanwhile."""
    backup: NotRequired[BackupArgs]
    """Default: kept for 7 days."""
    maintenance_window: NotRequired[str]
    """Weekly window in UTC, `ddd:hh24:mi-ddd:hh24:mi`, at least 30 minutes. Default: chosen by AWS. Change: online."""
    auto_minor_version_upgrade: NotRequired[bool]
    """AWS installs minor versions in the maintenance window. Default true. Change: online."""
    allow_major_version_upgrade: NotRequired[bool]
    """Consent to a major upgrade: without it a new major is refused in preview. Default false."""
    apply_immediately: NotRequired[bool]
    """Make changes now instead of in the maintenance window. Default false."""
    on_delete: NotRequired[OnDelete]
    """snapshot, retain or destroy. Default snapshot. Change: online."""
    deletion_protection: NotRequired[bool]
    """RDS's deletion protection and Pulumi's protect together. Default: true, but false with on_delete destroy. Set false and deploy to unlock a deletion."""
    tags: NotRequired[dict[str, str]]
    """Further tags beside Name and Environment. Change: online."""


class DatabaseSettings(InstanceSettings):
    """A database: an instance, its read replicas and who may connect. This is one entry of `databases` in a stack config."""

    replicas: NotRequired[dict[str, ReplicaSettings]]
    """Read replicas by key, at most 15. Default none. Adding or removing one leaves the others alone."""
    access: NotRequired[AccessArgs]
    """Who may connect. Default: the network's application security group."""


class PlacementArgs(TypedDict):
    """Where in the network a database stands."""

    vpc_id: pulumi.Input[str]
    """The VPC of the subnets."""
    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    """At least two private subnets in different zones. Change: online."""
    application_security_group_id: NotRequired[pulumi.Input[str]]
    """The group that applications are members of, let in by `access.from_application`."""


class DatabaseArgs(DatabaseSettings):
    """Arguments of `Database`."""

    network: PlacementArgs
    """VPC and subnets, e.g. the outputs of a `DatabaseNetwork`."""
    environment: NotRequired[str]
    """Value of the Environment tag. Default: the stack's name."""


class DatabaseInstanceArgs(InstanceSettings):
    """Arguments of `DatabaseInstance`."""

    subnet_group_name: pulumi.Input[str]
    """DB subnet group. Change: moves the instance, downtime; RDS refuses it within one VPC."""
    security_group_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    """VPC security groups of the instance. Change: online."""
    environment: NotRequired[str]
    """Value of the Environment tag. Default: the stack's name."""


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
    on_delete: NotRequired[OnDelete]
    """Snapshot and retain protect the replica; a replica never takes a final snapshot. Default snapshot."""
    environment: NotRequired[str]
    """Value of the Environment tag. Default: the stack's name."""


class DatabaseSubnetGroupArgs(TypedDict):
    """Arguments of `DatabaseSubnetGroup`."""

    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    """At least two subnets in different zones. Change: online."""
    group_name: NotRequired[str]
    """Name of the DB subnet group. Default `{project}-{stack}-{name}`. Change: replaces the group, and RDS refuses to move an instance to another group of its VPC."""
    environment: NotRequired[str]
    """Value of the Environment tag. Default: the stack's name."""
    tags: NotRequired[dict[str, str]]
    """Further tags."""


class DatabaseSecurityGroupArgs(TypedDict):
    """Arguments of `DatabaseSecurityGroup`."""

    vpc_id: pulumi.Input[str]
    """Change: replaces the group."""
    port: int
    """TCP port of the database. Change: the rules are updated in place."""
    access: NotRequired[AccessArgs]
    """Who may connect."""
    application_security_group_id: NotRequired[pulumi.Input[str]]
    """The group let in by `access.from_application`."""
    environment: NotRequired[str]
    """Value of the Environment tag. Default: the stack's name."""
    tags: NotRequired[dict[str, str]]
    """Further tags."""


class NewNetworkSettings(TypedDict):
    """A network that dbstack makes: a VPC with private subnets only."""

    vpc_cidr: str
    """IPv4 block of the VPC, /16 to /24. Change: REPLACES the VPC, which AWS refuses while databases are in it: refused in preview while `deletion_protection` holds; otherwise destroy the stack first."""
    availability_zones: NotRequired[int]
    """Number of zones, 2 to 6, one private subnet in each. Default 2. Change: more zones add subnets; fewer fail while in use."""
    availability_zone_names: NotRequired[list[str]]
    """The zones themselves, e.g. `[us-east-1a, us-east-1c]`; needed where the region isn't in config or your account lacks a zone. Default: the region's first ones. They are not looked up, so that a new zone never moves a subnet."""


class DatabaseNetworkArgs(NewNetworkSettings):
    """Arguments of `DatabaseNetwork`."""

    deletion_protection: NotRequired[bool]
    """Pulumi's protect on the VPC, so that a changed `vpc_cidr`, which would replace it under its databases, is refused in preview. Default false; a stack config sets it while one of its databases is protected."""
    environment: NotRequired[str]
    """Value of the Environment tag. Default: the stack's name."""
    tags: NotRequired[dict[str, str]]
    """Further tags."""


class NetworkSettings(TypedDict):
    """`network` of a stack config: either `vpc_cidr` (dbstack makes it) or `vpc_id` with `subnet_ids` (yours)."""

    vpc_cidr: NotRequired[str]
    """See `DatabaseNetworkArgs`."""
    availability_zones: NotRequired[int]
    """See `DatabaseNetworkArgs`."""
    availability_zone_names: NotRequired[list[str]]
    """See `DatabaseNetworkArgs`."""
    vpc_id: NotRequired[str]
    """Id of an existing VPC."""
    subnet_ids: NotRequired[list[str]]
    """At least two private subnets of it, in different zones."""
    application_security_group_id: NotRequired[str]
    """The existing group that applications are members of."""


class StackSettings(TypedDict):
    """The object `dbstack:stack` in `Pulumi.<stack>.yaml`."""

    environment: str
    """Value of the Environment tag on every resource, e.g. `prod`."""
    target: NotRequired[Target]
    """Where the databases run. Default aws."""
    network: NetworkSettings
    """The VPC and subnets of the databases."""
    databases: dict[str, DatabaseSettings]
    """The databases by name."""
    tags: NotRequired[dict[str, str]]
    """Tags on every resource."""
