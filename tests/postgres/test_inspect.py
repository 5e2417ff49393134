"""`dbstack inspect` on a real PostgreSQL: each thing that goes wrong is made to, and is told."""

import dataclasses
import json
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from click.testing import CliRunner
from tests.postgres.cluster import Server, server, standby
from tests.postgres.conftest import PASSWORD

from dbstack.cli import main
from dbstack.docker.exporter import QUERIES
from dbstack.ops import Target, connect
from dbstack.ops.inspect import Level, Report, Section, inspect_database
from dbstack.ops.inspect.pool import pool_settings
from dbstack.ops.inspect.probes import PROBES, Probe
from dbstack.ops.inspect.settings import same
from dbstack.statistics import query

pytestmark = pytest.mark.postgres


def target_at(database: Server, name: str = "postgres") -> Target:
    return Target(
        "postgres", "localhost", database.port, name, database.user, PASSWORD, sslrootcert=str(database.authority)
    )  # fmt: skip


@pytest.fixture
def target(postgres: Server) -> Target:
    """An empty database of the test's own."""
    with connect(target_at(postgres), autocommit=True) as connection:
        connection.execute("drop database if exists inspected with (force)")
        connection.execute("create database inspected")
    return target_at(postgres, "inspected")


@contextmanager
def session(target: Target, *statements: str) -> Generator[Any]:
    with connect(target, autocommit=True) as connection:
        for text in statements:
            connection.execute(text.encode())
        yield connection


def section(report: Report, name: str) -> Section:
    [found] = [one for one in report.sections if one.name == name]
    return found


def messages(report: Report, name: str) -> list[str]:
    return [finding.message for finding in section(report, name).findings]


def test_an_empty_database_has_nothing_wrong_and_every_query_runs(target: Target):
    report = inspect_database(target)
    assert [one.name for one in report.sections] == [*(probe.name for probe in PROBES), "settings"]
    assert [(one.name, one.unseen) for one in report.sections if one.unseen] == []
    assert [finding for one in report.sections for finding in one.findings] == []
    assert report.worst is None
    assert report.pool == pool_settings(97)


def test_nothing_can_be_written(target: Target, monkeypatch: pytest.MonkeyPatch):
    """Were a query to write, the server would refuse it."""
    with session(target, "create table t (id int)"):
        pass
    writes = Probe("writes", "Writes", lambda rows: ())
    monkeypatch.setattr("dbstack.ops.inspect.run.PROBES", (PROBES[0], writes))
    real = query
    monkeypatch.setattr(
        "dbstack.ops.inspect.run.query",
        lambda name: "insert into t values (1)" if name == "writes" else real(name),
    )
    assert (
        section(inspect_database(target), "writes").unseen
        == "cannot execute INSERT in a read-only transaction"
    )
    with session(target) as connection:
        assert connection.execute("select count(*) from t").fetchone() == (0,)


def test_indexes_that_are_the_same_or_invalid(target: Target):
    with (
        session(
            target,
            "create table orders (id bigint primary key, customer bigint, state text)",
            "create index by_customer on orders (customer)",
            "create index by_customer_again on orders (customer)",
            # Another condition, another order: not the same.
            "create index open_by_customer on orders (customer) where state = 'open'",
            "create index by_customer_down on orders (customer desc)",
            "insert into orders values (1, 7, 'open'), (2, 7, 'open')",
        ) as connection,
        pytest.raises(Exception, match="could not create unique index"),
    ):
        connection.execute("create unique index concurrently once on orders (customer)")
    report = inspect_database(target)
    assert [(row["index"], row["same_as"]) for row in section(report, "duplicate_indexes").rows] == [
        ("by_customer_again", "by_customer")
    ]
    [told] = messages(report, "invalid_indexes")
    assert "public.once on orders is invalid" in told
    unused = {row["index"] for row in section(report, "unused_indexes").rows}
    assert unused == {"by_customer", "by_customer_again", "open_by_customer", "by_customer_down"}
    # Counted for a moment only, they may well be used tomorrow.
    assert messages(report, "unused_indexes") == []


