"""Rules of DB clusters: identifiers, classes, capacity, storage, backups, passwords. Each says what is wrong, or None.

Sources: the field texts of the RDS API model, CreateDBCluster, CreateDBInstance and ServerlessV2ScalingConfiguration
(botocore 1.44.5); Aurora User Guide; RDS User Guide, "Multi-AZ DB cluster deployments".
"""

from dbstack.spec import compute, names, storage
from dbstack.spec.cluster_engines import CLUSTER_ENGINES

SERVERLESS_CLASS = "db.serverless"
ACU_MOST = 256
MAX_ACU_LEAST = 1
PAUSE_LEAST, PAUSE_MOST = 300, 86_400
RETENTION_LEAST, RETENTION_MOST = 1, 35
BACKTRACK_MOST = 259_200
TIER_MOST = 15
READERS_MOST = 15
USERNAME_MOST = 16

AURORA_STORAGE = ("aurora", "aurora-iopt1")
MULTI_AZ_STORAGE = ("gp3", "io1", "io2")
_CLUSTER_STORAGE_LEAST = {"gp3": 20, "io1": 100, "io2": 100}


def cluster_identifier_fault(engine: str, value: str, *, upper_case: bool = False) -> str | None:
    """Identifier of a cluster; the limit of Multi-AZ clusters leaves room for the names of their instances."""
    if fault := names.identifier_fault(value, upper_case=upper_case):
        return fault.replace("a DB instance identifier", "a DB cluster identifier")
    most = CLUSTER_ENGINES[engine].identifier_max
    if len(value) > most:
        length = len(value)
        return f"{value!r} has {length} characters: a Multi-AZ DB cluster's identifier has at most {most}, shorten it"
    return None


def endpoint_fault(value: str) -> str | None:
    """Identifier of a custom endpoint."""
    fault = names.identifier_fault(value)
    return fault and fault.replace("a DB instance identifier", "the identifier of an endpoint")


def aurora_class_fault(value: str) -> str | None:
    """Class of an instance of an Aurora cluster."""
    if value == SERVERLESS_CLASS:
        return None
    if fault := compute.instance_class_fault(value):
        return fault.replace("db.t4g.micro or db.r6g.large", "db.t4g.medium, db.r6g.large or db.serverless")
    if value.endswith((".micro", ".nano")) or (value.startswith("db.t4g") and value.endswith(".small")):
        return f"{value!r} is too small for Aurora: use db.t4g.medium or bigger"
    return None


def multi_az_class_fault(value: str) -> str | None:
    """Class of the instances of a Multi-AZ DB cluster."""
    example = "use one with a local volume, such as db.m6gd.large or db.r6gd.large"
    if value == SERVERLESS_CLASS:
        return f"{value!r} is for Aurora only: {example}"
    if fault := compute.instance_class_fault(value):
        return fault
    # RDS keeps the transaction log of these clusters on the local volume of the class.
    if "d" not in value.split(".")[1][1:]:
        return f"{value!r}: RDS offers no such class for Multi-AZ DB clusters: {example}"
    return None


def min_capacity_fault(value: float) -> str | None:
    """Least capacity of Serverless v2 in ACUs."""
    if not 0 <= value <= ACU_MOST or value * 2 != int(value * 2):
        return f"{value:g} ACUs can't be set: use 0 (with pausing) to {ACU_MOST} in steps of 0.5"
    return None


def max_capacity_fault(value: float, least: float | None = None) -> str | None:
    """Greatest capacity of Serverless v2 in ACUs; `least` is the lower bound where that is known and sound."""
    if not MAX_ACU_LEAST <= value <= ACU_MOST or value * 2 != int(value * 2):
        return f"{value:g} ACUs can't be set: use {MAX_ACU_LEAST} to {ACU_MOST} in steps of 0.5"
    if least is not None and value < least:
        return f"{value:g} ACUs is below the least of {least:g}: use {least:g} or more"
    return None


def pause_fault(seconds: int, least: float) -> str | None:
    """Idle seconds after which a Serverless v2 instance pauses; only where the least capacity is 0."""
    if not PAUSE_LEAST <= seconds <= PAUSE_MOST:
        return f"{seconds} seconds can't be set: use {PAUSE_LEAST} to {PAUSE_MOST}"
    if least != 0:
        return f"{seconds} seconds, but what keeps {least:g} ACUs never pauses: set the least to 0, or leave it out"
    return None


def cluster_retention_fault(days: int) -> str | None:
    """Days that automated backups are kept: a cluster always has some."""
    if RETENTION_LEAST <= days <= RETENTION_MOST:
        return None
    return f"{days} days can't be kept: a cluster keeps backups for {RETENTION_LEAST} to {RETENTION_MOST}"


def backtrack_fault(engine: str, seconds: int) -> str | None:
    """Target backtrack window in seconds."""
    if not 0 <= seconds <= BACKTRACK_MOST:
        return f"{seconds} seconds can't be set: use 0 (off) to {BACKTRACK_MOST} (72 hours)"
    if seconds and engine != "aurora-mysql":
        return f"{seconds} seconds, but only Aurora MySQL can backtrack: leave it out, and restore to a point in time"
    return None


def tier_fault(tier: int) -> str | None:
    """Order in which readers are promoted when the writer fails."""
    return None if 0 <= tier <= TIER_MOST else f"{tier} is no promotion tier: use 0 (first) to {TIER_MOST}"


def storage_type_fault(engine: str, kind: str) -> str | None:
    """Storage type of a cluster of this engine."""
    facts = CLUSTER_ENGINES[engine]
    choices = AURORA_STORAGE if facts.aurora else MULTI_AZ_STORAGE
    return (
        None if kind in choices else f"{kind!r} is no storage of {facts.label}: choose {' or '.join(choices)}"
    )


def allocated_fault(kind: str, gib: int) -> str | None:
    """Size of each volume of a Multi-AZ cluster of a known storage type."""
    least, most = _CLUSTER_STORAGE_LEAST[kind], storage.VOLUMES[kind].most_gib
    if least <= gib <= most:
        return None
    return f"{gib} GiB can't be allocated with {kind} in a Multi-AZ DB cluster: use {least} to {most}"


def cluster_iops_fault(kind: str, gib: int, iops: int | None) -> str | None:
    """I/O operations per second of a Multi-AZ cluster's volumes (None: not set)."""
    return storage.iops_fault(kind, gib, iops)


def cluster_username_fault(engine: str, value: str) -> str | None:
    """Master user of a cluster: the engine's rules, and 16 characters at most."""
    if len(value) > USERNAME_MOST:
        length = len(value)
        return f"{value!r} has {length} characters: a cluster's master user has at most {USERNAME_MOST}, shorten it"
    return names.username_fault(CLUSTER_ENGINES[engine].base, value)
