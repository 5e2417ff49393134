"""`postgres_exporter`: what it asks a PostgreSQL for, and its container.

The questions are dbstack's own and not the exporter's: its own metrics have other names in almost every version.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi

from dbstack.common.children import Children
from dbstack.docker import containers
from dbstack.docker.containers import File
from dbstack.spec.docker_plan import BesideSpec, HealthSpec

ROLE = "dbstack_exporter"
"""What it logs in as: a member of pg_monitor, made when the database's container starts."""
PORT = 9187
PASSWORD_FILE = "/etc/dbstack/exporter-password"
_QUERIES_FILE = "/etc/dbstack/queries.yml"
_AUTHORITY_FILE = "/etc/dbstack/ca.crt"
# `nobody` of the official image.
OWNER = "65534"
_HEALTH = HealthSpec(30, 10, 3)
_MOST_RELATIONS = 100


@dataclass(frozen=True)
class Query:
    """A question; each of its columns is a metric `{name}_{column}`, or a label."""

    name: str
    sql: str
    gauges: Mapping[str, str] = field(default_factory=dict[str, str])
    """Column -> what it says."""
    counters: Mapping[str, str] = field(default_factory=dict[str, str])
    labels: Sequence[str] = ()


QUERIES: tuple[Query, ...] = (
    Query(
        "dbstack_connections",
        "SELECT count(*) FILTER (WHERE backend_type = 'client backend') AS open,"
        " current_setting('max_connections')::int AS most FROM pg_stat_activity",
        {"open": "Connections of clients", "most": "max_connections"},
    ),
    Query(
        "dbstack_sessions",
        "SELECT coalesce(state, 'unknown') AS state, count(*) AS count FROM pg_stat_activity"
        " WHERE backend_type = 'client backend' GROUP BY 1",
        {"count": "Connections of clients by what they do"},
        labels=("state",),
    ),
    Query(
        "dbstack_queries",
        "SELECT coalesce(max(extract(epoch FROM clock_timestamp() - query_start)) FILTER (WHERE state = 'active'), 0)"
        " AS longest_seconds,"
        " coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0) AS longest_transaction_seconds,"
        " count(*) FILTER (WHERE state = 'active' AND clock_timestamp() - query_start > interval '1 minute')"
        " AS over_a_minute,"
        " count(*) FILTER (WHERE wait_event_type = 'Lock') AS waiting_for_a_lock"
        " FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()",
        {
            "longest_seconds": "Age of the longest running query",
            "longest_transaction_seconds": "Age of the longest open transaction",
            "over_a_minute": "Queries that run for more than a minute",
            "waiting_for_a_lock": "Queries that wait for a lock",
        },
    ),
    Query(
        "dbstack_database",
        "SELECT datname AS name, pg_database_size(oid) AS size_bytes FROM pg_database WHERE NOT datistemplate",
        {"size_bytes": "Size of the database"},
        labels=("name",),
    ),
    Query(
        "dbstack_table",
        'SELECT schemaname AS schema, relname AS "table", pg_total_relation_size(relid) AS size_bytes,'
        " pg_indexes_size(relid) AS index_bytes, n_live_tup AS live_rows, n_dead_tup AS dead_rows,"
        " seq_scan AS sequential_scans, coalesce(idx_scan, 0) AS index_scans"
        f" FROM pg_stat_user_tables ORDER BY 3 DESC LIMIT {_MOST_RELATIONS}",
        {
            "size_bytes": "Size of the table with its indexes",
            "index_bytes": "Size of its indexes",
            "live_rows": "Rows, as the statistics say",
            "dead_rows": "Rows that vacuum will take away",
        },
        {"sequential_scans": "Scans of the whole table", "index_scans": "Scans by an index"},
        ("schema", "table"),
    ),
    Query(
        "dbstack_index",
        'SELECT schemaname AS schema, relname AS "table", indexrelname AS "index",'
        " pg_relation_size(indexrelid) AS size_bytes, idx_scan AS scans"
        f" FROM pg_stat_user_indexes ORDER BY 4 DESC LIMIT {_MOST_RELATIONS}",
        {"size_bytes": "Size of the index"},
        {"scans": "Scans by the index"},
        ("schema", "table", "index"),
    ),
    Query(
        "dbstack_replica",
        # A replica that has all that it was sent is not behind, unless nothing is sent any more.
        "SELECT CASE WHEN NOT pg_is_in_recovery() THEN 0"
        " WHEN EXISTS (SELECT FROM pg_stat_wal_receiver WHERE status = 'streaming')"
        " AND pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0"
        " ELSE extract(epoch FROM clock_timestamp()"
        " - coalesce(pg_last_xact_replay_timestamp(), pg_postmaster_start_time())) END AS lag_seconds",
        {"lag_seconds": "How far a replica is behind; 0 of a primary"},
    ),
    Query(
        "dbstack_replication",
        "SELECT application_name AS replica, pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery()"
        " THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, replay_lsn) AS lag_bytes"
        " FROM pg_stat_replication WHERE replay_lsn IS NOT NULL",
        {"lag_bytes": "WAL that the replica has not replayed, as the primary sees it"},
        labels=("replica",),
    ),
    Query(
        "dbstack_transaction_ids",
        "SELECT max(age(datfrozenxid)) AS used FROM pg_database",
        {"used": "Transaction ids that vacuum has not given back yet"},
    ),
)


def queries_file() -> str:
    """The questions as the exporter reads them (JSON is YAML)."""
    return json.dumps(
        {query.name: {"query": query.sql, "metrics": _metrics(query)} for query in QUERIES}, indent=1
    )


def _metrics(query: Query) -> list[dict[str, Any]]:
    kinds = (
        ("LABEL", dict.fromkeys(query.labels, "Label")),
        ("GAUGE", query.gauges),
        ("COUNTER", query.counters),
    )
    return [
        {column: {"usage": kind, "description": words}}
        for kind, columns in kinds
        for column, words in columns.items()
    ]


def make_exporter(
    name: str,
    spec: BesideSpec,
    children: Children,
    *,
    host: str,
    database: str,
    authority: str,
    image: pulumi.Input[str],
    network: pulumi.Input[str],
    password: pulumi.Output[str],
    after: pulumi.Resource,
) -> None:
    """The exporter of one server, healthy as soon as it reads it. `authority` is the certificate it checks by."""
    read = f"wget -q -O - http://127.0.0.1:{PORT}/metrics | grep -qE '^pg_up([{{].*[}}])? 1$'"
    containers.make_container(
        f"{name}-exporter",
        spec.container,
        children,
        image=image,
        network=network,
        alias=f"{name}-exporter",
        port=(PORT, spec.port),
        checked=containers.health(("CMD-SHELL", read), _HEALTH),
        environment={
            "DATA_SOURCE_URI": f"{host}:5432/{database}?sslmode=verify-full&sslrootcert={_AUTHORITY_FILE}",
            "DATA_SOURCE_USER": ROLE,
            "DATA_SOURCE_PASS_FILE": PASSWORD_FILE,
            "PG_EXPORTER_EXTEND_QUERY_PATH": _QUERIES_FILE,
        },
        entrypoint=("/bin/postgres_exporter",),
        user=OWNER,
        files=(
            File(_QUERIES_FILE, queries_file()),
            File(_AUTHORITY_FILE, authority),
            File(PASSWORD_FILE, password, OWNER, "0400"),
        ),
        after=[after],
    )
