"""PgBouncer as the local counterpart of a proxy: its settings, its login without a password, its output."""

import json
from typing import Any

import pytest
from tests.unit.docker.programs import APP, asked, containers, files, local

from dbstack import Database, SpecError, Target


def settings_of(proxy: dict[str, Any], **more: Any) -> dict[str, str]:
    with local({**APP, **more, "proxy": proxy}) as deployment:
        text = files(deployment, "app-pgbouncer")["/etc/dbstack/pgbouncer.ini"]["content"]
    lines = [line.partition(" = ") for line in text.splitlines() if " = " in line]
    return {name: value for name, _, value in lines}


def test_the_proxys_settings_have_their_counterparts() -> None:
    found = settings_of(
        {
            "idle_client_timeout_seconds": 60,
            "require_tls": False,
            "pool": {"max_connections_percent": 50, "borrow_timeout_seconds": 7, "init_query": "SET a = 'b'"},
        },
        parameter_group={"parameters": {"max_connections": "80"}},
    )
    assert found["pool_mode"] == "transaction"
    assert (found["max_db_connections"], found["default_pool_size"]) == ("40", "40")
    assert (found["query_wait_timeout"], found["client_idle_timeout"]) == ("7", "60")
    assert found["client_tls_sslmode"] == "allow"
    assert found["*"] == "host=shop-local-app port=5432 connect_query='SET a = ''b'''"


def test_by_default_clients_need_tls_and_the_superusers_connections_stay_free() -> None:
    found = settings_of({})
    assert found["client_tls_sslmode"] == "require"
    assert found["server_tls_sslmode"] == "verify-full"
    assert found["max_db_connections"] == "97"


def test_it_holds_no_password_and_the_database_knows_it_by_its_certificate() -> None:
    with local({**APP, "proxy": {}, "docker": {"pgbouncer": {"port": 6500}}}) as deployment:
        body = asked(deployment, "app-pgbouncer")
        assert body["HostConfig"]["PortBindings"] == {
            "6432/tcp": [{"HostIp": "127.0.0.1", "HostPort": "6500"}]
        }
        assert body["User"] not in ("", "0")
        found = files(deployment, "app-pgbouncer")
        assert found["/etc/dbstack/userlist.txt"]["content"] == '"dbstack_pgbouncer" ""\n'
        password = files(deployment, "app")["/etc/dbstack/password"]["content"]
        assert password not in json.dumps([body, found])
        hba = files(deployment, "app")["/etc/dbstack/pg_hba.conf"]["content"].splitlines()
        mine = hba.index("hostssl all dbstack_pgbouncer all cert")
        assert mine < hba.index("hostssl all all all scram-sha-256")
        assert "ssl_ca_file=/etc/dbstack/ca.crt" in asked(deployment, "app")["Cmd"]
        assert deployment.outputs["proxy_host"] == "127.0.0.1:6500"


def test_the_output_has_the_same_key_as_on_aws() -> None:
    with local({**APP, "proxy": {}, "target": Target.DOCKER}, Database) as deployment:
        assert deployment.outputs["proxy_host"] == "127.0.0.1:6432"


def test_without_a_proxy_there_is_none() -> None:
    with local({**APP, "docker": {"pgbouncer": {"port": 6500}}}) as deployment:
        assert containers(deployment) == ["app"]
        assert deployment.outputs["proxy_host"] == ""
        assert "pgbouncer" not in files(deployment, "app")["/etc/dbstack/pg_hba.conf"]["content"]
        assert not any("ssl_ca_file" in word for word in asked(deployment, "app")["Cmd"])


def test_of_other_engines_a_proxy_is_refused() -> None:
    with pytest.raises(SpecError, match="only postgres has a pooler with target docker"):
        local({**APP, "engine": "mysql", "engine_version": "8.4", "proxy": {}}).close()
