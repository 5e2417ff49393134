"""Security controls: one table of rules for components, stack configs and the policy pack.

The ids are AWS Security Hub's (Foundational Security Best Practices); docs/controls.md is made from the table.
"""

from collections.abc import Iterable, Iterator, Mapping

from dbstack.spec.controls import around, clusters, rds
from dbstack.spec.controls.model import (
    UNKNOWN,
    Control,
    Declared,
    Finding,
    Scope,
    Severity,
    World,
    plain,
)

__all__ = [
    "CIS",
    "CONTROLS",
    "UNKNOWN",
    "Control",
    "Declared",
    "Finding",
    "Scope",
    "Severity",
    "World",
    "acknowledgement_faults",
    "findings",
    "judged",
    "plain",
]

_RDS = sorted((*rds.CONTROLS, *clusters.CONTROLS), key=lambda control: int(control.id[4:]))
CONTROLS: Mapping[str, Control] = {control.id: control for control in (*_RDS, *around.CONTROLS)}
CIS: Mapping[str, str] = {
    "RDS.2": "2.2.3",
    "RDS.3": "2.2.1",
    "RDS.5": "2.2.4",
    "RDS.13": "2.2.2",
    "EC2.2": "5.5",
    "EC2.6": "3.7",
    "KMS.4": "3.6",
}
"""The recommendations of CIS AWS Foundations 5.0 that say the same."""
_BY_TOKEN: dict[str, list[Control]] = {}
for _control in CONTROLS.values():
    for _token in _control.types:
        _BY_TOKEN.setdefault(_token, []).append(_control)


def findings(world: World) -> Iterator[Finding]:
    """What the resources don't meet, in their order. Controls of the whole stack only where the whole is there."""
    for resource in world.resources:
        for control in _BY_TOKEN.get(resource.token, ()):
            yield from _judged(control, resource, world)


def judged(control: Control, world: World) -> Iterator[Finding]:
    """The resources that don't meet one control."""
    for resource in world.of(*control.types):
        yield from _judged(control, resource, world)


def _judged(control: Control, resource: Declared, world: World) -> Iterator[Finding]:
    if control.judge is None or (control.scope is Scope.STACK and not world.whole):
        return
    message = control.judge(resource, world)
    if message is not None:
        yield Finding(control, resource, message)


def acknowledgement_faults(acknowledged: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """(id, fault) of each acknowledgement that can't stand: no such control, or no reason."""
    for id, reason in acknowledged.items():
        if id not in CONTROLS:
            yield id, f"is no control: {_meant(id, CONTROLS)}"
        elif not reason.strip():
            yield id, "has no reason: write why the control may be off here"


def _meant(id: str, known: Iterable[str]) -> str:
    import difflib  # only on the way to a fault: not paid by every import

    plain_ids = {name.lower(): name for name in known}
    nearest = difflib.get_close_matches(id.lower(), list(plain_ids), n=1, cutoff=0.5)
    return (
        f"did you mean '{plain_ids[nearest[0]]}'?" if nearest else "docs/controls.md lists them, e.g. RDS.5"
    )
