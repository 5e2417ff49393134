"""`dbstack backup`: thin, every command calls a function of the package."""

import json
import os
import signal
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from dbstack.ops.backup.manifest import COMPRESS, CUSTOM, DATA, FULL, LAYOUTS, SCHEMA
from dbstack.ops.errors import OpsError, OpsUsageError
from dbstack.ops.options import target_from, target_options
from dbstack.ops.target import url_target

if TYPE_CHECKING:
    from dbstack.ops.backup.seal import Key
    from dbstack.ops.backup.store import Store
    from dbstack.ops.stack import Deployed

_Command = TypeVar("_Command", bound=Callable[..., Any])
_PLACE_VARIABLE = "DBSTACK_BACKUPS"
_ON_VARIABLE = "DBSTACK_SCRATCH_URL"


def _place(option: str) -> Callable[[_Command], _Command]:
    return click.option(
        option,
        "place",
        metavar="PLACE",
        help=f"A folder, or s3://BUCKET/PREFIX. Default: {_PLACE_VARIABLE}, else `backups` in the project.",
    )


_key_file = click.option(
    "--key-file",
    type=click.Path(path_type=Path),
    help="The key of encrypted backups. Default: the key itself in DBSTACK_BACKUP_KEY. Without: nothing is encrypted.",
)


@click.group()
def backup() -> None:
    """Back a PostgreSQL up with its own pg_dump, proven by restoring it; go back to a moment with RDS's own backups."""


@backup.command()
@click.option(
    "--format", "layout", type=click.Choice(LAYOUTS), default=CUSTOM, show_default=True,
    help="custom: compressed, one file. plain: SQL, compressed. directory: a file for each table, --jobs at once.",
)  # fmt: skip
@click.option("--schema-only", is_flag=True, help="No rows.")
@click.option("--data-only", is_flag=True, help="Rows alone, for a schema that is there.")
@click.option(
    "-j", "--jobs", type=click.IntRange(1), default=1, show_default=True, help="Tables dumped at once."
)
@click.option(
    "--compress",
    type=click.IntRange(1, 9),
    default=COMPRESS,
    show_default=True,
    help="gzip's level. pg_dump's own is 6: a tenth smaller, and twice the time.",
)
@click.option("--no-owner", is_flag=True, help="Leave owners and grants out, for a server with other roles.")
@click.option(
    "--no-checksums", is_flag=True,
    help="Count rows only: verify then finds missing rows, but none that changed.",
)  # fmt: skip
@_place("--to")
@_key_file
@target_options
def create(layout: str, schema_only: bool, data_only: bool, **given: Any) -> None:
    """Make a backup: a folder with the dump and a manifest of what it holds.

    Rows are counted and summed in the snapshot that is dumped, so that `verify` compares with what was there. Exit code
    1 if it fails: then nothing of it is left.
    """
    from dbstack.ops.backup.catalogue import size_told
    from dbstack.ops.backup.create import Wanted
    from dbstack.ops.backup.create import create as make

    if schema_only and data_only:
        raise OpsUsageError("--schema-only and --data-only: leave both out for everything")
    wanted = Wanted(
        kind=SCHEMA if schema_only else DATA if data_only else FULL,
        layout=layout,
        jobs=given["jobs"],
        compress=given["compress"],
        checksums=not given["no_checksums"],
        owners=not given["no_owner"],
        key=_key(given),
    )
    wanted.check()
    store = _store(given)
    with _stoppable():
        made = make(target_from(given), store, wanted, _note)
    told = f"{_plural(len(made.tables), 'table')}, {_plural(made.rows, 'row')}, {size_told(made.size)}"
    click.echo(f"{made.name}: {told}, {made.seconds:.1f} s")


@backup.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@_place("--from")
def list_(as_json: bool, **given: Any) -> None:
    """List the backups, the oldest first. Whether one is good, `verify` says."""
    from dbstack.ops.backup.catalogue import entries, size_told

    store = _store(given)
    found = entries(store)
    if as_json:
        click.echo(json.dumps([entry.as_plain() for entry in found], indent=2))
        return
    width = max((len(entry.name) for entry in found), default=0)
    for entry in found:
        cells = [f"{entry.name:{width}}"]
        if manifest := entry.manifest:
            cells += [
                f"{manifest.started:%Y-%m-%d %H:%M:%S}Z",
                f"{manifest.kind}, {manifest.layout}{', encrypted' if manifest.encrypted else ''}",
                size_told(manifest.size),
                _plural(manifest.rows, "row"),
                f"PostgreSQL {manifest.source.version}",
            ]
        if entry.fault:
            cells.append(f"damaged: {entry.fault}")
        click.echo("  ".join(cells))
    click.echo(_plural(len(found), "backup"), err=True)


