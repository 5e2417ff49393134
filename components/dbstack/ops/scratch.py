"""A database that is there for as long as something is tried in it."""

import os
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from dbstack.ops.connection import connect
from dbstack.ops.driver import psycopg_module
from dbstack.ops.errors import OpsError, said
from dbstack.ops.target import Target

if TYPE_CHECKING:
    from psycopg import Connection

# A run holds this lock of its database's name: without a holder, it is of one that was killed.
_LOCK = "select pg_try_advisory_lock(hashtextextended(%s, 0))"
_UNLOCK = "select pg_advisory_unlock(hashtextextended(%s, 0))"
# It is idle for as long as the work takes; the lock must not end with it. Since 14.
_KEEP = "select set_config(name, '0', false) from pg_settings where name = 'idle_session_timeout'"
_LEFT = "select datname::text from pg_database where datname ~ %s"


@contextmanager
def scratch_database(
    admin: "Connection[Any]",
    server: Target,
    prefix: str,
    creation: Callable[[str], str],
    refusal: Callable[[str], str],
) -> Generator[Target]:
    """A new database, dropped in any case; what killed runs have left is dropped first.

    Args:
        admin: a connection to the server, in autocommit mode.
        server: the same.
        prefix: the beginning of its name, lower case letters and `_`.
        creation: the statement that makes it, by its name.
        refusal: what is told where it can't be made, by what the server says.
    """
    psycopg = psycopg_module()
    name = f"{prefix}{os.urandom(6).hex()}"
    try:
        admin.execute(_KEEP)
        _drop_left(admin, prefix)
        admin.execute(_LOCK, (name,))
        admin.execute(creation(name).encode())
    except psycopg.Error as error:
        raise OpsError(refusal(said(error))) from None
    try:
        yield server.at(name)
    finally:
        _drop(admin, server, name)


def _drop_left(admin: "Connection[Any]", prefix: str) -> None:
    for (left,) in admin.execute(_LEFT, (f"^{prefix}[0-9a-f_]+$",)).fetchall():
        if admin.execute(_LOCK, (left,)).fetchone() == (True,):
            admin.execute(f"drop database if exists {left} with (force)".encode())
            admin.execute(_UNLOCK, (left,))


def _drop(admin: "Connection[Any]", server: Target, name: str) -> None:
    psycopg = psycopg_module()
    text = f"drop database if exists {name} with (force)".encode()
    try:
        admin.execute(text)
    except psycopg.Error:
        # That connection was lost: once more with a new one.
        with suppress(psycopg.Error), connect(server, autocommit=True) as again:
            again.execute(text)
