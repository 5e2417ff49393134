"""The command line: exit codes, one sentence for each error, a traceback only when asked for."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from dbstack.cli import main
from dbstack.sandbox import engine, process
from dbstack.sandbox.errors import EngineUnavailable, SandboxError


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (SandboxError("it does not run"), 1, "error: it does not run\n"),
        (RuntimeError("a bug"), 1, "error: RuntimeError: a bug; --verbose shows where\n"),
    ],
)
def test_an_error_is_one_line(
    project: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, code: int, text: str
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(process, "start", fail)
    result = CliRunner().invoke(main, ["sandbox", "start"])
    assert (result.exit_code, result.stderr, result.stdout) == (code, text, "")
    result = CliRunner().invoke(main, ["--verbose", "sandbox", "start"])
    assert "Traceback" in result.stderr


@pytest.mark.parametrize(("refused", "code"), [(True, 4), (False, 1)])
def test_a_refused_engine_has_an_exit_code_of_its_own(
    project: Path, monkeypatch: pytest.MonkeyPatch, refused: bool, code: int
) -> None:
    def fail(_: object) -> None:
        raise EngineUnavailable("no engine here", refused=refused)

    monkeypatch.setattr(engine, "ensure_engine", fail)
    result = CliRunner().invoke(main, ["sandbox", "engine"])
    assert (result.exit_code, result.stderr) == (code, "error: no engine here\n")
    result = CliRunner().invoke(main, ["sandbox", "engine", "--json"])
    assert json.loads(result.stdout) == {"path": None, "refused": refused, "why": "no engine here"}


def test_check_names_file_path_and_rule(project: Path) -> None:
    (project / "Pulumi.dev.yaml").write_text(
        "config:\n  dbstack:stack: {environment: dev, target: aws, databases: {app: {engin: postgres}}}\n"
    )
    result = CliRunner().invoke(main, ["check"])
    assert result.exit_code == 2
    assert "Pulumi.dev.yaml: databases.app.engin: " in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("words", [["check"], ["sandbox", "status"], ["sandbox", "run", "--", "true"]])
def test_outside_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 2
    assert result.stderr.startswith("error: there is no Pulumi.yaml in this folder or above it")


def test_status_without_a_sandbox(project: Path) -> None:
    result = CliRunner().invoke(main, ["sandbox", "status"])
    assert (result.exit_code, result.stdout) == (1, "the sandbox does not run\n")
    assert not (project / ".dbstack").exists()
