"""`plan_cluster`: from what a user wrote to a checked, complete description of a DB cluster. Pure, as `plan`."""

from collections.abc import Mapping
from typing import Any

from dbstack.spec import checks
from dbstack.spec.alarms import alarms_spec
from dbstack.spec.cluster_alarms import (
    cluster_facts,
    cluster_instance_facts,
    member_facts,
    multi_az_members,
)
from dbstack.spec.cluster_checks import check_cluster, class_without_insights, member_identifier
from dbstack.spec.cluster_engines import CLUSTER_ENGINES, ClusterVersion
from dbstack.spec.cluster_features import INSIGHTS_LEAST_DAYS
from dbstack.spec.cluster_model import (
    AutoscalingSpec,
    ClusterInstanceSpec,
    ClusterParametersSpec,
    ClusterSpec,
    ClusterStorageSpec,
    EndpointSpec,
    GlobalRole,
    LimitlessSpec,
    ServerlessSpec,
)
from dbstack.spec.cluster_restore import check_moment
from dbstack.spec.cluster_rules import SERVERLESS_CLASS
from dbstack.spec.defaults import (
    ACCESS,
    BACKUP,
    CLUSTER,
    CLUSTER_MONITORING,
    CLUSTER_STORAGE,
    READER_AUTOSCALING,
    SERVERLESS,
)
from dbstack.spec.errors import SpecError
from dbstack.spec.extensions import extension_parameters
from dbstack.spec.model import Names, PasswordSpec
from dbstack.spec.names import base_name
from dbstack.spec.parts import access_spec, deletion_spec
from dbstack.spec.paths import Path
from dbstack.spec.pgaudit import FIELD, pgaudit_parameters
from dbstack.spec.restored import is_restored
from dbstack.spec.rotation import rotation_days, settled_source
from dbstack.spec.schema import read
from dbstack.spec.types import (
    ActivityStreamMode,
    ClusterSettings,
    ClusterStorageType,
    DatabaseClusterArgs,
    DatabaseClusterFromPointInTimeArgs,
    DatabaseClusterFromSnapshotArgs,
    EndpointType,
    SecondaryClusterArgs,
)
from dbstack.spec.view import Faults, View


def plan_cluster(
    args: DatabaseClusterArgs | ClusterSettings, names: Names, *, placed: bool = True
) -> ClusterSpec:
    """A new cluster. `placed` False: `args` are a `ClusterSettings`, without a network."""
    return _plan(DatabaseClusterArgs if placed else ClusterSettings, args, names, placed=placed)


def plan_cluster_from_snapshot(args: DatabaseClusterFromSnapshotArgs, names: Names) -> ClusterSpec:
    """A cluster restored from a snapshot."""
    return _plan(DatabaseClusterFromSnapshotArgs, args, names, restored=True)


def plan_cluster_from_point_in_time(args: DatabaseClusterFromPointInTimeArgs, names: Names) -> ClusterSpec:
    """A cluster restored to a point in time."""
    return _plan(DatabaseClusterFromPointInTimeArgs, args, names, restored=True)


def plan_secondary_cluster(args: SecondaryClusterArgs, names: Names) -> ClusterSpec:
    """A cluster of another region that follows the primary of a global database."""
    return _plan(SecondaryClusterArgs, args, names, restored=True)


def _plan(
    typed_dict: Any, args: Mapping[str, Any], names: Names, *, placed: bool = True, restored: bool = False
) -> ClusterSpec:
    record, found = read(typed_dict, args, Path())
    view, faults = View(record, Path(), CLUSTER), Faults(found)
    network = view.sub("network")
    has_application = "application_security_group_id" in network.values
    if view.ok("network"):
        checks.check_placement(network, faults)
    check_cluster(view, names, faults, has_application if placed else None, restored=restored)
    check_moment(view, faults)
    if faults.found:
        raise SpecError(faults.found, subject=names.name)
    return _cluster(view, names, has_application, restored or is_restored(view))


