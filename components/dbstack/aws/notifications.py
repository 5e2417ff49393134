"""`DatabaseNotifications`: whom alarms and RDS events tell. `DatabaseDashboard`: one dashboard over all instances."""

from typing import Any

import pulumi
import pulumi_aws as aws

from dbstack.common.children import Children, Transforms, names_for, register_declared
from dbstack.spec.notifications import EVENTS, dashboard_body
from dbstack.spec.plan import plan_dashboard, plan_notifications
from dbstack.spec.types import DatabaseDashboardArgs, DatabaseNotificationsArgs

ROLES = ("topic", "email", "events")
DASHBOARD_ROLES = ("dashboard",)


class DatabaseNotifications(pulumi.ComponentResource):
    """An SNS topic for alarms and RDS events, the mail addresses that it tells, and the events that it gets.

    One for all databases of a stack. The events are those that Security Hub's RDS.19 to RDS.22 ask for.
    Raises SpecError before anything is created: no mail address, a topic that is both existing and described.
    """

    topic_arn: pulumi.Output[str]
    """ARN of the topic: `monitoring.alarms.topic_arn` of databases."""

    def __init__(
        self,
        name: str,
        args: DatabaseNotificationsArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transform: Transforms | None = None,
    ) -> None:
        names = names_for(name)
        tags = plan_notifications(args, names)
        super().__init__("dbstack:index:DatabaseNotifications", name, {}, opts)
        children = Children(self, transform, ROLES, args.get("controls"))
        adopted = args.get("topic_arn")
        if adopted is None:
            # SNS's own policy lets the services of this account publish, and nobody else.
            topic = children.make(
                "topic",
                aws.sns.Topic,
                name,
                {
                    "name": names.physical,
                    "kms_master_key_id": args.get("kms_key_id"),
                    "tags": {**tags, "Name": names.physical},
                },
            )
            adopted = topic.arn
        for address in args.get("emails", []):
            children.make(
                "email",
                aws.sns.TopicSubscription,
                f"{name}-{address}",
                {"topic": adopted, "protocol": "email", "endpoint": address},
            )
        for source, categories in EVENTS.items() if args.get("events", True) else ():
            children.make(
                "events",
                aws.rds.EventSubscription,
                f"{name}-{source}",
                {
                    "name": f"{names.physical}-{source}",
                    "sns_topic": adopted,
                    "source_type": source,
                    "event_categories": list(categories),
                    "tags": {**tags, "Name": f"{names.physical}-{source}"},
                },
            )
        self.topic_arn = pulumi.Output.from_input(adopted)
        register_declared(self)


class DatabaseDashboard(pulumi.ComponentResource):
    """A CloudWatch dashboard: load, memory, storage, latency and lag of every instance, a line for each."""

    dashboard_name: pulumi.Output[str]
    """Name of the dashboard."""

    def __init__(
        self,
        name: str,
        args: DatabaseDashboardArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transform: Transforms | None = None,
    ) -> None:
        names = names_for(name)
        plan_dashboard(args, names)
        super().__init__("dbstack:index:DatabaseDashboard", name, {}, opts)
        children = Children(self, transform, DASHBOARD_ROLES)
        # Of the component's own provider, which need not be the program's.
        region = aws.get_region_output(opts=pulumi.InvokeOutputOptions(parent=self)).region
        instances: dict[str, Any] = dict(args["instances"])
        hours = args.get("hours")
        known = pulumi.Output.from_input(instances)
        body = region.apply(lambda here: known.apply(lambda shown: dashboard_body(shown, here, hours)))
        board = children.make(
            "dashboard",
            aws.cloudwatch.Dashboard,
            name,
            {"dashboard_name": names.physical, "dashboard_body": body},
        )
        self.dashboard_name = board.dashboard_name
        register_declared(self)
