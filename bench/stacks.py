"""Whole deployments with the real engine: the library against the same resources written in plain pulumi_aws."""

import json
import os
import sys
from collections import Counter
from dataclasses import dataclass
from functools import partial
from itertools import pairwise, product
from pathlib import Path
from typing import Any

from bench.measure import BenchError, Command, Sample, Series, interleave, run
from bench.report import Row, Section

BOUND = 1.10
LARGE, LARGE_UPS, MANY = 50, 3, 200
UP = ["up", "--yes", "--skip-preview"]
ONCE = "up, state written once"
STEPS = {
    "preview": ["preview"],
    "up": UP,
    "no change": ["preview", "--expect-no-changes"],
    ONCE: UP,
}
# Pulumi's file and bucket backends write the whole state at each step; this leaves only the last write.
ENVIRONMENT = {ONCE: {"PULUMI_EXPERIMENTAL": "true", "PULUMI_SKIP_CHECKPOINTS": "true"}}


GROWTH_STEPS = ("preview", "up", ONCE)
COMPONENTS = "components"
"""The plain program, with a component of its own round each database."""
APART = (
    ("plain with a component per database / plain", COMPONENTS, "plain"),
    ("dbstack / plain with a component per database", "library", COMPONENTS),
)
"""Which two programs tell what a component costs, and what the library costs beyond it."""
FILE_BACKEND = (
    "Pulumi's file and bucket backends write the whole state twice for each resource and three times for each "
    "component, so an `up` costs the square of its size, and a program with a component per database, this library's "
    "or your own, writes a sixth more often than one without. Each write is larger too, mostly since Pulumi's Python "
    "SDK keeps every resource's call stack in the state, and calls within a library are deeper. The rows "
    f"`{ONCE}` show what is left without these writes (`PULUMI_SKIP_CHECKPOINTS`, for measuring only: an interrupted "
    "`up` would lose its state). Pulumi Cloud keeps a journal instead and has no such growth; on a bucket, keep a "
    "stack to some dozens of databases."
)


@dataclass(frozen=True)
class Program:
    """A Pulumi project and the stack of it that is measured."""

    folder: Path
    stack: str


class Sandbox:
    """A sandbox of the benchmark's own, emptied before each measured deployment."""

    def __init__(self, root: Path, state: Path) -> None:
        self._dbstack = [sys.executable, "-m", "dbstack.cli", "sandbox"]
        self._root = root
        self._outer = {**os.environ, "DBSTACK_SANDBOX_DIR": str(state)}
        # An installed library is compiled once; where this is set, an editable one would be compiled in every run.
        self._outer.pop("PYTHONDONTWRITEBYTECODE", None)
        self._inner: dict[str, str] = {}
        self._used = False

    def empty(self) -> None:
        """Wipe AWS and Pulumi's state, then run the background process again."""
        self._used = True
        self._manage("reset")
        dump = "import json, os; print(json.dumps(dict(os.environ)))"
        printed = self._manage("run", "--", sys.executable, "-c", dump)
        self._inner = json.loads(printed[printed.index("{") :])

    def close(self) -> None:
        """Stop the background process, if there ever was one."""
        if self._used:
            self._manage("stop")

    def pulumi(self, program: Program, *arguments: str, **environment: str) -> Sample:
        """One pulumi command, without the `dbstack sandbox run` round it: that would cost every variant the same."""
        argv = ("pulumi", *arguments, "--stack", program.stack, "--non-interactive")
        return self.command(program, *argv, **environment)

    def command(self, program: Program, *argv: str, **environment: str) -> Sample:
        """Any command in the program's folder, as `dbstack sandbox run` would start it."""
        return run(Command(argv, program.folder, {**self._inner, **environment}))

    def step(self, program: Program, step: str) -> Sample:
        """One of STEPS."""
        return self.pulumi(program, *STEPS[step], **ENVIRONMENT.get(step, {}))

    def resources(self, program: Program) -> list[dict[str, Any]]:
        """What the stack's state holds, components, providers and the stack itself aside."""
        printed = self.pulumi(program, "stack", "export").output
        state = json.loads(printed[printed.index("{") : printed.rindex("}") + 1])
        return [
            resource
            for resource in state["deployment"]["resources"]
            if resource.get("custom") and not resource["type"].startswith("pulumi:")
        ]

    def _manage(self, *arguments: str) -> str:
        return run(Command([*self._dbstack, *arguments], self._root, self._outer)).output


