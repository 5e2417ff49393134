"""``dbstack sandbox run``: becomes any command, with the sandbox as its AWS and its Pulumi backend."""

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from .engine import cached_engine, own_engine
from .environment import make_executables, sandbox_environment
from .errors import SandboxError
from .paths import Layout
from .process import start
from .shim import COMMAND_VARIABLE


def become(layout: Layout, command: Sequence[str]) -> NoReturn:
    """Starts the sandbox if need be and replaces this process by ``command``: its exit code and signals are its own.

    Raises:
        SandboxError: the sandbox does not start, or there is no such command.
    """
    environment = prepare(layout)
    path = shutil.which(command[0], path=environment["PATH"])
    if path is None:
        raise SandboxError(f"there is no command {command[0]!r} on PATH")
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(path, list(command), environment)


def prepare(layout: Layout) -> dict[str, str]:
    """Starts the sandbox, writes its executables and returns the variables for a command in it.

    No engine is fetched here: without one the sandbox's ``pulumi`` gets it when it is first called.
    """
    running = start(layout)
    make_executables(layout, own_engine()[0] or cached_engine())
    return sandbox_environment(layout, running.address, {**os.environ, COMMAND_VARIABLE: command_name()})


def command_name() -> str:
    """How the user can call this program: ``dbstack`` if it is on PATH, else its path from here."""
    if shutil.which("dbstack"):
        return "dbstack"
    return os.path.relpath(Path(sys.executable).parent / "dbstack")
