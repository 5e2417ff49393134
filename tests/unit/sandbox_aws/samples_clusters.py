"""Samples of DB clusters, their parts, and Application Auto Scaling: see `samples`."""

from collections.abc import Mapping
from typing import Any

from tests.unit.sandbox_aws.sample import ROLE, Sample, TypeSamples, rds_tags

_TRACKING = {
    "targetValue": 70,
    "predefinedMetricSpecification": {"predefinedMetricType": "RDSReaderAverageCPUUtilization"},
}
_PLACE = {
    "serviceNamespace": "rds",
    "resourceId": "cluster:aurora",
    "scalableDimension": "rds:cluster:ReadReplicaCount",
}
_MULTI_AZ = {
    "engine": "postgres",
    "engineVersion": "17.5",
    "dbClusterInstanceClass": "db.m6gd.large",
    "storageType": "io1",
    "allocatedStorage": 100,
    "iops": 1000,
}


def cluster(aws: Any) -> dict[str, Any]:
    """A plain Aurora cluster."""
    return {
        "clusterIdentifier": aws.unique("cluster"),
        "engine": "aurora-postgresql",
        "engineVersion": "16.8",
        "masterUsername": "app",
        "masterPassword": "first-password",
        "skipFinalSnapshot": True,
        "dbSubnetGroupName": aws.ids["group"],
        "preferredBackupWindow": "01:00-02:00",
        "preferredMaintenanceWindow": "mon:05:00-mon:06:00",
    }


def _described_cluster(aws: Any, found: str) -> Any:
    return aws.client("rds").describe_db_clusters(DBClusterIdentifier=found)["DBClusters"][0]


def _cluster(ids: Mapping[str, Any]) -> dict[str, Sample]:
    insights = {"performanceInsightsEnabled": True}
    return {
        "clusterIdentifier": Sample("renamed-cluster", "DBClusterIdentifier"),
        "engine": Sample("aurora-mysql", "Engine", beside={"engineVersion": "8.0.mysql_aurora.3.08.0"}),
        "engineVersion": Sample("16.9", "EngineVersion"),
        "engineLifecycleSupport": Sample(
            "open-source-rds-extended-support-disabled", "EngineLifecycleSupport"
        ),
        "databaseName": Sample("app", "DatabaseName"),
        "masterUsername": Sample("other", "MasterUsername"),
        "manageMasterUserPassword": Sample(
            True, "MasterUserSecret.SecretStatus", "active", instead=("masterPassword",)
        ),
        "masterUserSecretKmsKeyId": Sample(
            ids["key"],
            "MasterUserSecret.KmsKeyId",
            beside={"manageMasterUserPassword": True},
            instead=("masterPassword",),
            create_only="RDS takes it only together with switching the managed password on",
        ),
        "allocatedStorage": Sample(200, "AllocatedStorage", beside=_MULTI_AZ),
        "storageType": Sample("aurora-iopt1", "StorageType"),
        "iops": Sample(2000, "Iops", beside=_MULTI_AZ),
        "storageEncrypted": Sample(True, "StorageEncrypted"),
        "kmsKeyId": Sample(ids["key"], "KmsKeyId", beside={"storageEncrypted": True}),
        "backtrackWindow": Sample(
            3600,
            "BacktrackWindow",
            beside={"engine": "aurora-mysql", "engineVersion": "8.0.mysql_aurora.3.08.0"},
        ),
        "backupRetentionPeriod": Sample(9, "BackupRetentionPeriod"),
        "preferredBackupWindow": Sample("03:00-04:00", "PreferredBackupWindow"),
        "preferredMaintenanceWindow": Sample("sun:04:00-sun:05:00", "PreferredMaintenanceWindow"),
        "availabilityZones": Sample(["us-east-1b", "us-east-1c", "us-east-1d"], "AvailabilityZones"),
        "dbSubnetGroupName": Sample(ids["group2"], "DBSubnetGroup"),
        "dbClusterInstanceClass": Sample("db.m6gd.xlarge", "DBClusterInstanceClass", beside=_MULTI_AZ),
        "dbClusterParameterGroupName": Sample(ids["cluster pg"], "DBClusterParameterGroup"),
        "vpcSecurityGroupIds": Sample([ids["sg"], ids["sg2"]], "VpcSecurityGroups.*.VpcSecurityGroupId"),
        "port": Sample(6000, "Port"),
        "networkType": Sample("DUAL", "NetworkType"),
        "publiclyAccessible": Sample(
            True, "PubliclyAccessible", beside=_MULTI_AZ, create_only="RDS takes it when a cluster is made"
        ),
        "copyTagsToSnapshot": Sample(True, "CopyTagsToSnapshot"),
        "deletionProtection": Sample(True, "DeletionProtection"),
        "autoMinorVersionUpgrade": Sample(False, "AutoMinorVersionUpgrade"),
        "caCertificateIdentifier": Sample("rds-ca-ecc384-g1", "CertificateDetails.CAIdentifier"),
        "iamDatabaseAuthenticationEnabled": Sample(True, "IAMDatabaseAuthenticationEnabled"),
        "enabledCloudwatchLogsExports": Sample(["instance", "postgresql"], "EnabledCloudwatchLogsExports"),
        "monitoringInterval": Sample(
            30, "MonitoringInterval", beside={"monitoringRoleArn": ROLE}, together=True
        ),
        "monitoringRoleArn": Sample(
            ROLE, "MonitoringRoleArn", beside={"monitoringInterval": 60}, together=True
        ),
        "performanceInsightsEnabled": Sample(True, "PerformanceInsightsEnabled"),
        "performanceInsightsKmsKeyId": Sample(ids["key2"], "PerformanceInsightsKMSKeyId", beside=insights),
        "performanceInsightsRetentionPeriod": Sample(
            731, "PerformanceInsightsRetentionPeriod", beside=insights
        ),
        "databaseInsightsMode": Sample(
            "advanced", "DatabaseInsightsMode", beside={**insights, "performanceInsightsRetentionPeriod": 465}
        ),
        "clusterScalabilityType": Sample("limitless", "ClusterScalabilityType"),
        "enableHttpEndpoint": Sample(True, "HttpEndpointEnabled"),
        "enableGlobalWriteForwarding": Sample(True, "GlobalWriteForwardingRequested"),
        "globalClusterIdentifier": Sample(
            ids["world"],
            "GlobalClusterIdentifier",
            create_only="a cluster that is there can't join a global cluster",
        ),
        "enableLocalWriteForwarding": Sample(True, "LocalWriteForwardingStatus", "enabled"),
        "serverlessv2ScalingConfiguration": Sample(
            {"minCapacity": 0.5, "maxCapacity": 8},
            "ServerlessV2ScalingConfiguration",
            {"MinCapacity": 0.5, "MaxCapacity": 8.0},
        ),
        **rds_tags("DBClusterArn"),
    }


