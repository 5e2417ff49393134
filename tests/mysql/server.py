"""A MariaDB of a test's own: real, private, with TLS and passwords, gone afterwards."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pymysql
from tests.postgres.cluster import free_port
from tests.tls import certificates

SECONDS = 60


def programs() -> tuple[str, str] | None:
    """The server and what makes its first tables, where they are installed."""
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"])
    found = shutil.which("mariadbd", path=path), shutil.which("mariadb-install-db", path=path)
    return (found[0], found[1]) if found[0] and found[1] else None


@dataclass(frozen=True)
class Server:
    """A running server."""

    port: int
    user: str
    password: str
    authority: Path
    """The certificate authority to trust."""


@contextmanager
def server(user: str = "dbadmin", password: str = "first") -> Iterator[Server]:
    """A new server with one administrator, listening on this machine only. Raises if MariaDB isn't installed."""
    found = programs()
    assert found is not None, "MariaDB's server is not installed"
    run, install = found
    # Both refuse to run as root without being told: then it runs as the user that its package makes.
    account = pwd.getpwnam("mysql") if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="dbstack-my-", ignore_cleanup_errors=True) as folder:
        root = Path(folder)
        made, log = certificates(root), root / "log"
        if account is not None:
            for path in (root, made.key):
                os.chown(path, account.pw_uid, account.pw_gid)
        as_user = [] if account is None else ["--user=mysql"]
        data, port = f"--datadir={root / 'data'}", free_port()
        quick = ["--innodb-log-file-size=4M", "--innodb-buffer-pool-size=16M", "--innodb-flush-method=nosync"]
        # As RDS has it: the administrator may come from anywhere, and nobody is let in without a name.
        (root / "first.sql").write_text(
            "DELETE FROM mysql.global_priv WHERE User = '';\nFLUSH PRIVILEGES;\n"
            f"CREATE USER '{user}'@'%' IDENTIFIED BY '{password}';\n"
            f"GRANT ALL ON *.* TO '{user}'@'%' WITH GRANT OPTION;\n"
        )
        (root / "first.sql").chmod(0o644)
        making = [install, "--no-defaults", data, *as_user, "--skip-test-db", *quick]
        subprocess.run(
            [*making, "--auth-root-authentication-method=normal"], check=True, capture_output=True, cwd=root
        )
        command = [
            *(run, "--no-defaults", data, *as_user, *quick, f"--port={port}", "--bind-address=127.0.0.1"),
            *(
                f"--socket={root / 'socket'}",
                f"--pid-file={root / 'pid'}",
                f"--init-file={root / 'first.sql'}",
            ),
            *(f"--ssl-cert={made.certificate}", f"--ssl-key={made.key}"),
        ]
        with log.open("wb") as out, subprocess.Popen(command, cwd=root, stdout=out, stderr=out) as process:
            try:
                _wait(process, port, log)
                yield Server(port, user, password, made.authority)
            finally:
                process.kill()


def _wait(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    """Until the server greets, which it does after its first statements."""
    end = time.monotonic() + SECONDS
    while process.poll() is None and time.monotonic() < end:
        try:
            pymysql.connect(host="127.0.0.1", port=port, user="nobody", password="x", ssl_disabled=True)
        except pymysql.err.OperationalError as error:
            # 2003: nobody listens yet. Whatever else it says, it is there.
            if error.args[0] != 2003:
                return
        time.sleep(0.05)
    raise RuntimeError(f"MariaDB did not start:\n{log.read_text(errors='replace')[-2000:]}")
