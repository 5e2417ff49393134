"""Rules of DB clusters: what is refused before anything is created, with path and way out."""

from typing import Any

import pytest

from dbstack.spec.cluster_engines import CLUSTER_ENGINES, ClusterVersion
from dbstack.spec.cluster_plan import plan_cluster
from dbstack.spec.engines import VersionChange
from dbstack.spec.errors import SpecError
from dbstack.spec.model import Names

NAMES = Names("shop", "dev", "orders")
AURORA: dict[str, Any] = {
    "engine": "aurora-postgresql",
    "engine_version": "17",
    "instance_class": "db.r6g.large",
}
MYSQL: dict[str, Any] = {"engine": "aurora-mysql", "engine_version": "8.0", "instance_class": "db.r6g.large"}
SERVERLESS: dict[str, Any] = {"engine": "aurora-postgresql", "engine_version": "17"}
MULTI_AZ: dict[str, Any] = {
    "engine": "postgres",
    "engine_version": "17",
    "instance_class": "db.m6gd.large",
    "storage": {"allocated_gib": 100},
}


def faults(args: dict[str, Any], names: Names = NAMES) -> dict[str, str]:
    try:
        plan_cluster(args, names, placed=False)
    except SpecError as error:
        return {fault.path: fault.message for fault in error.faults}
    return {}


@pytest.mark.parametrize("plain", [AURORA, MYSQL, MULTI_AZ, {**SERVERLESS, "serverless": {"max_acu": 1}}])
def test_the_plain_ones_pass(plain: dict[str, Any]) -> None:
    assert faults(plain) == {}


