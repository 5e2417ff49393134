"""Forms of what names an instance, a backup, or a moment. Each returns what is wrong, or None."""

import re

from dbstack.spec import names

_INSTANCE_ARN = re.compile(r"arn:aws[a-z-]*:rds:[a-z0-9-]+:\d{12}:db:[A-Za-z0-9-]+", re.ASCII)
_SNAPSHOT_ARN = re.compile(r"arn:aws[a-z-]*:rds:[a-z0-9-]+:\d{12}:snapshot:[A-Za-z0-9:-]+", re.ASCII)
_BACKUPS_ARN = re.compile(r"arn:aws[a-z-]*:rds:[a-z0-9-]+:\d{12}:auto-backup:[A-Za-z0-9-]+", re.ASCII)
_RESOURCE_ID = re.compile(r"db-[A-Z0-9]{2,255}", re.ASCII)
_TIME = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ", re.ASCII)


def instance_arn_fault(text: str) -> str | None:
    """ARN of a DB instance."""
    if _INSTANCE_ARN.fullmatch(text):
        return None
    return f"{text!r} is not a DB instance's ARN: write arn:aws:rds:<region>:<account>:db:<identifier>"


def snapshot_fault(text: str) -> str | None:
    """Id of a DB snapshot (an automated one's begins with `rds:`), or the ARN of a shared one."""
    if text.startswith("arn:"):
        if _SNAPSHOT_ARN.fullmatch(text):
            return None
        return f"{text!r} is not a DB snapshot's ARN: write arn:aws:rds:<region>:<account>:snapshot:<id>"
    return names.snapshot_fault(text.removeprefix("rds:"), upper_case=True)


def resource_id_fault(text: str) -> str | None:
    """RDS's own id of an instance."""
    return None if _RESOURCE_ID.fullmatch(text) else f"{text!r} is not a resource id: it reads db-ABC123..."


def backups_arn_fault(text: str) -> str | None:
    """ARN of replicated automated backups."""
    if _BACKUPS_ARN.fullmatch(text):
        return None
    return (
        f"{text!r} is not the ARN of automated backups: write arn:aws:rds:<region>:<account>:auto-backup:<id>"
    )


def time_fault(text: str) -> str | None:
    """A moment in UTC; whether there are backups of it only AWS knows."""
    return (
        None if _TIME.fullmatch(text) else f"{text!r} is not a time in UTC: write e.g. 2026-01-31T23:45:00Z"
    )
