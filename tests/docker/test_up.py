"""`pulumi up -s local` by the real engine and a real Docker engine: SQL through the URL that comes out."""

import json
import time
from typing import Any

import pytest
from tests.docker.conftest import free_port, healthy, inside, inspect, leftovers
from tests.docker.images import image
from tests.docker.project import LocalProject, sql

from dbstack.sandbox.docker.engine import Engine

pytestmark = pytest.mark.engine


def test_a_database_with_a_replica_that_has_the_rows(
    project: LocalProject, prefix: str, engine: Engine
) -> None:
    replica_port = free_port()
    project.edit(
        "local",
        replicas={"reporting": {"instanceClass": "db.t3.micro"}},
        docker={"replicaPorts": {"reporting": replica_port}, "initScripts": "seeds"},
    )
    (project.folder / "seeds").mkdir()
    (project.folder / "seeds" / "1.sql").write_text(
        "CREATE TABLE planet (name text); INSERT INTO planet VALUES ('Mars');"
    )
    began = time.monotonic()
    project.up("local").ok()
    took = time.monotonic() - began
    app = project.app
    url = app["url"]
    assert sql(url, "SELECT name FROM planet") == "Mars"
    assert sql(url, "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()") == "t"
    sql(url, "INSERT INTO planet VALUES ('Venus')")
    assert app["replicas"] == {"reporting": f"127.0.0.1:{replica_port}"}
    reader = url.replace(f":{app['port']}/", f":{replica_port}/")
    end = time.monotonic() + 20
    while (found := sql(reader, "SELECT count(*) FROM planet")) != "2":
        assert time.monotonic() < end, found
        time.sleep(0.1)
    with pytest.raises(RuntimeError, match="read-only transaction"):
        sql(reader, "INSERT INTO planet VALUES ('Pluto')")
    with pytest.raises(RuntimeError, match="no encryption"):
        sql(url.partition("?")[0] + "?sslmode=disable", "SELECT 1")
    password = url.split(":")[2].partition("@")[0]
    assert len(password) == 30
    for name in (f"{prefix}-local-app", f"{prefix}-local-app-reporting"):
        assert password not in inspect(name)
        assert '"HostIp": "127.0.0.1"' in inspect(name)
    assert password not in json.dumps(project.export("local"))
    assert password not in "".join(project.log[:1])
    project.preview_shows_no_change("local")
    project.pulumi("refresh", "--stack", "local", "--yes", "--skip-preview", "--expect-no-changes").ok()
    # A replica is healthy while it streams, and promotes to a database that takes writes.
    replica = f"{prefix}-local-app-reporting"
    assert healthy(engine, replica)
    inside(replica, ["sh", "-c", "gosu postgres pg_ctl promote -w -D $PGDATA"])
    assert not healthy(engine, replica)
    sql(reader, "INSERT INTO planet VALUES ('Pluto')")
    project.down()
    assert leftovers(engine.api, prefix) == []
    assert took < 60


def extensions(url: str) -> set[str]:
    return set(sql(url, "SELECT extname FROM pg_extension").splitlines())


