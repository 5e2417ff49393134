"""What a MySQL or MariaDB says of accounts, roles, members and privileges. Nothing is changed here."""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from dbstack.ops.errors import OpsUsageError
from dbstack.ops.queries import query
from dbstack.ops.roles.mysql.quoting import account, everything_in, quoted
from dbstack.spec.database_roles import MARIADB, MYSQL, RolesSpec
from dbstack.spec.types import DatabaseRole

IAM_PLUGIN = "AWSAuthenticationPlugin"
"""What checks a token of IAM, on RDS alone
(https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.DBAccounts.html)."""
ANYWHERE = "%"
"""The host of dbstack's users: where they come from is the network's to say."""
# A column of the grant tables -> its privilege, where the name doesn't say it.
_WORDS = {"CREATE TMP TABLE": "CREATE TEMPORARY TABLES", "GRANT": "GRANT OPTION"}


class Account(NamedTuple):
    """A user and where it comes from; the roles of MariaDB have an empty host."""

    user: str
    host: str = ANYWHERE

    @property
    def quoted(self) -> str:
        """In a statement."""
        return account(*self)


@dataclass(frozen=True)
class Login:
    """An account that is there."""

    is_locked: bool
    plugin: str
    needs_tls: bool
    is_admin: bool
    """Whether it may make users or everything: such a one is left alone."""
    defaults: frozenset[str]
    """The roles that its sessions begin with."""


Held = Mapping[str, frozenset[str]]
"""Privileges by the pattern of the databases that they are on."""


@dataclass(frozen=True)
class State:
    """The catalogs as they are."""

    me: Account
    database: str
    is_mariadb: bool
    has_iam: bool
    databases: frozenset[str]
    accounts: Mapping[Account, Login]
    members: frozenset[tuple[str, Account]]
    """(role, member)"""
    held: Mapping[Account, Held]
    """On whole databases."""
    beyond: Mapping[Account, Sequence[str]]
    """Everything else that an account has privileges on, as a statement names it: `*.*`, `shop.orders`."""
    defined: Callable[[Account], Sequence[str]]
    """The views, routines, triggers and events that run with the account's own privileges."""

    def role(self, name: str) -> Account:
        """The account that a role is."""
        return Account(name, "" if self.is_mariadb else ANYWHERE)


def read_state(
    run: Callable[[str, Mapping[str, Any]], Sequence[Mapping[str, Any]]], wanted: RolesSpec
) -> State:
    """The state that a description is compared with; `run` answers a query. OpsUsageError for a server too old."""
    groups = [wanted.name(role) for role in DatabaseRole]

    def rows(name: str, **values: Any) -> Sequence[Mapping[str, Any]]:
        return run(query("roles/mysql", name).decode(), values)

    server = rows("server", plugin=IAM_PLUGIN)[0]
    is_mariadb = check_version(server["version"])
    kind = "mariadb" if is_mariadb else "mysql"
    me = Account(*server["me"].rsplit("@", 1))
    members = frozenset(
        (row["role"], Account(row["user"], row["host"]))
        for row in rows(f"members_{kind}", groups=groups, names=[me.user, *groups, *wanted.users])
    )
    names = sorted({me.user, *groups, *wanted.users, *(member.user for _, member in members)})
    accounts = {
        Account(row["user"], row["host"]): _login(row) for row in rows(f"accounts_{kind}", names=names)
    }
    held: dict[Account, dict[str, frozenset[str]]] = defaultdict(dict)
    for row in rows("databases", names=names):
        held[Account(row["User"], row["Host"])][row["Db"]] = _privileges(row)
    beyond: dict[Account, list[str]] = defaultdict(list)
    for row in rows(f"beyond_{kind}", names=groups):
        beyond[Account(row["user"], row["host"])].append(_place(row))
    databases = wanted.schemas or (server["database"] or "",)
    return State(
        me=me,
        database=server["database"] or "",
        is_mariadb=is_mariadb,
        has_iam=bool(server["has_iam"]),
        databases=frozenset(row["name"] for row in rows("schemas")),
        accounts=accounts,
        members=members,
        held=held,
        beyond=beyond,
        defined=lambda who: [
            row["object"]
            for row in rows("definers", definer=f"{who.user}@{who.host}", databases=list(databases))
        ],
    )


def check_version(text: str) -> bool:
    """Whether it is a MariaDB. OpsUsageError where it has no roles, or not the ones that are meant here."""
    is_mariadb = "mariadb" in text.lower()
    rules = MARIADB if is_mariadb else MYSQL
    found = re.match(r"(\d+)\.(\d+)", text)
    if found is None or tuple(map(int, found.groups())) < rules.since:
        raise OpsUsageError(
            f"the server is {rules.label} {text}, which is too old: `dbstack roles` is for {MYSQL.label} from "
            f"{_dotted(MYSQL.since)} and {MARIADB.label} from {_dotted(MARIADB.since)} on"
        )
    return is_mariadb


def _dotted(version: Sequence[int]) -> str:
    return ".".join(map(str, version))


def _login(row: Mapping[str, Any]) -> Login:
    defaults = str(row["defaults"] or "")
    return Login(
        is_locked=bool(row["is_locked"]),
        plugin=str(row["plugin"] or ""),
        needs_tls=bool(row["needs_tls"]),
        is_admin=bool(row["is_admin"]),
        defaults=frozenset(defaults.split(",") if defaults else ()),
    )


def _privileges(row: Mapping[str, Any]) -> frozenset[str]:
    """Of a row of `mysql.db`, which has a column for each privilege: `Create_view_priv`."""
    names = (
        name.removesuffix("_priv").replace("_", " ").upper()
        for name, value in row.items()
        if name.endswith("_priv") and value == "Y"
    )
    return frozenset(_WORDS.get(name, name) for name in names)


def _place(row: Mapping[str, Any]) -> str:
    kind, database, name = row["kind"], row["database"], row["name"]
    if not database:
        return "*.*"
    place = f"{quoted(database)}.{quoted(name)}" if name else everything_in(database)
    return f"{kind} {place}" if kind in ("function", "procedure") else place
