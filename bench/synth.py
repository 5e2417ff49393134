"""AWS CDK: the prod stack as a CDK app, synthesized. Its environment is made once, outside the work tree."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.measure import Command, Sample, interleave, run
from bench.report import Row, Section

BOUND = 1.0
HERE = Path(__file__).parent / "cdk_app"


def cache_dir() -> Path:
    """Where the CDK environment is kept: the cache that the engine is in."""
    if given := os.environ.get("DBSTACK_CACHE_DIR"):
        return Path(given)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dbstack"


def environment() -> Path | None:
    """The Python of CDK's environment, made if missing; None where there is no Node.js."""
    if shutil.which("node") is None:
        return None
    requirements = HERE / "requirements.txt"
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()[:12]
    folder = cache_dir() / f"bench-cdk-{digest}"
    python = folder / "bin/python"
    if not (folder / ".made").exists():
        print("Installing AWS CDK into an environment of its own (a minute) ...", file=sys.stderr)
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        install = [
            python,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "-r",
            requirements,
        ]
        subprocess.run(install, check=True)
        (folder / ".made").touch()
    return python


def synth(python: Path) -> Callable[[], tuple[Sample, int]]:
    """One synthesis: (sample, number of CloudFormation resources)."""
    names = ("PATH", "HOME", "LANG", "TMPDIR")
    env = {name: os.environ[name] for name in names if name in os.environ}
    env |= {
        "JSII_SILENCE_WARNING_DEPRECATED_NODE_VERSION": "1",
        "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1",
    }

    def once() -> tuple[Sample, int]:
        with tempfile.TemporaryDirectory() as out:
            sample = run(Command([str(python), str(HERE / "app.py")], HERE, {**env, "CDK_OUTDIR": out}))
            template = json.loads((Path(out) / "prod.template.json").read_text())
        return sample, len(template["Resources"])

    return once


def measure(runs: int, preview: Callable[[], Sample]) -> Section | None:
    """CDK's synth and `pulumi preview` of prod in turn; None where there is no Node.js."""
    python = environment()
    if python is None:
        return None
    once = synth(python)
    _, count = once()
    series = interleave({"preview": preview, "cdk": lambda: once()[0]}, runs)
    what = f"`pulumi preview` of prod, new stack / `python app.py` (synth, {count} CloudFormation resources)"
    return Section(
        "Against AWS CDK",
        "The same stack in CDK's own high-level constructs (`bench/cdk_app`), aws-cdk-lib 2 in an environment of its "
        "own. Only the app itself is timed, without the `cdk` command round it; Pulumi's figure has engine, language "
        "host and provider in it.",
        [Row("cdk", what, series["preview"], series["cdk"], BOUND)],
        against="CDK",
    )