def test_data_survives_changes_kills_and_a_down_that_keeps_it(
    project: LocalProject, prefix: str, engine: Engine
) -> None:
    project.edit("local", onDelete="snapshot", extensions=["pg_trgm", "pg_stat_statements"])
    project.up("local").ok()
    first = project.app["url"]
    sql(first, "CREATE TABLE planet AS SELECT 'Mars' AS name")
    assert extensions(first) == {"plpgsql", "pg_trgm", "pg_stat_statements"}
    assert int(sql(first, "SELECT count(*) FROM pg_stat_statements")) > 0, "its library is loaded"
    container = f"{prefix}-local-app"
    before = engine.api.inspect_container(container)["Id"]
    # The server's process is killed: it comes back with its rows.
    engine.api.kill(container, "SIGKILL")
    project.pulumi("refresh", "--stack", "local", "--yes", "--skip-preview").ok()
    project.up("local").ok()
    assert sql(first, "SELECT name FROM planet") == "Mars"
    # A setting that needs a new container keeps the data, and so does another image.
    picture = engine.api.create_container(image("postgres"))
    newer = engine.api.commit(picture, f"{prefix}/postgres", "15.1", changes=["LABEL dbstack.test=newer"])[
        "Id"
    ]
    engine.api.remove_container(picture)
    project.edit(
        "local",
        docker={"image": f"{prefix}/postgres:15.1"},
        parameterGroup={"parameters": {"work_mem": "8192"}},
        extensions=["pg_stat_statements", "auto_explain", "earthdistance"],
    )
    project.up("local").ok()
    # A later one is made in the volume that is there, with what it needs; one that is taken out stays, and is told.
    assert extensions(first) == {"plpgsql", "pg_trgm", "pg_stat_statements", "cube", "earthdistance"}
    assert sql(first, "SHOW shared_preload_libraries") == "pg_stat_statements,auto_explain"
    assert b"the extension pg_trgm is described no longer, and stays" in engine.api.logs(container)
    now = engine.api.inspect_container(container)
    assert (now["Id"] != before, now["Image"]) == (True, newer)
    assert sql(first, "SHOW work_mem") == "8MB"
    assert sql(first, "SELECT name FROM planet") == "Mars"
    # The next stack of the same name finds the data, and has another password.
    project.down()
    assert leftovers(engine.api, prefix) == [f"{container}-data"]
    project.up("local").ok()
    second = project.app["url"]
    assert second != first
    assert sql(second, "SELECT name FROM planet") == "Mars"
    with pytest.raises(RuntimeError, match="password authentication failed"):
        sql(first, "SELECT 1")
    project.edit("local", onDelete="destroy")
    project.up("local").ok()
    project.down()
    assert leftovers(engine.api, prefix) == []


def test_a_volume_of_another_major_is_refused_and_unharmed(
    project: LocalProject, prefix: str, engine: Engine
) -> None:
    volume = f"{prefix}-local-app-data"
    engine.api.create_volume(volume)
    host = engine.api.create_host_config(binds=[f"{volume}:/v"])
    made = engine.api.create_container(
        image("redis"), ["sh", "-c", "mkdir /v/pgdata; echo 14 > /v/pgdata/PG_VERSION; echo row > /v/pgdata/kept"],
        entrypoint=[], host_config=host,
    )  # fmt: skip
    engine.api.start(made)
    engine.api.wait(made)
    engine.api.remove_container(made)
    done = project.up("local")
    assert done.code != 0
    assert "the volume holds data of PostgreSQL 14, which PostgreSQL 15 can't read" in done.text
    assert "Traceback" not in done.text
    names = leftovers(engine.api, prefix)
    assert f"{prefix}-local-app" not in names
    host = engine.api.create_host_config(binds=[f"{volume}:/v"])
    look = engine.api.create_container(
        image("redis"), ["cat", "/v/pgdata/kept"], entrypoint=[], host_config=host
    )
    engine.api.start(look)
    engine.api.wait(look)
    assert engine.api.logs(look).strip() == b"row"
    engine.api.remove_container(look)


def test_a_seed_that_fails_is_told_and_the_mended_one_runs(project: LocalProject, prefix: str) -> None:
    project.edit("local", docker={"initScripts": "seeds"})
    (project.folder / "seeds").mkdir()
    seed = project.folder / "seeds" / "1.sql"
    seed.write_text("CREATE TABLE planet (name text);\nINSERT INTO plant VALUES ('Mars');")
    done = project.up("local")
    assert done.code != 0
    assert 'relation "plant" does not exist' in done.text
    seed.write_text("CREATE TABLE planet (name text);\nINSERT INTO planet VALUES ('Mars');")
    project.up("local").ok()
    assert sql(project.app["url"], "SELECT name FROM planet") == "Mars"


