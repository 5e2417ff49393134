"""The rules of a described DB cluster: which field goes through which rule, and the rules between fields."""

from collections.abc import Mapping
from typing import Any

from dbstack.spec import access, checks, cluster_rules, logs, names, windows
from dbstack.spec.alarms import check_alarms
from dbstack.spec.associated_roles import CLUSTER_FEATURES, check_roles
from dbstack.spec.cluster_engines import CLUSTER_ENGINES, cluster_log_fault, cluster_version_fault
from dbstack.spec.cluster_features import check_features
from dbstack.spec.cluster_restore import check_cluster_restore_from
from dbstack.spec.cluster_sharing import check_sharing
from dbstack.spec.credentials import cluster_password_fault
from dbstack.spec.defaults import ACCESS, CLUSTER_STORAGE, SERVERLESS
from dbstack.spec.extensions import check_extensions
from dbstack.spec.global_clusters import check_membership
from dbstack.spec.model import Names
from dbstack.spec.monitoring import has_insights
from dbstack.spec.pgaudit import check_pgaudit
from dbstack.spec.restored import is_restored
from dbstack.spec.rotation import check_rotation
from dbstack.spec.types import PasswordSource
from dbstack.spec.view import Faults, View

ENDPOINTS_MOST = 5
_INTERVALS = (0, 1, 5, 10, 15, 30, 60)
_AURORA_ONLY = (
    "serverless",
    "instances",
    "reader_autoscaling",
    "endpoints",
    "backtrack_hours",
    "data_api",
    "local_write_forwarding",
    "activity_stream",
    "limitless",
    "shared_with",
)


def check_cluster(
    view: View, planned: Names, faults: Faults, has_application: bool | None, *, restored: bool = False
) -> None:
    """Every rule of a cluster; `restored`: user and database are another's."""
    view.check(faults, "port", access.port_fault)
    checks.check_controls(view, faults)
    checks.check_tags(view, faults)
    checks.check_maintenance(view, faults)
    checks.check_access(view.sub("access", ACCESS), faults, has_application)
    _parameters(view.sub("parameter_group"), faults)
    check_pgaudit(view.sub("parameter_group"), str(view["engine"]) if view.ok("engine") else None, faults)
    _backup(view, faults)
    _password(view, faults)
    if not view.ok("engine"):
        return
    engine = str(view["engine"])
    identifier = str(view.get("identifier") or planned.physical)
    sound = _identifier(view, engine, identifier, faults)
    view.check(faults, "engine_version", lambda text: cluster_version_fault(engine, text))
    if "restore_from" in view.given:
        check_cluster_restore_from(view, faults)
    if not restored and not is_restored(view):
        view.check(faults, "username", lambda text: cluster_rules.cluster_username_fault(engine, text))
        _database_name(view, engine, planned, faults)
    check_extensions(view, faults)
    if view.ok("roles"):
        from dbstack.spec.database_roles import check_database_roles

        check_database_roles(view, faults)
    check_membership(view, engine, faults)
    check_sharing(view, faults)
    check_roles(view, engine, CLUSTER_FEATURES, faults)
    view.check(faults, "backtrack_hours", lambda hours: _backtrack_fault(engine, hours))
    _monitoring(view.sub("monitoring"), engine, class_without_insights(view, engine), faults)
    _storage(view.sub("storage", CLUSTER_STORAGE), engine, faults)
    if CLUSTER_ENGINES[engine].aurora:
        check_features(view, engine, identifier if sound else None, faults)
        if "limitless" in view.values:
            return
        _serverless(view, faults)
        _instances(view, identifier if sound else None, faults)
        _autoscaling(view, faults)
        _endpoints(view, identifier if sound else None, faults)
    else:
        _multi_az(view, engine, faults)


def _identifier(view: View, engine: str, identifier: str, faults: Faults) -> bool:
    """Whether names can be made of it: of a faulty one they would only repeat its fault."""
    if "identifier" in view.bad:
        return False
    fault = cluster_rules.cluster_identifier_fault(engine, identifier)
    derived = (
        "" if "identifier" in view.given else " (it is derived from project, stack and name: set it yourself)"
    )
    faults.add(view.at("identifier"), fault and fault + derived)
    if fault is None:
        # The subnet group bears the same name, and one name AWS keeps for itself.
        faults.add(view.at("identifier"), names.subnet_group_fault(identifier))
    return fault is None


