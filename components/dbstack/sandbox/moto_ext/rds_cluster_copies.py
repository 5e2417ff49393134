"""Clusters restored from a snapshot or to a point in time, in moto."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from moto.core.utils import utcnow
from moto.rds.exceptions import DBClusterNotFoundError, DBClusterSnapshotNotFoundError, RDSClientError
from moto.rds.models import RDSBackend

from dbstack.sandbox.moto_ext import cluster_versions, rds_cluster_rules, rds_clusters
from dbstack.sandbox.moto_ext.patching import around
from dbstack.sandbox.moto_ext.rds_rules import COMBINATION, VALUE
from dbstack.sandbox.moto_ext.rds_shared import local, members_of, refuse
from dbstack.spec.cluster_engines import CLUSTER_ENGINES

# Constructor argument of moto's cluster -> where the source has it. What a restore brings along.
_COPIED = (
    "engine",
    "engine_version",
    "master_username",
    "database_name",
    "allocated_storage",
    "storage_type",
    "iops",
    "db_cluster_instance_class",
    "port",
    "backup_retention_period",
    "preferred_backup_window",
    "preferred_maintenance_window",
    "storage_encrypted",
    "kms_key_id",
    "character_set_name",
)


def _from_snapshot(original: Any, self: Any, from_snapshot_id: str, overrides: Any) -> Any:
    asked = members_of(overrides)
    name = from_snapshot_id.rsplit(":", 1)[-1] if from_snapshot_id.startswith("arn:") else from_snapshot_id
    snapshot = self.cluster_snapshots.get(from_snapshot_id) or self.cluster_snapshots.get(name)
    if snapshot is None:
        raise DBClusterSnapshotNotFoundError(from_snapshot_id)
    if snapshot.engine not in CLUSTER_ENGINES:
        return original(self, from_snapshot_id, overrides)
    return _restore(self, snapshot.cluster, asked)


def _to_point_in_time(original: Any, self: Any, **params: Any) -> Any:
    asked = members_of(params)
    wanted = asked.get("SourceDBClusterIdentifier") or asked.get("SourceDbClusterResourceId") or ""
    name = wanted.rsplit(":", 1)[-1]
    source = self.clusters.get(name) or next(
        (one for one in self.clusters.values() if one.db_cluster_resource_id == name), None
    )
    if source is None:
        raise DBClusterNotFoundError(wanted)
    moment, latest = asked.get("RestoreToTime"), asked.get("UseLatestRestorableTime")
    if bool(moment) == bool(latest):
        raise RDSClientError(COMBINATION, "Give either RestoreToTime or UseLatestRestorableTime.")
    if isinstance(moment, datetime) and moment.replace(tzinfo=None) > utcnow().replace(tzinfo=None):
        raise RDSClientError(VALUE, f"The specified time {moment} is later than the latest restorable time.")
    return _restore(self, source, asked)


def _restore(backend: Any, source: Any, asked: Mapping[str, Any]) -> Any:
    """What the request asks for wins; the rest is the source's or AWS's default, never the source's protection."""
    engine = asked.get("Engine") or source.engine
    rds_clusters.free(backend, asked["DBClusterIdentifier"])
    refuse(list(rds_cluster_rules.single(asked, engine)))
    rds_clusters.check_places(backend, asked)
    kwargs: dict[str, Any] = {name: getattr(source, name, None) for name in _COPIED}
    kwargs |= {
        "engine": engine,
        "db_cluster_identifier": asked["DBClusterIdentifier"],
        "master_user_password": "taken-from-the-source",
        "availability_zones": rds_clusters.zones(backend, asked),
        "db_subnet_group_name": asked.get("DBSubnetGroupName"),
        "vpc_security_group_ids": asked.get("VpcSecurityGroupIds"),
        "db_cluster_parameter_group_name": asked.get("DBClusterParameterGroupName"),
        "copy_tags_to_snapshot": bool(asked.get("CopyTagsToSnapshot")),
        "deletion_protection": bool(asked.get("DeletionProtection")),
        "backtrack_window": asked.get("BacktrackWindow"),
        "tags": asked.get("Tags"),
    }
    for member, name in (
        ("Port", "port"),
        ("BackupRetentionPeriod", "backup_retention_period"),
        ("PreferredBackupWindow", "preferred_backup_window"),
        ("DBClusterInstanceClass", "db_cluster_instance_class"),
        ("Iops", "iops"),
    ):
        if asked.get(member) is not None:
            kwargs[name] = asked[member]
    if asked.get("EngineVersion"):
        kwargs["engine_version"] = (
            cluster_versions.resolve(engine, asked["EngineVersion"]) or asked["EngineVersion"]
        )
    if asked.get("KmsKeyId"):
        kwargs |= {"kms_key_id": asked["KmsKeyId"], "storage_encrypted": True}
    kwargs["storage_type"] = asked.get("StorageType") or source.storage_type or "aurora"
    local.restoring = True
    try:
        cluster = backend.create_db_cluster(
            {name: value for name, value in kwargs.items() if value is not None}
        )
    finally:
        local.restoring = False
    kept = {"StorageType": source.storage_type, "KmsKeyId": kwargs.get("kms_key_id"), **asked}
    rds_clusters.complete(cluster, kept)
    rds_clusters.make_instances(backend, cluster, asked)
    return cluster


def install() -> None:
    around(RDSBackend, "restore_db_cluster_from_snapshot", _from_snapshot)
    around(RDSBackend, "restore_db_cluster_to_point_in_time", _to_point_in_time)
