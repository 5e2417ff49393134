"""What a change of the properties of Aurora clusters, Multi-AZ DB clusters and their instances does."""

from typing import Any

from dbstack.spec.changes import instance as rds
from dbstack.spec.changes.model import (
    KEPT,
    NOT_SENT,
    REGION,
    Properties,
    TypeRules,
    When,
    added,
    downtime,
    given,
    online,
    reboot,
    refused,
    removed,
    replaces,
    unknown,
)

GUIDE = "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/"
MODIFY = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBCluster.html"
CREATE = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html"
SETTINGS = GUIDE + "Aurora.Modifying.html"
MULTI_AZ = rds.GUIDE + "modify-multi-az-db-cluster.html"
KERBEROS = GUIDE + "kerberos-authentication.html"
PASSWORD = GUIDE + "rds-secrets-manager.html"
ENCRYPTION = GUIDE + "Overview.Encryption.html"
PARAMETERS = GUIDE + "USER_WorkingWithParamGroups.html"
RESTORE = GUIDE + "aurora-restore-snapshot.html"

_BESIDE = "restore a snapshot into a new cluster beside this one and switch to it"
_STATIC = "its parameters change with a reboot of the instances, which RDS doesn't make by itself"


def _aurora_engine(_old: Any, _new: Any, properties: Properties) -> bool | None:
    engine = properties.get("engine")
    return engine.startswith("aurora") if isinstance(engine, str) else None


def _managed(old: Any, _new: Any, _properties: Properties) -> bool:
    return given(old)


