"""Comparing and applying: one lock, one transaction where the engine has them, and a second look at the end."""

import secrets
import string
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass

from dbstack.ops.errors import OpsError, OpsUsageError
from dbstack.ops.roles.describing import Described
from dbstack.ops.roles.difference import Change, Difference, Passwords
from dbstack.ops.roles.server import RoleServer, StatementError

# As of the master password that dbstack generates: fits the rules of every engine and needs no quoting in a URL.
_LENGTH = 30
_ALPHABET = string.ascii_letters + string.digits


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
        server: of the master user, or another that may do this.
        described: what is wanted, and where passwords are kept.
        tell: is given each statement before it runs. No secret is ever in it.
        note: is given what isn't settled by statements.
    """

    def __init__(
        self,
        server: RoleServer,
        described: Described,
        tell: Callable[[str], None],
        note: Callable[[str], None],
    ) -> None:
        self._server, self._wanted, self._store = server, described.roles, described.store
        self._tell, self._note = tell, note

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
            OpsError: a statement failed or had no effect, or the store refuses. Nothing is changed then where the
                engine has transactions for this; else what was run before holds, and the next `apply` does the rest.
        """
        given = options or Options()
        self._check(given)
        with self._server.lock(given.wait_seconds, self._note):
            kept = self._kept()
            staged: list[str] = []
            try:
                with self._server.transaction():
                    found = self._difference(given, kept)
                    self._run(found.changes, kept, given, staged)
                    self._look_again(given)
            except StatementError as error:
                if error.is_lost:
                    # A new password may be the one that holds, so it stays.
                    raise OpsError(
                        f"the connection was lost: {error}; `dbstack roles status` says what holds"
                    ) from None
                self._forget(staged)
                raise OpsError(str(error)) from None
            except BaseException:
                if self._server.is_transactional:
                    self._forget(staged)
                raise
            self._promote(staged)
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
        has = {user for user, password in kept.items() if password is not None}
        found = self._server.difference(
            Passwords(has, given.new_passwords), revoke_undeclared=given.revoke_undeclared
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
        for change in changes:
            self._tell(change.shown)
        for done, change in enumerate(changes):
            sql = change.sql
            if user := change.password_of:
                sql = change.with_password(
                    self._server.verifier(user, self._password(user, kept, given, staged))
                )
            try:
                self._server.execute(sql)
            except StatementError as error:
                left = (
                    "nothing was changed"
                    if self._server.is_transactional or not done
                    else f"what was run before it holds ({done} of {len(changes)}): the next `apply` does the rest"
                )
                raise StatementError(
                    f"`{change.shown}` failed, and {left}: {error}", is_lost=error.is_lost
                ) from None
            if not self._server.is_transactional:
                self._promote(staged)

    def _password(self, user: str, kept: dict[str, str | None], given: Options, staged: list[str]) -> str:
        """The one that is kept, or a new one, which waits in the store; else it never leaves this process."""
        password = kept[user]
        if password is None or user in given.new_passwords:
            password = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
            try:
                self._store.stage(user, password)
            except BaseException:
                self._forget([user])
                raise
            staged.append(user)
            kept[user] = password
        return password

    def _promote(self, staged: list[str]) -> None:
        while staged:
            self._store.promote(staged.pop(0))

    def _forget(self, staged: list[str]) -> None:
        while staged:
            # Whatever is wrong with the store has been told by then.
            with suppress(OSError, OpsError):
                self._store.drop(staged.pop(0))

    def _look_again(self, given: Options) -> None:
        """A server only warns of a grant that has no effect, if at all: so its catalogs say whether it had."""
        left = self._server.difference(
            Passwords(self._wanted.users), revoke_undeclared=given.revoke_undeclared
        )
        if left.changes:
            shown = left.changes[0].shown
            held = ", and nothing was changed" if self._server.is_transactional else ""
            raise OpsError(f"`{shown}` has no effect{held}: {self._server.without_effect}")
