"""CloudWatch dashboards."""

import json
from collections.abc import Sequence

from botocore.exceptions import ClientError

from dbstack.sandbox.aws.errors import code_of
from dbstack.sandbox.aws.model import (
    REGION,
    Context,
    Handler,
    Naming,
    Prop,
    Props,
    ResourceType,
    rule_faults,
    same_json,
)
from dbstack.sandbox.aws.policies import json_fault
from dbstack.spec import alarm_rules

_GONE = ("ResourceNotFound", "DashboardNotFoundError")


class Dashboard(Handler):
    """A dashboard. Its id is its name."""

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        name = props["dashboardName"]
        ctx.client("cloudwatch").put_dashboard(DashboardName=name, DashboardBody=props["dashboardBody"])
        ctx.made(name)
        return name

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        try:
            found = ctx.client("cloudwatch").get_dashboard(DashboardName=resource_id)
        except ClientError as error:
            if code_of(error) in _GONE:
                return None
            raise
        return {
            "dashboardName": found["DashboardName"],
            "dashboardBody": found["DashboardBody"],
            "dashboardArn": found["DashboardArn"],
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
        client = ctx.client("cloudwatch")
        client.put_dashboard(DashboardName=resource_id, DashboardBody=new["dashboardBody"])

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        try:
            ctx.client("cloudwatch").delete_dashboards(DashboardNames=[resource_id])
        except ClientError as error:
            if code_of(error) not in _GONE:
                raise

    def check(
        self, ctx: Context, kind: ResourceType, props: Props, unknown: frozenset[str]
    ) -> list[tuple[str, str]]:
        faults = rule_faults(props, {"dashboardName": alarm_rules.dashboard_name_fault})
        faults += json_fault(props, "dashboardBody")
        if (
            isinstance(text := props.get("dashboardBody"), str)
            and not any(name == "dashboardBody" for name, _ in faults)
            and not isinstance(json.loads(text), dict)
        ):
            faults.append(("dashboardBody", "is no JSON object"))
        return faults

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        name = props.get("dashboardName")
        return name if name and self.read(ctx, kind, name, props) else None


DASHBOARD = ResourceType(
    token="aws:cloudwatch/dashboard:Dashboard",
    service="cloudwatch",
    noun="CloudWatch Dashboard",
    handler=Dashboard(),
    naming=Naming(prop="dashboardName", max_length=255, blocked_by=()),
    props={
        "dashboardName": Prop(required=True, replaces=True),
        "dashboardBody": Prop(required=True, same=same_json),
        **REGION,
        "dashboardArn": Prop(output=True),
    },
)
