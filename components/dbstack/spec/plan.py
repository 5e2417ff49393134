"""`plan`: from what a user wrote to a checked, complete description. Pure: no engine, no network, no clock.

Each function raises SpecError with every fault it finds. Arguments are snake_case dicts as a program or the
multi-language host passes them: strings for enums, floats for whole numbers, outputs where `pulumi.Input` allows them.
The Environment tag is `args["environment"]`, else the stack's name.
"""

from collections.abc import Mapping
from typing import Any

from dbstack.spec import access, checks, network, replicas, storage
from dbstack.spec.alarm_table import AlarmFacts
from dbstack.spec.backup_copies import check_copies_elsewhere, copy_spec
from dbstack.spec.blue_green import blue_green
from dbstack.spec.defaults import ACCESS, BACKUP, DATABASE, INSTANCE, NETWORK, REPLICA, STORAGE
from dbstack.spec.dns import check_dns, dns_spec
from dbstack.spec.engine_checks import engine_settings_spec
from dbstack.spec.engines import EngineVersion, engine_facts, iam_authentication_fault
from dbstack.spec.errors import SpecError
from dbstack.spec.extensions import check_extensions
from dbstack.spec.groups import option_group_spec, parameter_group_spec
from dbstack.spec.model import (
    AccessSpec,
    DatabaseSpec,
    GroupSpec,
    InstanceSpec,
    Names,
    NetworkSpec,
    PasswordSpec,
    ReplicaSpec,
    StorageSpec,
    SubnetSpec,
)
from dbstack.spec.monitoring import check_monitoring, check_topic_region, monitoring_spec
from dbstack.spec.names import base_name, identifier_fault, subnet_group_fault
from dbstack.spec.notifications import check_dashboard, check_notifications
from dbstack.spec.parts import access_spec, deletion_spec
from dbstack.spec.paths import Path
from dbstack.spec.proxy import PROXY, ProxySpec, check_proxy, needs_subnets, proxy_spec
from dbstack.spec.replica_plan import replica_spec, replica_specs
from dbstack.spec.restored import as_new, check_restore_from, is_restored
from dbstack.spec.rotation import check_rotation, rotation_days, settled_source
from dbstack.spec.schema import read
from dbstack.spec.types import (
    DatabaseArgs,
    DatabaseDashboardArgs,
    DatabaseInstanceArgs,
    DatabaseNetworkArgs,
    DatabaseNotificationsArgs,
    DatabaseSecurityGroupArgs,
    DatabaseSettings,
    DatabaseSubnetGroupArgs,
    DockerDatabaseArgs,
    DockerStackArgs,
    NewInstanceSettings,
    ReadReplicaArgs,
)
from dbstack.spec.types.proxy import DatabaseProxyArgs
from dbstack.spec.view import Faults, View
from dbstack.spec.zones import first_zones


def plan_database(
    args: DatabaseArgs | DatabaseSettings, names: Names, *, placed: bool = True
) -> DatabaseSpec:
    """A database with its replicas. `placed` False: `args` are a `DatabaseSettings`, without a network."""
    view, faults = read_args(DatabaseArgs if placed else DatabaseSettings, args, DATABASE)
    network = view.sub("network")
    if placed and "network" not in {*view.given, *view.bad}:
        faults.add(view.at("network"), "is missing: with target aws it names the VPC and the subnets")
    has_application = "application_security_group_id" in network.values
    if view.ok("network"):
        checks.check_placement(network, faults)
        if "subnet_ids" not in {*network.values, *network.bad}:
            _check_unplaced(view, network, faults)
    check_database(view, names, faults, has_application if placed else None)
    raise_faults(faults, names)
    return _database(view, names, has_application)


def plan_docker_database(args: DatabaseArgs | DatabaseSettings, names: Names) -> DatabaseSpec:
    """A database that runs in containers: the rules of the description all hold, those of a network don't."""
    # Imported here: a program for AWS never loads it.
    from dbstack.spec.docker_plan import check_docker

    kind = DockerDatabaseArgs if not {"network", "target"} & args.keys() else DatabaseArgs
    view, faults = read_args(kind, args, DATABASE)
    check_database(view, names, faults, None)
    check_docker(view, faults)
    raise_faults(faults, names)
    return _database(view, names, has_application=True)


def check_docker_stack_args(args: DockerStackArgs, names: Names) -> None:
    """Every fault of a stack of containers at once."""
    from dbstack.spec.docker_stack import check_containers

    view, faults = read_args(DockerStackArgs, args)
    check_containers(view, view, faults)
    if view.ok("databases"):
        for name, record in view["databases"].items():
            database = View(record, view.at("databases").key(name), DATABASE)
            check_database(database, Names(names.project, names.stack, name), faults, None)
    raise_faults(faults, names)


