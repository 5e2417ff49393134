"""`dbstack local`: thin, every command calls a function of the package."""

import os
from typing import TYPE_CHECKING

import click

from dbstack.sandbox.errors import UsageError
from dbstack.sandbox.paths import this_project

if TYPE_CHECKING:
    from dbstack.local.archives import LocalArchives
    from dbstack.local.volumes import LocalDatabases


@click.group()
def local() -> None:
    """The databases that a stack with `target: docker` runs in containers: snapshots, clones, past moments, a new
    beginning."""


def _local(stack: str) -> "LocalDatabases":
    from dbstack.local.volumes import LocalDatabases
    from dbstack.sandbox.docker.engine import Engine

    return LocalDatabases(this_project(), stack, Engine(os.environ))


def _archives(databases: "LocalDatabases") -> "LocalArchives":
    from dbstack.local.archives import LocalArchives

    return LocalArchives(databases, lambda text: click.echo(text, err=True))


def _one(found: list[str]) -> str:
    if len(found) != 1:
        raise UsageError(f"name the database with --database: {', '.join(found)}")
    return found[0]


_stack = click.option("-s", "--stack", default="local", show_default=True, help="The stack.")
_database = click.option("-d", "--database", help="One database of the stack; default: all.")


@local.command()
@click.argument("name")
@click.option("--delete", is_flag=True, help="Delete the snapshot instead.")
@_stack
@_database
def snapshot(name: str, delete: bool, stack: str, database: str | None) -> None:
    """Keep the data under NAME. The database stops for as long as copying takes."""
    databases = _local(stack)
    for chosen in databases.chosen(database):
        if delete:
            databases.remove_snapshot(chosen, name)
        else:
            databases.snapshot(chosen, name)
        click.echo(f"{chosen}: the snapshot {name} is {'gone' if delete else 'made'}")


@local.command()
@click.argument("name")
@_stack
@_database
def restore(name: str, stack: str, database: str | None) -> None:
    """Put the data back as the snapshot NAME has them; what came after it is gone. Replicas copy anew."""
    databases = _local(stack)
    for chosen in databases.chosen(database):
        databases.restore(chosen, name)
        click.echo(f"{chosen}: the data are those of the snapshot {name}")


@local.command()
@click.argument("name")
@click.option("--port", type=click.IntRange(1, 65535), help="Port on 127.0.0.1; default: a free one.")
@click.option("--delete", is_flag=True, help="Delete the clone with its data instead.")
@_stack
@_database
def clone(name: str, port: int | None, delete: bool, stack: str, database: str | None) -> None:
    """Run a second database NAME beside the first, from a copy of its data, with the same users and passwords."""
    databases = _local(stack)
    chosen = _one(databases.chosen(database))
    if delete:
        databases.remove_clone(chosen, name)
        click.echo(f"{chosen}: the clone {name} is gone")
    else:
        click.echo(f"{chosen}: the clone {name} is at 127.0.0.1:{databases.clone(chosen, name, port)}")


@local.command("base-backup")
@click.option(
    "--keep", type=click.IntRange(1), default=2, show_default=True, metavar="COUNT",
    help="Base backups that are kept, the new one included; older ones and the WAL that only they need go.",
)  # fmt: skip
@_stack
@_database
def base_backup(keep: int, stack: str, database: str | None) -> None:
    """Take a base backup into the archive of WAL, and verify it: from here on the database can go back to any moment.

    For databases with `docker: {walArchive: true}`. Exit code 1 if it fails: then nothing of it is left, and no other
    is removed.
    """
    archives = _archives(_local(stack))
    for chosen in archives.chosen(database):
        name, kib, removed = archives.base_backup(chosen, keep)
        click.echo(f"{chosen}: the base backup {name} is made and verified, {kib / 1024:.0f} MiB")
        for old in removed:
            click.echo(f"{chosen}: the base backup {old} is gone")


@local.command("restore-to-time")
@click.argument("time")
@click.option(
    "--clone", metavar="NAME", help="Make a clone NAME of that moment instead; the database stays as it is."
)
@click.option(
    "--port", type=click.IntRange(1, 65535), help="The clone's port on 127.0.0.1; default: a free one."
)
@click.option("--system", metavar="ID", help="Use the base backups of a database that was here before.")
@_stack
@_database
def restore_to_time(
    time: str, clone: str | None, port: int | None, system: str | None, stack: str, database: str | None
) -> None:
    """Take the database back to TIME (or: latest), from a base backup and the archived WAL. Replicas copy anew.

    TIME is ISO 8601 with a time zone. The data are recovered and tried beside the old ones first; these stay as a
    snapshot. Exit code 2 if the archive doesn't reach TIME, 1 if it is damaged: then nothing was changed.
    """
    from dbstack.ops.moment import moment_of

    if port and not clone:
        raise UsageError("--port is of a clone: give --clone too")
    moment = moment_of(time)
    archives = _archives(_local(stack))
    chosen = _one(archives.chosen(database))
    if clone:
        found = archives.restore_beside(chosen, moment, system, clone, port)
        click.echo(f"{chosen}: the clone {clone} of that moment is at 127.0.0.1:{found}")
    else:
        before = archives.restore(chosen, moment, system)
        click.echo(
            f"{chosen}: the data are those of that moment; what they were before is the snapshot {before}"
        )


@local.command("reset")
@_stack
@_database
def reset_local(stack: str, database: str | None) -> None:
    """Empty the database and begin anew, with its first scripts. Snapshots and clones stay."""
    databases = _local(stack)
    for chosen in databases.chosen(database):
        databases.reset(chosen)
        click.echo(f"{chosen}: it has begun anew")


@local.command("list")
@_stack
def list_local(stack: str) -> None:
    """List the snapshots, clones and base backups of the stack's databases."""
    databases = _local(stack)
    archives = _archives(databases)
    for chosen in databases.chosen(None):
        for kind, names in (
            ("snapshot", databases.snapshots(chosen)),
            ("clone", databases.clones(chosen)),
            ("base backup", [base.name for base in archives.bases(chosen)]),
        ):
            for name in names:
                click.echo(f"{chosen}  {kind}  {name}")
