"""What may happen to a local database, and no row that was committed is lost: kills, a restarted Docker, a full disk.

A `Writer` writes all the while; what the server acknowledged to it must be there afterwards.
"""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.docker.conftest import free_port, leftovers, sweep
from tests.docker.daemon import Daemon, as_root
from tests.docker.images import image
from tests.docker.project import LocalProject, sql
from tests.docker.writer import Writer
from tests.engine.killing import kill_engine_when

from dbstack.sandbox.docker.engine import Engine

pytestmark = pytest.mark.engine

REPLICA = {"reporting": {"instanceClass": "db.t3.micro"}}
SEED = "CREATE TABLE planet (name text); INSERT INTO planet VALUES ('Mars');"


def with_replica(project: LocalProject) -> int:
    """Adds a replica to the stack; its port."""
    port = free_port()
    project.edit("local", replicas=REPLICA, docker={"replicaPorts": {"reporting": port}})
    return port


def of_replica(app: dict[str, Any], port: int) -> str:
    return app["url"].replace(f":{app['port']}/", f":{port}/")


def follows(url: str, statement: str, expected: str) -> None:
    """Waits until a replica has what its primary has."""
    end = time.monotonic() + 60
    while True:
        try:
            found = sql(url, statement)
        except RuntimeError as error:
            found = str(error)
        if found == expected:
            return
        assert time.monotonic() < end, found
        time.sleep(0.2)


# -- the server and Docker itself --------------------------------------------------------------------------------


def test_a_server_that_is_killed_comes_back_with_every_row(
    project: LocalProject, prefix: str, engine: Engine
) -> None:
    port = with_replica(project)
    project.up("local").ok()
    app = project.app
    with Writer(app["url"]) as writer:
        for container in (f"{prefix}-local-app", f"{prefix}-local-app-reporting"):
            process = engine.api.inspect_container(container)["State"]["Pid"]
            subprocess.run(as_root("kill", "-9", str(process)), check=True)
            writer.reaches(20)
    assert engine.api.inspect_container(f"{prefix}-local-app")["RestartCount"] == 1
    assert writer.failures
    assert writer.lost() == []
    follows(
        of_replica(app, port), "SELECT count(*) FROM written", sql(app["url"], "SELECT count(*) FROM written")
    )
    project.preview_shows_no_change("local")


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A Docker engine of this test's own, with the image of the database: it may be ended without harm to others."""
    reference = image("postgres")
    folder = tmp_path_factory.mktemp("dockerd")
    # A bridge of its own: with none, or with pools of addresses, it would take away docker0, another engine's.
    bridge = "dbt-private0"
    subprocess.run(as_root("ip", "link", "add", bridge, "type", "bridge"), check=True)
    subprocess.run(as_root("ip", "address", "add", "10.212.0.1/24", "dev", bridge), check=True)
    network = ("--bridge", bridge)
    daemon = Daemon(folder, str(folder / "d.sock"), network)
    try:
        daemon.start()
        with subprocess.Popen(["docker", "save", reference], stdout=subprocess.PIPE) as saved:
            subprocess.run(
                ["docker", "--host", daemon.host, "load", "--quiet"],
                stdin=saved.stdout,
                stdout=subprocess.DEVNULL,
                check=True,
            )
        yield daemon
    finally:
        if daemon.answers():
            engine = Engine({"DOCKER_HOST": daemon.host})
            sweep(engine.api, "dbt-")
            engine.api.close()
        daemon.end()
        # Those of a killed one are left behind.
        mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
        for mount in reversed([mount for mount in mounts if mount.startswith(f"{folder}/")]):
            subprocess.run(as_root("umount", mount), check=True)
        subprocess.run(as_root("ip", "link", "delete", bridge), check=True)
        subprocess.run(as_root("rm", "-rf", str(folder / "data"), str(folder / "exec")), check=True)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_docker_is_restarted(
    project: LocalProject, prefix: str, private: Daemon, monkeypatch: pytest.MonkeyPatch, how: int
) -> None:
    monkeypatch.setenv("DOCKER_HOST", private.host)
    port = with_replica(project)
    project.up("local").ok()
    app = project.app
    with Writer(app["url"]) as writer:
        private.end(how)
        private.start()
        if how == signal.SIGKILL:
            # It takes what it finds running for stopped by hand then, and leaves that to an `up` that looks.
            project.pulumi("up", "--stack", "local", "--yes", "--skip-preview", "--refresh").ok()
        writer.reaches(20)
    assert writer.lost() == []
    rows = sql(app["url"], "SELECT count(*) FROM written")
    follows(of_replica(app, port), "SELECT count(*) FROM written", rows)
    project.preview_shows_no_change("local")
    project.down()
    engine = Engine({"DOCKER_HOST": private.host})
    assert leftovers(engine.api, prefix) == []
    engine.api.close()


