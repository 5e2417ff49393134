"""How a served resource type is described: its properties are data, its operations a small handler."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, Protocol

Kind = Literal[
    "string", "int", "number", "bool", "map", "list", "set", "object", "objects", "object_set", "archive"
]
Props = dict[str, Any]
"""Properties by their Pulumi (camelCase) names."""


@dataclass(frozen=True)
class Prop:
    """One property of a resource type.

    `computed` inputs may be left out, AWS fills them and removing them changes nothing; `output` properties
    are never given. `replaces`: a change makes a new resource. `api` names the request member (by rule the
    PascalCase of the property's own name), `read` the path in what AWS describes (by rule the same).
    `overlay` says why a value lives in Pulumi's state only, `refused` why it can't be served at all.
    """

    kind: Kind = "string"
    required: bool = False
    computed: bool = False
    output: bool = False
    replaces: bool = False
    replaces_if: Callable[[Props], bool] | None = None
    """Old state -> whether a change makes a new resource, where that depends on the other properties."""
    secret: bool = False
    default: object = None
    api: str = ""
    read: str = ""
    overlay: str = ""
    refused: str = ""
    refused_when: Callable[[object], bool] | None = None
    conflicts: tuple[str, ...] = ()
    fields: "Mapping[str, Prop]" = field(default_factory=dict[str, "Prop"])
    same: Callable[[Any, Any, Props], bool] | None = None
    """(old, new, old state) -> whether the two values mean the same to AWS."""
    import_default: object = None
    """What an import sets for a property that AWS does not keep."""

    @property
    def is_input(self) -> bool:
        return not self.output


def pascal(name: str) -> str:
    """`allocatedStorage` -> `AllocatedStorage`."""
    return name[:1].upper() + name[1:]


class Context(Protocol):
    """What a handler works with: AWS clients of one region, and the place to report a new object's id."""

    @property
    def region(self) -> str: ...
    @property
    def account_id(self) -> str: ...
    @property
    def partition(self) -> str: ...

    def client(self, service: str, region: str | None = None) -> Any: ...

    def made(self, resource_id: str) -> None:
        """From here on the object exists: a later failure must still hand its id to Pulumi."""


class Handler:
    """The operations of one resource type against AWS. `props` and `state` are known values only."""

    def create(self, ctx: Context, kind: "ResourceType", props: Props) -> str:
        """Makes the object and returns its id; calls `ctx.made(id)` as soon as it exists."""
        raise NotImplementedError

    def read(self, ctx: Context, kind: "ResourceType", resource_id: str, prior: Props) -> Props | None:
        """What AWS says of it now; None where it's gone. `prior`: the state or inputs known before."""
        raise NotImplementedError

    def update(
        self,
        ctx: Context,
        kind: "ResourceType",
        resource_id: str,
        old: Props,
        new: Props,
        changed: Sequence[str],
    ) -> None:
        """Brings the changed properties into AWS. `old` is the known state, `new` what the program gives."""
        raise NotImplementedError

    def delete(self, ctx: Context, kind: "ResourceType", resource_id: str, state: Props) -> None:
        """Deletes it; that it's gone already is no error."""
        raise NotImplementedError

    def check(
        self, ctx: Context, kind: "ResourceType", props: Props, unknown: frozenset[str]
    ) -> list[tuple[str, str]]:
        """Faults (property, sentence) that AWS or the provider would find; `unknown` names what is not in props yet."""
        return []

    def find(self, ctx: Context, kind: "ResourceType", props: Props) -> str | None:
        """Id of the existing object that these inputs describe (by fixed id, name, tags or rule), if any."""
        return None


@dataclass(frozen=True)
class Naming:
    """How a name is made where the program gives none: `prefix` + resource name + `-` + 7 hex digits."""

    prop: str = "name"
    max_length: int = 255
    lower: bool = False
    prefix: str = ""
    blocked_by: tuple[str, ...] = ("namePrefix",)


@dataclass(frozen=True)
class ResourceType:
    """A served resource type."""

    token: str
    service: str
    noun: str
    props: Mapping[str, Prop]
    handler: Handler
    naming: Naming | None = None
    derived: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """Input -> outputs that become unknown in a preview when it changes."""
    stable_outputs: bool = True

    @cached_property
    def inputs(self) -> dict[str, Prop]:
        return {name: prop for name, prop in self.props.items() if prop.is_input}

    @cached_property
    def outputs(self) -> dict[str, Prop]:
        return {name: prop for name, prop in self.props.items() if prop.output}

    @property
    def tagged(self) -> bool:
        return "tags" in self.props

    def api(self, name: str) -> str:
        """The request member that carries a property."""
        return self.props[name].api or pascal(name)


TAGS: dict[str, Prop] = {"tags": Prop("map"), "tagsAll": Prop("map", computed=True)}
REGION: dict[str, Prop] = {"region": Prop(computed=True, replaces=True)}


def request(kind: ResourceType, props: Props, names: Sequence[str] | None = None) -> dict[str, Any]:
    """Request members for the given properties, by the naming rule; what is None is left out."""
    wanted = props.keys() if names is None else [name for name in names if name in props]
    return {kind.api(name): props[name] for name in wanted if name in kind.props and props[name] is not None}


def rule_faults(props: Props, rules: Mapping[str, Callable[[str], str | None]]) -> list[tuple[str, str]]:
    """Faults that rules of `dbstack.spec` find in single properties."""
    found = ((name, rule(props[name])) for name, rule in rules.items() if props.get(name))
    return [(name, fault) for name, fault in found if fault]


def tag_list(tags: Mapping[str, str] | None) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in (tags or {}).items()]


def tag_map(tags: Sequence[Mapping[str, str]] | None) -> dict[str, str]:
    """AWS's tag list as a map, without the tags that AWS itself sets."""
    return {tag["Key"]: tag.get("Value", "") for tag in tags or () if not tag["Key"].startswith("aws:")}


def tag_changes(old: Props, new: Props) -> tuple[list[str], dict[str, str]]:
    """(keys that go, tags that come or change) from one `tagsAll` to the other."""
    before: dict[str, str] = old.get("tagsAll") or {}
    after: dict[str, str] = new.get("tagsAll") or {}
    gone = [key for key in before if key not in after]
    return gone, {key: value for key, value in after.items() if before.get(key) != value}


def same_json(old: object, new: object, _state: Props) -> bool:
    """For policies: whether two texts are the same JSON."""
    try:
        return json.loads(str(old)) == json.loads(str(new))
    except ValueError:
        return False
