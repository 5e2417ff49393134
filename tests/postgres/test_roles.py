"""`dbstack roles` on a real PostgreSQL: what each user may is proven by connecting as it."""

import itertools
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.granting import Granting
from tests.postgres.cluster import Server

from dbstack.ops import migrate

pytestmark = pytest.mark.postgres
AUDIT = Path(migrate.__file__).parent / "packaged"
_NUMBERS = itertools.count(1)


class Place(Granting):
    """On a PostgreSQL."""

    hashes, engine = ("SCRAM-SHA-256$",), "postgres"

    def __init__(self, server: Server, folder: Path, number: int) -> None:
        url = f"postgresql://{server.user}@localhost:{server.port}/roles_{number}?sslrootcert={server.authority}"
        super().__init__(folder, number, server.password, server.port, url)
        self.server = server

    @contextmanager
    def session(self, name: str = "") -> Iterator["psycopg.Connection[Any]"]:
        """Of a user with its password of the store; without a name of the master user."""
        given = json.loads(self.file(name).read_text()) if name else {}
        words = {"user": given["username"], "password": given["password"]} if given else {}
        with psycopg.connect(self.url, autocommit=True, **words) as connection:
            yield connection

    def sql(self, query: str, name: str = "") -> list[tuple[Any, ...]]:
        with self.session(name) as connection:
            found = connection.execute(query.encode())
            return found.fetchall() if found.description else []

    def denied(self, name: str, *queries: str) -> None:
        for query in queries:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                self.sql(query, name)


@pytest.fixture
def place(postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setenv("PGPASSWORD", postgres.password)
    monkeypatch.chdir(tmp_path)
    made = Place(postgres, tmp_path, next(_NUMBERS))
    with psycopg.connect(made.url.replace(f"/{made.database}?", "/postgres?"), autocommit=True) as admin:
        admin.execute(f"create database {made.database}".encode())
        try:
            made.describe()
            yield made
        finally:
            admin.execute(f"drop database {made.database} with (force)".encode())


@pytest.fixture
def shop(place: Place) -> Place:
    """With a table that was there before the roles."""
    place.sql(
        "create table orders (id serial primary key, name text); insert into orders (name) values ('first')"
    )
    return place


def test_reading_writing_and_making_tables_are_three_things(shop: Place):
    shop.ok("apply")
    assert shop.sql("select name from orders", "reporting") == [("first",)]
    shop.denied(
        "reporting",
        "insert into orders (name) values ('x')",
        "select nextval('orders_id_seq')",
        "create table mine ()",
        "create temp table t as select 1; insert into orders select 9, 'x'",
    )
    shop.sql(
        "insert into orders (name) values ('second'); update orders set name = name; delete from orders where id = 1",
        "service",
    )
    assert shop.sql("select name from orders", "service") == [("second",)]
    shop.denied(
        "service",
        "create table mine ()",
        "truncate orders",
        "drop table orders",
        "alter table orders add x int",
    )
    shop.sql("create table made (id serial primary key, ref int references orders)", "owner")
    shop.sql("insert into made (ref) select id from orders", "service")
    assert shop.sql("select count(*) from made", "reporting") == [(1,)]
    assert shop.sql("select tableowner from pg_tables where tablename = 'made'") == [
        (f"{shop.prefix}_admin",)
    ]
    shop.denied("reporting", "delete from made")


def test_a_table_that_the_master_user_makes_later_is_theirs_too(shop: Place):
    shop.ok("apply")
    shop.sql("create table later (id serial primary key); create view seen as select * from later")
    shop.sql("insert into later default values", "service")
    assert shop.sql("select id from seen", "reporting") == [(1,)]
    shop.denied("reporting", "delete from later")
    assert shop.is_settled()


def test_a_second_time_there_is_nothing_to_do(shop: Place):
    assert "create role" in shop.ok("apply")
    before = {path: path.read_text() for path in shop.folder.rglob("*.json")}
    assert len(before) == 3
    done = shop.run("apply")
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "nothing to do\n")
    assert {path: path.read_text() for path in shop.folder.rglob("*.json")} == before
    assert shop.run("status").output == "as described\n"


def test_a_dry_run_shows_what_apply_then_does(shop: Place):
    shown = shop.ok("apply", "--dry-run")
    assert not (shop.folder / ".dbstack").exists()
    assert shop.sql(f"select 1 from pg_roles where rolname like '{shop.prefix}%'") == []
    assert shop.run("status").exit_code == 3
    assert f"create role {shop.user('reporting')} login password '[secret]';" in shown
    assert shop.ok("apply") == shown


def test_nobody_but_the_administrators_makes_tables_in_public(shop: Place):
    # As before PostgreSQL 15.
    shop.sql("grant create on schema public to public")
    assert "revoke create on schema public from public;" in shop.ok("apply")
    shop.denied("reporting", "create table mine ()")
    shop.denied("service", "create table mine ()")
    shop.sql("create table mine ()", "owner")


