"""Which pull request a run is about: from GitHub's own event, never from what the run of its code made."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from dbstack.preview.errors import RecordingError


@dataclass(frozen=True)
class PullRequest:
    """The run's pull request, as far as the event tells it."""

    repository: str
    """`owner/name` of the repository that it is made to."""
    sha: str
    """The head commit that was previewed."""
    number: int | None
    """None: a fork's, whose number GitHub leaves out of `workflow_run`; it is found by its head."""
    head: str = ""
    """`owner:branch`."""
    fork: bool = False


def of_event(file: Path) -> PullRequest:
    """Read GITHUB_EVENT_PATH: a `workflow_run` or a `pull_request` event. Raises RecordingError for any other."""
    try:
        event = _mapping(json.loads(file.read_text(encoding="utf-8")))
        repository = str(_mapping(event["repository"])["full_name"])
        if "workflow_run" in event:
            return _of_run(_mapping(event["workflow_run"]), repository)
        pull = _mapping(event["pull_request"])
        head = _mapping(pull["head"])
        return PullRequest(repository, str(head["sha"]), int(pull["number"]), fork=_fork(head, repository))
    except RecordingError:
        raise
    except OSError as error:
        raise RecordingError(f"{file}: the event can't be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise RecordingError(f"{file}: no event of a workflow_run or a pull_request") from error


def _of_run(run: Mapping[str, Any], repository: str) -> PullRequest:
    if run["event"] != "pull_request":
        raise RecordingError(
            f"the run was started by {run['event']}, not by a pull_request: nothing to comment"
        )
    sha = str(run["head_sha"])
    owner = _mapping(_mapping(run["head_repository"])["owner"])["login"]
    ours = [
        _mapping(pull)
        for pull in cast(list[Any], run.get("pull_requests") or [])
        # A branch of ours may be the head of a pull request in a fork, too.
        if str(_mapping(_mapping(_mapping(pull)["base"])["repo"])["url"]).endswith(f"/repos/{repository}")
        and _mapping(_mapping(pull)["head"])["sha"] == sha
    ]
    return PullRequest(
        repository,
        sha,
        int(ours[0]["number"]) if len(ours) == 1 else None,
        f"{owner}:{run['head_branch']}",
        _mapping(run["head_repository"])["full_name"] != repository,
    )


def _fork(head: Mapping[str, Any], repository: str) -> bool:
    return _mapping(head.get("repo") or {}).get("full_name") != repository


def _mapping(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError("no object")
    return cast(Mapping[str, Any], value)