def _instance(ids: Mapping[str, Any]) -> dict[str, Sample]:
    insights = {"performanceInsightsEnabled": True}
    return {
        "identifier": Sample("renamed-member", "DBInstanceIdentifier"),
        "clusterIdentifier": Sample("aurora2", "DBClusterIdentifier"),
        "engine": Sample("aurora-mysql", "Engine", beside={"clusterIdentifier": "aurora-my"}),
        "instanceClass": Sample("db.r6g.xlarge", "DBInstanceClass"),
        "promotionTier": Sample(5, "PromotionTier"),
        "availabilityZone": Sample("us-east-1b", "AvailabilityZone"),
        "dbSubnetGroupName": Sample(ids["group2"], "DBSubnetGroup.DBSubnetGroupName"),
        "dbParameterGroupName": Sample(ids["pg"], "DBParameterGroups.0.DBParameterGroupName"),
        "publiclyAccessible": Sample(True, "PubliclyAccessible"),
        "autoMinorVersionUpgrade": Sample(False, "AutoMinorVersionUpgrade"),
        "caCertIdentifier": Sample("rds-ca-ecc384-g1", "CACertificateIdentifier"),
        "copyTagsToSnapshot": Sample(True, "CopyTagsToSnapshot"),
        "customIamInstanceProfile": Sample("AWSRDSCustomProfile", "CustomIamInstanceProfile"),
        "monitoringInterval": Sample(
            30, "MonitoringInterval", beside={"monitoringRoleArn": ROLE}, together=True
        ),
        "monitoringRoleArn": Sample(
            ROLE, "MonitoringRoleArn", beside={"monitoringInterval": 60}, together=True
        ),
        "performanceInsightsEnabled": Sample(True, "PerformanceInsightsEnabled"),
        "performanceInsightsKmsKeyId": Sample(ids["key2"], "PerformanceInsightsKMSKeyId", beside=insights),
        "performanceInsightsRetentionPeriod": Sample(
            731, "PerformanceInsightsRetentionPeriod", beside=insights
        ),
        "preferredMaintenanceWindow": Sample("sun:04:00-sun:05:00", "PreferredMaintenanceWindow"),
        **rds_tags("DBInstanceArn"),
    }


