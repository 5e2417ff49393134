"""What every test may rely on: nothing real is reached, and a missing engine, Docker or database server is said.

A test marked `engine`, `docker`, `postgres`, `mysql` or `scanner` is skipped on a machine without that thing.
`DBSTACK_REQUIRE` (a comma list of those names) turns such a skip into a failure; `.ci/run` sets it.
"""

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest


@cache
def engine_missing() -> str | None:
    """Why there is no Pulumi engine, or None. Builds nothing: `make test` has tried that before."""
    from dbstack.sandbox.engine import cached_engine, own_engine

    return None if own_engine()[0] or cached_engine() else "no Pulumi engine: run `dbstack sandbox engine`"


@cache
def docker_missing() -> str | None:
    """Why there is no Docker engine, or None."""
    if not shutil.which("docker"):
        return "no docker on PATH"
    try:
        answer = subprocess.run(["docker", "info"], capture_output=True, timeout=20, check=False)
    except subprocess.TimeoutExpired:
        return "the Docker engine does not answer"
    return None if answer.returncode == 0 else "the Docker engine does not answer"


@cache
def postgres_missing() -> str | None:
    """Why there are no PostgreSQL server programs, or None."""
    if shutil.which("initdb") or any(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        return None
    return "no PostgreSQL server programs (initdb)"


@cache
def mysql_missing() -> str | None:
    """Why there are no MariaDB server programs, or None."""
    from tests.mysql.server import programs

    return None if programs() else "no MariaDB server programs (mariadbd)"


@cache
def scanner_missing() -> str | None:
    """Why the security scanner can't run, or None. Installs nothing."""
    from tests.scanner import scanner

    return None if scanner() else "no security scanner: run `make scanner`"


NEEDS: dict[str, Callable[[], str | None]] = {
    "engine": engine_missing,
    "docker": docker_missing,
    "postgres": postgres_missing,
    "mysql": mysql_missing,
    "scanner": scanner_missing,
}

# A user's own accounts, stacks and settings: no test may see them.
# PYTHONUNBUFFERED, which some machines set, would hide a port that is printed but never flushed.
PRIVATE_PREFIXES = ("AWS_", "PULUMI_", "DBSTACK_SANDBOX", "MOTO_", "PYTHONUNBUFFERED")


def required() -> frozenset[str]:
    """The names in DBSTACK_REQUIRE."""
    return frozenset(
        name.strip() for name in os.environ.get("DBSTACK_REQUIRE", "").split(",") if name.strip()
    )


def pytest_configure() -> None:
    if unknown := required() - NEEDS.keys():
        raise pytest.UsageError(
            f"DBSTACK_REQUIRE names {', '.join(sorted(unknown))}; it knows {', '.join(sorted(NEEDS))}."
        )
    for name in [name for name in os.environ if name.startswith(PRIVATE_PREFIXES)]:
        del os.environ[name]
    os.environ |= {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says here how much of the library was run: slipcover's own report would come after pytest's closing line."""
    merged = Path(os.environ.get("SLIPCOVER_COVERAGE_DIR", ""), "merged.json")
    if "PYTEST_XDIST_WORKER" not in os.environ and merged.is_file():
        files = json.loads(merged.read_text())["files"].values()
        run, missed = (sum(len(file[kind]) for file in files) for kind in ("executed_lines", "missing_lines"))
        terminalreporter.write_line(
            f"Coverage: {100 * run / (run + missed):.1f} % of the lines that were loaded; by file in .coverage.txt"
        )


def pytest_runtest_setup(item: pytest.Item) -> None:
    for need, missing in NEEDS.items():
        if item.get_closest_marker(need) is None or (why := missing()) is None:
            continue
        if need in required():
            pytest.fail(f"{why} (DBSTACK_REQUIRE names {need})", pytrace=False)
        pytest.skip(why)


@pytest.fixture(scope="session")
def session_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """One event loop for the whole session, closed at its end, so that none is left to the garbage collector."""
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


@pytest.fixture(autouse=True)
def current_loop(session_loop: asyncio.AbstractEventLoop) -> None:
    """`pulumi.Output` wants a current event loop, and a test that ran a program may have taken it away."""
    asyncio.set_event_loop(session_loop)
