"""The policy of a deployment: every action exists, nothing is a wildcard, only what has no resource is unbound."""

import ast
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
import pytest

import dbstack
from dbstack.spec.partitions import partition_of_region, service_in
from dbstack.spec.permission_actions import ACTIONS, PASSED_TO, UNBOUND
from dbstack.spec.permissions import POLICY_MAX, actions, policies, policy, policy_size

POLICY = policy(ACTIONS, region="eu-west-1", account="123456789012", prefix="shop-prod-")
# Permissions that are no operation of an API, or of another API than their prefix says.
NO_OPERATION = {
    "iam:PassRole",
    "kms:CreateGrant",
    "backup-storage:MountCapsule",
    "rds:CreateDBInstanceReadReplica",
    "lambda:InvokeFunction",
}


@cache
def operations(service: str) -> set[str]:
    session: Any = botocore.session.get_session()
    return set(session.get_service_model(service).operation_names)


@pytest.mark.parametrize("action", sorted(actions(ACTIONS)))
def test_every_action_exists(action: str):
    service, _, operation = action.partition(":")
    assert action in NO_OPERATION or operation in operations(service)


def test_nothing_is_a_wildcard():
    for statement in POLICY["Statement"]:
        assert statement["Effect"] == "Allow"
        assert not any("*" in action for action in [statement["Action"]] if isinstance(action, str))
        assert not any("*" in action for action in statement["Action"] if len(action) > 1)
        if statement["Resource"] == "*":
            assert statement["Sid"] in ("Read", "Share")
            assert statement["Condition"]["StringEquals"] == {"aws:RequestedRegion": "eu-west-1"}
    assert all(":Describe" in action or action in UNBOUND for action in statement_of("Read")["Action"])


def test_only_clusters_are_shared():
    """Making a share takes no resource, so what is shared bounds it."""
    share = statement_of("Share")
    assert share["Action"] == "ram:CreateResourceShare"
    assert share["Condition"]["StringEqualsIfExists"] == {"ram:RequestedResourceType": "rds:Cluster"}
    assert statement_of("Ram")["Resource"] == ["arn:aws:ram:eu-west-1:123456789012:resource-share/*"]


def test_every_action_is_allowed_once():
    allowed: list[str] = []
    for statement in POLICY["Statement"]:
        given = statement["Action"]
        allowed += [given] if isinstance(given, str) else given
    assert sorted(allowed) == sorted(actions(ACTIONS) | {"iam:CreateServiceLinkedRole"})


def test_each_fits_into_a_managed_policy_and_nothing_is_lost():
    parts = policies(ACTIONS, region="eu-west-1", account="123456789012", prefix="shop-prod-")
    assert all(policy_size(part) <= POLICY_MAX for part in parts)
    # AWS attaches ten to a role.
    assert len(parts) <= 3
    assert [statement for part in parts for statement in part["Statement"]] == POLICY["Statement"]


def made_types() -> set[str]:
    """Every `aws.<module>.<Class>` that the library's code names and that is a resource."""
    import pulumi
    import pulumi_aws as aws

    found: set[str] = set()
    package = Path(dbstack.__file__).parent
    for file in package.rglob("*.py"):
        if file.relative_to(package).parts[0] in ("sandbox", "testing", "policy"):
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute)):
                continue
            module = node.value
            if isinstance(module.value, ast.Name) and module.value.id == "aws":
                made = getattr(getattr(aws, module.attr, None), node.attr, None)
                if isinstance(made, type) and issubclass(made, pulumi.CustomResource):
                    found.add(made.pulumi_type)
    return found


def test_every_type_that_the_components_make_is_covered():
    made = made_types()
    assert {"aws:rds/cluster:Cluster", "aws:lambda/function:Function"} <= made
    assert sorted(made - ACTIONS.keys()) == [], "name their actions in dbstack/spec/permission_actions.py"


def statement_of(sid: str, region: str = "eu-west-1") -> dict[str, Any]:
    given = policy(ACTIONS, region=region, account="123456789012", prefix="shop-prod-")
    [found] = [one for one in given["Statement"] if one["Sid"] == sid]
    return found


def test_roles_are_bound_by_name_service_and_policy():
    for sid in ("Roles", "PassRoles", "AttachPolicies"):
        assert statement_of(sid)["Resource"] == ["arn:aws:iam::123456789012:role/shop-prod-*"]
    assert statement_of("PassRoles")["Action"] == ["iam:PassRole"]
    assert set(statement_of("PassRoles")["Condition"]["StringEquals"]["iam:PassedToService"]) == {
        "monitoring.rds.amazonaws.com",
        "directoryservice.rds.amazonaws.com",
        "rds.amazonaws.com",
        "backup.amazonaws.com",
        "lambda.amazonaws.com",
        "vpc-flow-logs.amazonaws.com",
    }
    assert statement_of("AttachPolicies")["Condition"]["ArnEquals"]["iam:PolicyARN"] == [
        "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole",
        "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup",
        "arn:aws:iam::aws:policy/service-role/AmazonRDSDirectoryServiceAccess",
    ]
    assert {token for token, needed in ACTIONS.items() if "iam:PassRole" in needed} == PASSED_TO.keys()
    few = policy(["aws:rds/proxy:Proxy"], region="eu-west-1", account="123456789012", prefix="a-")
    [passing] = [one for one in few["Statement"] if one["Sid"] == "PassRoles"]
    assert passing["Condition"]["StringEquals"]["iam:PassedToService"] == ["rds.amazonaws.com"]


@pytest.mark.parametrize(
    ("region", "partition", "via"),
    [
        ("cn-north-1", "aws-cn", "rds.cn-north-1.amazonaws.com.cn"),
        ("us-gov-west-1", "aws-us-gov", "rds.us-gov-west-1.amazonaws.com"),
    ],
)
def test_every_arn_is_of_the_partition(region: str, partition: str, via: str):
    text = json.dumps(policy(ACTIONS, region=region, account="123456789012", prefix="shop-"))
    assert set(re.findall(r"arn:([a-z-]+):", text)) == {partition}
    assert via in statement_of("Kms", region)["Condition"]["StringEquals"]["kms:ViaService"]


def test_partitions_are_those_of_aws():
    session: Any = botocore.session.get_session()
    for partition in session.get_data("partitions")["partitions"]:
        for region in partition["regions"]:
            if not region.endswith("-global"):
                assert partition_of_region(region) == partition["id"]
                suffix = partition["outputs"]["dnsSuffix"]
                assert service_in("rds", region) == f"rds.{region}.{suffix}"


def test_a_stack_with_less_needs_less():
    small = policy(["aws:rds/instance:Instance"], region="eu-west-1", account="123456789012", prefix="a-")
    assert "ec2:" not in json.dumps(small["Statement"])
