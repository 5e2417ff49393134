"""What goes wrong round a backup: exit code, words, the backups as before, and success once the cause is gone."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.postgres.cluster import free_port
from tests.postgres.disk import small_file_system, tablespace
from tests.postgres.saving import KILL, NOTHING, SCRATCH, Vault, dump, ended, query, vault

from dbstack.cli import main

__all__ = ["vault"]
pytestmark = pytest.mark.postgres
DUMPING = (
    "select count(*) > 0 from pg_stat_activity where application_name = 'pg_dump' "
    "and datname = current_database()"
)
RESTORING = (
    "select count(*) > 0 from pg_stat_activity where application_name = 'pg_restore' "
    "and query like 'COPY public.big %'"
)
BIG = """
create table big as select n, md5(n::text) || md5((n * 7)::text) as text from generate_series(1, 600000) n;
"""


COPYING = "datname ~ '_spare$|^dbstack_verify_' and query like 'COPY public.big %'"
IS_COPYING = f"select count(*) > 0 from pg_stat_activity where {COPYING}"
GATE = "dbstack.gate"
"""A setting of the role, which all databases see: while it is there, the first row of `big` that is restored waits."""
FEW = 10
MANY = 20_000
"""Twenty megabytes as text: more than lies in pipes and sockets."""
GATED = f"""
create function gate() returns boolean language plpgsql as $$ begin
    while exists (select from pg_db_role_setting where setconfig::text like '%{GATE}%') loop
        perform pg_sleep(0.02);
    end loop;
    return true;
