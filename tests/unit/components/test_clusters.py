"""What a user of a cluster can choose, and that it lands so; the twins that restore one; what is refused in preview."""

import json
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from tests.unit.components.cluster_programs import (
    AURORA,
    CLUSTER,
    GROUP,
    MEMBER,
    MULTI_AZ,
    MYSQL,
    cluster,
    deployed,
    member,
    parameters,
)

from dbstack import DatabaseCluster, DatabaseClusterFromPointInTime, DatabaseClusterFromSnapshot, SpecError
from dbstack.aws.cluster_guards import refuse_unsafe_cluster_update
from dbstack.sandbox.wire import UNKNOWN

LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
# An unencrypted source makes an unencrypted cluster, whatever is asked for: the difference would replace it.
ONCE = ("snapshotIdentifier", "restoreToPointInTime", "s3Import", "storageEncrypted", "kmsKeyId")


@pytest.mark.parametrize(
    ("choice", "protected", "final", "retained"),
    [
        ({"on_delete": "destroy"}, False, False, False),
        ({"on_delete": "retain"}, True, True, True),
        ({"deletion_protection": False}, False, True, False),
    ],
)
def test_deletion_words(choice: dict[str, Any], protected: bool, final: bool, retained: bool) -> None:
    with deployed({**AURORA, **choice}) as deployment:
        made = deployment.one(CLUSTER)
        assert bool(made.protect) is protected
        # What says that a cluster was deleted by hand.
        assert bool(deployment.of_type("pulumi:index:Stash")) is protected
        assert cluster(deployment)["DeletionProtection"] is protected
        assert ("finalSnapshotIdentifier" in made.inputs) is final
        assert made.inputs["skipFinalSnapshot"] is not final
        assert [bool(one.retain_on_delete) for one in (made, *deployment.of_type(MEMBER))] == [retained] * 3
        kept = {one.urn for one in deployment.resources if one.retain_on_delete}
        mine = [one for one in deployment.resources if one.type.startswith("aws:") and "Cluster$" in one.urn]
        assert len(mine) > 6
        stays = [one.urn in kept or one.deleted_with in kept for one in mine if one.type != LOG_GROUP]
        assert stays == [retained] * len(stays)


def test_log_groups_as_chosen() -> None:
    def monitored(_: Any) -> dict[str, Any]:
        policy = json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}],
            }
        )
        key = aws.kms.Key("logs", policy=policy)
        exports = ["error", "slowquery"]
        return {"monitoring": {"log_exports": exports, "log_retention_days": 30, "log_kms_key_id": key.arn}}

    with deployed({**MYSQL, "on_delete": "retain"}, before=monitored) as deployment:
        key = deployment.one("aws:kms/key:Key").outputs["arn"]
        found = deployment.client("logs").describe_log_groups(logGroupNamePrefix="/aws/rds/")["logGroups"]
        assert {group["logGroupName"]: (group["retentionInDays"], group["kmsKeyId"]) for group in found} == {
            "/aws/rds/cluster/shop-dev-orders/error": (30, key),
            "/aws/rds/cluster/shop-dev-orders/slowquery": (30, key),
        }
        # Kept with a cluster that is kept.
        mine = [one for one in deployment.of_type(LOG_GROUP) if one.name.startswith("orders-log-")]
        assert [one.inputs["skipDestroy"] for one in mine] == [True, True]
    with deployed({**MYSQL, "monitoring": {"log_exports": []}}) as deployment:
        assert not any(one.name.startswith("orders-log-") for one in deployment.of_type(LOG_GROUP))


