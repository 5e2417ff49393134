"""The report: everything that a reviewer is told, before it is rendered."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from dbstack.preview.cost import CostChange, cost_of, total
from dbstack.preview.drift import Drift, drift_of
from dbstack.preview.findings import Finding, counted, findings_of
from dbstack.preview.prices import Prices
from dbstack.preview.recording import Recording, Step
from dbstack.preview.safety import SafetyNet, safety_nets
from dbstack.preview.values import cut, masked, scrubbed
from dbstack.preview.waivers import Waiver, waive
from dbstack.spec import controls
from dbstack.spec.changes import Risk, severity
from dbstack.spec.changes.model import UNKNOWN_VALUE

SCHEMA = 2
"""Raised whenever a reader of the JSON form would have to change."""


@dataclass(frozen=True)
class Practice:
    """A security control that a resource doesn't meet, or a policy that it breaks."""

    id: str
    severity: str
    name: str
    message: str


@dataclass(frozen=True)
class Report:
    """What `dbstack preview` says, in every format."""

    project: str
    stack: str
    failed: bool
    """The preview itself failed: the deployment would stop there."""
    counts: Mapping[Risk, int]
    findings: Sequence[Finding]
    errors: Sequence[str] = ()
    warnings: Sequence[str] = ()
    safety: Sequence[SafetyNet] = ()
    practices: Sequence[Practice] = ()
    drift: Sequence[Drift] = ()
    cost: Sequence[CostChange] = ()
    prices: str = ""
    """Which prices `cost` was made with."""
    notes: Sequence[str] = ()
    baseline: str = ""
    """What the change was compared with, where it isn't the live state."""
    schema: int = SCHEMA
    unchanged: int = 0
    """Resources that stay as they are."""
    resources: Sequence[Mapping[str, str]] = field(default_factory=tuple[Mapping[str, str], ...])
    """Every resource with its parent and type, for a picture."""

    @property
    def verdict(self) -> str:
        """The first line: how many resources meet what."""
        line = " · ".join(f"{str(risk).replace('-', ' ').upper()} {self.counts[risk]}" for risk in ORDER)
        refused = sum(1 for finding in self.findings if finding.refused and not finding.waiver)
        return f"{line} · REFUSED {refused}" if refused else line

    @property
    def monthly(self) -> str:
        """The change of the monthly bill in words; empty where it stays."""
        if not self.cost:
            return ""
        left = [f"{one.name} ({one.not_estimated})" for one in self.cost if one.not_estimated]
        known = total(self.cost)
        said = f"{known} ({self.prices})" if known else ""
        return "; ".join(filter(None, (said, f"not estimated: {', '.join(left)}" if left else "")))

    @property
    def worst(self) -> Risk | None:
        """The worst class that is there; None where nothing changes."""
        there = [risk for risk in Risk if self.counts[risk]]
        return min(there, key=severity, default=None)

    def meets(self, limit: Risk) -> bool:
        """Whether something of this class, or of a worse one, is there that no waiver covers."""
        return self.worst is not None and severity(self.worst) <= severity(limit)


ORDER = (Risk.DATA_LOSS, Risk.DOWNTIME, Risk.REBOOT, Risk.ONLINE, Risk.UNKNOWN)


def build(
    recording: Recording,
    *,
    waivers: Sequence[Waiver] = (),
    today: date,
    baseline: str = "",
    notes: Sequence[str] = (),
    prices: Prices | None = None,
) -> Report:
    """Judge a recorded preview; without prices nothing is said of the bill."""
    findings, expired = waive(findings_of(recording.steps), waivers, today)
    said = [one for one in recording.diagnostics if one.message.strip()]
    return Report(
        project=recording.project,
        stack=recording.stack,
        failed=recording.failed,
        counts=counted(findings),
        findings=findings,
        errors=_messages(one.message for one in said if one.severity == "error"),
        warnings=_messages(
            # A component names what it leaves off in one message, a line for each.
            line
            for one in said
            if one.severity == "warning"
            for line in one.message.splitlines()
            if line.strip()
        ),
        safety=safety_nets(recording.steps),
        practices=_practices(recording),
        drift=drift_of(recording.steps),
        cost=cost_of(recording.steps, prices) if prices else (),
        prices=prices.label if prices else "",
        notes=(*notes, *expired),
        baseline=baseline,
        unchanged=sum(
            1 for step in recording.steps if step.op == "same" and not step.type.startswith("pulumi:")
        ),
        resources=_resources(recording.steps, {finding.urn for finding in findings}),
    )


def _messages(messages: Any) -> tuple[str, ...]:
    # Names, paths and passwords may stand in a provider's words.
    return tuple(dict.fromkeys(cut(scrubbed(message), 2000) for message in messages))


def _practices(recording: Recording) -> list[Practice]:
    found = [
        Practice(one.policy, one.level, one.urn.rpartition("::")[2], cut(scrubbed(one.message), 600))
        for one in recording.violations
    ]
    declared = [
        controls.Declared(step.type, step.name, _judged(step.new.inputs), step.urn)
        for step in recording.steps
        if step.new is not None
        and step.op not in ("delete", "delete-replaced")
        and step.type.startswith("aws:")
    ]
    found += [
        Practice(
            one.control.id, str(one.control.severity), one.resource.name, cut(scrubbed(one.message), 600)
        )
        for one in controls.findings(controls.World(declared))
        if one.control.id not in recording.acknowledged
    ]
    return list(dict.fromkeys(found))


def _judged(value: Any) -> Any:
    """As the controls read it: what isn't known yet is UNKNOWN."""
    if isinstance(value, Mapping):
        return {name: _judged(inner) for name, inner in value.items()}  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, list):
        return [_judged(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    return controls.UNKNOWN if value == UNKNOWN_VALUE else value


def _resources(steps: Sequence[Step], changed: set[str]) -> tuple[Mapping[str, str], ...]:
    known: dict[str, Mapping[str, str]] = {}
    for step in steps:
        state = step.new or step.old
        if step.type.startswith("pulumi:providers:") or state is None:
            continue
        known[step.urn] = {
            "urn": step.urn,
            "type": step.type,
            "name": step.name,
            "parent": state.parent,
            "op": step.op if step.urn in changed else "same",
        }
    return tuple(known.values())


def to_plain(report: Report) -> dict[str, Any]:
    """The report as JSON's types: what another job, or another program, reads."""
    plain = asdict(report)
    plain["verdict"] = report.verdict
    plain["counts"] = {str(risk): report.counts[risk] for risk in ORDER}
    del plain["resources"]
    return masked(plain)


def to_json(report: Report) -> str:
    """The report as JSON text."""
    return json.dumps(to_plain(report), indent=2, ensure_ascii=False) + "\n"
