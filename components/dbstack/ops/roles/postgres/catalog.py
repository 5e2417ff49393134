"""What a PostgreSQL says of roles, members and privileges. Nothing is changed here."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dbstack.ops.queries import query
from dbstack.spec.database_roles import RolesSpec
from dbstack.spec.types import DatabaseRole

if TYPE_CHECKING:
    from psycopg import Connection

PUBLIC = "PUBLIC"
IAM = "rds_iam"
"""The role of RDS whose members log in with a token."""
ATTRIBUTES = ("login", "inherit", "superuser", "createrole", "createdb", "replication", "bypassrls")
Held = Mapping[str, frozenset[str]]
"""Privileges by who holds them."""


@dataclass(frozen=True)
class Role:
    """A role that is there."""

    name: str
    attributes: Mapping[str, bool]
    set_role: str
    """The role that its sessions begin as; empty: itself."""


@dataclass(frozen=True)
class Schema:
    """A schema, and what our roles and PUBLIC hold on it."""

    name: str
    owner: str
    is_ours: bool
    """Whether the user of this connection may grant on it."""
    held: Held


@dataclass(frozen=True)
class Relation:
    """A table (view, foreign table, ...) or a sequence, and what our roles hold on it."""

    schema: str
    name: str
    quoted: str
    kind: str
    owner: str
    is_ours: bool
    held: Held


@dataclass(frozen=True)
class State:
    """The catalogs as they are."""

    me: str
    database: str
    version: int
    """As `server_version_num`."""
    owns_database: bool
    can_connect: bool
    """Whether PUBLIC or the reading role may connect to the database."""
    roles: Mapping[str, Role]
    members: frozenset[tuple[str, str]]
    """(role, member), where the member has the role's privileges and may become it."""
    schemas: Mapping[str, Schema]
    relations: Sequence[Relation]
    defaults: Mapping[tuple[str, str, str], Held]
    """Of future objects: (owner, schema, kind) -> privileges."""
    owned: Mapping[str, Sequence[str]]
    """What members of our roles own who aren't declared."""

    def is_superuser(self, name: str) -> bool:
        """Whether such a role is there and may everything."""
        return name in self.roles and self.roles[name].attributes["superuser"]


def read_state(connection: "Connection[Any]", wanted: RolesSpec) -> State:
    """The state that a description is compared with."""
    groups = [wanted.name(role) for role in DatabaseRole]
    admin = wanted.name(DatabaseRole.ADMIN)

    def rows(name: str, **values: Any) -> list[tuple[Any, ...]]:
        return connection.execute(query("roles/postgres", name), values).fetchall()

    me, database, version, owns, can_connect = rows("database", read=groups[0])[0]
    names = [me, *groups, *wanted.users]
    roles = {
        name: Role(name, dict(zip(ATTRIBUTES, values, strict=True)), set_role or "")
        for name, *values, set_role in rows("roles", names=names, groups=groups)
    }
    members = frozenset(
        (role, member) for role, member, whole in rows("members", names=names, groups=groups) if whole
    )
    others = sorted({member for role, member in members if role in groups and member not in names})
    owned: dict[str, list[str]] = {name: [] for name in others}
    for name, what in rows("owned", names=others):
        owned[name].append(what)
    return State(
        me=me,
        database=database,
        version=version,
        owns_database=owns,
        can_connect=can_connect,
        roles=roles,
        members=members,
        schemas={
            name: Schema(name, owner, ours, _held(found))
            for name, owner, ours, found in rows("schemas", groups=groups)
        },
        relations=[
            Relation(*values, held=_held(found))
            for *values, found in rows("objects", groups=groups, schemas=list(wanted.schemas))
        ],
        defaults={
            (owner, schema, kind): _held(found)
            for owner, schema, kind, found in rows("defaults", groups=groups, owners=[me, admin])
        },
        owned=owned,
    )


def _held(found: Sequence[Sequence[str]]) -> Held:
    held: dict[str, set[str]] = defaultdict(set)
    for grantee, privilege in found:
        held[grantee].add(privilege)
    return {grantee: frozenset(privileges) for grantee, privileges in held.items()}
