"""From the config object to checked settings: structure, every rule of every database, and what holds between them."""

from collections.abc import Mapping
from typing import Any, cast

import pulumi

from dbstack.region import configured_region
from dbstack.spec import access, alarm_rules, checks, names, replicas, tags
from dbstack.spec.cluster_checks import check_cluster
from dbstack.spec.defaults import CLUSTER, DATABASE, NETWORK
from dbstack.spec.docker_stack import check_docker_stack
from dbstack.spec.errors import Fault, SpecError
from dbstack.spec.model import Names
from dbstack.spec.monitoring import check_topic_region
from dbstack.spec.notifications import check_dashboard, check_notifications
from dbstack.spec.paths import Naming, Path
from dbstack.spec.plan import check_database
from dbstack.spec.plan_backup import check_backup_plan, is_continuous
from dbstack.spec.rotation import SERVICE, check_way
from dbstack.spec.schema import Record, read
from dbstack.spec.types import StackSettings, Target
from dbstack.spec.view import Faults, View

NAMESPACE = "dbstack"
KEY = "stack"


def load(value: object) -> StackSettings:
    """The running stack's settings from `pulumi.Config("dbstack").require_object("stack")`, in snake_case.

    Raises SpecError with every fault, before anything is created.
    """
    stack = pulumi.get_stack()
    settings, faults = stack_faults(value, pulumi.get_project(), stack, configured_region())
    if faults:
        raise SpecError(faults, subject=f"Pulumi.{stack}.yaml")
    return settings


def stack_faults(
    value: object, project: str, stack: str, aws_region: str | None
) -> tuple[StackSettings, list[Fault]]:
    """The settings and their faults; the settings are whole only if there are none."""
    record, found = read(StackSettings, value, Path("", Naming.CAMEL))
    view, faults = View(record, Path("", Naming.CAMEL)), Faults(found)
    checks.check_tags(view, faults)
    checks.check_controls(view, faults)
    has_application: bool | None = None
    on_docker = view.get("target") == Target.DOCKER
    if on_docker:
        check_docker_stack(view, faults)
    elif "network" not in {*view.given, *view.bad} and not any(fault.path == "" for fault in found):
        faults.add(view.at("network"), "is missing: it names the VPC and the subnets of the databases")
    if view.ok("network"):
        network = view.sub("network")
        before = len(faults.found)
        _network(network, faults, aws_region)
        if not network.bad and len(faults.found) == before:
            # A network that dbstack makes has an application group; one's own only if it is named.
            has_application = bool({"vpc_cidr", "application_security_group_id"} & network.values.keys())
    if view.ok("backup_plan"):
        plan = view.sub("backup_plan")
        check_backup_plan(plan, faults)
        if view.get("clusters") and not plan.bad and is_continuous(plan):
            # AWS Backup would take over a cluster's retention, which the cluster's own settings then undo.
            faults.add(plan.at("rules"), "a continuous rule can't take clusters here: leave `continuous` out")
    if view.ok("notifications"):
        told = view.sub("notifications")
        check_notifications(told, faults)
        topic = told.get("topic_arn") if told.ok("topic_arn") else None
        if isinstance(topic, str) and aws_region:
            faults.add(told.at("topic_arn"), alarm_rules.topic_region_fault(topic, aws_region))
    if view.ok("dashboard"):
        check_dashboard(view.sub("dashboard"), faults)
    if view.ok("databases"):
        _databases(view, Names(project, stack, ""), has_application, aws_region, faults)
    if view.ok("clusters"):
        _clusters(view, Names(project, stack, ""), has_application, aws_region, faults)
    if (
        view.ok("databases")
        and not view["databases"]
        and not view.get("clusters")
        and "clusters" not in view.bad
    ):
        faults.add(view.at("databases"), "is empty: describe a database here, or a cluster under clusters")
    return cast(StackSettings, record), faults.found


def _clusters(
    view: View, planned: Names, has_application: bool | None, region: str | None, faults: Faults
) -> None:
    at = view.at("clusters")
    shared: Mapping[str, str] = view.get("tags") or {}
    databases: Mapping[str, Any] = view.get("databases") or {}
    taken = {Names(planned.project, planned.stack, name).physical: name for name in databases}
    clusters: Mapping[str, Record] = view["clusters"]
    for name, record in clusters.items():
        cluster = View(record, at.key(name), CLUSTER)
        wrong = names.key_fault(name, "a cluster's name")
        faults.add(at.key(name), wrong)
        if wrong is not None:
            # What would be derived from it would only repeat its fault.
            cluster.bad |= {"identifier", "database_name"} - cluster.given.keys()
        named = Names(planned.project, planned.stack, name)
        check_cluster(cluster, named, faults, has_application)
        check_topic_region(cluster.sub("monitoring"), region, faults)
        own: Mapping[str, str] = cluster.get("tags") or {}
        if shared and own and tags.tag_count_fault(own) is None:
            together = {"Name": "", "Environment": "", **shared, **own}
            faults.add(cluster.at("tags"), tags.tag_count_fault(together))
        twin = taken.setdefault(named.physical, name)
        if twin != name or name in databases:
            message = f"is named like {twin!r}, and both would give one name to AWS: choose another"
            faults.add(at.key(name), message)


