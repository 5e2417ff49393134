"""Which Python runs a program or a plugin, and how a plugin is started."""

from pathlib import Path

import pytest

from dbstack.sandbox.interpreter import InterpreterError, resolve_interpreter
from dbstack.sandbox.langhost import plugin_arguments


def python(folder: Path) -> Path:
    file = folder / "bin" / "python"
    file.parent.mkdir(parents=True)
    file.write_text("#!/bin/sh\n")
    file.chmod(0o755)
    return file


def resolve(root: Path, options: dict[str, object], *, plugin: bool = False) -> str:
    program = root / "infra"
    program.mkdir(exist_ok=True)
    return resolve_interpreter(str(root), str(program), options, {"PATH": "/bin"}, plugin=plugin).path


def test_a_virtualenv_is_relative_to_the_project(tmp_path: Path) -> None:
    expected = python(tmp_path / ".venv")
    assert resolve(tmp_path, {"toolchain": "pip", "virtualenv": ".venv"}) == str(expected)


def test_a_virtualenv_is_activated(tmp_path: Path) -> None:
    python(tmp_path / ".venv")
    found = resolve_interpreter(
        str(tmp_path), str(tmp_path), {"virtualenv": ".venv"}, {"PATH": "/bin", "PYTHONHOME": "/x"}
    )
    assert found.environment == {"PATH": f"{tmp_path}/.venv/bin:/bin", "VIRTUAL_ENV": f"{tmp_path}/.venv"}


def test_a_missing_virtualenv_is_named(tmp_path: Path) -> None:
    with pytest.raises(InterpreterError, match="run `pulumi install`") as caught:
        resolve(tmp_path, {"virtualenv": "gone"})
    assert str(tmp_path / "gone") in str(caught.value)


def test_without_options_python_comes_from_path(tmp_path: Path) -> None:
    expected = python(tmp_path).rename(tmp_path / "bin" / "python3")
    found = resolve_interpreter(str(tmp_path), str(tmp_path), {}, {"PATH": str(tmp_path / "bin")})
    assert found.path == str(expected)
    assert found.virtualenv is None


def test_a_given_python_command_counts(tmp_path: Path) -> None:
    with pytest.raises(InterpreterError, match="there is no mypython on PATH"):
        resolve_interpreter(str(tmp_path), str(tmp_path), {}, {"PATH": "", "PULUMI_PYTHON_CMD": "mypython"})


def test_a_uv_lock_means_the_virtualenv_beside_it(tmp_path: Path) -> None:
    (tmp_path / "uv.lock").touch()
    expected = python(tmp_path / ".venv")
    assert resolve(tmp_path, {}) == str(expected)
    assert resolve(tmp_path, {"toolchain": "uv"}) == str(expected)


def test_a_plugin_never_runs_with_the_python_on_path(tmp_path: Path) -> None:
    with pytest.raises(InterpreterError):
        resolve(tmp_path, {}, plugin=True)
    assert resolve(tmp_path, {}, plugin=False)
    expected = python(tmp_path / "venv")
    assert resolve(tmp_path, {}, plugin=True) == str(expected)


def test_a_plugin_is_its_main_file_else_its_package(tmp_path: Path) -> None:
    with pytest.raises(InterpreterError, match="not runnable"):
        plugin_arguments(tmp_path)
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "acme-databases"\n')
    assert plugin_arguments(tmp_path) == ["-m", "pulumi.run.plugin", "acme-databases"]
    (tmp_path / "__main__.py").touch()
    assert plugin_arguments(tmp_path) == [str(tmp_path)]
