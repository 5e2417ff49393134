"""The structural check: right types, known names, nothing missing. Every fault at once, each with its path.

Component arguments and the stack config share it. Rules about values live beside it, in the rule modules.
"""

from collections.abc import Awaitable, Mapping
from typing import Any, cast

import pulumi

from dbstack.spec.errors import Fault
from dbstack.spec.paths import Naming, Path, snake
from dbstack.spec.shapes import Field, Kind, Shape, record_fields
from dbstack.spec.types import BackupRuleArgs, MasterPasswordArgs

# What a stack config may not hold, though a program may: TypedDict -> field -> why, and the way out.
NOT_IN_CONFIG: Mapping[Any, Mapping[str, str]] = {
    MasterPasswordArgs: {
        "value": "no password stands in a stack config: write `password: {config: dbstack:appPassword}` and keep it "
        "with `pulumi config set --secret dbstack:appPassword`"
    }
}
# Names that users try and that can't be: TypedDict -> name -> why, and the way out.
NEVER: Mapping[Any, Mapping[str, str]] = {
    BackupRuleArgs: {
        "cold_storage_after_days": "RDS has no cold storage: leave it out, `delete_after_days` alone says how long a "
        "recovery point is kept"
    }
}
# Records whose values no message shows: someone may have put a password in any place of them.
_SECRET_RECORDS = (MasterPasswordArgs,)

_SHOWN_CHARACTERS = 60


class Record(dict[str, Any]):
    """A checked record: snake_case keys, enums and whole numbers as such. `bad` names the fields that are faulty."""

    def __init__(self) -> None:
        super().__init__()
        self.bad: set[str] = set()


def validate(typed_dict: Any, value: object, path: str = "", *, naming: str = "snake") -> list[Fault]:
    """Every structural fault of `value` as a `typed_dict`; no exception. Values of secret fields are not shown."""
    return read(typed_dict, value, Path(path, Naming(naming)))[1]


def read(typed_dict: Any, value: object, at: Path) -> tuple[Record, list[Fault]]:
    """The checked record (faulty fields left out) and its faults."""
    walk = _Walk()
    record = walk.value(Shape(Kind.RECORD, type=typed_dict), value, at, typed_dict in _SECRET_RECORDS)
    return (record if isinstance(record, Record) else Record()), walk.faults


_BAD = object()


