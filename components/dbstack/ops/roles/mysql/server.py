"""A MySQL or a MariaDB: each statement about accounts holds as soon as it has run, and none has a password in it."""

import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from dbstack.ops.errors import OpsError
from dbstack.ops.mysql import connect_mysql, pymysql_module, said
from dbstack.ops.roles.difference import Difference, Passwords
from dbstack.ops.roles.mysql.catalog import check_version, read_state
from dbstack.ops.roles.mysql.difference import difference
from dbstack.ops.roles.mysql.hashing import caching_sha2, native
from dbstack.ops.roles.mysql.quoting import literal
from dbstack.ops.roles.server import StatementError
from dbstack.ops.target import Target
from dbstack.spec.database_roles import RolesSpec

# Accounts are the server's, not a database's.
_LOCK = "dbstack roles"
_LOCK_SECONDS = 10
_HOLDER = """
select l.id as id, p.user as user, p.host as host
from (select is_used_lock(%(name)s) as id) l left join information_schema.processlist p on p.id = l.id
"""
# The connection was lost: what was running may have been carried out.
_LOST = (0, 1053, 1927, 2006, 2013, 2055, 3169, 4031)
_MASTER = (
    "the user of the connection must be the master user, or another that may make users and grant to them"
)
_HINTS = {
    1044: _MASTER,
    1045: _MASTER,
    1142: _MASTER,
    1205: "another session holds a lock: try again",
    1227: _MASTER,
    1290: "the server is read only: name the primary, not a replica",
    1396: "somebody else changed the same account just now: try again",
    1410: _MASTER,
    1698: _MASTER,
    1836: "the server is read only: name the primary, not a replica",
}


@contextmanager
def opened(target: Target, wanted: RolesSpec) -> Generator["MysqlServer"]:
    """The server of a target, as long as it is needed."""
    with connect_mysql(target, "dbstack roles") as connection:
        yield MysqlServer(connection, wanted)


class MysqlServer:
    """Args: the connection, of the master user or another that may make users; what is wanted."""

    is_transactional = False
    without_effect = (
        "the server keeps it from this user, e.g. by partial revokes. Run `show grants` there, and do it as the user "
        "who granted it"
    )

    def __init__(self, connection: Any, wanted: RolesSpec) -> None:
        self._connection, self._wanted = connection, wanted
        self._driver = pymysql_module()
        try:
            # A table that somebody uses is waited for no longer.
            self._rows("set session lock_wait_timeout = %(seconds)s", {"seconds": _LOCK_SECONDS})
            version = self._rows("select version() as version", {})[0]["version"]
        except self._driver.Error as error:
            raise OpsError(f"the server can't be asked: {_told(error)}") from None
        self._is_mariadb = check_version(version)

    def difference(self, passwords: Passwords, *, revoke_undeclared: bool) -> Difference:
        """By the grant tables as they are now."""
        try:
            state = read_state(self._rows, self._wanted)
            return difference(self._wanted, state, passwords, revoke_undeclared=revoke_undeclared)
        except self._driver.Error as error:
            raise OpsError(f"the grant tables can't be read: {_told(error)}") from None

    @contextmanager
    def lock(self, wait_seconds: float, note: Callable[[str], None]) -> Generator[None]:
        """One `apply` at a time on the whole server."""
        try:
            self._take(wait_seconds, note)
            yield
        finally:
            with suppress(self._driver.Error):
                self._rows("select release_lock(%(name)s) as done", {"name": _LOCK})

    @contextmanager
    def transaction(self) -> Generator[None]:
        """None: statements about accounts commit by themselves."""
        yield

    def execute(self, sql: str) -> None:
        """It holds when this returns."""
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(sql)
        except self._driver.Error as error:
            raise StatementError(_told(error), is_lost=_number(error) in _LOST) from None

    def verifier(self, user: str, password: str) -> str:
        """The hash that the server keeps."""
        return literal(native(password) if self._is_mariadb else caching_sha2(password))

    def _take(self, wait_seconds: float, note: Callable[[str], None]) -> None:
        end = time.monotonic() + wait_seconds
        try:
            if self._get_lock(0):
                return
            note(f"waiting: another `dbstack roles apply` runs: {self._holder()}")
            # Seconds as the server counts them, and once at least.
            if self._get_lock(max(0, round(end - time.monotonic()))):
                return
            holder = self._holder()
        except self._driver.Error as error:
            raise OpsError(f"the lock can't be taken: {_told(error)}") from None
        raise OpsError(
            f"another `dbstack roles apply` runs: {holder}. Wait for it, or end it with `kill` if nobody is behind it "
            "any more"
        )

    def _get_lock(self, seconds: int) -> bool:
        found = self._rows(
            "select get_lock(%(name)s, %(seconds)s) as got", {"name": _LOCK, "seconds": seconds}
        )
        return found[0]["got"] == 1

    def _holder(self) -> str:
        found = self._rows(_HOLDER, {"name": _LOCK})[0]
        if found["id"] is None:
            return "it has just ended"
        # Whose it is, not everybody may see.
        whose = f" of {found['user']} from {found['host']}" if found["user"] else ""
        return f"connection {found['id']}{whose}"

    def _rows(self, sql: str, values: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        with self._connection.cursor(self._driver.cursors.DictCursor) as cursor:
            cursor.execute(sql, values)
            return [dict(row) for row in cursor.fetchall()]


def _number(error: Any) -> int:
    return error.args[0] if error.args and isinstance(error.args[0], int) else -1


def _told(error: Any) -> str:
    # Where it doesn't understand a statement it quotes a part, which may be a hash.
    told = [said(error).partition(" near '")[0].rstrip("."), _HINTS.get(_number(error), "")]
    return "; ".join(text for text in told if text)
