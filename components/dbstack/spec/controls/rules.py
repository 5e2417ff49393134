"""The rules behind the controls. Each says what is wrong with a declared resource in a few words, or None.

Sources: AWS Security Hub user guide, one page per service (`Control.page` leads to it). A value that isn't known yet
is never judged.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, cast

from dbstack.spec.controls.model import UNKNOWN, Declared, Judge, World

INSTANCE = "aws:rds/instance:Instance"
CLUSTER = "aws:rds/cluster:Cluster"
MEMBER = "aws:rds/clusterInstance:ClusterInstance"
PARAMETERS = "aws:rds/parameterGroup:ParameterGroup"
CLUSTER_PARAMETERS = "aws:rds/clusterParameterGroup:ClusterParameterGroup"
SUBSCRIPTION = "aws:rds/eventSubscription:EventSubscription"
SUBNET_GROUP = "aws:rds/subnetGroup:SubnetGroup"
PROXY = "aws:rds/proxy:Proxy"
SNAPSHOT = "aws:rds/snapshot:Snapshot"
CLUSTER_SNAPSHOT = "aws:rds/clusterSnapshot:ClusterSnapshot"
SELECTION = "aws:backup/selection:Selection"

_DEFAULT_PORTS = {
    "postgres": 5432,
    "mysql": 3306,
    "mariadb": 3306,
    "oracle": 1521,
    "sqlserver": 1433,
    "aurora": 3306,
}
# Names that AWS's console and its examples fill in.
_DEFAULT_USERS = frozenset({"admin", "administrator", "awsuser", "postgres", "root", "sa"})
_MONITORING_SECONDS = frozenset({1, 5, 10, 15, 30, 60})
_LEAST_DAYS = 7
# RDS.9: the full set of each engine.
LOGS: Mapping[str, frozenset[str]] = {
    "postgres": frozenset({"postgresql", "upgrade"}),
    "mysql": frozenset({"audit", "error", "general", "slowquery"}),
    "mariadb": frozenset({"audit", "error", "general", "slowquery"}),
    "oracle": frozenset({"alert", "audit", "trace", "listener"}),
    "sqlserver-ex": frozenset({"error"}),  # Express has no agent.
    "sqlserver": frozenset({"error", "agent"}),
    "aurora-postgresql": frozenset({"postgresql"}),
    "aurora-mysql": frozenset({"audit"}),
}


def known(value: Any) -> bool:
    """Whether a property has a value that can be judged."""
    return value is not None and value is not UNKNOWN


def items(value: Any) -> list[Any]:
    """A list property: what of it is known. Empty where it isn't given."""
    if not isinstance(value, list):
        return []
    return [item for item in cast(list[Any], value) if item is not UNKNOWN]


def engine_of(resource: Declared) -> str:
    """The engine; empty where it follows from elsewhere, as a replica's does."""
    engine = resource["engine"]
    return str(engine) if known(engine) else ""


def is_replica(resource: Declared) -> bool:
    """A read replica has its source's data, user and port."""
    return resource["replicateSourceDb"] is not None


def inherits(resource: Declared) -> bool:
    """Made of another database: what isn't given is that one's."""
    sources = (
        "replicateSourceDb",
        "snapshotIdentifier",
        "restoreToPointInTime",
        "replicationSourceIdentifier",
    )
    return any(resource[name] is not None for name in sources)


def must_be(
    name: str, message: str, *, default: bool = False, unless: Callable[[Declared], bool] | None = None
) -> Judge:
    """A yes-or-no property that must be true; `default` is what absence means."""

    def judge(resource: Declared, world: World) -> str | None:
        value = resource[name]
        if value is UNKNOWN or (value is None and unless is not None and unless(resource)):
            return None
        return None if (default if value is None else value is True) else message

    return judge


def must_not_be(name: str, message: str) -> Judge:
    """A yes-or-no property that must not be true."""
    return lambda resource, world: message if resource[name] is True else None


def for_engines(judge: Judge, *prefixes: str, exactly: bool = False) -> Judge:
    """A rule of some engines only."""

    def narrowed(resource: Declared, world: World) -> str | None:
        engine = engine_of(resource)
        fits = engine in prefixes if exactly else engine.startswith(prefixes)
        return judge(resource, world) if fits else None

    return narrowed


def tagged(resource: Declared, world: World) -> str | None:
    """Some tag of the user's."""
    tags = resource["tags"]
    if tags is UNKNOWN or resource["tagsAll"]:
        return None
    keys = cast(Mapping[str, Any], tags or {}).keys()
    return None if any(not key.startswith("aws:") for key in keys) else "it has no tags"


def enhanced_monitoring(resource: Declared, world: World) -> str | None:
    """RDS.6."""
    interval = resource["monitoringInterval"]
    if interval is UNKNOWN or (interval is not None and int(interval) in _MONITORING_SECONDS):
        return None
    return "enhanced monitoring is off"


def kept_long_enough(resource: Declared, world: World) -> str | None:
    """RDS.11 and RDS.50: backups of a week at least. A replica's are its own choice."""
    days = resource["backupRetentionPeriod"]
    if days is UNKNOWN or is_replica(resource) or (days is None and inherits(resource)):
        return None
    kept = int(days or 0)
    return None if kept >= _LEAST_DAYS else f"backups are kept for {kept} days, less than {_LEAST_DAYS}"


