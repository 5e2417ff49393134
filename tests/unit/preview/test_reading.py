"""A report that comes from a stranger's run: what dbstack wrote is read, and nothing else."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.unit.preview.test_findings import changed, make
from tests.unit.preview.test_rendering import HOSTILE, report

from dbstack.preview import RecordingError, render_markdown, to_json
from dbstack.preview.reading import ENTRIES, SIZE, read_report
from dbstack.preview.recording import Diagnostic
from dbstack.spec.changes import BESIDE, TABLE

PRICED = {
    "region": "us-east-1",
    "instanceClass": "db.t3.large",
    "storageType": "gp3",
    "allocatedStorage": 100,
}
MADE = report(
    make("delete", old={"engine": "postgres", **PRICED}),
    changed("instanceClass", "db.t3.micro", "db.t3.small", name="b"),
    changed("tags", {}, {HOSTILE: HOSTILE}, name="c"),
    make("same", name="kept"),
    diagnostics=(Diagnostic("error", "it fails"), Diagnostic("warning", "careful")),
    failed=True,
)


def test_what_was_written_is_read():
    read = read_report(to_json(MADE).encode())
    assert render_markdown(read) == render_markdown(MADE)
    assert to_json(read) == to_json(MADE)


def test_every_source_of_the_tables_may_stand_in_a_report():
    tables = [*TABLE.values(), *BESIDE.values()]
    sources = {one.source for one in tables} | {
        rule.source for one in tables for rules in one.rules.values() for rule in rules
    }
    plain = json.loads(to_json(MADE))
    for source in sources:
        plain["findings"][0]["source"] = source
        assert read_report(json.dumps(plain).encode()).findings[0].source == source


def _set(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(plain: dict[str, Any]) -> None:
        inner: Any = plain
        *before, last = path.split(".")
        for piece in before:
            inner = inner[int(piece)] if piece.isdigit() else inner[piece]
        inner[last] = value

    return change


REFUSED: list[tuple[Callable[[dict[str, Any]], Any], str]] = [
    (_set("schema", 1), "schema 1, and this dbstack reads 2"),
    (_set("cost.0.change", "[free](https://evil.example)"), "which is no sum"),
    (_set("cost.0.colour", "red"), "an unknown 'colour'"),
    (_set("prices", 3), "prices is 3 and should be a text"),
    (_set("schema", True), "schema True"),
    (_set("surprise", 1), "an unknown 'surprise'"),
    (lambda plain: plain.pop("drift"), "no 'drift'"),
    (lambda plain: plain["findings"][0].pop("risk"), r"findings\[0\] has no 'risk'"),
    (_set("findings.0.colour", "red"), "an unknown 'colour'"),
    (_set("findings.0.risk", "harmless"), "the classes are data-loss"),
    (_set("findings.0.risk", ["online"]), "the classes are data-loss"),
    (_set("findings.0.risk", "online"), "counts are not those of its findings"),
    (_set("findings.0.name", 3), r"findings\[0\].name is 3 and should be a text"),
    (_set("findings.0.refused", "no"), "should be true or false"),
    (_set("findings.0.why", "x" * 4001), "longer than 4000 characters"),
    (_set("findings.0.source", "https://evil.example/"), "no page of AWS's, Docker's or Pulumi's"),
    (
        _set("findings.0.source", "https://docs.aws.amazon.com.evil.example/"),
        "no page of AWS's, Docker's or Pulumi's",
    ),
    (_set("findings", {}), "should be a list"),
    (_set("notes", [""] * (ENTRIES + 1)), f"{ENTRIES} are read at most"),
    (_set("errors", [{}]), r"errors\[0\] is a dict and should be a text"),
    (_set("unchanged", -1), "no number that can be"),
    (_set("unchanged", True), "should be a whole number"),
    (_set("failed", 0), "should be true or false"),
    (_set("counts.data-loss", 0), "counts are not those"),
    (_set("verdict", "ALL IS WELL"), "verdict are not those"),
    (_set("project", "shop --> <script>"), "no project can be called"),
    (_set("stack", "prod\n"), "no stack can be called"),
    (_set("stack", ""), "no stack can be called"),
]


@pytest.mark.parametrize(("change", "words"), REFUSED)
def test_what_dbstack_does_not_write_is_refused(change: Callable[[dict[str, Any]], Any], words: str):
    plain = json.loads(to_json(MADE))
    change(plain)
    with pytest.raises(RecordingError, match=words):
        read_report(json.dumps(plain).encode())


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "no JSON"),
        (b"\xff\xfe", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"[]", "should be an object"),
        (to_json(MADE).encode()[:-10], "cut off"),
        (b" " * (SIZE + 1), "larger than 8 MiB"),
    ],
)
def test_what_is_no_report_is_refused(raw: bytes, words: str):
    with pytest.raises(RecordingError, match=words):
        read_report(raw)
