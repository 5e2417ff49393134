"""Back to a moment with archived WAL: base backups, restores, and an archive that is not whole. A real database."""

import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.docker.conftest import inside, leftovers, sweep
from tests.docker.project import LocalProject, sql
from tests.engine.project import Finished

from dbstack.sandbox.docker.engine import Engine

pytestmark = pytest.mark.engine

PREFIX = f"dbt-archive-{time.time_ns() % 10**8:08d}"
APP = f"{PREFIX}-local-app"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> Iterator[LocalProject]:
    """A deployed database with an archive, a base backup, and a table."""
    folder = tmp_path_factory.mktemp("archive")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(folder / "data"))
        logical = {"parameters": {"rds.logical_replication": "1"}}
        project = LocalProject.make(
            folder / "project", PREFIX, docker={"walArchive": True}, parameterGroup=logical
        )
        try:
            project.up("local").ok()
            sql(
                project.app["url"],
                "CREATE TABLE planet (name text PRIMARY KEY); INSERT INTO planet VALUES ('Mars')",
            )
            yield project
        finally:
            project.stop()
            sweep(engine.api, PREFIX)


@pytest.fixture(scope="module")
def url(shop: LocalProject) -> str:
    return shop.app["url"]


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


def names(url: str) -> list[str]:
    return sql(url, "SELECT name FROM planet ORDER BY name").split()


def now() -> str:
    """A moment after which, and not in which, the next thing happens."""
    found = datetime.now(UTC).isoformat()
    time.sleep(0.01)
    return found


def archived(pattern: str) -> list[str]:
    """Files of the archive, by a pattern of their names."""
    return inside(APP, ["sh", "-c", f"find /dbstack/archive -name '{pattern}' | sort"]).split()


def clone_of(shop: LocalProject, moment: str, name: str) -> tuple[str, Finished]:
    """The URL of a clone of a moment, and what was told of it. It stays until the end."""
    done = shop.dbstack("local", "restore-to-time", moment, "--clone", name).ok()
    port = done.out.rpartition(":")[2].strip()
    return re.sub(r":\d+/", f":{port}/", shop.app["url"], count=1), done


def test_without_a_base_backup_there_is_no_way_back(shop: LocalProject) -> None:
    done = shop.dbstack("local", "restore-to-time", "latest")
    assert done.code == 2
    assert done.err == (
        "error: app has no base backup, and without one WAL restores nothing: `dbstack local base-backup` makes one\n"
    )


def test_everything_is_there_that_was_there_at_that_moment(shop: LocalProject, url: str) -> None:
    before = now()
    made = shop.dbstack("local", "base-backup").ok().out
    assert re.fullmatch(r"app: the base backup \d{8}T\d{6}Z is made and verified, \d+ MiB\n", made)
    sql(url, "INSERT INTO planet VALUES ('Venus')")
    moment = now()
    sql(url, "DELETE FROM planet; INSERT INTO planet VALUES ('Pluto')")
    # Beside it first.
    clone, _ = clone_of(shop, moment, "then")
    assert (names(clone), names(url)) == (["Mars", "Venus"], ["Pluto"])
    sql(clone, "DELETE FROM planet; SELECT pg_switch_wal()")
    # Then in its place.
    done = shop.dbstack("local", "restore-to-time", moment).ok()
    assert names(url) == ["Mars", "Venus"]
    kept = done.out.split()[-1]
    listed = shop.dbstack("local", "list").ok().out
    assert f"app  snapshot  {kept}\napp  clone  then\napp  base backup  20" in listed
    early = shop.dbstack("local", "restore-to-time", before)
    assert (early.code, "when its first base backup was done, and no further" in early.err) == (2, True)
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat(timespec="seconds")
    future = shop.dbstack("local", "restore-to-time", later)
    assert (future.code, future.err) == (2, f"error: {later} is still to come\n")
    assert names(url) == ["Mars", "Venus"]


def test_a_snapshot_that_is_put_back_does_not_stop_the_archive(shop: LocalProject, url: str) -> None:
    shop.dbstack("local", "snapshot", "one").ok()
    sql(url, "INSERT INTO planet VALUES ('Io')")
    moment = now()
    shop.dbstack("local", "restore", "one").ok()
    assert names(url) == ["Mars", "Venus"]
    assert sql(url, "SELECT failed_count, left(last_archived_wal, 8) FROM pg_stat_archiver") == "0|00000003"
    # What was undone can still be had, over the timeline that was left.
    clone, _ = clone_of(shop, moment, "undone")
    assert names(clone) == ["Io", "Mars", "Venus"]