end $$;
create table big (n int check (public.gate()), filler text);
"""


def fill(vault: Vault, rows: int) -> None:
    filler = "(select string_agg(md5((n * k)::text), '') from generate_series(1, 32) k)"
    vault.workshop.sql(f"{GATED} insert into big select n, {filler} from generate_series(1, {rows}) n")


@contextmanager
def gate_shut(vault: Vault) -> Iterator[None]:
    vault.workshop.sql(f"alter role current_user set {GATE} = 'shut'")
    try:
        yield
    finally:
        vault.workshop.sql(f"alter role current_user reset {GATE}")


def command_lines() -> str:
    """What `ps` shows of every process."""
    found: list[str] = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # It has ended.
            found.append(file.read_text(errors="replace").replace("\0", " "))
    return "\n".join(found)


def left(vault: Vault) -> list[str]:
    """What of it is no backup."""
    return [path.name for path in vault.place.iterdir() if path.name.startswith(".")]


def test_kill_leaves_nothing_that_is_a_backup(vault: Vault):
    old = vault.create()
    vault.workshop.sql(BIG)
    for form in ("custom", "directory"):
        process = vault.start("create", "--compress", "9", "--format", form)
        vault.workshop.until(DUMPING)
        vault.workshop.until_true(lambda: len(left(vault)) == 1)
        process.send_signal(KILL)
        process.communicate()
        assert vault.names() == [old]
        vault.workshop.until(DUMPING, False, 60)
        assert "is verified" in vault.ok("verify")
        # The next one takes away what was left, and no more.
        new = vault.create("--schema-only")
        assert left(vault) == []
        assert "is verified" in vault.ok("verify", new)
        vault.place.joinpath(new).rename(vault.place / f".partial-{new}")


def test_kill_with_a_term_cleans_up(vault: Vault):
    vault.workshop.sql(BIG)
    process = vault.start("create", "--compress", "9")
    vault.workshop.until(DUMPING)
    assert "pg_dump" in (everybody_sees := command_lines())
    assert vault.server.password not in everybody_sees
    process.terminate()
    code, _, err = ended(process, vault.workshop)
    assert (code, left(vault), vault.names()) == (1, [], [])
    assert "stopped by SIGTERM" in err
    vault.workshop.until(DUMPING, False)


@pytest.mark.parametrize("who", ["pg_dump", "dbstack backup"])
def test_a_connection_that_is_lost(vault: Vault, who: str):
    old = vault.create()
    vault.workshop.sql(BIG)
    # Counting it takes as long as dumping.
    vault.workshop.sql("alter table big add extra numeric default 1.5; select 1")
    process = vault.start("create", "--compress", "9")
    vault.workshop.until(DUMPING)
    time.sleep(0.1)
    vault.workshop.sql(
        f"select pg_terminate_backend(pid) from pg_stat_activity where application_name = '{who}' "
        "and datname = current_database()"
    )
    code, _, err = ended(process, vault.workshop)
    assert code == 1
    # What the server says, or that it is gone, where the end was quicker than its words.
    assert "terminating connection" in err or "EOF" in err or "closed" in err
    assert (left(vault), vault.names()) == ([], [old])
    vault.workshop.sql("drop table big")
    assert "is verified" in vault.ok("verify", vault.create())


@pytest.mark.parametrize("form", ["custom", "plain"])
def test_a_connection_that_is_lost_while_it_restores(vault: Vault, form: str):
    fill(vault, FEW)
    name = vault.create("--format", form)
    with vault.spare() as url:
        empty = dump(url)
        for command, words in (
            ("restore", "the database is as it was before"),
            # That says nothing of the backup.
            ("verify", f"error: {name} is not verified: "),
        ):
            with gate_shut(vault):
                process = vault.start(command, name, url=url)
                vault.workshop.until(IS_COPYING)
                vault.workshop.sql(f"select pg_terminate_backend(pid) from pg_stat_activity where {COPYING}")
                code, _, err = ended(process, vault.workshop)
            assert (code, words in err, "not good" in err) == (1, True, False), err
            assert dump(url) == empty
            assert vault.workshop.sql(SCRATCH) == [(0,)]
        assert "is verified" in vault.ok("verify", name)
        vault.ok("restore", name, url=url)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("could not execute query: SSL SYSCALL error: EOF detected", 1),
        ("error returned by PQputCopyData: SSL connection has been closed unexpectedly", 1),
        ("error returned by PQputCopyData: could not send data to server: Broken pipe", 1),
        ('COPY failed for table "t": server closed the connection unexpectedly', 1),
        ("could not receive data from server: Connection reset by peer", 1),
        ("could not execute query: ERROR:  out of memory", 1),
        ("could not execute query: ERROR:  could not extend file: No space left on device", 1),
        ("could not uncompress data: incorrect data check", 3),
        ("could not read from input file: end of file", 3),
        ('could not execute query: ERROR:  relation "connections" already exists', 3),
    ],
)
def test_whose_fault_it_is(
    vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, code: int
):
    """What a failed restore says of the backup, and what of the server."""
    name = vault.create("--schema-only")
    folder = tmp_path / "programs"
    folder.mkdir()
    (folder / "pg_restore").write_text(
        "#!/bin/sh\n[ \"$1\" = --version ] && exec echo 'pg_restore (PostgreSQL) 99.0'\n"
        f"cat >&2 << 'END'\npg_restore: error: {said}\nEND\nexit 1\n"
    )
    (folder / "pg_restore").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    assert ("is not good" in vault.refused(code, "verify", name)) is (code == 3)


def test_killed_while_it_restores_it_commits_nothing(vault: Vault):
    """Its psql is then at the end of its input: what it had read till then it may not commit."""
    fill(vault, MANY)
    name = vault.create("--format", "plain")
    with vault.spare() as url:
        with gate_shut(vault):
            process = vault.start("restore", name, url=url)
            vault.workshop.until(IS_COPYING)
            process.send_signal(KILL)
            process.communicate()
        vault.workshop.until("select count(*) = 0 from pg_stat_activity where datname ~ '_spare$'")
        assert query(url, NOTHING) == [(0,)]
        vault.ok("restore", name, url=url)
        assert query(url, "select count(*) from big") == [(MANY,)]


def test_a_wrong_password_and_no_server(vault: Vault, monkeypatch: pytest.MonkeyPatch):
    name = vault.create()
    right = vault.server.password
    monkeypatch.setenv("PGPASSWORD", "wrongwrong")
    for command in ("create", "verify", "restore"):
        done = vault.run(command, *([name] if command != "create" else []))
        assert done.exit_code == 1
        assert "password authentication failed" in done.stderr
        assert "wrongwrong" not in done.output
    monkeypatch.setenv("PGPASSWORD", right)
    gone = vault.workshop.url.replace(str(vault.server.port), str(free_port()))
    assert "Connection refused" in vault.refused(1, "create", url=gone)
    assert "does not exist" in vault.refused(1, "create", url=vault.workshop.url.replace("workshop", "no"))
    assert vault.names() == [name]
    assert left(vault) == []


def test_a_missing_or_old_pg_dump(vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    told = vault.refused(1, "create")
    assert "pg_dump is not on PATH: install PostgreSQL's client programs, version " in told
    (folder / "pg_dump").write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.24'\n")
    (folder / "pg_dump").chmod(0o755)
    told = vault.refused(1, "create")
    assert "pg_dump on PATH is 9.6.24, and the server's major version is " in told


def test_an_exit_code_counts_whatever_was_written(
    vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A pg_dump that writes and then fails, as one in `pg_dump | gzip` does."""
    folder = tmp_path / "programs"
    folder.mkdir()
    (folder / "pg_dump").write_text(
        "#!/bin/sh\n[ \"$1\" = --version ] && exec echo 'pg_dump (PostgreSQL) 99.0'\n"
        'for word; do case "$word" in --file=*) echo data > "${word#--file=}";; esac; done\n'
        "echo data; exit 3\n"
    )
    (folder / "pg_dump").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    for form in ("custom", "plain"):
        assert "pg_dump failed: it ended with 3" in vault.refused(1, "create", "--format", form)
    assert left(vault) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    with small_file_system(tmp_path / "small", "1m") as folder:
        yield folder


