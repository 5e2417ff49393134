"""Versions of Aurora that the sandbox knows; those of Multi-AZ DB clusters are the engines' own."""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from dbstack.sandbox.moto_ext import versions
from dbstack.spec.cluster_engines import CLUSTER_ENGINES, ClusterVersion
from dbstack.spec.engines import VersionChange


@cache
def _data() -> dict[str, Any]:
    return json.loads(files("dbstack.sandbox.moto_ext").joinpath("cluster_versions.json").read_text())


def _majors(engine: str) -> dict[str, list[Any]]:
    return _data()["engines"].get(engine, {})


def resolve(engine: str, version: str | None) -> str | None:
    """The full version that a request means; None for a major that the data lacks."""
    majors = _majors(engine)
    if not majors:
        return versions.resolve(engine, version)
    wanted: str = version or _data()["defaults"][engine]
    if wanted in majors:
        return f"{wanted}.{majors[wanted][-1]}"
    try:
        parsed = ClusterVersion.parse(engine, wanted)
    except ValueError:
        return None
    return wanted if parsed.minor is not None and parsed.major in majors else None


def unknown(engine: str, version: str) -> str:
    """Why a version does not resolve."""
    known = ", ".join(_majors(engine) or versions.majors(engine))
    return f"Cannot find version {version} for {engine} (the sandbox's data of {_data()['date']} has {known})"


def describe(engine: str | None, version: str | None, family: str | None) -> list[dict[str, Any]]:
    """Entries of DescribeDBEngineVersions for Aurora, oldest first."""
    return [
        entry
        for name in ([engine] if engine else sorted(_data()["engines"]))
        for entry in _entries(name)
        if version is None
        or entry["EngineVersion"] == version
        or entry["EngineVersion"].startswith(f"{version}.")
        if family is None or entry["DBParameterGroupFamily"] == family
    ]


def _entries(engine: str) -> list[dict[str, Any]]:
    everything = [f"{major}.{minor}" for major, minors in _majors(engine).items() for minor in minors]
    facts = CLUSTER_ENGINES.get(engine)
    if facts is None:
        return []
    found: list[dict[str, Any]] = []
    for full in everything:
        parsed = ClusterVersion.parse(engine, full)
        changes = {other: parsed.change_to(ClusterVersion.parse(engine, other)) for other in everything}
        found.append(
            {
                "Engine": engine,
                "EngineVersion": full,
                "MajorEngineVersion": parsed.major,
                "DBParameterGroupFamily": parsed.family,
                "DBEngineDescription": facts.label,
                "DBEngineVersionDescription": f"{facts.label} {full}",
                "Status": "available",
                "SupportedEngineModes": ["provisioned"],
                "ExportableLogTypes": list(facts.log_exports),
                "SupportsLogExportsToCloudwatchLogs": True,
                "SupportsReadReplica": False,
                "ServerlessV2FeaturesSupport": {"MinCapacity": 0.0, "MaxCapacity": 256.0},
                "ValidUpgradeTarget": [
                    {
                        "Engine": engine,
                        "EngineVersion": other,
                        "Description": f"{facts.label} {other}",
                        "AutoUpgrade": False,
                        "IsMajorVersionUpgrade": change is VersionChange.MAJOR,
                    }
                    for other, change in changes.items()
                    if change in (VersionChange.MINOR, VersionChange.MAJOR)
                ],
            }
        )
    return found
