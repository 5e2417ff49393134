"""Containers and volumes of this machine, as what is done with a database's data needs them."""

import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dbstack.sandbox.docker.engine import Engine, sentence, status_of
from dbstack.sandbox.errors import SandboxError

_FOLDER = "/etc/dbstack"
_STOP_SECONDS = 60
_HEALTHY_SECONDS = 180
_POLL_SECONDS = 0.2
# A copy that was cut off, by a machine that lost its power say, is one for nobody: the start scripts look too.
_COPY = """
set -e
if [ -e /from/.dbstack-copying ]; then
    echo "they were cut off while they were copied, and are not whole"
    exit 1
fi
touch /to/.dbstack-copying
find /to -mindepth 1 ! -name .dbstack-copying -delete
cp -a /from/. /to/
sync
rm /to/.dbstack-copying
sync
"""
# Far more than anything takes: data of a laptop.
_RUN_SECONDS = 86_400


@dataclass(frozen=True)
class Ended:
    """What a script in a container printed, both streams, and its exit code."""

    code: int
    text: str


class Containers:
    """What can be done with them on one engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @property
    def api(self) -> Any:
        """docker-py's low-level client."""
        return self._engine.api

    def described(self, container: str) -> dict[str, Any] | None:
        """All that the engine tells of it; None if there is none."""
        try:
            return self.api.inspect_container(container)
        except Exception as error:
            if status_of(error) == 404:
                return None
            raise

    def mounted(self, container: str) -> dict[str, str]:
        """Its volumes by their paths in it."""
        found: Any = self.described(container) or {}
        binds: list[str] = found.get("HostConfig", {}).get("Binds") or []
        return {bind.split(":")[1]: bind.split(":")[0] for bind in binds}

    def volumes(self) -> list[str]:
        """Names of all volumes."""
        found: list[dict[str, Any]] = self.api.volumes()["Volumes"] or []
        return [str(item["Name"]) for item in found]

    def has_volume(self, volume: str) -> bool:
        """Whether there is such a volume."""
        try:
            self.api.inspect_volume(volume)
        except Exception as error:
            if status_of(error) == 404:
                return False
            raise
        return True

    def remove_volume(self, volume: str) -> None:
        """That there is none is no error."""
        self._unless_gone(lambda: self.api.remove_volume(volume))

    def remove_container(self, container: str) -> None:
        """That there is none is no error."""
        self._unless_gone(lambda: self.api.remove_container(container, force=True, v=True))

    def _unless_gone(self, remove: Any) -> None:
        try:
            remove()
        except Exception as error:
            if status_of(error) != 404:
                raise SandboxError(sentence(error)) from None

    def stop(self, container: str) -> None:
        """Stops a server cleanly."""
        self.api.stop(container, timeout=_STOP_SECONDS)

    @contextmanager
    def stopped(self, container: str) -> Generator[None]:
        """Stops a server cleanly and starts it again, whatever happens meanwhile; returns when it is healthy."""
        self.stop(container)
        try:
            yield
        finally:
            self.api.start(container)
        self.until_healthy(container)

    def until_healthy(self, container: str) -> None:
        """Waits for it. SandboxError with the end of its log if it doesn't get so."""
        end = time.monotonic() + _HEALTHY_SECONDS
        while True:
            found: Any = self.api.inspect_container(container)
            test: list[str] = found["Config"]["Healthcheck"]["Test"]
            if found["State"]["Running"] and self._passes(container, test):
                return
            if time.monotonic() > end:
                log: str = self.api.logs(container, tail=10).decode(errors="replace").strip()
                raise SandboxError(
                    f"{container} is not healthy after {_HEALTHY_SECONDS} s; its log ends:\n{log}"
                )
            time.sleep(_POLL_SECONDS)

    def _passes(self, container: str, test: Sequence[str]) -> bool:
        command = ["/bin/sh", "-c", *test[1:]] if test[0] == "CMD-SHELL" else list(test[1:])
        api = self.api
        try:
            run = api.exec_create(container, command, stdout=False, stderr=False)["Id"]
            api.exec_start(run, detach=True)
            while (found := api.exec_inspect(run))["Running"]:
                time.sleep(_POLL_SECONDS / 5)
        except Exception:  # It is just starting or ending.
            return False
        return found["ExitCode"] == 0

    def execute(self, container: str, script: str, words: Sequence[str] = (), *, user: str = "root") -> Ended:
        """Runs a script in a container that runs."""
        run = self.api.exec_create(container, ["/bin/sh", "-c", script, "sh", *words], user=user)["Id"]
        said: bytes = self.api.exec_start(run)
        return Ended(self.api.exec_inspect(run)["ExitCode"], said.decode(errors="replace"))

    def run(self, container: str, script: str, words: Sequence[str], volumes: Mapping[str, str]) -> Ended:
        """Runs a script as root over volumes (path -> volume, or volume:ro), in a container of the same image.

        It has the environment of `container`, and no network.
        """
        api = self.api
        found: Any = api.inspect_container(container)
        made = api.create_container_from_config(
            {
                "Image": found["Image"],
                "Entrypoint": ["/bin/sh", "-c", script, "sh"],
                "Cmd": list(words),
                "Env": found["Config"]["Env"],
                "User": "0",
                "HostConfig": {
                    "Binds": [_bind(volume, path) for path, volume in volumes.items()],
                    "NetworkMode": "none",
                },
            },
            None,
        )["Id"]
        try:
            api.start(made)
            code = api.wait(made, timeout=_RUN_SECONDS)["StatusCode"]
            return Ended(code, api.logs(made).decode(errors="replace"))
        finally:
            api.remove_container(made, force=True, v=True)

    def copy(self, container: str, source: str, target: str) -> None:
        """Whole or not at all: a new target of a failed copy is removed."""
        made = not self.has_volume(target)
        try:
            self._change(container, _COPY, {"/from": f"{source}:ro", "/to": target})
        except BaseException:
            if made:
                self.remove_volume(target)
            raise

    def empty(self, container: str, volume: str) -> None:
        """Deletes all that a volume holds."""
        self._change(container, "find /to -mindepth 1 -delete", {"/to": volume})

    def _change(self, container: str, script: str, volumes: Mapping[str, str]) -> None:
        done = self.run(container, script, (), volumes)
        if done.code != 0:
            told = " ".join(done.text.split()[-60:])
            raise SandboxError(f"the data can't be copied: {told or f'exit code {done.code}'}")

    def start_twin(
        self,
        container: str,
        twin: str,
        volumes: Mapping[str, str],
        *,
        port: int | None = None,
        words: Sequence[str] = (),
    ) -> int:
        """A second container made as `container`, over other volumes; returns its port, as soon as it is healthy.

        Args:
            container: the model.
            twin: its name.
            volumes: path -> volume; the model's other named volumes are left out.
            port: on 127.0.0.1; None: a free one.
            words: added to its command.
        """
        api = self.api
        found: Any = api.inspect_container(container)
        host: Any = found["HostConfig"]
        inside = next(iter(host["PortBindings"]))
        bound = [{"HostIp": "127.0.0.1", "HostPort": str(port or "")}]
        folders = [bind for bind in host["Binds"] if bind.startswith("/")]
        config: dict[str, Any] = {
            **{key: found["Config"][key] for key in ("Image", "Entrypoint", "Env", "Healthcheck")},
            "Cmd": [*(found["Config"]["Cmd"] or []), *words],
            "StopSignal": found["Config"].get("StopSignal"),
            "ExposedPorts": {inside: {}},
            "HostConfig": {
                "Binds": [*(_bind(volume, path) for path, volume in volumes.items()), *folders],
                "NetworkMode": host["NetworkMode"],
                "PortBindings": {inside: bound},
                "RestartPolicy": host["RestartPolicy"],
            },
        }
        made = api.create_container_from_config(config, twin)["Id"]
        chunks, _ = api.get_archive(container, _FOLDER)
        api.put_archive(made, str(Path(_FOLDER).parent), b"".join(chunks))
        try:
            api.start(made)
        except Exception as error:
            raise SandboxError(f"{twin} does not start: {sentence(error)}") from None
        self.until_healthy(twin)
        return int(api.inspect_container(made)["NetworkSettings"]["Ports"][inside][0]["HostPort"])


def _bind(volume: str, path: str) -> str:
    name, _, mode = volume.partition(":")
    return f"{name}:{path}:{mode or 'rw'}"
