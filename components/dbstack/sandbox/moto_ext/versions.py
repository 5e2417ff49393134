"""Engine versions that the sandbox knows, from a dated data file: AWS's own list changes monthly."""

import json
import re
from functools import cache
from importlib.resources import files
from typing import Any

from dbstack.spec.engines import ENGINES, EngineVersion


@cache
def _data() -> dict[str, Any]:
    return json.loads(files("dbstack.sandbox.moto_ext").joinpath("engine_versions.json").read_text())


def majors(engine: str) -> dict[str, list[int | str]]:
    """Major version -> its minors, oldest first; empty for an engine that the data lacks."""
    return _data()["engines"].get(engine, {})


def default_version(engine: str) -> str:
    """What AWS takes where no version is asked for."""
    major: str = _data()["defaults"][engine]
    return f"{major}.{majors(engine)[major][-1]}"


def resolve(engine: str, version: str | None) -> str | None:
    """The full version that a request means: `17` is the newest 17 of the data.

    None for a major that the data lacks. A full version of a known major passes: minors appear weekly.
    """
    if not majors(engine):
        return version
    if not version:
        return default_version(engine)
    if version in majors(engine):
        return f"{version}.{majors(engine)[version][-1]}"
    try:
        parsed = EngineVersion.parse(engine, version)
    except ValueError:
        return None
    return version if parsed.minor is not None and parsed.major in majors(engine) else None


def unknown(engine: str, version: str) -> str:
    """Why a version does not resolve."""
    known = ", ".join(majors(engine))
    return f"Cannot find version {version} for {engine} (the sandbox's data of {_data()['date']} has {known})"


def families() -> set[str]:
    """Parameter-group families of the data."""
    known = _data()["engines"]
    return {EngineVersion.parse(engine, major).family for engine in known for major in known[engine]}


def key(version: str) -> tuple[int, ...]:
    """Versions in their order."""
    return tuple(int(number) for number in re.findall(r"\d+", version))


def describe(
    engine: str | None = None,
    version: str | None = None,
    family: str | None = None,
    default_only: bool = False,
) -> list[dict[str, Any]]:
    """Entries of DescribeDBEngineVersions, oldest first."""
    found: list[dict[str, Any]] = []
    for name in [engine] if engine else sorted(_data()["engines"]):
        everything = [f"{major}.{minor}" for major, minors in majors(name).items() for minor in minors]
        default = (
            resolve(name, version)
            if version in majors(name)
            else default_version(name)
            if majors(name)
            else ""
        )
        for full in everything:
            fits = version is None or full == version or full.startswith(f"{version}.")
            if fits and (not default_only or full == default):
                found.append(_entry(name, full, everything))
    return [entry for entry in found if family is None or entry["DBParameterGroupFamily"] == family]


def _entry(engine: str, full: str, everything: list[str]) -> dict[str, Any]:
    facts, parsed = ENGINES[engine], EngineVersion.parse(engine, full)
    targets = [other for other in everything if key(other) > key(full)]
    return {
        "Engine": engine,
        "EngineVersion": full,
        "MajorEngineVersion": parsed.major,
        "DBParameterGroupFamily": parsed.family,
        "DBEngineDescription": facts.label,
        "DBEngineVersionDescription": f"{facts.label} {full}",
        "Status": "available",
        "ExportableLogTypes": list(facts.log_exports),
        "SupportsLogExportsToCloudwatchLogs": True,
        "SupportsReadReplica": facts.max_replicas > 0,
        "ValidUpgradeTarget": [
            {
                "Engine": engine,
                "EngineVersion": other,
                "Description": f"{facts.label} {other}",
                "AutoUpgrade": False,
                "IsMajorVersionUpgrade": EngineVersion.parse(engine, other).major != parsed.major,
            }
            for other in targets
        ],
    }
