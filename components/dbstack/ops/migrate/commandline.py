"""`dbstack migrate`: thin, every command calls the migrator."""

import json
import os
import re
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from dbstack.ops.migrate.packages import PACKAGES
from dbstack.ops.options import target_from, target_options
from dbstack.ops.target import URL_VARIABLE, url_target

if TYPE_CHECKING:
    from dbstack.ops.migrate.history import Standing
    from dbstack.ops.migrate.runner import Migrator

_Command = TypeVar("_Command", bound=Callable[..., Any])
_SCRATCH_VARIABLE = "DBSTACK_SCRATCH_URL"
_UNITS = {"": 1, "ms": 1, "s": 1_000, "min": 60_000, "h": 3_600_000}


def _duration(text: str) -> int:
    """Milliseconds of a time in PostgreSQL's words: 500ms, 5s, 2min; a number alone is milliseconds."""
    found = re.fullmatch(r"(\d+)\s*(ms|s|min|h|)", text)
    if found is None:
        raise click.BadParameter(f"{text!r} is no time: write 500ms, 5s or 2min")
    return int(found[1]) * _UNITS[found[2]]


_RUN_OPTIONS = (
    click.option("--dry-run", is_flag=True, help="Print the SQL that would be run; change nothing."),
    click.option(
        "--lock-timeout",
        type=_duration,
        metavar="TIME",
        default="5s",
        show_default=True,
        help="How long a statement waits for a lock while others queue behind it; then the migration is tried again, "
        "three times.",
    ),
    click.option(
        "--statement-timeout",
        type=_duration,
        metavar="TIME",
        default="0",
        show_default=True,
        help="How long a statement may take; 0: as long as it needs.",
    ),
    click.option(
        "--wait",
        type=_duration,
        metavar="TIME",
        default="60s",
        show_default=True,
        help="How long another migration that runs is waited for.",
    ),
)
_folder = click.option(
    "--folder",
    type=click.Path(path_type=Path),
    help="Where the files are. Default: `migrations` in the project.",
)


def _options(*more: Callable[[Any], Any]) -> Callable[[_Command], _Command]:
    def add(command: _Command) -> _Command:
        for option in reversed(more):
            command = option(command)
        return target_options(_folder(command))

    return add


@click.group()
def migrate() -> None:
    """Change the schema of a PostgreSQL by files: migrations/NNN_name.sql, each with its rollback_NNN.sql."""


@migrate.command()
@click.argument("version", type=click.IntRange(1), required=False)
@_options(
    *_RUN_OPTIONS,
    click.option(
        "--out-of-order", is_flag=True, help="Apply a new file although one with a higher number is applied."
    ),
)
def up(version: int | None, **given: Any) -> None:
    """Apply what is pending, up to VERSION (default: all); before that make the extensions that the stack describes.

    A migration and its record are one transaction. Exit code 1 if one fails: of it nothing is left. 2 if files are
    faulty, edited since they were applied, missing or out of order: then nothing is applied.
    """
    with _migrator(given) as migrator:
        count = migrator.up(version)
        if not given["dry_run"]:
            click.echo(f"{_plural(count)} applied" if count else "nothing is pending")


@migrate.command()
@click.argument("version", type=click.IntRange(0), required=False)
@_options(*_RUN_OPTIONS)
def down(version: int | None, **given: Any) -> None:
    """Revert every migration above VERSION, the newest first; default: only the newest."""
    with _migrator(given) as migrator:
        count = migrator.down(version)
        if not given["dry_run"]:
            click.echo(f"{_plural(count)} reverted" if count else "nothing is applied")


@migrate.command()
@_options(click.option("--json", "as_json", is_flag=True, help="As JSON."))
def status(as_json: bool, **given: Any) -> None:
    """List what is applied and what is pending. Exit code 2 if files and database contradict each other."""
    with _migrator(given) as migrator:
        standing = migrator.standing()
    rows = _rows(standing)
    faults = [fault.message for fault in standing.faults]
    if as_json:
        click.echo(json.dumps({"migrations": rows, "faults": faults}, indent=2))
    else:
        width = max((len(row["name"]) for row in rows), default=0)
        for row in rows:
            when = f"  {row['appliedAt'][:19]}  {row['durationMs']} ms" if row["state"] == "applied" else ""
            click.echo(f"{row['name']:{width}}  {row['state']}{when}")
        pending = sum(row["state"] == "pending" for row in rows)
        click.echo(f"{len(rows) - pending} applied, {pending} pending")
        for fault in faults:
            click.echo(fault, err=True)
    sys.exit(2 if faults else 0)


