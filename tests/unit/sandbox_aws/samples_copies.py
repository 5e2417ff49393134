"""Samples of what is kept of an instance: its snapshots, and its backups in another region."""

from collections.abc import Mapping
from typing import Any

from tests.unit.sandbox_aws.sample import Sample, TypeSamples, rds_tags


def far_source(aws: Any) -> str:
    """ARN of a new instance in a region that isn't the world's."""
    made = aws.client("rds", "eu-west-1").create_db_instance(
        DBInstanceIdentifier=aws.unique("far"),
        Engine="postgres",
        DBInstanceClass="db.t3.micro",
        AllocatedStorage=20,
        MasterUsername="app",
        MasterUserPassword="first-password",
        BackupRetentionPeriod=1,
    )
    return made["DBInstance"]["DBInstanceArn"]


def _replication(aws: Any, arn: str) -> Any:
    describe = aws.client("rds").describe_db_instance_automated_backups
    return describe(DBInstanceAutomatedBackupsArn=arn)["DBInstanceAutomatedBackups"][0]


def _replication_samples(ids: Mapping[str, Any]) -> dict[str, Sample]:
    return {
        "sourceDbInstanceArn": Sample(ids["far source"], "DBInstanceArn"),
        "retentionPeriod": Sample(14, "BackupRetentionPeriod"),
        "kmsKeyId": Sample(ids["key"], "KmsKeyId"),
    }


def _plain_snapshot(aws: Any) -> dict[str, Any]:
    return {"dbInstanceIdentifier": "source", "dbSnapshotIdentifier": aws.unique("snap")}


def _snapshot(aws: Any, name: str) -> Any:
    return aws.client("rds").describe_db_snapshots(DBSnapshotIdentifier=name)["DBSnapshots"][0]


def _shared(aws: Any, name: str, _found: Any) -> Any:
    found = aws.client("rds").describe_db_snapshot_attributes(DBSnapshotIdentifier=name)
    [restore] = [
        item
        for item in found["DBSnapshotAttributesResult"]["DBSnapshotAttributes"]
        if item["AttributeName"] == "restore"
    ]
    return restore["AttributeValues"]


def _snapshot_samples(ids: Mapping[str, Any]) -> dict[str, Sample]:
    return {
        "dbInstanceIdentifier": Sample("source2", "DBInstanceIdentifier"),
        "dbSnapshotIdentifier": Sample("renamed", "DBSnapshotIdentifier"),
        "sharedAccounts": Sample(["111122223333"], look=_shared),
        **rds_tags("DBSnapshotArn"),
    }


COPY_SAMPLES: dict[str, TypeSamples] = {
    "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication": TypeSamples(
        lambda aws: {"sourceDbInstanceArn": far_source(aws)}, _replication, _replication_samples
    ),
    "aws:rds/snapshot:Snapshot": TypeSamples(_plain_snapshot, _snapshot, _snapshot_samples),
}
