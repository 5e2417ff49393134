"""Recorded previews: both forms, and what is none."""

import io
import json
from typing import Any

import pytest

from dbstack.preview.errors import RecordingError
from dbstack.preview.recording import read

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
