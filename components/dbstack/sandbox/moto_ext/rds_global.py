"""Aurora global databases in moto: what it lacks or looks for in the wrong region, and what AWS refuses.

moto keeps global clusters with us-east-1, wherever they are asked for; their members stand in any region.
"""

import re
from collections.abc import Mapping
from typing import Any

from moto.core.responses import ActionResult
from moto.rds.exceptions import DBClusterNotFoundError, RDSClientError
from moto.rds.models import DBCluster, GlobalCluster, RDSBackend, rds_backends
from moto.rds.responses import RDSResponse

from dbstack.sandbox.moto_ext import cluster_versions
from dbstack.sandbox.moto_ext.patching import add, around
from dbstack.sandbox.moto_ext.rds_rules import COMBINATION, VALUE
from dbstack.sandbox.moto_ext.rds_shared import local, members_of
from dbstack.sandbox.wire import listed
from dbstack.spec import names
from dbstack.spec.cluster_engines import CLUSTER_ENGINES, ClusterVersion
from dbstack.spec.engines import VersionChange

_HOME = "us-east-1"
_STATE, _CLUSTER_STATE = "InvalidGlobalClusterStateFault", "InvalidDBClusterStateFault"
_LIFECYCLE = "open-source-rds-extended-support"
# A secondary has these from the primary.
_PRIMARYS = ("MasterUsername", "MasterUserPassword", "ManageMasterUserPassword", "DatabaseName")


def _named(backend: Any, name: str) -> Any:
    found = rds_backends[backend.account_id][_HOME].global_clusters.get(name)
    if found is None:
        raise RDSClientError("GlobalClusterNotFoundFault", f"Global cluster {name} not found.")
    return found


def _aurora(engine: str) -> bool:
    return engine in CLUSTER_ENGINES and CLUSTER_ENGINES[engine].aurora


def _cluster_by_arn(backend: Any, arn: str) -> Any:
    region = arn.split(":")[3] if arn.startswith("arn:") else ""
    if not re.fullmatch(r"[a-z]{2}(-[a-z]+)+-\d", region):
        raise RDSClientError(VALUE, "Malformed db cluster arn dbci")
    found = rds_backends[backend.account_id][region].clusters.get(arn.rpartition(":")[2])
    if found is None:
        raise DBClusterNotFoundError(arn)
    return found


def _create(_original: Any, self: Any) -> ActionResult:
    asked, backend = self.params, rds_backends[self.backend.account_id][_HOME]
    name, source = asked["GlobalClusterIdentifier"], asked.get("SourceDBClusterIdentifier")
    if fault := names.identifier_fault(name, upper_case=True):
        raise RDSClientError(VALUE, f"The parameter GlobalClusterIdentifier is not valid. ({fault})")
    if name in backend.global_clusters:
        raise RDSClientError("GlobalClusterAlreadyExistsFault", f"Global cluster {name} already exists.")
    first = _cluster_by_arn(backend, source) if source else None
    if first is not None and (asked.get("Engine") or asked.get("DatabaseName")):
        raise RDSClientError(COMBINATION, "Engine and DatabaseName are the source cluster's.")
    if first is not None and first.global_cluster_identifier:
        raise RDSClientError(_CLUSTER_STATE, f"{source} is part of a global cluster already.")
    if first is not None and getattr(first, "master_user_secret", None) is not None:
        words = (
            "A cluster whose master password is managed in AWS Secrets Manager can't join a global cluster."
        )
        raise RDSClientError(COMBINATION, words)
    engine = str(first.engine if first is not None else asked.get("Engine"))
    version = first.engine_version if first is not None else asked.get("EngineVersion")
    if not _aurora(engine):
        raise RDSClientError(VALUE, f"Engine {engine} has no global clusters: use an Aurora engine.")
    resolved = cluster_versions.resolve(engine, version)
    if resolved is None:
        raise RDSClientError(COMBINATION, cluster_versions.unknown(engine, str(version)))
    made: Any = GlobalCluster(
        backend=backend,
        global_cluster_identifier=name,
        engine=engine,
        engine_version=resolved,
        storage_encrypted=first.storage_encrypted if first is not None else asked.get("StorageEncrypted"),
        deletion_protection=asked.get("DeletionProtection"),
    )
    made.database_name = first.database_name if first is not None else asked.get("DatabaseName")
    made.engine_lifecycle_support = asked.get("EngineLifecycleSupport") or _LIFECYCLE
    made.tags = listed(asked.get("Tags"))
    backend.global_clusters[name] = made
    if first is not None:
        first.global_cluster_identifier, first.is_writer = made.global_cluster_identifier, True
        made.members.append(first)
    return ActionResult({"GlobalCluster": made})


