"""Property paths, and values as a report shows them: short, and never a secret."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from dbstack.spec.changes.model import UNKNOWN_VALUE

ABSENT = "(not set)"
LATER = "(known after the deployment)"
SECRET = "[secret]"
_SHOWN = 120
# What Pulumi itself marks is masked already; these are masked whoever marked them.
_SECRETS = re.compile(r"(?i)(password|secret(string|binary|_string)|private_?key|token$|^result$|auths)")
# Names that say where a secret is, or how it is kept.
_HARMLESS = re.compile(
    r"(?i)(secret(arn|id|kmskeyid)|password(length|wo_?version)|managemasteruserpassword|secretstatus)$"
)
_PIECE = re.compile(r'\.?([^.\[\]]+)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]')
# A connection string carries its password between the user's name and the host.
_URL_PASSWORD = re.compile(r"(?<=://)([^\s:/@]+):[^\s@]+(?=@)")


def pieces(path: str) -> list[str | int]:
    """The parts of a property path: ``tags["a.b"]``, ``parameters[0].value``."""
    found: list[str | int] = []
    for name, index, quoted in _PIECE.findall(path):
        found.append(int(index) if index else name or quoted.replace('\\"', '"'))
    return found or [path]


def at(properties: Mapping[str, Any] | None, path: str) -> Any:
    """The value at a path; None where there is none."""
    value: Any = properties
    for piece in pieces(path):
        if isinstance(value, Mapping):
            value = cast(Mapping[str, Any], value).get(str(piece))
        elif isinstance(value, Sequence) and not isinstance(value, str) and isinstance(piece, int):
            items = cast(Sequence[Any], value)
            value = items[piece] if piece < len(items) else None
        else:
            return None
    return value


def is_secret_name(path: str) -> bool:
    """Whether what stands at a path is a secret by its name."""
    return any(
        isinstance(piece, str) and _SECRETS.search(piece) and not _HARMLESS.search(piece)
        for piece in pieces(path)
    )


def shown(path: str, value: Any) -> str:
    """A value as text: one line, cut, masked where it is a secret."""
    if value is None or value == "":
        return ABSENT
    if value == UNKNOWN_VALUE:
        return LATER
    if is_secret_name(path) or value == SECRET:
        return SECRET
    text = value if isinstance(value, str) else json.dumps(masked(value), sort_keys=True, ensure_ascii=False)
    return cut(scrubbed(text.replace(UNKNOWN_VALUE, LATER)))


def cut(text: str, length: int = _SHOWN) -> str:
    """On one line, and not longer than it can be read."""
    text = " ".join(text.split())
    return text if len(text) <= length else text[: length - 1] + "…"


def masked(value: Any) -> Any:
    """A value with everything that is secret by its name replaced."""
    if isinstance(value, Mapping):
        return {
            name: SECRET if is_secret_name(name) else masked(inner)
            for name, inner in cast(Mapping[str, Any], value).items()
        }
    if isinstance(value, list):
        return [masked(item) for item in cast(list[Any], value)]
    return value


def scrubbed(text: str) -> str:
    """A message with the passwords of connection strings taken out."""
    return _URL_PASSWORD.sub(rf"\1:{SECRET}", text)
