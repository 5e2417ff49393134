"""Whether a container would start, looked at before the one that it replaces is stopped: both can't run at once."""

import errno
import socket
from typing import Any

from dbstack.sandbox.aws.errors import SandboxError
from dbstack.sandbox.aws.model import Props
from dbstack.sandbox.docker import create, ports
from dbstack.sandbox.docker.engine import Engine, status_of
from dbstack.sandbox.wire import listed

LOOK_ONLY = "DBSTACK_PREFLIGHT"
"""Environment of a start script that knows this word: it looks at image and volumes, changes nothing and ends."""
# EX_CONFIG, by which a start script refuses.
_REFUSED = 78
_PATIENCE_SECONDS = 30
_KINDS = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}


def refuse_what_cannot_start(engine: Engine, old: Props, new: Props) -> None:
    """Raises SandboxError for an image that isn't there, a port that something else has, and what the new one's start
    script refuses. Changes nothing."""
    if not new.get("start", True):
        return
    try:
        engine.api.inspect_image(new["image"])
    except Exception as error:
        if status_of(error) != 404:
            raise
        raise _kept(f"the image {new['image']} is not on this machine") from None
    had = {_published(item) for item in listed(old.get("ports"))}
    for item in listed(new.get("ports")):
        port, kind = _published(item)
        # What the old one has is free as soon as it has gone.
        if port and (port, kind) not in had:
            owner = _owner(engine, port, kind, str(item.get("ip") or "0.0.0.0"))
            if owner:
                raise _kept(ports.taken(port, owner))
    refusal = _script_refuses(engine, new)
    if refusal:
        raise _kept(refusal)


def _kept(reason: str) -> SandboxError:
    return SandboxError(f"{reason}. The container that runs was left as it is")


def _published(item: Props) -> tuple[int, str]:
    return int(item.get("external") or 0), str(item.get("protocol") or "tcp")


def _owner(engine: Engine, port: int, kind: str, address: str) -> str | None:
    """Who has the port now; None where it is free."""
    found = ports.container_with(engine.api, port)
    if found or not engine.is_local or kind not in _KINDS:
        return found
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, _KINDS[kind]) as probe:
        # As Docker listens: connections that have ended are no hindrance.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            # Anything else is for the engine to judge, which may do more than this user.
            return ports.owner(engine.api, port) if error.errno == errno.EADDRINUSE else None
    return None


def _script_refuses(engine: Engine, new: Props) -> str | None:
    """What the start script says against image and volumes, run without network, ports or the right to write."""
    entry = listed(new.get("entrypoints"))
    script = next(
        (item for item in listed(new.get("uploads")) if entry and item.get("file") == entry[-1]), None
    )
    if script is None or LOOK_ONLY not in str(script.get("content") or ""):
        return None
    looking: Props = {
        **{
            key: value
            for key, value in new.items()
            if key not in ("ports", "networksAdvanced", "healthcheck")
        },
        "envs": [*listed(new.get("envs")), f"{LOOK_ONLY}=1"],
        "volumes": [{**item, "readOnly": True} for item in listed(new.get("volumes"))],
        "networkMode": "none",
        "restart": "no",
    }
    api, name = engine.api, f"{new['name']}-preflight"
    # What a run that was killed has left.
    _remove(api, name)
    try:
        made: Any = api.create_container_from_config(create.body(looking, engine.version), name)
        api.put_archive(made["Id"], "/", create.archive([script]))
        api.start(made["Id"])
        code = api.wait(made["Id"], timeout=_PATIENCE_SECONDS)["StatusCode"]
        said = api.logs(made["Id"]).decode(errors="replace") if code == _REFUSED else ""
    except Exception:  # Only a refusal counts: whatever else is wrong the start itself tells.
        return None
    finally:
        _remove(api, name)
    return " ".join(said.replace("dbstack: ", "").split()) or None


def _remove(api: Any, name: str) -> None:
    try:
        api.remove_container(name, v=True, force=True)
    except Exception as error:
        if status_of(error) not in (404, 409):
            raise
