"""Running the real ``pulumi preview`` and reading its events."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from dbstack.preview.errors import PreviewError, RecordingError
from dbstack.preview.recording import Recording, read
from dbstack.preview.values import scrubbed

_STREAM = {"PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "1"}


def preview(
    folder: Path, stack: str | None, *, refresh: bool = False, environment: Mapping[str, str] | None = None
) -> Recording:
    """Preview a stack of the project in `folder` with the `pulumi` on PATH.

    A preview that fails is a Recording too, with `failed` set. Raises PreviewError where there is no `pulumi`, or
    where it ends before it has previewed anything.
    """
    given = dict(os.environ if environment is None else environment)
    program = shutil.which("pulumi", path=given.get("PATH"))
    if program is None:
        raise PreviewError(
            "there is no pulumi on PATH: install Pulumi, or preview against the sandbox with "
            "`dbstack sandbox run -- dbstack preview`"
        )
    words = [program, "preview", "--json", "--show-sames", "--non-interactive"]
    words += ["--stack", stack] if stack else []
    words += ["--refresh"] if refresh else []
    # A file, not a pipe: a large stack's events would fill it while nobody reads.
    with tempfile.TemporaryFile("w+", encoding="utf-8") as events:
        done = subprocess.run(
            words,
            cwd=folder,
            env={**given, **_STREAM},
            stdout=events,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            check=False,
        )
        events.seek(0)
        try:
            recording = read(events)
        except RecordingError as error:
            if done.returncode == 0:
                raise
            said = scrubbed(done.stderr.strip()) or "it said nothing"
            raise PreviewError(f"pulumi preview failed:\n{said}") from error
    if done.returncode != 0 and not recording.failed:
        raise PreviewError(f"pulumi preview ended with {done.returncode}:\n{scrubbed(done.stderr.strip())}")
    return recording
