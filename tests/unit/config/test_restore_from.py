"""`restoreFrom` of a stack's databases and clusters: made from a backup, and what is refused beside it."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from dbstack import Database, DatabaseCluster, DatabaseNetwork
from dbstack.config import load, stack_faults
from dbstack.config.program import cluster_args, database_args, network_args
from dbstack.sandbox.aws.clients import client
from dbstack.spec.types import PlacementArgs
from dbstack.testing import Deployment, deploy

STACK: dict[str, Any] = {
    "environment": "dev",
    "network": {"vpcCidr": "10.20.0.0/16", "availabilityZones": 2, "flowLogs": {"enabled": False}},
    "databases": {"app": {"engine": "postgres", "engineVersion": "17", "instanceClass": "db.t3.micro"}},
    "clusters": {
        "orders": {"engine": "aurora-postgresql", "engineVersion": "17", "instanceClass": "db.r6g.large"}
    },
}
IGNORED = {"snapshotIdentifier", "restoreToPointInTime", "s3Import", "storageEncrypted", "kmsKeyId"}


def changed(app: dict[str, Any], orders: dict[str, Any]) -> dict[str, Any]:
    stack = copy.deepcopy(STACK)
    stack["databases"]["app"] |= app
    stack["clusters"]["orders"] |= orders
    return stack


def faults(app: dict[str, Any], orders: dict[str, Any]) -> dict[str, str]:
    found = stack_faults(changed(app, orders), "shop", "dev", "us-east-1")[1]
    return {fault.path: fault.message for fault in found}


def backups() -> None:
    """A database `old` and a cluster `older`, with a snapshot `before` of each."""
    rds = client("rds", "us-east-1")
    rds.create_db_instance(
        DBInstanceIdentifier="old",
        Engine="postgres",
        EngineVersion="17",
        DBInstanceClass="db.r6g.large",
        AllocatedStorage=150,
        StorageEncrypted=True,
        BackupRetentionPeriod=1,
        DBName="shop",
        MasterUsername="owner",
        MasterUserPassword="sesame1234",
    )
    rds.create_db_snapshot(DBInstanceIdentifier="old", DBSnapshotIdentifier="before")
    rds.create_db_cluster(
        DBClusterIdentifier="older",
        Engine="aurora-postgresql",
        EngineVersion="17.4",
        StorageEncrypted=True,
        DatabaseName="store",
        MasterUsername="keeper",
        MasterUserPassword="sesame1234",
    )
    rds.create_db_cluster_snapshot(DBClusterIdentifier="older", DBClusterSnapshotIdentifier="before")


def restored(app: dict[str, Any], orders: dict[str, Any], before: Callable[[], None] = backups) -> Deployment:
    """The stack as `infra/` makes it, less what its databases share."""

    def program() -> dict[str, Any]:
        before()
        stack = load(changed(app, orders))
        network = DatabaseNetwork("network", network_args(stack))
        given = PlacementArgs(
            vpc_id=network.vpc_id,
            subnet_ids=network.subnet_ids,
            application_security_group_id=network.application_security_group_id,
        )
        database = Database("app", database_args(stack, "app", given))
        cluster = DatabaseCluster("orders", cluster_args(stack, "orders", given))
        return {"database": database.database, "username": database.username, "cluster": cluster.database}

    return deploy(program, project="shop", stack="dev", config={"aws:region": "us-east-1"})


LATEST = {"sourceIdentifier": "old", "useLatestRestorableTime": True}


@pytest.mark.parametrize(
    ("app", "orders"),
    [
        ({"snapshotIdentifier": "before"}, {"snapshotIdentifier": "before"}),
        (LATEST, {"sourceClusterIdentifier": "older", "restoreType": "copy-on-write"}),
    ],
    ids=["snapshot", "point in time"],
)
def test_databases_of_a_stack_are_made_from_backups(app: dict[str, Any], orders: dict[str, Any]) -> None:
    with restored({"restoreFrom": app, "replicas": {"a": {}}}, {"restoreFrom": orders}) as deployment:
        rds = deployment.client("rds")
        [made] = rds.describe_db_instances(DBInstanceIdentifier="shop-dev-app")["DBInstances"]
        assert (made["DBName"], made["MasterUsername"]) == ("shop", "owner")
        assert (made["AllocatedStorage"], made["StorageEncrypted"]) == (150, True)
        assert (made["DBInstanceClass"], made["BackupRetentionPeriod"]) == ("db.t3.micro", 7)
        assert made["ReadReplicaDBInstanceIdentifiers"] == ["shop-dev-app-a"]
        [cluster] = rds.describe_db_clusters(DBClusterIdentifier="shop-dev-orders")["DBClusters"]
        assert (cluster["DatabaseName"], cluster["MasterUsername"]) == ("store", "keeper")
        assert len(cluster["DBClusterMembers"]) == 1
        assert deployment.outputs == {"database": "shop", "username": "owner", "cluster": "store"}
        for one in (
            deployment.one("aws:rds/instance:Instance", "app"),
            deployment.one("aws:rds/cluster:Cluster"),
        ):
            assert set(one.ignore_changes) == IGNORED
            assert "dbstack-note-creation" in one.hooks["before_create"]
        kept = {one.name: one.inputs["input"] for one in deployment.of_type("pulumi:index:Stash")}
        ids = (made["DbiResourceId"], cluster["DbClusterResourceId"])
        assert (kept["app-origin"], kept["orders-origin"]) == ids
        marker = deployment.one("pulumi:index:Stash", "app-origin")
        assert marker.hooks["before_create"] == ("dbstack-refuse-restore-of-existing",)


S3 = {
    "bucketName": "dumps",
    "prefix": "shop/2026-11",
    "ingestionRoleArn": "arn:aws:iam::123456789012:role/reads-dumps",
    "sourceEngineVersion": "8.0.36",
}
MYSQL = {"engine": "mysql", "engineVersion": "8.0", "restoreFrom": {"s3": S3}}
AURORA = {"engine": "aurora-mysql", "engineVersion": "8.0", "restoreFrom": {"s3": S3}}


def test_a_backup_of_mysql_in_s3_brings_data_alone() -> None:
    named = {"username": "owner", "databaseName": "shop"}
    with restored({**MYSQL, **named}, {**AURORA, **named}, lambda: None) as deployment:
        rds = deployment.client("rds")
        [made] = rds.describe_db_instances(DBInstanceIdentifier="shop-dev-app")["DBInstances"]
        assert (made["Engine"], made["DBName"], made["MasterUsername"]) == ("mysql", "shop", "owner")
        assert (made["StorageEncrypted"], made["AllocatedStorage"]) == (True, 20)
        [cluster] = rds.describe_db_clusters(DBClusterIdentifier="shop-dev-orders")["DBClusters"]
        assert (cluster["Engine"], cluster["MasterUsername"]) == ("aurora-mysql", "owner")
        # RDS manages the password, as of a new one.
        assert made["MasterUserSecret"]
        assert cluster["MasterUserSecret"]
        for token in ("aws:rds/instance:Instance", "aws:rds/cluster:Cluster"):
            item = deployment.one(token) if "cluster" in token else deployment.one(token, "app")
            assert item.inputs["s3Import"] == {
                "bucketName": "dumps",
                "bucketPrefix": "shop/2026-11",
                "ingestionRole": "arn:aws:iam::123456789012:role/reads-dumps",
                "sourceEngine": "mysql",
                "sourceEngineVersion": "8.0.36",
            }
            assert set(item.ignore_changes) == {"restoreToPointInTime", "s3Import"}


@pytest.mark.parametrize(
    ("changes", "path", "words"),
    [
        ({"engine": "mariadb", "engineVersion": "11.4"}, "restoreFrom.s3", "of MySQL only, and into mysql"),
        ({"engineVersion": "8.4"}, "engineVersion", "imports it into 8.0 alone"),
        ({"instanceClass": "db.t2.micro"}, "instanceClass", "take a larger class"),
        (
            {"restoreFrom": {"s3": {**S3, "bucketName": "s3://dumps"}}},
            "restoreFrom.s3.bucketName",
            "without s3://",
        ),
        (
            {"restoreFrom": {"s3": {**S3, "ingestionRoleArn": "reader"}}},
            "restoreFrom.s3.ingestionRoleArn",
            "role",
        ),
        (
            {"restoreFrom": {"s3": {**S3, "sourceEngineVersion": "8"}}},
            "restoreFrom.s3.sourceEngineVersion",
            "8.0.36",
        ),
        ({"restoreFrom": {"s3": S3, "snapshotIdentifier": "x"}}, "restoreFrom.s3", "both give the source"),
        (
            {"restoreFrom": {"s3": S3, "useLatestRestorableTime": True}},
            "restoreFrom.useLatestRestorableTime",
            "one moment",
        ),
        ({"restoreFrom": {"s3": {"bucketName": "dumps"}}}, "restoreFrom.s3.ingestionRoleArn", "is missing"),
    ],
)
def test_a_bad_import_from_s3(changes: dict[str, Any], path: str, words: str) -> None:
    found = faults({**MYSQL, **changes}, {})
    assert words in found[f"databases.app.{path}"], found


def test_a_cluster_of_another_engine_imports_nothing_from_s3() -> None:
    found = faults({}, {"restoreFrom": {"s3": S3}})
    assert "into aurora-mysql" in found["clusters.orders.restoreFrom.s3"]


def test_a_backup_that_is_no_longer_named_replaces_nothing() -> None:
    with restored({}, {}, lambda: None) as deployment:
        for one in (deployment.one("aws:rds/instance:Instance"), deployment.one("aws:rds/cluster:Cluster")):
            # The snapshot's id the provider keeps by itself.
            assert {"restoreToPointInTime", "s3Import"} <= set(one.ignore_changes)


@pytest.mark.parametrize(
    ("app", "path", "words"),
    [
        (
            {"restoreFrom": {}},
            "restoreFrom",
            "has no source: give one of snapshotIdentifier, sourceIdentifier",
        ),
        (
            {"restoreFrom": {"snapshotIdentifier": "x", "sourceIdentifier": "y"}},
            "restoreFrom.sourceIdentifier",
            "snapshotIdentifier and sourceIdentifier both give the source",
        ),
        ({"restoreFrom": {"sourceIdentifier": "y"}}, "restoreFrom", "has no moment: give one of restoreTime"),
        (
            {"restoreFrom": {**LATEST, "restoreTime": "2026-01-31T23:45:00Z"}},
            "restoreFrom.useLatestRestorableTime",
            "both give the moment",
        ),
        (
            {"restoreFrom": {"snapshotIdentifier": "x", "restoreTime": "2026-01-31T23:45:00Z"}},
            "restoreFrom.restoreTime",
            "a snapshot is of one moment",
        ),
        (
            {"restoreFrom": {"sourceIdentifier": "y", "restoreTime": "yesterday"}},
            "restoreFrom.restoreTime",
            "is not a time in UTC",
        ),
        ({"restoreFrom": {"snapshotIdentifier": "a--b"}}, "restoreFrom.snapshotIdentifier", "two hyphens"),
        ({"restoreFrom": LATEST, "username": "x"}, "username", "while restoreFrom is given"),
        ({"restoreFrom": LATEST, "databaseName": "x"}, "databaseName", "the source decides it"),
        (
            {"restoreFrom": LATEST, "storage": {"encrypted": True}},
            "storage.encrypted",
            "while restoreFrom is given",
        ),
        ({"restoreFrom": LATEST, "password": {"source": "managed"}}, "password.source", "for Oracle only"),
    ],
)
def test_what_a_database_can_not_be_made_from(app: dict[str, Any], path: str, words: str) -> None:
    found = faults(app, {})
    assert words in found.pop(f"databases.app.{path}", "")
    assert found == {}


@pytest.mark.parametrize(
    ("orders", "path", "words"),
    [
        ({"restoreFrom": {}}, "restoreFrom", "give one of snapshotIdentifier, sourceClusterIdentifier"),
        (
            {"restoreFrom": {"snapshotIdentifier": "x", "sourceClusterIdentifier": "y"}},
            "restoreFrom.sourceClusterIdentifier",
            "both give the source",
        ),
        (
            {"restoreFrom": {"snapshotIdentifier": "x", "restoreType": "copy-on-write"}},
            "restoreFrom.restoreType",
            "a snapshot is restored whole",
        ),
        (
            {"restoreFrom": {"sourceClusterIdentifier": "x", "restoreToTime": "yesterday"}},
            "restoreFrom.restoreToTime",
            "is no moment",
        ),
        (
            {"restoreFrom": {"snapshotIdentifier": "x"}, "username": "owner"},
            "username",
            "while restoreFrom is given",
        ),
        ({"restoreFrom": {"snapshotIdentifier": "x"}, "databaseName": "x"}, "databaseName", "decides it"),
    ],
)
def test_what_a_cluster_can_not_be_made_from(orders: dict[str, Any], path: str, words: str) -> None:
    found = faults({}, orders)
    assert words in found.pop(f"clusters.orders.{path}", "")
    assert found == {}
