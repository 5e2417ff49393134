"""RDS instances in moto: refuse what AWS refuses, keep what it keeps, and repair replicas, restores and deletions."""

import threading
from collections.abc import Mapping, Sequence
from typing import Any

from moto.core.responses import ActionResult, PaginatedResult
from moto.core.utils import utcnow
from moto.moto_api._internal import mock_random
from moto.rds import models
from moto.rds.exceptions import DBInstanceAlreadyExists, RDSClientError
from moto.rds.models import DBInstance, MasterUserSecret, RDSBackend
from moto.rds.responses import RDSResponse

from dbstack.sandbox.moto_ext import rds_groups, rds_keep, rds_rules, versions
from dbstack.sandbox.moto_ext.patching import add, around
from dbstack.sandbox.wire import listed
from dbstack.spec import windows

_local = threading.local()  # a restore calls create_db_instance with what it copied: nothing to check there

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
    "allow_major_version_upgrade": "AllowMajorVersionUpgrade",
    "skip_final_snapshot": "SkipFinalSnapshot",
    "final_db_snapshot_identifier": "FinalDBSnapshotIdentifier",
}


def aws_members(asked: Mapping[str, Any]) -> dict[str, Any]:
    return {name: asked[key] for key, name in _AWS_NAMES.items() if asked.get(key) is not None}


def _refuse(found: Sequence[rds_rules.Refusal]) -> None:
    # AWS answers with the first fault that it meets.
    if found:
        raise RDSClientError(found[0].code, found[0].message)


def _standing(database: Any) -> dict[str, Any]:
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


def _zones(backend: Any, subnet_group: str | None) -> list[str]:
    group = backend.subnet_groups.get(subnet_group) if subnet_group else None
    return sorted({subnet.availability_zone for subnet in group._subnets}) if group else []


def _check_groups(backend: Any, asked: Mapping[str, Any]) -> None:
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


def _create(original: Any, self: Any, db_kwargs: Any) -> Any:
    if getattr(_local, "restoring", False) or db_kwargs.get("db_cluster_identifier"):
        database = original(self, db_kwargs)
        database.dbi_resource_id = rds_keep.resource_id()
        return database
    if db_kwargs["db_instance_identifier"] in self.databases:
        raise DBInstanceAlreadyExists()
    asked = dict(db_kwargs.items())
    if asked.get("db_subnet_group_name") is None or asked["db_subnet_group_name"] in self.subnet_groups:
        _refuse(rds_rules.creation(aws_members(asked)))
        _check_groups(self, asked)
    zones = _zones(self, asked.get("db_subnet_group_name"))
    for key, value in rds_keep.creation_defaults(asked, zones).items():
        db_kwargs[key] = value
    database = original(self, db_kwargs)
    database.dbi_resource_id = rds_keep.resource_id()
    if not database.option_group_supplied:
        database.option_group_name = rds_keep.option_group(database.engine, database.engine_version)
    database.enabled_cloudwatch_logs_exports = sorted(set(database.enabled_cloudwatch_logs_exports))
    if database.multi_az:
        database.secondary_availability_zone = next(
            (zone for zone in zones if zone != database.availability_zone), None
        )
    rds_keep.remember(database, asked)
    rds_keep.complete(database)
    return database


