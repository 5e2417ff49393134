"""Aurora global databases: a global cluster, its primary, and a secondary in another region."""

from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from tests.unit.components.cluster_programs import AURORA, CLUSTER, MULTI_AZ, MYSQL, cluster, deployed
from tests.unit.components.test_associated_roles import faults

from dbstack import DatabaseCluster, DatabaseNetwork, GlobalCluster, SecondaryCluster
from dbstack.aws.cluster_guards import (
    refuse_global_downgrade,
    refuse_unsafe_cluster_update,
    refuse_unsafe_global_update,
)
from dbstack.testing import Deployment, deploy

GLOBAL = "aws:rds/globalCluster:GlobalCluster"
AWAY = "us-west-2"
KEY = f"arn:aws:kms:{AWAY}:123456789012:key/1"


def world(
    settings: dict[str, Any] | None = None,
    secondary: dict[str, Any] | None = None,
    whole: dict[str, Any] | None = None,
) -> Deployment:
    """A global cluster `world` with the primary `orders` and the secondary `orders-west`."""

    def placed(name: str, opts: pulumi.ResourceOptions | None = None) -> Any:
        network = DatabaseNetwork(name, {"vpc_cidr": "10.0.0.0/16"}, opts)
        subnets = [network.subnet_ids[0], network.subnet_ids[1]]
        return {"vpc_id": network.vpc_id, "subnet_ids": subnets}

    def program() -> dict[str, Any]:
        away = pulumi.ResourceOptions(provider=aws.Provider("west", region=AWAY))
        made: Any = GlobalCluster(
            "world",
            {"engine": "aurora-postgresql", "engine_version": "17", **(whole or {})},  # type: ignore[typeddict-item]
        )
        membership: dict[str, Any] = {"global_cluster_identifier": made.identifier}
        access = {"access": {"from_cidrs": ["10.0.0.0/8"]}}
        primary_args: Any = {
            **AURORA, **access, "network": placed("home"), **membership, "database_name": "shop", **(settings or {})
        }  # fmt: skip
        primary = DatabaseCluster("orders", primary_args)
        key = aws.kms.Key("west", opts=away)
        secondary_args: Any = {
            **AURORA, **access, "network": placed("away", away), **membership, "primary_arn": primary.arn,
            "storage": {"kms_key_id": key.arn}, "instances": {"one": {}}, **(secondary or {}),
        }  # fmt: skip
        west = SecondaryCluster("orders-west", secondary_args, away)
        return {
            "identifier": made.identifier,
            "host": made.host,
            "secret": primary.secret_arn,
            "database": west.database,
            "reader": west.reader_host,
        }

    return deploy(program, project="shop", stack="dev")


def whole_of(deployment: Deployment) -> dict[str, Any]:
    call = deployment.client("rds").describe_global_clusters
    return call(GlobalClusterIdentifier="shop-dev-world")["GlobalClusters"][0]


def west_of(deployment: Deployment) -> dict[str, Any]:
    call = deployment.client("rds", AWAY).describe_db_clusters
    return call(DBClusterIdentifier="shop-dev-orders-west")["DBClusters"][0]


def test_a_global_database_of_two_regions() -> None:
    with world() as deployment:
        found, primary, west = whole_of(deployment), cluster(deployment), west_of(deployment)
        assert (found["Engine"], found["StorageEncrypted"]) == ("aurora-postgresql", True)
        assert found["DeletionProtection"] is True
        assert {tag["Key"] for tag in found["TagList"]} == {"Name", "Environment"}
        [first, second] = found["GlobalClusterMembers"]
        assert (first["DBClusterArn"], first["IsWriter"]) == (primary["DBClusterArn"], True)
        assert (second["DBClusterArn"], second["IsWriter"]) == (west["DBClusterArn"], False)
        assert first["Readers"] == [west["DBClusterArn"]]
        assert west["DBClusterArn"].split(":")[3] == AWAY
        assert west["KmsKeyId"] == deployment.one("aws:kms/key:Key").outputs["arn"]
        assert (west["DatabaseName"], west["MasterUsername"]) == ("shop", "dbadmin")
        # Only the primary has a password, which RDS can't manage here.
        assert "MasterUserSecret" not in primary
        secret = deployment.one("aws:secretsmanager/secret:Secret").outputs["arn"]
        assert deployment.outputs["secret"] == secret
        assert deployment.outputs["identifier"] == "shop-dev-world"
        assert deployment.outputs["host"] == found["Endpoint"]
        assert deployment.outputs["database"] == "shop"
        assert deployment.outputs["reader"] == west["ReaderEndpoint"]


def test_the_secondary_comes_after_the_primarys_instances_and_goes_before_them() -> None:
    with world() as deployment:
        [primary, west] = deployment.of_type(CLUSTER)
        assert any(urn.endswith("::world") for urn in primary.dependencies)
        behind = {urn.rpartition("::")[2] for urn in west.dependencies}
        assert {"world", "orders", "orders-one", "orders-two"} <= behind
        assert west.inputs["sourceRegion"] == "us-east-1"
        assert not {"masterUsername", "masterPassword", "manageMasterUserPassword"} & west.inputs.keys()
        # The global cluster upgrades its clusters.
        assert "engineVersion" in primary.ignore_changes
        assert {"engineVersion", "sourceRegion"} <= set(west.ignore_changes)


