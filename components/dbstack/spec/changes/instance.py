"""What a change of an RDS instance's properties does."""

from typing import Any

from dbstack.spec.changes.model import (
    KEPT,
    NOT_SENT,
    REGION,
    Properties,
    Rule,
    TypeRules,
    When,
    added,
    downtime,
    given,
    known,
    online,
    reboot,
    refused,
    removed,
    replaces,
    unknown,
)
from dbstack.spec.changes.versions import downgrade, major_upgrade, major_without_consent, same_version

GUIDE = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/"
SETTINGS = GUIDE + "USER_ModifyInstance.Settings.html"
MODIFY = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html"
CREATE = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html"
STORAGE = GUIDE + "USER_PIOPS.ModifyingExisting.html"
STORAGE_TYPE = GUIDE + "USER_PIOPS.StorageTypes.html"
UPGRADE = GUIDE + "USER_UpgradeDBInstance.Upgrading.html"
ENCRYPTION = GUIDE + "Overview.Encryption.html"
VPC = GUIDE + "USER_VPC.WorkingWithRDSInstanceinaVPC.html"
KERBEROS = GUIDE + "kerberos-authentication.html"
OUTPOSTS = GUIDE + "rds-on-outposts.html"
PASSWORD = GUIDE + "rds-secrets-manager.html"
INSIGHTS = GUIDE + "USER_PerfInsights.Overview.html"
DELETION = GUIDE + "USER_DeleteInstance.html"
REPLICA = GUIDE + "USER_ReadRepl.html"
RESTORE = GUIDE + "USER_RestoreFromSnapshot.html"

_SLOWER = "the volume is slower meanwhile, and six hours must pass before the next change of storage"
_NEW_BESIDE = "make a new database beside this one, copy the data over and switch to it"
_COPY_ENCRYPTED = (
    "take a snapshot, copy it with the other key, restore the copy as a new database and switch to it"
)


def _smaller(old: Any, new: Any, _properties: Properties) -> bool | None:
    if not given(new):
        return False
    if not isinstance(old, int | float) or not isinstance(new, int | float):
        return None
    return new < old


def _to_zero(old: Any, new: Any, _properties: Properties) -> bool | None:
    return None if not known(new) or not known(old) else bool(old) and not new


def _from_zero(old: Any, new: Any, _properties: Properties) -> bool | None:
    return None if not known(new) or not known(old) else bool(new) and not old


def _magnetic(old: Any, new: Any, _properties: Properties) -> bool | None:
    return None if not known(new) else "standard" in (old, new)


def _already_managed(old: Any, _new: Any, _properties: Properties) -> bool:
    return given(old)


def _still_given(old: Any, new: Any, _properties: Properties) -> bool:
    return given(old) and given(new)


def domain(source: str) -> tuple[Rule, ...]:
    return (downtime("a short one, while the instance joins or leaves the directory", source=source),)


def version(source: str, when: When = When.WINDOW, *, consent: bool = True) -> tuple[Rule, ...]:
    asked = refused(
        "a new major needs consent",
        "set allowMajorVersionUpgrade: true, after a snapshot and a test on a copy",
        condition="it is another major without allowMajorVersionUpgrade",
        test=major_without_consent,
        source=source,
    )
    return (
        KEPT,
        online(
            "AWS keeps the minor version that it has",
            condition="it names the same major without a minor",
            test=same_version,
            source=source,
        ),
        refused(
            "RDS can't downgrade",
            "restore a snapshot taken before the upgrade into a new database",
            condition="it is lower",
            test=downgrade,
            source=source,
        ),
        *((asked,) if consent else ()),
        downtime(
            "minutes, longer for a large database; parameters and extensions may need work",
            when,
            condition="it is another major",
            test=major_upgrade,
            way_out="a blue/green deployment, with a switchover of under a minute",
            one_way=True,
            source=source,
        ),
        downtime("a restart into the new version", when, one_way=True, source=source),
    )


def backups(source: str) -> tuple[Rule, ...]:
    return (
        KEPT,
        downtime(
            "I/O stops for seconds to minutes; the automated backups that there are, are deleted",
            condition="backups are switched off (0 days)",
            test=_to_zero,
            way_out="take a snapshot first: manual ones stay",
            source=source,
        ),
        downtime(
            "I/O stops for seconds to minutes",
            condition="backups are switched on (from 0 days)",
            test=_from_zero,
            source=source,
        ),
        online("as soon as possible", source=source),
    )


