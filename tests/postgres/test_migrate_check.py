"""`dbstack migrate check`: what it finds in files, schema and between them, and that it leaves nothing behind."""

import time
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner
from tests.postgres.migrating import Workshop

from dbstack.cli import main

pytestmark = pytest.mark.postgres

A = "create table a (id bigint generated always as identity primary key, name text not null default 'x');"
GONE = "drop table a;"


def found(workshop: Workshop, *words: str, code: int = 3) -> list[str]:
    done = workshop.run("check", *words)
    assert done.exit_code == code, done.output
    assert workshop.sql("select count(*) from pg_database where datname like 'dbstack_scratch%'") == [(0,)]
    return done.stdout.splitlines()


def applied(workshop: Workshop) -> None:
    workshop.write(_001_a=A, rollback_001=GONE)
    workshop.ok("up")


def test_nothing_to_find(workshop: Workshop):
    applied(workshop)
    before = workshop.dump()
    assert found(workshop, code=0) == ["no findings"]
    assert workshop.dump() == before


@pytest.mark.parametrize(
    ("sql", "line"),
    [
        (
            'create table "Bad" (id bigint primary key)',
            'naming: table public."Bad": a name needs quotes everywhere unless it is lower case letters, digits and _',
        ),
        ('alter table a add "Total sum" text', 'naming: column public.a."Total sum": a name needs quotes'),
        (
            "create table b (id bigint primary key, a_id bigint references a)",
            "foreign key without index: public.b (a_id): every delete and update of the table it refers to reads this "
            "one whole: create index concurrently on public.b (a_id)",
        ),
        ("create table b (id bigint unique)", "no primary key: public.b: rows can't be told apart"),
        (
            "create table b (id bigint) partition by range (id); create table b_1 partition of b default",
            "no primary key: public.b: rows can't",
        ),
        (
            "alter table a add constraint short check (length(name) < 9) not valid",
            "constraint not validated: public.a.short: rows from before may violate it",
        ),
    ],
)
def test_what_of_a_schema_is_likely_a_mistake(workshop: Workshop, sql: str, line: str):
    applied(workshop)
    workshop.sql(sql)
    told = [row for row in found(workshop, "--no-drift") if not row.endswith(("finding", "findings"))]
    assert len([row for row in told if row.startswith(line)]) == 1, told
    assert {row.split(":")[0] for row in told} == {line.split(":")[0]}


@pytest.mark.parametrize(
    ("index", "serves"),
    [
        ("b (x, a_id)", False),
        ("b (a_id, x)", True),
        ("b (a_id) where a_id is not null", True),
        ("b (a_id) where x > 0", False),
        ("b ((a_id + 1))", False),
    ],
)
def test_which_index_serves_a_foreign_key(workshop: Workshop, index: str, serves: bool):
    applied(workshop)
    workshop.sql(
        f"create table b (id bigint primary key, x int, a_id bigint references a); create index on {index}"
    )
    assert found(workshop, "--no-drift", code=0 if serves else 3)[-1] == (
        "no findings" if serves else "1 finding"
    )


@pytest.mark.parametrize(("index", "serves"), [("b (x)", False), ("b (y, x)", True), ("b (z, x, y)", False)])
def test_which_index_serves_a_key_of_two_columns(workshop: Workshop, index: str, serves: bool):
    applied(workshop)
    workshop.sql("create table two (x int, y int, primary key (x, y))")
    workshop.sql(
        "create table b (id bigint primary key, x int, y int, z int, foreign key (x, y) references two)"
    )
    workshop.sql(f"create index on {index}")
    assert found(workshop, "--no-drift", code=0 if serves else 3)[-1] == (
        "no findings" if serves else "1 finding"
    )


def test_an_invalid_index_serves_no_key(workshop: Workshop):
    applied(workshop)
    workshop.sql(
        "insert into a default values; create table b (id bigint primary key, a_id bigint references a)"
    )
    workshop.sql("insert into b values (1, 1), (2, 1)")
    with pytest.raises(psycopg.errors.UniqueViolation):
        workshop.sql("create unique index concurrently b_a_id on b (a_id)")
    told = found(workshop, "--no-drift")
    assert [row.split(":")[0] for row in told[:-1]] == ["foreign key without index", "invalid index"]


def test_an_index_that_could_not_be_built(workshop: Workshop):
    applied(workshop)
    workshop.sql("insert into a (name) values ('x'), ('x')")
    with pytest.raises(psycopg.errors.UniqueViolation):
        workshop.sql("create unique index concurrently a_name on a (name)")
    assert found(workshop, "--no-drift")[0].startswith(
        "invalid index: a_name of public.a: an index that could not be"
    )


@pytest.mark.parametrize(
    ("sql", "lines"),
    [
        (
            "alter table a alter name drop default",
            [
                "drift: column public.a.name: the migrations make it `text not null default 'x'::text`, and it is "
                "`text not null`"
            ],
        ),
        ("alter table a add b int", ["drift: column public.a.b: it is there, and no migration makes it"]),
        (
            "alter table a drop name",
            ["drift: column public.a.name: the migrations make it, and it is not there"],
        ),
        (
            "create index a_name on a (name)",
            ["drift: index public.a_name: it is there, and no migration makes it"],
        ),
        (
            "create table b (id bigint primary key)",
            ["drift: table public.b: it is there, and no migration makes it"],
        ),
        (
            "create view v as select 1 as one",
            ["drift: view public.v: it is there, and no migration makes it"],
        ),
        ("create schema s", ["drift: schema s: it is there, and no migration makes it"]),
        ("create type t as enum ('a')", ["drift: type public.t: it is there, and no migration makes it"]),
        (
            "create function f() returns int language sql as 'select 1'",
            ["drift: function public.f(): it is there, and no migration makes it"],
        ),
        (
            "alter table a enable row level security",
            ["drift: table public.a: the migrations make it ``, and it is `row level security`"],
        ),
        ("create extension pgcrypto", ["drift: extension pgcrypto: it is there, and no migration makes it"]),
    ],
)
def test_drift(workshop: Workshop, sql: str, lines: list[str]):
    applied(workshop)
    workshop.sql(sql)
    assert found(workshop) == [*lines, "1 finding"]


