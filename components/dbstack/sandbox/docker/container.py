"""`docker.Container`: made, started, waited for; what fails on the way is taken away again."""

import time
from typing import Any

from dbstack.sandbox.aws.errors import SandboxError
from dbstack.sandbox.aws.model import Props
from dbstack.sandbox.docker import create, ports
from dbstack.sandbox.docker.engine import Engine, sentence, status_of
from dbstack.sandbox.docker.operations import found_labels
from dbstack.sandbox.wire import listed, mapping

_POLL = 0.15
_LOG_LINES = 15
_DURATIONS = ("interval", "timeout", "startPeriod", "startInterval")
_LIVE = ("memory", "memorySwap", "cpuShares", "cpuSet", "cpus", "restart", "maxRetryCount")
"""What Docker changes of a container that runs."""


class Container:
    """`docker.Container`."""

    def check(self, props: Props) -> list[tuple[str, str]]:
        faults: list[tuple[str, str]] = []
        given = mapping(props.get("healthcheck"))
        if props.get("wait") and not given:
            faults.append(
                ("wait", "needs a healthcheck: without one the engine can't tell when it is healthy")
            )
        for name in _DURATIONS:
            text = (given or {}).get(name)
            if text and create.nanoseconds(str(text)) is None:
                faults.append((f"healthcheck.{name}", f"{text!r} is no duration: write e.g. 30s or 500ms"))
        for index, item in enumerate(listed(props.get("uploads"))):
            sources = [name for name in ("content", "contentBase64", "source") if item.get(name)]
            if len(sources) != 1:
                message = "give exactly one of content, contentBase64 and source"
                faults.append((f"uploads[{index}]", message))
            for name in ("owner", "group"):
                if item.get(name) and not str(item[name]).isdigit():
                    faults.append((f"uploads[{index}].{name}", "the sandbox takes numeric ids only"))
        return faults

    def create(self, engine: Engine, props: Props) -> str:
        api = engine.api
        name = str(props["name"])
        try:
            made = api.create_container_from_config(create.body(props, engine.version), name)
        except Exception as error:
            if status_of(error) == 409:
                raise SandboxError(
                    f"another container has the name {name}: see it with `docker ps -a`, then remove it with "
                    f"`docker rm -f {name}` (volumes stay) or rename this one"
                ) from None
            raise
        container_id = str(made["Id"])
        try:
            for network, settings in list(create.endpoints(props).items())[1:]:
                api.connect_container_to_network(container_id, network, aliases=settings["Aliases"])
            if uploads := listed(props.get("uploads")):
                api.put_archive(container_id, "/", create.archive(uploads))
            if props.get("start", True):
                _start(engine, container_id)
                if props.get("wait"):
                    _wait(engine, container_id, props)
        except BaseException:
            _remove(engine, container_id, {})
            raise
        return container_id

    def read(self, engine: Engine, resource_id: str, prior: Props) -> Props | None:
        try:
            found: Any = engine.api.inspect_container(resource_id)
        except Exception as error:
            if status_of(error) == 404:
                return None
            raise
        host, config, now = found["HostConfig"], found["Config"], found["State"]
        networks: dict[str, Any] = found["NetworkSettings"].get("Networks") or {}
        state: Props = {
            **prior,
            "_id": found["Id"],
            "name": str(found["Name"]).lstrip("/"),
            "image": _image(prior, found),
            "restart": host["RestartPolicy"]["Name"] or "no",
            "labels": found_labels(config.get("Labels"), prior),
            "bridge": found["NetworkSettings"].get("Bridge") or "",
            "networkDatas": [
                {
                    "networkName": name,
                    "ipAddress": item.get("IPAddress"),
                    "ipPrefixLength": item.get("IPPrefixLen"),
                    "gateway": item.get("Gateway"),
                    "macAddress": item.get("MacAddress"),
                }
                for name, item in networks.items()
            ],
        }
        if not now["Running"]:
            state["exitCode"] = now["ExitCode"]
        if prior.get("start", True) and prior.get("mustRun", True):
            # Stopped by hand or dead: an update starts it again.
            state["start"] = bool(now["Running"])
        for name, member in (("memory", "Memory"), ("cpuShares", "CpuShares")):
            value = host.get(member) or 0
            state[name] = value // create.MIB if name == "memory" else value
            if not state[name]:
                del state[name]
        if "ports" in prior or not prior:
            state["ports"] = _ports(prior, found)
        return state

    def update(self, engine: Engine, resource_id: str, old: Props, new: Props) -> None:
        api = engine.api
        if any(old.get(name) != new.get(name) for name in _LIVE):
            limits = create.limits(new)
            if "memory" in old and "Memory" not in limits:
                limits |= {"Memory": 0, "MemorySwap": 0}
            elif "Memory" in limits and "MemorySwap" not in limits:
                # Else a limit below the former one's swap is refused.
                limits["MemorySwap"] = limits["Memory"] * 2
            settings = {
                **limits,
                "CpuShares": new.get("cpuShares") or 0,
                "CpusetCpus": new.get("cpuSet") or "",
                "RestartPolicy": create.restart_policy(new),
            }
            url = api._url("/containers/{0}/update", resource_id)
            api._raise_for_status(api._post_json(url, data=settings))
        running = bool(api.inspect_container(resource_id)["State"]["Running"])
        if new.get("start", True) and not running:
            _start(engine, resource_id)
            if new.get("wait"):
                _wait(engine, resource_id, new)
        elif not new.get("start", True) and running:
            api.stop(resource_id, timeout=_grace(new))

    def delete(self, engine: Engine, resource_id: str, state: Props) -> None:
        _remove(engine, resource_id, state)


