"""boto3 clients, made once per process, service, region and endpoint: making one costs a hundred requests."""

import threading
from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config

ClientFactory = Callable[[str, str], Any]
"""(service, region) -> boto3 client."""

_lock = threading.Lock()
_session: boto3.Session | None = None
_clients: dict[tuple[str, str, str, str], Any] = {}

# A failure of the sandbox is no transient one: repeating the request only hides it.
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
        return _clients[key]


def factory(endpoint_url: str | None = None) -> ClientFactory:
    """A factory whose clients talk to one endpoint."""
    return lambda service, region: client(service, region, endpoint_url)