def _describe(_original: Any, self: Any) -> ActionResult:
    asked, home = self.params, rds_backends[self.backend.account_id][_HOME]
    wanted = asked.get("GlobalClusterIdentifier")
    found: list[Any] = [_named(self.backend, wanted)] if wanted else list(home.global_clusters.values())
    for one in listed(asked.get("Filters")):
        if one["Name"] == "db-cluster-id":
            values = set(listed(one["Values"]))
            found = [item for item in found if values & {each.db_cluster_arn for each in item.members}]
    return ActionResult({"GlobalClusters": found})


def _modify(self: Any) -> ActionResult:
    asked = self.params
    found = _named(self.backend, asked["GlobalClusterIdentifier"])
    if (wanted := asked.get("EngineVersion")) and not found.engine_version.startswith(f"{wanted}."):
        _upgrade(found, wanted, allowed=bool(asked.get("AllowMajorVersionUpgrade")))
    if asked.get("DeletionProtection") is not None:
        found.deletion_protection = asked["DeletionProtection"]
    if renamed := asked.get("NewGlobalClusterIdentifier"):
        clusters = rds_backends[self.backend.account_id][_HOME].global_clusters
        if renamed in clusters:
            raise RDSClientError("GlobalClusterAlreadyExistsFault", f"{renamed} already exists.")
        clusters[renamed] = clusters.pop(found.global_cluster_identifier)
        found.global_cluster_identifier = renamed
        for member in found.members:
            member.global_cluster_identifier = found.global_cluster_identifier
    return ActionResult({"GlobalCluster": found})


def _upgrade(found: Any, wanted: str, *, allowed: bool) -> None:
    """All members with it; a new major puts them on the default parameters, as AWS does."""
    resolved = cluster_versions.resolve(found.engine, wanted)
    if resolved is None:
        raise RDSClientError(COMBINATION, cluster_versions.unknown(found.engine, wanted))
    before, after = (ClusterVersion.parse(found.engine, one) for one in (found.engine_version, resolved))
    change = before.change_to(after)
    if change is VersionChange.DOWNGRADE or (change is VersionChange.MAJOR and not allowed):
        words = f"Cannot upgrade {found.engine} from {found.engine_version} to {resolved}"
        raise RDSClientError(COMBINATION, f"{words}: it is lower, or AllowMajorVersionUpgrade is missing.")
    found.engine_version = resolved
    for member in found.members:
        member.engine_version = resolved
        if change is VersionChange.MAJOR:
            member.parameter_group = f"default.{after.family}"


def _delete(_original: Any, self: Any) -> ActionResult:
    found = _named(self.backend, self.params["GlobalClusterIdentifier"])
    if found.deletion_protection:
        words = "Cannot delete protected Global Cluster, please disable deletion protection and try again."
        raise RDSClientError(COMBINATION, words)
    if found.members:
        words = f"Global Cluster {found.global_cluster_arn} is not empty: remove its clusters first."
        raise RDSClientError(_STATE, words)
    del rds_backends[self.backend.account_id][_HOME].global_clusters[found.global_cluster_identifier]
    return ActionResult({"GlobalCluster": found})


def _remove(_original: Any, self: Any) -> ActionResult:
    found, arn = (
        _named(self.backend, self.params["GlobalClusterIdentifier"]),
        self.params["DbClusterIdentifier"],
    )
    member = next((one for one in found.members if one.db_cluster_arn == arn), None)
    if member is None:
        raise DBClusterNotFoundError(arn)
    if member.is_writer and len(found.members) > 1:
        words = (
            f"{arn} is the primary of {found.global_cluster_identifier}: remove the secondary clusters first."
        )
        raise RDSClientError(_STATE, words)
    found.members.remove(member)
    member.global_cluster_identifier, member.is_writer = None, False
    return ActionResult({"GlobalCluster": found})


def _join(original: Any, self: Any, kwargs: Any) -> Any:
    wanted = kwargs.get("global_cluster_identifier")
    if not wanted or getattr(local, "restoring", False):
        return original(self, kwargs)
    found, asked = _named(self, wanted), members_of(kwargs)
    _check_member(found, self.region_name, asked)
    cluster = original(self, kwargs)
    if not cluster.is_writer:
        primary = next(one for one in found.members if one.is_writer)
        cluster.master_username, cluster.database_name = primary.master_username, primary.database_name
    return cluster


