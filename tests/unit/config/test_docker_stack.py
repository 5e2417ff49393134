"""The rules of a stack file with target docker: one port and one name for each container of this machine."""

from typing import Any

import pytest

from dbstack.config.stack import stack_faults

APP: dict[str, Any] = {"engine": "postgres", "engineVersion": "17", "instanceClass": "db.t3.micro"}
REPLICA = {"reporting": {"instanceClass": "db.t3.micro"}}


def found(databases: dict[str, Any], beside: dict[str, Any] | None = None) -> dict[str, str]:
    stack = {"environment": "local", "target": "docker", "databases": databases, "docker": beside or {}}
    _, faults = stack_faults(stack, "shop", "local", None)
    return {str(fault.path): fault.message for fault in faults}


def test_everything_at_once_fits_on_one_machine() -> None:
    databases = {
        "app": {**APP, "replicas": REPLICA, "proxy": {}},
        "other": {**APP, "docker": {"port": 5440}},
        "old": {**APP, "engine": "mysql", "engineVersion": "8.4"},
    }
    assert found(databases, {"redis": {}, "mongo": {}, "monitoring": {}}) == {}


@pytest.mark.parametrize(
    ("databases", "beside", "path", "part"),
    [
        ({"app": APP, "other": APP}, {}, "databases.other.docker.port", "5432 is also the port of 'app'"),
        (
            {"app": {**APP, "replicas": REPLICA}, "other": {**APP, "docker": {"port": 5433}}},
            {},
            "databases.other.docker.port",
            "5433 is also the port of the replica 'reporting' of 'app'",
        ),
        (
            {"app": {**APP, "proxy": {}}, "other": {**APP, "proxy": {}, "docker": {"port": 5440}}},
            {},
            "databases.other.docker.pgbouncer.port",
            "6432 is also the port of the PgBouncer of 'app'",
        ),
        (
            {"app": {**APP, "docker": {"port": 6379}}},
            {"redis": {}},
            "docker.redis.port",
            "6379 is also the port of",
        ),
        (
            {"app": {**APP, "docker": {"port": 3000}}},
            {"monitoring": {}},
            "docker.monitoring.grafana.port",
            "3000 is also the port of 'app'",
        ),
        (
            {"app": {**APP, "replicas": REPLICA}},
            {"monitoring": {"exporter": {"port": 9089}}},
            "docker.monitoring.prometheus.port",
            "9090 is also the port of an exporter of 'app'",
        ),
        ({"redis": APP}, {"redis": {}}, "databases.redis", "is the name of what `docker.redis` makes"),
        ({"grafana": APP}, {"monitoring": {}}, "databases.grafana", "`docker.monitoring` makes"),
        (
            {"app": APP},
            {"monitoring": {"grafana": {"image": "grafana/grafana"}}},
            "docker.monitoring.grafana.image",
            "names no version",
        ),
        (
            {"app": APP},
            {"monitoring": {"prometheus": {"port": 70000}}},
            "docker.monitoring.prometheus.port",
            "70000",
        ),
        (
            {"app": {**APP, "restoreFrom": {"snapshotIdentifier": "nightly"}}},
            {},
            "databases.app.restoreFrom",
            "leave it out",
        ),
    ],
)
def test_what_does_not_fit_is_told_where_it_stands(
    databases: dict[str, Any], beside: dict[str, Any], path: str, part: str
) -> None:
    faults = found(databases, beside)
    assert part in faults.get(path, ""), faults


def test_without_grafana_its_port_is_free() -> None:
    databases = {"app": {**APP, "docker": {"port": 3000}}}
    assert found(databases, {"monitoring": {"grafana": {"enabled": False}}}) == {}


def test_a_faulty_port_is_told_once_and_stops_nothing() -> None:
    faults = found({"app": {**APP, "docker": {"port": "many"}}}, {"monitoring": {"exporter": {"port": "x"}}})
    assert set(faults) == {"databases.app.docker.port", "docker.monitoring.exporter.port"}
