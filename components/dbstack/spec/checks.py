"""The rules applied to what a user described: which field goes through which rule, and the rules between fields."""

from collections.abc import Callable, Mapping
from typing import cast

from dbstack.spec import (
    access,
    backup,
    compute,
    controls,
    credentials,
    engine_checks,
    engines,
    groups,
    names,
    network,
    storage,
    tags,
    windows,
)
from dbstack.spec.associated_roles import INSTANCE_FEATURES, check_roles
from dbstack.spec.backup_copies import check_copies
from dbstack.spec.blue_green import check_blue_green
from dbstack.spec.defaults import BACKUP, STORAGE
from dbstack.spec.model import Names
from dbstack.spec.monitoring import check_monitoring
from dbstack.spec.names import subnet_group_fault
from dbstack.spec.paths import Path
from dbstack.spec.types import PasswordSource
from dbstack.spec.view import Faults, View
from dbstack.spec.zones import known_zones_fault

_DERIVED = " (it is derived from project, stack and name: set it yourself)"


def check_instance(view: View, planned: Names, faults: Faults, replicas: int = 0) -> None:
    """Rules of one instance; `replicas` is how many it will have."""
    check_identifier(view, planned.physical, faults)
    view.check(faults, "instance_class", compute.instance_class_fault)
    view.check(faults, "port", access.port_fault)
    check_tags(view, faults)
    check_controls(view, faults)
    if view.ok("engine"):
        engine = str(view["engine"])
        view.check(faults, "engine_version", lambda text: engines.version_fault(engine, text))
        _iam_authentication(view, engine, faults)
        view.check(faults, "username", lambda text: names.username_fault(engine, text))
        _database_name(view, engine, planned, faults)
        check_roles(view, engine, INSTANCE_FEATURES, faults)
    engine_checks.check_engine_settings(view, faults)
    groups.check_groups(view, faults)
    _storage(view.sub("storage", STORAGE), str(view["engine"]) if view.ok("engine") else "", faults)
    _backup(view.sub("backup", BACKUP), faults, replicas)
    encrypted = view.sub("storage", STORAGE).get("encrypted") is not False
    check_copies(view.sub("backup", BACKUP), encrypted, faults)
    _monitoring(view, faults)
    check_maintenance(view, faults)
    check_windows(view, faults)
    check_blue_green(view, faults, replicas)
    _password(view, faults, replicas)


def _monitoring(view: View, faults: Faults) -> None:
    engine, instance_class = (
        str(view[name]) if view.ok(name) else None for name in ("engine", "instance_class")
    )
    check_monitoring(view.sub("monitoring"), engine, instance_class, faults)


def check_identifier(view: View, derived: str, faults: Faults) -> None:
    """The given identifier, else the derived one."""
    if "identifier" in view.given:
        view.check(faults, "identifier", names.identifier_fault)
    elif "identifier" not in view.bad:
        _derived(view.at("identifier"), names.identifier_fault(derived), faults)


def check_maintenance(view: View, faults: Faults) -> None:
    """Form and length of the maintenance window."""
    view.check(faults, "maintenance_window", windows.maintenance_window_fault)


def check_windows(view: View, faults: Faults) -> None:
    """The two windows don't meet."""
    given = view.sub("backup")
    if view.ok("maintenance_window") and given.ok("window"):
        faults.add(
            view.at("maintenance_window"), windows.overlap_fault(given["window"], view["maintenance_window"])
        )


def check_tags(view: View, faults: Faults) -> None:
    """Tags and the environment; Name and Environment are added where they aren't given."""
    view.check(faults, "environment", _environment)
    if not view.ok("tags"):
        return
    at = view.at("tags")
    given: Mapping[str, str] = view["tags"]
    for key, value in given.items():
        faults.add(at.key(key), tags.tag_key_fault(key) or tags.tag_value_fault(value))
    faults.add(at, tags.tag_count_fault({"Name": "", "Environment": "", **given}))


