"""Replayed requests find the same ids, whichever request a service was first used in."""

import os
from typing import Any

import pytest
from moto.moto_api._internal import mock_random

from dbstack.sandbox import replayable


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    import moto.core.base_backend
    import moto.core.utils
    from moto.core.base_backend import AccountSpecificBackend

    owners: tuple[tuple[Any, str], ...] = (
        (os, "urandom"),
        (moto.core.utils, "utcnow"),
        (moto.core.base_backend, "uuid4"),
        (AccountSpecificBackend, "__getitem__"),
    )
    for owner, name in owners:
        monkeypatch.setattr(
            owner, name, getattr(owner, name)
        )  # Undone at the end, with what install() puts there.
    replayable.install()


@pytest.mark.usefixtures("installed")
def test_what_a_service_draws_while_it_loads_moves_no_id() -> None:
    with replayable.replayable(1.0, 7):
        plain = mock_random.get_random_hex(17)
    with replayable.replayable(1.0, 7):
        first = os.urandom(16)  # moto draws like this for each service it loads.
        loaded = mock_random.get_random_hex(17)
    with replayable.replayable(1.0, 7):
        again = os.urandom(16)
    assert loaded == plain
    assert first == again
    assert os.urandom(16) != first


@pytest.mark.usefixtures("installed")
def test_the_tables_of_backends_number_themselves_without_moving_an_id() -> None:
    import uuid

    from moto.core.base_backend import BackendDict

    drawn: list[uuid.UUID] = []
    for makes_a_table in (True, False):
        with replayable.replayable(1.0, 7):
            if makes_a_table:
                BackendDict(object, "none")  # type: ignore[type-var]
            drawn.append(uuid.uuid4())
    assert drawn[0] == drawn[1]


@pytest.mark.usefixtures("installed")
def test_what_is_made_aside_is_the_same_for_all_and_moves_no_id() -> None:
    made: list[bytes] = []
    after: list[tuple[str, bytes]] = []
    for seed, makes_it in ((7, True), (7, False), (8, True)):
        with replayable.replayable(1.0, seed):
            if makes_it:
                with replayable.aside("kms/1/us-east-1/alias/aws/rds"):
                    made.append(mock_random.get_random_hex(17).encode() + os.urandom(16))
            after.append((mock_random.get_random_hex(17), os.urandom(16)))
    assert made[0] == made[1]
    assert after[0] == after[1] != after[2]
