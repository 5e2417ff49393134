"""What can be done with the volume of a database in a container: each stops the server cleanly and starts it again."""

import re
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from dbstack.config.stack import KEY, NAMESPACE
from dbstack.config.yaml_file import read_yaml
from dbstack.sandbox.docker.engine import Engine, sentence, status_of
from dbstack.sandbox.errors import SandboxError, UsageError
from dbstack.spec.model import Names

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")
_FOLDER = "/etc/dbstack"
_STOP_SECONDS = 60
_HEALTHY_SECONDS = 180
_POLL_SECONDS = 0.2
_SNAPSHOT, _CLONE = "snapshot", "clone"


class LocalDatabases:
    """The databases of a stack with target docker.

    Args:
        project: the folder of the Pulumi.yaml.
        stack: the stack's name.
        engine: the Docker engine.

    Raises:
        UsageError: the stack has no file or another target.
    """

    def __init__(self, project: Path, stack: str, engine: Engine) -> None:
        self._engine = engine
        self._stack = stack
        described = _object(read_yaml(project / "Pulumi.yaml")[0])
        file = project / f"Pulumi.{stack}.yaml"
        if not file.is_file():
            raise UsageError(f"there is no {file.name}: name another stack with --stack")
        settings = _object(_object(_object(read_yaml(file)[0]).get("config")).get(f"{NAMESPACE}:{KEY}"))
        if settings.get("target") != "docker":
            raise UsageError(
                f"{file.name} has no `target: docker`: its databases don't run in containers here"
            )
        self._project = str(described.get("name", ""))
        self._databases = {name: _object(found) for name, found in _object(settings.get("databases")).items()}

    def chosen(self, database: str | None) -> list[str]:
        """The named database, else all. UsageError, which lists them, for a name that none has."""
        if database is None:
            return list(self._databases)
        if database not in self._databases:
            raise UsageError(f"there is no database {database!r} in this stack: {', '.join(self._databases)}")
        return [database]

    # -- what users ask for --------------------------------------------------------------------------------

    def snapshot(self, database: str, name: str) -> None:
        """Copies the database's data under a name. UsageError where that name is taken."""
        container, volume = self._primary(database)
        kept = self._kept(volume, _SNAPSHOT, name)
        if self._has(kept):
            raise UsageError(f"{database} has a snapshot {name!r} already: choose another name")
        with self._stopped(container):
            self._copy(container, volume, kept)

    def restore(self, database: str, name: str) -> None:
        """Puts the data back as they were; what came after the snapshot is gone. Replicas begin anew."""
        container, volume = self._primary(database)
        kept = self._kept(volume, _SNAPSHOT, name)
        if not self._has(kept):
            there = ", ".join(self.snapshots(database)) or "none"
            raise UsageError(f"{database} has no snapshot {name!r}; there are: {there}")
        with self._stopped(container):
            self._copy(container, kept, volume)
        self._renew_replicas(database)

    def reset(self, database: str) -> None:
        """Empties the database: it begins anew, with its first scripts. Replicas too."""
        container, volume = self._primary(database)
        with self._stopped(container):
            self._empty(container, volume)
        self._renew_replicas(database)

    def clone(self, database: str, name: str, port: int | None) -> int:
        """A second database from a copy of the data, on a port of its own (default: a free one), which is returned.

        It has the same users and passwords, and belongs to no stack: `remove_clone` takes it away.
        """
        container, volume = self._primary(database)
        twin, kept = self._kept(container, _CLONE, name), self._kept(volume, _CLONE, name)
        if self._has(kept):
            raise UsageError(f"{database} has a clone {name!r} already: choose another name")
        with self._stopped(container):
            self._copy(container, volume, kept)
        try:
            return self._start_clone(container, twin, volume, kept, port)
        except BaseException:
            self.remove_clone(database, name)
            raise

    def remove_clone(self, database: str, name: str) -> None:
        """Removes a clone with its data; that there is none is no error."""
        container, volume = self._names(database)
        for remove in (
            lambda: self._engine.api.remove_container(
                self._kept(container, _CLONE, name), force=True, v=True
            ),
            lambda: self._engine.api.remove_volume(self._kept(volume, _CLONE, name)),
        ):
            self._unless_gone(remove)

    def remove_snapshot(self, database: str, name: str) -> None:
        """Removes a snapshot; that there is none is no error."""
        kept = self._kept(self._names(database)[1], _SNAPSHOT, name)
        self._unless_gone(lambda: self._engine.api.remove_volume(kept))

    def snapshots(self, database: str) -> list[str]:
        """Names of the database's snapshots."""
        return self._named(self._names(database)[1], _SNAPSHOT)

    def clones(self, database: str) -> list[str]:
        """Names of the database's clones."""
        return self._named(self._names(database)[1], _CLONE)

    # -- the parts -----------------------------------------------------------------------------------------

    def _names(self, database: str) -> tuple[str, str]:
        base = Names(self._project, self._stack, database).physical
        return base, f"{base}-data"

    def _primary(self, database: str) -> tuple[str, str]:
        container, volume = self._names(database)
        try:
            self._engine.api.inspect_container(container)
        except Exception as error:
            if status_of(error) != 404:
                raise
            raise SandboxError(f"{database} doesn't run here: deploy the stack {self._stack} first") from None
        return container, volume

    def _kept(self, base: str, kind: str, name: str) -> str:
        if not _NAME.fullmatch(name):
            raise UsageError(f"{name!r}: a name has 1 to 31 lower-case letters, digits and hyphens")
        return f"{base}-{kind}-{name}"

    def _named(self, volume: str, kind: str) -> list[str]:
        start = f"{volume}-{kind}-"
        found: list[dict[str, Any]] = self._engine.api.volumes()["Volumes"] or []
        names = [str(item["Name"]) for item in found]
        return sorted(name.removeprefix(start) for name in names if name.startswith(start))

    def _has(self, volume: str) -> bool:
        try:
            self._engine.api.inspect_volume(volume)
        except Exception as error:
            if status_of(error) == 404:
                return False
            raise
        return True

    def _unless_gone(self, remove: Any) -> None:
        try:
            remove()
        except Exception as error:
            if status_of(error) != 404:
                raise SandboxError(sentence(error)) from None

    @contextmanager
    def _stopped(self, container: str) -> Generator[None]:
        """Stops a server cleanly and starts it again, whatever happens meanwhile; returns when it is healthy."""
        self._engine.api.stop(container, timeout=_STOP_SECONDS)
        try:
            yield
        finally:
            self._engine.api.start(container)
        self._until_healthy(container)

    def _until_healthy(self, container: str) -> None:
        end = time.monotonic() + _HEALTHY_SECONDS
        while True:
            found: Any = self._engine.api.inspect_container(container)
            test: list[str] = found["Config"]["Healthcheck"]["Test"]
            if found["State"]["Running"] and self._passes(container, test):
                return
            if time.monotonic() > end:
                log: str = self._engine.api.logs(container, tail=10).decode(errors="replace").strip()
                raise SandboxError(
                    f"{container} is not healthy after {_HEALTHY_SECONDS} s; its log ends:\n{log}"
                )
            time.sleep(_POLL_SECONDS)

    def _passes(self, container: str, test: Sequence[str]) -> bool:
        command = ["/bin/sh", "-c", *test[1:]] if test[0] == "CMD-SHELL" else list(test[1:])
        api = self._engine.api
        try:
            run = api.exec_create(container, command, stdout=False, stderr=False)["Id"]
            api.exec_start(run, detach=True)
            while (found := api.exec_inspect(run))["Running"]:
                time.sleep(_POLL_SECONDS / 5)
        except Exception:  # It is just starting or ending.
            return False
        return found["ExitCode"] == 0

    def _renew_replicas(self, database: str) -> None:
        """A replica of what the database was before can't follow it: each copies it anew."""
        for key in _object(self._databases[database].get("replicas")):
            container = f"{self._names(database)[0]}-{key}"
            with self._stopped(container):
                self._empty(container, f"{container}-data")

    def _copy(self, container: str, source: str, target: str) -> None:
        """Whole or not at all: a new target of a failed copy is removed."""
        made = not self._has(target)
        try:
            self._helper(
                container,
                ["find /to -mindepth 1 -delete && cp -a /from/. /to/ && sync"],
                [f"{source}:/from:ro", f"{target}:/to"],
            )
        except BaseException:
            if made:
                self._unless_gone(lambda: self._engine.api.remove_volume(target))
            raise

    def _empty(self, container: str, volume: str) -> None:
        self._helper(container, ["find /to -mindepth 1 -delete"], [f"{volume}:/to"])

    def _helper(self, container: str, script: list[str], binds: list[str]) -> None:
        """Runs a script over volumes, in a container of the database's own image: it is here already."""
        api = self._engine.api
        image = api.inspect_container(container)["Image"]
        made = api.create_container_from_config(
            {
                "Image": image,
                "Entrypoint": ["/bin/sh", "-c"],
                "Cmd": script,
                "User": "0",
                "HostConfig": {"Binds": binds, "NetworkMode": "none"},
            },
            None,
        )["Id"]
        try:
            api.start(made)
            code = api.wait(made, timeout=3600)["StatusCode"]
            if code != 0:
                log: str = api.logs(made, tail=5).decode(errors="replace").strip()
                raise SandboxError(f"the data could not be copied: {log or f'exit code {code}'}")
        finally:
            api.remove_container(made, force=True, v=True)

    def _start_clone(self, container: str, twin: str, volume: str, kept: str, port: int | None) -> int:
        api = self._engine.api
        found: Any = api.inspect_container(container)
        host: Any = found["HostConfig"]
        inside = next(iter(host["PortBindings"]))
        bound = [{"HostIp": "127.0.0.1", "HostPort": str(port or "")}]
        config: dict[str, Any] = {
            **{key: found["Config"][key] for key in ("Image", "Cmd", "Entrypoint", "Env", "Healthcheck")},
            "StopSignal": found["Config"].get("StopSignal"),
            "ExposedPorts": {inside: {}},
            "HostConfig": {
                "Binds": [bind.replace(f"{volume}:", f"{kept}:", 1) for bind in host["Binds"]],
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
            raise SandboxError(f"the clone does not start: {sentence(error)}") from None
        self._until_healthy(twin)
        return int(api.inspect_container(made)["NetworkSettings"]["Ports"][inside][0]["HostPort"])


def _object(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
