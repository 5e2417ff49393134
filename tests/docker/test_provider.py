"""The sandbox's `docker` provider on a real engine: made, read, changed, replaced, refused, gone."""

import importlib
import socket
from typing import Any

import pytest
from tests.docker.conftest import free_port, inside, leftovers
from tests.docker.images import image
from tests.unit.sandbox_aws.sdk import names_of

from dbstack.sandbox.aws.errors import NotServed, SandboxError
from dbstack.sandbox.docker.backend import DockerBackend
from dbstack.sandbox.docker.engine import Engine
from dbstack.sandbox.docker.find import find_existing
from dbstack.sandbox.docker.table import CONTAINER, IMAGE, NETWORK, TYPES, VOLUME

Props = dict[str, Any]


class Made:
    """One resource, handled as Pulumi's engine would."""

    def __init__(self, backend: DockerBackend, token: str, **props: Any) -> None:
        self.backend, self.token = backend, token
        self.inputs = self.checked(props)
        self.id, self.state = backend.create(token, self.inputs)

    def checked(self, props: Props) -> Props:
        checked = self.backend.check(self.token, "thing", props, {})
        assert checked.faults == []
        return checked.inputs

    def replaced_by(self, **changes: Any) -> tuple[str, ...]:
        """The properties that make a new resource of it."""
        diff = self.backend.diff(self.token, self.state, self.inputs, self.checked(self.inputs | changes))
        return diff.replaces

    def changed_by(self, **changes: Any) -> tuple[str, ...]:
        return self.backend.diff(
            self.token, self.state, self.inputs, self.checked(self.inputs | changes)
        ).changed

    def update(self, **changes: Any) -> None:
        news = self.checked(self.inputs | changes)
        self.state = self.backend.update(self.token, self.id, self.state, self.inputs, news)
        self.inputs = news

    def refresh(self) -> Props | None:
        found = self.backend.read(self.token, self.id, self.state, self.inputs)
        if found is None:
            return None
        _, self.state, self.inputs = found
        return self.state

    def delete(self) -> None:
        self.backend.delete(self.token, self.id, self.state)


@pytest.fixture
def backend(engine: Engine) -> DockerBackend:
    return DockerBackend(engine)


@pytest.fixture
def server(backend: DockerBackend, prefix: str):
    """Makes a Redis container; `changes` are laid over its properties."""

    def make(**changes: Any) -> Made:
        props: Props = {
            "name": f"{prefix}-server",
            "image": image("redis"),
            "command": ["redis-server", "--requirepass", "word"],
            "restart": "unless-stopped",
            "healthcheck": {
                "tests": ["CMD", "redis-cli", "-a", "word", "ping"],
                "interval": "30s",
                "timeout": "5s",
                "startInterval": "1s",
                "retries": 3,
            },
            "wait": True,
            "ports": [{"internal": 6379, "ip": "127.0.0.1"}],
        }
        return Made(backend, CONTAINER, **(props | changes))

    return make


