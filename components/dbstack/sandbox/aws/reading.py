"""Reading properties out of what AWS describes, by paths."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from dbstack.sandbox.aws.model import Props, ResourceType, pascal
from dbstack.sandbox.wire import sequence


def dig(described: Any, path: str) -> Any:
    """The value at a dotted path; a number indexes a list, `*` goes into every item. None where it ends early."""
    value: Any = described
    steps = path.split(".")
    for index, step in enumerate(steps):
        if value is None:
            return None
        items = sequence(value)
        if step == "*":
            rest = ".".join(steps[index + 1 :])
            return [dig(item, rest) if rest else item for item in items or []]
        if items is not None:
            value = items[int(step)] if len(items) > int(step) else None
            continue
        value = value.get(step)
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else value


def observed(kind: ResourceType, described: Mapping[str, Any]) -> Props:
    """Every property that AWS keeps, read by its path (by rule the PascalCase of its name)."""
    return {
        name: dig(described, prop.read or prop.api or pascal(name))
        for name, prop in kind.props.items()
        if not prop.overlay and not prop.refused and name not in ("tags", "tagsAll", "region")
    }


def operation_members(client: Any, operation: str) -> frozenset[str]:
    """Names that an operation's request takes, from botocore's model of it."""
    return frozenset(client.meta.service_model.operation_model(operation).input_shape.members)


def shown_version(described: Mapping[str, Any], given: object) -> str:
    """`engineVersion` as AWS's provider shows it: what was given, where AWS resolved it so or it is pending.

    `given` is the version of the state, or of the program in a change. A major (or major.minor) version stands for
    whatever AWS resolved it to; only a full one is the one that is pending.
    """
    actual, wanted = str(described["EngineVersion"]), str(given or "")
    pending = dig(described, "PendingModifiedValues.EngineVersion")
    return wanted if wanted and (wanted == pending or actual.startswith(f"{wanted}.")) else actual