def check_controls(view: View, faults: Faults) -> None:
    """Acknowledged controls: such ids, each with a reason."""
    given = view.sub("controls")
    if given.ok("acknowledged"):
        at = given.at("acknowledged")
        for id, message in controls.acknowledgement_faults(given["acknowledged"]):
            faults.add(at.key(id), message)


def check_access(view: View, faults: Faults, has_application: bool | None) -> None:
    """Who may connect; `has_application` None: not known here."""
    at_groups, at_cidrs = view.at("from_security_groups"), view.at("from_cidrs")
    if view.ok("from_security_groups"):
        check_ids(view["from_security_groups"], at_groups, access.security_group_id_fault, faults)
    if view.ok("from_cidrs"):
        check_ids(view["from_cidrs"], at_cidrs, access.source_cidr_fault, faults)
    if view.ok("from_prefix_lists"):
        at_lists = view.at("from_prefix_lists")
        check_ids(view["from_prefix_lists"], at_lists, access.prefix_list_id_fault, faults)
    if view.get("from_application") is True and view.ok("from_application") and has_application is False:
        message = "true, but the network has no application security group: name one in the network, or leave it out"
        faults.add(view.at("from_application"), message)
    if "security_group_ids" in view.given:
        _check_adopted_groups(view, faults)


def _check_adopted_groups(view: View, faults: Faults) -> None:
    """A security group is made or adopted, not both."""
    at, spell = view.at("security_group_ids"), view.path.naming.spell
    for name in ("from_application", "from_security_groups", "from_cidrs", "from_prefix_lists", "egress"):
        if name in view.given:
            made = f"{spell(name)} says what a group of dbstack's lets through"
            faults.add(at, f"names existing groups and {made}: leave one of the two out")
    if view.ok("security_group_ids"):
        if view["security_group_ids"] == []:
            faults.add(at, "is empty: name a security group, or leave it out and dbstack makes one")
        check_ids(view["security_group_ids"], at, access.security_group_id_fault, faults)


def check_placement(view: View, faults: Faults) -> None:
    """VPC and subnets, or a subnet group, that are given."""
    view.check(faults, "vpc_id", access.vpc_id_fault)
    view.check(faults, "application_security_group_id", access.security_group_id_fault)
    view.check(faults, "subnet_group_name", subnet_group_fault)
    check_subnets(view, faults)
    given = [name for name in ("subnet_ids", "subnet_group_name") if name in {*view.given, *view.bad}]
    ours, theirs = view.path.naming.spell("subnet_ids"), view.path.naming.spell("subnet_group_name")
    if len(given) > 1:
        message = f"names an existing DB subnet group and {ours} makes one: leave one of the two out"
        faults.add(view.at("subnet_group_name"), message)
    if not given:
        faults.add(
            view.at("subnet_ids"), f"is missing: give {ours}, or {theirs} of an existing DB subnet group"
        )


def check_proxy_target(view: View, faults: Faults) -> None:
    """What a proxy leads to and what it needs there."""
    view.check(faults, "vpc_id", access.vpc_id_fault)
    view.check(faults, "database_security_group_id", access.security_group_id_fault)
    view.check(faults, "application_security_group_id", access.security_group_id_fault)
    view.check(faults, "secret_arn", access.secret_arn_fault)
    view.check(faults, "kms_key_id", access.key_arn_fault)
    view.check(faults, "database_port", access.port_fault)
    targets = ("instance_identifier", "cluster_identifier")
    given = [name for name in targets if name in view.values or name in view.bad]
    if len(given) != 1:
        spelled = " and ".join(view.path.naming.spell(name) for name in targets)
        what = "one of the two is needed" if not given else "leave one out"
        faults.add(
            view.at("instance_identifier"),
            f"a proxy leads to an instance or to a cluster ({spelled}): {what}",
        )


