"""Pages that claim something name the test that holds it, and that test exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")
PAGES = ("docs/faults.md", "docs/features.md", "docs/pains.md")


@pytest.mark.parametrize("page", PAGES)
def test_every_named_test_exists(page: str):
    named = NAMED.findall((ROOT / page).read_text())
    assert len(named) > 15
    for file, test in named:
        assert (ROOT / file).is_file(), file
        if test:
            assert re.search(rf"^def {test}\(", (ROOT / file).read_text(), re.MULTILINE), f"{file}::{test}"


def test_every_row_of_the_fault_list_is_there():
    rows = re.findall(r"^\| (\d+) \|", (ROOT / "docs/faults.md").read_text(), re.MULTILINE)
    assert [int(row) for row in rows] == [*range(1, 33)]


def test_every_pain_has_a_thread_and_a_test():
    rows = re.findall(
        r"^\| (.+?) \| (.+?) \| (.+?) \| (.+?) \|$", (ROOT / "docs/pains.md").read_text(), re.MULTILINE
    )
    pains = [row for row in rows if row[0] != "pain" and not row[0].startswith("-")]
    assert len(pains) >= 35
    for pain, threads, _, test in pains:
        assert "](https://github.com/" in threads, pain
        assert NAMED.search(test), pain


def test_every_row_of_the_faults_has_a_test():
    rows = re.findall(r"^\| (\d+) \|.*\| (.+?) \|$", (ROOT / "docs/faults.md").read_text(), re.MULTILINE)
    assert rows
    assert [row for row, test in rows if not re.search(r"::test_", test)] == []


def test_no_feature_is_claimed_without_a_test():
    rows = re.findall(
        r"^\| (.+?) \| (.+?) \| (.+?) \|", (ROOT / "docs/features.md").read_text(), re.MULTILINE
    )
    cells = [row for row in rows if row[0] != "feature" and not row[0].startswith("-")]
    assert len(cells) > 60
    for feature, claim, test in cells:
        assert (claim == "not yet claimed") == (test == "-"), feature
        assert claim == "not yet claimed" or NAMED.search(test), feature
