"""Moments that a command is told."""

from datetime import datetime

from dbstack.ops.errors import OpsUsageError

LATEST = "latest"


def moment_of(text: str) -> datetime | None:
    """The moment that `text` names, in ISO 8601 with a time zone; None for `latest`. OpsUsageError otherwise."""
    if text == LATEST:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise OpsUsageError(
            f"{text!r} is no moment with a time zone: write e.g. 2026-01-31T23:45:00Z or 2026-02-01T00:45:00+01:00, or "
            f"{LATEST}"
        )
    return found
