"""Read replicas: from whom they may replicate, where they may stand, and what each inherits."""

from typing import Any

import pytest

from dbstack.spec import plan
from dbstack.spec.errors import SpecError
from dbstack.spec.model import Names, ReplicaSpec
from dbstack.spec.types import OnDelete, StorageType

NAMES = Names("shop", "dev", "app")
BASE: dict[str, Any] = {"engine": "postgres", "engine_version": "17", "instance_class": "db.t3.micro"}
KEY = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
NETWORK = {"vpc_id": "vpc-12345678", "subnet_ids": ["subnet-12345678", "subnet-12345679"]}
AWAY = {"region": "eu-central-1", "kms_key_id": KEY, "network": NETWORK}


def planned(settings: dict[str, Any]) -> dict[str, ReplicaSpec]:
    spec = plan.plan_database({**BASE, **settings}, NAMES, placed=False)  # type: ignore[typeddict-item]
    return {replica.key: replica for replica in spec.replicas}


def faults(settings: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(SpecError) as caught:
        planned(settings)
    return {fault.path: fault.message for fault in caught.value.faults}


def without(record: dict[str, Any], *names: str) -> dict[str, Any]:
    return {key: value for key, value in record.items() if key not in names}


@pytest.mark.parametrize(
    ("settings", "path", "words"),
    [
        ({"replicas": {"a": {"replica_mode": "mounted"}}}, "replicas.a.replica_mode", "only Oracle has"),
        ({"replicas": {"a": {"ca_certificate": "x"}}}, "replicas.a.ca_certificate", "write one such as"),
        # who replicates from whom
        ({"replicas": {"a": {"source": "b"}}}, "replicas.a.source", "'b' is no replica of this database"),
        ({"replicas": {"a": {"source": "a"}}}, "replicas.a.source", "can't replicate from itself"),
        (
            {"replicas": {"a": {"source": "b"}, "b": {"source": "a"}}},
            "replicas.a.source",
            "a from b from a is a circle",
        ),
        (
            {"replicas": {"a": {}, "b": {"source": "a"}, "c": {"source": "b"}, "d": {"source": "c"}}},
            "replicas.d.source",
            "would be replica 4 in a row: RDS allows 3",
        ),
        (
            {"engine_version": "13", "replicas": {"a": {}, "b": {"source": "a"}}},
            "replicas.b.source",
            "from 14.1 on",
        ),
        (
            {"engine_version": "14.0", "replicas": {"a": {}, "b": {"source": "a"}}},
            "replicas.b.source",
            "from 14.1 on",
        ),
        (
            {"replicas": {"a": {}, **{f"r{n}": {"source": "a"} for n in range(16)}}},
            "replicas.a",
            "16 replicas: RDS allows 15",
        ),
        (
            {"replicas": {"a": {"backup": {"retention_days": 0}}, "b": {"source": "a"}}},
            "replicas.a.backup.retention_days",
            "0 days switches backups off",
        ),
        # another region
        ({"replicas": {"a": {"region": "europe"}}}, "replicas.a.region", "is not an AWS region"),
        ({"replicas": {"a": without(AWAY, "network")}}, "replicas.a.network", "needs vpc_id and subnet_ids"),
        (
            {"replicas": {"a": without(AWAY, "kms_key_id")}},
            "replicas.a.kms_key_id",
            "the source is encrypted",
        ),
        (
            {"replicas": {"a": {**AWAY, "kms_key_id": KEY.replace("eu-central-1", "us-east-1")}}},
            "replicas.a.kms_key_id",
            "works in its own region only",
        ),
        ({"replicas": {"a": {**AWAY, "kms_key_id": "alias/x"}}}, "replicas.a.kms_key_id", "is an alias"),
        (
            {"storage": {"encrypted": False}, "replicas": {"a": AWAY}},
            "replicas.a.kms_key_id",
            "the source isn't encrypted",
        ),
        (
            {"replicas": {"a": {"kms_key_id": KEY}}},
            "replicas.a.kms_key_id",
            "leave it out, or name the region",
        ),
        ({"replicas": {"a": {"network": NETWORK}}}, "replicas.a.network", "leave it out, or name the region"),
        (
            {"replicas": {"a": {**AWAY, "availability_zone": "us-east-1a"}}},
            "replicas.a.availability_zone",
            "is not in eu-central-1",
        ),
        (
            {"replicas": {"a": AWAY, "b": {**AWAY, "network": {**NETWORK, "vpc_id": "vpc-87654321"}}}},
            "replicas.b.network.vpc_id",
            "RDS wants one VPC",
        ),
        (
            {
                "replicas": {
                    "a": AWAY,
                    "b": {
                        **AWAY,
                        "source": "a",
                        "region": "us-west-2",
                        "kms_key_id": KEY.replace("eu-central-1", "us-west-2"),
                    },
                }
            },
            "replicas.b.region",
            "spans two regions at most",
        ),
        (
            {"replicas": {"a": {**AWAY, "access": {"from_application": True}}}},
            "replicas.a.access.from_application",
            "no application security group",
        ),
        # its own figures
        ({"replicas": {"a": {"port": 80}}}, "replicas.a.port", "is not a port that RDS allows"),
        (
            {"replicas": {"a": {"storage": {"type": "io2"}}}},
            "replicas.a.storage.type",
            "below the least of io2",
        ),
        (
            {"storage": {"allocated_gib": 400}, "replicas": {"a": {"storage": {"type": "io2"}}}},
            "replicas.a.storage.iops",
            "io2 needs it",
        ),
        (
            {"replicas": {"a": {"storage": {"throughput_mibps": 500}}}},
            "replicas.a.storage.throughput_mibps",
            "below 400 GiB",
        ),
        (
            {"replicas": {"a": {"storage": {"max_allocated_gib": 21}}}},
            "replicas.a.storage.max_allocated_gib",
            "less than 10 % above",
        ),
        (
            {"replicas": {"a": {"backup": {"retention_days": 36}}}},
            "replicas.a.backup.retention_days",
            "can't be kept",
        ),
        (
            {
                "maintenance_window": "sun:04:00-sun:05:00",
                "replicas": {"a": {"backup": {"window": "04:30-05:30"}}},
            },
            "replicas.a.backup.window",
            "overlap",
        ),
        (
            {"replicas": {"a": {"promoted": True, "backup": {"retention_days": 0}}}},
            "replicas.a.backup.retention_days",
            "a promoted replica is a database of its own",
        ),
    ],
)
def test_a_bad_replica(settings: dict[str, Any], path: str, words: str) -> None:
    found = faults(settings)
    assert words in found.get(path, ""), found


def test_one_fault_for_one_cause() -> None:
    assert list(faults({"replicas": {"a": {"region": "europe"}}})) == ["replicas.a.region"]
    assert list(faults({"replicas": {"a": AWAY, "b": {"source": "x"}}})) == ["replicas.b.source"]
    assert list(faults({"replicas": {"a": without(AWAY, "kms_key_id")}})) == ["replicas.a.kms_key_id"]


@pytest.mark.parametrize(
    "engine", [("postgres", "14"), ("postgres", "14.1"), ("mysql", "8.4"), ("mariadb", "11.4")]
)
def test_three_in_a_row(engine: tuple[str, str]) -> None:
    settings = {"engine": engine[0], "engine_version": engine[1]}
    found = planned({**settings, "replicas": {"c": {"source": "b"}, "b": {"source": "a"}, "a": {}}})
    assert list(found) == ["a", "b", "c"]
    assert [replica.source for replica in found.values()] == [None, "a", "b"]
    assert [replica.backup_retention_days for replica in found.values()] == [7, 7, None]


def test_a_region_is_inherited_along_a_chain() -> None:
    found = planned({"replicas": {"dr": AWAY, "next": {"source": "dr"}, "home": {}}})
    assert (found["dr"].region, found["dr"].across_regions, found["dr"].own_access) == (
        "eu-central-1",
        True,
        True,
    )
    assert (found["next"].region, found["next"].across_regions) == ("eu-central-1", False)
    assert (found["home"].region, found["home"].own_access) == (None, False)


def test_figures_of_another_volume_type_are_not_inherited() -> None:
    source = {"allocated_gib": 400, "iops": 12000, "throughput_mibps": 500, "max_allocated_gib": 1000}
    found = planned({"storage": source, "replicas": {"same": {}, "other": {"storage": {"type": "gp2"}}}})
    same, other = found["same"], found["other"]
    assert (same.storage_type, same.iops, same.throughput_mibps) == (StorageType.GP3, 12000, 500)
    assert (other.storage_type, other.iops, other.throughput_mibps) == (StorageType.GP2, None, None)
    assert (same.max_allocated_gib, other.max_allocated_gib) == (1000, 1000)


def test_a_deletion_word_of_its_own_decides_its_protection() -> None:
    found = planned({"replicas": {"a": {"on_delete": "destroy"}, "b": {}}})
    assert (found["a"].deletion.on_delete, found["a"].deletion.protected) == (OnDelete.DESTROY, False)
    assert found["b"].deletion.protected is True


def test_promoted_it_has_backups_and_a_final_snapshot() -> None:
    found = planned(
        {
            "backup": {"retention_days": 9, "window": "01:00-02:00"},
            "replicas": {
                "a": {"promoted": True},
                "b": {"promoted": True, "on_delete": "destroy"},
                "c": {"promoted": True, "backup": {"retention_days": 3}},
            },
        }
    )
    a, b, c = found.values()
    assert (a.backup_retention_days, a.backup_window, a.deletion.final_snapshot) == (9, "01:00-02:00", True)
    assert (b.deletion.final_snapshot, b.deletion.protected) == (False, False)
    assert c.backup_retention_days == 3


def test_a_promoted_replica_leaves_its_source_free_for_another_and_the_password_where_it_is() -> None:
    many = {f"r{n}": {} for n in range(15)} | {"left": {"promoted": True}}
    assert len(planned({"replicas": many})) == 16
    spec = plan.plan_database({**BASE, "replicas": {"a": {"promoted": True}}}, NAMES, placed=False)  # type: ignore[typeddict-item]
    assert spec.instance.password.source.value == "generated"


ONE: dict[str, Any] = {"instance_class": "db.t3.micro", "security_group_ids": ["sg-12345678"]}
ARN = "arn:aws:rds:us-east-1:123456789012:db:shop"


@pytest.mark.parametrize(
    ("args", "paths"),
    [
        ({}, ["source_identifier"]),
        (
            {"source_identifier": "a", "source_arn": ARN, "subnet_group_name": "g", "kms_key_id": KEY},
            ["source_arn"],
        ),
        ({"source_arn": ARN}, ["subnet_group_name", "kms_key_id"]),
        ({"source_arn": "shop", "subnet_group_name": "g", "kms_key_id": KEY}, ["source_arn"]),
        (
            {"source_arn": ARN, "subnet_group_name": "g", "storage_encrypted": False, "kms_key_id": KEY},
            ["kms_key_id"],
        ),
        ({"source_identifier": "a", "subnet_group_name": "g"}, ["subnet_group_name"]),
        ({"source_identifier": "a", "kms_key_id": KEY}, ["kms_key_id"]),
        ({"source_identifier": "a", "region": "eu-central-1"}, ["region"]),
        ({"source_identifier": "a", "backup": {"retention_days": 40}}, ["backup.retention_days"]),
    ],
)
def test_one_replica_names_its_source_in_one_way(args: dict[str, Any], paths: list[str]) -> None:
    with pytest.raises(SpecError) as caught:
        plan.plan_replica({**ONE, **args}, NAMES)  # type: ignore[typeddict-item]
    assert [fault.path for fault in caught.value.faults] == paths


def test_one_replica_across_regions() -> None:
    args = {**ONE, "source_arn": ARN, "region": "eu-central-1", "subnet_group_name": "g", "kms_key_id": KEY}
    spec = plan.plan_replica(args, NAMES)  # type: ignore[typeddict-item]
    assert (spec.region, spec.across_regions, spec.promoted) == ("eu-central-1", True, False)
    promoted = plan.plan_replica({**args, "promoted": True}, NAMES)  # type: ignore[typeddict-item]
    assert (promoted.backup_retention_days, promoted.deletion.final_snapshot) == (7, True)
