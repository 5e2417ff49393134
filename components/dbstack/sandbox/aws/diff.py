"""What a change of inputs does to a resource, found as AWS's provider finds it: new inputs against the known state."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from dbstack.sandbox.aws.model import Prop, Props, ResourceType
from dbstack.sandbox.wire import UNKNOWN, has_unknown

Change = Literal["add", "update", "delete"]


@dataclass(frozen=True)
class Difference:
    """One changed path (`tags.Name`, `subnetIds[1]`)."""

    path: str
    change: Change
    replaces: bool
    input_diff: bool

    @property
    def prop(self) -> str:
        return re.split(r"[.\[]", self.path, maxsplit=1)[0]


@dataclass(frozen=True)
class Diff:
    """All changes of a resource."""

    changes: tuple[Difference, ...] = field(default=())
    delete_before_replace: bool = False

    @property
    def changed(self) -> tuple[str, ...]:
        """Top-level properties that change, in order."""
        return tuple(dict.fromkeys(change.prop for change in self.changes))

    @property
    def replaces(self) -> tuple[str, ...]:
        return tuple(change.path for change in self.changes if change.replaces)


def blank(value: object) -> bool:
    """Whether AWS's provider takes the value for "not there"."""
    return value is not UNKNOWN and (value is None or value is False or value == 0 or value in ("", [], {}))


def canonical(value: Any, prop: Prop) -> Any:
    """A value in the form in which two equal ones compare equal: sets sorted, absent parts left out."""
    if has_unknown(value):
        return value
    if prop.kind in ("set", "object_set", "objects", "list") and isinstance(value, Sequence):
        items = [_canonical_item(item, prop) for item in value]  # pyright: ignore[reportUnknownVariableType]
        return sorted(items, key=_sort_key) if prop.kind in ("set", "object_set") else items
    if prop.kind == "object" and isinstance(value, Mapping):
        return _canonical_item(value, prop)  # pyright: ignore[reportUnknownArgumentType]
    return value


def _canonical_item(item: Any, prop: Prop) -> Any:
    if not isinstance(item, Mapping):
        return item
    known: dict[str, Any] = dict(item)  # pyright: ignore[reportUnknownArgumentType]
    return {
        name: canonical(value, prop.fields.get(name, Prop()))
        for name, value in known.items()
        if not blank(value) and not (name in prop.fields and prop.fields[name].computed)
    }


def _sort_key(item: Any) -> str:
    return json.dumps(item, sort_keys=True, default=str)


def same(old: Any, new: Any, prop: Prop, state: Props) -> bool:
    """Whether the known and the wanted value mean the same."""
    if has_unknown(new):
        return False
    if blank(old) and blank(new):
        return True
    if canonical(old, prop) == canonical(new, prop):
        return True
    return prop.same is not None and not blank(old) and not blank(new) and prop.same(old, new, state)


def settle(kind: ResourceType, state: Props, prior: Props) -> Props:
    """The state with each value in the form the program gave it, where both mean the same (order of sets, case)."""
    settled = dict(state)
    for name, prop in kind.props.items():
        if name in prior and name in state and not blank(prior[name]) and not has_unknown(prior[name]):
            if same(state[name], prior[name], prop, state):
                settled[name] = prior[name]
    return settled


_PLAIN_KEY = re.compile(r"^[A-Za-z_$][A-Za-z0-9_$]*$")


def _key_path(base: str, key: str) -> str:
    return f"{base}.{key}" if _PLAIN_KEY.match(key) else f"{base}[{json.dumps(key)}]"


def _paths(base: str, old: Any, new: Any, prop: Prop) -> Iterator[tuple[str, Change]]:
    """The changed paths below a property; the property itself where it appears or vanishes."""
    if isinstance(old, Mapping) and isinstance(new, Mapping) and old and new:
        for key in dict.fromkeys([*old, *new]):  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
            name = str(key)  # pyright: ignore[reportUnknownArgumentType]
            yield from _pair(_key_path(base, name), old.get(key), new.get(key), prop.fields.get(name, Prop()))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
    elif isinstance(old, list) and isinstance(new, list) and old and new:
        before, after = list(old), list(new)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        if prop.kind in ("set", "object_set"):
            yield from _set_paths(base, before, after, prop)  # pyright: ignore[reportUnknownArgumentType]
            return
        for index in range(max(len(before), len(after))):  # pyright: ignore[reportUnknownArgumentType]
            was = before[index] if index < len(before) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
            now = after[index] if index < len(after) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
            yield from _pair(f"{base}[{index}]", was, now, Prop("object", fields=prop.fields))
    else:
        yield base, "add" if blank(old) else "delete" if blank(new) else "update"


def _set_paths(base: str, old: list[Any], new: list[Any], prop: Prop) -> Iterator[tuple[str, Change]]:
    before = [_sort_key(_canonical_item(item, prop)) for item in old]
    after = [_sort_key(_canonical_item(item, prop)) if not has_unknown(item) else "" for item in new]
    gone = [index for index, item in enumerate(before) if item not in after]
    come = [index for index, item in enumerate(after) if item not in before]
    both = sorted({*gone} & {*come})
    yield from ((f"{base}[{index}]", "update") for index in both)
    yield from ((f"{base}[{index}]", "delete") for index in gone if index not in both)
    yield from ((f"{base}[{index}]", "add") for index in come if index not in both)


def _pair(path: str, old: Any, new: Any, prop: Prop) -> Iterator[tuple[str, Change]]:
    if not same(old, new, prop, {}):
        yield from _paths(path, old, new, prop)


def _ignored(path: str, ignore: Sequence[str]) -> bool:
    return any(item == "*" or path == item or path.startswith((f"{item}.", f"{item}[")) for item in ignore)


def difference(
    kind: ResourceType,
    state: Props,
    old_inputs: Props,
    news: Props,
    ignore: Sequence[str],
    default_region: str,
) -> Diff:
    """Compares the new (checked) inputs with the state.

    An input that the program no longer gives changes nothing where AWS computes it, else it is emptied.
    """
    changes: list[Difference] = []
    for name, prop in kind.inputs.items():
        old, new = state.get(name), news.get(name)
        if name == "region":
            old, new = old or default_region, new or default_region
        if name not in news and (prop.computed or prop.refused) and name not in ("region", "tagsAll"):
            continue
        if same(old, new, prop, state):
            continue
        input_diff = not same(old_inputs.get(name), new, prop, state)
        found = [
            (path, change) for path, change in _paths(name, old, new, prop) if not _ignored(path, ignore)
        ]
        changes += [Difference(path, change, prop.replaces, input_diff) for path, change in found]
    replaces = any(change.replaces for change in changes)
    return Diff(tuple(changes), replaces and _name_stays(kind, state, news))


def _name_stays(kind: ResourceType, state: Props, news: Props) -> bool:
    """A fixed physical name that the replacement keeps: the old object must go first."""
    if kind.naming is None:
        return False
    name = kind.naming.prop
    generated = name in (news.get("__defaults") or [])
    return bool(news.get(name)) and not generated and news[name] == state.get(name)
