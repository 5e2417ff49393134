"""`dbstack backup verify`: restores a backup into a scratch database and compares what is in it then."""

import re
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from dbstack.ops.backup import tools
from dbstack.ops.backup.checksum import METHODS
from dbstack.ops.backup.contents import count, countable, objects, prepare, source
from dbstack.ops.backup.manifest import DATA, SCHEMA, Damaged, Manifest
from dbstack.ops.backup.restore import load_alone, opened
from dbstack.ops.backup.seal import Key
from dbstack.ops.backup.store import Store, check_files
from dbstack.ops.connection import connect
from dbstack.ops.driver import psycopg_module
from dbstack.ops.errors import OpsError, OpsUsageError, said
from dbstack.ops.scratch import scratch_database
from dbstack.ops.target import Target

if TYPE_CHECKING:
    from psycopg import Connection

PREFIX = "dbstack_verify_"
# Of a failed restore: what is not the backup's fault. Never loose words, which may be the name of a table.
_NOT_ITS_FAULT = re.compile(
    r"no space left|out of (shared )?memory|terminating connection|closed the connection|no connection to the server"
    r"|connection (to (server|client)|has been closed|reset|refused|timed out)|eof detected|unexpected eof while"
    r"|broken pipe|could not (receive|send) data|database system is|canceling statement|stopped by signal (9|15)\b"
    r"|permission denied|must be (owner|superuser)|is not available|could not access file",
    re.IGNORECASE,
)
_TOLD = 5


@dataclass
class Report:
    """What a verification found."""

    backup: str
    started: datetime
    server: str = ""
    """The version of the server that it was restored on."""
    seconds: float = 0
    restore_seconds: float = 0
    tables: int = 0
    """How many were compared."""
    rows: int = 0
    checksums: int = 0
    """How many tables had one to compare."""
    faults: list[str] = field(default_factory=list[str])
    error: str = ""
    """Why it couldn't be told."""

    @property
    def verified(self) -> bool:
        """Whether the backup is good."""
        return not self.faults and not self.error

    def as_plain(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "backup": self.backup,
            "verified": self.verified,
            "started": self.started.isoformat(),
            "server": self.server,
            "seconds": self.seconds,
            "restoreSeconds": self.restore_seconds,
            "tables": self.tables,
            "rows": self.rows,
            "checksums": self.checksums,
            "faults": self.faults,
            "error": self.error,
        }


def verify(server: Target, store: Store, name: str, key: Key | None, say: Callable[[str], None]) -> Report:
    """Proves a backup, or finds what is wrong with it. The scratch database is dropped in any case.

    Args:
        server: where the scratch database is made; its own database is only used to ask for that.
        store: where the backup is.
        name: which.
        key: of an encrypted one.
        say: is told how far it is.

    Returns:
        the report, with `error` set where it couldn't be told: no connection, no right to make databases, ...

    Raises:
        OpsUsageError: there is no such backup, or it needs a key.
    """
    report, began = Report(name, datetime.now(UTC).replace(microsecond=0)), time.monotonic()
    try:
        manifest = opened(store, name, key)
        with store.fetched(manifest) as folder:
            check_files(folder, manifest)
            with _scratch(server, manifest, report) as made:
                loading = time.monotonic()
                load_alone(folder, manifest, made, key, say)
                report.restore_seconds = round(time.monotonic() - loading, 3)
                _compare(made, manifest, report, say)
    except Damaged as error:
        report.faults.append(str(error))
    except OpsUsageError:
        raise
    except tools.ToolFailed as error:
        if _NOT_ITS_FAULT.search(str(error)):
            report.error = str(error)
        else:
            report.faults.append(f"it can't be restored: {error}")
    except OpsError as error:
        report.error = str(error)
    report.seconds = round(time.monotonic() - began, 3)
    return report


@contextmanager
def _scratch(server: Target, manifest: Manifest, report: Report) -> Generator[Target]:
    with connect(server, autocommit=True, application="dbstack backup verify") as admin:
        there = source(admin)
        report.server = there.version
        if manifest.source.major > there.major:
            raise OpsUsageError(
                f"{manifest.name} is of PostgreSQL {manifest.source.version}, and the server is {there.version}: name "
                f"one of {manifest.source.major} or newer with --on"
            )
        if manifest.source.hash_probe != there.hash_probe:
            raise OpsError("the server's hash function is another: verify on a server of the source's kind")
        with scratch_database(
            admin,
            server,
            PREFIX,
            lambda name: _creation(name, manifest),
            lambda said: (
                f"no scratch database can be made at {server.label}: {said}; give the user CREATEDB, or name another "
                "server with --on"
            ),
        ) as made:
            yield made


def _creation(name: str, manifest: Manifest) -> str:
    from psycopg.sql import SQL, Literal

    found = manifest.source
    text = SQL("create database {} template template0 encoding {} lc_collate {} lc_ctype {}").format(
        SQL(name),  # pyright: ignore[reportArgumentType]
        *(Literal(value) for value in (found.encoding, found.collate, found.ctype)),
    )
    return text.as_string()


def _compare(made: Target, manifest: Manifest, report: Report, say: Callable[[str], None]) -> None:
    psycopg = psycopg_module()
    try:
        with connect(made, autocommit=True, application="dbstack backup verify") as connection:
            prepare(connection)
            if manifest.kind != DATA:
                report.faults += _missing(manifest, objects(connection))
            if manifest.kind != SCHEMA:
                say("comparing")
                _compare_tables(connection, manifest, report)
    except psycopg.Error as error:
        raise OpsError(f"{made.label}: {said(error)}") from None


def _missing(manifest: Manifest, found: dict[str, list[str]]) -> list[str]:
    faults: list[str] = []
    for kind in sorted({*manifest.objects, *found}):
        wanted, there = set(manifest.objects.get(kind, ())), set(found.get(kind, ()))
        faults += [f"{kind} {name} is not in what was restored" for name in sorted(wanted - there)[:_TOLD]]
        faults += [f"{kind} {name} was not in the database" for name in sorted(there - wanted)[:_TOLD]]
    return faults


def _compare_tables(connection: "Connection[Any]", manifest: Manifest, report: Report) -> None:
    there = {table.name: table for table in countable(connection)}
    for table in manifest.tables:
        if table.name not in there:
            report.faults.append(f"table {table.name} is not in what was restored")
            continue
        method = table.checksum.partition("/")[0]
        if method and method not in METHODS:
            report.faults.append(
                f"table {table.name} has a checksum of another kind, {method!r}: verify with the dbstack that made it, "
                f"{manifest.dbstack}"
            )
            continue
        found = count(connection, there[table.name], checksum=bool(method), method=method or None)
        report.tables += 1
        report.rows += found.rows
        report.checksums += bool(method)
        if found.rows != table.rows:
            report.faults.append(f"table {table.name} has {found.rows} rows instead of {table.rows}")
        elif found.checksum != table.checksum:
            report.faults.append(f"table {table.name} has other rows than were backed up")
