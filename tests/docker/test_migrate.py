"""`dbstack migrate` on a stack with target docker: found by its name, connected to with its certificate checked."""

import shutil
from pathlib import Path

import pytest
from tests.docker.project import LocalProject, sql
from tests.engine.project import ROOT

pytestmark = pytest.mark.engine


def test_the_example_is_applied_checked_and_reverted(
    tmp_path: Path, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    project = LocalProject.make(tmp_path / "project", prefix)
    shutil.copytree(ROOT / "migrations", project.folder / "migrations")
    early = project.dbstack("migrate", "up", "-s", "local")
    assert early.code == 2
    assert "there is no stack local" in early.err
    project.up("local").ok()
    # Described since: with target docker the next `up` would make it too.
    project.edit("local", extensions=["citext", "auto_explain"])
    assert 'create extension if not exists "citext" cascade;' in (
        project.dbstack("migrate", "up", "-s", "local", "--dry-run").ok().out
    )
    done = project.dbstack("migrate", "up", "-s", "local").ok()
    assert done.out.splitlines()[0] == 'create extension if not exists "citext" cascade;'
    assert done.out.splitlines()[-1] == "10 migrations applied"
    assert done.err == "", "the certificate is checked"
    assert project.dbstack("migrate", "check", "-s", "local").ok().out == "no findings\n"
    app = project.app
    assert sql(app["url"], "select count(*) from schema_migrations") == "10"
    assert sql(app["url"], "select 'A'::citext = 'a'::citext") == "t"
    # In the sandbox's environment it is the same.
    told = project.dbstack("sandbox", "run", "--", "dbstack", "migrate", "status", "-s", "local").ok()
    assert told.out.splitlines()[-1] == "10 applied, 0 pending"
    project.dbstack("migrate", "down", "0", "-s", "local").ok()
    password = app["url"].split(":")[2].split("@")[0]
    assert password not in done.text + told.text + early.text
    project.down()
    project.stop()
