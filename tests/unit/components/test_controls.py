"""Controls that a component leaves off are named in the preview, once, unless a reason is given."""

from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml
from tests.unit.components.programs import POSTGRES, database

from dbstack import Database, DatabaseNetwork, PlacementArgs, SpecError
from dbstack.common import controls
from dbstack.config.program import controls_args
from dbstack.config.stack import stack_faults
from dbstack.spec.controls import CONTROLS
from dbstack.testing import deploy

ROOT = Path(__file__).resolve().parents[3]
SAFE: dict[str, Any] = {**POSTGRES, "multi_az": True, "port": 5433}


@pytest.fixture
def warned(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the programs of a test warn of."""
    texts: list[str] = []

    def warn(text: str, resource: pulumi.Resource | None = None) -> None:
        assert resource is None or isinstance(resource, pulumi.ComponentResource)
        texts.append(text)

    monkeypatch.setattr(pulumi.log, "warn", warn)
    return texts


def ids(texts: list[str]) -> list[str]:
    return [line.split()[1] for text in texts for line in text.splitlines()]


def test_nothing_is_named_where_nothing_is_off(warned: list[str]) -> None:
    with database(SAFE):
        assert warned == []


def test_what_is_off_is_named_once_with_the_way_out(warned: list[str]) -> None:
    settings = {**POSTGRES, "replicas": {"r": {"multi_az": True}}, "storage": {"encrypted": False}}
    with database(settings):
        [text] = warned
    lines = text.splitlines()
    assert "app: RDS.5 Multi-AZ is off: set multiAz: true, or acknowledge it under controls" in lines
    assert ids(warned) == ["RDS.3", "RDS.5", "RDS.23", "SecretsManager.1"]
    assert "(app, app-r)" in next(line for line in lines if "RDS.3" in line)


@pytest.mark.parametrize(
    ("settings", "id"),
    [
        ({"deletion_protection": False}, "RDS.8"),
        ({"iam_authentication": False}, "RDS.10"),
        ({"backup": {"retention_days": 3}}, "RDS.11"),
        ({"auto_minor_version_upgrade": False}, "RDS.13"),
        ({"username": "root"}, "RDS.25"),
        ({"on_delete": "destroy"}, "RDS.8"),
    ],
)
def test_each_argument_that_turns_one_off(settings: dict[str, Any], id: str, warned: list[str]) -> None:
    with database({**SAFE, **settings}):
        assert ids(warned) == [id]


def test_what_the_whole_stack_lacks_is_named_at_its_end(warned: list[str]) -> None:
    def program() -> None:
        network = DatabaseNetwork("net", {"vpc_cidr": "10.0.0.0/16"})
        place: PlacementArgs = {
            "vpc_id": network.vpc_id,
            "subnet_ids": ["subnet-12345678", "subnet-22345678"],
        }
        for name in ("one", "two"):
            Database(name, {**SAFE, "network": place})
        before = len(warned)
        controls.report_stack({"acknowledged": {"RDS.20": "a reason"}})
        del warned[:before]

    with deploy(program, preview=True, stack="dev"):
        [text] = warned
    assert ids(warned) == ["RDS.21", "RDS.22", "RDS.26"]
    assert "dev: RDS.26 no backup plan takes it (one, two): set backupPlan of the stack, or" in text


def test_a_transform_is_no_way_round(warned: list[str]) -> None:
    def expose(properties: dict[str, Any], options: pulumi.ResourceOptions) -> None:
        properties["publicly_accessible"] = True

    with database(SAFE, transform={"instance": expose}):
        assert ids(warned) == ["RDS.2"]


def test_a_reason_keeps_it_quiet(warned: list[str]) -> None:
    acknowledged = {"RDS.5": "a standby costs more than it saves here"}
    with database({**POSTGRES, "controls": {"acknowledged": acknowledged}}):
        assert ids(warned) == ["RDS.23"]


@pytest.mark.parametrize(
    ("acknowledged", "words"),
    [
        ({"RDS.05": "x"}, r"controls.acknowledged\['RDS.05'\]: is no control: did you mean 'RDS"),
        ({"RDS.5": ""}, r"controls.acknowledged\['RDS.5'\]: has no reason"),
    ],
)
def test_a_reason_must_be_one(acknowledged: dict[str, str], words: str) -> None:
    with pytest.raises(SpecError, match=words):
        database({**POSTGRES, "controls": {"acknowledged": acknowledged}})

    def network() -> None:
        DatabaseNetwork("net", {"vpc_cidr": "10.0.0.0/16", "controls": {"acknowledged": acknowledged}})

    with pytest.raises(SpecError, match=words):
        deploy(network)


def test_a_stack_config_acknowledges_for_all_its_databases() -> None:
    database_ = {"engine": "postgres", "engineVersion": "17", "instanceClass": "db.t3.micro"}
    own = {**database_, "controls": {"acknowledged": {"RDS.23": "own"}}}
    given = {
        "environment": "dev",
        "network": {"vpcCidr": "10.0.0.0/16"},
        "databases": {"app": database_, "other": own},
        "controls": {"acknowledged": {"RDS.5": "shared", "RDS.23": "shared"}},
    }
    stack, faults = stack_faults(given, "shop", "dev", "us-east-1")
    assert faults == []
    settings = stack["databases"]["other"]
    assert controls_args(stack, settings.get("controls")) == {
        "acknowledged": {"RDS.5": "shared", "RDS.23": "own"}
    }
    given["controls"] = {"acknowledged": {"RDS.5": " ", "RDS.500": "x"}}
    _, faults = stack_faults(given, "shop", "dev", "us-east-1")
    assert [fault.path for fault in faults] == [
        "controls.acknowledged['RDS.5']",
        "controls.acknowledged['RDS.500']",
    ]


def test_the_exceptions_of_prod_are_those_of_the_policy() -> None:
    listed = yaml.safe_load((ROOT / "policy/exceptions.yaml").read_text())["exceptions"]
    for entry in listed:
        assert set(entry) == {"id", "checks", "reason", "satisfy"}
        assert entry["reason"].strip()
        assert entry["satisfy"].strip()
    prod = yaml.safe_load((ROOT / "Pulumi.prod.yaml").read_text())["config"]["dbstack:stack"]
    own = {entry["id"]: entry["reason"] for entry in listed if entry["id"] in CONTROLS}
    assert prod["controls"]["acknowledged"].items() <= own.items()
