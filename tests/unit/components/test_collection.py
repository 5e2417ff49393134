"""A program that loads a component collects cycles seldom; one that says how often itself is left alone."""

import subprocess
import sys

import pytest

from dbstack.common.collection import THRESHOLDS


def thresholds(first_lines: str = "", loads: str = "from dbstack import Database") -> str:
    """What a program sees after it has loaded a component: whether cycles are collected, and how often."""
    program = f"import gc\n{first_lines}\n{loads}\nprint(gc.isenabled(), *gc.get_threshold())"
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout


def said(first: int, second: int, third: int, collects: bool = True) -> str:
    return f"{collects} {first} {second} {third}\n"


@pytest.mark.parametrize("first", [700, 2_000])
def test_pythons_own_thresholds_are_raised(first: int) -> None:
    assert thresholds(f"gc.set_threshold({first}, 10, 10)") == said(*THRESHOLDS)


@pytest.mark.parametrize("first", [0, 5_000, 100_000])
def test_thresholds_of_the_programs_own_stay(first: int) -> None:
    assert thresholds(f"gc.set_threshold({first}, 20, 30)") == said(first, 20, 30)


def test_a_collector_that_was_switched_off_stays_off() -> None:
    assert thresholds("gc.set_threshold(700, 10, 10); gc.disable()") == said(700, 10, 10, collects=False)


def test_thresholds_set_after_the_import_stay() -> None:
    """Loading a second component doesn't take back what the program says in between."""
    assert thresholds("from dbstack import ReadReplica; gc.set_threshold(9_000, 10, 10)") == said(
        9_000, 10, 10
    )


def test_the_description_alone_changes_nothing() -> None:
    """The command line and checks of a file declare no resources."""
    assert thresholds(loads="import dbstack.config") == thresholds(loads="")
