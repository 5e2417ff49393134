"""RDS instances in moto: refuse what AWS refuses, keep what it keeps, and repair replicas, restores and deletions."""

from collections.abc import Callable, Mapping
from typing import Any

from moto.core.responses import ActionResult, PaginatedResult
from moto.moto_api._internal import mock_random
from moto.rds import models
from moto.rds.exceptions import DBInstanceAlreadyExists, RDSClientError
from moto.rds.models import DBInstance, DBInstanceClustered, MasterUserSecret, RDSBackend
from moto.rds.responses import RDSResponse

from dbstack.sandbox.moto_ext import (
    cluster_versions,
    rds_backups,
    rds_cluster_copies,
    rds_cluster_parts,
    rds_clusters,
    rds_copies,
    rds_domain,
    rds_groups,
    rds_keep,
    rds_options,
    rds_pending,
    rds_restore,
    rds_rules,
    rds_s3_import,
    versions,
)
from dbstack.sandbox.moto_ext.patching import add, around
from dbstack.sandbox.moto_ext.rds_shared import (
    aws_members,
    check_groups,
    check_keys,
    local,
    refuse,
    standing,
    zones_of,
)
from dbstack.sandbox.wire import listed
from dbstack.spec import windows
from dbstack.spec.engines import ENGINES


def _create(original: Any, self: Any, db_kwargs: Any) -> Any:
    if db_kwargs.get("db_cluster_identifier"):
        return rds_clusters.create_member(original, self, db_kwargs)
    if getattr(local, "restoring", False):
        _groups_of_creation(self, dict(db_kwargs.items()), db_kwargs)
        database = original(self, db_kwargs)
        database.dbi_resource_id = rds_keep.resource_id()
        return database
    if db_kwargs["db_instance_identifier"] in self.databases:
        raise DBInstanceAlreadyExists()
    asked = dict(db_kwargs.items())
    if asked.get("db_subnet_group_name") is None or asked["db_subnet_group_name"] in self.subnet_groups:
        refuse(rds_rules.creation(aws_members(asked)))
        check_groups(self, asked)
        check_keys(self, asked)
    zones = zones_of(self, asked.get("db_subnet_group_name"))
    for key, value in rds_keep.creation_defaults(asked, zones).items():
        db_kwargs[key] = value
    _groups_of_creation(self, asked, db_kwargs)
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
    rds_domain.join(database, asked)
    return database


def _back_up(original: Any, self: Any, db_instance_identifier: str, db_snapshot_identifier: str) -> Any:
    # moto names it by the minute; an instance that is made again within one is another's successor.
    self.database_snapshots.pop(db_snapshot_identifier, None)
    return original(self, db_instance_identifier, db_snapshot_identifier)


def _modify(original: Any, self: Any, db_instance_identifier: str, db_kwargs: Any) -> Any:
    database = self.describe_db_instances(db_instance_identifier)[0]
    if isinstance(database, DBInstanceClustered):
        return rds_clusters.modify_member(original, self, db_instance_identifier, db_kwargs)
    rds_pending.join(database, db_kwargs)
    asked = dict(db_kwargs.items())
    asked.pop("db_instance_identifier", None)
    new_id = asked.get("new_db_instance_identifier")
    if new_id and new_id.lower() != db_instance_identifier.lower() and new_id in self.databases:
        raise DBInstanceAlreadyExists()
    if getattr(database, "_engine_version", None) is not None:
        replica = bool(getattr(database, "source_db_instance_identifier", None))
        change = rds_rules.change(standing(database), aws_members(asked), bool(database.replicas), replica)
        refuse(change)
        refuse(rds_rules.replicas_first(standing(database), aws_members(asked), _behind(self, database)))
        check_groups(self, asked)
        check_keys(self, asked)
        _refuse_move(self, database, asked.get("db_subnet_group_name"))
        if asked.get("kms_key_id"):
            raise RDSClientError(rds_rules.COMBINATION, "The KMS key of an instance can't be changed.")
        _refuse_groups(self, database, asked)
    if asked.get("engine_version"):
        db_kwargs["engine_version"] = _upgraded(database, asked["engine_version"])
    rds_pending.hold(database, db_kwargs, _groups_of_upgrade(self, database, asked))
    asked = dict(db_kwargs.items())
    new_id = asked.get("new_db_instance_identifier")
    if "db_port_number" in asked:
        db_kwargs["port"] = asked["db_port_number"]
    _default_group(database, db_kwargs)
    exports: Mapping[str, Any] = asked.get("cloudwatch_logs_export_configuration", {})
    if exports:
        del db_kwargs["cloudwatch_logs_export_configuration"]
    managed_before = getattr(database, "master_user_secret", None)
    if asked.get("manage_master_user_password") and managed_before is not None:
        del db_kwargs["manage_master_user_password"]
    old_group = database.db_parameter_group_name
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
    if asked.get("db_parameter_group_name") not in (None, old_group):
        rds_pending.regrouped(database)
    rds_pending.restarted(database, asked)
    rds_domain.join(database, asked)
    if getattr(database, "_engine_version", None) is not None:
        rds_keep.complete(database)
        if asked.get("option_group_name"):
            default = rds_keep.option_group(database.engine, database.engine_version)
            database.option_group_supplied = asked["option_group_name"] != default
        elif not database.option_group_supplied:
            database.option_group_name = rds_keep.option_group(database.engine, database.engine_version)
    if new_id and new_id.lower() != old_id.lower():
        _rename_links(self, old_id, database.db_instance_identifier)
    return database


