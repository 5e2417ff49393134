"""The maintenance window, when somebody says that it has come: what waits at the sandbox's databases is applied.

It goes over the API itself (a modification that asks for nothing but to apply at once), so that the journal has it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dbstack.sandbox.errors import UsageError

_WAITING = ("pending-maintenance-apply",)


@dataclass(frozen=True)
class Applied:
    """What was applied to one database, by the names of RDS: `DBInstanceClass` and so on, with the new value."""

    region: str
    identifier: str
    values: Mapping[str, Any]


def all_regions(clients: Any) -> list[str]:
    """The regions that the account can use."""
    return sorted(item["RegionName"] for item in clients("ec2", "us-east-1").describe_regions()["Regions"])


def run_window(clients: Any, regions: list[str], identifier: str | None = None) -> list[Applied]:
    """Applies everything that waits at the instances and clusters of the regions, or at the named one alone.

    Raises:
        UsageError: no database has the identifier.
    """
    done: list[Applied] = []
    found = False
    for region in regions:
        rds = clients("rds", region)
        # The cluster first: its instances follow it.
        for item in _all(rds, "describe_db_clusters", "DBClusters"):
            if identifier in (None, item["DBClusterIdentifier"]):
                found = True
                rds.modify_db_cluster(DBClusterIdentifier=item["DBClusterIdentifier"], ApplyImmediately=True)
                done.append(Applied(region, item["DBClusterIdentifier"], _pending(item)))
        for item in _all(rds, "describe_db_instances", "DBInstances"):
            if identifier in (None, item["DBInstanceIdentifier"]):
                found = True
                rds.modify_db_instance(
                    DBInstanceIdentifier=item["DBInstanceIdentifier"], ApplyImmediately=True
                )
                done.append(Applied(region, item["DBInstanceIdentifier"], _pending(item)))
    if identifier is not None and not found:
        raise UsageError(
            f"the sandbox has no database {identifier} in {', '.join(regions)}: see `aws rds describe-db-instances`"
        )
    return [item for item in done if item.values]


def _all(rds: Any, operation: str, key: str) -> Iterator[dict[str, Any]]:
    for page in rds.get_paginator(operation).paginate():
        yield from page[key]


def _pending(described: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = dict(described.get("PendingModifiedValues") or {})
    groups: list[dict[str, str]] = described.get("OptionGroupMemberships") or []
    for group in groups:
        if group.get("Status") in _WAITING:
            values["OptionGroupName"] = group["OptionGroupName"]
    return values