def test_drift_is_told_and_mended(shop: Place):
    shop.ok("apply")
    read, write, reporting = f"{shop.prefix}_read", f"{shop.prefix}_write", shop.user("reporting")
    for done, told in {
        f"grant delete on orders to {read}": f"revoke delete on table public.orders from {read};",
        f"revoke select on orders from {read}": f"grant select on table public.orders to {read};",
        f"grant {write} to {reporting}": f"revoke {write} from {reporting};",
        f"alter role {reporting} nologin": f"alter role {reporting} login;",
        f"alter role {write} createdb": f"alter role {write} nocreatedb;",
        f"grant pg_read_all_data to {write}": f"revoke pg_read_all_data from {write};",
        f"alter role {shop.user('owner')} reset role": f"alter role {shop.user('owner')} set role {shop.prefix}_admin;",
        f"alter default privileges in schema public revoke select on tables from {read}": (
            f"alter default privileges for role dbadmin in schema public grant select on tables to {read};"
        ),
        f"create schema other; grant usage on schema other to {read}": f"revoke usage on schema other from {read};",
    }.items():
        shop.sql(done)
        assert shop.status() == {"statements": [told], "findings": []}
        assert shop.ok("apply") == told + "\n"
        assert shop.is_settled()


def test_a_schema_that_is_no_longer_named_loses_the_privileges(shop: Place):
    shop.sql('create schema "Odd Name"; create schema billing; create table billing.invoices (id int)')
    shop.describe(more="schemas: [public, billing]")
    shop.ok("apply")
    assert shop.sql("select * from billing.invoices", "reporting") == []
    shop.describe()
    assert f"revoke usage on schema billing from {shop.prefix}_read;" in shop.ok("apply")
    shop.denied("reporting", "select * from billing.invoices")
    assert shop.is_settled()
    shop.describe(more="schemas: [nosuch]")
    done = shop.run("apply")
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"there is no schema nosuch in {shop.database}: make it" in done.stderr


def test_excluded_tables_and_dbstacks_own_are_not_for_them(shop: Place):
    shop.sql(
        "create table audit_log (id int); create table schema_migrations (version int); create table keys_a (id int); "
        'create table "Keys" (id int)'
    )
    shop.describe(more="excludedTables: ['keys_*']")
    shop.ok("apply")
    shop.denied("reporting", "select * from audit_log", "select * from keys_a")
    shop.denied(
        "service", "insert into audit_log values (1)", "delete from schema_migrations", "select * from keys_a"
    )
    assert shop.sql("select * from schema_migrations", "service") == []
    shop.sql("insert into schema_migrations values (1)", "owner")
    assert shop.sql('select * from "Keys"', "reporting") == []
    # One that came by the default privileges is drift.
    shop.sql("create table keys_b (id int)")
    assert [line.partition(" on ")[2].split(" ")[1] for line in shop.status()["statements"]] == [
        "public.keys_b"
    ] * 3
    shop.ok("apply")
    shop.denied("service", "select * from keys_b")


def test_an_audit_log_that_comes_later_is_closed_from_the_start(shop: Place):
    """The default privileges would let every application edit it."""
    shop.ok("apply")
    shop.sql((AUDIT / "audit.sql").read_text())
    shop.sql("select audit_log_add_month('2027-01-01'); select audit_table('orders')")
    for table in ("audit_log", "audit_log_default", "audit_log_202701"):
        shop.denied("service", f"delete from {table}", f"select * from {table}")
        shop.denied("reporting", f"select * from {table}")
    shop.sql("update orders set name = 'seen'", "service")
    assert shop.sql("select database_user from audit_log") == [(shop.user("service"),)]
    assert shop.is_settled()


def test_a_user_that_is_no_longer_declared_is_told_and_loses_its_login_only_with_a_word(shop: Place):
    shop.ok("apply")
    service, write = shop.user("service"), f"{shop.prefix}_write"
    shop.sql(f"create table orphan (id int); alter table orphan owner to {service}")
    shop.describe("{reporting: {roles: [read]}, owner: {roles: [admin]}}")
    found = shop.status()
    assert found["findings"][-1].startswith(
        f"{service} is in {write} and not among `users`; it owns table orphan: `reassign owned by {service} to"
    )
    shop.ok("apply")
    shop.sql("delete from orders", "service")
    assert shop.ok("apply", "--revoke-undeclared") == (
        f"alter role {service} nologin;\nrevoke {write} from {service};\n"
    )
    with pytest.raises(psycopg.OperationalError, match="is not permitted to log in"):
        shop.sql("select 1", "service")
    assert shop.sql(f"select 1 from pg_roles where rolname = '{service}'") == [(1,)]
    assert shop.sql("select tableowner from pg_tables where tablename = 'orphan'") == [(service,)]


