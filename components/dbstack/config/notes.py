"""What of a sound stack isn't wrong, but may be other than its owner expects: `dbstack check` tells it."""

from collections.abc import Iterator, Mapping
from typing import Any

from dbstack.spec.cluster_alarms import underived
from dbstack.spec.defaults import CLUSTER
from dbstack.spec.errors import Fault
from dbstack.spec.paths import Naming, Path
from dbstack.spec.replicas import region_of
from dbstack.spec.types import StackSettings
from dbstack.spec.view import View


def stack_notes(stack: StackSettings, aws_region: str | None) -> list[Fault]:
    """Replicas that the stack's topic can't hear of, and alarms of clusters that there can't be."""
    root = Path("", Naming.CAMEL)
    told = "notifications" in stack
    found = list(_replicas_abroad(stack, root, aws_region)) if told else []
    for name, settings in stack.get("clusters", {}).items():
        cluster = View(settings, root.field("clusters").key(name), CLUSTER)
        alarms: Mapping[str, Any] = cluster.sub("monitoring").get("alarms") or {}
        if (told or "topic_arn" in alarms) and alarms.get("enabled") is not False:
            found += _unwatched(cluster)
    return found


def _replicas_abroad(stack: StackSettings, root: Path, aws_region: str | None) -> Iterator[Fault]:
    for name, database in stack["databases"].items():
        replicas: Mapping[str, Mapping[str, Any]] = database.get("replicas", {})
        at = root.field("databases").key(name).field("replicas")
        for key, replica in replicas.items():
            region = region_of(replicas, key)
            alarms = replica.get("monitoring", {}).get("alarms", {})
            if region in ("", aws_region) or "topic_arn" in alarms or alarms.get("enabled") is False:
                continue
            message = (
                f"has no alarms: it stands in {region}, and alarms reach only topics of their own region. "
                "Name one there in monitoring.alarms.topicArn, or say `alarms: {enabled: false}`"
            )
            yield Fault(str(at.key(key)), message)


def _unwatched(cluster: View) -> Iterator[Fault]:
    if "limitless" in cluster.values:
        message = (
            "has no alarms: a shard group's metrics have names of their own, which dbstack makes no alarms of. "
            "Make them yourself, or say `alarms: {enabled: false}`"
        )
        yield Fault(str(cluster.path), message)
        return
    at = cluster.at("monitoring").field("alarms")
    for one, fields in underived(cluster).items():
        for name in fields:
            message = f"no such alarm for {one}, whose size isn't known here: give a threshold, or 0 for none"
            yield Fault(str(at.field(name)), message)
