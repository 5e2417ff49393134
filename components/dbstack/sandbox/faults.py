"""Failures on order: what a real cloud does now and then, and a simulator never does by itself.

Each fault is for one API operation, and for so many of its next calls. `after`: the operation is done, and only its
answer is lost, as with a timeout.
"""

import socket
import threading
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any
from xml.sax.saxutils import escape

from .errors import UsageError

CONNECTION = "connection"
"""The connection breaks before the answer."""
# What AWS answers with an HTTP status other than 400.
_STATUS = {"InternalFailure": 500, "InternalError": 500, "ServiceUnavailable": 503}
_MESSAGE = {"Throttling": "Rate exceeded"}


@dataclass
class Fault:
    """One order; `times` counts down."""

    service: str
    operation: str
    error: str
    times: int
    after: bool


class Faults:
    """The orders that are open, and what was called so far."""

    def __init__(self) -> None:
        self._open: list[Fault] = []
        self.calls: set[str] = set()
        """`rds:CreateDBInstance` and so on, since the process started."""
        self._lock = threading.Lock()

    def order(self, operation: str, error: str, times: int, after: bool) -> None:
        """From now on the next `times` calls of `operation` (`rds:CreateDBInstance`) fail."""
        service, _, name = operation.partition(":")
        with self._lock:
            self._open.append(Fault(service, name, error, times, after))

    def clear(self) -> None:
        with self._lock:
            self._open.clear()

    def listed(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(fault) for fault in self._open]

    def take(self, operation: str, service: str) -> Fault | None:
        """The fault of this call, counted; None where it shall succeed."""
        with self._lock:
            self.calls.add(f"{service}:{operation}")
            for fault in self._open:
                if fault.operation == operation:
                    fault.times -= 1
                    if fault.times <= 0:
                        self._open.remove(fault)
                    return fault
        return None


def check_operation(text: str) -> None:
    """Raises UsageError where AWS has no such operation as `rds:CreateDBInstance`."""
    import botocore.session

    service, colon, operation = text.partition(":")
    session: Any = botocore.session.get_session()
    if not colon or service not in session.get_available_services():
        raise UsageError(f"{text!r} is no operation: write e.g. rds:CreateDBInstance")
    if operation not in session.get_service_model(service).operation_names:
        raise UsageError(f"{service} has no operation {operation!r}: write e.g. rds:CreateDBInstance")


def failed(
    fault: Fault, environ: dict[str, Any], start_response: Callable[[str, list[tuple[str, str]]], Any]
) -> Iterable[bytes]:
    """The answer of a failed call, in the protocol of the request."""
    content_type = str(environ.get("CONTENT_TYPE", ""))
    if fault.error == CONNECTION:
        # The server only logs the exception; the client would wait.
        environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        raise ConnectionResetError("broken on order")
    status = _STATUS.get(fault.error, 400)
    message = f"{_MESSAGE.get(fault.error, 'failed on order')} (injected by dbstack sandbox fault)"
    if "json" in content_type:
        kind = content_type
        body = f'{{"__type": "{fault.error}", "message": "{message}"}}'
    else:
        kind = "text/xml"
        code = escape(fault.error)
        said = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
        if fault.service == "ec2":
            body = f"<Response><Errors>{said}</Errors><RequestID>0</RequestID></Response>"
        else:
            body = f"<ErrorResponse>{said}<RequestId>0</RequestId></ErrorResponse>"
    headers = [("Content-Type", kind), ("Content-Length", str(len(body))), ("x-amzn-errortype", fault.error)]
    start_response(f"{status} Injected", headers)
    return [body.encode()]