def test_passwords_are_kept_for_their_owner_alone(shop: Place):
    shop.ok("apply")
    shop.passwords_are_for_their_owner_alone()


def test_a_lost_secret_is_told_and_made_anew_with_a_word(shop: Place):
    shop.ok("apply")
    file, service = shop.file("service"), shop.user("service")
    old = json.loads(file.read_text())["password"]
    file.unlink()
    assert shop.status()["findings"] == [
        f"there is no secret of {service}, which the database has: `dbstack roles apply --new-password {service}` "
        "makes a new password"
    ]
    shop.ok("apply")
    assert not file.exists()
    assert shop.ok("apply", "--new-password", service) == f"alter role {service} password '[secret]';\n"
    assert shop.sql("select current_user", "service") == [(service,)]
    assert json.loads(file.read_text())["password"] != old
    assert shop.is_settled()
    done = shop.run("apply", "--new-password", "nobody")
    assert (done.exit_code, done.stderr) == (
        2,
        "error: nobody: no such user is declared; declare it in `users` first\n",
    )


def test_a_secret_outlives_the_database(shop: Place):
    """A container's volume that was thrown away: the application's password goes on to hold."""
    shop.ok("apply")
    before = shop.file("service").read_text()
    service = shop.user("service")
    shop.sql(f"drop owned by {service}; drop role {service}")
    assert f"create role {service} login password '[secret]';" in shop.ok("apply")
    assert shop.file("service").read_text() == before
    assert shop.sql("select current_user", "service") == [(service,)]


def test_no_password_reaches_the_servers_log(shop: Place):
    log = shop.server.log
    shop.sql(f"alter database {shop.database} set log_statement = 'all'")
    shop.ok("apply")
    shop.ok("apply", "--new-password", shop.user("service"))
    text = log.read_text()
    assert f"alter role {shop.user('service')} password 'SCRAM-SHA-256$" in text
    for name in ("reporting", "service", "owner"):
        assert json.loads(shop.file(name).read_text())["password"] not in text


def test_a_failing_statement_leaves_everything_as_it_was(shop: Place):
    shop.ok("apply")
    shop.sql(f"alter default privileges in schema public revoke select on tables from {shop.prefix}_read")
    shop.sql(f"alter role {shop.prefix}_read createdb")
    shop.sql(
        "create function refuse() returns event_trigger language plpgsql as $$begin raise 'not today'; end$$;"
        "create event trigger refusal on ddl_command_start when tag in ('ALTER DEFAULT PRIVILEGES')"
        "execute function refuse()"
    )
    done = shop.run("apply")
    assert done.exit_code == 1
    assert "failed, and nothing was changed: not today" in done.stderr
    assert shop.sql(f"select rolcreatedb from pg_roles where rolname = '{shop.prefix}_read'") == [(True,)]
    shop.sql("drop event trigger refusal")
    shop.ok("apply")
    assert shop.is_settled()


def test_a_store_that_fails_leaves_every_password_as_it_was(shop: Place):
    shop.ok("apply")
    words = [f"--new-password={shop.user(name)}" for name in ("reporting", "service")]
    before = shop.file("reporting").read_text()
    in_the_way = shop.file("service").with_suffix(".json.new")
    in_the_way.mkdir()
    done = shop.run("apply", *words)
    assert done.exit_code == 1
    assert f"{shop.user('service')}.json can't be written: Is a directory" in done.stderr
    assert shop.file("reporting").read_text() == before
    assert shop.sql("select 1", "reporting") == [(1,)]
    assert shop.status()["findings"] == [
        f"a new password of {shop.user('service')} was being set when that was cut off, and which one the database "
        f"has is not known: `dbstack roles apply --new-password {shop.user('service')}` sets another"
    ]
    in_the_way.rmdir()
    shop.ok("apply", *words)
    assert shop.file("reporting").read_text() != before
    assert shop.sql("select 1", "reporting") == [(1,)]
    assert shop.is_settled()


def test_two_at_once(shop: Place):
    words = [str(Path(sys.executable).with_name("dbstack")), *shop.words("apply")]
    with shop.session() as holder:
        holder.execute("select pg_advisory_lock(%s)", (int.from_bytes(b"dbstackm", "big"),))
        both = [
            subprocess.Popen(
                words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=shop.folder
            )
            for _ in range(2)
        ]
        told: list[tuple[str, str]] = []
        readers = [threading.Thread(target=lambda one=one: told.append(one.communicate())) for one in both]
        for reader in readers:
            reader.start()
        waits = "select count(*) from pg_stat_activity where application_name = 'dbstack roles'"
        until(lambda: holder.execute(waits.encode()).fetchone() == (2,))
    for reader in readers:
        reader.join()
    assert [one.returncode for one in both] == [0, 0], told
    assert sorted("create role" in out for out, _ in told) == [False, True]
    assert shop.sql("select current_user", "service") == [(shop.user("service"),)]
    assert shop.is_settled()


