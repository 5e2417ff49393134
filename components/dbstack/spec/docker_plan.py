"""A database as containers: names, images, ports; planned from the same description as for AWS."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dbstack.spec.docker_mirror import check_mirror
from dbstack.spec.engines import EngineVersion, engine_facts, numbers
from dbstack.spec.model import DatabaseSpec, Names
from dbstack.spec.paths import Path
from dbstack.spec.types import Engine, OnDelete
from dbstack.spec.view import Faults, View

HEALTH_CHECK: Mapping[str, Any] = {"interval_seconds": 30, "timeout_seconds": 10, "retries": 3}
OFFICIAL: Mapping[str, str] = {
    Engine.POSTGRES: "postgres",
    Engine.MYSQL: "mysql",
    Engine.MARIADB: "mariadb",
}
"""Official images by engine: https://hub.docker.com/_/postgres and so on."""
ARCHIVE_FOLDER = "/dbstack/archive"
"""Where a container has the volume of its WAL."""
EXPORTER: Mapping[str, Any] = {"image": "prometheuscommunity/postgres-exporter:v0.18.1", "port": 9187}
PGBOUNCER: Mapping[str, Any] = {"image": "edoburu/pgbouncer:v1.25.2-p0", "port": 6432}
PROMETHEUS: Mapping[str, Any] = {"image": "prom/prometheus:v3.5.0", "port": 9090}
GRAFANA: Mapping[str, Any] = {"image": "grafana/grafana:12.4.0", "port": 3000, "enabled": True}
_TAG = re.compile(r"(?P<repository>[^@]+?):(?P<tag>[\w][\w.-]*)(?:@sha256:[0-9a-f]{64})?")
_LOWEST, _HIGHEST = 1, 65535
# Base backups have a manifest, by which they are verified, since then.
_LEAST_ARCHIVED = 13
# Docker takes no less.
_LEAST_MEMORY_MIB = 6


@dataclass(frozen=True)
class HealthSpec:
    """When a container is looked at, in seconds."""

    interval_seconds: int
    timeout_seconds: int
    retries: int


@dataclass(frozen=True)
class BesideSpec:
    """A container that serves a database: its exporter or its pooler."""

    container: str
    image: str
    port: int
    """On 127.0.0.1."""


@dataclass(frozen=True)
class DockerReplicaSpec:
    """The container of a read replica."""

    key: str
    container: str
    volume: str
    port: int
    exporter: BesideSpec | None


@dataclass(frozen=True)
class DockerSpec:
    """The containers of a database."""

    container: str
    volume: str
    network: str
    """Name of the network that is made where none is given."""
    image: str
    major: str
    port: int
    """On 127.0.0.1."""
    init_scripts: str | None
    archive: str | None
    """Volume of the WAL that is kept."""
    memory_mib: int | None
    health: HealthSpec
    keep_volumes: bool
    exporter: BesideSpec | None
    pgbouncer: BesideSpec | None
    replicas: tuple[DockerReplicaSpec, ...]
    extensions: tuple[str, ...]


def image_fault(image: str, engine: str, version: str) -> str | None:
    """Why `image` can't be that of an engine of this version; None if it can."""
    match = _TAG.fullmatch(image)
    label = engine_facts(engine).label
    major = EngineVersion.parse(engine, version).major
    if match is None:
        return f"{image!r} has no tag: pin it, e.g. {OFFICIAL[engine]}:{version}"
    found, wanted = numbers(match["tag"]), numbers(major)
    if not match["tag"][0].isdigit():
        return f"{image!r}: the tag doesn't begin with a version: write e.g. {OFFICIAL[engine]}:{version}"
    if found[: len(wanted)] != wanted:
        return f"{image!r} is not {label} {major}, which engineVersion says: choose an image of {major}"
    return None


