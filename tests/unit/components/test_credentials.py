"""The master password's keeper: its key, and a keeper that isn't known yet."""

from typing import Any

import pulumi_aws as aws
import pytest
from pulumi.runtime.mocks import MockResourceArgs
from tests.unit.components import cluster_programs
from tests.unit.components.programs import POSTGRES, database, described

from dbstack import Database, DatabaseNetwork, SpecError
from dbstack.testing import MotoMocks, deploy


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


class _NoSecretYet(MotoMocks):
    """As the provider answers the update to a managed password: no secret, rather than an unknown one."""

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        made, state = super().new_resource(args)
        return made, {**state, "masterUserSecrets": []} if "masterUserSecrets" in state else state


@pytest.mark.parametrize("kind", ["instance", "cluster"])
def test_a_managed_secret_that_is_not_told(kind: str) -> None:
    """The pain: terraform-aws-rds#588, "Invalid index" in the plan of a change to a managed password."""

    def run(*, preview: bool) -> Any:
        mocks = _NoSecretYet(preview=preview)
        if kind == "instance":
            return database(POSTGRES, mocks=mocks, preview=preview)
        # A role that is known: MotoMocks leaves what a preview doesn't know out of a resource's inputs.
        known = {"monitoring_role_arn": "arn:aws:iam::123456789012:role/monitoring"}
        args = {**cluster_programs.AURORA, "monitoring": known}
        return cluster_programs.deployed(args, mocks=mocks, preview=preview)

    with run(preview=True) as deployment:
        assert repr(deployment.outputs["secret_arn"]) == "<known after the deployment>"
    with pytest.raises(SpecError, match=r"password: RDS names no secret .* `pulumi refresh`"):
        run(preview=False)
