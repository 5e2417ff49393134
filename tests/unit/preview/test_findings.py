"""What each kind of step does to the data: one row per case."""

from typing import Any

import pytest

from dbstack.preview.findings import counted, findings_of
from dbstack.preview.recording import State, Step
from dbstack.spec.changes import Risk

INSTANCE = "aws:rds/instance:Instance"


def make(op: str, type_token: str = INSTANCE, name: str = "app", **more: Any) -> Step:
    old: dict[str, Any] = more.pop("old", {})
    new: dict[str, Any] = more.pop("new", {})
    options: dict[str, Any] = more.pop("options", {})
    base = {"engine": "postgres", "engineVersion": "17", "maintenanceWindow": "sun:04:00-sun:05:00"}
    before = State({**base, **old}, {}, **options)
    after = State({**base, **new}, {}, **options)
    return Step(
        op,
        f"urn:pulumi:prod::shop::{type_token}::{name}",
        type_token,
        None if op == "create" else before,
        None if op == "delete" else after,
        **more,
    )


def changed(prop: str, old: Any, new: Any, **more: Any) -> Step:
    return make("update", old={prop: old}, new={prop: new}, detailed={prop: "update"}, **more)


CONTAINER = "docker:index/container:Container"


def container(kept: str, entry: dict[str, Any]) -> Step:
    """A container that is made anew, and what it writes into."""
    return make("replace", CONTAINER, old={kept: [entry]}, new={kept: [entry]}, replaces=("image",))


CASES = [
    (
        changed("instanceClass", "db.t3.micro", "db.t3.small"),
        Risk.DOWNTIME,
        "in the maintenance window (sun:04",
    ),
    (changed("backupRetentionPeriod", 7, 30), Risk.ONLINE, "at once"),
    (changed("backupRetentionPeriod", 7, 0), Risk.DOWNTIME, "in the maintenance window"),
    (changed("port", 5432, 5433), Risk.REBOOT, "at once"),
    (changed("somethingNew", 1, 2), Risk.UNKNOWN, "at once"),
    (make("create"), Risk.ONLINE, ""),
    (make("delete", old={"skipFinalSnapshot": True}), Risk.DATA_LOSS, "at once"),
    (make("delete", old={"replicateSourceDb": "app"}), Risk.DOWNTIME, "at once"),
    (make("delete", options={"retain_on_delete": True}), Risk.ONLINE, ""),
    (make("replace", replaces=("dbName",)), Risk.DATA_LOSS, "at once"),
    (make("replace", replaces=("dbName",), options={"retain_on_delete": True}), Risk.DATA_LOSS, "at once"),
    (make("teleport"), Risk.UNKNOWN, ""),
    (make("delete", "aws:dynamodb/table:Table"), Risk.UNKNOWN, "at once"),
    (make("update", "aws:dynamodb/table:Table", detailed={"name": "update"}), Risk.UNKNOWN, "at once"),
    (make("delete", "aws:kms/key:Key"), Risk.DATA_LOSS, "at once"),
    (make("delete", "aws:rds/subnetGroup:SubnetGroup"), Risk.ONLINE, "at once"),
    (make("delete", "aws:cloudwatch/logGroup:LogGroup"), Risk.DATA_LOSS, "at once"),
    (make("delete", "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"), Risk.DOWNTIME, "at once"),
    (
        make("update", "aws:cloudwatch/metricAlarm:MetricAlarm", detailed={"threshold": "update"}),
        Risk.ONLINE,
        "at once",
    ),
    (make("delete", "docker:index/volume:Volume"), Risk.DATA_LOSS, "at once"),
    (make("replace", "docker:index/volume:Volume", replaces=("labels",)), Risk.DATA_LOSS, "at once"),
    (make("delete", "docker:index/volume:Volume", options={"retain_on_delete": True}), Risk.ONLINE, ""),
    (container("volumes", {"volumeName": "data", "containerPath": "/data"}), Risk.DOWNTIME, "at once"),
    (container("mounts", {"source": "data", "target": "/data", "type": "volume"}), Risk.DOWNTIME, "at once"),
    (container("volumes", {"hostPath": "/seeds", "readOnly": True}), Risk.DATA_LOSS, "at once"),
    (container("mounts", {"target": "/run", "type": "tmpfs"}), Risk.DATA_LOSS, "at once"),
    (make("update", CONTAINER, detailed={"memory": "update"}), Risk.ONLINE, "at once"),
    (make("update", CONTAINER, detailed={"init": "update"}), Risk.UNKNOWN, "at once"),
    (make("delete", "docker:index/network:Network"), Risk.DOWNTIME, "at once"),
    (make("replace", "docker:index/remoteImage:RemoteImage", replaces=("name",)), Risk.ONLINE, "at once"),
    (make("delete", "docker:index/plugin:Plugin"), Risk.UNKNOWN, "at once"),
    (
        make("replace", "random:index/randomPassword:RandomPassword", replaces=("length",)),
        Risk.DOWNTIME,
        "at once",
    ),
]


