"""What lies between a description and a database of any engine: statements, and what only a person can settle."""

from collections.abc import Collection
from dataclasses import dataclass

from dbstack.spec.database_roles import RolesSpec
from dbstack.spec.types import DatabaseRole

SECRET = "'[secret]'"
"""Stands in a statement where the server's form of the password goes when it runs."""
_SHOWN_OBJECTS = 10


@dataclass(frozen=True)
class Change:
    """One statement. `password_of` names the user whose password it sets, at `SECRET`."""

    sql: str
    password_of: str = ""

    @property
    def shown(self) -> str:
        """For people: without the password."""
        return f"{self.sql};"

    def with_password(self, literal: str) -> str:
        """What runs, with the password in the form that the server keeps, as a literal of SQL."""
        return self.sql.replace(SECRET, literal, 1)


@dataclass(frozen=True)
class Passwords:
    """What is known of passwords: who has one in the store, and who is to get a new one."""

    kept: Collection[str] = ()
    renewed: Collection[str] = ()


@dataclass(frozen=True)
class Difference:
    """What `apply` runs, and what it leaves to a person."""

    changes: tuple[Change, ...]
    findings: tuple[str, ...]


class Comparison:
    """One comparison of any engine; gathers statements and findings.

    Args:
        wanted: what is described.
        passwords: what is known of them.
    """

    def __init__(self, wanted: RolesSpec, passwords: Passwords) -> None:
        self.wanted, self.passwords = wanted, passwords
        self.names = {role: wanted.name(role) for role in DatabaseRole}
        self.changes: list[Change] = []
        self.findings: list[str] = []

    def add(self, sql: str, password_of: str = "") -> None:
        """One more statement."""
        self.changes.append(Change(sql, password_of))

    def found(self) -> Difference:
        """All of it."""
        return Difference(tuple(self.changes), tuple(self.findings))


def listed(names: Collection[str]) -> str:
    """Some names, and how many more there are."""
    shown = list(names)[:_SHOWN_OBJECTS]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def no_iam(user: str) -> str:
    """The finding where a user is to log in by IAM and the server has none."""
    return f"note: this server has no IAM: {user} logs in with a password"


def no_secret(user: str) -> str:
    """The finding where the database has a user whose password nobody knows."""
    return (
        f"there is no secret of {user}, which the database has: `dbstack roles apply --new-password {user}` makes a "
        "new password"
    )