def test_a_full_disk(vault: Vault, small_disk: Path, tmp_path: Path):
    place = small_disk / "backups"
    old = vault.create("--to", str(place))
    vault.workshop.sql(BIG)
    CliRunner().invoke(main, ["backup", "key", str(tmp_path / "key")])
    for words in (
        ("--format", "custom"),
        ("--format", "plain"),
        ("--format", "directory"),
        ("--key-file", str(tmp_path / "key")),
    ):
        done = vault.run("create", *words, "--to", str(place))
        assert done.exit_code == 1
        assert "No space left on device" in done.stderr, done.output
        assert [path.name for path in place.iterdir()] == [old]
    assert "is verified" in vault.ok("verify", old, "--from", str(place))
    vault.workshop.sql("drop table big; select 1")
    vault.ok("create", "--to", str(place))


def test_a_server_whose_disk_is_full(vault: Vault):
    fill(vault, MANY)
    name = vault.create()
    before = dump(vault.workshop.url)
    with tablespace(vault.workshop, "16m") as (place, more), vault.spare() as url:
        vault.workshop.sql(f"alter database {vault.workshop.name}_spare set tablespace {place}")
        empty = dump(url)
        told = vault.refused(1, "restore", name, url=url)
        assert "No space left on device" in told
        assert "the database is as it was before" in told
        assert dump(url) == empty
        more("400m")
        vault.ok("restore", name, url=url)
        assert dump(url) == before


def test_a_restore_that_fails_leaves_the_database_as_it_was(vault: Vault):
    vault.workshop.sql("create role owner_gone; alter table orders owner to owner_gone; select 1")
    name = vault.create()
    vault.workshop.sql("alter table orders owner to current_user; drop role owner_gone; select 1")
    with vault.spare() as url:
        before = dump(url)
        done = vault.run("restore", name, url=url)
        assert done.exit_code == 1
        assert 'role "owner_gone" does not exist' in done.stderr
        assert "the database is as it was before" in done.stderr
        assert dump(url) == before
        vault.ok("restore", name, "--no-owner", url=url)
        assert query(url, "select count(*) from orders") == [(500,)]
    assert "is verified" in vault.ok("verify")