def _parameter(aws: Any, group: str) -> list[dict[str, str]]:
    found = aws.client("rds").describe_db_cluster_parameters(DBClusterParameterGroupName=group, Source="user")
    return [
        {key: item[key] for key in ("ParameterName", "ParameterValue", "ApplyMethod")}
        for item in found["Parameters"]
    ]


def _endpoint(aws: Any, found: str) -> Any:
    described = aws.client("rds").describe_db_cluster_endpoints(DBClusterEndpointIdentifier=found)
    return described["DBClusterEndpoints"][0]


def _target(aws: Any, found: str) -> Any:
    call = aws.client("application-autoscaling").describe_scalable_targets
    pages = (call(ServiceNamespace=name, ResourceIds=[found]) for name in ("rds", "dynamodb"))
    return next(target for page in pages for target in page["ScalableTargets"])


def _policy(aws: Any, found: str) -> Any:
    call = aws.client("application-autoscaling").describe_scaling_policies
    pages = (call(ServiceNamespace=name) for name in ("rds", "dynamodb"))
    return next(one for page in pages for one in page["ScalingPolicies"] if one["PolicyName"] == found)


def _target_tags(aws: Any, _id: str, found: Any) -> Any:
    client = aws.client("application-autoscaling")
    return client.list_tags_for_resource(ResourceARN=found["ScalableTargetARN"])["Tags"]


def _snapshot(aws: Any, found: str) -> Any:
    described = aws.client("rds").describe_db_cluster_snapshots(DBClusterSnapshotIdentifier=found)
    return described["DBClusterSnapshots"][0]


def _shared(aws: Any, name: str, _found: Any) -> Any:
    call = aws.client("rds").describe_db_cluster_snapshot_attributes
    attributes = call(DBClusterSnapshotIdentifier=name)["DBClusterSnapshotAttributesResult"]
    return attributes["DBClusterSnapshotAttributes"][0]["AttributeValues"]