_OF_A_NEW_NETWORK = (
    "vpc_cidr",
    "availability_zones",
    "availability_zone_names",
    "flow_logs",
    "endpoints",
)


def _network(view: View, faults: Faults, aws_region: str | None) -> None:
    """Either a network to make or one that is there."""
    spell = view.path.naming.spell
    made = [name for name in _OF_A_NEW_NETWORK if name in view.given]
    existing = [
        name
        for name in ("vpc_id", "subnet_ids", "subnet_group_name", "application_security_group_id")
        if name in view.given
    ]
    if view.bad - view.given.keys():
        return
    if made and existing:
        both = f"{spell(made[0])} makes a network and {spell(existing[0])} names an existing one"
        faults.add(view.path, f"{both}: leave one of the two out")
        return
    if not made and not existing:
        choices = f"{spell('vpc_cidr')}, or {spell('vpc_id')} and {spell('subnet_ids')}"
        faults.add(view.path, f"is empty: give {choices}")
        return
    required = ("vpc_cidr",) if made else ("vpc_id",)
    for name in required:
        if name not in view.given:
            faults.add(
                view.at(name), f"is missing: {spell((made or existing)[0])} alone doesn't tell the network"
            )
    if existing:
        checks.check_placement(view, faults)
    else:
        checks.check_network(View(view.given, view.path, NETWORK), faults, aws_region)


def _databases(
    view: View, planned: Names, has_application: bool | None, region: str | None, faults: Faults
) -> None:
    at = view.at("databases")
    shared: Mapping[str, str] = view.get("tags") or {}
    taken: dict[str, tuple[str, Path]] = {}
    derived: dict[str, str] = {}
    databases: Mapping[str, Record] = view["databases"]
    continuous = view.ok("backup_plan") and is_continuous(view.sub("backup_plan"))
    # Of a faulty network nobody knows which ways it has.
    endpoints = _endpoints_without_secrets(view) if has_application is not None else None
    for name, record in databases.items():
        database = View(record, at.key(name), DATABASE)
        wrong = names.key_fault(name, "a database's name")
        if wrong is not None:
            faults.add(at.key(name), wrong)
            # What would be derived from it would only repeat its fault.
            database.bad |= {"identifier", "database_name"} - database.given.keys()
        named = Names(planned.project, planned.stack, name)
        check_database(database, named, faults, has_application, region)
        if endpoints is not None:
            check_way(database, faults, len(database.get("replicas") or {}), endpoints)
        if continuous:
            _left_to_aws_backup(database.sub("backup"), faults)
        own: Mapping[str, str] = database.get("tags") or {}
        if shared and own and tags.tag_count_fault(own) is None:
            together = {"Name": "", "Environment": "", **shared, **own}
            faults.add(database.at("tags"), tags.tag_count_fault(together))
        for identifier, owner in _identifiers(database, named):
            first, other = taken.setdefault(identifier, (name, owner))
            # Within one database `check_replicas` has told it.
            if first != name:
                faults.add(owner, f"its identifier {identifier!r} is also that of {other}: choose another")
        # Equal identifiers are told above; what stands beside is named after the derived name all the same.
        twin = derived.setdefault(named.physical, name)
        if twin != name and {*databases[twin], *record} & {"identifier"}:
            message = f"differs from {twin!r} only in case, - or _, and both would give one name to AWS: choose another"
            faults.add(at.key(name), message)


def _endpoints_without_secrets(view: View) -> Path | None:
    """Where the endpoints of a network stand that dbstack makes and that has no way to Secrets Manager."""
    network = view.sub("network", NETWORK)
    if "vpc_cidr" not in network.values or "endpoints" in network.bad or SERVICE in network["endpoints"]:
        return None
    return network.at("endpoints")


def _left_to_aws_backup(backup: View, faults: Faults) -> None:
    """The stack's plan is continuous, so that AWS Backup owns every database's automated backups."""
    if backup.get("aws_backup") is False:
        message = (
            "false, but the stack's backupPlan is continuous, and it takes every database: leave one out"
        )
        faults.add(backup.at("aws_backup"), message)
    elif "aws_backup" not in backup.values:
        checks.check_left_to_aws_backup(backup, faults)


def _identifiers(view: View, planned: Names) -> list[tuple[str, Path]]:
    """Identifiers of a database and of its replicas, with the place of each."""
    identifier = str(view.get("identifier") or planned.physical)
    found = [(identifier, view.path)]
    given: Mapping[str, Mapping[str, Any]] = view.get("replicas") or {}
    for key, replica in given.items():
        found.append(
            (
                str(replica.get("identifier") or replicas.replica_identifier(identifier, key)),
                view.at("replicas").key(key),
            )
        )
    return found


def region_faults(text: object, faults: Faults) -> str | None:
    """The region that a stack file sets, checked; None where it isn't a text."""
    at = Path("aws:region")
    if not isinstance(text, str):
        faults.add(at, "is not a text: write e.g. us-east-1")
        return None
    faults.add(at, access.region_fault(text))
    return text
