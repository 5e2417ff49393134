"""What an instance is restored from: said once, when it is made, and without effect from then on.

Said of a database that is there already it would restore nothing, and neither the engine nor AWS's provider would say
so. So a marker (`pulumi.Stash`, which lives in the state alone) stands beside what is made from a backup, and isn't
made beside anything else.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import pulumi
import pulumi_aws as aws

from dbstack.aws.hooks import deployment, guard_hook
from dbstack.common.children import Children
from dbstack.spec.types import DatabaseSettings, PointInTimeArgs, S3BackupArgs

# A later snapshot id, or none, would replace the database by old data; what encrypts it its source has decided, and
# the provider would take its absence here for a wish to have it unencrypted, a replacement too.
IGNORED_AFTER_RESTORE = (
    "snapshotIdentifier",
    "restoreToPointInTime",
    "s3Import",
    "storageEncrypted",
    "kmsKeyId",
)
# Of a description that may name a backup: it may also name none any more, which would replace the database. Of the
# snapshot the provider keeps what it knows.
IGNORED_IF_RESTORABLE = ("restoreToPointInTime", "s3Import")
# Restores refuse them: the data bring them along.
_FROM_SOURCE = frozenset({"db_name", "username", "storage_encrypted", "kms_key_id"})
_VOLUME: Mapping[str, str] = {
    "allocated_gib": "allocated_storage",
    "max_allocated_gib": "max_allocated_storage",
    "type": "storage_type",
    "iops": "iops",
    "throughput_mibps": "storage_throughput",
}
# Argument -> property of the provider's `restore_to_point_in_time`.
_POINT: Mapping[str, str] = {
    "source_identifier": "source_db_instance_identifier",
    "source_resource_id": "source_dbi_resource_id",
    "source_automated_backups_arn": "source_db_instance_automated_backups_arn",
    "restore_time": "restore_time",
    "use_latest_restorable_time": "use_latest_restorable_time",
}


ROLES = ("origin",)
_MARKER = "-origin"


def point_in_time(given: PointInTimeArgs) -> dict[str, Any]:
    """Source and moment in the provider's terms."""
    return {_POINT[key]: value for key, value in given.items() if key in _POINT}


def s3_backup(given: S3BackupArgs) -> dict[str, Any]:
    """A backup of MySQL in S3 in the provider's terms."""
    return {
        "bucket_name": given["bucket_name"],
        "bucket_prefix": given.get("prefix"),
        "ingestion_role": given["ingestion_role_arn"],
        "source_engine": "mysql",
        "source_engine_version": given["source_engine_version"],
    }


class Import(NamedTuple):
    """A backup of MySQL in S3: it brings data and nothing else."""

    backup: Mapping[str, Any]
    ignored = IGNORED_IF_RESTORABLE

    def applied_to(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        """A new instance's properties, with the backup."""
        return {**properties, "s3_import": self.backup}

    def guards(self) -> list[pulumi.ResourceHook]:
        """None: as long as this is described, there is a backup."""
        return []


class Restore(NamedTuple):
    """`origin` names the backup in the provider's terms, None where the program no longer says it."""

    origin: Mapping[str, Any]
    storage: Mapping[str, Any]
    ignored = IGNORED_AFTER_RESTORE

    def applied_to(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        """A new instance's properties as those of a restored one: the volume too is the source's unless given."""
        replaced = _FROM_SOURCE | set(_VOLUME.values())
        volume = {_VOLUME[name]: value for name, value in self.storage.items() if name in _VOLUME}
        return {
            **{name: value for name, value in properties.items() if name not in replaced},
            **{name: str(value) if name == "storage_type" else value for name, value in volume.items()},
            **self.origin,
        }

    def guards(self) -> list[pulumi.ResourceHook]:
        """Without a backup the instance can't be made, though it needs none once it is there."""
        return [guard_hook("dbstack-refuse-restore-of-nothing", refuse_restore_of_nothing)]


def restore_of(args: DatabaseSettings) -> Restore | Import | None:
    """How a database of the facade is restored; None for a new one."""
    origin = args.get("restore_from")
    if origin is None:
        return None
    if "s3" in origin:
        return Import(s3_backup(origin["s3"]))
    storage: Mapping[str, Any] = args.get("storage", {})
    if "snapshot_identifier" in origin:
        return Restore({"snapshot_identifier": origin["snapshot_identifier"]}, storage)
    return Restore({"restore_to_point_in_time": point_in_time(origin)}, storage)


def refuse_restore_of_nothing(args: pulumi.ResourceHookArgs) -> None:
    """Fail the creation (in preview too) of a restored instance for which the program names no backup."""
    inputs = args.new_inputs or {}
    if inputs.get("snapshotIdentifier") is None and not inputs.get("restoreToPointInTime"):
        raise ValueError(
            f"{args.name}: the database isn't there and nothing is named to restore it from: give the snapshot's "
            "identifier or the point in time (they may be removed once the database is there)"
        )


def creation_hook() -> pulumi.ResourceHook:
    """Notes that a database which is made from a backup is made in this deployment."""
    restored = deployment().restored

    def note(args: pulumi.ResourceHookArgs) -> None:
        restored.add(_place(args.urn, args.name))

    return guard_hook("dbstack-note-creation", note)


def remember_origin(
    name: str,
    made: "aws.rds.Instance | aws.rds.Cluster",
    resource_id: pulumi.Output[str],
    children: Children,
) -> None:
    """The marker beside an instance or a cluster that the program makes from a backup; it keeps RDS's own id of it."""
    restored = deployment().restored

    def refuse(args: pulumi.ResourceHookArgs) -> None:
        if _place(args.urn, args.name.removesuffix(_MARKER)) not in restored:
            refuse_restore_of_existing(args)

    def note(told: tuple[str, object]) -> None:
        urn, origin = told
        if origin:
            restored.add(_place(urn, name))

    # Restored by a dbstack that made no marker, or before the program said nothing of it for a while: the state tells.
    # One by one, since in a preview nothing is known of those that the state doesn't have.
    for origin in (made.snapshot_identifier, made.restore_to_point_in_time, made.s3_import):
        pulumi.Output.all(made.urn, origin).apply(lambda told: note((told[0], told[1])))
    hook = guard_hook("dbstack-refuse-restore-of-existing", refuse)
    children.make(
        "origin",
        pulumi.Stash,
        f"{name}{_MARKER}",
        {"input": resource_id},
        pulumi.ResourceOptions(hooks=pulumi.ResourceHookBinding(before_create=[hook])),
    )


def refuse_restore_of_existing(args: pulumi.ResourceHookArgs) -> None:
    """Fail the creation of the marker beside a database that is there, and was made from no backup."""
    raise ValueError(
        f"{args.name.removesuffix(_MARKER)}: restoreFrom: this database is there already, and a backup is restored "
        "into a new one only: nothing would be restored. Take restoreFrom out again. To get at the backup's data "
        "describe a new database beside this one with it (for a moment of this one's own past: restoreFrom with "
        "sourceIdentifier and restoreTime), then copy them over, or switch to it"
    )


def _place(urn: str, name: str) -> str:
    """The component that a child belongs to, and the child's name."""
    return f"{urn.rpartition('::')[0].rpartition('$')[0]}::{name}"
