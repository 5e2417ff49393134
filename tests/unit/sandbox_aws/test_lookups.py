"""The look-ups that programs make: exact answers, refused arguments, nothing made up."""

import importlib
import inspect
import re
from typing import Any

import pytest
from tests.unit.sandbox_aws.samples import SAMPLES
from tests.unit.sandbox_aws.sdk import loaded
from tests.unit.sandbox_aws.world import World

from dbstack.sandbox.aws.errors import NotServed, SandboxError
from dbstack.sandbox.aws.lookups import FUNCTIONS, AwsFunctions
from dbstack.sandbox.aws.model import Props


def call(aws: World, token: str, **args: Any) -> Props:
    return AwsFunctions(aws.backend).call(token, args)


def result_names(token: str) -> set[str]:
    """Names that the SDK reads from the answer."""
    path, _, name = token.partition(":")[2].rpartition(":")
    file = re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()
    package = path.split("/")[0]
    if package == "index":
        module: Any = importlib.import_module(f"pulumi_aws.{file}")
    else:
        module = loaded("pulumi_aws", package, file, file)
    named = {key: value for key, value in vars(module).items() if key.endswith("Result")}
    result = next(value for key, value in named.items() if not key.startswith("Await"))
    return {
        getattr(value.fget, "_pulumi_name", key)
        for key, value in vars(result).items()
        if isinstance(value, property)
    }


ARGUMENTS: dict[str, dict[str, Any]] = {
    "aws:index/getAvailabilityZone:getAvailabilityZone": {"name": "us-east-1a"},
    "aws:ec2/getVpc:getVpc": {"default": True},
    "aws:ec2/getSubnet:getSubnet": {"availabilityZone": "us-east-1a", "defaultForAz": True},
    "aws:ec2/getSecurityGroup:getSecurityGroup": {"name": "sg"},
    "aws:rds/getEngineVersion:getEngineVersion": {"engine": "postgres"},
    "aws:rds/getInstance:getInstance": {"dbInstanceIdentifier": "looked-up"},
    "aws:secretsmanager/getSecret:getSecret": {"name": "looked-up"},
    "aws:secretsmanager/getSecretVersion:getSecretVersion": {"secretId": "looked-up"},
}
# What is answered only where it is asked for.
ECHOES = {
    "filters", "tags", "state", "allAvailabilityZones", "excludeNames", "excludeZoneIds", "defaultOnly", "latest",
    "includeAll", "preferredVersions", "preferredMajorTargets", "preferredUpgradeTargets", "hasMajorTarget",
    "hasMinorTarget", "versionStage", "overrideJson", "overridePolicyDocuments", "policyId", "sourceJson",
    "sourcePolicyDocuments", "statements", "version",
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def things(aws: World) -> None:
    props = {**SAMPLES["aws:rds/instance:Instance"].plain(aws), "identifier": "looked-up", "tags": {"a": "b"}}
    aws.make("aws:rds/instance:Instance", props)
    secret = aws.make("aws:secretsmanager/secret:Secret", {"name": "looked-up"})[0]
    aws.make("aws:secretsmanager/secretVersion:SecretVersion", {"secretId": secret, "secretString": "hush"})


@pytest.mark.parametrize("token", FUNCTIONS)
def test_every_function_answers_everything_that_the_sdk_reads(aws: World, token: str) -> None:
    answer = call(aws, token, **ARGUMENTS.get(token, {}))
    missing = result_names(token) - {key for key, value in answer.items() if value is not None}
    assert missing <= ECHOES
    unread = set(answer) - result_names(token) - {"region"}
    assert unread == set()


def test_zones(aws: World) -> None:
    zones = call(aws, "aws:index/getAvailabilityZones:getAvailabilityZones", state="available")
    assert zones["names"][:3] == ["us-east-1a", "us-east-1b", "us-east-1c"]
    assert len(zones["zoneIds"]) == len(zones["names"])
    fewer = call(aws, "aws:index/getAvailabilityZones:getAvailabilityZones", excludeNames=["us-east-1a"])
    assert fewer["names"] == zones["names"][1:]
    elsewhere = call(aws, "aws:index/getAvailabilityZones:getAvailabilityZones", region="eu-west-1")
    assert elsewhere["names"][0] == "eu-west-1a"


def test_vpcs_and_subnets(aws: World) -> None:
    found = call(aws, "aws:ec2/getVpc:getVpc", filters=[{"name": "cidr", "values": ["10.0.0.0/16"]}])
    assert (found["id"], found["default"]) == (aws.ids["vpc"], False)
    subnets = call(
        aws, "aws:ec2/getSubnets:getSubnets", filters=[{"name": "vpc-id", "values": [aws.ids["vpc"]]}]
    )
    assert set(subnets["ids"]) == set(aws.ids["subnets"])
    one = call(aws, "aws:ec2/getSubnet:getSubnet", vpcId=aws.ids["vpc"], availabilityZone="us-east-1b")
    assert (one["id"], one["cidrBlock"]) == (aws.ids["subnets"][1], "10.0.1.0/24")
    with pytest.raises(SandboxError, match="3 subnets match"):
        call(aws, "aws:ec2/getSubnet:getSubnet", vpcId=aws.ids["vpc"])


def test_engine_versions(aws: World) -> None:
    token = "aws:rds/getEngineVersion:getEngineVersion"
    newest = call(aws, token, engine="postgres", version="16", latest=True)
    assert newest["parameterGroupFamily"] == "postgres16"
    assert call(aws, token, engine="postgres", version="16")["version"] == newest["version"]
    preferred = call(aws, token, engine="postgres", preferredVersions=["99.1", "16.9", "17.5"])
    assert preferred["version"] == "16.9"
    assert all(not target.startswith("16.") for target in preferred["validMajorTargets"])
    with pytest.raises(SandboxError, match="no matching RDS engine version"):
        call(aws, token, engine="postgres", version="99")


def test_instances_and_secrets(aws: World) -> None:
    found = call(aws, "aws:rds/getInstance:getInstance", tags={"a": "b"})
    assert (found["dbInstanceIdentifier"], found["masterUsername"], found["iops"]) == (
        "looked-up",
        "app",
        3000,
    )
    version = call(aws, "aws:secretsmanager/getSecretVersion:getSecretVersion", secretId="looked-up")
    assert version["secretString"] == "hush"
    with pytest.raises(SandboxError, match="exactly one of arn and name"):
        call(aws, "aws:secretsmanager/getSecret:getSecret")
    with pytest.raises(SandboxError, match="ResourceNotFoundException"):
        call(aws, "aws:secretsmanager/getSecret:getSecret", name="missing")


@pytest.mark.parametrize("token", FUNCTIONS)
def test_an_argument_that_is_not_honoured_is_refused(aws: World, token: str) -> None:
    with pytest.raises(NotServed, match="does not serve the argument surprise"):
        call(aws, token, surprise=1)


def test_every_function_is_a_plain_function() -> None:
    assert all(inspect.isfunction(function) for function, _ in FUNCTIONS.values())
