"""The policy of a deployment: every action exists, nothing is a wildcard, only what has no resource is unbound."""

import json
from functools import cache
from typing import Any

import botocore.session
import pytest

from dbstack.spec.permissions import ACTIONS, actions, policy

POLICY = policy(ACTIONS, region="eu-west-1", account="123456789012", prefix="shop-prod-")
# Permissions that are no operation of an API, or of another API than their prefix says.
NO_OPERATION = {
    "iam:PassRole",
    "kms:CreateGrant",
    "backup-storage:MountCapsule",
    "rds:CreateDBInstanceReadReplica",
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
            assert statement["Sid"] == "Read"
            assert statement["Condition"]["StringEquals"] == {"aws:RequestedRegion": "eu-west-1"}
            assert all(":Describe" in a or a == "backup-storage:MountCapsule" for a in statement["Action"])


def test_every_action_is_allowed_once():
    allowed: list[str] = []
    for statement in POLICY["Statement"]:
        given = statement["Action"]
        allowed += [given] if isinstance(given, str) else given
    assert sorted(allowed) == sorted(actions(ACTIONS) | {"iam:CreateServiceLinkedRole"})


def test_it_fits_into_one_managed_policy():
    assert len(json.dumps(POLICY, separators=(",", ":"))) <= 6144


def test_a_stack_with_less_needs_less():
    small = policy(["aws:rds/instance:Instance"], region="eu-west-1", account="123456789012", prefix="a-")
    assert "ec2:" not in json.dumps(small["Statement"])
