"""The safety net of each database as it stands in the state, not as the preview would leave it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from dbstack.preview.findings import DATABASES
from dbstack.preview.recording import Step


@dataclass(frozen=True)
class SafetyNet:
    """What stands between one database and the loss of its data."""

    urn: str
    name: str
    protect: bool
    deletion_protection: bool
    final_snapshot: str
    """Id of the snapshot that its deletion takes; empty: none is taken."""
    backup_retention_days: int

    @property
    def gaps(self) -> tuple[str, ...]:
        """What is missing, in words."""
        return tuple(
            text
            for holds, text in (
                (self.protect, "Pulumi doesn't protect it"),
                (self.deletion_protection, "RDS's deletion protection is off"),
                (bool(self.final_snapshot), "no final snapshot"),
                (self.backup_retention_days > 0, "no automated backups"),
            )
            if not holds
        )


def safety_nets(steps: Iterable[Step]) -> list[SafetyNet]:
    """Of every database that is deployed; read replicas, whose data is their source's, left out."""
    found: dict[str, SafetyNet] = {}
    for step in steps:
        if step.type not in DATABASES or step.old is None:
            continue
        properties = step.old.properties
        if properties.get("replicateSourceDb") or properties.get("replicationSourceIdentifier"):
            continue
        found[step.urn] = SafetyNet(
            step.urn,
            step.name,
            step.old.protect,
            properties.get("deletionProtection") is True,
            _snapshot(properties),
            _days(properties.get("backupRetentionPeriod")),
        )
    return sorted(found.values(), key=lambda net: net.urn)


def _snapshot(properties: Mapping[str, Any]) -> str:
    if properties.get("skipFinalSnapshot") is True:
        return ""
    name = properties.get("finalSnapshotIdentifier")
    return name if isinstance(name, str) else ""


def _days(value: object) -> int:
    return int(value) if isinstance(value, int | float) else 0
