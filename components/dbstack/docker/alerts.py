"""Prometheus's alert rules of a database: the alarms that it would have on AWS, as far as they have a meaning here.

Which there are, their thresholds, periods and words come from the table of the AWS alarms; here stands only what each
measures in a container. CPU, memory and disk are this machine's, not the database's: they have none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dbstack.spec.alarm_table import ABOVE, CONNECTIONS_PERCENT, AlarmFacts
from dbstack.spec.alarms import AlarmSpec, plan_alarms

MEASURES: Mapping[str, str] = {
    "connections": "dbstack_connections_open",
    "replica-lag": "dbstack_replica_lag_seconds",
    "transaction-ids": "dbstack_transaction_ids_used",
}
"""Metric by the key of an alarm."""
# Where no threshold is given, it follows from the server: a laptop's container has not the memory of the class.
_DERIVED: Mapping[str, tuple[str, str, str]] = {
    "connections": (
        "connections",
        f"{CONNECTIONS_PERCENT / 100} * dbstack_connections_most",
        f"more than {CONNECTIONS_PERCENT} % of max_connections",
    )
}
_OVER_TIME = {"Average": "avg_over_time", "Maximum": "max_over_time", "Minimum": "min_over_time"}
# What RDS tells of as an event.
_DOWN_AFTER = "1m"


@dataclass(frozen=True)
class Server:
    """A server that is watched: the primary or a replica of a database."""

    instance: str
    """What Prometheus calls it: the database's name, with the replica's key."""
    identifier: str
    """As the alarms of AWS are named."""
    exporter: str
    """Container of its exporter."""
    alarms: Mapping[str, Any]
    """`monitoring.alarms` of the description."""
    facts: AlarmFacts


def scrape_config(servers: Sequence[Server], port: int) -> dict[str, Any]:
    """Prometheus's configuration. Intervals are a laptop's: seconds."""
    return {
        "global": {"scrape_interval": "15s", "evaluation_interval": "15s"},
        "rule_files": ["/etc/dbstack/rules.yml"],
        "scrape_configs": [
            {
                "job_name": "postgres",
                "static_configs": [
                    {"targets": [f"{server.exporter}:{port}"], "labels": {"instance": server.instance}}
                    for server in servers
                ],
            }
        ],
    }


def rules(servers: Sequence[Server]) -> dict[str, Any]:
    """The alert rules of every server."""
    return {"groups": [{"name": server.instance, "rules": _rules(server)} for server in servers]}


def _rules(server: Server) -> list[dict[str, Any]]:
    of = f'{{instance="{server.instance}"}}'
    found = [
        _rule(
            f"{server.identifier}-down",
            f"up{of} == 0 or pg_up{of} == 0 or absent(pg_up{of})",
            _DOWN_AFTER,
            f"{server.identifier}: the server does not answer",
        )
    ]
    if server.alarms.get("enabled") is False:
        return found
    for alarm in plan_alarms(server.alarms, server.facts):
        if alarm.key in MEASURES:
            found.append(_alarm(server, alarm, of))
    return found


def _alarm(server: Server, alarm: AlarmSpec, of: str) -> dict[str, Any]:
    threshold, words = f"{alarm.threshold:g}", alarm.words
    if alarm.threshold >= 1e6:
        threshold = str(int(alarm.threshold))
    if alarm.key in _DERIVED and _DERIVED[alarm.key][0] not in server.alarms:
        _, threshold, words = _DERIVED[alarm.key]
        threshold += of
    sign = ">" if alarm.comparison == ABOVE else "<"
    measured = f"{_OVER_TIME[alarm.statistic]}({MEASURES[alarm.key]}{of}[{alarm.period}s])"
    # CloudWatch looks at so many periods in a row; the first is in the range already.
    lasts = f"{alarm.period * (alarm.periods - 1)}s"
    return _rule(
        f"{server.identifier}-{alarm.key}",
        f"{measured} {sign} {threshold}",
        lasts,
        f"{server.identifier}: {words}",
    )


def _rule(name: str, expression: str, lasts: str, words: str) -> dict[str, Any]:
    return {
        "alert": name,
        "expr": expression,
        "for": lasts,
        "labels": {"severity": "warning"},
        "annotations": {"summary": words},
    }
