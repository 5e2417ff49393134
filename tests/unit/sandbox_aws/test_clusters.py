"""DB clusters in the sandbox: what AWS does with them and moto does not."""

from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.unit.sandbox_aws.samples_clusters import cluster as plain_cluster
from tests.unit.sandbox_aws.world import World

CLUSTER, MEMBER = "aws:rds/cluster:Cluster", "aws:rds/clusterInstance:ClusterInstance"
VALUE, COMBINATION = "InvalidParameterValue", "InvalidParameterCombination"
AURORA: dict[str, Any] = {
    "Engine": "aurora-postgresql",
    "MasterUsername": "app",
    "MasterUserPassword": "long-enough",
}
MULTI_AZ: dict[str, Any] = {
    **AURORA,
    "Engine": "postgres",
    "DBClusterInstanceClass": "db.m6gd.large",
    "StorageType": "io1",
    "AllocatedStorage": 100,
    "Iops": 1000,
    "DBSubnetGroupName": "group",
}


def create(aws: World, plain: dict[str, Any] = AURORA, **members: Any) -> dict[str, Any]:
    asked = {"DBClusterIdentifier": aws.unique("c"), **plain, **members}
    asked = {key: value for key, value in asked.items() if value is not None}
    return aws.client("rds").create_db_cluster(**asked)["DBCluster"]


def member(aws: World, cluster: str, **members: Any) -> dict[str, Any]:
    asked = {"DBInstanceIdentifier": aws.unique("m"), "DBInstanceClass": "db.r6g.large", **members}
    engine = "aurora-postgresql"
    made = aws.client("rds").create_db_instance(DBClusterIdentifier=cluster, Engine=engine, **asked)
    return made["DBInstance"]


def described(aws: World, cluster: str) -> dict[str, Any]:
    return aws.client("rds").describe_db_clusters(DBClusterIdentifier=cluster)["DBClusters"][0]


def refused(code: str, words: str) -> Any:
    return pytest.raises(ClientError, match=rf"\({code}\).*{words}")


@pytest.mark.parametrize(
    ("plain", "members", "code", "words"),
    [
        (AURORA, {"DBClusterIdentifier": "1x"}, VALUE, "not a valid identifier"),
        (AURORA, {"EngineVersion": "99"}, COMBINATION, "Cannot find version 99"),
        (AURORA, {"MasterUsername": "admin"}, VALUE, "reserved"),
        (AURORA, {"MasterUsername": "a" * 17}, VALUE, "at most 16"),
        (AURORA, {"MasterUsername": None}, VALUE, "MasterUsername must be provided"),
        (AURORA, {"MasterUserPassword": "a" * 42}, VALUE, "8 to 41"),
        (AURORA, {"MasterUserPassword": None}, VALUE, "MasterUserPassword must be provided"),
        (AURORA, {"ManageMasterUserPassword": True}, COMBINATION, "ManageMasterUserPassword is enabled"),
        (AURORA, {"BackupRetentionPeriod": 0}, VALUE, "1 to 35"),
        (AURORA, {"StorageType": "gp3"}, VALUE, "aurora or aurora-iopt1"),
        (AURORA, {"AllocatedStorage": 100}, COMBINATION, "AllocatedStorage isn't supported"),
        (AURORA, {"BacktrackWindow": 60}, VALUE, "only Aurora MySQL"),
        (AURORA, {"EnableCloudwatchLogsExports": ["upgrade"]}, COMBINATION, "log types 'upgrade'"),
        (
            AURORA,
            {"ServerlessV2ScalingConfiguration": {"MinCapacity": 0.7, "MaxCapacity": 2}},
            VALUE,
            "steps of 0.5",
        ),
        (
            AURORA,
            {"ServerlessV2ScalingConfiguration": {"MinCapacity": 4, "MaxCapacity": 2}},
            VALUE,
            "below the least",
        ),
        (
            AURORA,
            {
                "ServerlessV2ScalingConfiguration": {
                    "MinCapacity": 1,
                    "MaxCapacity": 2,
                    "SecondsUntilAutoPause": 600,
                }
            },
            COMBINATION,
            "never pauses",
        ),
        (AURORA, {"DBClusterParameterGroupName": "missing"}, "DBParameterGroupNotFound", "missing"),
        (AURORA, {"DBSubnetGroupName": "missing"}, "DBSubnetGroupNotFoundFault", "missing"),
        (AURORA, {"VpcSecurityGroupIds": ["sg-12345678"]}, VALUE, "Invalid security group"),
        (AURORA, {"MonitoringInterval": 60}, COMBINATION, "MonitoringRoleARN value is required"),
        (MULTI_AZ, {"DBClusterInstanceClass": None}, COMBINATION, "DBClusterInstanceClass must be provided"),
        (MULTI_AZ, {"DBClusterInstanceClass": "db.m6g.large"}, VALUE, "no such class"),
        (MULTI_AZ, {"AllocatedStorage": 50}, VALUE, "100 to"),
        (MULTI_AZ, {"Iops": None}, COMBINATION, "io1 needs it"),
        (MULTI_AZ, {"DBClusterIdentifier": "a" * 53}, VALUE, "at most 52"),
    ],
)
def test_a_new_cluster_is_refused(
    aws: World, plain: dict[str, Any], members: dict[str, Any], code: str, words: str
) -> None:
    with refused(code, words):
        create(aws, plain, **members)