def test_drift_of_all_that_was_dropped_and_none_of_partitions_that_maintenance_makes(workshop: Workshop):
    workshop.write(
        _001_a=A,
        rollback_001=GONE,
        _002_log="create table log (id bigint, at date, primary key (id, at)) partition by range (at);",
        rollback_002="drop table log;",
    )
    workshop.ok("up")
    workshop.sql("create table log_2026 partition of log for values from ('2026-01-01') to ('2027-01-01')")
    assert found(workshop, code=0) == ["no findings"]
    workshop.sql("drop table a")
    told = found(workshop)
    assert "drift: table public.a: the migrations make it, and it is not there" in told
    assert not [row for row in told if "column" in row], "not its parts one by one"


def test_what_is_pending_is_linted_and_what_is_applied_is_not(workshop: Workshop):
    applied(workshop)
    workshop.write(
        _002_b="alter table a add b int not null;\n\nalter table a alter name type varchar(9);",
        rollback_002="select 1;",
    )
    told = found(workshop)
    assert any(row.startswith("adding-required-field: 002_b.sql, line 1: ") for row in told), told
    assert any(row.startswith("changing-column-type: 002_b.sql, line 3: ") for row in told), told
    assert not any("timeout" in row for row in told), "the runner sets them"
    assert found(workshop, "--no-lint", code=0) == ["no findings"]


def test_the_files_alone_without_a_database(workshop: Workshop):
    workshop.write(_001_a=A, _002_b="select 1;", rollback_002="begin;")
    done = CliRunner().invoke(main, ["migrate", "check", "--folder", str(workshop.folder)])
    assert (done.exit_code, done.stdout) == (2, "")
    assert "rollback_002.sql, line 1: leave BEGIN out" in done.stderr
    workshop.write(rollback_002="select 2;")
    done = CliRunner().invoke(main, ["migrate", "check", "--folder", str(workshop.folder)])
    assert (done.exit_code, done.stdout) == (3, "no rollback: 001_a.sql: write rollback_001.sql\n1 finding\n")
    assert "only the files are checked" in done.stderr


def test_files_that_disagree_with_the_database(workshop: Workshop):
    applied(workshop)
    workshop.write(_001_a=f"{A} ")
    done = workshop.run("check")
    assert (done.exit_code, "001_a.sql was edited" in done.stderr) == (2, True)


def test_without_the_right_to_make_a_database(workshop: Workshop, monkeypatch: pytest.MonkeyPatch):
    applied(workshop)
    workshop.sql(
        "create role looker login password 'small-pass'; grant select on all tables in schema public to looker"
    )
    admin = workshop.url
    try:
        with monkeypatch.context() as patch:
            patch.setenv("PGPASSWORD", "small-pass")
            workshop.url = admin.replace("dbadmin@", "looker@")
            done = workshop.run("check")
            assert done.exit_code == 1
            assert done.stderr.startswith(
                "error: drift can't be told: permission denied to create database; give the"
            )
            scratch = admin.replace("dbadmin@", f"dbadmin:{workshop.server.password}@")
            refused = workshop.run("check", "--scratch-url", "postgresql://a:b@localhost/x")
            assert "put the URL into DBSTACK_SCRATCH_URL" in refused.stderr
            patch.setenv("DBSTACK_SCRATCH_URL", scratch)
            assert workshop.run("check").stdout == "no findings\n"
    finally:
        workshop.url = admin
        workshop.sql("drop owned by looker; drop role looker")


def test_what_a_killed_check_left_is_dropped_by_the_next(workshop: Workshop):
    applied(workshop)
    old = int(time.time()) - 4000
    with workshop.session() as admin:
        admin.execute(f"create database dbstack_scratch_{old}_1")
    assert found(workshop, code=0) == ["no findings"]


def test_migrations_that_do_not_run_in_an_empty_database(workshop: Workshop):
    workshop.sql("create table by_hand (id bigint primary key)")
    workshop.write(_001_a="alter table by_hand add b int;", rollback_001="select 1;")
    workshop.ok("up")
    done = workshop.run("check")
    assert done.exit_code == 1
    assert "drift can't be told: in an empty database 001_a.sql, line 1: statement 1 failed" in done.stderr
    assert workshop.sql("select count(*) from pg_database where datname like 'dbstack_scratch%'") == [(0,)]


def test_a_packaged_migration_is_added_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "Pulumi.yaml").write_text("name: x\nruntime: python\n")
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "0041_a.sql").write_text(A)
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["migrate", "add", "audit"])
    assert done.output == "written: 0042_audit.sql\nwritten: rollback_0042.sql\n"
    done = CliRunner().invoke(main, ["migrate", "add", "audit"])
    assert (done.exit_code, done.stderr) == (2, "error: 0042_audit.sql is there already\n")
