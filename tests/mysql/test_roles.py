"""`dbstack roles` on a real MariaDB: what each user may is proven by connecting as it."""

import errno
import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pymysql
import pytest
from click.testing import CliRunner
from tests.granting import Granting
from tests.mysql.server import Server
from tests.postgres.cluster import free_port
from tests.tls import authority

from dbstack.cli import main
from dbstack.ops import OpsError
from dbstack.ops.mysql import mysql_target
from dbstack.ops.roles.mysql.server import MysqlServer, opened
from dbstack.spec.database_roles import RolesSpec

pytestmark = pytest.mark.mysql
_NUMBERS = itertools.count(1)


class Place(Granting):
    """On a MariaDB. Beside its database stands another, whose name is one for `_` as any character."""

    hashes, engine = ("$A$005$", "using '*", "as '*"), "mysql"

    def __init__(self, server: Server, folder: Path, number: int) -> None:
        url = f"mysql://{server.user}@localhost:{server.port}/roles_{number}?ssl-ca={server.authority}"
        super().__init__(folder, number, server.password, server.port, url)
        self.server, self.neighbour = server, f"rolesX{number}"

    @contextmanager
    def session(self, name: str = "", password: str = "", user: str = "") -> Iterator[Any]:
        """Of a user with its password of the store; without a name of the master user."""
        with pymysql.connect(
            host="localhost",
            port=self.port,
            user=user or (self.user(name) if name else self.server.user),
            password=password or (self.kept(name) if name else self.server.password),
            database=self.database,
            ssl={"ca": str(self.server.authority)},
            autocommit=True,
        ) as connection:
            yield connection

    def sql(self, query: str, name: str = "") -> list[tuple[Any, ...]]:
        """The last statement's rows."""
        found: list[tuple[Any, ...]] = []
        with self.session(name) as connection, connection.cursor() as cursor:
            for statement in query.split("; "):
                cursor.execute(statement)
                found = list(cursor.fetchall())
        return found

    def denied(self, name: str, *queries: str) -> None:
        for query in queries:
            # To a database, to a table, to a column, to a routine.
            with pytest.raises(pymysql.Error, match=r"^\((1044|1142|1143|1227|1370), "):
                self.sql(query, name)


@pytest.fixture
def shop(mariadb: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """With a table that was there before the roles."""
    monkeypatch.setenv("MYSQL_PWD", mariadb.password)
    monkeypatch.chdir(tmp_path)
    made = Place(mariadb, tmp_path, next(_NUMBERS))
    made.describe()
    words = {"host": "localhost", "port": mariadb.port, "user": mariadb.user, "password": mariadb.password}
    with (
        pymysql.connect(**words, ssl={"ca": str(mariadb.authority)}, autocommit=True) as admin,
        admin.cursor() as cursor,
    ):  # type: ignore[arg-type]
        for name in (made.database, made.neighbour):
            cursor.execute(f"create database `{name}`")
            cursor.execute(f"create table `{name}`.orders (id serial, name text)")
            cursor.execute(f"insert into `{name}`.orders (name) values ('first')")
        try:
            yield made
        finally:
            for name in (made.database, made.neighbour):
                cursor.execute(f"drop database `{name}`")


def on(shop: Place) -> str:
    return f"on `roles\\_{shop.number}`.*"


def test_reading_writing_and_making_tables_are_three_things(shop: Place):
    shop.ok("apply")
    shop.sql("create table later (id int); create view seen as select * from later")
    assert shop.sql("select name from orders", "reporting") == [("first",)]
    assert shop.sql("select * from seen", "reporting") == []
    shop.denied(
        "reporting",
        "insert into orders (name) values ('x')",
        "delete from later",
        "create table mine (id int)",
        "create temporary table mine (id int)",
        f"select * from {shop.neighbour}.orders",
        "select * from mysql.db",
    )
    shop.sql("insert into later values (1); update orders set name = name; delete from orders", "service")
    assert shop.sql("select * from seen", "service") == [(1,)]
    shop.denied(
        "service",
        "create table mine (id int)",
        "truncate orders",
        "drop table orders",
        "alter table orders add x int",
        "create view mine as select 1",
        f"delete from {shop.neighbour}.orders",
    )
    shop.sql("create table made (id serial, ref int); alter table orders add x int; truncate later", "owner")
    shop.sql("insert into made (ref) values (7)", "service")
    assert shop.sql("select ref from made", "reporting") == [(7,)]
    shop.denied(
        "owner", f"select * from {shop.neighbour}.orders", "create user somebody", "create database x"
    )


def test_a_second_time_there_is_nothing_to_do(shop: Place):
    shown = shop.ok("apply", "--dry-run")
    assert not (shop.folder / ".dbstack").exists()
    assert shop.run("status").exit_code == 3
    assert (
        f"create user 'service{shop.number}'@'%' identified with mysql_native_password as '[secret]';"
        in shown
    )
    assert shop.ok("apply") == shown
    before = {path: path.read_text() for path in shop.folder.rglob("*.json")}
    assert len(before) == 3
    done = shop.run("apply")
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "nothing to do\n")
    assert {path: path.read_text() for path in shop.folder.rglob("*.json")} == before
    assert shop.run("status").output == "as described\n"


