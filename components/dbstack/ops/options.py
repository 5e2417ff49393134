"""The options by which every command of `ops` is told its database."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from dbstack.ops.errors import OpsUsageError
from dbstack.ops.target import SSLMODES, URL_VARIABLE, Target, url_target

_Command = TypeVar("_Command", bound=Callable[..., Any])
_OPTIONS = (
    click.option("-s", "--stack", help="The stack whose database it is."),
    click.option("-d", "--database", help="The database's name in that stack, where it has several."),
    click.option(
        "--url",
        metavar="URL",
        help=f"Instead of a stack: postgresql://USER@HOST/DATABASE, without a password. Default: {URL_VARIABLE}.",
    ),
    click.option(
        "--sslmode",
        type=click.Choice(SSLMODES),
        help="How TLS is used, in libpq's words. Default: verify-full, or what the URL or PGSSLMODE says.",
    ),
    click.option(
        "--sslrootcert",
        metavar="FILE",
        help="The certificate authorities to trust. Default: the stack's own, ~/.postgresql/root.crt, the system's.",
    ),
)


def target_options(command: _Command) -> _Command:
    """Adds -s, -d, --url, --sslmode and --sslrootcert; hand them on to `target_from`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def target_from(given: Mapping[str, Any], *, mysql: bool = False) -> Target:
    """The database that a command's options name; others among them are left alone. OpsUsageError, OpsError.

    `mysql`: whether the command is for MySQL and MariaDB too.
    """
    names = ("stack", "database", "url", "sslmode", "sslrootcert")
    return target_of(*(given[name] for name in names), mysql=mysql)


def target_of(
    stack: str | None,
    database: str | None,
    url: str | None,
    sslmode: str | None,
    sslrootcert: str | None,
    *,
    mysql: bool = False,
) -> Target:
    """The database that was asked for. OpsUsageError, also for an engine that the command isn't for; OpsError."""
    if stack and url:
        raise OpsUsageError("--stack and --url are both given: which of them is the database?")
    if database and not stack:
        raise OpsUsageError("--database names a database of a stack: give --stack too, or name it in the URL")
    if stack:
        from dbstack.ops.stack import stack_target
        from dbstack.sandbox.paths import find_project

        project = find_project(Path.cwd())
        if project is None:
            raise OpsUsageError(
                "there is no Pulumi.yaml in this folder or above it: run this in a project, or use --url"
            )
        target = stack_target(project, stack, database, sslmode=sslmode, sslrootcert=sslrootcert)
    else:
        target = _of_url(url, sslmode, sslrootcert, mysql)
    if not (target.is_postgres or (mysql and target.is_mysql)):
        engines = "PostgreSQL, MySQL and MariaDB" if mysql else "PostgreSQL"
        raise OpsUsageError(
            f"{target.name or target.label} runs on {target.engine}: this command is for {engines} alone"
        )
    if not target.is_checked:
        click.echo(
            f"note: sslmode={target.sslmode}: whether the server is the right one is not checked", err=True
        )
    return target


def _of_url(url: str | None, sslmode: str | None, sslrootcert: str | None, mysql: bool) -> Target:
    if mysql:
        from dbstack.ops.mysql import is_mysql_url, mysql_target

        text, source = (url, "--url") if url else (os.environ.get(URL_VARIABLE, ""), URL_VARIABLE)
        if is_mysql_url(text):
            return mysql_target(text, source, URL_VARIABLE, sslmode=sslmode, sslrootcert=sslrootcert)
    return url_target(url, sslmode=sslmode, sslrootcert=sslrootcert)
