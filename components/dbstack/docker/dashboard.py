"""Grafana's dashboard over a stack's databases, as data."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

UID = "dbstack-databases"
SOURCE_UID = "dbstack-prometheus"
_CHOSEN = 'instance=~"$instance"'
_WIDTH, _HEIGHT = 12, 8
_SOURCE = {"type": "prometheus", "uid": SOURCE_UID}


@dataclass(frozen=True)
class Panel:
    """One picture: expressions with their legends. `unit` is Grafana's name of it."""

    title: str
    expressions: tuple[tuple[str, str], ...]
    unit: str = "short"
    kind: str = "timeseries"


# Labels are its columns.
TABLE = "table"


def _of(metric: str, more: str = "") -> str:
    return f"{metric}{{{_CHOSEN}{more}}}"


def _rows(metric: str) -> tuple[tuple[str, str]]:
    return ((_of(metric), ""),)


PANELS: tuple[Panel, ...] = (
    Panel("Up", ((_of("pg_up"), "{{instance}}"),), kind="stat"),
    Panel("Alerts", (('ALERTS{alertstate="firing"}', "{{alertname}}"),), kind="stat"),
    Panel(
        "Connections",
        (
            (_of("dbstack_connections_open"), "{{instance}}"),
            (_of("dbstack_connections_most"), "{{instance}} max_connections"),
        ),
    ),
    Panel("Connections by state", ((_of("dbstack_sessions_connections"), "{{instance}} {{state}}"),)),
    Panel(
        "Long queries",
        (
            (_of("dbstack_queries_longest_seconds"), "{{instance}} query"),
            (_of("dbstack_queries_longest_transaction_seconds"), "{{instance}} transaction"),
        ),
        "s",
    ),
    Panel(
        "Queries over a minute, and queries that wait for a lock",
        (
            (_of("dbstack_queries_over_a_minute"), "{{instance}} over a minute"),
            (_of("dbstack_queries_waiting_for_a_lock"), "{{instance}} waiting"),
        ),
    ),
    Panel(
        "Transactions of a minute or longer", _rows("dbstack_long_queries_transaction_seconds"), "s", TABLE
    ),
    Panel("Waiting for locks, and whom for", _rows("dbstack_blockers_waiting_seconds"), "s", TABLE),
    Panel("Database sizes", ((_of("dbstack_database_size_bytes"), "{{instance}} {{name}}"),), "bytes"),
    Panel(
        "The ten largest tables, with indexes",
        ((f"topk(10, {_of('dbstack_table_sizes_total_bytes')})", "{{instance}} {{schema}}.{{table}}"),),
        "bytes",
    ),
    Panel(
        "Share of scans that use an index",
        (
            (
                f"{_of('dbstack_table_index_scans')} / ({_of('dbstack_table_index_scans')}"
                f" + {_of('dbstack_table_sequential_scans')})",
                "{{instance}} {{schema}}.{{table}}",
            ),
        ),
        "percentunit",
    ),
    Panel("Scans by index", ((f"rate({_of('dbstack_index_scans')}[5m])", "{{instance}} {{index}}"),), "ops"),
    Panel("Indexes that no query has used", _rows("dbstack_unused_indexes_bytes"), "bytes", TABLE),
    Panel("Indexes that are the same as another", _rows("dbstack_duplicate_indexes_bytes"), "bytes", TABLE),
    Panel("Invalid indexes", _rows("dbstack_invalid_indexes_bytes"), "bytes", TABLE),
    Panel("Tables that vacuum has left behind", _rows("dbstack_dead_rows_dead_percent"), "percent", TABLE),
    Panel(
        "Rows that vacuum will take away",
        ((_of("dbstack_table_dead_rows"), "{{instance}} {{schema}}.{{table}}"),),
    ),
    Panel(
        "Blocks that were in shared buffers", ((_of("dbstack_cache_hit_percent"), "{{instance}}"),), "percent"
    ),
    Panel("Replication lag", ((_of("dbstack_replica_lag_seconds"), "{{instance}}"),), "s"),
    Panel(
        "Replication lag, as the primary sees it",
        ((_of("dbstack_replication_behind_bytes"), "{{instance}} to {{replica}}"),),
        "bytes",
    ),
    Panel(
        "WAL that is kept for replication slots",
        ((_of("dbstack_replication_slots_kept_bytes"), "{{instance}} {{slot}}"),),
        "bytes",
    ),
    Panel(
        "WAL archived, and failures to",
        (
            (f"rate({_of('dbstack_archiver_archived_count')}[5m])", "{{instance}}"),
            (f"rate({_of('dbstack_archiver_failed_count')}[5m])", "{{instance}} failures"),
        ),
        "ops",
    ),
    Panel("Transaction ids in use", ((_of("dbstack_transaction_ids_used"), "{{instance}}"),)),
    Panel(
        "Transaction ids in use, by database",
        ((_of("dbstack_database_ages_transaction_ids"), "{{instance}} {{database}}"),),
    ),
)


def expressions() -> list[str]:
    """Every PromQL expression, as Grafana would send it with all servers chosen."""
    return [expression.replace("$instance", ".*") for panel in PANELS for expression, _ in panel.expressions]


def dashboard(title: str) -> dict[str, Any]:
    """The dashboard as Grafana reads it from a file."""
    return {
        "uid": UID,
        "title": title,
        "schemaVersion": 39,
        "refresh": "15s",
        "time": {"from": "now-1h", "to": "now"},
        "tags": ["dbstack"],
        "templating": {
            "list": [
                {
                    "name": "instance",
                    "label": "Server",
                    "type": "query",
                    "datasource": _SOURCE,
                    "query": {"query": "label_values(pg_up, instance)", "refId": "instance"},
                    "refresh": 2,
                    "multi": True,
                    "includeAll": True,
                    "allValue": ".*",
                    "current": {"text": "All", "value": "$__all"},
                }
            ]
        },
        "panels": _panels(PANELS),
    }


def _panels(panels: Sequence[Panel]) -> list[dict[str, Any]]:
    return [
        {
            "id": number,
            "title": panel.title,
            "type": panel.kind,
            "datasource": _SOURCE,
            "gridPos": {
                "x": (number - 1) % 2 * _WIDTH,
                "y": (number - 1) // 2 * _HEIGHT,
                "w": _WIDTH,
                "h": _HEIGHT,
            },
            "fieldConfig": {"defaults": {"unit": panel.unit}, "overrides": []},
            "targets": [
                {
                    "refId": chr(ord("A") + index),
                    "datasource": _SOURCE,
                    "expr": expression,
                    "legendFormat": legend,
                    **({"format": "table", "instant": True} if panel.kind == TABLE else {}),
                }
                for index, (expression, legend) in enumerate(panel.expressions)
            ],
        }
        for number, panel in enumerate(panels, 1)
    ]
