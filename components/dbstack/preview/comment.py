"""``dbstack comment``: the reports of a run, each as one comment of its pull request that is kept up to date."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from dbstack.preview.command import classes, exit_code
from dbstack.preview.errors import RecordingError
from dbstack.preview.github import BODY_LIMIT, GitHub
from dbstack.preview.markdown import render_markdown
from dbstack.preview.pull_request import PullRequest, of_event
from dbstack.preview.reading import SIZE, read_report
from dbstack.preview.report import Report

REPORTS = 20
"""Most reports of one run."""
_SUMMARY = 900_000
"""GitHub shows at most 1 MiB of a step's summary."""


def run(
    places: Sequence[Path],
    *,
    event: Path | None,
    fail_on: str | None,
    author: str,
    environment: Mapping[str, str],
    say: Callable[[str], None],
) -> int:
    """Validate, comment, and return the exit code of the worst report."""
    limits = classes(fail_on) if fail_on else []
    reports = read_all(places)
    pull = of_event(event or Path(_needed(environment, "GITHUB_EVENT_PATH")))
    github = GitHub(
        environment.get("GITHUB_API_URL") or "https://api.github.com", _needed(environment, "GITHUB_TOKEN")
    )
    if summary := environment.get("GITHUB_STEP_SUMMARY"):
        _summarize(Path(summary), reports)
    number = github.number(pull)
    if number is None:
        say(f"no open pull request is at {pull.sha[:12]} any more: no comment")
        return 0
    for report in reports:
        done = github.keep_comment(
            pull, number, marker(report), body(report, pull), quiet=says_nothing(report), author=author
        )
        say(f"{report.project}/{report.stack}: {done}")
    return max((exit_code(report, limits) for report in reports), default=0)


def marker(report: Report) -> str:
    """The hidden line by which the comment is found again."""
    return f"<!-- dbstack-preview:{report.project}/{report.stack} -->"


def body(report: Report, pull: PullRequest) -> str:
    """The comment, within GitHub's limit."""
    end = f"_Commit {pull.sha[:12]}._"
    if pull.fork:
        end = (
            f"_Commit {pull.sha[:12]} of a fork: the report was made by a run of its code, and is worth what that "
            "code is worth. Read the change before you believe it._"
        )
    room = BODY_LIMIT - len(marker(report)) - len(end) - 16
    return f"{marker(report)}\n{render_markdown(report, limit=room)}\n{end}\n"


def says_nothing(report: Report) -> bool:
    """Nothing changes and nothing went wrong: no reason for a first comment."""
    return not (report.failed or report.findings or report.errors or report.drift or report.notes)


def read_all(places: Sequence[Path]) -> list[Report]:
    """The reports of files, and of the `.json` files of folders, each validated."""
    files = [
        file for place in places for file in (sorted(place.glob("*.json")) if place.is_dir() else [place])
    ]
    if not files:
        raise RecordingError("there is no report: `dbstack preview --format json > FILE` writes one")
    if len(files) > REPORTS:
        raise RecordingError(f"there are {len(files)} reports; {REPORTS} are read at most")
    reports = [_read(file) for file in files]
    names = [marker(report) for report in reports]
    if len(set(names)) < len(names):
        raise RecordingError("two reports are of the same stack")
    return reports


def _read(file: Path) -> Report:
    try:
        # A link in an artifact could lead anywhere on the runner.
        if file.is_symlink():
            raise RecordingError(f"{file}: a link is no report")
        with file.open("rb") as content:
            return read_report(content.read(SIZE + 1))
    except OSError as error:
        raise RecordingError(f"{file}: it can't be read: {error.strerror}") from error
    except RecordingError as error:
        raise RecordingError(f"{file}: {error}") from error


def _summarize(file: Path, reports: Sequence[Report]) -> None:
    room = _SUMMARY // len(reports)
    with file.open("a", encoding="utf-8") as summary:
        for report in reports:
            summary.write(render_markdown(report, limit=room) + "\n")


def _needed(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "")
    if not value:
        raise RecordingError(f"{name} is not set: run this in a workflow, with `env:` giving what it lacks")
    return value
