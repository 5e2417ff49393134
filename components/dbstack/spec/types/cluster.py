"""DB clusters: Aurora (provisioned, Serverless v2, global databases) and Multi-AZ DB clusters."""

from enum import StrEnum
from typing import NotRequired, TypedDict

import pulumi

from dbstack.spec.types.alarms import AlarmsArgs
from dbstack.spec.types.choices import OnDelete
from dbstack.spec.types.controls import ControlsArgs
from dbstack.spec.types.instance import MasterPasswordArgs
from dbstack.spec.types.network import AccessArgs, PlacementArgs
from dbstack.spec.types.parameters import ParameterGroupArgs
from dbstack.spec.types.restore import S3BackupArgs
from dbstack.spec.types.roles import RolesArgs


class ClusterEngine(StrEnum):
    """Engines of DB clusters, by the names that RDS uses."""

    AURORA_POSTGRESQL = "aurora-postgresql"
    AURORA_MYSQL = "aurora-mysql"
    POSTGRES = "postgres"
    """A Multi-AZ DB cluster: one writer and two readers, which RDS makes itself."""
    MYSQL = "mysql"
    """A Multi-AZ DB cluster: one writer and two readers, which RDS makes itself."""


class ClusterStorageType(StrEnum):
    """Storage of DB clusters: the first two of Aurora, the others of Multi-AZ DB clusters."""

    AURORA = "aurora"
    AURORA_IOPT1 = "aurora-iopt1"
    """I/O-Optimized: a higher price for storage and compute, no charge for I/O."""
    GP3 = "gp3"
    IO1 = "io1"
    IO2 = "io2"


class EndpointType(StrEnum):
    """What a custom endpoint leads to."""

    READER = "reader"
    ANY = "any"


class RestoreType(StrEnum):
    """How a cluster is restored to a point in time."""

    FULL_COPY = "full-copy"
    COPY_ON_WRITE = "copy-on-write"
    """Aurora only: a clone that shares the source's data until one of them changes it; always of the latest state."""


class ClusterStorageArgs(TypedDict):
    """The storage of a cluster. Aurora's grows by itself; a Multi-AZ DB cluster has a volume per instance."""

    type: NotRequired[ClusterStorageType]
    """Default: aurora; gp3 for a Multi-AZ DB cluster. Change: online for Aurora; REPLACES a Multi-AZ DB cluster, so it is refused while it is protected."""
    allocated_gib: NotRequired[int]
    """Multi-AZ DB clusters only, and needed there: size of each volume in GiB. Change: grows online; can never shrink, such a change is refused."""
    iops: NotRequired[int]
    """Multi-AZ DB clusters only: I/O operations per second, needed with io1 and io2. Default: the type's baseline. Change: online."""
    encrypted: NotRequired[bool]
    """Encryption at rest. Default true. Change: REPLACES the cluster, so it is refused while it is protected."""
    kms_key_id: NotRequired[pulumi.Input[str]]
    """ARN of the KMS key (not an alias). Default: the account's aws/rds key. Change: REPLACES the cluster."""


class ServerlessArgs(TypedDict):
    """Capacity of Serverless v2 instances (class `db.serverless`), in Aurora capacity units of about 2 GiB.

    See https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.setting-capacity.html
    """

    max_acu: float
    """Most capacity of each instance, 1 to 256 in steps of 0.5. Change: online; some memory parameters with the next reboot."""
    min_acu: NotRequired[float]
    """Least capacity of each instance, 0 to 256 in steps of 0.5; 0 lets an idle instance pause. Default 0.5. Change: online."""
    pause_after_seconds: NotRequired[int]
    """Idle seconds until an instance pauses, 300 to 86400, only with `min_acu` 0. Default 300. Change: online."""


class ClusterInstanceArgs(TypedDict):
    """One instance of an Aurora cluster; what isn't given is the cluster's. It holds no data of its own."""

    instance_class: NotRequired[str]
    """E.g. `db.r6g.large`, or `db.serverless`. Default: the cluster's. Change: minutes of downtime of this instance."""
    promotion_tier: NotRequired[int]
    """Who takes over when the writer fails: 0 first, 15 last. Default 1. Change: online."""
    availability_zone: NotRequired[str]
    """Zone, e.g. `us-east-1b`. Default: chosen by AWS, which spreads them. Change: REPLACES this instance."""
    identifier: NotRequired[str]
    """DB instance identifier. Default: the cluster's plus `-` and the key. Change: REPLACES this instance."""
    maintenance_window: NotRequired[str]
    """Weekly window in UTC. Default: the cluster's. Change: online."""
    auto_minor_version_upgrade: NotRequired[bool]
    """Default: the cluster's. Change: online."""
    ca_certificate: NotRequired[str]
    """Default: the cluster's. Change: may restart the instance."""
    tags: NotRequired[dict[str, str]]
    """Further tags. Default: the cluster's. Change: online."""


