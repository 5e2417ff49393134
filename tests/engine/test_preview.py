"""`dbstack preview` with the real engine: the classes of real changes, the exit codes, and no secret anywhere."""

import copy
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests import github
from tests.engine.project import DBSTACK, Finished, Project

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    project = Project.copy(tmp_path_factory.mktemp("preview") / "project")
    project.up("dev").ok()
    yield project
    project.stop()


@pytest.fixture
def project(deployed: Project) -> Iterator[Project]:
    file = deployed.folder / "Pulumi.dev.yaml"
    before = file.read_text()
    yield deployed
    file.write_text(before)


def preview(project: Project, *arguments: str) -> Finished:
    return project.dbstack("sandbox", "run", "--", "dbstack", "preview", "-s", "dev", *arguments)


def report(project: Project, *arguments: str) -> tuple[int, dict[str, Any]]:
    done = preview(project, "--format", "json", *arguments)
    return done.code, json.loads(done.out)


def test_nothing_changes(project: Project) -> None:
    migrations = project.folder / "migrations"
    migrations.mkdir()
    (migrations / "001_things.sql").write_text("create table things (id bigint primary key);")
    try:
        code, made = report(project, "--fail-on", "online")
    finally:
        shutil.rmtree(migrations)
    assert (code, made["findings"], made["failed"]) == (0, [], False)
    assert made["unchanged"] > 20
    [told] = made["notes"]
    assert told.startswith(
        "whether migrations are pending isn't known: the stack's databases are the sandbox's"
    )


def test_a_change_is_classed_and_fails_where_that_was_asked_for(project: Project) -> None:
    project.edit("dev", instanceClass="db.t3.small", backup={"retentionDays": 14, "window": "03:00-04:00"})
    code, made = report(project, "--fail-on", "downtime")
    assert code == 3
    assert made["counts"] == {"data-loss": 0, "downtime": 1, "reboot": 0, "online": 0, "unknown": 0}
    classes = {one["property"]: one["risk"] for one in made["findings"]}
    assert classes == {"instanceClass": "downtime", "backupRetentionPeriod": "online"}
    assert preview(project).out.startswith("DATA LOSS 0 · DOWNTIME 1 ·")
    (project.folder / ".dbstack").mkdir(exist_ok=True)
    waivers = project.folder / ".dbstack/waivers.yaml"
    waivers.write_text(
        "waivers: [{resource: app, class: downtime, reason: announced, owner: ops, expires: 2099-01-01}]"
    )
    code, made = report(project, "--fail-on", "downtime")
    waivers.unlink()
    assert (code, made["counts"]["downtime"]) == (0, 0)


def test_a_replaced_database_that_was_left_behind_is_told(project: Project) -> None:
    """As after an `up` that ended between making the new one and deleting the old: Pulumi deletes it next time."""
    before = project.export("dev")
    after = copy.deepcopy(before)
    resources = after["deployment"]["resources"]
    live = next(one for one in resources if one["type"] == "aws:rds/instance:Instance")
    left = copy.deepcopy(live) | {"delete": True, "protect": False}
    left["id"] = "db-LEFTBEHIND"
    left["inputs"]["identifier"] = left["outputs"]["identifier"] = "left-behind"
    left["inputs"]["skipFinalSnapshot"] = left["outputs"]["skipFinalSnapshot"] = True
    resources.insert(resources.index(live), left)
    state = project.folder / "state.json"
    try:
        state.write_text(json.dumps(after))
        project.pulumi("stack", "import", "--stack", "dev", "--file", str(state)).ok()
        code, made = report(project, "--fail-on", "data-loss")
    finally:
        state.write_text(json.dumps(before))
        project.pulumi("stack", "import", "--stack", "dev", "--file", str(state)).ok()
        state.unlink()
    assert code == 3
    assert made["counts"]["data-loss"] == 1
    [told] = [one for one in made["findings"] if one["urn"] == live["urn"]]
    assert told["risk"] == "data-loss"
    assert told["why"].startswith("deleted: an earlier deployment has replaced it")
    assert "take its entry with `delete: true` out of the state" in told["way_out"]


def test_a_renamed_database_is_data_loss(project: Project, tmp_path: Path) -> None:
    config = project.config("dev")
    databases = config["config"]["dbstack:stack"]["databases"]
    databases["orders"] = databases.pop("app")
    (project.folder / "Pulumi.dev.yaml").write_text(json.dumps(config))
    picture = tmp_path / "stack.svg"
    code, made = report(project, "--fail-on", "data-loss", "--graph", str(picture))
    assert code == 3
    worst = made["findings"][0]
    assert (worst["name"], worst["type"], worst["risk"]) == ("app", "aws:rds/instance:Instance", "data-loss")
    assert "no final snapshot" in worst["why"]
    assert "DATA LOSS" in picture.read_text()