def _database_name(view: View, engine: str, planned: Names, faults: Faults) -> None:
    if "database_name" in view.bad:
        return
    name = str(view.get("database_name") or checks.default_database_name(planned))
    fault = names.database_name_fault(CLUSTER_ENGINES[engine].base, name)
    derived = "" if "database_name" in view.given else " (it is derived from the name: set it yourself)"
    faults.add(view.at("database_name"), fault and fault + derived)


def _backtrack_fault(engine: str, hours: int) -> str | None:
    if not 0 <= hours <= 72:
        return f"{hours} hours can't be set: use 0 (off) to 72"
    if hours and engine != "aurora-mysql":
        return f"{hours} hours, but only Aurora MySQL can backtrack: leave it out, and restore to a point in time"
    return None


def _parameters(view: View, faults: Faults) -> None:
    view.check(faults, "name", names.parameter_group_fault)
    spell = view.path.naming.spell
    given = [name for name in ("parameters", "name", "engine_default") if view.get(name)]
    if len(given) > 1:
        both = " and ".join(spell(name) for name in given)
        faults.add(
            view.path,
            f"{both} exclude each other: make a group, name one, or take the engine's",
        )


def _backup(view: View, faults: Faults) -> None:
    given = view.sub("backup")
    given.check(faults, "retention_days", cluster_rules.cluster_retention_fault)
    given.check(faults, "window", windows.backup_window_fault)
    if view.ok("maintenance_window") and given.ok("window"):
        message = windows.overlap_fault(given["window"], view["maintenance_window"])
        faults.add(view.at("maintenance_window"), message)


def _password(owner: View, faults: Faults) -> None:
    view = owner.sub("password")
    if "password" in owner.bad:
        return
    view.check(faults, "config", names.config_key_fault)
    view.check(faults, "kms_key_id", access.key_arn_fault)
    check_rotation(owner, faults, 0, placed=False, clustered=True)
    if isinstance(view.get("value"), str):
        faults.add(view.at("value"), cluster_password_fault(view["value"]))
    given = [name for name in ("value", "config") if name in view.values]
    spelled = " and ".join(view.path.naming.spell(name) for name in given)
    if len(given) > 1:
        faults.add(view.at("config"), f"{spelled} both give the password: leave one out")
    source = view.get("source")
    if source is None or view.bad:
        return
    if source is PasswordSource.GIVEN and not given:
        faults.add(
            view.at("source"),
            "'given', but no password is: name its secret key, `config: dbstack:appPassword`",
        )
    if source is not PasswordSource.GIVEN and given:
        faults.add(view.at("source"), f"'{source}', but {spelled} gives a password: leave one out")


def class_without_insights(view: View, engine: str) -> str | None:
    """A class among those of the cluster that can't have Performance Insights: one setting is for all of them."""
    classes: list[object] = [view["instance_class"]] if view.ok("instance_class") else []
    if view.ok("instances"):
        records: Mapping[str, Mapping[str, Any]] = view["instances"]
        classes = [record.get("instance_class", *classes) for record in records.values()]
    return next((one for one in classes if isinstance(one, str) and not has_insights(engine, one)), None)


