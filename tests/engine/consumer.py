"""Small Pulumi projects of other people, and what is left behind by the engine that ran them."""

import sys
import time
from pathlib import Path
from textwrap import dedent

import yaml
from tests.engine.project import Project


def consumer(
    folder: Path, program: str, *, name: str = "consumer", stack: str = "config: {}\n", **more: object
) -> Project:
    """A project whose program is `program`, with one stack `dev`."""
    folder.mkdir(parents=True)
    settings = {"name": name, "runtime": {"name": "python", "options": {"virtualenv": sys.prefix}}, **more}
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump(settings))
    (folder / "Pulumi.dev.yaml").write_text(stack)
    (folder / "__main__.py").write_text(dedent(program))
    return Project(folder)


def left_behind(project: Project) -> list[str]:
    """Command lines of processes that were started for an engine of this sandbox and are still there."""
    mark = f"PULUMI_HOME={project.state}/".encode()
    found: list[str] = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (folder / "environ").read_bytes():
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


def nothing_is_left_behind(project: Project, seconds: float = 15) -> None:
    """Fails if a process of an engine that has ended is still there after some seconds."""
    deadline = time.monotonic() + seconds
    while left_behind(project) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert left_behind(project) == []


def files_of(project: Project) -> dict[str, bytes]:
    """The project's own files."""
    return {path.name: path.read_bytes() for path in sorted(project.folder.iterdir()) if path.is_file()}