@pytest.mark.parametrize(("step", "risk", "when"), CASES)
def test_the_class_of_a_change(step: Step, risk: Risk, when: str):
    [finding] = findings_of((step,))
    assert finding.risk is risk
    assert finding.when.startswith(when)
    assert counted([finding])[risk] == 1


def test_what_stays_is_no_finding():
    assert (
        findings_of(
            (make("same"), make("read"), make("update", "pulumi:providers:aws", detailed={"x": "update"}))
        )
        == []
    )


def test_a_component_is_none_but_a_known_type_that_claims_to_be_one_is_judged():
    component = make("delete", "shop:index:Thing", options={"custom": False})
    liar = make("delete", options={"custom": False})
    [finding] = findings_of((component, liar))
    assert (finding.type, finding.risk) == (INSTANCE, Risk.DATA_LOSS)


def test_a_replacement_told_in_three_steps_is_one():
    halves = [make(op) for op in ("create-replacement", "delete-replaced")]
    [whole] = findings_of((*halves, make("replace", replaces=("dbName",))))
    assert (whole.op, whole.property) == ("replace", "dbName")
    [alone] = findings_of(tuple(halves))
    assert alone.risk is Risk.DATA_LOSS
    assert alone.why.startswith("replaced by a new, empty one")


def test_the_old_half_of_an_interrupted_replacement_is_deleted():
    """Beside whatever happens to the new half, and with a component's or a provider's nothing is lost."""
    left = make("delete-replaced")
    for beside in (make("same"), changed("allocatedStorage", 20, 30)):
        [first, *_] = findings_of((beside, left))
        assert (first.risk, first.op) == (Risk.DATA_LOSS, "delete-replaced")
        assert first.why.startswith("deleted: an earlier deployment has replaced it")
        assert "`delete: true` out of the state" in first.way_out
    [kept] = findings_of((make("delete-replaced", options={"retain_on_delete": True}),))
    assert kept.risk is Risk.ONLINE
    component = make("delete-replaced", "shop:index:Thing", options={"custom": False})
    assert findings_of((component, make("delete-replaced", "pulumi:providers:aws"))) == []


def test_protected_and_refused_are_said():
    [finding] = findings_of((make("delete", options={"protect": True}),))
    assert finding.refused
    assert "pulumi state unprotect" in finding.way_out
    [kept] = findings_of((make("delete", options={"protect": True, "retain_on_delete": True}),))
    assert (kept.risk, kept.refused) == (Risk.ONLINE, True)
    assert "pulumi state unprotect" in kept.way_out
    [smaller] = findings_of((changed("allocatedStorage", 100, 50),))
    assert smaller.refused


def test_secrets_are_never_shown():
    step = changed("password", "hunter2", "hunter3")
    [finding] = findings_of((step,))
    assert (finding.old, finding.new) == ("[secret]", "[secret]")
    tagged = changed("tags", {"url": "postgres://app:hunter2@host/db"}, {"masterPassword": "hunter3"})
    assert "hunter" not in repr(findings_of((tagged,)))


def test_the_worst_counts_and_comes_first():
    steps = (
        make(
            "update",
            detailed={"backupRetentionPeriod": "update", "instanceClass": "update"},
            new={"instanceClass": "db.t3.small"},
        ),
        make("delete", name="gone"),
    )
    found = findings_of(steps)
    assert [one.risk for one in found] == [Risk.DATA_LOSS, Risk.DOWNTIME, Risk.ONLINE]
    assert counted(found) == {
        Risk.DATA_LOSS: 1,
        Risk.DOWNTIME: 1,
        Risk.REBOOT: 0,
        Risk.ONLINE: 0,
        Risk.UNKNOWN: 0,
    }
