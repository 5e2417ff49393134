"""The policy pack: a policy for each control, and how each is relaxed."""

from pathlib import Path
from typing import Any

import pulumi_policy
import pytest
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, unknown_checking_proxy

from dbstack.policy.pack import declared, excepted, make_policy, policy_pack, read
from dbstack.spec.controls import CONTROLS, UNKNOWN
from dbstack.spec.controls.rules import INSTANCE, PARAMETERS

ROOT = Path(__file__).resolve().parents[3]
OPTIONS: Any = None


def reported(
    id: str, props: dict[str, Any], config: dict[str, Any] | None = None
) -> list[tuple[str, str | None]]:
    """What the policy of a control says of an instance `app`."""
    found: list[tuple[str, str | None]] = []
    made = make_policy(CONTROLS[id])
    proxied = unknown_checking_proxy(props)

    def report(text: str, urn: str | None = None) -> None:
        found.append((text, urn))

    if isinstance(made, pulumi_policy.ResourceValidationPolicy):
        made.validate(
            pulumi_policy.ResourceValidationArgs(INSTANCE, proxied, "urn:app", "app", OPTIONS, None, config),
            report,
        )
    else:
        assert isinstance(made, pulumi_policy.StackValidationPolicy)
        resource = pulumi_policy.PolicyResource(
            INSTANCE, proxied, "urn:app", "app", OPTIONS, None, None, [], {}
        )
        made.validate(pulumi_policy.StackValidationArgs([resource], config), report)
    return found


@pytest.mark.parametrize("id", ["RDS.5", "RDS.26"])
def test_a_finding_names_control_resource_and_way_out(id: str) -> None:
    [(text, urn)] = reported(id, {"multiAz": False})
    assert text.startswith(f"{id} app: ")
    assert CONTROLS[id].satisfy in text
    assert urn == "urn:app"


def test_what_is_fine_or_unknown_is_let_through() -> None:
    assert reported("RDS.5", {"multiAz": True}) == []
    assert reported("RDS.5", {"multiAz": UNKNOWN_STRING_VALUE}) == []


@pytest.mark.parametrize("id", ["RDS.5", "RDS.26"])
def test_a_resource_can_be_excepted_with_a_reason(id: str) -> None:
    assert reported(id, {}, {"except": {"ap*": "no standby"}}) == []
    assert len(reported(id, {}, {"except": {"other": "no standby"}})) == 1


def test_low_severity_is_advice_and_the_rest_is_law() -> None:
    levels = {id: made.enforcement_level for id in CONTROLS if (made := make_policy(CONTROLS[id]))}
    assert levels["RDS.23"] is pulumi_policy.EnforcementLevel.ADVISORY
    assert levels["RDS.2"] is pulumi_policy.EnforcementLevel.MANDATORY
    assert set(levels) == {id for id, control in CONTROLS.items() if control.judge}
    off = make_policy(CONTROLS["RDS.2"], frozenset({"RDS.2"}))
    assert off is not None
    assert off.enforcement_level is pulumi_policy.EnforcementLevel.DISABLED


def test_links_are_the_properties_dependencies() -> None:
    group = pulumi_policy.PolicyResource(PARAMETERS, {}, "urn:group", "group", OPTIONS, None, None, [], {})
    instance = pulumi_policy.PolicyResource(
        INSTANCE, {}, "urn:app", "app", OPTIONS, None, None, [], {"parameterGroupName": [group]}
    )
    component = pulumi_policy.PolicyResource(
        "dbstack:index:Database", {}, "urn:c", "c", OPTIONS, None, None, [], {}
    )
    found = list(declared([group, instance, component]))
    assert [resource.urn for resource in found] == ["urn:group", "urn:app"]
    assert found[1].links == {"parameterGroupName": frozenset({"urn:group"})}


def test_properties_of_a_preview() -> None:
    props = {"a": UNKNOWN_STRING_VALUE, "b": [UNKNOWN_STRING_VALUE, {"c": 1}], "d": "text"}
    assert read(unknown_checking_proxy(props)) == {"a": UNKNOWN, "b": [UNKNOWN, {"c": 1}], "d": "text"}


def test_the_shipped_pack(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[dict[str, Any]] = []
    monkeypatch.setattr(pulumi_policy, "PolicyPack", lambda **given: made.append(given))
    policy_pack(exceptions=ROOT / "policy/exceptions.yaml")
    [given] = made
    disabled = {
        policy.name
        for policy in given["policies"]
        if policy.enforcement_level is pulumi_policy.EnforcementLevel.DISABLED
    }
    judged = {id for id, control in CONTROLS.items() if control.judge}
    assert disabled == excepted(ROOT / "policy/exceptions.yaml") & judged
    assert "RDS.23" in disabled


def test_an_exception_needs_a_reason(tmp_path: Path) -> None:
    file = tmp_path / "exceptions.yaml"
    file.write_text("exceptions: [{id: RDS.5, reason: ' '}]")
    with pytest.raises(ValueError, match=r"RDS\.5 has no reason"):
        excepted(file)
