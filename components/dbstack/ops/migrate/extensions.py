"""The extensions that a stack describes for its database: made before the migrations, which may need them."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dbstack.config.files import database_settings
from dbstack.ops.driver import psycopg_module
from dbstack.ops.errors import OpsError
from dbstack.ops.migrate.failure import reason
from dbstack.ops.stack import stack_file
from dbstack.ops.target import Target
from dbstack.spec.extensions import FIELD, PRELOADED, created

if TYPE_CHECKING:
    from psycopg import Connection

_REBOOT = (
    "the server loads its library when it starts: after the `pulumi up` that brings it, reboot the database"
)


def described_extensions(target: Target, project: Path | None) -> tuple[str, ...]:
    """Those of a stack's database, as its stack file says; none for a URL.

    Raises OpsUsageError for a faulty file: every fault with its path.
    """
    if not target.stack or project is None:
        return ()
    _, settings = stack_file(project, target.stack)
    return created(database_settings(settings, target.name).get(FIELD) or ())


def lacking(connection: "Connection[Any]", extensions: Sequence[str]) -> list[str]:
    """Those that the database doesn't have."""
    if not extensions:
        return []
    had = {name for (name,) in connection.execute("select extname::text from pg_extension").fetchall()}
    return [name for name in extensions if name not in had]


def statement(extension: str) -> str:
    """What makes one, and those that it needs."""
    return f'create extension if not exists "{extension}" cascade;'


def create(connection: "Connection[Any]", extensions: Sequence[str], tell: Callable[[str], None]) -> None:
    """Makes those that the database doesn't have. Raises OpsError for one that can't be made; those before it stay."""
    for name in lacking(connection, extensions):
        try:
            connection.execute(statement(name).encode())
        except psycopg_module().Error as error:
            way_out = f"; {_REBOOT}" if name in PRELOADED else ""
            raise OpsError(f"the extension {name} can't be made: {reason('', error)}{way_out}") from None
        tell(statement(name))
