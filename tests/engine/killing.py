"""SIGKILL for a Pulumi engine in the middle of its work."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from tests.engine.project import DBSTACK, Project


def kill_engine_when(project: Project, stack: str, reached: Callable[[], bool]) -> bool:
    """Starts `up` and kills the engine as soon as `reached()`; False if the `up` ended before."""
    process = subprocess.Popen(
        [DBSTACK, "sandbox", "run", "--", "pulumi", "up", "--stack", stack, "--yes", "--skip-preview"],
        cwd=project.folder,
        env=os.environ | {"DBSTACK_SANDBOX_DIR": str(project.state)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
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
    finally:
        process.kill()
        process.wait()


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
