"""What can be added to an Aurora cluster: activity stream, shards, writes through readers."""

import json
from typing import Any

import pulumi_aws as aws
import pytest
from tests.unit.components.cluster_programs import AURORA, CLUSTER, MEMBER, MYSQL, cluster, deployed
from tests.unit.components.test_associated_roles import ROLE, faults

LIMITLESS: dict[str, Any] = {
    "engine": "aurora-postgresql",
    "engine_version": "16.9-limitless",
    "limitless": {"max_acu": 64},
    "monitoring": {"monitoring_role_arn": ROLE},
}
KEY = "arn:aws:kms:us-east-1:123456789012:key/1"


def streamed(_: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return {"activity_stream": {"mode": "sync", "kms_key_id": aws.kms.Key("stream", policy=policy).arn}}


def test_an_activity_stream() -> None:
    with deployed(AURORA, before=streamed) as deployment:
        found = cluster(deployment)
        assert found["ActivityStreamStatus"] == "started"
        assert found["ActivityStreamMode"] == "sync"
        assert found["ActivityStreamKmsKeyId"] == deployment.one("aws:kms/key:Key").outputs["arn"]
        assert found["ActivityStreamKinesisStreamName"] == f"aws-rds-das-{found['DbClusterResourceId']}"
        made = deployment.one("aws:rds/clusterActivityStream:ClusterActivityStream")
        assert len([urn for urn in made.dependencies if "ClusterInstance" in urn]) == 2
    with deployed(AURORA) as deployment:
        assert cluster(deployment)["ActivityStreamStatus"] == "stopped"


def test_a_sharded_cluster() -> None:
    settings = {**LIMITLESS, "limitless": {"max_acu": 64, "min_acu": 32, "compute_redundancy": 1}}
    with deployed(settings) as deployment:
        found = cluster(deployment)
        assert found["ClusterScalabilityType"] == "limitless"
        assert found["StorageType"] == "aurora-iopt1"
        assert found["EngineVersion"] == "16.9-limitless"
        assert (found["MonitoringInterval"], found["MonitoringRoleArn"]) == (60, ROLE)
        assert found["PerformanceInsightsRetentionPeriod"] == 31
        # RDS manages no password of a sharded cluster.
        assert "MasterUserSecret" not in found
        assert deployment.outputs["secret_arn"].startswith("arn:aws:secretsmanager:")
        assert deployment.of_type(MEMBER) == []
        assert deployment.one(CLUSTER).inputs["engineMode"] == ""
        [shards] = deployment.client("rds").describe_db_shard_groups()["DBShardGroups"]
        assert shards["DBShardGroupIdentifier"] == "shop-dev-orders-shards"
        assert shards["DBClusterIdentifier"] == "shop-dev-orders"
        assert (shards["MaxACU"], shards["MinACU"], shards["ComputeRedundancy"]) == (64, 32, 1)
        assert shards["PubliclyAccessible"] is False
        assert deployment.outputs["host"] == shards["Endpoint"]
        assert deployment.one("aws:rds/shardGroup:ShardGroup").protect is True


@pytest.mark.parametrize("settings", [AURORA, MYSQL])
def test_writes_through_readers(settings: dict[str, Any]) -> None:
    with deployed({**settings, "local_write_forwarding": True}) as deployment:
        assert cluster(deployment)["LocalWriteForwardingStatus"] == "enabled"
    with deployed(settings) as deployment:
        assert cluster(deployment)["LocalWriteForwardingStatus"] == "disabled"


STREAM = {"kms_key_id": KEY}


@pytest.mark.parametrize(
    ("settings", "path", "way_out"),
    [
        ({**MYSQL, "activity_stream": {**STREAM, "mode": "sync"}}, "activity_stream.mode", "async"),
        (
            {**AURORA, "activity_stream": {"kms_key_id": "alias/x"}},
            "activity_stream.kms_key_id",
            "arn:aws:kms",
        ),
        (
            {**AURORA, "instance_class": "db.t4g.medium", "activity_stream": STREAM},
            "activity_stream",
            "db.r class",
        ),
        ({**MYSQL, "limitless": {"max_acu": 64}}, "limitless", "aurora-postgresql"),
        ({**LIMITLESS, "engine_version": "16.9"}, "engine_version", "16.9-limitless"),
        ({**AURORA, "engine_version": "16.9-limitless"}, "engine_version", "limitless"),
        ({**LIMITLESS, "limitless": {"max_acu": 8}}, "limitless.max_acu", "16 to 6144"),
        ({**LIMITLESS, "limitless": {"max_acu": 64, "min_acu": 100}}, "limitless.min_acu", "64 or less"),
        (
            {**LIMITLESS, "limitless": {"max_acu": 64, "compute_redundancy": 3}},
            "limitless.compute_redundancy",
            "0, 1 or 2",
        ),
        ({**LIMITLESS, "instances": {"one": {}}}, "instances", "leave it out"),
        ({**LIMITLESS, "storage": {"type": "aurora"}}, "storage.type", "aurora-iopt1"),
        (
            {**LIMITLESS, "monitoring": {"enhanced_interval_seconds": 0}},
            "monitoring",
            "needs enhanced monitoring",
        ),
        ({**LIMITLESS, "password": {"source": "managed"}}, "password.source", "generated"),
        (
            {**LIMITLESS, "password": {"rotation": {}}},
            "password.rotation",
            "no rotation function for a cluster",
        ),
        (
            {
                **LIMITLESS,
                "monitoring": {"monitoring_role_arn": ROLE, "performance_insights_retention_days": 7},
            },
            "monitoring.performance_insights_retention_days",
            "31",
        ),
    ],
)
def test_refused(settings: dict[str, Any], path: str, way_out: str) -> None:
    found = faults(lambda: deployed(settings))
    assert way_out in found.get(path, ""), found