def check_subnets(view: View, faults: Faults) -> None:
    """Two subnets at least. That their zones differ only AWS can tell."""
    if not view.ok("subnet_ids") or not isinstance(view["subnet_ids"], list):
        return
    ids = cast(list[object], view["subnet_ids"])
    at = view.at("subnet_ids")
    if len(ids) < access.ZONES_LEAST:
        faults.add(at, f"{len(ids)} given: RDS needs subnets in two zones at least, name another")
    check_ids(ids, at, access.subnet_id_fault, faults)


def check_ids(values: object, at: Path, rule: Callable[[str], str | None], faults: Faults) -> None:
    """Each plain value in its form, and none twice; outputs pass, also one in the place of the whole list."""
    if not isinstance(values, list):
        return
    seen: set[str] = set()
    for index, value in enumerate(cast(list[object], values)):
        if not isinstance(value, str):
            continue
        faults.add(at.index(index), rule(value))
        if value in seen:
            faults.add(at.index(index), f"{value!r} stands there twice: remove one")
        seen.add(value)


def check_network(view: View, faults: Faults, region: str | None) -> None:
    """A network that dbstack makes; `region` None: unknown."""
    view.check(faults, "vpc_cidr", access.vpc_cidr_fault)
    view.check(faults, "availability_zones", access.zone_count_fault)
    counted = access.zone_count_fault(view["availability_zones"]) if view.ok("availability_zones") else None
    network.check(view, faults)
    if "availability_zone_names" not in view.values:
        if "availability_zone_names" not in view.bad and region is None:
            message = (
                "is needed, as no region is set: name the zones, or `pulumi config set aws:region us-east-1`"
            )
            faults.add(view.at("availability_zone_names"), message)
        elif region is not None:
            wrong_region = access.region_fault(region)
            faults.add(Path("aws:region"), wrong_region)
            if wrong_region is None and view.ok("availability_zones") and not counted:
                message = known_zones_fault(region, view["availability_zones"])
                faults.add(view.at("availability_zone_names"), message)
        return
    if not view.ok("availability_zone_names"):
        return
    zones: list[str] = view["availability_zone_names"]
    at = view.at("availability_zone_names")
    wrong = {zone: fault for zone in zones if (fault := access.zone_fault(zone))}
    for index, zone in enumerate(zones):
        faults.add(at.index(index), wrong.get(zone))
    if wrong:
        return
    faults.add(at, access.distinct_zones_fault(zones))
    if region is not None and zones and access.zone_region(zones[0]) not in (region, None):
        faults.add(at, f"{', '.join(zones)}: not in the stack's region {region}")
    if (
        "availability_zones" in view.given
        and view.ok("availability_zones")
        and view["availability_zones"] != len(zones)
    ):
        message = f"{view['availability_zones']}, but {len(zones)} zones are named: leave one of the two out"
        faults.add(view.at("availability_zones"), message)


def _environment(text: str) -> str | None:
    return (
        tags.tag_value_fault(text)
        if text
        else "'' is empty: it is the value of the Environment tag, e.g. prod"
    )


def _derived(at: Path, message: str | None, faults: Faults) -> None:
    if message is not None:
        faults.add(at, message + _DERIVED)


def _database_name(view: View, engine: str, planned: Names, faults: Faults) -> None:
    if "database_name" in view.given:
        view.check(faults, "database_name", lambda text: names.database_name_fault(engine, text))
    elif "database_name" not in view.bad:
        name = first_database_name(planned, engine)
        message = names.database_name_fault(engine, name) if name is not None else None
        if message is not None:
            faults.add(view.at("database_name"), f"{message} (it is derived from the name: set it yourself)")


def default_database_name(planned: Names) -> str:
    """Name of the first database where none is given and the engine has none of its own."""
    return planned.name.replace("-", "_")


