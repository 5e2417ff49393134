"""From what is wanted and what is there to the statements between them, and to what only a person can settle.

Roles don't nest: each holds all that its word means, so that MySQL, MariaDB and a definer see the same. A user is in
one of them, which its sessions begin with. Users in the administrating one hold its privileges themselves too: views,
routines and triggers run with the privileges of whoever made them, and MariaDB leaves roles out of these.
"""

from collections.abc import Mapping

from dbstack.ops.errors import OpsUsageError
from dbstack.ops.roles.difference import SECRET, Comparison, Difference, Passwords, listed, no_iam, no_secret
from dbstack.ops.roles.mysql.catalog import ANYWHERE, IAM_PLUGIN, Account, Login, State
from dbstack.ops.roles.mysql.quoting import everything_in, has_wildcards, pattern, quoted
from dbstack.spec.database_roles import MYSQL, RolesSpec, UserSpec
from dbstack.spec.types import DatabaseRole

READ, WRITE, ADMIN = DatabaseRole
_READS = ("SELECT", "SHOW VIEW")
_WRITES = ("INSERT", "UPDATE", "DELETE", "EXECUTE", "CREATE TEMPORARY TABLES", "LOCK TABLES")
_MAKES = (
    *("CREATE", "ALTER", "DROP", "INDEX", "REFERENCES", "TRIGGER"),
    *("CREATE VIEW", "CREATE ROUTINE", "ALTER ROUTINE", "EVENT"),
)
_ORDER = (*_READS, *_WRITES, *_MAKES)
# Of all tables of a database, today's and later ones: there is no other way to hold privileges on these.
RIGHTS: Mapping[DatabaseRole, frozenset[str]] = {
    READ: frozenset(_READS),
    WRITE: frozenset({*_READS, *_WRITES}),
    ADMIN: frozenset(_ORDER),
}
_NOTHING: frozenset[str] = frozenset()


def difference(
    wanted: RolesSpec, state: State, passwords: Passwords, *, revoke_undeclared: bool
) -> Difference:
    """The statements that make the server what the description says. OpsUsageError for what can't be done at all."""
    found = _Comparison(wanted, state, passwords)
    found.refuse()
    found.groups()
    found.users()
    found.undeclared(revoke_undeclared)
    return found.found()


