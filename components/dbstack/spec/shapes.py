"""The TypedDicts of `types` taken apart once: which fields there are, of which type, and where outputs may stand."""

import types as python_types
import typing
from collections.abc import Awaitable, Sequence
from enum import Enum, StrEnum
from functools import cache
from typing import Any, NamedTuple, NotRequired, Required, cast

import pulumi


class Kind(StrEnum):
    """What a value has to be."""

    TEXT = "text"
    WHOLE = "whole number"
    NUMBER = "number"
    YES_NO = "true or false"
    CHOICE = "choice"
    LIST = "list"
    MAP = "map"
    RECORD = "record"


_SCALARS: dict[Any, Kind] = {
    str: Kind.TEXT,
    int: Kind.WHOLE,
    float: Kind.NUMBER,
    bool: Kind.YES_NO,
}


class Shape(NamedTuple):
    """The type of a value. `item` for lists and maps; `type` is the enum or the TypedDict."""

    kind: Kind
    output: bool = False
    """Whether an output (or an awaitable) may stand here."""
    item: "Shape | None" = None
    type: Any = None


class Field(NamedTuple):
    """One field of a record, by its snake_case name."""

    name: str
    shape: Shape
    required: bool


@cache
def record_fields(typed_dict: Any) -> dict[str, Field]:
    """The fields of a TypedDict, inherited ones included, in the order of declaration."""
    required: frozenset[str] = typed_dict.__required_keys__
    return {
        name: Field(name, shape_of(annotation), name in required)
        for name, annotation in typed_dict.__annotations__.items()
    }


def shape_of(annotation: Any) -> Shape:
    """The shape of an annotation; TypeError for one that Pulumi's analyzer or we don't handle."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (NotRequired, Required):
        return shape_of(arguments[0])
    if origin in (typing.Union, python_types.UnionType):
        # pulumi.Input[T] is Union[T, Awaitable[T], Output[T]].
        plain = [argument for argument in arguments if not _is_output(argument)]
        if len(plain) != 1 or len(plain) == len(arguments):
            raise TypeError(f"no union but pulumi.Input is handled: {annotation!r}")
        inner = shape_of(plain[0])
        return Shape(inner.kind, True, inner.item, inner.type)
    if origin in (list, Sequence):
        return Shape(Kind.LIST, item=shape_of(arguments[0]))
    if origin is dict and arguments[0] is str:
        return Shape(Kind.MAP, item=shape_of(arguments[1]))
    if annotation in _SCALARS:
        return Shape(_SCALARS[annotation])
    if typing.is_typeddict(annotation):
        return Shape(Kind.RECORD, type=annotation)
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return Shape(Kind.CHOICE, type=cast(Any, annotation))
    raise TypeError(f"a type that fields can't have: {annotation!r}")


def _is_output(argument: Any) -> bool:
    # pulumi names its Output in a forward reference, since Input is defined before it.
    if isinstance(argument, typing.ForwardRef):
        return argument.__forward_arg__.startswith("Output[")
    return typing.get_origin(argument) in (Awaitable, pulumi.Output)