def test_a_refused_change_fails_with_the_guards_words(project: Project) -> None:
    project.edit(
        "dev", storage={"allocatedGib": 20, "maxAllocatedGib": 100, "type": "gp3"}, engineVersion="16"
    )
    done = preview(project)
    assert done.code == 1
    assert "16 is lower than 17" in done.out
    assert "Traceback" not in done.text


def test_what_was_changed_behind_pulumis_back(project: Project) -> None:
    rds = project.client("rds")
    rds.modify_db_instance(
        DBInstanceIdentifier="dbstack-dev-app", BackupRetentionPeriod=3, ApplyImmediately=True
    )
    _, made = report(project, "--refresh")
    rds.modify_db_instance(
        DBInstanceIdentifier="dbstack-dev-app", BackupRetentionPeriod=7, ApplyImmediately=True
    )
    assert ("backupRetentionPeriod", "7", "3") in [
        (one["property"], one["state"], one["found"]) for one in made["drift"]
    ]


def test_no_pulumi_is_one_sentence(project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    done = project.dbstack("preview", "-s", "dev")
    assert done.code == 1
    assert done.err.startswith("error: there is no pulumi on PATH")


def git(folder: Path, *words: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
    return subprocess.run(
        ["git", *identity, *words], cwd=folder, check=True, capture_output=True, text=True
    ).stdout


def committed(folder: Path) -> Project:
    project = Project.copy(folder)
    (project.folder / ".gitignore").write_text(".dbstack/\n__pycache__/\n")
    git(project.folder, "init", "--quiet")
    git(project.folder, "add", ".")
    git(project.folder, "commit", "--quiet", "-m", "base")
    return project


def test_a_base_commit_is_the_baseline_without_an_account(tmp_path: Path) -> None:
    project = committed(tmp_path / "project")
    commit = git(project.folder, "rev-parse", "HEAD").strip()
    project.edit("dev", instanceClass="db.t3.small")
    changed = git(project.folder, "status", "--porcelain")
    done = project.dbstack(
        "preview", "-s", "dev", "--base", "HEAD", "--format", "json", "--fail-on", "downtime"
    )
    assert done.code == 3, done.text
    made = json.loads(done.out)
    assert [one["property"] for one in made["findings"]] == ["instanceClass"]
    assert made["baseline"] == f"the sandbox deployment of HEAD ({commit[:12]}), not the live state"
    assert git(project.folder, "status", "--porcelain") == changed
    assert git(project.folder, "worktree", "list").count("\n") == 1
    assert not project.state.exists()
    refused = project.dbstack("preview", "-s", "dev", "--base", "nowhere")
    assert (refused.code, "no such commit" in refused.err) == (2, True)


def test_from_two_commits_to_the_comment(tmp_path: Path) -> None:
    """The whole way of a fork's pull request, without credentials: as the two workflows go it."""
    project = committed(tmp_path / "project")
    project.edit("dev", instanceClass="db.t3.small")
    git(project.folder, "commit", "--quiet", "-am", "head")
    made = project.dbstack("preview", "-s", "dev", "--base", "HEAD^1", "--format", "json").ok()
    reports = tmp_path / "reports"
    reports.mkdir()
    (reports / "dev.json").write_text(made.out)
    with github.serve() as served:
        for writes in (["POST"], ["POST"]):
            done = subprocess.run(
                [DBSTACK, "comment", str(reports), "--fail-on", "downtime"],
                cwd=tmp_path,
                env=os.environ | served.environment(github.event(tmp_path)),
                capture_output=True,
                text=True,
                check=False,
            )
            assert (done.returncode, done.stderr, served.writes) == (3, "", writes)
        [comment] = served.comments
    lines = comment["body"].splitlines()
    assert lines[:2] == [
        "<!-- dbstack-preview:dbstack/dev -->",
        "### DATA LOSS 0 · DOWNTIME 1 · REBOOT 0 · ONLINE 0 · UNKNOWN 0",
    ]
    assert "sandbox deployment of HEAD" in comment["body"]
    assert (
        "<code>instanceClass</code>: <code>db.t3.micro</code> → <code>db.t3.small</code>" in comment["body"]
    )
