"""RDS instances from a script, on moto: made once however often it is asked for, waited for, refused in words."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from dbstack.ops import OpsError, OpsUsageError
from dbstack.ops.rds import RdsInstances
from dbstack.ops.rds.waiting import wait_until
from dbstack.sandbox.moto_ext import install

REGION = "us-east-1"


class Slow:
    """A client whose instances and snapshots take their time, as AWS's do: moto's are there at once."""

    def __init__(self, real: Any) -> None:
        self._real, self.coming = real, list[str]()
        self.sent: list[str] = []

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._real, name)
        if not callable(real) or name.startswith("_"):
            return real

        def call(**members: Any) -> Any:
            self.sent.append(name)
            found = real(**members)
            for key, status in (("DBInstances", "DBInstanceStatus"), ("DBSnapshots", "Status")):
                if found.get(key) and self.coming:
                    found[key][0][status] = self.coming.pop(0)
            return found

        return call


class World:
    """A region with a network, and what was told of the progress."""

    def __init__(self) -> None:
        ec2: Any = boto3.client("ec2", region_name=REGION)
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"{REGION}{zone}")
            for number, zone in enumerate("ab")
        ]
        group = ec2.create_security_group(GroupName="db", Description="db", VpcId=vpc)["GroupId"]
        self.real: Any = boto3.client("rds", region_name=REGION)
        self.real.create_db_subnet_group(
            DBSubnetGroupName="db",
            DBSubnetGroupDescription="db",
            SubnetIds=[subnet["Subnet"]["SubnetId"] for subnet in subnets],
        )
        self.client = Slow(self.real)
        self.lines: list[str] = []
        self.rds = RdsInstances(
            client=self.client, timeout_seconds=5, poll_seconds=0, progress=self.lines.append
        )
        self.placed: dict[str, Any] = {"subnet_group_name": "db", "security_group_ids": [group]}

    def create(self, identifier: str = "orders", **more: Any) -> dict[str, Any]:
        given: dict[str, Any] = {
            "engine": "postgres",
            "engine_version": "17",
            "instance_class": "db.t3.micro",
            "allocated_gib": 20,
            "username": "dbadmin",
            **self.placed,
            **more,
        }
        return self.rds.create_instance(identifier, **given)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    # Promotions, copies and refusals as AWS has them: moto by itself has not.
    install()
    with mock_aws():
        yield World()


def test_an_instance_is_made_safely_and_waited_for(world: World):
    world.client.coming = ["creating", "creating", "backing-up", "available"]
    world.create()
    [made] = world.real.describe_db_instances(DBInstanceIdentifier="orders")["DBInstances"]
    assert (made["StorageEncrypted"], made["PubliclyAccessible"], made["DeletionProtection"]) == (
        True,
        False,
        True,
    )
    assert made["BackupRetentionPeriod"] == 7
    assert made["MasterUserSecret"]["SecretArn"]
    # Each status once, however often it was asked for.
    assert [line.split(",")[0] for line in world.lines] == ["orders: creating", "orders: backing-up"]


def test_the_same_again_makes_nothing(world: World):
    world.create()
    again = world.create()
    assert again["DBInstanceIdentifier"] == "orders"
    assert world.client.sent.count("create_db_instance") == 1
    with pytest.raises(
        OpsUsageError, match=r"isn't the one: AllocatedStorage is 20, not 50; MultiAZ is False, not True"
    ):
        world.create(allocated_gib=50, multi_az=True)


def test_a_replica_is_made_once_and_promoted_once(world: World):
    world.create(password="hunter2222")
    for _ in range(2):
        assert (
            world.rds.create_replica("reader", "orders")["ReadReplicaSourceDBInstanceIdentifier"] == "orders"
        )
    world.create("other")
    with pytest.raises(OpsUsageError, match=r"ReadReplicaSourceDBInstanceIdentifier is None, not 'orders'"):
        world.rds.create_replica("other", "orders")
    for _ in range(2):
        assert not world.rds.promote("reader").get("ReadReplicaSourceDBInstanceIdentifier")
    assert world.client.sent.count("create_db_instance_read_replica") == 1
    assert world.client.sent.count("promote_read_replica") == 1


def test_only_a_standby_can_be_failed_over_to(world: World):
    world.create()
    with pytest.raises(OpsUsageError, match="has no standby: set multiAz first"):
        world.rds.failover("orders")
    world.create("safe", multi_az=True)
    world.rds.failover("safe")
    assert world.client.sent.count("reboot_db_instance") == 1


def test_snapshots_are_taken_copied_and_restored(world: World):
    world.create()
    world.client.coming = ["creating", "available"]
    for _ in range(2):
        assert world.rds.snapshot("orders", "before")["Status"] == "available"
        assert world.rds.copy_snapshot("before", "kept")["DBSnapshotIdentifier"] == "kept"
    assert world.client.sent.count("create_db_snapshot") == 1
    assert world.client.sent.count("copy_db_snapshot") == 1
    world.create("other")
    with pytest.raises(OpsUsageError, match="before is a snapshot of orders"):
        world.rds.snapshot("other", "before")
    for _ in range(2):
        made = world.rds.restore_snapshot("back", "before", **world.placed)
    assert made["DBInstanceIdentifier"] == "back"
    assert world.client.sent.count("restore_db_instance_from_db_snapshot") == 1


def test_a_moment_is_restored_beside_its_source(world: World):
    world.create()
    made = world.rds.restore_to_time("rescued", "orders", **world.placed)
    assert (made["DBInstanceIdentifier"], made["DeletionProtection"]) == ("rescued", True)
    assert world.rds.describe("orders") is not None
    with pytest.raises(OpsUsageError, match="no time zone"):
        world.rds.restore_to_time("later", "orders", moment=datetime(2026, 1, 1), **world.placed)
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    with pytest.raises(OpsUsageError, match=r"restored to moments from 20.* to 20.*, and 20.* is outside"):
        world.rds.restore_to_time("later", "orders", moment=tomorrow, **world.placed)
    world.create("bare", backup_retention_days=0)
    with pytest.raises(OpsUsageError, match="no automated backups"):
        world.rds.restore_to_time("later", "bare", **world.placed)
    assert world.rds.describe("later") is None


def test_refusals_are_sentences(world: World):
    with pytest.raises(OpsUsageError, match=r"no DB instance nothing in us-east-1"):
        world.rds.promote("nothing")
    with pytest.raises(OpsUsageError, match=r"DBSnapshotNotFound.*check the snapshot's identifier") as told:
        world.rds.restore_snapshot("back", "nothing", **world.placed)
    assert told.value.__cause__ is None
    with pytest.raises(
        OpsUsageError, match="a parameter has a wrong type or name: MasterUserPassword"
    ) as told:
        world.create("x", MasterUserPassword=["hunter2222"])
    assert "hunter2222" not in str(told.value)
    assert world.rds.describe("x") is None


def test_waiting_ends_where_nothing_more_will_come():
    def wait(*statuses: str | None) -> None:
        coming = iter(statuses)
        clock = iter(range(0, 1000, 10))
        wait_until(
            "orders", lambda: next(coming), timeout_seconds=60, poll_seconds=10, progress=lambda line: None,
            clock=lambda: next(clock), sleep=lambda seconds: None,
        )  # fmt: skip

    wait(None, "creating", "available")
    with pytest.raises(OpsError, match=r"orders is storage-full: its volume is full: allocate more storage"):
        wait("creating", "storage-full")
    with pytest.raises(OpsError, match=r"still creating after 1 min 0 s: AWS goes on with it"):
        wait(*["creating"] * 20)
