"""The Docker engine that the sandbox's `docker` provider works on, and its failures in one sentence."""

import socket
import threading
from collections.abc import Mapping
from typing import Any

from dbstack.sandbox.aws.errors import SandboxError

DEFAULT_HOST = "unix:///var/run/docker.sock"
# An engine that a laptop has put to sleep needs some seconds; a container that stops may take its whole grace.
_TIMEOUT = 120
# Two resources of one stack may ask for the same image at once.
PULLING = threading.Lock()


class Engine:
    """A connection that is made when it is first needed.

    Args:
        environ: where the caller's environment says that the engine is.
        host: the provider's own `host`, which wins.
    """

    def __init__(self, environ: Mapping[str, str], host: str | None = None) -> None:
        self._environ = environ
        self.host = host or environ.get("DOCKER_HOST") or _context_host(environ) or DEFAULT_HOST
        self._api: Any = None
        self._lock = threading.Lock()

    @property
    def is_local(self) -> bool:
        """Whether its ports are this machine's."""
        return not self.host.startswith(("ssh://", "tcp://", "http://", "https://"))

    @property
    def api(self) -> Any:
        """docker-py's low-level client. Raises SandboxError in one sentence where no engine answers."""
        with self._lock:
            if self._api is None:
                self._api = self._connect()
            return self._api

    @property
    def version(self) -> tuple[int, ...]:
        """The version of the API that both sides know, e.g. (1, 41)."""
        return tuple(int(part) for part in str(self.api.api_version).split("."))

    def _connect(self) -> Any:
        try:
            from docker.utils import kwargs_from_env

            import docker
        except ImportError:
            raise SandboxError(
                "the sandbox needs docker-py to work on a Docker engine: install dbstack[sandbox]"
            ) from None
        try:
            _reach(self.host)
            settings: dict[str, Any] = {
                **kwargs_from_env(environment=dict(self._environ)),
                "base_url": self.host,
            }
            return docker.APIClient(version="auto", timeout=_TIMEOUT, **settings)
        except Exception as error:
            raise SandboxError(absent(self.host, error)) from None


def _reach(host: str) -> None:
    """Raises OSError where nobody listens on a local socket: docker-py would leave its own open, and say less."""
    if host.startswith("unix://"):
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(10)
            probe.connect(host.removeprefix("unix://"))


def absent(host: str, error: Exception) -> str:
    """That no engine answers, why, and what the user can do."""
    reasons = {
        PermissionError: "this user may not use it",
        FileNotFoundError: "there is no such socket",
        ConnectionRefusedError: "nothing listens there",
    }
    reason = reasons.get(type(error), " ".join(str(error).split())[:200])  # type: ignore[arg-type]
    return (
        f"no Docker engine answers at {host} ({reason}): start Docker or name its socket in DOCKER_HOST; without "
        "Docker choose `target: aws`, which the sandbox deploys on this machine with no Docker"
    )


def _context_host(environ: Mapping[str, str]) -> str | None:
    """The socket of the `docker context` in use: Docker Desktop, colima and rootless engines have one of their own."""
    try:
        from docker.context import ContextAPI

        name = environ.get("DOCKER_CONTEXT")
        context: Any = ContextAPI.get_context(name) if name else ContextAPI.get_current_context()
        host = context and context.Host
    except Exception:  # An unreadable config file of Docker's is not ours to judge.
        return None
    # docker-py's spelling of the default one.
    return None if not host or host == "http+unix:///var/run/docker.sock" else str(host)


def sentence(error: Exception) -> str:
    """One readable line for a failure of the engine."""
    explanation = getattr(error, "explanation", None)
    text = explanation.decode() if isinstance(explanation, bytes) else explanation or str(error)
    return " ".join(str(text).split())


def status_of(error: Exception) -> int:
    """HTTP status of the engine's answer; 0 for other failures."""
    return int(getattr(getattr(error, "response", None), "status_code", 0) or 0)
