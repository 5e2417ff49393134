"""What is looked at, in which order, and from where on it is worth a word. Each query is one of `dbstack.statistics`.

Thresholds with no source named are dbstack's own choice. [PG] PostgreSQL 17 manual.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from dbstack.ops.inspect.model import Finding, Level, Row

GIB = 1024**3
_MINUTE, _HOUR = 60, 3600
# [PG] 24.1.5: the server stops at 2^31 less three million; it warns when forty million are left.
_TRANSACTION_IDS = 1_000_000_000, 1_800_000_000
# [PG] 24.1.5.1: the same holds for multixacts.
_SEQUENCE_CRITICAL = 90
_FEW_BLOCKS = 100_000

Judge = Callable[[Sequence[Row]], Iterable[Finding]]


@dataclass(frozen=True)
class Probe:
    """A query and what its rows mean."""

    name: str
    """File of the query, and its key in JSON."""
    title: str
    judge: Judge


def warning(message: str) -> Finding:
    """Gets worse if nobody acts."""
    return Finding(Level.WARNING, message)


def graded(message: str, is_critical: bool) -> Finding:
    """One of the two."""
    return Finding(Level.CRITICAL if is_critical else Level.WARNING, message)


def note(message: str) -> Finding:
    """Worth knowing."""
    return Finding(Level.NOTE, message)


def size(count: float) -> str:
    """Bytes in words."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1024:
            return f"{count:.0f} {unit}"
        count /= 1024
    return f"{count:.1f} TiB"


def _connections(rows: Sequence[Row]) -> Iterable[Finding]:
    if not rows:
        return
    total, available = rows[0]["total"], rows[0]["available"]
    used = 100 * total // max(available, 1)
    if used >= 80:
        words = (
            f"{total} of {available} connections are in use: make pools smaller, or put a pooler before it"
        )
        yield graded(words, used >= 95)
    for row in rows:
        if str(row["state"]).startswith("idle in transaction") and row["longest_seconds"] > 5 * _MINUTE:
            yield warning(
                f"{row['connections']} connections are idle in a transaction, the longest for "
                f"{row['longest_seconds']} s: they hold locks and keep vacuum from its work; end transactions, or set "
                "idle_in_transaction_session_timeout"
            )
    bare = sum(row["without_tls"] for row in rows)
    if bare:
        yield warning(
            f"{bare} connections from other machines use no TLS: force it (rds.force_ssl, or hostssl)"
        )


def _long_queries(rows: Sequence[Row]) -> Iterable[Finding]:
    long = [row for row in rows if row["transaction_seconds"] > _HOUR]
    if long:
        yield warning(
            f"{len(long)} transactions are open for more than an hour, the oldest ({long[0]['username']}, pid "
            f"{long[0]['pid']}) for {long[0]['transaction_seconds']} s: vacuum can't remove what died since; "
            f"select pg_terminate_backend({long[0]['pid']}) ends it"
        )


def _blockers(rows: Sequence[Row]) -> Iterable[Finding]:
    waiting = [row for row in rows if row["waiting_seconds"] >= _MINUTE]
    if waiting:
        worst = waiting[0]
        words = (
            f"{len(waiting)} statements wait for a lock, the longest for {worst['waiting_seconds']} s, on pid "
            f"{worst['blocked_by']} ({worst['blocking_username']}, {worst['blocking_state']}): "
            f"select pg_terminate_backend({worst['blocked_by']}) ends what they wait for"
        )
        yield graded(words, worst["waiting_seconds"] >= 5 * _MINUTE)


def _unused(rows: Sequence[Row]) -> Iterable[Finding]:
    counted = rows[0]["days_counted"] if rows else 0
    if rows and counted >= 7:
        total = size(sum(row["bytes"] for row in rows))
        yield note(
            f"{len(rows)} indexes ({total}) weren't used in {counted} days: each slows every write; see that no "
            "replica uses them, then drop them concurrently"
        )


def _duplicates(rows: Sequence[Row]) -> Iterable[Finding]:
    for row in rows:
        yield note(
            f"{row['schema']}.{row['index']} is the same index as {row['same_as']}: drop one of them concurrently "
            f"({size(row['bytes'])})"
        )


def _invalid(rows: Sequence[Row]) -> Iterable[Finding]:
    for row in rows:
        yield warning(
            f"{row['schema']}.{row['index']} on {row['table']} is invalid: its creation failed, and it is written but "
            "never read; drop it concurrently and make it again"
        )