@backup.command()
@click.argument("name", default="latest")
@_place("--from")
@_key_file
@click.option(
    "--on",
    metavar="URL",
    help=f"The server to make the scratch database on. Default: {_ON_VARIABLE}, else the database's own.",
)
@click.option(
    "--report", type=click.Path(path_type=Path), help="Write what was found as JSON, also where it failed."
)
@target_options
def verify(name: str, on: str | None, report: Path | None, **given: Any) -> None:
    """Prove a backup: restore NAME (default: latest) into a scratch database and compare rows and checksums.

    The scratch database is dropped in any case. Exit code 3 if the backup is not good, 1 if that can't be told.
    """
    from dbstack.ops.backup.catalogue import chosen
    from dbstack.ops.backup.verify import verify as prove

    store, key = _store(given), _key(given)
    if on or os.environ.get(_ON_VARIABLE):
        server = url_target(on, option="--on", variable=_ON_VARIABLE)
    else:
        server = target_from(given)
    with _stoppable():
        found = prove(server, store, chosen(store, name), key, _note)
    if report:
        try:
            report.write_text(json.dumps(found.as_plain(), indent=2) + "\n")
        except OSError as error:
            raise OpsError(f"{report} can't be written: {error.strerror}") from None
    for fault in found.faults:
        click.echo(fault, err=True)
    if found.faults:
        click.echo(f"error: {found.backup} is not good: don't rely on it", err=True)
        sys.exit(3)
    if found.error:
        raise OpsError(f"{found.backup} is not verified: {found.error}")
    compared = f"{_plural(found.tables, 'table')} and {_plural(found.rows, 'row')}"
    click.echo(f"{found.backup} is verified: {compared} compared, restored in {found.restore_seconds:.1f} s")


@backup.command()
@click.argument("name")
@click.option("-j", "--jobs", type=click.IntRange(1), default=1, show_default=True,
              help="Tables and indexes restored at once. More than one: not all or nothing.")  # fmt: skip
@click.option("--no-owner", is_flag=True, help="Leave owners and grants out, for a server with other roles.")
@click.option(
    "--replace", metavar="DATABASE",
    help="The database isn't empty: drop there what the backup also holds. Repeat its name, so that it is meant.",
)  # fmt: skip
@click.option(
    "--from-another", is_flag=True,
    help="With --replace: the backup is of another database or server, and meant for this one all the same.",
)  # fmt: skip
@_place("--from")
@_key_file
@target_options
def restore(
    name: str, jobs: int, no_owner: bool, replace: str | None, from_another: bool, **given: Any
) -> None:
    """Restore the backup NAME (or: latest) into a database that is there and empty.

    One transaction: if it fails, the database is as before. Exit code 2 if the backup is damaged or of a newer
    PostgreSQL, or the database is not empty: then nothing was done.
    """
    from dbstack.ops.backup.catalogue import chosen
    from dbstack.ops.backup.restore import Wanted
    from dbstack.ops.backup.restore import restore as put

    store, key = _store(given), _key(given)
    target = target_from(given)
    if replace is not None and replace != target.database:
        raise OpsUsageError(f"--replace names {replace!r}, and the database is {target.database!r}")
    wanted = Wanted(
        jobs=jobs, owners=not no_owner, replace=replace is not None, from_another=from_another, key=key
    )
    with _stoppable():
        done = put(target, store, chosen(store, name), wanted, _note)
    click.echo(f"{done.name} is restored into {target.label}: {_plural(len(done.tables), 'table')}")