def test_drift_is_told_and_mended(shop: Place):
    shop.ok("apply")
    read, write, reporting = f"{shop.prefix}_read", f"{shop.prefix}_write", f"'{shop.user('reporting')}'@'%'"
    table, everything = f"{shop.database}.orders", on(shop)
    other = f"other{shop.number}"
    shop.sql(f"create role {other}; create function f() returns int return 1")
    for done, told in {
        f"grant delete {everything} to {read}": f"revoke delete {everything} from {read};",
        f"revoke select {everything} from {read}": f"grant select {everything} to {read};",
        f"grant select {everything} to {read} with grant option": (
            f"revoke grant option {everything} from {read};"
        ),
        # For every database with any character there.
        f"grant select on `{shop.database}`.* to {read}": f"revoke select on `{shop.database}`.* from {read};",
        f"grant update on {table} to {read}": f"revoke all privileges on {table} from {read};",
        f"grant update (name) on {table} to {read}": f"revoke all privileges on {table} from {read};",
        f"grant execute on function f to {read}": (
            f"revoke all privileges on function {shop.database}.f from {read};"
        ),
        f"grant process on *.* to {write}": f"revoke all privileges on *.* from {write};",
        f"grant {other} to {write}": f"revoke {other} from {write};",
        f"grant {write} to {reporting}": f"revoke {write} from {reporting};",
        f"grant insert {everything} to {reporting}": f"revoke insert {everything} from {reporting};",
        f"alter user {reporting} account lock": f"alter user {reporting} account unlock;",
        f"set default role none for {reporting}": f"set default role {read} for {reporting};",
    }.items():
        shop.sql(done)
        assert shop.status() == {"statements": [told], "findings": []}
        assert shop.ok("apply") == told + "\n"
        assert shop.is_settled()
    # A user's own privileges elsewhere, and roles that aren't dbstack's, are left alone.
    shop.sql(f"grant select on {shop.neighbour}.* to {reporting}; grant {other} to {reporting}")
    assert shop.is_settled()


def test_another_database_is_for_the_roles_only_where_it_is_named(shop: Place):
    shop.sql(
        f"rename table {shop.neighbour}.orders to {shop.neighbour}.bills; create database other_{shop.number}"
    )
    shop.describe(more=f"schemas: [roles_{shop.number}, other_{shop.number}]")
    try:
        shop.sql(f"create table other_{shop.number}.bills (id int)")
        shop.ok("apply")
        assert shop.sql(f"select * from other_{shop.number}.bills", "reporting") == []
        # The description of one database says nothing of the others: an application may be using them.
        shop.describe()
        found = shop.status()
        assert found["statements"] == []
        assert found["findings"][0] == (
            f"{shop.prefix}_read has privileges on `other\\_{shop.number}`.* too: name all its databases in `schemas`, "
            f"or take them, revoke select, show view on `other\\_{shop.number}`.* from {shop.prefix}_read"
        )
        shop.describe(more=f"schemas: [roles_{shop.number}]")
        assert f"revoke select, show view on `other\\_{shop.number}`.* from {shop.prefix}_read;" in shop.ok(
            "apply"
        )
        shop.denied("reporting", f"select * from other_{shop.number}.bills")
        assert shop.is_settled()
        shop.describe(more="schemas: [nosuch]")
        done = shop.run("apply")
        assert (done.exit_code, done.stdout) == (2, "")
        assert "there is no database nosuch: make it" in done.stderr
    finally:
        shop.sql(f"drop database other_{shop.number}")


