"""Which migrations a deployed database has yet to run, for a report: asked briefly, and never a reason to fail."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

from dbstack.ops.errors import OpsError
from dbstack.ops.target import Target

# The shortest time-out that libpq knows.
CONNECT_SECONDS = "2"
_STATEMENT = "-c statement_timeout=2000"


def has_migrations(folder: Path) -> bool:
    """Whether anything in the folder looks like a migration."""
    return any(folder.glob("*.sql"))


def pending_notes(folder: Path, target: Callable[[], Target]) -> tuple[str, ...]:
    """What to tell of the folder's migrations: those that are pending, and what files and database disagree on.

    Nothing where everything is applied; one sentence where the database can't be found or asked. `target` finds it.
    """
    from dbstack.ops.connection import connect
    from dbstack.ops.migrate.runner import Migrator, Settings

    try:
        found = target()
        # A URL may say how long it waits itself.
        brief = {"connect_timeout": CONNECT_SECONDS, "options": _STATEMENT, **found.settings}
        with connect(dataclasses.replace(found, settings=brief), autocommit=True) as connection:
            standing = Migrator(connection, folder, Settings(), _nobody, _nobody).standing()
    except OpsError as error:
        return (unknown(str(error)),)
    names = ", ".join(migration.path.name for migration in standing.pending)
    pending = (f"pending migrations, which {found.label} doesn't have: {names}",) if names else ()
    return (*pending, *(f"migrations: {fault.message}" for fault in standing.faults))


def unknown(reason: str) -> str:
    """The sentence for a database that can't be asked."""
    return f"whether migrations are pending isn't known: {reason}"


def _nobody(_: str) -> None:
    pass