BAD: list[tuple[dict[str, Any], dict[str, Any], str, str]] = [
    (AURORA, {"engine": "neptune"}, "engine", "aurora-postgresql"),
    (AURORA, {"engine_version": "8.0"}, "engine_version", "'17'"),
    (MYSQL, {"engine_version": "8"}, "engine_version", "'8.0'"),
    (MYSQL, {"engine_version": "8.0.36"}, "engine_version", "mysql_aurora"),
    (AURORA, {"identifier": "1st"}, "identifier", "begins with a letter"),
    (MULTI_AZ, {"identifier": "a" * 53}, "identifier", "at most 52"),
    (AURORA, {"username": "a" * 17}, "username", "at most 16"),
    (AURORA, {"username": "admin"}, "username", "reserved"),
    (AURORA, {"database_name": "with-dash"}, "database_name", "with_dash"),
    (AURORA, {"port": 80}, "port", "1150"),
    (AURORA, {"instance_class": "db.t4g.micro"}, "instance_class", "db.t4g.medium"),
    (AURORA, {"instance_class": "r6g.large"}, "instance_class", "db.r6g.large"),
    (AURORA, {"instance_class": "db.serverless"}, "instance_class", "give serverless"),
    (SERVERLESS, {}, "instances.one.instance_class", "or give serverless"),
    (SERVERLESS, {"serverless": {"max_acu": 0.5}}, "serverless.max_acu", "1 to 256"),
    (SERVERLESS, {"serverless": {"max_acu": 257}}, "serverless.max_acu", "1 to 256"),
    (SERVERLESS, {"serverless": {"min_acu": 0.3, "max_acu": 4}}, "serverless.min_acu", "steps of 0.5"),
    (SERVERLESS, {"serverless": {"min_acu": 8, "max_acu": 4}}, "serverless.max_acu", "use 8 or more"),
    (
        SERVERLESS,
        {"serverless": {"min_acu": 1, "max_acu": 4, "pause_after_seconds": 600}},
        "serverless.pause_after_seconds",
        "set the least to 0",
    ),
    (
        SERVERLESS,
        {"serverless": {"min_acu": 0, "max_acu": 4, "pause_after_seconds": 60}},
        "serverless.pause_after_seconds",
        "300 to 86400",
    ),
    (AURORA, {"instances": {}}, "instances", "describe one"),
    (AURORA, {"instances": {f"i{n}": {} for n in range(17)}}, "instances", "15 readers at most"),
    (AURORA, {"instances": {"1a": {}}}, "instances.1a", "begins with a letter"),
    (AURORA, {"instances": {"a": {"promotion_tier": 16}}}, "instances.a.promotion_tier", "0 (first) to 15"),
    (AURORA, {"instances": {"a": {"availability_zone": "x"}}}, "instances.a.availability_zone", "us-east-1"),
    (
        AURORA,
        {"instances": {"a": {"identifier": "x"}, "b": {"identifier": "x"}}},
        "instances.b",
        "choose another",
    ),
    (
        AURORA,
        {"instances": {"a": {"instance_class": "db.t3.micro"}}},
        "instances.a.instance_class",
        "too small",
    ),
    (AURORA, {"reader_autoscaling": {"max_readers": 16}}, "reader_autoscaling.max_readers", "1 to 15"),
    (
        AURORA,
        {"reader_autoscaling": {"max_readers": 2, "min_readers": 3}},
        "reader_autoscaling.min_readers",
        "use 2 or less",
    ),
    (
        AURORA,
        {"reader_autoscaling": {"max_readers": 2, "min_readers": 0}, "instances": {"a": {}}},
        "reader_autoscaling.min_readers",
        "Use 1 or more",
    ),
    (
        AURORA,
        {"reader_autoscaling": {"max_readers": 2, "min_readers": -1}, "instances": {"a": {}}},
        "reader_autoscaling.min_readers",
        "use 0 to 15",
    ),
    (
        AURORA,
        {"reader_autoscaling": {"max_readers": 1}, "instances": {"a": {}, "b": {}, "c": {}}},
        "reader_autoscaling.max_readers",
        "use 2 or more",
    ),
    (
        AURORA,
        {"reader_autoscaling": {"max_readers": 2, "cpu_percent": 50, "connections": 5}},
        "reader_autoscaling",
        "leave one of them out",
    ),
    (
        AURORA,
        {"reader_autoscaling": {"max_readers": 2, "cpu_percent": 0}},
        "reader_autoscaling.cpu_percent",
        "1 to 100",
    ),
    (AURORA, {"endpoints": {"a": {"members": ["nobody"]}}}, "endpoints.a.members[0]", "choose one"),
    (
        AURORA,
        {"endpoints": {"a": {"members": ["one"], "excluded": ["one"]}}},
        "endpoints.a",
        "leave one of them out",
    ),
    (AURORA, {"endpoints": {f"e{n}": {} for n in range(6)}}, "endpoints", "5 at most"),
    (AURORA, {"storage": {"type": "gp3"}}, "storage.type", "aurora or aurora-iopt1"),
    (AURORA, {"storage": {"allocated_gib": 100}}, "storage.allocated_gib", "leave it out"),
    (
        AURORA,
        {"storage": {"encrypted": False, "kms_key_id": "arn:aws:kms:us-east-1:123456789012:key/x"}},
        "storage.kms_key_id",
        "leave one of the two out",
    ),
    (AURORA, {"backup": {"retention_days": 0}}, "backup.retention_days", "1 to 35"),
    (AURORA, {"backup": {"retention_days": 36}}, "backup.retention_days", "1 to 35"),
    (
        AURORA,
        {"backup": {"window": "03:00-04:00"}, "maintenance_window": "sun:03:30-sun:04:30"},
        "maintenance_window",
        "move one of them",
    ),
    (AURORA, {"backtrack_hours": 24}, "backtrack_hours", "only Aurora MySQL"),
    (MYSQL, {"backtrack_hours": 73}, "backtrack_hours", "0 (off) to 72"),
    (
        AURORA,
        {"parameter_group": {"name": "mine", "parameters": {"a": "1"}}},
        "parameter_group",
        "parameters and name exclude each other",
    ),
    (AURORA, {"parameter_group": {"name": "Mine"}}, "parameter_group.name", "'mine'"),
    (AURORA, {"password": {"source": "given"}}, "password.source", "name its secret key"),
    (AURORA, {"password": {"source": "managed", "config": "a:b"}}, "password.source", "leave one out"),
    (AURORA, {"password": {"rotation": {"days": 0}}}, "password.rotation.days", "1 to 1000"),
    (
        AURORA,
        {"password": {"source": "generated", "rotation": {}}},
        "password.rotation",
        "no rotation function for a cluster",
    ),
    (
        AURORA,
        {"password": {"value": "sesame1234", "rotation": {}}},
        "password.rotation",
        "wrong after the first rotation",
    ),
    (
        AURORA,
        {"password": {"rotation": {"ca_bundle": "x.pem"}}},
        "password.rotation.ca_bundle",
        "leave it out",
    ),
    (AURORA, {"password": {"value": "x" * 42}}, "password.value", "8 to 41"),
    (
        AURORA,
        {"monitoring": {"log_exports": ["upgrade"]}},
        "monitoring.log_exports[0]",
        "instance, postgresql",
    ),
    (
        AURORA,
        {"monitoring": {"enhanced_interval_seconds": 7}},
        "monitoring.enhanced_interval_seconds",
        "choose 0, 1",
    ),
    (
        AURORA,
        {"monitoring": {"enhanced_interval_seconds": 0, "monitoring_role_arn": "arn:aws:iam::1:role/m"}},
        "monitoring.monitoring_role_arn",
        "leave one of the two out",
    ),
    (AURORA, {"monitoring": {"alarms": {"acu_percent": 101}}}, "monitoring.alarms.acu_percent", "100"),
    (
        AURORA,
        {"monitoring": {"alarms": {"volume_used_gib": -1}}},
        "monitoring.alarms.volume_used_gib",
        "above 0",
    ),
    (AURORA, {"monitoring": {"log_retention_days": 42}}, "monitoring.log_retention_days", "use 60"),
    (AURORA, {"monitoring": {"log_kms_key_id": "key"}}, "monitoring.log_kms_key_id", "arn:aws:kms"),
    (
        AURORA,
        {"monitoring": {"performance_insights_retention_days": 8}},
        "monitoring.performance_insights_retention_days",
        "multiple of 31",
    ),
    (
        AURORA,
        {"monitoring": {"performance_insights": False, "performance_insights_retention_days": 7}},
        "monitoring.performance_insights_retention_days",
        "leave one of the two out",
    ),
    (
        MYSQL,
        {"instance_class": "db.t3.medium", "monitoring": {"performance_insights": True}},
        "monitoring.performance_insights",
        "db.t3.medium has none",
    ),
    (
        AURORA,
        {"controls": {"acknowledged": {"RDS.777": "why"}}},
        "controls.acknowledged['RDS.777']",
        "no control",
    ),
    (MULTI_AZ, {"instance_class": "db.m6g.large"}, "instance_class", "db.m6gd.large"),
    (MULTI_AZ, {"storage": {}}, "storage.allocated_gib", "is missing"),
    (MULTI_AZ, {"storage": {"type": "aurora", "allocated_gib": 100}}, "storage.type", "gp3 or io1 or io2"),
    (MULTI_AZ, {"storage": {"type": "io1", "allocated_gib": 50}}, "storage.allocated_gib", "100 to"),
    (MULTI_AZ, {"storage": {"type": "io1", "allocated_gib": 100}}, "storage.iops", "io1 needs it"),
    (MULTI_AZ, {"storage": {"allocated_gib": 100, "iops": 4000}}, "storage.iops", "below 400 GiB"),
    (MULTI_AZ, {"serverless": {"max_acu": 4}}, "serverless", "leave it out"),
    (MULTI_AZ, {"instances": {"one": {}}}, "instances", "leave it out"),
    (MULTI_AZ, {"endpoints": {"a": {}}}, "endpoints", "leave it out"),
    (MULTI_AZ, {"reader_autoscaling": {"max_readers": 2}}, "reader_autoscaling", "leave it out"),
    (MULTI_AZ, {"data_api": True}, "data_api", "leave it out"),
    (AURORA, {"instnces": {}}, "instnces", "instances"),
]


