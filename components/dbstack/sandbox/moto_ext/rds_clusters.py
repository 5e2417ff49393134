"""DB clusters and their instances in moto: refuse what AWS refuses, keep what it keeps, fill in what it describes."""

from collections.abc import Mapping
from typing import Any

from moto.core.responses import ActionResult
from moto.rds.exceptions import (
    DBClusterNotFoundError,
    DBClusterParameterGroupNotFoundError,
    DBClusterSnapshotAlreadyExistsError,
    DBInstanceAlreadyExists,
    DBSubnetGroupNotFoundError,
    RDSClientError,
)
from moto.rds.models import DBCluster, DBInstance, DBInstanceClustered, RDSBackend
from moto.rds.responses import RDSResponse

from dbstack.sandbox.moto_ext import cluster_versions, rds_cluster_rules, rds_keep, rds_pending
from dbstack.sandbox.moto_ext.patching import around
from dbstack.sandbox.moto_ext.rds_rules import VALUE
from dbstack.sandbox.moto_ext.rds_shared import check_groups, local, members_of, refuse, zones_of
from dbstack.sandbox.wire import listed
from dbstack.spec.cluster_engines import CLUSTER_ENGINES, ClusterVersion

_MULTI_AZ_INSTANCES = 3
_CA, _CA_UNTIL = "rds-ca-rsa2048-g1", "2061-05-21T23:01:24Z"
# Request member -> attribute that botocore's output shape reads.
_KEPT = {
    "MonitoringInterval": "monitoring_interval",
    "MonitoringRoleArn": "monitoring_role_arn",
    "EnablePerformanceInsights": "performance_insights_enabled",
    "PerformanceInsightsKMSKeyId": "performance_insights_kms_key_id",
    "PerformanceInsightsRetentionPeriod": "performance_insights_retention_period",
    "DatabaseInsightsMode": "database_insights_mode",
    "EngineLifecycleSupport": "engine_lifecycle_support",
    "ClusterScalabilityType": "cluster_scalability_type",
    "ServerlessV2ScalingConfiguration": "serverless_v2_scaling_configuration",
    "EnableIAMDatabaseAuthentication": "iam_auth",
    "PubliclyAccessible": "publicly_accessible",
    "NetworkType": "network_type",
}
_DEFAULTS: dict[str, Any] = {
    "monitoring_interval": 0,
    "monitoring_role_arn": None,
    "performance_insights_enabled": False,
    "database_insights_mode": "standard",
    "engine_lifecycle_support": "open-source-rds-extended-support",
    "cluster_scalability_type": "standard",
    "local_write_forwarding_status": "disabled",
    "upgrade_rollout_order": "second",
    "performance_insights_kms_key_id": None,
    "performance_insights_retention_period": None,
}


def standing(cluster: Any) -> dict[str, Any]:
    """The values that hold for a cluster now, by AWS's names."""
    values = {
        "Engine": cluster.engine,
        "EngineVersion": cluster.engine_version,
        "StorageType": cluster.storage_type or None,
        "AllocatedStorage": cluster.allocated_storage if not is_aurora(cluster) else None,
        "Iops": cluster.iops,
        "DBClusterInstanceClass": cluster.db_cluster_instance_class,
        "PreferredBackupWindow": cluster.preferred_backup_window,
        "PreferredMaintenanceWindow": cluster.preferred_maintenance_window,
        **{member: getattr(cluster, attribute, None) for member, attribute in _KEPT.items()},
    }
    return {name: value for name, value in values.items() if value is not None}


def is_aurora(cluster: Any) -> bool:
    return cluster.engine in CLUSTER_ENGINES and CLUSTER_ENGINES[cluster.engine].aurora


def create(original: Any, self: Any, kwargs: Any) -> Any:
    if getattr(local, "restoring", False) or kwargs.get("engine") not in CLUSTER_ENGINES:
        return original(self, kwargs)
    asked = members_of(kwargs)
    free(self, asked["DBClusterIdentifier"])
    refuse(rds_cluster_rules.creation(asked))
    check_places(self, asked)
    for key, value in _chosen(self, asked).items():
        kwargs[key] = value
    iam = kwargs.get("enable_iam_database_authentication")
    if iam is not None:
        del kwargs["enable_iam_database_authentication"]  # moto knows it for Aurora only
    cluster = original(self, kwargs)
    complete(cluster, asked)
    make_instances(self, cluster, asked)
    return cluster


