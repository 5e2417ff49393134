"""`import dbstack` against `import pulumi, pulumi_aws`: what a program pays before its first line runs."""

import os
import sys
from pathlib import Path

from bench.measure import Command, interleave, run
from bench.report import Row, Section

BOUND = 1.25


def measure(root: Path, runs: int) -> Section:
    """Three programs of one line each, in the same interpreter."""
    env = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}

    def program(line: str):
        return lambda: run(Command([sys.executable, "-c", line], root, env))

    series = interleave(
        {
            "dbstack": program("import dbstack"),
            "everything": program("import dbstack; [getattr(dbstack, name) for name in dbstack.__all__]"),
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
        "second row is what a program pays that goes on to use RDS and EC2.",
        [
            Row(
                "import",
                "`import dbstack` / `import pulumi, pulumi_aws`",
                series["dbstack"],
                series["plain"],
                BOUND,
            ),
            Row(
                "import",
                "every name of `dbstack` / plus `rds.Instance` and `ec2.SecurityGroup`",
                series["everything"],
                series["used"],
            ),
            Row("import", "an empty program", series["nothing"]),
        ],
    )
