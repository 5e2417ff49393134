"""What holds where nothing is given. Safe first: encrypted, backed up, protected, deleted only with a snapshot."""

from collections.abc import Mapping
from typing import Any

from dbstack.spec.types import Egress, OnDelete, StorageType, Traffic

STORAGE: Mapping[str, Any] = {"allocated_gib": 20, "type": StorageType.GP3, "encrypted": True}
BACKUP: Mapping[str, Any] = {"retention_days": 7}
ACCESS: Mapping[str, Any] = {
    "from_security_groups": [],
    "from_cidrs": [],
    "from_prefix_lists": [],
    "egress": Egress.ALL,
}
INSTANCE: Mapping[str, Any] = {
    "username": "dbadmin",
    "multi_az": False,
    "auto_minor_version_upgrade": True,
    "allow_major_version_upgrade": False,
    "apply_immediately": False,
    "on_delete": OnDelete.SNAPSHOT,
}
DATABASE: Mapping[str, Any] = {**INSTANCE, "replicas": {}}
REPLICA: Mapping[str, Any] = {
    "multi_az": False,
    "storage_type": StorageType.GP3,
    "storage_encrypted": True,
    "auto_minor_version_upgrade": True,
    "apply_immediately": False,
    "iam_authentication": True,
    "on_delete": OnDelete.SNAPSHOT,
}
NETWORK: Mapping[str, Any] = {"availability_zones": 2, "endpoints": []}
FLOW_LOGS: Mapping[str, Any] = {
    "enabled": True,
    "traffic": Traffic.ALL,
    "aggregation_seconds": 600,
    "log_retention_days": 365,
}
BACKUP_RULE: Mapping[str, Any] = {
    "schedule": "cron(0 5 ? * * *)",
    "delete_after_days": 35,
    "continuous": False,
    "start_within_minutes": 480,
    "complete_within_minutes": 10_080,
    "copies": {},
}
CLUSTER: Mapping[str, Any] = {
    "username": "dbadmin",
    "iam_authentication": True,
    "instances": {"one": {}},
    "endpoints": {},
    "backtrack_hours": 0,
    "auto_minor_version_upgrade": True,
    "allow_major_version_upgrade": False,
    "apply_immediately": False,
    "data_api": False,
    "local_write_forwarding": False,
    "global_write_forwarding": False,
    "shared_with": (),
    "on_delete": OnDelete.SNAPSHOT,
}
GLOBAL_CLUSTER: Mapping[str, Any] = {
    "encrypted": True,
    "allow_major_version_upgrade": False,
    "on_delete": OnDelete.SNAPSHOT,
}
CLUSTER_STORAGE: Mapping[str, Any] = {"encrypted": True}
SERVERLESS: Mapping[str, Any] = {"min_acu": 0.5}
CLUSTER_MONITORING: Mapping[str, Any] = {"enhanced_interval_seconds": 60, "log_retention_days": 365}
READER_AUTOSCALING: Mapping[str, Any] = {"scale_in_cooldown_seconds": 300, "scale_out_cooldown_seconds": 300}
