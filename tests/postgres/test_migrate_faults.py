"""What goes wrong in a migration: exit code, words, the database as before, and success once the cause is gone."""

import signal
import subprocess
import threading
import time

import psycopg
import pytest
from tests.postgres.disk import tablespace
from tests.postgres.migrating import Workshop

pytestmark = pytest.mark.postgres

A = "create table a (id bigint primary key);"
B = "create table b (id bigint primary key, a_id bigint references a);"
HOLDER = (
    "select count(*) = 1 from pg_locks where locktype = 'advisory' "
    "and database = (select oid from pg_database where datname = current_database())"
)


def ended(process: "subprocess.Popen[str]", workshop: Workshop) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=60)
    workshop.is_clean(out + err)
    return process.returncode, out, err


def test_a_failing_statement_is_named_with_its_line_and_nothing_of_its_file_stays(workshop: Workshop):
    workshop.write(
        _001_a=A,
        _002_b=f"{B}\ninsert into b values (1, null);\n\nselect 1,\n  nosuch\nfrom b;\ncreate table c ();",
    )
    workshop.ok("up", "1")
    told = workshop.refused(1, "up")
    assert told == (
        'error: 002_b.sql, line 5: statement 3 failed: column "nosuch" does not exist [42703]\n'
        "  select 1, nosuch from b\n  nothing of this file is applied\n"
    )
    workshop.write(_002_b=B)
    workshop.ok("up")
    assert workshop.versions() == [1, 2]


def test_those_before_a_failing_one_stay(workshop: Workshop):
    workshop.write(_001_a=A, _002_b="create table b (nosuch nosuch);", _003_c="create table c ();")
    done = workshop.run("up")
    assert (done.exit_code, workshop.versions()) == (1, [1])
    assert "[1/3] 001_a.sql" in done.stdout


def test_a_deferred_constraint_fails_at_the_end(workshop: Workshop):
    workshop.write(
        _001_a=A,
        _002_b="create table b (a_id bigint references a deferrable initially deferred); insert into b values (7);",
    )
    workshop.ok("up", "1")
    told = workshop.refused(1, "up")
    assert "002_b.sql failed at its end, where deferred constraints are checked" in told
    assert "constraint b_a_id_fkey of b [23503]" in told
    assert "(7)" not in told, "rows are nobody's business"


def test_a_rollback_that_fails_leaves_the_migration_applied(workshop: Workshop):
    workshop.write(_001_a=A, rollback_001="drop table a; drop table nosuch;")
    workshop.ok("up")
    assert 'rollback_001.sql, line 1: statement 2 failed: table "nosuch" does not exist' in workshop.refused(
        1, "down"
    )
    workshop.write(rollback_001="drop table a;")
    workshop.ok("down")
    assert workshop.versions() == []


def test_edited_missing_and_out_of_order_are_all_told_and_nothing_is_applied(workshop: Workshop):
    workshop.write(_001_a=A, _003_b=B, _004_c="create table c ();", rollback_004="drop table c;")
    workshop.ok("up")
    workshop.write(
        _001_a=f"{A} create table x ();", _002_new="create table n ();", _005_d="create table d ();"
    )
    (workshop.folder / "003_b.sql").unlink()
    told = workshop.refused(2, "up")
    assert "3 faults" in told
    assert "001_a.sql was edited after it was applied (then " in told
    assert "003_b.sql is missing: it was applied on 20" in told
    assert "002_new.sql is out of order: 004_c is applied already; give it a higher number" in told
    assert workshop.refused(2, "status").count("\n") == 3
    # The newest can be reverted all the same, and not what was edited.
    assert "001_a.sql was edited" in workshop.refused(2, "down", "0")
    workshop.write(_001_a=A, _003_b=B)
    assert "002_new.sql is out of order" in workshop.refused(2, "up")
    workshop.ok("up", "--out-of-order")
    assert workshop.versions() == [1, 2, 3, 4, 5]


