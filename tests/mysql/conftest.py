"""One MariaDB for the tests that need just accounts and databases of their own in it."""

from collections.abc import Iterator

import pytest
from tests.mysql.server import Server, server

PASSWORD = "hunter2222"


@pytest.fixture(scope="session")
def mariadb() -> Iterator[Server]:
    """A server for the whole session."""
    with server(password=PASSWORD) as running:
        yield running
