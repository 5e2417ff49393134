"""Recovering data from archived WAL, in a container that nobody reaches."""

import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from dbstack.local.containers import Containers, Ended
from dbstack.sandbox.errors import SandboxError
from dbstack.spec.docker_plan import ARCHIVE_FOLDER

_FATAL = re.compile(r"(?:FATAL|PANIC|ERROR|error): +(.+)")


@cache
def script(name: str) -> str:
    """A script of this package."""
    return (files("dbstack.local") / "scripts" / f"{name}.sh").read_text()


def archive_of(containers: Containers, container: str) -> str | None:
    """The volume that a container archives its WAL into; None without one."""
    return containers.mounted(container).get(ARCHIVE_FOLDER)


def data_path(containers: Containers, container: str, volume: str) -> str:
    """Where a container has the volume of its data."""
    return next(path for path, name in containers.mounted(container).items() if name == volume)


def flush(containers: Containers, container: str) -> Ended:
    """Sees to it that all WAL of this moment is archived."""
    return containers.execute(container, script("flush"), user="postgres")


def fork(containers: Containers, container: str, volume: str) -> None:
    """Begins a new timeline with data that were put back: otherwise other WAL of the same names would be archived."""
    if archive_of(containers, container) is None:
        return
    done = recover(containers, (container, volume), volume, ("", "", "", "current"))
    if done.code != 0:
        raise SandboxError(f"the data put back can't begin a timeline of their own: {last_words(done)}")


def recover(containers: Containers, primary: tuple[str, str], into: str, words: Sequence[str]) -> Ended:
    """Runs recover.sh over the volume `into`; `words` are its SYSTEM, BASE, TIME and TIMELINE."""
    container, volume = primary
    found: Any = containers.described(container)
    command: list[str] = found["Config"]["Cmd"] or []
    return containers.run(
        container,
        script("recover"),
        (*words, *command),
        {
            data_path(containers, container, volume): into,
            ARCHIVE_FOLDER: f"{archive_of(containers, container)}:ro",
        },
    )


def last_words(done: Ended) -> str:
    """What it said last that tells why it failed."""
    lines = [line.strip() for line in done.text.splitlines() if line.strip()]
    faults = [found[1] for line in lines if (found := _FATAL.search(line))]
    return [f"exit code {done.code}", *lines[-1:], *faults][-1]
