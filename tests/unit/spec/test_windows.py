"""Windows: form, length, and overlap, the last against a count of minutes."""

import random

import pytest

from dbstack.spec import windows

BACKUP = [
    ("03:00-04:00", None),
    ("03:00-03:30", None),
    ("03:00-03:29", "lasts 29 minutes: use 30 or more"),
    ("03:00-03:00", "lasts 0 minutes"),
    ("23:45-00:15", None),
    ("23:45-00:14", "lasts 29 minutes"),
    ("00:00-23:59", None),
    ("3:00-4:00", "write hh24:mi-hh24:mi in UTC, e.g. 03:00-04:00"),
    ("24:00-01:00", "is not a daily window"),
    ("03:60-04:30", "is not a daily window"),
    ("03:00 - 04:00", "is not a daily window"),
    ("03:00", "is not a daily window"),
    ("", "is not a daily window"),
    ("sun:03:00-sun:04:00", "is not a daily window"),
    ("03:00-04:00\n", "is not a daily window"),
]
MAINTENANCE = [
    ("sun:04:00-sun:05:00", None),
    ("Sun:04:00-SUN:05:00", None),
    ("sun:04:00-sun:04:30", None),
    ("sun:04:00-sun:04:29", "lasts 29 minutes: use 30 or more"),
    ("sun:23:45-mon:00:15", None),
    ("sun:04:00-sun:04:00", "lasts 0 minutes"),
    ("mon:00:00-mon:23:59", None),
    ("mon:00:00-tue:00:00", "lasts 24 hours: use less"),
    ("sun:05:00-sun:04:00", "lasts 167 hours"),
    ("sunday:04:00-sunday:05:00", "write ddd:hh24:mi-ddd:hh24:mi in UTC"),
    ("son:04:00-son:05:00", "is not a weekly window"),
    ("04:00-05:00", "is not a weekly window"),
    ("sun:4:00-sun:5:00", "is not a weekly window"),
    ("sun:24:00-mon:01:00", "is not a weekly window"),
    ("", "is not a weekly window"),
]
OVERLAP = [
    # They may touch.
    ("03:00-04:00", "sun:04:00-sun:05:00", None),
    ("05:00-06:00", "sun:04:00-sun:05:00", None),
    ("03:00-04:01", "sun:04:00-sun:05:00", "sun"),
    ("04:59-06:00", "sun:04:00-sun:05:00", "sun"),
    ("04:10-04:40", "sun:04:00-sun:05:00", "sun"),
    ("03:00-06:00", "sun:04:00-sun:05:00", "sun"),
    # Over midnight, and over the end of the week.
    ("23:30-00:30", "tue:00:00-tue:00:30", "mon"),
    ("23:30-00:30", "tue:00:30-tue:01:00", None),
    ("23:30-00:30", "sun:23:00-sun:23:30", None),
    ("23:30-00:30", "mon:00:00-mon:01:00", "sun"),
    ("00:10-00:40", "sun:23:45-mon:00:15", "mon"),
    ("00:15-00:45", "sun:23:45-mon:00:15", None),
    # Two forms that are wrong have their own fault, not one more.
    ("x", "sun:04:00-sun:05:00", None),
    ("03:00-04:00", "x", None),
]


@pytest.mark.parametrize(("text", "part"), BACKUP)
def test_backup_window(text, part):
    message = windows.backup_window_fault(text)
    assert message is None if part is None else part in str(message)


@pytest.mark.parametrize(("text", "part"), MAINTENANCE)
def test_maintenance_window(text, part):
    message = windows.maintenance_window_fault(text)
    assert message is None if part is None else part in str(message)


@pytest.mark.parametrize(("backup", "maintenance", "day"), OVERLAP)
def test_overlap(backup, maintenance, day):
    message = windows.overlap_fault(backup, maintenance)
    if day is None:
        assert message is None
    else:
        assert message == (
            f"'{maintenance}' overlaps the backup window '{backup}' on {day}: "
            "RDS refuses that, move one of them"
        )


def clock(minute):
    return f"{minute // 60 % 24:02}:{minute % 60:02}"


def test_overlap_against_the_minutes_of_a_week():
    day, week = 24 * 60, 7 * 24 * 60
    chance = random.Random(3)
    outcomes = set()
    for _ in range(2000):
        start, length = chance.randrange(day), chance.randrange(30, 400)
        weekly, weekly_length = chance.randrange(week), chance.randrange(30, day)
        backup = f"{clock(start)}-{clock(start + length)}"
        end = (weekly + weekly_length) % week
        maintenance = f"{windows.DAYS[weekly // day]}:{clock(weekly)}-{windows.DAYS[end // day]}:{clock(end)}"
        assert windows.backup_window_fault(backup) is None
        assert windows.maintenance_window_fault(maintenance) is None
        backed_up = {(d * day + start + m) % week for d in range(7) for m in range(length)}
        maintained = {(weekly + m) % week for m in range(weekly_length)}
        meet = bool(backed_up & maintained)
        outcomes.add(meet)
        assert (windows.overlap_fault(backup, maintenance) is not None) is meet, (backup, maintenance)
    assert outcomes == {True, False}