def test_files_that_cannot_be_run_are_told_with_their_lines_before_anything_is_applied(workshop: Workshop):
    workshop.write(
        _001_a=A,
        _002_control="select 1;\nBEGIN;\ncommit;",
        _003_cic="create index concurrently i on a (id);",
        _004_copy="copy a from stdin;\n1\n\\.\n",
        _005_open="select 'x",
        _006_empty="-- nothing\n",
        _007_directive="-- dbstack: no-transactions\nselect 1;",
        _008_vacuum="\n\nvacuum a;",
    )
    (workshop.folder / "009_latin.sql").write_bytes("select 'é'".encode("latin-1"))
    told = workshop.refused(2, "up")
    for line in (
        "002_control.sql, line 2: leave BEGIN out",
        "002_control.sql, line 3: leave COMMIT out",
        "003_cic.sql, line 1: CREATE INDEX CONCURRENTLY can't run in a transaction",
        "004_copy.sql, line 3: \\. is a command of psql",
        "005_open.sql, line 1: the quote ' is never closed",
        "006_empty.sql, line 1: it holds no statement",
        "007_directive.sql, line 1: `-- dbstack: no-transactions` is unknown",
        "008_vacuum.sql, line 3: VACUUM",
        "009_latin.sql: it is not UTF-8",
    ):
        assert f"\n  {line}" in told
    assert workshop.sql("select to_regclass('a')") == [(None,)]


def test_misnamed_doubled_and_lonely_files(workshop: Workshop):
    workshop.write(
        _001_a=A, _01_b=B, _seed="select 1;", _002_Upper="select 1;", rollback_007="select 1;", _000_z=A
    )
    told = workshop.refused(2, "status")
    assert "5 faults" in told
    assert "01_b.sql: 001_a.sql has the same version" in told or "001_a.sql: 01_b.sql has the same" in told
    assert "seed.sql: call it NNN_name.sql" in told
    assert "rollback_007.sql: there is no migration 7" in told
    workshop.folder = workshop.folder / "nosuch"
    assert "there is no folder" in workshop.refused(2, "status")


def test_a_version_without_rollback_or_that_is_not_there(workshop: Workshop):
    workshop.write(_001_a=A, _002_b=B, rollback_002="drop table b;")
    workshop.ok("up")
    assert "001_a has no rollback_001.sql: write it, or restore a backup" in workshop.refused(2, "down", "0")
    assert workshop.versions() == [1, 2], "002 is not reverted either"
    assert "there is no migration 9" in workshop.refused(2, "up", "9")
    assert "version 7 is not applied" in workshop.refused(2, "down", "7")


def test_two_migrators_at_once_apply_everything_once(workshop: Workshop):
    workshop.write(
        _001_a=A,
        _002_slow="create table log (n int); insert into log values (1); select pg_sleep(1.5);",
        _003_cic="-- dbstack: no-transaction\ncreate index concurrently log_n on log (n);",
    )
    both = [workshop.start("up"), workshop.start("up")]
    told = [ended(one, workshop) for one in both]
    assert [code for code, _, _ in told] == [0, 0], told
    assert sorted(out.splitlines()[-1] for _, out, _ in told) == [
        "3 migrations applied",
        "nothing is pending",
    ]
    assert "waiting: another migration runs: process " in told[0][2] + told[1][2]
    assert workshop.sql("select count(*) from log") == [(1,)]
    # Waiting in pg_advisory_lock would have made a deadlock of this.
    assert workshop.sql("select indisvalid from pg_index where indexrelid = 'log_n'::regclass") == [(True,)]


def test_a_migrator_that_waits_too_long_names_the_other(workshop: Workshop):
    workshop.write(_001_a=A)
    from dbstack.ops.migrate.lock import KEY

    with workshop.session(application_name="other") as other:
        other.execute("select pg_advisory_lock(%s)", (KEY,))
        pid = other.info.backend_pid
        told = workshop.refused(1, "up", "--wait", "300ms")
        assert f"another migration runs: process {pid} of dbadmin from 127.0.0.1, connected since" in told
    workshop.ok("up")