def exports(wanted: Callable[[str], Collection[str]]) -> Judge:
    """Logs that go to CloudWatch. Of a replica only that there are some is known: its engine is its source's."""

    def judge(resource: Declared, world: World) -> str | None:
        given = resource["enabledCloudwatchLogsExports"]
        if given is UNKNOWN or UNKNOWN in (given or []):
            return None
        sent = set(cast(Sequence[str], given or []))
        engine = engine_of(resource)
        if not engine:
            return "no log goes to CloudWatch" if is_replica(resource) and not sent else None
        missing = sorted(set(wanted(engine)) - sent)
        return f"logs that don't go to CloudWatch: {', '.join(missing)}" if missing else None

    return judge


def full_set(engine: str) -> Collection[str]:
    """What RDS.9 wants of an engine."""
    return next((logs for prefix, logs in LOGS.items() if engine.startswith(prefix)), ())


def default_port(resource: Declared, world: World) -> str | None:
    """RDS.23. A replica that names none has its source's."""
    port, engine = resource["port"], engine_of(resource)
    if port is UNKNOWN or (port is None and inherits(resource)):
        return None
    usual = next((number for prefix, number in _DEFAULT_PORTS.items() if engine.startswith(prefix)), None)
    if engine == "aurora-postgresql":
        usual = 5432
    if usual is None or port not in (None, usual):
        return None
    return f"the port is {usual}, which everybody tries first"


def default_user(name: str) -> Judge:
    """RDS.24 and RDS.25."""

    def judge(resource: Declared, world: World) -> str | None:
        user = resource[name]
        if not isinstance(user, str) or user.lower() not in _DEFAULT_USERS:
            return None
        return f"the master user is {user!r}, which everybody tries first"

    return judge


def two_zones(resource: Declared, world: World) -> str | None:
    """RDS.15: a Multi-AZ DB cluster has three instances by itself, an Aurora cluster those that are declared."""
    if not engine_of(resource).startswith("aurora"):
        return None
    members = world.users(resource, "clusterIdentifier", MEMBER)
    return None if len(members) > 1 else "all of the cluster is in one zone"


def backtrack(resource: Declared, world: World) -> str | None:
    """RDS.14."""
    window = resource["backtrackWindow"]
    return None if window is UNKNOWN or (window or 0) > 0 else "backtrack is off"


def subscribed(source: str, *categories: str) -> Judge:
    """RDS.19 to .22: some subscription of the source's type covers the categories."""

    def judge(resource: Declared, world: World) -> str | None:
        for subscription in world.of(SUBSCRIPTION):
            kind, events = subscription["sourceType"], subscription["eventCategories"]
            if (
                subscription["enabled"] is not False
                and not subscription["sourceIds"]
                and (kind in (None, UNKNOWN, source))
                and (not events or events is UNKNOWN or set(categories) <= set(events))
            ):
                return None
        return f"nobody is told of {source} events ({', '.join(categories)})"

    return judge


def in_backup_plan(resource: Declared, world: World) -> str | None:
    """RDS.26: that there is a selection; whether it takes this database, only AWS can tell in the end."""
    return None if world.of(SELECTION) else "no backup plan takes it"


def parameter(
    names: Collection[str], values: Collection[str], message: str, group: str = "parameterGroupName"
) -> Judge:
    """A parameter of the database's parameter group that must have one of some values."""

    def judge(resource: Declared, world: World) -> str | None:
        token = CLUSTER_PARAMETERS if resource.token == CLUSTER else PARAMETERS
        given = resource[group]
        if given is None:
            return None if inherits(resource) or _forced_by_default(resource) else message
        groups = world.source(resource, group, token)
        return next((message for made in groups if not _has(made, names, values)), None)

    return judge


def _forced_by_default(resource: Declared) -> bool:
    """AWS's own groups force TLS from PostgreSQL 15 and MariaDB 11.8 on."""
    version = resource["engineVersion"]
    if not isinstance(version, str):
        # Not given: AWS takes its newest default.
        return engine_of(resource).startswith(("postgres", "aurora-postgresql"))
    numbers = [int(part) for part in re.findall(r"\d+", version)[:2]]
    if engine_of(resource) in ("postgres",):
        return numbers[:1] >= [15]
    return engine_of(resource) == "mariadb" and numbers >= [11, 8]


def _has(group: Declared, names: Collection[str], values: Collection[str]) -> bool:
    if group["parameters"] is UNKNOWN:
        return True
    found = [item for item in items(group["parameters"]) if item.get("name") in names]
    if not found:
        return _forced_by_default(_as_engine(group))
    return all(item.get("value") is UNKNOWN or str(item.get("value")).lower() in values for item in found)


def _as_engine(group: Declared) -> Declared:
    """A parameter group that leaves a parameter alone has the value of its family."""
    family = re.match(r"(postgres|mariadb)([\d.]+)", str(group["family"] or ""))
    properties = {"engine": family[1], "engineVersion": family[2]} if family else {"engineVersion": "0"}
    return Declared(group.token, group.name, properties)


def audit_parameters(resource: Declared, world: World) -> str | None:
    """RDS.45."""
    on = parameter(("server_audit_logging",), ("1", "on"), "", "dbClusterParameterGroupName")
    if on(resource, world) is not None:
        return "the audit log is off"
    for group in world.source(resource, "dbClusterParameterGroupName", CLUSTER_PARAMETERS):
        if group["parameters"] is UNKNOWN:
            continue
        events = [item for item in items(group["parameters"]) if item.get("name") == "server_audit_events"]
        if not any(item.get("value") for item in events):
            return "the audit log has no events"
    return None
