"""Waivers, and the report in each format: escaped, cut below the top, without secrets."""

import io
import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest
from tests.unit.preview.test_findings import changed, make
from tests.unit.preview.test_recording import SUMMARY, event, step

from dbstack.preview import RecordingError, build, read, read_prices, read_waivers, render_markdown, to_json
from dbstack.preview.command import classes, exit_code
from dbstack.preview.graph import render_mermaid, render_svg
from dbstack.preview.recording import Diagnostic, Recording
from dbstack.preview.report import Report
from dbstack.preview.text import render_text
from dbstack.spec.changes import Risk

TODAY = date(2026, 11, 26)
HOSTILE = "x](https://evil.example) <script>alert(1)</script> @everyone | `code` **b** #1"


def report(*steps: object, diagnostics: tuple[Diagnostic, ...] = (), failed: bool = False) -> Report:
    recording = Recording(steps, diagnostics, (), failed)  # pyright: ignore[reportArgumentType]
    return build(recording, today=TODAY, prices=read_prices(Path("nowhere")))


def test_the_verdict_is_the_first_line_in_every_format():
    made = report(make("delete"), changed("instanceClass", "db.t3.micro", "db.t3.small", name="b"))
    verdict = "DATA LOSS 1 · DOWNTIME 1 · REBOOT 0 · ONLINE 0 · UNKNOWN 0"
    assert render_text(made).splitlines()[0] == verdict
    assert render_markdown(made).splitlines()[0] == f"### {verdict}"
    assert json.loads(to_json(made))["verdict"] == verdict


def test_the_monthly_cost_is_told_with_its_date_and_what_it_leaves_out():
    shop = {
        "region": "us-east-1",
        "instanceClass": "db.t3.large",
        "storageType": "gp3",
        "allocatedStorage": 100,
    }
    made = report(
        make(
            "update", old=shop, new={**shop, "allocatedStorage": 200}, detailed={"allocatedStorage": "update"}
        ),
        changed("instanceClass", "db.x9.large", "db.x9.xlarge", name=HOSTILE),
    )
    line = "+$11.50 (list prices of 2024-03 to 2026-10, us-east-1); not estimated: "
    assert made.monthly.startswith(line)
    assert render_text(made, width=500).splitlines()[2].startswith(f"Monthly cost: {line}")
    text = render_markdown(made)
    assert "list prices of 2024-03" in text
    assert "<script>" not in text
    assert report(make("same")).monthly == ""


def test_each_change_is_told_with_its_rule_its_time_its_page_and_the_way_out():
    made = report(changed("instanceClass", "db.t3.micro", "db.t3.small"))
    text, table = render_text(made, width=200), render_markdown(made)
    for words in (
        "db.t3.micro → db.t3.small",
        "about the time of a failover",
        "in the maintenance window (sun:04:00-sun:05:00 UTC)",
        "way out: a blue/green deployment",
        "see: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Changing.html",
    ):
        assert words in text
    assert (
        "(https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Changing.html)"
        in table
    )


def test_what_is_replaced_and_kept_in_aws_is_told_so():
    replaced = make(
        "replace",
        old={"dbName": "a"},
        new={"dbName": "b"},
        replaces=("dbName",),
        options={"retain_on_delete": True},
    )
    [one] = report(replaced).findings
    assert one.why == (
        "replaced by a new, empty one; the old one stays in AWS (retainOnDelete) "
        "(it names the first database, which only a new instance gets)"
    )


def test_hostile_names_are_text():
    made = report(changed("tags", {}, {HOSTILE: HOSTILE}, name=HOSTILE))
    text = render_markdown(made)
    for dangerous in ("<script>", "](https://evil", "@everyone", "**b**", "`code`", "#1 "):
        assert dangerous not in text
    rows = [line for line in text.splitlines() if line.startswith("| 🟢")]
    assert len(rows) == 1
    assert rows[0].count(" | ") == 4
    ElementTree.fromstring(render_svg(made))
    assert "<script>" not in render_mermaid(made)


def test_a_long_report_is_cut_below_its_top():
    many = tuple(
        changed("instanceClass", "db.t3.micro", "db.t3.small", name=f"db{n:04}") for n in range(2000)
    )
    made = report(make("delete", name="gone"), *many)
    text = render_markdown(made, limit=60_000)
    assert len(text) <= 60_000
    assert text.startswith("### DATA LOSS 1 · DOWNTIME 2000")
    assert "<code>gone</code>" in text
    assert "more are left out here" in text
    assert len(render_markdown(made)) > 60_000


def test_a_failed_preview_says_why_and_ends_with_1():
    said = Diagnostic("error", "app: storage.allocatedGib: 50 GiB is less; postgres://app:hunter2@h/x")
    made = report(changed("allocatedStorage", 100, 50), diagnostics=(said,), failed=True)
    for text in (render_text(made), render_markdown(made), to_json(made)):
        assert "50 GiB is less" in text
        assert "hunter2" not in text
    assert "REFUSED 1" in made.verdict
    assert exit_code(made, []) == 1


