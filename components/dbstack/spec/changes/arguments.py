"""Which property of which resource an argument of ours ends up in, so that the tables speak of arguments too.

An argument whose name in camelCase is a property of its type's resource needs no line here: that is the rule.
A test finds an argument that has neither a property nor a line.
"""

from collections.abc import Mapping

from dbstack.spec.changes import TABLE
from dbstack.spec.changes.model import KEPT, Effect, Rule

INSTANCE = "aws:rds/instance:Instance"
CLUSTER = "aws:rds/cluster:Cluster"
GLOBAL_CLUSTER = "aws:rds/globalCluster:GlobalCluster"
MEMBER = "aws:rds/clusterInstance:ClusterInstance"
SUBNET_GROUP = "aws:rds/subnetGroup:SubnetGroup"
SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
PROXY = "aws:rds/proxy:Proxy"
RECORD = "aws:route53/record:Record"
PROXY_ENDPOINT = "aws:rds/proxyEndpoint:ProxyEndpoint"

RESOURCES: Mapping[str, str] = {
    "StorageArgs": INSTANCE,
    "BackupArgs": INSTANCE,
    "BlueGreenUpdateArgs": INSTANCE,
    "DomainArgs": INSTANCE,
    "MasterPasswordArgs": INSTANCE,
    "MonitoringArgs": INSTANCE,
    "InstanceSettings": INSTANCE,
    "NewInstanceSettings": INSTANCE,
    "RestoredSettings": INSTANCE,
    "RestoredStorageArgs": INSTANCE,
    "DatabaseInstanceArgs": INSTANCE,
    "ReplicaBase": INSTANCE,
    "ReplicaStorageArgs": INSTANCE,
    "ReplicaBackupArgs": INSTANCE,
    "ReplicaSettings": INSTANCE,
    "ReadReplicaArgs": INSTANCE,
    "ClusterBase": CLUSTER,
    "ClusterSettings": CLUSTER,
    "ClusterStorageArgs": CLUSTER,
    "ClusterBackupArgs": CLUSTER,
    "ClusterMonitoringArgs": CLUSTER,
    "ClusterInstanceArgs": MEMBER,
    "ActivityStreamArgs": "aws:rds/clusterActivityStream:ClusterActivityStream",
    "LimitlessArgs": "aws:rds/shardGroup:ShardGroup",
    "DatabaseClusterArgs": CLUSTER,
    "DatabaseClusterFromSnapshotArgs": CLUSTER,
    "DatabaseClusterFromPointInTimeArgs": CLUSTER,
    "GlobalClusterArgs": GLOBAL_CLUSTER,
    "SecondaryClusterArgs": CLUSTER,
    "PlacementArgs": SUBNET_GROUP,
    "DatabaseSubnetGroupArgs": SUBNET_GROUP,
    "DatabaseSecurityGroupArgs": SECURITY_GROUP,
    "AccessArgs": INGRESS,
    "DnsArgs": RECORD,
    "ProxySettings": PROXY,
    "ProxyEndpointSettings": PROXY_ENDPOINT,
    "DatabaseProxyArgs": PROXY,
}
"""The resource that a type of arguments is about."""

