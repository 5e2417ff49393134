"""Rules and plan of `monitoring`: what RDS takes, and what holds where nothing is said.

Sources: [API] CreateDBInstance (botocore 1.44.5); [UG] USER_Monitoring.OS.Enabling, USER_PerfInsights.Overview.cost,
USER_DatabaseInsights.Engines; [FSBP] Security Hub RDS.6, RDS.9, CloudWatch.16.
"""

import re
from collections.abc import Mapping
from typing import Any

from dbstack.spec import access, alarm_rules, engines, logs
from dbstack.spec.alarm_table import AlarmFacts
from dbstack.spec.alarms import alarms_spec, check_alarms
from dbstack.spec.model import MonitoringSpec
from dbstack.spec.types import DatabaseInsights
from dbstack.spec.view import Faults, View

# [API MonitoringInterval]
INTERVALS = (0, 1, 5, 10, 15, 30, 60)
# [API PerformanceInsightsRetentionPeriod]: a week, whole months of 31 days, or two years.
RETENTION_FREE, RETENTION_ADVANCED, RETENTION_MOST = 7, 465, 731
_MONTH, _MONTHS_MOST = 31, 23
DEFAULTS: Mapping[str, Any] = {
    "enhanced_interval_seconds": 60,
    "database_insights": DatabaseInsights.STANDARD,
    "log_retention_days": 365,
}
# [UG USER_DatabaseInsights.Engines]
_WITHOUT_INSIGHTS = re.compile(r"db\.(t2|t3|t4g)\.(micro|small)", re.ASCII)
_ENGINES_WITHOUT = ("mysql", "mariadb")
_WITHOUT_INSIGHTS_OF_AURORA_MYSQL = re.compile(r"db\.(t2|t3)\.\w+|db\.t4g\.(micro|small)", re.ASCII)
# [FSBP RDS.9] by the beginning of the engine's name.
_LOGS: Mapping[str, tuple[str, ...]] = {
    "postgres": ("postgresql", "upgrade"),
    "mysql": ("audit", "error", "general", "slowquery"),
    "mariadb": ("audit", "error", "general", "slowquery"),
    "oracle": ("alert", "audit", "listener", "trace"),
    # Express has no SQL Server Agent.
    "sqlserver-ex": ("error",),
    "sqlserver": ("agent", "error"),
}


def check_monitoring(view: View, engine: str | None, instance_class: str | None, faults: Faults) -> None:
    """Every rule of one `monitoring` record; engine or class None: faulty themselves, or not known."""
    view.check(faults, "enhanced_interval_seconds", interval_fault)
    view.check(faults, "performance_insights_retention_days", retention_fault)
    view.check(faults, "performance_insights_kms_key_id", access.key_arn_fault)
    view.check(faults, "log_kms_key_id", access.key_arn_fault)
    view.check(faults, "log_retention_days", logs.retention_fault)
    view.check(faults, "monitoring_role_arn", role_arn_fault)
    if view.ok("alarms"):
        check_alarms(view.sub("alarms"), faults)
    if view.ok("monitoring_role_arn") and view.get("enhanced_interval_seconds") == 0:
        message = f"a role, but {view.path.naming.spell('enhanced_interval_seconds')} is 0: leave one of the two out"
        faults.add(view.at("monitoring_role_arn"), message)
    _check_insights(view, engine, instance_class, faults)
    if view.ok("log_exports"):
        _check_logs(view, engine, faults)


def check_topic_region(view: View, region: str | None, faults: Faults) -> None:
    """CloudWatch tells no topic of another region than the instance's; `region` None: not known here."""
    alarms = view.sub("alarms")
    topic = alarms.get("topic_arn")
    if region and isinstance(topic, str) and alarms.ok("topic_arn"):
        faults.add(alarms.at("topic_arn"), alarm_rules.topic_region_fault(topic, region))


def _check_insights(view: View, engine: str | None, instance_class: str | None, faults: Faults) -> None:
    spell = view.path.naming.spell
    wanted = view.get("performance_insights") if view.ok("performance_insights") else None
    if wanted is True and engine and instance_class and not has_insights(engine, instance_class):
        message = f"true, but {instance_class} has none with this engine: use a class from medium up, or leave it out"
        faults.add(view.at("performance_insights"), message)
    off = wanted is False
    for name in ("performance_insights_retention_days", "performance_insights_kms_key_id"):
        if off and name in view.given:
            faults.add(view.at(name), f"given, but {spell('performance_insights')} is false: leave it out")
    if not view.ok("database_insights") or view["database_insights"] is not DatabaseInsights.ADVANCED:
        return
    if off or (engine and instance_class and not has_insights(engine, instance_class)):
        message = "'advanced' needs Performance Insights, which is off or not to be had with this class: use 'standard'"
        faults.add(view.at("database_insights"), message)
    days = view.get("performance_insights_retention_days")
    if view.ok("performance_insights_retention_days") and days < RETENTION_ADVANCED:
        name = spell("performance_insights_retention_days")
        message = (
            f"'advanced' needs {name} of {RETENTION_ADVANCED} at least, not {days}: raise it, or leave it out"
        )
        faults.add(view.at("database_insights"), message)


