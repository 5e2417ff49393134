"""One PostgreSQL for the tests that need just a database of their own in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.postgres.cluster import Server, server
from tests.postgres.migrating import Workshop

PASSWORD = "hunter2222"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A server for the whole session; the databases in it are the tests' own."""
    with server(password=PASSWORD) as running:
        yield running


@pytest.fixture
def workshop(postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workshop]:
    """An empty database and a folder of migrations."""
    with Workshop.made(postgres, tmp_path, monkeypatch) as made:
        yield made