def free(backend: Any, identifier: str) -> None:
    """Refuse an identifier that a cluster bears."""
    if identifier in backend.clusters:
        raise RDSClientError("DBClusterAlreadyExistsFault", "DB Cluster already exists")


def check_places(backend: Any, asked: Mapping[str, Any]) -> None:
    """Subnet group, security groups and parameter group must be there."""
    group = asked.get("DBSubnetGroupName")
    if group and group not in backend.subnet_groups:
        raise DBSubnetGroupNotFoundError(group)
    check_groups(
        backend,
        {"vpc_security_group_ids": asked.get("VpcSecurityGroupIds"), "db_subnet_group_name": group},
    )
    parameters = asked.get("DBClusterParameterGroupName")
    if (
        parameters
        and not parameters.startswith("default.")
        and parameters not in backend.db_cluster_parameter_groups
    ):
        raise DBClusterParameterGroupNotFoundError(parameters)


def _chosen(backend: Any, asked: Mapping[str, Any]) -> dict[str, Any]:
    """What AWS chooses itself: version, zones, windows."""
    found: dict[str, Any] = {
        "engine_version": cluster_versions.resolve(asked["Engine"], asked.get("EngineVersion"))
    }
    found["availability_zones"] = zones(backend, asked)
    windows = {
        "preferred_backup_window": asked.get("PreferredBackupWindow"),
        "preferred_maintenance_window": asked.get("PreferredMaintenanceWindow"),
    }
    return found | rds_keep.chosen_windows(windows)


def zones(backend: Any, asked: Mapping[str, Any]) -> list[str]:
    """A cluster's data lies in three zones: AWS adds to those that were asked for."""
    region = backend.region_name
    named = [*listed(asked.get("AvailabilityZones")), *zones_of(backend, asked.get("DBSubnetGroupName"))]
    wanted = list(dict.fromkeys([*named, f"{region}a", f"{region}b", f"{region}c"]))
    return sorted(wanted[: max(3, len(listed(asked.get("AvailabilityZones"))))])


def complete(cluster: Any, asked: Mapping[str, Any]) -> None:
    """What AWS describes of a new cluster and moto drops or gets wrong."""
    aurora = is_aurora(cluster)
    for attribute, value in _DEFAULTS.items():
        setattr(cluster, attribute, value)
    if not asked.get("DBClusterParameterGroupName"):
        family = ClusterVersion.parse(cluster.engine, cluster.engine_version).family
        cluster.parameter_group = f"default.{family}"
    wanted = asked.get("StorageType")
    # AWS does not return the type `aurora`.
    cluster.storage_type = (None if wanted == "aurora" else wanted) if aurora else (wanted or "io1")
    cluster.preferred_maintenance_window = cluster.preferred_maintenance_window.lower()
    cluster.kms_key_id = (
        (asked.get("KmsKeyId") or rds_keep.own_key(cluster)) if cluster.storage_encrypted else None
    )
    cluster.certificate_details = {"CAIdentifier": _CA, "ValidTill": _CA_UNTIL}
    cluster.enabled_cloudwatch_logs_exports = sorted(set(listed(asked.get("EnableCloudwatchLogsExports"))))
    if not cluster.vpc_security_group_ids:
        cluster.vpc_security_group_ids = _default_groups(cluster)
    apply(
        cluster,
        {**asked, "EnableIAMDatabaseAuthentication": bool(asked.get("EnableIAMDatabaseAuthentication"))},
    )


def _default_groups(cluster: Any) -> list[str]:
    """The default security group of the VPC that the cluster stands in."""
    from moto.ec2.models import ec2_backends

    ec2 = ec2_backends[cluster.account_id][cluster.region]
    group = cluster.backend.subnet_groups.get(cluster.db_subnet_group_name)
    vpc_id = group.vpc_id if group else ec2.default_vpc.id
    return [str(getattr(ec2.get_default_security_group(vpc_id), "id", ""))]


