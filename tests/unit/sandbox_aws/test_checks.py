"""What a preview already refuses, type by type; and that what is right passes."""

from typing import Any

import pytest
from tests.unit.sandbox_aws.world import World

RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
PARAMETERS = "aws:rds/parameterGroup:ParameterGroup"
ROUTES = "aws:ec2/routeTable:RouteTable"
INSTANCE = "aws:rds/instance:Instance"
SECRET = "aws:secretsmanager/secret:Secret"
VERSION = "aws:secretsmanager/secretVersion:SecretVersion"

TCP = {"securityGroupId": "sg-1", "ipProtocol": "tcp", "fromPort": 1, "toPort": 2}
PLAIN = {
    "identifier": "db",
    "engine": "postgres",
    "instanceClass": "db.t3.micro",
    "allocatedStorage": 20,
    "username": "app",
    "password": "long-enough",
}
COPY = {"identifier": "copy", "instanceClass": "db.t3.micro"}


@pytest.mark.parametrize(
    ("token", "props", "faulty"),
    [
        ("aws:ec2/vpc:Vpc", {"cidrBlock": "10.0.0.1/16"}, "cidrBlock"),
        ("aws:ec2/subnet:Subnet", {"vpcId": "vpc-1", "cidrBlock": "nonsense"}, "cidrBlock"),
        (
            "aws:ec2/subnet:Subnet",
            {"vpcId": "vpc-1", "availabilityZone": "us-east-1a", "availabilityZoneId": "use1-az1"},
            "availabilityZone",
        ),
        (ROUTES, {"vpcId": "vpc-1", "routes": [{"cidrBlock": "0.0.0.0/0"}]}, "routes[0]"),
        (ROUTES, {"vpcId": "v", "routes": [{"localGatewayId": "x"}]}, "routes[0].localGatewayId"),
        (ROUTES, {"vpcId": "vpc-1", "routes": [{"cidr": "0.0.0.0/0"}]}, "routes[0].cidr"),
        (ASSOCIATION, {"routeTableId": "a", "subnetId": "b", "gatewayId": "c"}, "subnetId"),
        (GROUP, {"name": "sg-mine"}, "name"),
        (GROUP, {"name": "a", "namePrefix": "b"}, "name"),
        (GROUP, {"ingress": [{"protocol": "tcp", "fromPort": 1}]}, "ingress[0].toPort"),
        (RULE, {**TCP, "cidrIpv4": "10.0.0.1/8"}, "cidrIpv4"),
        (RULE, {**TCP, "cidrIpv4": "10.0.0.0/8", "cidrIpv6": "::/0"}, "cidrIpv6"),
        (RULE, {**TCP, "cidrIpv4": "10.0.0.0/8", "fromPort": 9}, "toPort"),
        (RULE, {**TCP, "cidrIpv4": "10.0.0.0/8", "ipProtocol": "all"}, "fromPort"),
        ("aws:rds/subnetGroup:SubnetGroup", {"name": "Upper", "subnetIds": ["a", "b"]}, "name"),
        ("aws:rds/subnetGroup:SubnetGroup", {"name": "g", "subnetIds": "subnet-1"}, "subnetIds"),
        (PARAMETERS, {"name": "a--b", "family": "postgres17"}, "name"),
        (PARAMETERS, {"family": "postgres17", "parameters": [{"name": "x"}]}, "parameters[0].value"),
        (INSTANCE, {**PLAIN, "identifier": "Upper"}, "identifier"),
        (INSTANCE, {**PLAIN, "identifier": "a--b"}, "identifier"),
        (INSTANCE, {**PLAIN, "manageMasterUserPassword": True}, "password"),
        (INSTANCE, {**COPY, "replicateSourceDb": "db", "username": "app"}, "username"),
        (INSTANCE, {**COPY, "replicateSourceDb": "db", "dbSubnetGroupName": "g"}, "replicateSourceDb"),
        (INSTANCE, {**COPY, "replicateSourceDb": "db", "snapshotIdentifier": "s"}, "snapshotIdentifier"),
        (INSTANCE, {**COPY, "snapshotIdentifier": "s", "backupRetentionPeriod": 99}, "backupRetentionPeriod"),
        (INSTANCE, {**PLAIN, "arn": "x"}, "arn"),
        (INSTANCE, {**PLAIN, "tags": ["x"]}, "tags"),
        (INSTANCE, {**PLAIN, "multiAz": "maybe"}, "multiAz"),
        (SECRET, {"name": "with space"}, "name"),
        (SECRET, {"recoveryWindowInDays": 6}, "recoveryWindowInDays"),
        (SECRET, {"policy": "not json"}, "policy"),
        (VERSION, {"secretId": "s", "secretString": "a", "secretBinary": "AAEC"}, "secretString"),
        (VERSION, {"secretId": "s", "secretBinary": "not base64!"}, "secretBinary"),
        ("aws:kms/key:Key", {"deletionWindowInDays": 31}, "deletionWindowInDays"),
        ("aws:kms/key:Key", {"enableKeyRotation": True, "rotationPeriodInDays": 89}, "rotationPeriodInDays"),
        ("aws:kms/alias:Alias", {"name": "mine", "targetKeyId": "k"}, "name"),
    ],
)  # fmt: skip
def test_a_fault_has_its_property(aws: World, token: str, props: dict[str, Any], faulty: str) -> None:
    faults = aws.backend.check(token, "thing", props, {}).faults
    assert [path for path, _ in faults] == [faulty]


@pytest.mark.parametrize(
    ("token", "props"),
    [
        (RULE, {**TCP, "cidrIpv4": "0.0.0.0/0", "fromPort": 2}),
        (RULE, {**TCP, "ipProtocol": "icmp", "cidrIpv4": "10.0.0.0/8", "fromPort": 8, "toPort": -1}),
        (RULE, {"securityGroupId": "sg-1", "ipProtocol": "-1", "cidrIpv4": "10.0.0.0/8"}),
        (INSTANCE, PLAIN),
        (INSTANCE, {**PLAIN, "allocatedStorage": "20", "multiAz": "true"}),
        (INSTANCE, {**COPY, "replicateSourceDb": "arn:aws:rds:us-east-1:123456789012:db:db", "dbSubnetGroupName": "g"}),
        (SECRET, {"recoveryWindowInDays": 0}),
        (SECRET, {"recoveryWindowInDays": 7}),
        ("aws:kms/key:Key", {"deletionWindowInDays": 30, "rotationPeriodInDays": 90, "enableKeyRotation": True}),
    ],
)  # fmt: skip
def test_what_is_right_passes(aws: World, token: str, props: dict[str, Any]) -> None:
    assert aws.backend.check(token, "thing", props, {}).faults == []


def test_values_take_the_type_of_their_property(aws: World) -> None:
    inputs = aws.backend.check(
        INSTANCE, "db", {**PLAIN, "allocatedStorage": "20", "multiAz": "true", "engineVersion": 17}, {}
    ).inputs
    assert (inputs["allocatedStorage"], inputs["multiAz"], inputs["engineVersion"]) == (20, True, "17")
    assert "skipFinalSnapshot" in inputs["__defaults"]
