"""Which Python runs a Pulumi program or plugin; the same answer as the stock language host gives."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class InterpreterError(Exception):
    """The interpreter that a project asks for is not there; ``str()`` says what to do."""


@dataclass(frozen=True)
class Interpreter:
    """A Python for a program.

    Attributes:
        path: the executable.
        environment: the variables to run it with.
        virtualenv: the virtual environment's folder, None for a Python from PATH.
    """

    path: str
    environment: dict[str, str]
    virtualenv: Path | None


def resolve_interpreter(
    root: str,
    program: str,
    options: Mapping[str, object],
    environment: Mapping[str, str],
    *,
    plugin: bool = False,
) -> Interpreter:
    """The interpreter of a project.

    Args:
        root: the folder of Pulumi.yaml; a relative ``virtualenv`` starts here.
        program: the folder of the program; lock files are looked for here and above.
        options: the runtime options of Pulumi.yaml (``toolchain``, ``virtualenv``).
        environment: the variables to start from.
        plugin: a plugin never runs with the Python on PATH; its virtualenv is ``venv`` unless said otherwise.

    Raises:
        InterpreterError: there is no such virtual environment, or no Python on PATH.
    """
    folder = virtualenv_folder(root, program, options, plugin=plugin)
    if folder is None:
        return Interpreter(python_on_path(environment), dict(environment), None)
    python = folder / "bin" / "python"
    if not python.is_file():
        raise InterpreterError(
            f"the project's virtual environment {folder} is not there or holds no Python: "
            "run `pulumi install` in the project, or make it as the project's documentation says"
        )
    activated = {key: value for key, value in environment.items() if key != "PYTHONHOME"}
    activated["PATH"] = os.pathsep.join(filter(None, [str(folder / "bin"), environment.get("PATH", "")]))
    activated["VIRTUAL_ENV"] = str(folder)
    return Interpreter(str(python), activated, folder)


def virtualenv_folder(root: str, program: str, options: Mapping[str, object], *, plugin: bool) -> Path | None:
    """The folder of a project's virtual environment, whether it exists or not; None for Python from PATH."""
    toolchain = str(options.get("toolchain") or "")
    given = str(options.get("virtualenv") or "")
    if given:
        return Path(os.path.normpath(Path(root) / given))
    lock = None if toolchain == "pip" else _search_up(Path(program), "uv.lock")
    if toolchain == "uv" or (not toolchain and lock):
        return (lock.parent if lock else Path(program)) / ".venv"
    if toolchain == "poetry" or (not toolchain and _search_up(Path(program), "poetry.lock")):
        return _poetry_folder(program)
    return Path(root) / "venv" if plugin else None


def python_on_path(environment: Mapping[str, str]) -> str:
    """$PULUMI_PYTHON_CMD, else python3, else python."""
    given = environment.get("PULUMI_PYTHON_CMD")
    for name in [given] if given else ["python3", "python"]:
        found = shutil.which(name, path=environment.get("PATH"))
        if found:
            return found
    raise InterpreterError(f"there is no {given or 'python3'} on PATH to run the program with")


def _search_up(start: Path, name: str) -> Path | None:
    return next((folder / name for folder in (start, *start.parents) if (folder / name).is_file()), None)


def _poetry_folder(program: str) -> Path:
    try:
        answer = subprocess.run(
            ["poetry", "env", "info", "--path"], cwd=program, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError) as error:
        raise InterpreterError("the project uses poetry, but poetry knows no environment for it") from error
    return Path(answer.stdout.strip())
