"""What can go wrong while a database is operated, as sentences that a user can act on and that hold no secret."""

from typing import Any


class OpsError(Exception):
    """What was asked for failed. The exit code is 1."""

    exit_code = 1


class OpsUsageError(OpsError):
    """It was asked for in a way that can't work, or what it works on is faulty. The exit code is 2."""

    exit_code = 2


def said(error: Any) -> str:
    """What the server or libpq says in a psycopg.Error, in one line; details, which hold rows, are left out."""
    return error.diag.message_primary or " ".join(str(error).split())
