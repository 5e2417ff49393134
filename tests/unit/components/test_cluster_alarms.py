"""Alarms and enhanced monitoring of clusters: as boto3 reads them back."""

from typing import Any

import pytest
from tests.unit.components.cluster_programs import AURORA, MULTI_AZ, MYSQL, cluster, deployed, member
from tests.unit.components.test_cluster_features import LIMITLESS

from dbstack.testing import Deployment

TOPIC = "arn:aws:sns:us-east-1:123456789012:dba"
MIB, GIB = 1024**2, 1024**3
TOLD: dict[str, Any] = {"monitoring": {"alarms": {"topic_arn": TOPIC}}}
OF_EACH = {"cpu", "memory", "connections"}
SERVERLESS: dict[str, Any] = {
    "engine": "aurora-postgresql",
    "engine_version": "17",
    "serverless": {"min_acu": 0.5, "max_acu": 64},
    "instances": {"one": {}},
}


def alarms(deployment: Deployment) -> dict[str, dict[str, Any]]:
    found = deployment.client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert all(item["AlarmActions"] == item["OKActions"] == [TOPIC] for item in found)
    return {item["AlarmName"].removeprefix("shop-dev-orders-"): item for item in found}


def watches(alarm: dict[str, Any]) -> tuple[str, dict[str, str], float]:
    dimensions = {item["Name"]: item["Value"] for item in alarm["Dimensions"]}
    return alarm["MetricName"], dimensions, alarm["Threshold"]


def test_of_aurora_each_instance_and_the_cluster_by_role() -> None:
    with deployed({**AURORA, **TOLD}) as deployment:
        found = alarms(deployment)
        each = {f"{key}-{alarm}" for key in ("one", "two") for alarm in OF_EACH}
        assert set(found) == each | {"replica-lag", "transaction-ids", "volume"}
        own = {"DBInstanceIdentifier": "shop-dev-orders-two"}
        assert watches(found["two-cpu"]) == ("CPUUtilization", own, 90)
        assert watches(found["two-memory"]) == ("FreeableMemory", own, 1638 * MIB)
        # 16 GiB: 92 % of 17179869184 / 9531392 are 1658 connections, of which 80 % are 1326.
        assert watches(found["two-connections"]) == ("DatabaseConnections", own, 1326)
        whole = {"DBClusterIdentifier": "shop-dev-orders"}
        # The metric is in milliseconds.
        assert watches(found["replica-lag"]) == ("AuroraReplicaLag", {**whole, "Role": "READER"}, 10_000)
        assert watches(found["transaction-ids"]) == (
            "MaximumUsedTransactionIDs",
            {**whole, "Role": "WRITER"},
            1_000_000_000,
        )
        assert watches(found["volume"]) == ("VolumeBytesUsed", whole, 104_857 * GIB)


def test_of_aurora_mysql_with_one_burstable_instance() -> None:
    settings = {**MYSQL, "instance_class": "db.t4g.medium", **TOLD}
    with deployed(settings) as deployment:
        found = alarms(deployment)
        # Nobody reads, and MySQL has no transaction ids that run out.
        assert set(found) == {f"one-{alarm}" for alarm in (*OF_EACH, "cpu-credits")} | {"volume"}
        # 90 connections by Aurora MySQL's table of classes; 576 credits at most.
        assert found["one-connections"]["Threshold"] == 72
        assert found["one-cpu-credits"]["Threshold"] == 57


def test_of_serverless_by_its_most_capacity() -> None:
    more = {"reader_autoscaling": {"min_readers": 1, "max_readers": 2, "cpu_percent": 60}}
    given = {"topic_arn": TOPIC, "volume_used_gib": 0, "replica_lag_seconds": 2}
    with deployed({**SERVERLESS, **more, "monitoring": {"alarms": given}}) as deployment:
        found = alarms(deployment)
        # Autoscaling will bring readers.
        assert set(found) == {f"one-{alarm}" for alarm in (*OF_EACH, "acu")} | {
            "replica-lag",
            "transaction-ids",
        }
        assert found["one-acu"]["MetricName"] == "ACUUtilization"
        assert found["one-acu"]["Threshold"] == 90
        assert found["one-memory"]["Threshold"] == 64 * 2 * 1024 // 10 * MIB
        # 64 ACUs would allow 5000, a minimum of 0.5 no more than 2000.
        assert found["one-connections"]["Threshold"] == 1600
        assert found["replica-lag"]["Threshold"] == 2000


def test_of_a_multi_az_cluster_the_three_instances_that_rds_makes() -> None:
    with deployed({**MULTI_AZ, **TOLD}) as deployment:
        made = {one["DBInstanceIdentifier"] for one in cluster(deployment)["DBClusterMembers"]}
        found = alarms(deployment)
        names = ("storage", "storage-days", "disk-queue", "replica-lag", "transaction-ids", *OF_EACH)
        assert set(found) == {f"instance-{number}-{name}" for number in (1, 2, 3) for name in names}
        told = {dimension["Value"] for alarm in found.values() for dimension in alarm.get("Dimensions", ())}
        assert told == made
        assert watches(found["instance-3-storage"]) == (
            "FreeStorageSpace",
            {"DBInstanceIdentifier": "shop-dev-orders-instance-3"},
            10 * GIB,
        )
        assert found["instance-3-replica-lag"]["Threshold"] == 300


@pytest.mark.parametrize(
    "settings",
    [
        AURORA,
        {**AURORA, "monitoring": {"alarms": {"topic_arn": TOPIC, "enabled": False}}},
        {**MULTI_AZ, "monitoring": {"alarms": {"topic_arn": TOPIC, "enabled": False}}},
        {**LIMITLESS, **TOLD},
    ],
)
def test_none_without_a_topic_or_switched_off_or_of_shards(settings: dict[str, Any]) -> None:
    with deployed(settings) as deployment:
        assert alarms(deployment) == {}


def test_enhanced_monitoring_with_a_role_that_is_made() -> None:
    with deployed(AURORA) as deployment:
        roles = deployment.client("iam").list_roles()["Roles"]
        [role] = [one for one in roles if one["RoleName"].startswith("shop-dev-orders-monitoring-")]
        [principal] = role["AssumeRolePolicyDocument"]["Statement"]
        assert principal["Principal"] == {"Service": "monitoring.rds.amazonaws.com"}
        [attached] = deployment.client("iam").list_attached_role_policies(RoleName=role["RoleName"])[
            "AttachedPolicies"
        ]
        assert attached["PolicyName"] == "AmazonRDSEnhancedMonitoringRole"
        for key in ("one", "two"):
            made = member(deployment, key)
            assert (made["MonitoringInterval"], made["MonitoringRoleArn"]) == (60, role["Arn"])


def test_enhanced_monitoring_can_be_off() -> None:
    with deployed({**AURORA, "monitoring": {"enhanced_interval_seconds": 0}}) as deployment:
        assert {one.name for one in deployment.of_type("aws:iam/role:Role")} == {"network-flow-logs"}
        assert member(deployment, "one")["MonitoringInterval"] == 0
