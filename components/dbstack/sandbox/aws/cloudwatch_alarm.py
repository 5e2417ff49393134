"""CloudWatch alarms on metrics."""

from collections.abc import Sequence
from typing import Any

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
    request,
    rule_faults,
    tag_changes,
    tag_list,
    tag_map,
)
from dbstack.sandbox.aws.reading import observed
from dbstack.sandbox.wire import listed, mapping
from dbstack.spec import alarm_rules

_PROMQL = "the sandbox has no alarms on PromQL queries"
_METRIC = {
    "dimensions": Prop("map"),
    "metricName": Prop(required=True),
    "namespace": Prop(),
    "period": Prop("int", required=True),
    "stat": Prop(required=True),
    "unit": Prop(),
}
_QUERY = {
    "accountId": Prop(),
    "expression": Prop(),
    "id": Prop(required=True),
    "label": Prop(),
    "metric": Prop("object", fields=_METRIC),
    "period": Prop("int"),
    "returnData": Prop("bool", default=False),
}


def _dimensions(given: Any) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in sorted((mapping(given) or {}).items())]


def _query(given: Props) -> dict[str, Any]:
    sent = {
        pascal(name): given[name]
        for name in ("accountId", "expression", "id", "label", "period", "returnData")
        if given.get(name) not in (None, "", 0)
    }
    if metric := mapping(given.get("metric")):
        named = {pascal(name): metric[name] for name in ("metricName", "namespace") if metric.get(name)}
        stat = {pascal(name): metric[name] for name in ("period", "stat", "unit") if metric.get(name)}
        sent["MetricStat"] = {
            "Metric": {**named, "Dimensions": _dimensions(metric.get("dimensions"))},
            **stat,
        }
    return sent


def _shown(query: dict[str, Any]) -> Props:
    found: Props = {
        "id": query["Id"],
        "expression": query.get("Expression"),
        "label": query.get("Label"),
        "period": query.get("Period"),
        "returnData": query.get("ReturnData", False),
        "accountId": query.get("AccountId"),
    }
    if stat := query.get("MetricStat"):
        metric = stat["Metric"]
        found["metric"] = {
            "metricName": metric.get("MetricName"),
            "namespace": metric.get("Namespace"),
            "dimensions": {item["Name"]: item["Value"] for item in metric.get("Dimensions", [])},
            "period": stat.get("Period"),
            "stat": stat.get("Stat"),
            "unit": stat.get("Unit"),
        }
        found["metric"] = {name: value for name, value in found["metric"].items() if value not in (None, {})}
    return {name: value for name, value in found.items() if value is not None}


_PLAIN = (
    "actionsEnabled",
    "alarmActions",
    "alarmDescription",
    "comparisonOperator",
    "datapointsToAlarm",
    "evaluateLowSampleCountPercentiles",
    "evaluationPeriods",
    "extendedStatistic",
    "insufficientDataActions",
    "metricName",
    "namespace",
    "okActions",
    "period",
    "statistic",
    "threshold",
    "thresholdMetricId",
    "treatMissingData",
    "unit",
)


