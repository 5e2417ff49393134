"""What an interrupted create left is found by what its inputs fix; what is not there is not found."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws
from tests.unit.sandbox_aws.samples import SAMPLES
from tests.unit.sandbox_aws.world import Walk, fill, world

from dbstack.sandbox.aws.errors import NotServed
from dbstack.sandbox.aws.find import find_existing
from dbstack.sandbox.aws.table import TYPES


@pytest.fixture(scope="module")
def walk() -> Iterator[Walk]:
    with mock_aws():
        yield fill(world())


@pytest.fixture(scope="module")
def session() -> Any:
    return boto3.Session(aws_access_key_id="x", aws_secret_access_key="x", region_name="us-east-1")


def inputs_of(walk: Walk, token: str) -> dict[str, Any]:
    props = SAMPLES[token].plain(walk)
    if "tags" in TYPES[token].props:
        props["tags"] = {"Name": walk.unique("found-by-tag")}
    return walk.checked(token, props)


@pytest.mark.parametrize("token", TYPES)
def test_what_was_made_is_found_and_nothing_before(walk: Walk, session: Any, token: str) -> None:
    inputs = inputs_of(walk, token)
    always_there = {
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",  # every VPC has one
        "aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup",  # every proxy has one
    }
    if token not in always_there:
        assert find_existing(token, inputs, session) is None
    resource_id, _ = walk.backend.create(token, inputs)
    assert find_existing(token, inputs, session) == resource_id


def test_rules_differ_by_direction_and_ports(walk: Walk, session: Any) -> None:
    token = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
    inputs = walk.checked(token, SAMPLES[token].plain(walk))
    walk.backend.create(token, inputs)
    assert find_existing(token, {**inputs, "toPort": 5001}, session) is None
    assert (
        find_existing(
            token.replace("Ingress", "Egress").replace("securityGroupIngress", "securityGroupEgress"),
            inputs,
            session,
        )
        is None
    )


def test_equal_tags_twice_decide_nothing(walk: Walk, session: Any) -> None:
    inputs = walk.checked("aws:ec2/vpc:Vpc", {"cidrBlock": "10.60.0.0/16", "tags": {"Name": "twins"}})
    for _ in range(2):
        walk.backend.create("aws:ec2/vpc:Vpc", inputs)
    assert find_existing("aws:ec2/vpc:Vpc", inputs, session) is None


def test_a_secret_version_with_another_value_is_another(walk: Walk, session: Any) -> None:
    token = "aws:secretsmanager/secretVersion:SecretVersion"
    inputs = inputs_of(walk, token)
    walk.backend.create(token, inputs)
    assert find_existing(token, {**inputs, "secretString": "other"}, session) is None


def test_in_the_region_of_the_inputs(walk: Walk, session: Any) -> None:
    token = "aws:secretsmanager/secret:Secret"
    inputs = walk.checked(token, {"name": "far", "region": "eu-west-1"})
    resource_id, state = walk.backend.create(token, inputs)
    assert state["region"] == "eu-west-1"
    assert find_existing(token, inputs, session) == resource_id
    assert find_existing(token, {**inputs, "region": "us-east-1"}, session) is None


def test_other_tokens(session: Any) -> None:
    assert find_existing("random:index/randomId:RandomId", {"byteLength": 4}, session) is None
    with pytest.raises(NotServed, match="aws:s3"):
        find_existing("aws:s3/bucket:Bucket", {}, session)
