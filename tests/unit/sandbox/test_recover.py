"""Settling what a killed engine left: a pure function from one state to the next."""

import copy
from typing import Any

from dbstack.sandbox.recover import settle

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

    recovery = settle(state([], ("creating", VPC)), find)
    assert asked == [("aws:ec2/vpc:Vpc", {"region": "eu-west-1", "cidrBlock": "10.0.0.0/16"})]
    assert recovery.adopted == ((VPC["urn"], "vpc-1"),)
    adopted = recovery.deployment["deployment"]["resources"][-1]
    assert adopted == {**VPC, "id": "vpc-1", "outputs": VPC["inputs"]}
    assert recovery.deployment["deployment"]["pending_operations"] == []


def test_what_is_not_found_is_forgotten() -> None:
    recovery = settle(state([], ("creating", VPC)), lambda *_: None)
    assert recovery.missing == (VPC["urn"],)
    assert len(recovery.deployment["deployment"]["resources"]) == 1
    assert recovery.deployment["deployment"]["pending_operations"] == []


def test_a_resource_that_is_in_the_state_is_never_there_twice() -> None:
    recovery = settle(state([{**VPC, "id": "vpc-1"}], ("creating", VPC)), lambda *_: "vpc-1")
    urns = [item["urn"] for item in recovery.deployment["deployment"]["resources"]]
    assert urns.count(VPC["urn"]) == 1


def test_the_old_half_of_a_replacement_does_not_stand_in_the_way() -> None:
    old = {**VPC, "id": "vpc-0", "delete": True}
    recovery = settle(state([old], ("creating", VPC)), lambda *_: "vpc-1")
    assert recovery.adopted == ((VPC["urn"], "vpc-1"),)


def test_other_interrupted_operations_are_left_to_the_refresh() -> None:
    recovery = settle(state([], ("updating", VPC), ("deleting", VPC)), lambda *_: "vpc-1")
    assert recovery.interrupted == (VPC["urn"], VPC["urn"])
    assert len(recovery.deployment["deployment"]["pending_operations"]) == 2
    assert not recovery.adopted


def test_the_given_state_is_not_changed() -> None:
    given = state([], ("creating", VPC))
    before = copy.deepcopy(given)
    settle(given, lambda *_: "vpc-1")
    assert given == before


def test_settled_twice_is_settled_once() -> None:
    once = settle(state([], ("creating", VPC)), lambda *_: "vpc-1")
    twice = settle(once.deployment, lambda *_: "vpc-2")
    assert twice.deployment == once.deployment
    assert (twice.adopted, twice.missing, twice.interrupted) == ((), (), ())
