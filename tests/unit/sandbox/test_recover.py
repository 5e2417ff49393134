"""Settling what a killed engine left: a pure function from one state to the next."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from dbstack.sandbox.recover import clear_inputs, mend_state_file, settle

PROVIDER = "urn:pulumi:dev::shop::pulumi:providers:aws::default"


def urn(kind: str, name: str) -> str:
    return f"urn:pulumi:dev::shop::{kind}::{name}"


def resource(kind: str, name: str, **more: Any) -> dict[str, Any]:
    return {"urn": urn(kind, name), "type": kind, "custom": True, "provider": f"{PROVIDER}::id", **more}


def state(resources: list[dict[str, Any]], *pending: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    provider = {"urn": PROVIDER, "type": "pulumi:providers:aws", "inputs": {"region": "eu-west-1"}}
    operations = [{"type": kind, "resource": item} for kind, item in pending]
    return {
        "version": 3,
        "deployment": {"resources": [provider, *resources], "pending_operations": operations},
    }


VPC = resource("aws:ec2/vpc:Vpc", "net", inputs={"cidrBlock": "10.0.0.0/16"})


def test_what_is_found_becomes_a_resource_with_its_id() -> None:
    asked: list[tuple[str, dict[str, Any]]] = []

    def find(token: str, inputs: dict[str, Any]) -> str:
        asked.append((token, inputs))
        return "vpc-1"

    recovery = settle(state([], ("creating", VPC)), find, {})
    assert asked == [("aws:ec2/vpc:Vpc", {"region": "eu-west-1", "cidrBlock": "10.0.0.0/16"})]
    assert recovery.adopted == ((VPC["urn"], "vpc-1"),)
    adopted = recovery.deployment["deployment"]["resources"][-1]
    assert adopted == {**VPC, "id": "vpc-1", "outputs": VPC["inputs"]}
    assert recovery.deployment["deployment"]["pending_operations"] == []


def test_what_is_not_found_is_forgotten() -> None:
    recovery = settle(state([], ("creating", VPC)), lambda *_: None, {})
    assert recovery.missing == (VPC["urn"],)
    assert len(recovery.deployment["deployment"]["resources"]) == 1
    assert recovery.deployment["deployment"]["pending_operations"] == []


def test_a_resource_that_is_in_the_state_is_never_there_twice() -> None:
    recovery = settle(state([{**VPC, "id": "vpc-1"}], ("creating", VPC)), lambda *_: "vpc-1", {})
    urns = [item["urn"] for item in recovery.deployment["deployment"]["resources"]]
    assert urns.count(VPC["urn"]) == 1


def test_the_old_half_of_a_replacement_does_not_stand_in_the_way() -> None:
    old = {**VPC, "id": "vpc-0", "delete": True}
    recovery = settle(state([old], ("creating", VPC)), lambda *_: "vpc-1", {})
    assert recovery.adopted == ((VPC["urn"], "vpc-1"),)


def test_what_was_deleted_before_its_replacement_gives_its_place_to_it() -> None:
    old = {**VPC, "id": "vpc-0", "pendingReplacement": True}
    after = resource("aws:ec2/subnet:Subnet", "s", id="subnet-1")
    recovery = settle(state([old, after], ("creating", VPC)), lambda *_: "vpc-1", {})
    assert recovery.adopted == ((VPC["urn"], "vpc-1"),)
    assert [item.get("id") for item in recovery.deployment["deployment"]["resources"][1:]] == [
        "vpc-1",
        "subnet-1",
    ]
    lost = settle(state([old, after], ("creating", VPC)), lambda *_: None, {})
    assert [item.get("id") for item in lost.deployment["deployment"]["resources"][1:]] == [
        "vpc-0",
        "subnet-1",
    ]


def test_other_interrupted_operations_are_left_to_the_refresh() -> None:
    recovery = settle(state([], ("updating", VPC), ("deleting", VPC)), lambda *_: "vpc-1", {})
    assert recovery.interrupted == (VPC["urn"], VPC["urn"])
    assert len(recovery.deployment["deployment"]["pending_operations"]) == 2
    assert not recovery.adopted


def test_the_given_state_is_not_changed() -> None:
    given = state([], ("creating", VPC))
    before = copy.deepcopy(given)
    settle(given, lambda *_: "vpc-1", {})
    assert given == before


def test_settled_twice_is_settled_once() -> None:
    once = settle(state([], ("creating", VPC)), lambda *_: "vpc-1", {})
    twice = settle(once.deployment, lambda *_: "vpc-2", {})
    assert twice.deployment == once.deployment
    assert (twice.adopted, twice.missing, twice.interrupted) == ((), (), ())


SIGNATURE = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}


def test_a_secret_value_is_looked_for_in_clear_and_kept_encrypted() -> None:
    def version(secret: dict[str, str]) -> dict[str, Any]:
        inputs = {"secretId": "arn", "secretString": SIGNATURE | secret, "stages": [SIGNATURE | secret]}
        return resource("aws:secretsmanager/secretVersion:SecretVersion", "v", inputs=inputs)

    encrypted = state([], ("creating", version({"ciphertext": "v1:x:y"})))
    clear = clear_inputs(state([], ("creating", version({"plaintext": json.dumps("hunter2")}))))
    asked: list[dict[str, Any]] = []

    def find(_: str, inputs: dict[str, Any]) -> str:
        asked.append(inputs)
        return "arn|1"

    recovery = settle(encrypted, find, clear)
    assert asked == [
        {"region": "eu-west-1", "secretId": "arn", "secretString": "hunter2", "stages": ["hunter2"]}
    ]
    assert "hunter2" not in json.dumps(recovery.deployment)
    assert "v1:x:y" in json.dumps(recovery.deployment)


@pytest.mark.parametrize("torn", ["", '{"version": 3, "checkp'])
def test_a_state_file_that_was_being_written_is_mended(tmp_path: Path, torn: str) -> None:
    path = tmp_path / "dev.json"
    path.write_text(torn)
    path.with_name("dev.json.bak").write_text('{"version": 3}')
    path.with_name("dev.json.attrs").write_text(torn)
    mend_state_file(path)
    assert path.read_text() == '{"version": 3}'
    assert not path.with_name("dev.json.attrs").exists()


def test_a_whole_state_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "dev.json"
    path.write_text('{"version": 4}')
    path.with_name("dev.json.bak").write_text('{"version": 3}')
    path.with_name("dev.json.attrs").write_text("{}")
    mend_state_file(path)
    assert path.read_text() == '{"version": 4}'
    assert path.with_name("dev.json.attrs").exists()
