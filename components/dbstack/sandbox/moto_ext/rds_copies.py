"""Read replicas, promotions, restores and deletions of RDS instances in moto."""

from typing import Any

from moto.core.utils import utcnow
from moto.rds.exceptions import DBInstanceAlreadyExists, DBSubnetGroupNotFoundError, RDSClientError

from dbstack.sandbox.moto_ext import rds_backups, rds_domain, rds_keep, rds_pending, rds_rules
from dbstack.sandbox.moto_ext.rds_shared import (
    aws_members,
    check_groups,
    check_keys,
    local,
    refuse,
    standing,
    zones_of,
)


def create_replica(original: Any, self: Any, db_kwargs: Any) -> Any:
    identifier = db_kwargs["db_instance_identifier"]
    if identifier in self.databases:
        raise DBInstanceAlreadyExists()
    asked = dict(db_kwargs.items())
    source = self.find_db_from_id(asked["source_db_instance_identifier"])
    managed = getattr(source, "master_user_secret", None) is not None
    refuse(rds_rules.replica(standing(source), aws_members(asked), len(source.replicas), managed))
    check_groups(self, asked)
    check_keys(self, asked)
    remote = source.backend is not self
    if remote and source.storage_encrypted and not asked.get("kms_key_id"):
        words = "KmsKeyId is required for an encrypted read replica in another region than its source."
        raise RDSClientError(rds_rules.COMBINATION, words)
    group = asked.get("db_subnet_group_name")
    if remote and group:
        # moto would look for it in the source's region.
        if group not in self.subnet_groups:
            raise DBSubnetGroupNotFoundError(group)
        del db_kwargs["db_subnet_group_name"]
    # moto copies the source shallowly: what a replica has of its own must be taken apart again.
    replica = original(self, db_kwargs)
    if remote and group:
        replica._db_subnet_group_name, replica.db_subnet_group = group, self.subnet_groups[group]
    zones = zones_of(self, asked.get("db_subnet_group_name")) or (
        [] if remote else zones_of(self, _group_name(source))
    )
    other_zones = [zone for zone in zones if zone != source.availability_zone]
    rds_pending.begin(replica)
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
    # The request has its own members for a domain: a replica stands in none by itself.
    replica.domain_memberships = []
    rds_domain.join(replica, asked)
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


def promote(original: Any, self: Any, db_kwargs: Any) -> Any:
    identifier = db_kwargs["db_instance_identifier"]
    database = self.describe_db_instances(identifier)[0]
    if not database.source_db_instance_identifier:
        raise RDSClientError("InvalidDBInstanceState", f"DB Instance {identifier} is not a read replica.")
    retention = db_kwargs.get("backup_retention_period")
    refuse(list(rds_rules.single(aws_members(dict(db_kwargs.items())), database.engine)))
    unlink(self, database)
    if retention is None:
        db_kwargs["backup_retention_period"] = 1
    database.update(**db_kwargs)
    return database


def unlink(backend: Any, database: Any) -> None:
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


def delete(original: Any, self: Any, db_instance_identifier: str, **asked: Any) -> Any:
    database = self.databases.get(db_instance_identifier)
    if database is None or getattr(database, "_engine_version", None) is None:
        return original(self, db_instance_identifier, **asked)
    if not database.deletion_protection:
        refuse(rds_rules.deletion(aws_members(asked), bool(database.source_db_instance_identifier)))
    snapshot = asked.get("final_db_snapshot_identifier") or ""
    if not database.deletion_protection and snapshot not in self.database_snapshots:
        release(self, database)
    deleted = original(self, db_instance_identifier, **asked)
    rds_backups.retain(self, deleted, asked.get("delete_automated_backups") is False)
    return deleted


def release(backend: Any, database: Any) -> None:
    """RDS promotes the replicas of a source that goes, and a replica leaves its source's list."""
    if database.source_db_instance_identifier:
        unlink(backend, database)
    for name in list(database.replicas):
        try:
            _unlink_from(backend.find_db_from_id(name))
        except RDSClientError:
            continue
    database.replicas = []


def _unlink_from(replica: Any) -> None:
    replica.is_replica = False
    replica.source_db_instance_identifier = None


def restoring(original: Any, self: Any, *args: Any, **kwargs: Any) -> Any:
    """Both restores: what the request asks for wins, also where it's false; the new instance stands alone."""
    asked = dict(args[-1].items())
    identifier = asked.get("target_db_instance_identifier") or asked["db_instance_identifier"]
    if identifier in self.databases:
        raise DBInstanceAlreadyExists()
    refuse(list(rds_rules.single(aws_members({**asked, "db_instance_identifier": identifier}), "")))
    check_groups(self, asked)
    check_keys(self, asked)
    local.restoring = True
    try:
        database = original(self, *args, **kwargs)
    finally:
        local.restoring = False
    for key in ("deletion_protection", "multi_az", "copy_tags_to_snapshot", "publicly_accessible"):
        setattr(database, key, bool(asked.get(key)))
    rds_pending.begin(database)
    database.created = database.instance_create_time = utcnow()
    database.replicas, database.is_replica = [], False
    database.source_db_instance_identifier = None
    database.tags = list(asked.get("tags") or [])
    database.vpc_security_group_ids = list(
        asked.get("vpc_security_group_ids") or database.vpc_security_group_ids
    )
    database.enabled_cloudwatch_logs_exports = sorted(set(asked.get("enable_cloudwatch_logs_exports") or []))
    if zones := zones_of(self, asked.get("db_subnet_group_name")):
        database.availability_zone = asked.get("availability_zone") or zones[0]
    for attribute in rds_keep.KEPT.values():
        setattr(database, attribute, None)
    rds_keep.remember(database, asked)
    rds_keep.complete(database)
    return database
