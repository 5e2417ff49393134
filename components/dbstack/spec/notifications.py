"""Rules and plan of notifications and of the dashboard."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from dbstack.spec import access, alarm_rules
from dbstack.spec.view import Faults, View

EVENTS: Mapping[str, tuple[str, ...]] = {
    "db-instance": ("configuration change", "failure", "maintenance"),
    "db-cluster": ("failure", "maintenance"),
    "db-parameter-group": ("configuration change",),
    "db-security-group": ("configuration change", "failure"),
}
"""Source type -> the categories that Security Hub's RDS.19 to RDS.22 ask for."""


def check_notifications(view: View, faults: Faults) -> None:
    """Every rule of one `notifications` record."""
    spell = view.path.naming.spell
    view.check(faults, "topic_arn", alarm_rules.event_topic_fault)
    view.check(faults, "kms_key_id", access.key_arn_fault)
    for name in ("emails", "kms_key_id"):
        if "topic_arn" in view.given and name in view.given:
            message = (
                f"for a new topic, but {spell('topic_arn')} names an existing one: leave one of the two out"
            )
            faults.add(view.at(name), message)
    if not view.ok("emails"):
        return
    seen = set[str]()
    emails: Sequence[str] = view["emails"]
    for index, address in enumerate(emails):
        at = view.at("emails").index(index)
        faults.add(at, alarm_rules.email_fault(address))
        if address in seen:
            faults.add(at, f"{address!r} stands there twice: remove one")
        seen.add(address)


def check_dashboard(view: View, faults: Faults) -> None:
    """Every rule of one `dashboard` record."""
    view.check(faults, "hours", alarm_rules.hours_fault)


class Graph(NamedTuple):
    """One graph of the dashboard."""

    title: str
    metrics: tuple[str, ...]
    statistic: str = "Average"
    replicas_only: bool = False


GRAPHS = (
    Graph("CPU (%)", ("CPUUtilization",)),
    Graph("Connections", ("DatabaseConnections",), "Maximum"),
    Graph("Freeable memory (bytes)", ("FreeableMemory",), "Minimum"),
    Graph("Free storage (bytes)", ("FreeStorageSpace",), "Minimum"),
    Graph("Read latency (s)", ("ReadLatency",)),
    Graph("Write latency (s)", ("WriteLatency",)),
    Graph("Waiting reads and writes", ("DiskQueueDepth",)),
    Graph("Reads and writes per second", ("ReadIOPS", "WriteIOPS")),
    Graph("Replica lag (s)", ("ReplicaLag",), "Maximum", replicas_only=True),
)
_WIDTH, _HEIGHT, _COLUMNS = 12, 6, 2
# [CW] PutDashboard: a graph has 500 metrics at most.
_LINES_MOST = 500


def dashboard_body(instances: Mapping[str, Mapping[str, Any]], region: str, hours: int | None = None) -> str:
    """The dashboard as CloudWatch takes it: a graph for each thing, in it a line for each instance."""
    widgets: list[dict[str, Any]] = []
    for graph in GRAPHS:
        lines = [
            _line(label, instance, metric, region, len(graph.metrics) > 1)
            for label, instance in instances.items()
            if instance.get("replica") or not graph.replicas_only
            for metric in graph.metrics
        ]
        for start in range(0, len(lines), _LINES_MOST):
            place = len(widgets)
            widgets.append(
                {
                    "type": "metric",
                    "x": place % _COLUMNS * _WIDTH,
                    "y": place // _COLUMNS * _HEIGHT,
                    "width": _WIDTH,
                    "height": _HEIGHT,
                    "properties": {
                        "title": graph.title,
                        "view": "timeSeries",
                        "region": region,
                        "stat": graph.statistic,
                        "period": 60,
                        "metrics": lines[start : start + _LINES_MOST],
                    },
                }
            )
    opened = {} if hours is None else {"start": f"-PT{hours}H"}
    return json.dumps({**opened, "widgets": widgets})


def _line(label: str, instance: Mapping[str, Any], metric: str, region: str, several: bool) -> list[Any]:
    options = {"label": f"{label} {metric}" if several else label}
    if instance.get("region") not in (None, region):
        options["region"] = instance["region"]
    return ["AWS/RDS", metric, "DBInstanceIdentifier", instance["identifier"], options]
