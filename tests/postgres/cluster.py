"""A PostgreSQL of a test's own: real, private, with TLS and passwords, gone afterwards."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.tls import certificates

DEBIAN = Path("/usr/lib/postgresql")


def binaries() -> Path | None:
    """Where PostgreSQL's server programs are: on PATH, else where Debian puts them, the newest first."""
    if found := shutil.which("initdb"):
        return Path(found).parent
    versions = sorted(DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]), reverse=True)
    return versions[0].parent if versions else None


def of_majors() -> dict[int, Path]:
    """Every major that is installed: on PATH, where Debian puts them, and in a folder that DBSTACK_POSTGRES names."""
    folders = [path.parent for path in DEBIAN.glob("*/bin/initdb")]
    folders += [path for path in (binaries(), os.environ.get("DBSTACK_POSTGRES")) if path]
    found: dict[int, Path] = {}
    for folder in map(Path, folders):
        said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True)
        found[int(said.stdout.split()[2].partition(".")[0])] = folder
    return found


@dataclass(frozen=True)
class Server:
    """A running server."""

    port: int
    user: str
    password: str
    authority: Path
    """The certificate authority to trust."""
    log: Path
    """What the server writes."""


def _owner() -> dict[str, Any]:
    """PostgreSQL refuses to run as root: then it runs as somebody without rights."""
    if os.geteuid() != 0:
        return {}
    name = next(name for name in ("postgres", "nobody") if _known(name))
    account = pwd.getpwnam(name)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _known(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def free_port() -> int:
    """A port of this machine that nobody listens at."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@contextmanager
def server(
    user: str = "dbadmin",
    password: str = "first",
    *,
    tls: bool = True,
    settings: Sequence[str] = (),
    programs: Path | None = None,
) -> Iterator[Server]:
    """A new cluster with one superuser, listening on this machine only. Raises if PostgreSQL isn't installed."""
    programs = programs or binaries()
    assert programs is not None, "PostgreSQL's server is not installed"
    owner = _owner()
    with tempfile.TemporaryDirectory(prefix="dbstack-pg-", ignore_cleanup_errors=True) as folder:
        root = Path(folder)
        if owner:
            os.chown(root, owner["user"], owner["group"])

        def run(*command: str) -> None:
            subprocess.run(command, check=True, capture_output=True, cwd=root, env=environment, **owner)

        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(root)}
        (root / "password").write_text(password)
        (root / "password").chmod(0o644)
        data, made = root / "data", certificates(root)
        if owner:
            os.chown(made.key, owner["user"], owner["group"])
        run(
            str(programs / "initdb"), "-D", str(data), "-U", user, "--pwfile", str(root / "password"),
            "-A", "scram-sha-256", "--no-sync", "-E", "UTF8",
        )  # fmt: skip
        port = free_port()
        options = (
            f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={root} -c fsync=off"
            f" -c ssl={'on' if tls else 'off'} -c ssl_cert_file={made.certificate} -c ssl_key_file={made.key}"
            + "".join(f" -c {setting}" for setting in settings)
        )
        control = (str(programs / "pg_ctl"), "-D", str(data), "-w", "-l", str(root / "log"))
        run(*control, "-o", options, "start")
        try:
            yield Server(port, user, password, made.authority, root / "log")
        finally:
            run(*control, "-m", "immediate", "stop")


@contextmanager
def standby(primary: Server) -> Iterator[Server]:
    """A server that is a copy of another and streams from it, without TLS."""
    programs = binaries()
    assert programs is not None, "PostgreSQL's server is not installed"
    owner, root = _owner(), primary.log.parent
    data, port, log = root / "standby", free_port(), root / "standby.log"

    def run(*command: str) -> None:
        variables = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "PGPASSWORD": primary.password}
        subprocess.run(command, check=True, capture_output=True, cwd=root, env=variables, **owner)

    source = f"host=127.0.0.1 port={primary.port} user={primary.user} application_name=copy"
    run("pg_basebackup", "-d", source, "-D", str(data), "-R", "-c", "fast", "--no-sync")
    options = (
        f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={root} -c fsync=off -c ssl=off"
    )
    control = (str(programs / "pg_ctl"), "-D", str(data), "-w", "-l", str(log))
    try:
        run(*control, "-o", options, "start")
        try:
            yield Server(port, primary.user, primary.password, primary.authority, log)
        finally:
            run(*control, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(data, ignore_errors=True)
