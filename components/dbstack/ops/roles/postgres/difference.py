"""From what is wanted and what is there to the statements between them, and to what only a person can settle."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase

from dbstack.ops.errors import OpsUsageError
from dbstack.ops.roles.difference import SECRET, Comparison, Difference, Passwords, listed, no_iam, no_secret
from dbstack.ops.roles.postgres.catalog import IAM, PUBLIC, Held, Relation, Role, State
from dbstack.ops.roles.postgres.quoting import quoted
from dbstack.spec.database_roles import RolesSpec, UserSpec
from dbstack.spec.types import DatabaseRole

READ, WRITE, ADMIN = DatabaseRole
Rights = Mapping[DatabaseRole, frozenset[str]]

# What each role holds itself; what it has from the one before it stands there.
RIGHTS: Mapping[str, Rights] = {
    "table": {
        READ: frozenset({"SELECT"}),
        WRITE: frozenset({"INSERT", "UPDATE", "DELETE"}),
        ADMIN: frozenset({"TRUNCATE", "REFERENCES", "TRIGGER"}),
    },
    "sequence": {READ: frozenset({"SELECT"}), WRITE: frozenset({"USAGE"}), ADMIN: frozenset({"UPDATE"})},
}
_SCHEMA: Rights = {READ: frozenset({"USAGE"}), WRITE: frozenset(), ADMIN: frozenset({"CREATE"})}
_MAINTAIN_SINCE = 170000
_NOTHING: Rights = {}
# Tables of dbstack's own: an application writes neither the record of migrations nor the log of its own changes.
OWN_TABLES: tuple[tuple[str, Rights], ...] = (
    ("schema_migrations", {READ: frozenset({"SELECT"}), ADMIN: frozenset({"INSERT", "UPDATE", "DELETE"})}),
    ("audit_log", _NOTHING),
    ("audit_log_*", _NOTHING),
)
_ORDER = (
    "SELECT",
    "INSERT",
    "UPDATE",
    "DELETE",
    "TRUNCATE",
    "REFERENCES",
    "TRIGGER",
    "MAINTAIN",
    "USAGE",
    "CREATE",
)
# What an attribute is called where it is on; off is `no` before it.
_GROUP = {"login": False, "inherit": True, "createrole": False, "createdb": False}
_USER = {**_GROUP, "login": True, "replication": False, "bypassrls": False}


def difference(
    wanted: RolesSpec, state: State, passwords: Passwords, *, revoke_undeclared: bool
) -> Difference:
    """The statements that make the database what the description says. OpsUsageError for what can't be done at all."""
    found = _Comparison(wanted, state, passwords)
    found.refuse()
    found.groups()
    found.schemas()
    found.relations()
    found.defaults()
    found.users()
    found.undeclared(revoke_undeclared)
    return found.found()


