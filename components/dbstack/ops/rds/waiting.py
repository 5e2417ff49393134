"""Waiting for RDS: with a limit, with progress, and with an end where nothing more will come."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from dbstack.ops.errors import OpsError

Progress = Callable[[str], None]
"""Takes one line: `orders: backing-up, 2 min 30 s`."""

# A person has to act before anything changes.
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html
_STUCK: Mapping[str, str] = {
    "failed": "RDS could not make it: delete it, look at its events (`aws rds describe-events`), and make it again",
    "incompatible-network": "its subnets or security groups are gone or full: mend the DB subnet group",
    "incompatible-option-group": "an option can't be applied: change the option group",
    "incompatible-parameters": "a parameter can't be applied: change the parameter group and reboot",
    "incompatible-restore": "RDS can't restore this: look at its events",
    "inaccessible-encryption-credentials": "its KMS key is disabled or may not be used: enable the key",
    "inaccessible-encryption-credentials-recoverable": "its KMS key may not be used: enable it within seven days",
    "restore-error": "RDS could not restore it: delete it and restore again",
    "insufficient-capacity": "AWS has no such machine free: choose another class or other zones",
    "storage-full": "its volume is full: allocate more storage",
    "stopped": "it is stopped: start it",
    "deleting": "it is being deleted",
}


def wait_until(
    name: str,
    status: Callable[[], str | None],
    *,
    wanted: str = "available",
    timeout_seconds: float,
    poll_seconds: float,
    progress: Progress,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Ask until the status is the wanted one. `status` returns None while the thing isn't there.

    Raises:
        OpsError: the time is up (what was begun goes on at AWS), or the status is one that stays.
    """
    begun, told = clock(), ""
    while True:
        now = status() or "not there yet"
        if now == wanted:
            return
        if now in _STUCK:
            raise OpsError(f"{name} is {now}: {_STUCK[now]}")
        passed = clock() - begun
        if now != told:
            progress(f"{name}: {now}, {spelled(passed)}")
            told = now
        if passed + poll_seconds > timeout_seconds:
            raise OpsError(
                f"{name} is still {now} after {spelled(passed)}: AWS goes on with it; wait again, or look at "
                "`aws rds describe-events`"
            )
        sleep(poll_seconds)


def spelled(seconds: float) -> str:
    """`2 min 30 s`."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def quiet(line: str) -> None:
    """Tells nobody."""


def first(found: Mapping[str, Any], key: str) -> dict[str, Any] | None:
    """The first described thing."""
    return next(iter(found.get(key) or []), None)
