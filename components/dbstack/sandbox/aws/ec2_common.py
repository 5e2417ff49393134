"""What every EC2 resource needs: tags, and looking up and deleting what may be gone."""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from dbstack.sandbox.aws.errors import code_of
from dbstack.sandbox.aws.model import Props, tag_changes, tag_list, tag_map


def tag_specification(resource: str, tags: Mapping[str, str] | None) -> list[dict[str, Any]]:
    return [{"ResourceType": resource, "Tags": tag_list(tags)}] if tags else []


def with_tags(members: dict[str, Any], resource: str, props: Props) -> dict[str, Any]:
    specification = tag_specification(resource, props.get("tagsAll"))
    return {**members, "TagSpecifications": specification} if specification else members


def update_tags(client: Any, resource_id: str, old: Props, new: Props) -> None:
    """Brings a resource's tags from the old to the new map."""
    gone, changed = tag_changes(old, new)
    if gone:
        client.delete_tags(Resources=[resource_id], Tags=[{"Key": key} for key in gone])
    if changed:
        client.create_tags(Resources=[resource_id], Tags=tag_list(changed))


def describe_one(call: Any, key: str, **members: Any) -> dict[str, Any] | None:
    """The one described object, or None where AWS says that it does not exist."""
    try:
        found = call(**members)[key]
    except ClientError as error:
        if code_of(error).endswith((".NotFound", "NotFound")):
            return None
        raise
    return found[0] if found else None


def ignore_gone(call: Any, **members: Any) -> None:
    """Deletes; that the object is gone already is no error."""
    try:
        call(**members)
    except ClientError as error:
        if not code_of(error).endswith("NotFound"):
            raise


def find_by_tags(
    client: Any, operation: str, key: str, id_key: str, props: Props, **filters: Any
) -> str | None:
    """The one object with exactly the tags that the inputs ask for; nothing without tags or with several."""
    tags: dict[str, str] = props.get("tagsAll") or {}
    if not tags:
        return None
    wanted = [{"Name": f"tag:{name}", "Values": [value]} for name, value in tags.items()]
    wanted += [{"Name": name, "Values": [value]} for name, value in filters.items() if value]
    found = getattr(client, operation)(Filters=wanted)[key]
    exact = [item for item in found if tag_map(item.get("Tags")) == tags]
    return exact[0][id_key] if len(exact) == 1 else None