def check_docker(view: View, faults: Faults) -> None:
    """The rules of a database that is to run on Docker; `view` is the whole database."""
    if view.ok("engine") and str(view["engine"]) not in OFFICIAL:
        message = (
            f"{view['engine']} doesn't run with target docker: choose {', '.join(OFFICIAL)}, or target aws"
        )
        faults.add(view.at("engine"), message)
        return
    check_mirror(view, faults)
    settings = view.sub("docker")
    if view.ok("engine", "engine_version") and settings.ok("image"):
        try:
            fault = image_fault(settings["image"], str(view["engine"]), view["engine_version"])
        except ValueError:  # The version is faulty, which its own rule says.
            fault = None
        faults.add(settings.at("image"), fault)
    settings.check(faults, "port", _port_fault)
    settings.check(
        faults,
        "memory_mib",
        lambda size: (
            f"{size} is less than {_LEAST_MEMORY_MIB}, the least that Docker takes"
            if size < _LEAST_MEMORY_MIB
            else None
        ),
    )
    health = settings.sub("health_check")
    for name in HEALTH_CHECK:
        health.check(faults, name, lambda value: f"{value} is less than 1" if value < 1 else None)
    if settings.ok("replica_ports"):
        replicas: Mapping[str, Any] = view.get("replicas") or {}
        ports: Mapping[str, int] = settings["replica_ports"]
        for key, port in ports.items():
            at = settings.at("replica_ports").key(key)
            faults.add(at, None if key in replicas else f"there is no replica {key!r}")
            faults.add(at, _port_fault(port))
    for name in ("exporter", "pgbouncer"):
        check_image(settings.sub(name), faults)
    if str(view.get("engine")) == Engine.POSTGRES:
        if settings.get("wal_archive") and view.ok("engine_version"):
            faults.add(settings.at("wal_archive"), _archive_fault(view["engine_version"]))
        return
    if view.get("replicas") and str(view.get("engine")) != Engine.MARIADB:
        message = "only postgres and mariadb have replicas with target docker: leave them out there"
        faults.add(view.at("replicas"), message)
    if "proxy" in view.given:
        message = (
            "only postgres has a pooler with target docker, and `proxyHost` would lead nowhere: leave it out"
        )
        faults.add(view.at("proxy"), message)
    if settings.get("wal_archive"):
        faults.add(settings.at("wal_archive"), "only postgres has WAL to archive: leave it out")
    if "exporter" in settings.given:
        faults.add(settings.at("exporter"), "there is an exporter for postgres only: leave it out")


def _archive_fault(version: str) -> str | None:
    found = numbers(version)
    if not found or found[0] >= _LEAST_ARCHIVED:
        return None
    return f"base backups can be verified from PostgreSQL {_LEAST_ARCHIVED} on, and this is {version}: leave it out"


def check_image(view: View, faults: Faults) -> None:
    """The image and the port of what runs beside a database."""
    view.check(faults, "image", _tag_fault)
    view.check(faults, "port", _port_fault)


def _tag_fault(image: str) -> str | None:
    match = _TAG.fullmatch(image)
    if match is not None and match["tag"] != "latest":
        return None
    return f"{image!r} names no version: pin it by a tag"


def _port_fault(port: int) -> str | None:
    return None if _LOWEST <= port <= _HIGHEST else f"{port} is no TCP port: {_LOWEST} to {_HIGHEST}"


def docker_spec(settings: Mapping[str, Any], spec: DatabaseSpec, names: Names) -> DockerSpec:
    """The plan of a sound database; `settings` is its `docker`."""
    view = View(settings, Path())
    health = view.sub("health_check", HEALTH_CHECK)
    instance = spec.instance
    base = names.physical
    port: int = view.get("port") or instance.port
    chosen: Mapping[str, int] = view.get("replica_ports") or {}
    exporter = view.sub("exporter", EXPORTER) if "exporter" in view.given else None
    pooler = view.sub("pgbouncer", PGBOUNCER)

    def exporter_of(container: str, position: int) -> BesideSpec | None:
        if exporter is None:
            return None
        return BesideSpec(f"{container}-exporter", exporter["image"], exporter["port"] + position)

    return DockerSpec(
        container=base,
        volume=f"{base}-data",
        network=base,
        image=view.get("image") or f"{OFFICIAL[instance.engine]}:{instance.engine_version}",
        major=EngineVersion.parse(instance.engine, instance.engine_version).major,
        port=port,
        init_scripts=view.get("init_scripts"),
        archive=f"{base}-archive" if view.get("wal_archive") else None,
        memory_mib=view.get("memory_mib"),
        health=HealthSpec(health["interval_seconds"], health["timeout_seconds"], health["retries"]),
        keep_volumes=instance.deletion.on_delete is not OnDelete.DESTROY,
        exporter=exporter_of(base, 0),
        pgbouncer=BesideSpec(f"{base}-pgbouncer", pooler["image"], pooler["port"]) if spec.proxy else None,
        replicas=tuple(
            DockerReplicaSpec(
                replica.key,
                f"{base}-{replica.key}",
                f"{base}-{replica.key}-data",
                chosen.get(replica.key, port + position),
                exporter_of(f"{base}-{replica.key}", position),
            )
            for position, replica in enumerate(spec.replicas, 1)
        ),
        extensions=spec.extensions,
    )
