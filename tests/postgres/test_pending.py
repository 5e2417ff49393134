"""What a preview says of migrations, against a real PostgreSQL: pending, contradicting, and of a silent server."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from tests.postgres.migrating import Workshop

from dbstack.ops.migrate.pending import pending_notes
from dbstack.ops.target import url_target

pytestmark = pytest.mark.postgres

A = "create table a (id bigint primary key);"
B = "create table b (id bigint primary key);"


def notes(workshop: Workshop, url: str | None = None) -> tuple[str, ...]:
    found = pending_notes(workshop.folder, lambda: url_target(url or workshop.url))
    workshop.is_clean("\n".join(found))
    return found


def test_what_is_pending_and_what_contradicts(workshop: Workshop):
    workshop.write(_001_a=A, rollback_001="drop table a;", _002_b=B, rollback_002="drop table b;")
    empty = workshop.dump()
    label = f"{workshop.name} at localhost:{workshop.server.port}"
    assert notes(workshop) == (f"pending migrations, which {label} doesn't have: 001_a.sql, 002_b.sql",)
    assert workshop.dump() == empty, "asking writes nothing"
    workshop.ok("up", "1")
    assert notes(workshop) == (f"pending migrations, which {label} doesn't have: 002_b.sql",)
    workshop.write(_001_a=f"{A} -- edited")
    pending, edited = notes(workshop)
    assert pending.endswith(": 002_b.sql")
    assert edited.startswith("migrations: 001_a.sql was edited after it was applied")
    workshop.write(_001_a=A)
    workshop.ok("up")
    assert notes(workshop) == ()


def test_what_is_not_known_is_said_in_one_sentence(workshop: Workshop):
    workshop.write(_001_a=A, rollback_001="drop table a;")
    nobody = workshop.url.replace(f":{workshop.server.port}/", ":1/")
    [told] = notes(workshop, nobody)
    assert told.startswith(
        f"whether migrations are pending isn't known: no connection to {workshop.name} at localhost:1"
    )
    assert "\n" not in told
    workshop.write(_002="select 1;")
    [told] = notes(workshop)
    assert "002.sql: call it NNN_name.sql" in told


def test_a_server_that_is_silent_costs_two_seconds(workshop: Workshop):
    workshop.write(_001_a=A, rollback_001="drop table a;")
    with silent() as port:
        began = time.monotonic()
        [told] = notes(workshop, f"postgresql://app@127.0.0.1:{port}/app")
        assert 1 < time.monotonic() - began < 4
    assert told.startswith("whether migrations are pending isn't known: no connection to app")


@contextmanager
def silent() -> Iterator[int]:
    """A port at which nobody answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]
