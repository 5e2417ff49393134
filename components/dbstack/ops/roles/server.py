"""What comparing and applying asks of an engine."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from dbstack.ops.roles.difference import Difference, Passwords


class StatementError(Exception):
    """Why a statement failed, in one sentence.

    `is_lost`: the connection ended before the server's answer, so that it may have been carried out all the same.
    """

    def __init__(self, said: str, *, is_lost: bool = False) -> None:
        super().__init__(said)
        self.is_lost = is_lost


class RoleServer(Protocol):
    """A server with its connection, and what its roles are to be."""

    is_transactional: bool
    """Whether all statements hold or none; else each holds as soon as it has run."""
    without_effect: str
    """Why a statement that succeeded may have changed nothing, and the way out."""

    def difference(self, passwords: Passwords, *, revoke_undeclared: bool) -> Difference:
        """Between what is wanted and what is there. OpsUsageError for what can't be done at all."""
        ...

    def lock(self, wait_seconds: float, note: Callable[[str], None]) -> AbstractContextManager[None]:
        """Keeps others from changing the same. OpsError where they don't end in time."""
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """Around all statements. StatementError where it can't be ended."""
        ...

    def execute(self, sql: str) -> None:
        """Runs one statement. StatementError."""
        ...

    def verifier(self, user: str, password: str) -> str:
        """What the server checks the password by, as a literal: nobody can log in with it."""
        ...