def test_a_lock_that_is_waited_for_and_who_holds_it(target: Target, monkeypatch: pytest.MonkeyPatch):
    """Minutes are fractions of a second here, and hours are seconds."""
    monkeypatch.setattr("dbstack.ops.inspect.probes._MINUTE", 0.3)
    monkeypatch.setattr("dbstack.ops.inspect.probes._HOUR", 1)
    real = query
    monkeypatch.setattr(
        "dbstack.ops.inspect.run.query", lambda name: real(name).replace("'1 minute'", "'1 second'")
    )
    bare = dataclasses.replace(target, sslmode="disable")
    with (
        session(target, "create table t (id int)", "begin", "lock table t") as holder,
        session(bare, "set statement_timeout = '20s'") as waiter,
    ):
        pid, waits = holder.info.backend_pid, waiter.info.backend_pid
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(waiter.execute, "select * from t")
            time.sleep(2.2)
            report = inspect_database(target)
            holder.execute("rollback")
            waiting.result()
    [told] = messages(report, "blockers")
    assert f"on pid {pid} ({target.username}, idle in transaction)" in told
    assert f"pg_terminate_backend({pid})" in told
    idle, without = messages(report, "connections")
    assert idle.startswith("1 connections are idle in a transaction, the longest for 2 s")
    assert without.startswith("1 connections from other machines use no TLS: force it")
    [long] = messages(report, "long_queries")
    assert f"the oldest ({target.username}, pid {pid}) for 2 s: vacuum can't remove" in long
    # Who waits is in a transaction too.
    assert [row["pid"] for row in section(report, "long_queries").rows] == [pid, waits]


def test_connections_that_are_used_up_are_critical(target: Target):
    with server(
        password=PASSWORD,
        settings=(
            *("max_connections=12", "superuser_reserved_connections=2"),
            *("archive_mode=on", "archive_command=false"),
        ),
    ) as small:
        here = target_at(small)
        with session(here, "create table t ()", "select pg_switch_wal()"):
            pass
        _until(lambda: messages(inspect_database(here), "archiver") != [])
        [told] = messages(inspect_database(here), "archiver")
        assert "can't be archived, and all since is kept beside the data until that volume is full" in told
        held = [connect(here) for _ in range(9)]
        try:
            report = inspect_database(here)
        finally:
            for connection in held:
                connection.close()
    [told] = messages(report, "connections")
    assert told.startswith("10 of 10 connections are in use")
    assert report.worst is Level.CRITICAL
    assert report.pool["poolSize"] == 5


def test_transaction_ids_that_run_out(target: Target, monkeypatch: pytest.MonkeyPatch):
    with (
        session(target, "create table t (id int)", "insert into t values (1)") as one,
        session(target) as two,
    ):
        # Two that share a row make a multixact.
        for connection in (one, two):
            connection.execute("begin")
            connection.execute("select from t for share")
        one.execute("commit")
        two.execute("commit")
    with monkeypatch.context() as patch:
        patch.setattr("dbstack.ops.inspect.probes._TRANSACTION_IDS", (1, 10**9))
        report = inspect_database(target)
    told = messages(report, "transaction_ids")
    for what in ("transaction ids", "multixact ids"):
        [words] = [line for line in told if line.startswith("inspected is ") and f" {what} old" in line]
        assert "PostgreSQL stops at 2147483648: end old transactions" in words
    assert report.worst is Level.WARNING
    monkeypatch.setattr("dbstack.ops.inspect.probes._TRANSACTION_IDS", (1, 2))
    assert inspect_database(target).worst is Level.CRITICAL


def test_a_replica_that_is_behind_or_cut_off(
    postgres: Server, target: Target, monkeypatch: pytest.MonkeyPatch
):
    with standby(postgres) as copy:
        here = dataclasses.replace(target, port=copy.port, sslmode="disable")
        [row] = section(inspect_database(target), "replication").rows
        assert (row["replica"], row["state"]) == ("copy", "streaming")
        # What the server did just before, autovacuum's work say, may take a moment.
        _until(lambda: section(inspect_database(here), "replication").rows[0]["behind_seconds"] == 0)
        report = inspect_database(here)
        [row] = section(report, "replication").rows
        assert (row["replica"], row["state"]) == ("this database", "replaying")
        assert [one.name for one in report.sections if one.unseen] == []
        with session(here, "select pg_wal_replay_pause()"), session(target, "create table t (id int)"):
            pass
        _until(lambda: section(inspect_database(target), "replication").rows[0]["behind_bytes"] > 0)
        monkeypatch.setattr("dbstack.ops.inspect.probes._MINUTE", 0.1)
        _until(lambda: messages(inspect_database(here), "replication") != [])
        [told] = messages(inspect_database(here), "replication")
        assert told.startswith("this database is ")
        assert " s behind (" in told
        assert "receives nothing" not in told
        # All that was sent is replayed, and nothing is sent any more.
        with session(
            here,
            "select pg_wal_replay_resume()",
            "alter system set primary_conninfo = ''",
            "select pg_reload_conf()",
        ):
            pass
        _until(
            lambda: (
                "receives nothing from its source"
                in " ".join(messages(inspect_database(here), "replication"))
            )
        )


