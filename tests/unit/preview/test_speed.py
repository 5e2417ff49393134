"""A recorded preview of a thousand changes is read, judged and rendered within two seconds of this process's time."""

import io
import json
import time
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from dbstack.preview import Report, build, read, render_markdown, to_json
from dbstack.preview.text import render_text

TYPE = "aws:rds/instance:Instance"
CHANGES = 1000
BOUND = 2.0


def _line(sequence: int, **body: Any) -> str:
    return json.dumps({"sequence": sequence, "timestamp": 0, **body}) + "\n"


def _change(number: int) -> str:
    state = {"type": TYPE, "custom": True, "outputs": {}}
    inputs = {"engine": "postgres", "engineVersion": "17", "storageEncrypted": True, "multiAz": True}
    metadata = {
        "op": "update",
        "urn": f"urn:pulumi:prod::shop::{TYPE}::db{number:04}",
        "type": TYPE,
        "old": {**state, "inputs": {**inputs, "instanceClass": "db.r6g.large"}},
        "new": {**state, "inputs": {**inputs, "instanceClass": "db.r6g.xlarge"}},
        "detailedDiff": {"instanceClass": {"diffKind": "update"}},
    }
    return _line(number, resourcePreEvent={"metadata": metadata})


RECORDED = "".join(map(_change, range(CHANGES))) + _line(
    CHANGES, summaryEvent={"isPreview": True, "result": "succeeded"}
)


@pytest.mark.parametrize("render", [render_text, render_markdown, to_json])
def test_a_thousand_changes(render: Callable[[Report], str]):
    # The process's own time: what else runs on the machine doesn't count.
    began = time.process_time()
    text = render(build(read(io.StringIO(RECORDED)), today=date(2026, 1, 1)))
    took = time.process_time() - began
    assert "db0999" in text
    assert took < BOUND