class ReaderAutoscalingArgs(TypedDict):
    """Readers that AWS adds and takes away beside those that are described, which it leaves alone.

    See https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Integrating.AutoScaling.html
    """

    max_readers: int
    """Most readers, the described ones included, at most 15. Change: online."""
    min_readers: NotRequired[int]
    """Least readers, the described ones included. Default: as many as are described, at least 1; 0 only beside a described one, since AWS scales by what the readers report (https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html). Change: online."""
    cpu_percent: NotRequired[int]
    """Average CPU of the readers to hold, 1 to 100. Default 70, unless `connections` is given. Change: online."""
    connections: NotRequired[int]
    """Average connections per reader to hold, instead of the CPU. Change: online."""
    scale_in_cooldown_seconds: NotRequired[int]
    """Seconds between two removals. Default 300. Change: online."""
    scale_out_cooldown_seconds: NotRequired[int]
    """Seconds between two additions. Default 300. Change: online."""


class ClusterEndpointArgs(TypedDict):
    """A host name over some of a cluster's instances. At most 5 in a cluster."""

    type: NotRequired[EndpointType]
    """reader: only instances that read at the time; any: the writer too. Default reader. Change: online."""
    members: NotRequired[list[str]]
    """Keys of the instances behind it. Default: all that fit the type, new ones too. Change: online."""
    excluded: NotRequired[list[str]]
    """Keys of the instances that are not behind it, instead of `members`. Default none. Change: online."""
    identifier: NotRequired[str]
    """First part of the host name. Default: the cluster's identifier plus `-` and the key. Change: REPLACES the endpoint."""


class ActivityStreamMode(StrEnum):
    """When an activity is reported."""

    ASYNC = "async"
    """The session goes on at once: faster, an event may get lost."""
    SYNC = "sync"
    """The session waits until the event is kept: slower, nothing gets lost. Aurora PostgreSQL only."""


class ActivityStreamArgs(TypedDict):
    """A near real-time stream of what is done in the database, sent to a Kinesis stream that RDS makes.

    See https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/DBActivityStreams.html
    """

    kms_key_id: pulumi.Input[str]
    """ARN of the KMS key that encrypts the events: a key of your own, AWS's default keys can't. Change: REPLACES the stream; what is done meanwhile is in none."""
    mode: NotRequired[ActivityStreamMode]
    """async or sync. Default async. Change: REPLACES the stream; what is done meanwhile is in none."""


class LimitlessArgs(TypedDict):
    """The DB shard group of an Aurora PostgreSQL Limitless Database, whose routers and shards AWS makes itself.

    See https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/limitless.html
    """

    max_acu: float
    """Most capacity of all routers and shards together in Aurora capacity units, 16 to 6144; it also decides how many there are. Change: online."""
    min_acu: NotRequired[float]
    """Least capacity of all together, at least 16. Default: AWS's. Change: online."""
    compute_redundancy: NotRequired[int]
    """Standbys of each shard in other zones: 0, 1 or 2. Default 0. Change: online."""
    identifier: NotRequired[str]
    """Name of the shard group. Default: the cluster's identifier plus `-shards`. Change: REPLACES the shard group."""


class ClusterBackupArgs(TypedDict):
    """Automated backups of a cluster, which are always on."""

    retention_days: NotRequired[int]
    """Days that automated backups are kept, 1 to 35. Default 7. Change: online."""
    window: NotRequired[str]
    """Daily window in UTC, `hh24:mi-hh24:mi`, at least 30 minutes, not overlapping the maintenance window. Default: chosen by AWS. Change: online."""