def first_database_name(planned: Names, engine: str) -> str | None:
    """Name of an instance's first database where none is given; None for an engine that begins with none."""
    facts = engines.engine_facts(engine)
    if not facts.first_database:
        return None
    return facts.default_database or default_database_name(planned)


def _iam_authentication(view: View, engine: str, faults: Faults) -> None:
    if view.get("iam_authentication") is not True or not view.ok("iam_authentication", "engine_version"):
        return
    version = str(view["engine_version"])
    if engines.version_fault(engine, version) is None:
        faults.add(view.at("iam_authentication"), engines.iam_authentication_fault(engine, version))


def _storage(view: View, engine: str, faults: Faults) -> None:
    view.check(faults, "kms_key_id", access.key_arn_fault)
    if view.ok("kms_key_id", "encrypted") and view["encrypted"] is False:
        faults.add(view.at("kms_key_id"), "a key, but encryption is off: leave one of the two out")
    if not view.ok("type", "allocated_gib"):
        return
    kind, size = str(view["type"]), int(view["allocated_gib"])
    sized = storage.size_fault(kind, size, engine)
    faults.add(view.at("allocated_gib"), sized)
    if sized is not None:
        return
    ceiling = view.get("max_allocated_gib") if view.ok("max_allocated_gib") else None
    if ceiling is not None:
        faults.add(view.at("max_allocated_gib"), storage.maximum_fault(kind, size, ceiling, engine))
    if "iops" not in view.bad:
        faults.add(view.at("iops"), storage.iops_fault(kind, size, view.get("iops"), ceiling, engine))
    if not {"iops", "throughput_mibps"} & view.bad:
        throughput = view.get("throughput_mibps")
        message = storage.throughput_fault(kind, size, view.get("iops"), throughput, engine)
        faults.add(view.at("throughput_mibps"), message)


def _backup(view: View, faults: Faults, replicas: int) -> None:
    view.check(faults, "retention_days", backup.retention_fault)
    view.check(faults, "window", windows.backup_window_fault)
    if view.ok("aws_backup") and view["aws_backup"]:
        check_left_to_aws_backup(view, faults)
    if replicas and view.ok("retention_days"):
        # A negative number has its own fault already.
        faults.add(view.at("retention_days"), backup.source_retention_fault(abs(view["retention_days"])))


def check_left_to_aws_backup(view: View, faults: Faults) -> None:
    """What AWS Backup owns isn't given; `view` is the `backup` of a database."""
    for name in ("retention_days", "window"):
        if name in view.given and name not in view.bad:
            faults.add(view.at(name), backup.OWNED_BY_AWS_BACKUP)


def _password(owner: View, faults: Faults, replicas: int) -> None:
    view = owner.sub("password")
    if "password" in owner.bad:
        return
    view.check(faults, "config", names.config_key_fault)
    view.check(faults, "kms_key_id", access.key_arn_fault)
    value = view.get("value")
    if isinstance(value, str) and owner.ok("engine"):
        faults.add(view.at("value"), credentials.password_fault(str(owner["engine"]), value))
    given = [name for name in ("value", "config") if name in view.values]
    spelled = " and ".join(view.path.naming.spell(name) for name in given)
    if len(given) > 1:
        faults.add(view.at("config"), f"{spelled} both give the password: leave one out")
    source = view.get("source")
    if source is None or view.bad:
        return
    if source is PasswordSource.GIVEN and not given:
        message = "'given', but no password is: name its secret key, `config: dbstack:appPassword`"
        faults.add(view.at("source"), message)
    if source is not PasswordSource.GIVEN and given:
        faults.add(view.at("source"), f"'{source}', but {spelled} gives a password: leave one out")
    if source is PasswordSource.MANAGED and replicas and owner.ok("engine"):
        if engines.engine_facts(str(owner["engine"])).managed_password_with_replicas:
            return
        message = (
            "'managed': RDS manages no password of a database with read replicas, use 'generated' or 'given'"
        )
        faults.add(view.at("source"), message)
