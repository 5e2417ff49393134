"""The examples of docs/clusters.md, deployed."""

import re
from pathlib import Path
from typing import Any

import yaml
from tests.unit.components.cluster_programs import AURORA, CLUSTER, MEMBER

from dbstack import DatabaseCluster, DatabaseNetwork, PlacementArgs
from dbstack.config.program import cluster_args
from dbstack.config.stack import stack_faults
from dbstack.testing import deploy

PAGE = (Path(__file__).resolve().parents[3] / "docs/clusters.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, flags=re.DOTALL)


def placement() -> PlacementArgs:
    network = DatabaseNetwork("network", {"vpc_cidr": "10.0.0.0/16"})
    return {"vpc_id": network.vpc_id, "subnet_ids": network.subnet_ids}


def test_the_stack_config() -> None:
    config = yaml.safe_load(blocks("yaml")[0])["config"]["dbstack:stack"]
    settings, faults = stack_faults(config, "shop", "prod", "us-east-1")
    assert faults == []

    def program() -> None:
        given = placement()
        for name in settings.get("clusters", {}):
            DatabaseCluster(name, cluster_args(settings, name, given))

    with deploy(program, project="shop", stack="prod") as deployment:
        described = deployment.client("rds").describe_db_clusters()["DBClusters"]
        engines = {
            one["DBClusterIdentifier"]: (one["Engine"], len(one["DBClusterMembers"])) for one in described
        }
        assert engines == {
            "shop-prod-orders": ("aurora-postgresql", 3),
            "shop-prod-sessions": ("aurora-mysql", 1),
            "shop-prod-ledger": ("postgres", 3),
        }
        endpoints = deployment.client("rds").describe_db_cluster_endpoints()["DBClusterEndpoints"]
        assert [one["StaticMembers"] for one in endpoints] == [["shop-prod-orders-reports"]]


def test_the_programs() -> None:
    names: dict[str, Any] = {}
    for code in blocks("python"):
        exec(compile(code, "docs/clusters.md", "exec"), names)

    def program() -> None:
        given = placement()
        source = DatabaseCluster("source", {**AURORA, "identifier": "shop-prod-orders", "network": given})
        # The source must be there before it is restored.
        source.host.apply(lambda _host: [names["orders"](given), names["yesterday"](given)])

    with deploy(program, project="shop", stack="dev") as deployment:
        made = {one.name for one in deployment.of_type(CLUSTER)}
        assert made == {"source", "orders", "orders-yesterday"}
        assert {one.name for one in deployment.of_type(MEMBER)} >= {
            "orders-one",
            "orders-two",
            "orders-yesterday-one",
        }
