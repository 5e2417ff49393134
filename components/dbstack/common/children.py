"""How a component makes its children: parent set, the caller's options not copied, each open to a transform."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import pulumi

from dbstack.common.controls import Judged, report
from dbstack.spec.errors import Fault, SpecError
from dbstack.spec.model import Names
from dbstack.spec.types import ControlsArgs

Transform = Callable[[dict[str, Any], pulumi.ResourceOptions], None]
"""Changes the properties and the options of one child in place, before it is made."""

Transforms = Mapping[str, Transform]
"""Transforms by the child's role, e.g. ``{"instance": set_monitoring}``."""

R = TypeVar("R")


def names_for(name: str, named_after: str | None = None, opts: pulumi.ResourceOptions | None = None) -> Names:
    """What the physical names of the running program's component `name` are derived from.

    `named_after` is the name that it had in AWS's eyes before it was renamed in the program. Without it the one alias
    among `opts` that has another name says so.
    """
    known = named_after or _aliased(name, opts) or name
    return Names(project=pulumi.get_project(), stack=pulumi.get_stack(), name=known)


def _aliased(name: str, opts: pulumi.ResourceOptions | None) -> str | None:
    """The other name that aliases tell; None where there is none, or where several leave open which counts."""
    found: set[str] = set()
    for alias in (opts.aliases if opts else None) or ():
        told = alias.name if isinstance(alias, pulumi.Alias) else alias
        if isinstance(told, str) and told:
            # A URN ends in the name.
            found.add(told.rpartition("::")[2])
    found.discard(name)
    return found.pop() if len(found) == 1 else None


def refuse_unknown_roles(transforms: Transforms | None, roles: tuple[str, ...]) -> None:
    """Raise SpecError where a transform names a role that the component doesn't have."""
    unknown = sorted(set(transforms or {}) - set(roles))
    if unknown:
        choices = ", ".join(roles)
        raise SpecError(
            [
                Fault(f"transform.{role}", f"no child has this role; the roles are {choices}")
                for role in unknown
            ]
        )


class Children:
    """Makes the child resources of one component."""

    def __init__(
        self,
        parent: pulumi.Resource,
        transforms: Transforms | None,
        roles: tuple[str, ...],
        controls: ControlsArgs | None = None,
    ) -> None:
        self._parent = parent
        self._judged = Judged(parent, controls)
        self._transforms: Transforms = transforms or {}
        self._stays_with: pulumi.Resource | None = None
        refuse_unknown_roles(transforms, roles)

    def transformed(self, role: str) -> bool:
        """Whether the user changes the children of this role: their names may be the user's own, too."""
        return role in self._transforms

    def stay_with(self, resource: pulumi.Resource) -> None:
        """What is made from here on is left alone by a deletion that takes `resource`, too, out of the program."""
        self._stays_with = resource

    def make(
        self,
        role: str,
        resource: Callable[..., R],
        name: str,
        properties: dict[str, Any],
        options: pulumi.ResourceOptions | None = None,
    ) -> R:
        """One child; `properties` that are None are left out, so that the provider's default holds."""
        merged = pulumi.ResourceOptions.merge(pulumi.ResourceOptions(parent=self._parent), options)
        if self._stays_with is not None:
            merged.deleted_with = self._stays_with
        given = {key: value for key, value in properties.items() if value is not None}
        transform = self._transforms.get(role)
        if transform is not None:
            transform(given, merged)
        self._judged.add(resource, name, given)
        return resource(name, opts=merged, **given)


def register_declared(component: pulumi.ComponentResource) -> None:
    """Register what the component's class declares as outputs; called last, when every child is made.

    Names the security controls that the children don't meet.
    """
    report(component)
    component.register_outputs({name: getattr(component, name) for name in type(component).__annotations__})
