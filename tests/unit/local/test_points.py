"""What an archive of WAL can restore: which base backup, on which timeline, and what is missing."""

from datetime import UTC, datetime

import pytest

from dbstack.local.points import Archive, read_archive

NOON = int(datetime(2026, 1, 1, 12, tzinfo=UTC).timestamp())
# At noon the database went back to a moment in segment 5; `b` is of what it was before that, and beyond.
LISTING = f"""
archive 71
archive 72
system 71
base c 2026-01-01T13:00:00+00:00 000000020000000000000006 0/6000100
base a 2026-01-01T10:00:00+00:00 000000010000000000000002 0/2000100
base b 2026-01-01T11:00:00+00:00 000000010000000000000007 0/7000100
history 00000002 {NOON}
branch 1 0/5000080
wal 000000010000000000000002
wal 000000010000000000000003
wal 000000010000000000000004
wal 000000010000000000000005
wal 000000010000000000000006
wal 000000010000000000000007
wal 000000010000000000000008
wal 000000020000000000000005
wal 000000020000000000000006
"""


def archive(*without: str) -> Archive:
    lines = [line for line in LISTING.splitlines() if not line.endswith(without or ("-",))]
    found = read_archive("\n".join(lines))
    assert found is not None
    return found


def at(hour: int, minute: int = 30) -> datetime:
    return datetime(2026, 1, 1, hour, minute, tzinfo=UTC)


def test_what_is_listed():
    found = archive()
    assert (found.system, found.others) == ("71", ("72",))
    assert [base.name for base in found.bases] == ["a", "b", "c"]
    assert read_archive("archive 72\n") is None


@pytest.mark.parametrize(
    ("moment", "timeline", "names"),
    [
        (at(9), 1, []),
        (at(10), 1, ["a"]),
        # What was undone at noon was there until noon.
        (at(11), 1, ["b", "a"]),
        (at(12), 2, ["a"]),
        (at(13), 2, ["c", "a"]),
        (None, 2, ["c", "a"]),
    ],
)
def test_a_moment_is_reached_on_the_timeline_that_the_database_was_on_then(
    moment: datetime | None, timeline: int, names: list[str]
):
    found = archive()
    assert found.timeline_at(moment) == timeline
    assert [base.name for base in found.usable(moment, timeline)] == names


@pytest.mark.parametrize(
    ("without", "missing"),
    [
        ((), []),
        (("wal 000000010000000000000003",), ["000000010000000000000003"]),
        # The new timeline's own has all that the old one's had.
        (("wal 000000010000000000000005",), []),
        (("wal 000000020000000000000005", "wal 000000010000000000000005"), ["000000020000000000000005"]),
        # Of the timeline that was left.
        (("wal 000000010000000000000007",), []),
    ],
)
def test_a_gap_is_named(without: tuple[str, ...], missing: list[str]):
    found = archive(*without)
    assert found.missing(found.bases[0], 2) == missing


def test_a_base_backup_without_a_label_is_one_that_will_be_found_damaged():
    found = read_archive("system 71\nbase a 2026-01-01T10:00:00+00:00 - -\nwal 000000010000000000000002\n")
    assert found is not None
    assert [base.name for base in found.usable(at(11), 1)] == ["a"]
