"""A global database through the provider: what AWS refuses, leaving it, and the order of deletion."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from tests.unit.sandbox_aws.world import World

from dbstack.sandbox.aws.backend import MotoBackend, Provider
from dbstack.sandbox.aws.clients import factory
from dbstack.sandbox.aws.errors import SandboxError

CLUSTER, GLOBAL = "aws:rds/cluster:Cluster", "aws:rds/globalCluster:GlobalCluster"
PLAIN = {
    "engine": "aurora-postgresql",
    "engineVersion": "16.8",
    "globalClusterIdentifier": "world",
    "skipFinalSnapshot": True,
}
OWNER = {"masterUsername": "app", "masterPassword": "first-password"}


def member(aws: World, name: str, **props: Any) -> tuple[str, dict[str, Any], dict[str, Any]]:
    made = aws.make(CLUSTER, {**PLAIN, "clusterIdentifier": name, **props})
    one = {"identifier": f"{name}-one", "clusterIdentifier": name, "engine": "aurora-postgresql"}
    aws.make("aws:rds/clusterInstance:ClusterInstance", {**one, "instanceClass": "db.r6g.large"})
    return made


def members(aws: World) -> list[str]:
    [found] = aws.client("rds", "eu-west-1").describe_global_clusters()["GlobalClusters"]
    return [one["DBClusterArn"].rpartition(":")[2] for one in found["GlobalClusterMembers"]]


@pytest.fixture
def both() -> Iterator[tuple[World, World]]:
    """Two regions, and a global cluster."""
    with mock_aws():
        home, west = (World(MotoBackend(factory(), Provider(one)), {}) for one in ("us-east-1", "us-west-2"))
        whole = {"globalClusterIdentifier": "world", "engine": "aurora-postgresql", "engineVersion": "16.8"}
        home.make(GLOBAL, whole)
        yield home, west


def test_the_secondary_goes_first_and_the_global_cluster_last(both: tuple[World, World]) -> None:
    home, west = both
    first, second = member(home, "first", **OWNER), member(west, "second")
    for world, name in ((home, "first"), (west, "second")):
        world.client("rds", world.backend.provider.region).delete_db_instance(
            DBInstanceIdentifier=f"{name}-one"
        )
    with pytest.raises(SandboxError, match="remove the secondary clusters first"):
        home.backend.delete(CLUSTER, "first", first[1])
    with pytest.raises(SandboxError, match="is not empty"):
        home.backend.delete(GLOBAL, "world", {})
    west.backend.delete(CLUSTER, "second", second[1])
    assert members(home) == ["first"]
    home.backend.delete(CLUSTER, "first", first[1])
    home.backend.delete(GLOBAL, "world", {})
    assert home.client("rds").describe_global_clusters()["GlobalClusters"] == []


def test_a_cluster_leaves_and_does_not_come_back(both: tuple[World, World]) -> None:
    home, west = both
    member(home, "first", **OWNER)
    name, state, inputs = member(west, "second")
    alone = {key: value for key, value in inputs.items() if key != "globalClusterIdentifier"}
    state = west.backend.update(CLUSTER, name, state, inputs, alone)
    assert not state.get("globalClusterIdentifier")
    assert members(home) == ["first"]
    with pytest.raises(SandboxError, match="cannot be added to an existing RDS Global Cluster"):
        west.backend.update(CLUSTER, name, state, alone, inputs)


def test_a_new_version_is_that_of_every_cluster(both: tuple[World, World]) -> None:
    home, west = both
    member(home, "first", **OWNER)
    member(west, "second")
    home.client("rds").modify_global_cluster(GlobalClusterIdentifier="world", EngineVersion="16.9")
    for region, name in (("us-east-1", "first"), ("us-west-2", "second")):
        [found] = home.client("rds", region).describe_db_clusters(DBClusterIdentifier=name)["DBClusters"]
        assert found["EngineVersion"] == "16.9"
    with pytest.raises(ClientError, match="AllowMajorVersionUpgrade"):
        home.client("rds").modify_global_cluster(GlobalClusterIdentifier="world", EngineVersion="17.5")


@pytest.mark.parametrize(
    ("props", "words"),
    [
        ({"masterUsername": "app"}, "MasterUsername for a secondary"),
        ({"databaseName": "app"}, "DatabaseName for a secondary"),
        ({"engineVersion": "16.9"}, "is 16.8, not 16.9"),
        ({"storageEncrypted": True}, "isn't encrypted"),
        ({"manageMasterUserPassword": True}, "isn't supported for clusters of a global"),
        ({"globalClusterIdentifier": "other"}, "other not found"),
    ],
)
def test_what_aws_refuses_of_a_secondary(
    both: tuple[World, World], props: dict[str, Any], words: str
) -> None:
    home, west = both
    member(home, "first", **OWNER)
    with pytest.raises(SandboxError, match=words):
        west.make(CLUSTER, {**PLAIN, "clusterIdentifier": "second", **props})


def test_a_region_has_one_cluster_and_the_primary_needs_an_instance(both: tuple[World, World]) -> None:
    home, west = both
    home.make(CLUSTER, {**PLAIN, "clusterIdentifier": "first", **OWNER})
    with pytest.raises(SandboxError, match="has no instance yet"):
        west.make(CLUSTER, {**PLAIN, "clusterIdentifier": "second"})
    with pytest.raises(SandboxError, match="has a cluster in us-east-1 already"):
        home.make(CLUSTER, {**PLAIN, "clusterIdentifier": "another"})
