"""What moto lets through or gets wrong and AWS does not: one row each, tried over boto3.

Rows that need a longer story have tests of their own: test_refusals.py (creation, groups, versions), test_instances.py
(replicas, restores, promotion), test_pending.py (what waits for the maintenance window).
"""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.unit.sandbox_aws.test_instances import instance, replica
from tests.unit.sandbox_aws.test_refusals import create
from tests.unit.sandbox_aws.world import World

Row = Callable[[World, str], Any]
# What is done to a new instance of the given name -> the error that AWS answers with.
REFUSED: dict[str, tuple[Row, str]] = {
    "a replica named against the rules": (
        lambda aws, name: replica(aws, "1--x_", name),
        "InvalidParameterValue",
    ),
    "a replica with an identifier in use": (
        lambda aws, name: replica(aws, name, name),
        "DBInstanceAlreadyExists",
    ),
    "backups off while there are replicas": (
        lambda aws, name: (
            replica(aws, f"{name}-r", name),
            modify(aws, name, BackupRetentionPeriod=0),
        ),
        "InvalidParameterValue",
    ),
    "promoting what is no replica": (
        lambda aws, name: aws.client("rds").promote_read_replica(DBInstanceIdentifier=name),
        "InvalidDBInstanceState",
    ),
    "promoting what is not there": (
        lambda aws, name: aws.client("rds").promote_read_replica(DBInstanceIdentifier=f"{name}-none"),
        "DBInstanceNotFound",
    ),
    "deleting with neither snapshot nor skip": (
        lambda aws, name: aws.client("rds").delete_db_instance(DBInstanceIdentifier=name),
        "InvalidParameterCombination",
    ),
    "deleting with both": (
        lambda aws, name: aws.client("rds").delete_db_instance(
            DBInstanceIdentifier=name, SkipFinalSnapshot=True, FinalDBSnapshotIdentifier="last"
        ),
        "InvalidParameterCombination",
    ),
    "a final snapshot whose identifier is taken": (
        lambda aws, name: (
            aws.client("rds").create_db_snapshot(
                DBInstanceIdentifier=name, DBSnapshotIdentifier=f"{name}-last"
            ),
            aws.client("rds").delete_db_instance(
                DBInstanceIdentifier=name, FinalDBSnapshotIdentifier=f"{name}-last"
            ),
        ),
        "DBSnapshotAlreadyExists",
    ),
    "a monitoring interval that there is not": (
        lambda aws, name: modify(aws, name, MonitoringInterval=7),
        "InvalidParameterValue",
    ),
    "a log that the engine has not": (
        lambda aws, name: create(aws, EnableCloudwatchLogsExports=["foo"]),
        "InvalidParameterCombination",
    ),
    "a KMS key that is not there": (
        lambda aws, name: create(aws, StorageEncrypted=True, KmsKeyId=f"{aws.ids['key'][:-12]}000000000000"),
        "KMSKeyNotAccessibleFault",
    ),
    "a KMS key without encryption": (
        lambda aws, name: create(aws, StorageEncrypted=False, KmsKeyId=aws.ids["key"]),
        "InvalidParameterCombination",
    ),
    "more than 20 parameters at once": (
        lambda aws, name: aws.client("rds").modify_db_parameter_group(
            DBParameterGroupName="pg",
            Parameters=[
                {"ParameterName": f"a{number}", "ParameterValue": "1", "ApplyMethod": "immediate"}
                for number in range(21)
            ],
        ),
        "InvalidParameterValue",
    ),
    "an immediate change of a static parameter": (
        lambda aws, name: aws.client("rds").modify_db_parameter_group(
            DBParameterGroupName="pg",
            Parameters=[
                {"ParameterName": "max_connections", "ParameterValue": "9", "ApplyMethod": "immediate"}
            ],
        ),
        "InvalidParameterCombination",
    ),
    "deleting a subnet group in use": (
        lambda aws, name: (
            create(aws, DBSubnetGroupName="group"),
            aws.client("rds").delete_db_subnet_group(DBSubnetGroupName="group"),
        ),
        "InvalidDBSubnetGroupStateFault",
    ),
    "deleting a parameter group in use": (
        lambda aws, name: (
            modify(aws, name, DBParameterGroupName="pg"),
            aws.client("rds").delete_db_parameter_group(DBParameterGroupName="pg"),
        ),
        "InvalidDBParameterGroupState",
    ),
    "an event subscription to a topic that is not there": (
        lambda aws, name: aws.client("rds").create_event_subscription(
            SubscriptionName=f"{name}-s", SnsTopicArn="arn:aws:sns:us-east-1:123456789012:none"
        ),
        "SNSTopicArnNotFound",
    ),
    "rotating a managed password later": (
        lambda aws, name: modify(aws, name, now=False, RotateMasterUserPassword=True),
        "InvalidParameterCombination",
    ),
}


