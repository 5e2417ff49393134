"""The master password's keeper: its key."""

from typing import Any

import pulumi_aws as aws
import pytest
from tests.unit.components.programs import POSTGRES, described

from dbstack import Database, DatabaseNetwork
from dbstack.testing import deploy


@pytest.mark.parametrize("source", ["managed", "generated"])
def test_the_passwords_secret_has_its_own_key(source: str) -> None:
    def program() -> dict[str, Any]:
        key = aws.kms.Key("key")
        network = DatabaseNetwork("network", {"vpc_cidr": "10.0.0.0/16"})
        placement = {"vpc_id": network.vpc_id, "subnet_ids": network.subnet_ids}
        password = {"source": source, "kms_key_id": key.arn}
        made = Database("app", {**POSTGRES, "network": placement, "password": password})
        return {"secret": made.secret_arn, "key": key.arn}

    with deploy(program, project="shop", stack="dev") as deployment:
        outputs = deployment.outputs
        secret = deployment.client("secretsmanager").describe_secret(SecretId=outputs["secret"])
        assert secret["KmsKeyId"] == outputs["key"]
        if source == "managed":
            assert described(deployment)["MasterUserSecret"]["KmsKeyId"] == outputs["key"]
