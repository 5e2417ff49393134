"""`clusters` of a stack config: checked like databases, beside them."""

from pathlib import Path
from typing import Any

import pytest

from dbstack.config.files import check_files
from dbstack.config.program import cluster_args, network_args
from dbstack.config.stack import stack_faults
from dbstack.spec.types import ClusterEngine

ORDERS: dict[str, Any] = {
    "engine": "aurora-postgresql",
    "engineVersion": "17",
    "serverless": {"minAcu": 0, "maxAcu": 4},
}
APP = {"engine": "postgres", "engineVersion": "17", "instanceClass": "db.t3.micro"}


def stack(**more: Any) -> dict[str, Any]:
    plain = {
        "environment": "dev",
        "network": {"vpcCidr": "10.0.0.0/16"},
        "databases": {},
        "clusters": {"orders": ORDERS},
    }
    return {**plain, **more}


def faults(value: dict[str, Any]) -> dict[str, str]:
    return {fault.path: fault.message for fault in stack_faults(value, "shop", "dev", "us-east-1")[1]}


def test_clusters_alone_are_a_stack() -> None:
    assert faults(stack()) == {}
    assert faults(stack(clusters={})).keys() == {"databases"}


@pytest.mark.parametrize(
    ("more", "path", "way_out"),
    [
        (
            {"clusters": {"orders": {**ORDERS, "serverless": {"maxAcu": 300}}}},
            "clusters.orders.serverless.maxAcu",
            "256",
        ),
        ({"clusters": {"orders": {**ORDERS, "serverles": {}}}}, "clusters.orders.serverles", "serverless"),
        (
            {"clusters": {"orders": {**ORDERS, "backtrackHours": 5}}},
            "clusters.orders.backtrackHours",
            "leave it out",
        ),
        ({"clusters": {"1orders": ORDERS}}, "clusters.1orders", "begins with a letter"),
        ({"databases": {"orders": APP}}, "clusters.orders", "choose another"),
        ({"clusters": {"a-b": ORDERS, "a_b": ORDERS}}, "clusters.a_b", "choose another"),
        (
            {"clusters": {"orders": {**ORDERS, "password": {"value": "long-enough"}}}},
            "clusters.orders.password.value",
            "pulumi config set --secret",
        ),
    ],
)
def test_a_fault_of_a_cluster(more: dict[str, Any], path: str, way_out: str) -> None:
    found = faults(stack(**more))
    assert way_out in found.get(path, ""), found


def test_the_arguments_of_a_cluster() -> None:
    settings, _ = stack_faults(stack(tags={"Team": "shop"}), "shop", "dev", "us-east-1")
    args = cluster_args(settings, "orders", {"vpc_id": "vpc-1", "subnet_ids": ["a", "b"]})
    assert args["engine"] is ClusterEngine.AURORA_POSTGRESQL
    assert args.get("serverless") == {"min_acu": 0, "max_acu": 4}
    assert (args.get("tags"), args.get("environment")) == ({"Team": "shop"}, "dev")
    assert network_args(settings).get("deletion_protection") is True


def test_the_password_key_of_a_cluster_is_looked_for(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text(
        "config:\n  aws:region: us-east-1\n  dbstack:stack:\n    environment: dev\n"
        "    network: {vpcCidr: 10.0.0.0/16}\n    databases: {}\n    clusters:\n      orders:\n"
        "        engine: aurora-mysql\n        engineVersion: '8.0'\n        instanceClass: db.r6g.large\n"
        "        password: {config: 'shop:ordersPassword'}\n"
    )
    found = [fault for _, fault in check_files(tmp_path, "dev")]
    assert [fault.path for fault in found] == ["clusters.orders.password.config"]
    assert "pulumi config set --secret shop:ordersPassword" in found[0].message
