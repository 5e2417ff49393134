"""Rules of read replicas: what each may have, from whom it replicates, and where it stands.

Sources: [API] CreateDBInstanceReadReplica (botocore 1.44.5); [UG] RDS User Guide, USER_ReadRepl,
USER_PostgreSQL.Replication.ReadReplicas.Cascading and .Xregion, USER_MySQL.Replication.ReadReplicas.
"""

import re
from collections.abc import Mapping
from typing import Any

from dbstack.spec import (
    access,
    backup,
    checks,
    compute,
    engine_checks,
    engines,
    groups,
    names,
    storage,
    windows,
)
from dbstack.spec.defaults import ACCESS, STORAGE
from dbstack.spec.engines import EngineVersion
from dbstack.spec.monitoring import check_monitoring, check_topic_region
from dbstack.spec.paths import Path
from dbstack.spec.restore_rules import instance_arn_fault
from dbstack.spec.view import Faults, View

# Replicas in a row behind the database, itself not counted [UG]; engines that aren't here have no cascades.
CHAIN_MOST: Mapping[str, int] = {"postgres": 3, "mysql": 3, "mariadb": 3}
# [UG USER_PostgreSQL.Replication.ReadReplicas.Cascading]
_POSTGRES_CASCADES = (14, 1)
_REGIONS_MOST = 2
_HOME = ""


def replica_identifier(source: str, key: str) -> str:
    """Default identifier of a replica."""
    return f"{source}-{key.lower().replace('_', '-')}"


def source_of(given: Mapping[str, Mapping[str, Any]], key: str) -> str | None:
    """Key of the replica that this one replicates from; None: the database, or one that isn't there."""
    source = given[key].get("source")
    return source if source in given and source != key else None


def chain(given: Mapping[str, Mapping[str, Any]], key: str) -> list[str]:
    """The replica and those it replicates from, up to the database; ends where a circle closes."""
    found = [key]
    while (source := source_of(given, found[-1])) is not None and source not in found:
        found.append(source)
    return found


def region_of(given: Mapping[str, Mapping[str, Any]], key: str) -> str:
    """The region that is said for a replica, or for those it replicates from; "" is the database's own."""
    said = (given[link].get("region") for link in chain(given, key))
    return next((region for region in said if region), _HOME)


def _said(given: Mapping[str, Mapping[str, Any]], key: str) -> list[str]:
    """The regions that stand in a chain."""
    return [region for link in chain(given, key) if (region := given[link].get("region"))]


def crosses(given: Mapping[str, Mapping[str, Any]], key: str) -> bool:
    """Whether a replica stands in another region than its source."""
    source = source_of(given, key)
    return region_of(given, key) != (region_of(given, source) if source else _HOME)


def check_replicas(view: View, identifier: str | None, faults: Faults, home: str | None = None) -> None:
    """The read replicas of a database; `identifier` is the database's, None where that is faulty, `home` its region."""
    if not view.ok("replicas"):
        return
    given: Mapping[str, Mapping[str, Any]] = view["replicas"]
    at = view.at("replicas")
    _sources(view, given, at, faults)
    seen: dict[str, str] = {identifier: "the database"} if identifier else {}
    for key, record in given.items():
        replica = View(record, at.key(key))
        named = names.key_fault(key, "a replica's name")
        faults.add(at.key(key), named)
        check_replica(replica, faults)
        _inherited(replica, view, key, given, faults)
        engine = str(view["engine"]) if view.ok("engine") else None
        own_class = replica.get("instance_class") or view.get("instance_class")
        check_monitoring(replica.sub("monitoring"), engine, str(own_class) if own_class else None, faults)
        check_topic_region(replica.sub("monitoring"), region_of(given, key) or home, faults)
        _place(replica, view, key, given, home, faults)
        if named is not None or identifier is None:
            # A name made of a faulty one would only repeat its fault.
            replica.check(faults, "identifier", names.identifier_fault)
            continue
        derived = replica_identifier(identifier, key)
        checks.check_identifier(replica, derived, faults)
        name = str(replica.get("identifier") or derived)
        if name in seen:
            faults.add(at.key(key), f"its identifier {name!r} is also that of {seen[name]}: choose another")
        seen[name] = f"the replica {key!r}"
    _one_vpc_per_region(given, at, faults)


