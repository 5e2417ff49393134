"""Subscriptions to SNS topics."""

from collections.abc import Sequence

from botocore.exceptions import ClientError

from dbstack.sandbox.aws.errors import code_of
from dbstack.sandbox.aws.model import (
    REGION,
    Context,
    Handler,
    Prop,
    Props,
    ResourceType,
    pascal,
    rule_faults,
    same_json,
)
from dbstack.sandbox.aws.policies import json_fault
from dbstack.spec import alarm_rules

_GONE = ("NotFound", "NotFoundException")
_WAITS = "says how the provider waits, SNS never hears of it"
_JSON = ("deliveryPolicy", "filterPolicy", "redrivePolicy")
_ATTRIBUTES = ("filterPolicyScope", *_JSON, "rawMessageDelivery", "subscriptionRoleArn")
_PROTOCOLS = ("application", "email", "email-json", "firehose", "http", "https", "lambda", "sms", "sqs")


def _truth(text: object) -> bool:
    return str(text).lower() == "true"


class TopicSubscription(Handler):
    """A subscription. Its id is its ARN, which a mail address has before its owner confirms it."""

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        given = {pascal(name): str(props[name]) for name in _ATTRIBUTES if props.get(name)}
        if props.get("rawMessageDelivery"):
            given["RawMessageDelivery"] = "true"
        made = ctx.client("sns").subscribe(
            TopicArn=props["topic"],
            Protocol=props["protocol"],
            Endpoint=props["endpoint"],
            Attributes=given,
            ReturnSubscriptionArn=True,
        )
        ctx.made(made["SubscriptionArn"])
        return made["SubscriptionArn"]

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        try:
            found = ctx.client("sns").get_subscription_attributes(SubscriptionArn=resource_id)["Attributes"]
        except ClientError as error:
            if code_of(error) in _GONE:
                return None
            raise
        return {
            "arn": resource_id,
            "topic": found["TopicArn"],
            "protocol": found["Protocol"],
            "endpoint": found["Endpoint"],
            "ownerId": found["Owner"],
            "rawMessageDelivery": _truth(found.get("RawMessageDelivery")),
            "pendingConfirmation": _truth(found.get("PendingConfirmation")),
            "confirmationWasAuthenticated": _truth(found.get("ConfirmationWasAuthenticated")),
            **{
                name: found.get(pascal(name)) for name in ("filterPolicyScope", "subscriptionRoleArn", *_JSON)
            },
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
                text = str(bool(value)).lower() if name == "rawMessageDelivery" else str(value or "")
                client.set_subscription_attributes(
                    SubscriptionArn=resource_id, AttributeName=pascal(name), AttributeValue=text
                )

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        if self.read(ctx, kind, resource_id, state) is not None:
            ctx.client("sns").unsubscribe(SubscriptionArn=resource_id)

    def check(
        self, ctx: Context, kind: ResourceType, props: Props, unknown: frozenset[str]
    ) -> list[tuple[str, str]]:
        faults = rule_faults(
            props,
            {
                "topic": alarm_rules.topic_arn_fault,
                "protocol": lambda value: alarm_rules.choice_fault(value, _PROTOCOLS),
            },
        )
        for name in _JSON:
            faults += json_fault(props, name)
        if str(props.get("protocol")).startswith("email"):
            faults += rule_faults(props, {"endpoint": alarm_rules.email_fault})
        return faults

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        if not (props.get("topic") and props.get("endpoint")):
            return None
        try:
            pages = ctx.client("sns").get_paginator("list_subscriptions_by_topic")
            found = [
                item for page in pages.paginate(TopicArn=props["topic"]) for item in page["Subscriptions"]
            ]
        except ClientError as error:
            if code_of(error) in _GONE:
                return None
            raise
        wanted = (props.get("protocol"), props["endpoint"])
        arns = [item["SubscriptionArn"] for item in found if (item["Protocol"], item["Endpoint"]) == wanted]
        return next((arn for arn in arns if arn.startswith("arn:")), None)


TOPIC_SUBSCRIPTION = ResourceType(
    token="aws:sns/topicSubscription:TopicSubscription",
    service="sns",
    noun="SNS Topic Subscription",
    handler=TopicSubscription(),
    props={
        "topic": Prop(required=True, replaces=True, api="TopicArn"),
        "protocol": Prop(required=True, replaces=True),
        "endpoint": Prop(required=True, replaces=True),
        "rawMessageDelivery": Prop("bool", default=False),
        "filterPolicy": Prop(same=same_json),
        "filterPolicyScope": Prop(computed=True),
        "deliveryPolicy": Prop(same=same_json),
        "redrivePolicy": Prop(same=same_json),
        "replayPolicy": Prop(refused="the sandbox keeps no messages"),
        "subscriptionRoleArn": Prop(),
        "confirmationTimeoutInMinutes": Prop("int", default=1, overlay=_WAITS, import_default=1),
        "endpointAutoConfirms": Prop("bool", default=False, overlay=_WAITS, import_default=False),
        **REGION,
        "arn": Prop(output=True),
        "ownerId": Prop(output=True),
        "pendingConfirmation": Prop("bool", output=True),
        "confirmationWasAuthenticated": Prop("bool", output=True),
    },
)