@pytest.mark.parametrize(
    ("members", "code", "words"),
    [
        ({"EngineVersion": "15"}, COMBINATION, "no downgrade"),
        ({"EngineVersion": "17"}, COMBINATION, "AllowMajorVersionUpgrade flag must be present"),
        ({"BackupRetentionPeriod": 0}, VALUE, "1 to 35"),
        ({"StorageType": "io1"}, VALUE, "aurora or aurora-iopt1"),
        ({"PreferredMaintenanceWindow": "mon:01:30-mon:02:30"}, VALUE, "must not overlap"),
        ({"MasterUserPassword": "short"}, VALUE, "8 to 41"),
        ({"DBClusterParameterGroupName": "missing"}, "DBParameterGroupNotFound", "missing"),
    ],
)
def test_a_change_is_refused_and_changes_nothing(
    aws: World, members: dict[str, Any], code: str, words: str
) -> None:
    made = create(aws, EngineVersion="16.8", PreferredBackupWindow="01:00-02:00")["DBClusterIdentifier"]
    described(aws, made)  # the first answer says `creating`
    before = described(aws, made)
    with refused(code, words):
        aws.client("rds").modify_db_cluster(DBClusterIdentifier=made, ApplyImmediately=True, **members)
    assert described(aws, made) == before


def test_an_identifier_is_taken(aws: World) -> None:
    name = create(aws)["DBClusterIdentifier"]
    with refused("DBClusterAlreadyExistsFault", "already exists"):
        create(aws, DBClusterIdentifier=name)


def test_a_major_upgrade_moves_to_the_new_default_group(aws: World) -> None:
    name = create(aws, EngineVersion="16.8")["DBClusterIdentifier"]
    assert described(aws, name)["DBClusterParameterGroup"] == "default.aurora-postgresql16"
    aws.client("rds").modify_db_cluster(
        DBClusterIdentifier=name, EngineVersion="17", AllowMajorVersionUpgrade=True, ApplyImmediately=True
    )
    after = described(aws, name)
    assert after["EngineVersion"].startswith("17.")
    assert after["DBClusterParameterGroup"] == "default.aurora-postgresql17"


def test_members_of_an_aurora_cluster(aws: World) -> None:
    scaling = {"MinCapacity": 0, "MaxCapacity": 4}
    name = create(aws, Port=6000, DBSubnetGroupName="group", ServerlessV2ScalingConfiguration=scaling)[
        "DBClusterIdentifier"
    ]
    assert described(aws, name)["ServerlessV2ScalingConfiguration"]["SecondsUntilAutoPause"] == 300
    first = member(aws, name, PromotionTier=1)
    second = member(aws, name, PromotionTier=0, DBInstanceClass="db.serverless")
    assert first["DBSubnetGroup"]["DBSubnetGroupName"] == "group"
    assert {first["AvailabilityZone"], second["AvailabilityZone"]} == {"us-east-1a", "us-east-1b"}
    rds = aws.client("rds")
    instances = rds.describe_db_instances(DBInstanceIdentifier=first["DBInstanceIdentifier"])["DBInstances"]
    assert instances[0]["Endpoint"]["Port"] == 6000
    members = {
        one["DBInstanceIdentifier"]: one["IsClusterWriter"]
        for one in described(aws, name)["DBClusterMembers"]
    }
    assert members == {first["DBInstanceIdentifier"]: True, second["DBInstanceIdentifier"]: False}
    # The reader takes over when the writer goes.
    rds.delete_db_instance(DBInstanceIdentifier=first["DBInstanceIdentifier"])
    assert described(aws, name)["DBClusterMembers"][0]["IsClusterWriter"] is True
    with refused("InvalidDBClusterStateFault", "still contains DB instances"):
        rds.delete_db_cluster(DBClusterIdentifier=name, SkipFinalSnapshot=True)