def test_killed_in_the_middle_nothing_is_left_and_the_server_stops_too(workshop: Workshop):
    workshop.write(_001_a=A, _002_b=f"{B}\nselect pg_sleep(60);")
    process = workshop.start("up")
    workshop.until(
        "select count(*) = 1 from pg_stat_activity where query = 'select pg_sleep(60)' and state = 'active'"
    )
    process.send_signal(signal.SIGKILL)
    process.communicate()
    # The server looks every two seconds whether its client lives: the lock doesn't outlive it by a minute.
    workshop.until(HOLDER, False)
    assert workshop.versions() == [1]
    assert workshop.sql("select to_regclass('b')") == [(None,)]
    workshop.write(_002_b=B)
    workshop.ok("up")
    assert workshop.versions() == [1, 2]


def test_killed_while_an_index_is_built_the_next_run_drops_the_invalid_one(workshop: Workshop):
    workshop.write(
        _001_a=f"{A} insert into a select generate_series(1, 1000);",
        _002_cic="-- dbstack: no-transaction\n"
        "create table marks (n int);\ncreate index concurrently a_id on a (id);\ninsert into marks values (1);",
    )
    workshop.ok("up", "1")
    with workshop.session() as holder, holder.transaction():
        holder.execute("insert into a values (0)")  # The build waits for this transaction.
        process = workshop.start("up")
        workshop.until("select count(*) = 1 from pg_stat_progress_create_index")
        process.send_signal(signal.SIGKILL)
        process.communicate()
        workshop.until(HOLDER, False)
    assert workshop.sql("select indisvalid from pg_index where indexrelid = 'a_id'::regclass") == [(False,)]
    assert workshop.sql("select state, statements_done from schema_migrations where version = 2") == [
        ("applying", 1)
    ]
    done = workshop.run("up")
    assert done.exit_code == 0, done.output
    assert "002_cic.sql: goes on at statement 2 of 3" in done.stderr
    assert "the invalid index a_id of an earlier try was dropped" in done.stderr
    assert workshop.sql("select indisvalid from pg_index where indexrelid = 'a_id'::regclass") == [(True,)]
    assert workshop.sql("select count(*) from marks") == [(1,)]


def test_a_statement_that_was_done_but_not_recorded_is_not_done_twice(workshop: Workshop):
    workshop.write(
        _001_a=A,
        _002_cic="-- dbstack: no-transaction\ncreate index concurrently a_id on a (id);\nselect nosuch;",
    )
    workshop.run("up")
    workshop.sql("update schema_migrations set statements_done = 0, done_checksum = '' where version = 2")
    workshop.write(
        _002_cic="-- dbstack: no-transaction\ncreate index concurrently a_id on a (id);\nselect 1;"
    )
    assert workshop.sql("select indisvalid from pg_index where indexrelid = 'a_id'::regclass") == [(True,)]
    workshop.ok("up")
    assert workshop.versions() == [1, 2]


def test_without_a_transaction_what_is_done_stays_done_and_may_not_change(workshop: Workshop):
    first = "-- dbstack: no-transaction\ncreate table a (id bigint primary key);"
    workshop.write(
        _001_a=f"{first}\ninsert into a values (1);\ninsert into a values ('x');\ninsert into a values (3);"
    )
    done = workshop.run("up")
    assert done.exit_code == 1
    assert "001_a.sql, line 4: statement 3 failed" in done.stderr
    assert (
        "2 of its 4 statements are done and recorded: mend it and run the same command again" in done.stderr
    )
    assert workshop.ok("status").splitlines()[0] == "001_a  applying"
    workshop.write(_001_a=f"{first}\ninsert into a values (9);\ninsert into a values (2);")
    assert "its first 2 statements are done and were edited since: put them back" in workshop.refused(2, "up")
    workshop.write(_001_a=f"{first}\ninsert into a values (1);\ninsert into a values (2);")
    workshop.ok("up")
    assert workshop.sql("select id from a order by 1") == [(1,), (2,)]
    assert workshop.ok("up") == "nothing is pending\n"


