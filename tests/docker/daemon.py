"""A Docker engine for the tests where none answers: `python tests/docker/daemon.py start|stop`, as root.

It leaves the machine's firewall and routing alone (containers then reach each other and this machine, and nothing
else), and keeps images in the user's cache, so that they are built once. `stop` ends only an engine that `start` began.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from dbstack.sandbox.paths import cache_dir

PATIENCE_SECONDS = 60
# Rarely used by anybody else.
BRIDGE = "172.29.0.1/24"


def as_root(*command: str) -> list[str]:
    """The command, by sudo where this user is not root."""
    return list(command) if os.geteuid() == 0 else ["sudo", "-n", *command]


@dataclass(frozen=True)
class Daemon:
    """A Docker engine with a folder of its own."""

    folder: Path
    socket: str
    network: tuple[str, ...] = ("--bip", BRIDGE)

    @property
    def host(self) -> str:
        return f"unix://{self.socket}"

    @property
    def pid(self) -> int | None:
        """Its process, if it runs."""
        try:
            pid = int((self.folder / "dockerd.pid").read_text())
            named = "dockerd" in Path(f"/proc/{pid}/cmdline").read_text()
        except (OSError, ValueError):
            return None
        return pid if named else None

    def answers(self) -> bool:
        """Whether it answers."""
        command = ["docker", "--host", self.host, "version"]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    def start(self) -> None:
        """Starts it and waits for its answer. Raises with the end of its log if it can't."""
        program = shutil.which("dockerd")
        if program is None:
            raise SystemExit(
                "no Docker engine answers and dockerd is not installed (Debian: apt-get install docker.io)"
            )
        self.folder.mkdir(parents=True, exist_ok=True)
        log = self.folder / "dockerd.log"
        command = as_root(
            program,
            *("--data-root", str(self.folder / "data"), "--exec-root", str(self.folder / "exec")),
            *("--pidfile", str(self.folder / "dockerd.pid"), "--host", self.host),
            *("--iptables=false", "--ip6tables=false", "--ip-forward=false"),
            *self.network,
        )
        with log.open("w") as output:
            # No child of ours: it outlives us, and is gone for all as soon as it ends.
            subprocess.run(
                ["setsid", "--fork", *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                check=True,
            )
        end = time.monotonic() + PATIENCE_SECONDS
        while not self.answers():
            if time.monotonic() > end:
                raise SystemExit(f"dockerd does not start; its log ends:\n{log.read_text()[-1500:]}")
            time.sleep(0.2)

    def end(self, how: int = signal.SIGTERM) -> None:
        """Sends its process a signal and waits until it has gone."""
        pid = self.pid
        if pid is None:
            return
        subprocess.run(as_root("kill", f"-{int(how)}", str(pid)), capture_output=True, check=False)
        end = time.monotonic() + PATIENCE_SECONDS
        while Path(f"/proc/{pid}").exists() and time.monotonic() < end:
            time.sleep(0.1)


def _own() -> Daemon:
    return Daemon(cache_dir() / "docker", "/var/run/docker.sock")


def answers() -> bool:
    """Whether a Docker engine answers."""
    return subprocess.run(["docker", "version"], capture_output=True, check=False).returncode == 0


def start() -> None:
    """Starts an engine if none answers. Raises with the end of its log if it can't."""
    if not answers():
        _own().start()


def stop() -> None:
    """Ends the engine that `start` began, if there is one."""
    if _own().pid is None:
        return
    _own().end()
    if ip := shutil.which("ip"):
        subprocess.run([ip, "link", "delete", "docker0"], capture_output=True, check=False)


if __name__ == "__main__":
    {"start": start, "stop": stop}[sys.argv[1]]()
