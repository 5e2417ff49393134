"""`dbstack inspect`: thin, over `inspect_database`."""

import sys
from pathlib import Path
from typing import Any

import click

from dbstack.ops.options import target_from, target_options


@click.command("inspect")
@target_options
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "json")),
    default="text",
    show_default=True,
    help="How to tell it.",
)
@click.option("--details", is_flag=True, help="Also what each query found: sizes, sessions, indexes.")
def inspect(form: str, details: bool, **given: Any) -> None:
    """Say what is wrong with a PostgreSQL, and what to do: connections, locks, replication, transaction ids, bloat,
    indexes, settings that differ from the stack's config.

    Reads only, and no row of a table. Exit code 3 if something is critical.
    """
    from dbstack.ops.inspect import Level, inspect_database
    from dbstack.ops.inspect.rendering import as_json, print_report
    from dbstack.ops.inspect.settings import described
    from dbstack.sandbox.paths import find_project

    target = target_from(given)
    project = find_project(Path.cwd()) if target.stack else None
    wanted = described(project, target.stack, target.name) if project else {}
    report = inspect_database(target, wanted)
    if form == "json":
        click.echo(as_json(report))
    else:
        print_report(report, details=details)
    if report.worst is Level.CRITICAL:
        sys.exit(3)
