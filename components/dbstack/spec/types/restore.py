"""Instances made from a snapshot or from a point in time."""

from collections.abc import Sequence
from typing import NotRequired, TypedDict

import pulumi

from dbstack.spec.types.choices import StorageType
from dbstack.spec.types.instance import InstanceSettings


class RestoredStorageArgs(TypedDict):
    """The volume of a restored instance. Whether and with which key it is encrypted its source decides; to change that copy the snapshot with another key first."""

    allocated_gib: NotRequired[int]
    """Size in GiB, not below the source's. Default: the source's. Change: grows online; can never shrink, such a change is refused."""
    max_allocated_gib: NotRequired[int]
    """Ceiling of storage autoscaling in GiB. Default: no autoscaling. Change: online, at once."""
    type: NotRequired[StorageType]
    """Volume type. Default: the source's. Change: online, slower meanwhile, then six hours without another storage change (downtime only from magnetic storage)."""
    iops: NotRequired[int]
    """Provisioned I/O operations per second. Default: the source's. Change: online."""
    throughput_mibps: NotRequired[int]
    """gp3 throughput in MiB/s. Default: the source's. Change: online."""


class RestoredSettings(InstanceSettings):
    """What a restored instance is described with beside its source. Its data, databases, master user and encryption are the source's.

    See https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_RestoreFromSnapshot.html
    """

    storage: NotRequired[RestoredStorageArgs]
    """Default: the source's volume."""
    subnet_group_name: pulumi.Input[str]
    """DB subnet group. Change: moves the instance, downtime; RDS refuses it within one VPC."""
    security_group_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    """VPC security groups of the instance. Change: online."""
    environment: NotRequired[str]
    """Value of the Environment tag. Default: the stack's name."""


class DatabaseInstanceFromSnapshotArgs(RestoredSettings):
    """Arguments of `DatabaseInstanceFromSnapshot`."""

    snapshot_identifier: NotRequired[pulumi.Input[str]]
    """Id of the DB snapshot, or the ARN of one that another account shares. Needed to make the instance. Change: none; once the instance is there it may be removed, and another id changes nothing."""


class PointInTimeArgs(TypedDict):
    """The source and the moment of a restore: one way to name each."""

    source_identifier: NotRequired[pulumi.Input[str]]
    """Identifier of the source instance. Change: none once the instance is there."""
    source_resource_id: NotRequired[pulumi.Input[str]]
    """Resource id (`db-ABC...`) of the source, also of one that is deleted and whose automated backups are kept. Change: none once the instance is there."""
    source_automated_backups_arn: NotRequired[pulumi.Input[str]]
    """ARN of the automated backups that `backup.cross_region` copied into this region. Change: none once the instance is there."""
    restore_time: NotRequired[str]
    """The moment in UTC, e.g. `2026-01-31T23:45:00Z`, before the latest restorable time of the source. Change: none once the instance is there."""
    use_latest_restorable_time: NotRequired[bool]
    """The latest moment that can be restored, usually five minutes ago, instead of `restore_time`. Change: none once the instance is there."""


class S3BackupArgs(TypedDict):
    """A backup of a MySQL server in an S3 bucket, as Percona XtraBackup makes it.

    The databases are the backup's; master user, password, size and encryption are described as a new database's. See
    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/MySQL.Procedural.Importing.html
    """

    bucket_name: pulumi.Input[str]
    """Name of the bucket, in the region of the database. Change: none once the database is there."""
    prefix: NotRequired[pulumi.Input[str]]
    """Beginning of the keys of the backup's files. Default none: the whole bucket. Change: none once the database is there."""
    ingestion_role_arn: pulumi.Input[str]
    """ARN of the role by which RDS reads the bucket. Change: none once the database is there."""
    source_engine_version: str
    """Version of the server that was backed up, e.g. `8.0.36`; the database has the same major version. Change: none once the database is there."""


class RestoreFromArgs(PointInTimeArgs):
    """What a database is made from: a snapshot, the backups of another database with a moment, or a backup in S3. It is read once.

    Except from S3: data, databases, master user and encryption are the source's, and are not described beside it.
    """

    s3: NotRequired[S3BackupArgs]
    """A backup of a MySQL server in S3, for engine mysql. Change: none once the database is there."""

    snapshot_identifier: NotRequired[pulumi.Input[str]]
    """Id of the DB snapshot, or the ARN of one that another account shares, instead of a source and a moment. Change: none once the database is there."""


class DatabaseInstanceFromPointInTimeArgs(RestoredSettings):
    """Arguments of `DatabaseInstanceFromPointInTime`."""

    restore: NotRequired[PointInTimeArgs]
    """Source and moment. Needed to make the instance. Change: none; once the instance is there it may be removed, and another moment changes nothing."""