class ClusterMonitoringArgs(TypedDict):
    """What of a cluster is watched."""

    log_exports: NotRequired[list[str]]
    """Logs sent to CloudWatch. Default: the engine's own (Aurora PostgreSQL: postgresql; Aurora MySQL: audit, error, slowquery; postgres: postgresql, upgrade; mysql: error, slowquery). Change: online."""
    enhanced_interval_seconds: NotRequired[int]
    """Enhanced monitoring of every instance each 1, 5, 10, 15, 30 or 60 seconds, 0 for off. Default 60. Change: online."""
    monitoring_role_arn: NotRequired[pulumi.Input[str]]
    """ARN of the IAM role by which RDS writes these readings. Default: a role is made (in a stack config one for the whole stack). Change: online."""
    performance_insights: NotRequired[bool]
    """Performance Insights (kept 7 days without charge). Default true; false of Aurora MySQL with a class that has none (db.t2, db.t3). Change: online."""
    performance_insights_retention_days: NotRequired[int]
    """7, 731 or a multiple of 31. Default 7. Change: online."""
    performance_insights_kms_key_id: NotRequired[pulumi.Input[str]]
    """ARN of the KMS key. Default: the account's aws/rds key. Change: refused by RDS once it is set."""
    log_retention_days: NotRequired[int]
    """Days that CloudWatch keeps the logs, one of its choices. Default 365. Change: online, at once; fewer days delete older events."""
    alarms: NotRequired[AlarmsArgs]
    """Alarms of the cluster and its instances, and their thresholds. Default: none without a topic that they tell."""
    log_kms_key_id: NotRequired[pulumi.Input[str]]
    """ARN of a KMS key for the log groups, whose policy lets CloudWatch Logs use it. Default: CloudWatch's own encryption. Change: online, for new events."""


class ClusterBase(TypedDict):
    """What every description of a DB cluster has."""

    engine: ClusterEngine
    """aurora-postgresql, aurora-mysql; postgres or mysql for a Multi-AZ DB cluster. Change: REPLACES the cluster."""
    engine_version: str
    """Major version (`17`; Aurora MySQL `8.0`) or, as your own choice, a full one (`17.4`, `8.0.mysql_aurora.3.08.0`). It is never looked up. Change: downtime; a new major also needs `allow_major_version_upgrade`; lower is refused."""
    instance_class: NotRequired[str]
    """Class of the instances, e.g. `db.r6g.large`; for a Multi-AZ DB cluster one with a local volume, e.g. `db.m6gd.large`. Default: `db.serverless` where `serverless` is given. Change: downtime of each instance."""
    serverless: NotRequired[ServerlessArgs]
    """Capacity of instances of the class `db.serverless`. Default none. Change: online."""
    instances: NotRequired[dict[str, ClusterInstanceArgs]]
    """Aurora's instances by key; the first to be made writes, the others read. Default: one, with the key `one`. Change: adding or removing one leaves the others alone."""
    reader_autoscaling: NotRequired[ReaderAutoscalingArgs]
    """Aurora only: more readers with the load. Default none. Change: online."""
    endpoints: NotRequired[dict[str, ClusterEndpointArgs]]
    """Aurora only: custom endpoints by key. Default none. Change: online."""
    identifier: NotRequired[str]
    """DB cluster identifier, 1 to 63 letters, digits and hyphens (Multi-AZ DB clusters: 52). Default: `{project}-{stack}-{name}`. Change: REPLACES the cluster."""
    password: NotRequired[MasterPasswordArgs]
    """Default: managed by RDS, also with readers (https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/rds-secrets-manager.html)."""
    iam_authentication: NotRequired[bool]
    """IAM database authentication. Default true. Change: online."""
    port: NotRequired[int]
    """1150 to 65535. Default: the engine's. Change: restarts Aurora's instances; RDS refuses it for a Multi-AZ DB cluster."""
    storage: NotRequired[ClusterStorageArgs]
    """Default: encrypted Aurora storage. A Multi-AZ DB cluster needs `allocated_gib`."""
    parameter_group: NotRequired[ParameterGroupArgs]
    """Cluster parameters. Default: a group is made, with TLS forced (and the audit log of Aurora MySQL on)."""
    backup: NotRequired[ClusterBackupArgs]
    """Default: kept for 7 days."""
    backtrack_hours: NotRequired[int]
    """Aurora MySQL only: how far the cluster can be turned back in place, 0 (off) to 72 hours. Default 0. Change: online, but only if it was on from the start."""
    maintenance_window: NotRequired[str]
    """Weekly window in UTC, `ddd:hh24:mi-ddd:hh24:mi`, at least 30 minutes. Default: chosen by AWS. Change: online."""
    auto_minor_version_upgrade: NotRequired[bool]
    """AWS installs minor versions in the maintenance window. Default true. Change: online."""
    allow_major_version_upgrade: NotRequired[bool]
    """Consent to a major upgrade: without it a new major is refused in preview. Default false."""
    apply_immediately: NotRequired[bool]
    """Make changes now instead of in the maintenance window. Default false."""
    data_api: NotRequired[bool]
    """Aurora only: the Data API, SQL over HTTPS without a connection. Default false. Change: online."""
    local_write_forwarding: NotRequired[bool]
    """Aurora only: readers take writes and pass them on to the writer. Default false. Change: online. See https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-mysql-write-forwarding.html"""
    activity_stream: NotRequired[ActivityStreamArgs]
    """Aurora only: a stream of what is done in the database. Default none. Change: online."""
    limitless: NotRequired[LimitlessArgs]
    """Aurora PostgreSQL only: a sharded cluster, instead of `instances`; it needs a version such as `16.9-limitless` and I/O-Optimized storage (the default then). Default none. Change: REPLACES the cluster, so it is refused while it is protected."""
    associated_roles: NotRequired[dict[str, pulumi.Input[str]]]
    """ARNs of IAM roles by what RDS uses them for: the features `s3Import`, `s3Export`, `Lambda` (Aurora PostgreSQL also `SageMaker`, `Comprehend`, `Bedrock`); of Aurora MySQL the cluster parameters that name the role, such as `aws_default_s3_role`, which are set too. rds.amazonaws.com must be allowed to assume them. Default none. Change: the feature has no role meanwhile. See https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Integrating.Authorizing.html"""
    shared_with: NotRequired[list[str]]
    """Aurora only: ids of AWS accounts that may clone the cluster; AWS Resource Access Manager shares it with them. An encrypted cluster needs `storage.kms_key_id`, of whose policy you let them use the key. Default none. Change: online. See https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Managing.Clone.Cross-Account.html"""
    ca_certificate: NotRequired[str]
    """Authority of the server certificate, e.g. `rds-ca-rsa2048-g1`. Default: AWS's. Change: may restart the instances."""
    monitoring: NotRequired[ClusterMonitoringArgs]
    """Default: the engine's logs exported, Performance Insights on."""
    access: NotRequired[AccessArgs]
    """Who may connect. Default: the network's application security group."""
    on_delete: NotRequired[OnDelete]
    """snapshot, retain or destroy. Default snapshot. Change: online."""
    deletion_protection: NotRequired[bool]
    """RDS's deletion protection and Pulumi's protect together. Default: true, but false with on_delete destroy. Set false and deploy to unlock a deletion."""
    controls: NotRequired[ControlsArgs]
    """Security controls that are left off on purpose. Default: each that is off is named in the preview."""
    tags: NotRequired[dict[str, str]]
    """Further tags beside Name and Environment. Change: online."""


