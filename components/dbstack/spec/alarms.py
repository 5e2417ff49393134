"""Which alarms an instance has, and at what: from its class, engine and storage.

Sources of the thresholds: [CW] CloudWatch's recommended alarms for RDS; [UG] "Best practices for Amazon RDS";
PostgreSQL manual, "Preventing Transaction ID Wraparound Failures". docs/alarms.md shows them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dbstack.spec import alarm_rules, instance_facts
from dbstack.spec.instance_facts import GIB
from dbstack.spec.view import Faults, View

_MIB = 1024**2
_FIVE_MINUTES, _SIX_HOURS = 300, 21_600
# Free bytes by the loss of a second, in days; a database that doesn't grow has no end in sight.
DAYS_LEFT = "IF(RATE(free) < 0, free / (-86400 * RATE(free)), 9999)"
ABOVE, BELOW = "GreaterThanThreshold", "LessThanThreshold"


@dataclass(frozen=True)
class AlarmSpec:
    """One alarm. `expression` is metric math over `free`, which the metric is then."""

    key: str
    metric: str
    comparison: str
    threshold: float
    statistic: str
    words: str
    period: int = _FIVE_MINUTES
    periods: int = 3
    expression: str = ""


@dataclass(frozen=True)
class AlarmFacts:
    """What thresholds are derived from; None or "": not known."""

    engine: str
    instance_class: str
    storage_type: str | None = None
    allocated_gib: int | None = None
    replica: bool = False


FIELDS = (
    "cpu_percent",
    "freeable_memory_mib",
    "connections",
    "free_storage_gib",
    "free_storage_days",
    "disk_queue_depth",
    "replica_lag_seconds",
    "transaction_ids",
    "cpu_credits",
    "burst_balance_percent",
)


def check_alarms(view: View, faults: Faults) -> None:
    """Every rule of one `alarms` record."""
    view.check(faults, "topic_arn", alarm_rules.event_topic_fault)
    for name in FIELDS:
        view.check(faults, name, _negative)
    for name in ("cpu_percent", "burst_balance_percent"):
        view.check(faults, name, _percent)
    view.check(faults, "transaction_ids", _transaction_ids)


def _negative(value: int) -> str | None:
    return f"{value}: a threshold is above 0, or 0 for no such alarm" if value < 0 else None


def _percent(value: int) -> str | None:
    return f"{value} %: there is no more than 100" if value > 100 else None


def _transaction_ids(value: int) -> str | None:
    most = 2_000_000_000
    return f"{value}: PostgreSQL stops at about 2 billion, so say less than that" if value >= most else None


def alarms_spec(given: Mapping[str, Any], facts: AlarmFacts) -> tuple[AlarmSpec, ...]:
    """The alarms of a sound record: none without a topic that they tell, none that are switched off."""
    if "topic_arn" not in given or given.get("enabled") is False:
        return ()
    return plan_alarms(given, facts)


def plan_alarms(given: Mapping[str, Any], facts: AlarmFacts) -> tuple[AlarmSpec, ...]:
    """The alarms of an instance; a field of `given` takes the place of a derived threshold, 0 leaves the alarm out."""
    wanted = {**_derived(facts), **{name: given[name] for name in FIELDS if name in given}}
    found: list[AlarmSpec] = []
    for name in FIELDS:
        value = wanted.get(name)
        if value and _applies(name, facts):
            found.append(_alarm(name, value))
    return tuple(found)


def _derived(facts: AlarmFacts) -> dict[str, int]:
    found = {
        "cpu_percent": 90,
        "free_storage_days": 3,
        "disk_queue_depth": 64,
        "replica_lag_seconds": 300,
        "transaction_ids": 1_000_000_000,
        "burst_balance_percent": 20,
    }
    if (memory := instance_facts.memory_gib(facts.instance_class)) is not None:
        found["freeable_memory_mib"] = int(memory * 1024 // 10)
    if (most := instance_facts.max_connections(facts.engine, facts.instance_class)) is not None:
        found["connections"] = most * 8 // 10
    if facts.allocated_gib is not None:
        found["free_storage_gib"] = max(2, facts.allocated_gib // 10)
    if (credit := instance_facts.credits_most(facts.instance_class)) is not None:
        found["cpu_credits"] = credit // 10
    return found


def _applies(name: str, facts: AlarmFacts) -> bool:
    match name:
        case "replica_lag_seconds":
            return facts.replica
        # A replica has its source's data: it grows with it, and vacuums nothing of its own.
        case "free_storage_days":
            return not facts.replica
        case "transaction_ids":
            return facts.engine == "postgres" and not facts.replica
        case "cpu_credits":
            return facts.instance_class.startswith("db.t")
        case "burst_balance_percent":
            return facts.storage_type == "gp2"
        case _:
            return True


def _alarm(name: str, value: int) -> AlarmSpec:
    match name:
        case "cpu_percent":
            return AlarmSpec("cpu", "CPUUtilization", ABOVE, value, "Average", f"CPU above {value} %")
        case "freeable_memory_mib":
            words = f"less than {value} MiB of memory free"
            return AlarmSpec("memory", "FreeableMemory", BELOW, value * _MIB, "Average", words)
        case "connections":
            words = f"more than {value} connections"
            return AlarmSpec("connections", "DatabaseConnections", ABOVE, value, "Average", words)
        case "free_storage_gib":
            words = f"less than {value} GiB of storage free"
            return AlarmSpec("storage", "FreeStorageSpace", BELOW, value * GIB, "Minimum", words, periods=1)
        case "free_storage_days":
            words = f"the storage is full in less than {value} days at this pace"
            return AlarmSpec(
                "storage-days",
                "FreeStorageSpace",
                BELOW,
                value,
                "Minimum",
                words,
                _SIX_HOURS,
                2,
                DAYS_LEFT,
            )
        case "disk_queue_depth":
            words = f"more than {value} reads and writes wait for the disk"
            return AlarmSpec("disk-queue", "DiskQueueDepth", ABOVE, value, "Average", words)
        case "replica_lag_seconds":
            words = f"the replica is more than {value} seconds behind"
            return AlarmSpec("replica-lag", "ReplicaLag", ABOVE, value, "Maximum", words)
        case "transaction_ids":
            words = f"more than {value} transaction ids in use: vacuum doesn't keep up"
            return AlarmSpec(
                "transaction-ids", "MaximumUsedTransactionIDs", ABOVE, value, "Maximum", words, periods=1
            )
        case "cpu_credits":
            words = f"fewer than {value} CPU credits left"
            return AlarmSpec("cpu-credits", "CPUCreditBalance", BELOW, value, "Minimum", words)
        case _:
            words = f"less than {value} % of the I/O credits left"
            return AlarmSpec("burst-balance", "BurstBalance", BELOW, value, "Minimum", words)
