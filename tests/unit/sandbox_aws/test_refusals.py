"""What AWS refuses and moto would let through, asked as any AWS client asks."""

from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.unit.sandbox_aws.world import World

PLAIN: dict[str, Any] = {
    "Engine": "postgres",
    "EngineVersion": "17",
    "DBInstanceClass": "db.t3.micro",
    "AllocatedStorage": 20,
    "StorageType": "gp3",
    "MasterUsername": "app",
    "MasterUserPassword": "long-enough",
}
VALUE, COMBINATION = "InvalidParameterValue", "InvalidParameterCombination"


def create(aws: World, **members: Any) -> dict[str, Any]:
    asked = {"DBInstanceIdentifier": aws.unique("db"), **PLAIN, **members}
    asked = {key: value for key, value in asked.items() if value is not None}
    return aws.client("rds").create_db_instance(**asked)["DBInstance"]


def refused(code: str, words: str) -> Any:
    return pytest.raises(ClientError, match=rf"\({code}\).*{words}")


@pytest.mark.parametrize(
    ("members", "code", "words"),
    [
        ({"DBInstanceIdentifier": "1-starts-with-a-digit"}, VALUE, "not a valid identifier"),
        ({"DBInstanceIdentifier": "a" * 64}, VALUE, "at most 63"),
        ({"DBInstanceClass": "db.nope.huge"}, VALUE, "Invalid DB Instance class"),
        ({"EngineVersion": "99.9"}, COMBINATION, "Cannot find version 99.9 for postgres"),
        ({"StorageType": "zzz"}, VALUE, "Invalid storage type"),
        ({"StorageType": "standard"}, VALUE, "being retired"),
        ({"AllocatedStorage": 19}, VALUE, "storage type gp3: 19"),
        ({"AllocatedStorage": None}, VALUE, "AllocatedStorage must be provided"),
        ({"MaxAllocatedStorage": 21}, COMBINATION, "Max storage size"),
        ({"Iops": 4000}, COMBINATION, "below 400 GiB"),
        ({"StorageThroughput": 200}, COMBINATION, "below 400 GiB"),
        ({"StorageType": "io1", "AllocatedStorage": 100}, COMBINATION, "io1 needs it"),
        ({"MasterUsername": "admin"}, VALUE, "reserved"),
        ({"MasterUsername": "rdsadmin"}, VALUE, "reserved"),
        ({"MasterUsername": None}, VALUE, "MasterUsername must be provided"),
        ({"MasterUserPassword": "short"}, VALUE, "not a valid password"),
        ({"MasterUserPassword": "has/a/slash"}, VALUE, "not a valid password"),
        ({"MasterUserPassword": None}, VALUE, "MasterUserPassword must be provided"),
        ({"ManageMasterUserPassword": True}, COMBINATION, "ManageMasterUserPassword is enabled"),
        ({"DBName": "with-dash"}, VALUE, "DBName must begin with a letter"),
        ({"BackupRetentionPeriod": 36}, VALUE, "Invalid backup retention period"),
        ({"PreferredBackupWindow": "03:00"}, VALUE, "Invalid backup window"),
        ({"PreferredBackupWindow": "03:00-03:20"}, VALUE, "30 or more"),
        ({"PreferredMaintenanceWindow": "sunday"}, VALUE, "Invalid maintenance window"),
        (
            {"PreferredBackupWindow": "03:00-04:00", "PreferredMaintenanceWindow": "sun:03:30-sun:04:30"},
            VALUE,
            "must not overlap",
        ),
        ({"Port": 80}, VALUE, "Invalid port"),
        (
            {"MonitoringInterval": 7, "MonitoringRoleArn": "arn:aws:iam::123456789012:role/m"},
            VALUE,
            "choose 0, 1",
        ),
        ({"MonitoringInterval": 30}, COMBINATION, "MonitoringRoleARN value is required"),
        (
            {"EnablePerformanceInsights": True, "PerformanceInsightsRetentionPeriod": 8},
            VALUE,
            "choose 7, 731",
        ),
        ({"PerformanceInsightsRetentionPeriod": 7}, COMBINATION, "set EnablePerformanceInsights"),
        ({"DatabaseInsightsMode": "advanced"}, COMBINATION, "465 days"),
        ({"EnableCloudwatchLogsExports": ["foo"]}, COMBINATION, "log types 'foo'"),
        ({"KmsKeyId": "alias/mine", "StorageEncrypted": True}, VALUE, "KMSKeyNotAccessible"),
        ({"MultiAZ": True, "AvailabilityZone": "us-east-1a"}, COMBINATION, "Multi-AZ"),
        ({"AvailabilityZone": "eu-west-1a"}, VALUE, "not in us-east-1"),
        ({"VpcSecurityGroupIds": ["sg-12345678"]}, VALUE, "Invalid security group"),
        ({"DBSubnetGroupName": "missing"}, "DBSubnetGroupNotFoundFault", "not found"),
        ({"DBParameterGroupName": "missing"}, "DBParameterGroupNotFound", "not found"),
        ({"Engine": "nonsense"}, VALUE, "not supported"),
    ],
)
def test_a_new_instance_is_refused(aws: World, members: dict[str, Any], code: str, words: str) -> None:
    with refused(code, words):
        create(aws, **members)


