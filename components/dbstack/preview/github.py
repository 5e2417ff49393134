"""GitHub's REST API, as far as one comment per stack needs it; the standard library's HTTP is enough.

https://docs.github.com/en/rest/issues/comments
"""

import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import quote, urlsplit

from dbstack.preview.errors import PreviewError, RecordingError
from dbstack.preview.pull_request import PullRequest

BODY_LIMIT = 65_536
"""Most characters of a comment."""
_TIMEOUT = 30
_PAUSES = (1.0, 4.0)
_PAGES = 100
_NEXT = re.compile(r'<([^>]+)>;[^,]*\brel="next"')
_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)


class Passing(Exception):
    """A failure that may be over at the next try."""


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows nothing: urllib would carry the token along to whatever host it is sent to."""

    def redirect_request(self, *given: Any, **more: Any) -> None:
        return None


@dataclass(frozen=True)
class GitHub:
    """The API at `url`, called with `token`; neither ever stands in a message."""

    url: str
    token: str = field(repr=False)
    sleep: Callable[[float], None] = time.sleep

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "localhost"):
            raise RecordingError("GITHUB_API_URL: only an https address is given the token")

    def number(self, pull: PullRequest) -> int | None:
        """The open pull request with this very head; None: there is none, or it has moved on."""
        if not _REPOSITORY.fullmatch(pull.repository):
            raise RecordingError("the event's repository is no owner/name")
        if pull.number is not None:
            now = self._again(lambda: self._call("GET", f"/repos/{pull.repository}/pulls/{pull.number}")[0])
            return pull.number if _is_at(now, pull.sha) else None
        path = f"/repos/{pull.repository}/pulls?state=open&per_page=100&head={quote(pull.head, safe='')}"
        found = self._again(lambda: [one for one in self._pages(path) if _is_at(one, pull.sha)])
        return int(found[0]["number"]) if len(found) == 1 else None

    def keep_comment(
        self, pull: PullRequest, number: int, marker: str, body: str, *, quiet: bool, author: str
    ) -> str:
        """Bring the one comment with this marker up to date; says what was done.

        `quiet`: nothing is worth a new comment, but one that is there is edited. Only comments of `author` are ours:
        anybody can write the marker.
        """

        def once() -> str:
            path = f"/repos/{pull.repository}/issues/{number}/comments?per_page=100"
            for comment in self._pages(path):
                text = str(comment.get("body") or "")
                if _inner(comment, "user").get("login") != author or not text.startswith(marker):
                    continue
                # GitHub keeps what it is sent, but for the ends of lines.
                if text.replace("\r\n", "\n").strip() == body.strip():
                    return "unchanged"
                self._call("PATCH", f"/repos/{pull.repository}/issues/comments/{int(comment['id'])}", body)
                return "edited"
            if quiet:
                return "nothing to say"
            self._call("POST", f"/repos/{pull.repository}/issues/{number}/comments", body)
            return "posted"

        # Whole, with its search: a comment whose answer was lost is found, not posted again.
        return self._again(once)

    def _again(self, call: Callable[[], Any]) -> Any:
        for pause in (*_PAUSES, None):
            try:
                return call()
            except Passing as error:
                if pause is None:
                    raise PreviewError(f"GitHub can't be reached: {error}; run the job again") from None
                self.sleep(pause)
        raise AssertionError

    def _pages(self, path: str) -> Iterator[Mapping[str, Any]]:
        following: str | None = path
        for _ in range(_PAGES):
            if following is None:
                return
            content, following = self._call("GET", following)
            if not isinstance(content, list):
                raise PreviewError("GitHub answered with something that is no list")
            yield from cast(list[Mapping[str, Any]], content)

    def _call(self, method: str, path: str, body: str | None = None) -> tuple[Any, str | None]:
        request = urllib.request.Request(
            self.url.rstrip("/") + path,
            method=method,
            data=None if body is None else json.dumps({"body": body}).encode(),
            headers={
                "Accept": "application/vnd.github+json",
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/json",
                "User-Agent": "dbstack",
                "X-GitHub-Api-Version": "2022-11-28",
            },
        )
        try:
            with urllib.request.build_opener(_Stay).open(request, timeout=_TIMEOUT) as answer:
                return json.loads(answer.read() or b"null"), self._next(answer.headers.get("Link"))
        except urllib.error.HTTPError as error:
            with error:
                raise _refusal(error.code, error.read(4096), error.headers.get("Retry-After")) from None
        except (OSError, ValueError) as error:
            raise Passing(str(getattr(error, "reason", error)) or type(error).__name__) from None

    def _next(self, link: str | None) -> str | None:
        found = _NEXT.search(link or "")
        base = self.url.rstrip("/")
        # The token goes to no other address than the one that was given.
        return found[1].removeprefix(base) if found and found[1].startswith(f"{base}/") else None


def _is_at(pull: Mapping[str, Any], sha: str) -> bool:
    return pull.get("state") == "open" and _inner(pull, "head").get("sha") == sha


def _inner(outer: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value: object = outer.get(name)
    return cast(Mapping[str, Any], value) if isinstance(value, Mapping) else {}


def _refusal(code: int, content: bytes, retry_after: str | None) -> Exception:
    try:
        said = str(json.loads(content)["message"])[:200]
    except (ValueError, KeyError, TypeError):
        said = "no reason given"
    if code >= 500 or code == 429 or (code == 403 and (retry_after or "rate limit" in said.lower())):
        return Passing(f"{code}: {said}")
    way_out = {
        401: "the token is none, or has expired",
        403: "the job needs `permissions: pull-requests: write`, which a pull request from a fork never gets: comment "
        "from a workflow_run",
        404: "the token sees no such pull request",
        422: "the comment is not what it takes",
    }.get(code, "see https://docs.github.com/en/rest/issues/comments")
    return PreviewError(f"GitHub refuses the comment ({code}: {said}): {way_out}")