def test_a_user_who_was_there_before_ends_with_what_its_role_may(shop: Place):
    """As applications have been set up ever since: everything, on a pattern or not."""
    service = f"'{shop.user('service')}'@'%'"
    shop.sql(f"create user {service} identified by 'hunter2222'; grant all {on(shop)} to {service}")
    shop.sql(f"create user '{shop.user('service')}'@'localhost' identified by 'hunter2222'")
    done = shop.run("apply")
    assert done.exit_code == 0
    assert f"grant {shop.prefix}_write to {service};" in done.stdout
    assert f"there is no secret of {shop.user('service')}, which the database has" in done.stderr
    assert (
        f"there is '{shop.user('service')}'@'localhost' too, and whoever connects from there" in done.stderr
    )
    shop.sql(f"drop user '{shop.user('service')}'@'localhost'")
    with shop.session(user=shop.user("service"), password="hunter2222") as its, its.cursor() as cursor:
        cursor.execute("insert into orders (name) values ('second')")
        with pytest.raises(pymysql.Error, match="DROP command denied"):
            cursor.execute("truncate orders")
    assert shop.ok("apply", "--new-password", shop.user("service")) == (
        f"alter user {service} identified with mysql_native_password as '[secret]';\n"
    )
    assert shop.sql("select count(*) from orders", "service") == [(2,)]
    assert shop.is_settled()


def test_what_an_administrator_defined_goes_on_to_work(shop: Place):
    """Views and routines run with their definer's own privileges, which in MariaDB no role adds to."""
    shop.ok("apply")
    owner, admin = f"'{shop.user('owner')}'@'%'", f"{shop.prefix}_admin"
    shop.sql(
        "create view seen as select * from orders; create procedure emptied() delete from orders; "
        "create trigger stamped before insert on orders for each row set new.name = 'stamped'",
        "owner",
    )
    assert shop.sql("select name from seen", "reporting") == [("first",)]
    shop.sql("call emptied(); insert into orders (name) values ('x')", "service")
    assert shop.sql("select name from seen", "reporting") == [("stamped",)]
    shop.denied("reporting", "call emptied()")
    # No longer an administrator, no longer there: not under the feet of those who use them.
    shop.describe("{reporting: {roles: [read]}, service: {roles: [write]}, owner: {roles: [read]}}")
    told = (
        f"{owner} keeps {admin}, privileges of its own on {shop.database}, which procedure {shop.database}.emptied, "
        f"trigger {shop.database}.stamped, view {shop.database}.seen run with: make these anew with another definer, "
        "then apply again"
    )
    assert shop.status()["findings"] == [told]
    shop.ok("apply")
    assert shop.status() == {"statements": [], "findings": [told]}
    assert shop.sql("select name from seen", "reporting") == [("stamped",)]
    shop.describe("{reporting: {roles: [read]}, service: {roles: [write]}}")
    done = shop.run("apply", "--revoke-undeclared")
    assert done.stdout == f"alter user {owner} account lock;\n"
    assert "run with: make these anew with another definer" in done.stderr
    with pytest.raises(pymysql.Error, match="account is locked"):
        shop.sql("select 1", "owner")
    assert shop.sql("select name from seen", "reporting") == [("stamped",)]
    shop.sql("drop view seen; drop procedure emptied; drop trigger stamped")
    taken = shop.ok("apply", "--revoke-undeclared")
    assert f"revoke {admin} from {owner};\n" in taken
    assert shop.sql(f"select count(*) from mysql.db where user = '{shop.user('owner')}'") == [(0,)]
    assert shop.is_settled()


