"""The JSON Schema of `Pulumi.<stack>.yaml`, made from the argument types, for editors and for other checkers.

It holds what a schema can say about one field; the rules between fields are in `dbstack check`.
`python -m dbstack.config.json_schema` writes the shipped file anew.
"""

import ast
import inspect
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from dbstack.config.stack import KEY, NAMESPACE
from dbstack.spec import access, backup, storage, types
from dbstack.spec.paths import camel
from dbstack.spec.schema import NOT_IN_CONFIG
from dbstack.spec.shapes import Kind, Shape, record_fields

FILE = Path(__file__).with_name("stack.schema.json")

_SCALARS: Mapping[Kind, str] = {
    Kind.TEXT: "string",
    Kind.WHOLE: "integer",
    Kind.NUMBER: "number",
    Kind.YES_NO: "boolean",
}
# Bounds of single fields, from the modules that hold the rules.
_BOUNDS: Mapping[str, Mapping[str, int]] = {
    "allocated_gib": {
        "minimum": storage.VOLUMES["gp3"].least_gib,
        "maximum": storage.VOLUMES["gp3"].most_gib,
    },
    "retention_days": {"minimum": 0, "maximum": backup.RETENTION_MOST},
    "port": {"minimum": access.PORT_LEAST, "maximum": access.PORT_MOST},
    "availability_zones": {"minimum": access.ZONES_LEAST, "maximum": access.ZONES_MOST},
}
# Which fields go together: any one of these sets, and not two.
_EITHER: Mapping[Any, tuple[tuple[str, ...], ...]] = {
    types.NetworkSettings: (
        ("vpc_cidr",),
        ("vpc_id", "subnet_ids"),
        ("vpc_id", "subnet_group_name"),
    ),
}


def stack_file_schema() -> dict[str, Any]:
    """The schema of a whole stack file; `$defs/StackSettings` is that of the object `dbstack:stack`."""
    definitions: dict[str, Any] = {}
    root = _schema(Shape(Kind.RECORD, type=types.StackSettings), definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Pulumi.<stack>.yaml of a dbstack project",
        "type": "object",
        "required": ["config"],
        "properties": {
            "config": {
                "type": "object",
                "required": [f"{NAMESPACE}:{KEY}"],
                "properties": {f"{NAMESPACE}:{KEY}": root},
            }
        },
        "$defs": dict(sorted(definitions.items())),
    }


def text() -> str:
    """The shipped file's content."""
    return json.dumps(stack_file_schema(), indent=2, ensure_ascii=False) + "\n"


def _schema(shape: Shape, definitions: dict[str, Any]) -> dict[str, Any]:
    match shape.kind:
        case Kind.RECORD:
            name: str = shape.type.__name__
            if name not in definitions:
                definitions[name] = {}
                definitions[name] = _record(shape.type, definitions)
            return {"$ref": f"#/$defs/{name}"}
        case Kind.CHOICE:
            return {"enum": [member.value for member in shape.type]}
        case Kind.LIST:
            assert shape.item is not None
            return {"type": "array", "items": _schema(shape.item, definitions)}
        case Kind.MAP:
            assert shape.item is not None
            return {"type": "object", "additionalProperties": _schema(shape.item, definitions)}
        case _:
            return {"type": _SCALARS[shape.kind]}


def _record(typed_dict: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    docs = field_docs()
    refused = NOT_IN_CONFIG.get(typed_dict, {})
    fields = [field for field in record_fields(typed_dict).values() if field.name not in refused]
    made: dict[str, Any] = {
        "type": "object",
        "description": inspect.cleandoc(typed_dict.__doc__ or ""),
        "additionalProperties": False,
        "properties": {
            camel(field.name): {
                "description": docs[typed_dict.__name__][field.name],
                **_schema(field.shape, definitions),
                **_BOUNDS.get(field.name, {}),
            }
            for field in fields
        },
    }
    required = [camel(field.name) for field in fields if field.required]
    if required:
        made["required"] = required
    if typed_dict in _EITHER:
        made["oneOf"] = [{"required": [camel(name) for name in names]} for names in _EITHER[typed_dict]]
    return made


@cache
def field_docs() -> Mapping[str, Mapping[str, str]]:
    """The text under each field of the argument types, by class and field: read from the source, no import keeps it."""
    docs: dict[str, dict[str, str]] = {}
    sources = [files(types).joinpath(f"{module}.py").read_text(encoding="utf-8") for module in types.MODULES]
    for node in [node for source in sources for node in ast.parse(source).body]:
        if isinstance(node, ast.ClassDef):
            bases = [base.id for base in node.bases if isinstance(base, ast.Name)]
            inherited = {name: doc for base in bases for name, doc in docs.get(base, {}).items()}
            docs[node.name] = {**inherited, **dict(_documented(node))}
    return docs


def _documented(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for statement, following in zip(node.body, [*node.body[1:], None], strict=True):
        if not isinstance(statement, ast.AnnAssign) or not isinstance(statement.target, ast.Name):
            continue
        if isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant):
            yield statement.target.id, _in_yaml(inspect.cleandoc(str(following.value.value)))


def _in_yaml(text: str) -> str:
    """Fields that a text names in backquotes, spelled as in YAML."""
    return re.sub(r"`([a-z_.]+)`", lambda match: f"`{camel(match[1])}`", text)


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
