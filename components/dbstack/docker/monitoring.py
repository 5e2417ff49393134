"""Prometheus over the exporters of a stack's databases, and Grafana over Prometheus."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from dbstack.common.children import Children
from dbstack.docker import containers, exporter
from dbstack.docker.alerts import Server, rules, scrape_config
from dbstack.docker.containers import File
from dbstack.docker.dashboard import SOURCE_UID, dashboard
from dbstack.spec.alarm_table import AlarmFacts
from dbstack.spec.docker_plan import EXPORTER, GRAFANA, PROMETHEUS, HealthSpec
from dbstack.spec.model import Names
from dbstack.spec.types import DatabaseSettings, DockerMonitoringSettings, Engine

_HEALTH = HealthSpec(30, 10, 3)
_PROMETHEUS_PORT, _GRAFANA_PORT = 9090, 3000
_CONFIG, _RULES = "/etc/dbstack/prometheus.yml", "/etc/dbstack/rules.yml"
_PROVISIONING = "/etc/grafana/provisioning"
_DASHBOARDS = "/etc/dbstack/dashboards"
_PASSWORD_FILE = "/etc/dbstack/grafana-password"
# `grafana` of the official image.
_GRAFANA_OWNER = "472"
_PASSWORD_LENGTH = 30


@dataclass(frozen=True)
class MadeMonitoring:
    """Where the monitoring is found, told when it is healthy."""

    prometheus_url: pulumi.Output[str]
    grafana_url: pulumi.Output[str]
    """Empty without Grafana."""
    grafana_password: pulumi.Output[str]
    """Of the user `admin`."""


def watched(settings: DatabaseSettings) -> bool:
    """Whether a database has an exporter where the stack has monitoring."""
    return str(settings["engine"]) == Engine.POSTGRES


def with_exporters(
    databases: Mapping[str, DatabaseSettings], given: DockerMonitoringSettings
) -> dict[str, DatabaseSettings]:
    """The databases with an exporter each, on ports one after the other; one's own settings of it win."""
    shared: dict[str, Any] = {**EXPORTER, **given.get("exporter", {})}
    port: int = shared["port"]
    found: dict[str, DatabaseSettings] = {}
    for name, settings in databases.items():
        found[name] = settings
        if not watched(settings):
            continue
        docker = settings.get("docker", {})
        own: Any = {**shared, "port": port, **docker.get("exporter", {})}
        found[name] = {**settings, "docker": {**docker, "exporter": own}}
        port += 1 + len(settings.get("replicas", {}))
    return found


def servers(databases: Mapping[str, DatabaseSettings], names: Names) -> list[Server]:
    """Every server that has an exporter."""
    found: list[Server] = []
    for name, settings in databases.items():
        if not watched(settings):
            continue
        base = Names(names.project, names.stack, name).physical
        engine, kind = str(settings["engine"]), settings["instance_class"]
        found.append(_server(name, base, settings, AlarmFacts(engine, kind)))
        found += [
            _server(
                f"{name}-{key}",
                f"{base}-{key}",
                one,
                AlarmFacts(engine, one.get("instance_class", kind), replica=True),
            )
            for key, one in settings.get("replicas", {}).items()
        ]
    return found


def _server(instance: str, container: str, settings: Mapping[str, Any], facts: AlarmFacts) -> Server:
    alarms = settings.get("monitoring", {}).get("alarms", {})
    return Server(instance, container, f"{container}-exporter", alarms, facts)


def make_monitoring(
    names: Names,
    settings: DockerMonitoringSettings,
    watching: Sequence[Server],
    network: pulumi.Input[str],
    keep: bool,
    children: Children,
) -> MadeMonitoring:
    """Prometheus, and Grafana unless it is switched off; `names` are the stack's."""
    prometheus = {**PROMETHEUS, **settings.get("prometheus", {})}
    grafana = {**GRAFANA, **settings.get("grafana", {})}
    empty = pulumi.Output.from_input("")
    url = _make_prometheus(names, prometheus, watching, network, keep, children)
    if not grafana["enabled"]:
        return MadeMonitoring(url, empty, empty)
    return MadeMonitoring(url, *_make_grafana(names, grafana, network, children))


