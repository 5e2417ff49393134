"""What the Docker tests share: an engine's client, names of their own, and nothing left behind."""

import socket
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dbstack.sandbox.docker.engine import Engine


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """The Docker engine of this machine."""
    found = Engine({})
    yield found
    found.api.close()


@pytest.fixture
def prefix(engine: Engine) -> Iterator[str]:
    """A name of this test's own; every container, network and volume that begins with it is gone afterwards."""
    name = f"dbt-{uuid.uuid4().hex[:8]}"
    yield name
    sweep(engine.api, name)


@pytest.fixture
def project(tmp_path: Path, prefix: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A `LocalProject` with a certificate authority of its own."""
    from tests.docker.project import LocalProject

    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    made = LocalProject.make(tmp_path / "project", prefix)
    yield made
    made.stop()


def sweep(api: Any, prefix: str) -> list[str]:
    """Removes what is named after a test, and returns the names."""
    found = leftovers(api, prefix)
    for container in api.containers(all=True):
        if container["Names"][0].lstrip("/").startswith(prefix):
            api.remove_container(container["Id"], force=True, v=True)
    for network in api.networks():
        if network["Name"].startswith(prefix):
            api.remove_network(network["Id"])
    for volume in api.volumes()["Volumes"] or []:
        if volume["Name"].startswith(prefix):
            api.remove_volume(volume["Name"])
    for image in api.images():
        for tag in image["RepoTags"] or []:
            if tag.startswith(f"{prefix}/"):
                api.remove_image(tag, force=True)
    return found


def leftovers(api: Any, prefix: str) -> list[str]:
    """What there is that is named after a test."""
    return sorted(
        name
        for name in (
            *(container["Names"][0].lstrip("/") for container in api.containers(all=True)),
            *(network["Name"] for network in api.networks()),
            *(volume["Name"] for volume in api.volumes()["Volumes"] or []),
        )
        if name.startswith(prefix)
    )


def free_port() -> int:
    """A port that nobody has now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def inspect(name: str) -> str:
    """All that `docker inspect` tells of a container."""
    return subprocess.run(["docker", "inspect", name], check=True, capture_output=True, text=True).stdout


def inside(container: str, command: list[str], stdin: str = "") -> str:
    """What a command prints in a container."""
    done = subprocess.run(
        ["docker", "exec", "-i", container, *command], check=True, capture_output=True, text=True, input=stdin
    )
    return done.stdout.strip()


def healthy(engine: Engine, container: str) -> bool:
    """What its health check says of a container now."""
    check = engine.api.inspect_container(container)["Config"]["Healthcheck"]["Test"]
    try:
        inside(container, ["sh", "-c", check[1]])
    except subprocess.CalledProcessError:
        return False
    return True


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.nodeid.startswith("tests/docker/"):
            item.add_marker(pytest.mark.docker)
