"""Rules of automated backups that are copied to another region."""

from typing import Any

import pytest

from dbstack.config.stack import stack_faults
from dbstack.spec import plan
from dbstack.spec.errors import SpecError
from dbstack.spec.model import BackupCopySpec, Names

NAMES = Names("shop", "dev", "app")
BASE: dict[str, Any] = {"engine": "postgres", "engine_version": "17", "instance_class": "db.t3.micro"}
KEY = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
COPIES = {"region": "eu-central-1", "kms_key_id": KEY}


@pytest.mark.parametrize(
    ("settings", "path", "words"),
    [
        ({"backup": {"cross_region": {"kms_key_id": KEY}}}, "backup.cross_region.region", "is missing"),
        (
            {"backup": {"cross_region": {"region": "eu-central-1"}}},
            "backup.cross_region.kms_key_id",
            "is missing",
        ),
        (
            {"backup": {"cross_region": {**COPIES, "region": "europe"}}},
            "backup.cross_region.region",
            "AWS region",
        ),
        (
            {"backup": {"cross_region": {**COPIES, "region": "eu-west-1"}}},
            "backup.cross_region.kms_key_id",
            "works in its own region only",
        ),
        (
            {"backup": {"cross_region": {**COPIES, "retention_days": 0}}},
            "backup.cross_region.retention_days",
            "can't be kept in another region",
        ),
        (
            {"backup": {"retention_days": 0, "cross_region": COPIES}},
            "backup.cross_region",
            "there are no backups to copy",
        ),
        (
            {"storage": {"encrypted": False}, "backup": {"cross_region": COPIES}},
            "backup.cross_region.kms_key_id",
            "isn't encrypted",
        ),
    ],
)
def test_bad_copies(settings: dict[str, Any], path: str, words: str) -> None:
    with pytest.raises(SpecError) as caught:
        plan.plan_database({**BASE, **settings}, NAMES, placed=False)  # type: ignore[typeddict-item]
    found = {fault.path: fault.message for fault in caught.value.faults}
    assert list(found) == [path]
    assert words in found[path]


def test_the_databases_own_region_is_no_other() -> None:
    copies = {"region": "us-east-1", "kmsKeyId": KEY.replace("eu-central-1", "us-east-1")}
    database = {
        "engine": "postgres",
        "engineVersion": "17",
        "instanceClass": "db.t3.micro",
        "backup": {"crossRegion": copies},
        "replicas": {"r": {"region": "us-east-1"}},
    }
    config = {"environment": "dev", "network": {"vpcCidr": "10.0.0.0/16"}, "databases": {"app": database}}
    found = {fault.path: fault.message for fault in stack_faults(config, "shop", "dev", "us-east-1")[1]}
    assert set(found) == {"databases.app.backup.crossRegion.region", "databases.app.replicas.r.region"}
    assert all("the database's own region" in message for message in found.values())


def test_good_copies() -> None:
    settings = {**BASE, "backup": {"retention_days": 9, "cross_region": COPIES}}
    spec = plan.plan_database(settings, NAMES, placed=False)  # type: ignore[typeddict-item]
    assert spec.instance.backup_copy == BackupCopySpec("eu-central-1", 9)
    plain = plan.plan_database({**BASE}, NAMES, placed=False)  # type: ignore[typeddict-item]
    assert plain.instance.backup_copy is None
