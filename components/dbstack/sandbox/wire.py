"""Pulumi's wire form of properties (protobuf structs) to plain Python and back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast, final

from google.protobuf import struct_pb2

# Type signatures and unknown sentinels of the Pulumi resource protocol (sdk/go/common/resource/sig).
_SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
_SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"
_RESOURCE: Final = "5cf8f73096256a8f31e491e813e4eb8e"
_OUTPUT: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
_UNKNOWN_STRING: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_UNKNOWN_FORMS: Final = frozenset(
    {
        _UNKNOWN_STRING,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # bool
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # list
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
    }
)


@final
class Unknown:
    """A value that is known only after the deployment. There is one: `UNKNOWN`."""

    _only: "Unknown | None" = None

    def __new__(cls) -> "Unknown":
        if cls._only is None:
            cls._only = super().__new__(cls)
        return cls._only

    def __repr__(self) -> str:
        return "<known after the deployment>"

    def __copy__(self) -> "Unknown":
        return self

    def __deepcopy__(self, _memo: object) -> "Unknown":
        return self


UNKNOWN: Final = Unknown()


@final
@dataclass(frozen=True)
class Blob:
    """An asset or archive as it came: the sandbox never opens one, and hands it back."""

    fields: Mapping[str, Any]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Blob) and self.fields.get("hash") == other.fields.get("hash")

    def __hash__(self) -> int:
        return hash(self.fields.get("hash"))

    def __repr__(self) -> str:
        return f"<asset or archive {self.fields.get('hash', '')}>"


def mapping(value: object) -> dict[str, Any] | None:
    """The value where it is a dict (its keys are property names then)."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def sequence(value: object) -> list[Any] | None:
    """The value where it is a list."""
    return cast("list[Any]", value) if isinstance(value, list) else None


def listed(value: object) -> list[Any]:
    """The value where it is a list, else an empty one."""
    return sequence(value) or []


def has_unknown(value: object) -> bool:
    """Whether the value is unknown or holds an unknown anywhere."""
    if value is UNKNOWN:
        return True
    fields = mapping(value)
    return any(has_unknown(item) for item in (listed(value) if fields is None else fields.values()))


def _plain_number(number: float) -> int | float:
    return int(number) if number.is_integer() else number


def _plain_special(fields: dict[str, Any]) -> Any:
    match fields[_SIGNATURE]:
        case kind if kind == _SECRET:
            return fields.get("value")
        case kind if kind == _OUTPUT:
            return fields.get("value", UNKNOWN)
        case kind if kind == _RESOURCE:
            # A reference to a custom resource stands for its id; one to a component has only a URN.
            return fields.get("id", fields.get("urn")) or UNKNOWN
        case _:
            return Blob(fields)


def plain_value(value: struct_pb2.Value) -> Any:
    """One protobuf value as plain Python: whole numbers are ints, secrets and outputs are unwrapped."""
    match value.WhichOneof("kind"):
        case "struct_value":
            fields = plain(value.struct_value)
            return _plain_special(fields) if _SIGNATURE in fields else fields
        case "list_value":
            return [plain_value(item) for item in value.list_value.values]
        case "number_value":
            return _plain_number(value.number_value)
        case "string_value":
            text = value.string_value
            return UNKNOWN if text in _UNKNOWN_FORMS else text
        case "bool_value":
            return value.bool_value
        case _:
            return None


def plain(struct: struct_pb2.Struct | None) -> dict[str, Any]:
    """A protobuf struct as a dict; entries that are null are left out."""
    if struct is None:
        return {}
    items = ((key, plain_value(value)) for key, value in struct.fields.items())
    return {key: value for key, value in items if value is not None}


def _wire_value(value: Any) -> struct_pb2.Value:
    if value is UNKNOWN:
        return struct_pb2.Value(string_value=_UNKNOWN_STRING)
    if value is None:
        return struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
    if isinstance(value, bool):
        return struct_pb2.Value(bool_value=value)
    if isinstance(value, (int, float)):
        return struct_pb2.Value(number_value=float(value))
    if isinstance(value, str):
        return struct_pb2.Value(string_value=value)
    if isinstance(value, Blob):
        return struct_pb2.Value(struct_value=wire(value.fields))
    if (fields := mapping(value)) is not None:
        return struct_pb2.Value(struct_value=wire(fields))
    if (values := sequence(value)) is not None:
        items = [_wire_value(item) for item in values]
        return struct_pb2.Value(list_value=struct_pb2.ListValue(values=items))
    raise TypeError(f"a {type(value).__name__} has no form in Pulumi's protocol")


def wire(values: Mapping[str, Any]) -> struct_pb2.Struct:
    """A dict as a protobuf struct; entries that are None are left out."""
    struct = struct_pb2.Struct()
    for key, value in values.items():
        if value is not None:
            struct.fields[key].CopyFrom(_wire_value(value))
    return struct