def check_replica(view: View, faults: Faults) -> None:
    """Rules of one replica that don't touch its source."""
    view.check(faults, "instance_class", compute.instance_class_fault)
    view.check(faults, "availability_zone", access.zone_fault)
    view.check(faults, "region", access.region_fault)
    view.check(faults, "port", access.port_fault)
    view.check(faults, "kms_key_id", access.key_arn_fault)
    view.check(faults, "ca_certificate", engine_checks.certificate_fault)
    if (
        view.ok("availability_zone", "multi_az")
        and view["multi_az"]
        and view["availability_zone"] is not None
    ):
        message = (
            "a zone can't be chosen together with a standby in another one (RDS refuses it): leave one out"
        )
        faults.add(view.at("availability_zone"), message)
    _in_region(view, faults)
    own = view.sub("backup")
    own.check(faults, "retention_days", backup.retention_fault)
    own.check(faults, "window", windows.backup_window_fault)
    if view.get("promoted") is True and own.ok("retention_days") and own["retention_days"] == 0:
        message = "0 days, but a promoted replica is a database of its own: keep backups for 1 day or more"
        faults.add(own.at("retention_days"), message)
    checks.check_tags(view, faults)


def check_standalone(view: View, faults: Faults) -> None:
    """Rules of a `ReadReplica`: its source is told by identifier in one region and by ARN across regions."""
    spell = view.path.naming.spell
    identifier, arn = spell("source_identifier"), spell("source_arn")
    given = [name for name in ("source_identifier", "source_arn") if name in view.values]
    if not view.bad & {"source_identifier", "source_arn"}:
        if not given:
            faults.add(view.at("source_identifier"), f"is missing: give it, or {arn} of another region")
        elif len(given) > 1:
            faults.add(view.at("source_arn"), f"{identifier} names the source too: leave one of the two out")
    view.check(faults, "source_identifier", lambda text: names.identifier_fault(text, upper_case=True))
    view.check(faults, "source_arn", instance_arn_fault)
    view.check(faults, "subnet_group_name", names.subnet_group_fault)
    across = "source_arn" in view.values
    if across and "subnet_group_name" not in view.values and "subnet_group_name" not in view.bad:
        message = "is missing: in another region a replica needs a DB subnet group of that region"
        faults.add(view.at("subnet_group_name"), message)
    encrypted = view.get("storage_encrypted") is not False
    if across and encrypted and "kms_key_id" not in view.values and "kms_key_id" not in view.bad:
        faults.add(view.at("kms_key_id"), _KEY_MISSING)
    _no_key_for_plain(view, encrypted, faults)
    for name in ("region", "subnet_group_name", "kms_key_id"):
        if not across and given and name in view.values:
            other = f"leave it out, or give {arn} instead of {identifier}"
            faults.add(view.at(name), f"is for a replica in another region than its source: {other}")


_KEY_MISSING = (
    "is missing: the source is encrypted, and in another region a replica needs a KMS key of that region: "
    "write arn:aws:kms:<region>:<account>:key/<id>"
)


