"""PostgreSQL's own programs: found on PATH, run with the password in their environment, their exit codes read."""

import os
import re
import shutil
import subprocess
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO

from dbstack.ops.driver import psycopg_module
from dbstack.ops.errors import OpsError
from dbstack.ops.target import Target

# Of their long output: what tells a table begun, and what tells a fault.
_TABLE = re.compile(r"(?:dumping contents of|processing data for) table (\"?.+\"?)$")
_FAULT = re.compile(
    r"^[\w.-]+:(?:<stdin>:\d+:)? (?:error|fatal|ERROR|FATAL|detail: Error message from server): +(.*)"
)
# Values of rows that stand in a message itself.
_VALUE = re.compile(r"(invalid input (?:syntax|value) for [^:]*): \".*")
_TOLD = 3


class ToolFailed(OpsError):
    """A program of PostgreSQL ended with a fault."""


@dataclass(frozen=True)
class Tool:
    """A program and its version."""

    name: str
    path: str
    version: str

    @property
    def major(self) -> int:
        """15 of 15.4."""
        return int(self.version.partition(".")[0])


def find(name: str, *, major: int, why: str) -> Tool:
    """The program on PATH, of this major version at least. OpsError if there is none, or only an older one.

    Args:
        name: pg_dump, pg_restore or psql.
        major: of the server, or of the program that wrote the file.
        why: for the message: what it has to deal with.
    """
    path = shutil.which(name)
    if path is None:
        raise OpsError(
            f"{name} is not on PATH: install PostgreSQL's client programs, version {major} or newer (Debian: "
            f"apt-get install postgresql-client-{major})"
        )
    said = subprocess.run(
        [path, "--version"], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    ).stdout
    found = re.search(r"\(PostgreSQL\) (\d+[\w.]*)", said)
    if found is None:
        raise OpsError(f"{path} doesn't say its version: is it PostgreSQL's {name}?")
    tool = Tool(name, path, re.sub(r"[a-z].*", "", found[1]))
    if tool.major < major:
        raise OpsError(
            f"{name} on PATH is {tool.version}, and {why} {major}: put the programs of PostgreSQL {major} or newer on "
            f"PATH (Debian: apt-get install postgresql-client-{major})"
        )
    return tool


def run(
    tool: Tool,
    words: Sequence[str],
    target: Target,
    begun: Callable[[str], None],
    *,
    feed: Callable[[IO[bytes]], None] | None = None,
    drain: Callable[[IO[bytes]], None] | None = None,
    pass_fds: Sequence[int] = (),
    started: Callable[["subprocess.Popen[bytes]"], None] | None = None,
) -> None:
    """Runs a program on a database until it ends. ToolFailed, with what it said, unless it ends with 0.

    Args:
        tool: which.
        words: its arguments, without the database.
        target: the database; its password goes through the environment.
        begun: is told each table that it begins with.
        feed: writes what it reads from standard input; if it raises, the program is killed before it sees an end.
        drain: reads what it writes to standard output.
        pass_fds: descriptors to hold for as long as it lives.
        started: is told the process, to stop it from elsewhere.
    """
    process = subprocess.Popen(
        [tool.path, *words, f"--dbname={_conninfo(target)}"],
        env=os.environ | target.environment() | {"LC_ALL": "C"},
        stdin=subprocess.PIPE if feed else subprocess.DEVNULL,
        stdout=subprocess.PIPE if drain else subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        pass_fds=pass_fds,
    )
    faults: list[str] = []
    listener = threading.Thread(target=_listen, args=(process, begun, faults), daemon=True)
    listener.start()
    if started:
        started(process)
    try:
        if feed and process.stdin:
            # A program that ends early says why by its exit code.
            with suppress(BrokenPipeError):
                feed(process.stdin)
            with suppress(BrokenPipeError):
                process.stdin.close()
        if drain and process.stdout:
            drain(process.stdout)
        process.wait()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        listener.join()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe:
                with suppress(BrokenPipeError):
                    pipe.close()
    if process.returncode != 0:
        raise ToolFailed(f"{tool.name} failed: {target.without_secrets(_told(process.returncode, faults))}")


def _listen(process: "subprocess.Popen[bytes]", begun: Callable[[str], None], faults: list[str]) -> None:
    assert process.stderr is not None
    for raw in process.stderr:
        line = raw.decode(errors="replace").strip()
        if found := _FAULT.search(line):
            faults.append(_VALUE.sub(r"\1", found[1]))
        elif found := _TABLE.search(line):
            begun(found[1].replace('"', ""))


def _told(code: int, faults: Sequence[str]) -> str:
    # The lines after a fault, DETAIL and CONTEXT, hold rows: they are nobody's business.
    words = [re.sub(r"^(could not execute query: )?(ERROR|FATAL): +", "", fault) for fault in faults[:_TOLD]]
    if len(faults) > _TOLD:
        words.append(f"and {len(faults) - _TOLD} more")
    if code < 0:
        words.insert(0, f"it was stopped by signal {-code}")
    return "; ".join(words) or f"it ended with {code}"


def _conninfo(target: Target) -> str:
    """What can't be said by the environment, such as keep-alives; no secret is in it."""
    said = target.environment()
    known = psycopg_module().pq.Conninfo.get_defaults()
    by_environment = {option.keyword.decode() for option in known if option.envvar}
    rest = {name: value for name, value in target.libpq().items() if name not in by_environment}
    return psycopg_module().conninfo.make_conninfo(dbname=said.get("PGDATABASE", ""), **rest)
