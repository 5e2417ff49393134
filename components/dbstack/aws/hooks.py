"""The resource hooks of this process, registered once per deployment, and what they have seen in it."""

import asyncio
import weakref
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import pulumi
from pulumi.runtime import settings

from dbstack.aws.renames import Renames
from dbstack.common.children import names_for


class Deployment(NamedTuple):
    """A deployment (or its preview) as this process knows it."""

    hooks: dict[str, pulumi.ResourceHook]
    renames: Renames
    restored: set[str]
    """Places of the databases that were made from a backup, in this deployment or before."""


# By the engine's address: a hosted component gets another stub of the same engine each time that one is made.
_engines: dict[str, tuple[asyncio.AbstractEventLoop, Deployment]] = {}
# Mocks have no address.
_mocks: "weakref.WeakKeyDictionary[Any, Deployment]" = weakref.WeakKeyDictionary()


def monitor_address(monitor: Any) -> str | None:
    """Where the engine listens that a stub calls; None for mocks, which call nobody."""
    # gRPC's stubs tell it nowhere else.
    channel = getattr(getattr(monitor, "RegisterResourceHook", None), "_channel", None)
    target: bytes | None = None if channel is None else channel.target()
    return None if target is None else target.decode()


def deployment() -> Deployment:
    """The current one."""
    monitor = settings.get_monitor()
    address = monitor_address(monitor)
    if address is None:
        return _mocks.setdefault(monitor, _new())
    for ended in [key for key, (loop, _) in _engines.items() if loop.is_closed()]:
        del _engines[ended]
    current = asyncio.get_running_loop()
    known = _engines.get(address)
    if known is None or known[0] is not current:
        # A later deployment of this process may get the same port: it has a loop of its own.
        known = _engines[address] = current, _new()
    return known[1]


def _new() -> Deployment:
    return Deployment({}, Renames(), set())


def refuse_renaming_back(name: str, args: Mapping[str, Any], identifier: str) -> None:
    """Has this deployment refuse to name the instance of `name` back, unless `args` ask for its identifier."""
    if "identifier" not in args:
        deployment().renames.keep(identifier, names_for(name).physical)


def guard_hook(name: str, guard: Callable[[pulumi.ResourceHookArgs], None]) -> pulumi.ResourceHook:
    """A guard that also runs in preview. Registered once per deployment, however many databases it guards.

    The SDK keeps the server that answers for the first component as long as the process lives.
    """
    registered = deployment().hooks
    if name not in registered:
        registered[name] = pulumi.ResourceHook(name, guard, pulumi.ResourceHookOptions(on_dry_run=True))
    return registered[name]