def test_a_user_that_is_no_longer_declared_is_told_and_loses_its_login_only_with_a_word(shop: Place):
    shop.ok("apply")
    service, write = f"'{shop.user('service')}'@'%'", f"{shop.prefix}_write"
    shop.describe("{reporting: {roles: [read]}, owner: {roles: [admin]}}")
    assert shop.status() == {
        "statements": [],
        "findings": [
            f"{service} is in {write} and not among `users`: declare it, or take its login with `dbstack roles apply "
            "--revoke-undeclared`"
        ],
    }
    shop.ok("apply")
    shop.sql("delete from orders", "service")
    assert shop.ok("apply", "--revoke-undeclared") == (
        f"alter user {service} account lock;\nrevoke {write} from {service};\n"
    )
    with pytest.raises(pymysql.Error, match="account is locked"):
        shop.sql("select 1", "service")
    assert shop.is_settled()
    # Declared anew, it is as before.
    shop.describe()
    shop.ok("apply")
    shop.sql("delete from orders", "service")
    assert shop.is_settled()


def test_passwords_are_kept_and_used_again_and_no_log_has_one(shop: Place):
    shop.sql("set global log_output = 'TABLE'; set global general_log = on")
    try:
        shop.ok("apply")
        shop.passwords_are_for_their_owner_alone()
        service, file = shop.user("service"), shop.file("service")
        passwords = {shop.kept(name) for name in ("reporting", "service", "owner")}
        # Thrown away with its volume, the database gets the passwords that the applications know.
        shop.sql(f"drop user '{service}'@'%'")
        assert f"create user '{service}'@'%' identified with" in shop.ok("apply")
        assert shop.sql("select current_user()", "service") == [(f"{service}@%",)]
        file.unlink()
        assert shop.status()["findings"] == [
            f"there is no secret of {service}, which the database has: `dbstack roles apply --new-password {service}` "
            "makes a new password"
        ]
        shop.ok("apply", "--new-password", service)
        assert shop.kept("service") not in passwords
        assert shop.sql("select 1", "service") == [(1,)]
        passwords.add(shop.kept("service"))
        (log,) = shop.sql("select group_concat(argument separator '\\n') from mysql.general_log")
    finally:
        shop.sql("set global general_log = off")
    assert f"'{service}'@'%' identified with mysql_native_password as '*" in str(log)
    assert not [password for password in passwords if password in str(log)]


def test_a_store_that_fails_leaves_every_password_as_it_was(shop: Place, monkeypatch: pytest.MonkeyPatch):
    shop.ok("apply")
    words = [f"--new-password={shop.user(name)}" for name in ("reporting", "service")]
    in_the_way = shop.file("service").with_suffix(".json.new")
    in_the_way.mkdir()
    before = {name: shop.kept(name) for name in ("reporting", "service")}
    done = shop.run("apply", *words)
    assert done.exit_code == 1
    assert f"{shop.user('service')}.json can't be written: Is a directory" in done.stderr
    in_the_way.rmdir()
    # The one before it has been changed, in the database and in the store.
    assert shop.kept("reporting") != before["reporting"]
    assert shop.kept("service") == before["service"]

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        assert "can't be written: No space left on device" in shop.run("apply", *words).stderr
    assert [shop.sql("select 1", name) for name in ("reporting", "service")] == [[(1,)], [(1,)]]
    assert shop.is_settled()


def test_a_connection_that_is_lost_leaves_the_new_password_to_be_settled(
    shop: Place, monkeypatch: pytest.MonkeyPatch
):
    shop.ok("apply")
    made = MysqlServer.verifier

    def cut_off(server: MysqlServer, user: str, password: str) -> str:
        shop.sql(f"kill {server._connection.thread_id()}")
        return made(server, user, password)

    with monkeypatch.context() as patch:
        patch.setattr(MysqlServer, "verifier", cut_off)
        done = shop.run("apply", "--new-password", shop.user("service"))
    assert done.exit_code == 1
    assert done.stderr.startswith("error: the connection was lost: `alter user ")
    assert done.stderr.endswith("; `dbstack roles status` says what holds\n")
    assert shop.status()["findings"] == [
        f"a new password of {shop.user('service')} was being set when that was cut off, and which one the database "
        f"has is not known: `dbstack roles apply --new-password {shop.user('service')}` sets another"
    ]
    shop.ok("apply", "--new-password", shop.user("service"))
    assert shop.sql("select 1", "service") == [(1,)]
    assert shop.is_settled()


