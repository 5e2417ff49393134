"""A picture of the stack as a Mermaid graph, or as an SVG, with what changes marked."""

from collections.abc import Mapping
from html import escape
from pathlib import Path

from dbstack.preview.errors import RecordingError
from dbstack.preview.report import Report
from dbstack.preview.words import TITLES, kind
from dbstack.spec.changes import Risk, severity

FILLS = {
    Risk.DATA_LOSS: "#ff8a80",
    Risk.DOWNTIME: "#ffb74d",
    Risk.REBOOT: "#fff176",
    Risk.ONLINE: "#a5d6a7",
    Risk.UNKNOWN: "#ce93d8",
}
_ROW, _INDENT, _WIDTH = 26, 24, 760


def write_graph(report: Report, file: Path) -> None:
    """Write the picture; the file's ending (.svg, .mmd, .md) says as what."""
    renderers = {".svg": render_svg, ".mmd": render_mermaid, ".md": _fenced}
    render = renderers.get(file.suffix)
    if render is None:
        raise RecordingError(f"--graph {file}: the file's name must end with {', '.join(renderers)}")
    file.write_text(render(report))


def render_mermaid(report: Report) -> str:
    """The resources as Mermaid nodes, children below their component."""
    numbers = {one["urn"]: f"n{index}" for index, one in enumerate(report.resources)}
    risks = _risks(report)
    lines = ["graph LR"]
    for one in report.resources:
        risk = risks.get(one["urn"])
        mark = f"<br/>{TITLES[risk]}" if risk else ""
        lines.append(
            f'  {numbers[one["urn"]]}["{_plain(one["name"])}<br/>{_plain(kind(one["type"]))}{mark}"]'
        )
        if risk:
            lines.append(f"  style {numbers[one['urn']]} fill:{FILLS[risk]}")
    lines += [
        f"  {numbers[one['parent']]} --> {numbers[one['urn']]}"
        for one in report.resources
        if one["parent"] in numbers
    ]
    return "\n".join(lines) + "\n"


def render_svg(report: Report) -> str:
    """The resources as an indented tree."""
    risks = _risks(report)
    rows = list(_tree(report))
    height = _ROW * (len(rows) + 2)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" '
        'font-family="sans-serif" font-size="12">',
        f'<text x="8" y="18" font-weight="bold">{escape(report.verdict)}</text>',
    ]
    for index, (depth, one) in enumerate(rows, 1):
        x, y = 8 + depth * _INDENT, index * _ROW + 8
        risk = risks.get(one["urn"])
        fill = FILLS[risk] if risk else "#eceff1"
        text = f"{one['name']} ({kind(one['type'])})" + (f": {TITLES[risk]}" if risk else "")
        parts.append(
            f'<rect x="{x}" y="{y}" width="{_WIDTH - x - 8}" height="{_ROW - 4}" rx="4" fill="{fill}"/>'
            f'<text x="{x + 8}" y="{y + 15}">{escape(text)}</text>'
        )
    return "\n".join([*parts, "</svg>"]) + "\n"


def _fenced(report: Report) -> str:
    return f"```mermaid\n{render_mermaid(report)}```\n"


def _risks(report: Report) -> dict[str, Risk]:
    worst: dict[str, Risk] = {}
    for finding in report.findings:
        known = worst.get(finding.urn)
        if known is None or severity(finding.risk) < severity(known):
            worst[finding.urn] = finding.risk
    return worst


def _tree(report: Report) -> list[tuple[int, Mapping[str, str]]]:
    known = {one["urn"] for one in report.resources}
    children: dict[str, list[Mapping[str, str]]] = {}
    for one in report.resources:
        children.setdefault(one["parent"] if one["parent"] in known else "", []).append(one)
    rows: list[tuple[int, Mapping[str, str]]] = []
    waiting = [(0, one) for one in reversed(children.get("", []))]
    while waiting:
        depth, one = waiting.pop()
        rows.append((depth, one))
        waiting += [(depth + 1, child) for child in reversed(children.get(one["urn"], []))]
    return rows


def _plain(text: str) -> str:
    return "".join(letter if letter.isalnum() or letter in " .:/_-" else "?" for letter in text)
