"""What a security control is, and what it judges: resources as they are declared, before anything is deployed."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, cast

from dbstack.spec.paths import camel


class _Unknown:
    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final[Any] = _Unknown()
"""A value that only the deployment brings. No rule judges it."""


class Severity(StrEnum):
    """As AWS Security Hub grades its controls."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Scope(StrEnum):
    """How much must be known for a verdict."""

    RESOURCE = "resource"
    """The resource's own properties."""
    COMPONENT = "component"
    """The resources that are declared beside it, too."""
    STACK = "stack"
    """Every resource of the stack: what is missing may be declared anywhere in it."""


@dataclass(frozen=True)
class Declared:
    """One declared resource: properties by Pulumi's (camelCase) names."""

    token: str
    name: str
    properties: Mapping[str, Any]
    urn: str = ""
    links: Mapping[str, frozenset[str]] | None = None
    """Property -> URNs of the resources that its value comes from. None: not known here."""

    def __getitem__(self, name: str) -> Any:
        """A property; None where it isn't given."""
        return self.properties.get(name)


@dataclass(frozen=True)
class World:
    """The resources that are judged together; `whole`: all of a stack, not only one component's."""

    resources: Sequence[Declared]
    whole: bool = False
    _by_token: dict[str, list[Declared]] = field(default_factory=dict[str, list[Declared]], repr=False)

    def __post_init__(self) -> None:
        for resource in self.resources:
            self._by_token.setdefault(resource.token, []).append(resource)

    def of(self, *tokens: str) -> list[Declared]:
        """The resources of these types."""
        return [resource for token in tokens for resource in self._by_token.get(token, [])]

    def source(self, resource: Declared, name: str, *tokens: str) -> list[Declared]:
        """The resources of these types that a property's value comes from; within a component all of them."""
        found = self.of(*tokens)
        if resource.links is None:
            return found
        linked = resource.links.get(name, frozenset())
        return [other for other in found if other.urn in linked]

    def users(self, resource: Declared, name: str, *tokens: str) -> list[Declared]:
        """The resources of these types whose property `name` comes from `resource`; within a component all of them."""
        return [
            other
            for other in self.of(*tokens)
            if other.links is None or resource.urn in other.links.get(name, frozenset())
        ]


Judge = Callable[[Declared, World], str | None]
"""What is wrong with a resource, in a few words, or None."""


@dataclass(frozen=True)
class Control:
    """One control of AWS Foundational Security Best Practices (the CIS benchmarks have a part of them)."""

    id: str
    title: str
    severity: Severity
    types: tuple[str, ...]
    """Pulumi's type tokens of what it judges."""
    default: str
    """What dbstack does where nothing is said."""
    satisfy: str
    """How to satisfy it, in the words of dbstack's arguments."""
    judge: Judge | None = None
    """None: no declaration shows it, or nothing that dbstack makes can break it."""
    scope: Scope = Scope.RESOURCE

    @property
    def page(self) -> str:
        """AWS's page on it."""
        service, _, number = self.id.lower().partition(".")
        return f"https://docs.aws.amazon.com/securityhub/latest/userguide/{service}-controls.html#{service}-{number}"


@dataclass(frozen=True)
class Finding:
    """A control that a resource doesn't meet."""

    control: Control
    resource: Declared
    message: str


def plain(value: Any, is_output: Callable[[Any], bool]) -> Any:
    """A property as the rules read it: names in camelCase, outputs UNKNOWN."""
    if is_output(value):
        return UNKNOWN
    if isinstance(value, Mapping):
        given = cast(Mapping[str, Any], value)
        return {camel(str(key)): plain(item, is_output) for key, item in given.items()}
    if isinstance(value, list | tuple):
        return [plain(item, is_output) for item in cast(Iterable[Any], value)]
    return value
