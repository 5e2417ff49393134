"""Recorded previews: both forms, and what is none."""

import io
import json
import time
from collections.abc import Iterator
from datetime import date
from typing import IO, Any, cast

import pytest

from dbstack.preview import build, render_markdown
from dbstack.preview import recording as recording_module
from dbstack.preview.errors import RecordingError
from dbstack.preview.recording import read
from dbstack.spec.changes import Risk

URN = "urn:pulumi:prod::shop::dbstack:index:Database$aws:rds/instance:Instance::app"
TYPE = "aws:rds/instance:Instance"
STATE = {
    "type": TYPE,
    "urn": URN,
    "custom": True,
    "inputs": {"engine": "postgres"},
    "outputs": {},
    "protect": True,
}


def event(**body: Any) -> str:
    return json.dumps({"sequence": 1, "timestamp": 1, **body}, separators=(",", ":")) + "\n"


def step(**more: Any) -> str:
    metadata = {"op": "update", "urn": URN, "type": TYPE, "old": STATE, "new": STATE, **more}
    return event(resourcePreEvent={"metadata": metadata})


SUMMARY = event(summaryEvent={"isPreview": True, "result": "succeeded", "resourceChanges": {}})


def test_events_become_steps():
    text = step(detailedDiff={"engineVersion": {"diffKind": "update"}}, diffs=["engineVersion"]) + SUMMARY
    recording = read(io.StringIO(text))
    assert (recording.project, recording.stack, recording.failed) == ("shop", "prod", False)
    [one] = recording.steps
    assert (one.op, one.name, one.detailed, one.old and one.old.protect) == (
        "update",
        "app",
        {"engineVersion": "update"},
        True,
    )


def test_a_digest_becomes_the_same_steps():
    digest = {
        "steps": [
            {
                "op": "replace",
                "urn": URN,
                "oldState": STATE,
                "newState": STATE,
                "replaceReasons": ["dbName"],
                "detailedDiff": {"dbName": {"kind": "update-replace"}},
            }
        ]
    }
    [one] = read(io.StringIO(json.dumps(digest, indent=2))).steps
    assert (one.type, one.op, one.replaces) == (TYPE, "replace", ("dbName",))


def test_debug_messages_are_left_out_and_nothing_hides_behind_them():
    hostile = {**STATE, "inputs": {"note": {"severity": "debug"}}}
    debug = event(diagnosticEvent={"message": "x", "color": "never", "severity": "debug"})
    recording = read(io.StringIO(debug + step(old=hostile, new=hostile) + SUMMARY))
    assert (len(recording.steps), recording.diagnostics) == (1, ())


def test_an_error_makes_it_a_failed_preview():
    error = event(diagnosticEvent={"message": "app: storage.allocatedGib: too small", "severity": "error"})
    recording = read(io.StringIO(step() + error))
    assert recording.failed
    assert "too small" in recording.diagnostics[0].message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("not json", "no JSON"),
        ("{}", "no `steps`"),
        ("[]", "no `steps`"),
        ('{"steps": 3}', "`steps` are no list"),
        ('{"steps": [3]}', "not what Pulumi writes"),
        ('{"steps": [{"op": "update"}]}', "has no urn"),
        ('{"steps": [', "cut off"),
        (step(), "stops before its end"),
        (step()[:200] + "\n" + SUMMARY, "the recording is cut off"),
        (step() + step()[:50], "line 2 of the recording is cut off"),
        (event(resourcePreEvent={"metadata": {"op": "update"}}) + SUMMARY, "has no urn"),
        (event(resourcePreEvent=3) + SUMMARY, "not what Pulumi writes"),
        (event(summaryEvent={"isPreview": False}), "of a deployment"),
    ],
)
def test_what_is_no_recording_is_told(text: str, words: str):
    with pytest.raises(RecordingError, match=words):
        read(io.StringIO(text))


def test_what_a_newer_pulumi_adds_is_left_alone():
    text = event(surprise={"a": 1}) + step(colour="blue") + SUMMARY
    assert len(read(io.StringIO(text)).steps) == 1


