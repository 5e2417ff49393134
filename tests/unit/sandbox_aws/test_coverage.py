"""The page of what is served is the one that the tables make."""

from pathlib import Path

from dbstack.sandbox.aws.coverage import page

PAGE = Path(__file__).resolve().parents[3] / "docs/sandbox-coverage.md"


def test_the_page_is_current() -> None:
    made = "run `python -m dbstack.sandbox.aws.coverage > docs/sandbox-coverage.md`"
    assert PAGE.read_text() == page(), made