def apply(cluster: Any, asked: Mapping[str, Any]) -> None:
    """Members of a request that moto drops, kept with the cluster."""
    for member, attribute in _KEPT.items():
        if asked.get(member) is not None:
            setattr(cluster, attribute, asked[member])
    scaling = asked.get("ServerlessV2ScalingConfiguration")
    if scaling and scaling.get("MinCapacity") == 0 and not scaling.get("SecondsUntilAutoPause"):
        cluster.serverless_v2_scaling_configuration = {**scaling, "SecondsUntilAutoPause": 300}
    if asked.get("EnableHttpEndpoint") is not None:
        cluster._enable_http_endpoint = bool(asked["EnableHttpEndpoint"])  # moto: Serverless v1 only
    if asked.get("EnableLocalWriteForwarding") is not None:
        cluster.local_write_forwarding_status = (
            "enabled" if asked["EnableLocalWriteForwarding"] else "disabled"
        )
    if authority := asked.get("CACertificateIdentifier"):
        cluster.certificate_details = {"CAIdentifier": authority, "ValidTill": _CA_UNTIL}
    if cluster.performance_insights_enabled:
        cluster.performance_insights_retention_period = cluster.performance_insights_retention_period or 7
        cluster.performance_insights_kms_key_id = cluster.performance_insights_kms_key_id or rds_keep.own_key(
            cluster
        )
    else:
        cluster.performance_insights_retention_period = cluster.performance_insights_kms_key_id = None


def make_instances(backend: Any, cluster: Any, asked: Mapping[str, Any]) -> None:
    """RDS itself makes the writer and the two readers of a Multi-AZ DB cluster."""
    if is_aurora(cluster):
        return
    places = zones_of(backend, asked.get("DBSubnetGroupName")) or cluster.availability_zones
    for number in range(_MULTI_AZ_INSTANCES):
        _add(
            backend,
            cluster,
            {
                "db_instance_identifier": f"{cluster.db_cluster_identifier}-instance-{number + 1}",
                "db_instance_class": cluster.db_cluster_instance_class,
                "engine": cluster.engine,
                "availability_zone": places[number % len(places)],
            },
        )


def _add(backend: Any, cluster: Any, kwargs: dict[str, Any]) -> Any:
    made: Any = DBInstanceClustered(
        backend=backend,
        db_cluster_identifier=cluster.db_cluster_identifier,
        port=cluster.port,
        publicly_accessible=False,
        db_subnet_group_name=_subnet_group(backend, cluster),
        preferred_maintenance_window=cluster.preferred_maintenance_window,
        **kwargs,
    )
    made.dbi_resource_id = rds_keep.resource_id()
    backend.databases[made.db_instance_identifier] = made
    rds_keep.complete(made)
    return made


def _subnet_group(backend: Any, cluster: Any) -> str | None:
    name = cluster.db_subnet_group_name
    return name if name in backend.subnet_groups else None


