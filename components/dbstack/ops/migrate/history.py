"""What the database knows of its migrations: the table `schema_migrations`, and how it stands beside the files."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from dbstack.ops.errors import OpsError
from dbstack.ops.migrate.files import Migration
from dbstack.ops.migrate.statements import Statement

if TYPE_CHECKING:
    from psycopg import Connection

TABLE = "public.schema_migrations"
APPLIED, APPLYING, REVERTING = "applied", "applying", "reverting"
_COLUMNS = (
    *("version", "name", "checksum", "applied_at", "applied_by", "duration_ms"),
    *("state", "statements_done", "done_checksum"),
)
_CREATE = f"""
create table {TABLE} (
    version bigint primary key,
    name text not null,
    checksum text not null,
    applied_at timestamptz not null default clock_timestamp(),
    applied_by text not null default session_user,
    duration_ms bigint not null,
    state text not null check (state in ('{APPLIED}', '{APPLYING}', '{REVERTING}')),
    statements_done integer not null default 0,
    done_checksum text not null default ''
);
comment on table {TABLE} is 'The migrations that were applied, by dbstack migrate'
"""

_APPLIED = f"""
insert into {TABLE} (version, name, checksum, duration_ms, state) values (%s, %s, %s, %s, '{APPLIED}')
on conflict (version) do update
set name = excluded.name, checksum = excluded.checksum, applied_at = clock_timestamp(),
    duration_ms = excluded.duration_ms, state = excluded.state, statements_done = 0, done_checksum = ''
"""
_PROGRESS = f"""
insert into {TABLE} (version, name, checksum, duration_ms, state, statements_done, done_checksum)
values (%s, %s, %s, 0, %s, %s, %s)
on conflict (version) do update
set state = excluded.state, statements_done = excluded.statements_done, done_checksum = excluded.done_checksum
"""


@dataclass(frozen=True)
class Record:
    """A row of the table."""

    version: int
    name: str
    checksum: str
    applied_at: datetime
    applied_by: str
    duration_ms: int
    state: str
    statements_done: int
    """Of a migration without a transaction that is half done: how many statements are."""
    done_checksum: str
    """Of those statements."""


EDITED, MISSING, OUT_OF_ORDER, HALF = "edited", "missing", "out of order", "half reverted"


@dataclass(frozen=True)
class Disagreement:
    """Of one version: files and records contradict each other."""

    version: int
    kind: str
    message: str
    """With the way out."""


@dataclass(frozen=True)
class Standing:
    """Files and records beside each other."""

    applied: Sequence[tuple[Record, Migration | None]]
    pending: Sequence[Migration]
    """Half-applied ones among them, in order."""
    faults: Sequence[Disagreement] = ()

    @property
    def records(self) -> dict[int, Record]:
        """By version."""
        return {record.version: record for record, _ in self.applied}


def exists(connection: "Connection[Any]") -> bool:
    """Whether the table is there. OpsError if it is some other tool's."""
    rows = connection.execute(
        "select attname::text from pg_attribute where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped",
        (TABLE,),
    ).fetchall()
    missing = set(_COLUMNS) - {row[0] for row in rows}
    if rows and missing:
        raise OpsError(
            f"{TABLE} is another tool's: it has no column {', '.join(sorted(missing))}. Go on with that tool, or "
            "rename the table and record what is applied with `dbstack migrate baseline VERSION`"
        )
    return bool(rows)


def create(connection: "Connection[Any]") -> bool:
    """Makes the table, if it isn't there; says whether it did."""
    if exists(connection):
        return False
    with connection.transaction():
        connection.execute(_CREATE.encode())
    return True


def read(connection: "Connection[Any]") -> list[Record]:
    """Every record, in order of versions; none where the table isn't there yet."""
    if not exists(connection):
        return []
    rows = connection.execute(
        f"select {', '.join(_COLUMNS)} from {TABLE} order by version".encode()
    ).fetchall()
    return [Record(*row) for row in rows]


def compare(
    migrations: Sequence[Migration], records: Sequence[Record], *, out_of_order: bool = False
) -> Standing:
    """How the files stand beside the records; `out_of_order` allows a new file below the last applied one."""
    files = {migration.version: migration for migration in migrations}
    known = {record.version: record for record in records}
    last = max((record.version for record in records if record.state == APPLIED), default=0)
    faults = [fault for record in records for fault in _faults(record, files.get(record.version))]
    pending = [
        file for file in migrations if file.version not in known or known[file.version].state == APPLYING
    ]
    if not out_of_order:
        faults += [
            Disagreement(
                file.version,
                OUT_OF_ORDER,
                f"{file.path.name} is out of order: {known[last].name} is applied already; give it a higher number, or "
                "allow it with --out-of-order",
            )
            for file in pending
            if file.version < last and file.version not in known
        ]
    return Standing([(record, files.get(record.version)) for record in records], pending, faults)


def _faults(record: Record, file: Migration | None) -> Iterator[Disagreement]:
    if file is None:
        yield Disagreement(
            record.version,
            MISSING,
            f"{record.name}.sql is missing: it was applied on {record.applied_at:%Y-%m-%d}; put the file back, or "
            "merge the branch that has it",
        )
    elif record.state == REVERTING:
        yield Disagreement(
            record.version,
            HALF,
            f"{record.name} is half reverted: finish it with `dbstack migrate down`",
        )
    elif record.state == APPLIED and file.checksum != record.checksum:
        yield Disagreement(
            record.version,
            EDITED,
            f"{file.path.name} was edited after it was applied (then {record.checksum[:12]}, now {file.checksum[:12]})"
            ": put it back as it was and write the change as a new migration; after an edit that changes nothing, such "
            f"as a comment: `dbstack migrate repair {record.version}`",
        )


def done_checksum(statements: Iterable[Statement]) -> str:
    """Of the statements that are done: they may not change, those after them may."""
    text = "\0".join(statement.text for statement in statements)
    return hashlib.sha256(text.encode()).hexdigest() if text else ""


def record_applied(connection: "Connection[Any]", migration: Migration, duration_ms: int) -> None:
    """In the migration's own transaction, if it has one."""
    connection.execute(
        _APPLIED.encode(),
        (migration.version, migration.name, migration.checksum, duration_ms),
    )


def record_progress(
    connection: "Connection[Any]", migration: Migration, state: str, done: Sequence[Statement]
) -> None:
    """Of a file without a transaction: how far it is."""
    connection.execute(
        _PROGRESS.encode(),
        (migration.version, migration.name, migration.checksum, state, len(done), done_checksum(done)),
    )


def drop(connection: "Connection[Any]") -> None:
    """Takes the table away again, of which the only migration left nothing."""
    connection.execute(f"drop table {TABLE}".encode())


def forget(connection: "Connection[Any]", version: int) -> None:
    """The migration is reverted."""
    connection.execute(f"delete from {TABLE} where version = %s".encode(), (version,))


def record_checksum(connection: "Connection[Any]", migration: Migration) -> None:
    """The file as it is now is what was applied."""
    connection.execute(
        f"update {TABLE} set checksum = %s, name = %s where version = %s".encode(),
        (migration.checksum, migration.name, migration.version),
    )