def test_a_secondary_that_forwards_writes() -> None:
    with world(secondary={"global_write_forwarding": True}) as deployment:
        assert west_of(deployment)["GlobalWriteForwardingStatus"] == "enabled"
    with world() as deployment:
        assert west_of(deployment)["GlobalWriteForwardingStatus"] == "disabled"


@pytest.mark.parametrize(
    ("on_delete", "protect", "retain"),
    [("snapshot", True, False), ("retain", True, True), ("destroy", False, False)],
)
def test_what_becomes_of_the_global_cluster(on_delete: str, protect: bool, retain: bool) -> None:
    with world(whole={"on_delete": on_delete}) as deployment:
        made = deployment.one(GLOBAL)
        assert (bool(made.protect), bool(made.retain_on_delete)) == (protect, retain)
        assert whole_of(deployment)["DeletionProtection"] is protect


def test_without_encryption_no_key_is_asked_for() -> None:
    plain = {"storage": {"encrypted": False}}
    with world(plain, plain, {"encrypted": False}) as deployment:
        assert whole_of(deployment)["StorageEncrypted"] is False
        assert west_of(deployment)["StorageEncrypted"] is False


HOME: dict[str, Any] = {**AURORA, "global_cluster_identifier": "world"}
FAR: dict[str, Any] = {
    **HOME,
    "primary_arn": "arn:aws:rds:us-east-1:123456789012:cluster:orders",
    "storage": {"kms_key_id": KEY},
}


@pytest.mark.parametrize(
    ("component", "settings", "path", "way_out"),
    [
        (DatabaseCluster, {**HOME, "password": {"source": "managed"}}, "password.source", "generated"),
        (DatabaseCluster, {**HOME, "instance_class": "db.t4g.large"}, "instance_class", "db.r class"),
        (DatabaseCluster, {**MYSQL, **HOME, **MYSQL, "backtrack_hours": 3}, "backtrack_hours", "leave it out"),
        (DatabaseCluster, {**MULTI_AZ, "global_cluster_identifier": "world"}, "global_cluster_identifier", "Aurora"),
        (SecondaryCluster, {**FAR, "password": {"source": "generated"}}, "password", "the primary's"),
        (SecondaryCluster, {**FAR, "storage": {}}, "storage.kms_key_id", "of its own region"),
        (SecondaryCluster, {**FAR, "reader_autoscaling": {"max_readers": 3}}, "reader_autoscaling", "instances"),
        (SecondaryCluster, {**FAR, "instances": {"one": {"instance_class": "db.t4g.large"}}}, "instance_class", "db.r"),
    ],
)  # fmt: skip
def test_refused(component: Callable[..., Any], settings: dict[str, Any], path: str, way_out: str) -> None:
    found = faults(lambda: deployed(settings, component))
    assert way_out in found.get(path, ""), found


@pytest.mark.parametrize(
    ("settings", "path", "way_out"),
    [
        ({"engine": "mysql", "engine_version": "8.4"}, "engine", "aurora-mysql"),
        ({"engine": "aurora-mysql", "engine_version": "17"}, "engine_version", "8.0"),
        (
            {"engine": "aurora-mysql", "engine_version": "8.0", "identifier": "a--b"},
            "identifier",
            "global cluster's",
        ),
    ],
)
def test_refused_of_a_global_cluster(settings: Any, path: str, way_out: str) -> None:
    found = faults(lambda: deploy(lambda: GlobalCluster("world", settings)))  # type: ignore[arg-type, return-value]
    assert way_out in found.get(path, ""), found


def hook(old: dict[str, Any], new: dict[str, Any]) -> pulumi.ResourceHookArgs:
    return pulumi.ResourceHookArgs(
        urn="",
        id="",
        name="world",
        type="",
        new_inputs=new,
        old_inputs=old,
        new_outputs=None,
        old_outputs=old,
    )


def versions(before: str, after: str) -> pulumi.ResourceHookArgs:
    engine = {"engine": "aurora-postgresql"}
    return hook({**engine, "engineVersion": before}, {**engine, "engineVersion": after})


def test_a_new_major_of_all_clusters_needs_consent_and_a_lower_version_is_refused() -> None:
    with pytest.raises(ValueError, match="allowMajorVersionUpgrade: true"):
        refuse_unsafe_global_update(versions("16.8", "17.5"))
    refuse_global_downgrade(versions("16.8", "17.5"))
    refuse_unsafe_global_update(versions("16.8", "16.9"))
    for guard in (refuse_unsafe_global_update, refuse_global_downgrade):
        with pytest.raises(ValueError, match="can't downgrade"):
            guard(versions("17.5", "16.8"))


@pytest.mark.parametrize("consent", [False, True])
def test_the_consent_chooses_the_guard(consent: bool) -> None:
    with world(whole={"allow_major_version_upgrade": consent}) as deployment:
        [guard] = deployment.one(GLOBAL).hooks["before_update"]
        assert guard.endswith("global-downgrade" if consent else "unsafe-global-update")


def test_a_cluster_can_leave_but_neither_join_later_nor_move() -> None:
    engine = {"engine": "aurora-postgresql"}
    member = {**engine, "globalClusterIdentifier": "one"}
    refuse_unsafe_cluster_update(hook(member, engine))
    with pytest.raises(ValueError, match="can't join"):
        refuse_unsafe_cluster_update(hook(engine, member))
    with pytest.raises(ValueError, match="from one global cluster"):
        refuse_unsafe_cluster_update(hook(member, {**engine, "globalClusterIdentifier": "two"}))