def _check_unplaced(view: View, network: View, faults: Faults) -> None:
    """What can't be made in a network of which only the DB subnet group's name is known."""
    if "proxy" in view.given:
        faults.add(view.at("proxy"), needs_subnets(network.at("subnet_ids")))
    check_rotation(view, faults, len(view.get("replicas") or {}), placed=False)


def check_database(
    view: View, planned: Names, faults: Faults, has_application: bool | None, region: str | None = None
) -> None:
    """Every rule of a database; `has_application` or `region` None: not known here."""
    if "restore_from" in view.given:
        check_restore_from(view, faults)
    if is_restored(view):
        view = as_new(view)
    count = len(view.get("replicas") or {})
    checks.check_instance(view, planned, faults, count)
    identifier = str(view.get("identifier") or planned.physical)
    sound = "identifier" not in view.bad and identifier_fault(identifier) is None
    if sound:
        # The subnet group bears the same name, and one name AWS keeps for itself.
        faults.add(view.at("identifier"), subnet_group_fault(identifier))
    check_copies_elsewhere(view.sub("backup"), region, faults)
    check_topic_region(view.sub("monitoring"), region, faults)
    replicas.check_replicas(view, identifier if sound else None, faults, region)
    checks.check_access(view.sub("access", ACCESS), faults, has_application)
    check_rotation(view, faults, count, placed=True)
    check_dns(view, faults)
    check_extensions(view, faults)
    if view.ok("roles"):
        # Few programs have them: `import dbstack` stays small.
        from dbstack.spec.database_roles import check_database_roles

        check_database_roles(view, faults)
    if "proxy" in view.given:
        engine = str(view["engine"]) if view.ok("engine") else None
        name = base_name(planned.physical, identifier)
        check_proxy(view.sub("proxy", PROXY), engine, name, faults, clustered=False)


def plan_instance(
    args: DatabaseInstanceArgs | NewInstanceSettings, names: Names, *, placed: bool = True
) -> InstanceSpec:
    """One instance. `placed` False: `args` are an `NewInstanceSettings`, without subnet group and security groups."""
    view, faults = read_args(DatabaseInstanceArgs if placed else NewInstanceSettings, args, INSTANCE)
    view.check(faults, "subnet_group_name", subnet_group_fault)
    checks.check_ids(
        view.get("security_group_ids"), view.at("security_group_ids"), access.security_group_id_fault, faults
    )
    checks.check_instance(view, names, faults)
    check_rotation(view, faults, 0, placed=False)
    raise_faults(faults, names)
    return instance_spec(view, names, replicas=0)


def plan_replica(args: ReadReplicaArgs, names: Names) -> ReplicaSpec:
    """One read replica by itself."""
    view, faults = read_args(ReadReplicaArgs, args, REPLICA)
    checks.check_identifier(view, names.physical, faults)
    replicas.check_replica(view, faults)
    replicas.check_standalone(view, faults)
    checks.check_controls(view, faults)
    check_monitoring(view.sub("monitoring"), None, None, faults)
    checks.check_maintenance(view, faults)
    checks.check_windows(view, faults)
    checks.check_ids(
        view.get("security_group_ids"), view.at("security_group_ids"), access.security_group_id_fault, faults
    )
    if view.ok("max_allocated_gib", "storage_type"):
        # The source's own size isn't known here.
        message = storage.size_fault(str(view["storage_type"]), view["max_allocated_gib"])
        faults.add(view.at("max_allocated_gib"), message)
    if view.ok("storage_type"):
        kind = str(view["storage_type"])
        if not {"iops", "throughput_mibps"} & view.bad:
            faults.add(view.at("iops"), storage.replica_iops_fault(kind, view.get("iops")))
            message = storage.replica_throughput_fault(kind, view.get("iops"), view.get("throughput_mibps"))
            faults.add(view.at("throughput_mibps"), message)
    raise_faults(faults, names)
    identifier = str(view.get("identifier") or names.physical)
    promoted = view.get("promoted") is True
    return replica_spec(
        view,
        key=names.name,
        identifier=identifier,
        tags=_tags(view, names, identifier),
        source=None,
        region=view.get("region"),
        across="source_arn" in view.values,
        backup=BACKUP if promoted else {},
        access=access_spec(View({}, Path(), ACCESS), False),
        monitoring=monitoring_spec(
            view.get("monitoring") or {}, AlarmFacts("", view["instance_class"], replica=True)
        ),
        own_access=False,
        parameter_group=None,
    )