@pytest.mark.parametrize(
    ("limit", "code"), [("data-loss", 0), ("downtime", 3), ("reboot", 3), ("unknown", 3), ("online", 3)]
)
def test_a_class_or_a_worse_one_fails(limit: str, code: int):
    made = report(changed("instanceClass", "db.t3.micro", "db.t3.small"))
    assert exit_code(made, classes(limit)) == code


def test_unknown_is_worse_than_online():
    made = report(changed("somethingNew", 1, 2))
    assert exit_code(made, [Risk.REBOOT]) == 0
    assert exit_code(made, [Risk.UNKNOWN]) == 3


def test_classes_that_are_none():
    with pytest.raises(RecordingError, match="outage is no class; they are data-loss"):
        classes("outage")


WAIVER = """
waivers:
  - resource: app
    property: instanceClass
    class: downtime
    reason: announced
    owner: ops@example.com
    expires: {day}
"""


@pytest.mark.parametrize(("day", "counts"), [("2026-11-26", 0), ("2026-11-25", 1)])
def test_a_waiver_counts_until_its_day(tmp_path: Path, day: str, counts: int):
    (tmp_path / "w.yaml").write_text(WAIVER.format(day=day))
    step = changed("instanceClass", "db.t3.micro", "db.t3.small")
    made = build(Recording((step,)), waivers=read_waivers(tmp_path / "w.yaml"), today=TODAY)
    assert made.counts[Risk.DOWNTIME] == counts
    assert ("expired" in "".join(made.notes)) is bool(counts)
    assert ("announced" in render_text(made)) is not bool(counts)


def test_a_waiver_of_one_class_hides_no_other(tmp_path: Path):
    (tmp_path / "w.yaml").write_text(WAIVER.format(day="2099-01-01"))
    made = build(Recording((make("delete"),)), waivers=read_waivers(tmp_path / "w.yaml"), today=TODAY)
    assert made.counts[Risk.DATA_LOSS] == 1


def test_every_fault_of_a_waiver_file_is_told(tmp_path: Path):
    file = tmp_path / "w.yaml"
    file.write_text("waivers:\n  - {resource: a, class: outage, expires: soon, ownr: me}\n  - 3\n")
    with pytest.raises(RecordingError) as told:
        read_waivers(file)
    text = str(told.value)
    for words in (
        "waivers[0].class: 'outage'",
        "waivers[0].expires: 'soon'",
        "waivers[0].ownr",
        "waivers[0].reason",
        "waivers[1]",
    ):
        assert words in text
    file.write_text("waivers: [")
    with pytest.raises(RecordingError, match="no YAML"):
        read_waivers(file)
    assert read_waivers(tmp_path / "absent.yaml") == ()


def test_the_safety_net_is_that_of_the_state():
    kept = make(
        "same",
        old={
            "finalSnapshotIdentifier": "app-final-1",
            "deletionProtection": True,
            "backupRetentionPeriod": 30,
        },
        options={"protect": True},
    )
    bare = replace(make("same", name="bare", old={"skipFinalSnapshot": True}))
    made = report(kept, bare)
    assert [net.gaps for net in made.safety] == [
        (),
        (
            "Pulumi doesn't protect it",
            "RDS's deletion protection is off",
            "no final snapshot",
            "no automated backups",
        ),
    ]


def test_drift_has_a_section_of_its_own():
    refreshed = step(
        op="refresh",
        old={"inputs": {}, "outputs": {"instanceClass": "db.t3.micro", "status": "available"}},
        new={"inputs": {}, "outputs": {"instanceClass": "db.t3.large", "status": "modifying"}},
    )
    made = build(read(io.StringIO(refreshed + SUMMARY)), today=TODAY)
    assert [(one.property, one.state, one.found) for one in made.drift] == [
        ("instanceClass", "db.t3.micro", "db.t3.large")
    ]
    assert "Changed outside Pulumi" in render_markdown(made)
    assert made.findings == []


def test_policies_and_controls_are_told_with_their_ids():
    broken = event(
        policyEvent={"policyName": "no-databases", "enforcementLevel": "mandatory", "message": "none here"}
    )
    open_to_all = step(new={"inputs": {"publiclyAccessible": True}, "outputs": {}, "custom": True})
    made = build(read(io.StringIO(open_to_all + broken + SUMMARY)), today=TODAY)
    ids = [one.id for one in made.practices]
    assert "no-databases" in ids
    assert "RDS.2" in ids


@pytest.mark.parametrize(
    ("config", "open_"),
    [
        ({"dbstack:stack": json.dumps({"controls": {"acknowledged": {"RDS.5": "dev"}}})}, False),
        ({"dbstack:stack": json.dumps({"controls": {"acknowledged": {"RDS.2": "dev"}}})}, True),
        ({"dbstack:stack": "[secret]"}, True),
        ({"dbstack:stack": "[]"}, True),
        (None, True),
    ],
)
def test_a_control_that_the_stack_acknowledges_is_not_open(config: object, open_: bool):
    prelude = event(preludeEvent={"config": config})
    made = build(read(io.StringIO(prelude + step() + SUMMARY)), today=TODAY)
    assert ("RDS.5" in {one.id for one in made.practices}) is open_
    assert made.practices
