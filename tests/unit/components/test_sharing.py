"""An Aurora cluster that other accounts may clone."""

from typing import Any

import pulumi_aws as aws
import pytest
from tests.unit.components.cluster_programs import AURORA, MULTI_AZ, cluster, deployed
from tests.unit.components.test_associated_roles import faults

ONE, TWO = "111111111111", "222222222222"
KEY = "arn:aws:kms:us-east-1:123456789012:key/1"


def shared(_: Any) -> dict[str, Any]:
    return {"shared_with": [ONE, TWO], "storage": {"kms_key_id": aws.kms.Key("data").arn}}


def associated(deployment: Any, kind: str, share: str) -> set[str]:
    call = deployment.client("ram").get_resource_share_associations
    found = call(associationType=kind, resourceShareArns=[share])["resourceShareAssociations"]
    return {one["associatedEntity"] for one in found}


def test_two_accounts_may_clone_it() -> None:
    with deployed({**AURORA, "tags": {"Team": "orders"}}, before=shared) as deployment:
        [share] = deployment.client("ram").get_resource_shares(resourceOwner="SELF")["resourceShares"]
        assert (share["name"], share["status"]) == ("shop-dev-orders", "ACTIVE")
        assert share["allowExternalPrincipals"] is True
        assert {"key": "Team", "value": "orders"} in share["tags"]
        arn = share["resourceShareArn"]
        assert associated(deployment, "RESOURCE", arn) == {cluster(deployment)["DBClusterArn"]}
        assert associated(deployment, "PRINCIPAL", arn) == {ONE, TWO}


def test_nobody_may_where_none_is_named() -> None:
    with deployed(AURORA) as deployment:
        assert deployment.client("ram").get_resource_shares(resourceOwner="SELF")["resourceShares"] == []


def test_the_share_stays_with_a_cluster_that_is_retained() -> None:
    with deployed({**AURORA, "on_delete": "retain"}, before=shared) as deployment:
        [made] = deployment.of_type("aws:ram/resourceShare:ResourceShare")
        accounts = deployment.of_type("aws:ram/principalAssociation:PrincipalAssociation")
        owner = deployment.one("aws:rds/cluster:Cluster").urn
        assert {one.deleted_with for one in [made, *accounts]} == {owner}
        assert len(accounts) == 2


@pytest.mark.parametrize(
    ("settings", "path", "way_out"),
    [
        ({**AURORA, "shared_with": [ONE]}, "storage.kms_key_id", "RDS's own key"),
        ({**AURORA, "shared_with": ["1"], "storage": {"kms_key_id": KEY}}, "shared_with[0]", "12 digits"),
        ({**AURORA, "shared_with": [ONE, ONE], "storage": {"kms_key_id": KEY}}, "shared_with[1]", "twice"),
        ({**MULTI_AZ, "shared_with": [ONE]}, "shared_with", "leave it out"),
    ],
)
def test_refused(settings: dict[str, Any], path: str, way_out: str) -> None:
    found = faults(lambda: deployed(settings))
    assert way_out in found.get(path, ""), found


def test_without_encryption_no_key_is_asked_for() -> None:
    settings = {**AURORA, "shared_with": [ONE], "storage": {"encrypted": False}}
    with deployed(settings) as deployment:
        [share] = deployment.client("ram").get_resource_shares(resourceOwner="SELF")["resourceShares"]
        assert associated(deployment, "PRINCIPAL", share["resourceShareArn"]) == {ONE}
