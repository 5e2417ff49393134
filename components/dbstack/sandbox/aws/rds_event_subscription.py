"""RDS event subscriptions."""

from collections.abc import Sequence

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
    tag_list,
    tag_map,
)
from dbstack.sandbox.aws.naming import unique_name
from dbstack.sandbox.wire import listed
from dbstack.spec import alarm_rules

_GONE = "SubscriptionNotFound"


class EventSubscription(Handler):
    """Which events RDS sends to a topic. Its id is its name."""

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        name = props.get("name") or unique_name(props.get("namePrefix") or "terraform-")
        given = {
            "SourceType": props.get("sourceType"),
            "SourceIds": props.get("sourceIds"),
            "EventCategories": props.get("eventCategories"),
        }
        ctx.client("rds").create_event_subscription(
            SubscriptionName=name,
            SnsTopicArn=props["snsTopic"],
            Enabled=props.get("enabled", True),
            Tags=tag_list(props.get("tagsAll")),
            **{member: value for member, value in given.items() if value},
        )
        ctx.made(name)
        return name

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        client = ctx.client("rds")
        try:
            found = client.describe_event_subscriptions(SubscriptionName=resource_id)
        except ClientError as error:
            if code_of(error) == _GONE:
                return None
            raise
        item = found["EventSubscriptionsList"][0]
        arn = item["EventSubscriptionArn"]
        return {
            "arn": arn,
            "name": item["CustSubscriptionId"],
            "customerAwsId": item.get("CustomerAwsId"),
            "snsTopic": item["SnsTopicArn"],
            "sourceType": item.get("SourceType"),
            "sourceIds": item.get("SourceIdsList", []),
            "eventCategories": item.get("EventCategoriesList", []),
            "enabled": item["Enabled"],
            "tagsAll": tag_map(client.list_tags_for_resource(ResourceName=arn)["TagList"]),
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
        client = ctx.client("rds")
        if {"enabled", "eventCategories", "snsTopic", "sourceType"} & set(changed):
            client.modify_event_subscription(
                SubscriptionName=resource_id,
                Enabled=new.get("enabled", True),
                EventCategories=new.get("eventCategories") or [],
                SnsTopicArn=new["snsTopic"],
                SourceType=new.get("sourceType") or "",
            )
        before, after = set(listed(old.get("sourceIds"))), set(listed(new.get("sourceIds")))
        for source in sorted(before - after):
            client.remove_source_identifier_from_subscription(
                SubscriptionName=resource_id, SourceIdentifier=source
            )
        for source in sorted(after - before):
            client.add_source_identifier_to_subscription(
                SubscriptionName=resource_id, SourceIdentifier=source
            )
        gone, added = tag_changes(old, new)
        if gone:
            client.remove_tags_from_resource(ResourceName=old["arn"], TagKeys=gone)
        if added:
            client.add_tags_to_resource(ResourceName=old["arn"], Tags=tag_list(added))

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        try:
            ctx.client("rds").delete_event_subscription(SubscriptionName=resource_id)
        except ClientError as error:
            if code_of(error) != _GONE:
                raise

    def check(
        self, ctx: Context, kind: ResourceType, props: Props, unknown: frozenset[str]
    ) -> list[tuple[str, str]]:
        faults = rule_faults(
            props,
            {
                "name": alarm_rules.subscription_name_fault,
                "snsTopic": alarm_rules.event_topic_fault,
                "sourceType": alarm_rules.source_type_fault,
            },
        )
        categories = [str(item) for item in listed(props.get("eventCategories"))]
        if "eventCategories" not in unknown and (
            fault := alarm_rules.categories_fault(props.get("sourceType"), categories)
        ):
            faults.append(("eventCategories", fault))
        if props.get("sourceIds") and "sourceType" not in {*props, *unknown}:
            faults.append(("sourceIds", "needs sourceType"))
        return faults

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        name = props.get("name")
        return name if name and self.read(ctx, kind, name, props) else None


EVENT_SUBSCRIPTION = ResourceType(
    token="aws:rds/eventSubscription:EventSubscription",
    service="rds",
    noun="RDS Event Subscription",
    handler=EventSubscription(),
    naming=Naming(max_length=255, lower=True),
    props={
        "name": Prop(computed=True, replaces=True, conflicts=("namePrefix",)),
        "namePrefix": Prop(computed=True, replaces=True, overlay="only the name made from it reaches AWS"),
        "snsTopic": Prop(required=True),
        "sourceType": Prop(),
        "sourceIds": Prop("set"),
        "eventCategories": Prop("set"),
        "enabled": Prop("bool", default=True),
        **TAGS,
        **REGION,
        "arn": Prop(output=True),
        "customerAwsId": Prop(output=True),
    },
)
