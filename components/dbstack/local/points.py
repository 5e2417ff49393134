"""What an archive of WAL can restore: its base backups, timelines and gaps. Pure; read from `archive_list.sh`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

# As initdb makes them.
_SEGMENT = 16 << 20
_SEGMENTS_A_LOG = (1 << 32) // _SEGMENT


@dataclass(frozen=True)
class BaseBackup:
    """A base backup that was verified when it was made."""

    name: str
    finished: datetime
    """From here on a moment can be restored with it."""
    first_wal: str
    """Name of the first file of WAL that it needs."""
    end: int
    """Where in the WAL it is consistent."""

    @property
    def timeline(self) -> int:
        """That it was taken on."""
        return int(self.first_wal[:8], 16)


@dataclass(frozen=True)
class Timeline:
    """One of the histories that a database has: each restore begins another."""

    begun: datetime
    """When its history was archived; from then on the database is what it says."""
    branches: tuple[tuple[int, int], ...]
    """Its ancestors, and where in the WAL each of them was left."""


@dataclass(frozen=True)
class Archive:
    """What there is of one database."""

    system: str
    bases: tuple[BaseBackup, ...] = ()
    """The oldest first."""
    timelines: Mapping[int, Timeline] = field(default_factory=dict[int, Timeline])
    """Without the first, which has no history."""
    wal: frozenset[str] = frozenset()
    others: tuple[str, ...] = ()
    """Other databases that the volume has base backups of."""

    def timeline_at(self, moment: datetime | None) -> int:
        """The one that the database was on at a moment; None: the newest."""
        found = 1
        for number, timeline in sorted(self.timelines.items()):
            if moment is None or timeline.begun <= moment:
                found = number
        return found

    def usable(self, moment: datetime | None, timeline: int) -> list[BaseBackup]:
        """The base backups that a moment can be reached from, the best first."""
        left = dict(self._branches(timeline))
        return [
            base
            for base in reversed(self.bases)
            if (moment is None or base.finished <= moment)
            and (base.timeline == timeline or base.end <= left.get(base.timeline, -1))
        ]

    def missing(self, base: BaseBackup, timeline: int) -> list[str]:
        """Files of WAL between a base backup and the end of a timeline that aren't there."""
        # Of an ancestor only what it had before it was left.
        until = {number: end // _SEGMENT for number, end in self._branches(timeline)}
        there = {
            _segment(name)
            for name in self.wal
            if (number := int(name[:8], 16)) == timeline or _segment(name) <= until.get(number, -1)
        }
        first = _segment(base.first_wal)
        return [
            self._name(timeline, segment)
            for segment in range(first, max(there, default=first) + 1)
            if segment not in there
        ]

    def _branches(self, timeline: int) -> Sequence[tuple[int, int]]:
        return self.timelines[timeline].branches if timeline in self.timelines else ()

    def _name(self, timeline: int, segment: int) -> str:
        # An ancestor's where that was left later.
        left = (number for number, end in self._branches(timeline) if end // _SEGMENT > segment)
        log, rest = divmod(segment, _SEGMENTS_A_LOG)
        return f"{next(left, timeline):08X}{log:08X}{rest:08X}"


def read_archive(listing: str) -> Archive | None:
    """The archive that a listing tells of; None where it tells of no database."""
    lines = [line.split() for line in listing.splitlines() if line.strip()]
    system = next((words[1] for words in lines if words[0] == "system"), None)
    if system is None:
        return None
    return Archive(
        system=system,
        bases=tuple(
            sorted((_base(words) for words in lines if _is_base(words)), key=lambda base: base.finished)
        ),
        timelines=dict(_timelines(lines)),
        wal=frozenset(words[1] for words in lines if words[0] == "wal"),
        others=tuple(words[1] for words in lines if words[0] == "archive" and words[1] != system),
    )


def _is_base(words: Sequence[str]) -> bool:
    return words[0] == "base" and len(words) == 5


def _base(words: Sequence[str]) -> BaseBackup:
    # Without a label or a manifest it is damaged, which is told when it is to be used.
    first, end = (None if word == "-" else word for word in words[3:])
    return BaseBackup(
        words[1], datetime.fromisoformat(words[2]), first or f"{1:08X}{0:016X}", _location(end) if end else 0
    )


def _timelines(lines: Sequence[Sequence[str]]) -> Iterator[tuple[int, Timeline]]:
    for position, words in enumerate(lines):
        if words[0] != "history":
            continue
        branches: list[tuple[int, int]] = []
        for branch in lines[position + 1 :]:
            if branch[0] != "branch":
                break
            branches.append((int(branch[1]), _location(branch[2])))
        begun = datetime.fromtimestamp(int(words[2]), UTC)
        yield int(words[1], 16), Timeline(begun, tuple(branches))


def _location(text: str) -> int:
    high, _, low = text.partition("/")
    return (int(high, 16) << 32) + int(low, 16)


def _segment(name: str) -> int:
    return int(name[8:16], 16) * _SEGMENTS_A_LOG + int(name[16:24], 16)
