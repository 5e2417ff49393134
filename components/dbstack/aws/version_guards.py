"""Changes of an engine version that RDS can't make, or not now: refused in preview, as `guards` does."""

import re
from collections.abc import Mapping
from typing import Any

import pulumi

from dbstack.spec.engines import EngineVersion, VersionChange, unknown_engine, version_fault

Properties = Mapping[str, Any]

# The provider completes a prefix by a time and a counter. By its own name a group is known also after its component
# was renamed.
_MADE_FOR_INSTANCE = r".+-{engine}[a-z0-9-]*-[0-9a-f]{{26}}"
WINDOW = (
    "engineVersion: a major upgrade that waits for the maintenance window leaves the old parameter group in use, and "
    "deleting it would fail this deployment half-way. Set applyImmediately: true for this deployment, and run it when "
    "the downtime suits; take it out again afterwards"
)


def made_for_instance(group: str, engine: str) -> bool:
    """Whether dbstack made a DB parameter group, by its name."""
    return re.fullmatch(_MADE_FOR_INSTANCE.format(engine=re.escape(engine)), group) is not None


def made_for_cluster(group: str, engine: str) -> "re.Match[str] | None":
    """The same for a cluster's group, which bears the cluster's name (group 1) and the family."""
    return re.fullmatch(rf"(.+)-{re.escape(engine)}[a-z0-9.-]*", group)


def engine_downgrades(old: Properties, new: Properties) -> str | None:
    before, after, change = _version_change(old, new)
    if change is not VersionChange.DOWNGRADE:
        return None
    return (
        f"engineVersion: {after} is lower than {before}, and RDS can't downgrade. Set it back to {before}; to go back, "
        "restore a snapshot taken before the upgrade into a new database"
    )


def major_without_consent(old: Properties, new: Properties) -> str | None:
    before, after, change = _version_change(old, new)
    if change is not VersionChange.MAJOR or new.get("allowMajorVersionUpgrade") is True:
        return None
    return (
        f"engineVersion: from {before} to {after} is a major upgrade: downtime, not reversible, and extensions and "
        "parameters may need work. To consent set allowMajorVersionUpgrade: true (and take a snapshot first)"
    )


def _version_change(old: Properties, new: Properties) -> tuple[str, str, VersionChange]:
    engine = text_of(new, "engine") or ""
    before, after = text_of(old, "engineVersion") or "", text_of(new, "engineVersion") or ""
    if unknown_engine(engine) or version_fault(engine, before) or version_fault(engine, after):
        # Not ours to judge: an output not known yet, or a form that only AWS knows.
        return before, after, VersionChange.NONE
    change = EngineVersion.parse(engine, before).change_to(EngineVersion.parse(engine, after))
    return before, after, change


def major_in_the_window(old: Properties, new: Properties) -> str | None:
    """RDS keeps the old group in use until the window, and Pulumi deletes it in this deployment."""
    _, _, change = _version_change(old, new)
    before, after = text_of(old, "parameterGroupName") or "", text_of(new, "parameterGroupName")
    if (
        change is not VersionChange.MAJOR
        or before == after
        or not made_for_instance(before, str(new.get("engine")))
    ):
        return None
    return WINDOW if _waits(new) else None


# Property -> what a group is called, its argument, and AWS's own ones.
_GROUPS = (
    ("parameterGroupName", "parameterGroup", "default."),
    ("optionGroupName", "optionGroup", "default:"),
)


def adopted_group_of_old_major(old: Properties, new: Properties) -> str | None:
    """A group is of one major version; RDS refuses an upgrade that doesn't name one of the new major."""
    before, after, change = _version_change(old, new)
    if change is not VersionChange.MAJOR:
        return None
    kept = [
        (argument, group)
        for key, argument, own in _GROUPS
        if (group := text_of(new, key)) and group == text_of(old, key) and not group.startswith(own)
    ]
    if not kept:
        return None
    named = " and ".join(f"{argument}: {group}" for argument, group in kept)
    return of_old_major(named, f"{new['engine']} {before}", after)


def of_old_major(named: str, before: str, after: str) -> str:
    """What is told where a major upgrade would keep a group."""
    return (
        f"{named}: made for {before}, and a major upgrade to {after} needs one of the new version. Make that with what "
        "is to stay, and name it in the same change; or leave the argument out for dbstack's own"
    )


def _waits(new: Properties) -> bool:
    """Whether RDS makes the change in the maintenance window."""
    return new.get("applyImmediately") is not True and "blueGreenUpdate" not in new


def option_group_in_the_window(old: Properties, new: Properties) -> str | None:
    """RDS keeps the old option group in use until the window, and Pulumi deletes it in this deployment."""
    before, after = text_of(old, "optionGroupName") or "", text_of(new, "optionGroupName")
    if before == after or not made_for_instance(before, str(new.get("engine"))):
        return None
    # Only with `onDelete: destroy` a group is deleted with its backups; else it is left in AWS.
    deleted = new.get("deleteAutomatedBackups") is True
    if not deleted or not _waits(new):
        return None
    return (
        f"optionGroup: {before} stays in use until the maintenance window, and deleting it would fail this deployment "
        "half-way. Set applyImmediately: true for this deployment; take it out again afterwards"
    )


# AWS answers DBUpgradeDependencyFailure [UG USER_UpgradeDBInstance.PostgreSQL, USER_UpgradeDBInstance.MySQL]. A major
# upgrade of PostgreSQL takes its replicas along.
_REPLICAS_FIRST = frozenset({"postgres", "mysql", "mariadb"})


def refuse_minor_before_replicas(args: pulumi.ResourceHookArgs) -> None:
    """Fail the update where a database with read replicas would get another minor version before they have it."""
    old, new, outputs = args.old_inputs or {}, args.new_inputs or {}, args.old_outputs or {}
    actual = text_of(outputs, "engineVersionActual") or text_of(old, "engineVersion")
    before, after, change = _version_change({**old, "engineVersion": actual}, new)
    if change is not VersionChange.MINOR or new.get("engine") not in _REPLICAS_FIRST:
        return
    raise ValueError(
        f"{args.name}: engineVersion: from {before} to {after} with read replicas: RDS upgrades the replicas of a "
        "database before the database itself, and refuses this (DBUpgradeDependencyFailure). Either write the major "
        "version alone, and RDS brings them all to a newer minor in their maintenance windows; or upgrade by hand, "
        "first each replica, then the database, with `aws rds modify-db-instance --apply-immediately "
        f"--engine-version {after} --db-instance-identifier ...`, and then run `pulumi refresh`"
    )


def text_of(properties: Properties, key: str) -> str | None:
    """A property that is a text and not empty; None where it is missing or not known yet."""
    value = properties.get(key)
    return value if isinstance(value, str) and value else None
