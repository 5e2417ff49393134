"""Drift: what the applied migrations make in an empty database, beside what the database has."""

import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dbstack.ops.connection import connect
from dbstack.ops.driver import psycopg_module
from dbstack.ops.errors import OpsError, said
from dbstack.ops.migrate.findings import Finding, difference
from dbstack.ops.migrate.runner import Migrator, Settings
from dbstack.ops.queries import query
from dbstack.ops.target import Target

if TYPE_CHECKING:
    from psycopg import Connection

_PREFIX = "dbstack_scratch_"
_LEFT_SECONDS = 3600
_LEFT = f"""
select datname from pg_database d
where datname ~ '^{_PREFIX}[0-9]+_[0-9]+$'
  and split_part(datname, '_', 3)::bigint < extract(epoch from now()) - {_LEFT_SECONDS}
  and not exists (select from pg_stat_activity a where a.datid = d.oid)
"""


def drift(connection: "Connection[Any]", scratch: Target, folder: Path, last: int) -> list[Finding]:
    """Objects that differ from what the migrations up to `last` make.

    Args:
        connection: to the database.
        scratch: a server on which a database may be made for as long as this takes; its own database is only used to
            ask for that.
        folder: the migrations.
        last: the newest that is applied.

    Raises:
        OpsError: no scratch database may be made there, or the migrations don't run in it.
    """
    with _database(scratch) as made, connect(made, autocommit=True) as other:
        try:
            Migrator(other, folder, Settings(lock_timeout_ms=0), _unheard, _unheard).up(last)
        except OpsError as error:
            raise OpsError(f"drift can't be told: in an empty database {error}") from None
        return difference(_snapshot(other), _snapshot(connection))


@contextmanager
def _database(server: Target) -> Generator[Target]:
    psycopg = psycopg_module()
    name = f"{_PREFIX}{int(time.time())}_{os.getpid()}"
    with connect(server, autocommit=True) as admin:
        try:
            # Of a check that was killed.
            for (left,) in admin.execute(_LEFT.encode()).fetchall():
                admin.execute(f'drop database "{left}"'.encode())
            admin.execute(f"create database {name} template template0".encode())
        except psycopg.Error as error:
            raise OpsError(
                f"drift can't be told: {said(error)}; give the user CREATEDB, name another server with --scratch-url, "
                "or leave it out with --no-drift"
            ) from None
        try:
            yield server.at(name)
        finally:
            admin.execute(f"drop database {name} with (force)".encode())


def _snapshot(connection: "Connection[Any]") -> dict[tuple[str, str], str]:
    with connection.transaction():
        # So that every name is told with its schema.
        connection.execute("set local search_path = ''")
        rows = connection.execute(query("migrate", "snapshot")).fetchall()
    return {(kind, name): definition for kind, name, definition in rows}


def _unheard(_: str) -> None:
    pass
