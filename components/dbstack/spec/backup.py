"""Rules of automated backups and replicas."""

from dbstack.spec.engines import ENGINES, engine_facts

RETENTION_MOST = 35
OWNED_BY_AWS_BACKUP = (
    "is set, but a continuous backup plan owns it (RDS refuses any other value): leave it out, the plan's "
    "continuous rule says how long backups are kept"
)


def retention_fault(days: int) -> str | None:
    """Days that automated backups are kept [CreateDBInstance.BackupRetentionPeriod]."""
    if 0 <= days <= RETENTION_MOST:
        return None
    return f"{days} days can't be kept: use 0 (off) to {RETENTION_MOST}"


def copied_retention_fault(days: int) -> str | None:
    """Days that backups copied to another region are kept [StartDBInstanceAutomatedBackupsReplication]."""
    if 1 <= days <= RETENTION_MOST:
        return None
    return f"{days} days can't be kept in another region: use 1 to {RETENTION_MOST}, or leave the copies out"


def source_retention_fault(days: int) -> str | None:
    """The source of read replicas needs automated backups [CreateDBInstanceReadReplica]."""
    if days > 0:
        return None
    return "0 days switches backups off, and RDS makes no read replica of a database without: use 1 or more"


def replica_count_fault(engine: str, count: int) -> str | None:
    """Read replicas of one source of a known engine."""
    facts = engine_facts(engine)
    most = facts.max_replicas
    if count <= most:
        return None
    if not most:
        others = [other.name for other in ENGINES.values() if other.max_replicas and other.port == facts.port]
        return f"{facts.label} on RDS has no read replicas: remove them, or use {' or '.join(others)}"
    return f"{count} replicas: RDS allows {most} of one database, remove some"