PROPERTIES: Mapping[str, str] = {
    "StorageArgs.allocated_gib": "allocatedStorage",
    "StorageArgs.max_allocated_gib": "maxAllocatedStorage",
    "StorageArgs.type": "storageType",
    "StorageArgs.throughput_mibps": "storageThroughput",
    "StorageArgs.encrypted": "storageEncrypted",
    "BackupArgs.retention_days": "backupRetentionPeriod",
    "BackupArgs.window": "backupWindow",
    "BlueGreenUpdateArgs.enabled": "blueGreenUpdate",
    "BlueGreenUpdateArgs.discard_source": "blueGreenUpdate",
    "DnsArgs.ttl_seconds": "ttl",
    "DomainArgs.directory_id": "domain",
    "DomainArgs.role_name": "domainIamRoleName",
    "DomainArgs.fqdn": "domainFqdn",
    "DomainArgs.ou": "domainOu",
    "DomainArgs.auth_secret_arn": "domainAuthSecretArn",
    "DomainArgs.dns_ips": "domainDnsIps",
    "MasterPasswordArgs.source": "manageMasterUserPassword",
    "MasterPasswordArgs.value": "password",
    "MasterPasswordArgs.config": "password",
    "MasterPasswordArgs.kms_key_id": "masterUserSecretKmsKeyId",
    "NewInstanceSettings.database_name": "dbName",
    "RestoredSettings.subnet_group_name": "dbSubnetGroupName",
    "RestoredSettings.security_group_ids": "vpcSecurityGroupIds",
    "RestoredStorageArgs.allocated_gib": "allocatedStorage",
    "RestoredStorageArgs.max_allocated_gib": "maxAllocatedStorage",
    "RestoredStorageArgs.type": "storageType",
    "RestoredStorageArgs.throughput_mibps": "storageThroughput",
    "NewInstanceSettings.character_set": "characterSetName",
    "NewInstanceSettings.nchar_character_set": "ncharCharacterSetName",
    "InstanceSettings.ca_certificate": "caCertIdentifier",
    "InstanceSettings.customer_owned_ip": "customerOwnedIpEnabled",
    "ReplicaBase.ca_certificate": "caCertIdentifier",
    "InstanceSettings.iam_authentication": "iamDatabaseAuthenticationEnabled",
    "MonitoringArgs.enhanced_interval_seconds": "monitoringInterval",
    "MonitoringArgs.performance_insights": "performanceInsightsEnabled",
    "MonitoringArgs.performance_insights_retention_days": "performanceInsightsRetentionPeriod",
    "MonitoringArgs.database_insights": "databaseInsightsMode",
    "MonitoringArgs.log_exports": "enabledCloudwatchLogsExports",
    "DatabaseInstanceArgs.subnet_group_name": "dbSubnetGroupName",
    "DatabaseInstanceArgs.security_group_ids": "vpcSecurityGroupIds",
    "ClusterBase.identifier": "clusterIdentifier",
    "ClusterBase.iam_authentication": "iamDatabaseAuthenticationEnabled",
    "ClusterBase.backtrack_hours": "backtrackWindow",
    "ClusterBase.maintenance_window": "preferredMaintenanceWindow",
    "ClusterBase.data_api": "enableHttpEndpoint",
    "ClusterBase.local_write_forwarding": "enableLocalWriteForwarding",
    "LimitlessArgs.identifier": "dbShardGroupIdentifier",
    "SecondaryClusterArgs.global_write_forwarding": "enableGlobalWriteForwarding",
    "GlobalClusterArgs.identifier": "globalClusterIdentifier",
    "GlobalClusterArgs.encrypted": "storageEncrypted",
    "ClusterBase.ca_certificate": "caCertificateIdentifier",
    "ClusterSettings.username": "masterUsername",
    "ClusterStorageArgs.type": "storageType",
    "ClusterStorageArgs.allocated_gib": "allocatedStorage",
    "ClusterStorageArgs.encrypted": "storageEncrypted",
    "ClusterBackupArgs.retention_days": "backupRetentionPeriod",
    "ClusterBackupArgs.window": "preferredBackupWindow",
    "ClusterMonitoringArgs.log_exports": "enabledCloudwatchLogsExports",
    "ClusterMonitoringArgs.enhanced_interval_seconds": "monitoringInterval",
    "ClusterMonitoringArgs.performance_insights": "performanceInsightsEnabled",
    "ClusterMonitoringArgs.performance_insights_retention_days": "performanceInsightsRetentionPeriod",
    "ClusterInstanceArgs.maintenance_window": "preferredMaintenanceWindow",
    "ClusterInstanceArgs.ca_certificate": "caCertIdentifier",
    "ReplicaBase.promoted": "replicateSourceDb",
    "ReplicaSettings.source": "replicateSourceDb",
    "ReplicaStorageArgs.type": "storageType",
    "ReplicaStorageArgs.throughput_mibps": "storageThroughput",
    "ReplicaStorageArgs.max_allocated_gib": "maxAllocatedStorage",
    "ReplicaBackupArgs.retention_days": "backupRetentionPeriod",
    "ReplicaBackupArgs.window": "backupWindow",
    "ReadReplicaArgs.source_identifier": "replicateSourceDb",
    "ReadReplicaArgs.source_arn": "replicateSourceDb",
    "ReadReplicaArgs.subnet_group_name": "dbSubnetGroupName",
    "ReadReplicaArgs.security_group_ids": "vpcSecurityGroupIds",
    "ReadReplicaArgs.throughput_mibps": "storageThroughput",
    "ReadReplicaArgs.max_allocated_gib": "maxAllocatedStorage",
    "ReadReplicaArgs.iam_authentication": "iamDatabaseAuthenticationEnabled",
    "DatabaseSubnetGroupArgs.group_name": "name",
    "ProxySettings.proxy_name": "name",
    "ProxySettings.iam_authentication": "auths",
    "ProxySettings.idle_client_timeout_seconds": "idleClientTimeout",
    "DatabaseProxyArgs.engine": "engineFamily",
    "DatabaseProxyArgs.subnet_ids": "vpcSubnetIds",
    "DatabaseProxyArgs.secret_arn": "auths",
}
"""Where the property has another name than the argument."""