CLUSTER = TypeRules(
    "aws:rds/cluster:Cluster",
    stateful=True,
    source=SETTINGS,
    rules={
        "allocatedStorage": (
            KEPT,
            online("Multi-AZ DB clusters only; slower meanwhile", When.WINDOW, source=MULTI_AZ),
        ),
        "allowMajorVersionUpgrade": (NOT_SENT,),
        "applyImmediately": (NOT_SENT,),
        "autoMinorVersionUpgrade": (KEPT, online(source=MULTI_AZ)),
        "availabilityZones": (
            KEPT,
            replaces(
                "AWS adds a third zone to two by itself", way_out="leave the property out", source=CREATE
            ),
        ),
        "backtrackWindow": (online(source=GUIDE + "AuroraMySQL.Managing.Backtrack.html"),),
        "backupRetentionPeriod": (KEPT, online("as soon as possible", source=MODIFY)),
        "caCertificateIdentifier": (
            KEPT,
            reboot("engines that rotate a certificate without a restart stay up", source=MULTI_AZ),
        ),
        "clusterIdentifier": (KEPT, replaces(way_out=_BESIDE, source=CREATE)),
        "clusterIdentifierPrefix": (KEPT, replaces(way_out=_BESIDE, source=CREATE)),
        "clusterMembers": (KEPT, NOT_SENT),
        "clusterScalabilityType": (KEPT, replaces(way_out=_BESIDE, source=GUIDE + "limitless.html")),
        "copyTagsToSnapshot": (online(),),
        "databaseInsightsMode": (KEPT, online(source=GUIDE + "USER_DatabaseInsights.html")),
        "databaseName": (
            KEPT,
            replaces(way_out="create a further database with SQL", source=CREATE),
        ),
        "dbClusterInstanceClass": (
            downtime("Multi-AZ DB clusters only: about the time of a failover", source=MULTI_AZ),
        ),
        "dbClusterParameterGroupName": (KEPT, reboot(_STATIC, When.RESTART, source=PARAMETERS)),
        "dbInstanceParameterGroupName": (NOT_SENT,),
        "dbSubnetGroupName": (
            KEPT,
            replaces("a cluster can't move to another subnet group", way_out=_BESIDE, source=CREATE),
        ),
        "dbSystemId": (KEPT, replaces(source=CREATE)),
        "deleteAutomatedBackups": (NOT_SENT,),
        "deletionProtection": (online(source=GUIDE + "USER_DeleteCluster.html"),),
        "domain": (
            downtime("a short one, while the instances join or leave the directory", source=KERBEROS),
        ),
        "domainIamRoleName": (downtime("a short one", source=KERBEROS),),
        "enableGlobalWriteForwarding": (online(source=MODIFY),),
        "enableHttpEndpoint": (online(source=GUIDE + "data-api.html"),),
        "enableLocalWriteForwarding": (online(source=MODIFY),),
        "enabledCloudwatchLogsExports": (online(source=GUIDE + "AuroraMySQL.Integrating.CloudWatch.html"),),
        "engine": (replaces(way_out="migrate the data into a new cluster", source=CREATE),),
        "engineLifecycleSupport": (KEPT, online(source=MODIFY)),
        "engineMode": (replaces(way_out=_BESIDE, source=CREATE),),
        "engineVersion": rds.version(GUIDE + "USER_UpgradeDBInstance.Upgrading.html"),
        "finalSnapshotIdentifier": (NOT_SENT,),
        "globalClusterIdentifier": (
            online(
                "detached: from then on a cluster of its own",
                condition="it is no longer given",
                test=removed,
                one_way=True,
                source=GUIDE + "aurora-global-database.html",
            ),
            refused(
                "a running cluster can't join a global cluster, nor go to another",
                "make a new cluster for it",
                source=GUIDE + "aurora-global-database-attaching.html",
            ),
        ),
        "iamDatabaseAuthenticationEnabled": (online(source=GUIDE + "UsingWithRDS.IAMDBAuth.Enabling.html"),),
        "iamRoles": (KEPT, online(source=GUIDE + "AuroraMySQL.Integrating.Authorizing.html")),
        "iops": (online("Multi-AZ DB clusters only; slower meanwhile", When.WINDOW, source=MULTI_AZ),),
        "kmsKeyId": (KEPT, replaces(way_out=_BESIDE, source=ENCRYPTION)),
        "manageMasterUserPassword": (
            online(
                "a new password in another secret: applications that read the old one are locked out",
                source=PASSWORD,
            ),
        ),
        "masterPassword": (online("clients need the new one at once", source=PASSWORD),),
        "masterPasswordWo": (online("sent when masterPasswordWoVersion changes", source=PASSWORD),),
        "masterPasswordWoVersion": (online("sends the password again", source=PASSWORD),),
        "masterUserSecretKmsKeyId": (
            KEPT,
            refused(
                "the key of a managed password can't change",
                "switch the managed password off and on again with the other key",
                condition="RDS manages the password already",
                test=_managed,
                source=MODIFY,
            ),
            online(source=MODIFY),
        ),
        "masterUsername": (
            KEPT,
            replaces(way_out="create another user with SQL and grant it the master's role", source=CREATE),
        ),
        "monitoringInterval": (online(source=GUIDE + "USER_Monitoring.OS.Enabling.html"),),
        "monitoringRoleArn": (KEPT, online(source=GUIDE + "USER_Monitoring.OS.Enabling.html")),
        "networkType": (KEPT, downtime("possible", source=MODIFY)),
        "performanceInsightsEnabled": (online(source=GUIDE + "USER_PerfInsights.Overview.html"),),
        "performanceInsightsKmsKeyId": (
            KEPT,
            online(condition="Performance Insights had no key before", test=added),
            refused("the key of Performance Insights can never change", "leave it as it is"),
        ),
        "performanceInsightsRetentionPeriod": (
            KEPT,
            online(source=GUIDE + "USER_PerfInsights.Overview.html"),
        ),
        "port": (
            KEPT,
            reboot(
                "every instance of the cluster restarts; clients must follow",
                When.NOW,
                condition="it is Aurora",
                test=_aurora_engine,
            ),
            refused("a Multi-AZ DB cluster keeps its port", _BESIDE, source=MULTI_AZ),
        ),
        "preferredBackupWindow": (KEPT, online()),
        "preferredMaintenanceWindow": (KEPT, online("what is pending runs at once if the new window is now")),
        "publiclyAccessible": (unknown(source=MULTI_AZ),),
        "region": (REGION,),
        "replicationSourceIdentifier": (
            reboot(
                "promoted: from then on a cluster of its own",
                When.NOW,
                condition="it is no longer given",
                test=removed,
                one_way=True,
                source=GUIDE + "AuroraMySQL.Replication.CrossRegion.html",
            ),
            refused(
                "a running cluster can't follow another source",
                "make a new cluster under another name",
                source=GUIDE + "AuroraMySQL.Replication.CrossRegion.html",
            ),
        ),
        "restoreToPointInTime": (replaces("a restore makes a new cluster", way_out=_BESIDE, source=RESTORE),),
        "s3Import": (
            replaces("an import makes a new cluster", source=GUIDE + "AuroraMySQL.Migrating.ExtMySQL.html"),
        ),
        "scalingConfiguration": (
            unknown("Serverless v1, which AWS has ended", source=GUIDE + "aurora-serverless.html"),
        ),
        "serverlessv2ScalingConfiguration": (
            online(
                "a changed maximum changes parameters that need a reboot",
                source=GUIDE + "aurora-serverless-v2.setting-capacity.html",
            ),
        ),
        "skipFinalSnapshot": (NOT_SENT,),
        "snapshotIdentifier": (
            online("it is read when the cluster is made", condition="it is no longer given", test=removed),
            replaces("a restore makes a new cluster", way_out=_BESIDE, source=RESTORE),
        ),
        "sourceRegion": (replaces(source=CREATE),),
        "storageEncrypted": (KEPT, replaces(way_out=_BESIDE, source=ENCRYPTION)),
        "storageType": (
            KEPT,
            online(
                "once in 30 days to I/O-Optimized",
                When.WINDOW,
                condition="it is Aurora",
                test=_aurora_engine,
                source=GUIDE + "Aurora.Overview.StorageReliability.html",
            ),
            replaces(
                "AWS's provider makes a Multi-AZ DB cluster anew for it", way_out=_BESIDE, source=MULTI_AZ
            ),
        ),
        "tags": (online(source=GUIDE + "USER_Tagging.html"),),
        "tagsAll": (online(source=GUIDE + "USER_Tagging.html"),),
        "vpcSecurityGroupIds": (KEPT, online()),
        "warningEventCategories": (NOT_SENT,),
    },
)

