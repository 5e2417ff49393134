"""Automated backups of RDS instances in moto: copied to another region, and kept after a deletion."""

import copy
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from moto.core.responses import ActionResult, PaginatedResult
from moto.moto_api._internal import mock_random
from moto.rds.exceptions import RDSClientError
from moto.rds.responses import RDSResponse

from dbstack.sandbox.moto_ext import rds_rules
from dbstack.sandbox.moto_ext.patching import add
from dbstack.sandbox.moto_ext.rds_shared import refuse
from dbstack.spec import backup

_RETENTION = 7
_NOT_FOUND = "DBInstanceAutomatedBackupNotFound"


@dataclass
class Copied:
    """Backups of an instance of another region."""

    arn: str
    source: Any
    retention: int
    kms_key_id: str | None
    replicating: bool = True


@dataclass
class Backups:
    """What one region holds beside moto's own snapshots."""

    copied: dict[str, Copied] = field(default_factory=dict[str, Copied])
    retained: dict[str, Any] = field(default_factory=dict[str, Any])


def _backups(backend: Any) -> Backups:
    # An attribute of moto's backend, which a reset of moto takes away.
    if not hasattr(backend, "_dbstack_backups"):
        backend._dbstack_backups = Backups()
    return backend._dbstack_backups


def retain(backend: Any, database: Any, wanted: bool) -> None:
    """RDS keeps the automated backups of a deleted instance where the deletion says so."""
    if wanted and database.backup_retention_period:
        _backups(backend).retained[database.dbi_resource_id] = copy.copy(database)


def retained(backend: Any) -> list[Any]:
    return list(_backups(backend).retained.values())


def source_of(backend: Any, arn: str) -> Any:
    """A copy of the instance that the replicated backups are of, encrypted as they are."""
    found = _backups(backend).copied.get(arn)
    if found is None:
        raise RDSClientError(_NOT_FOUND, f"DBInstanceAutomatedBackup {arn} not found.")
    source = copy.copy(found.source)
    source.kms_key_id = found.kms_key_id or source.kms_key_id
    source.availability_zone = f"{backend.region_name}a"
    return source


@contextmanager
def standing_in(backend: Any, source: Any) -> Generator[str]:
    """For the time of a restore an instance stands in the region that isn't (any more) there."""
    key = f"dbstack-restoring-{source.dbi_resource_id[3:20].lower()}"
    stand_in = copy.copy(source)
    stand_in.__dict__["_db_instance_identifier"] = key
    backend.databases[key] = stand_in
    try:
        yield key
    finally:
        del backend.databases[key]