def _bloat(rows: Sequence[Row]) -> Iterable[Finding]:
    for row in rows:
        if row["wasted_percent"] >= 50 and row["wasted_bytes"] >= GIB:
            yield warning(
                f"{row['schema']}.{row['table']} is about {row['wasted_percent']} % empty "
                f"({size(row['wasted_bytes'])}): pg_repack, or VACUUM FULL in a maintenance window, gives it back"
            )


def _dead(rows: Sequence[Row]) -> Iterable[Finding]:
    for row in rows:
        yield warning(
            f"{row['schema']}.{row['table']} has {row['dead_rows']} dead rows ({row['dead_percent']} %), last vacuumed "
            f"{row['last_vacuum']}: look for old transactions, and lower autovacuum_vacuum_scale_factor of this table"
        )


def _cache(rows: Sequence[Row]) -> Iterable[Finding]:
    for row in rows:
        if row["blocks"] >= _FEW_BLOCKS and row["hit_percent"] < 90:
            yield warning(
                f"only {row['hit_percent']} % of the blocks were in shared buffers: the working set doesn't fit; a "
                "class with more memory, or fewer scans of whole tables"
            )


def _replication(rows: Sequence[Row]) -> Iterable[Finding]:
    for row in rows:
        if row["behind_seconds"] >= _MINUTE:
            words = f"{row['replica']} is {row['behind_seconds']:.0f} s behind ({size(row['behind_bytes'])})"
            if row["state"] == "receives nothing":
                words += (
                    ", since it receives nothing from its source: look whether that runs and can be reached"
                )
            yield graded(words, row["behind_seconds"] >= 30 * _MINUTE)


def _slots(rows: Sequence[Row]) -> Iterable[Finding]:
    for row in rows:
        if row["wal_status"] == "lost":
            yield warning(
                f"slot {row['slot']} has lost its place: what reads it must be made anew; drop the slot"
            )
        elif not row["active"] and row["kept_bytes"] >= GIB:
            words = (
                f"nobody reads slot {row['slot']}, and it keeps {size(row['kept_bytes'])} of write-ahead log: start "
                f"its reader, or select pg_drop_replication_slot('{row['slot']}'), before the volume is full"
            )
            yield graded(words, row["kept_bytes"] >= 20 * GIB)


def _archiver(rows: Sequence[Row]) -> Iterable[Finding]:
    for row in rows:
        if row["failing"]:
            yield warning(
                f"WAL {row['last_failed_wal']} can't be archived, and all since is kept beside the data until that "
                "volume is full: the server's log says why"
            )


def _transaction_ids(rows: Sequence[Row]) -> Iterable[Finding]:
    for row in rows:
        for key, what in (("transaction_ids", "transaction ids"), ("multixact_ids", "multixact ids")):
            used = row[key]
            if used >= _TRANSACTION_IDS[0]:
                words = (
                    f"{row['database']} is {used} {what} old, and PostgreSQL stops at 2147483648: end old "
                    "transactions, drop unread replication slots and prepared transactions, and run VACUUM there"
                )
                yield graded(words, used >= _TRANSACTION_IDS[1])


def _sequences(rows: Sequence[Row]) -> Iterable[Finding]:
    for row in rows:
        if row["used_percent"] >= 75:
            words = (
                f"{row['schema']}.{row['sequence']} has used {row['used_percent']} % of its numbers, after the last "
                "one inserts fail: move the column to bigint"
            )
            yield graded(words, row["used_percent"] >= _SEQUENCE_CRITICAL)


def _nothing(rows: Sequence[Row]) -> Iterable[Finding]:
    return ()


PROBES: tuple[Probe, ...] = (
    Probe("connections", "Connections", _connections),
    Probe("long_queries", "Transactions of a minute or longer", _long_queries),
    Probe("blockers", "Waiting for locks", _blockers),
    Probe("transaction_ids", "Transaction ids", _transaction_ids),
    Probe("replication", "Replication", _replication),
    Probe("replication_slots", "Replication slots", _slots),
    Probe("archiver", "Archive of WAL", _archiver),
    Probe("cache", "Cache", _cache),
    Probe("table_sizes", "Largest tables", _nothing),
    Probe("dead_rows", "Dead rows", _dead),
    Probe("bloat", "Bloat of tables, estimated", _bloat),
    Probe("invalid_indexes", "Invalid indexes", _invalid),
    Probe("unused_indexes", "Unused indexes", _unused),
    Probe("duplicate_indexes", "Duplicate indexes", _duplicates),
    Probe("sequences", "Sequences half used", _sequences),
)