class ClusterRestoreFromArgs(TypedDict):
    """What a cluster is made from: a snapshot, another cluster's backups, or a backup in S3. It is read once.

    Except from S3: data, databases, and master user are the source's, and are not described beside it.
    """

    s3: NotRequired[S3BackupArgs]
    """A backup of a MySQL server in S3, for engine aurora-mysql. Change: none once the cluster is there."""

    snapshot_identifier: NotRequired[pulumi.Input[str]]
    """Name or ARN of the cluster snapshot, or ARN of an instance's. Change: none once the cluster is there."""
    source_cluster_identifier: NotRequired[pulumi.Input[str]]
    """Identifier (another region's or account's: ARN) of the cluster to restore, instead of a snapshot. Change: none once the cluster is there."""
    restore_to_time: NotRequired[str]
    """Moment in UTC, `2026-01-31T23:45:00Z`, of the source cluster. Default: the latest restorable. Change: none once the cluster is there."""
    restore_type: NotRequired[RestoreType]
    """full-copy, or copy-on-write for a clone of the source cluster. Default full-copy. Change: none once the cluster is there."""


class ClusterSettings(ClusterBase):
    """A DB cluster with its instances and who may connect. This is one entry of `clusters` in a stack config."""

    restore_from: NotRequired[ClusterRestoreFromArgs]
    """The backup that the cluster is made from. Default none: a new, empty one. Change: none once the cluster is there; it may stay, and docs/restore.md says what to write when it is taken out."""

    database_name: NotRequired[str]
    """Name of the first database. Default: the component's name with `_` for `-`. Change: REPLACES the cluster."""
    username: NotRequired[str]
    """Master user, at most 16 characters. Default `dbadmin`. Change: REPLACES the cluster."""
    extensions: NotRequired[list[str]]
    """Extensions of a PostgreSQL by name, e.g. `[pg_trgm, pgaudit]`; those that need it are preloaded. `dbstack migrate up` makes them, before the migrations. Default none. Change: online; one that is preloaded after the next reboot; one that is taken out stays in the database. See https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Appendix.PostgreSQL.CommonDBATasks.html"""
    roles: NotRequired[RolesArgs]
    """Roles and users inside the database, PostgreSQL only. Default none. Change: nothing until `dbstack roles apply`, see docs/roles.md."""


