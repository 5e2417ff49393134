"""Rules of what is made from a snapshot or from a point in time."""

from typing import Any

import pytest

from dbstack.spec.errors import SpecError
from dbstack.spec.model import Names
from dbstack.spec.restore import plan_from_point_in_time, plan_from_snapshot
from dbstack.spec.types import PasswordSource

NAMES = Names("shop", "dev", "app")
BASE: dict[str, Any] = {
    "engine": "postgres",
    "engine_version": "17",
    "instance_class": "db.t3.micro",
    "subnet_group_name": "group",
    "security_group_ids": ["sg-12345678"],
}
ARN = "arn:aws:rds:us-east-1:123456789012"
LATEST = {"use_latest_restorable_time": True}


def faults(plan: Any, changes: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(SpecError) as caught:
        plan({**BASE, **changes}, NAMES)
    return {fault.path: fault.message for fault in caught.value.faults}


@pytest.mark.parametrize(
    ("changes", "path", "words"),
    [
        ({"snapshot_identifier": "a--b"}, "snapshot_identifier", "two hyphens"),
        ({"snapshot_identifier": f"{ARN}:db:x"}, "snapshot_identifier", "is not a DB snapshot's ARN"),
        ({"username": "x"}, "username", "is unknown"),
        ({"database_name": "x"}, "database_name", "is unknown"),
        ({"storage": {"encrypted": True}}, "storage.encrypted", "is unknown"),
        ({"storage": {"kms_key_id": "x"}}, "storage.kms_key_id", "is unknown"),
        ({"password": {"source": "managed"}}, "password.source", "for Oracle only"),
        ({"storage": {"type": "io2"}}, "storage.iops", "io2 needs it"),
        ({"storage": {"type": "gp2", "iops": 3000}}, "storage.iops", "can't be set with gp2"),
        ({"storage": {"max_allocated_gib": 5}}, "storage.max_allocated_gib", "below the least"),
        (
            {"storage": {"allocated_gib": 100, "max_allocated_gib": 101}},
            "storage.max_allocated_gib",
            "less than 10 % above",
        ),
        ({"backup": {"retention_days": 40}}, "backup.retention_days", "can't be kept"),
        ({"security_group_ids": ["x"]}, "security_group_ids[0]", "is not a security group's id"),
        ({"subnet_group_name": "1"}, "subnet_group_name", "begins with a letter"),
    ],
)
def test_a_bad_restore_from_a_snapshot(changes: dict[str, Any], path: str, words: str) -> None:
    found = faults(plan_from_snapshot, {"snapshot_identifier": "before", **changes})
    assert words in found.get(path, ""), found
    assert len(found) == 1


@pytest.mark.parametrize(
    ("restore", "path", "words"),
    [
        ({}, "restore", "has no moment"),
        ({"source_identifier": "a"}, "restore", "has no moment"),
        (LATEST, "restore", "has no source"),
        ({"source_identifier": "a", "use_latest_restorable_time": False}, "restore", "has no moment"),
        (
            {"source_identifier": "a", "source_resource_id": "db-ABC", **LATEST},
            "restore.source_resource_id",
            "both give the source",
        ),
        (
            {"source_identifier": "a", "restore_time": "2026-01-31T23:45:00Z", **LATEST},
            "restore.use_latest_restorable_time",
            "both give the moment",
        ),
        (
            {"source_identifier": "a", "restore_time": "yesterday"},
            "restore.restore_time",
            "is not a time in UTC",
        ),
        (
            {"source_identifier": "a", "restore_time": "2026-01-31 23:45"},
            "restore.restore_time",
            "not a time",
        ),
        ({"source_identifier": "a--b", **LATEST}, "restore.source_identifier", "two hyphens"),
        ({"source_resource_id": "app", **LATEST}, "restore.source_resource_id", "is not a resource id"),
        (
            {"source_automated_backups_arn": f"{ARN}:db:x", **LATEST},
            "restore.source_automated_backups_arn",
            "is not the ARN of automated backups",
        ),
    ],
)
def test_a_bad_restore_to_a_point_in_time(restore: dict[str, Any], path: str, words: str) -> None:
    found = faults(plan_from_point_in_time, {"restore": restore})
    assert words in found.get(path, ""), found


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"snapshot_identifier": "rds:app-2026-01-01"},
        {"snapshot_identifier": f"{ARN}:snapshot:shared"},
        # Of the source's volume nothing is known here: what could fit one passes.
        {"storage": {"iops": 3000}},
        {"storage": {"iops": 20000, "type": "gp3", "throughput_mibps": 4000}},
        {"storage": {"max_allocated_gib": 1000}},
    ],
)
def test_a_good_restore(changes: dict[str, Any]) -> None:
    spec = plan_from_snapshot({**BASE, **changes}, NAMES)  # type: ignore[typeddict-item]
    assert spec.identifier == "shop-dev-app"
    assert spec.password.source is PasswordSource.GENERATED


def test_a_restored_database_may_be_called_what_a_new_one_may_not() -> None:
    """Its first database has a name already, so none is derived."""
    assert plan_from_snapshot({**BASE, "identifier": "db"}, Names("shop", "dev", "postgres"))  # type: ignore[typeddict-item]


def test_a_moment_and_a_source() -> None:
    for source in (
        {"source_identifier": "app"},
        {"source_resource_id": "db-ABC123"},
        {"source_automated_backups_arn": f"{ARN}:auto-backup:ab-ABC123"},
    ):
        for moment in (LATEST, {"restore_time": "2026-01-31T23:45:00Z"}):
            args = {**BASE, "restore": {**source, **moment}}
            assert plan_from_point_in_time(args, NAMES).port == 5432  # type: ignore[typeddict-item]