def _monitoring(view: View, engine: str, without_insights: str | None, faults: Faults) -> None:
    view.check(faults, "log_retention_days", logs.retention_fault)
    view.check(faults, "log_kms_key_id", access.key_arn_fault)
    if view.ok("log_exports"):
        for index, log in enumerate(view["log_exports"]):
            faults.add(view.at("log_exports").index(index), cluster_log_fault(engine, log))
    interval = view.get("enhanced_interval_seconds")
    if view.ok("enhanced_interval_seconds"):
        if interval not in _INTERVALS:
            choices = ", ".join(map(str, _INTERVALS))
            faults.add(view.at("enhanced_interval_seconds"), f"{interval} is no interval: choose {choices}")
        elif interval == 0 and "monitoring_role_arn" in view.given:
            spelled = view.path.naming.spell("enhanced_interval_seconds")
            message = f"a role, but {spelled} is 0: leave one of the two out"
            faults.add(view.at("monitoring_role_arn"), message)
    if view.ok("alarms"):
        check_alarms(view.sub("alarms"), faults)
    if view.get("performance_insights") is True and without_insights is not None:
        message = f"true, but {without_insights} has none with this engine: use db.t4g.medium or db.r, or leave it out"
        faults.add(view.at("performance_insights"), message)
    days = view.get("performance_insights_retention_days")
    if view.ok("performance_insights_retention_days"):
        at = view.at("performance_insights_retention_days")
        if view.get("performance_insights") is False:
            faults.add(at, f"{days} days, but Performance Insights is off: leave one of the two out")
        elif days not in (7, 731) and (days % 31 or not 1 <= days // 31 <= 23):
            faults.add(at, f"{days} days can't be kept: use 7, 731, or a multiple of 31 up to 713")


def _storage(view: View, engine: str, faults: Faults) -> None:
    view.check(faults, "kms_key_id", access.key_arn_fault)
    if view.ok("kms_key_id", "encrypted") and view["encrypted"] is False:
        faults.add(view.at("kms_key_id"), "a key, but encryption is off: leave one of the two out")
    facts = CLUSTER_ENGINES[engine]
    if view.ok("type"):
        faults.add(view.at("type"), cluster_rules.storage_type_fault(engine, str(view["type"])))
    if facts.aurora:
        for name in ("allocated_gib", "iops"):
            if name in view.given:
                message = f"{facts.label} has no such setting, its storage grows by itself: leave it out"
                faults.add(view.at(name), message)
        return
    kind = str(view.get("type") or "gp3")
    if "allocated_gib" not in view.values:
        if "allocated_gib" not in view.bad:
            faults.add(
                view.at("allocated_gib"), "is missing: a Multi-AZ DB cluster needs the size of its volumes"
            )
        return
    if not view.ok("allocated_gib") or kind not in cluster_rules.MULTI_AZ_STORAGE or "type" in view.bad:
        return
    size = int(view["allocated_gib"])
    wrong = cluster_rules.allocated_fault(kind, size)
    faults.add(view.at("allocated_gib"), wrong)
    if wrong is None and "iops" not in view.bad:
        faults.add(view.at("iops"), cluster_rules.cluster_iops_fault(kind, size, view.get("iops")))


def _serverless(owner: View, faults: Faults) -> None:
    if not owner.ok("serverless"):
        return
    view = owner.sub("serverless", SERVERLESS)
    least = view["min_acu"]
    wrong = cluster_rules.min_capacity_fault(least) if view.ok("min_acu") else ""
    faults.add(view.at("min_acu"), wrong or None)
    if view.ok("max_acu"):
        message = cluster_rules.max_capacity_fault(view["max_acu"], least if wrong is None else None)
        faults.add(view.at("max_acu"), message)
    if view.ok("pause_after_seconds") and wrong is None:
        faults.add(
            view.at("pause_after_seconds"), cluster_rules.pause_fault(view["pause_after_seconds"], least)
        )


def _instances(view: View, identifier: str | None, faults: Faults) -> None:
    serverless = "serverless" in view.values or "serverless" in view.bad
    view.check(faults, "instance_class", lambda value: _class_fault(value, serverless, view))
    if not view.ok("instances"):
        return
    given: Mapping[str, Mapping[str, Any]] = view["instances"]
    at = view.at("instances")
    if not given:
        faults.add(at, "is empty: an Aurora cluster without an instance can't be connected to, describe one")
    if len(given) > cluster_rules.READERS_MOST + 1:
        faults.add(
            at,
            f"{len(given)} instances: Aurora has a writer and {cluster_rules.READERS_MOST} readers at most",
        )
    fallback = view.get("instance_class") or serverless or "instance_class" in view.bad
    seen: dict[str, str] = {}
    for key, record in given.items():
        instance = View(record, at.key(key))
        wrong = names.key_fault(key, "an instance's name")
        faults.add(at.key(key), wrong)
        instance.check(faults, "instance_class", lambda value: _class_fault(value, serverless, view))
        instance.check(faults, "promotion_tier", cluster_rules.tier_fault)
        instance.check(faults, "availability_zone", access.zone_fault)
        checks.check_maintenance(instance, faults)
        checks.check_tags(instance, faults)
        if not fallback and "instance_class" not in {*instance.values, *instance.bad}:
            spell = view.path.naming.spell
            message = f"is missing: set it here or for the cluster, or give {spell('serverless')}"
            faults.add(instance.at("instance_class"), message)
        own: str | None = instance.get("identifier")
        if wrong is not None or (identifier is None and own is None):
            continue
        name = own or member_identifier(identifier or "", key)
        fault = names.identifier_fault(name)
        faults.add(instance.at("identifier"), fault)
        if name in seen:
            faults.add(at.key(key), f"its identifier {name!r} is also that of {seen[name]!r}: choose another")
        seen[name] = key


def _class_fault(value: str, serverless: bool, view: View) -> str | None:
    if value == cluster_rules.SERVERLESS_CLASS and not serverless:
        return f"{value!r} needs a capacity: give {view.path.naming.spell('serverless')}"
    return cluster_rules.aurora_class_fault(value)


def member_identifier(cluster: str, key: str) -> str:
    """Default identifier of an instance or an endpoint of a cluster."""
    return f"{cluster}-{key.lower().replace('_', '-')}"


def _autoscaling(owner: View, faults: Faults) -> None:
    if not owner.ok("reader_autoscaling"):
        return
    view = owner.sub("reader_autoscaling")
    readers = max(0, len(owner.get("instances") or {}) - 1)
    most, least = view.get("max_readers"), view.get("min_readers")
    if view.ok("max_readers"):
        if not 1 <= most <= cluster_rules.READERS_MOST:
            faults.add(
                view.at("max_readers"), f"{most} readers can't be: use 1 to {cluster_rules.READERS_MOST}"
            )
        elif most < readers:
            faults.add(
                view.at("max_readers"), f"{most}, but {readers} readers are described: use {readers} or more"
            )
    if view.ok("min_readers"):
        if not 0 <= least <= cluster_rules.READERS_MOST:
            faults.add(
                view.at("min_readers"), f"{least} readers can't be: use 0 to {cluster_rules.READERS_MOST}"
            )
        elif least == 0 and readers == 0:
            faults.add(
                view.at("min_readers"),
                "0, and no reader is described: without a reader there is no load to scale by, and none would ever be "
                "added. Use 1 or more, or describe a reader in instances",
            )
        elif view.ok("max_readers") and least > most:
            faults.add(view.at("min_readers"), f"{least} is above the most of {most}: use {most} or less")
    if view.ok("cpu_percent") and not 1 <= view["cpu_percent"] <= 100:
        faults.add(view.at("cpu_percent"), f"{view['cpu_percent']} is no percentage to hold: use 1 to 100")
    if view.ok("connections") and view["connections"] < 1:
        faults.add(view.at("connections"), f"{view['connections']} connections can't be held: use 1 or more")
    if {"cpu_percent", "connections"} <= view.given.keys():
        names_ = " and ".join(map(view.path.naming.spell, ("cpu_percent", "connections")))
        faults.add(view.path, f"{names_} are two targets: leave one of them out")
    for name in ("scale_in_cooldown_seconds", "scale_out_cooldown_seconds"):
        if view.ok(name) and view[name] < 0:
            faults.add(view.at(name), f"{view[name]} seconds can't be: use 0 or more")


def _endpoints(view: View, identifier: str | None, faults: Faults) -> None:
    if not view.ok("endpoints"):
        return
    given: Mapping[str, Mapping[str, Any]] = view["endpoints"]
    at = view.at("endpoints")
    if len(given) > ENDPOINTS_MOST:
        faults.add(at, f"{len(given)} endpoints: a cluster has {ENDPOINTS_MOST} at most, remove some")
    keys = [] if "instances" in view.bad else list(view["instances"])
    for key, record in given.items():
        endpoint = View(record, at.key(key))
        wrong = names.key_fault(key, "an endpoint's name")
        faults.add(at.key(key), wrong)
        own: str | None = endpoint.get("identifier")
        if wrong is None and (own is not None or identifier is not None):
            name = own or member_identifier(identifier or "", key)
            faults.add(endpoint.at("identifier"), cluster_rules.endpoint_fault(name))
        if endpoint.get("members") and endpoint.get("excluded"):
            faults.add(at.key(key), "members and excluded are two ways to say it: leave one of them out")
        for name in ("members", "excluded"):
            for index, member in enumerate(endpoint[name] if endpoint.ok(name) else []):
                if keys and member not in keys:
                    faults.add(
                        endpoint.at(name).index(index),
                        f"{member!r} is no instance of it: choose {', '.join(keys)}",
                    )


def _multi_az(view: View, engine: str, faults: Faults) -> None:
    label = CLUSTER_ENGINES[engine].label
    for name in _AURORA_ONLY:
        if name in view.given and view.get(name):
            faults.add(view.at(name), f"is Aurora's: a {label} has no such thing, leave it out")
    if view.ok("instance_class"):
        faults.add(view.at("instance_class"), cluster_rules.multi_az_class_fault(str(view["instance_class"])))
    elif "instance_class" not in view.bad:
        faults.add(
            view.at("instance_class"), "is missing: a Multi-AZ DB cluster needs one, such as db.m6gd.large"
        )
