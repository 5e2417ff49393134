"""What CREATE INDEX CONCURRENTLY leaves behind when it fails or its client dies: an invalid index, in the way."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dbstack.ops.errors import OpsError
from dbstack.ops.migrate.statements import Statement

if TYPE_CHECKING:
    from psycopg import Connection

_NAME = r'(?:"(?:[^"]|"")+"|[\w$]+)'
_INDEX = re.compile(
    rf"create\s+(?:unique\s+)?index\s+concurrently\s+(?:if\s+not\s+exists\s+)?(?P<name>{_NAME})\s+"
    rf"on\s+(?:only\s+)?(?P<table>{_NAME}(?:\s*\.\s*{_NAME})?)",
    re.IGNORECASE,
)
# The index of that name in the table's schema: whether it is valid, its own qualified name, who builds it.
_FOUND = """
select i.indisvalid, format('%%I.%%I', n.nspname, c.relname), p.pid
from pg_class t
join pg_namespace n on n.oid = t.relnamespace
join pg_class c on c.relnamespace = n.oid and c.relname = (parse_ident(%s))[1]
join pg_index i on i.indexrelid = c.oid and i.indrelid = t.oid
left join pg_stat_progress_create_index p on p.index_relid = c.oid
where t.oid = to_regclass(%s)
"""


@dataclass(frozen=True)
class Index:
    """An index that a statement builds: names as they stand in it."""

    name: str
    table: str


def of(statement: Statement) -> Index | None:
    """The index that a statement builds concurrently, if it names one."""
    found = _INDEX.match(statement.text)
    return Index(found["name"], found["table"]) if found else None


def is_valid(connection: "Connection[Any]", index: Index) -> bool:
    """Whether it is there already, whole."""
    row = connection.execute(_FOUND, (index.name, index.table)).fetchone()
    return bool(row and row[0])


def drop_invalid(connection: "Connection[Any]", index: Index) -> bool:
    """Drops what is left of a failed build; says whether there was something. OpsError if somebody builds it now."""
    row = connection.execute(_FOUND, (index.name, index.table)).fetchone()
    if row is None or row[0]:
        return False
    if row[2] is not None:
        raise OpsError(
            f"the index {row[1]} is being built by process {row[2]}: wait for it, or end that process"
        )
    connection.execute(f"drop index concurrently {row[1]}".encode())
    return True
