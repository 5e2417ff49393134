"""``.dbstack/waivers.yaml``: findings that somebody answers for, until a day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, cast

import yaml

from dbstack.preview.errors import RecordingError
from dbstack.preview.findings import Finding
from dbstack.spec.changes import Risk

FILE = Path(".dbstack/waivers.yaml")
_KEYS = ("resource", "property", "class", "reason", "owner", "expires")
_NEEDED = ("resource", "class", "reason", "owner", "expires")


@dataclass(frozen=True)
class Waiver:
    """One entry of the file."""

    resource: str
    """The resource's logical name or URN; `*` stands for anything."""
    risk: Risk
    reason: str
    owner: str
    expires: date
    """Last day on which it counts."""
    property: str = "*"

    def covers(self, finding: Finding) -> bool:
        """Whether it is about this finding, expired or not."""
        return (
            finding.risk is self.risk
            and any(fnmatchcase(text, self.resource) for text in (finding.name, finding.urn))
            and fnmatchcase(finding.property, self.property)
        )


def read_waivers(file: Path) -> tuple[Waiver, ...]:
    """The file's waivers; none where there is no file. Raises RecordingError with every fault of it."""
    if not file.is_file():
        return ()
    try:
        content: object = yaml.safe_load(file.read_text())
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        problem = str(getattr(error, "problem", "") or error)
        raise RecordingError(f"{file}: no YAML that can be read: {problem}") from error
    if content is None:
        return ()
    entries = cast(Mapping[str, Any], content).get("waivers") if isinstance(content, Mapping) else None
    if not isinstance(entries, list):
        raise RecordingError(f"{file}: there must be a list under `waivers`")
    faults: list[str] = []
    found = [
        _waiver(f"waivers[{index}]", entry, faults) for index, entry in enumerate(cast(list[Any], entries))
    ]
    if faults:
        raise RecordingError("\n".join(f"{file}: {fault}" for fault in faults))
    return tuple(waiver for waiver in found if waiver)


def _waiver(path: str, entry: object, faults: list[str]) -> Waiver | None:
    if not isinstance(entry, Mapping):
        faults.append(f"{path}: give {', '.join(_NEEDED)}")
        return None
    given = cast(Mapping[str, Any], entry)
    before = len(faults)
    faults += [
        f"{path}.{key}: no such key; the keys are {', '.join(_KEYS)}" for key in given if key not in _KEYS
    ]
    faults += [f"{path}.{key}: is needed" for key in _NEEDED if not str(given.get(key) or "").strip()]
    expires = given.get("expires")
    if given.get("expires") and (not isinstance(expires, date) or hasattr(expires, "hour")):
        faults.append(f"{path}.expires: {expires!r} is no day of the form 2026-12-31")
    risks = [str(risk) for risk in Risk]
    if given.get("class") and given["class"] not in risks:
        faults.append(f"{path}.class: {given['class']!r} is none of {', '.join(risks)}")
    if len(faults) > before:
        return None
    return Waiver(
        str(given["resource"]),
        Risk(given["class"]),
        str(given["reason"]),
        str(given["owner"]),
        cast(date, expires),
        str(given.get("property") or "*"),
    )


def waive(
    findings: Sequence[Finding], waivers: Sequence[Waiver], today: date
) -> tuple[list[Finding], list[str]]:
    """The findings with what covers them, and sentences about waivers that don't count any more."""
    waived: list[Finding] = []
    notes: list[str] = []
    for finding in findings:
        covering = [waiver for waiver in waivers if waiver.covers(finding)]
        valid = next((waiver for waiver in covering if waiver.expires >= today), None)
        if valid:
            text = f"{valid.reason} ({valid.owner}, until {valid.expires.isoformat()})"
            waived.append(replace(finding, waiver=text))
            continue
        waived.append(finding)
        notes += [
            f"the waiver of {waiver.owner} for {waiver.resource} ({waiver.risk}) expired on "
            f"{waiver.expires.isoformat()}: it doesn't count"
            for waiver in covering
        ]
    return waived, list(dict.fromkeys(notes))
