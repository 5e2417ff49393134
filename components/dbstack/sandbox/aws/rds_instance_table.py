"""The properties of RDS DB instances."""

from dbstack.sandbox.aws.model import REGION, TAGS, Naming, Prop, Props, ResourceType
from dbstack.sandbox.aws.rds_instance import RESTORE, Instance
from dbstack.sandbox.aws.rds_s3_import import s3_import_prop

_NOT_KEPT = "decides how a change or a deletion is made; AWS keeps no such value"


def _same_lower(old: object, new: object, _state: Props) -> bool:
    return str(old).lower() == str(new).lower()


def _same_version(old: object, new: object, state: Props) -> bool:
    """ "17" asks for no change of a "17.5": the version that AWS runs decides."""
    actual = str(state.get("engineVersionActual") or old)
    return actual == new or actual.startswith(f"{new}.")


def _same_source(old: object, new: object, _state: Props) -> bool:
    return str(old).rsplit(":", 1)[-1] == str(new).rsplit(":", 1)[-1]


_OWN_DOMAIN = ("domainFqdn", "domainOu", "domainAuthSecretArn", "domainDnsIps")

INSTANCE = ResourceType(
    token="aws:rds/instance:Instance",
    service="rds",
    noun="RDS DB Instance",
    handler=Instance(),
    naming=Naming("identifier", max_length=63, lower=True, blocked_by=("identifierPrefix",)),
    props={
        "identifier": Prop(
            computed=True, api="DBInstanceIdentifier", same=_same_lower, conflicts=("identifierPrefix",)
        ),
        "identifierPrefix": Prop(computed=True, overlay="only the identifier made from it reaches AWS"),
        "instanceClass": Prop(required=True, api="DBInstanceClass"),
        "engine": Prop(computed=True, replaces=True),
        "engineVersion": Prop(computed=True, same=_same_version),
        "engineLifecycleSupport": Prop(computed=True),
        "dbName": Prop(computed=True, replaces=True, api="DBName"),
        "username": Prop(computed=True, replaces=True, api="MasterUsername"),
        "password": Prop(
            secret=True,
            api="MasterUserPassword",
            overlay="AWS never returns a password",
            conflicts=("manageMasterUserPassword", "passwordWo"),
        ),
        "passwordWo": Prop(
            secret=True, overlay="AWS never returns a password", conflicts=("manageMasterUserPassword",)
        ),
        "passwordWoVersion": Prop("int", overlay="counts the password given last; AWS keeps no such value"),
        "manageMasterUserPassword": Prop("bool"),
        "masterUserSecretKmsKeyId": Prop(computed=True),
        "allocatedStorage": Prop("int", computed=True),
        "maxAllocatedStorage": Prop("int"),
        "storageType": Prop(computed=True),
        "iops": Prop("int", computed=True),
        "storageThroughput": Prop("int", computed=True),
        "storageEncrypted": Prop("bool", replaces=True),
        "kmsKeyId": Prop(computed=True, replaces=True),
        "dedicatedLogVolume": Prop("bool", default=False),
        "upgradeStorageConfig": Prop("bool", overlay=_NOT_KEPT),
        "multiAz": Prop("bool", computed=True, api="MultiAZ"),
        "availabilityZone": Prop(computed=True, replaces=True),
        "dbSubnetGroupName": Prop(
            computed=True, api="DBSubnetGroupName", read="DBSubnetGroup.DBSubnetGroupName"
        ),
        "vpcSecurityGroupIds": Prop("set", computed=True, read="VpcSecurityGroups.*.VpcSecurityGroupId"),
        "publiclyAccessible": Prop("bool", default=False),
        "port": Prop("int", computed=True, read="Endpoint.Port"),
        "networkType": Prop(computed=True),
        "parameterGroupName": Prop(
            computed=True, api="DBParameterGroupName", read="DBParameterGroups.0.DBParameterGroupName"
        ),
        "optionGroupName": Prop(computed=True, read="OptionGroupMemberships.0.OptionGroupName"),
        "licenseModel": Prop(computed=True),
        "backupRetentionPeriod": Prop("int", computed=True),
        "backupWindow": Prop(computed=True, api="PreferredBackupWindow"),
        "backupTarget": Prop(computed=True, replaces=True),
        "maintenanceWindow": Prop(computed=True, api="PreferredMaintenanceWindow", same=_same_lower),
        "copyTagsToSnapshot": Prop("bool", default=False),
        "deletionProtection": Prop("bool"),
        "autoMinorVersionUpgrade": Prop("bool", default=True),
        "allowMajorVersionUpgrade": Prop("bool", overlay=_NOT_KEPT),
        "applyImmediately": Prop("bool", default=False, overlay=_NOT_KEPT, import_default=False),
        "skipFinalSnapshot": Prop("bool", default=False, overlay=_NOT_KEPT, import_default=True),
        "finalSnapshotIdentifier": Prop(overlay=_NOT_KEPT),
        "deleteAutomatedBackups": Prop("bool", default=True, overlay=_NOT_KEPT, import_default=True),
        "caCertIdentifier": Prop(computed=True, api="CACertificateIdentifier"),
        "iamDatabaseAuthenticationEnabled": Prop(
            "bool", api="EnableIAMDatabaseAuthentication", read="IAMDatabaseAuthenticationEnabled"
        ),
        "enabledCloudwatchLogsExports": Prop(
            "set", api="EnableCloudwatchLogsExports", read="EnabledCloudwatchLogsExports"
        ),
        "monitoringInterval": Prop("int", default=0),
        "monitoringRoleArn": Prop(computed=True),
        "performanceInsightsEnabled": Prop(
            "bool", default=False, api="EnablePerformanceInsights", read="PerformanceInsightsEnabled"
        ),
        "performanceInsightsKmsKeyId": Prop(computed=True, api="PerformanceInsightsKMSKeyId"),
        "performanceInsightsRetentionPeriod": Prop("int", computed=True),
        "databaseInsightsMode": Prop(computed=True),
        "characterSetName": Prop(computed=True, replaces=True),
        "ncharCharacterSetName": Prop(computed=True, replaces=True),
        "timezone": Prop(computed=True, replaces=True),
        "customIamInstanceProfile": Prop(replaces=True),
        "customerOwnedIpEnabled": Prop("bool", api="EnableCustomerOwnedIp", read="CustomerOwnedIpEnabled"),
        "domain": Prop(read="DomainMemberships.0.Domain", conflicts=_OWN_DOMAIN),
        "domainAuthSecretArn": Prop(read="DomainMemberships.0.AuthSecretArn"),
        "domainDnsIps": Prop("list", read="DomainMemberships.0.DnsIps"),
        "domainFqdn": Prop(computed=True, read="DomainMemberships.0.FQDN"),
        "domainIamRoleName": Prop(
            api="DomainIAMRoleName", read="DomainMemberships.0.IAMRoleName", conflicts=_OWN_DOMAIN
        ),
        "domainOu": Prop(read="DomainMemberships.0.OU"),
        "replicateSourceDb": Prop(read="ReadReplicaSourceDBInstanceIdentifier", same=_same_source),
        "replicaMode": Prop(computed=True),
        "snapshotIdentifier": Prop(
            computed=True,
            replaces=True,
            overlay="AWS does not say what an instance was restored from",
            conflicts=("replicateSourceDb", "restoreToPointInTime"),
        ),
        "restoreToPointInTime": Prop(
            "object",
            replaces=True,
            overlay="AWS does not say what an instance was restored from",
            conflicts=("replicateSourceDb",),
            fields={name: Prop("bool" if name.startswith("use") else "string") for name in RESTORE},
        ),
        "s3Import": s3_import_prop("instance"),
        "blueGreenUpdate": Prop(
            "object",
            fields={"enabled": Prop("bool")},
            overlay="the sandbox checks it and makes the change in place: no copy, no switchover",
        ),
        "warningEventCategories": Prop("set", refused="the sandbox has no RDS events to warn of"),
        **TAGS,
        **REGION,
        "address": Prop(output=True, read="Endpoint.Address"),
        "arn": Prop(output=True, read="DBInstanceArn"),
        "endpoint": Prop(output=True, read="Endpoint.Address"),
        "engineVersionActual": Prop(output=True, read="EngineVersion"),
        "hostedZoneId": Prop(output=True, read="Endpoint.HostedZoneId"),
        "latestRestorableTime": Prop(output=True),
        "listenerEndpoints": Prop("objects", output=True, read="ListenerEndpoints"),
        "masterUserSecrets": Prop("objects", output=True, read="MasterUserSecrets"),
        "replicas": Prop("list", output=True, read="ReadReplicaDBInstanceIdentifiers"),
        "resourceId": Prop(output=True, read="DbiResourceId"),
        "status": Prop(output=True, read="DBInstanceStatus"),
        "upgradeRolloutOrder": Prop(output=True),
    },
    derived={
        "identifier": ("address", "arn", "endpoint"),
        "port": ("endpoint",),
        "engineVersion": ("engineVersionActual",),
        "manageMasterUserPassword": ("masterUserSecrets",),
    },
)
