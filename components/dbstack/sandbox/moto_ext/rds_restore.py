"""Restores of RDS instances to a point in time in moto: whose backups are meant, and what AWS refuses about it."""

from datetime import UTC, datetime
from typing import Any

from moto.rds.exceptions import DBInstanceNotFoundError, RDSClientError

from dbstack.sandbox.moto_ext import rds_backups, rds_copies, rds_rules

_SOURCES = (
    "source_db_instance_identifier",
    "source_dbi_resource_id",
    "source_db_instance_automated_backups_arn",
)


def to_point_in_time(
    original: Any, self: Any, source_db_identifier: str | None, target_db_identifier: str, overrides: Any
) -> Any:
    asked = dict(overrides.items())
    source = _source(self, asked)
    _refuse_moment(source, asked)
    if self.databases.get(source.db_instance_identifier) is source:
        key = source.db_instance_identifier
        return rds_copies.restoring(original, self, key, target_db_identifier, overrides)
    # Deleted since, or of another region: moto restores only from what it can describe here.
    with rds_backups.standing_in(self, source) as key:
        return rds_copies.restoring(original, self, key, target_db_identifier, overrides)


def _source(backend: Any, asked: dict[str, Any]) -> Any:
    """The instance whose backups are meant; RDS wants it named in exactly one way."""
    given = [name for name in _SOURCES if asked.get(name)]
    if len(given) != 1:
        words = (
            "Exactly one of SourceDBInstanceIdentifier, SourceDbiResourceId and SourceDBInstanceAutomatedBackupsArn"
            " must be specified."
        )
        raise RDSClientError(rds_rules.COMBINATION, words)
    value = asked[given[0]]
    if given[0] == "source_db_instance_identifier":
        return backend.describe_db_instances(value)[0]
    if given[0] == "source_db_instance_automated_backups_arn":
        return rds_backups.source_of(backend, value)
    for database in [*backend.databases.values(), *rds_backups.retained(backend)]:
        if getattr(database, "dbi_resource_id", None) == value:
            return database
    raise DBInstanceNotFoundError(value)


def _refuse_moment(source: Any, asked: dict[str, Any]) -> None:
    moment, latest = asked.get("restore_time"), bool(asked.get("use_latest_restorable_time"))
    if bool(moment) == latest:
        words = "Exactly one of RestoreTime and UseLatestRestorableTime must be specified."
        raise RDSClientError(rds_rules.COMBINATION, words)
    if not source.backup_retention_period:
        words = f"DB instance {source.db_instance_identifier} has no automated backups to restore from."
        raise RDSClientError("PointInTimeRestoreNotEnabled", words)
    if moment and _aware(moment) > datetime.now(UTC):
        words = f"The specified restore time {moment} is after the latest restorable time."
        raise RDSClientError(rds_rules.VALUE, words)


def _aware(moment: Any) -> datetime:
    known = moment if isinstance(moment, datetime) else datetime.fromisoformat(str(moment))
    return known if known.tzinfo else known.replace(tzinfo=UTC)
