"""Previews that say what happens to the data: Pulumi's preview, judged by the table of changes, and reported."""

from dbstack.preview.errors import PreviewError, RecordingError
from dbstack.preview.markdown import render_markdown
from dbstack.preview.prices import Prices, read_prices
from dbstack.preview.recording import Recording, read
from dbstack.preview.report import Report, build, to_json
from dbstack.preview.waivers import read_waivers

__all__ = [
    "PreviewError",
    "Prices",
    "Recording",
    "RecordingError",
    "Report",
    "build",
    "read",
    "read_prices",
    "read_waivers",
    "render_markdown",
    "to_json",
]