def modify(aws: World, name: str, now: bool = True, **members: Any) -> dict[str, Any]:
    asked = {"DBInstanceIdentifier": name, "ApplyImmediately": now, **members}
    return aws.client("rds").modify_db_instance(**asked)["DBInstance"]


@pytest.mark.parametrize("row", REFUSED)
def test_what_aws_refuses(aws: World, row: str) -> None:
    act, code = REFUSED[row]
    name = create(aws, BackupRetentionPeriod=3)["DBInstanceIdentifier"]
    with pytest.raises(ClientError) as refused:
        act(aws, name)
    assert refused.value.response["Error"]["Code"].startswith(code)
    # A refusal changes nothing: moto tends to change first and to fail after.
    assert instance(aws, name)["DBInstanceStatus"] == "available"


def _promoted(aws: World, name: str) -> object:
    replica(aws, f"{name}-r", name)
    aws.client("rds").promote_read_replica(DBInstanceIdentifier=f"{name}-r", BackupRetentionPeriod=7)
    made = instance(aws, f"{name}-r")
    links = instance(aws, name)["ReadReplicaDBInstanceIdentifiers"]
    return made.get("ReadReplicaSourceDBInstanceIdentifier"), links, made["BackupRetentionPeriod"]


def _source_deleted(aws: World, name: str) -> object:
    replica(aws, f"{name}-r", name)
    aws.client("rds").delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)
    return instance(aws, f"{name}-r").get("ReadReplicaSourceDBInstanceIdentifier")


def _gp3(aws: World, name: str) -> object:
    modify(aws, name, StorageType="gp2", AllocatedStorage=400)
    changed = modify(aws, name, StorageType="gp3", AllocatedStorage=400, Iops=13000, StorageThroughput=700)
    return changed["Iops"], changed["StorageThroughput"]


def _oracle(aws: World, version: str) -> str:
    made = create(
        aws,
        Engine="oracle-ee",
        EngineVersion=version,
        DBName="ORCL",
        DBInstanceClass="db.m5.large",
        LicenseModel="bring-your-own-license",
    )
    return made["EngineVersion"]


# What is done to a new instance of the given name, and what comes out of it on AWS.
HAPPENS: dict[str, tuple[Row, object]] = {
    "a port changes": (lambda aws, name: modify(aws, name, DBPortNumber=6000)["Endpoint"]["Port"], 6000),
    "a default parameter group by name": (
        lambda aws, name: (
            modify(aws, name, DBParameterGroupName="pg"),
            modify(aws, name, DBParameterGroupName="default.postgres17")["DBParameterGroups"][0][
                "DBParameterGroupName"
            ],
        )[1],
        "default.postgres17",
    ),
    "gp3 throughput together with the type": (_gp3, (13000, 700)),
    "a promoted replica has left its source": (_promoted, (None, [], 7)),
    "the replica of a deleted source stands alone": (_source_deleted, None),
    "the instance port is 0": (lambda aws, name: instance(aws, name)["DbInstancePort"], 0),
    "an older Oracle release update": (
        lambda aws, _: _oracle(aws, "19.0.0.0.ru-2024-10.rur-2024-10.r1"),
        "19.0.0.0.ru-2024-10.rur-2024-10.r1",
    ),
    "the newest Oracle release update": (
        lambda aws, _: _oracle(aws, "19"),
        "19.0.0.0.ru-2026-01.rur-2026-01.r1",
    ),
}


@pytest.mark.parametrize("row", HAPPENS)
def test_what_happens_on_aws(aws: World, row: str) -> None:
    act, expected = HAPPENS[row]
    assert act(aws, create(aws, BackupRetentionPeriod=3)["DBInstanceIdentifier"]) == expected
