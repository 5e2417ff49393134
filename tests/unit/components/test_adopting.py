"""A database in a subnet group and security groups that are there already."""

from typing import Any

from tests.unit.components.programs import INGRESS, POSTGRES, described

from dbstack import Database, DatabaseNetwork, DatabaseSecurityGroup, DatabaseSubnetGroup
from dbstack.testing import deploy


def program() -> dict[str, Any]:
    network = DatabaseNetwork("network", {"vpc_cidr": "10.0.0.0/16"})
    subnets = [network.subnet_ids[0], network.subnet_ids[1]]
    group = DatabaseSubnetGroup("theirs", {"subnet_ids": subnets})
    firewall = DatabaseSecurityGroup("theirs", {"vpc_id": network.vpc_id, "port": 5432})
    made = Database(
        "app",
        {
            **POSTGRES,
            "network": {"vpc_id": network.vpc_id, "subnet_group_name": group.group_name},
            "access": {"security_group_ids": [firewall.security_group_id]},
            "replicas": {"reporting": {}},
        },
    )
    return {"theirs": firewall.security_group_id, "adopted": made.security_group_id}


def test_existing_groups_are_used_and_none_is_made() -> None:
    with deploy(program, project="shop", stack="dev") as deployment:
        outputs = deployment.outputs
        assert outputs["adopted"] == outputs["theirs"]
        for identifier in ("shop-dev-app", "shop-dev-app-reporting"):
            found = described(deployment, identifier)
            assert [group["VpcSecurityGroupId"] for group in found["VpcSecurityGroups"]] == [
                outputs["theirs"]
            ]
        assert described(deployment)["DBSubnetGroup"]["DBSubnetGroupName"] == "shop-dev-theirs"
        groups = deployment.client("rds").describe_db_subnet_groups()["DBSubnetGroups"]
        assert [group["DBSubnetGroupName"] for group in groups] == ["shop-dev-theirs"]
        assert [r for r in deployment.resources if r.type == INGRESS and "app" in r.name] == []
