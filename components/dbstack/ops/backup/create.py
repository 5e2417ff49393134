"""`dbstack backup create`: pg_dump of one snapshot, with what that snapshot held beside it."""

import os
import re
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from dbstack.ops.backup import tools
from dbstack.ops.backup.contents import (
    LOCK_WAIT,
    Countable,
    count_all,
    countable,
    objects,
    snapshot,
    source,
)
from dbstack.ops.backup.manifest import (
    COMPRESS,
    CUSTOM,
    DATA,
    DIRECTORY,
    FILE,
    FULL,
    PLAIN,
    SCHEMA,
    Manifest,
    StoredFile,
    Table,
    render,
)
from dbstack.ops.backup.seal import SUFFIX, Hashed, Key, encrypt
from dbstack.ops.backup.store import Store, Workplace, described, files_of, told
from dbstack.ops.driver import psycopg_module
from dbstack.ops.errors import OpsError, OpsUsageError, said
from dbstack.ops.target import Target

if TYPE_CHECKING:
    from psycopg import Connection

DUMPS = {CUSTOM: "dump.pgdump", PLAIN: "dump.sql.gz", DIRECTORY: "dump"}
COMPANION = "schema.pgdump"
"""In a data-only backup: the schema that its rows fit, to prove it with."""
_FORMATS = {CUSTOM: ("-Fc",), PLAIN: ("-Fp",), DIRECTORY: ("-Fd",)}
_KINDS = {SCHEMA: ("--schema-only",), DATA: ("--data-only",)}


@dataclass(frozen=True)
class Wanted:
    """How a backup is to be made."""

    kind: str = FULL
    layout: str = CUSTOM
    jobs: int = 1
    """Of the directory layout: tables dumped at once."""
    compress: int = COMPRESS
    """1 to 9."""
    checksums: bool = True
    owners: bool = True
    """Whether owners and grants are dumped."""
    key: Key | None = None

    def check(self) -> None:
        """OpsUsageError if it contradicts itself."""
        if self.jobs > 1 and self.layout != DIRECTORY:
            raise OpsUsageError("--jobs needs --format directory: the other formats are one stream")
        if self.key and self.layout == DIRECTORY:
            raise OpsUsageError(
                "a directory can't be encrypted: pg_dump writes its files in clear first; use --format custom"
            )


def create(target: Target, store: Store, wanted: Wanted, say: Callable[[str], None]) -> Manifest:
    """Makes a backup. Nothing of it is left if it fails or is killed.

    Args:
        target: the database.
        store: where to.
        wanted: how.
        say: is told how far it is.

    Raises:
        OpsUsageError: it can't be made so.
        OpsError: no connection, pg_dump is missing, too old or fails, no room, ...
    """
    wanted.check()
    began, started = time.monotonic(), datetime.now(UTC)
    with store.working() as workplace:
        with snapshot(target) as (connection, moment):
            found = source(connection)
            tool = tools.find("pg_dump", major=found.major, why="the server's major version is")
            tables = [] if wanted.kind == SCHEMA else countable(connection)
            names = {} if wanted.kind == DATA else objects(connection)
            dump = _Dump(tool, target.at(found.database), workplace, wanted, moment)
            files, counted = _both(dump, connection, tables, wanted, say)
        # The snapshot has ended well: a connection that is lost from here on fails nothing.
        manifest = Manifest(
            name=_name(found.database, wanted.kind, started),
            kind=wanted.kind,
            layout=wanted.layout,
            started=started,
            seconds=round(time.monotonic() - began, 3),
            source=found,
            pg_dump=tool.version,
            dbstack=_version(),
            encrypted=wanted.key is not None,
            files=files,
            tables=counted,
            objects=names,
        )
        with told(store.label):
            (workplace.folder / FILE).write_bytes(
                render(manifest, wanted.key.mac_key if wanted.key else None)
            )
        store.publish(workplace, manifest.name)
    return manifest


