"""RDS DB instances by their identifiers, over boto3.

Every method may be called again: what is there already as it was asked for is waited for, not made twice; what is there
otherwise is an error that says how it differs.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from dbstack.ops.driver import boto3_module
from dbstack.ops.errors import OpsError, OpsUsageError
from dbstack.ops.rds.calling import called, code_of
from dbstack.ops.rds.waiting import Progress, first, quiet, wait_until

HOUR = 3600.0
_ABSENT = {"DBInstanceNotFound", "DBSnapshotNotFound"}


class RdsInstances:
    """The DB instances and DB snapshots of one region.

    Args:
        region: e.g. `us-east-1`. Default: that of the session (AWS_REGION, the profile).
        client: a boto3 client of `rds` instead, e.g. one of a role that was assumed.
        timeout_seconds: how long each method waits for the instance to be available. Default an hour.
        poll_seconds: how often it asks. Default every 15 seconds.
        progress: takes a line whenever a status changes. Default: nobody is told.

    See https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/Welcome.html
    """

    def __init__(
        self,
        region: str | None = None,
        *,
        client: Any = None,
        timeout_seconds: float = HOUR,
        poll_seconds: float = 15,
        progress: Progress = quiet,
    ) -> None:
        self._rds = client if client is not None else _client(region)
        self._timeout, self._poll, self._progress = timeout_seconds, poll_seconds, progress

    def describe(self, identifier: str) -> dict[str, Any] | None:
        """The instance as DescribeDBInstances has it; None if there is none of this identifier."""
        return self._found("describe_db_instances", "DBInstances", DBInstanceIdentifier=identifier)

    def wait_available(self, identifier: str) -> dict[str, Any]:
        """The instance, once it is available. OpsError: the time is up, or it is in a state that stays."""

        return self._settled(identifier, lambda: self.describe(identifier), "DBInstanceStatus")

    def create_instance(
        self,
        identifier: str,
        *,
        engine: str,
        engine_version: str,
        instance_class: str,
        allocated_gib: int,
        username: str,
        subnet_group_name: str,
        security_group_ids: Sequence[str],
        password: str | None = None,
        storage_type: str = "gp3",
        multi_az: bool = False,
        backup_retention_days: int = 7,
        kms_key_id: str | None = None,
        deletion_protection: bool = True,
        tags: Mapping[str, str] | None = None,
        **members: Any,
    ) -> dict[str, Any]:
        """A new instance: encrypted, private, its password managed by RDS in Secrets Manager unless given.

        RDS can't manage it for an instance that is to have read replicas (but SQL Server's). `members` are further
        members of CreateDBInstance, in its spelling, and go before these. Sizes in GiB.

        Raises:
            OpsUsageError: there is one of this identifier that differs in engine, class, size, user or zones.
            OpsError: RDS refuses, or the instance isn't available in time.
        """
        wanted = {
            "Engine": engine,
            "DBInstanceClass": instance_class,
            "AllocatedStorage": allocated_gib,
            "StorageType": storage_type,
            "MasterUsername": username,
            "MultiAZ": multi_az,
        }
        if not self._there(identifier, wanted):
            called(
                self._rds.create_db_instance,
                **wanted,
                DBInstanceIdentifier=identifier,
                EngineVersion=engine_version,
                DBSubnetGroupName=subnet_group_name,
                VpcSecurityGroupIds=list(security_group_ids),
                BackupRetentionPeriod=backup_retention_days,
                ManageMasterUserPassword=True if password is None else None,
                MasterUserPassword=password,
                StorageEncrypted=True,
                KmsKeyId=kms_key_id,
                PubliclyAccessible=False,
                CopyTagsToSnapshot=True,
                DeletionProtection=deletion_protection,
                Tags=_tags(tags),
                more=members,
            )
        return self.wait_available(identifier)

    def create_replica(
        self,
        identifier: str,
        source: str,
        *,
        instance_class: str | None = None,
        tags: Mapping[str, str] | None = None,
        **members: Any,
    ) -> dict[str, Any]:
        """A read replica of `source` (an identifier, or an ARN of another region), of its class unless given."""
        if not self._there(identifier, {"ReadReplicaSourceDBInstanceIdentifier": source}):
            called(
                self._rds.create_db_instance_read_replica,
                DBInstanceIdentifier=identifier,
                SourceDBInstanceIdentifier=source,
                DBInstanceClass=instance_class,
                PubliclyAccessible=False,
                CopyTagsToSnapshot=True,
                Tags=_tags(tags),
                more=members,
            )
        return self.wait_available(identifier)

    def failover(self, identifier: str) -> dict[str, Any]:
        """Reboot a Multi-AZ instance into its standby: about a minute of downtime."""
        found = self._required(identifier)
        if not found.get("MultiAZ"):
            raise OpsUsageError(f"{identifier} is in one zone and has no standby: set multiAz first")
        called(self._rds.reboot_db_instance, DBInstanceIdentifier=identifier, ForceFailover=True)
        return self.wait_available(identifier)

    def promote(self, identifier: str, *, backup_retention_days: int = 7) -> dict[str, Any]:
        """Make a read replica a database of its own. It keeps its data and never follows its source again.

        An instance that follows nobody is left as it is.
        """
        if self._required(identifier).get("ReadReplicaSourceDBInstanceIdentifier"):
            called(
                self._rds.promote_read_replica,
                DBInstanceIdentifier=identifier,
                BackupRetentionPeriod=backup_retention_days,
            )
            self._wait(identifier, lambda: self._replicating(identifier))
        return self.wait_available(identifier)

    def snapshot(
        self, identifier: str, snapshot_identifier: str, *, tags: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """A snapshot of the instance, once it is complete."""
        found = self.describe_snapshot(snapshot_identifier)
        if found is None:
            called(
                self._rds.create_db_snapshot,
                DBInstanceIdentifier=identifier,
                DBSnapshotIdentifier=snapshot_identifier,
                Tags=_tags(tags),
            )
        elif found["DBInstanceIdentifier"] != identifier:
            other = found["DBInstanceIdentifier"]
            raise OpsUsageError(f"{snapshot_identifier} is a snapshot of {other}: choose another identifier")
        return self._complete(snapshot_identifier)

    def copy_snapshot(
        self,
        source: str,
        snapshot_identifier: str,
        *,
        kms_key_id: str | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """A copy of a snapshot; of another region by its ARN, with a key of this region if it is encrypted."""
        if self.describe_snapshot(snapshot_identifier) is None:
            region = source.split(":")[3] if source.startswith("arn:") else None
            called(
                self._rds.copy_db_snapshot,
                SourceDBSnapshotIdentifier=source,
                TargetDBSnapshotIdentifier=snapshot_identifier,
                KmsKeyId=kms_key_id,
                CopyTags=True,
                Tags=_tags(tags),
                SourceRegion=None if region == self._rds.meta.region_name else region,
            )
        return self._complete(snapshot_identifier)

    def describe_snapshot(self, snapshot_identifier: str) -> dict[str, Any] | None:
        """The snapshot as DescribeDBSnapshots has it; None if there is none of this identifier."""
        return self._found("describe_db_snapshots", "DBSnapshots", DBSnapshotIdentifier=snapshot_identifier)

    def restore_snapshot(
        self,
        identifier: str,
        snapshot_identifier: str,
        *,
        subnet_group_name: str,
        security_group_ids: Sequence[str],
        instance_class: str | None = None,
        tags: Mapping[str, str] | None = None,
        **members: Any,
    ) -> dict[str, Any]:
        """A new instance with the data of a snapshot. RDS never restores over one that is there.

        One of this identifier that is there is waited for: RDS doesn't tell what it was made from.
        """
        if self.describe(identifier) is None:
            called(
                self._rds.restore_db_instance_from_db_snapshot,
                DBInstanceIdentifier=identifier,
                DBSnapshotIdentifier=snapshot_identifier,
                **_placed(subnet_group_name, security_group_ids, instance_class, tags),
                more=members,
            )
        return self.wait_available(identifier)

    def restore_to_time(
        self,
        identifier: str,
        source: str,
        *,
        subnet_group_name: str,
        security_group_ids: Sequence[str],
        moment: datetime | None = None,
        instance_class: str | None = None,
        tags: Mapping[str, str] | None = None,
        **members: Any,
    ) -> dict[str, Any]:
        """A new instance beside `source`, with its data as they were at `moment` (None: the latest that there is).

        Raises:
            OpsUsageError: the moment has no time zone, or the source's backups don't reach it.
        """
        if self.describe(identifier) is None:
            self._check_moment(source, moment)
            called(
                self._rds.restore_db_instance_to_point_in_time,
                SourceDBInstanceIdentifier=source,
                TargetDBInstanceIdentifier=identifier,
                RestoreTime=moment,
                UseLatestRestorableTime=True if moment is None else None,
                **_placed(subnet_group_name, security_group_ids, instance_class, tags),
                more=members,
            )
        return self.wait_available(identifier)

    def restorable_window(self, identifier: str) -> tuple[datetime, datetime] | None:
        """The first and the last moment that the instance can be restored to. None: it has no automated backups yet."""
        found = self._required(identifier)
        latest = found.get("LatestRestorableTime")
        if not found.get("BackupRetentionPeriod") or latest is None:
            return None
        backups: list[dict[str, Any]] = (
            called(self._rds.describe_db_instance_automated_backups, DBInstanceIdentifier=identifier).get(
                "DBInstanceAutomatedBackups"
            )
            or []
        )
        told: list[dict[str, datetime]] = [
            backup["RestoreWindow"] for backup in backups if backup.get("RestoreWindow")
        ]
        earliest = min((window["EarliestTime"] for window in told), default=found["InstanceCreateTime"])
        return earliest, latest

    def _check_moment(self, source: str, moment: datetime | None) -> None:
        if moment is not None and moment.tzinfo is None:
            raise OpsUsageError("the moment has no time zone: datetime(..., tzinfo=UTC)")
        window = self.restorable_window(source)
        if window is None:
            raise OpsUsageError(f"{source} has no automated backups (yet): restore a snapshot of it")
        if moment is not None and not window[0] <= moment <= window[1]:
            first, last, told = (
                when.astimezone(UTC).isoformat(timespec="seconds") for when in (*window, moment)
            )
            raise OpsUsageError(
                f"{source} can be restored to moments from {first} to {last}, and {told} is outside of that"
            )

    def _there(self, identifier: str, wanted: Mapping[str, Any]) -> bool:
        found = self.describe(identifier)
        if found is None:
            return False
        differing = [
            f"{name} is {found.get(name)!r}, not {value!r}"
            for name, value in wanted.items()
            if not _same(found.get(name), value)
        ]
        if differing:
            raise OpsUsageError(
                f"there is an instance {identifier} already, and it isn't the one: {'; '.join(differing)}"
            )
        return True

    def _required(self, identifier: str) -> dict[str, Any]:
        found = self.describe(identifier)
        if found is None:
            raise OpsUsageError(f"there is no DB instance {identifier} in {self._rds.meta.region_name}")
        return found

    def _replicating(self, identifier: str) -> str:
        # Available, an instance that was just asked is still a replica for a moment.
        found = self._required(identifier)
        status = str(found["DBInstanceStatus"])
        waits = status == "available" and found.get("ReadReplicaSourceDBInstanceIdentifier")
        return "a replica still" if waits else status

    def _complete(self, snapshot_identifier: str) -> dict[str, Any]:
        return self._settled(
            snapshot_identifier, lambda: self.describe_snapshot(snapshot_identifier), "Status"
        )

    def _settled(self, name: str, describe: Callable[[], dict[str, Any] | None], key: str) -> dict[str, Any]:
        """What was described last, when its status is `available`."""
        last: dict[str, Any] = {}

        def status() -> str | None:
            last.clear()
            last.update(describe() or {})
            return last.get(key)

        self._wait(name, status)
        return last

    def _wait(self, name: str, status: Callable[[], str | None]) -> None:
        wait_until(
            name,
            status,
            timeout_seconds=self._timeout,
            poll_seconds=self._poll,
            progress=self._progress,
        )

    def _found(self, operation: str, key: str, **members: str) -> dict[str, Any] | None:
        from botocore.exceptions import ClientError

        def request(**given: Any) -> Mapping[str, Any]:
            try:
                return getattr(self._rds, operation)(**given)
            except ClientError as error:
                if code_of(error) in _ABSENT:
                    return {}
                raise

        return first(called(request, more=members), key)


def _tags(tags: Mapping[str, str] | None) -> list[dict[str, str]] | None:
    return [{"Key": key, "Value": value} for key, value in tags.items()] if tags else None


def _same(found: object, wanted: object) -> bool:
    # A source of another region is told by its ARN.
    return found == wanted or (isinstance(found, str) and found.endswith(f":db:{wanted}"))


def _placed(
    subnet_group_name: str,
    security_group_ids: Sequence[str],
    instance_class: str | None,
    tags: Mapping[str, str] | None,
) -> dict[str, Any]:
    return {
        "DBSubnetGroupName": subnet_group_name,
        "VpcSecurityGroupIds": list(security_group_ids),
        "DBInstanceClass": instance_class,
        "PubliclyAccessible": False,
        "CopyTagsToSnapshot": True,
        "DeletionProtection": True,
        "Tags": _tags(tags),
    }


def _client(region: str | None) -> Any:
    boto3 = boto3_module("this")
    from botocore.exceptions import BotoCoreError

    try:
        return boto3.client("rds", region_name=region)
    except BotoCoreError as error:
        raise OpsError(f"no client of RDS: {error}; name a region, or set AWS_REGION") from None
