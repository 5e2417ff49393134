"""A stand-in of GitHub's REST API for pull requests and their comments: in memory, paged as GitHub pages."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "ghs_planted"
SHA = "a" * 40
BOT = "github-actions[bot]"


@dataclass
class StandIn:
    """What GitHub knows, and what it was asked. `failures` are answered first, one to each call."""

    comments: list[dict[str, Any]] = field(default_factory=list)
    pulls: list[dict[str, Any]] = field(default_factory=list)
    calls: list[tuple[str, str]] = field(default_factory=list)
    failures: list[tuple[int, dict[str, Any], dict[str, str]]] = field(default_factory=list)
    lost_answers: int = 0
    """How many of the next writes are done, and their answers lost."""
    url: str = ""

    def comment(self, body: str, login: str = BOT) -> dict[str, Any]:
        made = {"id": 1000 + len(self.comments), "body": body, "user": {"login": login}}
        self.comments.append(made)
        return made

    @property
    def writes(self) -> list[str]:
        return [method for method, _ in self.calls if method != "GET"]

    def environment(self, event: Path, **more: str) -> dict[str, str]:
        return {
            "GITHUB_API_URL": self.url,
            "GITHUB_TOKEN": TOKEN,
            "GITHUB_EVENT_PATH": str(event),
            **more,
        }

    def answer(self, method: str, target: str, content: Any) -> tuple[int, Any, dict[str, str]]:
        parts = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if found := re.fullmatch(r"/repos/acme/shop/pulls/(\d+)", parts.path):
            [pull] = [one for one in self.pulls if one["number"] == int(found[1])]
            return 200, pull, {}
        if parts.path == "/repos/acme/shop/pulls":
            return self._page(
                [one for one in self.pulls if one["head"]["label"] == query["head"]], parts.path, query
            )
        if re.fullmatch(r"/repos/acme/shop/issues/\d+/comments", parts.path):
            if method == "GET":
                return self._page(self.comments, parts.path, query)
            if len(content["body"]) > 65_536:
                return 422, {"message": "Validation Failed"}, {}
            return 201, self.comment(content["body"]), {}
        if found := re.fullmatch(r"/repos/acme/shop/issues/comments/(\d+)", parts.path):
            [comment] = [one for one in self.comments if one["id"] == int(found[1])]
            comment["body"] = content["body"]
            return 200, comment, {}
        return 404, {"message": "Not Found"}, {}

    def _page(self, items: list[Any], path: str, query: dict[str, str]) -> tuple[int, Any, dict[str, str]]:
        size, page = min(100, int(query.get("per_page", 30))), int(query.get("page", 1))
        rest = "&".join(f"{name}={value}" for name, value in query.items() if name != "page")
        more = page * size < len(items)
        link = (
            f'<{self.url}{path}?{rest}&page={page + 1}>; rel="next", <{self.url}{path}?{rest}>; rel="first"'
        )
        return 200, items[(page - 1) * size : page * size], {"Link": link} if more else {}


@contextmanager
def serve() -> Iterator[StandIn]:
    """A stand-in that answers on a port of this machine, with one open pull request of a fork."""
    stand_in = StandIn(
        pulls=[{"number": 7, "state": "open", "head": {"sha": SHA, "label": "stranger:topic"}}],
    )

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            content = json.loads(self.rfile.read(length)) if length else None
            stand_in.calls.append((self.command, self.path))
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                code, body, headers = 401, {"message": "Bad credentials"}, {}
            elif stand_in.failures:
                code, body, headers = stand_in.failures.pop(0)
            else:
                code, body, headers = stand_in.answer(self.command, self.path, content)
                if self.command != "GET" and stand_in.lost_answers:
                    stand_in.lost_answers -= 1
                    code, body, headers = 502, {"message": "Bad gateway"}, {}
            raw = json.dumps(body).encode()
            self.send_response(code)
            for name, value in {**headers, "Content-Length": str(len(raw))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(raw)

        do_GET = do_POST = do_PATCH = _serve

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stand_in.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield stand_in
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def event(folder: Path, *, fork: bool = True, **run: Any) -> Path:
    """The event of a `workflow_run`, as GitHub writes it: a fork's pull request is not in it."""
    ours = {
        "number": 7,
        "head": {"sha": SHA, "ref": "topic"},
        "base": {"ref": "main", "repo": {"url": "https://api.github.com/repos/acme/shop"}},
    }
    content = {
        "repository": {"full_name": "acme/shop"},
        "workflow_run": {
            "event": "pull_request",
            "head_sha": SHA,
            "head_branch": "topic",
            "head_repository": {
                "full_name": "stranger/shop" if fork else "acme/shop",
                "owner": {"login": "stranger" if fork else "acme"},
            },
            "pull_requests": [] if fork else [ours],
            **run,
        },
    }
    file = folder / "event.json"
    file.write_text(json.dumps(content))
    return file
