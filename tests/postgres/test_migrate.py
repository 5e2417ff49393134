"""`dbstack migrate` against a real PostgreSQL: what it does when all is well."""

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner
from tests.postgres.migrating import Workshop

from dbstack.cli import main
from dbstack.ops.errors import OpsError
from dbstack.ops.migrate.runner import Migrator, Settings

pytestmark = pytest.mark.postgres

A = "create table a (id bigint primary key);\ninsert into a values (1), (2);"
B = "create table b (id bigint primary key, a_id bigint not null references a);"


def three(workshop: Workshop) -> None:
    workshop.write(
        _001_a=A, rollback_001="drop table a;",
        _002_b=B, rollback_002="drop table b;",
        _003_b_index="-- dbstack: no-transaction\ncreate index concurrently b_a on b (a_id);",
        rollback_003="-- dbstack: no-transaction\ndrop index concurrently b_a;",
    )  # fmt: skip


def test_up_status_down_and_up_again(workshop: Workshop):
    three(workshop)
    empty = workshop.dump()
    assert workshop.ok("status").splitlines()[-1] == "0 applied, 3 pending"
    assert workshop.dump() == empty, "status writes nothing"
    told = workshop.ok("up", "2").splitlines()
    assert told[0].startswith("[1/2] 001_a.sql  ")
    assert told[0].endswith(" ms")
    assert told[-1] == "2 migrations applied"
    assert workshop.versions() == [1, 2]
    assert workshop.ok("status").splitlines()[-1] == "2 applied, 1 pending"
    assert workshop.ok("up").splitlines()[-1] == "1 migration applied"
    assert workshop.ok("up") == "nothing is pending\n"
    whole = workshop.dump()
    assert workshop.ok("down").splitlines()[-1] == "1 migration reverted"
    assert workshop.versions() == [1, 2]
    assert workshop.ok("down", "0").splitlines()[-1] == "2 migrations reverted"
    assert workshop.ok("down") == "nothing is applied\n"
    workshop.sql("drop table schema_migrations")
    assert workshop.dump() == empty
    workshop.ok("up")
    assert schema(workshop.dump()) == schema(whole)


def schema(dump: str) -> list[str]:
    """Without the history's rows, which hold times."""
    return [line for line in dump.splitlines() if "_index\t" not in line and not line[:1].isdigit()]


def test_status_as_json(workshop: Workshop):
    three(workshop)
    workshop.ok("up", "1")
    told = json.loads(workshop.ok("status", "--json"))
    assert [(row["version"], row["name"], row["state"]) for row in told["migrations"]] == [
        (1, "001_a", "applied"),
        (2, "002_b", "pending"),
        (3, "003_b_index", "pending"),
    ]
    assert told["migrations"][0]["appliedBy"] == "dbadmin"
    assert told["faults"] == []


def test_a_dry_run_prints_the_sql_and_changes_nothing(workshop: Workshop):
    three(workshop)
    before = workshop.dump()
    told = workshop.ok("up", "--dry-run")
    assert (
        "-- 001_a.sql\nbegin;\ncreate table a (id bigint primary key);\ninsert into a values (1), (2);\ncommit;\n"
        in told
    )
    assert "-- without a transaction\ncreate index concurrently b_a on b (a_id);\n" in told
    assert workshop.dump() == before
    workshop.ok("up", "2")
    applied = workshop.dump()
    told = workshop.ok("down", "0", "--dry-run")
    assert told.index("drop table b;") < told.index("drop table a;")
    assert workshop.dump() == applied


def test_a_migration_is_recorded_in_its_own_transaction(workshop: Workshop):
    workshop.write(_001_a=A)
    workshop.ok("up")
    assert workshop.sql(
        "select (select xmin from schema_migrations) = (select xmin from pg_class where oid = 'a'::regclass)"
    ) == [(True,)]


def test_what_a_migration_sets_is_not_there_for_the_next(workshop: Workshop):
    workshop.sql("create role somebody")
    try:
        workshop.write(
            _001_sets="select set_config('search_path', '', false); set statement_timeout = 1; set role somebody;",
            _002_b="create table b (id bigint primary key); select pg_sleep(0.05);",
        )
        workshop.ok("up")
        assert workshop.sql(
            "select to_regclass('public.b')::text, pg_get_userbyid(relowner) from pg_class where relname = 'b'"
        ) == [("b", "dbadmin")]
        assert workshop.versions() == [1, 2]
    finally:
        workshop.sql("drop role somebody")


