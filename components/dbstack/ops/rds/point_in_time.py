"""A DB instance as its source was at a moment, beside it and with its settings: RDS by itself takes defaults."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from dbstack.ops.errors import OpsUsageError
from dbstack.ops.moment import LATEST
from dbstack.ops.rds.instances import RdsInstances
from dbstack.spec.storage import baseline

SOURCE_TAG, MOMENT_TAG = "dbstack:restored-from", "dbstack:restored-to"
"""By which a second run knows what the first one began: RDS doesn't tell what an instance was made from."""

# Member of RestoreDBInstanceToPointInTime -> where a description has it. What isn't given becomes a default: one zone,
# the default groups, no logs, no IAM login. https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIT.html
_CARRIED: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "DBParameterGroupName": lambda found: _first(found, "DBParameterGroups", "DBParameterGroupName"),
    "OptionGroupName": lambda found: _first(found, "OptionGroupMemberships", "OptionGroupName"),
    "MultiAZ": lambda found: found.get("MultiAZ"),
    "StorageType": lambda found: found.get("StorageType"),
    "Iops": lambda found: _chosen(found, "Iops", 0),
    "StorageThroughput": lambda found: _chosen(found, "StorageThroughput", 1),
    "MaxAllocatedStorage": lambda found: found.get("MaxAllocatedStorage"),
    "DedicatedLogVolume": lambda found: found.get("DedicatedLogVolume") or None,
    "EnableIAMDatabaseAuthentication": lambda found: found.get("IAMDatabaseAuthenticationEnabled"),
    "EnableCloudwatchLogsExports": lambda found: found.get("EnabledCloudwatchLogsExports") or None,
    "AutoMinorVersionUpgrade": lambda found: found.get("AutoMinorVersionUpgrade"),
    "NetworkType": lambda found: found.get("NetworkType"),
    "CACertificateIdentifier": lambda found: found.get("CACertificateIdentifier"),
    "EngineLifecycleSupport": lambda found: found.get("EngineLifecycleSupport"),
    "BackupRetentionPeriod": lambda found: found.get("BackupRetentionPeriod"),
    "PubliclyAccessible": lambda found: found.get("PubliclyAccessible"),
}


def restore_beside(rds: RdsInstances, source: str, target: str, moment: datetime | None) -> dict[str, Any]:
    """Makes `target` with the data of `source` at a moment (None: the latest that there is), and waits for it.

    It has the source's class, subnet group, security groups, parameter and option group, zones, storage and tags, and
    deletion protection. Called again it waits for the one that it began.

    Raises:
        OpsUsageError: no such source, a moment that its backups don't reach, or a `target` that is something else.
        OpsError: RDS refuses, or the instance isn't available in time.
    """
    found = rds.describe(source)
    if found is None:
        raise OpsUsageError(
            f"there is no DB instance {source}: of one that was deleted, docs/faults.md says how it is restored"
        )
    told = LATEST if moment is None else moment.astimezone(UTC).isoformat(timespec="seconds")
    marks = {SOURCE_TAG: str(found["DBInstanceArn"]), MOMENT_TAG: told}
    there = rds.describe(target)
    if there is not None:
        _check_same(target, there, marks)
    return rds.restore_to_time(
        target,
        source,
        moment=moment,
        subnet_group_name=str(found["DBSubnetGroup"]["DBSubnetGroupName"]),
        security_group_ids=[
            str(group["VpcSecurityGroupId"]) for group in _listed(found, "VpcSecurityGroups")
        ],
        instance_class=found.get("DBInstanceClass"),
        tags={**_tags(found), **marks},
        **carried(found),
    )


def carried(found: Mapping[str, Any]) -> dict[str, Any]:
    """Members of the restore that make its settings those of a described instance."""
    return {member: value for member, read in _CARRIED.items() if (value := read(found)) is not None}


def swap_steps(source: str, made: Mapping[str, Any], region: str) -> str:
    """What is left to do by people, who alone know when the applications may stop."""
    target, place = made["DBInstanceIdentifier"], made["Endpoint"]
    database = made.get("DBName") or "postgres"
    where = f"--region {region} --apply-immediately"
    return f"""\
To swap it in:
  1. Look at the data; user and password are those that {source} had at that moment:
     dbstack inspect --url postgresql://{made["MasterUsername"]}@{place["Address"]}:{place["Port"]}/{database}
  2. Stop the applications.
  3. Give it the name, and with it the host name, some minutes later:
     aws rds modify-db-instance {where} --db-instance-identifier {source} --new-db-instance-identifier {source}-before
     aws rds wait db-instance-available --region {region} --db-instance-identifier {source}-before
     aws rds modify-db-instance {where} --db-instance-identifier {target} --new-db-instance-identifier {source}
  4. Bring it into the stack's state: docs/provisioning.md, "Swapping a restored instance in". Replicas follow the old
     one still.
  5. Start the applications. Keep {source}-before until nobody asks for it any more.
To throw it away instead:
     aws rds modify-db-instance {where} --db-instance-identifier {target} --no-deletion-protection
     aws rds delete-db-instance --region {region} --db-instance-identifier {target} --skip-final-snapshot"""


def _check_same(target: str, there: Mapping[str, Any], marks: Mapping[str, str]) -> None:
    tags = _tags(there, ours=True)
    if tags.get(SOURCE_TAG) != marks[SOURCE_TAG]:
        raise OpsUsageError(
            f"there is an instance {target} already, and it is another one: choose another identifier"
        )
    if tags.get(MOMENT_TAG) != marks[MOMENT_TAG]:
        raise OpsUsageError(
            f"{target} was restored to {tags.get(MOMENT_TAG)}, not to {marks[MOMENT_TAG]}: choose another identifier"
        )


def _tags(found: Mapping[str, Any], *, ours: bool = False) -> dict[str, str]:
    given = {str(tag["Key"]): str(tag["Value"]) for tag in _listed(found, "TagList")}
    # AWS's own can't be given, and a source may be restored itself.
    return {
        key: value
        for key, value in given.items()
        if not key.startswith("aws:") and (ours or key not in (SOURCE_TAG, MOMENT_TAG))
    }


def _first(found: Mapping[str, Any], key: str, name: str) -> str | None:
    return next((str(item[name]) for item in _listed(found, key)), None)


def _listed(found: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    return found.get(key) or []


def _chosen(found: Mapping[str, Any], key: str, position: int) -> int | None:
    """Of gp3 only what is above the baseline: on a small volume RDS refuses the baseline itself."""
    value = found.get(key) or None
    if found.get("StorageType") != "gp3":
        return value
    return (
        value if value != baseline(str(found["Engine"]), int(found["AllocatedStorage"]))[position] else None
    )