def _modify(original: Any, self: Any, db_instance_identifier: str, db_kwargs: Any) -> Any:
    database = self.describe_db_instances(db_instance_identifier)[0]
    asked = dict(db_kwargs.items())
    asked.pop("db_instance_identifier", None)
    new_id = asked.get("new_db_instance_identifier")
    if new_id and new_id.lower() != db_instance_identifier.lower() and new_id in self.databases:
        raise DBInstanceAlreadyExists()
    if getattr(database, "_engine_version", None) is not None:
        replica = bool(getattr(database, "source_db_instance_identifier", None))
        change = rds_rules.change(_standing(database), aws_members(asked), bool(database.replicas), replica)
        _refuse(change)
        _check_groups(self, asked)
        if asked.get("kms_key_id"):
            raise RDSClientError(rds_rules.COMBINATION, "The KMS key of an instance can't be changed.")
    if asked.get("engine_version"):
        db_kwargs["engine_version"] = _upgraded(database, asked["engine_version"])
    if "db_port_number" in asked:
        db_kwargs["port"] = asked["db_port_number"]
    _default_group(database, db_kwargs)
    exports: Mapping[str, Any] = asked.get("cloudwatch_logs_export_configuration", {})
    if exports:
        del db_kwargs["cloudwatch_logs_export_configuration"]
    managed_before = getattr(database, "master_user_secret", None)
    if asked.get("manage_master_user_password") and managed_before is not None:
        del db_kwargs["manage_master_user_password"]
    old_id, old_type = database.db_instance_identifier, getattr(database, "storage_type", None)
    if asked.get("storage_type") not in (None, old_type):
        database.iops = database._storage_throughput = None
        # The type must be there before the figures that belong to it.
        database.storage_type = asked["storage_type"]
    elif asked.get("allocated_storage") and database.storage_type == "gp3" and database.iops == 3000:
        # A volume that outgrows its baseline gets the bigger one.
        database.iops = database._storage_throughput = None
    if ceiling := db_kwargs.get("max_allocated_storage"):
        del db_kwargs["max_allocated_storage"]
    database = original(self, db_instance_identifier, db_kwargs)
    if ceiling:
        database._max_allocated_storage = ceiling
    elif getattr(database, "_max_allocated_storage", None) is not None:
        database._max_allocated_storage = max(database._max_allocated_storage, database.allocated_storage)
    logs = set(database.enabled_cloudwatch_logs_exports) | set(listed(exports.get("EnableLogTypes")))
    database.enabled_cloudwatch_logs_exports = sorted(logs - set(listed(exports.get("DisableLogTypes"))))
    rds_keep.remember(database, asked)
    if getattr(database, "_engine_version", None) is not None:
        rds_keep.complete(database)
        if not database.option_group_supplied:
            database.option_group_name = rds_keep.option_group(database.engine, database.engine_version)
    if new_id and new_id.lower() != old_id.lower():
        _rename_links(self, old_id, database.db_instance_identifier)
    return database


def _upgraded(database: Any, wanted: str) -> str:
    """A major that the instance already has asks for nothing."""
    if database.engine_version == wanted or database.engine_version.startswith(f"{wanted}."):
        return database.engine_version
    return versions.resolve(database.engine, wanted) or wanted


def _default_group(database: Any, db_kwargs: Any) -> None:
    """Default parameter groups can be named in a change; moto knows them only once an instance uses them."""
    name = db_kwargs.get("db_parameter_group_name")
    if (
        name
        and name not in database.backend.db_parameter_groups
        and database.is_default_parameter_group(name)
    ):
        was, version = database.db_parameter_group_name, database._engine_version
        database.db_parameter_group_name = None
        database._engine_version = db_kwargs.get("engine_version") or version
        database.db_parameter_groups()
        database.db_parameter_group_name, database._engine_version = was, version


def _rename_links(backend: Any, old: str, new: str) -> None:
    for other in backend.databases.values():
        if getattr(other, "source_db_instance_identifier", None) == old:
            other.source_db_instance_identifier = new
        replicas: list[str] = getattr(other, "replicas", [])
        other.replicas = [new if item == old else item for item in replicas]