ELSEWHERE: Mapping[str, str] = {
    "AccessArgs.security_group_ids": "vpcSecurityGroupIds",
    "PlacementArgs.subnet_group_name": "dbSubnetGroupName",
    "NetworkSettings.subnet_group_name": "dbSubnetGroupName",
}
"""Arguments that end up in the instance, though their type is about something round it."""

_RULES = "rules are added and taken away one by one; who is no longer let in can't connect"
_OPTION = "online, in the maintenance window unless applyImmediately"
_TAG = "online: the tag changes"
_CONTAINER = "a new container, seconds of downtime, data kept"
_BESIDE = "a new container beside the databases"
_EXPORTER = f"{_BESIDE}: a gap of seconds in the statistics"
_POOLER = f"{_BESIDE}: clients of the pooler reconnect"
_TARGET = "the proxy's target is replaced: it leads nowhere meanwhile"
_POOL = "online: the pool is updated"
_POLICY = "online: the role's policy is updated"
_FLOW = "online: the flow log is made anew, the new one before the old one goes"
_EXTENSION = "online; one that is preloaded after the next reboot; one that is taken out stays"
_ROLES = "nothing until `dbstack roles apply`"
_NEXT = "of the backups from then on"
_LOCK = "replaces the lock; once `changeable_for_days` are over AWS refuses it for ever"
_ALARM = "online: the alarm changes"
_ROLE = "online: the association is made anew, and the feature has no role meanwhile"
_ONCE = "none once the instance is there"
_COPIES = "replaces the replication: the copies that are there stay until their time is over"
OWN: Mapping[str, str] = {
    "CrossRegionBackupArgs.region": _COPIES,
    "ReplicaSettings.dns_name": "replaces the record: clients of the old name must follow",
    "CrossRegionBackupArgs.retention_days": _COPIES,
    "CrossRegionBackupArgs.kms_key_id": _COPIES,
    "DatabaseInstanceFromSnapshotArgs.snapshot_identifier": _ONCE,
    "RestoreFromArgs.snapshot_identifier": _ONCE,
    "S3BackupArgs.bucket_name": _ONCE,
    "S3BackupArgs.prefix": _ONCE,
    "S3BackupArgs.ingestion_role_arn": _ONCE,
    "S3BackupArgs.source_engine_version": _ONCE,
    "ClusterRestoreFromArgs.snapshot_identifier": _ONCE,
    "ClusterRestoreFromArgs.source_cluster_identifier": _ONCE,
    "ClusterRestoreFromArgs.restore_to_time": _ONCE,
    "ClusterRestoreFromArgs.restore_type": _ONCE,
    "PointInTimeArgs.source_identifier": _ONCE,
    "PointInTimeArgs.source_resource_id": _ONCE,
    "PointInTimeArgs.source_automated_backups_arn": _ONCE,
    "PointInTimeArgs.restore_time": _ONCE,
    "PointInTimeArgs.use_latest_restorable_time": _ONCE,
    "RestoredSettings.environment": _TAG,
    "AlarmsArgs.topic_arn": _ALARM,
    "AlarmsArgs.enabled": "online: alarms are made or deleted",
    "AlarmsArgs.cpu_percent": _ALARM,
    "AlarmsArgs.freeable_memory_mib": _ALARM,
    "AlarmsArgs.connections": _ALARM,
    "AlarmsArgs.free_storage_gib": _ALARM,
    "AlarmsArgs.free_storage_days": _ALARM,
    "AlarmsArgs.disk_queue_depth": _ALARM,
    "AlarmsArgs.replica_lag_seconds": _ALARM,
    "AlarmsArgs.transaction_ids": _ALARM,
    "AlarmsArgs.cpu_credits": _ALARM,
    "AlarmsArgs.acu_percent": _ALARM,
    "AlarmsArgs.volume_used_gib": _ALARM,
    "AlarmsArgs.burst_balance_percent": _ALARM,
    "NotificationsSettings.topic_arn": "online",
    "NotificationsSettings.kms_key_id": "online",
    "NotificationsSettings.events": "online",
    "NotificationsSettings.emails": "online: a new address confirms by a link in a mail",
    "DatabaseNotificationsArgs.environment": _TAG,
    "DatabaseNotificationsArgs.tags": "online",
    "DashboardSettings.hours": "online",
    "DashboardInstanceArgs.identifier": "online",
    "DashboardInstanceArgs.region": "online",
    "DashboardInstanceArgs.replica": "online",
    "ControlsArgs.acknowledged": "online: only what the preview names changes",
    "MonitoringArgs.log_retention_days": "online, at once: fewer days delete older events",
    "MonitoringArgs.log_kms_key_id": "online: for new events",
    "ClusterMonitoringArgs.log_retention_days": "online, at once: fewer days delete older events",
    "ClusterMonitoringArgs.log_kms_key_id": "online: for new events",
    "DatabaseMonitoringRoleArgs.environment": _TAG,
    "DatabaseMonitoringRoleArgs.retain": "online: Pulumi's retainOnDelete alone",
    "DatabaseMonitoringRoleArgs.tags": "online",
    "OptionArgs.name": "online: the option is added or taken away; a persistent one stays",
    "OptionArgs.version": _OPTION,
    "OptionArgs.port": _OPTION,
    "OptionArgs.settings": _OPTION,
    "OptionArgs.security_group_ids": _OPTION,
    "OptionGroupArgs.name": _OPTION,
    "InstanceSettings.associated_roles": _ROLE,
    "ClusterBase.associated_roles": _ROLE,
    "ClusterBase.shared_with": "online: accounts may clone it, or may no longer; clones that are there stay",
    "GlobalClusterArgs.allow_major_version_upgrade": "online: consent alone, AWS keeps no such value",
    "GlobalClusterArgs.on_delete": "online: sets protect and deletion protection",
    "GlobalClusterArgs.environment": _TAG,
    "SecondaryClusterArgs.environment": _TAG,
    "SecondaryClusterArgs.primary_arn": "nothing: it is read when the cluster is made",
    "InstanceSettings.on_delete": "online: sets protect, deletion protection and the final snapshot",
    "ReplicaSettings.on_delete": "online: sets protect, deletion protection and the final snapshot",
    "ReadReplicaArgs.on_delete": "online: sets protect and deletion protection",
    "ClusterBase.instance_class": "downtime of each instance in turn, in the window unless apply_immediately",
    "ClusterBase.on_delete": "online: sets protect, deletion protection and the final snapshot",
    "ClusterBase.auto_minor_version_upgrade": "online",
    "ServerlessArgs.max_acu": "online; memory parameters that follow from it change with the next reboot",
    "ServerlessArgs.min_acu": "online",
    "ServerlessArgs.pause_after_seconds": "online",
    "ReaderAutoscalingArgs.max_readers": "online",
    "ReaderAutoscalingArgs.min_readers": "online",
    "ReaderAutoscalingArgs.cpu_percent": "online",
    "ReaderAutoscalingArgs.connections": "online",
    "ReaderAutoscalingArgs.scale_in_cooldown_seconds": "online",
    "ReaderAutoscalingArgs.scale_out_cooldown_seconds": "online",
    "ClusterEndpointArgs.type": "online",
    "ClusterEndpointArgs.members": "online: open connections stay",
    "ClusterEndpointArgs.excluded": "online: open connections stay",
    "ClusterEndpointArgs.identifier": "replaces the endpoint: another host name",
    "ParameterGroupArgs.parameters": "in force after the next reboot; of an instance, known dynamic ones at once",
    "ParameterGroupArgs.pgaudit": "the first one in force after the next reboot, then online",
    "ParameterGroupArgs.name": "static parameters change with the next reboot",
    "ParameterGroupArgs.engine_default": "static parameters change with the next reboot",
    "DatabaseClusterArgs.environment": _TAG,
    "DatabaseClusterFromSnapshotArgs.environment": _TAG,
    "DatabaseClusterFromSnapshotArgs.snapshot_identifier": "nothing: it is read when the cluster is made",
    "DatabaseClusterFromPointInTimeArgs.environment": _TAG,
    "DatabaseClusterFromPointInTimeArgs.source_cluster_identifier": "nothing: it is read when the cluster is made",
    "DatabaseClusterFromPointInTimeArgs.restore_to_time": "nothing: it is read when the cluster is made",
    "DatabaseClusterFromPointInTimeArgs.restore_type": "nothing: it is read when the cluster is made",
    "DatabaseInstanceArgs.environment": _TAG,
    "ReadReplicaArgs.environment": _TAG,
    "DatabaseArgs.environment": _TAG,
    "DatabaseNetworkArgs.environment": _TAG,
    "DatabaseSubnetGroupArgs.environment": _TAG,
    "DatabaseSecurityGroupArgs.environment": _TAG,
    "DatabaseSecurityGroupArgs.port": "online: the rules are updated in place",
    "DatabaseSecurityGroupArgs.application_security_group_id": f"online: {_RULES}",
    "PlacementArgs.vpc_id": "replaces the security group, and RDS must be able to move the database: plan it",
    "PlacementArgs.application_security_group_id": f"online: {_RULES}",
    "AccessArgs.from_application": f"online: {_RULES}",
    "AccessArgs.from_security_groups": f"online: {_RULES}",
    "AccessArgs.from_cidrs": f"online: {_RULES}",
    "AccessArgs.from_prefix_lists": f"online: {_RULES}",
    "AccessArgs.egress": f"online: {_RULES}",
    "NewNetworkSettings.vpc_cidr": "replaces the VPC, which AWS refuses while a database is in it",
    "NewNetworkSettings.availability_zones": "online: subnets are added; one in use can't be taken away",
    "NewNetworkSettings.availability_zone_names": "online: subnets are added; one in use can't be taken away",
    "DatabaseNetworkArgs.deletion_protection": "online: Pulumi's protect alone",
    "DatabaseNetworkArgs.retain": "online: Pulumi's retainOnDelete and deletedWith alone",
    "DatabaseNetworkArgs.tags": "online",
    "FlowLogArgs.enabled": "online",
    "FlowLogArgs.traffic": _FLOW,
    "FlowLogArgs.aggregation_seconds": _FLOW,
    "FlowLogArgs.log_retention_days": "online: what is older goes at once",
    "FlowLogArgs.log_kms_key_id": "online: of the records from then on",
    "NewNetworkSettings.endpoints": "online: endpoints come and go one by one",
    "NetworkSettings.endpoints": "online: endpoints come and go one by one",
    "NetworkSettings.vpc_cidr": "replaces the VPC, which AWS refuses while a database is in it",
    "NetworkSettings.availability_zones": "online: subnets are added; one in use can't be taken away",
    "NetworkSettings.availability_zone_names": "online: subnets are added; one in use can't be taken away",
    "NetworkSettings.vpc_id": "replaces the security groups, and RDS must be able to move the databases: plan it",
    "NetworkSettings.subnet_ids": "online: the subnet groups are updated in place",
    "NetworkSettings.application_security_group_id": f"online: {_RULES}",
    "DatabaseSettings.extensions": _EXTENSION,
    "ClusterSettings.extensions": _EXTENSION,
    "RolesArgs.prefix": f"{_ROLES}, which makes new roles; the old ones stay",
    "RolesArgs.schemas": f"{_ROLES}, which gives and takes privileges",
    "RolesArgs.excluded_tables": f"{_ROLES}, which gives and takes privileges",
    "DatabaseUserArgs.roles": f"{_ROLES}, which gives and takes membership",
    "DatabaseUserArgs.iam": f"{_ROLES}: its password ends, or it gets one",
    "RotationArgs.days": "online: the next rotation is counted anew",
    "RotationArgs.ca_bundle": "online: the function's code is updated, and the next rotation trusts it",
    "RotationArgs.function_arn": "online: the next rotation calls it",
    "ProxyPoolArgs.max_connections_percent": _POOL,
    "ProxyPoolArgs.max_idle_connections_percent": _POOL,
    "ProxyPoolArgs.borrow_timeout_seconds": _POOL,
    "ProxyPoolArgs.init_query": f"{_POOL}; it runs on connections made from then on",
    "ProxyPoolArgs.session_pinning_filters": _POOL,
    "ProxySecretArgs.secret_arn": _POLICY,
    "ProxySecretArgs.kms_key_id": _POLICY,
    "DatabaseProxyArgs.kms_key_id": _POLICY,
    "DatabaseProxyArgs.vpc_id": "replaces the security group; the subnets change with it, and replace the proxy",
    "DatabaseProxyArgs.instance_identifier": _TARGET,
    "DatabaseProxyArgs.cluster_identifier": _TARGET,
    "DatabaseProxyArgs.database_security_group_id": f"online: {_RULES}",
    "DatabaseProxyArgs.database_port": "online: the rules are updated in place",
    "DatabaseProxyArgs.application_security_group_id": f"online: {_RULES}",
    "DatabaseProxyArgs.environment": _TAG,
    "BackupArgs.aws_backup": "online: the program lets go of retention and window, or takes them up again",
    "BackupCopyArgs.vault_arn": f"online: {_NEXT}",
    "BackupCopyArgs.delete_after_days": f"online: {_NEXT}",
    "BackupRuleArgs.schedule": f"online: {_NEXT}",
    "BackupRuleArgs.delete_after_days": f"online: {_NEXT}; a continuous one changes with the next job",
    "BackupRuleArgs.continuous": "online: AWS Backup takes over the automated backups; back again needs a step by hand",
    "BackupRuleArgs.start_within_minutes": f"online: {_NEXT}",
    "BackupRuleArgs.complete_within_minutes": f"online: {_NEXT}",
    "BackupVaultArgs.name": "online: the plan uses the other vault from then on",
    "BackupVaultArgs.kms_key_id": "replaces the vault: refused while it is protected, and one that isn't empty stays",
    "BackupVaultArgs.deny_deletion": "online",
    "BackupVaultLockArgs.min_retention_days": _LOCK,
    "BackupVaultLockArgs.max_retention_days": _LOCK,
    "BackupVaultLockArgs.changeable_for_days": _LOCK,
    "BackupPlanSettings.role_arn": "online: the selection is made anew",
    "BackupPlanSettings.on_delete": "online: says what becomes of the vault",
    "BackupPlanSettings.deletion_protection": "online: Pulumi's protect alone",
    "StackBackupPlanSettings.include_replicas": "online: the selection is made anew",
    "DatabaseBackupPlanArgs.resource_arns": "online: the selection is made anew, the new one before the old one goes",
    "DatabaseBackupPlanArgs.environment": _TAG,
    "DatabaseBackupPlanArgs.tags": "online",
    "StackSettings.environment": "online: the tags change",
    "StackSettings.target": "another deployment altogether",
    "DatabaseArgs.target": "another database: the old one goes as its `on_delete` says",
    "DockerDatabaseArgs.environment": "nothing",
    "CompanionSettings.on_delete": "online",
    "DockerSettings.memory_mib": "online: Docker changes the limit of the running container",
    "DockerSettings.image": _CONTAINER,
    "DockerSettings.port": _CONTAINER,
    "DockerSettings.replica_ports": _CONTAINER,
    "DockerSettings.init_scripts": f"{_CONTAINER}; the scripts aren't run again",
    "DockerSettings.wal_archive": f"{_CONTAINER}; switched off, the archive goes or stays as `on_delete` says",
    "DockerSettings.network_name": _CONTAINER,
    "ExporterSettings.image": _EXPORTER,
    "ExporterSettings.port": _EXPORTER,
    "PgBouncerSettings.image": _POOLER,
    "PgBouncerSettings.port": _POOLER,
    "PrometheusSettings.image": f"{_BESIDE}; its readings are kept",
    "PrometheusSettings.port": f"{_BESIDE}; its readings are kept",
    "GrafanaSettings.enabled": "online: it is made or deleted",
    "GrafanaSettings.image": f"{_BESIDE}; what was changed in it by hand is gone",
    "GrafanaSettings.port": f"{_BESIDE}; what was changed in it by hand is gone",
    "HealthCheckArgs.interval_seconds": _CONTAINER,
    "HealthCheckArgs.timeout_seconds": _CONTAINER,
    "HealthCheckArgs.retries": _CONTAINER,
    "RedisSettings.image": _CONTAINER,
    "RedisSettings.port": _CONTAINER,
    "MongoSettings.image": _CONTAINER,
    "MongoSettings.port": _CONTAINER,
    "MongoSettings.username": f"{_CONTAINER}; a volume that is there keeps its old user",
    "StackSettings.tags": "online",
}
"""What a change does of an argument that is no single property of a resource in the tables."""


