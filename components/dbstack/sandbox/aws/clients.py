"""boto3 clients, made once per process, service, region and endpoint: making one costs a hundred requests."""

import threading
from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError

ClientFactory = Callable[[str, str], Any]
"""(service, region) -> boto3 client."""

_lock = threading.Lock()
_session: boto3.Session | None = None
_clients: dict[tuple[str, str, str, str], Any] = {}

# What AWS's clients would send again is decided in `_wait`.
_CONFIG = Config(
    retries={"total_max_attempts": 1},
    connect_timeout=5,
    read_timeout=60,
    max_pool_connections=32,
    proxies={},
    parameter_validation=True,
)
_CREDENTIALS = ("sandbox", "sandbox")


def _shared_session() -> boto3.Session:
    global _session
    if _session is None:
        _session = boto3.Session(aws_access_key_id=_CREDENTIALS[0], aws_secret_access_key=_CREDENTIALS[1])
    return _session


_THROTTLED = frozenset(
    {"Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException"}
)
_UNAVAILABLE = frozenset({"InternalFailure", "InternalError", "ServiceUnavailable"})
ATTEMPTS = 5
_FIRST_WAIT = 0.05


def _wait(
    attempts: int, response: Any = None, caught_exception: Exception | None = None, **_: Any
) -> float | None:
    """Seconds until a request is sent again, as AWS's own clients do for what may pass; None: not at all.

    A failure of the simulator itself is none of these: it has no error code.
    """
    if caught_exception is not None:
        passing = isinstance(caught_exception, ConnectionClosedError)
    else:
        code = response[1].get("Error", {}).get("Code", "") if response else ""
        passing = code in _THROTTLED | _UNAVAILABLE
    return _FIRST_WAIT * 2 ** (attempts - 1) if passing and attempts < ATTEMPTS else None


def client(service: str, region: str, endpoint_url: str | None = None, token: str = "") -> Any:
    """The shared client. With no endpoint, requests go to whatever moto intercepts in this process."""
    key = (service, region, endpoint_url or "", token)
    if (found := _clients.get(key)) is not None:
        return found
    with _lock:
        if key not in _clients:
            session: Any = _shared_session()
            _clients[key] = session.client(
                service,
                region_name=region,
                endpoint_url=endpoint_url,
                config=_CONFIG,
                use_ssl=not (endpoint_url or "https").startswith("http://"),
            )
            events = _clients[key].meta.events
            name = _clients[key].meta.service_model.service_id.hyphenize()
            events.unregister(f"needs-retry.{name}", unique_id=f"retry-config-{name}")
            events.register(f"needs-retry.{name}", _wait)
        return _clients[key]


def factory(endpoint_url: str | None = None) -> ClientFactory:
    """A factory whose clients talk to one endpoint."""
    return lambda service, region: client(service, region, endpoint_url)
