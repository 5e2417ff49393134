"""YAML as Pulumi's engine reads it, with duplicate names and syntax errors told as faults."""

import json
import re
from pathlib import Path
from typing import Any, cast

import yaml

from dbstack.spec.errors import Fault
from dbstack.spec.paths import Path as FieldPath


class _Loader(yaml.SafeLoader):
    """Plain words mean what they do in the engine's YAML: `yes` and `on` are texts, `12:30` is no number."""


_Loader.yaml_implicit_resolvers = {
    letter: [
        (tag, pattern)
        for tag, pattern in resolvers
        if tag.rpartition(":")[2] not in ("bool", "int", "float", "timestamp")
    ]
    for letter, resolvers in cast(
        dict[str, list[tuple[str, Any]]], yaml.SafeLoader.yaml_implicit_resolvers
    ).items()
}
_DIGITS = list("-+.0123456789")
for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", _DIGITS),
    ("float", r"[-+]?(?:(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+)", _DIGITS),
):
    cast(Any, _Loader).add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), _first
    )


def read_yaml(file: Path) -> tuple[object, list[Fault]]:
    """What the file holds (None if it can't be read) and what is wrong with it as YAML."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        return None, [Fault("", f"can't be read: {reason}")]
    loader = _Loader(text)
    try:
        node = cast(Any, loader).get_single_node()
        if node is None:
            return None, []
        faults: list[Fault] = []
        _duplicates(node, FieldPath(), faults, set())
        content = cast(Any, loader).construct_document(node)
        # What contains itself can't be written out again: no config, and no end to any walk.
        json.dumps(content, default=str, skipkeys=True)
        return content, faults
    except yaml.YAMLError as error:
        return None, [Fault("", _syntax(error))]
    except ValueError:
        return None, [Fault("", "an object in it contains itself, through an alias: write it out")]
    finally:
        cast(Any, loader).dispose()


def _duplicates(node: Any, at: FieldPath, faults: list[Fault], seen: set[int]) -> None:
    """Names that stand twice in one object: YAML would silently keep only the last."""
    if id(node) in seen:
        return  # Met before through an alias.
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(cast(list[Any], node.value)):
            _duplicates(item, at.index(index), faults, seen)
    if not isinstance(node, yaml.MappingNode):
        return
    first_line: dict[str, int] = {}
    for key, value in cast(list[tuple[Any, Any]], node.value):
        name, line = str(key.value), int(key.start_mark.line) + 1
        inner = _named(at, name)
        if name in first_line and name != "<<":
            lines = f"lines {first_line[name]} and {line}"
            faults.append(Fault(str(inner), f"stands there twice ({lines}): remove or rename one"))
        first_line.setdefault(name, line)
        _duplicates(value, inner, faults, seen)


def _named(at: FieldPath, name: str) -> FieldPath:
    # Paths begin inside the object `dbstack:stack`, as in every other fault.
    if at.text in ("", "config") and ":" in name:
        return FieldPath("" if name == "dbstack:stack" else name)
    return at.key(name)


def _syntax(error: yaml.YAMLError) -> str:
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return f"is not YAML: {' '.join(str(error).split())}"
    mark = error.problem_mark
    return f"is not YAML: line {mark.line + 1}, column {mark.column + 1}: {error.problem}"