@pytest.mark.parametrize(
    ("members", "code", "words"),
    [
        ({"DBInstanceClass": "db.serverless"}, COMBINATION, "Serverless v2 scaling configuration"),
        ({"DBInstanceClass": "db.t4g.micro"}, VALUE, "too small for Aurora"),
        ({"PromotionTier": 16}, VALUE, "promotion tier"),
        ({"DBInstanceIdentifier": "x--y"}, VALUE, "not a valid identifier"),
    ],
)
def test_a_member_is_refused(aws: World, members: dict[str, Any], code: str, words: str) -> None:
    name = create(aws)["DBClusterIdentifier"]
    with refused(code, words):
        member(aws, name, **members)


def test_rds_makes_and_deletes_the_instances_of_a_multi_az_cluster(aws: World) -> None:
    rds, name = aws.client("rds"), create(aws, MULTI_AZ)["DBClusterIdentifier"]
    members = [one["DBInstanceIdentifier"] for one in described(aws, name)["DBClusterMembers"]]
    assert sorted(members) == [f"{name}-instance-{number}" for number in (1, 2, 3)]
    instances = [rds.describe_db_instances(DBInstanceIdentifier=one)["DBInstances"][0] for one in members]
    assert {one["StorageType"] for one in instances} == {"io1"}
    assert {one["DBInstanceClass"] for one in instances} == {"db.m6gd.large"}
    rds.modify_db_cluster(DBClusterIdentifier=name, ApplyImmediately=True, AllocatedStorage=200, Iops=1000)
    with refused(COMBINATION, "can't be reduced"):
        rds.modify_db_cluster(
            DBClusterIdentifier=name, ApplyImmediately=True, AllocatedStorage=150, Iops=1000
        )
    rds.delete_db_cluster(DBClusterIdentifier=name, SkipFinalSnapshot=True)
    left = [one["DBInstanceIdentifier"] for one in rds.describe_db_instances()["DBInstances"]]
    assert not set(members) & set(left)


def test_aws_adds_zones_to_a_cluster(aws: World) -> None:
    props = {**plain_cluster(aws), "availabilityZones": ["us-east-1a", "us-east-1b"]}
    _, state, inputs = aws.make(CLUSTER, props)
    assert state["availabilityZones"] == ["us-east-1a", "us-east-1b", "us-east-1c"]
    changes = aws.backend.diff(CLUSTER, state, inputs, inputs).changes
    assert [(change.prop, change.replaces) for change in changes] == [("availabilityZones", True)]


def test_no_zones_are_no_difference(aws: World) -> None:
    _, state, inputs = aws.make(CLUSTER, plain_cluster(aws))
    assert len(state["availabilityZones"]) == 3
    assert aws.backend.diff(CLUSTER, state, inputs, inputs).changes == ()


def test_a_version_that_aws_raised_shows_only_where_it_was_pinned(aws: World) -> None:
    """hashicorp/terraform-provider-aws 20086: the next plan wants a downgrade, or a new cluster."""
    for given, drifts in (("16", False), ("16.6", True)):
        cluster_id, state, inputs = aws.make(CLUSTER, {**plain_cluster(aws), "engineVersion": given})
        aws.client("rds").modify_db_cluster(
            DBClusterIdentifier=state["clusterIdentifier"], EngineVersion="16.99", ApplyImmediately=True
        )
        read = aws.backend.read(CLUSTER, cluster_id, state, inputs)
        assert read is not None
        diff = aws.backend.diff(CLUSTER, read[1], read[2], inputs)
        assert (diff.changed == ("engineVersion",)) is drifts
        assert not [change for change in diff.changes if change.replaces]
        assert read[1]["engineVersionActual"] == "16.99"


def test_the_aurora_storage_type_is_no_difference(aws: World) -> None:
    _, state, inputs = aws.make(CLUSTER, {**plain_cluster(aws), "storageType": "aurora"})
    assert state["storageType"] == "aurora"
    assert "StorageType" not in described(aws, state["clusterIdentifier"])
    assert aws.backend.diff(CLUSTER, state, inputs, inputs).changes == ()


