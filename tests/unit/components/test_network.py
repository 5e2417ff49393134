"""`DatabaseNetwork`: flow logs, endpoints and zones, read back with boto3."""

import json
from typing import Any

import pytest

from dbstack import DatabaseNetwork, SpecError
from dbstack.testing import Deployment, deploy

FLOW_LOG = "aws:ec2/flowLog:FlowLog"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
KEY = "arn:aws:kms:us-east-1:123456789012:key/1234"


def network(settings: dict[str, Any], **options: Any) -> Deployment:
    """Deploy one `DatabaseNetwork` in project `shop`, stack `dev`."""

    def program() -> dict[str, Any]:
        made = DatabaseNetwork("network", {"vpc_cidr": "10.0.0.0/16", **settings})
        return {"vpc_id": made.vpc_id, "subnet_ids": made.subnet_ids, "route_table_id": made.route_table_id}

    return deploy(program, project="shop", stack="dev", **options)


def refused(settings: dict[str, Any], region: str = "us-east-1") -> dict[str, str]:
    with pytest.raises(SpecError) as caught:
        network(settings, preview=True, region=region)
    return {fault.path: fault.message for fault in caught.value.faults}


def test_all_traffic_is_recorded_for_a_year() -> None:
    """EC2.6 and CloudWatch.16."""
    with network({}) as deployment:
        ec2, vpc = deployment.client("ec2"), deployment.outputs["vpc_id"]
        [log] = ec2.describe_flow_logs(Filter=[{"Name": "resource-id", "Values": [vpc]}])["FlowLogs"]
        assert (log["TrafficType"], log["MaxAggregationInterval"]) == ("ALL", 600)
        assert log["DeliverLogsStatus"] == "SUCCESS"
        [group] = deployment.client("logs").describe_log_groups(logGroupNamePrefix="/vpc/")["logGroups"]
        assert group["logGroupName"] == log["LogGroupName"] == "/vpc/flow-logs/shop-dev-network"
        assert group["retentionInDays"] == 365
        role = deployment.client("iam").get_role(RoleName=log["DeliverLogsPermissionArn"].split("/")[-1])
        [trust] = role["Role"]["AssumeRolePolicyDocument"]["Statement"]
        assert trust["Principal"] == {"Service": "vpc-flow-logs.amazonaws.com"}
        assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}


def test_the_flow_logs_role_cant_make_the_group_anew() -> None:
    """A record that came after the group's deletion would make it again, endless."""
    with network({}) as deployment:
        policy = json.loads(deployment.one(ROLE_POLICY).inputs["policy"])
        writing = [item for item in policy["Statement"] if "logs:PutLogEvents" in item["Action"]]
        assert [item["Resource"] for item in writing] == [
            "arn:aws:logs:us-east-1:123456789012:log-group:/vpc/flow-logs/shop-dev-network:*"
        ]
        assert "logs:CreateLogGroup" not in json.dumps(policy)


def test_flow_logs_as_asked_for_and_not_at_all() -> None:
    asked = {"traffic": "reject", "aggregation_seconds": 60, "log_retention_days": 731}
    with network({"flow_logs": asked}) as deployment:
        [log] = deployment.client("ec2").describe_flow_logs()["FlowLogs"]
        assert (log["TrafficType"], log["MaxAggregationInterval"]) == ("REJECT", 60)
        [group] = deployment.client("logs").describe_log_groups()["logGroups"]
        assert group["retentionInDays"] == 731
    with network({"flow_logs": {"enabled": False}}) as deployment:
        assert deployment.of_type(FLOW_LOG) == []
        assert deployment.of_type(ROLE_POLICY) == []


def test_endpoints_stand_in_every_subnet_behind_one_group() -> None:
    with network({"endpoints": ["secretsmanager", "logs", "s3"]}) as deployment:
        found = {
            item["ServiceName"]: item
            for item in deployment.client("ec2").describe_vpc_endpoints()["VpcEndpoints"]
        }
        assert set(found) == {
            "com.amazonaws.us-east-1.secretsmanager",
            "com.amazonaws.us-east-1.logs",
            "com.amazonaws.us-east-1.s3",
        }
        secrets = found["com.amazonaws.us-east-1.secretsmanager"]
        assert sorted(secrets["SubnetIds"]) == sorted(deployment.outputs["subnet_ids"])
        assert secrets["PrivateDnsEnabled"] is True
        [statement] = json.loads(secrets["PolicyDocument"])["Statement"]
        [vpc] = deployment.client("ec2").describe_vpcs(VpcIds=[secrets["VpcId"]])["Vpcs"]
        assert statement["Condition"] == {"StringEquals": {"aws:PrincipalAccount": vpc["OwnerId"]}}
        for service in ("logs", "s3"):
            document = found[f"com.amazonaws.us-east-1.{service}"]["PolicyDocument"]
            assert "Condition" not in json.loads(document)["Statement"][0]
        [group] = secrets["Groups"]
        rules = deployment.client("ec2").describe_security_group_rules(
            Filters=[{"Name": "group-id", "Values": [group["GroupId"]]}]
        )["SecurityGroupRules"]
        let_in = [
            (rule["FromPort"], rule["ToPort"], rule["CidrIpv4"]) for rule in rules if not rule["IsEgress"]
        ]
        assert let_in == [(443, 443, "10.0.0.0/16")]
        gateway = found["com.amazonaws.us-east-1.s3"]
        assert gateway["VpcEndpointType"] == "Gateway"
        assert gateway["RouteTableIds"] == [deployment.outputs["route_table_id"]]


