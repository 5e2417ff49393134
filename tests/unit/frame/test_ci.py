"""`.ci/run`: what it requires, when the engine's tests may be left out, and that nothing else is let pass."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / ".ci/run"

MAKEFILE = """\
env scanner:
\t@:
test:
\t@echo "require=$$DBSTACK_REQUIRE args=$(PYTEST_ARGS)"
\t@exit $${TEST_STATUS:-0}
"""
PYTEST = "#!/bin/sh\nprintf 'test_a.py::test_one\\ntest_a.py::test_two\\n\\n2 tests\\n'\n"


@pytest.fixture
def ci(tmp_path: Path):
    """Runs .ci/run in a stand-in clone whose engine command ends with the given code."""
    (tmp_path / ".ci").mkdir()
    shutil.copy(SCRIPT, tmp_path / ".ci/run")
    (tmp_path / "Makefile").write_text(MAKEFILE)
    tools = tmp_path / ".venv/bin"
    tools.mkdir(parents=True)
    (tools / "dbstack").write_text('#!/bin/sh\nexit "$ENGINE_STATUS"\n')
    (tools / "pytest").write_text(PYTEST)
    # Starts Docker and builds images, which has tests of its own.
    (tools / "python").write_text('#!/bin/sh\necho "$@" >> python.log\n')
    # Else a machine without them would get them installed by this test.
    have = tmp_path / "have"
    have.mkdir()
    for name in ("docker", "debootstrap"):
        (have / name).write_text("#!/bin/sh\n")
    for tool in (*tools.iterdir(), *have.iterdir()):
        tool.chmod(0o755)

    def run(**environment: str) -> tuple[int, str]:
        # What a `make test ARG=...` hands down, too.
        own = ("DBSTACK_REQUIRE", "PYTEST_ARGS", "MAKEFLAGS", "MAKEOVERRIDES", "MFLAGS", "MAKELEVEL")
        inherited = {name: value for name, value in os.environ.items() if name not in own}
        done = subprocess.run(
            ["bash", str(tmp_path / ".ci/run")],
            env=inherited | {"PATH": f"{have}:{os.environ['PATH']}"} | environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    return run


def test_with_an_engine_it_is_required(ci):
    code, output = ci(ENGINE_STATUS="0")
    assert (code, output.splitlines()[-1]) == (0, "require=engine,scanner,docker,postgres,mysql args=")


def test_a_refused_engine_is_said_and_its_tests_are_left_out(ci):
    code, output = ci(ENGINE_STATUS="4")
    assert code == 0
    assert "ENGINE UNAVAILABLE: 2 tests not run" in output
    assert output.splitlines()[-1] == "require=docker,postgres,mysql args=-m 'not engine and not soak'"


def test_a_docker_engine_is_started_its_images_are_made_and_it_is_stopped(ci, tmp_path: Path):
    ci(ENGINE_STATUS="0")
    start, images, stop = (tmp_path / "python.log").read_text().splitlines()
    assert start == "tests/docker/daemon.py start"
    assert images == "tests/docker/images.py"
    assert stop == "tests/docker/daemon.py stop"


def test_any_other_engine_failure_is_red(ci):
    code, output = ci(ENGINE_STATUS="1")
    assert code == 1
    assert "require=" not in output


def test_a_failing_suite_is_red(ci):
    code, _ = ci(ENGINE_STATUS="0", TEST_STATUS="1")
    assert code != 0
    code, _ = ci(ENGINE_STATUS="4", TEST_STATUS="1")
    assert code != 0


def test_the_script_is_executable():
    assert os.access(SCRIPT, os.X_OK)
