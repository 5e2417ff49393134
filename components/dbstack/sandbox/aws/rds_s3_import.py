"""`s3Import` of RDS instances and clusters: made empty, since the sandbox reads no bucket."""

from typing import Any

from dbstack.sandbox.aws.model import Prop, Props
from dbstack.sandbox.wire import mapping

_FIELDS = {
    "bucketName": "S3BucketName",
    "bucketPrefix": "S3Prefix",
    "ingestionRole": "S3IngestionRoleArn",
    "sourceEngine": "SourceEngine",
    "sourceEngineVersion": "SourceEngineVersion",
}


def s3_import_prop(what: str) -> Prop:
    """The property of an instance or a cluster."""
    return Prop(
        "object",
        replaces=True,
        overlay=f"AWS does not say what it was made from; the sandbox reads no bucket, and the {what} is empty",
        conflicts=("snapshotIdentifier", "restoreToPointInTime"),
        fields={name: Prop(required=name != "bucketPrefix") for name in _FIELDS},
    )


def s3_members(props: Props) -> dict[str, Any] | None:
    """Members of the request; None without an import."""
    backup = mapping(props.get("s3Import"))
    if backup is None:
        return None
    return {api: backup[name] for name, api in _FIELDS.items() if backup.get(name) is not None}
