"""A program with a component in it collects cycles seldom; one that says how often itself is left alone."""

import gc
from collections.abc import Iterator

import pytest
from tests.unit.components.programs import POSTGRES, database

from dbstack.common.collection import THRESHOLDS


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
    gc.enable()


def declared() -> tuple[int, int, int]:
    """The thresholds after a program with a database."""
    with database(POSTGRES):
        return gc.get_threshold()


@pytest.mark.parametrize("first", [700, 2_000])
def test_pythons_own_thresholds_are_raised(first: int) -> None:
    gc.set_threshold(first, 10, 10)
    assert declared() == THRESHOLDS


@pytest.mark.parametrize("first", [0, 5_000, 100_000])
def test_thresholds_of_the_programs_own_stay(first: int) -> None:
    gc.set_threshold(first, 20, 30)
    assert declared() == (first, 20, 30)


def test_a_collector_that_was_switched_off_stays_off() -> None:
    gc.set_threshold(700, 10, 10)
    gc.disable()
    assert declared() == (700, 10, 10)
    assert not gc.isenabled()