def _grace(props: Props) -> int:
    return int(props.get("destroyGraceSeconds") or props.get("stopTimeout") or 10)


def _remove(engine: Engine, container_id: str, state: Props) -> None:
    api = engine.api
    try:
        if state.get("destroyGraceSeconds"):
            api.stop(container_id, timeout=_grace(state))
        api.remove_container(container_id, v=bool(state.get("removeVolumes", True)), force=True)
    except Exception as error:
        # 409: another client removes it already.
        if status_of(error) not in (404, 409):
            raise


def _start(engine: Engine, container_id: str) -> None:
    try:
        engine.api.start(container_id)
    except Exception as error:
        message = sentence(error)
        port = ports.taken_port(message)
        if port is None:
            raise
        raise SandboxError(ports.taken(port, ports.owner(engine.api, port, container_id))) from None


def _wait(engine: Engine, container_id: str, props: Props) -> None:
    """Until it is healthy. Raises with the last lines of its log where it ends, or isn't healthy in time."""
    api = engine.api
    limit = int(props.get("waitTimeout") or 60)
    end = time.monotonic() + limit
    check = mapping(props.get("healthcheck")) or {}
    # What an older engine has no start interval for: it would look for the first time after a whole interval.
    probes = bool(check.get("startInterval")) and engine.version < create.START_INTERVAL_SINCE
    while True:
        now: Any = api.inspect_container(container_id)
        state = now["State"]
        health = state["Health"]["Status"] if state.get("Health") else None
        if health == "healthy":
            return
        if now.get("RestartCount") or state["Status"] in ("exited", "dead", "restarting"):
            # Docker has started it again already: what it ended with is gone then.
            code = "" if state["Status"] == "running" else f" with exit code {state['ExitCode']}"
            raise SandboxError(f"it ended{code} instead of becoming healthy{_log(api, container_id)}")
        if health == "unhealthy":
            raise SandboxError(f"it is unhealthy{_log(api, container_id)}")
        if probes and _passes(api, container_id, list(check["tests"])):
            return
        if time.monotonic() > end:
            raise SandboxError(f"it is not healthy after {limit} s{_log(api, container_id)}")
        time.sleep(_POLL)


def _passes(api: Any, container_id: str, tests: list[str]) -> bool:
    """Whether the health check succeeds now."""
    command = ["/bin/sh", "-c", *tests[1:]] if tests[0] == "CMD-SHELL" else tests[1:]
    try:
        run = api.exec_create(container_id, command, stdout=False, stderr=False)["Id"]
        # Detached: docker-py never closes the connection over which it reads an output.
        api.exec_start(run, detach=True)
        while (found := api.exec_inspect(run))["Running"]:
            time.sleep(_POLL / 5)
        return found["ExitCode"] == 0
    except Exception:  # It is about to end: the next look tells.
        return False


def _log(api: Any, container_id: str) -> str:
    """The end of a container's log, as the end of a sentence."""
    try:
        lines = api.logs(container_id, tail=_LOG_LINES).decode(errors="replace").strip()
    except Exception:  # The log only helps: without it the failure itself is told.
        lines = ""
    return f"; its log ends:\n{lines}" if lines else ", and its log is empty"


def _image(prior: Props, found: Any) -> str:
    """The image as the program names it, as long as that is still what runs."""
    # Docker keeps the reference that it was made with; an id stays an id.
    return str(prior.get("image") or found["Config"]["Image"])


def _ports(prior: Props, found: Any) -> list[Props]:
    """The published ports with the numbers that Docker chose where the program gives none."""
    bound: dict[str, Any] = (
        found["NetworkSettings"].get("Ports") or found["HostConfig"].get("PortBindings") or {}
    )
    result: list[Props] = []
    for item in listed(prior.get("ports")):
        key = f"{item['internal']}/{item.get('protocol') or 'tcp'}"
        chosen = [int(entry["HostPort"]) for entry in listed(bound.get(key)) if entry["HostPort"]]
        given = [item["external"]] if item.get("external") else chosen
        result.append({**item, **({"external": given[0]} if given else {})})
    if not prior:
        for key, entries in bound.items():
            internal, _, protocol = key.partition("/")
            result += [
                {
                    "internal": int(internal),
                    "external": int(entry["HostPort"]),
                    "ip": entry["HostIp"] or "0.0.0.0",
                    "protocol": protocol,
                }
                for entry in listed(entries)
            ]
    return result