def test_another_storage_type_replaces_a_multi_az_cluster_only(aws: World) -> None:
    for engine, replaces in (("aurora-postgresql", False), ("postgres", True)):
        state = {"engine": engine, "storageType": "a"}
        changes = aws.backend.diff(CLUSTER, state, {}, {"engine": engine, "storageType": "b"}).changes
        assert [change.replaces for change in changes if change.prop == "storageType"] == [replaces]


@pytest.mark.parametrize(
    ("after", "replaces"), [({}, []), ({"snapshotIdentifier": "y"}, ["snapshotIdentifier"])]
)
def test_another_snapshot_replaces_a_cluster_and_none_does_not(
    aws: World, after: dict[str, Any], replaces: list[str]
) -> None:
    """As AWS's provider has it: why the library ignores the change."""
    state = {"engine": "aurora-postgresql", "snapshotIdentifier": "x"}
    changes = aws.backend.diff(CLUSTER, state, {}, {"engine": "aurora-postgresql", **after}).changes
    assert [change.prop for change in changes if change.replaces] == replaces


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({}, "FinalDBSnapshotIdentifier is required"),
        ({"SkipFinalSnapshot": True, "FinalDBSnapshotIdentifier": "x"}, "can not be specified"),
        ({"FinalDBSnapshotIdentifier": "ends-"}, "Invalid snapshot identifier"),
    ],
)
def test_a_deletion_is_refused(aws: World, members: dict[str, Any], words: str) -> None:
    name = create(aws)["DBClusterIdentifier"]
    with pytest.raises(ClientError, match=words):
        aws.client("rds").delete_db_cluster(DBClusterIdentifier=name, **members)
    assert described(aws, name)


def test_protection_holds_a_cluster(aws: World) -> None:
    name = create(aws, DeletionProtection=True)["DBClusterIdentifier"]
    with refused(COMBINATION, "disable deletion protection"):
        aws.client("rds").delete_db_cluster(DBClusterIdentifier=name, SkipFinalSnapshot=True)


def test_restores(aws: World) -> None:
    rds, source = (
        aws.client("rds"),
        create(aws, ManageMasterUserPassword=True, MasterUserPassword=None, DatabaseName="app"),
    )
    name = source["DBClusterIdentifier"]
    rds.modify_db_cluster(DBClusterIdentifier=name, DeletionProtection=True, ApplyImmediately=True)
    rds.create_db_cluster_snapshot(DBClusterSnapshotIdentifier="kept", DBClusterIdentifier=name)
    restored = rds.restore_db_cluster_from_snapshot(
        DBClusterIdentifier="from-snapshot", SnapshotIdentifier="kept", Engine="aurora-postgresql"
    )["DBCluster"]
    later = rds.restore_db_cluster_to_point_in_time(
        DBClusterIdentifier="from-time", SourceDBClusterIdentifier=name, UseLatestRestorableTime=True
    )["DBCluster"]
    for copy in (restored, later):
        assert (copy["DatabaseName"], copy["MasterUsername"]) == ("app", "app")
        assert copy["EngineVersion"] == source["EngineVersion"]
        assert copy["DeletionProtection"] is False
        assert copy["DbClusterResourceId"] != source["DbClusterResourceId"]
        assert "MasterUserSecret" not in copy
    with refused("DBClusterSnapshotNotFoundFault", "nothing"):
        rds.restore_db_cluster_from_snapshot(
            DBClusterIdentifier="x", SnapshotIdentifier="nothing", Engine="aurora-postgresql"
        )


def test_a_parameter_group_in_use_stays(aws: World) -> None:
    create(aws, EngineVersion="16.8", DBClusterParameterGroupName="cluster-pg")
    with refused("InvalidDBParameterGroupState", "still members"):
        aws.client("rds").delete_db_cluster_parameter_group(DBClusterParameterGroupName="cluster-pg")