CLUSTER_SAMPLES: dict[str, TypeSamples] = {
    "aws:rds/cluster:Cluster": TypeSamples(cluster, _described_cluster, _cluster),
    "aws:rds/clusterInstance:ClusterInstance": TypeSamples(
        lambda aws: {
            "identifier": aws.unique("member"),
            "clusterIdentifier": "aurora",
            "engine": "aurora-postgresql",
            "instanceClass": "db.r6g.large",
            "availabilityZone": "us-east-1a",
            "preferredMaintenanceWindow": "mon:05:00-mon:06:00",
        },
        lambda aws, found: aws.client("rds").describe_db_instances(DBInstanceIdentifier=found)["DBInstances"][
            0
        ],
        _instance,
    ),
    "aws:rds/clusterParameterGroup:ClusterParameterGroup": TypeSamples(
        lambda aws: {"name": aws.unique("cpg"), "family": "aurora-postgresql16"},
        lambda aws, found: aws.client("rds").describe_db_cluster_parameter_groups(
            DBClusterParameterGroupName=found
        )["DBClusterParameterGroups"][0],
        lambda ids: {
            "name": Sample("named-cpg", "DBClusterParameterGroupName"),
            "family": Sample("aurora-mysql8.0", "DBParameterGroupFamily"),
            "description": Sample("why", "Description"),
            "parameters": Sample(
                [{"name": "rds.force_ssl", "value": "1", "applyMethod": "pending-reboot"}],
                shown=[
                    {"ParameterName": "rds.force_ssl", "ParameterValue": "1", "ApplyMethod": "pending-reboot"}
                ],
                look=lambda aws, found, _described: _parameter(aws, found),
            ),
            **rds_tags("DBClusterParameterGroupArn"),
        },
    ),
    "aws:rds/clusterEndpoint:ClusterEndpoint": TypeSamples(
        lambda aws: {
            "clusterEndpointIdentifier": aws.unique("endpoint"),
            "clusterIdentifier": "aurora",
            "customEndpointType": "READER",
        },
        _endpoint,
        lambda ids: {
            "clusterEndpointIdentifier": Sample("named-endpoint", "DBClusterEndpointIdentifier"),
            "clusterIdentifier": Sample("aurora2", "DBClusterIdentifier"),
            "customEndpointType": Sample("ANY", "CustomEndpointType"),
            "staticMembers": Sample(["aurora-one"], "StaticMembers"),
            "excludedMembers": Sample(["aurora-one"], "ExcludedMembers"),
            **rds_tags("DBClusterEndpointArn"),
        },
    ),
    "aws:rds/clusterSnapshot:ClusterSnapshot": TypeSamples(
        lambda aws: {
            "dbClusterIdentifier": "aurora",
            "dbClusterSnapshotIdentifier": aws.unique("cluster-snapshot"),
        },
        _snapshot,
        lambda ids: {
            "dbClusterIdentifier": Sample("aurora2", "DBClusterIdentifier"),
            "dbClusterSnapshotIdentifier": Sample("named-snapshot", "DBClusterSnapshotIdentifier"),
            "sharedAccounts": Sample(["123456789013"], look=_shared),
            **rds_tags("DBClusterSnapshotArn"),
        },
    ),
    "aws:appautoscaling/target:Target": TypeSamples(
        lambda aws: {**_PLACE, "minCapacity": 1, "maxCapacity": 3},
        _target,
        lambda ids: {
            "serviceNamespace": Sample(
                "dynamodb",
                "ServiceNamespace",
                beside={"resourceId": "table/t", "scalableDimension": "dynamodb:table:ReadCapacityUnits"},
            ),
            "resourceId": Sample("cluster:aurora2", "ResourceId"),
            "scalableDimension": Sample(
                "dynamodb:table:ReadCapacityUnits",
                "ScalableDimension",
                beside={"resourceId": "table/t", "serviceNamespace": "dynamodb"},
            ),
            "minCapacity": Sample(2, "MinCapacity"),
            "maxCapacity": Sample(5, "MaxCapacity"),
            "roleArn": Sample(ROLE, "RoleARN", create_only="moto keeps the first role of a target"),
            "suspendedState": Sample(
                {"dynamicScalingInSuspended": True},
                "SuspendedState",
                {
                    "DynamicScalingInSuspended": True,
                    "DynamicScalingOutSuspended": False,
                    "ScheduledScalingSuspended": False,
                },
            ),
            "tags": Sample({"Name": "x", "with.dot": "y"}, look=_target_tags),
        },
    ),
    "aws:appautoscaling/policy:Policy": TypeSamples(
        lambda aws: {
            **_PLACE,
            "resourceId": "cluster:scaled",
            "name": aws.unique("policy"),
            "policyType": "TargetTrackingScaling",
            "targetTrackingScalingPolicyConfiguration": _TRACKING,
        },
        _policy,
        lambda ids: {
            "name": Sample("named-policy", "PolicyName"),
            "policyType": Sample(
                "StepScaling",
                "PolicyType",
                beside={
                    "stepScalingPolicyConfiguration": {
                        "adjustmentType": "ChangeInCapacity",
                        "cooldown": 60,
                        "stepAdjustments": [{"metricIntervalLowerBound": 0, "scalingAdjustment": 1}],
                    }
                },
                instead=("targetTrackingScalingPolicyConfiguration",),
                together=True,
            ),
            "resourceId": Sample("cluster:scaled2", "ResourceId"),
            "serviceNamespace": Sample(
                "dynamodb",
                "ServiceNamespace",
                beside={
                    "resourceId": "table/scaled",
                    "scalableDimension": "dynamodb:table:ReadCapacityUnits",
                },
            ),
            "scalableDimension": Sample(
                "dynamodb:table:ReadCapacityUnits",
                "ScalableDimension",
                beside={"resourceId": "table/scaled", "serviceNamespace": "dynamodb"},
            ),
            "stepScalingPolicyConfiguration": Sample(
                {
                    "adjustmentType": "ChangeInCapacity",
                    "cooldown": 60,
                    "stepAdjustments": [{"metricIntervalLowerBound": 0, "scalingAdjustment": 1}],
                },
                "StepScalingPolicyConfiguration.Cooldown",
                60,
                beside={"policyType": "StepScaling"},
                instead=("targetTrackingScalingPolicyConfiguration",),
                together=True,
            ),
            "targetTrackingScalingPolicyConfiguration": Sample(
                {**_TRACKING, "targetValue": 55.5, "scaleInCooldown": 120},
                "TargetTrackingScalingPolicyConfiguration.TargetValue",
                55.5,
            ),
        },
    ),
}