class _Comparison(Comparison):
    """With the catalogs of one server."""

    def __init__(self, wanted: RolesSpec, state: State, passwords: Passwords) -> None:
        super().__init__(wanted, passwords)
        self.state = state

    def refuse(self) -> None:
        """What a statement would only fail at, or do harm with."""
        missing = [name for name in self.wanted.schemas if name not in self.state.schemas]
        if missing:
            raise OpsUsageError(
                f"there is no schema {', '.join(missing)} in {self.state.database}: make it (a migration can: `create "
                "schema`), or take it out of `schemas`"
            )
        for name in (*self.names.values(), *self.wanted.users):
            if name == self.state.me or self.state.is_superuser(name):
                raise OpsUsageError(
                    f"{name} is {'the user of this connection' if name == self.state.me else 'a superuser'}, whose "
                    "privileges dbstack doesn't narrow: choose another name"
                )

    def groups(self) -> None:
        """The three roles, each in the one before it and in nothing else."""
        for name in self.names.values():
            role = self.state.roles.get(name)
            if role is None:
                self.add(f"create role {quoted(name)} nologin")
            else:
                self._attributes(role, _GROUP)
        for lower, higher in ((READ, WRITE), (WRITE, ADMIN)):
            self._membership(self.names[higher], {self.names[lower]}, lambda role: True)
        self._membership(self.names[READ], set(), lambda role: True)
        admin, me = self.names[ADMIN], self.state.me
        if not self.state.is_superuser(me) and (admin, me) not in self.state.members:
            # Else it may not say what becomes of the role's future tables, nor change them.
            self.add(f"grant {quoted(admin)} to {quoted(me)}")

    def schemas(self) -> None:
        """Who may use them and make tables there; nobody else may make any."""
        if not self.state.can_connect:
            self.add(f"grant connect on database {quoted(self.state.database)} to {quoted(self.names[READ])}")
        for schema in self.state.schemas.values():
            is_wanted = schema.name in self.wanted.schemas
            place = f"schema {quoted(schema.name)}"
            if is_wanted and "CREATE" in schema.held.get(PUBLIC, ()):
                self._settle(
                    schema.is_ours,
                    f"revoke create on {place} from public",
                    f"{place} belongs to {schema.owner}",
                )
            for role, right, verb in self._rights(
                _SCHEMA if is_wanted else _NOTHING, schema.held, schema.owner
            ):
                self._settle(
                    schema.is_ours,
                    _statement(verb, right, place, self.names[role]),
                    f"{place} belongs to {schema.owner}",
                )

    def relations(self) -> None:
        """Every table and sequence that is there, those of one kind in one statement."""
        together: dict[tuple[str, str, DatabaseRole, frozenset[str]], list[Relation]] = defaultdict(list)
        for relation in self.state.relations:
            for role, right, verb in self._rights(self._of(relation), relation.held, relation.owner):
                together[verb, relation.kind, role, right].append(relation)
        order = sorted(together.items(), key=lambda item: (item[0][0] == "grant", item[0][1] == "sequence"))
        for (verb, kind, role, right), relations in order:
            ours = [relation.quoted for relation in relations if relation.is_ours]
            if ours:
                self.add(_statement(verb, right, f"{kind} {', '.join(ours)}", self.names[role]))
            others = [relation for relation in relations if not relation.is_ours]
            if others:
                owners = ", ".join(sorted({relation.owner for relation in others}))
                names = listed([relation.quoted for relation in others])
                self.findings.append(
                    f"{_words(right)} on {names} can't be {verb}ed {_to(verb)} {self.names[role]} by {self.state.me}: "
                    f"the owner is {owners}; run this as the owner, or `alter {kind} ... owner to {self.names[ADMIN]}`"
                )

    def defaults(self) -> None:
        """Tables and sequences that come later, of the user of this connection and of the administrating role."""
        owners = (self.state.me, self.names[ADMIN])
        places = {
            (owner, schema, kind) for owner in owners for schema in self.wanted.schemas for kind in RIGHTS
        }
        for owner, schema, kind in sorted(
            {*places, *self.state.defaults}, key=lambda at: (owners.index(at[0]), *at)
        ):
            wanted = self._of_kind(kind) if (owner, schema, kind) in places else _NOTHING
            held = self.state.defaults.get((owner, schema, kind), {})
            for role, right, verb in self._rights(wanted, held, owner):
                self.add(
                    f"alter default privileges for role {quoted(owner)} in schema {quoted(schema)} "
                    + _statement(verb, right, f"{kind}s", self.names[role])
                )

    def users(self) -> None:
        """Each user in its role, with a password or with IAM."""
        for name, user in self.wanted.users.items():
            role = self.state.roles.get(name)
            self._login(name, user, role)
            group = self.names[user.role]
            ours = set(self.names.values())
            self._membership(name, {group}, lambda other, ours=ours: other in ours)
            begins = self.names[ADMIN] if user.role is ADMIN else ""
            has = role.set_role if role else ""
            if begins and has != begins:
                self.add(f"alter role {quoted(name)} set role {quoted(begins)}")
            elif not begins and has in ours:
                self.add(f"alter role {quoted(name)} reset role")

    def _login(self, name: str, user: UserSpec, role: Role | None) -> None:
        has_iam = (IAM, name) in self.state.members
        by_iam = user.iam and IAM in self.state.roles
        if user.iam and not by_iam:
            self.findings.append(no_iam(name))
        if by_iam:
            if role is None:
                self.add(f"create role {quoted(name)} login")
            elif not has_iam:
                self.add(f"alter role {quoted(name)} password null")
            if not has_iam:
                self.add(f"grant {IAM} to {quoted(name)}")
        elif role is None:
            self.add(f"create role {quoted(name)} login password {SECRET}", name)
        else:
            if has_iam:
                self.add(f"revoke {IAM} from {quoted(name)}")
            if has_iam or name in self.passwords.renewed:
                self.add(f"alter role {quoted(name)} password {SECRET}", name)
            elif name not in self.passwords.kept:
                self.findings.append(no_secret(name))
        if role is not None:
            self._attributes(role, _USER)

    def undeclared(self, revoke: bool) -> None:
        """Members of our roles whom the description doesn't name: told; with the word they may no longer log in."""
        for name, owned in self.state.owned.items():
            groups = [group for group in self.names.values() if (group, name) in self.state.members]
            may_log_in = self.state.roles[name].attributes["login"]
            keeps = (
                f"; it owns {listed(owned)}: `reassign owned by {quoted(name)} to {quoted(self.names[ADMIN])}` hands "
                "that on"
                if owned
                else ""
            )
            if revoke and not self.state.is_superuser(name):
                if may_log_in:
                    self.add(f"alter role {quoted(name)} nologin")
                self.add(f"revoke {', '.join(map(quoted, groups))} from {quoted(name)}")
                if owned:
                    self.findings.append(f"note: {name} is there still{keeps}")
                continue
            self.findings.append(
                f"{name} is in {', '.join(groups)} and not among `users`{keeps}: declare it, or take its login with "
                "`dbstack roles apply --revoke-undeclared`"
            )

    def _membership(self, member: str, wanted: set[str], is_ours: "Callable[[str], bool]") -> None:
        has = {role for role, other in self.state.members if other == member and is_ours(role)}
        for role in sorted(has - wanted):
            self.add(f"revoke {quoted(role)} from {quoted(member)}")
        for role in sorted(wanted - has):
            self.add(f"grant {quoted(role)} to {quoted(member)}")

    def _attributes(self, role: Role, wanted: Mapping[str, bool]) -> None:
        words = [
            name if on else f"no{name}" for name, on in wanted.items() if role.attributes[name] is not on
        ]
        if words:
            self.add(f"alter role {quoted(role.name)} {' '.join(words)}")

    def _settle(self, is_ours: bool, sql: str, why: str) -> None:
        if is_ours:
            self.add(sql)
        else:
            self.findings.append(f"{self.state.me} may not `{sql}`: {why}")

    def _rights(
        self, wanted: Rights, held: Held, owner: str
    ) -> Iterator[tuple[DatabaseRole, frozenset[str], str]]:
        """(role, privileges, grant or revoke) between what is wanted and what is held."""
        for role, name in self.names.items():
            if name == owner:
                continue
            want, have = wanted.get(role, frozenset[str]()), held.get(name, frozenset[str]())
            if have - want:
                yield role, have - want, "revoke"
            if want - have:
                yield role, want - have, "grant"

    def _of_kind(self, kind: str) -> Rights:
        rights = RIGHTS[kind]
        if kind == "table" and self.state.version >= _MAINTAIN_SINCE:
            return {**rights, ADMIN: rights[ADMIN] | {"MAINTAIN"}}
        return rights

    def _of(self, relation: Relation) -> Rights:
        if relation.schema not in self.wanted.schemas:
            return _NOTHING
        names = (relation.name, f"{relation.schema}.{relation.name}")
        if any(fnmatchcase(name, pattern) for name in names for pattern in self.wanted.excluded_tables):
            return _NOTHING
        own = next((rights for pattern, rights in OWN_TABLES if fnmatchcase(relation.name, pattern)), None)
        return self._of_kind(relation.kind) if own is None else own


def _statement(verb: str, right: frozenset[str], place: str, role: str) -> str:
    return f"{verb} {_words(right)} on {place} {_to(verb)} {quoted(role)}"


def _to(verb: str) -> str:
    return "to" if verb == "grant" else "from"


def _words(right: frozenset[str]) -> str:
    return ", ".join(word.lower() for word in sorted(right, key=_ORDER.index))
