"""`import dbstack` against `import pulumi, pulumi_aws`: what a program pays before its first line runs."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from bench.measure import Command, Sample, interleave, run
from bench.report import Row, Section

BOUND = 1.25


def measure(root: Path, runs: int) -> Section:
    """Programs of one line each, in the same interpreter."""
    env = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}

    def program(line: str) -> Callable[[], Sample]:
        return lambda: run(Command([sys.executable, "-c", line], root, env))

    series = interleave(
        {
            "dbstack": program("import dbstack"),
            "plain": program("import pulumi, pulumi_aws"),
            "used": program(
                "import pulumi, pulumi_aws; pulumi_aws.rds.Instance, pulumi_aws.ec2.SecurityGroup"
            ),
            "nothing": program("pass"),
        },
        runs,
    )
    return Section(
        "Import",
        "Whole processes, interpreter start included. pulumi_aws loads its modules when they are first used; the "
        "second row is what every program pays that goes on to declare a database, with the library or without.",
        [
            Row(
                "import",
                "`import dbstack` / `import pulumi, pulumi_aws`",
                series["dbstack"],
                series["plain"],
                BOUND,
            ),
            Row("import", "pulumi_aws with `rds.Instance` and `ec2.SecurityGroup` used", series["used"]),
            Row("import", "an empty program", series["nothing"]),
        ],
    )
