"""Changes that depend on the old state and would lose data or fail half-way: refused in preview, in our words.

They are resource hooks of the component, so that they hold on AWS as in the sandbox and in every target.
"""

import asyncio
import weakref
from collections.abc import Callable, Mapping
from typing import Any

import pulumi
from pulumi.runtime import settings

from dbstack.aws.version_guards import (
    engine_downgrades,
    major_in_the_window,
    major_without_consent,
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
        f"source: a replica of {before} can't be moved to {after}. Make a new replica under another name; if {after} "
        f"is a new identifier of {before}, set it back, since an instance with replicas can't be renamed here"
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
    _source_changes,
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


_Hooks = dict[str, pulumi.ResourceHook]

# By the engine's address: a hosted component gets another stub of the same engine each time that one is made.
_engines: dict[str, tuple[asyncio.AbstractEventLoop, _Hooks]] = {}
# Mocks have no address.
_mocks: "weakref.WeakKeyDictionary[Any, _Hooks]" = weakref.WeakKeyDictionary()


def monitor_address(monitor: Any) -> str | None:
    """Where the engine listens that a stub calls; None for mocks, which call nobody."""
    # gRPC's stubs tell it nowhere else.
    channel = getattr(getattr(monitor, "RegisterResourceHook", None), "_channel", None)
    target: bytes | None = None if channel is None else channel.target()
    return None if target is None else target.decode()


def _registered_hooks() -> _Hooks:
    """The hooks that this process has registered with the current deployment."""
    monitor = settings.get_monitor()
    address = monitor_address(monitor)
    if address is None:
        return _mocks.setdefault(monitor, {})
    for ended in [key for key, (loop, _) in _engines.items() if loop.is_closed()]:
        del _engines[ended]
    current = asyncio.get_running_loop()
    known = _engines.get(address)
    if known is None or known[0] is not current:
        # A later deployment of this process may get the same port: it has a loop of its own.
        known = _engines[address] = current, {}
    return known[1]


def guard_hook(name: str, guard: Callable[[pulumi.ResourceHookArgs], None]) -> pulumi.ResourceHook:
    """A guard that also runs in preview. Registered once per deployment, however many databases it guards.

    The SDK keeps the server that answers for the first component as long as the process lives.
    """
    registered = _registered_hooks()
    if name not in registered:
        registered[name] = pulumi.ResourceHook(name, guard, pulumi.ResourceHookOptions(on_dry_run=True))
    return registered[name]


def update_guard(password_chosen: bool = True, *, with_replicas: bool = False) -> pulumi.ResourceHookBinding:
    """The guards of an instance, as a binding; one more where the password's keeper was left to the default, and one
    where replicas stand behind it."""
    hooks: list[Any] = [guard_hook("dbstack-refuse-unsafe-update", refuse_unsafe_update)]
    if not password_chosen:
        hooks.append(guard_hook("dbstack-refuse-unasked-password-move", refuse_unasked_password_move))
    if with_replicas:
        hooks.append(guard_hook("dbstack-refuse-minor-before-replicas", refuse_minor_before_replicas))
    return pulumi.ResourceHookBinding(before_update=hooks)


def _number(properties: Properties, key: str) -> int | None:
    value = properties.get(key)
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
