"""What a database holds: rows and checksums by table, and the names of its objects, all of one snapshot."""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dbstack.ops.backup.checksum import expression, method_for
from dbstack.ops.backup.manifest import Source, Table
from dbstack.ops.connection import connect
from dbstack.ops.driver import psycopg_module
from dbstack.ops.errors import OpsError, said
from dbstack.ops.queries import query
from dbstack.ops.target import Target

if TYPE_CHECKING:
    from psycopg import Connection

LOCK_WAIT = "60s"
# How rows are written as text, whatever the database's own settings; nothing may end a long count.
_SETTINGS = {
    "datestyle": "ISO, MDY",
    "intervalstyle": "postgres",
    "timezone": "UTC",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "xmlbinary": "base64",
    "lc_monetary": "C",
    "search_path": "",
    "row_security": "off",
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "lock_timeout": LOCK_WAIT,
}
_SOURCE = """
select d.datname::text, current_setting('server_version'), current_setting('server_version_num')::int / 10000,
       pg_encoding_to_char(d.encoding)::text, d.datcollate::text, d.datctype::text,
       hashtextextended('dbstack', 0)::text
from pg_database d where d.datname = current_database()
"""


@dataclass(frozen=True)
class Countable:
    """A table whose rows a dump holds."""

    name: str
    columns: Sequence[str]
    """Quoted, in alphabetical order: a restored child table may have them in another."""
    types: Sequence[str]
    """Of the columns, by PostgreSQL's own names; empty for types that aren't its own."""


@contextmanager
def snapshot(target: Target) -> Generator[tuple["Connection[Any]", str]]:
    """A connection in a transaction that sees one moment, and that moment's name for `pg_dump --snapshot`."""
    psycopg = psycopg_module()
    with connect(target, autocommit=True, application="dbstack backup") as connection:
        try:
            prepare(connection)
            # Counted beside pg_dump, on a server with other work: one process of its is enough.
            connection.execute("set max_parallel_workers_per_gather = 0")
            connection.execute("begin isolation level repeatable read read only")
            row = connection.execute("select pg_export_snapshot()").fetchone()
            yield connection, str(row[0]) if row else ""
        except psycopg.Error as error:
            raise OpsError(f"{target.label}: {said(error)}") from None


def prepare(connection: "Connection[Any]") -> None:
    """Settings under which the same rows have the same checksum on every server."""
    for name, value in _SETTINGS.items():
        connection.execute("select set_config(%s, %s, false)", (name, value))


def source(connection: "Connection[Any]") -> Source:
    """Database and server."""
    row = connection.execute(_SOURCE.encode()).fetchone()
    assert row is not None
    name, version, major, encoding, collate, ctype, probe = row
    return Source(name, version, major, _system(connection), encoding, collate, ctype, probe)


def _system(connection: "Connection[Any]") -> str:
    allowed = "select has_function_privilege('pg_control_system()', 'execute')"
    if connection.execute(allowed).fetchone() != (True,):
        return ""
    row = connection.execute("select system_identifier::text from pg_control_system()").fetchone()
    return str(row[0]) if row else ""


def countable(connection: "Connection[Any]") -> list[Countable]:
    """Every table with rows of its own, in order of names."""
    return [Countable(*row) for row in connection.execute(query("backup", "tables")).fetchall()]


def objects(connection: "Connection[Any]") -> dict[str, list[str]]:
    """Names of what the schema consists of, by kind."""
    found: dict[str, list[str]] = {}
    for kind, name, _ in connection.execute(query("migrate", "snapshot")).fetchall():
        found.setdefault(kind, []).append(name)
    return {kind: sorted(names) for kind, names in sorted(found.items())}


def count(
    connection: "Connection[Any]",
    table: Countable,
    *,
    checksum: bool = True,
    method: str | None = None,
) -> Table:
    """Rows and checksum of a table, in one pass over it.

    Args:
        connection: prepared.
        table: which.
        checksum: whether to make one.
        method: how the checksum is made; default: as in a new backup.
    """
    how = method or method_for(table.columns)
    wanted = f", {expression(how, table.columns, table.types)}" if checksum else ""
    found = connection.execute(f"select count(*){wanted} from only {table.name}".encode()).fetchone()
    assert found is not None
    return Table(table.name, found[0], f"{how}/{found[1]}" if checksum else "")


def count_all(
    connection: "Connection[Any]",
    tables: Sequence[Countable],
    *,
    checksum: bool,
    stopped: Callable[[], bool] = lambda: False,
) -> list[Table]:
    """Of every table, until it is stopped."""
    counted: list[Table] = []
    for table in tables:
        if stopped():
            break
        counted.append(count(connection, table, checksum=checksum))
    return counted
