"""Instances made from a snapshot or from a point in time: their rules, and their plan.

Sources: [API] RestoreDBInstanceFromDBSnapshot and RestoreDBInstanceToPointInTime (botocore 1.44.5).
"""

from collections.abc import Mapping
from typing import Any

from dbstack.spec import access, checks, names, storage
from dbstack.spec.defaults import INSTANCE, STORAGE
from dbstack.spec.model import InstanceSpec, Names
from dbstack.spec.names import subnet_group_fault
from dbstack.spec.plan import instance_spec, raise_faults, read_args
from dbstack.spec.restore_rules import backups_arn_fault, resource_id_fault, snapshot_fault, time_fault
from dbstack.spec.rotation import check_rotation
from dbstack.spec.types import (
    DatabaseInstanceFromPointInTimeArgs,
    DatabaseInstanceFromSnapshotArgs,
    PasswordSource,
)
from dbstack.spec.view import Faults, View

_SOURCES = ("source_identifier", "source_resource_id", "source_automated_backups_arn")
_MOMENTS = ("restore_time", "use_latest_restorable_time")
# RDS itself manages the password of a restored instance for Oracle only [API ManageMasterUserPassword].
_MANAGED = ("oracle-",)


def plan_from_snapshot(args: DatabaseInstanceFromSnapshotArgs, planned: Names) -> InstanceSpec:
    """An instance from a snapshot. What its source decides (user, databases, encryption) means nothing in the plan."""
    view, faults = read_args(DatabaseInstanceFromSnapshotArgs, args, INSTANCE)
    view.check(faults, "snapshot_identifier", snapshot_fault)
    return _plan(view, planned, faults)


def plan_from_point_in_time(args: DatabaseInstanceFromPointInTimeArgs, planned: Names) -> InstanceSpec:
    """An instance from the backups of another."""
    view, faults = read_args(DatabaseInstanceFromPointInTimeArgs, args, INSTANCE)
    point = view.sub("restore")
    point.check(faults, "source_identifier", lambda text: names.identifier_fault(text, upper_case=True))
    point.check(faults, "source_resource_id", resource_id_fault)
    point.check(faults, "source_automated_backups_arn", backups_arn_fault)
    point.check(faults, "restore_time", time_fault)
    if "restore" in view.values:
        _one_of(point, _SOURCES, "source", faults)
        _one_of(point, _MOMENTS, "moment", faults)
    return _plan(view, planned, faults)


def _one_of(view: View, choices: tuple[str, ...], what: str, faults: Faults) -> None:
    if view.bad & set(choices):
        return
    spelled = [view.path.naming.spell(name) for name in choices]
    given = [name for name in choices if view.get(name) not in (None, False)]
    if not given:
        faults.add(view.path, f"has no {what}: give one of {', '.join(spelled)}")
    elif len(given) > 1:
        both = " and ".join(view.path.naming.spell(name) for name in given)
        faults.add(view.at(given[1]), f"{both} both give the {what}: leave one out")


def _plan(view: View, planned: Names, faults: Faults) -> InstanceSpec:
    view.check(faults, "subnet_group_name", subnet_group_fault)
    checks.check_ids(
        view.get("security_group_ids"), view.at("security_group_ids"), access.security_group_id_fault, faults
    )
    volume = view.sub("storage")
    if "allocated_gib" not in volume.values and volume.ok("max_allocated_gib"):
        kind = str(volume.get("type") or STORAGE["type"])
        faults.add(volume.at("max_allocated_gib"), storage.size_fault(kind, volume["max_allocated_gib"]))
    password = view.sub("password")
    if not view.bad & {"password", "engine"} and password.get("source") is PasswordSource.MANAGED:
        engine = str(view.get("engine"))
        if not engine.startswith(_MANAGED):
            way_out = "use 'generated' or 'given'"
            message = f"'managed': RDS manages a restored database's password for Oracle only: {way_out}"
            faults.add(password.at("source"), message)
    shaped = _as_new(view)
    checks.check_instance(shaped, planned, faults)
    check_rotation(shaped, faults, 0, placed=False)
    raise_faults(faults, planned)
    return instance_spec(shaped, planned, replicas=0)


def _as_new(view: View) -> View:
    """The view as a new instance has it: what only the source knows stands there so that it breaks no rule."""
    shaped = View(view.given, view.path, view.values)
    shaped.bad = {*view.bad, "database_name"}
    given: Mapping[str, Any] = view.get("storage") or {}
    kind = str(given.get("type") or STORAGE["type"])
    if "storage" not in view.bad and "allocated_gib" not in given:
        # The largest size: whatever is refused there is refused at every size.
        sized = {**given, "allocated_gib": storage.VOLUMES[kind].most_gib}
        sized.pop("max_allocated_gib", None)
        shaped.values["storage"] = sized
    if "storage" not in view.bad and "type" not in given:
        unknown = ("iops", "throughput_mibps")
        shaped.values["storage"] = {
            key: value for key, value in shaped.values.get("storage", {}).items() if key not in unknown
        }
    password: Mapping[str, Any] = view.get("password") or {}
    if "password" not in view.bad and not {"source", "value", "config"} & password.keys():
        shaped.values["password"] = {**password, "source": PasswordSource.GENERATED}
    return shaped
