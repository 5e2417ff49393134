"""The benchmark harness: what it measures, in which order, and that it compares only what is the same."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from bench import previews, stacks
from bench.measure import BenchError, Command, Sample, Series, interleave, run
from bench.report import Row, Section, page
from bench.stacks import require_same

ROOT = Path(__file__).resolve().parents[3]


def python(code: str, timeout: float = 60) -> Command:
    return Command([sys.executable, "-c", code], ROOT, {}, timeout)


def series(*seconds: float) -> Series:
    return Series([Sample(one, 100, "") for one in seconds])


def test_memory_is_that_of_the_whole_tree():
    child = "import time; held = bytearray(80 * 2**20); time.sleep(0.6)"
    both = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    alone = run(python("pass"))
    tree = run(python(f"held = bytearray(40 * 2**20); {both}"))
    assert 120 < tree.mib < 120 + 3 * alone.mib
    assert 0.6 < tree.seconds < 10


def test_a_failing_command_is_an_error_that_shows_its_output():
    with pytest.raises(BenchError, match=r"(?s)ended with 3:.*no such stack"):
        run(python("print('no such stack'); raise SystemExit(3)"))


def test_a_command_that_hangs_is_ended():
    with pytest.raises(BenchError, match="ended with -9"):
        run(python("import time; time.sleep(60)", timeout=0.3))


def test_variants_take_turns_and_the_warm_up_is_not_counted():
    order: list[str] = []

    def variant(name: str):
        def once() -> Sample:
            order.append(name)
            return Sample(float(len(order)), 1, "")

        return once

    counted = interleave({"a": variant("a"), "b": variant("b")}, runs=3)
    assert order == ["b", "a", "a", "b", "b", "a", "a", "b"]
    assert [len(one.samples) for one in counted.values()] == [3, 3]
    assert counted["a"].seconds == 6
    assert counted["a"].spread == (3, 7)


def test_a_missed_bound_is_marked():
    good = Row("prod", "up", series(1.0, 1.1, 9.0), series(1.0, 1.0, 1.0), 1.10)
    bad = Row("prod", "preview", series(1.2), series(1.0), 1.10)
    assert (good.ok, bad.ok) == (True, False)
    text = page([Section("Prod", "Both.", [good, bad])], "make bench", 3, "")
    assert "| up | 1.10 s (1.00–9.00) | 1.00 s (1.00–1.00) | **1.10** | ≤ 1.10 |" in text
    assert "≤ 1.10 **missed**" in text


def test_the_cost_of_one_more_database_has_a_bound():
    flat = {"library": 2.0, "plain": 2.0}
    medians = {
        1: dict.fromkeys(stacks.GROWTH_STEPS, flat),
        11: {
            "preview": {"library": 3.05, "plain": 3.0},
            "up": {"library": 5.0, "plain": 4.0},
            stacks.ONCE: {"library": 5.0, "plain": 4.0},
        },
    }
    table, missed = stacks.per_database(medians)
    assert "| preview | 1, 11 | 105 ms | 100 ms | **1.05** | ≤ 1.10 |" in table
    assert "| up | 1, 11 | 300 ms | 200 ms | **1.50** | ≤ 1.10 **missed**, see below |" in table
    # What Pulumi's own writes cost is told, but is no fault of the library.
    assert missed == (f"{stacks.ONCE}, one more database, 1 to 11: 1.50 > 1.10",)
    assert Section("Growth", "", [], missed=missed).faults == list(missed)
    assert stacks.per_database({1: medians[1]}) == ("", ())


def resource(kind: str, **inputs: Any) -> dict[str, Any]:
    return {"type": kind, "inputs": inputs}


def test_programs_that_differ_are_not_compared():
    vpc, group = (
        resource("aws:ec2/vpc:Vpc", cidrBlock="10.0.0.0/16"),
        resource("aws:rds/subnetGroup:SubnetGroup"),
    )
    require_same([vpc, group], [group, {**vpc, "inputs": {"cidrBlock": "other", "__defaults": []}}])
    with pytest.raises(BenchError, match=r"(?s)library only:.*SubnetGroup.*plain only:\s*$"):
        require_same([vpc, group], [vpc])
    with pytest.raises(BenchError, match="tags"):
        require_same([vpc], [resource("aws:ec2/vpc:Vpc", cidrBlock="x", tags={})])


def modules(statement: str) -> set[str]:
    return set(run(python(f"{statement}; import sys; print(*sys.modules)")).output.split())


def test_import_dbstack_loads_little_of_its_own():
    """What keeps the import within its bound, without a clock: nothing heavy, nothing before it is used."""
    extra = modules("from dbstack import Database, DatabaseNetwork, Engine") - modules(
        "import pulumi, pulumi_aws"
    )
    heavy = {
        "boto3",
        "botocore",
        "moto",
        "pydantic",
        "yaml",
        "click",
        "pulumi_random",
        "jsonschema",
        "cryptography",
    }
    assert heavy & extra == set()
    assert not any(name.startswith("pulumi_aws.") for name in extra)
    # A third of a millisecond each.
    assert len(extra) < 115, sorted(extra)


def test_a_run_of_one_part_leaves_the_rest_of_the_page():
    one, two = (
        Section(title, "Both.", [Row("x", "up", series(1.0), series(1.0))]) for title in ("One", "Two")
    )
    before = page([one, two], "make bench", 3, "")
    after = page(
        [Section("Two", "Both.", [Row("x", "up", series(3.0), series(1.0))])], "bench two", 3, "", before
    )
    assert after.count("\n## ") == 2
    assert "## One\n\nBoth.\n\nCommand: `make bench`." in after
    assert "## Two\n\nBoth.\n\nCommand: `bench two`." in after
    assert "3.00 s" in after


def test_what_a_preview_adds_is_the_median_of_the_differences_of_each_round():
    # The machine slowed down in the last round, for both.
    assert previews.added(series(1.25, 2.5, 9.25), series(1.0, 2.0, 9.0)) == 0.25


def test_the_recording_that_is_measured_has_as_many_changes_as_it_says():
    lines = [json.loads(line) for line in previews.recording(3).splitlines()]
    assert ["resourcePreEvent" in line for line in lines] == [True, True, True, False]
    assert len({line["resourcePreEvent"]["metadata"]["urn"] for line in lines[:3]}) == 3