def test_no_docker_and_a_taken_port_are_each_told_in_one_sentence(
    project: LocalProject, prefix: str, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    done = project.up("local")
    assert done.code != 0
    assert "no Docker engine answers at unix:///nowhere/docker.sock" in done.text
    assert "target: aws" in done.text
    monkeypatch.delenv("DOCKER_HOST")
    port = free_port()
    project.edit("local", docker={"port": port})
    host = engine.api.create_host_config(port_bindings={6379: ("127.0.0.1", port)})
    blocker = engine.api.create_container(
        image("redis"), name=f"{prefix}-blocker", ports=[6379], host_config=host
    )
    engine.api.start(blocker)
    done = project.up("local")
    assert f"port {port} of this machine is taken by the container {prefix}-blocker" in done.text
    assert f"{prefix}-local-app" not in leftovers(engine.api, prefix)
    engine.api.remove_container(blocker, force=True)
    project.up("local").ok()


def test_redis_beside_a_mariadb_with_a_replica(project: LocalProject, prefix: str, engine: Engine) -> None:
    import pymysql

    port, replica_port, redis_port = free_port(), free_port(), free_port()
    project.edit(
        "local",
        engine="mariadb",
        engineVersion="10.11",
        onDelete="snapshot",
        replicas={"reporting": {"instanceClass": "db.t3.micro"}},
        docker={"image": image("mariadb"), "port": port, "replicaPorts": {"reporting": replica_port}},
        roles={"users": {"service": {"roles": ["write"]}}},
    )
    project.companions({"redis": {"image": image("redis"), "port": redis_port}})
    (project.folder / "seeds").mkdir()
    (project.folder / "seeds" / "1.sql").write_text(
        "CREATE TABLE planet (name text); INSERT INTO planet VALUES ('Mars');"
    )
    project.edit("local", docker={"initScripts": "seeds"})
    project.up("local").ok()

    def ask(statement: str, user: str = "dbadmin", word: str = "", at: int = port) -> Any:
        word = word or project.app["url"].split(":")[2].partition("@")[0]
        connection = pymysql.connect(
            host="127.0.0.1", port=at, user=user, password=word, database="app", autocommit=True,
            ssl={"ca": str(project.folder.parent / "data/dbstack/ca/ca.crt"), "check_hostname": True},
        )  # fmt: skip
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall()

    def follows(expected: int) -> None:
        """Waits until the replica has so many rows."""
        end = time.monotonic() + 20
        while ask("SELECT count(*) FROM planet", at=replica_port) != ((expected,),):
            assert time.monotonic() < end
            time.sleep(0.1)

    # Of before the copy, and of after it.
    assert ask("SELECT name FROM planet", at=replica_port) == (("Mars",),)
    ask("INSERT INTO planet VALUES ('Venus')")
    follows(2)
    with pytest.raises(pymysql.err.OperationalError, match="read-only"):
        ask("INSERT INTO planet VALUES ('Pluto')", at=replica_port)
    # A replica that doesn't follow is not healthy.
    replica = f"{prefix}-local-app-reporting"
    assert healthy(engine, replica)
    inside(replica, ["sh", "-c", 'MYSQL_PWD="$(cat /etc/dbstack/password)" mariadb -uroot -e "STOP SLAVE"'])
    assert not healthy(engine, replica)
    inside(replica, ["sh", "-c", 'MYSQL_PWD="$(cat /etc/dbstack/password)" mariadb -uroot -e "START SLAVE"'])
    # Users that come later come to the replica too.
    project.dbstack("roles", "apply", "-s", "local").ok()
    kept = json.loads((project.folder / ".dbstack/secrets/local/app/service.json").read_text())
    with pytest.raises(pymysql.Error, match="DROP command denied"):
        ask("DROP TABLE planet", "service", kept["password"])
    ask("INSERT INTO planet VALUES ('Pluto')", "service", kept["password"])
    follows(3)
    assert ask("SELECT count(*) FROM planet", "service", kept["password"], replica_port) == ((3,),)
    outputs = project.outputs("local")
    assert outputs["redis"]["url"].startswith("redis://:")
    word = outputs["redis"]["url"].split(":")[2].partition("@")[0]
    config = ["redis-cli", "-a", word, "config", "get", "appendonly"]
    assert inside(f"{prefix}-local-redis", config).split() == ["appendonly", "yes"]
    password = project.app["url"].split(":")[2].partition("@")[0]
    shown = "".join(inspect(f"{prefix}-local-{name}") for name in ("redis", "app", "app-reporting"))
    shown += json.dumps(project.export("local"))
    assert [secret for secret in (word, password) if secret in shown] == []
    project.preview_shows_no_change("local")
    project.down()
    volumes = ["app-data", "app-reporting-data", "redis-data"]
    assert leftovers(engine.api, prefix) == [f"{prefix}-local-{name}" for name in volumes]
    # Old volumes get the new stack's password, and the replica follows again by it.
    project.up("local").ok()
    ask("INSERT INTO planet VALUES ('Saturn')")
    follows(4)
    # What `dbstack local` does with volumes it does with these too.
    project.dbstack("local", "snapshot", "one").ok()
    ask("DELETE FROM planet")
    follows(0)
    project.dbstack("local", "restore", "one").ok()
    assert ask("SELECT count(*) FROM planet") == ((4,),)
    follows(4)