def shape(resources: list[dict[str, Any]]) -> Counter[str]:
    """Type and property names of each resource, to compare two programs by."""
    return Counter(
        f"{resource['type']} {sorted(key for key in resource['inputs'] if not key.startswith('__'))}"
        for resource in resources
    )


def require_same(library: list[dict[str, Any]], plain: list[dict[str, Any]]) -> None:
    """Raise BenchError unless both declare the same resources with the same properties."""
    left, right = shape(library), shape(plain)
    if left != right:
        only_library = "\n  ".join((left - right).elements())
        only_plain = "\n  ".join((right - left).elements())
        raise BenchError(
            "The programs differ, so their times can't be compared.\n"
            f"library only:\n  {only_library}\nplain only:\n  {only_plain}"
        )


Timed = dict[str, dict[str, Series]]
"""Series by step, then by program."""


@dataclass(frozen=True)
class Plan:
    """How often and what is measured of a pair of programs."""

    runs: int
    """Counted previews of each program."""
    ups: int
    """Counted deployments of each program; each starts from an empty sandbox."""
    deployments: tuple[tuple[str, ...], ...] = (("up",),)
    """Steps that are timed one after the other, each tuple from an empty sandbox."""
    once: frozenset[str] = frozenset()
    """Steps that take minutes, nearly all of it the file backend's writes, which differ little: deployed once."""


def compare(sandbox: Sandbox, programs: dict[str, Program], plan: Plan) -> tuple[Timed, int]:
    """The programs in turn: previews of the new stack, then deployments. Also the number of resources."""
    sandbox.empty()
    previews = {name: partial(sandbox.step, program, "preview") for name, program in programs.items()}
    timed: Timed = {"preview": interleave(previews, plan.runs, warm_up=min(1, plan.runs - 1))}
    timed |= {step: {name: Series() for name in programs} for steps in plan.deployments for step in steps}
    found: dict[str, list[dict[str, Any]]] = {}
    names = list(programs)
    # The previews have warmed everything up: no deployment is thrown away.
    for round_number in range(plan.ups):
        turn = names if round_number % 2 == 0 else names[::-1]
        for steps, name in product(plan.deployments, turn):
            if round_number and plan.once.issuperset(steps):
                continue
            sandbox.empty()
            for step in steps:
                timed[step][name].samples.append(sandbox.step(programs[name], step))
            if name not in found:
                found[name] = sandbox.resources(programs[name])
    for name in names:
        require_same(found["library"], found[name])
    return timed, len(found["library"])


def prod(root: Path, sandbox: Sandbox, runs: int) -> Section:
    """The committed prod stack."""
    programs = {
        "library": Program(root, "prod"),
        "plain": Program(root / "bench/programs/plain_prod", "prod"),
    }
    timed, count = compare(sandbox, programs, Plan(runs, runs, (("up", "no change"),)))
    labels = {
        "preview": "`pulumi preview`, new stack",
        "up": "`pulumi up`, new stack",
        "no change": "`pulumi preview`, nothing changed",
    }
    rows = [
        Row("prod", f"{label}, {count} resources", timed[step]["library"], timed[step]["plain"], BOUND)
        for step, label in labels.items()
    ]
    return Section(
        "The prod stack",
        "This project's `Pulumi.prod.yaml` against `bench/programs/plain_prod`, which declares the same resources "
        f"with the same properties and no library: {count} of them, checked in the run, the library's own components "
        "not counted.",
        rows,
    )