def modify(original: Any, self: Any, kwargs: Any) -> Any:
    identifier = kwargs["db_cluster_identifier"]
    cluster = self.clusters.get(identifier)
    if cluster is None:
        raise DBClusterNotFoundError(identifier)
    if cluster.engine not in CLUSTER_ENGINES:
        return original(self, kwargs)
    rds_pending.join(cluster, kwargs)
    asked = members_of(kwargs)
    refuse(rds_cluster_rules.change(standing(cluster), asked))
    check_places(self, {"DBSubnetGroupName": _subnet_group(self, cluster), **asked})
    if asked.get("EngineVersion"):
        kwargs["engine_version"] = _upgraded(cluster, asked["EngineVersion"])
    rds_pending.hold(cluster, kwargs, _groups_of_upgrade(self, cluster, asked))
    asked = members_of(kwargs)
    if asked.get("PreferredMaintenanceWindow"):
        kwargs["preferred_maintenance_window"] = asked["PreferredMaintenanceWindow"].lower()
    if asked.get("ManageMasterUserPassword") and getattr(cluster, "master_user_secret", None) is not None:
        del kwargs["manage_master_user_password"]  # moto would make another secret
    if asked.get("StorageType") == "aurora":
        del kwargs["storage_type"]
        cluster.storage_type = None
    exports: Mapping[str, Any] = asked.get("CloudwatchLogsExportConfiguration") or {}
    for name in (
        "cloudwatch_logs_export_configuration",
        "enable_iam_database_authentication",
        "enable_http_endpoint",
    ):
        if name in kwargs:
            del kwargs[name]
    was = ClusterVersion.parse(cluster.engine, cluster.engine_version).family
    answer = original(self, kwargs)
    cluster = next(
        one for one in self.clusters.values() if one.db_cluster_resource_id == answer.db_cluster_resource_id
    )
    logs = set(cluster.enabled_cloudwatch_logs_exports) | set(listed(exports.get("EnableLogTypes")))
    cluster.enabled_cloudwatch_logs_exports = sorted(logs - set(listed(exports.get("DisableLogTypes"))))
    family = ClusterVersion.parse(cluster.engine, cluster.engine_version).family
    if cluster.parameter_group == f"default.{was}":
        cluster.parameter_group = f"default.{family}"
    apply(cluster, asked)
    if klass := asked.get("DBClusterInstanceClass"):
        for instance in cluster._members:
            instance.db_instance_class = klass
    return cluster


def _groups_of_upgrade(backend: Any, cluster: Any, asked: Mapping[str, Any]) -> list[str]:
    """The parameter group's member, where its family is not that of the version that holds."""
    name = asked.get("DBClusterParameterGroupName") or ""
    group = backend.db_cluster_parameter_groups.get(name)
    family = group.db_parameter_group_family if group is not None else name.removeprefix("default.")
    now = ClusterVersion.parse(cluster.engine, cluster.engine_version).family
    return ["db_cluster_parameter_group_name"] if name and family != now else []


def _upgraded(cluster: Any, wanted: str) -> str:
    """A major that the cluster already has asks for nothing."""
    current = cluster.engine_version
    if current == wanted or current.startswith(f"{wanted}."):
        return current
    return cluster_versions.resolve(cluster.engine, wanted) or wanted


def delete(original: Any, self: Any) -> ActionResult:
    backend, asked = self.backend, self.params
    cluster = backend.clusters.get(asked.get("DBClusterIdentifier"))
    if cluster is None or cluster.engine not in CLUSTER_ENGINES:
        return original(self)
    snapshot = asked.get("FinalDBSnapshotIdentifier")
    if not cluster.deletion_protection:
        members = [item.db_instance_identifier for item in cluster.members]
        refuse(rds_cluster_rules.deletion(asked, bool(members) and is_aurora(cluster)))
        if snapshot and snapshot in backend.cluster_snapshots:
            raise DBClusterSnapshotAlreadyExistsError(snapshot)
        for identifier in members:
            backend.databases.pop(identifier)
    result = original(self)
    for name, item in list(backend.cluster_snapshots.items()):
        if item.snapshot_type == "automated" and item.db_cluster_identifier == cluster.db_cluster_identifier:
            backend.cluster_snapshots.pop(name)
    for name, endpoint in list(backend.cluster_endpoints.items()):
        if endpoint.db_cluster_identifier == cluster.db_cluster_identifier:
            backend.cluster_endpoints.pop(name)
    return result


