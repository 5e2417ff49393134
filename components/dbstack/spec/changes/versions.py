"""What a change of an engine's version is, for the conditions of the tables."""

from typing import Any

from dbstack.spec.changes.model import Properties
from dbstack.spec.engines import EngineVersion, VersionChange, unknown_engine, version_fault


def _change(old: Any, new: Any, properties: Properties) -> VersionChange | None:
    engine = properties.get("engine")
    if not isinstance(engine, str) or not isinstance(old, str) or not isinstance(new, str):
        return None
    if unknown_engine(engine) or version_fault(engine, old) or version_fault(engine, new):
        return None
    return EngineVersion.parse(engine, old).change_to(EngineVersion.parse(engine, new))


def _is(change: VersionChange | None, wanted: VersionChange) -> bool | None:
    return None if change is None else change is wanted


def downgrade(old: Any, new: Any, properties: Properties) -> bool | None:
    """To a lower version."""
    return _is(_change(old, new, properties), VersionChange.DOWNGRADE)


def major_upgrade(old: Any, new: Any, properties: Properties) -> bool | None:
    """To another major."""
    return _is(_change(old, new, properties), VersionChange.MAJOR)


def major_without_consent(old: Any, new: Any, properties: Properties) -> bool | None:
    """To another major, without `allowMajorVersionUpgrade`."""
    if properties.get("allowMajorVersionUpgrade") is True:
        return False
    return major_upgrade(old, new, properties)
