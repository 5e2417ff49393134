"""Rules of CloudWatch log groups. Each returns a fault or None. Source: the Logs API model (botocore 1.44.5)."""

import re

# PutRetentionPolicy.retentionInDays; no policy at all keeps events for ever.
RETENTIONS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180),
    *(365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
_GROUP = re.compile(r"[.\-_/#A-Za-z0-9]{1,512}", re.ASCII)


def retention_fault(days: int) -> str | None:
    """Days that log events are kept."""
    if days in RETENTIONS:
        return None
    longer = next((choice for choice in RETENTIONS if choice > days), RETENTIONS[-1])
    return f"{days} days is none of CloudWatch's choices: use {longer} (of {', '.join(map(str, RETENTIONS))})"


def group_name_fault(text: str) -> str | None:
    """Name of a log group."""
    if _GROUP.fullmatch(text):
        return None
    return f"{text!r} is not a log group's name: 1 to 512 letters, digits and . - _ / #"
