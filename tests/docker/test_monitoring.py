"""The monitoring of a real stack: every expression of the dashboard and of the alerts runs on a real Prometheus."""

import json
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.docker.conftest import free_port, inside, inspect, leftovers
from tests.docker.images import image
from tests.docker.project import LocalProject, sql

from dbstack.docker.alerts import MEASURES, Server, rules
from dbstack.docker.dashboard import expressions
from dbstack.sandbox.docker.engine import Engine
from dbstack.spec.alarm_table import AlarmFacts

pytestmark = pytest.mark.engine

# Nothing fires, runs for a minute or was left behind: these have no rows in a sound stack.
MAY_BE_EMPTY = (
    *("ALERTS", "dbstack_long_queries", "dbstack_dead_rows", "dbstack_invalid_indexes"),
    # Without an archive.
    "rate(dbstack_archiver",
)


def fetched(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


def asked(prometheus: str, expression: str) -> list[dict[str, Any]]:
    """The vector that an expression gives now; fails where Prometheus refuses it."""
    found = fetched(f"{prometheus}/api/v1/query?{urllib.parse.urlencode({'query': expression})}")
    assert found["status"] == "success", expression
    return found["data"]["result"]


def until(condition: Callable[[], Any], patience: float = 90) -> Any:
    end = time.monotonic() + patience
    while not (found := condition()):
        assert time.monotonic() < end
        time.sleep(0.3)
    return found


def test_every_expression_runs_on_prometheus_over_a_database_and_its_replica(
    project: LocalProject, prefix: str, engine: Engine
) -> None:
    ports = [free_port() for _ in range(4)]
    first = free_port()
    project.edit(
        "local",
        replicas={"reporting": {"instanceClass": "db.t3.micro"}},
        docker={"replicaPorts": {"reporting": free_port()}, "exporter": {"port": first}},
        monitoring={"alarms": {"transactionIds": 10}},
    )
    shared = image("prometheus")
    project.companions(
        {
            "monitoring": {
                "prometheus": {"image": shared, "port": ports[1]},
                "exporter": {"image": shared},
                "grafana": {"enabled": False},
            }
        }
    )
    project.up("local").ok()
    outputs = project.outputs("local")
    prometheus = outputs["monitoring"]["prometheusUrl"]
    assert prometheus == f"http://127.0.0.1:{ports[1]}"
    # It asks and evaluates every second instead of every 15.
    server, config = f"{prefix}-local-prometheus", "/etc/dbstack/prometheus.yml"
    sooner = ["sed", "-i", 's/_interval": "15s"/_interval": "1s"/', config]
    subprocess.run(["docker", "exec", "--user", "0", server, *sooner], check=True)
    engine.api.kill(server, "SIGHUP")
    url = project.app["url"]
    sql(url, "CREATE TABLE planet (name text PRIMARY KEY)")
    sql(url, "INSERT INTO planet SELECT 'p' || n FROM generate_series(1, 20000) n; ANALYZE planet")
    sql(url, "SET enable_seqscan = off; SELECT * FROM planet WHERE name = 'p1'")
    sql(url, "CREATE INDEX unused ON planet (lower(name)); SELECT count(*) FROM planet")
    sql(url, "CREATE INDEX unused_too ON planet (lower(name)); CREATE TABLE wanted ()")
    # Two that want the same: the second waits for the first.
    held = [
        "psql",
        url,
        "-c",
        "BEGIN; LOCK TABLE wanted IN SHARE UPDATE EXCLUSIVE MODE; SELECT pg_sleep(300)",
    ]
    with (
        subprocess.Popen(held, stdout=subprocess.DEVNULL) as sleeper,
        subprocess.Popen(held, stdout=subprocess.DEVNULL) as waiter,
    ):
        try:
            until(lambda: asked(prometheus, "dbstack_blockers_waiting_seconds"))
            until(lambda: asked(prometheus, 'dbstack_index_scans{index="planet_pkey"} > 0'))
            until(lambda: asked(prometheus, 'dbstack_queries_longest_seconds{instance="app"} > 1'))
            until(lambda: len(asked(prometheus, "pg_up == 1")) == 2)
            until(lambda: asked(prometheus, 'rate(dbstack_index_scans{index="planet_pkey"}[5m])'))
            for expression in expressions():
                found = asked(prometheus, expression)
                assert found or expression.startswith(MAY_BE_EMPTY), expression
        finally:
            sleeper.kill()
            waiter.kill()
    (lag,) = asked(prometheus, 'dbstack_replica_lag_seconds{instance="app-reporting"}')
    assert 0 <= float(lag["value"][1]) < 60
    (scans,) = asked(prometheus, 'dbstack_table_index_scans{instance="app", table="planet"}')
    assert float(scans["value"][1]) >= 1
    # The rules are loaded, each can be evaluated, and what has a threshold so low fires.
    groups = fetched(f"{prometheus}/api/v1/rules")["data"]["groups"]
    loaded = {rule["name"]: rule for group in groups for rule in group["rules"]}
    assert {name.removeprefix(f"{prefix}-local-") for name in loaded} == {
        *("app-down", "app-connections", "app-transaction-ids"),
        *("app-reporting-down", "app-reporting-connections", "app-reporting-replica-lag"),
    }
    firing = f"{prefix}-local-app-transaction-ids"
    until(lambda: asked(prometheus, f'ALERTS{{alertname="{firing}", alertstate="firing"}}'))
    for rule in (rule for group in groups for rule in group["rules"]):
        assert rule["health"] in ("ok", "unknown"), rule
        for sign in (" > ", " < "):
            measured, found, _ = rule["query"].partition(sign)
            assert not found or asked(prometheus, measured), measured
    # It reads statistics and nothing else; its password is in no plain place.
    exporter = inspect(f"{prefix}-local-app-exporter")
    word = inside(f"{prefix}-local-app-exporter", ["cat", "/etc/dbstack/exporter-password"])
    assert word not in exporter
    password = url.split(":")[2].partition("@")[0]
    reading = url.replace(f"dbadmin:{password}@", f"dbstack_exporter:{word}@")
    with pytest.raises(RuntimeError, match="permission denied"):
        sql(reading, "SELECT * FROM planet")
    assert sql(reading, "SHOW lock_timeout") == "1s"
    for name in ("app-exporter", "app-reporting-exporter", "prometheus"):
        assert '"HostIp": "127.0.0.1"' in inspect(f"{prefix}-local-{name}")
    project.preview_shows_no_change("local")
    # A server that is down is noticed, whatever the exporter makes of it.
    engine.api.stop(f"{prefix}-local-app-reporting")
    down = f"{prefix}-local-app-reporting-down"
    until(lambda: asked(prometheus, f'ALERTS{{alertname="{down}"}}'))
    engine.api.start(f"{prefix}-local-app-reporting")
    project.down()
    assert leftovers(engine.api, prefix) == []


def test_each_alert_fires_above_its_threshold_and_not_at_it(engine: Engine, tmp_path: Path) -> None:
    """`promtool test rules`: Prometheus's own way to ask what a rule does over time."""
    facts = AlarmFacts("postgres", "db.t3.micro", replica=True)
    primary = Server("app", "app", "x", {"connections": 50}, AlarmFacts("postgres", "db.t3.micro"))
    derived = Server("own", "own", "x", {}, AlarmFacts("postgres", "db.t3.micro"))
    replica = Server("copy", "copy", "x", {}, facts)
    (tmp_path / "rules.yml").write_text(json.dumps(rules([primary, derived, replica])))

    def case(
        instance: str, metric: str, value: float, minutes: int, alert: str, fires: bool
    ) -> dict[str, Any]:
        series = {"dbstack_connections_most": 100, "pg_up": 1, "up": 1, metric: value}
        labels = {"severity": "warning", "instance": instance}
        words = {
            rule["alert"]: rule["annotations"]
            for group in rules([primary, derived, replica])["groups"]
            for rule in group["rules"]
        }
        return {
            "interval": "15s",
            "input_series": [
                {"series": f'{name}{{instance="{instance}"}}', "values": f"{number}x400"}
                for name, number in series.items()
            ],
            "alert_rule_test": [
                {
                    "alertname": alert,
                    "eval_time": f"{minutes}m",
                    "exp_alerts": [{"exp_labels": labels, "exp_annotations": words[alert]}] if fires else [],
                }
            ],
        }

    connections, lag, ids = (MEASURES[key] for key in ("connections", "replica-lag", "transaction-ids"))
    cases = [
        case("app", connections, 51, 16, "app-connections", True),
        case("app", connections, 51, 9, "app-connections", False),
        case("app", connections, 50, 60, "app-connections", False),
        case("own", connections, 81, 16, "own-connections", True),
        case("own", connections, 80, 60, "own-connections", False),
        case("copy", lag, 301, 16, "copy-replica-lag", True),
        case("copy", lag, 300, 60, "copy-replica-lag", False),
        case("app", ids, 1_000_000_001, 1, "app-transaction-ids", True),
        case("app", ids, 1_000_000_000, 60, "app-transaction-ids", False),
        case("app", "pg_up", 0, 2, "app-down", True),
        case("app", "pg_up", 1, 2, "app-down", False),
        case("app", "up", 0, 2, "app-down", True),
    ]
    (tmp_path / "test.yml").write_text(
        json.dumps({"rule_files": ["rules.yml"], "evaluation_interval": "15s", "tests": cases})
    )
    tmp_path.chmod(0o755)
    mounted = ["-v", f"{tmp_path}:/t:ro", "-w", "/t", "--network", "none", "--entrypoint", "promtool"]
    done = subprocess.run(
        ["docker", "run", "--rm", *mounted, image("prometheus"), "test", "rules", "test.yml"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