def test_what_failed_is_told_and_the_next_apply_does_the_rest(shop: Place, monkeypatch: pytest.MonkeyPatch):
    """As a user who may make users, and not grant all that the roles are to have."""
    master = f"master{shop.number}"
    shop.sql(f"create user {master} identified by 'hunter3333'; grant create user, select on *.* to {master}")
    shop.sql(
        f"grant insert, update, delete on mysql.* to {master}; grant select {on(shop)} to {master} with grant option"
    )
    shop.url = shop.url.replace("//dbadmin@", f"//{master}@")
    monkeypatch.setenv("MYSQL_PWD", "hunter3333")
    done = shop.run("apply")
    assert done.exit_code == 1
    assert (
        f"error: `grant select, show view {on(shop)} to {shop.prefix}_read;` failed, and what was run before it holds "
        "(1 of "
    ) in done.stderr
    assert (
        f"Access denied for user '{master}'@'%' to database 'roles\\_{shop.number}'; the user of the connection must be"
        in done.stderr
    )
    assert not (shop.folder / ".dbstack").exists()
    shop.sql(f"grant all {on(shop)} to {master} with grant option")
    assert f"create role {shop.prefix}_read;" not in shop.ok("apply")
    assert shop.sql("select name from orders", "reporting") == [("first",)]
    assert shop.is_settled()
    monkeypatch.setenv("MYSQL_PWD", shop.kept("reporting"))
    shop.url = shop.url.replace(f"//{master}@", f"//{shop.user('reporting')}@")
    done = shop.run("apply")
    assert done.exit_code == 1
    assert "error: the grant tables can't be read: SELECT command denied to user" in done.stderr
    assert "must be the master user, or another that may make users" in done.stderr


def test_one_at_a_time(shop: Place):
    target = mysql_target(shop.url, "--url", "X")
    notes: list[str] = []
    with shop.session() as holder, holder.cursor() as cursor, opened(target, RolesSpec()) as server:
        cursor.execute("select get_lock('dbstack roles', 0)")
        told = (
            f"another `dbstack roles apply` runs: connection {holder.thread_id()} of dbadmin from localhost"
        )
        with pytest.raises(OpsError, match=told) as refused, server.lock(1, notes.append):
            pass
        assert "Wait for it, or end it with `kill`" in str(refused.value)
        assert notes[0].startswith(f"waiting: {told}")
        cursor.execute("select release_lock('dbstack roles')")
        with server.lock(0, notes.append):
            cursor.execute("select is_used_lock('dbstack roles') is not null")
            assert cursor.fetchone() == (1,)
        cursor.execute("select is_used_lock('dbstack roles') is null")
        assert cursor.fetchone() == (1,)


def test_without_iam_a_user_gets_a_password_which_is_told(shop: Place):
    shop.describe("{service: {roles: [write], iam: true}}")
    done = shop.run("apply")
    assert f"note: this server has no IAM: {shop.user('service')} logs in with a password" in done.stderr
    assert shop.sql("select 1", "service") == [(1,)]
    assert shop.is_settled()
    # The server understands what is sent to one of RDS, and has no such plugin.
    with pytest.raises(pymysql.Error, match="Plugin 'AWSAuthenticationPlugin' is not loaded"):
        shop.sql("create user x identified with AWSAuthenticationPlugin as 'RDS' require ssl")


