"""CloudWatch log groups."""

from collections.abc import Sequence
from typing import Any

from botocore.exceptions import ClientError

from dbstack.sandbox.aws.errors import code_of
from dbstack.sandbox.aws.model import (
    REGION,
    TAGS,
    Context,
    Handler,
    Naming,
    Prop,
    Props,
    ResourceType,
    rule_faults,
    tag_changes,
)
from dbstack.sandbox.aws.naming import unique_name
from dbstack.spec import access, logs


class LogGroup(Handler):
    """A log group; how long its events are kept is set in a second call."""

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        client = ctx.client("logs")
        name = props.get("name") or unique_name(props.get("namePrefix") or "terraform-")
        members: dict[str, Any] = {"logGroupName": name, "tags": props.get("tagsAll") or {}}
        members |= {
            member: props[member]
            for member in ("kmsKeyId", "logGroupClass", "deletionProtectionEnabled")
            if props.get(member)
        }
        client.create_log_group(**members)
        ctx.made(name)
        if days := props.get("retentionInDays"):
            client.put_retention_policy(logGroupName=name, retentionInDays=days)
        return name

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        client = ctx.client("logs")
        pages = client.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=resource_id)
        groups = (group for page in pages for group in page["logGroups"])
        found = next((group for group in groups if group["logGroupName"] == resource_id), None)
        if found is None:
            return None
        arn = found["arn"].removesuffix(":*")
        tags: dict[str, str] = client.list_tags_for_resource(resourceArn=arn).get("tags", {})
        return {
            "arn": arn,
            "name": found["logGroupName"],
            "retentionInDays": found.get("retentionInDays"),
            "kmsKeyId": found.get("kmsKeyId"),
            "logGroupClass": found.get("logGroupClass", "STANDARD"),
            "deletionProtectionEnabled": found.get("deletionProtectionEnabled", False),
            "tagsAll": {key: value for key, value in tags.items() if not key.startswith("aws:")},
        }

    def update(
        self,
        ctx: Context,
        kind: ResourceType,
        resource_id: str,
        old: Props,
        new: Props,
        changed: Sequence[str],
    ) -> None:
        client = ctx.client("logs")
        if "retentionInDays" in changed and new.get("retentionInDays"):
            client.put_retention_policy(logGroupName=resource_id, retentionInDays=new["retentionInDays"])
        elif "retentionInDays" in changed:
            client.delete_retention_policy(logGroupName=resource_id)
        if "kmsKeyId" in changed and new.get("kmsKeyId"):
            client.associate_kms_key(logGroupName=resource_id, kmsKeyId=new["kmsKeyId"])
        elif "kmsKeyId" in changed:
            client.disassociate_kms_key(logGroupName=resource_id)
        if "deletionProtectionEnabled" in changed:
            client.put_log_group_deletion_protection(
                logGroupIdentifier=resource_id,
                deletionProtectionEnabled=bool(new.get("deletionProtectionEnabled")),
            )
        gone, added = tag_changes(old, new)
        if gone:
            client.untag_resource(resourceArn=old["arn"], tagKeys=gone)
        if added:
            client.tag_resource(resourceArn=old["arn"], tags=added)

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        if state.get("skipDestroy"):
            return
        try:
            ctx.client("logs").delete_log_group(logGroupName=resource_id)
        except ClientError as error:
            if code_of(error) != "ResourceNotFoundException":
                raise

    def check(
        self, ctx: Context, kind: ResourceType, props: Props, unknown: frozenset[str]
    ) -> list[tuple[str, str]]:
        faults = rule_faults(props, {"name": logs.group_name_fault, "kmsKeyId": access.key_arn_fault})
        # The provider takes 0 for "never expires".
        if (days := props.get("retentionInDays")) and (fault := logs.retention_fault(days)):
            faults.append(("retentionInDays", fault))
        return faults

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        name = props.get("name")
        return name if name and self.read(ctx, kind, name, props) else None


LOG_GROUP = ResourceType(
    token="aws:cloudwatch/logGroup:LogGroup",
    service="logs",
    noun="CloudWatch Log Group",
    handler=LogGroup(),
    naming=Naming(max_length=512),
    props={
        "name": Prop(computed=True, replaces=True, conflicts=("namePrefix",)),
        "namePrefix": Prop(computed=True, replaces=True, overlay="only the name made from it reaches AWS"),
        "retentionInDays": Prop("int", default=0),
        "kmsKeyId": Prop(),
        "logGroupClass": Prop(computed=True, replaces=True),
        "deletionProtectionEnabled": Prop("bool", computed=True),
        "skipDestroy": Prop("bool", default=False, overlay="says how to delete, AWS never hears of it"),
        **TAGS,
        **REGION,
        "arn": Prop(output=True),
    },
)
