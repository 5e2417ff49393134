"""`dbstack migrate check`: the files by themselves, and beside a database if there is one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from dbstack.ops.connection import connect
from dbstack.ops.migrate import findings
from dbstack.ops.migrate.drift import drift
from dbstack.ops.migrate.files import Migration, raise_all, read_folder, read_scripts
from dbstack.ops.migrate.findings import Finding
from dbstack.ops.migrate.history import APPLIED
from dbstack.ops.migrate.runner import Migrator, Settings
from dbstack.ops.target import Target


@dataclass(frozen=True)
class Wanted:
    """What is to be looked at."""

    lint: bool = True
    drift: bool = True
    scratch: Target | None = None
    """Where a scratch database is made; None: on the database's own server."""
    extensions: tuple[str, ...] = ()
    """What the stack describes, and no migration has to make."""


def check(folder: Path, target: Target | None, wanted: Wanted, note: Callable[[str], None]) -> list[Finding]:
    """Everything that was found. With a database only what is pending is linted: what is applied stays as it is.

    Raises:
        OpsUsageError: files that are misnamed or can't be run, or that disagree with the database.
        OpsError: what was asked for could not be looked at.
    """
    migrations = read_folder(folder)
    read_scripts(path for file in migrations for path in (file.path, file.rollback) if path)
    found = findings.without_rollback(migrations)
    if target is None:
        note(
            "only the files are checked: name a database with -s STACK or --url to check its schema and drift too"
        )
        return found + _lint(folder, migrations, wanted, None, note)
    with connect(target, autocommit=True) as connection:
        standing = Migrator(connection, folder, Settings(), note, note).standing()
        raise_all(None, [fault.message for fault in standing.faults])
        found += _lint(folder, standing.pending, wanted, connection.info.server_version // 10000, note)
        found += findings.of_schema(connection)
        records = standing.records.values()
        if wanted.drift and all(record.state == APPLIED for record in records):
            last = max((record.version for record in records), default=0)
            scratch = wanted.scratch or target
            found += drift(connection, scratch, folder, last, wanted.extensions) if last else []
        elif wanted.drift:
            note("drift is not looked for while a migration is half applied")
    return found


def _lint(
    folder: Path,
    migrations: Sequence[Migration],
    wanted: Wanted,
    version: int | None,
    note: Callable[[str], None],
) -> list[Finding]:
    if not wanted.lint or not migrations:
        return []
    program = findings.linter()
    if program is None:
        note("no lint for dangerous locks: squawk is not installed (pip install 'dbstack[lint]')")
        return []
    return findings.lint(program, read_scripts(file.path for file in migrations), folder.parent, version)
