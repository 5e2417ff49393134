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
from pathlib import Path

from dbstack.sandbox.paths import cache_dir

PATIENCE_SECONDS = 60
# Rarely used by anybody else.
BRIDGE = "172.29.0.1/24"


def answers() -> bool:
    """Whether a Docker engine answers."""
    return subprocess.run(["docker", "version"], capture_output=True, check=False).returncode == 0


def start() -> None:
    """Starts an engine if none answers. Raises with the end of its log if it can't."""
    if answers():
        return
    program = shutil.which("dockerd")
    if program is None:
        raise SystemExit(
            "no Docker engine answers and dockerd is not installed (Debian: apt-get install docker.io)"
        )
    folder = cache_dir() / "docker"
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "dockerd.log"
    command = [
        program,
        *("--data-root", str(folder / "data"), "--exec-root", str(folder / "exec")),
        *("--pidfile", str(folder / "dockerd.pid"), "--host", "unix:///var/run/docker.sock"),
        *("--iptables=false", "--ip6tables=false", "--ip-forward=false", "--bip", BRIDGE),
    ]
    with log.open("w") as output:
        subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    end = time.monotonic() + PATIENCE_SECONDS
    while not answers():
        if time.monotonic() > end:
            raise SystemExit(f"dockerd does not start; its log ends:\n{log.read_text()[-1500:]}")
        time.sleep(0.2)


def stop() -> None:
    """Ends the engine that `start` began, if there is one."""
    file = cache_dir() / "docker" / "dockerd.pid"
    try:
        pid = int(file.read_text())
        if "dockerd" not in Path(f"/proc/{pid}/cmdline").read_text():
            return
        os.kill(pid, signal.SIGTERM)
    except (OSError, ValueError):
        return
    end = time.monotonic() + PATIENCE_SECONDS
    while Path(f"/proc/{pid}").exists() and time.monotonic() < end:
        time.sleep(0.1)
    if ip := shutil.which("ip"):
        subprocess.run([ip, "link", "delete", "docker0"], capture_output=True, check=False)


if __name__ == "__main__":
    {"start": start, "stop": stop}[sys.argv[1]]()
