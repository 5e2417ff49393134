"""Application Auto Scaling: scalable targets and their policies, e.g. the readers of an Aurora cluster."""

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
    tag_changes,
)
from dbstack.sandbox.wire import mapping, sequence

_PLACE = ("serviceNamespace", "resourceId", "scalableDimension")


def _to_aws(value: Any, prop: Prop) -> Any:
    """A nested value with AWS's names; fields that AWS lists in the plural say so in `api`."""
    fields, items = mapping(value), sequence(value)
    if fields is not None and prop.fields:
        known = {
            name: item for name, item in fields.items() if name in prop.fields and item not in (None, "")
        }
        return {
            prop.fields[name].api or pascal(name): _to_aws(item, prop.fields[name])
            for name, item in known.items()
        }
    if items is not None and prop.fields:
        return [_to_aws(item, Prop("object", fields=prop.fields)) for item in items]
    if prop.kind == "number" and isinstance(value, str):
        return float(value)
    return value


def _from_aws(value: Any, prop: Prop) -> Any:
    found = mapping(value)
    if found is not None and prop.fields:
        names = {inner.api or pascal(name): name for name, inner in prop.fields.items()}
        return {
            names[api]: _from_aws(item, prop.fields[names[api]])
            for api, item in found.items()
            if api in names
        }
    items = sequence(value)
    if items is not None and prop.fields:
        return [_from_aws(item, Prop("object", fields=prop.fields)) for item in items]
    return value


def _place(props: Props) -> dict[str, Any]:
    return {pascal(name): props[name] for name in _PLACE}