def _sources(view: View, given: Mapping[str, Mapping[str, Any]], at: Path, faults: Faults) -> None:
    """Who replicates from whom: known sources, no circle, no longer chain and no more replicas than RDS has."""
    engine = str(view["engine"]) if view.ok("engine") else None
    for key, record in given.items():
        source = record.get("source")
        if source is None:
            continue
        here = at.key(key).field("source")
        if source not in given:
            others = ", ".join(name for name in given if name != key)
            there = f"the other replicas are {others}" if others else "there is no other replica"
            faults.add(
                here, f"{source!r} is no replica of this database: {there}; for the database leave it out"
            )
        elif source == key:
            faults.add(here, "a replica can't replicate from itself: leave it out, or name another replica")
        else:
            links = chain(given, key)
            if source_of(given, links[-1]) is not None:
                circle = " from ".join([*links, links[0]])
                faults.add(here, f"{circle} is a circle: one of them must replicate from the database")
            elif engine is not None:
                faults.add(here, _cascade_fault(engine, view, len(links)))
    if engine is None:
        return
    direct: dict[str | None, int] = {}
    for key, record in given.items():
        # A promoted one has left its source.
        if record.get("promoted") is not True:
            direct[source_of(given, key)] = direct.get(source_of(given, key), 0) + 1
    for source, count in direct.items():
        faults.add(at if source is None else at.key(source), backup.replica_count_fault(engine, count))


def _cascade_fault(engine: str, view: View, links: int) -> str | None:
    label, most = engines.engine_facts(engine).label, CHAIN_MOST.get(engine, 1)
    if most == 1:
        return f"{label} on RDS has no replicas of replicas: leave it out, so that it replicates from the database"
    if links > most:
        return (
            f"would be replica {links} in a row: RDS allows {most}, replicate from one nearer to the database"
        )
    version = str(view["engine_version"]) if view.ok("engine_version") else None
    if engine == "postgres" and version and engines.version_fault(engine, version) is None:
        parsed = EngineVersion.parse(engine, version)
        number = (int(parsed.major), int(re.split(r"\D", parsed.minor)[0]) if parsed.minor else 99)
        if number < _POSTGRES_CASCADES:
            return (
                f"PostgreSQL {version} has no replicas of replicas, RDS has them from 14.1 on: leave it out"
            )
    return None


def _inherited(
    replica: View, view: View, key: str, given: Mapping[str, Mapping[str, Any]], faults: Faults
) -> None:
    """What a replica says against what its database has: volume, backups, windows."""
    volume, whole = replica.sub("storage"), view.sub("storage", STORAGE)
    engine = str(view["engine"]) if view.ok("engine") else ""
    if engine and replica.ok("replica_mode") and not engines.engine_facts(engine).replica_modes:
        message = f"{engines.engine_facts(engine).label} has no such modes, only Oracle has: leave it out"
        faults.add(replica.at("replica_mode"), message)
    if (
        engine
        and replica.ok("instance_class")
        and not compute.instance_class_fault(replica["instance_class"])
    ):
        message = compute.engine_class_fault(engine, str(replica["instance_class"]))
        faults.add(replica.at("instance_class"), message)
    if "parameter_group" in replica.values:
        own_group = View({**replica.values, "engine": engine or None}, replica.path)
        own_group.bad = replica.bad | ({"engine"} if not engine else set())
        groups.check_parameter_group(own_group, view.get("engine_version"), faults)
    if not replica.bad & {"storage"} and volume.given and whole.ok("type", "allocated_gib") and not whole.bad:
        kind = str(volume.get("type") or whole["type"])
        same_type = kind == str(whole["type"])
        size = int(whole["allocated_gib"])
        ceiling = volume.get("max_allocated_gib")
        iops = volume.get("iops") or (whole.get("iops") if same_type else None)
        throughput = volume.get("throughput_mibps") or (whole.get("throughput_mibps") if same_type else None)
        if not volume.bad:
            sized = storage.size_fault(kind, size, engine)
            faults.add(volume.at("type"), sized)
            if sized is None and storage.size_fault(str(whole["type"]), size, engine) is None:
                if ceiling is not None:
                    faults.add(
                        volume.at("max_allocated_gib"), storage.maximum_fault(kind, size, ceiling, engine)
                    )
                ceiling = ceiling or whole.get("max_allocated_gib")
                faults.add(volume.at("iops"), storage.iops_fault(kind, size, iops, ceiling, engine))
                message = storage.throughput_fault(kind, size, iops, throughput, engine)
                faults.add(volume.at("throughput_mibps"), message)
    own = replica.sub("backup")
    feeds = any(source_of(given, other) == key for other in given)
    if feeds and own.ok("retention_days"):
        faults.add(own.at("retention_days"), backup.source_retention_fault(abs(own["retention_days"])))
    if own.ok("window") and view.ok("maintenance_window"):
        faults.add(own.at("window"), windows.overlap_fault(own["window"], view["maintenance_window"]))


