"""`dbstack backup prune`: what is kept by number and by age; the last good one always."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dbstack.ops.backup.catalogue import Entry, entries
from dbstack.ops.backup.manifest import Damaged
from dbstack.ops.backup.store import Store
from dbstack.ops.errors import OpsUsageError

# Clocks of two machines differ by so much.
_AHEAD = timedelta(minutes=5)


@dataclass(frozen=True)
class Policy:
    """A backup is kept if either says so."""

    count: int | None = None
    """The newest so many, of each database and kind."""
    days: int | None = None
    """What is no older."""


@dataclass
class Plan:
    """What becomes of each backup."""

    kept: list[str] = field(default_factory=list[str])
    removed: list[str] = field(default_factory=list[str])
    notes: list[str] = field(default_factory=list[str])
    """What is left although no rule keeps it, and why."""
    stuck: list[str] = field(default_factory=list[str])
    """Databases of which nothing is removed, since nothing of them is good."""


def plan(store: Store, policy: Policy, now: datetime) -> Plan:
    """Decides, for each database and kind on its own; removes nothing.

    Args:
        store: where they are.
        policy: what is kept.
        now: with its zone.
    """
    if policy.count is None and policy.days is None:
        raise OpsUsageError("say what is to be kept: --keep COUNT, --keep-days DAYS, or both")
    found, groups = Plan(), dict[tuple[str, str, str], list[Entry]]()
    for entry in reversed(entries(store)):
        manifest = entry.manifest
        if manifest is None or entry.fault:
            found.notes.append(f"{entry.name} is damaged and is left: {entry.fault}")
        elif manifest.started > now + _AHEAD:
            found.notes.append(
                f"{entry.name} is left: it was made at {manifest.started:%Y-%m-%d %H:%M}, which lies ahead: is a clock "
                "wrong?"
            )
        else:
            key = (manifest.source.system, manifest.source.database, manifest.kind)
            groups.setdefault(key, []).append(entry)
    for (_, database, kind), group in groups.items():
        _decide(store, policy, now, group, found, f"{database}, {kind}")
    return found


def _decide(
    store: Store, policy: Policy, now: datetime, group: Sequence[Entry], found: Plan, what: str
) -> None:
    """`group`: the newest first. What is looked at byte by byte is the newest, and older ones until one is good."""
    good: list[Entry] = []
    for number, entry in enumerate(group):
        assert entry.manifest is not None
        try:
            store.intact(entry.manifest)
        except Damaged as error:
            found.notes.append(f"{entry.name} is left: {error}")
            continue
        good = list(group[number:])
        break
    if not good:
        found.stuck.append(f"{what}: none of its {len(group)} backups is good, so none is removed")
        return
    for number, entry in enumerate(good):
        assert entry.manifest is not None
        by_count = policy.count is not None and number < policy.count
        by_age = policy.days is not None and now - entry.manifest.started <= timedelta(days=policy.days)
        last = number == 0
        (found.kept if by_count or by_age or last else found.removed).append(entry.name)
        if last and not (by_count or by_age):
            found.notes.append(f"{entry.name} is left: it is the last good one")


def prune(store: Store, planned: Plan, say: Callable[[str], None]) -> None:
    """Removes what was planned, the oldest first, and what killed runs have left."""
    for name in reversed(planned.removed):
        store.remove(name)
        say(f"removed: {name}")
    for name in store.sweep():
        say(f"removed: {name}, which an interrupted run left")