def _groups_of_upgrade(backend: Any, database: Any, asked: Mapping[str, Any]) -> list[str]:
    """The parameter group's member, where it does not fit the version that holds: it waits for the one it fits."""
    member = "db_parameter_group_name"
    name = asked.get(member)
    misfit = name and rds_groups.group_family(backend, name, database.engine, database.engine_version)
    return [member] if misfit else []


def _groups_of_creation(backend: Any, asked: dict[str, Any], db_kwargs: Any) -> None:
    """The groups must fit engine and version; AWS's default ones can be named though nothing has made them."""
    engine, version = asked.get("engine", ""), db_kwargs.get("engine_version")
    if not version or engine not in ENGINES:
        return
    name = asked.get("db_parameter_group_name")
    if name and (fault := rds_groups.group_family(backend, name, engine, version)):
        raise RDSClientError(rds_rules.COMBINATION, fault)
    if asked.get("option_group_name") and rds_options.settle(backend, asked, engine, version) is None:
        del db_kwargs["option_group_name"]


def _refuse_groups(backend: Any, database: Any, asked: Mapping[str, Any]) -> None:
    """After an upgrade, too, the groups must fit: RDS takes none of its own in the place of a custom one."""
    engine, current = database.engine, database.engine_version
    if engine not in ENGINES:
        return
    version = _upgraded(database, asked["engine_version"]) if asked.get("engine_version") else current
    name = asked.get("db_parameter_group_name")
    standing = database.db_parameter_group_name
    if name:
        if fault := rds_groups.group_family(backend, name, engine, version):
            raise RDSClientError(rds_rules.COMBINATION, fault)
    elif standing and not standing.startswith("default."):
        if rds_groups.group_family(backend, standing, engine, version):
            words = (
                f"Current Parameter Group ({standing}) is non-default. You need to explicitly specify a new Parameter"
                " Group in this case (default or custom)"
            )
            raise RDSClientError(rds_rules.COMBINATION, words)
    elif version != current:
        # A default group is followed by that of the new version.
        database.db_parameter_group_name = None
    rds_options.settle(backend, dict(asked), engine, version)


def _refuse_move(backend: Any, database: Any, wanted: str | None) -> None:
    """RDS moves an instance to another VPC, never between the subnet groups of one."""
    group = backend.subnet_groups.get(wanted or "")
    current = getattr(database, "db_subnet_group", None)
    if group is None or current is None or group.name == current.name or group.vpc_id != current.vpc_id:
        return
    raise RDSClientError(
        "InvalidVPCNetworkStateFault",
        f"You cannot move DB instance {database.db_instance_identifier} to subnet group {wanted}. The specified DB "
        "subnet group and DB instance are in the same VPC. Choose a DB subnet group in different VPC than the "
        "specified DB instance and try again.",
    )


def _behind(backend: Any, database: Any) -> dict[str, str]:
    """The versions of a database's read replicas in its own region, by identifier."""
    here = backend.databases
    return {name: here[name].engine_version for name in database.replicas if name in here}


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
    found = (
        []
        if params.get("Engine", "").startswith("aurora")
        else versions.describe(
            params.get("Engine"),
            params.get("EngineVersion"),
            params.get("DBParameterGroupFamily"),
            bool(params.get("DefaultOnly")),
        )
    )
    if not params.get("DefaultOnly") and params.get("Engine", "aurora").startswith("aurora"):
        asked = params.get("EngineVersion"), params.get("DBParameterGroupFamily")
        found = [*found, *cluster_versions.describe(params.get("Engine"), *asked)]
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


def _default_port(original: Callable[[str], int]) -> Callable[[str], int]:
    return lambda engine: ENGINES[engine].port if engine in ENGINES else original(engine)


def install() -> None:
    rds_backups.install()
    rds_groups.install()
    rds_options.install()
    rds_pending.install()
    rds_clusters.install()
    rds_cluster_copies.install()
    rds_cluster_parts.install()
    rds_s3_import.install()
    setattr(models, "valid_preferred_maintenance_window", _windows)  # noqa: B010 (not exported by name)
    around(RDSBackend, "create_db_instance", _create)
    around(RDSBackend, "create_auto_snapshot", _back_up)
    around(RDSBackend, "modify_db_instance", _modify)
    around(RDSBackend, "create_db_instance_read_replica", rds_copies.create_replica)
    around(RDSBackend, "promote_read_replica", rds_copies.promote)
    around(RDSBackend, "delete_db_instance", rds_copies.delete)
    around(RDSBackend, "restore_db_instance_from_db_snapshot", rds_copies.restoring)
    around(RDSBackend, "restore_db_instance_to_point_in_time", rds_restore.to_point_in_time)
    MasterUserSecret._generate_secret_string = _secret_string  # pyright: ignore[reportPrivateUsage]
    MasterUserSecret.secret_status = property(lambda _secret: "active")  # pyright: ignore[reportAttributeAccessIssue]
    DBInstance.latest_restorable_time = property(_latest_restorable)  # pyright: ignore[reportAttributeAccessIssue]
    # moto's tables of ports and sizes lack the Oracle engines with containers.
    DBInstance.default_port = staticmethod(_default_port(DBInstance.default_port))  # pyright: ignore[reportAttributeAccessIssue]
    DBInstance.db_instance_port = property(lambda _instance: 0)  # pyright: ignore[reportAttributeAccessIssue]
    add(RDSResponse, "describe_db_engine_versions", _describe_engine_versions)
