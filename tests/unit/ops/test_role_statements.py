"""The statements of a MySQL 8, of which no test here has a server; MariaDB's run in tests/mysql."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from dbstack.ops import OpsUsageError
from dbstack.ops.roles.difference import Change, Difference, Passwords
from dbstack.ops.roles.mysql.catalog import IAM_PLUGIN, Account, Login, State, check_version, read_state
from dbstack.ops.roles.mysql.difference import RIGHTS, difference
from dbstack.ops.roles.mysql.hashing import caching_sha2, native, sha_crypt
from dbstack.ops.roles.mysql.quoting import account, everything_in, has_wildcards, pattern, quoted
from dbstack.spec.database_roles import RolesSpec, UserSpec
from dbstack.spec.types import DatabaseRole

READ, WRITE, ADMIN = DatabaseRole
SHOP = "shop\\_dev"
ROLE = Login(True, "caching_sha2_password", False, False, frozenset())
SERVICE = Account("service")


def user(**given: Any) -> Login:
    words = {
        "is_locked": False, "plugin": "caching_sha2_password", "needs_tls": False, "is_admin": False,
        "defaults": frozenset({"app_write"}),
    }  # fmt: skip
    return Login(**{**words, **given})


def state(**given: Any) -> State:
    """A server as `apply` leaves it, with one user who writes."""
    groups = {Account(f"app_{role.value}"): {SHOP: RIGHTS[role]} for role in DatabaseRole}
    words = {
        "me": Account("dbadmin"), "database": "shop_dev", "is_mariadb": False, "has_iam": True,
        "databases": frozenset({"shop_dev", "mysql"}), "held": groups, "beyond": {}, "defined": lambda who: (),
        "accounts": {**dict.fromkeys(groups, ROLE), SERVICE: user()},
        "members": frozenset({("app_write", SERVICE)}),
    }  # fmt: skip
    return State(**{**words, **given})


def wanted(role: DatabaseRole = WRITE, iam: bool = False, **given: Any) -> RolesSpec:
    return RolesSpec(schemas=(), users={"service": UserSpec(role, iam)}, **given)


def between(
    wish: RolesSpec, there: State, *, renewed: Sequence[str] = (), revoke: bool = False
) -> Difference:
    return difference(wish, there, Passwords(["service"], renewed), revoke_undeclared=revoke)


def statements(wish: RolesSpec, there: State, **given: Any) -> list[str]:
    return [change.shown for change in between(wish, there, **given).changes]


def test_everything_from_nothing():
    empty = state(accounts={}, held={}, members=frozenset())
    reads, everything = "select, show view", f"on `{SHOP}`.*"
    writes = f"{reads}, insert, update, delete, execute, create temporary tables, lock tables"
    makes = f"{writes}, create, alter, drop, index, references, trigger"
    makes += ", create view, create routine, alter routine, event"
    assert statements(wanted(ADMIN), empty) == [
        "create role app_read;",
        f"grant {reads} {everything} to app_read;",
        "create role app_write;",
        f"grant {writes} {everything} to app_write;",
        "create role app_admin;",
        f"grant {makes} {everything} to app_admin;",
        "create user 'service'@'%' identified with caching_sha2_password as '[secret]';",
        "grant app_admin to 'service'@'%';",
        "set default role app_admin to 'service'@'%';",
        # A definer's views run with these.
        f"grant {makes} {everything} to 'service'@'%';",
    ]
    assert statements(wanted(), state()) == []
    made = between(wanted(), empty).changes
    assert [change.password_of for change in made if change.password_of] == ["service"]


def test_a_user_of_iam_has_tls_and_no_password():
    by_iam = f"identified with {IAM_PLUGIN} as 'RDS' require ssl"
    new = state(accounts=dict.fromkeys(state().held, ROLE), members=frozenset())
    assert statements(wanted(iam=True), new)[0] == f"create user 'service'@'%' {by_iam};"
    assert not [change for change in between(wanted(iam=True), new).changes if change.password_of]
    assert statements(wanted(iam=True), state()) == [f"alter user 'service'@'%' {by_iam};"]
    without_tls = state(accounts={**state().accounts, SERVICE: user(plugin=IAM_PLUGIN)})
    assert statements(wanted(iam=True), without_tls) == ["alter user 'service'@'%' require ssl;"]
    as_it_is = state(accounts={**state().accounts, SERVICE: user(plugin=IAM_PLUGIN, needs_tls=True)})
    assert statements(wanted(iam=True), as_it_is) == []
    (change,) = between(wanted(), as_it_is).changes
    assert change == Change(
        "alter user 'service'@'%' identified with caching_sha2_password as '[secret]'", "service"
    )
    assert between(wanted(iam=True), state(has_iam=False)).findings == (
        "note: this server has no IAM: service logs in with a password",
    )


def test_another_role_is_given_before_the_old_one_is_taken():
    assert statements(wanted(READ), state()) == [
        "grant app_read to 'service'@'%';",
        "set default role app_read to 'service'@'%';",
        "revoke app_write from 'service'@'%';",
    ]


def test_roles_of_others_stay_and_go_on_being_what_sessions_begin_with():
    theirs = state(
        accounts={**state().accounts, SERVICE: user(defaults=frozenset({"audit", "app_read"}))},
        members=frozenset({("app_write", SERVICE), ("audit", SERVICE)}),
    )
    assert statements(wanted(), theirs) == ["set default role app_write, audit to 'service'@'%';"]


def test_a_definer_keeps_what_it_has_and_gets_no_more():
    held = {**state().held, SERVICE: {SHOP: frozenset({"SELECT", "DROP"})}}
    there = state(held=held, defined=lambda who: ["view shop_dev.v"] if who == SERVICE else [])
    found = between(wanted(READ), there)
    assert [change.sql for change in found.changes] == [
        "grant app_read to 'service'@'%'",
        "set default role app_read to 'service'@'%'",
    ]
    assert found.findings == (
        "'service'@'%' keeps app_write, privileges of its own on shop_dev, which view shop_dev.v run with: make these "
        "anew with another definer, then apply again",
    )


def test_a_role_is_no_user():
    unlocked = state(accounts={**state().accounts, Account("app_read"): user(defaults=frozenset())})
    assert statements(wanted(), unlocked) == ["alter user 'app_read'@'%' account lock;"]


def test_who_is_not_declared():
    other, root = Account("o'hara", "10.%"), Account("root")
    there = state(
        accounts={**state().accounts, other: user(), root: user(is_admin=True)},
        members=frozenset({("app_write", SERVICE), ("app_write", other), ("app_admin", root)}),
    )
    assert between(wanted(), there).findings == (
        "'o''hara'@'10.%' is in app_write and not among `users`: declare it, or take its login with `dbstack roles "
        "apply --revoke-undeclared`",
    )
    assert statements(wanted(), there, revoke=True) == [
        "alter user 'o''hara'@'10.%' account lock;",
        "revoke app_write from 'o''hara'@'10.%';",
    ]


def test_a_user_of_the_same_name_from_elsewhere():
    there = state(accounts={**state().accounts, Account("service", "localhost"): user()})
    (finding,) = between(wanted(), there).findings
    assert finding.startswith(
        "there is 'service'@'localhost' too, and whoever connects from there logs in as that one"
    )


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"database": ""}, "no database is named"),
        ({"database": "sys"}, "sys is the server's own"),
        ({"database": "elsewhere"}, "there is no database elsewhere"),
        ({"me": SERVICE}, "service is the user of this connection"),
        (
            {"accounts": {Account("app_read", "localhost"): user(is_admin=True)}},
            "app_read is an administrator of the server",
        ),
    ],
)
def test_what_is_refused(given: Mapping[str, Any], words: str):
    with pytest.raises(OpsUsageError, match=words):
        between(wanted(), state(**given))


def test_names_mean_one_database_and_nothing_else():
    assert pattern("shop_dev%") == "shop\\_dev\\%"
    assert everything_in(pattern("sh`op")) == "`sh``op`.*"
    assert [has_wildcards(text) for text in ("shop\\_dev", "shop_dev", "shop%", "shop")] == [
        False,
        True,
        True,
        False,
    ]
    assert [quoted(name) for name in ("app_read", "Order", "select", "public", "a`b")] == [
        "app_read", "`Order`", "`select`", "`public`", "`a``b`",
    ]  # fmt: skip
    assert account("it's\\", "%") == "'it''s\\\\'@'%'"
    assert account("app_read", "") == "app_read"


def test_the_grant_tables_of_mysql_8():
    """Rows as it gives them; the same queries run on a MariaDB in tests/mysql, where they are the same."""
    asked: list[str] = []
    service = {"user": "service", "host": "%"}

    def run(sql: str, values: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        sql = sql.lower()
        asked.append(sql)
        if "version()" in sql:
            return [{"version": "8.4.6", "me": "db@admin@%", "database": "shop_dev", "has_iam": 1}]
        if "role_edges" in sql:
            return [{"role": "app_write", **service}]
        if "default_roles" in sql:
            assert values["names"] == ["app_admin", "app_read", "app_write", "db@admin", "service"]
            return [
                {**service, "is_locked": 0, "plugin": "caching_sha2_password", "needs_tls": 0, "is_admin": 0,
                 "defaults": "app_write,audit"},
            ]  # fmt: skip
        if "mysql.db" in sql:
            return [
                {"Host": "%", "Db": SHOP, "User": "app_read", "Select_priv": "Y", "Create_tmp_table_priv": "Y",
                 "Create_view_priv": "Y", "Grant_priv": "Y", "Drop_priv": "N"},
            ]  # fmt: skip
        if "global_grants" in sql:
            role = {"user": "app_read", "host": "%"}
            return [
                {**role, "kind": "", "database": "", "name": ""},
                {**role, "kind": "table", "database": "shop_dev", "name": "Orders"},
                {**role, "kind": "procedure", "database": "shop_dev", "name": "p"},
            ]
        if "schemata" in sql:
            return [{"name": "shop_dev"}]
        return [{"object": "view shop_dev.v"}]

    found = read_state(run, wanted())
    assert not [sql for sql in asked if "mariadb" in sql or "global_priv" in sql or "roles_mapping" in sql]
    assert (found.me, found.is_mariadb, found.has_iam) == (Account("db@admin"), False, True)
    assert found.accounts == {SERVICE: user(defaults=frozenset({"app_write", "audit"}))}
    assert found.members == {("app_write", SERVICE)}
    assert found.held == {
        Account("app_read"): {
            SHOP: frozenset({"SELECT", "CREATE TEMPORARY TABLES", "CREATE VIEW", "GRANT OPTION"})
        }
    }
    assert found.beyond == {Account("app_read"): ["*.*", "shop_dev.`Orders`", "procedure shop_dev.p"]}
    assert found.defined(SERVICE) == ["view shop_dev.v"]


@pytest.mark.parametrize(
    ("text", "is_mariadb"),
    [
        ("8.0.36", False),
        ("8.4.6", False),
        ("9.5.0", False),
        ("10.6.22-MariaDB-log", True),
        ("11.8.3-MariaDB", True),
    ],
)
def test_servers_that_have_roles(text: str, is_mariadb: bool):
    assert check_version(text) is is_mariadb


@pytest.mark.parametrize("text", ["5.7.44-log", "10.5.29-MariaDB", "unknown"])
def test_servers_that_have_none(text: str):
    with pytest.raises(OpsUsageError, match=r"which is too old: .* MySQL from 8.0 and MariaDB from 10.6 on"):
        check_version(text)


def test_hashes_are_those_that_servers_make():
    # Made by a MySQL 8 for `foobar` (pingcap/tidb, pkg/parser/auth/caching_sha2.go).
    made = bytes.fromhex(
        "24412430303524031A69251C34295C4B35167C7F1E5A7B6309134950"
        "3974624D34504B5A424679354856336868686F52485A736E4A733368786E427575516C73446469496537"
    ).decode()
    assert caching_sha2("foobar", made[7:27]) == made
    # Made by glibc's crypt(3).
    assert sha_crypt(b"Hello world!", b"saltstring", 5000) == "5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5"
    assert sha_crypt(b"a" * 70, b"abcdefghij", 5000) == "Jn.LQpqHoW9zwH.OHSQECxClF2sVQZZNgfCou.uhzS8"
    assert len({caching_sha2("x") for _ in range(3)}) == 3
    assert {len(caching_sha2("x")), len(caching_sha2("x" * 64))} == {70}
    # MySQL's manual, PASSWORD('mypass').
    assert native("mypass") == "*6C8989366EAF75BB670AD8EA7A7FC1176A95CEF4"