INSTANCE = TypeRules(
    "aws:rds/instance:Instance",
    stateful=True,
    source=SETTINGS,
    rules={
        "allocatedStorage": (
            KEPT,
            refused(
                "RDS can't shrink a volume",
                _NEW_BESIDE,
                condition="it is smaller",
                test=_smaller,
                source=STORAGE,
            ),
            online(_SLOWER, When.WINDOW, source=STORAGE),
        ),
        "allowMajorVersionUpgrade": (NOT_SENT,),
        "applyImmediately": (NOT_SENT,),
        "autoMinorVersionUpgrade": (online(),),
        "availabilityZone": (KEPT, replaces("an instance can't move to another zone", way_out=_NEW_BESIDE)),
        "backupRetentionPeriod": backups(MODIFY),
        "backupTarget": (KEPT, replaces(source=OUTPOSTS)),
        "backupWindow": (online(),),
        "blueGreenUpdate": (NOT_SENT,),
        "caCertIdentifier": (
            KEPT,
            reboot(
                "engines that rotate a certificate without a restart stay up",
                source=GUIDE + "UsingWithRDS.SSL-certificate-rotation.html",
            ),
        ),
        "characterSetName": (KEPT, replaces(way_out=_NEW_BESIDE, source=CREATE)),
        "copyTagsToSnapshot": (online(),),
        "customIamInstanceProfile": (replaces(source=GUIDE + "rds-custom.html"),),
        "customerOwnedIpEnabled": (unknown(source=OUTPOSTS),),
        "databaseInsightsMode": (online(source=GUIDE + "USER_DatabaseInsights.html"),),
        "dbName": (
            KEPT,
            replaces(
                "it names the first database, which only a new instance gets",
                way_out="create a further database with SQL",
                source=CREATE,
            ),
        ),
        "dbSubnetGroupName": (
            KEPT,
            downtime("it moves to the other group's VPC; within one VPC RDS refuses it", source=VPC),
        ),
        "dedicatedLogVolume": (
            downtime("possible; replicas don't follow", source=GUIDE + "USER_PIOPS.dlv.html"),
        ),
        "deleteAutomatedBackups": (NOT_SENT,),
        "deletionProtection": (online(source=DELETION),),
        "domain": domain(KERBEROS),
        "domainAuthSecretArn": domain(KERBEROS),
        "domainDnsIps": domain(KERBEROS),
        "domainFqdn": domain(KERBEROS),
        "domainIamRoleName": domain(KERBEROS),
        "domainOu": domain(KERBEROS),
        "enabledCloudwatchLogsExports": (
            online(source=GUIDE + "USER_LogAccess.Procedural.UploadtoCloudWatch.html"),
        ),
        "engine": (
            KEPT,
            replaces(
                way_out="migrate the data into a new database (AWS DMS, dump and restore)", source=CREATE
            ),
        ),
        "engineLifecycleSupport": (KEPT, online(source=GUIDE + "extended-support.html")),
        "engineVersion": version(UPGRADE),
        "finalSnapshotIdentifier": (NOT_SENT,),
        "iamDatabaseAuthenticationEnabled": (
            online(when=When.WINDOW, source=GUIDE + "UsingWithRDS.IAMDBAuth.Enabling.html"),
        ),
        "identifier": (
            KEPT,
            reboot(
                "the host name changes too: clients must follow", source=GUIDE + "USER_RenameInstance.html"
            ),
        ),
        "identifierPrefix": (
            KEPT,
            reboot(
                "the host name changes too: clients must follow", source=GUIDE + "USER_RenameInstance.html"
            ),
        ),
        "instanceClass": (
            downtime(
                "minutes; with Multi-AZ about the time of a failover",
                way_out="a blue/green deployment, or a replica of the new class that is promoted",
                source=GUIDE + "Concepts.DBInstanceClass.Changing.html",
            ),
        ),
        "iops": (KEPT, online(_SLOWER, When.WINDOW, source=STORAGE)),
        "kmsKeyId": (KEPT, replaces(way_out=_COPY_ENCRYPTED, source=ENCRYPTION)),
        "licenseModel": (KEPT, downtime()),
        "maintenanceWindow": (
            KEPT,
            online(
                "what is pending runs at once if the new window is now",
                source=GUIDE + "USER_UpgradeDBInstance.Maintenance.html",
            ),
        ),
        "manageMasterUserPassword": (
            online(
                "a new password in another secret: applications that read the old one are locked out",
                source=PASSWORD,
            ),
        ),
        "masterUserSecretKmsKeyId": (
            KEPT,
            refused(
                "the key of a managed password can't change",
                "switch the managed password off and on again with the other key",
                condition="RDS manages the password already",
                test=_already_managed,
                source=MODIFY,
            ),
            online(source=MODIFY),
        ),
        "maxAllocatedStorage": (online(source=GUIDE + "USER_PIOPS.Autoscaling.html"),),
        "monitoringInterval": (online(source=GUIDE + "USER_Monitoring.OS.Enabling.html"),),
        "monitoringRoleArn": (KEPT, online(source=GUIDE + "USER_Monitoring.OS.Enabling.html")),
        "multiAz": (
            KEPT,
            online(
                "writes are slower while the standby is made",
                When.WINDOW,
                source=GUIDE + "Concepts.MultiAZSingleStandby.html",
            ),
        ),
        "ncharCharacterSetName": (KEPT, replaces(way_out=_NEW_BESIDE, source=CREATE)),
        "networkType": (KEPT, downtime("possible", source=VPC)),
        "optionGroupName": (
            KEPT,
            online(
                "some options restart what they belong to",
                When.WINDOW,
                source=GUIDE + "USER_WorkingWithOptionGroups.html",
            ),
        ),
        "parameterGroupName": (
            KEPT,
            reboot(
                "the group changes at once, its parameters with a reboot, which RDS doesn't make by itself",
                When.RESTART,
                source=GUIDE + "USER_WorkingWithParamGroups.Associating.html",
            ),
        ),
        "password": (online("clients need the new one at once", source=PASSWORD),),
        "passwordWo": (online("sent when passwordWoVersion changes", source=PASSWORD),),
        "passwordWoVersion": (online("sends the password again", source=PASSWORD),),
        "performanceInsightsEnabled": (online(source=INSIGHTS),),
        "performanceInsightsKmsKeyId": (
            KEPT,
            online(condition="Performance Insights had no key before", test=added, source=INSIGHTS),
            refused("the key of Performance Insights can never change", "leave it as it is", source=INSIGHTS),
        ),
        "performanceInsightsRetentionPeriod": (KEPT, online(source=INSIGHTS)),
        "port": (KEPT, reboot("clients must follow", When.NOW, source=MODIFY)),
        "publiclyAccessible": (online("the host name resolves to another address", source=VPC),),
        "region": (REGION,),
        "replicaMode": (
            KEPT,
            downtime(
                "the replica is not open for reading meanwhile",
                When.NOW,
                source=GUIDE + "oracle-read-replicas.html",
            ),
        ),
        "replicateSourceDb": (
            reboot(
                "promoted: from then on a database of its own",
                When.NOW,
                condition="it is no longer given",
                test=removed,
                one_way=True,
                source=GUIDE + "USER_ReadRepl.Promote.html",
            ),
            refused(
                "a running instance can't follow another source",
                "make a new replica under another name",
                source=REPLICA,
            ),
        ),
        "restoreToPointInTime": (
            online(
                "it is read when the instance is made",
                condition="it was given before and still is",
                test=_still_given,
                source=RESTORE,
            ),
            replaces(
                "taking it away replaces too: leave it as it is",
                way_out="restore beside this one and switch to it",
                source=RESTORE,
            ),
        ),
        "s3Import": (
            replaces("an import makes a new instance", source=GUIDE + "MySQL.Procedural.Importing.html"),
        ),
        "skipFinalSnapshot": (NOT_SENT,),
        "snapshotIdentifier": (
            online("it is read when the instance is made", condition="it is no longer given", test=removed),
            replaces(
                "a restore makes a new instance",
                way_out="restore beside this one and switch to it",
                source=RESTORE,
            ),
        ),
        "storageEncrypted": (replaces(way_out=_COPY_ENCRYPTED, source=ENCRYPTION),),
        "storageThroughput": (KEPT, online(_SLOWER, When.WINDOW, source=STORAGE)),
        "storageType": (
            KEPT,
            downtime(
                "I/O stops for a while",
                condition="magnetic storage is involved",
                test=_magnetic,
                source=STORAGE_TYPE,
            ),
            online(_SLOWER, When.WINDOW, source=STORAGE_TYPE),
        ),
        "tags": (online(source=GUIDE + "USER_Tagging.html"),),
        "tagsAll": (online(source=GUIDE + "USER_Tagging.html"),),
        "timezone": (KEPT, replaces(way_out=_NEW_BESIDE, source=CREATE)),
        "upgradeStorageConfig": (downtime("possible", source=STORAGE_TYPE),),
        "username": (
            KEPT,
            replaces(way_out="create another user with SQL and grant it the master's role", source=CREATE),
        ),
        "vpcSecurityGroupIds": (KEPT, online(source=VPC)),
        "warningEventCategories": (NOT_SENT,),
    },
)