def answers(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(b"PING\r\n")
        return connection.recv(100).startswith((b"-NOAUTH", b"+PONG"))


@pytest.mark.parametrize("token", TYPES)
def test_every_property_is_one_of_the_sdk(token: str) -> None:
    name = token.rpartition(":")[2]
    file = "".join(f"_{char.lower()}" if char.isupper() else char for char in name).lstrip("_")
    module: Any = importlib.import_module(f"pulumi_docker.{file}")
    inputs, everything = names_of(getattr(module, f"{name}Args")), names_of(getattr(module, f"_{name}State"))
    assert set(TYPES[token].inputs) <= inputs
    assert set(TYPES[token].props) <= everything


def test_a_container_is_made_healthy_with_the_port_that_docker_chose(server: Any) -> None:
    made = server()
    port = made.state["ports"][0]["external"]
    assert answers(port)
    # The program left the port open, so a later look is no change.
    assert made.changed_by() == ()
    made.refresh()
    assert made.changed_by() == ()
    made.delete()
    assert made.refresh() is None
    made.delete()


def test_memory_and_restart_change_in_place_and_the_image_does_not(server: Any, engine: Engine) -> None:
    made = server(memory=64)
    assert made.replaced_by(memory=96, restart="always") == ()
    made.update(memory=96, restart="always")
    found = engine.api.inspect_container(made.id)
    assert found["HostConfig"]["Memory"] == 96 * 1024 * 1024
    assert found["HostConfig"]["RestartPolicy"]["Name"] == "always"
    assert made.changed_by() == ()
    assert made.replaced_by(image=image("postgres")) == ("image",)
    assert made.replaced_by(envs=["A=1"]) == ("envs",)
    made.delete()


def test_what_was_changed_or_stopped_by_hand_is_found_and_put_right(server: Any, engine: Engine) -> None:
    made = server(memory=64)
    engine.api.update_container(made.id, mem_limit="80m", memswap_limit="160m")
    engine.api.stop(made.id, timeout=5)
    program = dict(made.inputs)
    assert made.refresh()["memory"] == 80
    diff = made.backend.diff(CONTAINER, made.state, made.inputs, program)
    assert (set(diff.changed), diff.replaces) == ({"memory", "start"}, ())
    made.update(**program)
    found = engine.api.inspect_container(made.id)
    assert found["State"]["Running"]
    assert found["HostConfig"]["Memory"] == 64 * 1024 * 1024
    made.delete()


def test_files_are_there_before_the_start_with_their_owner_and_mode(server: Any, engine: Engine) -> None:
    secret = {
        "file": "/run/secrets/word",
        "content": "word",
        "permissions": "0400",
        "owner": "999",
        "group": "999",
    }
    # The shell runs as root, so the mode is looked at and not tried.
    script = "stat -c '%u:%g %a' /run/secrets/word > /tmp/seen; exec redis-server --requirepass word"
    made = server(uploads=[secret], command=["sh", "-c", script])
    assert inside(made.id, ["cat", "/tmp/seen"]) == "999:999 400"
    made.delete()


def test_a_port_of_another_container_is_told_with_its_name_and_nothing_stays(
    server: Any, backend: DockerBackend, prefix: str, engine: Engine
) -> None:
    port = free_port()
    first = server(ports=[{"internal": 6379, "external": port, "ip": "127.0.0.1"}])
    with pytest.raises(SandboxError, match=f"port {port} .* taken by the container {prefix}-server"):
        server(name=f"{prefix}-second", ports=[{"internal": 6379, "external": port, "ip": "127.0.0.1"}])
    assert leftovers(engine.api, prefix) == [f"{prefix}-server"]
    first.delete()


def test_a_port_of_a_process_is_told_with_its_name(server: Any, engine: Engine, prefix: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SandboxError, match=rf"port {port} .* taken by the process \S+ \(\d+\)"):
            server(ports=[{"internal": 6379, "external": port, "ip": "127.0.0.1"}])
    assert leftovers(engine.api, prefix) == []


def test_a_container_that_ends_is_told_with_its_log_and_taken_away(
    server: Any, engine: Engine, prefix: str
) -> None:
    with pytest.raises(
        SandboxError, match=r"it ended( with exit code 3)? instead .*its log ends:\s+no such place"
    ):
        server(command=["sh", "-c", "echo no such place; exit 3"])
    with pytest.raises(SandboxError, match="not healthy after 1 s"):
        server(command=["sleep", "60"], waitTimeout=1)
    assert leftovers(engine.api, prefix) == []


def test_a_name_that_is_taken_is_told(server: Any) -> None:
    made = server()
    with pytest.raises(SandboxError, match="another container has the name"):
        server()
    made.delete()


def test_what_would_not_start_is_told_before_the_one_that_runs_is_stopped(
    server: Any, engine: Engine, prefix: str
) -> None:
    port = free_port()
    made = server(
        ports=[{"internal": 6379, "external": port, "ip": "127.0.0.1"}],
        volumes=[{"volumeName": f"{prefix}-data", "containerPath": "/data"}],
    )
    script = 'touch /data/written 2> /dev/null; echo "dbstack: not with $DBSTACK_PREFLIGHT"; exit 78'
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused: list[tuple[Props, str]] = [
            ({"image": "localhost/none:1"}, "the image localhost/none:1 is not on this machine"),
            (
                {"ports": [{"internal": 6379, "external": taken.getsockname()[1], "ip": "127.0.0.1"}]},
                r"taken by the process \S+ \(\d+\)",
            ),
            (
                {"entrypoints": ["sh", "/start.sh"], "uploads": [{"file": "/start.sh", "content": script}]},
                "not with 1. The container that runs was left as it is",
            ),
        ]
        for changes, words in refused:
            # As the engine does it: a difference that replaces, then the deletion that makes room.
            assert made.replaced_by(**changes)
            with pytest.raises(SandboxError, match=words):
                made.delete()
            assert answers(port)
    assert leftovers(engine.api, prefix) == [f"{prefix}-data", f"{prefix}-server"]
    assert inside(made.id, ["ls", "/data"]) == "", "what only looks may not write"
    # Its own port is free as soon as it has gone, and a successor that is there already needs no room.
    assert made.replaced_by(envs=["A=1"])
    made.delete()
    first = server(name=f"{prefix}-first")
    changes: Props = {"name": f"{prefix}-second", "ports": [{"internal": 6379, "external": port}]}
    assert first.replaced_by(**changes)
    second = server(**changes)
    first.delete()
    # What is taken out of the program has no successor.
    assert second.replaced_by(image="localhost/none:1")
    assert second.changed_by() == ()
    second.delete()


def test_faulty_inputs_are_told_before_anything_is_made(backend: DockerBackend) -> None:
    props: Props = {
        "name": "x",
        "image": "y",
        "wait": True,
        "uploads": [{"file": "/a"}, {"file": "/b", "content": "1", "owner": "redis"}],
        "colour": "red",
    }
    checked = backend.check(CONTAINER, "thing", props, {})
    assert [path for path, _ in checked.faults] == ["colour"]
    del props["colour"]
    found = dict(backend.check(CONTAINER, "thing", props, {}).faults)
    assert set(found) == {"wait", "uploads[0]", "uploads[1].owner"}
    slow = {**props, "uploads": [], "healthcheck": {"tests": ["CMD", "true"], "interval": "soon"}}
    assert dict(backend.check(CONTAINER, "thing", slow, {}).faults).keys() == {"healthcheck.interval"}
    with pytest.raises(NotServed, match="docker:index/service:Service"):
        backend.check("docker:index/service:Service", "thing", {}, {})


def test_a_volume_keeps_its_data_and_a_second_program_gets_it(
    backend: DockerBackend, server: Any, prefix: str, engine: Engine
) -> None:
    volume = Made(backend, VOLUME, name=f"{prefix}-data", labels=[{"label": "a", "value": "b"}])
    used = {"volumes": [{"volumeName": volume.id, "containerPath": "/data"}], "stopTimeout": 5}
    first = server(**used, command=["sh", "-c", "echo 1 > /data/kept; exec redis-server --requirepass word"])
    assert volume.replaced_by(labels=[]) == ("labels",)
    first.delete()
    again = Made(backend, VOLUME, name=f"{prefix}-data")
    assert again.id == volume.id
    second = server(**used)
    assert inside(second.id, ["cat", "/data/kept"]) == "1"
    with pytest.raises(SandboxError, match="in use"):
        volume.delete()
    second.delete()
    volume.delete()
    assert volume.refresh() is None


def test_two_containers_of_a_network_find_each_other_by_alias(
    backend: DockerBackend, server: Any, prefix: str, engine: Engine
) -> None:
    network = Made(backend, NETWORK, name=f"{prefix}-net")
    joined = {"networksAdvanced": [{"name": network.state["name"], "aliases": ["cache"]}]}
    first = server(**joined)
    second = server(name=f"{prefix}-client", networksAdvanced=[{"name": network.id}])
    assert first.changed_by() == ()
    assert "PONG" in inside(second.id, ["redis-cli", "-h", "cache", "-a", "word", "ping"])
    assert network.refresh()["ipamConfigs"][0]["subnet"]
    assert network.changed_by() == ()
    for made in (first, second, network):
        made.delete()
    assert leftovers(engine.api, prefix) == []


def test_an_image_that_is_there_is_not_pulled_and_one_that_is_nowhere_is_told(backend: DockerBackend) -> None:
    made = Made(backend, IMAGE, name=image("redis"), keepLocally=True)
    assert made.state["imageId"].startswith("sha256:")
    assert made.state["repoDigest"] == ""
    made.delete()
    assert made.refresh() is not None
    with pytest.raises(SandboxError, match=r"localhost:9/none:1 is not on this machine and can't be pulled"):
        Made(backend, IMAGE, name="localhost:9/none:1")


def test_what_an_interrupted_create_made_is_found_by_its_name(
    backend: DockerBackend, server: Any, prefix: str, engine: Engine
) -> None:
    container, network, volume, picture = (
        f"{prefix}-server",
        f"{prefix}-net",
        f"{prefix}-data",
        image("redis"),
    )
    for token, name in (
        (CONTAINER, container),
        (NETWORK, network),
        (VOLUME, volume),
        (IMAGE, "localhost/none:1"),
    ):
        assert find_existing(token, {"name": name}, engine) is None
    made = {
        CONTAINER: server(),
        NETWORK: Made(backend, NETWORK, name=network),
        VOLUME: Made(backend, VOLUME, name=volume),
        IMAGE: Made(backend, IMAGE, name=picture, keepLocally=True),
    }
    for token, one in made.items():
        assert find_existing(token, {"name": one.inputs["name"]}, engine) == one.id
    # Docker finds it by the beginning of its id, too: that is no name.
    assert find_existing(NETWORK, {"name": made[NETWORK].id[:12]}, engine) is None
    for token in (CONTAINER, NETWORK, VOLUME):
        made[token].delete()
    # One that has never run lacks its files: it goes, as its create would have taken it away.
    engine.api.create_container(picture, name=container)
    assert find_existing(CONTAINER, {"name": container}, engine) is None
    assert leftovers(engine.api, prefix) == []
    with pytest.raises(NotServed):
        find_existing("docker:index/service:Service", {"name": "a"}, engine)


def test_no_engine_is_one_sentence_with_the_socket() -> None:
    backend = DockerBackend(Engine({"DOCKER_HOST": "unix:///nowhere/docker.sock"}))
    inputs = backend.check(VOLUME, "thing", {"name": "a"}, {}).inputs
    with pytest.raises(SandboxError) as raised:
        backend.create(VOLUME, inputs)
    text = str(raised.value)
    assert "no Docker engine answers at unix:///nowhere/docker.sock (there is no such socket)" in text
    assert "`target: aws`" in text
    assert "\n" not in text
