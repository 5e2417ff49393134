"""`make bench` in its smallest form: the harness works, and library and plain program declare the same."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.engine


def test_the_quick_benchmark_measures_every_step(tmp_path: Path):
    done = subprocess.run(
        [
            sys.executable,
            *("-m", "bench", "--quick", "--only", "prod,many"),
            *("--out", str(tmp_path / "page.md"), "--raw", str(tmp_path / "raw.json")),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    rows = json.loads((tmp_path / "raw.json").read_text())
    assert [len(row["measured"]) for row in rows] == [1] * 6
    assert all(len(row["against"]) == 1 for row in rows)
    text = (tmp_path / "page.md").read_text()
    # How many there are the run has counted and compared; that grows with the library.
    assert re.search(r"\| `pulumi up`, new stack, [3-9]\d resources \|", text)
    assert "| up, 1 databases with a replica each |" in text
