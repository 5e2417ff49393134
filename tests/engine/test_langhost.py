"""The language host: programs see Pulumi as under the stock one, errors are told, nothing outlives the engine."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest
import yaml
from tests.engine.consumer import consumer, left_behind, nothing_is_left_behind
from tests.engine.project import DBSTACK, Project

from dbstack.sandbox.engine import cached_engine, own_engine
from dbstack.sandbox.engine_build import EXEC_SCRIPT
from dbstack.sandbox.process import ENTRY

pytestmark = pytest.mark.engine

SEEN = """
    import os
    import sys

    import pulumi

    config = pulumi.Config()
    pulumi.export("seen", {
        "project": pulumi.get_project(),
        "stack": pulumi.get_stack(),
        "organization": pulumi.get_organization(),
        "folder": os.getcwd(),
        "python": sys.prefix,
        "name": __name__,
        "argument": sys.argv[0],
        "virtualenv": os.environ["VIRTUAL_ENV"],
        "plain": config.require("plain"),
    })
    pulumi.export("secret", config.require_secret("secret"))
    if not pulumi.runtime.is_dry_run():
        print("the program speaks")
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    stack = "config:\n  consumer:plain: hello\n  consumer:secret: {secure: AAAA}\n"
    project = consumer(tmp_path_factory.mktemp("langhost") / "consumer", SEEN, stack=stack, main="program")
    (project.folder / "program").mkdir()
    (project.folder / "__main__.py").rename(project.folder / "program" / "__main__.py")
    yield project
    project.stop()


def program(project: Project, text: str) -> None:
    (project.folder / "program" / "__main__.py").write_text(dedent(text))


def test_a_program_sees_what_the_stock_host_shows(project: Project) -> None:
    program(project, SEEN)
    done = project.up("dev").ok()
    assert "the program speaks" in done.text
    outputs = project.outputs("dev")
    assert outputs["seen"] == {
        "project": "consumer",
        "stack": "dev",
        "organization": "organization",
        "folder": str(project.folder / "program"),
        "python": sys.prefix,
        "name": "__main__",
        "argument": ".",
        "virtualenv": sys.prefix,
        "plain": "hello",
    }
    assert len(outputs["secret"]) == 24
    shown = project.pulumi("stack", "output", "--stack", "dev", "--json").ok().out
    assert outputs["secret"] not in shown


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("raise ValueError('broken on purpose')", "broken on purpose"),
        ("import pulumi\nraise pulumi.RunError('told in one sentence')", "told in one sentence"),
        ("import sys\nsys.exit(5)", "program exited with non-zero exit code: 5"),
        ("import there_is_no_such_module", "No module named 'there_is_no_such_module'"),
        ("def broken(:", "invalid syntax"),
    ],
)
def test_a_failing_program_is_told(project: Project, text: str, words: str) -> None:
    program(project, text)
    done = project.pulumi("preview", "--stack", "dev")
    assert done.code != 0
    assert words in done.text
    nothing_is_left_behind(project)


def test_a_missing_virtualenv_is_told(project: Project) -> None:
    settings = project.folder / "Pulumi.yaml"
    before = settings.read_text()
    changed = yaml.safe_load(before)
    changed["runtime"]["options"]["virtualenv"] = "gone"
    settings.write_text(yaml.safe_dump(changed))
    try:
        done = project.pulumi("preview", "--stack", "dev")
    finally:
        settings.write_text(before)
    assert done.code != 0
    assert str(project.folder / "gone") in done.text
    assert "pulumi install" in done.text


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_outlives_an_engine_that_is_ended(project: Project, number: signal.Signals) -> None:
    ready = project.folder / "ready"
    ready.unlink(missing_ok=True)
    program(
        project,
        f"""
        import time
        from pathlib import Path

        Path({str(ready)!r}).touch()
        time.sleep(120)
        """,
    )
    process = subprocess.Popen(
        [DBSTACK, "sandbox", "run", "--", "pulumi", "preview", "--stack", "dev", "--non-interactive"],
        cwd=project.folder,
        env=os.environ | {"DBSTACK_SANDBOX_DIR": str(project.state)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 60
    while not ready.exists():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert len(left_behind(project)) >= 3  # The engine, the host and the program.
    process.send_signal(number)
    process.wait(30)
    nothing_is_left_behind(project)
    program(project, "")
    project.pulumi("preview", "--stack", "dev").ok()


def test_the_users_own_engine_and_host_are_not_shadowed(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = own_engine()[0] or cached_engine()
    assert engine
    own = tmp_path / "own"
    own.mkdir()
    (own / "pulumi").symlink_to(engine.path)
    asked = tmp_path / "asked"
    script = Path(engine.path).with_name(EXEC_SCRIPT)
    host = own / "pulumi-language-python"
    host.write_text(
        f'#!/bin/sh\ntouch {asked}\nexec {sys.executable} -I {ENTRY} langhost {script} {engine.version} "$@"\n'
    )
    host.chmod(0o755)
    monkeypatch.setenv("PATH", f"{own}:{os.environ['PATH']}")
    assert "your own, found on PATH" in project.dbstack("sandbox", "engine").ok().out
    program(project, "")
    project.pulumi("preview", "--stack", "dev").ok()
    assert asked.exists()
    assert not (project.state / "bin" / "pulumi-language-python").exists()


def test_install_makes_the_virtual_environment(tmp_path: Path) -> None:
    other = consumer(tmp_path / "other", "")
    settings = {"name": "other", "runtime": {"name": "python", "options": {"virtualenv": "venv"}}}
    (other.folder / "Pulumi.yaml").write_text(yaml.safe_dump(settings))
    (other.folder / "requirements.txt").write_text("")
    other.pulumi("install").ok()
    assert (other.folder / "venv" / "bin" / "python").exists()
    assert "3." in other.pulumi("about", "--json").out
    other.stop()
