"""One moto for a module's tests."""

from collections.abc import Iterator

import pytest
from moto import mock_aws
from tests.unit.sandbox_aws.world import World, world


@pytest.fixture(scope="module")
def aws() -> Iterator[World]:
    with mock_aws():
        yield world()
