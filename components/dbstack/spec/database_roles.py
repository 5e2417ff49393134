"""Rules of the roles inside a database. Loaded where a database has them: `import dbstack` does without."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, cast

from dbstack.spec.engine_table import ENGINES
from dbstack.spec.engines import EngineVersion, iam_authentication_fault, version_fault
from dbstack.spec.paths import Path
from dbstack.spec.types import DatabaseRole, RolesArgs
from dbstack.spec.view import Faults, View

PREFIX = "app"
SCHEMAS = ("public",)
ENGINES_WITH_ROLES = ("postgres", "aurora-postgresql")
# PostgreSQL cuts longer names off (NAMEDATALEN).
_LONGEST = 63
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*", re.ASCII)
_TABLE = re.compile(r"(?:[a-z0-9_*]+\.)?[a-z0-9_*]+", re.ASCII)
_FACTS = ENGINES["postgres"]
# The users of dbstack's own containers.
_OURS = re.compile(r"dbstack_.*|replicator")


class UserSpec(NamedTuple):
    """A user: the highest of its roles says it all, since each contains the one before."""

    role: DatabaseRole
    iam: bool


class RolesSpec(NamedTuple):
    """The roles of a database with defaults filled in."""

    prefix: str = PREFIX
    schemas: Sequence[str] = SCHEMAS
    excluded_tables: Sequence[str] = ()
    users: Mapping[str, UserSpec] = {}

    def name(self, role: DatabaseRole) -> str:
        """`app_read`."""
        return group_name(self.prefix, role)


def group_name(prefix: str, role: DatabaseRole) -> str:
    """`app_read`."""
    return f"{prefix}_{role.value}"


def plan_roles(given: RolesArgs | Mapping[str, Any]) -> RolesSpec:
    """The roles of a sound description."""
    values = cast("Mapping[str, Any]", given)
    users: Mapping[str, Mapping[str, Any]] = values.get("users", {})
    order = list(DatabaseRole)
    return RolesSpec(
        prefix=values.get("prefix", PREFIX),
        schemas=tuple(values.get("schemas", SCHEMAS)),
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
    if engine is not None and engine not in ENGINES_WITH_ROLES:
        message = f"{engine} has none: `dbstack roles` is for PostgreSQL, leave it out and grant by SQL"
        faults.add(owner.at("roles"), message)
        return
    master = str(owner["username"]) if owner.ok("username") else None
    view = owner.sub("roles")
    check_roles_alone(view, faults, master)
    without_iam = _iam_fault(owner, engine)
    for name, user in _users(view):
        if without_iam and user.get("iam") is True:
            faults.add(view.at("users").key(name).field("iam"), without_iam)


def check_roles_alone(view: View, faults: Faults, master: str | None = None) -> None:
    """What can be said of `roles` without the database that they are for."""
    view.check(faults, "prefix", _prefix_fault)
    prefix = str(view["prefix"]) if view.ok("prefix") else PREFIX
    for name, rule, twice in (
        ("schemas", _schema_fault, True),
        ("excluded_tables", _table_fault, False),
    ):
        if view.ok(name):
            _each(view[name], view.at(name), rule, faults, unique=twice)
    if view.ok("schemas") and not view["schemas"]:
        faults.add(view.at("schemas"), "is empty: name a schema, or leave it out for public")
    groups = {group_name(prefix, role) for role in DatabaseRole}
    for name, user in _users(view):
        at = view.at("users").key(name)
        faults.add(at, _user_fault(name, groups, master))
        if "roles" in user and not user["roles"]:
            faults.add(at.field("roles"), "is empty: give read, write or admin, or leave the user out")


def _users(view: View) -> list[tuple[str, Mapping[str, Any]]]:
    given: Mapping[str, Mapping[str, Any]] = view["users"] if view.ok("users") else {}
    return list(given.items())


def _each(values: Sequence[str], at: Path, rule: Any, faults: Faults, *, unique: bool) -> None:
    seen: set[str] = set()
    for index, value in enumerate(values):
        twice = f"{value!r} stands there twice: remove one" if unique and value in seen else None
        faults.add(at.index(index), rule(value) or twice)
        seen.add(value)


def _prefix_fault(text: str) -> str | None:
    longest = max(len(role.value) for role in DatabaseRole) + 1
    return _name_fault(text, "the prefix of roles", _LONGEST - longest) or _kept_fault(f"{text}_")


def _schema_fault(text: str) -> str | None:
    if text.startswith("pg_") or text == "information_schema":
        return f"{text!r} is PostgreSQL's own: name schemas of your tables"
    return _name_fault(text, "a schema's name", _LONGEST)


def _table_fault(text: str) -> str | None:
    if _TABLE.fullmatch(text):
        return None
    return f"{text!r} is no table: write `table`, `schema.table`, or with * for any characters, in lower case"


def _user_fault(name: str, groups: set[str], master: str | None) -> str | None:
    if name in groups:
        return f"{name!r} is the name of a role that dbstack makes: choose another, or another prefix"
    if name == master:
        return f"{name!r} is the master user, who may everything: choose another"
    if name in _FACTS.reserved_users or _OURS.fullmatch(name):
        return f"{name!r} is reserved: choose another, e.g. {name + '_user'!r}"
    return _name_fault(name, "a user's name", _LONGEST) or _kept_fault(name)


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


def _kept_fault(text: str) -> str | None:
    kept = (*_FACTS.reserved_user_prefixes, "rds_", "rdsadmin")
    found = next((prefix for prefix in kept if text.startswith(prefix)), None)
    return (
        f"{text!r}: names that begin with {found} are PostgreSQL's or RDS's: choose another"
        if found
        else None
    )


def _iam_fault(owner: View, engine: str | None) -> str | None:
    """Why no user of it can log in by IAM; None where one can, or where that isn't known."""
    if owner.get("iam_authentication") is False:
        switch = owner.path.naming.spell("iam_authentication")
        return f"true, but the database's {switch} is false: leave one of the two out"
    if engine is not None and engine in ENGINES and owner.ok("engine_version"):
        version = str(owner["engine_version"])
        # A faulty version has its own fault already.
        if version_fault(engine, version) is None and iam_authentication_fault(engine, version):
            return f"true, but PostgreSQL {EngineVersion.parse(engine, version).major} on RDS has no IAM authentication"
    return None
