"""Activity streams and shard groups of Aurora clusters in moto: what it lacks, and what AWS refuses."""

import re
from typing import Any

from moto.core.responses import ActionResult
from moto.rds.exceptions import DBClusterNotFoundError, RDSClientError
from moto.rds.models import DBCluster, DBShardGroup, RDSBackend
from moto.rds.responses import RDSResponse

from dbstack.sandbox.moto_ext import kms
from dbstack.sandbox.moto_ext.patching import add, around
from dbstack.sandbox.moto_ext.rds_rules import COMBINATION, VALUE
from dbstack.spec.cluster_engines import CLUSTER_ENGINES
from dbstack.spec.cluster_features import redundancy_fault, shards_fault

_STATE = "InvalidDBClusterStateFault"


def _cluster_of(backend: Any, arn: str) -> Any:
    found = backend.clusters.get(arn.rpartition(":")[2])
    if found is None:
        raise DBClusterNotFoundError(arn)
    return found


def _aurora(cluster: Any) -> bool:
    return cluster.engine in CLUSTER_ENGINES and CLUSTER_ENGINES[cluster.engine].aurora


def _start(self: Any) -> ActionResult:
    asked, backend = self.params, self.backend
    cluster = _cluster_of(backend, asked["ResourceArn"])
    if not _aurora(cluster):
        raise RDSClientError(COMBINATION, "Database activity streams aren't supported for this DB cluster.")
    if cluster.activity_stream_status != "stopped":
        raise RDSClientError(
            _STATE, f"The activity stream of {cluster.db_cluster_identifier} is started already."
        )
    if not cluster.members:
        raise RDSClientError(_STATE, "An activity stream needs a DB instance in the cluster.")
    if asked["Mode"] not in ("sync", "async"):
        raise RDSClientError(VALUE, f"Invalid mode {asked['Mode']}: choose sync or async.")
    if not kms.usable(backend.account_id, backend.region_name, asked["KmsKeyId"]):
        raise RDSClientError("KMSKeyNotAccessibleFault", f"The KMS key {asked['KmsKeyId']} can't be used.")
    cluster.activity_stream_status = "started"
    cluster.activity_stream_mode = asked["Mode"]
    cluster.activity_stream_kms_key_id = asked["KmsKeyId"]
    cluster.activity_stream_kinesis_stream_name = f"aws-rds-das-{cluster.db_cluster_resource_id}"
    return ActionResult(_told(cluster))


def _stop(self: Any) -> ActionResult:
    cluster = _cluster_of(self.backend, self.params["ResourceArn"])
    told = {**_told(cluster), "Status": "stopping"}
    cluster.activity_stream_status = "stopped"
    for name in ("mode", "kms_key_id", "kinesis_stream_name"):
        setattr(cluster, f"activity_stream_{name}", None)
    return ActionResult(told)


def _told(cluster: Any) -> dict[str, Any]:
    return {
        "KmsKeyId": cluster.activity_stream_kms_key_id,
        "KinesisStreamName": cluster.activity_stream_kinesis_stream_name,
        "Status": "starting",
        "Mode": cluster.activity_stream_mode,
        "ApplyImmediately": True,
    }


def _check_capacity(least: float | None, most: float, redundancy: int | None) -> None:
    for value in (most, least):
        if value is not None and (fault := shards_fault(value)):
            raise RDSClientError(VALUE, f"Invalid capacity. ({fault})")
    if least is not None and least > most:
        raise RDSClientError(COMBINATION, "MinACU can't be greater than MaxACU.")
    if redundancy is not None and (fault := redundancy_fault(redundancy)):
        raise RDSClientError(VALUE, f"Invalid ComputeRedundancy. ({fault})")


def _create_shards(original: Any, self: Any, kwargs: Any) -> Any:
    cluster = self.clusters.get(kwargs["db_cluster_identifier"])
    if cluster is None:
        raise DBClusterNotFoundError(kwargs["db_cluster_identifier"])
    if getattr(cluster, "cluster_scalability_type", None) != "limitless":
        words = "A DB shard group needs a DB cluster whose ClusterScalabilityType is limitless."
        raise RDSClientError(_STATE, words)
    if any(one.db_cluster_identifier == cluster.resource_id for one in self.shard_groups.values()):
        raise RDSClientError("MaxDBShardGroupLimitReached", "A DB cluster has one DB shard group.")
    _check_capacity(kwargs.get("min_acu"), kwargs["max_acu"], kwargs.get("compute_redundancy"))
    made = original(self, kwargs)
    made.compute_redundancy = made.compute_redundancy or 0
    made.min_acu = made.min_acu or shards_least(made.max_acu)
    made.publicly_accessible = bool(made.publicly_accessible)
    place = f"limitless-{cluster.url_identifier}.{self.region_name}"
    made.endpoint = f"{cluster.db_cluster_identifier}.{place}.rds.amazonaws.com"
    return made


def shards_least(most: float) -> float:
    """What AWS chooses where no least is given."""
    return min(16.0, most)


def _shards(self: Any) -> Any:
    name = self.params["DBShardGroupIdentifier"]
    if name not in self.backend.shard_groups:
        raise RDSClientError("DBShardGroupNotFound", f"DBShardGroup {name} not found.")
    return self.backend.shard_groups[name]


def _modify_shards(self: Any) -> ActionResult:
    group, asked = _shards(self), self.params
    least = asked.get("MinACU") if asked.get("MinACU") is not None else group.min_acu
    most = asked.get("MaxACU") or group.max_acu
    _check_capacity(least, most, asked.get("ComputeRedundancy"))
    group.min_acu, group.max_acu = least, most
    if asked.get("ComputeRedundancy") is not None:
        group.compute_redundancy = asked["ComputeRedundancy"]
    return ActionResult(group)


def _delete_shards(self: Any) -> ActionResult:
    group = _shards(self)
    self.backend.shard_groups.pop(group.db_shard_group_identifier)
    return ActionResult(group)


def _begin(original: Any, self: Any, region_name: str, account_id: str) -> None:
    original(self, region_name, account_id)
    self.resource_map[DBShardGroup] = self.shard_groups
    self.arn_regex = re.compile(self.arn_regex.pattern.replace("|cluster|", "|cluster|shard-group|"))


def install() -> None:
    setattr(DBCluster, "activity_stream_status", "stopped")  # noqa: B010 (moto has no such attribute)
    for name in ("mode", "kms_key_id", "kinesis_stream_name"):
        setattr(DBCluster, f"activity_stream_{name}", None)
    add(DBShardGroup, "resource_id", property(lambda group: group.db_shard_group_identifier))  # pyright: ignore[reportArgumentType]
    around(RDSBackend, "__init__", _begin)
    around(RDSBackend, "create_db_shard_group", _create_shards)
    add(RDSResponse, "start_activity_stream", _start)
    add(RDSResponse, "stop_activity_stream", _stop)
    add(RDSResponse, "modify_db_shard_group", _modify_shards)
    add(RDSResponse, "delete_db_shard_group", _delete_shards)
