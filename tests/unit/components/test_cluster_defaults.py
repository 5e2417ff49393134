"""Every default of an Aurora cluster with two instances, read back with boto3 from what was deployed."""

from collections.abc import Iterator

import pytest
from tests.unit.components.cluster_programs import (
    AURORA,
    CLUSTER,
    MEMBER,
    cluster,
    deployed,
    member,
    parameters,
)

from dbstack.testing import Deployment

LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"


@pytest.fixture(scope="module")
def aurora() -> Iterator[Deployment]:
    with deployed(AURORA) as deployment:
        yield deployment


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Engine", "aurora-postgresql"),
        ("DatabaseName", "orders"),
        ("MasterUsername", "dbadmin"),
        ("Port", 5432),
        ("StorageEncrypted", True),
        ("BackupRetentionPeriod", 7),
        ("CopyTagsToSnapshot", True),
        ("DeletionProtection", True),
        ("IAMDatabaseAuthenticationEnabled", True),
        ("EnabledCloudwatchLogsExports", ["postgresql"]),
        ("PerformanceInsightsEnabled", True),
        ("PerformanceInsightsRetentionPeriod", 7),
        ("HttpEndpointEnabled", False),
        ("DBClusterParameterGroup", "shop-dev-orders-aurora-postgresql17"),
        ("DBSubnetGroup", "shop-dev-orders"),
    ],
)
def test_default_of_aurora(aurora: Deployment, name: str, value: object) -> None:
    assert cluster(aurora)[name] == value


def test_the_instances_of_aurora(aurora: Deployment) -> None:
    writers = {
        one["DBInstanceIdentifier"]: one["IsClusterWriter"] for one in cluster(aurora)["DBClusterMembers"]
    }
    assert writers == {"shop-dev-orders-one": True, "shop-dev-orders-two": False}
    zones = set()
    for key in ("one", "two"):
        found = member(aurora, key)
        zones.add(found["AvailabilityZone"])
        assert found["DBInstanceClass"] == "db.r6g.large"
        assert (found["PubliclyAccessible"], found["AutoMinorVersionUpgrade"]) == (False, True)
        tags = {tag["Key"]: tag["Value"] for tag in found["TagList"]}
        assert tags == {"Name": f"shop-dev-orders-{key}", "Environment": "dev"}
    assert len(zones) == 2
    assert aurora.outputs["instances"].keys() == {"one", "two"}
    assert aurora.one(MEMBER, "orders-two").dependencies != ()


def test_the_outputs_of_aurora(aurora: Deployment) -> None:
    found, outputs = cluster(aurora), aurora.outputs
    assert (outputs["host"], outputs["reader_host"]) == (found["Endpoint"], found["ReaderEndpoint"])
    assert (outputs["port"], outputs["database"], outputs["username"]) == (5432, "orders", "dbadmin")
    assert outputs["arn"] == found["DBClusterArn"]
    assert outputs["resource_id"] == found["DbClusterResourceId"]
    # RDS manages the password of Aurora with readers too.
    assert outputs["secret_arn"] == found["MasterUserSecret"]["SecretArn"]
    assert found["VpcSecurityGroups"][0]["VpcSecurityGroupId"] == outputs["security_group_id"]


def test_the_log_groups_are_there_before_the_cluster_and_expire(aurora: Deployment) -> None:
    found = aurora.client("logs").describe_log_groups(logGroupNamePrefix="/aws/rds/")["logGroups"]
    kept = {group["logGroupName"]: group["retentionInDays"] for group in found}
    assert kept == {"/aws/rds/cluster/shop-dev-orders/postgresql": 365}
    assert aurora.one(LOG_GROUP, "orders-log-postgresql").urn in aurora.one(CLUSTER).dependencies


def test_tls_is_forced(aurora: Deployment) -> None:
    assert parameters(aurora, "shop-dev-orders-aurora-postgresql17") == {
        "rds.force_ssl": ("1", "pending-reboot")
    }


def test_zones_are_left_to_aws(aurora: Deployment) -> None:
    """AWS completes a list of two zones to three, which would replace the cluster: none is given."""
    assert len(cluster(aurora)["AvailabilityZones"]) == 3
    assert "availabilityZones" not in aurora.one(CLUSTER).inputs


def test_protection_and_the_final_snapshot(aurora: Deployment) -> None:
    made = aurora.one(CLUSTER)
    suffix = aurora.one("random:index/randomId:RandomId").outputs["hex"]
    assert made.protect is True
    assert made.inputs["skipFinalSnapshot"] is False
    assert made.inputs["finalSnapshotIdentifier"] == f"shop-dev-orders-final-{suffix}"
    assert made.inputs["deleteAutomatedBackups"] is False
    # An instance holds no data of its own: one can be taken away while the cluster is protected.
    assert [one.protect for one in aurora.of_type(MEMBER)] == [None, None]


def test_a_marker_remembers_a_protected_cluster(aurora: Deployment) -> None:
    """Deleted by hand and refreshed away, it would be made anew, empty."""
    marker = aurora.one("pulumi:index:Stash", "orders-marker")
    assert marker.inputs["input"] == cluster(aurora)["DbClusterResourceId"]
    assert marker.hooks == {"before_update": ("dbstack-refuse-empty-successor",)}