def _cluster(view: View, planned: Names, has_application: bool, restored: bool) -> ClusterSpec:
    engine = view["engine"]
    facts = CLUSTER_ENGINES[engine]
    version = ClusterVersion.parse(engine, view["engine_version"])
    identifier = str(view.get("identifier") or planned.physical)
    base = base_name(planned.physical, identifier)
    environment = str(view.get("environment") or planned.stack)
    own: Mapping[str, str] = view.get("tags") or {}
    tags = {"Name": identifier, "Environment": environment, **own}
    backup, monitoring = view.sub("backup", BACKUP), view.sub("monitoring", CLUSTER_MONITORING)
    window: str | None = view.get("maintenance_window")
    wanted: bool | None = monitoring.get("performance_insights")
    insights = class_without_insights(view, engine) is None if wanted is None else wanted
    sharded = "limitless" in view.values
    kept: int = monitoring.get("performance_insights_retention_days") or (
        INSIGHTS_LEAST_DAYS if sharded else 7
    )
    hours: int = view["backtrack_hours"]
    alarms: Mapping[str, Any] = monitoring.get("alarms") or {}
    database = None if restored else view.get("database_name") or checks.default_database_name(planned)
    role = None
    if "global_cluster_identifier" in view.values:
        role = GlobalRole.SECONDARY if "primary_arn" in view.values else GlobalRole.PRIMARY
    return ClusterSpec(
        identifier=identifier,
        base_name=base,
        engine=engine,
        aurora=facts.aurora,
        engine_version=view["engine_version"],
        family=version.family,
        instance_class=None if facts.aurora else view["instance_class"],
        serverless=_serverless(view) if facts.aurora else None,
        instances=tuple(_instances(view, identifier, tags)) if facts.aurora and not sharded else (),
        autoscaling=_autoscaling(view),
        endpoints=tuple(_endpoints(view, identifier, tags)),
        database_name=database,
        username=None if restored else view["username"],
        password=_password(view.sub("password"), engine, sharded or role is not None),
        iam_authentication=view["iam_authentication"],
        port=view.get("port") or facts.port,
        storage=_storage(view.sub("storage", CLUSTER_STORAGE), facts.aurora, sharded),
        parameters=_parameters(view, engine, base, version.family, database),
        backup_retention_days=backup["retention_days"],
        backup_window=backup.get("window"),
        backtrack_seconds=hours * 3600 if hours or engine == "aurora-mysql" else None,
        # As AWS stores it, so that a capital is no change.
        maintenance_window=window.lower() if window else None,
        auto_minor_version_upgrade=view["auto_minor_version_upgrade"],
        allow_major_version_upgrade=view["allow_major_version_upgrade"],
        apply_immediately=view["apply_immediately"],
        data_api=view["data_api"],
        local_write_forwarding=view["local_write_forwarding"],
        global_role=role,
        global_write_forwarding=view["global_write_forwarding"],
        shared_with=tuple(view["shared_with"]),
        activity_stream=_activity_stream(view),
        limitless=_limitless(view, identifier, tags) if sharded else None,
        ca_certificate=view.get("ca_certificate"),
        log_exports=tuple(monitoring.values.get("log_exports", facts.default_log_exports)),
        log_retention_days=monitoring["log_retention_days"],
        enhanced_interval_seconds=monitoring["enhanced_interval_seconds"],
        performance_insights=insights,
        performance_insights_retention_days=kept if insights else None,
        deletion=deletion_spec(view, final_snapshot=True),
        access=access_spec(view.sub("access", ACCESS), has_application),
        tags=tags,
        # A shard group's instances have none of these metrics.
        alarms=alarms_spec(alarms, cluster_facts(view)) if facts.aurora and not sharded else (),
        member_alarms={}
        if facts.aurora
        else dict.fromkeys(multi_az_members(identifier), alarms_spec(alarms, member_facts(view))),
    )


def _activity_stream(view: View) -> str | None:
    if "activity_stream" not in view.values:
        return None
    return str(view["activity_stream"].get("mode") or ActivityStreamMode.ASYNC)


def _limitless(view: View, identifier: str, tags: Mapping[str, str]) -> LimitlessSpec:
    given = view.sub("limitless")
    least: float | None = given.get("min_acu")
    name = str(given.get("identifier") or f"{identifier}-shards")
    return LimitlessSpec(
        identifier=name,
        max_acu=float(given["max_acu"]),
        min_acu=None if least is None else float(least),
        compute_redundancy=given.get("compute_redundancy") or 0,
        tags={**tags, "Name": name},
    )


def _storage(view: View, aurora: bool, sharded: bool) -> ClusterStorageSpec:
    default = ClusterStorageType.AURORA if aurora else ClusterStorageType.GP3
    if sharded:
        default = ClusterStorageType.AURORA_IOPT1
    return ClusterStorageSpec(
        type=view.get("type") or default,
        allocated_gib=view.get("allocated_gib"),
        iops=view.get("iops"),
        encrypted=view["encrypted"],
    )


