"""What every rendering says in the same words."""

from collections.abc import Sequence

from dbstack.preview.findings import Finding
from dbstack.preview.report import Practice, Report
from dbstack.spec.changes import Risk

TITLES = {
    Risk.DATA_LOSS: "DATA LOSS",
    Risk.DOWNTIME: "DOWNTIME",
    Risk.REBOOT: "REBOOT",
    Risk.ONLINE: "ONLINE",
    Risk.UNKNOWN: "UNKNOWN",
}
COLOURS = {
    Risk.DATA_LOSS: "bold red",
    Risk.DOWNTIME: "red",
    Risk.REBOOT: "yellow",
    Risk.ONLINE: "green",
    Risk.UNKNOWN: "magenta",
}
_VERBS = {"create": "new", "delete": "deleted", "replace": "replaced", "update": ""}


def head(report: Report) -> str:
    """Which stack of which project this is about."""
    return f"{report.project}/{report.stack}" if report.stack else "(nothing in the recording)"


def kind(type_token: str) -> str:
    """`aws:rds/instance:Instance` -> `aws:rds:Instance`."""
    package, _, rest = type_token.partition(":")
    module, _, name = rest.partition(":")
    return f"{package}:{module.partition('/')[0]}:{name}"


def what(finding: Finding) -> str:
    """The change itself: property, old and new value."""
    if not finding.property:
        return _VERBS.get(finding.op, finding.op)
    return f"{finding.property}: {finding.old} → {finding.new}"


def label(finding: Finding) -> str:
    """Class, and whether it is refused or waived."""
    marks = [TITLES[finding.risk]]
    if finding.refused:
        marks.append("refused")
    if finding.waiver:
        marks.append("waived")
    return ", ".join(marks)


def is_detail(finding: Finding) -> bool:
    """What needs no row of its own: new things, and nobody is interrupted."""
    return finding.risk is Risk.ONLINE and finding.op == "create"


def failure(report: Report) -> str:
    """What a failed preview means."""
    return "The preview failed: a deployment would stop here." if report.failed else ""


_NAMED = 5


def practices(report: Report) -> list[tuple[Practice, Sequence[str], int]]:
    """Each control or policy once: an example, the first resources that don't meet it, and how many more there are."""
    grouped: dict[tuple[str, str, str], list[Practice]] = {}
    for one in report.practices:
        grouped.setdefault((one.id, one.severity, one.message), []).append(one)
    return [
        (found[0], [one.name for one in found[:_NAMED]], max(0, len(found) - _NAMED))
        for found in grouped.values()
    ]
