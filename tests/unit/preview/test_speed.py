"""A recorded preview of a thousand changes is read, judged and rendered within two seconds of the processor's time."""

import io
import subprocess
import sys
from datetime import date
from pathlib import Path
from time import process_time

import pytest
from bench import previews

from dbstack.preview import build, read, render_markdown, to_json
from dbstack.preview.text import render_text

ROOT = Path(__file__).parents[3]
RENDERERS = {"text": render_text, "markdown": render_markdown, "json": to_json}
TRIES = 3
"""The quickest counts: a first one also reads the data files."""


def seconds(format: str) -> float:
    """Of this process's time: what else runs on the machine doesn't count."""
    recorded = previews.recording(previews.CHANGES)

    def once() -> float:
        began = process_time()
        text = RENDERERS[format](build(read(io.StringIO(recorded)), today=date(2026, 1, 1)))
        took = process_time() - began
        assert "db0999" in text
        return took

    return min(once() for _ in range(TRIES))


@pytest.mark.parametrize("format", RENDERERS)
def test_a_thousand_changes(format: str):
    # A process of its own: coverage, where it is measured, multiplies the time.
    code = f"from tests.unit.preview.test_speed import seconds; print(seconds({format!r}))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT)
    assert float(done.stdout) < previews.RECORDED
