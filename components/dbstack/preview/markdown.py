"""The report as Markdown, for a pull request: every name escaped, cut section by section and never at the top."""

import re
from collections.abc import Callable, Sequence

from dbstack.preview import words
from dbstack.preview.findings import Finding
from dbstack.preview.report import Report

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~<>&@$:])")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_CUT = "_{left} more are left out here: the whole report is in the job's summary._"
_ICONS = {"data-loss": "🔴", "downtime": "🟠", "reboot": "🟡", "online": "🟢", "unknown": "🟣"}


def escape(text: str) -> str:
    """Text that Markdown, HTML and GitHub's mentions and references leave as it is."""
    # What can't be seen, or turns the direction of the text, goes.
    text = _UNSEEN.sub("", " ".join(text.split()))
    # An entity instead of a backslash: GitHub finds mentions and links in escaped text, too.
    return _SPECIAL.sub(lambda found: f"&#{ord(found[1])};", text)


def code(text: str) -> str:
    """Text in code style, whatever stands in it."""
    return f"<code>{escape(text)}</code>" if text else ""


def link(url: str) -> str:
    """AWS's page; only of the table's own sources."""
    return f"[page]({url})" if re.fullmatch(r"https://[\w./#%-]+", url) else ""


def render_markdown(report: Report, *, limit: int | None = None) -> str:
    """The report; `limit` is the largest number of characters it may have."""
    top = [f"### {escape(report.verdict)}".replace("&#183;", "·"), f"Stack {code(words.head(report))}"]
    if report.baseline:
        top.append(f"> Baseline: {escape(report.baseline)}")
    if report.failed:
        top.append(f"**{words.failure(report)}**")
    sections = [
        _listed("", [f"Monthly cost: {escape(report.monthly)}"] if report.monthly else []),
        _listed("", [f"- {escape(error)}" for error in report.errors]),
        _findings(report),
        _listed("#### Safety net, as it stands in the state", _safety(report)),
        _listed("#### Changed outside Pulumi", _drift(report)),
        _folded(
            "Controls and policies",
            [
                f"- {code(one.id)} ({escape(one.severity)}) {', '.join(map(code, names))}"
                f"{f' and {more} more' if more else ''}: {escape(one.message)}"
                for one, names, more in words.practices(report)
            ],
        ),
        _folded(
            "New resources",
            [
                f"- {code(one.name)} {code(words.kind(one.type))}"
                for one in report.findings
                if words.is_detail(one)
            ],
        ),
        _folded("Warnings", [f"- {escape(text)}" for text in report.warnings]),
        _listed("", [f"_{escape(text)}_" for text in report.notes]),
    ]
    bottom = f"_{report.unchanged} resources stay as they are._"
    left = None if limit is None else limit - len("\n\n".join([*top, bottom])) - 2
    parts: list[str] = []
    for section in sections:
        text = section(left)
        if text:
            parts.append(text)
            left = None if left is None else left - len(text) - 2
    return "\n\n".join([*top, *parts, bottom]) + "\n"


Section = Callable[[int | None], str]
"""Renders itself into at most so many characters; empty where there is nothing, or no room for a line."""


def _fitting(before: str, lines: Sequence[str], after: str) -> Section:
    def render(room: int | None) -> str:
        whole = before + "\n".join(lines) + after
        if not lines:
            return ""
        if room is None or len(whole) <= room:
            return whole
        kept = list(lines)
        size = len(whole) + len(_CUT) + 8
        while kept and size > room:
            size -= len(kept.pop()) + 1
        note = _CUT.format(left=len(lines) - len(kept))
        text = before + "\n".join(kept) + after + "\n\n" + note if kept else note
        return text if len(text) <= room else ""

    return render


def _listed(title: str, lines: Sequence[str]) -> Section:
    return _fitting(f"{title}\n\n" if title else "", lines, "")


def _folded(title: str, lines: Sequence[str]) -> Section:
    before = f"<details><summary>{title} ({len(lines)})</summary>\n\n"
    return _fitting(before, lines, "\n\n</details>")


def _findings(report: Report) -> Section:
    rows = [_row(finding) for finding in report.findings if not words.is_detail(finding)]
    return _fitting(
        "| class | resource | change | when | why, and the way out |\n|---|---|---|---|---|\n", rows, ""
    )


def _row(finding: Finding) -> str:
    change = code(finding.property) + (
        f": {code(finding.old)} → {code(finding.new)}" if finding.property else ""
    )
    why = "; ".join(
        filter(
            None,
            (
                escape(finding.why),
                f"**way out**: {escape(finding.way_out)}" if finding.way_out else "",
                f"**waived**: {escape(finding.waiver)}" if finding.waiver else "",
                link(finding.source),
            ),
        )
    )
    cells = (
        f"{_ICONS[finding.risk]} {words.label(finding)}",
        f"{code(finding.name)} {code(words.kind(finding.type))}",
        change or escape(words.what(finding)),
        escape(finding.when),
        why,
    )
    return f"| {' | '.join(cells)} |"


def _safety(report: Report) -> list[str]:
    return [
        f"- {code(net.name)}: "
        + (
            f"⚠️ {escape('; '.join(net.gaps))}"
            if net.gaps
            else f"complete: final snapshot {code(net.final_snapshot)}, backups for {net.backup_retention_days} days"
        )
        for net in report.safety
    ]


def _drift(report: Report) -> list[str]:
    return [
        f"- {code(one.name)}: "
        + (f"{code(one.property)}: {code(one.state)} → {code(one.found)}; " if one.property else "")
        + escape(one.note)
        for one in report.drift
    ]