def _make_prometheus(
    names: Names,
    settings: Mapping[str, Any],
    watching: Sequence[Server],
    network: pulumi.Input[str],
    keep: bool,
    children: Children,
) -> pulumi.Output[str]:
    physical = Names(names.project, names.stack, "prometheus").physical
    volume = containers.make_volume("prometheus", f"{physical}-data", keep, children)
    made = containers.make_container(
        "prometheus",
        physical,
        children,
        image=containers.make_image("prometheus", settings["image"], children),
        network=network,
        alias="prometheus",
        port=(_PROMETHEUS_PORT, settings["port"]),
        checked=containers.health(_answers(f"http://127.0.0.1:{_PROMETHEUS_PORT}/-/ready"), _HEALTH),
        entrypoint=("/bin/prometheus",),
        command=(f"--config.file={_CONFIG}", "--storage.tsdb.path=/prometheus"),
        volumes={"/prometheus": volume},
        user=exporter.OWNER,
        files=(
            File(_CONFIG, json.dumps(scrape_config(watching, exporter.PORT), indent=1)),
            File(_RULES, json.dumps(rules(watching), indent=1)),
        ),
    )
    return containers.once_healthy(made, f"http://{containers.HOST}:{settings['port']}")


def _make_grafana(
    names: Names, settings: Mapping[str, Any], network: pulumi.Input[str], children: Children
) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
    """Its URL and the password of its user `admin`. It has no volume: an old one would keep an old password."""
    import pulumi_random as random

    physical = Names(names.project, names.stack, "grafana").physical
    properties = {"length": _PASSWORD_LENGTH, "special": False}
    password = children.make("password", random.RandomPassword, "grafana-password", properties).result
    source = {
        "apiVersion": 1,
        "datasources": [
            {
                "name": "Prometheus",
                "uid": SOURCE_UID,
                "type": "prometheus",
                "access": "proxy",
                "url": f"http://prometheus:{_PROMETHEUS_PORT}",
                "isDefault": True,
            }
        ],
    }
    folder = {
        "apiVersion": 1,
        "providers": [{"name": "dbstack", "type": "file", "options": {"path": _DASHBOARDS}}],
    }
    shown = dashboard(f"Databases of {names.project} {names.stack}")
    made = containers.make_container(
        "grafana",
        physical,
        children,
        image=containers.make_image("grafana", settings["image"], children),
        network=network,
        alias="grafana",
        port=(_GRAFANA_PORT, settings["port"]),
        checked=containers.health(_answers(f"http://127.0.0.1:{_GRAFANA_PORT}/api/health"), _HEALTH),
        environment={
            "GF_SECURITY_ADMIN_PASSWORD__FILE": _PASSWORD_FILE,
            # Whoever reaches 127.0.0.1 may look, and only look.
            "GF_AUTH_ANONYMOUS_ENABLED": "true",
            "GF_AUTH_ANONYMOUS_ORG_ROLE": "Viewer",
            "GF_ANALYTICS_REPORTING_ENABLED": "false",
            "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
            "GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH": f"{_DASHBOARDS}/databases.json",
        },
        user=_GRAFANA_OWNER,
        files=(
            File(_PASSWORD_FILE, password, _GRAFANA_OWNER, "0400"),
            File(f"{_PROVISIONING}/datasources/dbstack.yaml", json.dumps(source, indent=1)),
            File(f"{_PROVISIONING}/dashboards/dbstack.yaml", json.dumps(folder, indent=1)),
            File(f"{_DASHBOARDS}/databases.json", json.dumps(shown, indent=1)),
        ),
    )
    url = containers.once_healthy(made, f"http://{containers.HOST}:{settings['port']}")
    return url, pulumi.Output.secret(password)


def _answers(url: str) -> tuple[str, str]:
    return "CMD-SHELL", f"wget -q -O /dev/null {url}"