class DatabaseClusterArgs(ClusterSettings):
    """Arguments of `DatabaseCluster`."""

    global_cluster_identifier: NotRequired[pulumi.Input[str]]
    """Aurora only: identifier of the global cluster whose primary this is, e.g. the output `identifier` of a `GlobalCluster`. Default none. Change: a cluster can only leave; joining later, or another one, is refused."""
    network: PlacementArgs
    """VPC and subnets, e.g. the outputs of a `DatabaseNetwork`."""
    environment: NotRequired[str]
    """Value of the Environment tag. Default: the stack's name."""


class DatabaseClusterFromSnapshotArgs(ClusterBase):
    """Arguments of `DatabaseClusterFromSnapshot`: user and database are the snapshot's."""

    snapshot_identifier: pulumi.Input[str]
    """Name or ARN of the cluster snapshot, or ARN of an instance's. Read once: a later change changes nothing."""
    network: PlacementArgs
    """VPC and subnets, e.g. the outputs of a `DatabaseNetwork`."""
    environment: NotRequired[str]
    """Value of the Environment tag. Default: the stack's name."""


class DatabaseClusterFromPointInTimeArgs(ClusterBase):
    """Arguments of `DatabaseClusterFromPointInTime`: user and database are the source's."""

    source_cluster_identifier: pulumi.Input[str]
    """Identifier (another region's or account's: ARN) of the cluster to restore. Read once: a later change changes nothing."""
    restore_to_time: NotRequired[str]
    """Moment in UTC, `2026-01-31T23:45:00Z`. Default: the latest restorable. Read once: a later change changes nothing."""
    restore_type: NotRequired[RestoreType]
    """full-copy, or copy-on-write for a clone. Default full-copy. Read once: a later change changes nothing."""
    network: PlacementArgs
    """VPC and subnets, e.g. the outputs of a `DatabaseNetwork`."""
    environment: NotRequired[str]
    """Value of the Environment tag. Default: the stack's name."""


class GlobalClusterArgs(TypedDict):
    """Arguments of `GlobalCluster`."""

    engine: ClusterEngine
    """aurora-postgresql or aurora-mysql, as its clusters have it. Change: REPLACES the global cluster."""
    engine_version: str
    """Version of all its clusters: major (`17`; Aurora MySQL `8.0`) or a full one. A change upgrades every cluster, and what they say themselves is read when they are made. Change: downtime; a new major also needs `allow_major_version_upgrade`; lower is refused."""
    identifier: NotRequired[str]
    """Identifier of the global cluster, 1 to 63 letters, digits and hyphens. Default: `{project}-{stack}-{name}`. Change: REPLACES the global cluster."""
    encrypted: NotRequired[bool]
    """Whether its clusters are encrypted. Default true. Change: REPLACES the global cluster."""
    allow_major_version_upgrade: NotRequired[bool]
    """Consent to a major upgrade of all clusters: without it a new major is refused in preview. Default false."""
    on_delete: NotRequired[OnDelete]
    """snapshot, retain or destroy. The data are its clusters', which say for themselves what becomes of them; with retain the global cluster stays in AWS. Default snapshot. Change: online."""
    deletion_protection: NotRequired[bool]
    """RDS's deletion protection and Pulumi's protect together. Default: true, but false with on_delete destroy. Change: online."""
    environment: NotRequired[str]
    """Value of the Environment tag. Default: the stack's name."""
    tags: NotRequired[dict[str, str]]
    """Further tags beside Name and Environment. Change: online."""


class SecondaryClusterArgs(ClusterBase):
    """Arguments of `SecondaryCluster`: users, password and databases are the primary's."""

    global_cluster_identifier: pulumi.Input[str]
    """Identifier of the global cluster, e.g. the output `identifier` of a `GlobalCluster`. Change: a cluster can only leave; another one is refused."""
    primary_arn: pulumi.Input[str]
    """ARN of the primary cluster, e.g. the output `arn` of its `DatabaseCluster`: it must be there first. Read once: a later change changes nothing."""
    global_write_forwarding: NotRequired[bool]
    """Clients may write here, and Aurora passes it on to the primary. Default false. Change: online. See https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-global-database-write-forwarding.html"""
    network: PlacementArgs
    """VPC and subnets of the secondary's region, e.g. the outputs of a `DatabaseNetwork` there."""
    environment: NotRequired[str]
    """Value of the Environment tag. Default: the stack's name."""