def test_instances_override_the_cluster() -> None:
    settings = {
        **AURORA,
        "maintenance_window": "Sun:04:00-Sun:05:00",
        "serverless": {"max_acu": 8},
        "tags": {"Team": "orders"},
        "instances": {
            "steady": {"promotion_tier": 0},
            "burst": {
                "instance_class": "db.serverless",
                "promotion_tier": 15,
                "availability_zone": "us-east-1b",
                "maintenance_window": "mon:04:00-mon:05:00",
                "identifier": "orders-burst",
                "auto_minor_version_upgrade": False,
                "tags": {"For": "reports"},
            },
        },
    }
    with deployed(settings) as deployment:
        rds = deployment.client("rds")
        steady = member(deployment, "steady")
        burst = rds.describe_db_instances(DBInstanceIdentifier="orders-burst")["DBInstances"][0]
        assert (steady["DBInstanceClass"], burst["DBInstanceClass"]) == ("db.r6g.large", "db.serverless")
        assert (steady["PromotionTier"], burst["PromotionTier"]) == (0, 15)
        assert steady["PreferredMaintenanceWindow"] == "sun:04:00-sun:05:00"
        assert burst["PreferredMaintenanceWindow"] == "mon:04:00-mon:05:00"
        assert burst["AvailabilityZone"] == "us-east-1b"
        assert burst["AutoMinorVersionUpgrade"] is False
        tags = {tag["Key"]: tag["Value"] for tag in burst["TagList"]}
        assert tags == {"Name": "orders-burst", "Environment": "dev", "Team": "orders", "For": "reports"}
        capacity = cluster(deployment)["ServerlessV2ScalingConfiguration"]
        assert capacity == {"MinCapacity": 0.5, "MaxCapacity": 8.0}


def test_the_first_to_be_promoted_writes() -> None:
    instances = {"b": {"promotion_tier": 5}, "a": {"promotion_tier": 1}}
    with deployed({**AURORA, "instances": instances}) as deployment:
        writers = [
            one["DBInstanceIdentifier"]
            for one in cluster(deployment)["DBClusterMembers"]
            if one["IsClusterWriter"]
        ]
        assert writers == ["shop-dev-orders-a"]


def test_serverless_that_pauses() -> None:
    settings = {
        "engine": "aurora-postgresql",
        "engine_version": "17",
        "serverless": {"min_acu": 0, "max_acu": 2.5, "pause_after_seconds": 600},
        "data_api": True,
        "on_delete": "destroy",
    }
    with deployed(settings) as deployment:
        capacity = cluster(deployment)["ServerlessV2ScalingConfiguration"]
        assert capacity == {"MinCapacity": 0.0, "MaxCapacity": 2.5, "SecondsUntilAutoPause": 600}
        assert member(deployment, "one")["DBInstanceClass"] == "db.serverless"
        assert cluster(deployment)["HttpEndpointEnabled"] is True


def test_readers_scale_beside_the_described_ones() -> None:
    scaling = {"max_readers": 5, "connections": 200, "scale_in_cooldown_seconds": 600}
    with deployed({**AURORA, "reader_autoscaling": scaling}) as deployment:
        client = deployment.client("application-autoscaling")
        target = client.describe_scalable_targets(ServiceNamespace="rds")["ScalableTargets"][0]
        assert (target["ResourceId"], target["MinCapacity"], target["MaxCapacity"]) == (
            "cluster:shop-dev-orders",
            1,
            5,
        )
        policy = client.describe_scaling_policies(ServiceNamespace="rds")["ScalingPolicies"][0]
        tracking = policy["TargetTrackingScalingPolicyConfiguration"]
        metric = tracking["PredefinedMetricSpecification"]["PredefinedMetricType"]
        assert (metric, tracking["TargetValue"]) == ("RDSReaderAverageDatabaseConnections", 200)
        assert (tracking["ScaleInCooldown"], tracking["ScaleOutCooldown"]) == (600, 300)
        place = deployment.one("aws:appautoscaling/target:Target")
        assert len([urn for urn in place.dependencies if "ClusterInstance" in urn]) == 2
    with deployed({**AURORA, "reader_autoscaling": {"max_readers": 5, "min_readers": 2}}) as deployment:
        inputs = deployment.one("aws:appautoscaling/policy:Policy").inputs[
            "targetTrackingScalingPolicyConfiguration"
        ]
        assert (
            inputs["predefinedMetricSpecification"]["predefinedMetricType"]
            == "RDSReaderAverageCPUUtilization"
        )
        assert inputs["targetValue"] == 70
        assert deployment.one("aws:appautoscaling/target:Target").inputs["minCapacity"] == 2


