"""The report in a terminal."""

from io import StringIO
from typing import IO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from dbstack.preview import words
from dbstack.preview.report import Report
from dbstack.spec.changes import Risk


def render_text(report: Report, *, colour: bool = False, width: int = 110) -> str:
    """The report as text; with colours where the reader's terminal has some."""
    out = StringIO()
    write(report, out, colour=colour, width=width)
    return out.getvalue()


def write(report: Report, out: IO[str], *, colour: bool, width: int) -> None:
    console = Console(
        file=out, force_terminal=colour, no_color=not colour, width=width, highlight=False, markup=False
    )
    worst = report.worst or Risk.ONLINE
    console.print(Text(report.verdict, style=words.COLOURS[worst] if colour else ""))
    console.print(Text(words.head(report), style="bold"))
    if report.baseline:
        console.print(Text(f"Baseline: {report.baseline}"))
    if report.monthly:
        console.print(Text(f"Monthly cost: {report.monthly}"))
    if report.failed:
        console.print(Text(words.failure(report), style="bold red"))
    for error in report.errors:
        console.print(Text(f"  {error}", style="red"))
    _findings(console, report)
    _section(
        console,
        "Safety net, as it stands in the state",
        [
            f"{net.name}: "
            + (
                "; ".join(net.gaps)
                if net.gaps
                else f"complete (final snapshot {net.final_snapshot}, "
                f"backups for {net.backup_retention_days} days)"
            )
            for net in report.safety
        ],
    )
    _section(
        console,
        "Changed outside Pulumi",
        [
            f"{one.name}: {one.note}"
            if not one.property
            else f"{one.name}: {one.property}: {one.state} → {one.found}; {one.note}"
            for one in report.drift
        ],
    )
    _section(
        console,
        "Controls and policies",
        [
            f"{one.id} ({one.severity}) {', '.join(names)}{f' and {more} more' if more else ''}: {one.message}"
            for one, names, more in words.practices(report)
        ],
    )
    _section(console, "Warnings", list(report.warnings))
    _section(console, "Notes", list(report.notes))


def _findings(console: Console, report: Report) -> None:
    rows = [finding for finding in report.findings if not words.is_detail(finding)]
    if rows:
        table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False)
        for title in ("class", "resource", "change", "when"):
            table.add_column(title, overflow="fold")
        for finding in rows:
            table.add_row(
                Text(words.label(finding), style=words.COLOURS[finding.risk]),
                Text(f"{finding.name}\n{words.kind(finding.type)}"),
                Text(
                    "\n".join(
                        filter(
                            None,
                            (
                                words.what(finding),
                                finding.why,
                                _titled("way out", finding.way_out),
                                _titled("waived", finding.waiver),
                                _titled("see", finding.source),
                            ),
                        )
                    )
                ),
                Text(finding.when),
            )
        console.print()
        console.print(table)
    made = [finding for finding in report.findings if words.is_detail(finding)]
    if made:
        console.print(Text(f"\nNew: {', '.join(f'{one.name} ({words.kind(one.type)})' for one in made)}"))
    console.print(Text(f"{report.unchanged} resources stay as they are."))


def _titled(title: str, text: str) -> str:
    return f"{title}: {text}" if text else ""


def _section(console: Console, title: str, lines: list[str]) -> None:
    if lines:
        console.print(Text(f"\n{title}", style="bold"))
        for line in lines:
            console.print(Text(f"  {line}"))
