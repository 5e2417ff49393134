"""`python -m bench`: measure, print the tables, write docs/performance.md. Exit 1 where a bound is missed."""

import argparse
import sys
import tempfile
from functools import partial
from importlib.metadata import version
from pathlib import Path

from bench import backup, imports, migrate, previews, stacks, synth
from bench.measure import BenchError
from bench.report import Section, page, write_json

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("import", "prod", "preview", "cdk", "growth", "many", "migrate", "backup")


def arguments(argv: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--runs", type=int, default=9, help="counted runs of each variant (default 9)")
    parser.add_argument("--only", default=",".join(PARTS), help=f"parts to run, of {','.join(PARTS)}")
    parser.add_argument(
        "--sizes", default="1,10,100", help="numbers of databases in `growth` (default 1,10,100)"
    )
    parser.add_argument(
        "--full", action="store_true", help="deploy a hundred databases as often as the rest: an hour"
    )
    parser.add_argument(
        "--quick", action="store_true", help="one run of each, smallest sizes: does the harness work?"
    )
    parser.add_argument(
        "--out", type=Path, help="page to write (default docs/performance.md; with --quick none)"
    )
    parser.add_argument("--raw", type=Path, help="also write every sample as JSON")
    given = parser.parse_args(argv)
    given.parts = given.only.split(",")
    if unknown := set(given.parts) - set(PARTS):
        parser.error(
            f"--only: no part is called {', '.join(sorted(unknown))}; the parts are {', '.join(PARTS)}"
        )
    if given.quick:
        given.runs, given.sizes = 1, "1"
    elif given.out is None:
        given.out = ROOT / "docs/performance.md"
    return given


def measure(given: argparse.Namespace) -> list[Section]:
    """Every part that was asked for."""
    sections: list[Section] = []
    with tempfile.TemporaryDirectory(prefix="dbstack-bench-") as state:
        sandbox = stacks.Sandbox(ROOT, Path(state))
        try:
            if "import" in given.parts:
                # Short runs: more of them cost nothing.
                sections.append(imports.measure(ROOT, 2 * given.runs + 1))
            if "prod" in given.parts:
                sections.append(stacks.prod(ROOT, sandbox, given.runs))
            if "preview" in given.parts:
                sections.append(previews.measure(ROOT, sandbox, given.runs))
            if "cdk" in given.parts:
                sandbox.empty()
                program = stacks.Program(ROOT, "prod")
                section = synth.measure(
                    given.runs, partial(sandbox.pulumi, program, *stacks.STEPS["preview"])
                )
                if section is None:
                    print("No Node.js on PATH: AWS CDK is not measured.", file=sys.stderr)
                else:
                    sections.append(section)
            if "growth" in given.parts:
                sizes = tuple(int(size) for size in given.sizes.split(","))
                sections.append(stacks.growth(ROOT, sandbox, given.runs, sizes, full=given.full))
            if "many" in given.parts:
                sections.append(
                    stacks.many(ROOT, sandbox, given.runs, quick=given.quick, full=given.full or given.quick)
                )
            if "migrate" in given.parts:
                files = 20 if given.quick else migrate.FILES
                section = migrate.measure(ROOT, given.runs, files)
                if section is None:
                    print("No PostgreSQL: migrations are not measured.", file=sys.stderr)
                else:
                    sections.append(section)
            if "backup" in given.parts:
                section = backup.measure(given.runs, quick=given.quick)
                if section is None:
                    print("No PostgreSQL: backups are not measured.", file=sys.stderr)
                else:
                    sections.append(section)
        finally:
            sandbox.close()
    return sections


def main(argv: list[str]) -> int:
    """Run; 0 within all bounds, 1 a bound missed or a command failed."""
    given = arguments(argv)
    try:
        sections = measure(given)
    except BenchError as error:
        print(error, file=sys.stderr)
        return 1
    packages = ("pulumi", "pulumi-aws", "moto")
    versions = ", ".join(f"{name} {version(name)}" for name in packages) + "."
    command = "make bench" if argv == [] else " ".join(["python -m bench", *argv])
    before = given.out.read_text() if given.out and given.out.exists() else ""
    text = page(sections, command, given.runs, versions, before)
    print(text)
    if given.out:
        given.out.write_text(text)
    if given.raw:
        write_json(given.raw, sections)
    missed = [fault for section in sections for fault in section.faults]
    for fault in missed:
        print(f"Bound missed: {fault}", file=sys.stderr)
    return 1 if missed and not given.quick else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