def plan_network(args: DatabaseNetworkArgs, names: Names, region: str | None) -> NetworkSpec:
    """A network that dbstack makes; `region` (None: unknown) is needed unless the zones are named."""
    view, faults = read_args(DatabaseNetworkArgs, args, NETWORK)
    checks.check_network(view, faults, region)
    checks.check_controls(view, faults)
    checks.check_tags(view, faults)
    raise_faults(faults, names)
    zones: list[str] = view.get("availability_zone_names") or list(
        first_zones(str(region), view["availability_zones"])
    )
    cidrs = access.subnet_cidrs(view["vpc_cidr"], len(zones))
    return NetworkSpec(
        vpc_cidr=view["vpc_cidr"],
        subnets=tuple(SubnetSpec(zone, cidr) for zone, cidr in zip(zones, cidrs, strict=True)),
        flow_logs=network.flow_logs(view),
        endpoints=network.endpoints(view, access.zone_region(zones[0]) or str(region)),
        protected=bool(view.get("deletion_protection")),
        retain=bool(view.get("retain")),
        tags={"Environment": _environment(view, names), **(view.get("tags") or {})},
    )


def plan_subnet_group(args: DatabaseSubnetGroupArgs, names: Names) -> GroupSpec:
    """A DB subnet group: at least two subnets, none twice."""
    view, faults = read_args(DatabaseSubnetGroupArgs, args, {"group_name": names.physical})
    view.check(faults, "group_name", subnet_group_fault)
    checks.check_subnets(view, faults)
    checks.check_tags(view, faults)
    raise_faults(faults, names)
    return GroupSpec(name=view["group_name"], tags=_tags(view, names, view["group_name"]))


def plan_security_group(args: DatabaseSecurityGroupArgs, names: Names) -> tuple[GroupSpec, AccessSpec]:
    """A security group; `from_application` without a group to let in is a fault only if asked for."""
    view, faults = read_args(DatabaseSecurityGroupArgs, args)
    has_application = "application_security_group_id" in view.values
    given = view.sub("access", ACCESS)
    view.check(faults, "vpc_id", access.vpc_id_fault)
    view.check(faults, "port", access.port_fault)
    view.check(faults, "application_security_group_id", access.security_group_id_fault)
    checks.check_access(given, faults, has_application)
    if "security_group_ids" in given.given:
        message = (
            "names existing groups, and this makes one: put the database into them without this component"
        )
        faults.add(given.at("security_group_ids"), message)
    checks.check_tags(view, faults)
    raise_faults(faults, names)
    group = GroupSpec(name=names.physical, tags=_tags(view, names, names.physical))
    return group, access_spec(given, has_application)


def plan_proxy(args: DatabaseProxyArgs, names: Names) -> tuple[ProxySpec, AccessSpec, dict[str, str]]:
    """A proxy by itself: its plan, who may connect, and its tags."""
    view, faults = read_args(DatabaseProxyArgs, args, PROXY)
    engine = str(view["engine"]) if view.ok("engine") else None
    has_application = "application_security_group_id" in view.values
    checks.check_proxy_target(view, faults)
    checks.check_subnets(view, faults)
    checks.check_access(view.sub("access", ACCESS), faults, has_application)
    checks.check_tags(view, faults)
    check_proxy(view, engine, names.physical, faults, "cluster_identifier" in view.values)
    raise_faults(faults, names)
    spec = proxy_spec(view, view["engine"], names.physical)
    return spec, access_spec(view.sub("access", ACCESS), has_application), _tags(view, names, spec.name)


def plan_tags(typed_dict: Any, args: Mapping[str, Any], names: Names) -> dict[str, str]:
    """The tags of a component of which nothing else is planned; `typed_dict` is the type of its arguments."""
    view, faults = read_args(typed_dict, args)
    checks.check_tags(view, faults)
    checks.check_controls(view, faults)
    raise_faults(faults, names)
    return _tags(view, names, names.physical)


def plan_notifications(args: DatabaseNotificationsArgs, names: Names) -> dict[str, str]:
    """The tags of the topic and of what feeds it."""
    view, faults = read_args(DatabaseNotificationsArgs, args)
    check_notifications(view, faults)
    checks.check_tags(view, faults)
    checks.check_controls(view, faults)
    raise_faults(faults, names)
    return _tags(view, names, names.physical)


def plan_dashboard(args: DatabaseDashboardArgs, names: Names) -> None:
    """Nothing of a dashboard is planned but that its description is sound."""
    view, faults = read_args(DatabaseDashboardArgs, args)
    check_dashboard(view, faults)
    raise_faults(faults, names)


