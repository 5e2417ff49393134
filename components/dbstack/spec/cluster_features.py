"""Rules of what can be added to an Aurora cluster: an activity stream, a shard group.

Sources: field texts of CreateDBShardGroup and StartActivityStream (botocore 1.44.5); Aurora User Guide,
limitless-reqs-limits, limitless-cluster, DBActivityStreams.Overview.html#DBActivityStreams.Overview.requirements.
"""

from typing import Any

from dbstack.spec import access, names
from dbstack.spec.types import ActivityStreamMode, PasswordSource
from dbstack.spec.view import Faults, View

SHARDS_LEAST, SHARDS_MOST = 16, 6144
INSIGHTS_LEAST_DAYS = 31
_SUFFIX = "-limitless"
_INSTEAD = ("instances", "instance_class", "serverless", "endpoints", "reader_autoscaling")


def redundancy_fault(standbys: int) -> str | None:
    """Standbys of each shard."""
    return None if 0 <= standbys <= 2 else f"{standbys} standbys can't be: use 0, 1 or 2"


def shards_fault(acu: float) -> str | None:
    """Capacity of a whole shard group in ACUs."""
    if SHARDS_LEAST <= acu <= SHARDS_MOST:
        return None
    return f"{acu:g} ACUs can't be set: a shard group has {SHARDS_LEAST} to {SHARDS_MOST} in all"


def check_features(view: View, engine: str, identifier: str | None, faults: Faults) -> None:
    """Both features of a cluster of a known Aurora engine; `identifier` None: a faulty one."""
    if view.ok("activity_stream"):
        _activity_stream(view, engine, faults)
    version = view["engine_version"] if view.ok("engine_version") else ""
    if view.ok("limitless"):
        _limitless(view, engine, version, identifier, faults)
    elif "limitless" not in view.bad and version.endswith(_SUFFIX):
        faults.add(
            view.at("engine_version"),
            f"{version!r} is of a sharded cluster: describe its shards in limitless",
        )


def _activity_stream(owner: View, engine: str, faults: Faults) -> None:
    view = owner.sub("activity_stream")
    view.check(faults, "kms_key_id", access.key_arn_fault)
    if view.get("mode") is ActivityStreamMode.SYNC and engine != "aurora-postgresql":
        faults.add(view.at("mode"), "'sync', which Aurora PostgreSQL alone has: use async")
    classes: list[Any] = [owner.get("instance_class")] if owner.ok("instance_class") else []
    if owner.ok("instances"):
        classes = [
            one.get("instance_class", *classes[:1]) for one in owner["instances"].values() if one or classes
        ]
    small = next((one for one in classes if isinstance(one, str) and one.startswith("db.t")), None)
    if small is not None:
        faults.add(view.path, f"{small} can't have one: use a db.r class, or leave it out")


def _limitless(owner: View, engine: str, version: str, identifier: str | None, faults: Faults) -> None:
    view = owner.sub("limitless")
    if engine != "aurora-postgresql":
        faults.add(view.path, f"{engine} can't be sharded: use aurora-postgresql, or leave it out")
        return
    if version and not version.endswith(_SUFFIX):
        faults.add(
            owner.at("engine_version"), f"{version!r} can't be sharded: use one such as '16.9{_SUFFIX}'"
        )
    for name in _INSTEAD:
        if name in owner.given:
            faults.add(owner.at(name), "a sharded cluster has only its shard group: leave it out")
    view.check(faults, "compute_redundancy", redundancy_fault)
    most, least = view.get("max_acu"), view.get("min_acu")
    wrong = shards_fault(most) if view.ok("max_acu") else ""
    faults.add(view.at("max_acu"), wrong or None)
    if view.ok("min_acu"):
        faults.add(view.at("min_acu"), shards_fault(least))
        if wrong is None and least > most:
            faults.add(
                view.at("min_acu"), f"{least:g} ACUs is above the most of {most:g}: use {most:g} or less"
            )
    name = view.get("identifier") or (identifier and f"{identifier}-shards")
    if name and "identifier" not in view.bad:
        fault = names.identifier_fault(str(name))
        faults.add(
            view.at("identifier"), fault and fault.replace("a DB instance identifier", "a shard group's")
        )
    storage, monitoring, password = owner.sub("storage"), owner.sub("monitoring"), owner.sub("password")
    if storage.ok("type") and storage["type"] != "aurora-iopt1":
        faults.add(storage.at("type"), f"{str(storage['type'])!r}: a sharded cluster needs aurora-iopt1")
    if password.get("source") is PasswordSource.MANAGED:
        faults.add(
            password.at("source"), "'managed', which RDS can't do for a sharded cluster: use generated"
        )
    if "monitoring" in owner.bad:
        return
    if monitoring.get("enhanced_interval_seconds") == 0 or monitoring.get("performance_insights") is False:
        faults.add(
            monitoring.path,
            "a sharded cluster needs enhanced monitoring and Performance Insights: leave them on",
        )
    days = monitoring.get("performance_insights_retention_days")
    if isinstance(days, int) and days < INSIGHTS_LEAST_DAYS:
        at = monitoring.at("performance_insights_retention_days")
        faults.add(at, f"{days} days: a sharded cluster keeps them for {INSIGHTS_LEAST_DAYS} at least")
