"""What every AWS Backup resource needs: its tags, and looking up what may be gone."""

from typing import Any

from botocore.exceptions import ClientError

from dbstack.sandbox.aws.errors import code_of
from dbstack.sandbox.aws.model import Props, tag_changes

NOT_FOUND = "ResourceNotFoundException"


def described(call: Any, **members: Any) -> dict[str, Any] | None:
    """What AWS says of one thing, or None where it says that there is none."""
    try:
        return call(**members)
    except ClientError as error:
        if code_of(error) == NOT_FOUND:
            return None
        raise


def tags_of(client: Any, arn: str) -> dict[str, str]:
    """Tags of a vault or plan, without AWS's own."""
    tags: dict[str, str] = client.list_tags(ResourceArn=arn).get("Tags", {})
    return {key: value for key, value in tags.items() if not key.startswith("aws:")}


def update_tags(client: Any, arn: str, old: Props, new: Props) -> None:
    """Brings a resource's tags from the old to the new map."""
    gone, changed = tag_changes(old, new)
    if gone:
        client.untag_resource(ResourceArn=arn, TagKeyList=gone)
    if changed:
        client.tag_resource(ResourceArn=arn, Tags=changed)
