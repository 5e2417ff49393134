"""The monthly bill: what the table has a price for, what it has not, and the table itself."""

from pathlib import Path
from typing import Any

import pytest
from tests.unit.preview.test_findings import changed, make

from dbstack.preview import RecordingError, read_prices
from dbstack.preview.cost import MEMBER, CostChange, cost_of, total
from dbstack.preview.prices import FILE, Prices, parse
from dbstack.preview.recording import Step
from dbstack.spec.changes.model import UNKNOWN_VALUE

PRICES = Prices(
    "2026-11",
    "us-east-1",
    "https://example.com",
    {"postgres": {"db.r6g.large": 0.2, "db.r6g.xlarge": 0.4}, "aurora-mysql": {"db.r6g.large": 0.3}},
    {"gp3": 0.1, "io1": 0.2},
    {"io1": 0.05},
)
STATE: dict[str, Any] = {
    "region": "us-east-1",
    "instanceClass": "db.r6g.large",
    "allocatedStorage": 100,
    "storageType": "gp3",
    "identifier": "shop",
}


def step(op: str, before: dict[str, Any], after: dict[str, Any], **more: Any) -> Step:
    return make(op, old={**STATE, **before}, new={**STATE, **after}, **more)


CASES: list[tuple[Step, str, str]] = [
    (step("create", {}, {}), "+$156.00", ""),
    (step("create", {}, {"multiAz": True}), "+$312.00", ""),
    (step("delete", {}, {}), "-$156.00", ""),
    (step("update", {}, {"instanceClass": "db.r6g.xlarge"}), "+$146.00", ""),
    (step("replace", {}, {"instanceClass": "db.r6g.xlarge"}), "+$146.00", ""),
    (step("update", {}, {"multiAz": True}), "+$156.00", ""),
    (step("update", {}, {"allocatedStorage": 300}), "+$20.00", ""),
    (step("update", {}, {"storageType": "io1", "iops": 1000}), "+$60.00", ""),
    # What the table doesn't have is never guessed, and its other half is not counted alone.
    (
        step("update", {}, {"instanceClass": "db.x9.large"}),
        "",
        "postgres db.r6g.large → postgres db.x9.large",
    ),
    (
        step(
            "update",
            {"instanceClass": "db.x9.large"},
            {"instanceClass": "db.x9.large", "allocatedStorage": 200},
        ),
        "+$10.00",
        "",
    ),
    (
        step("update", {}, {"storageType": "io2", "iops": 1000}),
        "",
        "100 GiB gp3 → 100 GiB io2, 1000 IOPS io2",
    ),
    (
        step("update", {"allocatedStorage": 400}, {"allocatedStorage": 400, "iops": 15000}),
        "",
        "15000 IOPS and None MiB/s gp3",
    ),
    (
        step("update", {}, {"allocatedStorage": UNKNOWN_VALUE}),
        "",
        "100 GiB gp3 → (known after the deployment) GiB gp3",
    ),
    (
        step("create", {}, {"region": "eu-west-1"}),
        "",
        "postgres db.r6g.large, 100 GiB gp3",
    ),
    (step("create", {}, {"engine": "oracle-ee"}), "+$10.00", "oracle-ee db.r6g.large"),
    (
        make("create", MEMBER, new={**STATE, "engine": "aurora-mysql"}),
        "+$219.00",
        "",
    ),
]


@pytest.mark.parametrize(("one", "change", "not_estimated"), CASES)
def test_what_a_change_costs(one: Step, change: str, not_estimated: str):
    assert cost_of([one], PRICES) == [CostChange(one.urn, one.name, change, not_estimated)]


@pytest.mark.parametrize(
    "one",
    [
        changed("backupRetentionPeriod", 7, 14),
        step("update", {}, {"tags": {"a": "b"}}),
        step("same", {}, {}),
        step("delete", {}, {}, options={"retain_on_delete": True}),
        make("create", "aws:ec2/vpc:Vpc", new={"region": "us-east-1"}),
        make("create", "aws:rds/cluster:Cluster", new={"engine": "aurora-mysql"}),
    ],
)
def test_what_costs_the_same_is_not_named(one: Step):
    assert cost_of([one], PRICES) == []


def test_a_replica_takes_engine_and_volume_from_its_source_and_the_region_from_the_others():
    replica = make(
        "create",
        name="reporting",
        new={"engine": None, "replicateSourceDb": "shop", "instanceClass": "db.r6g.large"},
    )
    [one] = cost_of([step("same", {}, {}), replica], PRICES)
    assert (one.name, one.change, one.not_estimated) == ("reporting", "+$156.00", "")


def test_the_sum_counts_what_is_known():
    found = [
        CostChange("", "a", "+$1,200.50", ""),
        CostChange("", "b", "-$0.75", "x"),
        CostChange("", "c", "", "y"),
    ]
    assert total(found) == "+$1,199.75"
    assert total(found[2:]) == ""


def test_the_shipped_table_is_dated_and_has_its_source(tmp_path: Path):
    shipped = read_prices(tmp_path)
    assert shipped.label == "list prices of 2024-03 to 2026-10, us-east-1"
    assert shipped.source.startswith("https://")
    assert shipped.instances["postgres"]["db.t3.large"] == 0.145


def test_a_projects_own_table_counts_instead(tmp_path: Path):
    (tmp_path / FILE.parent).mkdir()
    (tmp_path / FILE).write_text(
        "{asOf: 2026-11-26, region: eu-west-1, source: me, instances: {mysql: {db.x9.large: 2}}, storage: {gp3: 0.1}}"
    )
    own = read_prices(tmp_path)
    assert (own.label, own.instances) == (
        "list prices of 2026-11-26, eu-west-1",
        {"mysql": {"db.x9.large": 2.0}},
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[", "no YAML"),
        ("[]", "give asOf"),
        ("{asOf: 1, region: a, source: b, colour: c}", "colour: no such key"),
        ("{region: a}", "asOf: is needed"),
        ("{asOf: 1, region: a, source: b, storage: {gp3: cheap}}", "storage.gp3: 'cheap' is no price"),
        ("{asOf: 1, region: a, source: b, instances: {mysql: {x: -1}}}", "instances.mysql.x: -1 is no price"),
        ("{asOf: 1, region: a, source: b, instances: {mysql: 3}}", "instances.mysql: give names"),
    ],
)
def test_a_table_that_is_none_is_told(text: str, words: str):
    with pytest.raises(RecordingError, match=words):
        parse(text, "prices.yaml")
