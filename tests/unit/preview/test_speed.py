"""A recorded preview of a thousand changes is read, judged and rendered within two seconds of this process's time."""

import io
import time
from collections.abc import Callable
from datetime import date

import pytest
from bench import previews

from dbstack.preview import Report, build, read, render_markdown, to_json
from dbstack.preview.text import render_text

RECORDED = previews.recording(previews.CHANGES)


@pytest.mark.parametrize("render", [render_text, render_markdown, to_json])
def test_a_thousand_changes(render: Callable[[Report], str]):
    # The process's own time: what else runs on the machine doesn't count.
    began = time.process_time()
    text = render(build(read(io.StringIO(RECORDED)), today=date(2026, 1, 1)))
    took = time.process_time() - began
    assert "db0999" in text
    assert took < previews.RECORDED