def _check_logs(view: View, engine: str | None, faults: Faults) -> None:
    at, seen = view.at("log_exports"), set[str]()
    names: list[str] = view["log_exports"]
    for index, name in enumerate(names):
        if engine is not None:
            faults.add(at.index(index), engines.log_export_fault(engine, name))
        if name in seen:
            faults.add(at.index(index), f"{name!r} stands there twice: remove one")
        seen.add(name)


def interval_fault(seconds: int) -> str | None:
    """Seconds between two readings of enhanced monitoring."""
    if seconds in INTERVALS:
        return None
    return f"{seconds} seconds: RDS takes {', '.join(map(str, INTERVALS))} (0 is off)"


def retention_fault(days: int) -> str | None:
    """Days that Performance Insights keeps its readings."""
    months, rest = divmod(days, _MONTH)
    if days in (RETENTION_FREE, RETENTION_MOST) or (rest == 0 and 1 <= months <= _MONTHS_MOST):
        return None
    nearest = min(max(round(days / _MONTH), 1), _MONTHS_MOST) * _MONTH
    return f"{days} days: RDS takes 7, a multiple of 31 up to 713, or 731; the nearest is {nearest}"


def role_arn_fault(arn: str) -> str | None:
    """ARN of an IAM role."""
    if re.fullmatch(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]{1,576}", arn, re.ASCII):
        return None
    return f"{arn!r} is not the ARN of an IAM role: it reads arn:aws:iam::123456789012:role/<name>"


def has_insights(engine: str, instance_class: str) -> bool:
    """Whether an instance of this class can have Performance Insights; Aurora's engines too."""
    if engine == "aurora-mysql":
        return _WITHOUT_INSIGHTS_OF_AURORA_MYSQL.fullmatch(instance_class) is None
    small = _WITHOUT_INSIGHTS.fullmatch(instance_class) is not None
    # An engine that isn't known might be one of those.
    return not small or (bool(engine) and not engine.startswith(_ENGINES_WITHOUT))


def default_logs(engine: str) -> tuple[str, ...]:
    """The logs that are exported where none are named; none of an unknown engine."""
    return next((names for prefix, names in _LOGS.items() if engine.startswith(prefix)), ())


def monitoring_spec(given: Mapping[str, Any], facts: AlarmFacts) -> MonitoringSpec:
    """The plan of a sound record; engine "" where it isn't known (a replica by itself)."""
    engine, instance_class = facts.engine, facts.instance_class
    values = {**DEFAULTS, **given}
    wanted: bool | None = values.get("performance_insights")
    insights = has_insights(engine, instance_class) if wanted is None else wanted
    mode: DatabaseInsights = values["database_insights"]
    advanced = mode is DatabaseInsights.ADVANCED
    retention = values.get("performance_insights_retention_days") or (
        RETENTION_ADVANCED if advanced else RETENTION_FREE
    )
    exports: list[str] | None = values.get("log_exports")
    return MonitoringSpec(
        interval_seconds=values["enhanced_interval_seconds"],
        insights=insights,
        insights_retention_days=retention if insights else None,
        # Always said: left out, RDS would keep a mode that was chosen once.
        insights_mode=mode if insights else None,
        log_exports=tuple(sorted(default_logs(engine) if exports is None else exports)),
        log_retention_days=values["log_retention_days"],
        alarms=alarms_spec(values.get("alarms", {}), facts),
    )


def replica_monitoring(source: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The record of a database's replica: its own fields over the database's."""
    alarms = {**source.get("alarms", {}), **own.get("alarms", {})}
    return {**source, **own, **({"alarms": alarms} if alarms else {})}


def watched_elsewhere(source: Mapping[str, Any], elsewhere: bool) -> dict[str, Any]:
    """What a replica has of its database's record: in another region neither its keys nor its topic can serve."""
    if not elsewhere:
        return dict(source)
    kept = {name: value for name, value in source.items() if not name.endswith("kms_key_id")}
    if "alarms" in kept:
        kept["alarms"] = {name: value for name, value in kept["alarms"].items() if name != "topic_arn"}
    return kept
