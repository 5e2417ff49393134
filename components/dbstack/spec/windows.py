"""Backup and maintenance windows: RDS's forms, the 30 minutes, and that they don't overlap. All times are UTC.

Source: CreateDBInstance.PreferredBackupWindow and .PreferredMaintenanceWindow (botocore 1.44.5).
"""

import re
from typing import NamedTuple

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LEAST_MINUTES = 30
_DAY = 24 * 60
_WEEK = 7 * _DAY

_TIME = r"([01][0-9]|2[0-3]):([0-5][0-9])"
_BACKUP = re.compile(f"{_TIME}-{_TIME}")
_MAINTENANCE = re.compile(f"({'|'.join(DAYS)}):{_TIME}-({'|'.join(DAYS)}):{_TIME}")


class Window(NamedTuple):
    """Minutes from midnight (backup) or from Monday's midnight (maintenance), and the length. May wrap round."""

    start: int
    minutes: int


def parse_backup(text: str) -> Window | None:
    """A daily window `hh24:mi-hh24:mi`; None if it isn't one."""
    match = _BACKUP.fullmatch(text)
    if match is None:
        return None
    start, end = _minutes(match[1], match[2]), _minutes(match[3], match[4])
    return Window(start, (end - start) % _DAY)


def parse_maintenance(text: str) -> Window | None:
    """A weekly window `ddd:hh24:mi-ddd:hh24:mi` in any case; None if it isn't one."""
    match = _MAINTENANCE.fullmatch(text.lower())
    if match is None:
        return None
    start = DAYS.index(match[1]) * _DAY + _minutes(match[2], match[3])
    end = DAYS.index(match[4]) * _DAY + _minutes(match[5], match[6])
    return Window(start, (end - start) % _WEEK)


def backup_window_fault(text: str) -> str | None:
    """Why `text` can't be a backup window."""
    window = parse_backup(text)
    if window is None:
        return f"{text!r} is not a daily window: write hh24:mi-hh24:mi in UTC, e.g. 03:00-04:00"
    return _length_fault(text, window)


def maintenance_window_fault(text: str) -> str | None:
    """Why `text` can't be a maintenance window."""
    window = parse_maintenance(text)
    if window is None:
        return (
            f"{text!r} is not a weekly window: write ddd:hh24:mi-ddd:hh24:mi in UTC, e.g. sun:04:00-sun:05:00"
        )
    # RDS takes at most a day (its answer: "Maintenance window must be less than 24 hours").
    if window.minutes >= _DAY:
        return f"{text!r} lasts {window.minutes // 60} hours: use less than 24 hours"
    return _length_fault(text, window)


def overlap_fault(backup: str, maintenance: str) -> str | None:
    """Why these two (each in its right form, else None) can't go together: the daily one meets the weekly one."""
    daily, weekly = parse_backup(backup), parse_maintenance(maintenance)
    if daily is None or weekly is None:
        return None
    for day in range(7):
        start = day * _DAY + daily.start
        if (weekly.start - start) % _WEEK < daily.minutes or (start - weekly.start) % _WEEK < weekly.minutes:
            return (
                f"{maintenance!r} overlaps the backup window {backup!r} on {DAYS[day]}: "
                "RDS refuses that, move one of them"
            )
    return None


def _minutes(hours: str, minutes: str) -> int:
    return int(hours) * 60 + int(minutes)


def _length_fault(text: str, window: Window) -> str | None:
    if window.minutes >= LEAST_MINUTES:
        return None
    return f"{text!r} lasts {window.minutes} minutes: use {LEAST_MINUTES} or more"
