"""A report in its JSON form, read by another job: whoever wrote it is not trusted, so all of it is checked.

The workflow that comments has a token that may write, and the report comes from a run of a stranger's code.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any, cast, get_type_hints

from dbstack.preview.cost import CostChange
from dbstack.preview.drift import Drift
from dbstack.preview.errors import RecordingError
from dbstack.preview.findings import Finding, counted
from dbstack.preview.report import SCHEMA, Practice, Report, to_plain
from dbstack.preview.safety import SafetyNet
from dbstack.spec.changes import Risk

SIZE = 8 * 1024 * 1024
"""Largest report that is read, in bytes."""
ENTRIES = 20_000
"""Most entries of one list."""
LENGTH = 4000
"""Longest text."""

_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,99}", re.ASCII)
# A link in a comment of the project's own bot may lead only where the table's own sources lead.
_SOURCE = re.compile(
    r"(https://(docs\.aws\.amazon\.com|docs\.docker\.com|www\.pulumi\.com)/[\w./#%-]*)?", re.ASCII
)
_DOLLARS = re.compile(r"([+-]\$[0-9]{1,3}(,?[0-9]{3}){0,3}\.[0-9]{2})?", re.ASCII)
_TEXTS = ("errors", "warnings", "notes")
_RECORDS: dict[str, type] = {
    "findings": Finding,
    "safety": SafetyNet,
    "practices": Practice,
    "drift": Drift,
    "cost": CostChange,
}
_KINDS = {str: "a text", bool: "true or false", int: "a whole number"}


def read_report(raw: bytes) -> Report:
    """The report that `dbstack preview --format json` wrote.

    Raises RecordingError with the first thing that isn't as dbstack writes it: the text is never partly believed.
    """
    if len(raw) > SIZE:
        raise RecordingError(f"the report is larger than {SIZE // 2**20} MiB")
    try:
        plain: object = json.loads(raw.decode())
    except (ValueError, RecursionError) as error:
        raise RecordingError("the report is cut off or is no JSON") from error
    return from_plain(plain)


def from_plain(value: object) -> Report:
    """The report of JSON's types; the counts and the verdict are made anew and must be the same."""
    plain = _keys(value, {*_keys_of_a_report()}, "the report")
    if type(plain["schema"]) is not int or plain["schema"] != SCHEMA:
        raise RecordingError(
            f"the report is of schema {_quoted(plain['schema'])}, and this dbstack reads {SCHEMA}: "
            "use the same version on both sides"
        )
    records = {
        name: [_record(kind, one, f"{name}[{index}]") for index, one in enumerate(_list(plain, name))]
        for name, kind in _RECORDS.items()
    }
    texts = {
        name: [_checked(str, one, f"{name}[{index}]") for index, one in enumerate(_list(plain, name))]
        for name in _TEXTS
    }
    findings = cast(list[Finding], records["findings"])
    report = Report(
        project=_name(plain, "project"),
        stack=_name(plain, "stack"),
        failed=_checked(bool, plain["failed"], "failed"),
        counts=counted(findings),
        baseline=_checked(str, plain["baseline"], "baseline"),
        prices=_checked(str, plain["prices"], "prices"),
        unchanged=_checked(int, plain["unchanged"], "unchanged"),
        **cast(dict[str, Any], {**records, **texts}),
    )
    for index, one in enumerate(report.cost):
        if not _DOLLARS.fullmatch(one.change):
            raise RecordingError(
                f"the report's cost[{index}].change is {_quoted(one.change)}, which is no sum"
            )
    for name in ("counts", "verdict"):
        if plain[name] != to_plain(report)[name]:
            raise RecordingError(f"the report's {name} are not those of its findings")
    return report


def _keys_of_a_report() -> set[str]:
    return set(to_plain(Report("", "", False, dict.fromkeys(Risk, 0), ())))


def _record(kind: type, value: object, where: str) -> Any:
    hints = _hints(kind)
    given = _keys(value, set(hints), where)
    checked = {name: _checked(hint, given[name], f"{where}.{name}") for name, hint in hints.items()}
    if not _SOURCE.fullmatch(checked.get("source", "")):
        raise RecordingError(f"the report's {where}.source is no page of AWS's, Docker's or Pulumi's")
    return kind(**checked)


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _checked(kind: type, value: object, where: str) -> Any:
    if kind is Risk:
        known = [str(risk) for risk in Risk]
        if value not in known:
            raise RecordingError(
                f"the report's {where} is {_quoted(value)}; the classes are {', '.join(known)}"
            )
        return Risk(cast(str, value))
    if type(value) is not kind:
        raise RecordingError(f"the report's {where} is {_quoted(value)} and should be {_KINDS[kind]}")
    if isinstance(value, str) and len(value) > LENGTH:
        raise RecordingError(f"the report's {where} is longer than {LENGTH} characters")
    if isinstance(value, int) and not 0 <= value <= 10**6:
        raise RecordingError(f"the report's {where} is no number that can be")
    return value


def _list(plain: Mapping[str, Any], name: str) -> list[object]:
    value: object = plain[name]
    if not isinstance(value, list):
        raise RecordingError(f"the report's {name} is {_quoted(value)} and should be a list")
    entries = cast(list[object], value)
    if len(entries) > ENTRIES:
        raise RecordingError(f"the report has {len(entries)} {name}; {ENTRIES} are read at most")
    return entries


def _keys(value: object, wanted: set[str], where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise RecordingError(f"{where} is {_quoted(value)} and should be an object")
    given = cast(Mapping[str, Any], value)
    for what, names in (("no", wanted - given.keys()), ("an unknown", given.keys() - wanted)):
        if names:
            raise RecordingError(f"{where} has {what} {_quoted(min(names))}: dbstack didn't write it")
    return given


def _name(plain: Mapping[str, Any], key: str) -> str:
    value: object = plain[key]
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise RecordingError(f"the report's {key} is {_quoted(value)}, which no {key} can be called")
    return value


def _quoted(value: object) -> str:
    text = ascii(value) if isinstance(value, str | int | float | bool | None) else f"a {type(value).__name__}"
    return text if len(text) <= 60 else f"{text[:59]}…"
