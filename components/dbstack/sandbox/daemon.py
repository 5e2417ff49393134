"""The sandbox's background process: moto, the Pulumi provider servers, and the control socket that hands them out."""

import json
import logging
import os
import secrets
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import Any

import grpc

from . import replayable, snapshot
from .control import Address, read_address
from .errors import SandboxError
from .faults import Faults
from .paths import Layout, write_private

log = logging.getLogger("dbstack.sandbox")
ServicerFactory = Callable[[str, str, dict[str, str]], Any]
PROVIDER_THREADS = 32
# About a second's worth.
REPLAYED_BEFORE_SNAPSHOT = 200
UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


class Provider:
    """One provider server, for one engine and one provider resource."""

    def __init__(self, servicer: Any) -> None:
        from pulumi.runtime.proto import provider_pb2_grpc

        self._pool = ThreadPoolExecutor(max_workers=PROVIDER_THREADS)
        self._server = grpc.server(self._pool, options=UNLIMITED)
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, self._server)
        self.port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()

    def stop(self) -> None:
        """Takes no more calls and returns when those under way have really ended."""
        self._server.stop(grace=None)
        self._pool.shutdown(wait=True)


class Control:
    """Answers on the control socket.

    Args:
        endpoint: the AWS endpoint that providers work against.
        servicers: imports what makes the servicer of a package for an endpoint and the environment that the provider
            was started in; LookupError names what there is.
        stop: called when somebody asks the process to end.
    """

    def __init__(
        self,
        endpoint: str,
        servicers: Callable[[], ServicerFactory],
        stop: Callable[[], None],
        faults: Faults | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._faults = faults or Faults()
        self._servicers = servicers
        self._stop = stop
        self._token = secrets.token_hex(32)
        self._started = time.time()
        self._busy = threading.Condition()
        self._providers = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def address(self) -> Address:
        """What the control file says of this process."""
        port: int = self._listener.getsockname()[1]
        return Address(port, self._token, self._endpoint, os.getpid())

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("r") as lines:
            try:
                request = json.loads(lines.readline(65536))
                if not secrets.compare_digest(str(request["token"]), self._token):
                    raise SandboxError("the sandbox was asked with a wrong token")
                operations = {
                    "status": self._status,
                    "drain": self._drain,
                    "stop": self._answer_stop,
                    "fault": self._fault,
                    "calls": self._calls,
                }
                if request["operation"] == "provider":
                    self._lease(connection, str(request["package"]), dict(request.get("environ") or {}))
                    return
                answer = operations[request["operation"]](request)
            except (SandboxError, LookupError, ValueError, TypeError) as error:
                answer = {"error": str(error)}
            except OSError:
                return
            _send(connection, answer)

    def _status(self, _: dict[str, Any]) -> dict[str, Any]:
        return {
            "pid": os.getpid(),
            "started": self._started,
            "providers": self._providers,
            "endpoint": self._endpoint,
        }

    def _drain(self, request: dict[str, Any]) -> dict[str, Any]:
        """Waits until every provider of an engine that has gone has finished what it was doing."""
        with self._busy:
            quiet = self._busy.wait_for(
                lambda: self._providers == 0, timeout=float(request.get("seconds", 30))
            )
        return {"quiet": quiet}

    def _fault(self, request: dict[str, Any]) -> dict[str, Any]:
        """Orders a failure; without an operation it takes every order back."""
        if operation := str(request.get("operation_name") or ""):
            self._faults.order(
                operation, str(request["error"]), int(request["times"]), bool(request["after"])
            )
        else:
            self._faults.clear()
        return {"faults": self._faults.listed()}

    def _calls(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"calls": sorted(self._faults.calls)}

    def _answer_stop(self, _: dict[str, Any]) -> dict[str, Any]:
        threading.Timer(0.05, self._stop).start()  # After the answer has gone out.
        return {"stopping": True}

    def _lease(self, connection: socket.socket, package: str, environ: dict[str, str]) -> None:
        """Serves a provider for as long as the connection is open."""
        provider = Provider(self._servicers()(package, self._endpoint, environ))
        with self._busy:
            self._providers += 1
        log.info("provider %s starts", package)
        try:
            _send(connection, {"port": provider.port})
            while connection.recv(4096):
                pass
        except OSError:
            pass
        finally:
            provider.stop()
            with self._busy:
                self._providers -= 1
                self._busy.notify_all()
            log.info("provider %s ends", package)


def _send(connection: socket.socket, answer: dict[str, Any]) -> None:
    try:
        connection.sendall(json.dumps(answer).encode() + b"\n")
    except OSError:
        return


def serve(layout: Layout, servicers: Callable[[], ServicerFactory]) -> int:
    """Runs until told to stop. Returns 1 at once if another process serves this state folder."""
    layout.make()
    lock = os.open(layout.lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        flock(lock, LOCK_EX | LOCK_NB)
    except BlockingIOError:
        return 1
    over = threading.Event()

    def leave(number: int, frame: object) -> None:
        over.set()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, leave)
    faults = Faults()
    server = _aws_server(layout, faults)
    endpoint = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    control = Control(endpoint, servicers, over.set, faults)
    token = control.address.token
    write_private(layout.root / "port", str(server.server_port))
    write_private(layout.control, json.dumps(asdict(control.address)))
    log.info("serving %s", endpoint)
    threading.Thread(
        target=_servicer, daemon=True
    ).start()  # The first engine should not wait for the import.
    while not over.wait(5):
        # Whoever deletes the state folder does not want its process to live on.
        address = read_address(layout.control)
        if address is None or address.token != token:
            log.info("the state folder is gone")
            break
    address = read_address(layout.control)
    if address is not None and address.token == token:
        layout.control.unlink(missing_ok=True)
    log.info("stopped")
    logging.shutdown()
    os._exit(0)  # gRPC's and werkzeug's threads would hold the process.


def _aws_server(layout: Layout, faults: Faults) -> Any:
    """moto behind a journal, with everything that the journal holds done again, listening on 127.0.0.1."""
    replayable.install()
    from moto.moto_server.werkzeug_app import (
        DomainDispatcherApplication,
        MotoRequestHandler,
        create_backend_app,
    )
    from werkzeug.serving import make_server

    from .application import DurableApplication
    from .journal import Journal

    class Handler(MotoRequestHandler):
        protocol_version = "HTTP/1.1"  # boto3 keeps its connections.
        disable_nagle_algorithm = True

        def log(self, type: str, message: str, *args: Any) -> None:
            """Nothing: paths and query strings may hold values; the journal's own line names the operation."""

    _extend_moto()
    started = time.monotonic()
    journal = Journal(layout.journal, layout.journal_key)
    services = DomainDispatcherApplication(create_backend_app)
    application = DurableApplication(services, journal, services.get_application, faults)
    covered = snapshot.load(layout.snapshot, journal.path, journal.key)
    count = application.replay(covered)
    log.info("replayed %d requests in %.2f s", count, time.monotonic() - started)
    if count > REPLAYED_BEFORE_SNAPSHOT:
        snapshot.save(layout.snapshot, journal.path, journal.size, journal.key)
    previous = _previous_port(layout)
    for port in (previous, 0):
        try:
            return make_server("127.0.0.1", port, application, threaded=True, request_handler=Handler)
        except (OSError, SystemExit):
            continue
    raise SandboxError("no port is free on 127.0.0.1")


def _previous_port(layout: Layout) -> int:
    """The port of the last run, so that endpoints that users exported stay valid; 0 without one."""
    memory = layout.root / "port"
    try:
        return int(memory.read_text())
    except (OSError, ValueError):
        return 0


def _extend_moto() -> None:
    from .moto_ext import install

    install()


def _servicer() -> ServicerFactory:
    """Imported after the start: nobody needs it before an engine comes."""
    from .servicer import servicer_for

    return servicer_for


def _is_news(record: logging.LogRecord) -> bool:
    """The engine tries optional calls that a provider does not have; gRPC logs each with a traceback."""
    return not (record.exc_info and record.exc_info[0] is NotImplementedError)


def main(arguments: list[str]) -> int:
    """``arguments``: the state folder."""
    layout = Layout(Path(arguments[0]))
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    log.setLevel(logging.INFO)
    logging.getLogger("grpc._server").addFilter(_is_news)
    try:
        return serve(layout, _servicer)
    except SandboxError as error:
        log.error("%s", error)
        return 1
