"""SNS topics and their policies."""

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
    pascal,
    rule_faults,
    same_json,
    tag_changes,
    tag_list,
    tag_map,
)
from dbstack.sandbox.aws.naming import unique_name
from dbstack.sandbox.aws.policies import as_text, json_fault
from dbstack.spec import alarm_rules

_GONE = ("NotFound", "NotFoundException")
_NO_LOGS = "the sandbox delivers no messages, so it logs no deliveries"
_FEEDBACK = {
    f"{protocol}{name}": Prop("int" if name.endswith("Rate") else "string", refused=_NO_LOGS)
    for protocol in ("application", "firehose", "http", "lambda", "sqs")
    for name in ("FailureFeedbackRoleArn", "SuccessFeedbackRoleArn", "SuccessFeedbackSampleRate")
}
_ATTRIBUTES = (
    "displayName",
    "kmsMasterKeyId",
    "deliveryPolicy",
    "policy",
    "signatureVersion",
    "tracingConfig",
    "contentBasedDeduplication",
)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def attributes_of(ctx: Context, arn: str) -> dict[str, str] | None:
    """What SNS says of a topic; None where it is gone."""
    try:
        found = ctx.client("sns").get_topic_attributes(TopicArn=arn)["Attributes"]
    except ClientError as error:
        if code_of(error) in _GONE:
            return None
        raise
    return {name: str(value) for name, value in found.items()}


class Topic(Handler):
    """A topic. Its id is its ARN; its settings are attributes, each set by itself."""

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        client = ctx.client("sns")
        fifo = bool(props.get("fifoTopic"))
        # As the provider: without a name it makes one.
        name = props.get("name") or unique_name(props.get("namePrefix") or "terraform-") + ".fifo" * fifo
        given = {pascal(key): _text(props[key]) for key in _ATTRIBUTES if props.get(key)}
        if fifo:
            given["FifoTopic"] = "true"
        made = client.create_topic(Name=name, Attributes=given, Tags=tag_list(props.get("tagsAll")))
        ctx.made(made["TopicArn"])
        return made["TopicArn"]

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        found = attributes_of(ctx, resource_id)
        if found is None:
            return None
        tags = ctx.client("sns").list_tags_for_resource(ResourceArn=resource_id)["Tags"]
        return {
            "arn": resource_id,
            "name": resource_id.rpartition(":")[2],
            "owner": found.get("Owner"),
            "displayName": found.get("DisplayName"),
            "kmsMasterKeyId": found.get("KmsMasterKeyId"),
            "deliveryPolicy": found.get("DeliveryPolicy"),
            "policy": found.get("Policy"),
            "signatureVersion": int(found.get("SignatureVersion") or 0),
            "tracingConfig": found.get("TracingConfig"),
            "fifoTopic": found.get("FifoTopic", "").lower() == "true",
            "contentBasedDeduplication": found.get("ContentBasedDeduplication", "").lower() == "true",
            "beginningArchiveTime": "",
            "tagsAll": tag_map(tags),
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
        client = ctx.client("sns")
        for name in _ATTRIBUTES:
            if name in changed:
                value = new.get(name)
                empty = "false" if name == "contentBasedDeduplication" else ""
                client.set_topic_attributes(
                    TopicArn=resource_id,
                    AttributeName=pascal(name),
                    AttributeValue=_text(value) if value else empty,
                )
        gone, added = tag_changes(old, new)
        if gone:
            client.untag_resource(ResourceArn=resource_id, TagKeys=gone)
        if added:
            client.tag_resource(ResourceArn=resource_id, Tags=tag_list(added))

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        ctx.client("sns").delete_topic(TopicArn=resource_id)

    def check(
        self, ctx: Context, kind: ResourceType, props: Props, unknown: frozenset[str]
    ) -> list[tuple[str, str]]:
        faults = rule_faults(props, {"name": alarm_rules.topic_name_fault})
        for name in ("policy", "deliveryPolicy"):
            faults += json_fault(props, name)
        fifo = str(props.get("name", "")).endswith(".fifo")
        if "name" in props and fifo != bool(props.get("fifoTopic")):
            faults.append(("name", "ends in .fifo where fifoTopic is true, and nowhere else"))
        if props.get("contentBasedDeduplication") and not props.get("fifoTopic"):
            faults.append(("contentBasedDeduplication", "needs fifoTopic"))
        return faults

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        if not props.get("name"):
            return None
        arn = f"arn:{ctx.partition}:sns:{ctx.region}:{ctx.account_id}:{props['name']}"
        return arn if attributes_of(ctx, arn) is not None else None


class TopicPolicy(Handler):
    """The policy of a topic. Its id is the topic's ARN. A topic always has one: a deletion puts the default back."""

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        self._put(ctx, props["arn"], props["policy"])
        ctx.made(props["arn"])
        return props["arn"]

    def _put(self, ctx: Context, arn: str, policy: str) -> None:
        client = ctx.client("sns")
        client.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy)

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        found = attributes_of(ctx, resource_id)
        if found is None:
            return None
        return {"arn": resource_id, "policy": found["Policy"], "owner": found["Owner"]}

    def update(
        self,
        ctx: Context,
        kind: ResourceType,
        resource_id: str,
        old: Props,
        new: Props,
        changed: Sequence[str],
    ) -> None:
        self._put(ctx, resource_id, new["policy"])

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        if attributes_of(ctx, resource_id) is not None:
            self._put(ctx, resource_id, default_policy(ctx, resource_id))

    def check(
        self, ctx: Context, kind: ResourceType, props: Props, unknown: frozenset[str]
    ) -> list[tuple[str, str]]:
        return [*rule_faults(props, {"arn": alarm_rules.topic_arn_fault}), *json_fault(props, "policy")]

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        found = attributes_of(ctx, props["arn"]) if props.get("arn") else None
        return props["arn"] if found and same_json(found["Policy"], props.get("policy"), {}) else None


