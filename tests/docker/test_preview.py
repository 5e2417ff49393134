"""`dbstack preview` of a stack of containers, with the real engine: what happens to the data in them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.docker.project import LocalProject

pytestmark = pytest.mark.engine


@pytest.fixture
def project(tmp_path: Path, prefix: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalProject]:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    made = LocalProject.make(tmp_path / "project", prefix)
    yield made
    made.stop()


def report(project: LocalProject) -> dict[str, Any]:
    done = project.dbstack(
        "sandbox", "run", "--", "dbstack", "preview", "-s", "local", "--format", "json"
    ).ok()
    return json.loads(done.out)


def test_containers_come_back_and_volumes_do_not(project: LocalProject, prefix: str) -> None:
    project.up("local").ok()
    assert report(project)["findings"] == []

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
    (project.folder / "Pulumi.local.yaml").write_text(json.dumps(config))
    made = report(project)
    worst = made["findings"][0]
    assert (worst["type"], worst["name"], worst["risk"]) == (
        "docker:index/volume:Volume",
        "app",
        "data-loss",
    )
    assert made["counts"]["data-loss"] == 1
