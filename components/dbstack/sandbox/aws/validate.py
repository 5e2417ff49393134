"""Whether inputs fit a resource type: every fault at once, with its property."""

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

from pulumi import Archive

from dbstack.sandbox.aws.model import Prop, Props, ResourceType
from dbstack.sandbox.wire import UNKNOWN, Blob, listed, mapping, sequence

Fault = tuple[str, str]
"""(property path, sentence)"""

_TRUTH = {"true": True, "false": False}


def coerce(value: Any, prop: Prop) -> Any:
    """A value in its property's type where Pulumi's providers convert too ("5" -> 5, 5 -> "5", "true" -> true)."""
    if value is UNKNOWN or value is None:
        return value
    fields, items = mapping(value), sequence(value)
    match prop.kind:
        case "int" if isinstance(value, str) and value.strip().lstrip("-").isdigit():
            return int(value)
        case "number" if isinstance(value, str) and _is_number(value):
            return float(value)
        case "bool" if isinstance(value, str) and value.lower() in _TRUTH:
            return _TRUTH[value.lower()]
        case "string" if isinstance(value, bool):
            return "true" if value else "false"
        case "string" if isinstance(value, (int, float)):
            return str(value)
        case "map" if fields is not None:
            return {key: coerce(item, Prop()) for key, item in fields.items()}
        case "list" | "set" if items is not None:
            return [coerce(item, Prop()) for item in items]
        case "object" if fields is not None:
            return _coerce_fields(fields, prop)
        case "objects" | "object_set" if items is not None:
            return [item if mapping(item) is None else _coerce_fields(item, prop) for item in items]
        case _:
            return value


def _is_number(text: str) -> bool:
    return text.strip().lstrip("-").replace(".", "", 1).isdigit()


def _coerce_fields(value: Mapping[str, Any], prop: Prop) -> Props:
    fields = {name: coerce(item, prop.fields.get(name, Prop())) for name, item in value.items()}
    for name, inner in prop.fields.items():
        if name not in fields and inner.default is not None:
            fields[name] = inner.default
    return {name: item for name, item in fields.items() if not name.startswith("__")}


_FORMS: dict[str, tuple[tuple[type, ...], str]] = {
    "string": ((str,), "a string"),
    "int": ((int,), "a whole number"),
    "number": ((int, float), "a number"),
    "bool": ((bool,), "true or false"),
    "map": ((dict,), "a map of strings"),
    "list": ((list,), "a list of strings"),
    "set": ((list,), "a list of strings"),
    "object": ((dict,), "an object"),
    "objects": ((list,), "a list of objects"),
    "object_set": ((list,), "a list of objects"),
    "archive": ((Blob, Archive), "an archive"),
}


def type_faults(path: str, value: Any, prop: Prop) -> Iterator[Fault]:
    """Where a value is not of its property's type."""
    if value is UNKNOWN or value is None:
        return
    forms, words = _FORMS[prop.kind]
    if not isinstance(value, forms) or (isinstance(value, bool) and prop.kind != "bool"):
        yield path, f"must be {words}"
        return
    fields, items = mapping(value) or {}, listed(value)
    if prop.kind in ("list", "set"):
        for index, item in enumerate(items):
            yield from type_faults(f"{path}[{index}]", item, Prop())
    elif prop.kind == "map":
        for key, item in fields.items():
            yield from type_faults(f"{path}.{key}", item, Prop())
    elif prop.kind == "object":
        yield from _field_faults(path, fields, prop.fields)
    elif prop.kind in ("objects", "object_set"):
        for index, item in enumerate(items):
            if item is UNKNOWN:
                continue
            if (inner := mapping(item)) is None:
                yield f"{path}[{index}]", "must be an object"
            else:
                yield from _field_faults(f"{path}[{index}]", inner, prop.fields)


def _field_faults(path: str, value: Mapping[str, Any], fields: Mapping[str, Prop]) -> Iterator[Fault]:
    for name, item in value.items():
        if name not in fields:
            yield f"{path}.{name}", unknown_name(name, list(fields))
        elif fields[name].refused:
            yield f"{path}.{name}", refusal(fields[name])
        else:
            yield from type_faults(f"{path}.{name}", item, fields[name])
    for name, prop in fields.items():
        if prop.required and value.get(name) is None:
            yield f"{path}.{name}", "is required"


def unknown_name(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"; did you mean {close[0]}?" if close else ""
    return f"is not a property that the sandbox knows{hint}"


def refusal(prop: Prop) -> str:
    return f"is not served by the sandbox: {prop.refused}"


def refused(prop: Prop, value: object) -> bool:
    """Whether the sandbox refuses this value of the property."""
    if not prop.refused or value is None or value is UNKNOWN:
        return False
    return prop.refused_when is None or prop.refused_when(value)


def faults(kind: ResourceType, props: Props) -> list[Fault]:
    """Unknown, refused, mistyped, missing and conflicting inputs."""
    found: list[Fault] = []
    for name, value in props.items():
        prop = kind.props.get(name)
        if name.startswith("__"):
            continue
        if prop is None:
            found.append((name, unknown_name(name, list(kind.inputs))))
        elif prop.output:
            found.append((name, "is an output of the resource and cannot be set"))
        elif refused(prop, value):
            found.append((name, refusal(prop)))
        else:
            found += type_faults(name, value, prop)
            clashes = [other for other in prop.conflicts if not _off(props.get(other))]
            if clashes and not _off(value):
                found.append((name, f"conflicts with {' and '.join(clashes)}: give one of them"))
    missing = [name for name, prop in kind.inputs.items() if prop.required and props.get(name) is None]
    return found + [(name, "is required") for name in missing]


def _off(value: object) -> bool:
    return value is not UNKNOWN and value in (None, False, "", [], {})


def completed(kind: ResourceType, news: Props) -> tuple[Props, list[Fault], list[str]]:
    """Inputs in their types and with their defaults, what is wrong with them, and which ones are defaults."""
    props = {key: coerce(value, kind.props[key]) for key, value in news.items() if key in kind.props}
    strange = {
        key: value for key, value in news.items() if key not in kind.props and not key.startswith("__")
    }
    found = faults(kind, {**props, **strange})
    defaults = [key for key, prop in kind.inputs.items() if prop.default is not None and key not in props]
    return {**props, **{key: kind.props[key].default for key in defaults}}, found, defaults
