"""Rules of AWS Backup: vaults, schedules, windows, how long recovery points are kept. Each returns a fault or None.

Sources: field texts of the Backup API model (botocore 1.44.5); AWS Backup developer guide, "Continuous backups and
point-in-time recovery" and "Feature availability by resource"; terraform-provider-aws 5.100 for the names' forms.
"""

import re

START_LEAST, START_DEFAULT = 60, 480
COMPLETION_DEFAULT = 10_080
DELETE_MOST = 36_500
CONTINUOUS_MOST = 35
SELECTED_MOST = 500
CHANGEABLE_LEAST = 3

_VAULT = re.compile(r"[A-Za-z0-9_-]{2,50}", re.ASCII)
_VAULT_ARN = re.compile(r"arn:aws[a-z-]*:backup:[a-z0-9-]+:\d{12}:backup-vault:[A-Za-z0-9_-]{2,50}", re.ASCII)
_DATABASE_ARN = re.compile(r"arn:aws[a-z-]*:rds:[a-z0-9-]+:\d{12}:(?:db|cluster):[A-Za-z0-9-]+", re.ASCII)
_RULE = re.compile(r"[A-Za-z0-9_.-]{1,50}", re.ASCII)
_FIELD_NAMES = ("minutes", "hours", "day of month", "month", "day of week", "year")
_BOUNDS = ((0, 59), (0, 23), (1, 31), (1, 12), (1, 7), (1970, 2199))
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_EXAMPLE = "cron(0 5 ? * * *) is every day at 05:00 UTC"


def vault_name_fault(text: str) -> str | None:
    """Name of a backup vault."""
    if _VAULT.fullmatch(text):
        return None
    return f"{text!r} is not a backup vault's name: 2 to 50 letters, digits, - and _"


def vault_arn_fault(text: str) -> str | None:
    """ARN of a backup vault."""
    if _VAULT_ARN.fullmatch(text):
        return None
    return (
        f"{text!r} is not a backup vault's ARN: write arn:aws:backup:<region>:<account>:backup-vault:<name>"
    )


def rule_name_fault(text: str) -> str | None:
    """Name of a rule of a plan."""
    if _RULE.fullmatch(text):
        return None
    return f"{text!r}: a rule's name has 1 to 50 letters, digits, hyphens, underscores and periods"


def schedule_fault(text: str) -> str | None:
    """A schedule in AWS's cron form, whose six fields differ from those of Unix."""
    match = re.fullmatch(r"cron\((.*)\)", text.strip())
    if match is None:
        return f"{text!r} is not a schedule: write cron(minutes hours day-of-month month day-of-week year), {_EXAMPLE}"
    fields = match[1].split()
    if len(fields) != len(_FIELD_NAMES):
        return (
            f"{text!r} has {len(fields)} fields: AWS's cron has six, minutes hours day-of-month month day-of-week year;"
            f" {_EXAMPLE}"
        )
    for name, value, bounds in zip(_FIELD_NAMES, fields, _BOUNDS, strict=True):
        if not _field_fits(name, value.upper(), bounds):
            return f"{text!r}: {value!r} can't be the {name} (from {bounds[0]} to {bounds[1]}); {_EXAMPLE}"
    if (fields[2] == "?") == (fields[4] == "?"):
        return f"{text!r}: one of day of month and day of week is ?, the other is not; {_EXAMPLE}"
    return None


def _field_fits(name: str, value: str, bounds: tuple[int, int]) -> bool:
    words = {"month": _MONTHS, "day of week": _DAYS}.get(name, ())
    if value == "?":
        return name in ("day of month", "day of week")
    if name == "day of month" and value in ("L", "LW"):
        return True
    for part in value.split(","):
        base, _, step = part.partition("/")
        if step and not (step.isdigit() and int(step) > 0):
            return False
        ends = [] if base == "*" else base.split("-")
        if len(ends) > 2 or not all(_end_fits(name, end, words, bounds) for end in ends):
            return False
    return True


def _end_fits(name: str, text: str, words: tuple[str, ...], bounds: tuple[int, int]) -> bool:
    if text in words:
        return True
    if name == "day of month":
        text = text.removesuffix("W")
    elif name == "day of week":
        text, _, nth = text.removesuffix("L").partition("#")
        if nth and nth not in ("1", "2", "3", "4", "5"):
            return False
        if text in words:
            return True
    return text.isdigit() and bounds[0] <= int(text) <= bounds[1]


def start_window_fault(minutes: int) -> str | None:
    """Minutes in which a job must have started, or is cancelled."""
    if minutes >= START_LEAST:
        return None
    return f"{minutes} minutes: a job gets {START_LEAST} or more to start in"


def completion_window_fault(minutes: int, start: int) -> str | None:
    """Minutes in which a job must be done, or is cancelled."""
    if minutes >= start:
        return None
    return f"{minutes} minutes to be done in is less than the {start} to start in: use {start} or more"


def delete_after_fault(days: int) -> str | None:
    """Days that recovery points are kept."""
    if 1 <= days <= DELETE_MOST:
        return None
    return f"{days} days can't be kept: use 1 to {DELETE_MOST}"


def continuous_days_fault(days: int) -> str | None:
    """Days that continuous backups reach back."""
    if 1 <= days <= CONTINUOUS_MOST:
        return None
    return (
        f"{days} days: continuous backups reach back 1 to {CONTINUOUS_MOST} days; to keep backups longer add a second "
        "rule without `continuous`"
    )


def lock_faults(least: int | None, most: int | None, changeable: int | None) -> list[tuple[str, str]]:
    """(provider's property, fault) of a vault lock [PutBackupVaultLockConfiguration]."""
    found: list[tuple[str, str]] = []
    if least is not None and least < 1:
        found.append(("minRetentionDays", f"{least} days: use 1 or more"))
    if most is not None and not 1 <= most <= DELETE_MOST:
        found.append(("maxRetentionDays", f"{most} days: use 1 to {DELETE_MOST}"))
    if least is not None and most is not None and least > most:
        found.append(("minRetentionDays", f"{least} days is more than the {most} of maxRetentionDays"))
    if changeable is not None and changeable < CHANGEABLE_LEAST:
        found.append(("changeableForDays", f"{changeable} days: use {CHANGEABLE_LEAST} or more"))
    return found


def resource_arn_fault(text: str) -> str | None:
    """ARN of a database: an RDS instance or cluster."""
    if _DATABASE_ARN.fullmatch(text):
        return None
    return f"{text!r} is not a database's ARN: write arn:aws:rds:<region>:<account>:db:<identifier>"
