"""Who has a port that a container wants."""

import os
import re
from pathlib import Path
from typing import Any

from dbstack.sandbox.wire import listed

_TAKEN = re.compile(r"Bind for \S+?:(\d+) failed|listen \S+ \S*?:(\d+): bind: address already in use")
_LISTENING = "0A"


def taken_port(message: str) -> int | None:
    """The port that Docker's message says is taken; None where it is about something else."""
    found = _TAKEN.search(message)
    return int(found[1] or found[2]) if found else None


def taken(port: int, owner: str) -> str:
    """That a port is taken, by whom, and what the user can do."""
    return f"port {port} of this machine is taken by {owner}: end that, or choose another port"


def owner(api: Any, port: int, own: str = "") -> str:
    """Who listens on a port, in words; `own` is the id of the container that asks."""
    return container_with(api, port, own) or _process(port) or "another process"


def container_with(api: Any, port: int, own: str = "") -> str | None:
    """The container that publishes a port, in words; `own` is the id of the one that asks."""
    for container in api.containers():
        ports = [item.get("PublicPort") for item in listed(container.get("Ports"))]
        if port in ports and container["Id"] != own:
            return f"the container {container['Names'][0].lstrip('/')}"
    return None


def _process(port: int) -> str | None:
    """The process of this machine, where we may see it."""
    inodes = _inodes(port)
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if any(_target(link) in inodes for link in (folder / "fd").iterdir()):
                return f"the process {(folder / 'comm').read_text().strip()} ({folder.name})"
        except OSError:
            continue
    return None


def _target(link: Path) -> str:
    try:
        return os.readlink(link)
    except OSError:  # Closed since it was listed.
        return ""


def _inodes(port: int) -> set[str]:
    found: set[str] = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = Path(table).read_text().splitlines()[1:]
        except OSError:
            continue
        for fields in map(str.split, lines):
            if fields[3] == _LISTENING and int(fields[1].rsplit(":", 1)[1], 16) == port:
                found.add(f"socket:[{fields[9]}]")
    return found
