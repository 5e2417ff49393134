"""What can be done with the volume of a database in a container: each stops the server cleanly and starts it again."""

import re
from pathlib import Path
from typing import Any, cast

from dbstack.config.stack import KEY, NAMESPACE
from dbstack.config.yaml_file import read_yaml
from dbstack.local.containers import Containers
from dbstack.local.recovery import archive_of, data_path, flush, fork
from dbstack.sandbox.docker.engine import Engine
from dbstack.sandbox.errors import SandboxError, UsageError
from dbstack.spec.model import Names

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")
SNAPSHOT, CLONE = "snapshot", "clone"


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
        self.containers = Containers(engine)
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
        container, volume = self.primary(database)
        kept = self.kept(volume, SNAPSHOT, name)
        if self.containers.has_volume(kept):
            raise UsageError(f"{database} has a snapshot {name!r} already: choose another name")
        with self.containers.stopped(container):
            self.containers.copy(container, volume, kept)

    def restore(self, database: str, name: str) -> None:
        """Puts the data back as they were; what came after the snapshot is gone. Replicas begin anew."""
        container, volume = self.primary(database)
        kept = self.kept(volume, SNAPSHOT, name)
        if not self.containers.has_volume(kept):
            there = ", ".join(self.snapshots(database)) or "none"
            raise UsageError(f"{database} has no snapshot {name!r}; there are: {there}")
        self._archive_all(container)
        with self.containers.stopped(container):
            self.containers.copy(container, kept, volume)
            fork(self.containers, container, volume)
        self._archive_all(container)
        self.renew_replicas(database)

    def reset(self, database: str) -> None:
        """Empties the database: it begins anew, with its first scripts. Replicas too."""
        container, volume = self.primary(database)
        with self.containers.stopped(container):
            self.containers.empty(container, volume)
        self.renew_replicas(database)

    def clone(self, database: str, name: str, port: int | None) -> int:
        """A second database from a copy of the data, on a port of its own (default: a free one), which is returned.

        It has the same users and passwords, and belongs to no stack: `remove_clone` takes it away.
        """
        container, volume = self.primary(database)
        twin, kept = self.new_clone(database, name)
        with self.containers.stopped(container):
            self.containers.copy(container, volume, kept)
        return self.start_clone(database, name, twin, kept, port)

    def new_clone(self, database: str, name: str) -> tuple[str, str]:
        """Container and volume of a clone that is to be made. UsageError where its name is taken."""
        container, volume = self.names(database)
        twin, kept = self.kept(container, CLONE, name), self.kept(volume, CLONE, name)
        if self.containers.has_volume(kept):
            raise UsageError(f"{database} has a clone {name!r} already: choose another name")
        return twin, kept

    def start_clone(self, database: str, name: str, twin: str, kept: str, port: int | None) -> int:
        """Starts a clone on its volume; if that fails both are removed."""
        container, volume = self.primary(database)
        try:
            # Nothing of it gets into the database's archive.
            words = ("-c", "archive_mode=off") if archive_of(self.containers, container) else ()
            path = data_path(self.containers, container, volume)
            return self.containers.start_twin(container, twin, {path: kept}, port=port, words=words)
        except BaseException:
            self.remove_clone(database, name)
            raise

    def remove_clone(self, database: str, name: str) -> None:
        """Removes a clone with its data; that there is none is no error."""
        container, volume = self.names(database)
        self.containers.remove_container(self.kept(container, CLONE, name))
        self.containers.remove_volume(self.kept(volume, CLONE, name))

    def remove_snapshot(self, database: str, name: str) -> None:
        """Removes a snapshot; that there is none is no error."""
        self.containers.remove_volume(self.kept(self.names(database)[1], SNAPSHOT, name))

    def snapshots(self, database: str) -> list[str]:
        """Names of the database's snapshots."""
        return self._named(self.names(database)[1], SNAPSHOT)

    def clones(self, database: str) -> list[str]:
        """Names of the database's clones."""
        return self._named(self.names(database)[1], CLONE)

    # -- the parts -----------------------------------------------------------------------------------------

    def names(self, database: str) -> tuple[str, str]:
        """Container and volume of a database."""
        base = Names(self._project, self._stack, database).physical
        return base, f"{base}-data"

    def primary(self, database: str) -> tuple[str, str]:
        """The same of a database that is deployed. SandboxError if it isn't."""
        container, volume = self.names(database)
        if self.containers.described(container) is None:
            raise SandboxError(f"{database} doesn't run here: deploy the stack {self._stack} first")
        return container, volume

    def kept(self, base: str, kind: str, name: str) -> str:
        """What a snapshot or a clone is called here. UsageError for a name that it can't have."""
        if not _NAME.fullmatch(name):
            raise UsageError(f"{name!r}: a name has 1 to 31 lower-case letters, digits and hyphens")
        return f"{base}-{kind}-{name}"

    def renew_replicas(self, database: str) -> None:
        """A replica of what the database was before can't follow it: each copies it anew."""
        for key in _object(self._databases[database].get("replicas")):
            container = f"{self.names(database)[0]}-{key}"
            with self.containers.stopped(container):
                self.containers.empty(container, f"{container}-data")

    def _archive_all(self, container: str) -> None:
        """Both timelines can be reached up to here, and from here on; one that doesn't run has nothing to add."""
        found: Any = self.containers.described(container)
        runs = found["State"]["Running"] and not found["State"]["Restarting"]
        if archive_of(self.containers, container) and runs:
            flush(self.containers, container)

    def _named(self, volume: str, kind: str) -> list[str]:
        start = f"{volume}-{kind}-"
        names = self.containers.volumes()
        return sorted(name.removeprefix(start) for name in names if name.startswith(start))


def _object(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
