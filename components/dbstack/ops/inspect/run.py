"""The queries, one by one, on a connection that can only read."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from dbstack.ops.connection import connect
from dbstack.ops.driver import psycopg_module
from dbstack.ops.inspect import settings
from dbstack.ops.inspect.model import Finding, Level, Report, Row, Section
from dbstack.ops.inspect.pool import pool_settings
from dbstack.ops.inspect.probes import PROBES, Judge
from dbstack.ops.target import Target
from dbstack.statistics import query

if TYPE_CHECKING:
    from psycopg import Connection

STATEMENT_TIMEOUT_SECONDS = 15
_SERVER = """
select current_setting('server_version') as version, current_database() as database,
       extract(epoch from now() - pg_postmaster_start_time())::bigint as seconds,
       pg_has_role(current_user, 'pg_monitor', 'member') as monitor
"""


def inspect_database(target: Target, wanted: Mapping[str, str] | None = None) -> Report:
    """Look at everything of one database; `wanted`: settings that it should have. OpsError: no connection.

    Nothing is changed: the session is read-only, and each query ends after 15 seconds.
    """
    with connect(target, autocommit=True) as connection:
        connection.execute("set default_transaction_read_only = on")
        connection.execute(f"set statement_timeout = '{STATEMENT_TIMEOUT_SECONDS}s'".encode())
        connection.execute("set lock_timeout = '2s'")
        server = _rows(connection, _SERVER, {})[0]
        sections: list[Section] = []
        for probe in PROBES:
            sections.append(_section(connection, probe.name, probe.title, probe.judge, {}))
        names = {"names": sorted(wanted or {})}
        sections.append(
            _section(
                connection,
                settings.NAME,
                settings.TITLE,
                partial(settings.judge, wanted=wanted or {}),
                names,
            )
        )
    if not server["monitor"]:
        words = "this user is no member of pg_monitor and sees only its own sessions: grant pg_monitor to it"
        first = sections[0]
        sections[0] = Section(
            first.name, first.title, first.rows, (*first.findings, Finding(Level.NOTE, words))
        )
    available = next((row["available"] for row in sections[0].rows if row.get("available")), 0)
    return Report(
        database=target.label,
        server=f"PostgreSQL {server['version'].split()[0]}, up for {_since(server['seconds'])}",
        sections=tuple(sections),
        pool=pool_settings(available) if available else {},
    )


def _section(
    connection: "Connection[Any]", name: str, title: str, judge: Judge, values: Mapping[str, Any]
) -> Section:
    psycopg = psycopg_module()
    try:
        rows = _rows(connection, query(name), values)
    except psycopg.errors.QueryCanceled:
        return Section(name, title, unseen=f"the query took longer than {STATEMENT_TIMEOUT_SECONDS} s")
    except psycopg.errors.InsufficientPrivilege:
        return Section(name, title, unseen="this user may not see it: grant pg_monitor to it")
    except psycopg.DatabaseError as error:
        if connection.closed:
            raise
        # Aurora, for one, has no write-ahead log to ask for.
        said = error.diag.message_primary or "the server refuses the query"
        return Section(name, title, unseen=said)
    found: Iterable[Finding] = judge(rows)
    return Section(name, title, tuple(rows), tuple(found))


def _rows(connection: "Connection[Any]", text: str, values: Mapping[str, Any]) -> list[Row]:
    from psycopg.rows import dict_row

    with connection.cursor(row_factory=dict_row) as cursor:
        # Without values a % in the text is just that.
        cursor.execute(text.encode(), values or None)
        return list(cursor.fetchall())


def _since(seconds: int) -> str:
    for size, word in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            count = seconds // size
            return f"{count} {word}{'' if count == 1 else 's'}"
    return f"{seconds} s"
