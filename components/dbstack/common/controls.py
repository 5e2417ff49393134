"""What a component leaves off: each security control that its children don't meet is named in the preview, once.

The children are judged as they are declared, after transforms, so that a way round the arguments is named too.
"""

import weakref
from collections.abc import Iterable, Mapping
from typing import Any

import pulumi
from pulumi.runtime import settings

from dbstack.spec.controls import Declared, Finding, Scope, World, findings, plain
from dbstack.spec.types import ControlsArgs

_MOST = 5

_judged: "weakref.WeakKeyDictionary[pulumi.Resource, Judged]" = weakref.WeakKeyDictionary()
_made: "weakref.WeakKeyDictionary[Any, list[Declared]]" = weakref.WeakKeyDictionary()
"""Every component's children, by the deployment that they belong to."""


class Judged:
    """The children of one component, gathered while it makes them."""

    def __init__(self, component: pulumi.Resource, controls: ControlsArgs | None) -> None:
        self.acknowledged: Mapping[str, str] = (controls or {}).get("acknowledged", {})
        self.children: list[Declared] = []
        _judged[component] = self

    def add(self, resource: object, name: str, properties: Mapping[str, Any]) -> None:
        """One child, with the properties that it is made with."""
        token = getattr(resource, "pulumi_type", "")
        self.children.append(Declared(token, name, plain(properties, _is_output)))


def report(component: pulumi.ComponentResource) -> None:
    """Warn of what the component leaves off, a line for each control."""
    judged = _judged.pop(component, None)
    if judged is None:
        return
    _made.setdefault(settings.get_monitor(), []).extend(judged.children)
    name = component.pulumi_resource_name
    lines = _lines(name, findings(World(judged.children)), judged.acknowledged)
    if lines:
        pulumi.log.warn("\n".join(lines), component)


def report_stack(controls: ControlsArgs) -> None:
    """Warn of what all components together leave off: a program's last call, as anything may stand in any of them."""
    whole = World(_made.pop(settings.get_monitor(), []), whole=True)
    found = (finding for finding in findings(whole) if finding.control.scope is Scope.STACK)
    lines = _lines(pulumi.get_stack(), found, controls.get("acknowledged", {}))
    if lines:
        pulumi.log.warn("\n".join(lines))


def _lines(subject: str, found: Iterable[Finding], acknowledged: Mapping[str, str]) -> list[str]:
    """A line for each control that is off and not acknowledged."""
    off: dict[str, tuple[str, str, list[str]]] = {}
    for finding in found:
        control = finding.control
        if control.id in acknowledged:
            continue
        _, _, names = off.setdefault(control.id, (finding.message, control.satisfy, []))
        if finding.resource.name not in names:
            names.append(finding.resource.name)
    return [
        f"{subject}: {id} {message}{_of(names, subject)}: {satisfy}, or acknowledge it under controls"
        for id, (message, satisfy, names) in off.items()
    ]


def _of(names: list[str], subject: str) -> str:
    shown = [*names[:_MOST], f"{len(names) - _MOST} more"] if len(names) > _MOST else names
    return "" if names == [subject] else f" ({', '.join(shown)})"


def _is_output(value: object) -> bool:
    return isinstance(value, pulumi.Output)
