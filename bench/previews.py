"""What `dbstack preview` adds to the `pulumi preview` that it runs, and how long a large recorded one takes."""

import json
import os
import statistics
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bench.measure import Command, Sample, Series, interleave, run
from bench.report import Row, Section
from bench.stacks import STEPS, Program, Sandbox

ADDED = 0.5
"""Seconds that `dbstack preview` may add."""
RECORDED = 2.0
"""Seconds for a recorded preview of CHANGES changes."""
CHANGES = 1000
FORMATS = ("text", "markdown", "json")
_TYPE = "aws:rds/instance:Instance"
_DBSTACK = (sys.executable, "-m", "dbstack.cli", "preview")


def recording(changes: int) -> str:
    """The events of a preview in which so many databases get another class."""
    last = {"summaryEvent": {"isPreview": True, "result": "succeeded"}}
    bodies = [*map(_change, range(changes)), last]
    return "".join(
        json.dumps({"sequence": number, "timestamp": 0, **body}) + "\n" for number, body in enumerate(bodies)
    )


def _change(number: int) -> dict[str, object]:
    state = {"type": _TYPE, "custom": True, "outputs": {}}
    inputs = {"engine": "postgres", "engineVersion": "17", "storageEncrypted": True, "multiAz": True}
    metadata = {
        "op": "update",
        "urn": f"urn:pulumi:prod::shop::{_TYPE}::db{number:04}",
        "type": _TYPE,
        "old": {**state, "inputs": {**inputs, "instanceClass": "db.r6g.large"}},
        "new": {**state, "inputs": {**inputs, "instanceClass": "db.r6g.xlarge"}},
        "detailedDiff": {"instanceClass": {"diffKind": "update"}},
    }
    return {"resourcePreEvent": {"metadata": metadata}}


def added(ours: Series, theirs: Series) -> float:
    """Median of the differences, round by round: what the machine did meanwhile was done to both."""
    pairs = zip(ours.samples, theirs.samples, strict=True)
    return statistics.median(one.seconds - other.seconds for one, other in pairs)


def measure(root: Path, sandbox: Sandbox, runs: int) -> Section:
    """The prod stack, new and deployed; then a recorded preview in each format."""
    program = Program(root, "prod")
    rows: list[Row] = []
    missed: list[str] = []
    words: list[str] = []

    def both(label: str) -> None:
        series = interleave(
            {
                "dbstack": partial(sandbox.command, program, *_DBSTACK, "-s", program.stack),
                "pulumi": partial(sandbox.step, program, "preview"),
            },
            runs,
        )
        more = added(series["dbstack"], series["pulumi"])
        mark = "" if more <= ADDED else " **missed**"
        words.append(f"{label}: **{more:+.2f} s** (≤ {ADDED:.2f} s{mark})")
        if more > ADDED:
            missed.append(f"dbstack preview, {label}: adds {more:.2f} s > {ADDED:.2f} s")
        rows.append(Row("preview", f"`dbstack preview`, {label}", series["dbstack"], series["pulumi"]))

    sandbox.empty()
    both("new stack")
    sandbox.pulumi(program, *STEPS["up"])
    both("nothing changed")
    for name, seconds, row in _recorded(root, runs):
        mark = "" if seconds <= RECORDED else " **missed**"
        words.append(f"{CHANGES} recorded changes as {name}: **{seconds:.2f} s** (≤ {RECORDED:.2f} s{mark})")
        if seconds > RECORDED:
            missed.append(f"{CHANGES} recorded changes as {name}: {seconds:.2f} s > {RECORDED:.2f} s")
        rows.append(row)
    return Section(
        "Previews",
        "`dbstack preview` of this project's prod stack against the `pulumi preview` that it runs, and recorded "
        "previews of a thousand changed databases (`--from`), the interpreter's start included.",
        rows,
        against="pulumi preview",
        after="What `dbstack preview` adds, as the median of the differences of each round, and what a large "
        "recording takes:\n\n" + "\n".join(f"- {line}" for line in words),
        missed=tuple(missed),
    )


def _recorded(root: Path, runs: int) -> list[tuple[str, float, Row]]:
    with tempfile.TemporaryDirectory(prefix="dbstack-bench-") as folder:
        file = Path(folder) / "preview.jsonl"
        file.write_text(recording(CHANGES))
        variants: dict[str, Callable[[], Sample]] = {
            name: partial(run, Command([*_DBSTACK, "--from", str(file), "--format", name], root, _quiet()))
            for name in FORMATS
        }
        series = interleave(variants, runs)
    return [
        (
            name,
            series[name].seconds,
            Row("preview", f"`--from`, {CHANGES} changes, `--format {name}`", series[name]),
        )
        for name in FORMATS
    ]


def _quiet() -> dict[str, str]:
    return {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