@dataclass(frozen=True)
class _Dump:
    tool: tools.Tool
    target: Target
    workplace: Workplace
    wanted: Wanted
    moment: str

    def write(
        self, begun: Callable[[str], None], started: Callable[["subprocess.Popen[bytes]"], None]
    ) -> list[StoredFile]:
        """Every file of the backup."""
        wanted = self.wanted
        words = [*_FORMATS[wanted.layout], *_KINDS.get(wanted.kind, ())]
        if wanted.layout == DIRECTORY:
            words.append(f"--jobs={wanted.jobs}")
        words.append(f"--compress={wanted.compress}")
        files = self._run(DUMPS[wanted.layout], words, begun, started)
        if wanted.kind == DATA:
            files += self._run(COMPANION, [*_FORMATS[CUSTOM], *_KINDS[SCHEMA]], begun, started)
        return files

    def _run(
        self,
        name: str,
        words: Sequence[str],
        begun: Callable[[str], None],
        started: Callable[["subprocess.Popen[bytes]"], None],
    ) -> list[StoredFile]:
        folder = self.workplace.folder
        owners = () if self.wanted.owners else ("--no-owner", "--no-privileges")
        every = [
            *words,
            *owners,
            "--verbose",
            f"--snapshot={self.moment}",
            f"--lock-wait-timeout={LOCK_WAIT}",
        ]
        held = (self.workplace.lock,)
        if self.wanted.key is None:
            path = folder / name
            tools.run(
                self.tool, [*every, f"--file={path}"], self.target, begun, pass_fds=held, started=started
            )
            return [described(folder, file) for file in (files_of(path) if path.is_dir() else [path])]
        path = folder / f"{name}{SUFFIX}"
        key = self.wanted.key
        with told(str(path)), path.open("wb") as file:
            into = Hashed(file)

            def drain(pipe: IO[bytes]) -> None:
                encrypt(pipe, into, key)

            tools.run(self.tool, every, self.target, begun, drain=drain, pass_fds=held, started=started)
        return [StoredFile(path.name, into.size, into.sha256)]


def _both(
    dump: _Dump,
    connection: "Connection[Any]",
    tables: Sequence[Countable],
    wanted: Wanted,
    say: Callable[[str], None],
) -> tuple[list[StoredFile], list[Table]]:
    """Dumps and counts at the same time; what fails first stops the other."""
    psycopg = psycopg_module()
    stopped = threading.Event()
    counted: list[Table] = []
    failures: list[OpsError] = []
    processes: list[subprocess.Popen[bytes]] = []

    def counting() -> None:
        try:
            counted.extend(count_all(connection, tables, checksum=wanted.checksums, stopped=stopped.is_set))
        except psycopg.Error as error:
            if not stopped.is_set():
                failures.append(OpsError(f"{dump.target.label}: rows can't be counted: {said(error)}"))
                for process in processes:
                    process.kill()

    counter = threading.Thread(target=counting, daemon=True)
    counter.start()
    try:
        files = dump.write(Progress(len(tables), say), processes.append)
    except BaseException:
        stopped.set()
        with suppress(psycopg.Error):
            connection.cancel_safe(timeout=5)
        counter.join()
        if failures:
            raise failures[0] from None
        raise
    counter.join()
    if failures:
        raise failures[0]
    return files, counted


class Progress:
    """Tells each table that is begun, with how many there are."""

    def __init__(self, total: int, say: Callable[[str], None]) -> None:
        self._total = total
        self._say = say
        self._done = 0

    def __call__(self, table: str) -> None:
        """The next table."""
        self._done += 1
        self._say(f"[{self._done}/{max(self._total, self._done)}] {table}")


def _name(database: str, kind: str, started: datetime) -> str:
    """Of nobody else, even where two machines begin in the same second."""
    plain = re.sub(r"[^A-Za-z0-9_+-]+", "_", database).lstrip("+-") or "database"
    middle = "" if kind == FULL else f"-{kind}"
    return f"{plain}{middle}-{started:%Y%m%dT%H%M%SZ}-{os.urandom(2).hex()}"


def _version() -> str:
    try:
        return version("dbstack")
    except PackageNotFoundError:
        return "unknown"


def dump_path(folder: Path, manifest: Manifest, name: str) -> Path:
    """Where a dump of the backup lies."""
    return folder / (name + SUFFIX if manifest.encrypted else name)