@pytest.mark.parametrize(("plain", "more", "path", "way_out"), BAD)
def test_a_bad_input(plain: dict[str, Any], more: dict[str, Any], path: str, way_out: str) -> None:
    found = faults({**plain, **more})
    assert list(found) == [path]
    assert way_out in found[path]


@pytest.mark.parametrize(
    ("plain", "more", "on"),
    [
        (MYSQL, {}, True),
        (MYSQL, {"instance_class": "db.t4g.medium"}, True),
        (MYSQL, {"instance_class": "db.t3.medium"}, False),
        (MYSQL, {"instances": {"one": {}, "two": {"instance_class": "db.t3.large"}}}, False),
        (MYSQL, {"instance_class": "db.t3.large", "instances": {"one": {}}}, False),
        (
            MYSQL,
            {"instance_class": "db.t3.large", "instances": {"one": {"instance_class": "db.r6g.large"}}},
            True,
        ),
        (AURORA, {"instance_class": "db.t3.medium"}, True),
    ],
)
def test_insights_are_asked_for_where_every_class_has_them(
    plain: dict[str, Any], more: dict[str, Any], on: bool
) -> None:
    spec = plan_cluster({**plain, **more}, NAMES, placed=False)
    assert spec.performance_insights is on
    assert spec.performance_insights_retention_days == (7 if on else None)


