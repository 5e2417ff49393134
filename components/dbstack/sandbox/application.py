"""The sandbox's AWS: moto's WSGI application, one request at a time, each change in the journal."""

import base64
import io
import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import time_machine

from .errors import SandboxError
from .faults import Faults, failed
from .journal import Journal, Record, is_reading, operation_of
from .replayable import replayable

WsgiApplication = Callable[[dict[str, Any], Any], Iterable[bytes]]
log = logging.getLogger("dbstack.sandbox")


class DurableApplication:
    """Puts a journal round a WSGI application that forgets.

    Args:
        inner: moto's application.
        journal: where changes are written before they are answered.
        load: imports the service that a request is for. It runs outside what is made replayable, since a service is
            imported by the first request that uses it, which in a replay may be another one.
        faults: failures that were ordered.
    """

    def __init__(
        self,
        inner: WsgiApplication,
        journal: Journal,
        load: Callable[[dict[str, Any]], object] | None = None,
        faults: Faults | None = None,
    ) -> None:
        self._inner = inner
        self._faults = faults or Faults()
        self._journal = journal
        self._load = load
        self._lock = threading.Lock()

    def replay(self, start: int = 0) -> int:
        """Does everything again that the journal holds from byte ``start`` on; returns how many requests that were.

        Raises:
            SandboxError: something that once succeeded now fails, so that the state would be another one.
        """
        count = 0
        for record in self._journal.records(start):
            count += 1
            environ = _environ_of(record)
            self._load_service(environ, record.body_bytes)
            with time_machine.travel(record.time, tick=False), replayable(record.time, record.seed):
                status, _, _ = self._run(environ, record.body_bytes)
            if record.status < 400 <= status:
                operation = operation_of(record.method, record.path, record.headers, record.body_bytes)
                raise SandboxError(
                    f"the sandbox cannot be restored: {operation} answered {record.status} when it was made and "
                    f"{status} now, as happens after an upgrade of dbstack or moto; `dbstack sandbox reset` starts "
                    "anew, which drops everything deployed in the sandbox"
                )
        return count

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        body = _body_of(environ)
        method, path, headers = environ["REQUEST_METHOD"], environ.get("PATH_INFO", ""), _headers_of(environ)
        operation = operation_of(method, path, headers, body)
        fault = self._faults.take(operation, _service_of(headers))
        if fault is not None:
            log.info("%s fails on order: %s", operation, fault.error)
        if fault is not None and not fault.after:
            return failed(fault, environ, start_response)
        with self._lock:
            if is_reading(method, operation):
                status, lines, answer = self._run(environ, body)
            else:
                self._load_service(environ, body)
                now, seed = time.time(), secrets.randbits(63)
                with replayable(now, seed):
                    status, lines, answer = self._run(environ, body)
                query = environ.get("QUERY_STRING", "")
                encoded = base64.b64encode(body).decode()
                self._journal.append(Record(now, seed, method, path, query, headers, encoded, status))
                log.info("%s %s", operation, status)
        if fault is not None:
            return failed(fault, environ, start_response)
        start_response(lines[0], lines[1])
        return [answer]

    def _load_service(self, environ: dict[str, Any], body: bytes) -> None:
        if self._load:
            self._load({**environ, "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))})

    def _run(
        self, environ: dict[str, Any], body: bytes
    ) -> tuple[int, tuple[str, list[tuple[str, str]]], bytes]:
        environ["wsgi.input"] = io.BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(
            status: str, headers: list[tuple[str, str]], *_: object
        ) -> Callable[[bytes], None]:
            started.append((status, headers))
            return lambda _: None

        chunks = self._inner(environ, start_response)
        try:
            answer = b"".join(chunks)
        finally:
            close = getattr(chunks, "close", None)
            if close:
                close()
        status, headers = started[-1]
        if not any(name.lower() == "content-length" for name, _ in headers):
            headers = [*headers, ("Content-Length", str(len(answer)))]
        return int(status.split()[0]), (status, headers), answer


def _service_of(headers: dict[str, str]) -> str:
    """The service that a request is signed for."""
    scope = headers.get("Authorization", "").partition("Credential=")[2].split(",")[0].split("/")
    return scope[3] if len(scope) > 3 else ""


def _body_of(environ: dict[str, Any]) -> bytes:
    stream = environ["wsgi.input"]
    if environ.get("CONTENT_LENGTH"):
        return bytes(stream.read(int(environ["CONTENT_LENGTH"])))
    return bytes(stream.read()) if environ.get("wsgi.input_terminated") else b""


def _headers_of(environ: dict[str, Any]) -> dict[str, str]:
    named = {
        key[5:].replace("_", "-").title(): str(value)
        for key, value in environ.items()
        if key.startswith("HTTP_")
    }
    if environ.get("CONTENT_TYPE"):
        named["Content-Type"] = environ["CONTENT_TYPE"]
    return named


def _environ_of(record: Record) -> dict[str, Any]:
    from werkzeug.test import EnvironBuilder

    headers = [(key, value) for key, value in record.headers.items() if key.lower() != "content-length"]
    builder = EnvironBuilder(
        path=record.path,
        method=record.method,
        query_string=record.query,
        headers=headers,
        input_stream=io.BytesIO(),
    )
    return dict(builder.get_environ())
