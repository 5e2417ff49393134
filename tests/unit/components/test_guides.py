"""The examples of docs/parameter-groups.md, replicas.md and restore.md, deployed."""

import re
from pathlib import Path
from typing import Any

import pulumi_aws as aws
import yaml
from tests.unit.components.programs import QUIET

from dbstack import Database, DatabaseNetwork
from dbstack.config.program import database_args
from dbstack.config.stack import stack_faults
from dbstack.sandbox.aws.clients import client
from dbstack.testing import Deployment, deploy

DOCS = Path(__file__).resolve().parents[3] / "docs"
AWAY = "eu-central-1"


def block(page: str, language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", (DOCS / page).read_text(), flags=re.DOTALL)
    assert found is not None
    return found[1]


def instance(deployment: Deployment, name: str, region: str = "us-east-1") -> dict[str, Any]:
    found = deployment.client("rds", region).describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
    return found[0]


def deployed(page: str, before: Any = None) -> Deployment:
    """The stack config of a page; `before` may change what stands in it for things that exist."""
    config = yaml.safe_load(block(page, "yaml"))["config"]["dbstack:stack"]

    def program() -> None:
        if before is not None:
            before(config)
        settings, faults = stack_faults(config, "shop", "prod", "us-east-1")
        assert faults == []
        network = DatabaseNetwork("network", {"vpc_cidr": "10.0.0.0/16", **QUIET})
        given: Any = {"vpc_id": network.vpc_id, "subnet_ids": network.subnet_ids}
        given["application_security_group_id"] = network.application_security_group_id
        for name in settings["databases"]:
            Database(name, database_args(settings, name, given))

    return deploy(program, project="shop", stack="prod")


def test_parameter_groups() -> None:
    def theirs(_config: dict[str, Any]) -> None:
        client("rds", "us-east-1").create_db_parameter_group(
            DBParameterGroupName="reports-of-the-dba",
            DBParameterGroupFamily="postgres17",
            Description="theirs",
        )

    with deployed("parameter-groups.md", theirs) as deployment:
        rds = deployment.client("rds")
        groups = {
            name: instance(deployment, f"shop-prod-{name}")["DBParameterGroups"][0]["DBParameterGroupName"]
            for name in ("orders", "reports", "scratch")
        }
        assert groups["orders"].startswith("shop-prod-orders-postgres17-")
        assert (groups["reports"], groups["scratch"]) == ("reports-of-the-dba", "default.mysql8.4")
        found = rds.describe_db_parameters(DBParameterGroupName=groups["orders"], Source="user")["Parameters"]
        assert {item["ParameterName"]: item["ParameterValue"] for item in found} == {
            "max_connections": "400",
            "work_mem": "8192",
            "rds.force_ssl": "1",
        }
        [options] = instance(deployment, "shop-prod-scratch")["OptionGroupMemberships"]
        [group] = rds.describe_option_groups(OptionGroupName=options["OptionGroupName"])["OptionGroupsList"]
        assert [option["OptionName"] for option in group["Options"]] == ["MARIADB_AUDIT_PLUGIN"]


def test_replicas() -> None:
    def elsewhere(config: dict[str, Any]) -> None:
        ec2 = client("ec2", AWAY)
        vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{n}.0/24", AvailabilityZone=f"{AWAY}{zone}")
            for n, zone in enumerate("ab")
        ]
        config["databases"]["app"]["replicas"]["recovery"] |= {
            "network": {"vpcId": vpc, "subnetIds": [made["Subnet"]["SubnetId"] for made in subnets]},
            "kmsKeyId": client("kms", AWAY).create_key()["KeyMetadata"]["Arn"],
        }

    with deployed("replicas.md", elsewhere) as deployment:
        source = "ReadReplicaSourceDBInstanceIdentifier"
        assert instance(deployment, "shop-prod-app-reporting")[source] == "shop-prod-app"
        search = instance(deployment, "shop-prod-app-search")
        assert (search[source], search["DBInstanceClass"]) == ("shop-prod-app-reporting", "db.r6g.xlarge")
        recovery = instance(deployment, "shop-prod-app-recovery", AWAY)
        assert recovery[source].endswith(":db:shop-prod-app")


def test_restoring() -> None:
    names: dict[str, Any] = {}
    exec(compile(block("restore.md", "python"), "docs/restore.md", "exec"), names)

    def program() -> None:
        vpc = aws.ec2.Vpc("network", cidr_block="10.0.0.0/16")
        subnets = [
            aws.ec2.Subnet(
                zone, vpc_id=vpc.id, cidr_block=f"10.0.{n}.0/24", availability_zone=f"us-east-1{zone}"
            )
            for n, zone in enumerate("ab")
        ]
        group = aws.rds.SubnetGroup("restored", subnet_ids=[subnet.id for subnet in subnets])
        firewall = aws.ec2.SecurityGroup("restored", vpc_id=vpc.id)
        rds = client("rds", "us-east-1")
        rds.create_db_instance(
            DBInstanceIdentifier="orders",
            Engine="postgres",
            EngineVersion="17",
            DBInstanceClass="db.r6g.large",
            AllocatedStorage=20,
            StorageEncrypted=True,
            BackupRetentionPeriod=1,
            DBName="shop",
            MasterUsername="owner",
            MasterUserPassword="sesame1234",
        )
        rds.create_db_snapshot(DBInstanceIdentifier="orders", DBSnapshotIdentifier="orders-before-upgrade")
        names["before_the_upgrade"](group.name, firewall.id)
        names["before_the_mistake"](group.name, firewall.id)

    with deploy(program, project="shop", stack="prod") as deployment:
        for name in ("before", "rescued"):
            found = instance(deployment, f"shop-prod-{name}")
            assert (found["DBName"], found["MasterUsername"], found["DeletionProtection"]) == (
                "shop",
                "owner",
                True,
            )
