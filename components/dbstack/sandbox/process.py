"""Starts, finds, stops and wipes the background process of a state folder."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from fcntl import LOCK_EX, LOCK_NB, LOCK_SH, flock
from pathlib import Path
from typing import Any

from . import control
from .errors import SandboxError
from .paths import Layout

ENTRY = Path(__file__).with_name("entry.py")
START_SECONDS = 600.0  # A long journal takes a while; a process that ends is noticed at once.
STOP_SECONDS = 15.0
# Nothing that the user's own AWS or Pulumi settings say may reach a process of the sandbox.
FOREIGN_PREFIXES = ("AWS_", "PULUMI_", "MOTO_", "PYTHON")


@dataclass(frozen=True)
class Status:
    """A running background process.

    Attributes:
        address: how to reach it.
        started: when it started, in seconds since 1970.
        providers: how many provider servers engines hold at the moment.
    """

    address: control.Address
    started: float
    providers: int


def start(layout: Layout) -> Status:
    """The running background process, started if there is none.

    Raises:
        SandboxError: it did not come up; the reason stands in its log, whose last line is part of the message.
    """
    layout.make()
    with _alone(layout):
        running = _wait_for_answer(layout)
        if running:
            return running
        layout.control.unlink(missing_ok=True)
        with layout.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-I", str(ENTRY), "daemon", str(layout.root)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=layout.root,
                env=_clean_environment(),
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            running = status(layout)
            if running:
                return running
            if process.poll() is not None:
                break
            time.sleep(0.02)
        process.kill()
        process.wait()
        raise SandboxError(f"the sandbox did not start: {_last_line(layout.log)} (log: {layout.log})")


def _wait_for_answer(layout: Layout) -> Status | None:
    """The running process, which may still be playing its journal; None if there is none.

    One that is up but hangs is killed by its recorded id: nothing is lost, and two cannot share a journal.
    """
    hanging_since = None
    while True:
        running = status(layout)
        if running:
            return running
        if not _is_held(layout.lock):
            return None
        if control.read_address(layout.control):
            hanging_since = hanging_since or time.monotonic()
            if time.monotonic() - hanging_since > STOP_SECONDS:
                _wait_for_end(layout, patience=0)
                return None
        time.sleep(0.05)


def status(layout: Layout) -> Status | None:
    """The running background process; None if there is none that answers."""
    address = control.read_address(layout.control)
    if address is None or not _is_held(layout.lock):
        return None
    try:
        answer = control.ask(address, "status", timeout=5)
    except SandboxError:
        return None
    return Status(address, float(answer["started"]), int(answer["providers"]))


def stop(layout: Layout) -> bool:
    """Ends the background process; True if there was one. What is deployed stays and is there at the next start."""
    if not layout.root.is_dir():
        return False
    with _alone(layout):
        return _stop(layout)


def reset(layout: Layout) -> None:
    """Ends the background process and deletes AWS and Pulumi state of the sandbox together.

    Raises:
        UsageError: the folder is not a sandbox's; nothing is deleted.
    """
    if not layout.root.is_dir():
        return
    layout.refuse_foreign()
    with _alone(layout):
        _stop(layout)
        for path in layout.root.iterdir():
            if path == layout.start_lock:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def _stop(layout: Layout) -> bool:
    address = control.read_address(layout.control)
    if not _is_held(layout.lock):
        layout.control.unlink(missing_ok=True)
        return False
    try:
        if address:
            control.ask(address, "stop", timeout=5)
    except SandboxError:
        pass
    _wait_for_end(layout)
    return True


def _wait_for_end(layout: Layout, patience: float = STOP_SECONDS) -> None:
    """Returns when nobody holds the lock; a process that does not end by itself is killed by its recorded id."""
    address = control.read_address(layout.control)
    deadline = time.monotonic() + patience
    killed = False
    while _is_held(layout.lock):
        if time.monotonic() > deadline:
            if killed or address is None:
                raise SandboxError(f"a process holds {layout.lock} and does not end; end it and try again")
            os.kill(address.pid, 9)
            killed = True
            deadline += 5
        time.sleep(0.02)


def _is_held(lock: Path) -> bool:
    try:
        file = os.open(lock, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        flock(file, LOCK_SH | LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False


@contextmanager
def _alone(layout: Layout) -> Generator[None]:
    """One starter or stopper of a state folder at a time."""
    with layout.start_lock.open("w") as file:
        flock(file, LOCK_EX)
        yield


def _clean_environment() -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(FOREIGN_PREFIXES)}
    return kept | neutral_aws("us-east-1")


def neutral_aws(region: str) -> dict[str, str]:
    """Variables with which no AWS client finds anything of the user's own: no profile, no login, no metadata."""
    return {
        "AWS_ACCESS_KEY_ID": "sandbox",
        "AWS_SECRET_ACCESS_KEY": "sandbox",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


def _last_line(path: Path) -> str:
    try:
        lines = path.read_text(errors="replace").strip().splitlines()
    except OSError:
        return "no log"
    return lines[-1] if lines else "no reason given"


def as_plain(running: Status) -> dict[str, Any]:
    """A status as plain data, for ``dbstack sandbox status --json``; the token is left out."""
    return {
        "running": True,
        "endpoint": running.address.endpoint,
        "pid": running.address.pid,
        "started": running.started,
        "providers": running.providers,
    }
