"""Modifications that wait: RDS keeps them until the maintenance window, or until a request is to apply at once.

Which settings wait is said by the API reference of ModifyDBInstance and ModifyDBCluster, and by the tables of
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ModifyInstance.Settings.html and
https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Modifying.html
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from moto.core.responses import ActionResult
from moto.rds.exceptions import RDSClientError
from moto.rds.models import DBCluster, DBInstance, RDSBackend
from moto.rds.responses import RDSResponse

from dbstack.sandbox.moto_ext.patching import add, around
from dbstack.spec.parameter_table import is_static

# Request member (as moto spells it) -> its name in PendingModifiedValues; None where RDS lists it elsewhere or nowhere.
_INSTANCE: dict[str, str | None] = {
    "allocated_storage": "AllocatedStorage",
    "backup_retention_period": "BackupRetentionPeriod",
    "ca_certificate_identifier": "CACertificateIdentifier",
    "db_instance_class": "DBInstanceClass",
    "db_subnet_group_name": "DBSubnetGroupName",
    "dedicated_log_volume": "DedicatedLogVolume",
    "enable_iam_database_authentication": "IAMDatabaseAuthenticationEnabled",
    "engine_version": "EngineVersion",
    "iops": "Iops",
    "license_model": "LicenseModel",
    "multi_az": "MultiAZ",
    "network_type": None,
    "new_db_instance_identifier": "DBInstanceIdentifier",
    "option_group_name": None,
    "processor_features": "ProcessorFeatures",
    "storage_throughput": "StorageThroughput",
    "storage_type": "StorageType",
}
_CLUSTER: dict[str, str | None] = {
    "allocated_storage": "AllocatedStorage",
    "ca_certificate_identifier": None,
    "db_cluster_instance_class": None,
    "enable_iam_database_authentication": "IAMDatabaseAuthenticationEnabled",
    "engine_version": "EngineVersion",
    "iops": "Iops",
    "network_type": None,
    "new_db_cluster_identifier": "DBClusterIdentifier",
    "storage_type": "StorageType",
}
# Members that only say how a waiting one is to be carried out, and so wait with it.
_WITH_VERSION = ("allow_major_version_upgrade", "db_instance_parameter_group_name")
_GROUPS = ("db_parameter_group_name", "db_cluster_parameter_group_name")
# Members whose attribute is called otherwise.
_ATTRIBUTES = {
    "new_db_instance_identifier": "db_instance_identifier",
    "new_db_cluster_identifier": "db_cluster_identifier",
    "db_subnet_group_name": "_db_subnet_group_name",
}
_RESTARTING = {"db_instance_class", "engine_version", "db_port_number", "db_subnet_group_name"}
_IN_SYNC, _PENDING_REBOOT = "in-sync", "pending-reboot"


def waiting(thing: Any) -> dict[str, Any]:
    """The members of requests that wait at an instance or cluster, as moto spells them."""
    kept: dict[str, Any] | None = getattr(thing, "_dbstack_waiting", None)
    if kept is None:
        kept = thing._dbstack_waiting = {}
    return kept


def begin(database: Any) -> None:
    """For an instance that moto made by copying another: nothing waits at it."""
    database._dbstack_waiting, database._dbstack_parameters = {}, _IN_SYNC


def join(thing: Any, kwargs: Any) -> None:
    """A request that is to apply at once applies everything that waits, too."""
    if not kwargs.get("apply_immediately"):
        return
    for member, value in waiting(thing).items():
        if member not in kwargs:
            kwargs[member] = value
    waiting(thing).clear()


def hold(thing: Any, kwargs: Any, groups: Sequence[str] = ()) -> None:
    """Takes out of a request what has to wait for the maintenance window.

    `groups`: the members that name parameter groups of another major version, which come into force with it.
    """
    if kwargs.get("apply_immediately"):
        return
    kept = waiting(thing)
    table = _CLUSTER if isinstance(thing, DBCluster) else _INSTANCE
    for member in table:
        if member not in kwargs or kwargs[member] is None or not _waits(thing, member, kwargs[member]):
            continue
        if kwargs[member] == _standing(thing, member):
            # Asking for what holds takes a waiting change back.
            kept.pop(member, None)
        else:
            kept[member] = kwargs[member]
        del kwargs[member]
    if "engine_version" not in kept:
        for member in (*_WITH_VERSION, *_GROUPS):
            kept.pop(member, None)
        return
    for member in (*_WITH_VERSION, *groups):
        if kwargs.get(member) is not None:
            kept[member] = kwargs[member]
            del kwargs[member]


def _waits(thing: Any, member: str, value: Any) -> bool:
    if member == "backup_retention_period":
        # From one number of days to another it's online; on and off are not.
        return bool(value) != bool(thing.backup_retention_period)
    return True


def _standing(thing: Any, member: str) -> Any:
    if member == "enable_iam_database_authentication":
        return thing.iam_database_authentication_enabled
    if isinstance(thing, DBCluster) and member == "ca_certificate_identifier":
        return thing.certificate_details["CAIdentifier"]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType, reportUnknownMemberType]
    if isinstance(thing, DBCluster) and member == "storage_type":
        return thing.storage_type or "aurora"
    return getattr(thing, _ATTRIBUTES.get(member, member), None)


def restarted(database: Any, applied: Mapping[str, Any]) -> None:
    """Notes what a change means for the parameters: a new group waits for a reboot, a restart brings it."""
    if any(applied.get(member) is not None for member in _RESTARTING):
        database._dbstack_parameters = _IN_SYNC


def regrouped(database: Any) -> None:
    """Its parameter group is another one now, whose parameters a reboot brings."""
    database._dbstack_parameters = _PENDING_REBOOT


def parameters_changed(backend: Any, group: str, engine: str | None, parameters: list[Any]) -> None:
    """Static parameters, and those that are asked to wait for a reboot, leave the group's instances pending it."""
    slow = any(
        item.get("ApplyMethod") == "pending-reboot"
        or (engine is not None and is_static(engine, item["ParameterName"]))
        for item in parameters
    )
    for database in backend.databases.values() if slow else ():
        if database.db_parameter_group_name == group:
            regrouped(database)


