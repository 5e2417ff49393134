"""``pulumi-resource-aws`` and the like: gets a provider server from the background process for one engine.

The engine starts one for each provider resource, so this imports only the standard library: about 20 ms. Its control
connection is a lease: the background process ends the server when it closes, however this process dies.
"""

import json
import os
import select
import signal
import socket
import sys

# A provider without a region of its own takes the one of the environment it was started in; Docker's say where the
# engine is.
PASSED_ON = (
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "DOCKER_HOST",
    "DOCKER_CONTEXT",
    "DOCKER_CONFIG",
    "DOCKER_TLS_VERIFY",
    "DOCKER_CERT_PATH",
)


def main(arguments: list[str]) -> int:
    """``arguments``: PACKAGE CONTROL_FILE, then the engine's own. Serves until the engine or the sandbox ends."""
    package, control_file = arguments[0], arguments[1]
    try:
        with open(control_file) as file:
            address = json.load(file)
        connection = socket.create_connection(("127.0.0.1", address["port"]), timeout=60)
        environ = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        request = {"token": address["token"], "operation": "provider", "package": package, "environ": environ}
        connection.sendall(json.dumps(request).encode() + b"\n")
        answer = json.loads(connection.makefile("r").readline() or "{}")
    except (OSError, ValueError):
        print("the sandbox is not running: run `dbstack sandbox start`", file=sys.stderr)
        return 1
    if "port" not in answer:
        print(answer.get("error", "the sandbox gave no provider"), file=sys.stderr)
        return 1
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)
    print(answer["port"], flush=True)
    connection.settimeout(None)
    # Standard input ends with the engine, the connection with the sandbox.
    waiting = [sys.stdin.fileno(), connection.fileno()]
    while True:
        ready, _, _ = select.select(waiting, [], [])
        for descriptor in ready:
            if not os.read(descriptor, 4096):
                return 0


def _leave(number: int, frame: object) -> None:
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