def test_the_limits_themselves_pass(aws: World) -> None:
    made = create(
        aws,
        DBInstanceIdentifier="a" * 63,
        MaxAllocatedStorage=22,
        MasterUserPassword="8letters",
        BackupRetentionPeriod=35,
        # Touching is not overlapping.
        PreferredBackupWindow="03:00-04:00",
        PreferredMaintenanceWindow="Sun:04:00-Sun:04:30",
        Port=1150,
    )
    assert made["PreferredMaintenanceWindow"] == "sun:04:00-sun:04:30"


@pytest.mark.parametrize(
    ("asked", "full"),
    [("17", "17."), ("17.6", "17.6"), ("17.99", "17.99"), (None, "17.")],
)
def test_versions_resolve_as_on_aws(aws: World, asked: str | None, full: str) -> None:
    made = create(aws, EngineVersion=asked)
    assert made["EngineVersion"].startswith(full)
    assert made["EngineVersion"] != "17"


@pytest.mark.parametrize(
    ("members", "code", "words"),
    [
        ({"AllocatedStorage": 19}, VALUE, "storage type gp3: 19"),
        ({"AllocatedStorage": 25}, COMBINATION, "can't be reduced"),
        ({"EngineVersion": "17.5"}, COMBINATION, "no downgrade"),
        ({"EngineVersion": "16"}, COMBINATION, "no downgrade"),
        ({"EngineVersion": "18"}, COMBINATION, "AllowMajorVersionUpgrade flag must be present"),
        ({"BackupRetentionPeriod": 0}, VALUE, "read replicas"),
        (
            {"ManageMasterUserPassword": True},
            COMBINATION,
            "not supported for a DB instance with read replicas",
        ),
        ({"MasterUserPassword": "short"}, VALUE, "not a valid password"),
        ({"PreferredMaintenanceWindow": "mon:01:10-mon:02:00"}, VALUE, "must not overlap"),
        ({"DBPortNumber": 80}, VALUE, "Invalid port"),
        ({"MonitoringInterval": 30}, COMBINATION, "MonitoringRoleARN value is required"),
        ({"NewDBInstanceIdentifier": "taken"}, "DBInstanceAlreadyExists", "already exists"),
        ({"VpcSecurityGroupIds": ["sg-12345678"]}, VALUE, "Invalid security group"),
    ],
)
def test_a_change_is_refused_and_changes_nothing(
    aws: World, members: dict[str, Any], code: str, words: str
) -> None:
    rds = aws.client("rds")
    name = create(
        aws,
        EngineVersion="17.6",
        AllocatedStorage=30,
        PreferredBackupWindow="01:00-02:00",
        PreferredMaintenanceWindow="tue:05:00-tue:06:00",
    )["DBInstanceIdentifier"]
    rds.create_db_instance_read_replica(DBInstanceIdentifier=f"{name}-r", SourceDBInstanceIdentifier=name)
    if members.get("NewDBInstanceIdentifier"):
        create(aws, DBInstanceIdentifier="taken")
    before = rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
    with refused(code, words):
        rds.modify_db_instance(DBInstanceIdentifier=name, ApplyImmediately=True, **members)
    assert rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"] == before


def test_read_replicas_get_a_minor_version_first(aws: World) -> None:
    rds = aws.client("rds")
    name = create(aws, EngineVersion="17.5")["DBInstanceIdentifier"]
    rds.create_db_instance_read_replica(DBInstanceIdentifier=f"{name}-r", SourceDBInstanceIdentifier=name)
    wanted = {"EngineVersion": "17.6", "ApplyImmediately": True}
    with refused("DBUpgradeDependencyFailure", f"need to be upgraded: {name}-r"):
        rds.modify_db_instance(DBInstanceIdentifier=name, **wanted)
    for each in (f"{name}-r", name):
        changed = rds.modify_db_instance(DBInstanceIdentifier=each, **wanted)["DBInstance"]
        assert changed["EngineVersion"] == "17.6"


