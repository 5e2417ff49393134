"""`dbstack local`: snapshot, restore, clone and reset of a real database with a replica."""

import time
from pathlib import Path

import pytest
from tests.docker.conftest import free_port, leftovers
from tests.docker.images import image
from tests.docker.project import LocalProject, sql

from dbstack.sandbox.docker.engine import Engine

pytestmark = pytest.mark.engine


def rows(url: str, expected: str) -> None:
    """Waits until the table has so many rows."""
    end = time.monotonic() + 20
    while (found := sql(url, "SELECT count(*) FROM planet")) != expected:
        assert time.monotonic() < end, found
        time.sleep(0.1)


def test_snapshot_restore_clone_and_reset(
    tmp_path: Path, prefix: str, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    project = LocalProject.make(tmp_path / "project", prefix)
    replica_port = free_port()
    project.edit(
        "local",
        replicas={"reporting": {"instanceClass": "db.t3.micro"}},
        docker={"replicaPorts": {"reporting": replica_port}, "initScripts": "seeds"},
    )
    (project.folder / "seeds").mkdir()
    (project.folder / "seeds" / "1.sql").write_text("CREATE TABLE planet AS SELECT 'Mars' AS name;")
    early = project.dbstack("local", "snapshot", "one")
    assert (early.code, early.err) == (1, "error: app doesn't run here: deploy the stack local first\n")
    project.up("local").ok()
    app = project.app
    url = app["url"]
    reader = url.replace(f":{app['port']}/", f":{replica_port}/")
    sql(url, "INSERT INTO planet VALUES ('Venus')")
    project.dbstack("local", "snapshot", "one").ok()
    again = project.dbstack("local", "snapshot", "one")
    assert (again.code, "has a snapshot 'one' already" in again.err) == (2, True)
    sql(url, "INSERT INTO planet VALUES ('Pluto')")
    # A clone has what was there when it was made, and goes its own way.
    made = project.dbstack("local", "clone", "branch").ok().out
    clone = url.replace(f":{app['port']}/", f":{made.rpartition(':')[2].strip()}/")
    sql(clone, "DELETE FROM planet WHERE name = 'Mars'")
    rows(clone, "2")
    rows(url, "3")
    assert project.dbstack("local", "list").ok().out == "app  snapshot  one\napp  clone  branch\n"
    project.dbstack("local", "restore", "one").ok()
    rows(url, "2")
    rows(reader, "2")
    sql(url, "INSERT INTO planet VALUES ('Saturn')")
    rows(reader, "3")
    # A copy that was cut off is none: not of a snapshot, and not of the data themselves.
    container = f"{prefix}-local-app"
    for volume in (f"{container}-data-snapshot-cut", f"{container}-data"):
        engine.api.create_volume(volume)
        looked = engine.api.create_container(
            image("postgres"), ["/v/.dbstack-copying"], entrypoint=["touch"],
            host_config=engine.api.create_host_config(binds=[f"{volume}:/v"]),
        )  # fmt: skip
        engine.api.start(looked)
        engine.api.wait(looked)
        engine.api.remove_container(looked)
    for words in (("restore", "cut"), ("snapshot", "two")):
        refused = project.dbstack("local", *words)
        assert (refused.code, "cut off while they were copied, and are not whole" in refused.err) == (1, True)
    assert project.dbstack("local", "list").ok().out.count("snapshot") == 2
    end = time.monotonic() + 20
    while b"cut off while they were copied here, and are not whole" not in engine.api.logs(container):
        assert time.monotonic() < end
        time.sleep(0.1)
    project.dbstack("local", "restore", "one").ok()
    rows(url, "2")
    rows(reader, "2")
    project.dbstack("local", "snapshot", "cut", "--delete").ok()
    project.dbstack("local", "reset").ok()
    rows(url, "1")
    rows(reader, "1")
    unknown = project.dbstack("local", "restore", "two")
    assert (unknown.code, "there are: one" in unknown.err) == (2, True)
    project.preview_shows_no_change("local")
    project.dbstack("local", "clone", "branch", "--delete").ok()
    project.dbstack("local", "snapshot", "one", "--delete").ok()
    project.down()
    assert leftovers(engine.api, prefix) == []
    project.stop()
