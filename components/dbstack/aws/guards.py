"""Changes that depend on the old state and would lose data or fail half-way: refused in preview, in our words.

They are resource hooks of the component, so that they hold on AWS as in the sandbox and in every target.
"""

from collections.abc import Callable, Mapping
from typing import Any

import pulumi

from dbstack.aws.hooks import deployment, guard_hook
from dbstack.aws.version_guards import (
    adopted_group_of_old_major,
    engine_downgrades,
    major_in_the_window,
    major_without_consent,
    option_group_in_the_window,
    refuse_minor_before_replicas,
    text_of,
)

Properties = Mapping[str, Any]


def _storage_shrinks(old: Properties, new: Properties) -> str | None:
    before, after = _number(old, "allocatedStorage"), _number(new, "allocatedStorage")
    if before is None or after is None or after >= before:
        return None
    return (
        f"storage.allocatedGib: {after} GiB is less than the {before} GiB that the volume has, and RDS can't shrink a "
        f"volume. Set it back to {before}; to get a smaller volume make a new database beside this one, copy the data "
        "with pg_dump or mysqldump, and switch over"
    )


def _source_changes(old: Properties, new: Properties) -> str | None:
    before, after = text_of(old, "replicateSourceDb"), text_of(new, "replicateSourceDb")
    if after is None or before == after:
        # Taking the source away is a promotion, which RDS can do.
        return None
    if before is None:
        return (
            f"source: a running database can't become a replica of {after}. If this is a replica that was promoted, by "
            "`promoted: true` or outside the program, write `promoted: true`: it keeps its data; to replicate again "
            "make a new replica under another name"
        )
    return (
        f"source: a replica of {before} can't be moved to {after}. Is {after} the same database, whose component was "
        "renamed or moved in the program, give that component an alias; was the database renamed outside the program "
        "or in an earlier deployment, run `pulumi refresh`. To follow another database make a new replica under "
        "another name"
    )


def _renamed_as_another_component(old: Properties, new: Properties) -> str | None:
    """RDS moves no instance to another subnet group of its VPC; one that is renamed keeps its group here."""
    changes: list[tuple[str, str]] = []
    for key in ("identifier", "dbSubnetGroupName"):
        before, after = text_of(old, key), text_of(new, key)
        if before is None or after is None or before == after:
            return None
        changes.append((before, after))
    (before, after), (left, entered) = changes
    return (
        f"identifier: {before} would be renamed to {after} and moved from the subnet group {left} to {entered}, which "
        "RDS refuses within a VPC. Was its component renamed in the program, give it `named_after` its old name, and "
        "nothing changes in AWS; to rename the database set `identifier`"
    )


def _managed_password_key_changes(old: Properties, new: Properties) -> str | None:
    """RDS takes the key of the managed password's secret only when it begins to manage it."""
    if not (old.get("manageMasterUserPassword") and new.get("manageMasterUserPassword")):
        return None
    before, after = text_of(old, "masterUserSecretKmsKeyId"), text_of(new, "masterUserSecretKmsKeyId")
    # A key's id is the end of its ARN. Taken away, the key stays.
    if after is None or (before or "").rpartition("/")[2] == after.rpartition("/")[2]:
        return None
    return (
        f"password.kmsKeyId: RDS can't change the key of a password that it manages (it is {before or 'the default'}). "
        "Set it back; to move to another key deploy once with `password: {source: generated}`, then with "
        "`{source: managed}` and the new key: the password and its secret's ARN change each time"
    )


RULES: tuple[Callable[[Properties, Properties], str | None], ...] = (
    _storage_shrinks,
    engine_downgrades,
    major_without_consent,
    major_in_the_window,
    adopted_group_of_old_major,
    option_group_in_the_window,
    _source_changes,
    _renamed_as_another_component,
    _managed_password_key_changes,
)


# Of these the state knows what stands in AWS, also where the program left it to AWS.
_ACTUAL = ("allocatedStorage", "masterUserSecretKmsKeyId")


def _grown_by_itself(key: str, old: Properties, new: Properties) -> bool:
    """A size that nobody changed, below what autoscaling has made of it: AWS's provider sends none then."""
    size, ceiling = _number(new, "allocatedStorage"), _number(new, "maxAllocatedStorage")
    if key != "allocatedStorage" or size is None or ceiling is None:
        return False
    return ceiling > size == _number(old, "allocatedStorage")


def refuse_unsafe_update(args: pulumi.ResourceHookArgs) -> None:
    """Fail the update (in preview too) where a rule finds the change unsafe. All findings at once."""
    old, new = args.old_inputs or {}, args.new_inputs or {}
    outputs = args.old_outputs or {}
    # What stands in AWS counts, not what was asked for: autoscaling grows a volume, AWS upgrades a minor version.
    known = {key: value for key, value in outputs.items() if not _grown_by_itself(key, old, new)}
    actual = {**old, **{key: known[key] for key in _ACTUAL if known.get(key) is not None}}
    if outputs and not outputs.get("replicateSourceDb"):
        # Promoted outside the program, as a refresh found out.
        actual.pop("replicateSourceDb", None)
    found = [message for rule in RULES if (message := rule(actual, new)) is not None]
    if found:
        raise ValueError(f"{args.name}: " + "; ".join(found))


_PASSWORDS = {"password", "passwordWo"}


def refuse_unasked_password_move(args: pulumi.ResourceHookArgs) -> None:
    """Fail the update where another keeper of the password follows from the replicas alone, unsaid by the user."""
    old, new = args.old_inputs or {}, args.new_inputs or {}
    before, after = (bool(inputs.get("manageMasterUserPassword")) for inputs in (old, new))
    if not before and not _PASSWORDS & old.keys() and (after or _PASSWORDS & new.keys()):
        raise ValueError(
            f"{args.name}: password.source isn't set, and this database was adopted with a password that Pulumi has "
            "never seen: it would get a new one, and applications that use the old one are locked out. To keep it "
            "write `password: {config: dbstack:<key>}` and set that key to it; to have it changed (or where RDS "
            "manages it already) write `password: {source: managed}` or `{source: generated}`"
        )
    if before == after:
        return
    change = "added" if before else "removed"
    keep, move = ("managed", "generated") if before else ("generated", "managed")
    advice = (
        f"write `password: {{source: {move}}}` to consent"
        if before
        else f"write `password: {{source: {keep}}}` to keep it as it is, or `{{source: {move}}}` to consent"
    )
    raise ValueError(
        f"{args.name}: password.source isn't set, and with replicas {change} it would go from {keep} to {move}: a new "
        f"password in another secret, and applications that read the old one are locked out. To go on, {advice}"
    )


def update_guard(password_chosen: bool = True, *, with_replicas: bool = False) -> pulumi.ResourceHookBinding:
    """The guards of an instance, as a binding; one more where the password's keeper was left to the default, and one
    where replicas stand behind it."""
    renames = deployment().renames

    def guard(args: pulumi.ResourceHookArgs) -> None:
        refuse_unsafe_update(args)
        renames.note(args)

    hooks: list[Any] = [guard_hook("dbstack-refuse-unsafe-update", guard)]
    if not password_chosen:
        hooks.append(guard_hook("dbstack-refuse-unasked-password-move", refuse_unasked_password_move))
    if with_replicas:
        hooks.append(guard_hook("dbstack-refuse-minor-before-replicas", refuse_minor_before_replicas))
    return pulumi.ResourceHookBinding(before_update=hooks)


def _number(properties: Properties, key: str) -> int | None:
    value = properties.get(key)
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
