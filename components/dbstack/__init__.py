"""Production databases on Pulumi: RDS from one typed description, safe by default.

Every component is hosted for all Pulumi languages too, see ``PulumiPlugin.yaml``.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dbstack.aws.backup_plan import DatabaseBackupPlan
    from dbstack.aws.connect_policy import connect_policy
    from dbstack.aws.instance import DatabaseInstance
    from dbstack.aws.monitoring import DatabaseMonitoringRole
    from dbstack.aws.network import DatabaseNetwork
    from dbstack.aws.notifications import DatabaseDashboard, DatabaseNotifications
    from dbstack.aws.proxy import DatabaseProxy
    from dbstack.aws.replica import ReadReplica
    from dbstack.aws.restored_instance import DatabaseInstanceFromPointInTime, DatabaseInstanceFromSnapshot
    from dbstack.aws.security_group import DatabaseSecurityGroup
    from dbstack.aws.subnet_group import DatabaseSubnetGroup
    from dbstack.connection import connection_url
    from dbstack.database import Database
    from dbstack.database_cluster import (
        DatabaseCluster,
        DatabaseClusterFromPointInTime,
        DatabaseClusterFromSnapshot,
    )
    from dbstack.spec.errors import Fault, SpecError
    from dbstack.spec.types import (
        AccessArgs,
        ActivityStreamArgs,
        ActivityStreamMode,
        AlarmsArgs,
        BackupArgs,
        BackupCopyArgs,
        BackupRuleArgs,
        BackupVaultArgs,
        BackupVaultLockArgs,
        BlueGreenUpdateArgs,
        ClusterBackupArgs,
        ClusterEndpointArgs,
        ClusterEngine,
        ClusterInstanceArgs,
        ClusterMonitoringArgs,
        ClusterStorageArgs,
        ClusterStorageType,
        ControlsArgs,
        CrossRegionBackupArgs,
        DashboardInstanceArgs,
        DatabaseArgs,
        DatabaseBackupPlanArgs,
        DatabaseClusterArgs,
        DatabaseClusterFromPointInTimeArgs,
        DatabaseClusterFromSnapshotArgs,
        DatabaseDashboardArgs,
        DatabaseInsights,
        DatabaseInstanceArgs,
        DatabaseInstanceFromPointInTimeArgs,
        DatabaseInstanceFromSnapshotArgs,
        DatabaseMonitoringRoleArgs,
        DatabaseNetworkArgs,
        DatabaseNotificationsArgs,
        DatabaseProxyArgs,
        DatabaseSecurityGroupArgs,
        DatabaseSubnetGroupArgs,
        DnsArgs,
        Egress,
        EndpointType,
        Engine,
        EngineLifecycleSupport,
        FlowLogArgs,
        LicenseModel,
        LimitlessArgs,
        MasterPasswordArgs,
        MonitoringArgs,
        NetworkType,
        OnDelete,
        OptionArgs,
        OptionGroupArgs,
        ParameterGroupArgs,
        PasswordSource,
        PlacementArgs,
        PointInTimeArgs,
        ProxyEndpointSettings,
        ProxyPinningFilter,
        ProxyPoolArgs,
        ProxySecretArgs,
        ProxySettings,
        ProxyTargetRole,
        ReaderAutoscalingArgs,
        ReadReplicaArgs,
        ReplicaBackupArgs,
        ReplicaMode,
        ReplicaSettings,
        ReplicaStorageArgs,
        RestoredStorageArgs,
        RestoreType,
        RotationArgs,
        ServerlessArgs,
        StorageArgs,
        StorageType,
        Traffic,
    )

__version__ = "0.1.0"

_HOMES = {
    "Database": "dbstack.database",
    "DatabaseBackupPlan": "dbstack.aws.backup_plan",
    "DatabaseCluster": "dbstack.database_cluster",
    "DatabaseClusterFromPointInTime": "dbstack.database_cluster",
    "DatabaseClusterFromSnapshot": "dbstack.database_cluster",
    "DatabaseDashboard": "dbstack.aws.notifications",
    "DatabaseInstance": "dbstack.aws.instance",
    "DatabaseInstanceFromPointInTime": "dbstack.aws.restored_instance",
    "DatabaseInstanceFromSnapshot": "dbstack.aws.restored_instance",
    "DatabaseMonitoringRole": "dbstack.aws.monitoring",
    "DatabaseNetwork": "dbstack.aws.network",
    "DatabaseNotifications": "dbstack.aws.notifications",
    "DatabaseProxy": "dbstack.aws.proxy",
    "DatabaseSecurityGroup": "dbstack.aws.security_group",
    "DatabaseSubnetGroup": "dbstack.aws.subnet_group",
    "Fault": "dbstack.spec.errors",
    "ReadReplica": "dbstack.aws.replica",
    "SpecError": "dbstack.spec.errors",
    "connect_policy": "dbstack.aws.connect_policy",
    "connection_url": "dbstack.connection",
}
"""Where a name is defined, but for the arguments and choices, which are all in `dbstack.spec.types`."""

__all__ = [
    "AccessArgs",
    "ActivityStreamArgs",
    "ActivityStreamMode",
    "AlarmsArgs",
    "BackupArgs",
    "BackupCopyArgs",
    "BackupRuleArgs",
    "BackupVaultArgs",
    "BackupVaultLockArgs",
    "BlueGreenUpdateArgs",
    "ClusterBackupArgs",
    "ClusterEndpointArgs",
    "ClusterEngine",
    "ClusterInstanceArgs",
    "ClusterMonitoringArgs",
    "ClusterStorageArgs",
    "ClusterStorageType",
    "ControlsArgs",
    "CrossRegionBackupArgs",
    "DashboardInstanceArgs",
    "Database",
    "DatabaseArgs",
    "DatabaseBackupPlan",
    "DatabaseBackupPlanArgs",
    "DatabaseCluster",
    "DatabaseClusterArgs",
    "DatabaseClusterFromPointInTime",
    "DatabaseClusterFromPointInTimeArgs",
    "DatabaseClusterFromSnapshot",
    "DatabaseClusterFromSnapshotArgs",
    "DatabaseDashboard",
    "DatabaseDashboardArgs",
    "DatabaseInsights",
    "DatabaseInstance",
    "DatabaseInstanceArgs",
    "DatabaseInstanceFromPointInTime",
    "DatabaseInstanceFromPointInTimeArgs",
    "DatabaseInstanceFromSnapshot",
    "DatabaseInstanceFromSnapshotArgs",
    "DatabaseMonitoringRole",
    "DatabaseMonitoringRoleArgs",
    "DatabaseNetwork",
    "DatabaseNetworkArgs",
    "DatabaseNotifications",
    "DatabaseNotificationsArgs",
    "DatabaseProxy",
    "DatabaseProxyArgs",
    "DatabaseSecurityGroup",
    "DatabaseSecurityGroupArgs",
    "DatabaseSubnetGroup",
    "DatabaseSubnetGroupArgs",
    "DnsArgs",
    "Egress",
    "EndpointType",
    "Engine",
    "EngineLifecycleSupport",
    "Fault",
    "FlowLogArgs",
    "LicenseModel",
    "LimitlessArgs",
    "MasterPasswordArgs",
    "MonitoringArgs",
    "NetworkType",
    "OnDelete",
    "OptionArgs",
    "OptionGroupArgs",
    "ParameterGroupArgs",
    "PasswordSource",
    "PlacementArgs",
    "PointInTimeArgs",
    "ProxyEndpointSettings",
    "ProxyPinningFilter",
    "ProxyPoolArgs",
    "ProxySecretArgs",
    "ProxySettings",
    "ProxyTargetRole",
    "ReadReplica",
    "ReadReplicaArgs",
    "ReaderAutoscalingArgs",
    "ReplicaBackupArgs",
    "ReplicaMode",
    "ReplicaSettings",
    "ReplicaStorageArgs",
    "RestoreType",
    "RestoredStorageArgs",
    "RotationArgs",
    "ServerlessArgs",
    "SpecError",
    "StorageArgs",
    "StorageType",
    "Traffic",
    "__version__",
    "connect_policy",
    "connection_url",
]


def __getattr__(name: str) -> Any:
    """Loads what is used when it is used, as pulumi_aws does: a program without clusters doesn't pay for them."""
    if name not in __all__:
        raise AttributeError(f"module 'dbstack' has no attribute {name!r}")
    value = getattr(import_module(_HOMES.get(name, "dbstack.spec.types")), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*globals(), *__all__]
