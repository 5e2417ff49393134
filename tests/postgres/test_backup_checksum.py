"""A table's checksum tells every difference of its rows, and nothing else."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from tests.postgres.cluster import server

from dbstack.ops.backup.checksum import CHAIN, METHODS, TEXT
from dbstack.ops.backup.contents import count, countable, prepare

pytestmark = pytest.mark.postgres
# By type: values of which each differs from every other, null beside them.
VALUES = {
    "bool": ["true", "false"],
    "smallint": ["0", "1", "-1"],
    "integer": ["0", "1", "-1", "2147483647"],
    "bigint": ["0", "1", "-1", "4294967296", "-4294967297", "9223372036854775807"],
    "text": ["''", "'a'", "'A'", "'a '", "'0'"],
    "varchar(9)": ["''", "'a'", "'a '"],
    "char(9)": ["''", "'a'", "'b'"],
    '"char"': ["''", "'a'"],
    "name": ["'a'", "'b'"],
    "uuid": ["'00000000-0000-0000-0000-000000000000'", "'00000000-0000-0000-0000-000000000001'"],
    "date": ["'epoch'", "'infinity'", "'-infinity'", "'5874897-12-31'", "'4713-01-01 BC'"],
    "timestamp": ["'epoch'", "'infinity'", "'-infinity'", "'2026-01-01 00:00:00.000001'"],
    "timestamptz": ["'epoch'", "'infinity'", "'-infinity'", "'294276-12-31 23:59:59+00'"],
    "numeric": ["1", "1.0", "1.00", "'NaN'"],
    "double precision": ["0", "'-0'", "1e-300", "'NaN'", "0.1", "0.1::float8 + 1.4e-17"],
    "bytea": [r"'\x'", r"'\x00'"],
    "jsonb": ["'{}'", "'null'", "'\"\"'"],
    "json": ["'{}'", "'{ }'"],
    "integer[]": ["'{}'", "'{null}'", "'{0}'", "'{{0}}'"],
    "inet": ["'10.0.0.1'", "'10.0.0.1/8'"],
    "mood": ["'sad'", "'happy'"],
    "secret": ["'(1,a)'", "'(2,a)'"],
    "positive": ["1", "2"],
    "ignorant": ["'a'", "'A'"],
}
TYPES = """
create type mood as enum ('sad', 'happy');
create type secret as (number integer, word text);
create function hidden(secret) returns text language sql immutable as $$ select 'hidden' $$;
create cast (secret as text) with function hidden(secret) as implicit;
create domain positive as integer check (value > 0);
create collation ignorant_c (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
create domain ignorant as text collate ignorant_c;
"""


@pytest.fixture(scope="module")
def connection() -> Iterator["psycopg.Connection[Any]"]:
    with (
        server(tls=False, password="counted") as running,
        psycopg.connect(
            host="localhost",
            port=running.port,
            user=running.user,
            password="counted",
            dbname="postgres",
            autocommit=True,
        ) as connected,
    ):
        connected.execute(TYPES)
        yield connected


def summed(connection: "psycopg.Connection[Any]", columns: str, *rows: str, method: str | None = None) -> str:
    """The checksum of a table of these columns and rows."""
    with connection.transaction(force_rollback=True):
        connection.execute(f"create table public.t ({columns})".encode())
        for row in rows:
            connection.execute(f"insert into public.t values ({row})".encode())
        prepare(connection)
        (table,) = countable(connection)
        found = count(connection, table, method=method)
    assert found.rows == len(rows)
    return found.checksum


@pytest.mark.parametrize("type_", VALUES)
def test_every_value_of_a_type_is_told_from_the_others(connection: "psycopg.Connection[Any]", type_: str):
    values = [*VALUES[type_], "null"]
    sums = [summed(connection, f"v {type_}", value) for value in values]
    assert len({*sums}) == len(values)
    assert all(found.startswith(f"{CHAIN}/") for found in sums)


@pytest.mark.parametrize("collation", ["ignorant_c", '"C"'])
def test_a_collation_hides_nothing(connection: "psycopg.Connection[Any]", collation: str):
    sums = {summed(connection, f"v text collate {collation}", value) for value in ("'a'", "'A'", "'b'")}
    assert len(sums) == 3


@pytest.mark.parametrize("method", [CHAIN, TEXT])
def test_values_that_change_places_are_told(connection: "psycopg.Connection[Any]", method: str):
    columns = "a integer, b integer, c text"
    arranged = [
        ["1, 2, 'x'", "3, 4, 'y'"],
        ["1, 4, 'x'", "3, 2, 'y'"],  # between rows
        ["2, 1, 'x'", "3, 4, 'y'"],  # between columns
        ["1, null, 'x'", "3, 4, 'y'"],
        ["null, 1, 'x'", "3, 4, 'y'"],
        ["null, null, 'x'", "3, 4, 'y'"],
        ["null, null, null", "3, 4, 'y'"],
        ["0, 0, ''", "3, 4, 'y'"],
    ]
    assert len({summed(connection, columns, *rows, method=method) for rows in arranged}) == len(arranged)


@pytest.mark.parametrize("method", METHODS)
def test_the_order_of_rows_and_columns_is_no_difference(connection: "psycopg.Connection[Any]", method: str):
    """Nor whether a column takes nulls."""
    whole = summed(connection, "a integer, b text", "1, 'x'", "2, 'y'", method=method)
    assert whole.startswith(f"{method}/")
    assert summed(connection, "a integer, b text", "2, 'y'", "1, 'x'", method=method) == whole
    assert (
        summed(connection, "b text not null, a integer primary key", "'x', 1", "'y', 2", method=method)
        == whole
    )
    assert summed(connection, "a integer, b text", "1, 'x'", "2, 'z'", method=method) != whole


def test_many_columns_and_none(connection: "psycopg.Connection[Any]"):
    def wide(columns: int, last: str) -> str:
        names = ", ".join(f"c{number} integer" for number in range(columns))
        return summed(connection, names, ", ".join([*["1"] * (columns - 1), last]))

    for columns, method in ((60, CHAIN), (61, TEXT), (1000, TEXT)):
        sums = {wide(columns, last) for last in ("1", "0", "null")}
        assert len(sums) == 3
        assert all(found.startswith(f"{method}/") for found in sums)
    assert summed(connection, "", method=None) == f"{TEXT}/0"