def _check_member(found: Any, region: str, asked: Mapping[str, Any]) -> None:
    name, secondary = found.global_cluster_identifier, bool(found.members)
    if asked.get("Engine") != found.engine:
        raise RDSClientError(COMBINATION, f"The engine of global cluster {name} is {found.engine}.")
    version = cluster_versions.resolve(found.engine, asked.get("EngineVersion") or found.engine_version)
    if version != found.engine_version:
        words = f"The engine version of global cluster {name} is {found.engine_version}"
        raise RDSClientError(COMBINATION, f"{words}, not {version}.")
    if bool(asked.get("StorageEncrypted")) != bool(found.storage_encrypted):
        words = "is" if found.storage_encrypted else "isn't"
        raise RDSClientError(COMBINATION, f"The storage of global cluster {name} {words} encrypted.")
    if asked.get("ManageMasterUserPassword"):
        words = "Managing the master user password isn't supported for clusters of a global cluster."
        raise RDSClientError(COMBINATION, words)
    if not secondary:
        for member in ("MasterUsername", "MasterUserPassword"):
            if not asked.get(member):
                raise RDSClientError(VALUE, f"The parameter {member} must be provided and must not be blank.")
        return
    if any(one.region == region for one in found.members):
        raise RDSClientError(COMBINATION, f"Global cluster {name} has a cluster in {region} already.")
    if not any(one.members for one in found.members if one.is_writer):
        raise RDSClientError(_STATE, f"The primary of global cluster {name} has no instance yet.")
    for member in _PRIMARYS:
        if asked.get(member):
            words = f"Cannot specify {member} for a secondary cluster of a global cluster."
            raise RDSClientError(COMBINATION, words)
    if found.storage_encrypted and not asked.get("KmsKeyId"):
        words = "KmsKeyId should be explicitly specified for an encrypted cluster in another region."
        raise RDSClientError(COMBINATION, words)


def _change(original: Any, self: Any, kwargs: Any) -> Any:
    cluster = self.clusters.get(kwargs["db_cluster_identifier"])
    asked = members_of(kwargs)
    if cluster is not None and cluster.global_cluster_identifier:
        if asked.get("ManageMasterUserPassword"):
            words = "Managing the master user password isn't supported for clusters of a global cluster."
            raise RDSClientError(COMBINATION, words)
        if not cluster.is_writer and asked.get("MasterUserPassword"):
            words = "The master user password of a global cluster is changed in its primary."
            raise RDSClientError(_CLUSTER_STATE, words)
    answer = original(self, kwargs)
    if asked.get("EnableGlobalWriteForwarding") is not None:
        answer._global_write_forwarding_requested = bool(asked["EnableGlobalWriteForwarding"])
    return answer


def _delete_cluster(original: Any, self: Any) -> Any:
    cluster = self.backend.clusters.get(self.params.get("DBClusterIdentifier"))
    if cluster is not None and cluster.global_cluster_identifier and not cluster.deletion_protection:
        words = "This cluster is a part of a global cluster, please remove it from globalcluster first"
        raise RDSClientError(_CLUSTER_STATE, words)
    return original(self)


def _forwarding(self: Any) -> str | None:
    if not self.global_cluster_identifier or self.is_writer:
        return None
    return "enabled" if self.global_write_forwarding_requested else "disabled"


def _tagged(original: Any, self: Any, arn: str) -> Any:
    if ":global-cluster:" in arn:
        return _named(self, arn.rpartition(":")[2])
    return original(self, arn)


def install() -> None:
    setattr(GlobalCluster, "database_name", None)  # noqa: B010 (moto has no such attribute)
    setattr(GlobalCluster, "engine_lifecycle_support", _LIFECYCLE)  # noqa: B010
    add(DBCluster, "global_write_forwarding_status", property(_forwarding))  # pyright: ignore[reportArgumentType]
    around(RDSBackend, "create_db_cluster", _join)
    around(RDSBackend, "modify_db_cluster", _change)
    around(RDSBackend, "_get_resource_for_tagging", _tagged)
    around(RDSResponse, "create_global_cluster", _create)
    around(RDSResponse, "describe_global_clusters", _describe)
    around(RDSResponse, "delete_global_cluster", _delete)
    around(RDSResponse, "remove_from_global_cluster", _remove)
    around(RDSResponse, "delete_db_cluster", _delete_cluster)
    add(RDSResponse, "modify_global_cluster", _modify)
