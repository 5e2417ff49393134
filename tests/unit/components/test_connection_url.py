"""`connection_url`: where a database is, without its password unless one is asked for."""

from typing import Any
from urllib.parse import unquote, urlsplit

import pulumi
import pytest
from tests.unit.components.programs import POSTGRES, described

from dbstack import Database, DatabaseNetwork, PlacementArgs, connection_url
from dbstack.spec import connection
from dbstack.testing import deploy

PASSWORD = "p@ss:word/?"


def test_the_url_leads_to_the_database() -> None:
    def program() -> dict[str, Any]:
        network = DatabaseNetwork("network", {"vpc_cidr": "10.0.0.0/16"})
        placed: PlacementArgs = {"vpc_id": network.vpc_id, "subnet_ids": network.subnet_ids}
        made = Database("app", {**POSTGRES, "network": placed})  # pyright: ignore[reportArgumentType]
        secret = pulumi.Output.secret(PASSWORD)
        return {
            "url": connection_url(made),
            "whole": connection_url(made, username="app", host="proxy.example", password=secret),
        }

    with deploy(program, project="shop", stack="dev") as deployment:
        where = described(deployment)["Endpoint"]
        assert deployment.outputs["url"] == (
            f"postgresql://dbadmin@{where['Address']}:{where['Port']}/app?sslmode=require"
        )
        whole = urlsplit(deployment.outputs["whole"])
        assert (whole.username, whole.hostname) == ("app", "proxy.example")
        assert unquote(whole.password or "") == PASSWORD


@pytest.mark.parametrize("given", [PASSWORD, None])
def test_only_a_url_with_a_password_is_secret(given: str | None) -> None:
    seen: list[bool] = []

    def program() -> None:
        network = DatabaseNetwork("network", {"vpc_cidr": "10.0.0.0/16"})
        placed: PlacementArgs = {"vpc_id": network.vpc_id, "subnet_ids": network.subnet_ids}
        made = Database("app", {**POSTGRES, "network": placed})  # pyright: ignore[reportArgumentType]
        url = connection_url(made, password=given)
        pulumi.Output.from_input(url.is_secret()).apply(seen.append)

    with deploy(program, project="shop", stack="dev"):
        assert seen == [given is not None]


@pytest.mark.parametrize(
    ("engine", "database", "url"),
    [
        ("postgres", "app", "postgresql://u:p%40%3A@h:1234/app?sslmode=require"),
        ("aurora-postgresql", "app", "postgresql://u:p%40%3A@h:1234/app?sslmode=require"),
        ("mysql", "app", "mysql://u:p%40%3A@h:1234/app?ssl-mode=REQUIRED"),
        ("aurora-mysql", "app", "mysql://u:p%40%3A@h:1234/app?ssl-mode=REQUIRED"),
        ("mariadb", "app", "mariadb://u:p%40%3A@h:1234/app"),
        ("oracle-ee", "ORCL", "oracle://u:p%40%3A@h:1234/ORCL"),
        ("sqlserver-se", "app", "sqlserver://u:p%40%3A@h:1234?database=app&encrypt=true"),
        ("sqlserver-ex", "", "sqlserver://u:p%40%3A@h:1234?encrypt=true"),
    ],
)
def test_the_form_of_each_engine(engine: str, database: str, url: str) -> None:
    assert connection.connection_url(engine, "h", 1234, database, "u", "p@:") == url


def test_an_engine_without_a_form() -> None:
    with pytest.raises(LookupError, match="postgres"):
        connection.connection_url("db2-se", "h", 1, "d", "u")