def growth(root: Path, sandbox: Sandbox, runs: int, sizes: tuple[int, ...], *, full: bool = False) -> Section:
    """1, 10 and 100 databases on one network. `full`: every deployment as often as every preview."""
    rows: list[Row] = []
    medians: dict[int, dict[str, dict[str, float]]] = {}
    for size in sizes:
        programs = _programs(root, f"n{size}")
        if size >= LARGE:
            programs[COMPONENTS] = Program(programs["plain"].folder, f"n{size}c")
        few = size >= LARGE and not full
        ups = min(runs, LARGE_UPS) if few else runs
        plan = Plan(runs, ups, (("up",), (ONCE,)), frozenset({"up"}) if few else frozenset())
        timed, count = compare(sandbox, programs, plan)
        medians[size] = {
            step: {name: one.seconds for name, one in both.items()} for step, both in timed.items()
        }
        rows += [
            Row(
                "growth",
                f"{step}, {size} databases, {count} resources",
                timed[step]["library"],
                timed[step]["plain"],
            )
            for step in GROWTH_STEPS
        ]
        rows += [
            Row("growth", f"{step}, {size} databases: {what}", timed[step][one], timed[step][other])
            for what, one, other in APART
            for step in GROWTH_STEPS
            if COMPONENTS in programs
        ]
    table, missed = per_database(medians)
    return Section(
        "How cost grows",
        "Databases of `bench/programs/growth_library` and `growth_plain` on one network; passwords managed by RDS, no "
        "replicas. The last six rows take the cost apart: what any component costs, with a plain program that has a "
        "component of its own per database, with the same outputs; and what the library costs beyond that.",
        rows,
        after=table,
        missed=missed,
    )


def many(root: Path, sandbox: Sandbox, runs: int, *, quick: bool = False, full: bool = False) -> Section:
    """Two hundred databases with a replica each: far more resources than CDK lets a stack have.

    `full`: also once with the state written at each step, which takes a quarter of an hour for each program.
    """
    size = 1 if quick else MANY
    ups = min(runs, LARGE_UPS)
    plan = Plan(ups, ups, ((ONCE,), ("up",)) if full else ((ONCE,),))
    timed, count = compare(sandbox, _programs(root, f"n{size}r"), plan)
    rows = [
        Row("many", f"{step}, {size} databases with a replica each", both["library"], both["plain"], bound)
        for step, bound in (("preview", BOUND), (ONCE, BOUND), ("up", None))
        if step in timed
        for both in (timed[step],)
    ]
    each = [
        f"| {row.what} | {row.measured.seconds / size * 1000:.0f} ms, {row.measured.mib / size:.2f} MiB "
        f"| {row.against.seconds / size * 1000:.0f} ms, {row.against.mib / size:.2f} MiB |"
        for row in rows
        if row.against
    ]
    return Section(
        "Two hundred databases",
        f"Each with a read replica, a security group, logs and a secret of its own: {count} resources in one stack. "
        "CDK stops at 500 in a stack, and CloudFormation with it.",
        rows,
        after="\n".join(["| for each database | dbstack | plain |", "|---|---|---|", *each]),
    )


def _programs(root: Path, stack: str) -> dict[str, Program]:
    return {name: Program(root / f"bench/programs/growth_{name}", stack) for name in ("library", "plain")}


def per_database(medians: dict[int, dict[str, dict[str, float]]]) -> tuple[str, tuple[str, ...]]:
    """Cost of one more database from each size to the next, as a table, and the bounds that it misses."""
    sizes = sorted(medians)
    if len(sizes) < 2:
        return "", ()
    lines = ["Cost of one more database (difference of the medians, by the difference of the sizes):", ""]
    lines += ["| step | from, to | dbstack | plain | ratio | bound |", "|---|---|---|---|---|---|"]
    missed: list[str] = []
    for step in (step for step in GROWTH_STEPS if step in medians[sizes[0]]):
        for small, large in pairwise(sizes):
            ours, theirs = (
                (medians[large][step][name] - medians[small][step][name]) / (large - small)
                for name in ("library", "plain")
            )
            ratio = ours / theirs if theirs > 0 else float("inf")
            # A difference of nine databases is hardly more than the spread of the runs.
            bound = f"≤ {BOUND:.2f}" if large == sizes[-1] else "–"
            if large == sizes[-1] and ratio > BOUND:
                bound += " **missed**" if step != "up" else " **missed**, see below"
                # What the file backend's writes cost isn't ours to lower; FILE_BACKEND explains it.
                if step != "up":
                    missed.append(f"{step}, one more database, {small} to {large}: {ratio:.2f} > {BOUND:.2f}")
            cost = f"{ours * 1000:.0f} ms | {theirs * 1000:.0f} ms"
            lines.append(f"| {step} | {small}, {large} | {cost} | **{ratio:.2f}** | {bound} |")
    return "\n".join([*lines, "", FILE_BACKEND]), tuple(missed)