def test_a_damaged_base_backup_is_told_and_an_older_one_used(shop: LocalProject, url: str) -> None:
    made = shop.dbstack("local", "base-backup").ok().out.split()[4]
    moment = now()
    sql(url, "INSERT INTO planet VALUES ('Eris')")
    [control] = [file for file in archived("pg_control") if made in file]
    inside(APP, ["sh", "-c", f"printf x | dd of={control} bs=1 seek=300 conv=notrunc 2>/dev/null"])
    clone, done = clone_of(shop, moment, "older")
    assert f"the base backup {made} is damaged: checksum mismatch for file" in done.err
    assert names(clone) == ["Mars", "Venus"]


def test_only_what_the_newest_needs_is_kept_and_that_is_enough(shop: LocalProject, url: str) -> None:
    before = archived("0*[0-9A-F].gz")
    done = shop.dbstack("local", "base-backup", "--keep", "1").ok().out
    assert done.count(" is gone\n") == 2
    left = archived("0*[0-9A-F].gz")
    gone = {Path(file).name[8:24] for file in before if file not in left}
    assert gone
    assert max(gone) < min(Path(file).name[8:24] for file in left)
    listed = shop.dbstack("local", "list").ok().out
    assert re.findall("base backup  (.*)", listed) == [done.split()[4]]
    sql(url, "INSERT INTO planet VALUES ('Makemake')")
    clone, _ = clone_of(shop, "latest", "kept")
    assert names(clone) == names(url)


def test_an_archive_that_cannot_be_written_is_told_and_nothing_is_lost(shop: LocalProject, url: str) -> None:
    [folder] = inside(APP, ["sh", "-c", "ls -d /dbstack/archive/*/wal"]).split()
    inside(APP, ["chmod", "0500", folder])
    sql(url, "INSERT INTO planet VALUES ('Quaoar')")
    held = sql(url, "SELECT pg_walfile_name(pg_switch_wal())")
    until(lambda: sql(url, "SELECT last_failed_wal FROM pg_stat_archiver") == held)
    told = shop.dbstack("inspect", "-s", "local").ok().out
    assert f"WAL {held} can't be archived, and all since is kept beside the data" in " ".join(told.split())
    inside(APP, ["chmod", "0700", folder])
    sql(url, "INSERT INTO planet VALUES ('Orcus')")
    sql(url, "SELECT pg_switch_wal()")
    until(lambda: archived(f"{held}.gz") != [])


def test_after_the_end_of_the_archive_there_is_nothing(shop: LocalProject, url: str, engine: Engine) -> None:
    # Without its wal_level the start would refuse a slot like this.
    sql(url, "SELECT pg_create_logical_replication_slot('changes', 'pgoutput')")
    engine.api.stop(APP)
    try:
        done = shop.dbstack("local", "restore-to-time", now())
    finally:
        engine.api.start(APP)
    assert done.code == 2
    assert "app can't archive its last WAL (it doesn't run)" in done.err
    assert re.search(r"\nerror: the archive ends before that moment: .* is of 20\d\d-", done.err), done.err
    until(lambda: "accepting" in inside(APP, ["sh", "-c", "pg_isready -h 127.0.0.1 || true"]))


def test_wal_that_is_missing_or_damaged_is_told_and_nothing_is_changed(
    shop: LocalProject, url: str, engine: Engine
) -> None:
    sql(url, "INSERT INTO planet VALUES ('Haumea')")
    lost = sql(url, "SELECT pg_walfile_name(pg_switch_wal())")
    moment = now()
    sql(url, "INSERT INTO planet VALUES ('Sedna')")
    until(lambda: archived(f"{lost}.gz") != [])
    [file] = archived(f"{lost}.gz")
    before, there = names(url), leftovers(engine.api, PREFIX)
    inside(APP, ["sh", "-c", f"printf xxxx | dd of={file} bs=1 seek=40 conv=notrunc 2>/dev/null"])
    for wanted, how in (("latest", "in the archive is damaged"), (moment, "is missing from the archive")):
        done = shop.dbstack("local", "restore-to-time", wanted)
        assert (done.code, f"error: WAL {lost} {how}" in done.err) == (1, True), done.text
        inside(APP, ["rm", "-f", file])
    assert (names(url), leftovers(engine.api, PREFIX)) == (before, there)


def test_the_archive_goes_with_the_database(shop: LocalProject, url: str, engine: Engine) -> None:
    shop.preview_shows_no_change("local")
    password = url.split(":")[2].partition("@")[0]
    commands = [text for text in shop.log if '"url": "postgresql://' not in text]
    assert commands
    assert password not in "".join(commands)
    assert f"{APP}-archive" in leftovers(engine.api, PREFIX)
    for kind in ("app-clone-", "app-data-clone-", "app-data-snapshot-"):
        assert sweep(engine.api, f"{PREFIX}-local-{kind}")
    shop.down()
    assert leftovers(engine.api, PREFIX) == []