def test_a_major_upgrade_with_the_flag(aws: World) -> None:
    name = create(aws, EngineVersion="17.6")["DBInstanceIdentifier"]
    changed = aws.client("rds").modify_db_instance(
        DBInstanceIdentifier=name, EngineVersion="18", AllowMajorVersionUpgrade=True, ApplyImmediately=True
    )
    assert changed["DBInstance"]["EngineVersion"].startswith("18.")
    assert changed["DBInstance"]["DBParameterGroups"][0]["DBParameterGroupName"] == "default.postgres18"


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({}, "FinalDBSnapshotIdentifier is required"),
        ({"SkipFinalSnapshot": True, "FinalDBSnapshotIdentifier": "x"}, "can not be specified"),
        ({"FinalDBSnapshotIdentifier": "ends-"}, "Invalid snapshot identifier|not a valid identifier"),
    ],
)
def test_a_deletion_is_refused(aws: World, members: dict[str, Any], words: str) -> None:
    name = create(aws)["DBInstanceIdentifier"]
    with pytest.raises(ClientError, match=words):
        aws.client("rds").delete_db_instance(DBInstanceIdentifier=name, **members)
    assert aws.client("rds").describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]


def test_deletion_protection(aws: World) -> None:
    name = create(aws, DeletionProtection=True)["DBInstanceIdentifier"]
    with refused(COMBINATION, "disable deletion protection"):
        aws.client("rds").delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)


def test_a_subnet_group_in_one_zone(aws: World) -> None:
    with refused("DBSubnetGroupDoesNotCoverEnoughAZs", "at least 2 AZs"):
        aws.client("rds").create_db_subnet_group(
            DBSubnetGroupName="one", DBSubnetGroupDescription="x", SubnetIds=aws.ids["subnets"][:1]
        )


def test_a_subnet_group_over_two_vpcs(aws: World) -> None:
    other = aws.make("aws:ec2/subnet:Subnet", {"vpcId": aws.ids["vpc2"], "cidrBlock": "10.1.1.0/24"})[0]
    with refused("InvalidSubnet", "same VPC"):
        aws.client("rds").create_db_subnet_group(
            DBSubnetGroupName="two", DBSubnetGroupDescription="x", SubnetIds=[aws.ids["subnets"][0], other]
        )


def test_a_subnet_group_twice(aws: World) -> None:
    with refused("DBSubnetGroupAlreadyExists", "already exists"):
        aws.client("rds").create_db_subnet_group(
            DBSubnetGroupName="group", DBSubnetGroupDescription="x", SubnetIds=aws.ids["subnets"]
        )


def test_groups_in_use_stay(aws: World) -> None:
    rds, ec2 = aws.client("rds"), aws.client("ec2")
    create(
        aws,
        DBSubnetGroupName="group2",
        DBParameterGroupName="pg2",
        VpcSecurityGroupIds=[aws.ids["sg2"]],
        AvailabilityZone="us-east-1b",
    )
    with refused("InvalidDBSubnetGroupStateFault", "still using it"):
        rds.delete_db_subnet_group(DBSubnetGroupName="group2")
    with refused("InvalidDBParameterGroupState", "still members"):
        rds.delete_db_parameter_group(DBParameterGroupName="pg2")
    with refused("DependencyViolation", "dependent object"):
        ec2.delete_security_group(GroupId=aws.ids["sg2"])
    with refused("SubnetAlreadyInUse", "currently in use"):
        subnets = [aws.ids["subnets"][0], aws.ids["subnets"][2]]
        rds.modify_db_subnet_group(DBSubnetGroupName="group2", SubnetIds=subnets)
    assert rds.describe_db_subnet_groups(DBSubnetGroupName="group2")["DBSubnetGroups"]


def test_a_group_referenced_by_a_rule_stays(aws: World) -> None:
    ec2 = aws.client("ec2")
    first, second = (
        aws.make("aws:ec2/securityGroup:SecurityGroup", {"vpcId": aws.ids["vpc"]})[0] for _ in range(2)
    )
    grant = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 2, "UserIdGroupPairs": [{"GroupId": first}]}
    ec2.authorize_security_group_ingress(GroupId=second, IpPermissions=[grant])
    with refused("DependencyViolation", second):
        ec2.delete_security_group(GroupId=first)