class _Comparison(Comparison):
    """With the catalogs of one server."""

    def __init__(self, wanted: RolesSpec, state: State, passwords: Passwords) -> None:
        super().__init__(wanted, passwords)
        self.state = state
        self.databases = tuple(wanted.schemas) or (state.database,)
        self.patterns = {pattern(name): name for name in self.databases}

    def refuse(self) -> None:
        """What a statement would only fail at, or do harm with."""
        if not all(self.databases):
            raise OpsUsageError(
                "no database is named: write mysql://USER@HOST/DATABASE, or name some in `schemas`"
            )
        for name in self.databases:
            if MYSQL.own_schemas.fullmatch(name):
                raise OpsUsageError(f"{name} is the server's own: name the database of your tables")
        missing = [name for name in self.databases if name not in self.state.databases]
        if missing:
            raise OpsUsageError(
                f"there is no database {', '.join(missing)}: make it (`create database`), or take it out of `schemas`"
            )
        for name in (*self.names.values(), *self.wanted.users):
            is_me = name == self.state.me.user
            if is_me or any(
                who.user == name and login.is_admin for who, login in self.state.accounts.items()
            ):
                raise OpsUsageError(
                    f"{name} is {'the user of this connection' if is_me else 'an administrator of the server'}, whose "
                    "privileges dbstack doesn't narrow: choose another name"
                )

    def groups(self) -> None:
        """The three roles: what they hold, exactly, and that they are in nothing."""
        for role, name in self.names.items():
            who = self.state.role(name)
            login = self.state.accounts.get(who)
            if login is None:
                self.add(f"create role {quoted(name)}")
            elif not login.is_locked and not self.state.is_mariadb:
                # There a role is a user who can't log in.
                self.add(f"alter user {who.quoted} account lock")
            for other in sorted(role for role, member in self.state.members if member == who):
                self.add(f"revoke {quoted(other)} from {quoted(name)}")
            for place in self.state.beyond.get(who, ()):
                self.add(f"revoke all privileges on {place} from {quoted(name)}")
            self._of_group(who, RIGHTS[role])

    def users(self) -> None:
        """Each user in its role, with a password or with IAM."""
        for name, user in self.wanted.users.items():
            who = Account(name)
            login = self.state.accounts.get(who)
            self._login(who, user, login)
            group = self.names[user.role]
            has = self._groups_of(who)
            if group not in has:
                self.add(f"grant {quoted(group)} to {who.quoted}")
            ours = set(self.names.values())
            begins = login.defaults if login else frozenset[str]()
            wanted = frozenset({group} if self.state.is_mariadb else {*begins - ours, group})
            if begins != wanted:
                word = "for" if self.state.is_mariadb else "to"
                self.add(f"set default role {', '.join(map(quoted, sorted(wanted)))} {word} {who.quoted}")
            self._narrow(who, has - {group}, RIGHTS[ADMIN] if user.role is ADMIN else _NOTHING)
            for other in sorted(self.state.accounts):
                if other.user == name and other.host not in (ANYWHERE, ""):
                    self.findings.append(
                        f"there is {other.quoted} too, and whoever connects from there logs in as that one, with a "
                        f"password and privileges of its own: `drop user {other.quoted}`"
                    )

    def _login(self, who: Account, user: UserSpec, login: Login | None) -> None:
        name, by_iam = who.user, user.iam and self.state.has_iam
        has_iam = login is not None and login.plugin == IAM_PLUGIN
        if user.iam and not by_iam:
            self.findings.append(no_iam(name))
        plugin = "mysql_native_password" if self.state.is_mariadb else "caching_sha2_password"
        with_password = f"identified with {plugin} as {SECRET}"
        # The token goes over the wire as it is.
        with_iam = f"identified with {IAM_PLUGIN} as 'RDS' require ssl"
        if login is None:
            self.add(
                f"create user {who.quoted} {with_iam if by_iam else with_password}", "" if by_iam else name
            )
            return
        if by_iam:
            if not has_iam:
                self.add(f"alter user {who.quoted} {with_iam}")
            elif not login.needs_tls:
                self.add(f"alter user {who.quoted} require ssl")
        elif has_iam or name in self.passwords.renewed:
            self.add(f"alter user {who.quoted} {with_password}", name)
        elif name not in self.passwords.kept:
            self.findings.append(no_secret(name))
        if login.is_locked:
            self.add(f"alter user {who.quoted} account unlock")

    def undeclared(self, revoke: bool) -> None:
        """Members of our roles whom the description doesn't name: told; with the word they may no longer log in."""
        declared = {Account(name) for name in self.wanted.users}
        roles = {self.state.role(name) for name in self.names.values()}
        members = {member for role, member in self.state.members if role in self.names.values()}
        for who in sorted(members - declared - roles):
            login = self.state.accounts.get(who)
            # Whoever makes a role in MariaDB is in it.
            if who == self.state.me or (login is not None and login.is_admin):
                continue
            groups = self._groups_of(who)
            if not revoke:
                self.findings.append(
                    f"{who.quoted} is in {', '.join(sorted(groups))} and not among `users`: declare it, or take its "
                    "login with `dbstack roles apply --revoke-undeclared`"
                )
                continue
            if login is not None and not login.is_locked and who.host:
                self.add(f"alter user {who.quoted} account lock")
            self._narrow(who, groups, _NOTHING)

    def _groups_of(self, who: Account) -> set[str]:
        ours = set(self.names.values())
        return {role for role, member in self.state.members if member == who and role in ours}

    def _narrow(self, who: Account, groups: set[str], own: frozenset[str]) -> None:
        """Takes these roles and, of its own privileges on our databases, what isn't wanted; never from under a view."""
        held = self.state.held.get(who, {})
        excess = [name for at, name in self.patterns.items() if held.get(at, _NOTHING) - own]
        defined = self.state.defined(who) if groups or excess else ()
        if defined:
            keeps = [*sorted(groups), *(f"privileges of its own on {name}" for name in excess)]
            self.findings.append(
                f"{who.quoted} keeps {', '.join(keeps)}, which {listed(defined)} run with: make these anew with "
                "another definer, then apply again"
            )
        for group in () if defined else sorted(groups):
            self.add(f"revoke {quoted(group)} from {who.quoted}")
        for at in self.patterns:
            self._settle(who.quoted, at, held.get(at, _NOTHING), own, keep=bool(defined))

    def _of_group(self, who: Account, wanted: frozenset[str]) -> None:
        """What a role holds on whole databases: on ours what is wanted, on others nothing."""
        held = self.state.held.get(who, {})
        for at in sorted({*self.patterns, *held}):
            # Where none are named, another description may be for the other databases.
            if at in self.patterns or self.wanted.schemas or has_wildcards(at):
                self._settle(
                    quoted(who.user), at, held.get(at, _NOTHING), wanted if at in self.patterns else _NOTHING
                )
            else:
                taken = _statement("revoke", held[at], at, quoted(who.user))
                self.findings.append(
                    f"{who.user} has privileges on {everything_in(at)} too: name all its databases in `schemas`, or "
                    f"take them, {taken}"
                )

    def _settle(
        self, who: str, at: str, have: frozenset[str], want: frozenset[str], *, keep: bool = False
    ) -> None:
        if want - have:
            self.add(_statement("grant", want - have, at, who))
        if have - want and not keep:
            self.add(_statement("revoke", have - want, at, who))


def _statement(verb: str, privileges: frozenset[str], at: str, who: str) -> str:
    order = {word: index for index, word in enumerate(_ORDER)}
    words = ", ".join(
        word.lower() for word in sorted(privileges, key=lambda word: (order.get(word, len(order)), word))
    )
    return f"{verb} {words} on {everything_in(at)} {'to' if verb == 'grant' else 'from'} {who}"
