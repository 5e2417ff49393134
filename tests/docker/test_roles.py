"""`dbstack roles` on a stack with target docker: described in its file, found by its name, and the users log in."""

import json
import stat
from pathlib import Path

import pytest
from tests.docker.project import LocalProject, sql

pytestmark = pytest.mark.engine


def test_users_of_a_container_log_in_with_the_passwords_that_are_kept(
    tmp_path: Path, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    users = {"reporting": {"roles": ["read"]}, "service": {"roles": ["write"], "iam": True}}
    project = LocalProject.make(tmp_path / "project", prefix, roles={"users": users})
    project.up("local").ok()
    sql(project.app["url"], "create table orders (id serial)")
    done = project.dbstack("roles", "apply", "-s", "local").ok()
    assert "note: this server has no IAM: service logs in with a password" in done.err
    assert project.dbstack("roles", "status", "-s", "local").ok().out.endswith("as described\n")
    url = project.app["url"]
    master, _, place = url.removeprefix("postgresql://").partition("@")
    passwords = [master.partition(":")[2]]
    for user in users:
        file = project.folder / f".dbstack/secrets/local/app/{user}.json"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        passwords.append(json.loads(file.read_text())["password"])
    assert not [password for password in passwords if password in done.text]
    assert (
        sql(f"postgresql://service:{passwords[2]}@{place}", "insert into orders default values returning id")
        == "1"
    )
    assert sql(f"postgresql://reporting:{passwords[1]}@{place}", "select count(*) from orders") == "1"
    with pytest.raises(RuntimeError, match="permission denied for table orders"):
        sql(f"postgresql://reporting:{passwords[1]}@{place}", "delete from orders")
    # `up` has nothing to do with them.
    project.edit("local", roles={"users": {}})
    project.pulumi("preview", "--stack", "local", "--expect-no-changes").ok()
    assert project.dbstack("roles", "status", "-s", "local").code == 3
    project.down()
    project.stop()