def _place(
    replica: View,
    view: View,
    key: str,
    given: Mapping[str, Mapping[str, Any]],
    home: str | None,
    faults: Faults,
) -> None:
    """What a replica needs in another region than its source's, and can't have in the same."""
    if replica.bad & {"region", "source"} or any(access.region_fault(said) for said in _said(given, key)):
        return
    regions = {region_of(given, link) for link in chain(given, key)} | {_HOME}
    if len(regions) > _REGIONS_MOST:
        faults.add(replica.at("region"), "a chain of replicas spans two regions at most: choose one of them")
    network = replica.sub("network")
    across = crosses(given, key)
    if across and source_of(given, key) is None and region_of(given, key) == home:
        message = f"{home!r} is the database's own region: leave it out"
        faults.add(replica.at("region"), message)
        return
    encrypted = view.sub("storage", STORAGE).get("encrypted") is not False
    if across:
        checks.check_placement(network, faults)
        if "network" not in replica.values and "network" not in replica.bad:
            spell = replica.path.naming.spell
            wanted = f"{spell('vpc_id')} and {spell('subnet_ids')}"
            message = f"is missing: in another region a replica needs {wanted} of that region"
            faults.add(replica.at("network"), message)
        if encrypted and "kms_key_id" not in replica.values and "kms_key_id" not in replica.bad:
            faults.add(replica.at("kms_key_id"), _KEY_MISSING)
    else:
        for name in ("network", "kms_key_id"):
            if name in replica.values:
                message = (
                    "is for a replica in another region than its source: leave it out, or name the region"
                )
                faults.add(replica.at(name), message)
    if across or not encrypted:
        _no_key_for_plain(replica, encrypted, faults)
    if "access" in replica.values:
        application = "application_security_group_id" in network.values if across else None
        checks.check_access(replica.sub("access", ACCESS), faults, application)


def _no_key_for_plain(view: View, encrypted: bool, faults: Faults) -> None:
    if not encrypted and "kms_key_id" in view.values:
        message = "a key, but the source isn't encrypted, and its replica can't be: leave it out"
        faults.add(view.at("kms_key_id"), message)


def _in_region(view: View, faults: Faults) -> None:
    """The zone and the key stand in the region that is said."""
    if not view.ok("region") or access.region_fault(str(view["region"])):
        return
    region = str(view["region"])
    if view.ok("availability_zone") and access.zone_region(view["availability_zone"]) not in (region, None):
        faults.add(view.at("availability_zone"), f"{view['availability_zone']!r} is not in {region}")
    faults.add(view.at("kms_key_id"), access.key_region_fault(view.get("kms_key_id"), region))


def _one_vpc_per_region(given: Mapping[str, Mapping[str, Any]], at: Path, faults: Faults) -> None:
    """All replicas of one source in one region stand in one VPC [API DBSubnetGroupName]."""
    first: dict[tuple[str | None, str], tuple[str, str]] = {}
    for key, record in given.items():
        network: Mapping[str, Any] = record.get("network") or {}
        vpc = network.get("vpc_id")
        if not isinstance(vpc, str) or not crosses(given, key):
            continue
        other, known = first.setdefault((source_of(given, key), region_of(given, key)), (key, vpc))
        if known != vpc:
            message = f"{vpc!r}, but the replica {other!r} in the same region stands in {known!r}: RDS wants one VPC"
            faults.add(at.key(key).fields("network", "vpc_id"), message)
