"""What holds for an instance made from a backup: the rules of its source, and how a new one's rules are applied to it.

Sources: [API] RestoreDBInstanceFromDBSnapshot and RestoreDBInstanceToPointInTime (botocore 1.44.5).
"""

from collections.abc import Mapping
from typing import Any

from dbstack.spec import names, storage
from dbstack.spec.defaults import STORAGE
from dbstack.spec.restore_rules import backups_arn_fault, resource_id_fault, snapshot_fault, time_fault
from dbstack.spec.s3_import import FIELD, check_import, is_imported
from dbstack.spec.types import PasswordSource
from dbstack.spec.view import Faults, View

POINT_SOURCES = ("source_identifier", "source_resource_id", "source_automated_backups_arn")
_SNAPSHOT = "snapshot_identifier"
_MOMENTS = ("restore_time", "use_latest_restorable_time")
# What the data bring along: a restore takes none of them.
_SOURCES_OWN = ("database_name", "username", "character_set", "nchar_character_set", "timezone")
_SOURCES_VOLUME = ("encrypted", "kms_key_id")
# RDS itself manages the password of a restored instance for Oracle only [API ManageMasterUserPassword].
_MANAGED = ("oracle-",)


def is_restored(view: View) -> bool:
    """Whether a database or cluster is described as made from a backup of RDS's own, which decides its users."""
    return "restore_from" in view.given and not is_imported(view)


def check_restore_from(view: View, faults: Faults) -> None:
    """`restore_from` of a database: one source, a moment where it needs one, and nothing that the source decides."""
    if "restore_from" in view.bad:
        return
    origin = view.sub("restore_from")
    origin.check(faults, _SNAPSHOT, snapshot_fault)
    one_of(origin, (_SNAPSHOT, *POINT_SOURCES, FIELD), "source", faults)
    if is_imported(view):
        refuse_moments(origin, _MOMENTS, faults)
        check_import(view, "mysql", faults)
        return
    if origin.get(_SNAPSHOT) is None:
        check_point(origin, faults, sources=())
    else:
        refuse_moments(origin, _MOMENTS, faults)
    refuse_sources_own(view, _SOURCES_OWN, faults)
    refuse_sources_own(view.sub("storage"), _SOURCES_VOLUME, faults)
    check_volume(view.sub("storage"), faults)
    check_password(view, faults)


def refuse_sources_own(view: View, decided: tuple[str, ...], faults: Faults) -> None:
    """Fields that a restored database or cluster takes from its source."""
    origin = view.path.naming.spell("restore_from")
    for name in decided:
        if name in view.given:
            faults.add(view.at(name), f"the source decides it: leave it out while {origin} is given")


def refuse_moments(origin: View, moments: tuple[str, ...], faults: Faults) -> None:
    """A snapshot has one moment, its own; so has a backup in S3."""
    for name in moments:
        if origin.get(name) not in (None, False):
            what = "backup" if FIELD in origin.values else "snapshot"
            message = f"a {what} is of one moment: leave this or the {what} out"
            faults.add(origin.at(name), message)


def check_point(point: View, faults: Faults, sources: tuple[str, ...] = POINT_SOURCES) -> None:
    """Source and moment of a restore to a point in time; no `sources`: how many there are is checked already."""
    point.check(faults, "source_identifier", lambda text: names.identifier_fault(text, upper_case=True))
    point.check(faults, "source_resource_id", resource_id_fault)
    point.check(faults, "source_automated_backups_arn", backups_arn_fault)
    point.check(faults, "restore_time", time_fault)
    if sources:
        one_of(point, sources, "source", faults)
    if sources or any(point.get(name) is not None for name in POINT_SOURCES):
        one_of(point, _MOMENTS, "moment", faults)


def one_of(view: View, choices: tuple[str, ...], what: str, faults: Faults) -> None:
    """Exactly one of the fields is given."""
    if view.bad & set(choices):
        return
    spelled = [view.path.naming.spell(name) for name in choices]
    given = [name for name in choices if view.get(name) not in (None, False)]
    if not given:
        faults.add(view.path, f"has no {what}: give one of {', '.join(spelled)}")
    elif len(given) > 1:
        both = " and ".join(view.path.naming.spell(name) for name in given)
        faults.add(view.at(given[1]), f"{both} both give the {what}: leave one out")


def check_volume(volume: View, faults: Faults) -> None:
    """A ceiling by itself: the size that it is above only the source knows."""
    if "allocated_gib" not in volume.values and volume.ok("max_allocated_gib"):
        kind = str(volume.get("type") or STORAGE["type"])
        faults.add(volume.at("max_allocated_gib"), storage.size_fault(kind, volume["max_allocated_gib"]))


def check_password(view: View, faults: Faults) -> None:
    """Who can keep the password of a restored instance."""
    password = view.sub("password")
    if not view.bad & {"password", "engine"} and password.get("source") is PasswordSource.MANAGED:
        engine = str(view.get("engine"))
        if not engine.startswith(_MANAGED):
            way_out = "use 'generated' or 'given'"
            message = f"'managed': RDS manages a restored database's password for Oracle only: {way_out}"
            faults.add(password.at("source"), message)


def as_new(view: View) -> View:
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
