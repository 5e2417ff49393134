"""The plans of a database's read replicas: what isn't given is inherited from the database or from the source."""

from collections.abc import Mapping
from typing import Any

from dbstack.spec.alarm_table import AlarmFacts
from dbstack.spec.defaults import ACCESS
from dbstack.spec.groups import parameter_group_spec
from dbstack.spec.model import (
    AccessSpec,
    InstanceSpec,
    MonitoringSpec,
    ParameterGroupSpec,
    ReplicaSpec,
)
from dbstack.spec.monitoring import monitoring_spec, replica_monitoring, watched_elsewhere
from dbstack.spec.parts import access_spec, deletion_spec
from dbstack.spec.replicas import chain, crosses, region_of, replica_identifier, source_of
from dbstack.spec.restored import is_restored
from dbstack.spec.view import View

# What a promoted replica keeps its backups for where its database keeps none.
_RETENTION_LEAST = 1


def replica_specs(database: View, instance: InstanceSpec, access: AccessSpec) -> tuple[ReplicaSpec, ...]:
    """Every replica of a sound database, each after the one that it replicates from."""
    given: Mapping[str, Mapping[str, Any]] = database["replicas"]
    planned: dict[str, ReplicaSpec] = {}
    for key in sorted(given, key=lambda key: len(chain(given, key))):
        planned[key] = _inheriting(key, given, instance, access, database, planned)
    return tuple(planned.values())


def _inheriting(
    key: str,
    given: Mapping[str, Mapping[str, Any]],
    instance: InstanceSpec,
    access: AccessSpec,
    database: View,
    planned: Mapping[str, ReplicaSpec],
) -> ReplicaSpec:
    record, source = given[key], source_of(given, key)
    parent = planned[source] if source else None
    storage = _storage(record.get("storage") or {}, instance)
    feeds = any(source_of(given, other) == key for other in given)
    promoted = record.get("promoted") is True
    inherited: dict[str, Any] = {
        "multi_az": False,
        "instance_class": instance.instance_class,
        "storage_encrypted": instance.storage.encrypted,
        "maintenance_window": instance.maintenance_window,
        "auto_minor_version_upgrade": instance.auto_minor_version_upgrade,
        "apply_immediately": instance.apply_immediately,
        "iam_authentication": instance.iam_authentication,
        "on_delete": instance.deletion.on_delete,
        "port": parent.port if parent else instance.port,
        "ca_certificate": instance.settings.ca_certificate,
        # Subnets of another region need not have IPv6.
        "network_type": None if region_of(given, key) else instance.settings.network_type,
        **storage,
    }
    if "on_delete" not in record:
        inherited["deletion_protection"] = instance.deletion.protected
    view = View(record, database.at("replicas").key(key), inherited)
    retention = max(instance.backup_retention_days, _RETENTION_LEAST) if feeds or promoted else None
    identifier = str(view.get("identifier") or replica_identifier(instance.identifier, key))
    across = crosses(given, key)
    group = "parameter_group" in record
    allowed = parent.access if parent else access
    elsewhere = view["port"] != (parent.port if parent else instance.port) and not allowed.adopted
    own = across or "access" in record or elsewhere
    inherited = watched_elsewhere(database.get("monitoring") or {}, across or bool(region_of(given, key)))
    return replica_spec(
        view,
        key=key,
        identifier=identifier,
        tags={**instance.tags, "Name": identifier, **(view.get("tags") or {})},
        source=source,
        region=region_of(given, key) or None,
        across=across,
        backup={"retention_days": retention, "window": instance.backup_window if retention else None},
        access=_access(view, allowed, across) if own else allowed,
        monitoring=monitoring_spec(
            replica_monitoring(inherited, record.get("monitoring") or {}),
            AlarmFacts(
                str(instance.engine),
                view["instance_class"],
                str(view["storage_type"]),
                instance.storage.allocated_gib,
                replica=True,
            ),
        ),
        own_access=own,
        parameter_group=_parameter_group(record, instance, database, key) if across or group else None,
    )


def replica_spec(
    view: View,
    *,
    key: str,
    identifier: str,
    tags: Mapping[str, str],
    source: str | None,
    region: str | None,
    across: bool,
    backup: Mapping[str, Any],
    access: AccessSpec,
    monitoring: MonitoringSpec,
    own_access: bool,
    parameter_group: ParameterGroupSpec | None,
) -> ReplicaSpec:
    """The plan from a view in which what is inherited stands as default; `backup` has that of the backups."""
    window: str | None = view.get("maintenance_window")
    backups = view.sub("backup", backup)
    promoted = view.get("promoted") is True
    return ReplicaSpec(
        key=key,
        identifier=identifier,
        source=source,
        region=region,
        across_regions=across,
        promoted=promoted,
        instance_class=view["instance_class"],
        availability_zone=view.get("availability_zone"),
        ca_certificate=view.get("ca_certificate"),
        network_type=view.get("network_type"),
        replica_mode=view.get("replica_mode"),
        multi_az=view["multi_az"],
        port=view.get("port"),
        storage_type=view["storage_type"],
        storage_encrypted=view["storage_encrypted"],
        iops=view.get("iops"),
        throughput_mibps=view.get("throughput_mibps"),
        max_allocated_gib=view.get("max_allocated_gib"),
        backup_retention_days=backups.get("retention_days"),
        backup_window=backups.get("window"),
        maintenance_window=window.lower() if window else None,
        auto_minor_version_upgrade=view["auto_minor_version_upgrade"],
        apply_immediately=view["apply_immediately"],
        iam_authentication=view["iam_authentication"],
        deletion=deletion_spec(view, final_snapshot=promoted),
        access=access,
        monitoring=monitoring,
        own_access=own_access,
        parameter_group=parameter_group,
        tags=tags,
    )


def _storage(given: Mapping[str, Any], instance: InstanceSpec) -> dict[str, Any]:
    """The source's figures, but those of its volume type only where the replica has the same type."""
    kind = given.get("type") or instance.storage.type
    same = kind == instance.storage.type
    return {
        "storage_type": kind,
        "iops": given.get("iops") or (instance.storage.iops if same else None),
        "throughput_mibps": given.get("throughput_mibps")
        or (instance.storage.throughput_mibps if same else None),
        "max_allocated_gib": given.get("max_allocated_gib") or instance.storage.max_allocated_gib,
    }


def _parameter_group(
    record: Mapping[str, Any], instance: InstanceSpec, database: View, key: str
) -> ParameterGroupSpec:
    """A replica's own group: what it says, else the database's parameters in its region. A name isn't handed on
    there, since a group stands in one region, except for the engine's default."""
    wanted: Mapping[str, Any] | None = record.get("parameter_group")
    if wanted is None:
        inherited: Mapping[str, Any] = database.get("parameter_group") or {}
        wanted = {name: value for name, value in inherited.items() if name != "name"}
    view = View({**database.values, "parameter_group": wanted}, database.path)
    first = "" if is_restored(database) else instance.default_database
    return parameter_group_spec(view, instance.base_name, key=key, database=first)


def _access(view: View, allowed: AccessSpec, across: bool) -> AccessSpec:
    """Who may connect to a replica with a security group of its own."""
    inherited = {**ACCESS, "from_cidrs": list(allowed.from_cidrs), "egress": allowed.egress}
    given = view.sub("access", inherited)
    has_application = (
        "application_security_group_id" in view.sub("network").values if across else allowed.from_application
    )
    return access_spec(given, has_application)
