"""The line protocol between the background process and those who ask it for something.

One JSON object a line over 127.0.0.1, each request with the token of the control file. The launchers of providers
speak it too, without this module, since they import nothing.
"""

import json
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import SandboxError


@dataclass(frozen=True)
class Address:
    """Where a background process listens.

    Attributes:
        port: of the control socket on 127.0.0.1.
        token: what every request has to name.
        endpoint: the AWS endpoint, such as ``http://127.0.0.1:4567``.
        pid: the process.
    """

    port: int
    token: str
    endpoint: str
    pid: int


def read_address(path: Path) -> Address | None:
    """What the control file says; None if there is none or it is unreadable."""
    try:
        return Address(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def ask(address: Address, operation: str, *, timeout: float = 10.0, **arguments: Any) -> dict[str, Any]:
    """One request, one answer.

    Raises:
        SandboxError: nobody listens, or the answer is an error.
    """
    request = json.dumps({"token": address.token, "operation": operation, **arguments})
    try:
        with socket.create_connection(("127.0.0.1", address.port), timeout=timeout) as connection:
            connection.sendall(request.encode() + b"\n")
            with connection.makefile("r") as answers:
                answer = json.loads(answers.readline() or "{}")
    except (OSError, ValueError) as error:
        raise SandboxError(f"the sandbox does not answer ({error})") from error
    if "error" in answer or not answer:
        raise SandboxError(str(answer.get("error", "the sandbox broke off the connection")))
    return dict(answer)
