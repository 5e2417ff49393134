"""What a program that uses dbstack pays before its first line runs, against `import pulumi, pulumi_aws`."""

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
            "dbstack": program("from dbstack import Database, DatabaseNetwork, Engine"),
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
        "Whole processes, interpreter start included. `import dbstack` alone would say nothing: both load their "
        "modules when they are first used, so dbstack is measured with what every program uses of it. The "
        "second row is what every program pays that goes on to declare a database, with the library or without.",
        [
            Row(
                "import",
                "`from dbstack import Database, DatabaseNetwork, Engine` / `import pulumi, pulumi_aws`",
                series["dbstack"],
                series["plain"],
                BOUND,
            ),
            Row("import", "pulumi_aws with `rds.Instance` and `ec2.SecurityGroup` used", series["used"]),
            Row("import", "an empty program", series["nothing"]),
        ],
    )
