"""SIGKILL for a Pulumi engine in the middle of its work."""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.engine.project import DBSTACK, Project


def kill_engine_when(project: Project, stack: str, reached: Callable[[], bool]) -> bool:
    """Starts `up` and kills the engine as soon as `reached()`; False if the `up` ended before.

    What it printed goes to the project's log, as that of every other command.
    """
    with tempfile.TemporaryFile("w+", errors="replace") as printed:
        process = subprocess.Popen(
            [DBSTACK, "sandbox", "run", "--", "pulumi", "up", "--stack", stack, "--yes", "--skip-preview"],
            cwd=project.folder,
            env=os.environ | {"DBSTACK_SANDBOX_DIR": str(project.state)},
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=printed,
        )
        try:
            return _killed(process, reached)
        finally:
            process.kill()
            process.wait()
            printed.seek(0)
            project.log.append(printed.read())


def _killed(process: "subprocess.Popen[bytes]", reached: Callable[[], bool]) -> bool:
    while process.poll() is None:
        if reached():
            engines = [pid for pid in children(process.pid) if running(pid)]
            for pid in engines:
                os.kill(pid, signal.SIGKILL)
            if engines:
                process.wait(60)
                return True
        time.sleep(0.001)
    return False


def children(pid: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def running(pid: int) -> bool:
    """The child is the engine at work on the stack, not the one that made the stack."""
    try:
        return b"\0up\0" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        return False
