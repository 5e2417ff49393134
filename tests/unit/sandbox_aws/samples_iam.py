"""Samples of IAM's types, see samples.py."""

import json
from typing import Any

from tests.unit.sandbox_aws.sample import Sample, TypeSamples

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "rds.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
OTHER_TRUST = json.loads(json.dumps(TRUST).replace("rds.", "lambda."))
GRANT = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}],
}
DENY = json.loads(json.dumps(GRANT).replace("Allow", "Deny"))
BOUNDARY = "arn:aws:iam::123456789012:policy/boundary"


def _role(aws: Any, name: str) -> Any:
    return aws.client("iam").get_role(RoleName=name)["Role"]


def _policy(aws: Any, found: str) -> Any:
    role, _, name = found.partition(":")
    return aws.client("iam").get_role_policy(RoleName=role, PolicyName=name)


IAM_SAMPLES: dict[str, TypeSamples] = {
    "aws:iam/role:Role": TypeSamples(
        lambda aws: {"name": aws.unique("role"), "assumeRolePolicy": json.dumps(TRUST)},
        _role,
        lambda ids: {
            "name": Sample("another", "RoleName"),
            "assumeRolePolicy": Sample(json.dumps(OTHER_TRUST), "AssumeRolePolicyDocument", OTHER_TRUST),
            "description": Sample("what for", "Description"),
            "path": Sample("/services/", "Path"),
            "maxSessionDuration": Sample(7200, "MaxSessionDuration"),
            "permissionsBoundary": Sample(BOUNDARY, "PermissionsBoundary.PermissionsBoundaryArn"),
            "tags": Sample(
                {"Name": "x"},
                look=lambda _aws, _id, found: {tag["Key"]: tag["Value"] for tag in found["Tags"]},
            ),
        },
    ),
    "aws:iam/rolePolicy:RolePolicy": TypeSamples(
        lambda aws: {"name": aws.unique("policy"), "role": aws.ids["role"], "policy": json.dumps(GRANT)},
        _policy,
        lambda ids: {
            "name": Sample("another", "PolicyName"),
            "role": Sample(ids["role2"], "RoleName"),
            "policy": Sample(json.dumps(DENY), "PolicyDocument", DENY),
        },
    ),
}
