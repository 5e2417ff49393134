"""What a refresh found changed in AWS behind Pulumi's back."""

from collections.abc import Iterable
from dataclasses import dataclass

from dbstack.preview.recording import Step
from dbstack.preview.values import shown

# What AWS moves on by itself says nothing.
_RESTLESS = {"latestRestorableTime", "status", "resourceTags", "engineVersionActual"}


@dataclass(frozen=True)
class Drift:
    """One difference; with an empty `property` the resource itself is gone."""

    urn: str
    type: str
    name: str
    property: str = ""
    state: str = ""
    """As Pulumi remembers it."""
    found: str = ""
    """As it is in AWS."""
    note: str = ""


def drift_of(steps: Iterable[Step]) -> list[Drift]:
    """Every difference that the recording's refresh steps show."""
    found: list[Drift] = []
    for step in steps:
        if step.op != "refresh" or step.old is None:
            continue
        if step.new is None:
            found.append(Drift(step.urn, step.type, step.name, note="it is no longer in AWS"))
            continue
        before, after = step.old.outputs, step.new.outputs
        for name in sorted((before.keys() | after.keys()) - _RESTLESS):
            if not name.startswith("__") and before.get(name) != after.get(name):
                old, new = shown(name, before.get(name)), shown(name, after.get(name))
                note = "AWS's minor upgrade" if name == "engineVersion" else "this deployment takes it back"
                found.append(Drift(step.urn, step.type, step.name, name, old, new, note))
    return found