def test_a_derived_identifier_is_checked_too() -> None:
    found = faults(MULTI_AZ, Names("a" * 40, "production", "orders"))
    assert list(found) == ["identifier"]
    assert "set it yourself" in found["identifier"]


def test_all_faults_at_once() -> None:
    args = {**AURORA, "port": 80, "backtrack_hours": 1, "instances": {"a": {"promotion_tier": 99}}}
    assert faults(args).keys() == {"port", "backtrack_hours", "instances.a.promotion_tier"}


@pytest.mark.parametrize(
    ("engine", "before", "after", "change"),
    [
        ("aurora-postgresql", "16", "16.8", VersionChange.MINOR),
        ("aurora-postgresql", "16.8", "16", VersionChange.NONE),
        ("aurora-postgresql", "16.8", "16.4", VersionChange.DOWNGRADE),
        ("aurora-postgresql", "16.8", "17", VersionChange.MAJOR),
        ("aurora-mysql", "8.0.mysql_aurora.3.08.0", "8.0.mysql_aurora.3.10.0", VersionChange.MINOR),
        ("aurora-mysql", "8.0.mysql_aurora.3.10.0", "8.0.mysql_aurora.3.08.0", VersionChange.DOWNGRADE),
        ("aurora-mysql", "5.7", "8.0", VersionChange.MAJOR),
        ("mysql", "8.4.5", "8.0", VersionChange.DOWNGRADE),
    ],
)
def test_version_changes(engine: str, before: str, after: str, change: VersionChange) -> None:
    assert ClusterVersion.parse(engine, before).change_to(ClusterVersion.parse(engine, after)) is change


@pytest.mark.parametrize(
    ("engine", "version", "family"),
    [
        ("aurora-postgresql", "17.4", "aurora-postgresql17"),
        ("aurora-mysql", "8.0.mysql_aurora.3.08.0", "aurora-mysql8.0"),
        ("postgres", "17", "postgres17"),
        ("mysql", "8.4.5", "mysql8.4"),
    ],
)
def test_families(engine: str, version: str, family: str) -> None:
    assert ClusterVersion.parse(engine, version).family == family


def test_default_logs_are_logs_of_the_engine() -> None:
    for facts in CLUSTER_ENGINES.values():
        assert set(facts.default_log_exports) <= set(facts.log_exports)


def test_capacity_as_it_is_planned() -> None:
    spec = plan_cluster({**SERVERLESS, "serverless": {"min_acu": 0, "max_acu": 256}}, NAMES, placed=False)
    assert spec.serverless is not None
    assert (spec.serverless.min_acu, spec.serverless.max_acu, spec.serverless.pause_after_seconds) == (
        0,
        256,
        300,
    )
    kept = plan_cluster({**SERVERLESS, "serverless": {"max_acu": 2}}, NAMES, placed=False).serverless
    assert kept is not None
    assert (kept.min_acu, kept.pause_after_seconds) == (0.5, None)


@pytest.mark.parametrize(
    ("instances", "asked", "least"),
    [
        ({"a": {}}, None, 1),
        ({"a": {}, "b": {}, "c": {}}, None, 2),
        ({"a": {}, "b": {}}, 0, 0),
        ({"a": {}}, 2, 2),
    ],
)
def test_a_reader_stays_to_scale_by(instances: dict[str, Any], asked: int | None, least: int) -> None:
    scaling = {"max_readers": 3, **({} if asked is None else {"min_readers": asked})}
    spec = plan_cluster(
        {**AURORA, "instances": instances, "reader_autoscaling": scaling}, NAMES, placed=False
    )
    assert spec.autoscaling is not None
    assert spec.autoscaling.min_readers == least
