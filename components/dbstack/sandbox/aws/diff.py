"""What a change of inputs does to a resource, found as AWS's provider finds it: new inputs against the known state."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from dbstack.sandbox.aws.model import Prop, Props, ResourceType
from dbstack.sandbox.wire import UNKNOWN, has_unknown, mapping, sequence


@dataclass(frozen=True)
class Difference:
    """One changed path (`tags.Name`, `subnetIds[1]`)."""

    path: str
    change: str
    """add, update or delete"""
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
    items = sequence(value)
    if items is not None:
        plain = [_canonical_item(item, prop) for item in items]
        return sorted(plain, key=_sort_key) if prop.kind in ("set", "object_set") else plain
    return _canonical_item(value, prop) if prop.kind == "object" else value


def _canonical_item(item: Any, prop: Prop) -> Any:
    fields = mapping(item)
    if fields is None:
        return item
    return {
        name: canonical(value, prop.fields.get(name, Prop()))
        for name, value in fields.items()
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
        given = prior.get(name)
        if (
            name in state
            and not blank(given)
            and not has_unknown(given)
            and same(state[name], given, prop, state)
        ):
            settled[name] = given
    return settled


_PLAIN_KEY = re.compile(r"^[A-Za-z_$][A-Za-z0-9_$]*$")


def _key_path(base: str, key: str) -> str:
    return f"{base}.{key}" if _PLAIN_KEY.match(key) else f"{base}[{json.dumps(key)}]"


def _paths(base: str, old: Any, new: Any, prop: Prop) -> Iterator[tuple[str, str]]:
    """The changed paths below a property; the property itself where it appears or vanishes."""
    was, now = mapping(old), mapping(new)
    before, after = sequence(old), sequence(new)
    if was and now:
        for key in dict.fromkeys([*was, *now]):
            yield from _pair(_key_path(base, key), was.get(key), now.get(key), prop.fields.get(key, Prop()))
    elif before and after and prop.kind in ("set", "object_set"):
        yield from _set_paths(base, before, after, prop)
    elif before and after:
        item = Prop("object", fields=prop.fields)
        for index, (one, other) in enumerate(zip_longest(before, after)):
            yield from _pair(f"{base}[{index}]", one, other, item)
    else:
        yield base, "add" if blank(old) else "delete" if blank(new) else "update"


def _set_paths(base: str, old: list[Any], new: list[Any], prop: Prop) -> Iterator[tuple[str, str]]:
    before = [_sort_key(_canonical_item(item, prop)) for item in old]
    after = [_sort_key(_canonical_item(item, prop)) if not has_unknown(item) else "" for item in new]
    gone = [index for index, item in enumerate(before) if item not in after]
    come = [index for index, item in enumerate(after) if item not in before]
    both = sorted({*gone} & {*come})
    yield from ((f"{base}[{index}]", "update") for index in both)
    yield from ((f"{base}[{index}]", "delete") for index in gone if index not in both)
    yield from ((f"{base}[{index}]", "add") for index in come if index not in both)


def _pair(path: str, old: Any, new: Any, prop: Prop) -> Iterator[tuple[str, str]]:
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
        replaces = prop.replaces or (prop.replaces_if is not None and prop.replaces_if(state))
        changes += [Difference(path, change, replaces, input_diff) for path, change in found]
    replaces = any(change.replaces for change in changes)
    return Diff(tuple(changes), replaces and _name_stays(kind, state, news))


def _name_stays(kind: ResourceType, state: Props, news: Props) -> bool:
    """A fixed physical name that the replacement keeps: the old object must go first."""
    if kind.naming is None:
        return False
    name = kind.naming.prop
    generated = name in (news.get("__defaults") or [])
    return bool(news.get(name)) and not generated and news[name] == state.get(name)
