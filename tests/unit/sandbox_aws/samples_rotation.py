"""Samples of secret rotation and of the functions that rotate, see samples.py."""

import json
from typing import Any

import pulumi
from tests.unit.sandbox_aws.sample import Sample, TypeSamples

CODE = pulumi.AssetArchive({"rotate.py": pulumi.StringAsset("def handler(event, context): ...")})
DENY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "secretsmanager:*", "Resource": "*"}],
}
ALLOW = json.loads(json.dumps(DENY).replace("Deny", "Allow"))


def plain_function(aws: Any) -> dict[str, Any]:
    role = aws.client("iam").get_role(RoleName=aws.ids["role"])["Role"]["Arn"]
    return {
        "name": aws.unique("function"),
        "role": role,
        "handler": "rotate.handler",
        "runtime": "python3.13",
        "code": CODE,
    }


def fill_rotation(aws: Any) -> None:
    for name in ("function", "function2"):
        aws.ids[name] = aws.make("aws:lambda/function:Function", plain_function(aws))[1]["arn"]
    role = aws.client("iam").get_role(RoleName=aws.ids["role2"])["Role"]["Arn"]
    aws.ids["role2 arn"] = role
    managed = {
        "engine": "postgres",
        "engineVersion": "17.5",
        "instanceClass": "db.t3.micro",
        "allocatedStorage": 20,
    }
    managed |= {
        "identifier": "managed",
        "username": "app",
        "manageMasterUserPassword": True,
        "skipFinalSnapshot": True,
    }
    state = aws.make("aws:rds/instance:Instance", managed)[1]
    aws.ids["managed secret"] = state["masterUserSecrets"][0]["secretArn"]


def _function(aws: Any, name: str) -> Any:
    answer = aws.client("lambda").get_function(FunctionName=name)
    return {**answer["Configuration"], "Tags": answer.get("Tags")}


def _statement(aws: Any, sid: str) -> Any:
    for name in ("function", "function2"):
        try:
            policy = aws.client("lambda").get_policy(FunctionName=aws.ids[name])["Policy"]
        except aws.client("lambda").exceptions.ResourceNotFoundException:
            continue
        for item in json.loads(policy)["Statement"]:
            if item["Sid"] == sid:
                return {**item, "Function": aws.ids[name]}
    raise AssertionError(sid)


def _policy(aws: Any, arn: str) -> Any:
    return aws.client("secretsmanager").get_resource_policy(SecretId=arn)


def _rotation(aws: Any) -> dict[str, Any]:
    return {
        "secretId": aws.fresh_secret(),
        "rotationLambdaArn": aws.ids["function"],
        "rotationRules": {"automaticallyAfterDays": 30},
    }


ROTATION_SAMPLES: dict[str, TypeSamples] = {
    "aws:secretsmanager/secretRotation:SecretRotation": TypeSamples(
        _rotation,
        lambda aws, found: aws.client("secretsmanager").describe_secret(SecretId=found),
        lambda ids: {
            "secretId": Sample(ids["secret"], "ARN"),
            "rotationEnabled": Sample(
                False,
                "RotationEnabled",
                instead=("rotationRules", "rotationLambdaArn"),
                beside={"secretId": ids["managed secret"]},
            ),
            "rotationLambdaArn": Sample(ids["function2"], "RotationLambdaARN"),
            "rotationRules": Sample(
                {"scheduleExpression": "rate(10 days)", "duration": "3h"},
                "RotationRules",
                {"ScheduleExpression": "rate(10 days)", "Duration": "3h"},
            ),
        },
    ),
    "aws:secretsmanager/secretPolicy:SecretPolicy": TypeSamples(
        lambda aws: {"secretArn": aws.fresh_secret(), "policy": json.dumps(DENY)},
        _policy,
        lambda ids: {
            "secretArn": Sample(ids["secret"], "ARN"),
            "policy": Sample(json.dumps(ALLOW), "ResourcePolicy"),
        },
    ),
    "aws:lambda/function:Function": TypeSamples(
        plain_function,
        _function,
        lambda ids: {
            "name": Sample("another", "FunctionName"),
            "role": Sample(ids["role2 arn"], "Role"),
            "handler": Sample("other.handler", "Handler"),
            "runtime": Sample("python3.12", "Runtime"),
            "description": Sample("what for", "Description"),
            "timeout": Sample(30, "Timeout"),
            "memorySize": Sample(256, "MemorySize"),
            "environment": Sample({"variables": {"A": "1"}}, "Environment", {"Variables": {"A": "1"}}),
            "vpcConfig": Sample(
                {"subnetIds": ids["subnets"][:2], "securityGroupIds": [ids["sg"]]},
                shown=(ids["subnets"][:2], [ids["sg"]]),
                look=lambda _aws, _id, found: (
                    found["VpcConfig"]["SubnetIds"],
                    found["VpcConfig"]["SecurityGroupIds"],
                ),
            ),
            "tags": Sample({"Name": "x"}, "Tags"),
        },
    ),
    "aws:lambda/permission:Permission": TypeSamples(
        lambda aws: {
            "statementId": aws.unique("statement"),
            "action": "lambda:InvokeFunction",
            "function": aws.ids["function"],
            "principal": "secretsmanager.amazonaws.com",
        },
        _statement,
        lambda ids: {
            "action": Sample("lambda:GetFunction", "Action"),
            "function": Sample(ids["function2"], "Function"),
            "principal": Sample("events.amazonaws.com", "Principal.Service"),
            "sourceArn": Sample(ids["secret"], "Condition.ArnLike.AWS:SourceArn"),
            "sourceAccount": Sample("123456789012", "Condition.StringEquals.AWS:SourceAccount"),
            "statementId": Sample("another", "Sid"),
        },
    ),
}
