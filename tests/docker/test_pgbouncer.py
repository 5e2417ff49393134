"""The pooler of a real database: logins, TLS, the pool, and what it knows."""

import threading
from typing import Any

import pytest
from tests.docker.conftest import free_port, inside, inspect, leftovers
from tests.docker.images import image
from tests.docker.project import LocalProject, sql

from dbstack.sandbox.docker.engine import Engine

pytestmark = pytest.mark.engine


def pooled(app: dict[str, Any]) -> str:
    return app["url"].replace(f"127.0.0.1:{app['port']}", app["proxyHost"])


def test_a_proxy_is_a_pooler_that_holds_no_password(
    project: LocalProject, prefix: str, engine: Engine
) -> None:
    # A database that is there already, with its data, gets one later.
    project.edit("local", onDelete="snapshot")
    project.up("local").ok()
    sql(project.app["url"], "CREATE TABLE planet AS SELECT 'Mars' AS name")
    assert project.app["proxyHost"] == ""
    project.edit(
        "local",
        proxy={"pool": {"maxConnectionsPercent": 5}},
        docker={"pgbouncer": {"image": image("pgbouncer"), "port": free_port()}},
    )
    project.up("local").ok()
    app = project.app
    url = pooled(app)
    assert sql(url, "SELECT name FROM planet") == "Mars"
    # Every user of the database can log in, also one that came later; a wrong password can't.
    sql(app["url"], "CREATE ROLE reader LOGIN PASSWORD 'word'; GRANT SELECT ON planet TO reader")
    password = url.split(":")[2].partition("@")[0]
    as_reader = url.replace(f"dbadmin:{password}@", "reader:word@")
    assert sql(as_reader, "SELECT name FROM planet") == "Mars"
    with pytest.raises(RuntimeError, match=r"authentication failed|SASL"):
        sql(as_reader.replace(":word@", ":wrong@"), "SELECT 1")
    for name in ("dbstack_pgbouncer", "dbstack_pgbouncer:x", "nobody:x"):
        with pytest.raises(RuntimeError, match=r"failed|no password"):
            sql(url.replace(f"dbadmin:{password}@", f"{name}@"), "SELECT 1")
    # A database that comes later is reached, too.
    sql(app["url"], "CREATE DATABASE later")
    assert sql(url.replace("/app?", "/later?"), "SELECT current_database()") == "later"
    with pytest.raises(RuntimeError, match="SSL required"):
        sql(url.partition("?")[0] + "?sslmode=disable", "SELECT 1")
    # Twenty clients share five connections (of a hundred, five percent).
    sleeping = [threading.Thread(target=sql, args=(url, "SELECT pg_sleep(0.5)")) for _ in range(20)]
    for client in sleeping:
        client.start()
    served = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND state = 'active'"
    counts: list[int] = []
    while any(client.is_alive() for client in sleeping):
        counts.append(int(sql(app["url"], served)))
    assert 1 < max(counts) <= 5
    pooler = f"{prefix}-local-app-pgbouncer"
    assert password not in inspect(pooler)
    assert password not in inside(pooler, ["sh", "-c", "cat /etc/dbstack/*.ini /etc/dbstack/*.txt"])
    project.preview_shows_no_change("local")
    # Without it, its role is of no use to anybody any more.
    config = project.config("local")
    del config["config"]["dbstack:stack"]["databases"]["app"]["proxy"]
    project.write("local", config)
    project.edit("local", onDelete="destroy")
    project.up("local").ok()
    assert sql(app["url"], "SELECT rolcanlogin FROM pg_roles WHERE rolname = 'dbstack_pgbouncer'") == "f"
    project.down()
    assert leftovers(engine.api, prefix) == []