CLUSTER_INSTANCE = TypeRules(
    "aws:rds/clusterInstance:ClusterInstance",
    # The data is the cluster's, not its instances'.
    stateful=False,
    source=SETTINGS,
    rules={
        "applyImmediately": (NOT_SENT,),
        "autoMinorVersionUpgrade": (online(),),
        "availabilityZone": (KEPT, replaces("the instance is away meanwhile; the data is the cluster's")),
        "caCertIdentifier": (
            KEPT,
            reboot(
                "engines that rotate a certificate without a restart stay up",
                source=GUIDE + "UsingWithRDS.SSL-certificate-rotation.html",
            ),
        ),
        "clusterIdentifier": (replaces("an instance belongs to one cluster"),),
        "copyTagsToSnapshot": (online(),),
        "customIamInstanceProfile": (replaces(),),
        "dbParameterGroupName": (KEPT, reboot(_STATIC, When.RESTART, source=PARAMETERS)),
        "dbSubnetGroupName": (KEPT, replaces("it is the cluster's")),
        "engine": (replaces("it is the cluster's"),),
        "engineVersion": (KEPT, downtime("follows the cluster, which is upgraded as a whole", one_way=True)),
        "forceDestroy": (NOT_SENT,),
        "identifier": (KEPT, replaces("the instance is away meanwhile; the data is the cluster's")),
        "identifierPrefix": (KEPT, replaces("the instance is away meanwhile; the data is the cluster's")),
        "instanceClass": (
            downtime(
                "of this instance",
                way_out="change a reader first and fail over to it",
                source=GUIDE + "Concepts.DBInstanceClass.html",
            ),
        ),
        "monitoringInterval": (online(source=GUIDE + "USER_Monitoring.OS.Enabling.html"),),
        "monitoringRoleArn": (KEPT, online(source=GUIDE + "USER_Monitoring.OS.Enabling.html")),
        "performanceInsightsEnabled": (KEPT, online(source=GUIDE + "USER_PerfInsights.Overview.html")),
        "performanceInsightsKmsKeyId": (
            KEPT,
            online(condition="Performance Insights had no key before", test=added),
            refused("the key of Performance Insights can never change", "leave it as it is"),
        ),
        "performanceInsightsRetentionPeriod": (
            KEPT,
            online(source=GUIDE + "USER_PerfInsights.Overview.html"),
        ),
        "preferredBackupWindow": (KEPT, online("it is the cluster's")),
        "preferredMaintenanceWindow": (KEPT, online("what is pending runs at once if the new window is now")),
        "promotionTier": (online(source=GUIDE + "Aurora.Managing.FaultTolerance.html"),),
        "publiclyAccessible": (KEPT, online("the host name resolves to another address")),
        "region": (REGION,),
        "tags": (online(source=GUIDE + "USER_Tagging.html"),),
        "tagsAll": (online(source=GUIDE + "USER_Tagging.html"),),
        "warningEventCategories": (NOT_SENT,),
    },
)
