"""Comparing and applying: one lock, one transaction, and a second look before it is committed."""

import secrets
import string
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dbstack.ops.driver import psycopg_module
from dbstack.ops.errors import OpsError, OpsUsageError, said
from dbstack.ops.migrate.lock import migration_lock
from dbstack.ops.roles.catalog import read_state
from dbstack.ops.roles.describing import Described
from dbstack.ops.roles.difference import Change, Difference, Passwords, difference

if TYPE_CHECKING:
    from psycopg import Connection

# As of the master password that dbstack generates: fits the rules of every engine and needs no quoting in a URL.
_LENGTH = 30
_ALPHABET = string.ascii_letters + string.digits
_HINTS = {
    "42501": "the user of the connection must be the master user, or whoever made the roles",
    "55P03": "another session holds a lock: try again",
}


@dataclass(frozen=True)
class Options:
    """How `apply` works."""

    new_passwords: Collection[str] = ()
    """Users who get a new password though they have one."""
    revoke_undeclared: bool = False
    """Whether users that aren't declared lose login and membership."""
    wait_seconds: float = 60
    """How long a migration, or another `apply`, is waited for."""


class RoleManager:
    """Roles of one database.

    Args:
        connection: in autocommit mode; of the master user or a superuser.
        described: what is wanted, and where passwords are kept.
        tell: is given each statement before it runs. No secret is ever in it.
        note: is given what isn't settled by statements.
    """

    def __init__(
        self,
        connection: "Connection[Any]",
        described: Described,
        tell: Callable[[str], None],
        note: Callable[[str], None],
    ) -> None:
        self._connection, self._wanted, self._store = connection, described.roles, described.store
        self._tell, self._note = tell, note
        self._psycopg = psycopg_module()

    def place(self, user: str) -> str:
        """Where the user's password is kept, for messages."""
        return self._store.place(user)

    def look(self, options: Options | None = None) -> Difference:
        """What `apply` would do, and what it would leave. Changes nothing."""
        given = options or Options()
        self._check(given)
        return self._difference(given, self._kept())

    def apply(self, options: Options | None = None) -> Difference:
        """Make the database what the description says; returns what was run, and what is left.

        Raises:
            OpsError: a statement failed or had no effect, or the store refuses: nothing is changed.
        """
        given = options or Options()
        self._check(given)
        with migration_lock(self._connection, given.wait_seconds, self._note):
            kept = self._kept()
            staged: list[str] = []
            is_checked = False
            try:
                with self._connection.transaction():
                    found = self._difference(given, kept)
                    self._run(found.changes, kept, given, staged)
                    self._look_again(given, found)
                    is_checked = True
            except self._psycopg.Error as error:
                # Cut off while it committed: a new password may be the one that holds, so it stays.
                raise OpsError(
                    f"the connection was lost: {_said(error)}; `dbstack roles status` says what holds"
                ) from None
            finally:
                for user in () if is_checked else staged:
                    # Whatever is wrong with the store has been told by then.
                    with suppress(OSError, OpsError):
                        self._store.drop(user)
            for user in staged:
                self._store.promote(user)
        return found

    def _check(self, given: Options) -> None:
        unknown = sorted({*given.new_passwords} - self._wanted.users.keys())
        if unknown:
            raise OpsUsageError(
                f"{', '.join(unknown)}: no such user is declared; declare it in `users` first"
            )

    def _kept(self) -> dict[str, str | None]:
        return {user: self._store.read(user) for user in self._wanted.users}

    def _difference(self, given: Options, kept: dict[str, str | None]) -> Difference:
        try:
            state = read_state(self._connection, self._wanted)
        except self._psycopg.Error as error:
            raise OpsError(f"the catalogs can't be read: {_said(error)}") from None
        has = {user for user, password in kept.items() if password is not None}
        found = difference(
            self._wanted,
            state,
            Passwords(has, given.new_passwords),
            revoke_undeclared=given.revoke_undeclared,
        )
        cut_off = tuple(
            f"a new password of {user} was being set when that was cut off, and which one the database has is not "
            f"known: `dbstack roles apply --new-password {user}` sets another"
            for user in self._wanted.users
            if user not in given.new_passwords and self._store.pending(user)
        )
        return Difference(found.changes, found.findings + cut_off)

    def _run(
        self, changes: Collection[Change], kept: dict[str, str | None], given: Options, staged: list[str]
    ) -> None:
        self._connection.execute("set local lock_timeout = '10s'")
        for change in changes:
            self._tell(change.shown)
        for change in changes:
            sql = change.sql
            if change.password_of:
                sql += f" password {self._verifier(change.password_of, kept, given, staged)}"
            try:
                self._connection.execute(sql.encode())
            except self._psycopg.Error as error:
                raise OpsError(f"`{change.shown}` failed, and nothing was changed: {_said(error)}") from None

    def _verifier(self, user: str, kept: dict[str, str | None], given: Options, staged: list[str]) -> str:
        """What the server checks the password by; the password itself never leaves this process but for the store."""
        password = kept[user]
        if password is None or user in given.new_passwords:
            password = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
            staged.append(user)
            self._store.stage(user, password)
            kept[user] = password
        encoding = self._connection.info.encoding
        verifier = self._connection.pgconn.encrypt_password(
            password.encode(encoding), user.encode(encoding), b"scram-sha-256"
        )
        return self._psycopg.sql.Literal(verifier.decode()).as_string(self._connection)

    def _look_again(self, given: Options, done: Difference) -> None:
        """PostgreSQL only warns of a grant that has no effect: so the catalogs say whether it had."""
        left = difference(
            self._wanted,
            read_state(self._connection, self._wanted),
            Passwords(self._wanted.users),
            revoke_undeclared=given.revoke_undeclared,
        )
        if left.changes:
            shown = left.changes[0].shown
            raise OpsError(
                f"`{shown}` has no effect, and nothing was changed: another role granted that, or owns it. Do it as "
                "that role, or as the owner"
            )


def _said(error: Any) -> str:
    diag = error.diag
    told = [said(error)]
    told += [
        text for text in (diag.message_detail, diag.message_hint, _HINTS.get(error.sqlstate or "")) if text
    ]
    return "; ".join(text.rstrip(".") for text in told)
