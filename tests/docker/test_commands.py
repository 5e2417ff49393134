"""Commands on a stack with target docker, found by its name: migrations, roles, and the preview of what a change does.

They share one stack that is up; each leaves database and config as it found them.
"""

import json
import re
import shutil
import stat
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from tests.docker.conftest import sweep
from tests.docker.project import LocalProject, sql
from tests.engine.project import ROOT

from dbstack.sandbox.docker.engine import Engine

pytestmark = pytest.mark.engine

USERS = {"reporting": {"roles": ["read"]}, "service": {"roles": ["write"], "iam": True}}


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> Iterator[LocalProject]:
    """A stack that is up."""
    folder, prefix = tmp_path_factory.mktemp("commands"), f"dbt-{uuid.uuid4().hex[:8]}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(folder / "data"))
        project = LocalProject.make(folder / "project", prefix)
        shutil.copytree(ROOT / "migrations", project.folder / "migrations")
        early = project.dbstack("migrate", "up", "-s", "local")
        assert early.code == 2
        assert "there is no stack local" in early.err
        try:
            project.up("local").ok()
            yield project
        finally:
            project.stop()
            sweep(engine.api, prefix)


@pytest.fixture
def project(deployed: LocalProject) -> Iterator[LocalProject]:
    """The same with its config put back afterwards."""
    before = deployed.config("local")
    yield deployed
    deployed.write("local", before)


def report(project: LocalProject) -> dict[str, Any]:
    done = project.dbstack(
        "sandbox", "run", "--", "dbstack", "preview", "-s", "local", "--format", "json"
    ).ok()
    return json.loads(done.out)


def test_the_example_is_applied_checked_and_reverted(project: LocalProject) -> None:
    # Described since the `up`: the next one would make it too.
    project.edit("local", extensions=["citext", "auto_explain"])
    planned = project.dbstack("migrate", "up", "-s", "local", "--dry-run").ok()
    made = 'create extension if not exists "citext" cascade;'
    assert planned.out.startswith(f"{made}\n")
    done = project.dbstack("migrate", "up", "-s", "local").ok()
    assert done.out.splitlines()[0] == made
    assert done.out.splitlines()[-1] == "10 migrations applied"
    assert done.err == "", "the certificate is checked"
    # What is described is no drift.
    assert project.dbstack("migrate", "check", "-s", "local").ok().out == "no findings\n"
    app = project.app
    assert sql(app["url"], "select count(*) from schema_migrations") == "10"
    assert sql(app["url"], "select 'A'::citext = 'a'::citext") == "t"
    # In the sandbox's environment it is the same.
    told = project.dbstack("sandbox", "run", "--", "dbstack", "migrate", "status", "-s", "local").ok()
    assert told.out.splitlines()[-1] == "10 applied, 0 pending"
    project.dbstack("migrate", "down", "0", "-s", "local").ok()
    password = app["url"].split(":")[2].split("@")[0]
    assert password not in done.text + told.text + planned.text
    sql(app["url"], "drop extension citext")


def test_users_of_a_container_log_in_with_the_passwords_that_are_kept(project: LocalProject) -> None:
    project.edit("local", roles={"users": USERS})
    url = project.app["url"]
    sql(url, "create table parcels (id serial)")
    done = project.dbstack("roles", "apply", "-s", "local").ok()
    assert "note: this server has no IAM: service logs in with a password" in done.err
    assert project.dbstack("roles", "status", "-s", "local").ok().out.endswith("as described\n")
    master, _, place = url.removeprefix("postgresql://").partition("@")
    passwords = [master.partition(":")[2]]
    for user in USERS:
        file = project.folder / f".dbstack/secrets/local/app/{user}.json"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        passwords.append(json.loads(file.read_text())["password"])
    assert not [password for password in passwords if password in done.text]
    assert (
        sql(f"postgresql://service:{passwords[2]}@{place}", "insert into parcels default values returning id")
        == "1"
    )
    assert sql(f"postgresql://reporting:{passwords[1]}@{place}", "select count(*) from parcels") == "1"
    with pytest.raises(RuntimeError, match="permission denied for table parcels"):
        sql(f"postgresql://reporting:{passwords[1]}@{place}", "delete from parcels")
    # `up` has nothing to do with them.
    project.edit("local", roles={"users": {}})
    project.preview_shows_no_change("local")
    assert project.dbstack("roles", "status", "-s", "local").code == 3
    sql(url, "drop table parcels")


def test_backups_and_health_of_a_container(project: LocalProject) -> None:
    url = project.app["url"]
    sql(url, "create table parcels as select n from generate_series(1, 10) n")
    made = project.dbstack("backup", "create", "-s", "local").ok()
    name = made.out.partition(":")[0]
    assert re.search(r": \d tables?, 10 rows, ", made.out)
    assert (project.folder / "backups" / name / "manifest.json").is_file()
    proven = project.dbstack("backup", "verify", "-s", "local").ok()
    assert re.search(rf"{name} is verified: \d tables? and 10 rows compared", proven.out)
    sql(url, "drop table parcels")
    back = project.dbstack("backup", "restore", name, "-s", "local", "--replace", "app").ok()
    assert sql(url, "select count(*) from parcels") == "10"
    told = project.dbstack("inspect", "-s", "local").ok()
    assert "critical" not in told.out
    assert "pools     4 of 20 connections fit into 97" in told.out
    password = url.split(":")[2].split("@")[0]
    assert password not in made.text + proven.text + back.text + told.text
    shutil.rmtree(project.folder / "backups")
    sql(url, "drop table parcels")


def test_containers_come_back_and_volumes_do_not(project: LocalProject) -> None:
    made, app = report(project), project.app
    assert made["findings"] == []
    # The database is asked which migrations it has yet to run.
    files = ", ".join(sorted(file.name for file in (ROOT / "migrations").glob("[0-9]*.sql")))
    where = f"{app['database']} at {app['host']}:{app['port']}"
    assert made["notes"] == [f"pending migrations, which {where} doesn't have: {files}"]

    project.edit("local", docker={"memoryMib": 600})
    [memory] = report(project)["findings"]
    assert (memory["property"], memory["risk"]) == ("memory", "online")

    project.edit("local", docker={"healthCheck": {"retries": 9}})
    worst = report(project)["findings"][0]
    assert (worst["type"], worst["risk"]) == ("docker:index/container:Container", "downtime")
    assert "what is in its volumes is kept" in worst["why"]

    config = project.config("local")
    databases = config["config"]["dbstack:stack"]["databases"]
    databases["orders"] = databases.pop("app")
    project.write("local", config)
    made = report(project)
    worst = made["findings"][0]
    assert (worst["type"], worst["name"], worst["risk"]) == (
        "docker:index/volume:Volume",
        "app",
        "data-loss",
    )
    assert made["counts"]["data-loss"] == 1
