"""The checksum of a table: a hash of each row, in SQL, and their sum, so that the order of the rows is no matter."""

from collections.abc import Sequence

METHODS = CHAIN, RECORD, TEXT = "chain", "record", "text"
CHAINED_MOST = 60
"""Columns: their nulls are told in the bits of one number, and the calls stay within the server's stack."""
# By type of pg_catalog: what hashes a value {c} with the seed {s}, and what stands for a null there. hashint8 folds its
# halves into one, so the upper is hashed once more.
_HASHES = {
    "bool": ("hashint4extended({c}::int4, {s})", "false"),
    "int2": ("hashint2extended({c}, {s})", "0::int2"),
    "int4": ("hashint4extended({c}, {s})", "0"),
    "int8": ("hashint4extended(({c} >> 32)::int4, hashint8extended({c}, {s}))", "0"),
    "text": ('hashtextextended({c} collate "C", {s})', "''"),
    "varchar": ('hashtextextended({c}::text collate "C", {s})', "''"),
    "bpchar": ('hashbpcharextended({c} collate "C", {s})', "''"),
    "uuid": ("uuid_hash_extended({c}, {s})", "'00000000-0000-0000-0000-000000000000'"),
    "timestamp": ("timestamp_hash_extended({c}, {s})", "'epoch'"),
    "timestamptz": ("timestamp_hash_extended({c} at time zone 'UTC', {s})", "'epoch'"),
}
# Of any other type: numeric and float have equal hashes for 1.0 and 1.00, 0 and -0, and an enum has that of a number
# which a restored database has otherwise. concat() writes as pg_dump does, whatever casts a type has.
_WRITTEN = 'hashtextextended(concat({c}) collate "C", {s})'


def method_for(columns: Sequence[str]) -> str:
    """How a new backup sums a table of these columns."""
    return CHAIN if 0 < len(columns) <= CHAINED_MOST else TEXT


def expression(method: str, columns: Sequence[str], types: Sequence[str]) -> str:
    """The sum over all rows, in SQL.

    Args:
        method: CHAIN: each value's hash is the seed of the next one's; TEXT: of the row as it is written;
            RECORD: of backups before CHAIN.
        columns: quoted.
        types: of the columns, by the names of pg_catalog; empty for types that aren't in it.
    """
    row = f"row({', '.join(columns)})"
    hashed = {
        CHAIN: _chain(columns, types),
        RECORD: f"hash_record_extended({row}, 0)",
        TEXT: f"hashtextextended({row}::text, 0)",
    }[method]
    return f"coalesce(sum({hashed}), 0)::text"


def _chain(columns: Sequence[str], types: Sequence[str]) -> str:
    hashed = _nulls(columns)
    for column, kind in zip(columns, types, strict=True):
        template, null = _HASHES.get(kind, (_WRITTEN, ""))
        hashed = template.format(c=f"coalesce({column}, {null})" if null else column, s=hashed)
    return hashed


def _nulls(columns: Sequence[str]) -> str:
    """A number that says which are null: 0 without a further look in most rows."""
    tests = [f"{column} is null" for column in columns]
    bits = " | ".join(f"(({test})::int4::int8 << {place})" for place, test in enumerate(tests))
    return f"case when {' or '.join(tests)} then {bits} else 0 end"