def test_without_a_transaction_a_statement_and_its_record_are_one(workshop: Workshop):
    """A kill between the two would run it twice."""
    workshop.write(
        _001_a=A,
        _002_rows="-- dbstack: no-transaction\ncreate index concurrently a_id on a (id);\n"
        "insert into a values (1);\nselect nosuch;",
    )
    assert workshop.run("up").exit_code == 1
    assert workshop.sql(
        "select statements_done, (select xmin from a) = xmin from schema_migrations where version = 2"
    ) == [(2, True)]


def test_without_a_transaction_a_first_statement_that_fails_leaves_nothing(workshop: Workshop):
    workshop.write(
        _001_a=f"{A} insert into a values (1), (2); alter table a add v int default 1;",
        rollback_001="-- dbstack: no-transaction\nselect nosuch;",
        _002_cic="-- dbstack: no-transaction\ncreate unique index concurrently a_v on a (v);",
    )
    workshop.ok("up", "1")
    told = workshop.refused(1, "up")
    assert 'could not create unique index "a_v"; constraint a_v of a [23505]' in told
    assert "nothing of this file is applied" in told
    assert "nothing of this file is applied" in workshop.refused(1, "down")
    workshop.sql("update a set v = id")
    workshop.ok("up")


def test_a_lock_that_others_hold_is_waited_for_briefly_and_tried_again(workshop: Workshop):
    workshop.write(_001_a=A, _002_alter="create table fresh ();\nalter table a add column b int;")
    workshop.ok("up", "1")
    holder = psycopg.connect(workshop.url)
    holder.execute("lock table a in access share mode")
    release = threading.Timer(1.5, holder.rollback)
    release.start()
    began = time.monotonic()
    done = workshop.run("up", "--lock-timeout", "200ms")
    assert done.exit_code == 0, done.output
    assert time.monotonic() - began > 1
    assert (
        "002_alter.sql: canceling statement due to lock timeout; another session holds a lock" in done.stderr
    )
    assert "tried again in 1 s" in done.stderr
    assert workshop.versions() == [1, 2]
    holder.close()


def test_an_index_that_is_built_concurrently_waits_longer_than_the_lock_timeout(workshop: Workshop):
    cic = "create index concurrently a_id on a (id);"
    workshop.write(_001_a=A, _002_cic=f"-- dbstack: no-transaction\n{cic}")
    workshop.ok("up", "1")
    with psycopg.connect(workshop.url) as holder:
        holder.execute("insert into a values (0)")
        release = threading.Timer(1, holder.commit)
        release.start()
        workshop.ok("up", "--lock-timeout", "100ms")
        release.join()
    workshop.write(
        _003_own="-- dbstack: no-transaction\nset lock_timeout = '120ms';\n" + cic.replace("a_id", "a_2")
    )
    with psycopg.connect(workshop.url) as holder:
        holder.execute("insert into a values (1)")
        done = workshop.run("up")
        assert (done.exit_code, "canceling statement due to lock timeout" in done.stderr) == (1, True)
        holder.rollback()
    workshop.ok("up")
    assert workshop.sql("select count(*) from pg_index where indrelid = 'a'::regclass and indisvalid") == [
        (3,)
    ]


def test_a_statement_that_takes_too_long_is_ended(workshop: Workshop):
    workshop.write(_001_slow="create table a ();\nselect pg_sleep(30);")
    told = workshop.refused(1, "up", "--statement-timeout", "200ms")
    assert "001_slow.sql, line 2: statement 2 failed: canceling statement due to statement timeout" in told
    assert workshop.run("up", "--statement-timeout", "soon").exit_code == 2


