"""What several functions need: EC2's filters, and exactly one answer."""

from collections.abc import Mapping, Sequence
from typing import Any

from dbstack.sandbox.aws.errors import SandboxError
from dbstack.sandbox.aws.model import Props
from dbstack.sandbox.wire import listed, mapping


def filters(args: Props, named: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """EC2 filters from `filters`, `tags` and arguments that stand for a filter."""
    wanted: list[dict[str, Any]] = [
        {"Name": item["name"], "Values": [str(value) for value in item["values"]]}
        for item in listed(args.get("filters"))
    ]
    tags = mapping(args.get("tags")) or {}
    wanted += [{"Name": f"tag:{key}", "Values": [value]} for key, value in tags.items()]
    for name, filter_name in (named or {}).items():
        if (value := args.get(name)) is not None:
            text = str(value).lower() if isinstance(value, bool) else str(value)
            wanted.append({"Name": filter_name, "Values": [text]})
    return wanted


def only(found: Sequence[Any], what: str) -> Any:
    if not found:
        raise SandboxError(f"no matching {what} found")
    if len(found) > 1:
        raise SandboxError(f"{len(found)} {what}s match: use more specific search criteria")
    return found[0]