def test_killed_while_it_verifies(vault: Vault):
    fill(vault, FEW)
    name = vault.create()
    with gate_shut(vault):
        process = vault.start("verify", name)
        vault.workshop.until(RESTORING)
        process.send_signal(KILL)
        process.communicate()
        assert vault.workshop.sql(SCRATCH) == [(1,)]
    vault.ok("verify", name)
    assert vault.workshop.sql(SCRATCH) == [(0,)]
    with gate_shut(vault):
        process = vault.start("verify", name)
        vault.workshop.until(RESTORING)
        process.terminate()
        code, _, _ = ended(process, vault.workshop)
    assert code == 1
    assert vault.workshop.sql(SCRATCH) == [(0,)]


def test_stopped_while_it_decrypts_is_no_finding(vault: Vault, tmp_path: Path):
    fill(vault, MANY)
    CliRunner().invoke(main, ["backup", "key", str(tmp_path / "key")])
    name = vault.create("--key-file", str(tmp_path / "key"))
    with gate_shut(vault):
        process = vault.start("verify", name, "--key-file", str(tmp_path / "key"))
        vault.workshop.until(RESTORING)
        process.terminate()
        code, _, err = ended(process, vault.workshop)
    assert (code, "stopped by SIGTERM" in err, "not good" in err) == (1, True, False)
    assert vault.workshop.sql(SCRATCH) == [(0,)]


def test_a_failure_tells_no_row(vault: Vault):
    tables = 'customers, orders, parent, child, parted, "Odd Schema"."odd ""table"'
    vault.workshop.sql("create table told (id int, t text); insert into told values (1, 'error: topsecret')")
    name = vault.create("--data-only")
    vault.workshop.sql(f"truncate {tables}; drop table told")
    for kind, why in (
        ("int", "invalid input syntax for type integer"),
        ("text check (t = 'x')", "violates check constraint"),
    ):
        vault.workshop.sql(f"drop table if exists told; create table told (id int, t {kind})")
        told = vault.refused(1, "restore", name)
        assert why in told
        assert "topsecret" not in told
    assert vault.workshop.sql("select count(*) from customers") == [(0,)]


def test_two_verify_at_once(vault: Vault):
    name = vault.create()
    both = [vault.start("verify", name), vault.start("verify", name)]
    assert [ended(process, vault.workshop)[0] for process in both] == [0, 0]
    assert vault.workshop.sql(SCRATCH) == [(0,)]


def test_a_time_out_of_idle_sessions_takes_no_scratch_database_away(vault: Vault):
    if vault.workshop.sql("show server_version_num")[0][0] < "140000":
        pytest.skip("idle_session_timeout came with 14")
    fill(vault, FEW)
    name, other = vault.create(), vault.create("--schema-only")
    vault.workshop.sql("alter role current_user set idle_session_timeout = '200ms'")
    try:
        with gate_shut(vault):
            process = vault.start("verify", name)
            vault.workshop.until(IS_COPYING)
            time.sleep(0.5)
            # It drops what killed runs have left, and nothing else.
            vault.ok("verify", other)
        assert ended(process, vault.workshop)[0] == 0
    finally:
        vault.workshop.sql("alter role current_user reset idle_session_timeout")
    assert vault.workshop.sql(SCRATCH) == [(0,)]


def test_a_user_who_may_not_make_databases(vault: Vault, monkeypatch: pytest.MonkeyPatch):
    name = vault.create()
    vault.workshop.sql(
        "create role reader login password 'readerreader'; grant pg_read_all_data to reader; select 1"
    )
    try:
        url = vault.workshop.url.replace(vault.server.user, "reader")
        monkeypatch.setenv("PGPASSWORD", "readerreader")
        told = vault.run("verify", name, url=url)
        assert told.exit_code == 1
        assert "no scratch database can be made" in told.stderr
        assert "give the user CREATEDB, or name another server with --on" in told.stderr
        mine = vault.ok("create", url=url).partition(":")[0]
        monkeypatch.setenv("PGPASSWORD", vault.server.password)
        vault.workshop.sql("alter role reader createdb; select 1")
        monkeypatch.setenv("PGPASSWORD", "readerreader")
        assert "is verified" in vault.ok("verify", mine, url=url)
    finally:
        monkeypatch.setenv("PGPASSWORD", vault.server.password)
        vault.workshop.sql("drop owned by reader; drop role reader; select 1")