def _start(self: Any) -> ActionResult:
    backend, params = self.backend, self.params
    arn = params["SourceDBInstanceArn"]
    source = backend.find_db_from_id(arn)
    held = _backups(backend)
    days = params.get("BackupRetentionPeriod")
    days = _RETENTION if days is None else int(days)
    if source.backend is backend:
        words = "Automated backups are replicated to another region than that of the source DB instance."
        raise RDSClientError(rds_rules.COMBINATION, words)
    if not source.backup_retention_period:
        words = f"Automated backups aren't enabled for the DB instance {source.db_instance_identifier}."
        raise RDSClientError("InvalidDBInstanceState", words)
    if fault := backup.copied_retention_fault(days):
        words = f"Invalid backup retention period. ({fault})"
        refuse([rds_rules.Refusal("BackupRetentionPeriod", rds_rules.VALUE, words)])
    if source.storage_encrypted and not params.get("KmsKeyId"):
        words = "KmsKeyId is required to replicate the backups of an encrypted DB instance."
        raise RDSClientError(rds_rules.COMBINATION, words)
    if any(item.source.db_instance_arn == arn and item.replicating for item in held.copied.values()):
        words = f"The automated backups of {arn} are replicated to {backend.region_name} already."
        raise RDSClientError("InvalidDBInstanceAutomatedBackupState", words)
    name = "".join(mock_random.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") for _ in range(20))
    copied = Copied(
        f"arn:{source.partition}:rds:{backend.region_name}:{backend.account_id}:auto-backup:ab-{name}",
        source,
        days,
        params.get("KmsKeyId"),
    )
    held.copied[copied.arn] = copied
    there: list[dict[str, str]] = getattr(source, "db_instance_automated_backups_replications", None) or []
    source.db_instance_automated_backups_replications = [
        *there,
        {"DBInstanceAutomatedBackupsArn": copied.arn},
    ]
    return ActionResult({"DBInstanceAutomatedBackup": _described(copied)})


def _stop(self: Any) -> ActionResult:
    arn = self.params["SourceDBInstanceArn"]
    for copied in _backups(self.backend).copied.values():
        if copied.source.db_instance_arn == arn and copied.replicating:
            # What was copied stays until its retention ends.
            copied.replicating = False
            there: list[dict[str, str]] = copied.source.db_instance_automated_backups_replications
            copied.source.db_instance_automated_backups_replications = [
                item for item in there if item["DBInstanceAutomatedBackupsArn"] != copied.arn
            ]
            return ActionResult({"DBInstanceAutomatedBackup": _described(copied)})
    raise RDSClientError(_NOT_FOUND, f"The automated backups of {arn} are not replicated to this region.")


def _describe(self: Any) -> ActionResult:
    backend, params = self.backend, self.params
    held = _backups(backend)
    found = [_described(copied) for copied in held.copied.values()]
    own = [database for database in backend.databases.values() if getattr(database, "dbi_resource_id", None)]
    found += [_own(database, "active") for database in own if _has_backups(database)]
    found += [_own(database, "retained") for database in held.retained.values()]
    wanted = {
        "DBInstanceAutomatedBackupsArn": params.get("DBInstanceAutomatedBackupsArn"),
        "DbiResourceId": params.get("DbiResourceId"),
        "DBInstanceIdentifier": params.get("DBInstanceIdentifier"),
    }
    for name, value in wanted.items():
        if value:
            found = [item for item in found if str(item.get(name)).lower() == value.lower()]
    if wanted["DBInstanceAutomatedBackupsArn"] and not found:
        raise RDSClientError(_NOT_FOUND, f"{wanted['DBInstanceAutomatedBackupsArn']} not found.")
    return PaginatedResult({"DBInstanceAutomatedBackups": found})


def _has_backups(database: Any) -> bool:
    return bool(getattr(database, "backup_retention_period", 0)) and hasattr(database, "_engine_version")


def _described(copied: Copied) -> dict[str, Any]:
    return {
        **_own(copied.source, "replicating" if copied.replicating else "retained"),
        "BackupRetentionPeriod": copied.retention,
        "KmsKeyId": copied.kms_key_id or copied.source.kms_key_id,
        "DBInstanceAutomatedBackupsArn": copied.arn,
    }


def _own(database: Any, status: str) -> dict[str, Any]:
    return {
        "DBInstanceArn": database.db_instance_arn,
        "DbiResourceId": database.dbi_resource_id,
        "Region": database.backend.region_name,
        "DBInstanceIdentifier": database.db_instance_identifier,
        "AllocatedStorage": database.allocated_storage,
        "Status": status,
        "AvailabilityZone": database.availability_zone,
        "InstanceCreateTime": database.created,
        "MasterUsername": database.master_username,
        "Engine": database.engine,
        "EngineVersion": database.engine_version,
        "Encrypted": bool(database.storage_encrypted),
        "StorageType": database.storage_type,
        "KmsKeyId": database.kms_key_id,
        "BackupRetentionPeriod": database.backup_retention_period,
    }


def install() -> None:
    add(RDSResponse, "start_db_instance_automated_backups_replication", _start)
    add(RDSResponse, "stop_db_instance_automated_backups_replication", _stop)
    # moto's own knows nothing but identifier and status.
    setattr(RDSResponse, "describe_db_instance_automated_backups", _describe)  # noqa: B010