def _serverless(view: View) -> ServerlessSpec | None:
    if "serverless" not in view.values:
        return None
    given = view.sub("serverless", SERVERLESS)
    least = float(given["min_acu"])
    pause: int | None = given.get("pause_after_seconds")
    return ServerlessSpec(least, float(given["max_acu"]), (pause or 300) if least == 0 else None)


def _instances(view: View, identifier: str, tags: Mapping[str, str]) -> list[ClusterInstanceSpec]:
    records: Mapping[str, Mapping[str, Any]] = view["instances"]
    inherited = {
        "instance_class": view.get("instance_class") or SERVERLESS_CLASS,
        "promotion_tier": 1,
        "maintenance_window": view.get("maintenance_window"),
        "auto_minor_version_upgrade": view["auto_minor_version_upgrade"],
        "ca_certificate": view.get("ca_certificate"),
    }
    alarms: Mapping[str, Any] = view.sub("monitoring").get("alarms") or {}
    found: list[ClusterInstanceSpec] = []
    for key, record in records.items():
        own = View(record, view.at("instances").key(key), inherited)
        name = str(own.get("identifier") or member_identifier(identifier, key))
        window: str | None = own.get("maintenance_window")
        found.append(
            ClusterInstanceSpec(
                key=key,
                identifier=name,
                instance_class=own["instance_class"],
                promotion_tier=own["promotion_tier"],
                availability_zone=own.get("availability_zone"),
                maintenance_window=window.lower() if window else None,
                auto_minor_version_upgrade=own["auto_minor_version_upgrade"],
                ca_certificate=own.get("ca_certificate"),
                tags={**tags, "Name": name, **(own.get("tags") or {})},
                alarms=alarms_spec(alarms, cluster_instance_facts(view, own["instance_class"])),
            )
        )
    return found


def _autoscaling(view: View) -> AutoscalingSpec | None:
    if "reader_autoscaling" not in view.values:
        return None
    given = view.sub("reader_autoscaling", READER_AUTOSCALING)
    # Of a cluster without a reader CloudWatch has nothing to scale by.
    readers = max(1, len(view["instances"]) - 1)
    least: int | None = given.get("min_readers")
    return AutoscalingSpec(
        min_readers=readers if least is None else least,
        max_readers=given["max_readers"],
        cpu_percent=given.get("cpu_percent") or 70,
        connections=given.get("connections"),
        scale_in_cooldown_seconds=given["scale_in_cooldown_seconds"],
        scale_out_cooldown_seconds=given["scale_out_cooldown_seconds"],
    )


def _endpoints(view: View, identifier: str, tags: Mapping[str, str]) -> list[EndpointSpec]:
    records: Mapping[str, Mapping[str, Any]] = view["endpoints"]
    found: list[EndpointSpec] = []
    for key, record in records.items():
        name = str(record.get("identifier") or member_identifier(identifier, key))
        found.append(
            EndpointSpec(
                key=key,
                identifier=name,
                type=record.get("type") or EndpointType.READER,
                members=tuple(record.get("members") or ()),
                excluded=tuple(record.get("excluded") or ()),
                tags={**tags, "Name": name},
            )
        )
    return found


def _password(view: View, engine: str, sharded: bool) -> PasswordSpec:
    return PasswordSpec(
        source=settled_source(view, engine, 0, sharded=sharded),
        config_key=view.get("config"),
        rotation_days=rotation_days(view),
    )


def _parameters(
    view: View, engine: str, base: str, family: str, database: str | None
) -> ClusterParametersSpec:
    group = view.sub("parameter_group")
    if group.get("engine_default") or group.get("name"):
        # AWS's own is said too: left out, a cluster would stay in a group of ours that is deleted at the same time.
        return ClusterParametersSpec(None, group.get("name") or f"default.{family}", {}, {})
    given: Mapping[str, str] = group.get("parameters") or {}
    audited = pgaudit_parameters(group[FIELD], given) if group.get(FIELD) else {}
    extended = extension_parameters(view.get("extensions") or (), {**given, **audited}, database or "")
    own = {**given, **audited, **extended}
    facts = CLUSTER_ENGINES[engine]
    enforced = {**facts.tls, **facts.audit}
    return ClusterParametersSpec(
        f"{base}-{family.replace('.', '-')}",
        None,
        {name: value for name, value in enforced.items() if name not in own},
        own,
    )