def _pending_instance(self: Any) -> dict[str, Any]:
    return _named(self, _INSTANCE)


def _pending_cluster(self: Any) -> dict[str, Any]:
    named = _named(self, _CLUSTER)
    if authority := waiting(self).get("ca_certificate_identifier"):
        named["CertificateDetails"] = {"CAIdentifier": authority}
    return named


def _named(thing: Any, table: Mapping[str, str | None]) -> dict[str, Any]:
    return {
        name: waiting(thing)[member]
        for member, name in table.items()
        if name is not None and member in waiting(thing)
    }


def _option_groups(self: Any) -> list[dict[str, str]]:
    standing = {"OptionGroupName": self.option_group_name, "Status": _IN_SYNC}
    if wanted := waiting(self).get("option_group_name"):
        standing["Status"] = "pending-maintenance-removal"
        return [standing, {"OptionGroupName": wanted, "Status": "pending-maintenance-apply"}]
    return [standing]


def _parameter_groups(self: Any) -> list[Any]:
    # moto writes the status onto the group, which all its instances share.
    groups = [copy.copy(group) for group in self.db_parameter_groups()]
    for group in groups:
        group.ParameterApplyStatus = getattr(self, "_dbstack_parameters", _IN_SYNC)
    return groups


def _reboot(original: Callable[..., Any], self: Any, *args: Any, **kwargs: Any) -> Any:
    database = original(self, *args, **kwargs)
    database._dbstack_parameters = _IN_SYNC
    return database


def _reboot_cluster(self: Any) -> ActionResult:
    identifier = self.params["DBClusterIdentifier"]
    cluster = self.backend.clusters.get(identifier)
    if cluster is None:
        raise RDSClientError("DBClusterNotFoundFault", f"DBCluster {identifier} not found.")
    for database in cluster._members:
        database._dbstack_parameters = _IN_SYNC
    return ActionResult({"DBCluster": cluster})


def install() -> None:
    DBInstance.pending_modified_values = property(_pending_instance)  # pyright: ignore[reportAttributeAccessIssue]
    DBCluster.pending_modified_values = property(_pending_cluster)  # pyright: ignore[reportAttributeAccessIssue]
    DBInstance.option_group_memberships = property(_option_groups)  # pyright: ignore[reportAttributeAccessIssue]
    DBInstance.db_parameter_group_status_list = property(_parameter_groups)  # pyright: ignore[reportAttributeAccessIssue]
    around(RDSBackend, "reboot_db_instance", _reboot)
    add(RDSResponse, "reboot_db_cluster", _reboot_cluster)
