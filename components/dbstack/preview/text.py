"""The report in a terminal."""

from io import StringIO
from typing import IO

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from dbstack.preview import words
from dbstack.preview.findings import Finding
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
        console.print()
        indent = max(len(words.label(finding)) for finding in rows) + 2
        for finding in rows:
            _finding(console, finding, indent)
    made = [finding for finding in report.findings if words.is_detail(finding)]
    if made:
        console.print(Text(f"\nNew: {', '.join(f'{one.name} ({words.kind(one.type)})' for one in made)}"))
    console.print(Text(f"{report.unchanged} resources stay as they are."))


def _finding(console: Console, finding: Finding, indent: int) -> None:
    """One change, told in a block: what, to whom and when; then why, and what to do."""
    console.print(
        Text.assemble(
            (words.label(finding).ljust(indent), words.COLOURS[finding.risk]),
            (finding.name, "bold"),
            f" ({words.kind(finding.type)})" + (f", {finding.when}" if finding.when else ""),
        )
    )
    lines = (
        words.what(finding),
        finding.why,
        finding.way_out and f"way out: {finding.way_out}",
        finding.waiver and f"waived: {finding.waiver}",
    )
    for line in filter(None, lines):
        console.print(Padding(Text(line), (0, 0, 0, indent)))
    if finding.source:
        # In one piece, however long: a terminal opens it on a click.
        console.print(Text(f"{' ' * indent}see: {finding.source}"), soft_wrap=True)


def _section(console: Console, title: str, lines: list[str]) -> None:
    if lines:
        console.print(Text(f"\n{title}", style="bold"))
        for line in lines:
            console.print(Text(f"  {line}"))
