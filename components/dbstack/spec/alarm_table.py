"""The alarms that there are: what each looks at, and what its threshold is derived from. Data.

Sources: [CW] CloudWatch's recommended alarms for RDS; [UG] Amazon RDS User Guide; [AUG] Amazon Aurora User Guide;
[EC2] EC2's credits; [PG] PostgreSQL manual, "Preventing Transaction ID Wraparound Failures". Of dates SOURCES tells.
`docs/reference/alarms.md` is made from this table.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from dbstack.spec import instance_facts
from dbstack.spec.instance_facts import GIB

MIB = 1024**2
_FIVE_MINUTES, _SIX_HOURS = 300, 21_600
ABOVE, BELOW = "GreaterThanThreshold", "LessThanThreshold"
CONNECTIONS_PERCENT = 80
"""Of max_connections: where the alarm of connections stands if none is given."""
# Free bytes by the loss of a second, in days; a database that doesn't grow has no end in sight.
DAYS_LEFT = "IF(RATE(free) < 0, free / (-86400 * RATE(free)), 9999)"

_DOCS = "https://docs.aws.amazon.com"
_RDS, _AURORA = f"{_DOCS}/AmazonRDS/latest/UserGuide", f"{_DOCS}/AmazonRDS/latest/AuroraUserGuide"
_READ, _RECALLED = "2026-11-26", "recalled"
# What it is, where it stands, and when it was read.
SOURCES: Mapping[str, tuple[str, str, str]] = {
    "CW": (
        "CloudWatch: recommended alarms",
        f"{_DOCS}/AmazonCloudWatch/latest/monitoring/Best_Practice_Recommended_Alarms_AWS_Services.html",
        _RECALLED,
    ),
    "UG limits": ("RDS: quotas", f"{_RDS}/CHAP_Limits.html", _READ),
    "AUG connections": (
        "Aurora MySQL: connections",
        f"{_AURORA}/AuroraMySQL.Managing.Performance.html#AuroraMySQL.Managing.MaxConnections",
        _READ,
    ),
    "EC2": (
        "EC2: CPU credits",
        f"{_DOCS}/AWSEC2/latest/UserGuide/burstable-credits-baseline-concepts.html",
        _READ,
    ),
    "PG": (
        "PostgreSQL: wraparound",
        "https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-WRAPAROUND",
        _RECALLED,
    ),
    "AUG replication": ("Aurora: replication", f"{_AURORA}/Aurora.Replication.html", _RECALLED),
    "AUG storage": ("Aurora: storage scaling", f"{_AURORA}/Aurora.Managing.Performance.html", _READ),
}


class Of(StrEnum):
    """What an alarm is of."""

    INSTANCE = "instance"
    AURORA_INSTANCE = "Aurora instance"
    AURORA_CLUSTER = "Aurora cluster"


class AlarmFacts(NamedTuple):
    """What thresholds are derived from; None or "": not known."""

    engine: str
    instance_class: str
    storage_type: str | None = None
    allocated_gib: int | None = None
    replica: bool = False
    of: Of = Of.INSTANCE
    min_acu: float | None = None
    max_acu: float | None = None
    """Of a Serverless v2 instance, whose class has no memory of its own."""
    member: bool = False
    """An instance of a Multi-AZ DB cluster: it writes or it reads, as failovers will have it."""
    readers: bool = False
    """Whether an Aurora cluster has them."""

    @property
    def memory_gib(self) -> float | None:
        """Memory of the instance, at its largest."""
        if self.max_acu is not None:
            return self.max_acu * instance_facts.GIB_OF_AN_ACU
        return instance_facts.memory_gib(self.instance_class)


@dataclass(frozen=True)
class Alarm:
    """A row of the table: the alarm of one field of `AlarmsArgs`."""

    field: str
    key: str
    metric: str
    comparison: str
    statistic: str
    words: str
    """What has happened; `{}` is the threshold as the field has it."""
    default: int | Callable[[AlarmFacts], int | None]
    """The threshold where the field is left out; None: can't be derived, and then there is no alarm."""
    derived: str
    """The same, for readers."""
    sources: tuple[str, ...] = ()
    """Of SOURCES; none: dbstack's own choice."""
    only: str = ""
    """Which instances have it, for readers; "" is all."""
    applies: Callable[[AlarmFacts], bool] = lambda facts: True
    of: tuple[Of, ...] = (Of.INSTANCE,)
    scale: int = 1
    """From the field's unit to the metric's."""
    period: int = _FIVE_MINUTES
    periods: int = 3
    expression: str = ""
    """Metric math over `free`, which the metric is then."""
    role: str = ""
    """WRITER or READER: whichever instances of a cluster that are at the time."""