def _create_replica(original: Any, self: Any, db_kwargs: Any) -> Any:
    identifier = db_kwargs["db_instance_identifier"]
    if identifier in self.databases:
        raise DBInstanceAlreadyExists()
    asked = dict(db_kwargs.items())
    source = self.find_db_from_id(asked["source_db_instance_identifier"])
    managed = getattr(source, "master_user_secret", None) is not None
    _refuse(rds_rules.replica(_standing(source), aws_members(asked), len(source.replicas), managed))
    _check_groups(self, asked)
    remote = source.backend is not self
    if remote and source.storage_encrypted and not asked.get("kms_key_id"):
        words = "KmsKeyId is required for an encrypted read replica in another region than its source."
        raise RDSClientError(rds_rules.COMBINATION, words)
    # moto copies the source shallowly: what a replica has of its own must be taken apart again.
    replica = original(self, db_kwargs)
    zones = _zones(self, asked.get("db_subnet_group_name")) or (
        [] if remote else _zones(self, _group_name(source))
    )
    other_zones = [zone for zone in zones if zone != source.availability_zone]
    replica.created = utcnow()
    replica.instance_create_time = replica.created
    replica.dbi_resource_id = rds_keep.resource_id()
    replica.tags = list(asked.get("tags") or [])
    replica.deletion_protection = bool(asked.get("deletion_protection"))
    replica.multi_az = bool(asked.get("multi_az"))
    replica.secondary_availability_zone = None
    replica.backup_retention_period = 0
    replica.copy_tags_to_snapshot = bool(asked.get("copy_tags_to_snapshot"))
    replica.availability_zone = (
        asked.get("availability_zone") or (other_zones or zones or [f"{self.region_name}a"])[0]
    )
    replica.enabled_cloudwatch_logs_exports = sorted(set(asked.get("enable_cloudwatch_logs_exports") or []))
    replica.monitoring_interval = asked.get("monitoring_interval") or 0
    replica.monitoring_role_arn = asked.get("monitoring_role_arn")
    replica.enable_iam_database_authentication = bool(asked.get("enable_iam_database_authentication"))
    replica.publicly_accessible = bool(asked.get("publicly_accessible"))
    replica.vpc_security_group_ids = list(
        asked.get("vpc_security_group_ids") or _default_groups(self, replica)
    )
    replica.domain_memberships = list(source.domain_memberships)
    replica._max_allocated_storage = asked.get("max_allocated_storage") or replica.allocated_storage
    replica._associated_roles = []
    replica.manage_master_user_password = False
    if asked.get("ca_certificate_identifier") is None:
        replica.ca_certificate_identifier = source.ca_certificate_identifier
    for attribute in rds_keep.KEPT.values():
        setattr(replica, attribute, None)
    rds_keep.remember(replica, asked)
    rds_keep.complete(replica)
    return replica


def _group_name(database: Any) -> str | None:
    group = getattr(database, "db_subnet_group", None)
    return group.name if group else None


def _default_groups(backend: Any, replica: Any) -> list[str]:
    """The default security group of the VPC that the replica stands in."""
    from moto.ec2.models import ec2_backends

    ec2 = ec2_backends[backend.account_id][backend.region_name]
    group = getattr(replica, "db_subnet_group", None)
    vpc_id = group.vpc_id if group and group.backend is backend else ec2.default_vpc.id
    return [str(getattr(ec2.get_default_security_group(vpc_id), "id", ""))]


def _promote(original: Any, self: Any, db_kwargs: Any) -> Any:
    identifier = db_kwargs["db_instance_identifier"]
    database = self.describe_db_instances(identifier)[0]
    if not database.source_db_instance_identifier:
        raise RDSClientError("InvalidDBInstanceState", f"DB Instance {identifier} is not a read replica.")
    retention = db_kwargs.get("backup_retention_period")
    _refuse(list(rds_rules.single(aws_members(dict(db_kwargs.items())), database.engine)))
    _unlink(self, database)
    if retention is None:
        db_kwargs["backup_retention_period"] = 1
    database.update(**db_kwargs)
    return database


def _unlink(backend: Any, database: Any) -> None:
    """Makes a replica an instance of its own."""
    names = {database.db_instance_identifier, database.db_instance_arn}
    source = database.source_db_instance_identifier
    try:
        primary = backend.find_db_from_id(source)
        primary.replicas = [item for item in primary.replicas if item not in names]
    except RDSClientError:
        pass  # the source is gone already
    database.is_replica = False
    database.source_db_instance_identifier = None


def _delete(original: Any, self: Any, db_instance_identifier: str, **asked: Any) -> Any:
    database = self.databases.get(db_instance_identifier)
    if database is None or getattr(database, "_engine_version", None) is None:
        return original(self, db_instance_identifier, **asked)
    if not database.deletion_protection:
        _refuse(rds_rules.deletion(aws_members(asked), bool(database.source_db_instance_identifier)))
    snapshot = asked.get("final_db_snapshot_identifier") or ""
    if not database.deletion_protection and snapshot not in self.database_snapshots:
        _release(self, database)
    return original(self, db_instance_identifier, **asked)


def _release(backend: Any, database: Any) -> None:
    """RDS promotes the replicas of a source that goes, and a replica leaves its source's list."""
    if database.source_db_instance_identifier:
        _unlink(backend, database)
    for name in list(database.replicas):
        try:
            _unlink_from(backend.find_db_from_id(name))
        except RDSClientError:
            continue
    database.replicas = []


