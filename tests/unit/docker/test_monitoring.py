"""The monitoring of a local stack: what is scraped, which alerts there are, and what Grafana is given."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from tests.unit.docker.programs import APP, RESOURCE, asked, containers, files, local, stack

from dbstack import SpecError, statistics
from dbstack.docker import alerts, dashboard, exporter
from dbstack.ops.inspect.probes import PROBES
from dbstack.sandbox.docker.table import CONTAINER, VOLUME
from dbstack.spec.alarm_table import ALARMS, AlarmFacts

FACTS = AlarmFacts("postgres", "db.t3.micro")


def alert_rules(given: dict[str, Any], *, replica: bool = False) -> dict[str, dict[str, Any]]:
    facts = AlarmFacts("postgres", "db.t3.micro", replica=replica)
    server = alerts.Server("app", "shop-local-app", "shop-local-app-exporter", given, facts)
    (group,) = alerts.rules([server])["groups"]
    return {rule["alert"].removeprefix("shop-local-app-"): rule for rule in group["rules"]}


def test_every_measure_is_an_alarm_of_aws_of_the_same_name() -> None:
    assert {alarm.key for alarm in ALARMS} >= alerts.MEASURES.keys()
    metrics = {
        f"{query.name}_{column}" for query in exporter.QUERIES for column in (*query.gauges, *query.counters)
    }
    assert set(alerts.MEASURES.values()) <= metrics


def test_the_dashboard_shows_what_the_exporter_tells_and_inspect_asks() -> None:
    metrics = {
        f"{query.name}_{column}" for query in exporter.QUERIES for column in (*query.gauges, *query.counters)
    }
    shown = {name for text in dashboard.expressions() for name in re.findall(r"dbstack_\w+", text)}
    assert shown <= metrics
    # What `inspect` looks at is shown, but what only an owner of the tables can see and what has no figure.
    told = {
        query.file
        for query in exporter.QUERIES
        if shown & {f"{query.name}_{column}" for column in (*query.gauges, *query.counters)}
    }
    assert {probe.name for probe in PROBES} - told == {"bloat", "sequences"}
    given = json.loads(exporter.queries_file())
    folder = Path(statistics.__file__).with_name("sql")
    assert {name: one["query"] for name, one in given.items()} == {
        query.name: (folder / f"{query.file}.sql").read_text() for query in exporter.QUERIES
    }


def test_the_rules_have_the_thresholds_periods_and_words_of_the_alarms() -> None:
    found = alert_rules({"connections": 50, "transaction_ids": 1_500_000_000})
    of = '{instance="app"}'
    assert found.keys() == {"down", "connections", "transaction-ids"}
    assert found["connections"]["expr"] == f"avg_over_time(dbstack_connections_open{of}[300s]) > 50"
    # Three periods of five minutes: the first is in the range.
    assert found["connections"]["for"] == "600s"
    assert found["connections"]["annotations"]["summary"] == "shop-local-app: more than 50 connections"
    assert (
        found["transaction-ids"]["expr"]
        == f"max_over_time(dbstack_transaction_ids_used{of}[300s]) > 1500000000"
    )
    assert found["transaction-ids"]["for"] == "0s"


def test_without_a_threshold_connections_are_measured_by_the_server_itself() -> None:
    (rule,) = [alert_rules({})["connections"]]
    assert rule["expr"].endswith(' > 0.8 * dbstack_connections_most{instance="app"}')
    assert "80 % of max_connections" in rule["annotations"]["summary"]


def test_a_replica_is_watched_for_its_lag() -> None:
    found = alert_rules({}, replica=True)
    assert found.keys() == {"down", "connections", "replica-lag"}
    assert found["replica-lag"]["expr"].startswith("max_over_time(dbstack_replica_lag_seconds")
    assert found["replica-lag"]["expr"].endswith("> 300")


@pytest.mark.parametrize(
    ("given", "left"),
    [({"connections": 0}, {"down", "transaction-ids"}), ({"enabled": False}, {"down"})],
)
def test_an_alarm_that_is_switched_off_is_no_rule(given: dict[str, Any], left: set[str]) -> None:
    assert alert_rules(given).keys() == left


def test_each_server_has_an_exporter_on_the_next_port_and_prometheus_scrapes_them() -> None:
    databases = {
        "app": {**APP, "replicas": {"reporting": RESOURCE}},
        "old": {**APP, "engine": "mysql", "engine_version": "8.4"},
        "other": {**APP, "docker": {"port": 5440}},
    }
    with stack(
        databases=databases, monitoring={"exporter": {"port": 9200, "image": "x/exporter:1"}}
    ) as deployment:
        exporters = [name for name in containers(deployment) if name.endswith("exporter")]
        assert exporters == ["app-exporter", "app-reporting-exporter", "other-exporter"]
        ports = [asked(deployment, name)["HostConfig"]["PortBindings"]["9187/tcp"] for name in exporters]
        assert ports == [[{"HostIp": "127.0.0.1", "HostPort": str(port)}] for port in (9200, 9201, 9202)]
        config = json.loads(files(deployment, "prometheus")["/etc/dbstack/prometheus.yml"]["content"])
        (job,) = config["scrape_configs"]
        assert [(item["targets"], item["labels"]["instance"]) for item in job["static_configs"]] == [
            (["shop-local-app-exporter:9187"], "app"),
            (["shop-local-app-reporting-exporter:9187"], "app-reporting"),
            (["shop-local-other-exporter:9187"], "other"),
        ]
        rules = json.loads(files(deployment, "prometheus")["/etc/dbstack/rules.yml"]["content"])
        assert [group["name"] for group in rules["groups"]] == ["app", "app-reporting", "other"]


def test_the_exporter_has_its_password_in_a_file_that_the_database_has_too() -> None:
    with local({**APP, "docker": {"exporter": {}}}) as deployment:
        body = asked(deployment, "app-exporter")
        assert body["User"] == "65534"
        path = "/etc/dbstack/exporter-password"
        assert set(body["Env"]) == {
            "DATA_SOURCE_URI=shop-local-app:5432/app?sslmode=verify-full&sslrootcert=/etc/dbstack/ca.crt",
            "DATA_SOURCE_USER=dbstack_exporter",
            f"DATA_SOURCE_PASS_FILE={path}",
            "PG_EXPORTER_EXTEND_QUERY_PATH=/etc/dbstack/queries.yml",
        }
        mine, servers = files(deployment, "app-exporter")[path], files(deployment, "app")[path]
        assert mine["content"] == servers["content"]
        assert (mine["owner"], mine["permissions"]) == ("65534", "0400")
        assert mine["content"] not in json.dumps(body)
        assert "uploads" in deployment.one(CONTAINER, "app-exporter").secret_inputs


def test_prometheus_is_local_and_keeps_its_readings() -> None:
    with stack(monitoring={"prometheus": {"port": 9091}}, on_delete="snapshot") as deployment:
        body = asked(deployment, "prometheus")
        assert body["HostConfig"]["PortBindings"] == {
            "9090/tcp": [{"HostIp": "127.0.0.1", "HostPort": "9091"}]
        }
        assert body["HostConfig"]["Binds"] == ["shop-local-prometheus-data:/prometheus:rw"]
        assert deployment.one(VOLUME, "prometheus").retain_on_delete
        assert deployment.outputs["prometheus_url"] == "http://127.0.0.1:9091"


def test_grafana_is_provisioned_and_its_password_is_a_file() -> None:
    with stack(monitoring={}) as deployment:
        body = asked(deployment, "grafana")
        assert body["HostConfig"]["PortBindings"] == {
            "3000/tcp": [{"HostIp": "127.0.0.1", "HostPort": "3000"}]
        }
        assert body["User"] == "472"
        assert body["Healthcheck"]["Test"][1].endswith("http://127.0.0.1:3000/api/health")
        found = files(deployment, "grafana")
        password = deployment.outputs["grafana_password"]
        assert "grafana_password" in deployment.secret_outputs
        assert password not in json.dumps(body)
        environment = dict(item.split("=", 1) for item in body["Env"])
        assert found[environment["GF_SECURITY_ADMIN_PASSWORD__FILE"]]["content"] == password
        assert environment["GF_AUTH_ANONYMOUS_ORG_ROLE"] == "Viewer"
        (source,) = json.loads(found["/etc/grafana/provisioning/datasources/dbstack.yaml"]["content"])[
            "datasources"
        ]
        assert source["url"] == "http://prometheus:9090"
        (folder,) = json.loads(found["/etc/grafana/provisioning/dashboards/dbstack.yaml"]["content"])[
            "providers"
        ]
        shown = json.loads(found[f"{folder['options']['path']}/databases.json"]["content"])
        assert {panel["datasource"]["uid"] for panel in shown["panels"]} == {source["uid"]}
        assert environment["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"] in found


def test_the_dashboard_shows_what_people_look_for() -> None:
    titles = " ".join(panel.title.lower() for panel in dashboard.PANELS)
    for wanted in ("connections", "long queries", "largest tables", "index", "replication lag"):
        assert wanted in titles
    placed = dashboard.dashboard("x")["panels"]
    assert len({(item["gridPos"]["x"], item["gridPos"]["y"]) for item in placed}) == len(dashboard.PANELS)


def test_grafana_can_be_left_out() -> None:
    with stack(monitoring={"grafana": {"enabled": False}}) as deployment:
        assert "grafana" not in containers(deployment)
        assert (deployment.outputs["grafana_url"], deployment.outputs["grafana_password"]) == ("", "")


def test_a_stack_tells_every_fault_at_once_and_makes_nothing() -> None:
    databases = {"app": {**APP, "port": 80}, "prometheus": APP}
    with pytest.raises(SpecError) as raised:
        stack(databases=databases, monitoring={"prometheus": {"image": "prom/prometheus"}}).close()
    paths = {str(fault.path) for fault in raised.value.faults}
    assert paths == {"databases.app.port", "databases.prometheus", "monitoring.prometheus.image"}


def test_an_exporter_is_for_postgres_only() -> None:
    with pytest.raises(SpecError, match="an exporter for postgres only"):
        local({**APP, "engine": "mysql", "engine_version": "8.4", "docker": {"exporter": {}}}).close()
    with pytest.raises(SpecError, match="names no version"):
        local({**APP, "docker": {"exporter": {"image": "x/exporter"}}}).close()
