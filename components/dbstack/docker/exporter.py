"""`postgres_exporter`: what it asks a PostgreSQL for, and its container.

The questions are those of `dbstack inspect` and not the exporter's: its own metrics have other names in almost every
version.
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
from dbstack.statistics import query

ROLE = "dbstack_exporter"
"""What it logs in as: a member of pg_monitor, made when the database's container starts."""
PORT = 9187
PASSWORD_FILE = "/etc/dbstack/exporter-password"
_QUERIES_FILE = "/etc/dbstack/queries.yml"
_AUTHORITY_FILE = "/etc/dbstack/ca.crt"
# `nobody` of the official image.
OWNER = "65534"
_HEALTH = HealthSpec(30, 10, 3)


@dataclass(frozen=True)
class Query:
    """A question; each of its columns is a metric `{name}_{column}`, a label, or left out."""

    name: str
    file: str
    """Of `dbstack.statistics`."""
    gauges: Mapping[str, str] = field(default_factory=dict[str, str])
    """Column -> what it says."""
    counters: Mapping[str, str] = field(default_factory=dict[str, str])
    labels: Sequence[str] = ()
    left_out: Sequence[str] = ()

    @property
    def sql(self) -> str:
        """The file as it is."""
        return query(self.file)


_INDEX = ("schema", "table", "index")
# Of `inspect`'s, bloat and sequences are not here: they need the right to read the tables themselves. The text of a
# query may hold data, which has no place in readings.
QUERIES: tuple[Query, ...] = (
    Query(
        "dbstack_connections",
        "connections_used",
        {"open": "Connections of clients", "most": "max_connections"},
    ),
    Query(
        "dbstack_sessions",
        "connections",
        {
            "connections": "Connections of clients by what they do",
            "longest_seconds": "How long the longest has been doing it",
            "without_tls": "Those from other machines that use no TLS",
        },
        labels=("state",),
        left_out=("total", "available"),
    ),
    Query(
        "dbstack_queries",
        "activity",
        {
            "longest_seconds": "Age of the longest running query",
            "longest_transaction_seconds": "Age of the longest open transaction",
            "over_a_minute": "Queries that run for more than a minute",
            "waiting_for_a_lock": "Queries that wait for a lock",
        },
    ),
    Query(
        "dbstack_long_queries",
        "long_queries",
        {
            "transaction_seconds": "Age of a transaction of a minute or longer",
            "state_seconds": "How long it has been in its state",
        },
        labels=("pid", "username", "database", "state", "waits_for"),
        left_out=("query",),
    ),
    Query(
        "dbstack_blockers",
        "blockers",
        {
            "waiting_seconds": "How long a session has been waiting for a lock",
            "blocking_seconds": "Age of the transaction that it waits for",
        },
        labels=("pid", "username", "blocked_by", "blocking_username", "blocking_state"),
        left_out=("query",),
    ),
    Query("dbstack_database", "database_sizes", {"size_bytes": "Size of the database"}, labels=("name",)),
    Query(
        "dbstack_cache",
        "cache",
        {"hit_percent": "Blocks that were in shared buffers", "days_counted": "Days since counting began"},
        {
            "blocks": "Blocks asked for",
            "deadlocks": "Deadlocks",
            "temp_bytes": "Written to temporary files",
        },
    ),
    Query(
        "dbstack_table_sizes",
        "table_sizes",
        {
            "total_bytes": "Size of the table with what lies beside it",
            "table_bytes": "Size of the table alone",
            "index_bytes": "Size of its indexes",
            "rows_estimate": "Rows, as the statistics say",
        },
        labels=("schema", "table"),
    ),
    Query(
        "dbstack_table",
        "table_scans",
        {"live_rows": "Rows, as the statistics say", "dead_rows": "Rows that vacuum will take away"},
        {"sequential_scans": "Scans of the whole table", "index_scans": "Scans by an index"},
        ("schema", "table"),
    ),
    Query(
        "dbstack_dead_rows",
        "dead_rows",
        {
            "dead_rows": "Dead rows of a table that vacuum has left behind",
            "live_rows": "Its living rows",
            "dead_percent": "Share of the dead",
        },
        labels=("schema", "table"),
        left_out=("last_vacuum",),
    ),
    Query(
        "dbstack_index",
        "index_scans",
        {"size_bytes": "Size of the index"},
        {"scans": "Scans by the index"},
        _INDEX,
    ),
    Query(
        "dbstack_unused_indexes",
        "unused_indexes",
        {"bytes": "Size of an index that no query has used", "days_counted": "Days since counting began"},
        labels=_INDEX,
    ),
    Query(
        "dbstack_duplicate_indexes",
        "duplicate_indexes",
        {"bytes": "Size of an index that is the same as another"},
        labels=(*_INDEX, "same_as"),
    ),
    Query(
        "dbstack_invalid_indexes",
        "invalid_indexes",
        {"bytes": "Size of an index whose creation failed"},
        labels=_INDEX,
    ),
    Query("dbstack_replica", "replica_lag", {"lag_seconds": "How far a replica is behind; 0 of a primary"}),
    Query(
        "dbstack_replication",
        "replication",
        {
            "behind_bytes": "WAL that the replica has not replayed, as this server sees it",
            "behind_seconds": "How far it is behind",
        },
        labels=("replica", "state"),
    ),
    Query(
        "dbstack_replication_slots",
        "replication_slots",
        {"kept_bytes": "WAL that is kept for the slot"},
        labels=("slot", "type", "active", "wal_status"),
    ),
    Query(
        "dbstack_archiver",
        "archiver",
        counters={
            "archived_count": "Files of WAL that were archived",
            "failed_count": "Failures to archive one",
        },
        labels=("failing",),
        left_out=("last_archived_wal", "last_failed_wal"),
    ),
    Query(
        "dbstack_transaction_ids",
        "transaction_ids_used",
        {"used": "Transaction ids that vacuum has not given back yet"},
    ),
    Query(
        "dbstack_database_ages",
        "transaction_ids",
        {
            "transaction_ids": "Transaction ids that the oldest row is behind",
            "multixact_ids": "Multixact ids that it is behind",
            "freeze_max_age": "autovacuum_freeze_max_age",
        },
        labels=("database",),
    ),
)


def queries_file() -> str:
    """The questions as the exporter reads them (JSON is YAML)."""
    return json.dumps({one.name: {"query": one.sql, "metrics": _metrics(one)} for one in QUERIES}, indent=1)


def _metrics(one: Query) -> list[dict[str, Any]]:
    kinds = (
        ("LABEL", dict.fromkeys(one.labels, "Label")),
        ("GAUGE", one.gauges),
        ("COUNTER", one.counters),
        ("DISCARD", dict.fromkeys(one.left_out, "Left out")),
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