class Lines(io.TextIOBase):
    """A stream of lines that are made as they are read."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines

    def readline(self, size: int | None = -1, /) -> str:  # pyright: ignore[reportIncompatibleMethodOverride]
        return next(self._lines, "")

    def __next__(self) -> str:
        return next(self._lines)

    def read(self, size: int | None = -1, /) -> str:
        return "".join(self._lines)


def large(mib: int) -> Iterator[str]:
    """So many MiB of events: what a provider logs, and every hundredth a change."""
    logged = event(diagnosticEvent={"message": "x" * 900, "severity": "info"})
    change = step(detailedDiff={"instanceClass": {"diffKind": "update"}})
    for number in range(mib * 1024 * 1024 // len(logged)):
        yield change.replace("::app", f"::app{number}") if number % 100 == 0 else logged
    yield SUMMARY


def test_a_hundred_mebibytes_of_events_are_read():
    began = time.process_time()
    recording = read(cast(IO[str], Lines(large(100))))
    report = build(recording, today=date(2026, 1, 1))
    assert time.process_time() - began < 20
    assert len(recording.steps) > 1000
    assert report.counts[Risk.DOWNTIME] == len(recording.steps)
    # Said a hundred thousand times, told once.
    assert len(report.warnings) == 0


def test_what_is_too_large_is_told_before_it_is_read_whole(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(recording_module, "LIMIT", 3 * 1024 * 1024)
    with pytest.raises(RecordingError, match="larger than 3 MiB"):
        read(cast(IO[str], Lines(large(5))))
    digest = '{"steps": [\n' + " " * (4 * 1024 * 1024) + "]}"
    with pytest.raises(RecordingError, match="larger than 3 MiB"):
        read(io.StringIO(digest))


def test_what_a_newer_format_says_differently_is_an_error_or_unknown():
    newer = {"instanceClass": {"diffKind": "sideways", "reason": "new"}}
    [one] = build(read(io.StringIO(step(detailedDiff=newer) + SUMMARY)), today=date(2026, 1, 1)).findings
    assert one.risk is Risk.DOWNTIME
    [other] = build(read(io.StringIO(step(op="migrate") + SUMMARY)), today=date(2026, 1, 1)).findings
    assert other.risk is Risk.UNKNOWN
    for changed in ({"instanceClass": "update"}, ["instanceClass"], "instanceClass"):
        with pytest.raises(RecordingError, match="not what Pulumi writes"):
            read(io.StringIO(step(detailedDiff=changed) + SUMMARY))
    for state in (3, "text", ["engine"]):
        with pytest.raises(RecordingError, match="not what Pulumi writes"):
            read(io.StringIO(step(old=state) + SUMMARY))


def broken(value: Any) -> Iterator[Any]:
    """The same with one thing at a time in another form."""
    for other in (3, "x", [1], {"a": 1}, None, True):
        if type(other) is not type(value):
            yield other
    if isinstance(value, dict):
        for name, inner in value.items():
            for one in broken(inner):
                yield {**value, name: one}
    if isinstance(value, list):
        for index, inner in enumerate(value):
            for one in broken(inner):
                yield [*value[:index], one, *value[index + 1 :]]


WHOLE = {
    "op": "replace",
    "urn": URN,
    "type": TYPE,
    "old": STATE,
    "new": STATE,
    "detailedDiff": {"tags.a": {"diffKind": "update"}, "dbName": {"diffKind": "update-replace"}},
    "diffs": ["dbName"],
    "keys": ["dbName"],
}
DIGEST = {
    "steps": [
        {
            "op": "replace",
            "urn": URN,
            "oldState": STATE,
            "newState": STATE,
            "detailedDiff": {"dbName": {"kind": "update-replace"}},
            "diffReasons": ["dbName"],
            "replaceReasons": ["dbName"],
        }
    ],
    "diagnostics": [{"severity": "warning", "message": "careful", "urn": URN}],
}


def test_whatever_is_in_another_form_is_an_error_or_a_report_and_never_harmless():
    texts = [event(resourcePreEvent={"metadata": one}) + SUMMARY for one in broken(WHOLE)]
    # `null` is how Go writes that there are no steps.
    texts += [json.dumps(one) for one in broken(DIGEST) if isinstance(one, dict) and one["steps"] is not None]
    reports = 0
    for text in texts:
        try:
            report = build(read(io.StringIO(text)), today=date(2026, 1, 1))
        except RecordingError:
            continue
        reports += 1
        render_markdown(report)
        [urn] = {one.urn for one in report.findings} or {""}
        assert report.counts[Risk.ONLINE] == 0, text
        assert urn, text
    assert reports > 20