def camel(name: str) -> str:
    """`allocated_gib` -> `allocatedGib`."""
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def property_of(type_name: str, field: str) -> tuple[str, str] | None:
    """(resource type, property) of an argument; None where `OWN` speaks of it, or nothing does."""
    key = f"{type_name}.{field}"
    token = RESOURCES.get(type_name)
    if key in OWN:
        return None
    if key in ELSEWHERE:
        return INSTANCE, ELSEWHERE[key]
    name = PROPERTIES.get(key, camel(field))
    return (token, name) if token and name in TABLE[token].rules else None


def effects_of(type_name: str, field: str) -> frozenset[Effect]:
    """What a change of an argument may do, by the tables."""
    found = property_of(type_name, field)
    return frozenset(rule.effect for rule in _shown(*found)) if found else frozenset()


def sentence(type_name: str, field: str) -> str:
    """What a change of an argument does, in words, with AWS's page as a markdown link; empty where nothing is known."""
    found = property_of(type_name, field)
    if found is None:
        return OWN.get(f"{type_name}.{field}", "")
    *conditional, last = _shown(*found)
    said = [*map(_said, conditional), ("else " if conditional and not last.condition else "") + _said(last)]
    return f"{'; '.join(said)} ([AWS]({last.source or TABLE[found[0]].source}))"


def _shown(token: str, name: str) -> list[Rule]:
    return [rule for rule in TABLE[token].rules[name] if rule is not KEPT]


def _said(rule: Rule) -> str:
    words = str(rule.effect)
    if rule.effect in (Effect.REPLACEMENT, Effect.REFUSED):
        words = f"**{words}**"
    elif rule.effect is not Effect.UNKNOWN:
        words += f", {rule.when}"
    if rule.condition:
        words = f"if {rule.condition}: {words}"
    return words
