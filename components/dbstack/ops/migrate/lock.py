"""One migrator at a time: an advisory lock of the session, asked for again and again.

Never `pg_advisory_lock`, which waits inside a statement: the snapshot of a waiting statement is what CREATE INDEX
CONCURRENTLY of the lock's holder waits for, and PostgreSQL ends one of the two as a deadlock.
"""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from dbstack.ops.errors import OpsError

if TYPE_CHECKING:
    from psycopg import Connection

# "dbstackm" as a number: the key is per database, and the same for every version of dbstack.
KEY = int.from_bytes(b"dbstackm", "big")
_POLL_SECONDS = 0.2
_TELL_SECONDS = 10
_HOLDER = """
select a.pid, a.usename, coalesce(host(a.client_addr), 'a local socket'), to_char(a.backend_start, 'HH24:MI:SS TZ')
from pg_locks l join pg_stat_activity a using (pid)
where l.locktype = 'advisory' and l.granted and l.objsubid = 1
  and l.database = (select oid from pg_database where datname = current_database())
  and (l.classid::bigint << 32) | l.objid::bigint = %s
"""


@contextmanager
def migration_lock(
    connection: "Connection[Any]", wait_seconds: float, tell: Callable[[str], None]
) -> Generator[None]:
    """Holds the lock, which ends with the connection too. OpsError, with its holder, where it isn't free in time."""
    end = time.monotonic() + wait_seconds
    told = 0.0
    while not _take(connection):
        now = time.monotonic()
        if now >= end:
            raise OpsError(
                f"another migration runs: {_holder(connection)}. Wait for it (--wait), or end it with "
                "pg_terminate_backend if nobody is behind it any more"
            )
        if now - told > _TELL_SECONDS:
            tell(f"waiting: another migration runs: {_holder(connection)}")
            told = now
        time.sleep(_POLL_SECONDS)
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute("select pg_advisory_unlock(%s)", (KEY,))


def _take(connection: "Connection[Any]") -> bool:
    row = connection.execute("select pg_try_advisory_lock(%s)", (KEY,)).fetchone()
    return bool(row and row[0])


def _holder(connection: "Connection[Any]") -> str:
    row = connection.execute(_HOLDER, (KEY,)).fetchone()
    if row is None:
        return "it has just ended"
    return f"process {row[0]} of {row[1]} from {row[2]}, connected since {row[3]}"
