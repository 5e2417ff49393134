"""Blue/green updates: what lands, and what they can't go together with."""

from typing import Any

import pytest
from tests.unit.components.programs import INSTANCE, POSTGRES, database, described

from dbstack import SpecError
from dbstack.config.stack import stack_faults

WANTED: dict[str, Any] = {
    "blue_green_update": {"enabled": True, "discard_source": True},
    "password": {"source": "generated"},
}


def refused(settings: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(SpecError) as caught:
        database({**POSTGRES, **settings}, preview=True)
    return {fault.path: fault.message for fault in caught.value.faults}


@pytest.mark.parametrize(("engine", "version"), [("postgres", "17"), ("mysql", "8.4"), ("mariadb", "11.4")])
def test_updates_are_made_blue_green(engine: str, version: str) -> None:
    settings = {"engine": engine, "engine_version": version, "instance_class": "db.t3.micro", **WANTED}
    with database(settings) as deployment:
        assert deployment.one(INSTANCE).inputs["blueGreenUpdate"] == {"enabled": True}
        found = described(deployment)
        # What RDS wants of an instance that is updated so.
        assert found["BackupRetentionPeriod"] == 7
        assert "MasterUserSecret" not in found
    with database(POSTGRES) as deployment:
        assert "blueGreenUpdate" not in deployment.one(INSTANCE).inputs


def test_it_is_off_where_it_says_so() -> None:
    with database({**POSTGRES, "blue_green_update": {"enabled": False}}) as deployment:
        assert "blueGreenUpdate" not in deployment.one(INSTANCE).inputs


@pytest.mark.parametrize(
    ("changes", "path", "words"),
    [
        (
            {
                "engine": "oracle-ee",
                "engine_version": "19",
                "instance_class": "db.t3.small",
            },
            "blue_green_update.enabled",
            "Oracle EE has no blue/green updates",
        ),
        ({"password": {}}, "blue_green_update.enabled", "password: {source: generated}"),
        ({"replicas": {"r": {}}}, "blue_green_update.enabled", "with read replicas"),
        ({"backup": {"retention_days": 0}}, "blue_green_update.enabled", "needs automated backups"),
        (
            {"blue_green_update": {"enabled": True}},
            "blue_green_update.discard_source",
            "takes no final snapshot of it",
        ),
    ],
)
def test_what_it_cannot_go_with(changes: dict[str, Any], path: str, words: str) -> None:
    assert words in refused({**WANTED, **changes})[path]


def test_nothing_to_consent_to_where_the_data_are_not_kept_anyway() -> None:
    settings = {**WANTED, "blue_green_update": {"enabled": True}, "on_delete": "destroy"}
    with database({**POSTGRES, **settings}) as deployment:
        assert deployment.one(INSTANCE).inputs["blueGreenUpdate"] == {"enabled": True}


def test_a_stack_config_says_it_too() -> None:
    app = {"engine": "postgres", "engineVersion": "17", "instanceClass": "db.t3.micro"}
    app["blueGreenUpdate"] = {"enabled": True}  # type: ignore[assignment]
    config = {"environment": "dev", "network": {"vpcCidr": "10.0.0.0/16"}, "databases": {"app": app}}
    _, faults = stack_faults(config, "shop", "dev", "us-east-1")
    assert {fault.path.removeprefix("dbstack:stack.") for fault in faults} == {
        "databases.app.blueGreenUpdate.enabled",
        "databases.app.blueGreenUpdate.discardSource",
    }
