"""Replicas, restores and changes of instances in moto as on AWS."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.rds.models import rds_backends
from tests.unit.sandbox_aws.test_refusals import create
from tests.unit.sandbox_aws.world import World


@pytest.fixture(autouse=True)
def no_instances() -> Iterator[None]:
    """Each test begins without instances; the network stays, since making one takes longest."""
    yield
    for backend in rds_backends["123456789012"].values():
        backend.databases.clear()
        backend.database_snapshots.clear()


def instance(aws: World, name: str, region: str = "us-east-1") -> dict[str, Any]:
    return aws.client("rds", region).describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]


def replica(aws: World, name: str, source: str, region: str = "us-east-1", **members: Any) -> dict[str, Any]:
    made = aws.client("rds", region).create_db_instance_read_replica(
        DBInstanceIdentifier=name, SourceDBInstanceIdentifier=source, **members
    )
    return made["DBInstance"]


def test_every_instance_has_a_resource_id_of_its_own(aws: World) -> None:
    assert create(aws)["DbiResourceId"] != create(aws)["DbiResourceId"]


def test_a_replica_has_values_of_its_own(aws: World) -> None:
    create(
        aws,
        DBInstanceIdentifier="main",
        MultiAZ=True,
        DeletionProtection=True,
        BackupRetentionPeriod=7,
        CopyTagsToSnapshot=True,
        EnableCloudwatchLogsExports=["postgresql"],
        Tags=[{"Key": "a", "Value": "b"}],
        DBSubnetGroupName="group",
        VpcSecurityGroupIds=[aws.ids["sg"]],
        StorageEncrypted=True,
        EnablePerformanceInsights=True,
    )
    made = replica(
        aws, "second", "main", Tags=[{"Key": "c", "Value": "d"}], EnableCloudwatchLogsExports=["upgrade"]
    )
    main = instance(aws, "main")
    assert (made["MultiAZ"], made["DeletionProtection"], made["BackupRetentionPeriod"]) == (False, False, 0)
    assert made["TagList"] == [{"Key": "c", "Value": "d"}]
    assert made["EnabledCloudwatchLogsExports"] == ["upgrade"]
    assert made["PerformanceInsightsEnabled"] is False
    assert made["DbiResourceId"] != main["DbiResourceId"]
    assert made["ReadReplicaSourceDBInstanceIdentifier"] == "main"
    assert (made["EngineVersion"], made["KmsKeyId"]) == (main["EngineVersion"], main["KmsKeyId"])
    # It does not inherit security groups: it gets the VPC's default one.
    assert [item["VpcSecurityGroupId"] for item in made["VpcSecurityGroups"]] != [aws.ids["sg"]]
    # And nothing of it shows on the source.
    assert main["EnabledCloudwatchLogsExports"] == ["postgresql"]
    assert main["TagList"] == [{"Key": "a", "Value": "b"}]
    assert main["ReadReplicaDBInstanceIdentifiers"] == ["second"]


@pytest.mark.parametrize(
    ("source", "name", "words"),
    [
        ({"BackupRetentionPeriod": 0}, "second", "Automated backups are not enabled"),
        ({"MasterUserPassword": None, "ManageMasterUserPassword": True}, "second", "managed by RDS"),
        ({}, "main", "already exists"),
        ({}, "1--x_", "not a valid identifier"),
    ],
)
def test_a_replica_is_refused(aws: World, source: dict[str, Any], name: str, words: str) -> None:
    create(aws, **{"DBInstanceIdentifier": "main", "BackupRetentionPeriod": 1, **source})
    with pytest.raises(ClientError, match=words):
        replica(aws, name, "main")
    assert instance(aws, "main")["ReadReplicaDBInstanceIdentifiers"] == []


def test_at_most_fifteen_replicas(aws: World) -> None:
    create(aws, DBInstanceIdentifier="main")
    for number in range(15):
        replica(aws, f"r{number}", "main")
    with pytest.raises(ClientError, match="RDS allows 15"):
        replica(aws, "r15", "main")


def test_deleting_a_replica_and_then_its_source(aws: World) -> None:
    rds = aws.client("rds")
    create(aws, DBInstanceIdentifier="main")
    replica(aws, "one", "main")
    replica(aws, "two", "main")
    with pytest.raises(ClientError, match="takes no final snapshot"):
        rds.delete_db_instance(DBInstanceIdentifier="one", FinalDBSnapshotIdentifier="last")
    rds.delete_db_instance(DBInstanceIdentifier="one", SkipFinalSnapshot=True)
    assert instance(aws, "main")["ReadReplicaDBInstanceIdentifiers"] == ["two"]
    rds.delete_db_instance(DBInstanceIdentifier="main", SkipFinalSnapshot=True)
    # RDS makes an instance of its own of a replica whose source goes.
    assert "ReadReplicaSourceDBInstanceIdentifier" not in instance(aws, "two")
    rds.delete_db_instance(DBInstanceIdentifier="two", SkipFinalSnapshot=True)
    assert rds.describe_db_instances()["DBInstances"] == []


def test_promotion_cuts_the_link(aws: World) -> None:
    create(aws, DBInstanceIdentifier="main")
    replica(aws, "second", "main")
    aws.client("rds").promote_read_replica(DBInstanceIdentifier="second", BackupRetentionPeriod=5)
    second = instance(aws, "second")
    assert "ReadReplicaSourceDBInstanceIdentifier" not in second
    assert second["BackupRetentionPeriod"] == 5
    assert instance(aws, "main")["ReadReplicaDBInstanceIdentifiers"] == []
    with pytest.raises(ClientError, match="not a read replica"):
        aws.client("rds").promote_read_replica(DBInstanceIdentifier="main")


def backups(aws: World, region: str, **wanted: str) -> list[dict[str, Any]]:
    found = aws.client("rds", region).describe_db_instance_automated_backups(**wanted)
    return found["DBInstanceAutomatedBackups"]


def test_backups_are_copied_to_another_region_and_restored_there(aws: World) -> None:
    create(aws, DBInstanceIdentifier="main", BackupRetentionPeriod=3, StorageEncrypted=True)
    home, away = aws.client("rds"), aws.client("rds", "eu-west-1")
    arn = home.describe_db_instances(DBInstanceIdentifier="main")["DBInstances"][0]["DBInstanceArn"]
    start = away.start_db_instance_automated_backups_replication
    with pytest.raises(ClientError, match="KmsKeyId is required"):
        start(SourceDBInstanceArn=arn)
    key = aws.client("kms", "eu-west-1").create_key()["KeyMetadata"]["Arn"]
    with pytest.raises(ClientError, match="1 to 35"):
        start(SourceDBInstanceArn=arn, KmsKeyId=key, BackupRetentionPeriod=0)
    with pytest.raises(ClientError, match="another region"):
        home.start_db_instance_automated_backups_replication(SourceDBInstanceArn=arn, KmsKeyId=key)
    copied = start(SourceDBInstanceArn=arn, KmsKeyId=key)["DBInstanceAutomatedBackup"]
    assert (copied["Status"], copied["BackupRetentionPeriod"], copied["KmsKeyId"]) == ("replicating", 7, key)
    with pytest.raises(ClientError, match="already"):
        start(SourceDBInstanceArn=arn, KmsKeyId=key)
    found = home.describe_db_instances(DBInstanceIdentifier="main")["DBInstances"][0]
    copies = [
        item["DBInstanceAutomatedBackupsArn"] for item in found["DBInstanceAutomatedBackupsReplications"]
    ]
    assert copies == [copied["DBInstanceAutomatedBackupsArn"]]

    restored = away.restore_db_instance_to_point_in_time(
        SourceDBInstanceAutomatedBackupsArn=copies[0],
        TargetDBInstanceIdentifier="again",
        UseLatestRestorableTime=True,
    )["DBInstance"]
    assert (restored["KmsKeyId"], restored["AvailabilityZone"]) == (key, "eu-west-1a")
    assert [item["DBInstanceIdentifier"] for item in away.describe_db_instances()["DBInstances"]] == ["again"]

    away.stop_db_instance_automated_backups_replication(SourceDBInstanceArn=arn)
    assert [
        item["Status"] for item in backups(aws, "eu-west-1", DBInstanceAutomatedBackupsArn=copies[0])
    ] == ["retained"]
    with pytest.raises(ClientError, match="not replicated"):
        away.stop_db_instance_automated_backups_replication(SourceDBInstanceArn=arn)


def test_backups_kept_after_a_deletion_can_be_restored(aws: World) -> None:
    made = create(aws, DBInstanceIdentifier="main", BackupRetentionPeriod=3)
    rds = aws.client("rds")
    rds.delete_db_instance(DBInstanceIdentifier="main", SkipFinalSnapshot=True, DeleteAutomatedBackups=False)
    [kept] = backups(aws, "us-east-1", DbiResourceId=made["DbiResourceId"])
    assert kept["Status"] == "retained"
    restored = rds.restore_db_instance_to_point_in_time(
        SourceDbiResourceId=made["DbiResourceId"],
        TargetDBInstanceIdentifier="again",
        UseLatestRestorableTime=True,
    )["DBInstance"]
    assert restored["DBInstanceIdentifier"] == "again"
    assert restored["DbiResourceId"] != made["DbiResourceId"]


@pytest.mark.parametrize(
    ("retention", "asked", "words"),
    [
        (1, {"UseLatestRestorableTime": True}, "Exactly one of SourceDBInstanceIdentifier"),
        (1, {"SourceDBInstanceIdentifier": "main"}, "Exactly one of RestoreTime"),
        (
            1,
            {
                "SourceDBInstanceIdentifier": "main",
                "UseLatestRestorableTime": True,
                "RestoreTime": "2020-01-01T00:00:00Z",
            },
            "Exactly one of RestoreTime",
        ),
        (
            1,
            {"SourceDBInstanceIdentifier": "main", "RestoreTime": "2999-01-01T00:00:00Z"},
            "after the latest restorable time",
        ),
        (
            0,
            {"SourceDBInstanceIdentifier": "main", "UseLatestRestorableTime": True},
            "no automated backups to restore from",
        ),
        (1, {"SourceDbiResourceId": "db-NOTTHERE", "UseLatestRestorableTime": True}, "not found"),
    ],
)
def test_a_restore_to_a_point_in_time_is_refused(
    aws: World, retention: int, asked: dict[str, Any], words: str
) -> None:
    create(aws, DBInstanceIdentifier="main", BackupRetentionPeriod=retention)
    with pytest.raises(ClientError, match=words):
        aws.client("rds").restore_db_instance_to_point_in_time(TargetDBInstanceIdentifier="new", **asked)


def test_a_replica_in_another_region(aws: World) -> None:
    arn = create(aws, DBInstanceIdentifier="main", StorageEncrypted=True)["DBInstanceArn"]
    with pytest.raises(ClientError, match="KmsKeyId is required"):
        replica(aws, "far", arn, "eu-west-1")
    key = aws.client("kms", "eu-west-1").create_key()["KeyMetadata"]["Arn"]
    far = replica(aws, "far", arn, "eu-west-1", KmsKeyId=key)
    assert (far["KmsKeyId"], far["AvailabilityZone"][:-1]) == (key, "eu-west-1")
    assert instance(aws, "main")["ReadReplicaDBInstanceIdentifiers"] == [far["DBInstanceArn"]]
    aws.client("rds", "eu-west-1").delete_db_instance(DBInstanceIdentifier="far", SkipFinalSnapshot=True)
    assert instance(aws, "main")["ReadReplicaDBInstanceIdentifiers"] == []


def test_a_replica_in_a_subnet_group_of_another_region(aws: World) -> None:
    arn = create(aws, DBInstanceIdentifier="main", StorageEncrypted=False)["DBInstanceArn"]
    ec2, rds = aws.client("ec2", "eu-west-1"), aws.client("rds", "eu-west-1")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    zones = {"eu-west-1b": "10.0.0.0/24", "eu-west-1c": "10.0.1.0/24"}
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZone=zone)["Subnet"]["SubnetId"]
        for zone, block in zones.items()
    ]
    with pytest.raises(ClientError, match="far-away"):
        replica(aws, "far", arn, "eu-west-1", DBSubnetGroupName="far-away")
    rds.create_db_subnet_group(
        DBSubnetGroupName="far-away", DBSubnetGroupDescription="far", SubnetIds=subnets
    )
    far = replica(aws, "far", arn, "eu-west-1", DBSubnetGroupName="far-away")
    assert (far["DBSubnetGroup"]["VpcId"], far["AvailabilityZone"]) == (vpc, "eu-west-1b")
    rds.delete_db_instance(DBInstanceIdentifier="far", SkipFinalSnapshot=True)


def test_renaming_keeps_the_links(aws: World) -> None:
    rds = aws.client("rds")
    create(aws, DBInstanceIdentifier="main")
    replica(aws, "second", "main")
    rds.modify_db_instance(
        DBInstanceIdentifier="main", NewDBInstanceIdentifier="renamed", ApplyImmediately=True
    )
    assert instance(aws, "second")["ReadReplicaSourceDBInstanceIdentifier"] == "renamed"
    rds.modify_db_instance(
        DBInstanceIdentifier="second", NewDBInstanceIdentifier="other", ApplyImmediately=True
    )
    assert instance(aws, "renamed")["ReadReplicaDBInstanceIdentifiers"] == ["other"]


def test_a_restore_stands_alone(aws: World) -> None:
    rds = aws.client("rds")
    create(
        aws,
        DBInstanceIdentifier="main",
        DeletionProtection=True,
        EngineVersion="16.9",
        Tags=[{"Key": "a", "Value": "b"}],
    )
    replica(aws, "second", "main")
    rds.create_db_snapshot(DBInstanceIdentifier="main", DBSnapshotIdentifier="taken")
    restored = rds.restore_db_instance_from_db_snapshot(
        DBInstanceIdentifier="new", DBSnapshotIdentifier="taken", DeletionProtection=False
    )["DBInstance"]
    main = instance(aws, "main")
    assert (restored["DeletionProtection"], restored["EngineVersion"]) == (False, "16.9")
    assert restored["DbiResourceId"] != main["DbiResourceId"]
    assert restored["ReadReplicaDBInstanceIdentifiers"] == []
    assert restored["TagList"] == []
    with pytest.raises(ClientError, match="already exists"):
        rds.restore_db_instance_from_db_snapshot(DBInstanceIdentifier="main", DBSnapshotIdentifier="taken")


def test_a_restore_to_a_point_in_time(aws: World) -> None:
    create(aws, DBInstanceIdentifier="main", DeletionProtection=True)
    made = aws.client("rds").restore_db_instance_to_point_in_time(
        SourceDBInstanceIdentifier="main", TargetDBInstanceIdentifier="then", UseLatestRestorableTime=True
    )["DBInstance"]
    assert (made["DBInstanceIdentifier"], made["DeletionProtection"]) == ("then", False)
    assert made["DbiResourceId"] != instance(aws, "main")["DbiResourceId"]


def test_the_managed_password_is_the_user_s_and_rotates(aws: World) -> None:
    made = create(aws, DBInstanceIdentifier="main", MasterUserPassword=None, ManageMasterUserPassword=True)
    secrets, arn = aws.client("secretsmanager"), made["MasterUserSecret"]["SecretArn"]
    first = json.loads(secrets.get_secret_value(SecretId=arn)["SecretString"])
    assert first["username"] == "app"
    aws.client("rds").modify_db_instance(
        DBInstanceIdentifier="main", RotateMasterUserPassword=True, ApplyImmediately=True
    )
    second = json.loads(secrets.get_secret_value(SecretId=arn)["SecretString"])
    assert second["password"] != first["password"]
    aws.client("rds").modify_db_instance(
        DBInstanceIdentifier="main",
        ManageMasterUserPassword=False,
        MasterUserPassword="my-own-password",
        ApplyImmediately=True,
    )
    assert "MasterUserSecret" not in instance(aws, "main")
    with pytest.raises(ClientError, match="ResourceNotFound"):
        secrets.get_secret_value(SecretId=arn)


def test_changes_that_moto_drops_or_doubles(aws: World) -> None:
    rds = aws.client("rds")
    create(aws, DBInstanceIdentifier="main", EnableCloudwatchLogsExports=["postgresql"])
    exports = {"EnableLogTypes": ["postgresql", "upgrade"], "DisableLogTypes": ["iam-db-auth-error"]}
    rds.modify_db_instance(
        DBInstanceIdentifier="main",
        DBPortNumber=6000,
        CloudwatchLogsExportConfiguration=exports,
        DBParameterGroupName="default.postgres17",
        ApplyImmediately=True,
    )
    main = instance(aws, "main")
    assert main["Endpoint"]["Port"] == 6000
    assert main["EnabledCloudwatchLogsExports"] == ["postgresql", "upgrade"]
    assert main["DBParameterGroups"][0]["DBParameterGroupName"] == "default.postgres17"


def test_gp3_baselines_follow_the_size_and_the_type(aws: World) -> None:
    rds = aws.client("rds")
    made = create(aws, DBInstanceIdentifier="main")
    assert (made["Iops"], made["StorageThroughput"]) == (3000, 125)
    grown = rds.modify_db_instance(DBInstanceIdentifier="main", AllocatedStorage=400, ApplyImmediately=True)
    assert (grown["DBInstance"]["Iops"], grown["DBInstance"]["StorageThroughput"]) == (12000, 500)
    other = rds.modify_db_instance(DBInstanceIdentifier="main", StorageType="gp2", ApplyImmediately=True)
    assert "Iops" not in other["DBInstance"]
    back = rds.modify_db_instance(
        DBInstanceIdentifier="main",
        StorageType="gp3",
        Iops=14000,
        StorageThroughput=700,
        ApplyImmediately=True,
    )
    assert (back["DBInstance"]["Iops"], back["DBInstance"]["StorageThroughput"]) == (14000, 700)


def test_defaults_are_aws_s(aws: World) -> None:
    made = create(aws, MultiAZ=True, DBSubnetGroupName="group", StorageEncrypted=True)
    assert made["LicenseModel"] == "postgresql-license"
    assert made["OptionGroupMemberships"][0]["OptionGroupName"] == "default:postgres-17"
    assert {made["AvailabilityZone"], made["SecondaryAvailabilityZone"]} == {"us-east-1a", "us-east-1b"}
    assert made["KmsKeyId"].startswith("arn:aws:kms:us-east-1:123456789012:key/")
    assert made["DbInstancePort"] == 0
    assert made["CACertificateIdentifier"] == "rds-ca-rsa2048-g1"
    mysql = create(aws, Engine="mysql", EngineVersion="8.0", MasterUsername="admin")
    assert mysql["OptionGroupMemberships"][0]["OptionGroupName"] == "default:mysql-8-0"
    assert create(aws, Engine="mariadb", EngineVersion=None)["EngineVersion"].startswith("11.8.")


def test_a_window_that_is_not_given_avoids_the_one_that_is(aws: World) -> None:
    made = create(aws, PreferredMaintenanceWindow="tue:13:00-tue:14:00")
    assert made["PreferredBackupWindow"] == "07:10-07:40"
    made = create(aws, PreferredBackupWindow="06:30-07:30")
    assert made["PreferredMaintenanceWindow"] == "fri:22:10-fri:22:40"


def test_describing_engine_versions(aws: World) -> None:
    rds = aws.client("rds")
    versions = rds.describe_db_engine_versions(Engine="postgres", EngineVersion="17")["DBEngineVersions"]
    assert {item["DBParameterGroupFamily"] for item in versions} == {"postgres17"}
    assert len(versions) > 1
    default = rds.describe_db_engine_versions(Engine="mysql", DefaultOnly=True)["DBEngineVersions"]
    assert len(default) == 1
    old = rds.describe_db_engine_versions(Engine="postgres", EngineVersion="16.9")["DBEngineVersions"][0]
    majors = {item["EngineVersion"] for item in old["ValidUpgradeTarget"] if item["IsMajorVersionUpgrade"]}
    assert any(version.startswith("17.") for version in majors)


def test_the_key_of_rds_is_one_per_region(aws: World) -> None:
    first, second = create(aws, StorageEncrypted=True), create(aws, StorageEncrypted=True)
    assert first["KmsKeyId"] == second["KmsKeyId"]
    assert aws.client("kms").describe_key(KeyId=first["KmsKeyId"])
