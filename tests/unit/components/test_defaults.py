"""Every default of a database, read back with boto3 from what was deployed."""

import json
from collections.abc import Iterator

import pytest
from tests.unit.components.programs import (
    INSTANCE,
    POSTGRES,
    SECRET,
    database,
    described,
    tags,
)

from dbstack.testing import Deployment


@pytest.fixture(scope="module")
def plain() -> Iterator[Deployment]:
    """A database with nothing but the three required arguments."""
    with database(POSTGRES) as deployment:
        yield deployment


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("DBInstanceIdentifier", "shop-dev-app"),
        ("Engine", "postgres"),
        ("DBInstanceClass", "db.t3.micro"),
        ("AllocatedStorage", 20),
        ("StorageType", "gp3"),
        ("StorageEncrypted", True),
        ("DBName", "app"),
        ("MasterUsername", "dbadmin"),
        ("MultiAZ", False),
        ("BackupRetentionPeriod", 7),
        ("AutoMinorVersionUpgrade", True),
        ("PubliclyAccessible", False),
        ("IAMDatabaseAuthenticationEnabled", True),
        ("CopyTagsToSnapshot", True),
        ("DeletionProtection", True),
    ],
)
def test_default(plain: Deployment, member: str, value: object) -> None:
    assert described(plain)[member] == value


def test_no_autoscaling_unless_asked_for(plain: Deployment) -> None:
    assert "MaxAllocatedStorage" not in described(plain)


def test_tags(plain: Deployment) -> None:
    assert tags(described(plain)) == {"Name": "shop-dev-app", "Environment": "dev"}


def test_the_password_is_managed_by_rds(plain: Deployment) -> None:
    secret = described(plain)["MasterUserSecret"]["SecretArn"]
    assert plain.outputs["secret_arn"] == secret
    assert plain.of_type(SECRET) == []
    held = json.loads(plain.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"])
    assert held["username"] == "dbadmin"


def test_the_final_snapshot_has_a_name_from_the_start(plain: Deployment) -> None:
    instance = plain.one(INSTANCE)
    suffix = plain.one("random:index/randomId:RandomId").outputs["hex"]
    assert instance.inputs["finalSnapshotIdentifier"] == f"shop-dev-app-final-{suffix}"
    assert instance.inputs["skipFinalSnapshot"] is False
    assert instance.inputs["deleteAutomatedBackups"] is False


def test_one_application_group_in_and_all_out(plain: Deployment) -> None:
    group = plain.outputs["security_group_id"]
    assert [g["VpcSecurityGroupId"] for g in described(plain)["VpcSecurityGroups"]] == [group]
    application = plain.one("aws:ec2/securityGroup:SecurityGroup", "network-application").id
    rules = plain.client("ec2").describe_security_group_rules(
        Filters=[{"Name": "group-id", "Values": [group]}]
    )
    seen = {
        (
            rule["IsEgress"],
            rule["IpProtocol"],
            rule.get("FromPort"),
            rule.get("ReferencedGroupInfo", {}).get("GroupId") or rule.get("CidrIpv4"),
        )
        for rule in rules["SecurityGroupRules"]
    }
    assert seen == {(False, "tcp", 5432, application), (True, "-1", -1, "0.0.0.0/0")}


def test_the_subnet_group_spans_the_private_subnets(plain: Deployment) -> None:
    group = described(plain)["DBSubnetGroup"]
    assert group["DBSubnetGroupName"] == "shop-dev-app"
    subnets = plain.of_type("aws:ec2/subnet:Subnet")
    assert {s["SubnetIdentifier"] for s in group["Subnets"]} == {subnet.id for subnet in subnets}
    assert {s["SubnetAvailabilityZone"]["Name"] for s in group["Subnets"]} == {"us-east-1a", "us-east-1b"}


def test_outputs(plain: Deployment) -> None:
    assert plain.outputs["host"] == described(plain)["Endpoint"]["Address"]
    assert plain.outputs["port"] == described(plain)["Endpoint"]["Port"] == 5432
    assert plain.outputs["database"] == "app"
    assert plain.outputs["username"] == "dbadmin"
    assert plain.outputs["engine"] == "postgres"
    assert plain.outputs["replicas"] == {}


def test_every_resource_is_tagged(plain: Deployment) -> None:
    taggable = [item for item in plain.resources if item.custom and item.type.startswith("aws:")]
    without = [
        item.name
        for item in taggable
        if not {"Name", "Environment"} <= set(item.inputs.get("tags", {}))
        and not item.type.endswith(("Association", "Attachment", "RolePolicy"))
    ]
    assert len(taggable) > 10
    assert without == []


def test_the_network_is_private(plain: Deployment) -> None:
    ec2 = plain.client("ec2")
    vpc = plain.one("aws:ec2/vpc:Vpc").id
    mine = [{"Name": "vpc-id", "Values": [vpc]}]
    assert (
        ec2.describe_internet_gateways(Filters=[{"Name": "attachment.vpc-id", "Values": [vpc]}])[
            "InternetGateways"
        ]
        == []
    )
    assert [s["MapPublicIpOnLaunch"] for s in ec2.describe_subnets(Filters=mine)["Subnets"]] == [False, False]
    [default] = ec2.describe_security_groups(Filters=[*mine, {"Name": "group-name", "Values": ["default"]}])[
        "SecurityGroups"
    ]
    assert (default["IpPermissions"], default["IpPermissionsEgress"]) == ([], [])
    routes = [
        route["GatewayId"]
        for table in ec2.describe_route_tables(Filters=mine)["RouteTables"]
        for route in table["Routes"]
    ]
    assert set(routes) == {"local"}
    for attribute in ("enableDnsSupport", "enableDnsHostnames"):
        answer = ec2.describe_vpc_attribute(VpcId=vpc, Attribute=attribute)
        assert answer[attribute[0].upper() + attribute[1:]] == {"Value": True}
