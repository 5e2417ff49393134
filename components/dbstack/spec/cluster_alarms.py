"""What alarms of a cluster are derived from: of Aurora each instance and the whole, of a Multi-AZ one its three."""

from collections.abc import Mapping
from typing import Any

from dbstack.spec.alarm_table import AlarmFacts, Of
from dbstack.spec.alarms import underivable
from dbstack.spec.cluster_checks import member_identifier
from dbstack.spec.cluster_engines import CLUSTER_ENGINES
from dbstack.spec.cluster_rules import SERVERLESS_CLASS
from dbstack.spec.defaults import CLUSTER, CLUSTER_STORAGE, SERVERLESS
from dbstack.spec.types import ClusterStorageType
from dbstack.spec.view import View


def cluster_facts(view: View) -> AlarmFacts:
    """Of an Aurora cluster as a whole.

    By role, as AWS advises: an instance reads today and writes tomorrow, and autoscaling brings new ones
    (https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/creating_alarms.html).
    """
    readers = len(view["instances"]) > 1 or "reader_autoscaling" in view.values
    return AlarmFacts(str(view["engine"]), "", of=Of.AURORA_CLUSTER, readers=readers)


def cluster_instance_facts(view: View, instance_class: str) -> AlarmFacts:
    """Of one instance of an Aurora cluster, which has no storage of its own."""
    engine = str(view["engine"])
    if instance_class != SERVERLESS_CLASS or "serverless" not in view.values:
        return AlarmFacts(engine, instance_class, of=Of.AURORA_INSTANCE)
    capacity = view.sub("serverless", SERVERLESS)
    least, most = float(capacity["min_acu"]), float(capacity["max_acu"])
    return AlarmFacts(engine, instance_class, of=Of.AURORA_INSTANCE, min_acu=least, max_acu=most)


def member_facts(view: View) -> AlarmFacts:
    """Of each instance of a Multi-AZ DB cluster: one class, one size of volume."""
    storage = view.sub("storage", CLUSTER_STORAGE)
    kind = storage.get("type") or ClusterStorageType.GP3
    return AlarmFacts(
        str(view["engine"]), view["instance_class"], str(kind), storage.get("allocated_gib"), member=True
    )


def underived(view: View) -> dict[str, tuple[str, ...]]:
    """Fields of alarms whose threshold can't be derived, by class."""
    given: Mapping[str, Any] = view.sub("monitoring").get("alarms") or {}
    if not CLUSTER_ENGINES[view["engine"]].aurora:
        found = {view["instance_class"]: underivable(given, member_facts(view))}
    else:
        records: Mapping[str, Mapping[str, Any]] = view["instances"]
        shared = view.get("instance_class") or SERVERLESS_CLASS
        classes = {str(record.get("instance_class") or shared) for record in records.values()}
        found = {one: underivable(given, cluster_instance_facts(view, one)) for one in sorted(classes)}
    return {one: fields for one, fields in found.items() if fields}


def cluster_members(settings: Mapping[str, Any], identifier: str) -> dict[str, str]:
    """Identifiers of a sound cluster's instances by their keys; RDS numbers those of a Multi-AZ DB cluster."""
    if "limitless" in settings:
        return {}
    if not CLUSTER_ENGINES[settings["engine"]].aurora:
        return {str(number): one for number, one in enumerate(multi_az_members(identifier), 1)}
    records: Mapping[str, Mapping[str, Any]] = settings.get("instances", CLUSTER["instances"])
    return {
        key: str(record.get("identifier") or member_identifier(identifier, key))
        for key, record in records.items()
    }


def multi_az_members(cluster: str) -> tuple[str, ...]:
    """Identifiers that RDS gives the instances of a Multi-AZ DB cluster.

    As of 2026-11-26: seen on AWS by https://github.com/go-to-k/cdk-real-drift/pull/935, and the reason why such a
    cluster's identifier has 52 characters at most (CreateDBCluster), eleven fewer than an instance's.
    """
    return tuple(f"{cluster}-instance-{number}" for number in (1, 2, 3))