def test_administrators_and_the_user_of_the_connection_are_left_alone(shop: Place):
    shop.sql(f"create user {shop.user('owner')}; grant super on *.* to {shop.user('owner')}")
    done = shop.run("apply")
    assert (done.exit_code, done.stdout) == (2, "")
    assert (
        f"{shop.user('owner')} is an administrator of the server, whose privileges dbstack doesn't"
        in done.stderr
    )
    shop.describe("{dbadmin: {roles: [read]}}")
    assert "dbadmin is the user of this connection" in shop.run("apply").stderr
    shop.sql(f"revoke super on *.* from {shop.user('owner')}")
    shop.describe()
    for database, words in (
        ("", "no database is named: write mysql://"),
        ("mysql", "mysql is the server's own"),
    ):
        url = shop.url.replace(f"/{shop.database}?", f"/{database}?")
        done = CliRunner().invoke(main, ["roles", "apply", "--url", url])
        assert done.exit_code == 2
        assert words in done.stderr


def test_a_faulty_file_is_told_whole(shop: Place):
    shop.describe(
        f"{{1st: {{roles: [read]}}, {'x' * 33}: {{roles: [read]}}}}",
        more="schemas: [sys]\nexcludedTables: [a]",
    )
    done = shop.run("apply")
    assert done.exit_code == 2
    for words in (
        "roles.yaml: 4 faults",
        "users.1st: '1st': a user's name has lower case letters",
        "a user's name has at most 32",
        "schemas[0]: 'sys' is MySQL's own",
        "excludedTables: MySQL can't leave a table out of the privileges on its database",
    ):
        assert words in done.stderr


def test_no_connection_is_told_with_its_cause_and_the_way_out(
    shop: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    def refusal(*changes: tuple[str, str], options: tuple[str, ...] = ()) -> str:
        url = shop.url
        for old, new in changes:
            url = url.replace(old, new)
        done = CliRunner().invoke(main, ["roles", "status", "--url", url, *options])
        assert (done.exit_code, done.stdout) == (1, "")
        shop.is_clean(done.output)
        return done.stderr

    port = f":{shop.port}/"
    assert refusal((port, f":{free_port()}/")).endswith(": is the server running, and is this its port?\n")
    assert refusal(("@localhost:", "@db.invalid:")).endswith(": check the host's name\n")
    assert refusal(("@localhost:", "@127.0.0.1:")).endswith(
        ": connect by a name that the certificate holds\n"
    )
    assert refusal((shop.database, "nosuch")).endswith(
        "Unknown database 'nosuch': create it, or name another one\n"
    )
    authority(tmp_path / "wrong.pem")
    assert "name the file of the server's authority with --sslrootcert, or as ssl-ca in ~/.my.cnf" in refusal(
        options=("--sslrootcert", str(tmp_path / "wrong.pem"))
    )
    monkeypatch.setenv("MYSQL_PWD", "wrong-one")
    told = refusal()
    assert told == (
        f"error: no connection to {shop.database} at localhost:{shop.port}: Access denied for user "
        "'dbadmin'@'localhost' (using password: YES): check the user and the password: MYSQL_PWD, ~/.my.cnf or "
        "the secret\n"
    )
    monkeypatch.delenv("MYSQL_PWD")
    assert "set MYSQL_PWD or a password in ~/.my.cnf" in refusal()
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".my.cnf").write_text(
        f'[client]\nuser = nobody\nsocket = /nosuch\npassword = "{shop.password}"\nssl-ca = {shop.server.authority}\n'
    )
    shop.url = shop.url.partition("?")[0]
    shop.ok("apply")
    done = CliRunner().invoke(
        main, ["roles", "status", "--url", shop.url, "--sslmode", "require", "--file", "roles.yaml"]
    )
    assert "as described" in done.stdout
    assert "note: sslmode=require: whether the server is the right one is not checked" in done.stderr


def test_the_other_commands_say_that_they_are_for_postgresql(shop: Place, monkeypatch: pytest.MonkeyPatch):
    (shop.folder / "migrations").mkdir()
    for words in (["migrate", "status"], ["migrate", "up"], ["backup", "create", "--to", "x"], ["inspect"]):
        done = CliRunner().invoke(main, [*words, "--url", shop.url])
        assert (done.exit_code, done.stdout) == (2, ""), done.output
        assert done.stderr == (
            "error: --url is no PostgreSQL URL, and this command is for PostgreSQL alone: write "
            "postgresql://USER@HOST:PORT/DATABASE\n"
        )
    assert json.loads(CliRunner().invoke(main, shop.words("status", "--json")).stdout)["statements"]
