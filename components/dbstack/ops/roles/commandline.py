"""`dbstack roles`: thin, every command calls the manager."""

import json
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from dbstack.ops.options import target_from, target_options

if TYPE_CHECKING:
    from dbstack.ops.roles.applying import RoleManager

_Command = TypeVar("_Command", bound=Callable[..., Any])
_NOTE = "note: "


def _options(command: _Command) -> _Command:
    file = click.option(
        "--file",
        type=click.Path(path_type=Path),
        help="A file of YAML with what stands under `roles` in a stack config. Default: the stack's own; for a URL "
        "the three roles without users.",
    )
    return target_options(file(command))


@click.group()
def roles() -> None:
    """Who may read, write and change the tables of a database: app_read, app_write, app_admin, and users in them.

    Of a PostgreSQL, MySQL (from 8.0) or MariaDB (from 10.6); --url takes mysql://USER@HOST/DATABASE too.
    """


@roles.command()
@_options
@click.option("--dry-run", is_flag=True, help="Print the statements that would be run; change nothing.")
@click.option(
    "--new-password",
    "new_passwords",
    metavar="USER",
    multiple=True,
    help="Give this user a new password, e.g. because its secret is lost. May stand several times.",
)
@click.option(
    "--revoke-undeclared",
    is_flag=True,
    help="Users in the roles whom the description doesn't name lose login and membership. They are not dropped.",
)
def apply(dry_run: bool, new_passwords: tuple[str, ...], revoke_undeclared: bool, **given: Any) -> None:
    """Make roles, users and privileges what the description says: the statements are shown, and run.

    Passwords are made here and kept in the secret store: Secrets Manager for a database of AWS, else
    .dbstack/secrets/. Exit code 1 if a statement fails or has no effect: then nothing is changed in a PostgreSQL, which
    takes them all in one transaction; MySQL and MariaDB keep what was run before, and the next apply does the rest.
    """
    from dbstack.ops.roles.applying import Options

    options = Options(new_passwords, revoke_undeclared)
    with _manager(given) as manager:
        found = manager.look(options) if dry_run else manager.apply(options)
    if dry_run:
        for change in found.changes:
            click.echo(change.shown)
    for finding in found.findings:
        click.echo(finding, err=True)
    if not dry_run:
        for user in dict.fromkeys(change.password_of for change in found.changes if change.password_of):
            click.echo(f"the password of {user}: {manager.place(user)}", err=True)
        count = len(found.changes)
        click.echo(
            f"{count} statement{'' if count == 1 else 's'} applied" if count else "nothing to do", err=True
        )
    elif not found.changes:
        click.echo("nothing to do", err=True)


@roles.command()
@_options
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def status(as_json: bool, **given: Any) -> None:
    """Say where the database differs from the description. Exit code 3 if it does."""
    with _manager(given) as manager:
        found = manager.look()
    findings = [text for text in found.findings if not text.startswith(_NOTE)]
    if as_json:
        statements = [change.shown for change in found.changes]
        click.echo(json.dumps({"statements": statements, "findings": findings}, indent=2))
    else:
        for change in found.changes:
            click.echo(change.shown)
        for text in found.findings:
            click.echo(text)
        if found.changes:
            click.echo(f"`dbstack roles apply` would run {len(found.changes)} statements", err=True)
        elif not findings:
            click.echo("as described")
    sys.exit(3 if found.changes or findings else 0)


@contextmanager
def _manager(given: dict[str, Any]) -> Generator["RoleManager"]:
    from dbstack.ops.roles.applying import RoleManager
    from dbstack.ops.roles.describing import described
    from dbstack.sandbox.paths import find_project

    target = target_from(given, mysql=True)
    wanted = described(target, given["file"], find_project(Path.cwd()))
    if target.is_mysql:
        from dbstack.ops.roles.mysql.server import opened
    else:
        from dbstack.ops.roles.postgres.server import opened
    with opened(target, wanted.roles) as server:
        yield RoleManager(server, wanted, click.echo, lambda text: click.echo(text, err=True))
