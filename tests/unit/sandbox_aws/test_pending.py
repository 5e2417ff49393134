"""Modifications that wait for the maintenance window, at instances and clusters, as AWS keeps them."""

from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.unit.sandbox_aws.samples import SAMPLES
from tests.unit.sandbox_aws.test_instances import instance, replica
from tests.unit.sandbox_aws.test_refusals import create
from tests.unit.sandbox_aws.world import World

from dbstack.sandbox.errors import UsageError
from dbstack.sandbox.maintenance import run_window

WAITING: dict[str, dict[str, Any]] = {
    "AllocatedStorage": {"AllocatedStorage": 200},
    "BackupRetentionPeriod": {"BackupRetentionPeriod": 0},
    "CACertificateIdentifier": {"CACertificateIdentifier": "rds-ca-ecc384-g1"},
    "DBInstanceClass": {"DBInstanceClass": "db.r6g.xlarge"},
    "DBInstanceIdentifier": {"NewDBInstanceIdentifier": "another-name"},
    "DedicatedLogVolume": {"DedicatedLogVolume": True},
    "EngineVersion": {"EngineVersion": "18", "AllowMajorVersionUpgrade": True},
    "IAMDatabaseAuthenticationEnabled": {"EnableIAMDatabaseAuthentication": True},
    "MultiAZ": {"MultiAZ": True},
    "StorageType": {"StorageType": "gp2"},
}


def modify(aws: World, name: str, now: bool = False, **members: Any) -> dict[str, Any]:
    asked = {"DBInstanceIdentifier": name, "ApplyImmediately": now, **members}
    return aws.client("rds").modify_db_instance(**asked)["DBInstance"]


@pytest.mark.parametrize("setting", WAITING)
def test_what_waits_for_the_window(aws: World, setting: str) -> None:
    volume = {"StorageType": "io1", "Iops": 1000, "AllocatedStorage": 100}
    made = create(aws, BackupRetentionPeriod=3, **(volume if setting == "DedicatedLogVolume" else {}))
    name = made["DBInstanceIdentifier"]
    asked = WAITING[setting]
    pending = modify(aws, name, **asked)["PendingModifiedValues"]
    standing = instance(aws, name)
    assert list(pending) == [setting]
    assert pending == standing["PendingModifiedValues"]
    assert standing[setting] == made[setting] != pending[setting]
    # The next request that is to apply at once brings it, as the window does.
    modify(aws, name, now=True)
    arrived = instance(aws, pending.get("DBInstanceIdentifier", name))
    assert arrived[setting] == pending[setting]
    assert arrived["PendingModifiedValues"] == {}


def test_what_never_waits(aws: World) -> None:
    name = create(aws, BackupRetentionPeriod=3)["DBInstanceIdentifier"]
    modify(
        aws,
        name,
        BackupRetentionPeriod=7,
        DeletionProtection=True,
        MaxAllocatedStorage=500,
        MasterUserPassword="another-password",
        DBPortNumber=6000,
        PreferredBackupWindow="01:00-02:00",
        EnablePerformanceInsights=True,
    )
    found = instance(aws, name)
    assert found["PendingModifiedValues"] == {}
    assert (found["BackupRetentionPeriod"], found["DeletionProtection"]) == (7, True)
    assert (found["MaxAllocatedStorage"], found["Endpoint"]["Port"]) == (500, 6000)
    assert (found["PreferredBackupWindow"], found["PerformanceInsightsEnabled"]) == ("01:00-02:00", True)
    modify(aws, name, DeletionProtection=False)


def test_asking_for_what_holds_takes_a_waiting_change_back(aws: World) -> None:
    made = create(aws)
    name = made["DBInstanceIdentifier"]
    modify(aws, name, DBInstanceClass="db.r6g.xlarge", MultiAZ=True)
    modify(aws, name, DBInstanceClass=made["DBInstanceClass"])
    assert instance(aws, name)["PendingModifiedValues"] == {"MultiAZ": True}


def test_a_refused_request_leaves_nothing_waiting(aws: World) -> None:
    name = create(aws, AllocatedStorage=100)["DBInstanceIdentifier"]
    with pytest.raises(ClientError, match="smaller than the current"):
        modify(aws, name, AllocatedStorage=30, MultiAZ=True)
    assert instance(aws, name)["PendingModifiedValues"] == {}


def test_nothing_waits_at_a_replica_of_an_instance_where_something_does(aws: World) -> None:
    name = create(aws, BackupRetentionPeriod=3)["DBInstanceIdentifier"]
    modify(aws, name, DBInstanceClass="db.r6g.xlarge")
    made = replica(aws, f"{name}-replica", name)
    assert made["PendingModifiedValues"] == {}
    modify(aws, f"{name}-replica", MultiAZ=True)
    assert instance(aws, name)["PendingModifiedValues"] == {"DBInstanceClass": "db.r6g.xlarge"}


def test_an_option_group_and_a_group_of_the_new_version_wait(aws: World) -> None:
    rds = aws.client("rds")
    rds.create_db_parameter_group(
        DBParameterGroupName="newer", DBParameterGroupFamily="postgres18", Description="newer"
    )
    name = create(aws, DBParameterGroupName="pg")["DBInstanceIdentifier"]
    modify(aws, name, EngineVersion="18", AllowMajorVersionUpgrade=True, DBParameterGroupName="newer")
    standing = instance(aws, name)
    assert standing["DBParameterGroups"][0] == {
        "DBParameterGroupName": "pg",
        "ParameterApplyStatus": "in-sync",
    }
    modify(aws, name, now=True)
    upgraded = instance(aws, name)
    assert upgraded["EngineVersion"].startswith("18.")
    # The upgrade restarts it, which brings the group's parameters.
    assert upgraded["DBParameterGroups"][0] == {
        "DBParameterGroupName": "newer",
        "ParameterApplyStatus": "in-sync",
    }


