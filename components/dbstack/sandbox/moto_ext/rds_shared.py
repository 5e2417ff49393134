"""What the repairs of RDS instances share: members by AWS's names, refusing, and what holds now."""

import threading
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from moto.rds.exceptions import KMSKeyNotAccessibleFault, RDSClientError

from dbstack.sandbox.moto_ext import kms, rds_rules
from dbstack.sandbox.wire import listed

local = threading.local()
"""`restoring` is set while a restore calls create_db_instance with what it copied: nothing to check there."""

# moto's spelling of a member -> AWS's, for the rules.
_AWS_NAMES = {
    "db_instance_identifier": "DBInstanceIdentifier",
    "new_db_instance_identifier": "NewDBInstanceIdentifier",
    "db_instance_class": "DBInstanceClass",
    "engine": "Engine",
    "engine_version": "EngineVersion",
    "master_username": "MasterUsername",
    "master_user_password": "MasterUserPassword",
    "manage_master_user_password": "ManageMasterUserPassword",
    "db_name": "DBName",
    "allocated_storage": "AllocatedStorage",
    "max_allocated_storage": "MaxAllocatedStorage",
    "storage_type": "StorageType",
    "iops": "Iops",
    "storage_throughput": "StorageThroughput",
    "storage_encrypted": "StorageEncrypted",
    "kms_key_id": "KmsKeyId",
    "backup_retention_period": "BackupRetentionPeriod",
    "preferred_backup_window": "PreferredBackupWindow",
    "preferred_maintenance_window": "PreferredMaintenanceWindow",
    "port": "Port",
    "db_port_number": "DBPortNumber",
    "multi_az": "MultiAZ",
    "availability_zone": "AvailabilityZone",
    "monitoring_interval": "MonitoringInterval",
    "monitoring_role_arn": "MonitoringRoleArn",
    "enable_performance_insights": "EnablePerformanceInsights",
    "performance_insights_retention_period": "PerformanceInsightsRetentionPeriod",
    "database_insights_mode": "DatabaseInsightsMode",
    "enable_cloudwatch_logs_exports": "EnableCloudwatchLogsExports",
    "network_type": "NetworkType",
    "license_model": "LicenseModel",
    "character_set_name": "CharacterSetName",
    "nchar_character_set_name": "NcharCharacterSetName",
    "timezone": "Timezone",
    "dedicated_log_volume": "DedicatedLogVolume",
    "allow_major_version_upgrade": "AllowMajorVersionUpgrade",
    "skip_final_snapshot": "SkipFinalSnapshot",
    "final_db_snapshot_identifier": "FinalDBSnapshotIdentifier",
}


@cache
def _spellings() -> dict[str, str]:
    """moto's spelling of every member of RDS's requests -> AWS's own."""
    from botocore import xform_name
    from botocore.session import get_session

    model = get_session().get_service_model("rds")
    shapes = (model.operation_model(name).input_shape for name in model.operation_names)
    return {xform_name(member): member for shape in shapes if shape for member in shape.members}


def members_of(params: Any) -> dict[str, Any]:
    """A request by AWS's names, nested structures too."""
    given = params.original_dict() if hasattr(params, "original_dict") else dict(params)
    named = {_spellings().get(name) or name: value for name, value in given.items() if value is not None}
    return {
        name: value.original_dict() if hasattr(value, "original_dict") else value
        for name, value in named.items()
    }


def aws_members(asked: Mapping[str, Any]) -> dict[str, Any]:
    return {name: asked[key] for key, name in _AWS_NAMES.items() if asked.get(key) is not None}


def refuse(found: Sequence[rds_rules.Refusal]) -> None:
    # AWS answers with the first fault that it meets.
    if found:
        raise RDSClientError(found[0].code, found[0].message)


def standing(database: Any) -> dict[str, Any]:
    """The values that hold for an instance now, by AWS's names."""
    values = {
        key: getattr(database, key, None) for key in ("engine", "storage_type", "iops", "monitoring_role_arn")
    }
    values |= {
        key: getattr(database, key, None)
        for key in ("preferred_backup_window", "preferred_maintenance_window")
    }
    standing = aws_members(values)
    standing |= {
        "EngineVersion": database.engine_version,
        "AllocatedStorage": database.allocated_storage,
        "BackupRetentionPeriod": database.backup_retention_period,
    }
    if database.max_allocated_storage:
        standing["MaxAllocatedStorage"] = database.max_allocated_storage
    if database.storage_throughput:
        standing["StorageThroughput"] = database.storage_throughput
    if database.storage_type == "gp3" and database.iops == 3000:
        # The baseline of a small volume is nothing that was set.
        standing.pop("Iops", None)
        standing.pop("StorageThroughput", None)
    return standing


def zones_of(backend: Any, subnet_group: str | None) -> list[str]:
    group = backend.subnet_groups.get(subnet_group) if subnet_group else None
    return sorted({subnet.availability_zone for subnet in group._subnets}) if group else []


def check_groups(backend: Any, asked: Mapping[str, Any]) -> None:
    """Security groups and zone must exist, and stand in the VPC of the subnet group."""
    from moto.ec2.models import ec2_backends

    ec2 = ec2_backends[backend.account_id][backend.region_name]
    group = backend.subnet_groups.get(asked.get("db_subnet_group_name") or "")
    for group_id in listed(asked.get("vpc_security_group_ids")):
        found = ec2.get_security_group_from_id(group_id)
        if found is None:
            raise RDSClientError(
                rds_rules.VALUE, f"Invalid security group , groupId= {group_id}, groupName=."
            )
        if group is not None and found.vpc_id != group.vpc_id:
            words = "The DB instance and EC2 security group are in different VPCs."
            raise RDSClientError(
                "InvalidVPCNetworkStateFault",
                f"{words} The DB instance is in {group.vpc_id} and the EC2 security group is in {found.vpc_id}",
            )
    zone = asked.get("availability_zone")
    if zone and not zone.startswith(backend.region_name):
        raise RDSClientError(
            rds_rules.VALUE, f"Invalid availability zone. {zone} is not in {backend.region_name}."
        )


_KEYS = ("kms_key_id", "performance_insights_kms_key_id", "master_user_secret_kms_key_id")


def check_keys(backend: Any, asked: Mapping[str, Any]) -> None:
    """The keys that a request names must be there and usable."""
    for member in _KEYS:
        key = asked.get(member)
        if key and not kms.usable(backend.account_id, backend.region_name, key):
            raise KMSKeyNotAccessibleFault(key)