class Target(Handler):
    """What can be scaled, and between which bounds."""

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        self._register(ctx, kind, props, {"Tags": props.get("tagsAll") or {}})
        ctx.made(props["resourceId"])
        return props["resourceId"]

    def _register(self, ctx: Context, kind: ResourceType, props: Props, more: dict[str, Any]) -> None:
        members = {
            **_place(props),
            "MinCapacity": props["minCapacity"],
            "MaxCapacity": props["maxCapacity"],
            **more,
        }
        if props.get("roleArn"):
            members["RoleARN"] = props["roleArn"]
        if props.get("suspendedState"):
            members["SuspendedState"] = _to_aws(props["suspendedState"], kind.props["suspendedState"])
        ctx.client("application-autoscaling").register_scalable_target(**members)

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        client = ctx.client("application-autoscaling")
        place = prior
        if not prior.get("serviceNamespace"):
            # An import: service-namespace/resource-id/scalable-dimension.
            namespace, _, rest = resource_id.partition("/")
            resource, _, dimension = rest.rpartition("/")
            place = {"serviceNamespace": namespace, "resourceId": resource, "scalableDimension": dimension}
        found = client.describe_scalable_targets(
            ServiceNamespace=place["serviceNamespace"],
            ResourceIds=[place["resourceId"]],
            ScalableDimension=place["scalableDimension"],
        )["ScalableTargets"]
        if not found:
            return None
        item = found[0]
        return {
            "_id": item["ResourceId"],
            "arn": item["ScalableTargetARN"],
            "resourceId": item["ResourceId"],
            "serviceNamespace": item["ServiceNamespace"],
            "scalableDimension": item["ScalableDimension"],
            "minCapacity": item["MinCapacity"],
            "maxCapacity": item["MaxCapacity"],
            "roleArn": item.get("RoleARN"),
            "suspendedState": _from_aws(item.get("SuspendedState"), kind.props["suspendedState"]),
            "tagsAll": client.list_tags_for_resource(ResourceARN=item["ScalableTargetARN"])["Tags"],
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
        if {"minCapacity", "maxCapacity", "roleArn", "suspendedState"} & set(changed):
            self._register(ctx, kind, new, {})
        client = ctx.client("application-autoscaling")
        gone, come = tag_changes(old, new)
        if gone:
            client.untag_resource(ResourceARN=old["arn"], TagKeys=gone)
        if come:
            client.tag_resource(ResourceARN=old["arn"], Tags=come)

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        try:
            ctx.client("application-autoscaling").deregister_scalable_target(**_place(state))
        except ClientError as error:
            if code_of(error) not in ("ObjectNotFoundException", "ValidationException"):
                raise

    def check(
        self, ctx: Context, kind: ResourceType, props: Props, unknown: frozenset[str]
    ) -> list[tuple[str, str]]:
        least, most = props.get("minCapacity"), props.get("maxCapacity")
        if least is not None and most is not None and least > most:
            return [("minCapacity", f"{least} is above maxCapacity {most}")]
        return []

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        found = self.read(ctx, kind, props["resourceId"], props)
        return found["_id"] if found else None


_CONFIGS = ("stepScalingPolicyConfiguration", "targetTrackingScalingPolicyConfiguration")


class Policy(Handler):
    """How a target is scaled."""

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        self._put(ctx, kind, props)
        ctx.made(props["name"])
        return props["name"]

    def _put(self, ctx: Context, kind: ResourceType, props: Props) -> None:
        members = {**_place(props), "PolicyName": props["name"], "PolicyType": props["policyType"]}
        for name in _CONFIGS:
            if props.get(name):
                members[pascal(name)] = _to_aws(props[name], kind.props[name])
        ctx.client("application-autoscaling").put_scaling_policy(**members)

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        place, name = prior, prior.get("name") or resource_id
        if not prior.get("serviceNamespace"):
            # An import: service-namespace/resource-id/scalable-dimension/policy-name.
            rest, _, name = resource_id.rpartition("/")
            rest, _, dimension = rest.rpartition("/")
            namespace, _, resource = rest.partition("/")
            place = {"serviceNamespace": namespace, "resourceId": resource, "scalableDimension": dimension}
        pages = ctx.client("application-autoscaling").describe_scaling_policies(**_place(place))
        item = next((one for one in pages["ScalingPolicies"] if one["PolicyName"] == name), None)
        if item is None:
            return None
        return {
            "_id": item["PolicyName"],
            "arn": item["PolicyARN"],
            "name": item["PolicyName"],
            "policyType": item["PolicyType"],
            "resourceId": item["ResourceId"],
            "serviceNamespace": item["ServiceNamespace"],
            "scalableDimension": item["ScalableDimension"],
            "alarmArns": [alarm["AlarmARN"] for alarm in item.get("Alarms", [])],
            **{name: _from_aws(item.get(pascal(name)), kind.props[name]) for name in _CONFIGS},
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
        self._put(ctx, kind, new)

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        try:
            ctx.client("application-autoscaling").delete_scaling_policy(
                PolicyName=state["name"], **_place(state)
            )
        except ClientError as error:
            # It goes with its target.
            if code_of(error) not in ("ObjectNotFoundException", "ValidationException"):
                raise

    def check(
        self, ctx: Context, kind: ResourceType, props: Props, unknown: frozenset[str]
    ) -> list[tuple[str, str]]:
        wanted = {"StepScaling": _CONFIGS[0], "TargetTrackingScaling": _CONFIGS[1]}.get(
            props.get("policyType", "")
        )
        if wanted is None:
            return [("policyType", "choose StepScaling or TargetTrackingScaling")]
        if wanted not in unknown and not props.get(wanted):
            return [(wanted, f"is required with the policy type {props['policyType']}")]
        return []

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        found = self.read(ctx, kind, props.get("name", ""), props) if props.get("name") else None
        return found["_id"] if found else None


_WHERE = {name: Prop(required=True, replaces=True) for name in _PLACE}
_DIMENSIONS = Prop(
    "object_set", api="Dimensions", fields={"name": Prop(required=True), "value": Prop(required=True)}
)

TARGET = ResourceType(
    token="aws:appautoscaling/target:Target",
    service="application-autoscaling",
    noun="Application AutoScaling Target",
    handler=Target(),
    props={
        **_WHERE,
        "minCapacity": Prop("int", required=True),
        "maxCapacity": Prop("int", required=True),
        "roleArn": Prop(computed=True),
        "suspendedState": Prop(
            "object",
            computed=True,
            fields={
                "dynamicScalingInSuspended": Prop("bool", default=False),
                "dynamicScalingOutSuspended": Prop("bool", default=False),
                "scheduledScalingSuspended": Prop("bool", default=False),
            },
        ),
        **TAGS,
        **REGION,
        "arn": Prop(output=True),
    },
)

POLICY = ResourceType(
    token="aws:appautoscaling/policy:Policy",
    service="application-autoscaling",
    noun="Application AutoScaling Policy",
    handler=Policy(),
    naming=Naming(),
    props={
        "name": Prop(computed=True, replaces=True),
        "policyType": Prop(default="StepScaling"),
        **_WHERE,
        "stepScalingPolicyConfiguration": Prop(
            "object",
            fields={
                "adjustmentType": Prop(),
                "cooldown": Prop("int"),
                "metricAggregationType": Prop(),
                "minAdjustmentMagnitude": Prop("int"),
                "stepAdjustments": Prop(
                    "object_set",
                    fields={
                        "metricIntervalLowerBound": Prop("number"),
                        "metricIntervalUpperBound": Prop("number"),
                        "scalingAdjustment": Prop("int", required=True),
                    },
                ),
            },
        ),
        "targetTrackingScalingPolicyConfiguration": Prop(
            "object",
            fields={
                "targetValue": Prop("number", required=True),
                "disableScaleIn": Prop("bool", default=False),
                "scaleInCooldown": Prop("int"),
                "scaleOutCooldown": Prop("int"),
                "predefinedMetricSpecification": Prop(
                    "object",
                    fields={"predefinedMetricType": Prop(required=True), "resourceLabel": Prop()},
                ),
                "customizedMetricSpecification": Prop(
                    "object",
                    fields={
                        "metricName": Prop(),
                        "namespace": Prop(),
                        "statistic": Prop(),
                        "unit": Prop(),
                        "dimensions": _DIMENSIONS,
                        "metrics": Prop(
                            "object_set",
                            refused="the sandbox does not simulate metric mathematics of a policy",
                        ),
                    },
                ),
            },
        ),
        "predictiveScalingPolicyConfiguration": Prop(
            "object", refused="the sandbox does not simulate predictive scaling"
        ),
        **REGION,
        "alarmArns": Prop("list", output=True),
        "arn": Prop(output=True),
    },
)