def test_custom_endpoints() -> None:
    endpoints = {
        "reports": {"members": ["two"]},
        "all": {"type": "any", "excluded": ["one"], "identifier": "orders-everything"},
    }
    with deployed({**AURORA, "endpoints": endpoints}) as deployment:
        found = deployment.client("rds").describe_db_cluster_endpoints(DBClusterIdentifier="shop-dev-orders")
        by_name = {one["DBClusterEndpointIdentifier"]: one for one in found["DBClusterEndpoints"]}
        reports, everything = by_name["shop-dev-orders-reports"], by_name["orders-everything"]
        assert (reports["CustomEndpointType"], reports["StaticMembers"]) == (
            "READER",
            ["shop-dev-orders-two"],
        )
        assert (everything["CustomEndpointType"], everything["ExcludedMembers"]) == (
            "ANY",
            ["shop-dev-orders-one"],
        )
        assert deployment.outputs["endpoints"] == {
            "reports": reports["Endpoint"],
            "all": everything["Endpoint"],
        }


def test_aurora_mysql() -> None:
    settings = {**MYSQL, "backtrack_hours": 24, "storage": {"type": "aurora-iopt1"}}
    with deployed(settings) as deployment:
        found = cluster(deployment)
        assert (found["Engine"], found["EngineVersion"][:4]) == ("aurora-mysql", "8.0.")
        assert (found["Port"], found["BacktrackWindow"], found["StorageType"]) == (
            3306,
            86_400,
            "aurora-iopt1",
        )
        assert found["EnabledCloudwatchLogsExports"] == ["audit", "error", "slowquery"]
        assert {
            name: value
            for name, (value, _) in parameters(deployment, found["DBClusterParameterGroup"]).items()
        } == {
            "require_secure_transport": "ON",
            "server_audit_logging": "1",
            "server_audit_events": "CONNECT,QUERY_DCL,QUERY_DDL",
        }


def test_a_multi_az_cluster() -> None:
    defaults = {
        "Engine": "postgres",
        "DBClusterInstanceClass": "db.m6gd.large",
        "StorageType": "gp3",
        "AllocatedStorage": 100,
        "StorageEncrypted": True,
        "PubliclyAccessible": False,
        "AutoMinorVersionUpgrade": True,
        "IAMDatabaseAuthenticationEnabled": True,
        "DeletionProtection": True,
        "EnabledCloudwatchLogsExports": ["postgresql", "upgrade"],
        "DBClusterParameterGroup": "shop-dev-orders-postgres17",
    }
    with deployed(MULTI_AZ) as deployment:
        found = cluster(deployment)
        assert {name: found[name] for name in defaults} == defaults
        # RDS makes the instances.
        assert len(found["DBClusterMembers"]) == 3
        assert deployment.of_type(MEMBER) == []
        assert deployment.outputs["instances"] == {}
        # RDS tells the baseline of gp3, which nobody asked for.
        assert deployment.one(CLUSTER).ignore_changes == ("restoreToPointInTime", "s3Import", "iops")


def test_provisioned_operations_of_a_multi_az_cluster() -> None:
    settings = {**MULTI_AZ, "engine": "mysql", "engine_version": "8.4"}
    settings["storage"] = {"type": "io1", "allocated_gib": 200, "iops": 3000}
    with deployed(settings) as deployment:
        found = cluster(deployment)
        assert (found["Engine"], found["EngineVersion"][:4], found["Port"]) == ("mysql", "8.4.", 3306)
        assert len(found["DBClusterMembers"]) == 3
        assert (found["StorageType"], found["AllocatedStorage"], found["Iops"]) == ("io1", 200, 3000)
        assert deployment.one(CLUSTER).ignore_changes == ("restoreToPointInTime", "s3Import")