def test_a_gateway_alone_needs_no_group() -> None:
    with network({"endpoints": ["dynamodb"]}) as deployment:
        assert [item.name for item in deployment.of_type(ENDPOINT)] == ["network-dynamodb"]
        groups = deployment.of_type("aws:ec2/securityGroup:SecurityGroup")
        assert [item.name for item in groups] == ["network-application"]


def test_no_endpoint_unless_asked_for_and_nothing_open() -> None:
    """EC2.2 and EC2.15 hold; nothing costs by the hour."""
    with network({}) as deployment:
        assert deployment.of_type(ENDPOINT) == []
        ec2 = deployment.client("ec2")
        mine = [{"Name": "vpc-id", "Values": [deployment.outputs["vpc_id"]]}]
        subnets = ec2.describe_subnets(Filters=mine)["Subnets"]
        assert {subnet["MapPublicIpOnLaunch"] for subnet in subnets} == {False}
        default = [*mine, {"Name": "group-name", "Values": ["default"]}]
        [group] = ec2.describe_security_groups(Filters=default)["SecurityGroups"]
        assert (group["IpPermissions"], group["IpPermissionsEgress"]) == ([], [])


@pytest.mark.parametrize(
    ("region", "count", "letters"),
    [
        ("ap-northeast-1", 2, "ac"),
        ("ap-northeast-1", 3, "acd"),
        ("ca-central-1", 3, "abd"),
        ("eu-central-1", 3, "abc"),
        ("us-west-2", 4, "abcd"),
        ("us-east-1", 6, "abcdef"),
    ],
)
def test_the_default_zones_are_there(region: str, count: int, letters: str) -> None:
    """The sandbox's EC2 knows each region's zones, and refuses another: so it does on AWS."""
    with network({"availability_zones": count}, region=region) as deployment:
        found = deployment.client("ec2").describe_subnets(
            Filters=[{"Name": "vpc-id", "Values": [deployment.outputs["vpc_id"]]}]
        )["Subnets"]
        assert sorted(subnet["AvailabilityZone"] for subnet in found) == [
            f"{region}{letter}" for letter in letters
        ]


@pytest.mark.parametrize(
    ("settings", "region", "path", "words"),
    [
        ({}, "us-west-1", "availability_zone_names", "each account has other zones"),
        ({"availability_zones": 4}, "eu-west-1", "availability_zone_names", "is known to have eu-west-1a"),
        ({"availability_zones": 4}, "ap-northeast-1", "availability_zone_names", "ap-northeast-1d; name"),
        (
            {"flow_logs": {"aggregation_seconds": 61}},
            "us-east-1",
            "flow_logs.aggregation_seconds",
            "60 or 600",
        ),
        ({"flow_logs": {"log_retention_days": 42}}, "us-east-1", "flow_logs.log_retention_days", "use 60"),
        (
            {"flow_logs": {"log_kms_key_id": "alias/a"}},
            "us-east-1",
            "flow_logs.log_kms_key_id",
            "is an alias",
        ),
        (
            {"flow_logs": {"enabled": False, "log_kms_key_id": KEY}},
            "us-east-1",
            "flow_logs.enabled",
            "but log_kms_key_id is set",
        ),
        ({"flow_logs": {"traffic": "some"}}, "us-east-1", "flow_logs.traffic", "is not a choice"),
        ({"endpoints": ["Logs"]}, "us-east-1", "endpoints[0]", "is no service's name"),
        (
            {"endpoints": ["com.amazonaws.us-east-1.ecr.api"]},
            "us-east-1",
            "endpoints[0]",
            "write its last part, 'ecr.api'",
        ),
        ({"endpoints": ["logs", "logs"]}, "us-east-1", "endpoints[1]", "stands there twice"),
    ],
)
def test_refused(settings: dict[str, Any], region: str, path: str, words: str) -> None:
    found = refused(settings, region)
    assert list(found) == [path]
    assert words in found[path]
