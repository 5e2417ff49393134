"""Production databases on Pulumi: RDS from one typed description, safe by default.

Every component is hosted for all Pulumi languages too, see ``PulumiPlugin.yaml``.
"""

from dbstack.aws.backup_plan import DatabaseBackupPlan
from dbstack.aws.connect_policy import connect_policy
from dbstack.aws.instance import DatabaseInstance
from dbstack.aws.monitoring import DatabaseMonitoringRole
from dbstack.aws.network import DatabaseNetwork
from dbstack.aws.proxy import DatabaseProxy
from dbstack.aws.replica import ReadReplica
from dbstack.aws.security_group import DatabaseSecurityGroup
from dbstack.aws.subnet_group import DatabaseSubnetGroup
from dbstack.database import Database
from dbstack.spec.errors import Fault, SpecError
from dbstack.spec.types import (
    AccessArgs,
    BackupArgs,
    BackupCopyArgs,
    BackupRuleArgs,
    BackupVaultArgs,
    BackupVaultLockArgs,
    ControlsArgs,
    DatabaseArgs,
    DatabaseBackupPlanArgs,
    DatabaseInsights,
    DatabaseInstanceArgs,
    DatabaseMonitoringRoleArgs,
    DatabaseNetworkArgs,
    DatabaseProxyArgs,
    DatabaseSecurityGroupArgs,
    DatabaseSubnetGroupArgs,
    Egress,
    Engine,
    MasterPasswordArgs,
    MonitoringArgs,
    OnDelete,
    PasswordSource,
    PlacementArgs,
    ProxyEndpointSettings,
    ProxyPinningFilter,
    ProxyPoolArgs,
    ProxySecretArgs,
    ProxySettings,
    ProxyTargetRole,
    ReadReplicaArgs,
    ReplicaBackupArgs,
    ReplicaSettings,
    ReplicaStorageArgs,
    RotationArgs,
    StorageArgs,
    StorageType,
)

__version__ = "0.1.0"

__all__ = [
    "AccessArgs",
    "BackupArgs",
    "BackupCopyArgs",
    "BackupRuleArgs",
    "BackupVaultArgs",
    "BackupVaultLockArgs",
    "ControlsArgs",
    "Database",
    "DatabaseArgs",
    "DatabaseBackupPlan",
    "DatabaseBackupPlanArgs",
    "DatabaseInsights",
    "DatabaseInstance",
    "DatabaseInstanceArgs",
    "DatabaseMonitoringRole",
    "DatabaseMonitoringRoleArgs",
    "DatabaseNetwork",
    "DatabaseNetworkArgs",
    "DatabaseProxy",
    "DatabaseProxyArgs",
    "DatabaseSecurityGroup",
    "DatabaseSecurityGroupArgs",
    "DatabaseSubnetGroup",
    "DatabaseSubnetGroupArgs",
    "Egress",
    "Engine",
    "Fault",
    "MasterPasswordArgs",
    "MonitoringArgs",
    "OnDelete",
    "PasswordSource",
    "PlacementArgs",
    "ProxyEndpointSettings",
    "ProxyPinningFilter",
    "ProxyPoolArgs",
    "ProxySecretArgs",
    "ProxySettings",
    "ProxyTargetRole",
    "ReadReplica",
    "ReadReplicaArgs",
    "ReplicaBackupArgs",
    "ReplicaSettings",
    "ReplicaStorageArgs",
    "RotationArgs",
    "SpecError",
    "StorageArgs",
    "StorageType",
    "__version__",
    "connect_policy",
]