def _memory(facts: AlarmFacts) -> int | None:
    return None if facts.memory_gib is None else int(facts.memory_gib * 1024 // 10)


def _connections(facts: AlarmFacts) -> int | None:
    most = instance_facts.max_connections(facts.engine, facts.memory_gib)
    if most is None:
        return None
    return instance_facts.of_a_small_minimum(facts.engine, facts.min_acu, most) * CONNECTIONS_PERCENT // 100


def _storage(facts: AlarmFacts) -> int | None:
    return None if facts.allocated_gib is None else max(2, facts.allocated_gib // 10)


def _credits(facts: AlarmFacts) -> int | None:
    most = instance_facts.credits_most(facts.instance_class)
    return None if most is None else most // 10


_ANY_INSTANCE = (Of.INSTANCE, Of.AURORA_INSTANCE)
_WRAPAROUND = 1_000_000_000
# 80 % of 128 TiB, which every supported version can fill; newer ones take 256 (recalled).
_VOLUME_GIB = 128 * 1024 * 8 // 10

ALARMS: tuple[Alarm, ...] = (
    Alarm(
        *("cpu_percent", "cpu", "CPUUtilization", ABOVE, "Average", "CPU above {} %"),
        default=90,
        derived="90 %",
        sources=("CW",),
        of=_ANY_INSTANCE,
    ),
    Alarm(
        *("freeable_memory_mib", "memory", "FreeableMemory", BELOW, "Average"),
        words="less than {} MiB of memory free",
        default=_memory,
        derived="10 % of the memory of the class, or of `serverless.maxAcu` × 2 GiB",
        only="of a class whose memory is known",
        of=_ANY_INSTANCE,
        scale=MIB,
    ),
    Alarm(
        *("connections", "connections", "DatabaseConnections", ABOVE, "Average"),
        words="more than {} connections",
        default=_connections,
        derived="80 % of the engine's default max_connections with the memory of the class",
        sources=("UG limits", "AUG connections"),
        only="of a class whose memory is known, not SQL Server or Db2",
        of=_ANY_INSTANCE,
    ),
    Alarm(
        *("free_storage_gib", "storage", "FreeStorageSpace", BELOW, "Minimum"),
        words="less than {} GiB of storage free",
        default=_storage,
        derived="10 % of what is allocated, 2 GiB at least",
        scale=GIB,
        periods=1,
    ),
    Alarm(
        *("free_storage_days", "storage-days", "FreeStorageSpace", BELOW, "Minimum"),
        words="the storage is full in less than {} days at this pace",
        default=3,
        derived="3 days at the pace of the last hours",
        only="not replicas, which have their source's data",
        # A replica grows with its source.
        applies=lambda facts: not facts.replica,
        period=_SIX_HOURS,
        periods=2,
        expression=DAYS_LEFT,
    ),
    Alarm(
        *("disk_queue_depth", "disk-queue", "DiskQueueDepth", ABOVE, "Average"),
        words="more than {} reads and writes wait for the disk",
        default=64,
        derived="64",
    ),
    Alarm(
        *("replica_lag_seconds", "replica-lag", "ReplicaLag", ABOVE, "Maximum"),
        words="the replica is more than {} seconds behind",
        default=300,
        derived="300 seconds",
        only="replicas, and instances of a Multi-AZ DB cluster",
        applies=lambda facts: facts.replica or facts.member,
    ),
    Alarm(
        *("replica_lag_seconds", "replica-lag", "AuroraReplicaLag", ABOVE, "Maximum"),
        words="a reader is more than {} seconds behind",
        default=10,
        derived="10 seconds: usual is far below a tenth of a second",
        sources=("AUG replication",),
        only="with readers or reader autoscaling; of whichever instance reads",
        applies=lambda facts: facts.readers,
        of=(Of.AURORA_CLUSTER,),
        scale=1000,
        role="READER",
    ),
    Alarm(
        *("transaction_ids", "transaction-ids", "MaximumUsedTransactionIDs", ABOVE, "Maximum"),
        words="more than {} transaction ids in use: vacuum doesn't keep up",
        default=_WRAPAROUND,
        derived="1000000000, half of those after which PostgreSQL stops",
        sources=("PG",),
        only="PostgreSQL, not replicas",
        # A replica vacuums nothing of its own.
        applies=lambda facts: facts.engine == "postgres" and not facts.replica,
        periods=1,
    ),
    Alarm(
        *("transaction_ids", "transaction-ids", "MaximumUsedTransactionIDs", ABOVE, "Maximum"),
        words="more than {} transaction ids in use: vacuum doesn't keep up",
        default=_WRAPAROUND,
        derived="1000000000, half of those after which PostgreSQL stops",
        sources=("PG",),
        only="Aurora PostgreSQL; of whichever instance writes",
        applies=lambda facts: facts.engine == "aurora-postgresql",
        of=(Of.AURORA_CLUSTER,),
        periods=1,
        role="WRITER",
    ),
    Alarm(
        *("cpu_credits", "cpu-credits", "CPUCreditBalance", BELOW, "Minimum"),
        words="fewer than {} CPU credits left",
        default=_credits,
        derived="10 % of the most that the class gathers",
        sources=("EC2",),
        only="burstable classes (db.t)",
        applies=lambda facts: facts.instance_class.startswith("db.t"),
        of=_ANY_INSTANCE,
    ),
    Alarm(
        *("burst_balance_percent", "burst-balance", "BurstBalance", BELOW, "Minimum"),
        words="less than {} % of the I/O credits left",
        default=20,
        derived="20 %",
        only="gp2 storage",
        applies=lambda facts: facts.storage_type == "gp2",
    ),
    Alarm(
        *("acu_percent", "acu", "ACUUtilization", ABOVE, "Average"),
        words="more than {} % of the most capacity in use",
        default=90,
        derived="90 % of `serverless.maxAcu`",
        only="Serverless v2",
        applies=lambda facts: facts.max_acu is not None,
        of=(Of.AURORA_INSTANCE,),
    ),
    Alarm(
        *("volume_used_gib", "volume", "VolumeBytesUsed", ABOVE, "Maximum"),
        words="more than {} GiB in the volume",
        default=_VOLUME_GIB,
        derived=f"{_VOLUME_GIB} GiB: 80 % of 128 TiB, which every supported version can fill",
        sources=("AUG storage",),
        of=(Of.AURORA_CLUSTER,),
        scale=GIB,
        # A volume grows slowly, and a gap in the readings is no alarm.
        period=_SIX_HOURS,
        periods=1,
    ),
)
FIELDS = tuple(dict.fromkeys(alarm.field for alarm in ALARMS))
