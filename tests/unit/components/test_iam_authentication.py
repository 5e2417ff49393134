"""IAM authentication: on where the engine has it, and a policy for one database user and no other."""

import json
from typing import Any

import pulumi
import pytest
from tests.unit.components.programs import POSTGRES, database, described

from dbstack import SpecError, connect_policy
from dbstack.testing import deploy


@pytest.mark.parametrize(
    ("settings", "enabled"),
    [
        ({}, True),
        ({"iam_authentication": False}, False),
        ({"engine": "mysql", "engine_version": "8.4"}, True),
        ({"engine": "mariadb", "engine_version": "11.4"}, True),
        ({"engine": "mariadb", "engine_version": "10.5"}, False),
    ],
)
def test_on_where_the_engine_has_it(settings: dict[str, Any], enabled: bool) -> None:
    with database({**POSTGRES, **settings, "replicas": {"r": {}}}) as deployment:
        for identifier in ("shop-dev-app", "shop-dev-app-r"):
            assert described(deployment, identifier)["IAMDatabaseAuthenticationEnabled"] is enabled


def test_the_policy_lets_one_user_into_the_named_databases() -> None:
    with database({**POSTGRES, "replicas": {"r": {}}}) as deployment:
        writer, replica = described(deployment), described(deployment, "shop-dev-app-r")
        ids = deployment.outputs["resource_id"], deployment.outputs["replica_resource_ids"]["r"]
        assert ids == (writer["DbiResourceId"], replica["DbiResourceId"])
        assert deployment.outputs["arn"] == writer["DBInstanceArn"]

    def program() -> dict[str, Any]:
        outputs = [pulumi.Output.from_input(item) for item in ids]
        return {
            "one": connect_policy(writer["DBInstanceArn"], outputs[0], "app"),
            "both": connect_policy(pulumi.Output.from_input(writer["DBInstanceArn"]), outputs, "app"),
        }

    with deploy(program) as deployment:
        users = [f"arn:aws:rds-db:us-east-1:123456789012:dbuser:{item}/app" for item in ids]
        for name, resource in (("one", users[:1]), ("both", users)):
            assert json.loads(deployment.outputs[name]) == {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Action": "rds-db:connect", "Resource": resource}],
            }


@pytest.mark.parametrize(
    "arn", ["arn:aws-cn:rds:cn-north-1:1:db:x", "arn:aws-us-gov:rds:us-gov-west-1:1:db:x"]
)
def test_the_policy_stays_in_its_partition(arn: str) -> None:
    with deploy(lambda: {"policy": connect_policy(arn, "db-1", "app")}) as deployment:
        (user,) = json.loads(deployment.outputs["policy"])["Statement"][0]["Resource"]
        assert user == arn.replace(":rds:", ":rds-db:").replace(":db:x", ":dbuser:db-1/app")


@pytest.mark.parametrize("user", ["", "*", "app*", "ap?", "${aws:username}"])
def test_a_pattern_is_no_user(user: str) -> None:
    with pytest.raises(SpecError, match="user"):
        connect_policy("arn:aws:rds:us-east-1:1:db:x", "db-1", user)
