"""What a change of an engine's version is, for the conditions of the tables."""

from typing import Any

from dbstack.spec.changes.model import Properties
from dbstack.spec.cluster_engines import CLUSTER_ENGINES, ClusterVersion, cluster_version_fault
from dbstack.spec.engines import EngineVersion, VersionChange, unknown_engine, version_fault


def _change(old: Any, new: Any, properties: Properties) -> VersionChange | None:
    engine = properties.get("engine")
    if not isinstance(engine, str) or not isinstance(old, str) or not isinstance(new, str):
        return None
    if unknown_engine(engine):
        return _aurora(engine, old, new)
    if version_fault(engine, old) or version_fault(engine, new):
        return None
    return EngineVersion.parse(engine, old).change_to(EngineVersion.parse(engine, new))


def _aurora(engine: str, old: str, new: str) -> VersionChange | None:
    if engine not in CLUSTER_ENGINES or any(cluster_version_fault(engine, one) for one in (old, new)):
        return None
    return ClusterVersion.parse(engine, old).change_to(ClusterVersion.parse(engine, new))


def _is(change: VersionChange | None, wanted: VersionChange) -> bool | None:
    return None if change is None else change is wanted


def downgrade(old: Any, new: Any, properties: Properties) -> bool | None:
    """To a lower version."""
    return _is(_change(old, new, properties), VersionChange.DOWNGRADE)


def same_version(old: Any, new: Any, properties: Properties) -> bool | None:
    """The same version in other words: `17` for a database that has 17.4."""
    return _is(_change(old, new, properties), VersionChange.NONE)


def major_upgrade(old: Any, new: Any, properties: Properties) -> bool | None:
    """To another major."""
    return _is(_change(old, new, properties), VersionChange.MAJOR)


def major_without_consent(old: Any, new: Any, properties: Properties) -> bool | None:
    """To another major, without `allowMajorVersionUpgrade`."""
    if properties.get("allowMajorVersionUpgrade") is True:
        return False
    return major_upgrade(old, new, properties)