def default_policy(ctx: Context, arn: str) -> str:
    """What SNS gives a topic of which nobody said who may use it: the account itself."""
    actions = (
        "GetTopicAttributes",
        "SetTopicAttributes",
        "AddPermission",
        "RemovePermission",
        "DeleteTopic",
        "Subscribe",
        "ListSubscriptionsByTopic",
        "Publish",
    )
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [f"SNS:{name}" for name in actions],
        "Resource": arn,
        "Condition": {"StringEquals": {"AWS:SourceOwner": ctx.account_id}},
    }
    return as_text({"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]})


TOPIC = ResourceType(
    token="aws:sns/topic:Topic",
    service="sns",
    noun="SNS Topic",
    handler=Topic(),
    naming=Naming(max_length=256),
    props={
        "name": Prop(computed=True, replaces=True, conflicts=("namePrefix",)),
        "namePrefix": Prop(computed=True, replaces=True, overlay="only the name made from it reaches AWS"),
        "displayName": Prop(),
        "kmsMasterKeyId": Prop(),
        "policy": Prop(computed=True, same=same_json),
        "deliveryPolicy": Prop(same=same_json),
        "signatureVersion": Prop("int", computed=True),
        "tracingConfig": Prop(computed=True),
        "fifoTopic": Prop("bool", default=False, replaces=True),
        "contentBasedDeduplication": Prop("bool", default=False),
        "archivePolicy": Prop(refused="the sandbox keeps no messages"),
        "fifoThroughputScope": Prop(refused="the sandbox delivers no messages, so none too many"),
        "maximumMessageSize": Prop("int", refused="the sandbox delivers no messages, so none too long"),
        **_FEEDBACK,
        **TAGS,
        **REGION,
        "arn": Prop(output=True),
        "owner": Prop(output=True),
        "beginningArchiveTime": Prop(output=True),
    },
)

TOPIC_POLICY = ResourceType(
    token="aws:sns/topicPolicy:TopicPolicy",
    service="sns",
    noun="SNS Topic Policy",
    handler=TopicPolicy(),
    props={
        "arn": Prop(required=True, replaces=True),
        "policy": Prop(required=True, same=same_json),
        **REGION,
        "owner": Prop(output=True),
    },
)