def create_member(original: Any, self: Any, kwargs: Any) -> Any:
    """An instance of an Aurora cluster."""
    identifier, wanted = kwargs["db_instance_identifier"], kwargs["db_cluster_identifier"]
    cluster = self.clusters.get(wanted)
    if cluster is None or cluster.engine not in CLUSTER_ENGINES:
        database = original(self, kwargs)
        database.dbi_resource_id = rds_keep.resource_id()
        return database
    if identifier in self.databases:
        raise DBInstanceAlreadyExists()
    asked = members_of(kwargs)
    refuse(rds_cluster_rules.member(asked, standing(cluster)))
    if asked.get("Engine") != cluster.engine:
        words = f"The engine name requested for your DB instance ({asked.get('Engine')}) doesn't match the engine name"
        raise RDSClientError(VALUE, f"{words} of your DB cluster ({cluster.engine}).")
    group = asked.get("DBSubnetGroupName") or _subnet_group(self, cluster)
    check_groups(self, {"db_subnet_group_name": group, "availability_zone": asked.get("AvailabilityZone")})
    if group:
        kwargs["db_subnet_group_name"] = group
    places = zones_of(self, group) or cluster.availability_zones
    kwargs["availability_zone"] = asked.get("AvailabilityZone") or places[len(cluster._members) % len(places)]
    kwargs["port"] = cluster.port
    if asked.get("PubliclyAccessible") is None:
        kwargs["publicly_accessible"] = False
    if asked.get("PreferredMaintenanceWindow") is None:
        kwargs["preferred_maintenance_window"] = cluster.preferred_maintenance_window
    database = original(self, kwargs)
    database.dbi_resource_id = rds_keep.resource_id()
    # Its backups are the cluster's; moto takes one of the instance.
    for name, item in list(self.database_snapshots.items()):
        if item.database is database or item.db_instance_identifier == database.db_instance_identifier:
            self.database_snapshots.pop(name)
    rds_keep.remember(database, kwargs)
    rds_keep.complete(database)
    return database


def modify_member(original: Any, self: Any, identifier: str, kwargs: Any) -> Any:
    database = self.describe_db_instances(identifier)[0]
    rds_pending.join(database, kwargs)
    asked, cluster = members_of(kwargs), database.cluster
    if cluster.engine in CLUSTER_ENGINES:
        now = {"MonitoringRoleArn": database.monitoring_role_arn, **asked}
        refuse(rds_cluster_rules.member({**now, "DBInstanceIdentifier": None}, standing(cluster)))
    renamed = asked.get("NewDBInstanceIdentifier")
    if renamed and renamed.lower() != identifier.lower() and renamed in self.databases:
        raise DBInstanceAlreadyExists()
    if "engine_version" in kwargs:
        del kwargs["engine_version"]  # the cluster's
    if asked.get("DBParameterGroupName", "").startswith("default."):
        database.db_parameter_groups()
    rds_pending.hold(database, kwargs)
    applied, old_group = dict(kwargs.items()), database.db_parameter_group_name
    database = original(self, identifier, kwargs)
    if applied.get("db_parameter_group_name") not in (None, old_group):
        rds_pending.regrouped(database)
    rds_pending.restarted(database, applied)
    rds_keep.remember(database, kwargs)
    rds_keep.complete(database)
    return database


def _default_group(original: Any, self: Any) -> tuple[str, str]:
    """moto cuts the family from the version as if every engine had `major.minor`."""
    cluster = getattr(self, "cluster", None)
    if cluster is None or cluster.engine not in CLUSTER_ENGINES:
        return original(self)
    family = ClusterVersion.parse(cluster.engine, cluster.engine_version).family
    return family, f"default.{family}"


def _default_storage(engine: str, storage_type: str) -> int:
    return 1 if engine.startswith("aurora") else 0 if engine == "neptune" else 100


def _restorable(self: Any) -> Any:
    # moto answers with the clock, which would show as a difference on every refresh.
    return self.created


def _storage_type(self: Any) -> str:
    return self.cluster.storage_type or "aurora"


def _unsettable(self: Any, _value: object) -> None:
    raise NotImplementedError("not of an instance of a cluster")


def install() -> None:
    around(RDSBackend, "create_db_cluster", create)
    around(RDSBackend, "modify_db_cluster", modify)
    around(RDSResponse, "delete_db_cluster", delete)
    around(DBInstance, "default_db_parameter_group_details", _default_group)
    DBCluster.default_allocated_storage = staticmethod(_default_storage)  # pyright: ignore[reportAttributeAccessIssue]
    DBCluster.latest_restorable_time = property(_restorable)  # pyright: ignore[reportAttributeAccessIssue]
    setattr(DBInstanceClustered, "_storage_throughput", None)  # noqa: B010 (moto sets it for other instances only)
    DBInstanceClustered.storage_type = property(_storage_type, _unsettable)  # pyright: ignore[reportAttributeAccessIssue]
