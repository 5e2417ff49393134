"""Rules of the roles inside a database. Loaded where a database has them: `import dbstack` does without."""

import re
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, cast

from dbstack.spec.engine_table import ENGINES
from dbstack.spec.engines import EngineVersion, iam_authentication_fault, numbers, version_fault
from dbstack.spec.types import DatabaseRole, RolesArgs
from dbstack.spec.view import Faults, View, check_each

PREFIX = "app"
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*", re.ASCII)
_TABLE = re.compile(r"(?:[a-z0-9_*]+\.)?[a-z0-9_*]+", re.ASCII)
# The users of dbstack's own containers.
_OURS = re.compile(r"dbstack_.*|replicator")


class RoleRules(NamedTuple):
    """What an engine makes of roles."""

    label: str
    """The engine's name in prose."""
    longest: int
    """Characters of a name."""
    longest_schema: int
    reserved: Collection[str]
    """Names that no user has."""
    reserved_prefixes: Sequence[str]
    own_schemas: re.Pattern[str]
    schemas: Sequence[str]
    """Where none are named; empty: the database of the connection, which in MySQL is what a schema is."""
    excludes_tables: bool
    """Whether the privileges on a whole schema can leave tables out."""
    since: tuple[int, ...] = ()
    """First major version that has roles."""


POSTGRES = RoleRules(
    "PostgreSQL",
    # It cuts longer names off (NAMEDATALEN).
    longest=63,
    longest_schema=63,
    reserved=ENGINES["postgres"].reserved_users,
    reserved_prefixes=("pg_", "rds_", "rdsadmin"),
    own_schemas=re.compile("pg_.*|information_schema"),
    schemas=("public",),
    excludes_tables=True,
)
MYSQL = RoleRules(
    "MySQL",
    longest=32,
    longest_schema=64,
    reserved={*ENGINES["mysql"].reserved_users, "root", "public", "none"},
    reserved_prefixes=("rds_", "rdsadmin"),
    own_schemas=re.compile("mysql|information_schema|performance_schema|sys"),
    schemas=(),
    excludes_tables=False,
    since=(8, 0),
)
# The names that fit both: a description can move. Before 10.6 accounts can't be locked, or IAM isn't there.
MARIADB = MYSQL._replace(label="MariaDB", since=(10, 6))
RULES: Mapping[str, RoleRules] = {
    "postgres": POSTGRES,
    "aurora-postgresql": POSTGRES,
    "mysql": MYSQL,
    "aurora-mysql": MYSQL,
    "mariadb": MARIADB,
}


class UserSpec(NamedTuple):
    """A user: the highest of its roles says it all, since each contains the one before."""

    role: DatabaseRole
    iam: bool


class RolesSpec(NamedTuple):
    """The roles of a database with defaults filled in."""

    prefix: str = PREFIX
    schemas: Sequence[str] = POSTGRES.schemas
    """Of MySQL and MariaDB: databases; empty: that of the connection."""
    excluded_tables: Sequence[str] = ()
    users: Mapping[str, UserSpec] = {}

    def name(self, role: DatabaseRole) -> str:
        """`app_read`."""
        return group_name(self.prefix, role)


def group_name(prefix: str, role: DatabaseRole) -> str:
    """`app_read`."""
    return f"{prefix}_{role.value}"


def plan_roles(given: RolesArgs | Mapping[str, Any], rules: RoleRules = POSTGRES) -> RolesSpec:
    """The roles of a sound description."""
    values = cast("Mapping[str, Any]", given)
    users: Mapping[str, Mapping[str, Any]] = values.get("users", {})
    order = list(DatabaseRole)
    return RolesSpec(
        prefix=values.get("prefix", PREFIX),
        schemas=tuple(values.get("schemas", rules.schemas)),
        excluded_tables=tuple(values.get("excluded_tables", ())),
        users={
            name: UserSpec(max(map(DatabaseRole, user["roles"]), key=order.index), user.get("iam", False))
            for name, user in users.items()
        },
    )


def check_database_roles(owner: View, faults: Faults) -> None:
    """`roles` of a database or a cluster: engine, names, and IAM only where it is."""
    if "roles" in owner.bad:
        return
    engine = str(owner["engine"]) if owner.ok("engine") else None
    if engine is not None and engine not in RULES:
        message = (
            f"{engine} has none: `dbstack roles` is for PostgreSQL, MySQL and MariaDB, leave it out and grant by "
            "SQL"
        )
        faults.add(owner.at("roles"), message)
        return
    rules = RULES[engine] if engine is not None else POSTGRES
    master = str(owner["username"]) if owner.ok("username") else None
    view = owner.sub("roles")
    faults.add(owner.at("roles"), _version_fault(owner, engine, rules))
    check_roles_alone(view, faults, rules, master)
    without_iam = _iam_fault(owner, engine)
    for name, user in _users(view):
        if without_iam and user.get("iam") is True:
            faults.add(view.at("users").key(name).field("iam"), without_iam)