def _unlink_from(replica: Any) -> None:
    replica.is_replica = False
    replica.source_db_instance_identifier = None


def _restoring(original: Any, self: Any, *args: Any, **kwargs: Any) -> Any:
    """Both restores: what the request asks for wins, also where it's false; the new instance stands alone."""
    asked = dict(args[-1].items())
    identifier = asked.get("target_db_instance_identifier") or asked["db_instance_identifier"]
    if identifier in self.databases:
        raise DBInstanceAlreadyExists()
    _refuse(list(rds_rules.single(aws_members({**asked, "db_instance_identifier": identifier}), "")))
    _check_groups(self, asked)
    _local.restoring = True
    try:
        database = original(self, *args, **kwargs)
    finally:
        _local.restoring = False
    for key in ("deletion_protection", "multi_az", "copy_tags_to_snapshot", "publicly_accessible"):
        setattr(database, key, bool(asked.get(key)))
    database.created = database.instance_create_time = utcnow()
    database.replicas, database.is_replica = [], False
    database.source_db_instance_identifier = None
    database.tags = list(asked.get("tags") or [])
    database.vpc_security_group_ids = list(
        asked.get("vpc_security_group_ids") or database.vpc_security_group_ids
    )
    database.enabled_cloudwatch_logs_exports = sorted(set(asked.get("enable_cloudwatch_logs_exports") or []))
    if zones := _zones(self, asked.get("db_subnet_group_name")):
        database.availability_zone = asked.get("availability_zone") or zones[0]
    for attribute in rds_keep.KEPT.values():
        setattr(database, attribute, None)
    rds_keep.remember(database, asked)
    rds_keep.complete(database)
    return database


def _secret_string(self: Any) -> str:
    import json

    alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    password = "".join(mock_random.choice(alphabet) for _ in range(28))
    return json.dumps({"username": self.resource.master_username, "password": password})


def _latest_restorable(self: Any) -> Any:
    # moto answers with the clock, which would show as a difference on every refresh.
    return self.created if self.backup_retention_period else None


def _describe_engine_versions(self: Any) -> ActionResult:
    params = self.params
    found = versions.describe(
        params.get("Engine"),
        params.get("EngineVersion"),
        params.get("DBParameterGroupFamily"),
        bool(params.get("DefaultOnly")),
    )
    for item in params.get("Filters", []):
        field = _VERSION_FILTERS.get(item["Name"])
        if field is None:
            raise RDSClientError(rds_rules.VALUE, f"Unrecognized filter name: {item['Name']}")
        found = [entry for entry in found if entry[field] in item["Values"]]
    return PaginatedResult({"DBEngineVersions": found})


_VERSION_FILTERS = {
    "engine": "Engine",
    "engine-version": "EngineVersion",
    "db-parameter-group-family": "DBParameterGroupFamily",
    "status": "Status",
}


def _windows(maintenance: Any, backup: Any) -> str | None:
    """moto takes windows that only touch for overlapping ones, and forgets the weekday."""
    if maintenance and (fault := windows.maintenance_window_fault(maintenance)):
        return fault
    return windows.overlap_fault(backup, maintenance) if maintenance and backup else None


def install() -> None:
    rds_groups.install()
    setattr(models, "valid_preferred_maintenance_window", _windows)  # noqa: B010 (not exported by name)
    around(RDSBackend, "create_db_instance", _create)
    around(RDSBackend, "modify_db_instance", _modify)
    around(RDSBackend, "create_db_instance_read_replica", _create_replica)
    around(RDSBackend, "promote_read_replica", _promote)
    around(RDSBackend, "delete_db_instance", _delete)
    around(RDSBackend, "restore_db_instance_from_db_snapshot", _restoring)
    around(RDSBackend, "restore_db_instance_to_point_in_time", _restoring)
    MasterUserSecret._generate_secret_string = _secret_string  # pyright: ignore[reportPrivateUsage]
    MasterUserSecret.secret_status = property(lambda _secret: "active")  # pyright: ignore[reportAttributeAccessIssue]
    DBInstance.latest_restorable_time = property(_latest_restorable)  # pyright: ignore[reportAttributeAccessIssue]
    DBInstance.db_instance_port = property(lambda _instance: 0)  # pyright: ignore[reportAttributeAccessIssue]
    add(RDSResponse, "describe_db_engine_versions", _describe_engine_versions)
