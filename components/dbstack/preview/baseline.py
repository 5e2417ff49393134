"""``--base REF``: the base commit is deployed to a sandbox of its own, and the work tree previewed against it.

No credentials are needed, so it works for a pull request from a fork. Both sides run in one and the same folder, a
worktree beside the user's, which is never touched.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from importlib.metadata import distributions
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

from dbstack.preview.errors import PreviewError, RecordingError
from dbstack.preview.recording import Recording
from dbstack.preview.run import preview
from dbstack.preview.values import scrubbed

_MIGRATION = re.compile(r"\d+_[a-z0-9_]+\.sql", re.ASCII)
_PACKAGES = ("*requirements*.txt", "*constraints*.txt", "pyproject.toml", "uv.lock", "poetry.lock")


def against(
    folder: Path, ref: str, stack: str | None, say: Callable[[str], None]
) -> tuple[Recording, str, tuple[str, ...]]:
    """Preview the project in `folder` against the sandbox deployment of commit `ref`.

    Returns the recording, what the baseline is, and notes for the reader. Raises RecordingError for a commit that
    there isn't, PreviewError where the base can't be deployed.
    """
    if not stack:
        raise RecordingError("--base needs a stack: name it with -s")
    root = Path(_git(folder, "rev-parse", "--show-toplevel", fault="--base needs a git repository"))
    commit = _git(
        root, "rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}", fault=f"--base {ref}: no such commit"
    )
    project = folder.relative_to(root)
    notes = (*_package_notes(root, commit), *migration_notes(root, project, commit, ref))
    with (
        tempfile.TemporaryDirectory(prefix="dbstack-base-") as made,
        _worktree(root, commit, Path(made)) as tree,
    ):
        here = tree / project
        _lend_environment(folder, here)
        with _sandbox(Path(made) / "sandbox", root, tree) as environment:
            if (here / f"Pulumi.{stack}.yaml").is_file():
                say(f"deploying {ref} ({commit[:12]}) to a sandbox of its own ...")
                _deploy(here, stack, ref, environment)
            else:
                notes = (*notes, f"{ref} has no stack {stack}: everything is new")
            _become_work_tree(root, tree)
            _lend_environment(folder, here)
            say("previewing the work tree against it ...")
            recording = preview(here, stack, environment=environment)
    return recording, f"the sandbox deployment of {ref} ({commit[:12]}), not the live state", notes


@contextmanager
def _worktree(root: Path, commit: str, made: Path) -> Generator[Path]:
    tree = made / "tree"
    _git(root, "worktree", "add", "--detach", "--quiet", str(tree), commit, fault="git can't make a worktree")
    try:
        yield tree
    finally:
        _run_git(root, "worktree", "remove", "--force", str(tree))


@contextmanager
def _sandbox(state: Path, root: Path, tree: Path) -> Generator[dict[str, str]]:
    from dbstack.sandbox import process
    from dbstack.sandbox.paths import Layout
    from dbstack.sandbox.run import prepare

    layout = Layout(state)
    try:
        environment = prepare(layout)
        paths = [*_editable(root, tree), *filter(None, [environment.get("PYTHONPATH", "")])]
        yield {**environment, "PYTHONPATH": os.pathsep.join(paths)} if paths else environment
    finally:
        process.stop(layout)


def _deploy(folder: Path, stack: str, ref: str, environment: Mapping[str, str]) -> None:
    done = subprocess.run(
        ["pulumi", "up", "--stack", stack, "--yes", "--skip-preview", "--non-interactive"],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
        raise PreviewError(f"--base {ref} can't be deployed to the sandbox:\n{scrubbed(said)}")


def _become_work_tree(root: Path, tree: Path) -> None:
    """Turn the base's files into those of the user's work tree, what isn't committed yet included."""
    head = _git(root, "rev-parse", "HEAD", fault="the repository has no commit yet")
    _git(tree, "checkout", "--quiet", "--force", "--detach", head, fault="git can't check the head out")
    changes = _run_git(root, "diff", "--binary", "HEAD").stdout
    if changes.strip():
        done = _run_git(tree, "apply", "--whitespace=nowarn", "-", given=changes)
        if done.returncode != 0:
            raise PreviewError(f"what isn't committed can't be applied: {done.stderr.strip()}")
    untracked = _run_git(root, "ls-files", "--others", "--exclude-standard", "-z").stdout
    for name in filter(None, untracked.split("\0")):
        target = tree / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((root / name).read_bytes())


def _lend_environment(folder: Path, here: Path) -> None:
    """The program's virtual environment is not in git: both sides run with the user's."""
    from dbstack.sandbox.paths import find_project

    for place, borrowed in ((find_project(folder) or folder, here), (folder / "infra", here / "infra")):
        for name in (".venv", "venv"):
            if (place / name).is_dir() and borrowed.is_dir() and not (borrowed / name).exists():
                (borrowed / name).symlink_to((place / name).resolve())


def _editable(root: Path, tree: Path) -> list[str]:
    """What is installed from the repository itself, found in the worktree instead: each side runs its own code."""
    found: list[str] = []
    for installed in distributions():
        origin = installed.read_text("direct_url.json")
        if not origin:
            continue
        url: dict[str, Any] = json.loads(origin)
        place = Path(unquote(urlparse(str(url.get("url", ""))).path))
        if not url.get("dir_info", {}).get("editable") or not place.is_relative_to(root):
            continue
        for entry in sys.path:
            if entry and Path(entry).is_relative_to(place) and "site-packages" not in entry:
                found.append(str(tree / Path(entry).relative_to(root)))
    return list(dict.fromkeys(found))


def _package_notes(root: Path, commit: str) -> tuple[str, ...]:
    changed = _run_git(root, "diff", "--name-only", commit, "--", *_PACKAGES).stdout.split()
    if not changed:
        return ()
    return (f"{', '.join(changed)} differ: the base was deployed with the packages of the head",)


def migration_notes(root: Path, project: Path, commit: str, ref: str) -> tuple[str, ...]:
    """Which migrations are pending: those of the work tree that the base doesn't have, or has otherwise."""
    folder = (project / "migrations").as_posix()
    changed = _run_git(root, "diff", "--name-status", "--no-renames", "-z", commit, "--", folder).stdout
    fields = changed.split("\0")
    states = {Path(name).name: state for state, name in zip(fields[::2], fields[1::2], strict=False)}
    new = _run_git(root, "ls-files", "--others", "--exclude-standard", "-z", "--", folder).stdout
    states |= {Path(name).name: "A" for name in filter(None, new.split("\0"))}
    found = {name: state for name, state in sorted(states.items()) if _MIGRATION.fullmatch(name)}
    pending = [name for name, state in found.items() if state == "A"]
    others = [name for name, state in found.items() if state != "A"]
    return tuple(
        text
        for names, text in (
            (pending, f"pending migrations, which {ref} doesn't have: {', '.join(pending)}"),
            (
                others,
                f"migrations that {ref} has otherwise: {', '.join(others)}; "
                "a database that has run them refuses them: write a new one instead",
            ),
        )
        if names
    )


def _git(folder: Path, *words: str, fault: str) -> str:
    done = _run_git(folder, *words)
    if done.returncode != 0:
        raise RecordingError("; ".join(filter(None, (fault, done.stderr.strip()))))
    return done.stdout.strip()


def _run_git(folder: Path, *words: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["git", *words],
        cwd=folder,
        input=given,
        stdin=subprocess.DEVNULL if given is None else None,
        capture_output=True,
        text=True,
        check=False,
    )
