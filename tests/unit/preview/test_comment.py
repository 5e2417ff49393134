"""One comment per stack, against a stand-in of GitHub's API: posted, found on any page, edited, left alone."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests import github as stand_in
from tests.github import SHA, TOKEN, StandIn, event
from tests.unit.preview.test_findings import changed, make
from tests.unit.preview.test_rendering import report

from dbstack.preview import PreviewError, RecordingError, Report, to_json
from dbstack.preview import github as client
from dbstack.preview.comment import run
from dbstack.preview.github import BODY_LIMIT, GitHub

MARKER = "<!-- dbstack-preview:shop/prod -->"
BIGGER = changed("instanceClass", "db.t3.micro", "db.t3.small")


@pytest.fixture
def github(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    monkeypatch.setattr(client, "_PAUSES", (0.0, 0.0))
    with stand_in.serve() as served:
        yield served


def comment(
    github: StandIn, folder: Path, *made: Report, file: Path | None = None, fail_on: str | None = None
) -> tuple[int, list[str]]:
    reports = folder / "reports"
    reports.mkdir(exist_ok=True)
    for one in made:
        (reports / f"{one.stack}.json").write_text(to_json(one))
    said: list[str] = []
    environment = github.environment(file or event(folder), GITHUB_STEP_SUMMARY=str(folder / "summary.md"))
    code = run(
        [reports], event=None, fail_on=fail_on, author=stand_in.BOT, environment=environment, say=said.append
    )
    return code, said


def test_posted_edited_and_left_alone(github: StandIn, tmp_path: Path):
    assert comment(github, tmp_path, report(BIGGER)) == (0, ["shop/prod: posted"])
    [posted] = github.comments
    assert posted["body"].startswith(f"{MARKER}\n### DATA LOSS 0 · DOWNTIME 1")
    assert f"Commit {SHA[:12]} of a fork" in posted["body"]
    assert "DOWNTIME 1" in (tmp_path / "summary.md").read_text()
    assert comment(github, tmp_path, report(BIGGER)) == (0, ["shop/prod: unchanged"])
    assert github.writes == ["POST"]
    assert comment(github, tmp_path, report(make("delete"))) == (0, ["shop/prod: edited"])
    assert github.writes == ["POST", "PATCH"]
    assert [one["body"].splitlines()[1][:15] for one in github.comments] == ["### DATA LOSS 1"]


def test_found_on_the_third_page_and_never_a_strangers(github: StandIn, tmp_path: Path):
    github.comment(f"{MARKER}\nmine, I swear", login="stranger")
    for number in range(220):
        github.comment(f"chatter {number}")
    old = github.comment(f"{MARKER}\nold")
    quoting = github.comment(f"> {MARKER}\n> old")
    assert comment(github, tmp_path, report(BIGGER))[1] == ["shop/prod: edited"]
    assert "DOWNTIME 1" in old["body"]
    assert github.comments[0]["body"].endswith("I swear")
    assert quoting["body"].endswith("> old")
    assert [path.rpartition("&page=")[2] for _, path in github.calls[2:4]] == ["2", "3"]


def test_nothing_changes_is_no_reason_for_a_comment(github: StandIn, tmp_path: Path):
    assert comment(github, tmp_path, report(make("same")))[1] == ["shop/prod: nothing to say"]
    github.comment(f"{MARKER}\nit was different yesterday")
    assert comment(github, tmp_path, report(make("same")))[1] == ["shop/prod: edited"]
    assert "DATA LOSS 0 · DOWNTIME 0" in github.comments[0]["body"]


def test_pending_migrations_are_a_reason_for_a_comment(github: StandIn, tmp_path: Path):
    pending = replace(report(make("same")), notes=("pending migrations, which main doesn't have: 003_x.sql",))
    assert comment(github, tmp_path, pending)[1] == ["shop/prod: posted"]
    assert "003" in github.comments[0]["body"]


def test_one_comment_for_each_stack(github: StandIn, tmp_path: Path):
    prod = report(BIGGER)
    staging = report(make("delete"))
    staging = Report(**{**vars(staging), "stack": "staging"})
    code, said = comment(github, tmp_path, prod, staging, fail_on="data-loss")
    assert (code, said) == (3, ["shop/prod: posted", "shop/staging: posted"])
    assert [one["body"].partition("\n")[0] for one in github.comments] == [
        MARKER,
        "<!-- dbstack-preview:shop/staging -->",
    ]


def test_a_comment_stays_within_githubs_limit(github: StandIn, tmp_path: Path):
    many = [changed("instanceClass", "db.t3.micro", "db.t3.small", name=f"db{n:04}") for n in range(1000)]
    comment(github, tmp_path, report(*many, make("delete", name="gone")))
    [posted] = github.comments
    assert BODY_LIMIT - 2000 < len(posted["body"]) <= BODY_LIMIT
    assert "gone" in posted["body"]
    assert posted["body"].rstrip().endswith("before you believe it._")
    assert "db0999" in (tmp_path / "summary.md").read_text()


def test_a_pull_request_of_our_own_is_the_events(github: StandIn, tmp_path: Path):
    assert comment(github, tmp_path, report(BIGGER), file=event(tmp_path, fork=False))[1] == [
        "shop/prod: posted"
    ]
    assert github.calls[0] == ("GET", "/repos/acme/shop/pulls/7")
    assert "of a fork" not in github.comments[0]["body"]


@pytest.mark.parametrize("fork", [True, False])
@pytest.mark.parametrize(
    "moved", [{"state": "closed"}, {"head": {"sha": "b" * 40, "label": "stranger:topic"}}]
)
def test_a_run_that_was_overtaken_says_nothing(
    github: StandIn, tmp_path: Path, fork: bool, moved: dict[str, Any]
):
    github.pulls[0].update(moved)
    code, said = comment(github, tmp_path, report(BIGGER), file=event(tmp_path, fork=fork), fail_on="online")
    assert (code, github.writes) == (0, [])
    assert said == [f"no open pull request is at {SHA[:12]} any more: no comment"]


def test_refused_is_one_sentence_without_the_token(github: StandIn, tmp_path: Path):
    refusal = (403, {"message": "Resource not accessible by integration"}, {})
    github.failures = [refusal]
    with pytest.raises(PreviewError) as told:
        comment(github, tmp_path, report(BIGGER))
    assert str(told.value) == (
        "GitHub refuses the comment (403: Resource not accessible by integration): the job needs `permissions: "
        "pull-requests: write`, which a pull request from a fork never gets: comment from a workflow_run"
    )
    assert TOKEN not in repr(GitHub(github.url, TOKEN))


def test_what_passes_is_tried_again_and_not_posted_twice(github: StandIn, tmp_path: Path):
    github.failures = [
        (502, {"message": "Bad gateway"}, {}),
        (403, {"message": "You have exceeded a secondary rate limit"}, {"Retry-After": "1"}),
    ]
    github.lost_answers = 1
    assert comment(github, tmp_path, report(BIGGER))[1] == ["shop/prod: unchanged"]
    assert len(github.comments) == 1
    github.failures = [(500, {"message": "no"}, {})] * 3
    with pytest.raises(PreviewError, match=r"can't be reached: 500: no; run the job again"):
        comment(github, tmp_path, report(BIGGER))


def test_the_token_goes_nowhere_else(github: StandIn, tmp_path: Path):
    with stand_in.serve() as other:
        github.failures = [(302, {"message": "Found"}, {"Location": f"{other.url}/repos/acme/shop/pulls"})]
        with pytest.raises(PreviewError, match="302"):
            comment(github, tmp_path, report(BIGGER))
        assert other.calls == []
    with pytest.raises(RecordingError, match="only an https address"):
        GitHub("http://github.example", TOKEN)


def test_a_pull_requests_own_event_will_do(github: StandIn, tmp_path: Path):
    head = {"sha": SHA, "repo": {"full_name": "acme/shop"}}
    file = tmp_path / "pull.json"
    file.write_text(
        json.dumps({"repository": {"full_name": "acme/shop"}, "pull_request": {"number": 7, "head": head}})
    )
    assert comment(github, tmp_path, report(BIGGER), file=file)[1] == ["shop/prod: posted"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{}", "no event of a workflow_run or a pull_request"),
        ("[", "no event of a workflow_run or a pull_request"),
        (None, "can't be read"),
    ],
)
def test_an_event_of_something_else(github: StandIn, tmp_path: Path, content: str | None, words: str):
    file = tmp_path / "other.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(RecordingError, match=words):
        comment(github, tmp_path, report(BIGGER), file=file)
    with pytest.raises(RecordingError, match="started by push"):
        comment(github, tmp_path, report(BIGGER), file=event(tmp_path, event="push"))
    assert github.calls == []


def test_reports_that_are_none(github: StandIn, tmp_path: Path):
    with pytest.raises(RecordingError, match="there is no report"):
        comment(github, tmp_path)
    (tmp_path / "reports/a.json").symlink_to("/etc/hostname")
    with pytest.raises(RecordingError, match="a link is no report"):
        comment(github, tmp_path)
    (tmp_path / "reports/a.json").unlink()
    (tmp_path / "reports/a.json").write_text(to_json(report(BIGGER)))
    with pytest.raises(RecordingError, match="two reports are of the same stack"):
        comment(github, tmp_path, report(BIGGER))
    assert github.calls == []