@migrate.command()
@_options(
    click.option("--no-lint", is_flag=True, help="Leave squawk out."),
    click.option("--no-drift", is_flag=True, help="Make no scratch database to look for drift in."),
    click.option(
        "--scratch-url",
        metavar="URL",
        help=f"The server to make the scratch database on. Default: {_SCRATCH_VARIABLE}, else the database's own.",
    ),
)
def check(no_lint: bool, no_drift: bool, scratch_url: str | None, **given: Any) -> None:
    """Look for mistakes: in the files, and, where a database is named, in its schema.

    Of the files: names, pairs, what can't run, dangerous locks (squawk). Of the schema: names, foreign keys without
    index, tables without primary key, invalid indexes, drift from what the migrations make in an empty scratch
    database. Exit code 2 for files that can't be run, 3 for anything else that is found.
    """
    from dbstack.ops.migrate.checking import Wanted
    from dbstack.ops.migrate.checking import check as look
    from dbstack.ops.migrate.extensions import described_extensions
    from dbstack.sandbox.paths import find_project

    named = given["stack"] or given["url"] or os.environ.get(URL_VARIABLE)
    target = target_from(given) if named else None
    scratch = None
    if scratch_url or os.environ.get(_SCRATCH_VARIABLE):
        scratch = url_target(scratch_url, option="--scratch-url", variable=_SCRATCH_VARIABLE)
    extensions = described_extensions(target, find_project(Path.cwd())) if target else ()
    wanted = Wanted(lint=not no_lint, drift=not no_drift, scratch=scratch, extensions=extensions)
    found = look(_folder_of(given), target, wanted, _note)
    for finding in found:
        click.echo(finding)
    click.echo(f"{len(found)} finding{'' if len(found) == 1 else 's'}" if found else "no findings")
    sys.exit(3 if found else 0)


@migrate.command()
@click.argument("package", type=click.Choice(PACKAGES))
@_folder
def add(package: str, folder: Path | None) -> None:
    """Write a packaged migration into the folder, under the next number.

    audit: a trigger for any table that keeps who changed which row when, and the row before and after.
    """
    from dbstack.ops.migrate.packages import add as write

    for path in write(package, _folder_of({"folder": folder})):
        click.echo(f"written: {path.name}")


@migrate.command()
@click.argument("version", type=click.IntRange(1))
@_options()
def baseline(version: int, **given: Any) -> None:
    """Record the migrations up to VERSION as applied, without running them: for a database that has them already."""
    with _migrator(given) as migrator:
        click.echo(f"{_plural(migrator.baseline(version))} recorded as applied")


@migrate.command()
@click.argument("version", type=click.IntRange(1))
@_options()
def repair(version: int, **given: Any) -> None:
    """Record that the file of VERSION as it is now is what was applied: after an edit that changes nothing."""
    with _migrator(given) as migrator:
        migrator.repair(version)
        click.echo(f"the checksum of {version} is recorded anew")


@contextmanager
def _migrator(given: dict[str, Any]) -> Generator["Migrator"]:
    from dbstack.ops.connection import connect
    from dbstack.ops.migrate.extensions import described_extensions
    from dbstack.ops.migrate.runner import Migrator, Settings
    from dbstack.sandbox.paths import find_project

    folder = _folder_of(given)
    target = target_from(given)
    settings = Settings(
        lock_timeout_ms=given.get("lock_timeout", 0),
        statement_timeout_ms=given.get("statement_timeout", 0),
        wait_seconds=given.get("wait", 0) / 1000,
        out_of_order=given.get("out_of_order", False),
        dry_run=given.get("dry_run", False),
        extensions=described_extensions(target, find_project(Path.cwd())),
    )
    with connect(target, autocommit=True, application="dbstack migrate") as connection:
        yield Migrator(connection, folder, settings, click.echo, _note, _begin)


def _note(text: str) -> None:
    click.echo(text, err=True)


def _begin(title: str) -> None:
    if sys.stderr.isatty():
        _note(f"{title} ...")


def _folder_of(given: dict[str, Any]) -> Path:
    from dbstack.sandbox.paths import find_project

    here = Path.cwd()
    return given["folder"] or (find_project(here) or here) / "migrations"


def _rows(standing: "Standing") -> list[dict[str, Any]]:
    rows: dict[int, dict[str, Any]] = {
        file.version: {"version": file.version, "name": file.name, "state": "pending"}
        for file in standing.pending
    }
    for version, record in standing.records.items():
        rows[version] = {
            "version": version,
            "name": record.name,
            "state": record.state,
            "appliedAt": record.applied_at.isoformat(),
            "appliedBy": record.applied_by,
            "durationMs": record.duration_ms,
        }
    return [rows[version] for version in sorted(rows)]


def _plural(count: int) -> str:
    return f"{count} migration{'' if count == 1 else 's'}"
