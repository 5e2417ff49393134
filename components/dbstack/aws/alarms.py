"""The CloudWatch alarms of an instance."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from dbstack.common.children import Children
from dbstack.spec.alarms import AlarmSpec

ROLES = ("alarm",)


def make_alarms(
    name: str,
    identifier: str,
    specs: Sequence[AlarmSpec],
    topic_arn: pulumi.Input[str],
    children: Children,
    tags: Mapping[str, str],
    region: str | None = None,
    *,
    cluster: bool = False,
) -> None:
    """Alarms on the instance (or cluster) `identifier`, which tell the topic when they begin and when they end."""
    for spec in specs:
        alarm_name = f"{identifier}-{spec.key}"
        children.make(
            "alarm",
            aws.cloudwatch.MetricAlarm,
            f"{name}-{spec.key}",
            {
                "name": alarm_name,
                "alarm_description": f"{identifier}: {spec.words}",
                "comparison_operator": spec.comparison,
                "threshold": spec.threshold,
                "evaluation_periods": spec.periods,
                "alarm_actions": [topic_arn],
                "ok_actions": [topic_arn],
                "region": region,
                "tags": {**tags, "Name": alarm_name},
                **_metric(spec, "DBClusterIdentifier" if cluster else "DBInstanceIdentifier", identifier),
            },
        )


def _metric(spec: AlarmSpec, dimension: str, identifier: str) -> dict[str, Any]:
    dimensions = {dimension: identifier, **({"Role": spec.role} if spec.role else {})}
    if not spec.expression:
        return {
            "namespace": "AWS/RDS",
            "metric_name": spec.metric,
            "dimensions": dimensions,
            "statistic": spec.statistic,
            "period": spec.period,
        }
    metric = {
        "namespace": "AWS/RDS",
        "metric_name": spec.metric,
        "dimensions": dimensions,
        "stat": spec.statistic,
        "period": spec.period,
    }
    return {
        "metric_queries": [
            {"id": "free", "metric": metric},
            {"id": "days", "expression": spec.expression, "label": "Days left", "return_data": True},
        ]
    }