def test_a_connection_that_is_lost(workshop: Workshop):
    workshop.write(_001_a=A, _002_b=f"{B}\nselect pg_sleep(60);")
    process = workshop.start("up")
    workshop.until(
        "select count(*) = 1 from pg_stat_activity where query = 'select pg_sleep(60)' and state = 'active'"
    )
    workshop.sql("select pg_terminate_backend(pid) from pg_stat_activity where query = 'select pg_sleep(60)'")
    code, _, err = ended(process, workshop)
    assert code == 1
    assert "002_b.sql, line 2: statement 2 failed: terminating connection due to administrator command" in err
    assert "the connection is lost, and what was not committed is rolled back" in err
    assert workshop.versions() == [1]
    assert workshop.sql("select to_regclass('b')") == [(None,)]
    workshop.write(_002_b=B)
    workshop.ok("up")


def test_a_full_disk(workshop: Workshop):
    with tablespace(workshop, "1m") as (small, more):
        workshop.write(
            _001_a=A,
            _002_big=f"{B}\ncreate table big (n bigint) tablespace {small};\n"
            "insert into big select generate_series(1, 100000);",
        )
        workshop.ok("up", "1")
        told = workshop.refused(1, "up")
        assert "002_big.sql, line 3: statement 3 failed: could not extend file" in told
        assert "No space left on device" in told
        assert "nothing of this file is applied" in told
        more("32m")
        workshop.ok("up")
        assert workshop.versions() == [1, 2]
        workshop.sql("drop table big")


def test_a_wrong_password_and_a_table_of_another_tool(workshop: Workshop, monkeypatch: pytest.MonkeyPatch):
    workshop.write(_001_a=A)
    with monkeypatch.context() as patch:
        patch.setenv("PGPASSWORD", "wrong-password")
        done = workshop.run("up")
        assert done.exit_code == 1
        assert (
            'password authentication failed for user "dbadmin": check the user and the password'
            in done.stderr
        )
        assert "wrong-password" not in done.output
    workshop.sql("create table schema_migrations (version varchar(128) primary key)")
    told = workshop.refused(1, "up")
    assert "public.schema_migrations is another tool's: it has no column applied_at, " in told
    assert "`dbstack migrate baseline VERSION`" in told
    workshop.sql("alter table schema_migrations rename to old_migrations")
    workshop.ok("up")


def test_a_user_without_rights(workshop: Workshop, monkeypatch: pytest.MonkeyPatch):
    workshop.write(_001_a=A)
    workshop.sql(
        "create role nobody_much login password 'small-pass'; revoke create on schema public from public"
    )
    try:
        monkeypatch.setenv("PGPASSWORD", "small-pass")
        workshop.url, url = workshop.url.replace("dbadmin@", "nobody_much@"), workshop.url
        done = workshop.run("up")
        assert (done.exit_code, done.stderr) == (
            1,
            "error: the table public.schema_migrations can't be made: permission denied for schema public\n",
        )
    finally:
        monkeypatch.setenv("PGPASSWORD", workshop.server.password)
        workshop.url = url
        workshop.sql("drop role nobody_much")


@pytest.mark.parametrize(
    "statement",
    [
        "create role x login password 's3cretvalue' nosuch;",
        "alter role nosuch password E's3cretvalue';",
        "do $$ begin raise exception 'it is s3cretvalue, password'; end $$;",
        "create table k (v bigint); insert into k select 's3cretvalue' as api_token;",
    ],
)
def test_a_secret_in_a_failing_statement_is_not_repeated(workshop: Workshop, statement: str):
    workshop.write(_001_secret=statement)
    assert "s3cretvalue" not in workshop.refused(1, "up")


def test_a_password_in_the_url_is_refused(workshop: Workshop):
    workshop.write(_001_a=A)
    workshop.url = workshop.url.replace("dbadmin@", f"dbadmin:{workshop.server.password}@")
    done = workshop.run("up")
    assert done.exit_code == 2
    assert (
        "--url holds a password, which every user of this machine can read in the list of processes"
        in done.stderr
    )