def test_a_master_user_that_is_no_superuser(shop: Place, monkeypatch: pytest.MonkeyPatch):
    """As RDS's: it may make roles and databases, and no more."""
    shop.sql(
        f"create role master{shop.number} login createrole createdb password 'x' in role pg_read_all_stats"
    )
    shop.sql(f"alter database {shop.database} owner to master{shop.number}")
    shop.sql(
        f"alter table orders owner to master{shop.number}; alter schema public owner to master{shop.number}"
    )
    shop.sql("create table theirs (id int)")
    shop.url = shop.url.replace("//dbadmin@", f"//master{shop.number}@")
    monkeypatch.setenv("PGPASSWORD", "x")
    done = shop.run("apply")
    assert done.exit_code == 0, done.output
    assert f"grant {shop.prefix}_admin to master{shop.number};" in done.stdout
    assert "select on public.theirs can't be granted" in done.stderr
    assert (
        f"the owner is dbadmin; run this as the owner, or `alter table ... owner to {shop.prefix}_admin`"
        in done.stderr
    )
    assert shop.sql("select name from orders", "reporting") == [("first",)]
    shop.denied("reporting", "select * from theirs", "create table mine ()")
    shop.sql("create table made (id int)", "owner")
    # What the role owns the master user may change, and the others may read.
    shop.sql("alter table made add name text")
    assert shop.sql("select * from made", "reporting") == []
    assert shop.status()["statements"] == []


def test_a_revoke_that_has_no_effect_is_no_success(shop: Place):
    """What another role granted, PostgreSQL leaves without an error."""
    shop.ok("apply")
    other, read = f"other{shop.number}", f"{shop.prefix}_read"
    shop.sql(f"create role {other}; grant delete on orders to {other} with grant option")
    shop.sql(f"set role {other}; grant delete on orders to {read}")
    shop.sql(f"alter role {read} createdb")
    done = shop.run("apply")
    assert done.exit_code == 1
    assert (
        f"`revoke delete on table public.orders from {read};` has no effect, and nothing was changed"
        in done.stderr
    )
    assert shop.sql(f"select rolcreatedb from pg_roles where rolname = '{read}'") == [(True,)]
    shop.sql(f"revoke delete on orders from {other} cascade")
    shop.ok("apply")
    assert shop.is_settled()


def test_iam(shop: Place):
    """The role of RDS is here for this test alone; elsewhere such a user gets a password."""
    shop.describe("{service: {roles: [write], iam: true}}")
    service = shop.user("service")
    done = shop.run("apply")
    assert f"note: this server has no IAM: {service} logs in with a password" in done.stderr
    assert shop.is_settled()
    shop.sql("create role rds_iam")
    try:
        assert shop.ok("apply") == f"alter role {service} password null;\ngrant rds_iam to {service};\n"
        assert shop.sql(f"select rolpassword from pg_authid where rolname = '{service}'") == [(None,)]
        assert shop.is_settled()
        shop.describe("{service: {roles: [write]}, reporting: {roles: [read], iam: true}}")
        assert shop.ok("apply").splitlines()[:3] == [
            f"revoke rds_iam from {service};",
            f"alter role {service} password '[secret]';",
            f"create role {shop.user('reporting')} login;",
        ]
        assert shop.sql("select current_user", "service") == [(service,)]
        assert not shop.file("reporting").exists()
        assert shop.is_settled()
    finally:
        shop.sql("drop role rds_iam")


def test_superusers_and_the_user_of_the_connection_are_left_alone(shop: Place):
    shop.sql(f"create role {shop.user('owner')} superuser login")
    done = shop.run("apply")
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"{shop.user('owner')} is a superuser, whose privileges dbstack doesn't narrow" in done.stderr
    shop.describe("{dbadmin: {roles: [read]}}")
    assert "dbadmin is the user of this connection" in shop.run("apply").stderr


def test_a_faulty_file_is_told_whole(shop: Place):
    shop.describe("{1st: {roles: [red]}, x: {roles: []}}", more="schemas: [pg_catalog]")
    done = shop.run("apply")
    assert done.exit_code == 2
    for words in (
        "roles.yaml: 4 faults",
        "users.1st: '1st': a user's name has lower case letters",
        "did you mean 'read'?",
        "users.x.roles: is empty",
        "schemas[0]: 'pg_catalog' is PostgreSQL's own",
    ):
        assert words in done.stderr


def until(is_so: Callable[[], bool], seconds: float = 30) -> None:
    import time

    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.05)
