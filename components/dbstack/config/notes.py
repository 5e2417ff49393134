"""What of a sound stack isn't wrong, but may be other than its owner expects: `dbstack check` tells it."""

from collections.abc import Mapping
from typing import Any

from dbstack.spec.errors import Fault
from dbstack.spec.paths import Naming, Path
from dbstack.spec.replicas import region_of
from dbstack.spec.types import StackSettings


def stack_notes(stack: StackSettings, aws_region: str | None) -> list[Fault]:
    """Replicas that the stack's topic can't hear of, since they stand in another region."""
    if "notifications" not in stack:
        return []
    root, found = Path("", Naming.CAMEL).field("databases"), list[Fault]()
    for name, database in stack["databases"].items():
        replicas: Mapping[str, Mapping[str, Any]] = database.get("replicas", {})
        at = root.key(name).field("replicas")
        for key, replica in replicas.items():
            region = region_of(replicas, key)
            alarms = replica.get("monitoring", {}).get("alarms", {})
            if region in ("", aws_region) or "topic_arn" in alarms or alarms.get("enabled") is False:
                continue
            message = (
                f"has no alarms: it stands in {region}, and alarms reach only topics of their own region. "
                "Name one there in monitoring.alarms.topicArn, or say `alarms: {enabled: false}`"
            )
            found.append(Fault(str(at.key(key)), message))
    return found