def test_custom_endpoints(aws: World) -> None:
    rds, name = aws.client("rds"), create(aws)["DBClusterIdentifier"]
    one = member(aws, name)["DBInstanceIdentifier"]
    asked = {"DBClusterIdentifier": name, "EndpointType": "READER"}
    made = rds.create_db_cluster_endpoint(DBClusterEndpointIdentifier="reports", StaticMembers=[one], **asked)
    assert made["Endpoint"].startswith("reports.cluster-custom-")
    with refused("DBClusterEndpointAlreadyExistsFault", "already exists"):
        rds.create_db_cluster_endpoint(DBClusterEndpointIdentifier="reports", **asked)
    with refused("DBInstanceNotFound", "nobody"):
        rds.create_db_cluster_endpoint(DBClusterEndpointIdentifier="other", StaticMembers=["nobody"], **asked)
    for number in range(4):
        rds.create_db_cluster_endpoint(DBClusterEndpointIdentifier=f"more{number}", **asked)
    with refused("DBClusterEndpointQuotaExceededFault", "5 custom endpoints"):
        rds.create_db_cluster_endpoint(DBClusterEndpointIdentifier="sixth", **asked)
    rds.delete_db_instance(DBInstanceIdentifier=one)
    rds.delete_db_cluster(DBClusterIdentifier=name, SkipFinalSnapshot=True)
    assert rds.describe_db_cluster_endpoints(DBClusterIdentifier=name)["DBClusterEndpoints"] == []


def test_readers_are_scaled(aws: World) -> None:
    scaling, name = aws.client("application-autoscaling"), create(aws)["DBClusterIdentifier"]
    place = {
        "ServiceNamespace": "rds",
        "ResourceId": f"cluster:{name}",
        "ScalableDimension": "rds:cluster:ReadReplicaCount",
    }
    tracking = {
        "TargetValue": 60.0,
        "PredefinedMetricSpecification": {"PredefinedMetricType": "RDSReaderAverageCPUUtilization"},
    }
    policy = {
        "PolicyName": "cpu",
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": tracking,
    }
    with refused("ObjectNotFoundException", "No scalable target registered"):
        scaling.put_scaling_policy(**place, **policy)
    with refused("ValidationException", "does not exist"):
        scaling.register_scalable_target(
            **{**place, "ResourceId": "cluster:nobody"}, MinCapacity=1, MaxCapacity=2
        )
    with refused("ValidationException", "between 0 and 15"):
        scaling.register_scalable_target(**place, MinCapacity=1, MaxCapacity=16)
    scaling.register_scalable_target(**place, MinCapacity=1, MaxCapacity=3)
    scaling.put_scaling_policy(**place, **policy)
    scaling.deregister_scalable_target(**place)
    assert scaling.describe_scaling_policies(**place)["ScalingPolicies"] == []


def test_versions_of_aurora_are_described(aws: World) -> None:
    call = aws.client("rds").describe_db_engine_versions
    found = call(Engine="aurora-postgresql", EngineVersion="16")["DBEngineVersions"]
    assert {one["DBParameterGroupFamily"] for one in found} == {"aurora-postgresql16"}
    upgrades = {
        one["EngineVersion"] for one in found[0]["ValidUpgradeTarget"] if one["IsMajorVersionUpgrade"]
    }
    assert any(version.startswith("17.") for version in upgrades)


@pytest.mark.parametrize(
    ("token", "props", "path", "words"),
    [
        (CLUSTER, {"engineMode": "serverless"}, "engineMode", "gone from AWS"),
        (CLUSTER, {"engine": "neptune"}, "engine", "not served"),
        (CLUSTER, {"backupRetentionPeriod": 40}, "backupRetentionPeriod", "1 to 35"),
        (CLUSTER, {"clusterIdentifier": "Upper"}, "clusterIdentifier", "lower case"),
        (
            CLUSTER,
            {"serverlessv2ScalingConfiguration": {"minCapacity": 1, "maxCapacity": 300}},
            "serverlessv2ScalingConfiguration",
            "1 to 256",
        ),
        (MEMBER, {"instanceClass": "db.t4g.micro"}, "instanceClass", "too small"),
        (MEMBER, {"promotionTier": 99}, "promotionTier", "promotion tier"),
    ],
)
def test_the_preview_finds_it(aws: World, token: str, props: dict[str, Any], path: str, words: str) -> None:
    plain = plain_cluster(aws)
    if token == MEMBER:
        plain = {"clusterIdentifier": "x", "engine": "aurora-postgresql", "instanceClass": "db.r6g.large"}
    faults = aws.backend.check(token, "thing", {**plain, **props}, {}).faults
    assert any(where == path and words in message for where, message in faults), faults