def test_functions_comments_and_percent_signs_come_through_as_they_stand(workshop: Workshop):
    text = """
        /* ; */
        create function f() returns text language plpgsql as $$
        begin
            return format('%s; %%', 'é'); -- ;
        end $$;
        create function g(x int) returns int begin atomic select case when x > 1 then 2 else 3 end; end;
        create table "Odd;name" (a text default ';''');
    """
    workshop.write(_001_odd=text)
    workshop.ok("up")
    assert workshop.sql("select f(), g(2)") == [("é; %", 2)]
    assert workshop.sql(
        "select column_default from information_schema.columns where table_name = 'Odd;name'"
    ) == [("';'''::text",)]


def test_a_database_that_has_it_all_gets_a_baseline(workshop: Workshop):
    three(workshop)
    workshop.sql(A)
    assert "there is no migration 9" in workshop.refused(2, "baseline", "9")
    assert workshop.ok("baseline", "1") == "1 migration recorded as applied\n"
    assert "has a history already" in workshop.refused(2, "baseline", "2")
    workshop.ok("up")
    assert workshop.versions() == [1, 2, 3]
    assert workshop.sql("select count(*) from a") == [(2,)]


def test_an_edit_that_changes_nothing_is_recorded(workshop: Workshop):
    workshop.write(_001_a=A)
    workshop.ok("up")
    workshop.write(_001_a=f"-- a comment\n{A}")
    assert workshop.run("status").exit_code == 2
    workshop.ok("repair", "1")
    assert workshop.ok("up") == "nothing is pending\n"


def test_notices_of_the_server_are_shown(workshop: Workshop):
    workshop.write(_001_a="drop table if exists nosuch;")
    assert 'NOTICE: table "nosuch" does not exist, skipping' in workshop.ok("up")


def test_line_endings_of_windows_have_the_same_checksum(workshop: Workshop):
    workshop.write(_001_a=A)
    workshop.ok("up")
    (workshop.folder / "001_a.sql").write_bytes(A.replace("\n", "\r\n").encode())
    assert workshop.ok("up") == "nothing is pending\n"


def test_a_stacks_own_folder_is_the_default(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    workshop.write(_001_a=A)
    (tmp_path / "Pulumi.yaml").write_text("name: x\nruntime: python\n")
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    monkeypatch.setenv(
        "DBSTACK_DATABASE_URL", workshop.url.replace("dbadmin@", f"dbadmin:{workshop.server.password}@")
    )
    monkeypatch.delenv("PGPASSWORD")
    done = CliRunner().invoke(main, ["migrate", "up"])
    assert done.output.splitlines()[-1] == "1 migration applied"


def test_what_must_come_first_in_a_transaction_comes_first(workshop: Workshop):
    workshop.write(_001_a=A, _002_b="set transaction isolation level serializable; insert into a values (3);")
    workshop.ok("up", "1")
    workshop.ok("up")
    assert workshop.versions() == [1, 2]


def test_settings_hold_for_a_file_without_a_transaction(workshop: Workshop):
    workshop.write(
        _001_a=f"{A} create table seen (setting text);",
        _002_cic="-- dbstack: no-transaction\n"
        "set maintenance_work_mem = '70MB';\n"
        "create index concurrently a_id on a (id);\n"
        "insert into seen values (current_setting('maintenance_work_mem'));\n"
        "insert into seen select nosuch;",
    )
    assert workshop.run("up").exit_code == 1
    done = "insert into seen values (current_setting('maintenance_work_mem'));"
    path = workshop.folder / "002_cic.sql"
    path.write_text(
        path.read_text().replace("insert into seen select nosuch;", f"{done} select pg_sleep(0);")
    )
    workshop.ok("up")
    assert workshop.sql("select setting from seen") == [("70MB",), ("70MB",)]


def test_extensions_that_are_described_come_before_the_first_migration(workshop: Workshop):
    workshop.write(_001_a="create table a (key text default encode(gen_random_bytes(4), 'hex'));")
    told: list[str] = []

    def migrator(connection: "psycopg.Connection[Any]", *extensions: str) -> Migrator:
        settings = Settings(extensions=extensions)
        return Migrator(connection, workshop.folder, settings, told.append, told.append)

    with psycopg.connect(workshop.url, autocommit=True) as connection:
        with pytest.raises(
            OpsError, match=r"the extension pg_cron can't be made: .*; the server loads its library"
        ):
            migrator(connection, "pg_cron").up()
        assert workshop.sql("select to_regclass('schema_migrations')") == [(None,)]
        assert migrator(connection, "pgcrypto").up() == 1
        assert told[0] == 'create extension if not exists "pgcrypto" cascade;'
        told.clear()
        assert migrator(connection, "pgcrypto").up() == 0
        assert told == []
