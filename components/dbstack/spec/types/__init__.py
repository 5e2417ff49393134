"""The arguments that users write: each field is declared here, once.

Component arguments, the stack config, its JSON Schema and the reference pages are made from these types.
Names are snake_case here and camelCase in YAML. ``pulumi.Input`` marks what may be an output of another
resource; every other field is plain, because it decides which resources exist or is checked before anything
is created. A ``TypedDict`` (not a dataclass) because that is what Pulumi can host for other languages.
"""

from dbstack.spec.types.alarms import (
    AlarmsArgs,
    DashboardInstanceArgs,
    DatabaseDashboardArgs,
    DatabaseNotificationsArgs,
    NotificationsSettings,
)
from dbstack.spec.types.backup_plan import (
    BackupCopyArgs,
    BackupPlanSettings,
    BackupRuleArgs,
    BackupVaultArgs,
    BackupVaultLockArgs,
    DatabaseBackupPlanArgs,
    StackBackupPlanSettings,
)
from dbstack.spec.types.choices import (
    DatabaseInsights,
    Egress,
    Engine,
    OnDelete,
    PasswordSource,
    StorageType,
    Target,
    Traffic,
)
from dbstack.spec.types.cluster import (
    ClusterBackupArgs,
    ClusterBase,
    ClusterEndpointArgs,
    ClusterEngine,
    ClusterInstanceArgs,
    ClusterMonitoringArgs,
    ClusterSettings,
    ClusterStorageArgs,
    ClusterStorageType,
    DatabaseClusterArgs,
    DatabaseClusterFromPointInTimeArgs,
    DatabaseClusterFromSnapshotArgs,
    EndpointType,
    ReaderAutoscalingArgs,
    RestoreType,
    ServerlessArgs,
)
from dbstack.spec.types.controls import ControlsArgs
from dbstack.spec.types.database import DatabaseArgs, DatabaseSettings
from dbstack.spec.types.instance import (
    BackupArgs,
    CrossRegionBackupArgs,
    DatabaseInstanceArgs,
    InstanceSettings,
    MasterPasswordArgs,
    NewInstanceSettings,
    StorageArgs,
)
from dbstack.spec.types.monitoring import DatabaseMonitoringRoleArgs, MonitoringArgs
from dbstack.spec.types.network import (
    AccessArgs,
    DatabaseNetworkArgs,
    DatabaseSecurityGroupArgs,
    DatabaseSubnetGroupArgs,
    FlowLogArgs,
    NewNetworkSettings,
    PlacementArgs,
)
from dbstack.spec.types.parameters import ParameterGroupArgs
from dbstack.spec.types.proxy import (
    DatabaseProxyArgs,
    ProxyEndpointSettings,
    ProxyPinningFilter,
    ProxyPoolArgs,
    ProxySecretArgs,
    ProxySettings,
    ProxyTargetRole,
)
from dbstack.spec.types.replica import (
    ReadReplicaArgs,
    ReplicaBackupArgs,
    ReplicaBase,
    ReplicaSettings,
    ReplicaStorageArgs,
)
from dbstack.spec.types.restore import (
    DatabaseInstanceFromPointInTimeArgs,
    DatabaseInstanceFromSnapshotArgs,
    PointInTimeArgs,
    RestoredSettings,
    RestoredStorageArgs,
)
from dbstack.spec.types.rotation import RotationArgs
from dbstack.spec.types.stack import NetworkSettings, StackSettings

MODULES = (
    "choices",
    "controls",
    "alarms",
    "network",
    "monitoring",
    "rotation",
    "instance",
    "proxy",
    "replica",
    "database",
    "backup_plan",
    "parameters",
    "cluster",
    "restore",
    "stack",
)
"""The modules of the types, each after those it builds on: for what reads the texts under the fields."""

__all__ = [
    "AccessArgs",
    "AlarmsArgs",
    "BackupArgs",
    "BackupCopyArgs",
    "BackupPlanSettings",
    "BackupRuleArgs",
    "BackupVaultArgs",
    "BackupVaultLockArgs",
    "ClusterBackupArgs",
    "ClusterBase",
    "ClusterEndpointArgs",
    "ClusterEngine",
    "ClusterInstanceArgs",
    "ClusterMonitoringArgs",
    "ClusterSettings",
    "ClusterStorageArgs",
    "ClusterStorageType",
    "ControlsArgs",
    "CrossRegionBackupArgs",
    "DashboardInstanceArgs",
    "DatabaseArgs",
    "DatabaseBackupPlanArgs",
    "DatabaseClusterArgs",
    "DatabaseClusterFromPointInTimeArgs",
    "DatabaseClusterFromSnapshotArgs",
    "DatabaseDashboardArgs",
    "DatabaseInsights",
    "DatabaseInstanceArgs",
    "DatabaseInstanceFromPointInTimeArgs",
    "DatabaseInstanceFromSnapshotArgs",
    "DatabaseMonitoringRoleArgs",
    "DatabaseNetworkArgs",
    "DatabaseNotificationsArgs",
    "DatabaseProxyArgs",
    "DatabaseSecurityGroupArgs",
    "DatabaseSettings",
    "DatabaseSubnetGroupArgs",
    "Egress",
    "EndpointType",
    "Engine",
    "FlowLogArgs",
    "InstanceSettings",
    "MasterPasswordArgs",
    "MonitoringArgs",
    "NetworkSettings",
    "NewInstanceSettings",
    "NewNetworkSettings",
    "NotificationsSettings",
    "OnDelete",
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
    "ReadReplicaArgs",
    "ReaderAutoscalingArgs",
    "ReplicaBackupArgs",
    "ReplicaBase",
    "ReplicaSettings",
    "ReplicaStorageArgs",
    "RestoreType",
    "RestoredSettings",
    "RestoredStorageArgs",
    "RotationArgs",
    "ServerlessArgs",
    "StackBackupPlanSettings",
    "StackSettings",
    "StorageArgs",
    "StorageType",
    "Target",
    "Traffic",
]