@backup.command("restore-to-time")
@click.argument("time")
@click.option("-s", "--stack", required=True, help="The stack whose database it is.")
@click.option("-d", "--database", help="The database's name in that stack, where it has several.")
@click.option(
    "--target", "target", metavar="IDENTIFIER", required=True, help="Identifier of the new DB instance."
)
@click.option(
    "--timeout", type=click.IntRange(1), default=120, show_default=True, metavar="MINUTES",
    help="How long to wait for it. RDS goes on all the same; the same command again goes on waiting.",
)  # fmt: skip
def restore_to_time(time: str, stack: str, database: str | None, target: str, timeout: int) -> None:
    """Make a DB instance with the data of TIME (or: latest) from RDS's own backups, beside the one that is there.

    TIME is ISO 8601 with a time zone. The new one has the settings of the old one, which isn't touched; what is left to
    do to swap it in is printed. Exit code 2 if the backups don't reach that moment: then nothing was made.
    """
    from dbstack.ops.moment import moment_of
    from dbstack.ops.rds import RdsInstances
    from dbstack.ops.rds.point_in_time import restore_beside, swap_steps

    moment = moment_of(time)
    found = _deployed(stack, database)
    arn = found.arn.split(":")
    if len(arn) < 7:
        raise OpsUsageError(
            f"{found.name} of the stack {stack} isn't one of RDS's: of a container, `dbstack local restore-to-time` "
            "does this"
        )
    if arn[5] == "cluster":
        raise OpsUsageError(
            f"{found.name} is a DB cluster: one beside it is described by `restoreFrom: {{sourceClusterIdentifier: "
            f"{arn[6]}, restoreTime: ...}}`, see docs/restore.md"
        )
    if target == arn[6]:
        raise OpsUsageError(
            f"--target {target} is the database itself: RDS restores beside it, name another one"
        )
    rds = RdsInstances(client=found.client("rds"), timeout_seconds=60 * timeout, progress=_note)
    made = restore_beside(rds, arn[6], target, moment)
    click.echo(f"{target} is available at {made['Endpoint']['Address']}:{made['Endpoint']['Port']}")
    click.echo(swap_steps(arn[6], made, arn[3]))


@backup.command()
@click.option("--keep", type=click.IntRange(1), metavar="COUNT", help="Keep the newest COUNT.")
@click.option("--keep-days", type=click.IntRange(0), metavar="DAYS", help="Keep what is no older than DAYS.")
@click.option("--dry-run", is_flag=True, help="Say what would be removed; remove nothing.")
@_place("--from")
def prune(keep: int | None, keep_days: int | None, dry_run: bool, **given: Any) -> None:
    """Remove old backups, of each database and kind on its own. What either option keeps is kept.

    The last good one is never removed, whatever its age. Damaged ones don't count and are left for you to look at. Exit
    code 1 if a database has no good one: then nothing of it is removed.
    """
    from datetime import UTC, datetime

    from dbstack.ops.backup.retention import Policy, plan
    from dbstack.ops.backup.retention import prune as remove

    store = _store(given)
    planned = plan(store, Policy(keep, keep_days), datetime.now(UTC))
    for note in (*planned.notes, *planned.stuck):
        _note(note)
    if dry_run:
        for name in reversed(planned.removed):
            click.echo(f"would be removed: {name}")
    else:
        remove(store, planned, click.echo)
    click.echo(f"{_plural(len(planned.kept), 'backup')} kept", err=True)
    sys.exit(1 if planned.stuck else 0)


@backup.command()
@click.argument("file", type=click.Path(path_type=Path))
def key(file: Path) -> None:
    """Write a new key for encrypted backups into FILE. Keep it elsewhere than the backups: without it they are lost."""
    from dbstack.ops.backup.seal import write_key

    click.echo(f"written: {file}, public key {write_key(file)}")


def _deployed(stack: str, database: str | None) -> "Deployed":
    from dbstack.ops.stack import deployed
    from dbstack.sandbox.paths import find_project

    project = find_project(Path.cwd())
    if project is None:
        raise OpsUsageError("there is no Pulumi.yaml in this folder or above it: run this in a project")
    return deployed(project, stack, database)


def _store(given: dict[str, Any]) -> "Store":
    from dbstack.ops.backup.s3 import SCHEME, S3Store
    from dbstack.ops.backup.store import FolderStore
    from dbstack.sandbox.paths import find_project

    here = Path.cwd()
    place = given["place"] or os.environ.get(_PLACE_VARIABLE)
    if place and place.startswith(SCHEME):
        return S3Store.of(place)
    return FolderStore(Path(place) if place else (find_project(here) or here) / "backups")


def _key(given: dict[str, Any]) -> "Key | None":
    from dbstack.ops.backup.seal import key_of

    return key_of(given["key_file"])


@contextmanager
def _stoppable() -> Generator[None]:
    """`kill` ends it as Ctrl-C does: what it began is cleaned up."""

    def stop(_signal: int, _frame: object) -> None:
        raise OpsError("it was stopped by SIGTERM; nothing of it is left")

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _note(text: str) -> None:
    click.echo(text, err=True)


def _plural(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
