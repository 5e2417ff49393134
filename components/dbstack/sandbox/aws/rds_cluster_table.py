"""The properties of DB clusters."""

from dbstack.sandbox.aws.model import REGION, TAGS, Naming, Prop, Props, ResourceType
from dbstack.sandbox.aws.rds_cluster import RESTORE, Cluster
from dbstack.sandbox.aws.rds_s3_import import s3_import_prop

NOT_KEPT = "decides how a change or a deletion is made; AWS keeps no such value"
_NO_DOMAIN = "the sandbox has no directory service"
_NO_COPY = "the sandbox does not simulate clusters that replicate another one"
_V1 = "Serverless v1 and the other old engine modes are gone from AWS: use provisioned, with or without Serverless v2"
_NO_ROLES = "the sandbox does not simulate roles of a cluster"


def same_lower(old: object, new: object, _state: Props) -> bool:
    return str(old).lower() == str(new).lower()


def same_version(old: object, new: object, state: Props) -> bool:
    """ "16" asks for no change of a "16.4": the version that AWS runs decides."""
    actual = str(state.get("engineVersionActual") or old)
    return actual == new or actual.startswith(f"{new}.")


CLUSTER = ResourceType(
    token="aws:rds/cluster:Cluster",
    service="rds",
    noun="RDS Cluster",
    handler=Cluster(),
    naming=Naming("clusterIdentifier", max_length=63, lower=True, blocked_by=("clusterIdentifierPrefix",)),
    props={
        "clusterIdentifier": Prop(
            computed=True,
            replaces=True,
            api="DBClusterIdentifier",
            same=same_lower,
            conflicts=("clusterIdentifierPrefix",),
        ),
        "clusterIdentifierPrefix": Prop(
            computed=True, replaces=True, overlay="only the identifier made from it reaches AWS"
        ),
        "engine": Prop(required=True, replaces=True),
        "engineMode": Prop(
            default="provisioned",
            replaces=True,
            refused=_V1,
            refused_when=lambda value: value not in ("provisioned", ""),
            overlay="only `provisioned` is served, which asks AWS for nothing",
        ),
        "engineVersion": Prop(computed=True, same=same_version),
        "engineLifecycleSupport": Prop(computed=True),
        "databaseName": Prop(computed=True, replaces=True),
        "masterUsername": Prop(computed=True, replaces=True),
        "masterPassword": Prop(
            secret=True,
            api="MasterUserPassword",
            overlay="AWS never returns a password",
            conflicts=("manageMasterUserPassword", "masterPasswordWo"),
        ),
        "masterPasswordWo": Prop(
            secret=True, overlay="AWS never returns a password", conflicts=("manageMasterUserPassword",)
        ),
        "masterPasswordWoVersion": Prop(
            "int", overlay="counts the password given last; AWS keeps no such value"
        ),
        "manageMasterUserPassword": Prop("bool"),
        "masterUserSecretKmsKeyId": Prop(computed=True),
        "allocatedStorage": Prop("int", computed=True),
        "storageType": Prop(
            computed=True, replaces_if=lambda state: not str(state.get("engine")).startswith("aurora")
        ),
        "iops": Prop("int"),
        "storageEncrypted": Prop("bool", computed=True, replaces=True),
        "kmsKeyId": Prop(computed=True, replaces=True),
        "backtrackWindow": Prop("int"),
        "backupRetentionPeriod": Prop("int", computed=True),
        "preferredBackupWindow": Prop(computed=True),
        "preferredMaintenanceWindow": Prop(computed=True, same=same_lower),
        "availabilityZones": Prop("set", computed=True, replaces=True),
        "dbSubnetGroupName": Prop(
            computed=True, replaces=True, api="DBSubnetGroupName", read="DBSubnetGroup"
        ),
        "dbClusterInstanceClass": Prop(api="DBClusterInstanceClass"),
        "dbClusterParameterGroupName": Prop(
            computed=True, api="DBClusterParameterGroupName", read="DBClusterParameterGroup"
        ),
        "dbInstanceParameterGroupName": Prop(overlay="belongs to one major upgrade; AWS keeps no such value"),
        "dbSystemId": Prop(computed=True, refused="the sandbox has no RDS Custom"),
        "vpcSecurityGroupIds": Prop("set", computed=True, read="VpcSecurityGroups.*.VpcSecurityGroupId"),
        "port": Prop("int", computed=True),
        "networkType": Prop(computed=True),
        "publiclyAccessible": Prop("bool", computed=True),
        "copyTagsToSnapshot": Prop("bool", default=False),
        "deletionProtection": Prop("bool"),
        "autoMinorVersionUpgrade": Prop("bool", computed=True),
        "allowMajorVersionUpgrade": Prop("bool", overlay=NOT_KEPT),
        "applyImmediately": Prop("bool", computed=True, overlay=NOT_KEPT),
        "skipFinalSnapshot": Prop("bool", default=False, overlay=NOT_KEPT, import_default=True),
        "finalSnapshotIdentifier": Prop(overlay=NOT_KEPT),
        "deleteAutomatedBackups": Prop("bool", default=True, overlay=NOT_KEPT, import_default=True),
        "caCertificateIdentifier": Prop(
            computed=True, api="CACertificateIdentifier", read="CertificateDetails.CAIdentifier"
        ),
        "iamDatabaseAuthenticationEnabled": Prop(
            "bool", api="EnableIAMDatabaseAuthentication", read="IAMDatabaseAuthenticationEnabled"
        ),
        "enabledCloudwatchLogsExports": Prop(
            "set", api="EnableCloudwatchLogsExports", read="EnabledCloudwatchLogsExports"
        ),
        "monitoringInterval": Prop("int", computed=True),
        "monitoringRoleArn": Prop(computed=True),
        "performanceInsightsEnabled": Prop(
            "bool", api="EnablePerformanceInsights", read="PerformanceInsightsEnabled"
        ),
        "performanceInsightsKmsKeyId": Prop(computed=True, api="PerformanceInsightsKMSKeyId"),
        "performanceInsightsRetentionPeriod": Prop("int", computed=True),
        "databaseInsightsMode": Prop(computed=True),
        "clusterScalabilityType": Prop(computed=True, replaces=True),
        "enableHttpEndpoint": Prop("bool", default=False, read="HttpEndpointEnabled"),
        "enableLocalWriteForwarding": Prop("bool", default=False),
        "enableGlobalWriteForwarding": Prop("bool", default=False, read="GlobalWriteForwardingRequested"),
        "globalClusterIdentifier": Prop(same=same_lower),
        "replicationSourceIdentifier": Prop(refused=_NO_COPY),
        "sourceRegion": Prop(
            replaces=True, overlay="names the region that a request is signed for; AWS keeps no such value"
        ),
        "serverlessv2ScalingConfiguration": Prop(
            "object",
            api="ServerlessV2ScalingConfiguration",
            fields={
                "minCapacity": Prop("number", required=True),
                "maxCapacity": Prop("number", required=True),
                "secondsUntilAutoPause": Prop("int", computed=True),
            },
        ),
        "scalingConfiguration": Prop("object", refused=_V1),
        "snapshotIdentifier": Prop(
            computed=True,
            replaces=True,
            overlay="AWS does not say what a cluster was restored from",
            conflicts=("restoreToPointInTime",),
        ),
        "restoreToPointInTime": Prop(
            "object",
            replaces=True,
            overlay="AWS does not say what a cluster was restored from",
            fields={name: Prop("bool" if name.startswith("use") else "string") for name in RESTORE},
        ),
        "s3Import": s3_import_prop("cluster"),
        "clusterMembers": Prop(
            "set", computed=True, refused="the list follows from the instances that are made in the cluster"
        ),
        "domain": Prop(refused=_NO_DOMAIN),
        "domainIamRoleName": Prop(refused=_NO_DOMAIN),
        "iamRoles": Prop("set", computed=True, refused=_NO_ROLES),
        "warningEventCategories": Prop("set", refused="the sandbox has no RDS events to warn of"),
        **TAGS,
        **REGION,
        "arn": Prop(output=True, read="DBClusterArn"),
        "caCertificateValidTill": Prop(output=True, read="CertificateDetails.ValidTill"),
        "clusterResourceId": Prop(output=True, read="DbClusterResourceId"),
        "endpoint": Prop(output=True),
        "engineVersionActual": Prop(output=True, read="EngineVersion"),
        "hostedZoneId": Prop(output=True),
        "masterUserSecrets": Prop("objects", output=True, read="MasterUserSecrets"),
        "readerEndpoint": Prop(output=True),
        "upgradeRolloutOrder": Prop(output=True),
    },
    derived={
        "engineVersion": ("engineVersionActual",),
        "manageMasterUserPassword": ("masterUserSecrets",),
    },
)
