"""A PostgreSQL: everything in one transaction, and no password but as a SCRAM verifier."""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

from dbstack.ops.connection import connect
from dbstack.ops.driver import psycopg_module
from dbstack.ops.errors import OpsError, said
from dbstack.ops.migrate.lock import migration_lock
from dbstack.ops.roles.difference import Difference, Passwords
from dbstack.ops.roles.postgres.catalog import read_state
from dbstack.ops.roles.postgres.difference import difference
from dbstack.ops.roles.server import StatementError
from dbstack.ops.target import Target
from dbstack.spec.database_roles import RolesSpec

if TYPE_CHECKING:
    from psycopg import Connection

_HINTS = {
    "42501": "the user of the connection must be the master user, or whoever made the roles",
    "55P03": "another session holds a lock: try again",
}


@contextmanager
def opened(target: Target, wanted: RolesSpec) -> Generator["PostgresServer"]:
    """The server of a target, as long as it is needed."""
    with connect(target, autocommit=True, application="dbstack roles") as connection:
        yield PostgresServer(connection, wanted)


class PostgresServer:
    """Args: the connection, in autocommit mode and of the master user or a superuser; what is wanted."""

    is_transactional = True
    without_effect = "another role granted that, or owns it. Do it as that role, or as the owner"

    def __init__(self, connection: "Connection[Any]", wanted: RolesSpec) -> None:
        self._connection, self._wanted = connection, wanted
        self._psycopg = psycopg_module()

    def difference(self, passwords: Passwords, *, revoke_undeclared: bool) -> Difference:
        """By the catalogs as they are now."""
        try:
            state = read_state(self._connection, self._wanted)
        except self._psycopg.Error as error:
            raise OpsError(f"the catalogs can't be read: {_said(error)}") from None
        return difference(self._wanted, state, passwords, revoke_undeclared=revoke_undeclared)

    def lock(self, wait_seconds: float, note: Callable[[str], None]) -> AbstractContextManager[None]:
        """The one that migrations hold too."""
        return migration_lock(self._connection, wait_seconds, note)

    @contextmanager
    def transaction(self) -> Generator[None]:
        """A transaction whose statements wait at most ten seconds for a lock."""
        try:
            with self._connection.transaction():
                self._connection.execute("set local lock_timeout = '10s'")
                yield
        except self._psycopg.Error as error:
            # Cut off while it committed.
            raise StatementError(_said(error), is_lost=True) from None

    def execute(self, sql: str) -> None:
        """If it fails, the transaction has."""
        try:
            self._connection.execute(sql.encode())
        except self._psycopg.Error as error:
            raise StatementError(_said(error)) from None

    def verifier(self, user: str, password: str) -> str:
        """A SCRAM verifier."""
        encoding = self._connection.info.encoding
        made = self._connection.pgconn.encrypt_password(
            password.encode(encoding), user.encode(encoding), b"scram-sha-256"
        )
        return self._psycopg.sql.Literal(made.decode()).as_string(self._connection)


def _said(error: Any) -> str:
    diag = error.diag
    told = [said(error)]
    told += [
        text for text in (diag.message_detail, diag.message_hint, _HINTS.get(error.sqlstate or "")) if text
    ]
    return "; ".join(text.rstrip(".") for text in told)