def test_a_full_disk_loses_nothing_and_goes_on_once_there_is_room(
    project: LocalProject, prefix: str, engine: Engine, tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(as_root("mount", "-t", "tmpfs", "-o", "size=160m", "tmpfs", str(disk)), check=True)
    try:
        # Bound, and not a tmpfs of Docker's: that would be empty after each restart.
        options = {"type": "none", "o": "bind", "device": str(disk)}
        engine.api.create_volume(f"{prefix}-local-app-data", driver_opts=options)
        project.up("local").ok()
        with Writer(project.app["url"], filler=400_000) as writer:
            writer.fails()
            assert os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize < 20 * 1024**2
            subprocess.run(as_root("mount", "-o", "remount,size=600m", str(disk)), check=True)
            writer.reaches(20, patience=120)
        assert writer.lost() == []
        project.preview_shows_no_change("local")
        project.down()
        assert leftovers(engine.api, prefix) == []
    finally:
        sweep(engine.api, prefix)
        subprocess.run(as_root("umount", str(disk)), check=True)


# -- what a user asks for and can't have -----------------------------------------------------------------------


def test_another_major_a_taken_port_and_a_missing_extension_leave_the_database_running(
    project: LocalProject, prefix: str, engine: Engine
) -> None:
    project.up("local").ok()
    app = project.app
    sql(app["url"], SEED)
    running = engine.api.inspect_container(f"{prefix}-local-app")

    def assert_untouched() -> None:
        """What is asked for in vain stops nothing."""
        assert sql(app["url"], "SELECT name FROM planet") == "Mars"
        now = engine.api.inspect_container(f"{prefix}-local-app")
        assert (now["Id"], now["State"]["StartedAt"]) == (running["Id"], running["State"]["StartedAt"])
        assert leftovers(engine.api, f"{prefix}-local-app-preflight") == []

    # An image of 15 that is tagged as 16, and later one that says what it is: both can't have this volume.
    engine.api.tag(image("postgres"), f"{prefix}/postgres", "16")
    try:
        project.edit("local", engineVersion="16", docker={"image": f"{prefix}/postgres:16"})
        done = project.up("local")
        assert done.code != 0
        assert "the image is PostgreSQL 15, and engineVersion says 16" in done.text
        assert_untouched()
    finally:
        engine.api.remove_image(f"{prefix}/postgres:16")
    port = free_port()
    blocker = engine.api.create_container(
        image("redis"),
        name=f"{prefix}-blocker",
        ports=[6379],
        host_config=engine.api.create_host_config(port_bindings={6379: ("127.0.0.1", port)}),
    )
    engine.api.start(blocker)
    project.edit("local", engineVersion="15", docker={"image": image("postgres"), "port": port})
    done = project.up("local")
    assert f"port {port} of this machine is taken by the container {prefix}-blocker" in done.text
    assert_untouched()
    engine.api.remove_container(blocker, force=True)
    project.edit("local", docker={"port": app["port"]}, extensions=["pg_trgm", "no_such_thing"])
    done = project.up("local")
    assert "the image has no extension no_such_thing" in done.text
    assert_untouched()
    project.edit("local", extensions=[])
    project.preview_shows_no_change("local")


# -- an `up` that is killed ------------------------------------------------------------------------------------

# How many networks, volumes and containers there are when the engine dies; the stack makes five.
SAMPLE, CAMPAIGN = (4,), (1, 2, 3, 5)


def recovered(project: LocalProject) -> None:
    done = project.dbstack("sandbox", "recover", "--stack", "local").ok()
    assert "Traceback" not in done.text
    project.up("local").ok()
    project.preview_shows_no_change("local")


def killed_and_finished(project: LocalProject, prefix: str, engine: Engine, point: int) -> None:
    port = with_replica(project)
    project.edit("local", docker={"initScripts": "seeds"})
    (project.folder / "seeds").mkdir()
    (project.folder / "seeds" / "1.sql").write_text(SEED)
    assert kill_engine_when(project, "local", lambda: len(leftovers(engine.api, prefix)) >= point)
    recovered(project)
    app = project.app
    follows(of_replica(app, port), "SELECT name FROM planet", "Mars")
    names = ["app", "app-data", "app-reporting", "app-reporting-data", "stack"]
    assert leftovers(engine.api, prefix) == [f"{prefix}-local-{name}" for name in names]
    project.down()
    assert leftovers(engine.api, prefix) == []


@pytest.mark.parametrize("point", SAMPLE)
def test_an_up_that_is_killed_is_finished_by_the_next(
    project: LocalProject, prefix: str, engine: Engine, point: int
) -> None:
    killed_and_finished(project, prefix, engine, point)


@pytest.mark.soak
@pytest.mark.parametrize("point", CAMPAIGN)
def test_an_up_that_is_killed_at_every_point(
    project: LocalProject, prefix: str, engine: Engine, point: int
) -> None:
    killed_and_finished(project, prefix, engine, point)


def test_a_replacement_that_is_killed_keeps_the_rows(
    project: LocalProject, prefix: str, engine: Engine
) -> None:
    project.up("local").ok()
    url = project.app["url"]
    sql(url, SEED)
    container = f"{prefix}-local-app"
    before = engine.api.inspect_container(container)["Id"]
    project.edit("local", parameterGroup={"parameters": {"work_mem": "8192"}})

    def replaced() -> bool:
        return any(
            f"/{container}" in found["Names"] and found["Id"] != before
            for found in engine.api.containers(all=True)
        )

    assert kill_engine_when(project, "local", replaced)
    recovered(project)
    assert sql(url, "SELECT name FROM planet") == "Mars"
    assert sql(url, "SHOW work_mem") == "8MB"


# -- many times ------------------------------------------------------------------------------------------------


def cycles(project: LocalProject, prefix: str, engine: Engine, destroyed: int, kept: int) -> None:
    """`up` and `destroy` again and again: nothing is left, or exactly the volumes, with all that was ever written."""
    with_replica(project)
    for _ in range(destroyed):
        project.up("local").ok()
        sql(project.app["url"], SEED)
        project.down()
        assert leftovers(engine.api, prefix) == []
    project.edit("local", onDelete="snapshot")
    for number in range(kept):
        project.up("local").ok()
        url = project.app["url"]
        sql(url, "CREATE TABLE IF NOT EXISTS cycle (n int)")
        sql(url, f"INSERT INTO cycle VALUES ({number})")
        assert sql(url, "SELECT count(*) FROM cycle") == str(number + 1)
        project.down()
        volumes = [f"{prefix}-local-app-data", f"{prefix}-local-app-reporting-data"]
        assert leftovers(engine.api, prefix) == volumes


def test_some_cycles_of_up_and_down(project: LocalProject, prefix: str, engine: Engine) -> None:
    cycles(project, prefix, engine, 1, 2)


@pytest.mark.soak
def test_a_hundred_cycles_of_up_and_down(project: LocalProject, prefix: str, engine: Engine) -> None:
    cycles(project, prefix, engine, 100, 100)