class MetricAlarm(Handler):
    """An alarm. Its id is its name; each change sends all of it."""

    def _put(self, ctx: Context, kind: ResourceType, name: str, props: Props, **more: Any) -> None:
        members = request(kind, props, _PLAIN)
        sent = {key: value for key, value in members.items() if value not in ("", [])}
        if "datapointsToAlarm" in props and not props["datapointsToAlarm"]:
            sent.pop("DatapointsToAlarm", None)
        if props.get("dimensions"):
            sent["Dimensions"] = _dimensions(props["dimensions"])
        if queries := listed(props.get("metricQueries")):
            sent["Metrics"] = [_query(query) for query in queries]
        elif "threshold" not in props:
            sent["Threshold"] = 0.0
        ctx.client("cloudwatch").put_metric_alarm(AlarmName=name, **sent, **more)

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        tags = props.get("tagsAll")
        self._put(ctx, kind, props["name"], props, **({"Tags": tag_list(tags)} if tags else {}))
        ctx.made(props["name"])
        return props["name"]

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        client = ctx.client("cloudwatch")
        alarms = client.describe_alarms(AlarmNames=[resource_id], AlarmTypes=["MetricAlarm"])["MetricAlarms"]
        if not alarms:
            return None
        alarm = alarms[0]
        tags = client.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"]
        return {
            **observed(kind, alarm),
            "dimensions": {item["Name"]: item["Value"] for item in alarm.get("Dimensions", [])},
            "metricQueries": [_shown(query) for query in alarm.get("Metrics", [])],
            "treatMissingData": alarm.get("TreatMissingData") or "missing",
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
        client = ctx.client("cloudwatch")
        if set(changed) - {"tags", "tagsAll"}:
            self._put(ctx, kind, resource_id, new)
        gone, added = tag_changes(old, new)
        if gone:
            client.untag_resource(ResourceARN=old["arn"], TagKeys=gone)
        if added:
            client.tag_resource(ResourceARN=old["arn"], Tags=tag_list(added))

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        ctx.client("cloudwatch").delete_alarms(AlarmNames=[resource_id])

    def check(
        self, ctx: Context, kind: ResourceType, props: Props, unknown: frozenset[str]
    ) -> list[tuple[str, str]]:
        faults = rule_faults(
            props,
            {
                "comparisonOperator": lambda value: alarm_rules.choice_fault(value, alarm_rules.COMPARISONS),
                "treatMissingData": lambda value: alarm_rules.choice_fault(value, alarm_rules.MISSING_DATA),
                "statistic": lambda value: alarm_rules.choice_fault(value, alarm_rules.STATISTICS),
            },
        )
        if (seconds := props.get("period")) and (fault := alarm_rules.period_fault(seconds)):
            faults.append(("period", fault))
        elif seconds and (fault := alarm_rules.span_fault(seconds, props.get("evaluationPeriods") or 1)):
            faults.append(("evaluationPeriods", fault))
        given = {*props, *unknown}
        if not given & {"metricName", "metricQueries"}:
            faults.append(("metricName", "is missing: give it, or metricQueries"))
        if "metricName" in given and not given & {"statistic", "extendedStatistic"}:
            faults.append(("statistic", "is missing: give it, or extendedStatistic"))
        return faults

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        name = props.get("name")
        return name if name and self.read(ctx, kind, name, props) else None


METRIC_ALARM = ResourceType(
    token="aws:cloudwatch/metricAlarm:MetricAlarm",
    service="cloudwatch",
    noun="CloudWatch Metric Alarm",
    handler=MetricAlarm(),
    naming=Naming(max_length=255),
    props={
        "name": Prop(computed=True, replaces=True, api="AlarmName"),
        "comparisonOperator": Prop(required=True),
        "evaluationPeriods": Prop("int", required=True),
        "metricName": Prop(conflicts=("metricQueries",)),
        "namespace": Prop(),
        "period": Prop("int"),
        "statistic": Prop(conflicts=("extendedStatistic",)),
        "extendedStatistic": Prop(),
        "threshold": Prop("number", conflicts=("thresholdMetricId",)),
        "thresholdMetricId": Prop(),
        "unit": Prop(),
        "dimensions": Prop("map"),
        "metricQueries": Prop("object_set", fields=_QUERY),
        "actionsEnabled": Prop("bool", default=True),
        "alarmActions": Prop("set"),
        "okActions": Prop("set", api="OKActions"),
        "insufficientDataActions": Prop("set"),
        "alarmDescription": Prop(),
        "datapointsToAlarm": Prop("int"),
        "treatMissingData": Prop(default="missing"),
        "evaluateLowSampleCountPercentiles": Prop(computed=True, api="EvaluateLowSampleCountPercentile"),
        "evaluationCriteria": Prop("object", refused=_PROMQL),
        "evaluationInterval": Prop("int", refused=_PROMQL),
        "evaluationWindow": Prop("object", refused="the sandbox has no alarms on windows of the wall clock"),
        "warmUpConfiguration": Prop("object", refused="the sandbox evaluates no alarm, so none warms up"),
        **TAGS,
        **REGION,
        "arn": Prop(output=True, read="AlarmArn"),
    },
)
