"""Flow logs."""

from collections.abc import Sequence
from typing import Any

from dbstack.sandbox.aws.ec2_common import describe_one, find_by_tags, ignore_gone, update_tags, with_tags
from dbstack.sandbox.aws.errors import SandboxError
from dbstack.sandbox.aws.model import (
    REGION,
    TAGS,
    Context,
    Handler,
    Prop,
    Props,
    ResourceType,
    request,
    rule_faults,
    tag_map,
)
from dbstack.spec import access

_TARGETS = {"vpcId": "VPC", "subnetId": "Subnet", "eniId": "NetworkInterface"}
_PREFIXES = {"vpc-": "vpcId", "subnet-": "subnetId", "eni-": "eniId"}
_NO_TRANSIT = "the sandbox records no traffic of transit and NAT gateways"
_INTERVALS = (60, 600)


class FlowLog(Handler):
    """The record of a network's traffic. Only its tags can be changed."""

    _creation = (
        "trafficType",
        "iamRoleArn",
        "logDestination",
        "logDestinationType",
        "logFormat",
        "maxAggregationInterval",
    )

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        target = next(name for name in _TARGETS if props.get(name))
        members = {
            **request(kind, props, self._creation),
            "ResourceType": _TARGETS[target],
            "ResourceIds": [props[target]],
        }
        made = ctx.client("ec2").create_flow_logs(**with_tags(members, "vpc-flow-log", props))
        if failed := made.get("Unsuccessful"):
            error = failed[0]["Error"]
            raise SandboxError(f"CreateFlowLogs: {error.get('Code')}: {error.get('Message')}")
        ctx.made(made["FlowLogIds"][0])
        return made["FlowLogIds"][0]

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        log = describe_one(ctx.client("ec2").describe_flow_logs, "FlowLogs", FlowLogIds=[resource_id])
        if log is None:
            return None
        found = log["ResourceId"]
        target = next(name for prefix, name in _PREFIXES.items() if found.startswith(prefix))
        return {
            "arn": f"arn:{ctx.partition}:ec2:{ctx.region}:{ctx.account_id}:vpc-flow-log/{resource_id}",
            target: found,
            "trafficType": log.get("TrafficType"),
            "iamRoleArn": log.get("DeliverLogsPermissionArn"),
            "logDestination": log.get("LogDestination"),
            "logDestinationType": log.get("LogDestinationType"),
            "logFormat": log.get("LogFormat"),
            "maxAggregationInterval": log.get("MaxAggregationInterval"),
            "tagsAll": tag_map(log.get("Tags")),
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
        update_tags(ctx.client("ec2"), resource_id, old, new)

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        if self.read(ctx, kind, resource_id, state) is not None:
            ignore_gone(ctx.client("ec2").delete_flow_logs, FlowLogIds=[resource_id])

    def check(
        self, ctx: Context, kind: ResourceType, props: Props, unknown: frozenset[str]
    ) -> list[tuple[str, str]]:
        faults = rule_faults(props, {"iamRoleArn": access.role_arn_fault, "vpcId": access.vpc_id_fault})
        if not {*_TARGETS} & ({*props} | unknown):
            faults.append(("vpcId", "is required: or subnetId or eniId, whose traffic is recorded"))
        interval = props.get("maxAggregationInterval")
        if interval is not None and interval not in _INTERVALS:
            faults.append(("maxAggregationInterval", f"is {interval}; must be 60 or 600"))
        if props.get("trafficType") not in (None, "ACCEPT", "REJECT", "ALL"):
            faults.append(("trafficType", f"is {props['trafficType']!r}; must be ACCEPT, REJECT or ALL"))
        return faults

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        filters = {"resource-id": next((props[name] for name in _TARGETS if props.get(name)), None)}
        client = ctx.client("ec2")
        # DescribeFlowLogs alone calls its filters `Filter`.
        call = _Filtered(client)
        return find_by_tags(call, "describe_flow_logs", "FlowLogs", "FlowLogId", props, **filters)


class _Filtered:
    """The client, with the filters under the name that other operations have."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def describe_flow_logs(self, Filters: Any) -> Any:
        return self._client.describe_flow_logs(Filter=Filters)


FLOW_LOG = ResourceType(
    token="aws:ec2/flowLog:FlowLog",
    service="ec2",
    noun="EC2 Flow Log",
    handler=FlowLog(),
    props={
        "vpcId": Prop(replaces=True, conflicts=("subnetId", "eniId")),
        "subnetId": Prop(replaces=True, conflicts=("eniId",)),
        "eniId": Prop(replaces=True),
        "trafficType": Prop(replaces=True),
        "iamRoleArn": Prop(replaces=True, api="DeliverLogsPermissionArn"),
        "logDestination": Prop(computed=True, replaces=True),
        "logDestinationType": Prop(default="cloud-watch-logs", replaces=True),
        "logFormat": Prop(computed=True, replaces=True),
        "maxAggregationInterval": Prop("int", default=600, replaces=True),
        "deliverCrossAccountRole": Prop(refused="the sandbox has one account only"),
        "destinationOptions": Prop("object", refused="the sandbox writes no log files"),
        "tagFieldSpecifications": Prop("object_set", refused="the sandbox writes no log records"),
        "transitGatewayId": Prop(refused=_NO_TRANSIT),
        "transitGatewayAttachmentId": Prop(refused=_NO_TRANSIT),
        "regionalNatGatewayId": Prop(refused=_NO_TRANSIT),
        **TAGS,
        **REGION,
        "arn": Prop(output=True),
    },
)