def _until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("name", "worse", "words"),
    [
        (
            "cache",
            {"blocks": 100_000, "hit_percent": 89.9},
            "only 89.9 % of the blocks were in shared buffers",
        ),
        (
            "unused_indexes",
            {"days_counted": 7, "bytes": 3 * 2**20},
            "1 indexes (3 MiB) weren't used in 7 days",
        ),
        ("replication_slots", {"wal_status": "lost"}, "slot left_over has lost its place"),
    ],
)
def test_what_takes_days_to_go_wrong(target: Target, name: str, worse: dict[str, object], words: str):
    """A row as the query gives it, and what it says in a week or after much more work."""
    probe = next(one for one in PROBES if one.name == name)
    with session(
        target, "create table t (id int)", "create index on t (id)",
        "select pg_create_physical_replication_slot('left_over', true)",
    ) as connection:  # fmt: skip
        try:
            found = section(inspect_database(target), name)
        finally:
            connection.execute("select pg_drop_replication_slot('left_over')")
    assert (len(found.rows), found.findings) == (1, ())
    [told] = [finding.message for finding in probe.judge([{**found.rows[0], **worse}])]
    assert told.startswith(words)
    assert worse.keys() <= found.rows[0].keys()


def test_a_sequence_that_ends_soon(target: Target):
    with session(target, "create sequence numbers as integer", "select setval('numbers', 2000000000)"):
        pass
    report = inspect_database(target)
    [told] = messages(report, "sequences")
    assert "public.numbers has used 93 % of its numbers" in told
    assert report.worst is Level.CRITICAL


def test_dead_rows_bloat_and_sizes(target: Target, monkeypatch: pytest.MonkeyPatch):
    with session(
        target,
        "create table t (id int, filler text) with (autovacuum_enabled = off)",
        "insert into t select n, repeat('x', 100) from generate_series(1, 60000) n",
        "create index on t (id)",
        "analyze t",
        "delete from t where id % 3 > 0",
    ):
        pass
    deadline = time.monotonic() + 10
    while not (found := section(inspect_database(target), "dead_rows")).rows and time.monotonic() < deadline:
        time.sleep(0.2)
    [told] = [finding.message for finding in found.findings]
    assert "public.t has 40000 dead rows" in told
    assert "last vacuumed never" in told
    with session(target, "vacuum t", "analyze t"):
        pass
    monkeypatch.setattr("dbstack.ops.inspect.probes.GIB", 2**20)
    report = inspect_database(target)
    [row] = section(report, "bloat").rows
    assert row["table"] == "t"
    assert 60 <= row["wasted_percent"] <= 72
    [told] = messages(report, "bloat")
    assert told.startswith(f"public.t is about {row['wasted_percent']} % empty (")
    largest = section(report, "table_sizes").rows[0]
    assert (largest["schema"], largest["table"], largest["rows_estimate"]) == ("public", "t", 20000)
    assert largest["total_bytes"] > largest["table_bytes"] + largest["index_bytes"] - 1
    assert largest["table_bytes"] > 7 * 2**20 > largest["index_bytes"] > 2**20


