"""What a component leaves off: each security control that its children don't meet is named in the preview, once.

The children are judged as they are declared, after transforms, so that a way round the arguments is named too.
"""

import weakref
from collections.abc import Mapping
from typing import Any

import pulumi

from dbstack.spec.controls import Declared, World, findings, plain
from dbstack.spec.types import ControlsArgs

PENDING = frozenset(
    {
        "RDS.6",
        "RDS.9",
        "RDS.34",
        "RDS.36",
        "RDS.37",
        "RDS.38",
        "RDS.39",
        "RDS.40",
        "RDS.41",
        "RDS.42",
        "RDS.44",
        "RDS.45",
        "EC2.6",
        "SecretsManager.1",
    }
)
"""Controls that no argument satisfies yet: they aren't named, since nobody could do anything about them."""

_judged: "weakref.WeakKeyDictionary[pulumi.Resource, Judged]" = weakref.WeakKeyDictionary()


class Judged:
    """The children of one component, gathered while it makes them."""

    def __init__(self, component: pulumi.Resource, controls: ControlsArgs | None) -> None:
        self._acknowledged: Mapping[str, str] = (controls or {}).get("acknowledged", {})
        self._children: list[Declared] = []
        _judged[component] = self

    def add(self, resource: object, name: str, properties: Mapping[str, Any]) -> None:
        """One child, with the properties that it is made with."""
        token = getattr(resource, "pulumi_type", "")
        self._children.append(Declared(token, name, plain(properties, _is_output)))

    def lines(self, component: str) -> list[str]:
        """A line for each control that is off and not acknowledged."""
        off: dict[str, tuple[str, str, list[str]]] = {}
        for finding in findings(World(self._children)):
            control = finding.control
            if control.id in self._acknowledged or control.id in PENDING:
                continue
            _, _, names = off.setdefault(control.id, (finding.message, control.satisfy, []))
            if finding.resource.name not in names:
                names.append(finding.resource.name)
        return [
            f"{component}: {id} {message}{_of(names, component)}: {satisfy}, or acknowledge it under controls"
            for id, (message, satisfy, names) in off.items()
        ]


def report(component: pulumi.ComponentResource) -> None:
    """Warn of what the component leaves off, a line for each control."""
    judged = _judged.pop(component, None)
    lines = judged.lines(component.pulumi_resource_name) if judged else []
    if lines:
        pulumi.log.warn("\n".join(lines), component)


def _of(names: list[str], component: str) -> str:
    return "" if names == [component] else f" ({', '.join(names)})"


def _is_output(value: object) -> bool:
    return isinstance(value, pulumi.Output)
