"""A report as text and as JSON."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from dbstack.ops.inspect.model import Level, Report, Section
from dbstack.ops.inspect.probes import size

VERSION = 1
ROWS = 10
_STYLES = {Level.NOTE: "cyan", Level.WARNING: "yellow", Level.CRITICAL: "bold red"}


def as_json(report: Report) -> str:
    """Stable keys: a query's columns are the rows' keys."""
    found = {
        "version": VERSION,
        "database": report.database,
        "server": report.server,
        "worst": None if report.worst is None else report.worst.name.lower(),
        "findings": [
            {"section": section.name, "level": finding.level.name.lower(), "message": finding.message}
            for section in report.sections
            for finding in section.findings
        ],
        "sections": {
            section.name: {
                "rows": list(section.rows),
                **({"unseen": section.unseen} if section.unseen else {}),
            }
            for section in report.sections
        },
        "pool": dict(report.pool),
    }
    return json.dumps(found, indent=2, default=_plain)


def _plain(value: object) -> object:
    return float(value) if isinstance(value, Decimal) else str(value)


def print_report(report: Report, *, details: bool) -> None:
    """To standard output: what is wrong first, then, with `details`, what each query found."""
    from rich.console import Console
    from rich.markup import escape

    console = Console(highlight=False, soft_wrap=True)
    console.print(f"[bold]{escape(report.database)}[/bold]  {escape(report.server)}")
    findings = sorted(
        (finding for section in report.sections for finding in section.findings), key=lambda one: -one.level
    )
    for finding in findings:
        style = _STYLES[finding.level]
        console.print(f"[{style}]{finding.level.name.lower()}[/{style}]  {escape(finding.message)}")
    if not findings:
        console.print("[green]nothing is wrong[/green]")
    for section in report.sections:
        if section.unseen:
            console.print(f"not seen  {escape(section.title)}: {escape(section.unseen)}")
    if report.pool:
        console.print(_pool(report.pool))
    if details:
        for section in report.sections:
            if section.rows and section.name != "settings":
                console.print()
                console.print(_table(section))


def _pool(pool: Mapping[str, Any]) -> str:
    return (
        f"pools     {pool['pools']} of {pool['poolSize']} connections fit into {pool['maxConnections']} "
        f"(idle {pool['idleTimeoutSeconds']} s, connect {pool['connectTimeoutSeconds']} s)"
    )


def _table(section: Section) -> Any:
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=section.title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    columns = list(section.rows[0])
    for column in columns:
        number = isinstance(section.rows[0][column], int | float | Decimal)
        table.add_column(
            column.removesuffix("_bytes").replace("_", " "), justify="right" if number else "left"
        )
    for row in section.rows[:ROWS]:
        table.add_row(*(escape(_cell(column, row[column])) for column in columns))
    if len(section.rows) > ROWS:
        table.caption = f"and {len(section.rows) - ROWS} more (--format json has all)"
    return table


def _cell(column: str, value: object) -> str:
    if column.endswith("bytes") and isinstance(value, int):
        return size(value)
    return "" if value is None else str(value)