def test_a_slot_that_nobody_reads(target: Target, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("dbstack.ops.inspect.probes.GIB", 1000)
    with session(target, "select pg_create_physical_replication_slot('left_over', true)") as connection:
        connection.execute("create table t as select n from generate_series(1, 10000) n")
        try:
            [told] = messages(inspect_database(target), "replication_slots")
        finally:
            connection.execute("select pg_drop_replication_slot('left_over')")
    assert "nobody reads slot left_over" in told
    assert "pg_drop_replication_slot('left_over')" in told


def test_settings_that_differ_and_wait_for_a_restart(target: Target):
    with session(target, "alter system set max_connections = 150", "select pg_reload_conf()"):
        try:
            time.sleep(0.3)
            report = inspect_database(
                target, {"work_mem": "8192", "autovacuum": "1", "log_min_duration_statement": "-1"}
            )
        finally:
            with session(target, "alter system reset all", "select pg_reload_conf()"):
                pass
    told = messages(report, "settings")
    assert "work_mem is 4096 kB, and the description says 8192 (it comes from default)" in told
    assert "max_connections was changed and waits for a restart of the server" in told
    assert len(told) == 2


@pytest.mark.parametrize(
    ("found", "wanted", "equal"),
    [
        ("on", "1", True),
        ("off", "on", False),
        ("0.10", "0.1", True),
        ("rdsutils,pg_stat_statements", "pg_stat_statements", True),
        ("pg_stat_statements", "pg_stat_statements,auto_explain", False),
        ("replica", "logical", False),
    ],
)
def test_spellings_of_a_value(found: str, wanted: str, equal: bool):
    assert same(found, wanted) is equal


def test_a_user_with_few_rights_is_told_what_it_does_not_see(target: Target):
    with session(target) as connection:
        connection.execute("drop role if exists sees_little")
        connection.execute(f"create role sees_little login password '{PASSWORD}'".encode())
    report = inspect_database(dataclasses.replace(target, username="sees_little"))
    assert any("grant pg_monitor" in text for text in messages(report, "connections"))
    assert report.worst is Level.NOTE


def run(target: Target, monkeypatch: pytest.MonkeyPatch, *words: str) -> Any:
    monkeypatch.setenv(
        "DBSTACK_DATABASE_URL",
        f"postgresql://{target.username}:{PASSWORD}@localhost:{target.port}/{target.database}"
        f"?sslrootcert={target.sslrootcert}",
    )
    done = CliRunner().invoke(main, ["inspect", *words])
    assert PASSWORD not in done.output
    return done


def test_the_command_tells_it_and_ends_with_3_if_something_is_critical(
    target: Target, monkeypatch: pytest.MonkeyPatch
):
    done = run(target, monkeypatch, "--details")
    assert done.exit_code == 0, done.output
    assert "nothing is wrong" in done.stdout
    assert "pools     4 of 20 connections fit into 97 (idle 30 s, connect 2 s)" in done.stdout
    with session(target, "create sequence numbers as integer", "select setval('numbers', 2000000000)"):
        pass
    done = run(target, monkeypatch)
    assert done.exit_code == 3
    assert "critical  public.numbers has used 93 %" in done.stdout
    done = run(target, monkeypatch, "--format", "json")
    assert done.exit_code == 3
    told = json.loads(done.stdout)
    assert told["worst"] == "critical"
    assert [finding["section"] for finding in told["findings"]] == ["sequences"]
    rows: Sequence[dict[str, Any]] = told["sections"]["sequences"]["rows"]
    assert rows[0]["used_percent"] == 93


def test_no_connection_is_one_sentence(target: Target, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(
        "DBSTACK_DATABASE_URL", f"postgresql://nobody:{PASSWORD}@localhost:1/x?sslmode=disable"
    )
    done = CliRunner().invoke(main, ["inspect"])
    assert done.exit_code == 1
    assert "Connection refused" in done.stderr
    assert PASSWORD not in done.output


def test_the_dashboards_queries_are_these_and_their_columns_are_its_metrics(target: Target):
    """As the exporter asks: with the rights of a monitoring role alone."""
    with (
        session(target, "drop role if exists watching", "create role watching in role pg_monitor") as admin,
        session(target, "create table planet (name text)", "create index on planet (name)") as connection,
    ):
        connection.execute("set role watching")
        for one in QUERIES:
            found = connection.execute(one.sql.encode())
            columns = [column.name for column in found.description]
            assert sorted(columns) == sorted((*one.labels, *one.gauges, *one.counters, *one.left_out)), (
                one.name
            )
            for row in found.fetchall():
                values = dict(zip(columns, row, strict=True))
                assert all(float(values[column]) >= 0 for column in (*one.gauges, *one.counters)), (
                    one.name,
                    values,
                )
        connection.execute("reset role")
        admin.execute("drop role watching")
