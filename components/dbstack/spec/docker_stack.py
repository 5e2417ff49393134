"""The rules of a stack of containers: what it can't have, and that no two of them want one port or one name."""

from collections.abc import Iterator, Mapping
from typing import Any

from dbstack.spec.defaults import DATABASE
from dbstack.spec.docker_plan import EXPORTER, GRAFANA, PGBOUNCER, PROMETHEUS, check_docker, check_image
from dbstack.spec.engines import engine_facts
from dbstack.spec.paths import Path
from dbstack.spec.types import Engine
from dbstack.spec.view import Faults, View

_OF_AWS = ("network", "clusters", "backup_plan", "notifications", "dashboard")
_PORTS: Mapping[str, int] = {"redis": 6379, "mongo": 27017}


def check_docker_stack(view: View, faults: Faults) -> None:
    """Every rule that is of containers only; `view` is the stack."""
    for name in _OF_AWS:
        if name in view.given:
            faults.add(view.at(name), "is AWS's: leave it out with target docker")
    check_containers(view, view.sub("docker"), faults)


def check_containers(view: View, beside: View, faults: Faults) -> None:
    """The rules of the `databases` of `view`, and of what runs `beside` them."""
    for name in (*_PORTS, "monitoring"):
        _check_images(beside.sub(name), faults)
    if not view.ok("databases"):
        return
    databases = {
        name: View(record, view.at("databases").key(name), DATABASE)
        for name, record in view["databases"].items()
    }
    reserved = _reserved(beside)
    for name, database in databases.items():
        check_docker(database, faults)
        if name in reserved:
            message = f"{name!r} is the name of what `{beside.at(reserved[name])}` makes: choose another"
            faults.add(view.at("databases").key(name), message)
    taken: dict[int, str] = {}
    for port, owner, at in _wanted(beside, databases):
        if not isinstance(port, int):
            continue
        twin = taken.setdefault(port, owner)
        if twin != owner:
            faults.add(at, f"{port} is also the port of {twin} on this machine: choose another")


def _check_images(view: View, faults: Faults) -> None:
    check_image(view, faults)
    for name in ("exporter", "prometheus", "grafana"):
        if name in view.given:
            check_image(view.sub(name), faults)


def _reserved(beside: View) -> dict[str, str]:
    """Names of containers that are not databases, with the setting that makes them."""
    found = {name: name for name in _PORTS if name in beside.given}
    if "monitoring" in beside.given:
        found |= dict.fromkeys(("prometheus", "grafana"), "monitoring")
    return found


def _wanted(beside: View, databases: Mapping[str, View]) -> Iterator[tuple[Any, str, Path]]:
    """Every port of this machine that the stack wants: who wants it, and where that is said."""
    for name, database in databases.items():
        settings = database.sub("docker")
        port = settings.get("port") or database.get("port")
        if port is None and database.ok("engine"):
            port = engine_facts(str(database["engine"])).port
        if not isinstance(port, int):
            continue
        yield port, repr(name), settings.at("port")
        chosen: Mapping[str, Any] = settings.get("replica_ports") or {}
        for position, key in enumerate(_replicas(database), 1):
            yield (
                chosen.get(key, port + position),
                f"the replica {key!r} of {name!r}",
                settings.at("replica_ports"),
            )
        if "proxy" in database.given:
            pooler = settings.sub("pgbouncer", PGBOUNCER)
            yield pooler["port"], f"the PgBouncer of {name!r}", pooler.at("port")
    yield from _exporters(beside, databases)
    for name, default in _PORTS.items():
        if name in beside.given:
            yield beside.sub(name).get("port") or default, f"`{name}`", beside.sub(name).at("port")
    if "monitoring" not in beside.given:
        return
    for name, defaults in (("prometheus", PROMETHEUS), ("grafana", GRAFANA)):
        one = beside.sub("monitoring").sub(name, defaults)
        if one.get("enabled") is not False:
            yield one["port"], f"`{name}`", one.at("port")


def _exporters(beside: View, databases: Mapping[str, View]) -> Iterator[tuple[Any, str, Path]]:
    monitored = "monitoring" in beside.given
    following = beside.sub("monitoring").sub("exporter", EXPORTER)
    port = following["port"] if isinstance(following["port"], int) else 0
    for name, database in databases.items():
        own = database.sub("docker").sub("exporter")
        if not (own.given or monitored) or str(database.get("engine")) != Engine.POSTGRES:
            continue
        first = own.get("port") or (port if monitored else EXPORTER["port"])
        at = own.at("port") if own.get("port") else following.at("port")
        count = 1 + len(_replicas(database))
        if not isinstance(first, int):
            continue
        for position in range(count):
            yield first + position, f"an exporter of {name!r}", at
        port += count


def _replicas(database: View) -> Mapping[str, Any]:
    return (database.get("replicas") or {}) if database.ok("replicas") else {}
