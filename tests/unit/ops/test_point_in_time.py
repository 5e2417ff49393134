"""`dbstack backup restore-to-time`: an RDS instance beside the one that is there, on moto, through the command line."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from click.testing import CliRunner, Result
from moto import mock_aws

from dbstack.cli import main
from dbstack.sandbox.moto_ext import install
from dbstack.spec.storage import baseline

REGION = "eu-west-1"
SOURCE = "shop-prod-app"


class World:
    """A region with a database that differs from RDS's defaults, and a stack that has it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        ec2: Any = boto3.client("ec2", region_name=REGION)
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"{REGION}{zone}")
            for number, zone in enumerate("ab")
        ]
        self.group = ec2.create_security_group(GroupName="db", Description="db", VpcId=vpc)["GroupId"]
        self.rds: Any = boto3.client("rds", region_name=REGION)
        self.rds.create_db_subnet_group(
            DBSubnetGroupName="private",
            DBSubnetGroupDescription="private",
            SubnetIds=[subnet["Subnet"]["SubnetId"] for subnet in subnets],
        )
        self.rds.create_db_parameter_group(
            DBParameterGroupName="ours", DBParameterGroupFamily="postgres17", Description="ours"
        )
        self.rds.create_db_instance(
            DBInstanceIdentifier=SOURCE,
            Engine="postgres",
            EngineVersion="17",
            DBInstanceClass="db.m6g.large",
            AllocatedStorage=40,
            StorageType="gp3",
            MaxAllocatedStorage=200,
            MasterUsername="owner",
            MasterUserPassword="hunter2222",
            DBName="orders",
            BackupRetentionPeriod=7,
            MultiAZ=True,
            PubliclyAccessible=False,
            EnableIAMDatabaseAuthentication=True,
            EnableCloudwatchLogsExports=["postgresql"],
            DBSubnetGroupName="private",
            DBParameterGroupName="ours",
            VpcSecurityGroupIds=[self.group],
            Tags=[{"Key": "team", "Value": "orders"}],
        )
        (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
        program = folder / "bin" / "pulumi"
        program.parent.mkdir()
        program.write_text("#!/bin/sh\ncat outputs\n")
        program.chmod(0o755)
        self.folder = folder
        self.output(self.described(SOURCE)["DBInstanceArn"])
        monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
        monkeypatch.delenv("DBSTACK_SANDBOX", raising=False)
        monkeypatch.chdir(folder)

    def output(self, arn: str) -> None:
        (self.folder / "outputs").write_text(json.dumps({"databases": {"app": {"arn": arn}}}))

    def described(self, identifier: str) -> dict[str, Any]:
        return self.rds.describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"][0]

    def identifiers(self) -> set[str]:
        return {found["DBInstanceIdentifier"] for found in self.rds.describe_db_instances()["DBInstances"]}

    def restore(self, time: str, target: str = "rescued", *words: str) -> Result:
        given = ["backup", "restore-to-time", time, "-s", "prod", "--target", target, *words]
        done = CliRunner().invoke(main, given)
        assert "hunter2222" not in done.output
        return done


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    install()
    with mock_aws():
        yield World(tmp_path, monkeypatch)


def now(**later: float) -> str:
    return (datetime.now(UTC) + timedelta(**later)).isoformat(timespec="seconds")


def test_the_new_one_has_the_settings_of_the_old_one_which_stays(world: World):
    before = world.described(SOURCE)
    # What moto keeps by itself RDS resets: the request counts.
    sent: list[dict[str, Any]] = []
    events: Any = boto3.DEFAULT_SESSION
    events.events.register(
        "before-parameter-build.rds.RestoreDBInstanceToPointInTime",
        lambda params, **_: sent.append(dict(params)),
    )
    done = world.restore("latest")
    assert done.exit_code == 0, done.output
    [asked] = sent
    assert asked["DBParameterGroupName"] == "ours"
    assert asked["OptionGroupName"] == before["OptionGroupMemberships"][0]["OptionGroupName"]
    assert (asked["DBSubnetGroupName"], asked["VpcSecurityGroupIds"]) == ("private", [world.group])
    assert asked["EnableCloudwatchLogsExports"] == ["postgresql"]
    assert asked["EnableIAMDatabaseAuthentication"] is True
    made, after = world.described("rescued"), world.described(SOURCE)
    same = (
        *(
            "DBInstanceClass",
            "MultiAZ",
            "StorageType",
            "MaxAllocatedStorage",
            "BackupRetentionPeriod",
            "NetworkType",
        ),
        *(
            "IAMDatabaseAuthenticationEnabled",
            "EnabledCloudwatchLogsExports",
            "PubliclyAccessible",
            "MasterUsername",
        ),
        "AutoMinorVersionUpgrade",
    )
    assert {name: made.get(name) for name in same} == {name: before.get(name) for name in same}
    assert made["DBSubnetGroup"]["DBSubnetGroupName"] == "private"
    assert [group["VpcSecurityGroupId"] for group in made["VpcSecurityGroups"]] == [world.group]
    assert [group["DBParameterGroupName"] for group in made["DBParameterGroups"]] == ["ours"]
    assert made["DeletionProtection"] is True
    assert {tag["Key"]: tag["Value"] for tag in made["TagList"]} == {
        "team": "orders",
        "dbstack:restored-from": before["DBInstanceArn"],
        "dbstack:restored-to": "latest",
    }
    # Moments that pass by themselves.
    passing = {"LatestRestorableTime"}
    assert {key: after[key] for key in after.keys() - passing} == {
        key: before[key] for key in before.keys() - passing
    }
    # What is left to do, in commands that can be copied.
    assert f"--db-instance-identifier {SOURCE} --new-db-instance-identifier {SOURCE}-before" in done.output
    assert f"--db-instance-identifier rescued --new-db-instance-identifier {SOURCE}" in done.output
    assert f"postgresql://owner@{made['Endpoint']['Address']}:5432/orders" in done.output


def test_the_same_again_makes_nothing_and_another_wish_is_refused(world: World):
    assert world.restore("latest").exit_code == 0
    made = world.described("rescued")
    assert world.restore("latest").exit_code == 0
    assert world.described("rescued")["DbiResourceId"] == made["DbiResourceId"]
    other = world.restore(now(seconds=-1))
    assert (other.exit_code, "rescued was restored to latest, not to 20" in other.output) == (2, True)
    world.rds.create_db_instance(
        DBInstanceIdentifier="stranger", Engine="postgres", DBInstanceClass="db.t3.micro", AllocatedStorage=20,
        MasterUsername="owner", MasterUserPassword="hunter2222",
    )  # fmt: skip
    stranger = world.restore("latest", "stranger")
    assert (stranger.exit_code, "stranger already, and it is another one" in stranger.output) == (2, True)
    itself = world.restore("latest", SOURCE)
    assert (itself.exit_code, "is the database itself" in itself.output) == (2, True)


@pytest.mark.parametrize("time", [now(days=-30), now(days=1)], ids=["too early", "too late"])
def test_a_moment_outside_the_window_is_told_with_the_window(world: World, time: str):
    done = world.restore(time)
    assert done.exit_code == 2
    assert f"error: {SOURCE} can be restored to moments from 20" in done.output
    assert f"and {time} is outside of that" in done.output
    assert world.identifiers() == {SOURCE}


def test_the_window_begins_where_rds_says(world: World, monkeypatch: pytest.MonkeyPatch):
    from moto.rds.responses import RDSResponse

    first = datetime.now(UTC) - timedelta(days=7)
    told = {"DBInstanceAutomatedBackups": [{"RestoreWindow": {"EarliestTime": first, "LatestTime": first}}]}

    def describe(_self: Any) -> Any:
        from moto.core.responses import ActionResult

        return ActionResult(told)

    monkeypatch.setattr(RDSResponse, "describe_db_instance_automated_backups", describe)
    assert world.restore(now(days=-8)).exit_code == 2
    assert world.restore(now(days=-6)).exit_code == 0
    assert world.identifiers() == {SOURCE, "rescued"}


@pytest.mark.parametrize("time", ["2026-01-31T23:45:00", "yesterday"])
def test_a_moment_without_a_time_zone_is_none(world: World, time: str):
    done = world.restore(time)
    assert (done.exit_code, "is no moment with a time zone: write e.g." in done.output) == (2, True)


@pytest.mark.parametrize(
    ("arn", "words"),
    [
        ("", "isn't one of RDS's: of a container, `dbstack local restore-to-time` does this"),
        (
            f"arn:aws:rds:{REGION}:123456789012:cluster:events",
            "restoreFrom: {sourceClusterIdentifier: events,",
        ),
        (f"arn:aws:rds:{REGION}:123456789012:db:gone", "there is no DB instance gone"),
    ],
)
def test_what_is_no_instance(world: World, arn: str, words: str):
    world.output(arn)
    done = world.restore("latest")
    assert done.exit_code == 2
    assert words in done.output
    assert world.identifiers() == {SOURCE}


def test_without_backups_there_is_nothing_to_restore(world: World):
    world.rds.modify_db_instance(DBInstanceIdentifier=SOURCE, BackupRetentionPeriod=0, ApplyImmediately=True)
    done = world.restore("latest")
    assert (done.exit_code, "has no automated backups" in done.output) == (2, True)
    assert world.identifiers() == {SOURCE}


def test_of_gp3_only_what_is_above_the_baseline_is_asked_for():
    from dbstack.ops.rds.point_in_time import carried

    small: dict[str, Any] = {
        "Engine": "postgres", "StorageType": "gp3", "AllocatedStorage": 40, "Iops": 3000, "StorageThroughput": 125,
    }  # fmt: skip
    assert not carried(small).keys() & {"Iops", "StorageThroughput"}
    usual, _ = baseline("postgres", 400)
    large = {**small, "AllocatedStorage": 400, "Iops": usual + 1000, "StorageThroughput": 1000}
    assert (carried(large)["Iops"], carried(large)["StorageThroughput"]) == (usual + 1000, 1000)
    assert carried({**small, "StorageType": "io1"})["Iops"] == 3000
