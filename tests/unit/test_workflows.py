"""The workflows: what may be written where, what is checked out, and that no action can change under us."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

GITHUB = Path(__file__).resolve().parents[2] / ".github"
FILES = sorted([*GITHUB.glob("workflows/*.yml"), *GITHUB.glob("actions/*/action.yml")])
# What comes from a stranger: names of branches, titles, bodies.
STRANGERS = re.compile(r"\$\{\{[^}]*(head|title|body|inputs|head_branch|matrix)[^}]*\}\}")


def content(file: Path) -> dict[str, Any]:
    read = yaml.safe_load(file.read_text())
    # YAML 1.1 reads the key `on` as true.
    return {"on": read.pop(True), **read} if True in read else read


def steps(file: Path) -> list[dict[str, Any]]:
    read = content(file)
    runs = [read["runs"]] if "runs" in read else list(read["jobs"].values())
    return [step for one in runs for step in one["steps"]]


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_no_action_can_change_and_no_strangers_text_is_a_command(file: Path):
    assert steps(file)
    for step in steps(file):
        used = step.get("uses", "./")
        assert used.startswith("./") or re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", used), used
        assert not STRANGERS.search(step.get("run", "")), step["run"]


@pytest.mark.parametrize("file", sorted(GITHUB.glob("workflows/*.yml")), ids=lambda file: file.name)
def test_a_workflow_may_write_only_where_no_stranger_runs(file: Path):
    read = content(file)
    granted = [read["permissions"], *(job.get("permissions", {}) for job in read["jobs"].values())]
    writes = {name for one in granted for name, value in one.items() if value == "write"}
    assert "pull_request_target" not in read["on"]
    if "workflow_run" in read["on"]:
        assert writes == {"pull-requests"}
    else:
        assert granted[0] == {"contents": "read"}
        assert writes == set()


def test_the_workflow_that_comments_takes_only_reports_from_the_pull_request():
    file = GITHUB / "workflows/preview-comment.yml"
    read = content(file)
    assert read["on"] == {"workflow_run": {"workflows": ["preview"], "types": ["completed"]}}
    assert content(GITHUB / "workflows/preview.yml")["name"] == "preview"
    checkouts = [step for step in steps(file) if "checkout" in step.get("uses", "")]
    assert [step["with"]["ref"] for step in checkouts] == ["${{ github.event.repository.default_branch }}"]
    for step in steps(file):
        assert "head" not in str(step)
        assert not step.get("uses", "").startswith("./")
    [token] = [step for step in steps(file) if "GITHUB_TOKEN" in step.get("env", {})]
    assert token["run"].startswith(".venv/bin/dbstack comment ")


ACTION = GITHUB / "actions/preview/action.yml"
FAKE = """#!/bin/sh
echo "$@" >> "$CALLS"
case "$3" in
  broken) exit 2 ;;
  worse) echo '{"stack": "worse"}'; exit 3 ;;
  *) echo "{}" ;;
esac
"""


@pytest.mark.parametrize(
    ("stacks", "code", "made"),
    [("dev prod", 0, ["dev", "prod"]), ("worse dev", 1, ["dev", "worse"]), ("broken dev", 1, ["dev"])],
)
def test_the_action_reports_every_stack_and_fails_for_the_worst(
    tmp_path: Path, stacks: str, code: int, made: list[str]
):
    [script, _] = steps(ACTION)
    fake = tmp_path / "dbstack"
    fake.write_text(FAKE)
    fake.chmod(0o755)
    environment = {
        "PATH": "/usr/bin:/bin",
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "CALLS": str(tmp_path / "calls"),
        "STACKS": stacks,
        "BASE": "HEAD^1",
        "FAIL_ON": "downtime",
        "DBSTACK": str(fake),
    }
    assert set(script["env"]) == environment.keys() & {"STACKS", "BASE", "FAIL_ON", "DBSTACK"}
    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", script["run"]],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    reports = tmp_path / "dbstack-preview"
    assert (done.returncode, done.stderr) == (code, "")
    assert sorted(file.stem for file in reports.iterdir()) == made
    assert (tmp_path / "output").read_text() == f"reports={reports}\n"
    for call, stack in zip((tmp_path / "calls").read_text().splitlines(), stacks.split(), strict=True):
        assert call == f"preview -s {stack} --format json --base HEAD^1 --fail-on downtime"
