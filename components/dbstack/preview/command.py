"""``dbstack preview`` itself: from the options to the report and the exit code."""

import shutil
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from dbstack.preview.baseline import against
from dbstack.preview.errors import RecordingError
from dbstack.preview.graph import write_graph
from dbstack.preview.markdown import render_markdown
from dbstack.preview.prices import read_prices
from dbstack.preview.recording import Recording, read
from dbstack.preview.report import Report, build, to_json
from dbstack.preview.run import preview
from dbstack.preview.waivers import FILE, read_waivers
from dbstack.spec.changes import Risk

FORMATS = ("text", "markdown", "json")


def classes(text: str) -> list[Risk]:
    """The classes of `--fail-on`. Raises RecordingError for one that is none."""
    known = [str(risk) for risk in Risk]
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        raise RecordingError(
            f"--fail-on: {', '.join(unknown) or 'nothing'} is no class; they are {', '.join(known)}"
        )
    return [Risk(name) for name in names]


def record(folder: Path, stack: str | None, source: str | None, *, refresh: bool) -> Recording:
    """The recording of `--from`, or of a preview that is run now."""
    if source is None:
        return preview(folder, stack, refresh=refresh)
    if source == "-":
        return read(sys.stdin)
    try:
        with Path(source).open(encoding="utf-8") as file:
            return read(file)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise RecordingError(f"--from {source}: it can't be read: {reason}") from error


def run(
    folder: Path,
    *,
    stack: str | None,
    form: str,
    fail_on: str | None,
    source: str | None,
    graph: Path | None,
    refresh: bool,
    base: str | None = None,
    more_notes: Callable[[Recording], Sequence[str]] = lambda _: (),
) -> int:
    """Make the report and print it; the exit code. `more_notes` adds what else is known of the live stack."""
    limits = classes(fail_on) if fail_on else []
    waivers, prices = read_waivers(folder / FILE), read_prices(folder)
    baseline, notes = "", ()
    if base is None:
        recording = record(folder, stack, source, refresh=refresh)
        # A recording may be of any time and place.
        notes = tuple(more_notes(recording)) if source is None else ()
    elif source is not None or refresh:
        raise RecordingError(
            "--base deploys and previews by itself: it goes with neither --from nor --refresh"
        )
    else:
        recording, baseline, notes = against(folder, base, stack, _say)
    report = build(
        recording, waivers=waivers, today=date.today(), baseline=baseline, notes=notes, prices=prices
    )
    if graph:
        write_graph(report, graph)
    sys.stdout.write(rendered(report, form))
    return exit_code(report, limits)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def rendered(report: Report, form: str) -> str:
    """The report in one of FORMATS."""
    if form == "json":
        return to_json(report)
    if form == "markdown":
        return render_markdown(report)
    from dbstack.preview.text import render_text

    width = shutil.get_terminal_size((110, 40)).columns
    return render_text(report, colour=sys.stdout.isatty(), width=max(80, width))


def exit_code(report: Report, limits: Sequence[Risk]) -> int:
    """1: the preview failed; 3: a class that was asked about is there, or a worse one; 0 otherwise."""
    if report.failed:
        return 1
    return 3 if any(report.meets(limit) for limit in limits) else 0