def status(aws: World, name: str) -> str:
    return instance(aws, name)["DBParameterGroups"][0]["ParameterApplyStatus"]


def test_parameters_wait_for_a_reboot(aws: World) -> None:
    rds = aws.client("rds")
    other = create(aws)["DBInstanceIdentifier"]
    name = create(aws)["DBInstanceIdentifier"]
    modify(aws, name, DBParameterGroupName="pg", now=True)
    modify(aws, other, DBParameterGroupName="pg", now=True)
    assert (status(aws, name), status(aws, other)) == ("pending-reboot", "pending-reboot")
    rds.reboot_db_instance(DBInstanceIdentifier=name)
    # Each instance has a status of its own, though the group is one.
    assert (status(aws, name), status(aws, other)) == ("in-sync", "pending-reboot")
    dynamic = {
        "ParameterName": "log_min_duration_statement",
        "ParameterValue": "9",
        "ApplyMethod": "immediate",
    }
    rds.modify_db_parameter_group(DBParameterGroupName="pg", Parameters=[dynamic])
    assert status(aws, name) == "in-sync"
    static = {"ParameterName": "max_connections", "ParameterValue": "99", "ApplyMethod": "pending-reboot"}
    rds.modify_db_parameter_group(DBParameterGroupName="pg", Parameters=[static])
    assert status(aws, name) == "pending-reboot"
    # The maintenance window brings no parameters: a reboot does.
    modify(aws, name, now=True)
    assert status(aws, name) == "pending-reboot"


def test_pulumi_sees_what_it_sees_on_aws(aws: World) -> None:
    """The provider reads what holds: the change is shown again until it is made; a waiting full version is not."""
    token = "aws:rds/instance:Instance"
    props = {**SAMPLES[token].plain(aws), "engineVersion": "17.4", "instanceClass": "db.r6g.large"}
    resource_id, state, inputs = aws.make(token, props)
    wanted = aws.checked(token, {**props, "engineVersion": "17.5", "instanceClass": "db.r6g.xlarge"})
    updated = aws.backend.update(token, resource_id, state, inputs, wanted)
    assert (updated["instanceClass"], updated["engineVersion"]) == ("db.r6g.large", "17.5")
    assert updated["engineVersionActual"] == "17.4"
    again = aws.backend.diff(token, updated, wanted, wanted)
    assert again.changed == ("instanceClass",)
    modify(aws, updated["identifier"], now=True)
    found = aws.backend.read(token, resource_id, updated, wanted)
    assert found is not None
    assert (found[1]["instanceClass"], found[1]["engineVersionActual"]) == ("db.r6g.xlarge", "17.5")
    assert aws.backend.diff(token, found[1], wanted, wanted).changed == ()


def cluster(aws: World, name: str) -> dict[str, Any]:
    return aws.client("rds").describe_db_clusters(DBClusterIdentifier=name)["DBClusters"][0]


CLUSTER_WAITING: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "version": (
        {"EngineVersion": "17", "AllowMajorVersionUpgrade": True},
        {"EngineVersion": "17."},
    ),
    "iam": ({"EnableIAMDatabaseAuthentication": True}, {"IAMDatabaseAuthenticationEnabled": True}),
    "storage": ({"StorageType": "aurora-iopt1"}, {"StorageType": "aurora-iopt1"}),
}


@pytest.mark.parametrize("case", CLUSTER_WAITING)
def test_what_waits_at_a_cluster(aws: World, case: str) -> None:
    rds = aws.client("rds")
    name = aws.unique("aurora")
    rds.create_db_cluster(
        DBClusterIdentifier=name,
        Engine="aurora-postgresql",
        EngineVersion="16",
        MasterUsername="app",
        MasterUserPassword="a-long-password",
        DBSubnetGroupName="group",
    )
    before = cluster(aws, name)
    asked, expected = CLUSTER_WAITING[case]
    ((member, value),) = expected.items()
    rds.modify_db_cluster(DBClusterIdentifier=name, BackupRetentionPeriod=5, **asked)
    held = cluster(aws, name)
    assert list(held["PendingModifiedValues"]) == [member]
    assert held.get(member) == before.get(member)
    assert held["BackupRetentionPeriod"] == 5
    rds.modify_db_cluster(DBClusterIdentifier=name, ApplyImmediately=True)
    after = cluster(aws, name)
    assert str(after[member]).startswith(str(value))
    assert after["PendingModifiedValues"] == {}


def test_the_window_is_of_all_or_of_one(aws: World) -> None:
    one, other = (create(aws)["DBInstanceIdentifier"] for _ in range(2))
    for name in (one, other):
        modify(aws, name, MultiAZ=True)
    applied = run_window(aws.client, ["us-east-1"], one)
    assert [(item.region, item.identifier, item.values) for item in applied] == [
        ("us-east-1", one, {"MultiAZ": True})
    ]
    assert (instance(aws, one)["MultiAZ"], instance(aws, other)["MultiAZ"]) == (True, False)
    assert other in {item.identifier for item in run_window(aws.client, ["us-east-1"])}
    assert run_window(aws.client, ["us-east-1"]) == []
    with pytest.raises(UsageError, match="has no database nowhere in us-east-1"):
        run_window(aws.client, ["us-east-1"], "nowhere")