def check_roles_alone(
    view: View, faults: Faults, rules: RoleRules = POSTGRES, master: str | None = None
) -> None:
    """What can be said of `roles` without the database that they are for."""
    view.check(faults, "prefix", lambda text: _prefix_fault(text, rules))
    prefix = str(view["prefix"]) if view.ok("prefix") else PREFIX
    for name, rule, twice in (
        ("schemas", partial(_schema_fault, rules=rules), True),
        ("excluded_tables", _table_fault, False),
    ):
        if view.ok(name):
            check_each(view[name], view.at(name), rule, faults, unique=twice)
    if view.ok("schemas") and not view["schemas"]:
        default = ", ".join(rules.schemas) or "the database itself"
        faults.add(view.at("schemas"), f"is empty: name a schema, or leave it out for {default}")
    if view.ok("excluded_tables") and view["excluded_tables"] and not rules.excludes_tables:
        message = (
            f"{rules.label} can't leave a table out of the privileges on its database: leave this out, and put such "
            "tables into a database of their own"
        )
        faults.add(view.at("excluded_tables"), message)
    groups = {group_name(prefix, role) for role in DatabaseRole}
    for name, user in _users(view):
        at = view.at("users").key(name)
        faults.add(at, _user_fault(name, groups, master, rules))
        if "roles" in user and not user["roles"]:
            faults.add(at.field("roles"), "is empty: give read, write or admin, or leave the user out")


def _users(view: View) -> list[tuple[str, Mapping[str, Any]]]:
    given: Mapping[str, Mapping[str, Any]] = view["users"] if view.ok("users") else {}
    return list(given.items())


def _prefix_fault(text: str, rules: RoleRules) -> str | None:
    longest = max(len(role.value) for role in DatabaseRole) + 1
    return _name_fault(text, "the prefix of roles", rules.longest - longest) or _kept_fault(f"{text}_", rules)


def _schema_fault(text: str, rules: RoleRules) -> str | None:
    if rules.own_schemas.fullmatch(text):
        return f"{text!r} is {rules.label}'s own: name schemas of your tables"
    return _name_fault(text, "a schema's name", rules.longest_schema)


def _table_fault(text: str) -> str | None:
    if _TABLE.fullmatch(text):
        return None
    return f"{text!r} is no table: write `table`, `schema.table`, or with * for any characters, in lower case"


def _user_fault(name: str, groups: set[str], master: str | None, rules: RoleRules) -> str | None:
    if name in groups:
        return f"{name!r} is the name of a role that dbstack makes: choose another, or another prefix"
    if name == master:
        return f"{name!r} is the master user, who may everything: choose another"
    if name in rules.reserved or _OURS.fullmatch(name):
        return f"{name!r} is reserved: choose another, e.g. {name + '_user'!r}"
    return _name_fault(name, "a user's name", rules.longest) or _kept_fault(name, rules)


def _name_fault(text: str, what: str, longest: int) -> str | None:
    if not text:
        return f"'' is empty: {what} has 1 to {longest} characters"
    if len(text) > longest:
        return f"{text!r} has {len(text)} characters: {what} has at most {longest}, shorten it"
    if _PLAIN.fullmatch(text):
        return None
    meant = re.sub(r"\W", "_", text.lower(), flags=re.ASCII)
    wanted = f"write {meant!r}" if _PLAIN.fullmatch(meant) else "choose another"
    return f"{text!r}: {what} has lower case letters, digits and underscores, and no digit first: {wanted}"


def _kept_fault(text: str, rules: RoleRules) -> str | None:
    found = next((prefix for prefix in rules.reserved_prefixes if text.startswith(prefix)), None)
    return (
        f"{text!r}: names that begin with {found} are {rules.label}'s or RDS's: choose another"
        if found
        else None
    )


def _version_fault(owner: View, engine: str | None, rules: RoleRules) -> str | None:
    """Why a server of this version has no roles; None where it has, or where that isn't known."""
    if engine is None or engine not in ENGINES or not owner.ok("engine_version"):
        return None
    version = str(owner["engine_version"])
    # A faulty version has its own fault already.
    if version_fault(engine, version) or numbers(EngineVersion.parse(engine, version).major) >= rules.since:
        return None
    since = ".".join(map(str, rules.since))
    return f"{rules.label} {version} is too old for them, they are from {since} on: leave this out and grant by SQL"


def _iam_fault(owner: View, engine: str | None) -> str | None:
    """Why no user of it can log in by IAM; None where one can, or where that isn't known."""
    if owner.get("iam_authentication") is False:
        switch = owner.path.naming.spell("iam_authentication")
        return f"true, but the database's {switch} is false: leave one of the two out"
    if engine is not None and engine in ENGINES and owner.ok("engine_version"):
        version = str(owner["engine_version"])
        # A faulty version has its own fault already.
        if version_fault(engine, version) is None and iam_authentication_fault(engine, version):
            return (
                f"true, but {RULES[engine].label} {EngineVersion.parse(engine, version).major} on RDS has no IAM "
                "authentication"
            )
    return None
