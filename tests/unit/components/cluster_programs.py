"""Clusters that the component tests deploy."""

from typing import Any

from dbstack import DatabaseCluster, DatabaseNetwork
from dbstack.testing import Deployment, deploy

CLUSTER, MEMBER = "aws:rds/cluster:Cluster", "aws:rds/clusterInstance:ClusterInstance"
GROUP = "aws:rds/clusterParameterGroup:ClusterParameterGroup"
AURORA: dict[str, Any] = {
    "engine": "aurora-postgresql",
    "engine_version": "17",
    "instance_class": "db.r6g.large",
    "instances": {"one": {}, "two": {}},
}
MYSQL = {"engine": "aurora-mysql", "engine_version": "8.0", "instance_class": "db.r6g.large"}
MULTI_AZ: dict[str, Any] = {
    "engine": "postgres",
    "engine_version": "17",
    "instance_class": "db.m6gd.large",
    "storage": {"allocated_gib": 100},
}


def deployed(settings: dict[str, Any], component: Any = DatabaseCluster, **options: Any) -> Deployment:
    """Deploy one cluster `orders` in a network of its own, in project `shop`, stack `dev`."""
    transform = options.pop("transform", None)
    before = options.pop("before", None)

    def program() -> dict[str, Any]:
        network = DatabaseNetwork("network", {"vpc_cidr": "10.0.0.0/16"})
        placement = {
            "vpc_id": network.vpc_id,
            "subnet_ids": [network.subnet_ids[0], network.subnet_ids[1]],
            "application_security_group_id": network.application_security_group_id,
        }
        more = before(placement) if before else {}
        made = component("orders", {"network": placement, **settings, **more}, transform=transform)
        return {key: getattr(made, key) for key in component.__annotations__}

    return deploy(program, project="shop", stack="dev", **options)


def cluster(deployment: Deployment, identifier: str = "shop-dev-orders") -> dict[str, Any]:
    found = deployment.client("rds").describe_db_clusters(DBClusterIdentifier=identifier)["DBClusters"]
    assert len(found) == 1
    return found[0]


def member(deployment: Deployment, key: str) -> dict[str, Any]:
    name = f"shop-dev-orders-{key}"
    return deployment.client("rds").describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]


def parameters(deployment: Deployment, group: str) -> dict[str, tuple[str, str]]:
    found = deployment.client("rds").describe_db_cluster_parameters(
        DBClusterParameterGroupName=group, Source="user"
    )
    return {
        item["ParameterName"]: (item["ParameterValue"], item["ApplyMethod"]) for item in found["Parameters"]
    }
