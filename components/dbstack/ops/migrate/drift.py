"""Drift: what the applied migrations make in an empty database, beside what the database has."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from dbstack.ops.connection import connect
from dbstack.ops.errors import OpsError
from dbstack.ops.migrate.findings import Finding, difference
from dbstack.ops.migrate.runner import Migrator, Settings
from dbstack.ops.queries import query
from dbstack.ops.scratch import scratch_database
from dbstack.ops.target import Target
from dbstack.spec.extensions import ONE_DATABASE

if TYPE_CHECKING:
    from psycopg import Connection

_PREFIX = "dbstack_scratch_"


def drift(
    connection: "Connection[Any]",
    scratch: Target,
    folder: Path,
    last: int,
    extensions: tuple[str, ...] = (),
) -> list[Finding]:
    """Objects that differ from what the migrations up to `last` make.

    Args:
        connection: to the database.
        scratch: a server on which a database may be made for as long as this takes; its own database is only used to
            ask for that.
        folder: the migrations.
        last: the newest that is applied.
        extensions: what is there before the first migration.

    Raises:
        OpsError: no scratch database may be made there, or the migrations don't run in it.
    """
    with (
        connect(scratch, autocommit=True) as admin,
        scratch_database(
            admin, scratch, _PREFIX, lambda name: f"create database {name} template template0", _refusal
        ) as made,
        connect(made, autocommit=True) as other,
    ):
        there = tuple(name for name in extensions if name not in ONE_DATABASE)
        try:
            Migrator(other, folder, Settings(lock_timeout_ms=0, extensions=there), _unheard, _unheard).up(
                last
            )
        except OpsError as error:
            raise OpsError(f"drift can't be told: in an empty database {error}") from None
        return difference(_snapshot(other, extensions), _snapshot(connection, extensions))


def _refusal(said: str) -> str:
    return (
        f"drift can't be told: {said}; give the user CREATEDB, name another server with --scratch-url, or leave it out "
        "with --no-drift"
    )


def _snapshot(connection: "Connection[Any]", described: tuple[str, ...]) -> dict[tuple[str, str], str]:
    with connection.transaction():
        # So that every name is told with its schema.
        connection.execute("set local search_path = ''")
        rows = connection.execute(query("migrate", "snapshot")).fetchall()
    return {
        (kind, name): definition
        for kind, name, definition in rows
        if kind != "extension" or name.strip('"') not in described
    }


def _unheard(_: str) -> None:
    pass