def read_args(
    typed_dict: Any, args: Mapping[str, Any], defaults: Mapping[str, Any] | None = None
) -> tuple[View, Faults]:
    """The structurally checked arguments over their defaults, and the faults found so far."""
    record, found = read(typed_dict, args, Path())
    return View(record, Path(), defaults), Faults(found)


def raise_faults(faults: Faults, planned: Names) -> None:
    """Raise SpecError if there are any."""
    if faults.found:
        raise SpecError(faults.found, subject=planned.name)


def _environment(view: View, planned: Names) -> str:
    return str(view.get("environment") or planned.stack)


def _tags(view: View, planned: Names, name: str) -> dict[str, str]:
    return {"Name": name, "Environment": _environment(view, planned), **(view.get("tags") or {})}


def _database(view: View, planned: Names, has_application: bool) -> DatabaseSpec:
    view = as_new(view) if is_restored(view) else view
    # A promoted replica counts still: the password of the database doesn't move because one has left.
    instance = instance_spec(view, planned, len(view["replicas"]))
    allowed = access_spec(view.sub("access", ACCESS), has_application)
    front = view.sub("proxy", PROXY) if "proxy" in view.given else None
    return DatabaseSpec(
        instance=instance,
        replicas=replica_specs(view, instance, allowed),
        access=allowed,
        dns=dns_spec(view),
        proxy=proxy_spec(front, view["engine"], instance.base_name) if front is not None else None,
        extensions=tuple(view.get("extensions") or ()),
    )


def instance_spec(view: View, planned: Names, replicas: int) -> InstanceSpec:
    """The plan of a sound instance that has so many replicas."""
    engine = view["engine"]
    backup, disk = view.sub("backup", BACKUP), view.sub("storage", STORAGE)
    window: str | None = view.get("maintenance_window")
    identifier = str(view.get("identifier") or planned.physical)
    base = base_name(planned.physical, identifier)
    database = view.get("database_name") or checks.first_database_name(planned, engine)
    default_database = database or engine_facts(engine).default_database or ""
    return InstanceSpec(
        identifier=identifier,
        base_name=base,
        engine=engine,
        engine_version=view["engine_version"],
        family=EngineVersion.parse(engine, view["engine_version"]).family,
        instance_class=view["instance_class"],
        database_name=database,
        default_database=default_database,
        username=view["username"],
        password=_password(view.sub("password"), engine, replicas),
        iam_authentication=_iam_authentication(view, engine),
        port=view.get("port") or engine_facts(engine).port,
        storage=_storage(view.sub("storage", STORAGE)),
        settings=engine_settings_spec(view),
        parameter_group=parameter_group_spec(
            # Of a restored one the source decides it.
            view,
            base,
            database="" if is_restored(view) else default_database,
        ),
        option_group=option_group_spec(view, base),
        blue_green=blue_green(view),
        multi_az=view["multi_az"],
        backup_retention_days=backup["retention_days"],
        backup_window=backup.get("window"),
        aws_backup=bool(backup.get("aws_backup")),
        backup_copy=copy_spec(backup.get("cross_region"), backup["retention_days"]),
        # As AWS stores it, so that a capital is no change.
        maintenance_window=window.lower() if window else None,
        auto_minor_version_upgrade=view["auto_minor_version_upgrade"],
        allow_major_version_upgrade=view["allow_major_version_upgrade"],
        apply_immediately=view["apply_immediately"],
        monitoring=monitoring_spec(
            view.get("monitoring") or {},
            AlarmFacts(str(engine), view["instance_class"], str(disk["type"]), disk["allocated_gib"]),
        ),
        deletion=deletion_spec(view, final_snapshot=True),
        tags=_tags(view, planned, identifier),
    )


def _storage(view: View) -> StorageSpec:
    return StorageSpec(
        allocated_gib=view["allocated_gib"],
        max_allocated_gib=view.get("max_allocated_gib"),
        type=view["type"],
        iops=view.get("iops"),
        throughput_mibps=view.get("throughput_mibps"),
        encrypted=view["encrypted"],
        dedicated_log_volume=view.get("dedicated_log_volume") is True,
    )


def _password(view: View, engine: str, replicas: int) -> PasswordSpec:
    return PasswordSpec(
        source=settled_source(view, engine, replicas),
        config_key=view.get("config"),
        rotation_days=rotation_days(view),
    )


def _iam_authentication(view: View, engine: str) -> bool:
    wanted: bool | None = view.get("iam_authentication")
    return iam_authentication_fault(engine, view["engine_version"]) is None if wanted is None else wanted