class _Walk:
    """One pass over a value; gathers the faults."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def value(self, shape: Shape, value: object, at: Path, secret: bool) -> Any:
        """The value as `shape` wants it, or _BAD."""
        if isinstance(value, pulumi.Output | Awaitable):
            if shape.output:
                return cast(object, value)
            return self._fault(
                at,
                "an output of another resource can't stand here: it must be known before anything is created",
            )
        match shape.kind:
            case Kind.RECORD:
                return self._record(shape, value, at, secret)
            case Kind.LIST:
                return self._list(shape, value, at, secret)
            case Kind.MAP:
                return self._map(shape, value, at, secret)
            case Kind.CHOICE:
                return self._choice(shape, value, at, secret)
            case _:
                return self._scalar(shape.kind, value, at, secret)

    def _record(self, shape: Shape, value: object, at: Path, secret: bool) -> Any:
        secret = secret or shape.type in _SECRET_RECORDS
        fields = record_fields(shape.type)
        optional = not any(field.required for field in fields.values())
        if value is None and optional and at.text:
            return self._fault(at, "has no value: write {} for the defaults, or leave it out")
        given = self._mapping(value, at, f"an object with {_listed(_spelled(fields, at.naming))}", secret)
        if given is None:
            return _BAD
        record = Record()
        refused: Mapping[str, str] = NOT_IN_CONFIG.get(shape.type, {}) if at.naming is Naming.CAMEL else {}
        by_name = {at.naming.spell(name): field for name, field in fields.items()}
        for key, item in given.items():
            field = by_name.get(key)
            if field is None and (why := NEVER.get(shape.type, {}).get(snake(key))):
                self._fault(at.key(key), why)
            elif field is None:
                record.bad |= self._unknown(key, by_name, at)
            elif field.name in refused:
                self._fault(at.field(field.name), refused[field.name])
                record.bad.add(field.name)
            else:
                found = self.value(field.shape, item, at.field(field.name), secret)
                if found is _BAD:
                    record.bad.add(field.name)
                else:
                    record[field.name] = found
        for field in fields.values():
            # One that is there but faulty, or there under a wrong name, isn't missing as well.
            if field.required and field.name not in record and field.name not in record.bad:
                self._fault(at.field(field.name), f"is missing: give {_wanted(field.shape)}")
                record.bad.add(field.name)
        return record

    def _unknown(self, key: str, by_name: Mapping[str, Field], at: Path) -> set[str]:
        """Report an unknown field; returns the field that was probably meant."""
        nearest = _nearest(key, list(by_name))
        if nearest is None:
            self._fault(at.key(key), f"is unknown: there {_are(list(by_name))}")
            return set()
        self._fault(at.key(key), f"is unknown: did you mean '{nearest}'?")
        return {by_name[nearest].name}

    def _list(self, shape: Shape, value: object, at: Path, secret: bool) -> Any:
        if not isinstance(value, list | tuple):
            return self._wrong("a list", value, at, secret)
        assert shape.item is not None
        items = cast(list[object], value)
        found = [self.value(shape.item, item, at.index(index), secret) for index, item in enumerate(items)]
        return _BAD if any(item is _BAD for item in found) else found

    def _map(self, shape: Shape, value: object, at: Path, secret: bool) -> Any:
        given = self._mapping(value, at, "an object", secret)
        if given is None:
            return _BAD
        assert shape.item is not None
        found = {key: self.value(shape.item, item, at.key(key), secret) for key, item in given.items()}
        return {key: item for key, item in found.items() if item is not _BAD}

    def _mapping(self, value: object, at: Path, wanted: str, secret: bool) -> dict[str, object] | None:
        if not isinstance(value, Mapping):
            self._wrong(wanted, value, at, secret)
            return None
        given = cast(Mapping[object, object], value)
        for key in given:
            if not isinstance(key, str):
                self._fault(at.key(str(key)), f"the name is {_shown(key)}: put it in quotes")
        return {key: item for key, item in given.items() if isinstance(key, str)}

    def _choice(self, shape: Shape, value: object, at: Path, secret: bool) -> Any:
        choices: list[str] = [member.value for member in shape.type]
        if isinstance(value, str) and value in choices:
            return shape.type(value)
        if not isinstance(value, str):
            return self._wrong(f"one of {_listed(choices)}", value, at, secret)
        nearest = _nearest(value, choices)
        hint = f", did you mean '{nearest}'?" if nearest else ""
        subject = "this" if secret else _shown(value)
        return self._fault(at, f"{subject} is not a choice: use {_listed(choices)}{hint}")

    def _scalar(self, kind: Kind, value: object, at: Path, secret: bool) -> Any:
        # bool first: for Python True is an int too.
        if isinstance(value, bool):
            if kind is Kind.YES_NO:
                return value
        elif kind is Kind.TEXT and isinstance(value, str):
            return str(value)
        elif kind is Kind.NUMBER and isinstance(value, int | float):
            return value
        # Hosts of other languages send whole numbers as floats.
        elif kind is Kind.WHOLE and isinstance(value, int | float) and value == value // 1:
            return int(value)
        return self._wrong(_WANTED[kind], value, at, secret)

    def _wrong(self, wanted: str, value: object, at: Path, secret: bool) -> Any:
        if value is None:
            return self._fault(at, f"has no value: give {wanted}, or leave it out")
        hint = ""
        if wanted == _WANTED[Kind.TEXT] and isinstance(value, int | float):
            hint = ", put it in quotes"
        elif isinstance(value, str) and wanted in (_WANTED[Kind.WHOLE], _WANTED[Kind.YES_NO]):
            hint = ", without quotes"
        subject = "this" if secret else _shown(value)
        return self._fault(at, f"{subject} is {_kind_of(value)}: give {wanted}{hint}")

    def _fault(self, at: Path, message: str) -> Any:
        self.faults.append(Fault(str(at), message))
        return _BAD


_WANTED: dict[Kind, str] = {
    Kind.TEXT: "a text",
    Kind.WHOLE: "a whole number",
    Kind.NUMBER: "a number",
    Kind.YES_NO: "true or false",
}


def _wanted(shape: Shape) -> str:
    match shape.kind:
        case Kind.CHOICE:
            return f"one of {_listed([member.value for member in shape.type])}"
        case Kind.LIST:
            return "a list"
        case Kind.MAP | Kind.RECORD:
            return "an object"
        case _:
            return _WANTED[shape.kind]


def _kind_of(value: object) -> str:
    match value:
        case bool():
            return "a yes-or-no value"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case list() | tuple():
            return "a list"
        case Mapping():
            return "an object"
        case _:
            return f"a {type(value).__name__}"


def _shown(value: object) -> str:
    """The value as its author would know it again, short."""
    match value:
        case bool():
            text = str(value).lower()
        case list() | tuple() | Mapping():
            # What is inside may be anything, a secret in the wrong place included.
            return "this"
        case _:
            text = repr(value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."


def _nearest(name: str, names: list[str]) -> str | None:
    """The name most like this one; capitals, `_` and `-` don't count."""
    import difflib  # only on the way to a fault: not paid by every import

    plain = {_plain(known): known for known in names}
    found = difflib.get_close_matches(_plain(name), list(plain), n=1, cutoff=0.6)
    return plain[found[0]] if found else None


def _plain(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")


def _spelled(fields: Mapping[str, Field], naming: Naming) -> list[str]:
    return [naming.spell(name) for name in fields]


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def _are(names: list[str]) -> str:
    return f"is only {names[0]}" if len(names) == 1 else f"are {', '.join(names)}"
