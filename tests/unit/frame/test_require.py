"""A missing thing skips its tests, or fails them where DBSTACK_REQUIRE names it; nothing real is reached."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).parents[2] / "conftest.py"
PYPROJECT = Path(__file__).parents[3] / "pyproject.toml"


@pytest.fixture
def session(tmp_path: Path):
    """Runs pytest on one Docker test, on a machine without docker; returns (exit code, output)."""
    (tmp_path / "pyproject.toml").write_text(PYPROJECT.read_text())
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/conftest.py").write_text(CONFTEST.read_text())
    (tmp_path / "tests/test_it.py").write_text(
        "import os, pytest\n"
        "@pytest.mark.docker\ndef test_docker(): pass\n"
        "@pytest.mark.soak\ndef test_long(): assert False\n"
        "def test_private():\n"
        "    assert os.environ['AWS_ACCESS_KEY_ID'] == 'testing'\n"
        "    assert not {'AWS_PROFILE', 'AWS_SESSION_TOKEN', 'PULUMI_ACCESS_TOKEN'} & os.environ.keys()\n"
    )

    def run(**environment: str) -> tuple[int, str]:
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "pytest",
                "-p",
                "no:cacheprovider",
                "-p",
                "no:xdist",
                "-p",
                "no:slipcover",
            ],
            cwd=tmp_path,
            env={"PATH": "", "HOME": str(tmp_path), "AWS_PROFILE": "real", "PULUMI_ACCESS_TOKEN": "real"}
            | {key: os.environ[key] for key in ("LD_LIBRARY_PATH",) if key in os.environ}
            | environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    return run


def test_a_missing_thing_is_skipped_with_its_reason(session):
    code, output = session()
    assert code == 0, output
    assert "1 passed, 1 skipped, 1 deselected" in output
    assert "no docker on PATH" in output


def test_a_required_missing_thing_fails(session):
    code, output = session(DBSTACK_REQUIRE="docker, engine")
    assert code == 1, output
    assert "no docker on PATH (DBSTACK_REQUIRE names docker)" in output


def test_an_unknown_requirement_is_refused(session):
    code, output = session(DBSTACK_REQUIRE="dokcer")
    assert code == 4, output
    assert "DBSTACK_REQUIRE names dokcer; it knows docker, engine, mysql, postgres, scanner." in output
