"""Changes of a cluster that RDS can't make or that would lose data: refused in preview, as `guards` does."""

from collections.abc import Callable, Mapping
from typing import Any

import pulumi

from dbstack.aws.hooks import guard_hook
from dbstack.aws.version_guards import WINDOW, made_for_cluster, of_old_major
from dbstack.spec.cluster_engines import CLUSTER_ENGINES, ClusterVersion, cluster_version_fault
from dbstack.spec.engines import VersionChange

Properties = Mapping[str, Any]


def _storage_shrinks(old: Properties, new: Properties) -> str | None:
    before, after = old.get("allocatedStorage"), new.get("allocatedStorage")
    if not isinstance(before, int | float) or not isinstance(after, int | float) or after >= before:
        return None
    return (
        f"storage.allocatedGib: {after:g} GiB is less than the {before:g} GiB that the volumes have, and RDS can't "
        f"shrink a volume. Set it back to {before:g}; for smaller volumes make a new cluster beside this one, copy the "
        "data, and switch over"
    )


def _version(old: Properties, new: Properties) -> str | None:
    engine, before, after = (
        str(one or "") for one in (new.get("engine"), old.get("engineVersion"), new.get("engineVersion"))
    )
    known = engine in CLUSTER_ENGINES
    if not known or cluster_version_fault(engine, before) or cluster_version_fault(engine, after):
        # Not ours to judge: an output not known yet, or a form that only AWS knows.
        return None
    change = ClusterVersion.parse(engine, before).change_to(ClusterVersion.parse(engine, after))
    if change is VersionChange.DOWNGRADE:
        return (
            f"engineVersion: {after} is lower than {before}, and RDS can't downgrade. Set it back to {before}; to go "
            "back, restore a snapshot taken before the upgrade into a new cluster"
        )
    if change is VersionChange.MAJOR and new.get("allowMajorVersionUpgrade") is not True:
        return (
            f"engineVersion: from {before} to {after} is a major upgrade: downtime, not reversible, and extensions and "
            "parameters may need work. To consent set allowMajorVersionUpgrade: true (and take a snapshot first)"
        )
    return _group_of_upgrade(old, new, f"{engine} {before}", after) if change is VersionChange.MAJOR else None


def _group_of_upgrade(old: Properties, new: Properties, before: str, after: str) -> str | None:
    group = str(old.get("dbClusterParameterGroupName") or "default.")
    if group == new.get("dbClusterParameterGroupName"):
        # A group that stays is of the old family, whoever made it.
        return of_old_major(f"parameterGroup: {group}", before, after)
    made = made_for_cluster(group, str(new.get("engine")))
    return WINDOW if made and new.get("applyImmediately") is not True else None


def _managed_password_key(old: Properties, new: Properties) -> str | None:
    if not (old.get("manageMasterUserPassword") and new.get("manageMasterUserPassword")):
        return None
    before, after = (
        str(old.get("masterUserSecretKmsKeyId") or ""),
        str(new.get("masterUserSecretKmsKeyId") or ""),
    )
    if not after or before.rpartition("/")[2] == after.rpartition("/")[2]:
        return None
    return (
        f"password.kmsKeyId: RDS can't change the key of a password that it manages (it is {before or 'the default'}). "
        "Set it back; to move to another key deploy once with `password: {source: generated}`, then with "
        "`{source: managed}` and the new key: the password and its secret's ARN change each time"
    )


def _port(old: Properties, new: Properties) -> str | None:
    before, after = old.get("port"), new.get("port")
    if str(new.get("engine")).startswith("aurora") or not before or not after or before == after:
        return None
    return f"port: RDS can't change the port of a Multi-AZ DB cluster. Set it back to {before:g}"


def _backtrack(old: Properties, new: Properties) -> str | None:
    if old.get("backtrackWindow") or not new.get("backtrackWindow"):
        return None
    return (
        "backtrackHours: RDS can't switch backtrack on for a cluster that was made without it. Take it out, or restore "
        "a snapshot into a new cluster that has it from the start"
    )


def _membership(old: Properties, new: Properties) -> str | None:
    before, after = old.get("globalClusterIdentifier"), new.get("globalClusterIdentifier")
    if not isinstance(after, str) or not after or before == after:
        return None
    if before:
        return (
            f"globalClusterIdentifier: a cluster can't go from one global cluster ({before}) to another. Set it back, "
            "or take it out: then it leaves and stands alone"
        )
    return (
        "globalClusterIdentifier: a cluster that is there can't join a global cluster. Take it out; make a new "
        "primary beside it, copy the data, and switch over"
    )


RULES: tuple[Callable[[Properties, Properties], str | None], ...] = (
    _storage_shrinks,
    _version,
    _managed_password_key,
    _port,
    _backtrack,
    _membership,
)
# Of these the state knows what stands in AWS, also where the program left it to AWS.
_ACTUAL = ("allocatedStorage", "masterUserSecretKmsKeyId", "port")


def refuse_unsafe_cluster_update(args: pulumi.ResourceHookArgs) -> None:
    """Fail the update (in preview too) where a rule finds the change unsafe. All findings at once."""
    old, new, outputs = args.old_inputs or {}, args.new_inputs or {}, args.old_outputs or {}
    actual = {**old, **{key: outputs[key] for key in _ACTUAL if outputs.get(key) is not None}}
    found = [message for rule in RULES if (message := rule(actual, new)) is not None]
    if found:
        raise ValueError(f"{args.name}: " + "; ".join(found))


def _refuse_global(args: pulumi.ResourceHookArgs, *, consented: bool) -> None:
    old, new = args.old_inputs or {}, args.new_inputs or {}
    # The consent is no property of a global cluster.
    if message := _version(old, {**new, "allowMajorVersionUpgrade": consented}):
        raise ValueError(f"{args.name}: {message}")


def refuse_unsafe_global_update(args: pulumi.ResourceHookArgs) -> None:
    """Fail the update of a global cluster (in preview too) to a lower version, or to a new major."""
    _refuse_global(args, consented=False)


def refuse_global_downgrade(args: pulumi.ResourceHookArgs) -> None:
    """The same with consent to a new major."""
    _refuse_global(args, consented=True)


def global_cluster_guard(*, consented: bool) -> pulumi.ResourceHookBinding:
    """The guard of a global cluster; `consented`: to a major upgrade."""
    # Both registered always: the engine looks for the hooks that the state names.
    strict = guard_hook("dbstack-refuse-unsafe-global-update", refuse_unsafe_global_update)
    mild = guard_hook("dbstack-refuse-global-downgrade", refuse_global_downgrade)
    return pulumi.ResourceHookBinding(before_update=[mild if consented else strict])


def cluster_guard() -> pulumi.ResourceHookBinding:
    """The guards of a cluster, as a binding."""
    return pulumi.ResourceHookBinding(
        before_update=[guard_hook("dbstack-refuse-unsafe-cluster-update", refuse_unsafe_cluster_update)]
    )
