"""Databases made from a snapshot or from a point in time."""

import json
from typing import Any

import pulumi_aws as aws
import pytest
from tests.unit.components.programs import INSTANCE, SECRET
from tests.unit.components.test_guards import hook

from dbstack import DatabaseInstanceFromPointInTime, DatabaseInstanceFromSnapshot
from dbstack.aws.restore import refuse_restore_of_existing, refuse_restore_of_nothing
from dbstack.sandbox.aws.clients import client
from dbstack.testing import Deployment, deploy

BASE: dict[str, Any] = {"engine": "postgres", "engine_version": "17", "instance_class": "db.t3.micro"}


def restored(component: Any, settings: dict[str, Any], *, resource_id: bool = False) -> Deployment:
    """A database `old` with a snapshot `before`, and `component` restored from it as `new`."""

    def program() -> dict[str, Any]:
        vpc = aws.ec2.Vpc("network", cidr_block="10.0.0.0/16")
        subnets = [
            aws.ec2.Subnet(
                zone, vpc_id=vpc.id, cidr_block=f"10.0.{index}.0/24", availability_zone=f"us-east-1{zone}"
            )
            for index, zone in enumerate("ab")
        ]
        group = aws.rds.SubnetGroup("new", subnet_ids=[subnet.id for subnet in subnets])
        firewall = aws.ec2.SecurityGroup("new", vpc_id=vpc.id)
        rds = client("rds", "us-east-1")
        made = rds.create_db_instance(
            DBInstanceIdentifier="old",
            Engine="postgres",
            EngineVersion="17",
            DBInstanceClass="db.r6g.large",
            AllocatedStorage=400,
            StorageType="gp3",
            Iops=13000,
            StorageEncrypted=True,
            BackupRetentionPeriod=1,
            DBName="shop",
            MasterUsername="owner",
            MasterUserPassword="sesame1234",
        )
        rds.create_db_snapshot(DBInstanceIdentifier="old", DBSnapshotIdentifier="before")
        given = dict(settings)
        if resource_id:
            given["restore"] = {
                "source_resource_id": made["DBInstance"]["DbiResourceId"],
                "use_latest_restorable_time": True,
            }
        new = component(
            "new", {**BASE, "subnet_group_name": group.name, "security_group_ids": [firewall.id], **given}
        )
        keys = ("identifier", "host", "database", "username", "secret_arn", "engine")
        return {key: getattr(new, key) for key in keys} | {"group": firewall.id}

    return deploy(program, project="shop", stack="dev")


def described(deployment: Deployment) -> dict[str, Any]:
    [found] = deployment.client("rds").describe_db_instances(DBInstanceIdentifier="shop-dev-new")[
        "DBInstances"
    ]
    return found


CASES = [
    (DatabaseInstanceFromSnapshot, {"snapshot_identifier": "before"}, False),
    (
        DatabaseInstanceFromPointInTime,
        {"restore": {"source_identifier": "old", "use_latest_restorable_time": True}},
        False,
    ),
    (DatabaseInstanceFromPointInTime, {}, True),
]


@pytest.mark.parametrize(
    ("component", "settings", "resource_id"), CASES, ids=["snapshot", "time", "resource id"]
)
def test_a_restored_database_has_its_sources_data_and_its_own_settings(
    component: Any, settings: dict[str, Any], resource_id: bool
) -> None:
    own = {"backup": {"retention_days": 9, "window": "03:00-04:00"}, "tags": {"team": "a"}}
    with restored(component, {**settings, **own}, resource_id=resource_id) as deployment:
        new = described(deployment)
        # the source's
        assert (new["DBName"], new["MasterUsername"], new["StorageEncrypted"]) == ("shop", "owner", True)
        assert (new["AllocatedStorage"], new["StorageType"], new["Iops"]) == (400, "gp3", 13000)
        # its own
        assert (new["DBInstanceClass"], new["BackupRetentionPeriod"]) == ("db.t3.micro", 9)
        assert new["PreferredBackupWindow"] == "03:00-04:00"
        assert new["DeletionProtection"] is True
        assert new["PubliclyAccessible"] is False
        assert new["IAMDatabaseAuthenticationEnabled"] is True
        assert [item["VpcSecurityGroupId"] for item in new["VpcSecurityGroups"]] == [
            deployment.outputs["group"]
        ]
        assert {"Key": "team", "Value": "a"} in new["TagList"]
        assert (deployment.outputs["database"], deployment.outputs["username"]) == ("shop", "owner")
        # a new password, found where every other is
        secret = deployment.client("secretsmanager").get_secret_value(
            SecretId=deployment.outputs["secret_arn"]
        )
        document = json.loads(secret["SecretString"])
        assert (document["username"], document["dbname"]) == ("owner", "shop")
        assert document["password"] != "sesame1234"
        assert deployment.one(INSTANCE).inputs["finalSnapshotIdentifier"].startswith("shop-dev-new-final-")
        assert len(deployment.of_type(SECRET)) == 1


def test_nothing_is_sent_that_a_restore_refuses() -> None:
    with restored(DatabaseInstanceFromSnapshot, {"snapshot_identifier": "before"}) as deployment:
        refused = {"username", "dbName", "storageEncrypted", "kmsKeyId", "allocatedStorage", "storageType"}
        assert not refused & deployment.one(INSTANCE).inputs.keys()


def test_a_volume_may_be_given() -> None:
    volume = {"allocated_gib": 500, "max_allocated_gib": 1000, "type": "io2", "iops": 5000}
    with restored(
        DatabaseInstanceFromSnapshot, {"snapshot_identifier": "before", "storage": volume}
    ) as deployment:
        new = described(deployment)
        found = (new["AllocatedStorage"], new["MaxAllocatedStorage"], new["StorageType"], new["Iops"])
        assert found == (500, 1000, "io2", 5000)


def test_the_backup_has_no_effect_once_the_database_is_there() -> None:
    with restored(DatabaseInstanceFromSnapshot, {"snapshot_identifier": "before"}) as deployment:
        instance = deployment.one(INSTANCE)
        ignored = {"snapshotIdentifier", "restoreToPointInTime", "s3Import", "storageEncrypted", "kmsKeyId"}
        assert set(instance.ignore_changes) == ignored
        assert instance.hooks["before_create"] == ("dbstack-refuse-restore-of-nothing",)


@pytest.mark.parametrize(
    ("inputs", "refused"),
    [
        ({"engine": "postgres"}, True),
        ({"snapshotIdentifier": "x"}, False),
        ({"restoreToPointInTime": {"useLatestRestorableTime": True}}, False),
    ],
)
def test_without_a_backup_nothing_is_made(inputs: dict[str, Any], refused: bool) -> None:
    if not refused:
        assert refuse_restore_of_nothing(hook({}, inputs)) is None
        return
    with pytest.raises(ValueError, match="nothing is named to restore it from"):
        refuse_restore_of_nothing(hook({}, inputs))


def test_a_backup_is_not_added_to_a_database_that_is_there() -> None:
    with pytest.raises(ValueError, match=r"is there already.*Take restoreFrom out.*sourceIdentifier"):
        refuse_restore_of_existing(hook({}, {"input": "db-1"}))