@pytest.mark.parametrize("direction", ["ingress", "egress"])
def test_ports_the_wrong_way_round(aws: World, direction: str) -> None:
    grant = {"IpProtocol": "tcp", "FromPort": 10, "ToPort": 5, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    call = getattr(aws.client("ec2"), f"authorize_security_group_{direction}")
    with refused(VALUE, "port range"):
        call(GroupId=aws.ids["sg"], IpPermissions=[grant])


def test_security_groups_of_another_vpc(aws: World) -> None:
    group = aws.make("aws:ec2/securityGroup:SecurityGroup", {"vpcId": aws.ids["vpc2"]})[0]
    with refused("InvalidVPCNetworkStateFault", "different VPCs"):
        create(aws, DBSubnetGroupName="group", VpcSecurityGroupIds=[group])


def test_parameter_groups(aws: World) -> None:
    rds = aws.client("rds")
    many = [{"ParameterName": f"p{n}", "ParameterValue": "1", "ApplyMethod": "immediate"} for n in range(21)]
    with refused(VALUE, "at most 20"):
        rds.modify_db_parameter_group(DBParameterGroupName="pg", Parameters=many)
    with refused(VALUE, "not a valid parameter group family"):
        rds.create_db_parameter_group(
            DBParameterGroupName="x", DBParameterGroupFamily="postgres", Description="d"
        )
    with refused(VALUE, "not a valid identifier"):
        rds.create_db_parameter_group(
            DBParameterGroupName="x--y", DBParameterGroupFamily="postgres17", Description="d"
        )


UNKNOWN = [
    ("rds", "describe_pending_maintenance_actions"),
    ("ec2", "describe_vpc_block_public_access_options"),
]


@pytest.mark.parametrize(("service", "operation"), UNKNOWN)
def test_an_unknown_operation_says_so(aws: World, service: str, operation: str) -> None:
    with refused("NotImplemented", f"does not simulate {service}"):
        getattr(aws.client(service), operation)()


def test_an_instance_stays_in_the_subnet_group_of_its_vpc(aws: World) -> None:
    rds, name = aws.client("rds"), aws.unique("stays")
    rds.create_db_instance(
        DBInstanceIdentifier=name,
        Engine="postgres",
        DBInstanceClass="db.t3.micro",
        AllocatedStorage=20,
        MasterUsername="app",
        MasterUserPassword="hunter2222",
        DBSubnetGroupName="group",
    )
    rds.modify_db_instance(DBInstanceIdentifier=name, DBSubnetGroupName="group", ApplyImmediately=True)
    with pytest.raises(ClientError, match=r"InvalidVPCNetworkStateFault.*are in the same VPC"):
        rds.modify_db_instance(DBInstanceIdentifier=name, DBSubnetGroupName="group2", ApplyImmediately=True)
    group = rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]["DBSubnetGroup"]
    assert group["DBSubnetGroupName"] == "group"
    rds.delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)


def test_the_key_of_a_managed_password_must_exist(aws: World) -> None:
    with pytest.raises(ClientError, match="KMSKeyNotAccessibleFault"):
        aws.client("rds").create_db_instance(
            DBInstanceIdentifier=aws.unique("keyless"),
            Engine="postgres",
            DBInstanceClass="db.t3.micro",
            AllocatedStorage=20,
            MasterUsername="app",
            ManageMasterUserPassword=True,
            MasterUserSecretKmsKeyId="arn:aws:kms:us-east-1:123456789012:key/00000000-0000-0000-0000-000000000000",
        )


def test_a_label_of_ones_own_stays_with_its_version(aws: World) -> None:
    client = aws.client("secretsmanager")
    arn = client.create_secret(Name=aws.unique("labelled"))["ARN"]
    stages = ["AWSCURRENT", "first"]
    first = client.put_secret_value(SecretId=arn, SecretString="1", VersionStages=stages)["VersionId"]
    for value, kept in (("2", {"AWSPREVIOUS", "first"}), ("3", {"first"})):
        client.put_secret_value(SecretId=arn, SecretString=value)
        assert set(client.describe_secret(SecretId=arn)["VersionIdsToStages"][first]) == kept
    assert client.get_secret_value(SecretId=arn)["SecretString"] == "3"


def test_a_rotation_without_a_function_is_refused_and_loses_no_value(aws: World) -> None:
    client = aws.client("secretsmanager")
    arn = client.create_secret(Name=aws.unique("unrotated"), SecretString="kept")["ARN"]
    with refused("InvalidRequestException", "doesn't already have a Lambda function"):
        client.rotate_secret(SecretId=arn, RotationRules={"AutomaticallyAfterDays": 30})
    assert client.get_secret_value(SecretId=arn)["SecretString"] == "kept"