def test_a_generated_password_is_kept_in_the_standard_shape() -> None:
    with deployed({**AURORA, "password": {"source": "generated"}}) as deployment:
        arn = deployment.outputs["secret_arn"]
        held = json.loads(deployment.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"])
        assert len(held.pop("password")) == 30
        assert held == {
            "engine": "aurora-postgresql",
            "host": deployment.outputs["host"],
            "port": 5432,
            "dbname": "orders",
            "username": "dbadmin",
            "dbClusterIdentifier": "shop-dev-orders",
        }
        made = deployment.one(CLUSTER)
        assert "masterPassword" in made.secret_inputs
        assert "MasterUserSecret" not in cluster(deployment)


@pytest.mark.parametrize("how", ["value", "config"])
def test_a_given_password_is_secret_everywhere(how: str) -> None:
    given = "correct-horse-battery"
    password = {"value": given} if how == "value" else {"config": "shop:ordersPassword"}
    secrets = {"shop:ordersPassword": given} if how == "config" else {}
    with deployed({**AURORA, "password": password}, secret_config=secrets) as deployment:
        assert deployment.one(CLUSTER).inputs["masterPassword"] == given
        holders = [
            (item.name, key)
            for item in deployment.resources
            for key, value in {**item.inputs, **item.outputs}.items()
            if given in json.dumps(value) and key not in item.secret_inputs | item.secret_outputs
        ]
        assert holders == []


def test_a_password_that_rds_refuses_is_not_shown() -> None:
    refused = {"shop:ordersPassword": "x" * 42}
    with pytest.raises(SpecError, match="8 to 41") as caught:
        deployed({**AURORA, "password": {"config": "shop:ordersPassword"}}, secret_config=refused)
    assert "xxx" not in str(caught.value)


def test_own_parameters_stand_above_ours() -> None:
    own = {"rds.force_ssl": "0", "shared_buffers": "{DBInstanceClassMemory/32768}"}
    with deployed({**AURORA, "parameter_group": {"parameters": own}}) as deployment:
        found = parameters(deployment, "shop-dev-orders-aurora-postgresql17")
        assert found == {name: (value, "pending-reboot") for name, value in own.items()}


def test_extensions_of_a_cluster_are_preloaded_too() -> None:
    group = {"pgaudit": ["ddl"]}
    with deployed({**AURORA, "parameter_group": group, "extensions": ["citext", "pg_cron"]}) as deployment:
        found = parameters(deployment, "shop-dev-orders-aurora-postgresql17")
        loaded = ("pg_stat_statements,pgaudit,pg_cron", "pending-reboot")
        assert found["shared_preload_libraries"] == loaded
        assert found["cron.database_name"] == (cluster(deployment)["DatabaseName"], "pending-reboot")
    with pytest.raises(SpecError, match=r"extensions: only PostgreSQL has extensions, aurora-mysql"):
        deployed({**AURORA, "engine": "aurora-mysql", "engine_version": "8.0", "extensions": ["citext"]})


@pytest.mark.parametrize(("choice", "group"), [({"engine_default": True}, "default.aurora-postgresql17")])
def test_the_engines_own_parameters(choice: dict[str, Any], group: str) -> None:
    with deployed({**AURORA, "parameter_group": choice}) as deployment:
        assert cluster(deployment)["DBClusterParameterGroup"] == group
        assert deployment.of_type(GROUP) == []
        # Said, or a group that was made before would stay in use while it is deleted.
        assert deployment.one(CLUSTER).inputs["dbClusterParameterGroupName"] == group


def test_monitoring() -> None:
    role = "arn:aws:iam::123456789012:role/monitoring"
    monitoring = {
        "log_exports": [],
        "monitoring_role_arn": role,
        "performance_insights_retention_days": 31,
    }
    with deployed({**AURORA, "monitoring": monitoring}) as deployment:
        assert cluster(deployment).get("EnabledCloudwatchLogsExports", []) == []
        assert cluster(deployment)["PerformanceInsightsRetentionPeriod"] == 31
        one = member(deployment, "one")
        assert (one["MonitoringInterval"], one["MonitoringRoleArn"]) == (60, role)
    with deployed({**MULTI_AZ, "monitoring": {**monitoring, "performance_insights": True}}) as deployment:
        assert cluster(deployment)["MonitoringInterval"] == 60


@pytest.mark.parametrize("settings", [AURORA, MULTI_AZ], ids=["aurora", "multi-az"])
def test_a_role_that_is_yet_to_be_made_is_not_missing_in_a_preview(settings: dict[str, Any]) -> None:
    with deployed(settings, preview=True) as deployment:
        watched = deployment.of_type(MEMBER) or [deployment.one(CLUSTER)]
        assert [one.inputs["monitoringInterval"] for one in watched] == [60] * len(watched)
        assert [one.inputs["monitoringRoleArn"] for one in watched] == [UNKNOWN] * len(watched)
    role = {"monitoring_interval": 60, "monitoring_role_arn": None}
    token = "cluster_instance" if settings is AURORA else "cluster"
    with pytest.raises(AssertionError, match="MonitoringRoleARN value is required"):
        deployed(settings, preview=True, transform={token: lambda given, _: given.update(role)})


def source(placement: dict[str, Any]) -> DatabaseCluster:
    return DatabaseCluster(
        "source", {"network": placement, **AURORA, "database_name": "shop", "username": "owner"}
    )


def from_snapshot(placement: dict[str, Any]) -> dict[str, Any]:
    import pulumi_aws as aws

    taken = aws.rds.ClusterSnapshot(
        "taken",
        db_cluster_identifier=source(placement).identifier,
        db_cluster_snapshot_identifier="taken",
    )
    return {"snapshot_identifier": taken.db_cluster_snapshot_identifier}


def test_from_a_snapshot() -> None:
    settings = {key: value for key, value in AURORA.items() if key != "instances"}
    with deployed(settings, DatabaseClusterFromSnapshot, before=from_snapshot) as deployment:
        found = cluster(deployment)
        assert (found["DatabaseName"], found["MasterUsername"]) == ("shop", "owner")
        assert found["DeletionProtection"] is True
        assert found["IAMDatabaseAuthenticationEnabled"] is True
        assert found["BackupRetentionPeriod"] == 7
        assert found["MasterUserSecret"]["SecretArn"] == deployment.outputs["secret_arn"]
        assert found["DBClusterParameterGroup"] == "shop-dev-orders-aurora-postgresql17"
        assert member(deployment, "one")["DBInstanceClass"] == "db.r6g.large"
        made = deployment.one(CLUSTER, "orders")
        # Another snapshot later, or none, would replace the cluster.
        assert made.ignore_changes == ONCE
        assert not {"databaseName", "masterUsername"} & made.inputs.keys()
        assert (deployment.outputs["database"], deployment.outputs["username"]) == ("shop", "owner")


def test_to_a_point_in_time() -> None:
    def before(placement: dict[str, Any]) -> dict[str, Any]:
        return {"source_cluster_identifier": source(placement).identifier, "restore_type": "copy-on-write"}

    settings = {**AURORA, "password": {"source": "generated"}}
    with deployed(settings, DatabaseClusterFromPointInTime, before=before) as deployment:
        assert cluster(deployment)["DatabaseName"] == "shop"
        made = deployment.one(CLUSTER, "orders")
        assert made.inputs["restoreToPointInTime"] == {
            "sourceClusterIdentifier": "shop-dev-source",
            "restoreType": "copy-on-write",
            "useLatestRestorableTime": True,
        }
        assert made.ignore_changes == ONCE
        arn = deployment.outputs["secret_arn"]
        held = json.loads(deployment.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"])
        assert (held["username"], held["dbname"]) == ("owner", "shop")


@pytest.mark.parametrize("component", [DatabaseClusterFromSnapshot, DatabaseClusterFromPointInTime])
def test_a_restore_takes_no_user_and_no_database(component: Any) -> None:
    origin = (
        {"snapshot_identifier": "x"}
        if component is DatabaseClusterFromSnapshot
        else {"source_cluster_identifier": "x"}
    )
    with pytest.raises(SpecError) as caught:
        deployed({**AURORA, **origin, "username": "owner", "database_name": "shop"}, component)
    assert {fault.path for fault in caught.value.faults} == {"username", "database_name"}


def test_a_transform_reaches_each_role() -> None:
    seen: list[str] = []

    def note(role: str) -> Any:
        return lambda properties, options: seen.append(role)

    roles = ("cluster", "cluster_instance", "cluster_parameter_group", "autoscaling_target", "subnet_group")
    settings = {**AURORA, "reader_autoscaling": {"max_readers": 2}}
    with deployed(settings, transform={role: note(role) for role in roles}):
        assert set(seen) == set(roles)


def refusal(old: dict[str, Any], new: dict[str, Any], outputs: dict[str, Any] | None = None) -> str:
    args = pulumi.ResourceHookArgs(
        urn="urn", id="id", name="orders", type=CLUSTER, new_inputs=new, old_inputs=old, new_outputs=None,
        old_outputs=outputs or {},
    )  # fmt: skip
    try:
        refuse_unsafe_cluster_update(args)
    except ValueError as error:
        return str(error)
    return ""


PG = {"engine": "aurora-postgresql", "engineVersion": "16.8"}
CONSENT = {"allowMajorVersionUpgrade": True, "applyImmediately": True}
VOLUME = {"engine": "postgres"}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (PG, {**PG, "engineVersion": "15"}, "RDS can't downgrade"),
        (PG, {**PG, "engineVersion": "16.4"}, "RDS can't downgrade"),
        (PG, {**PG, "engineVersion": "17"}, "allowMajorVersionUpgrade: true"),
        (PG, {**PG, "engineVersion": "17", "allowMajorVersionUpgrade": True}, ""),
        (PG, {**PG, "engineVersion": "16"}, ""),
        (
            {"engine": "postgres", "allocatedStorage": 200},
            {"engine": "postgres", "allocatedStorage": 100},
            "can't shrink",
        ),
        (
            {**PG, "engineVersion": "16.6", "dbClusterParameterGroupName": "theirs"},
            {**PG, "engineVersion": "17.4", "dbClusterParameterGroupName": "theirs", **CONSENT},
            "parameterGroup: theirs: made for aurora-postgresql 16.6",
        ),
        (
            {**PG, "engineVersion": "16.6", "dbClusterParameterGroupName": "theirs"},
            {**PG, "engineVersion": "17.4", "dbClusterParameterGroupName": "newer", **CONSENT},
            "",
        ),
        ({"engine": "postgres", "port": 5432}, {"engine": "postgres", "port": 6000}, "can't change the port"),
        ({**PG, "port": 5432}, {**PG, "port": 6000}, ""),
        (
            {"engine": "aurora-mysql"},
            {"engine": "aurora-mysql", "backtrackWindow": 3600},
            "switch backtrack on",
        ),
        (
            {**PG, "manageMasterUserPassword": True, "masterUserSecretKmsKeyId": "arn:a/one"},
            {**PG, "manageMasterUserPassword": True, "masterUserSecretKmsKeyId": "arn:a/two"},
            "can't change the key",
        ),
    ],
)
def test_an_unsafe_change_is_refused(old: dict[str, Any], new: dict[str, Any], words: str) -> None:
    assert words in refusal(old, new) if words else refusal(old, new) == ""
