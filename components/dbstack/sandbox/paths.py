"""Where the sandbox keeps its files: one state folder per project, one cache of engines per user."""

import os
from dataclasses import dataclass
from pathlib import Path

from .errors import UsageError

STATE_VARIABLE = "DBSTACK_SANDBOX_DIR"
CACHE_VARIABLE = "DBSTACK_CACHE_DIR"
PROJECT_FILES = ("Pulumi.yaml", "Pulumi.yml")


@dataclass(frozen=True)
class Layout:
    """The files of one sandbox.

    Attributes:
        root: the state folder, absolute.
    """

    root: Path

    @property
    def bin(self) -> Path:
        """The folder that ``dbstack sandbox run`` puts first on PATH."""
        return self.root / "bin"

    @property
    def pulumi_home(self) -> Path:
        """PULUMI_HOME of the sandbox: plugins, credentials and the selected stack."""
        return self.root / "pulumi-home"

    @property
    def backend(self) -> Path:
        """The folder of the sandbox's own Pulumi backend."""
        return self.root / "backend"

    @property
    def passphrase(self) -> Path:
        """The file with the sandbox's own passphrase, mode 0600."""
        return self.root / "passphrase"

    @property
    def shadows(self) -> Path:
        """The shadow projects, one folder for each project that was deployed here."""
        return self.root / "projects"

    @property
    def journal(self) -> Path:
        """Every request that changed the sandbox's AWS, encrypted."""
        return self.root / "aws.journal"

    @property
    def snapshot(self) -> Path:
        """The state of the sandbox's AWS after a part of the journal, encrypted; only saves time."""
        return self.root / "aws.snapshot"

    @property
    def journal_key(self) -> Path:
        """The key of the journal, mode 0600."""
        return self.root / "aws.key"

    @property
    def control(self) -> Path:
        """Address and token of the running background process, mode 0600."""
        return self.root / "control.json"

    @property
    def lock(self) -> Path:
        """Held (flock) by the background process for as long as it lives."""
        return self.root / "lock"

    @property
    def start_lock(self) -> Path:
        """Held (flock) while somebody starts, stops or resets the background process."""
        return self.root / "start.lock"

    @property
    def log(self) -> Path:
        """The background process's log; it names operations and never their contents."""
        return self.root / "sandbox.log"

    def make(self) -> "Layout":
        """Creates the state folder (mode 0700) with a .gitignore of its own; returns self.

        Raises:
            UsageError: the folder can't be made, or holds what no sandbox made.
        """
        try:
            self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.refuse_foreign()
            ignore = self.root / ".gitignore"
            if not ignore.exists():
                ignore.write_text("*\n")
            for folder in (self.bin, self.pulumi_home, self.backend, self.shadows):
                folder.mkdir(exist_ok=True, mode=0o700)
        except OSError as error:
            raise UsageError(
                f"the sandbox can't keep its state in {self.root} ({error.strerror}): make that folder writable, "
                f"or name another in {STATE_VARIABLE}"
            ) from error
        return self

    def refuse_foreign(self) -> None:
        """Protects a folder that was named by mistake, such as the home folder, from being filled or wiped.

        Raises:
            UsageError: the folder holds something, and it is no sandbox's.
        """
        made = (
            self.bin,
            self.pulumi_home,
            self.backend,
            self.shadows,
            self.start_lock,
            self.root / ".gitignore",
        )
        whole = self.backend.is_dir() and self.pulumi_home.is_dir()
        if not whole and set(self.root.iterdir()) - set(made):
            raise UsageError(
                f"{self.root} is not a sandbox's folder and not empty, so nothing was changed in it: "
                f"name an empty or a new folder in {STATE_VARIABLE}"
            )


def find_project(start: Path) -> Path | None:
    """The nearest folder at or above ``start`` that holds a Pulumi.yaml, absolute; None without one."""
    start = start.absolute()
    for folder in (start, *start.parents):
        if any((folder / name).is_file() for name in PROJECT_FILES):
            return folder
    return None


def this_project(folder: Path | None = None) -> Path:
    """The project of a folder (default: the working folder). UsageError where there is none."""
    project = find_project(folder or Path.cwd())
    if project is None:
        raise UsageError(
            "there is no Pulumi.yaml in this folder or above it: run this inside a Pulumi project"
        )
    return project


def sandbox_layout(start: Path | None = None) -> Layout:
    """The sandbox that commands run in ``start`` (default: the working folder) use.

    That is ``$DBSTACK_SANDBOX_DIR``, else ``.dbstack/sandbox`` in the nearest project. Nothing is created.

    Raises:
        UsageError: neither is there.
    """
    given = os.environ.get(STATE_VARIABLE)
    if given:
        return Layout(Path(given).absolute())
    project = find_project(start or Path.cwd())
    if project is None:
        raise UsageError(
            "there is no Pulumi.yaml in this folder or above it: run this inside a Pulumi project, "
            f"or name a folder for the sandbox's state in {STATE_VARIABLE}"
        )
    return Layout(project / ".dbstack" / "sandbox")


def backend_url(layout: Layout) -> str:
    """PULUMI_BACKEND_URL of the sandbox."""
    return f"file://{layout.backend}"


def cache_dir() -> Path:
    """The folder for engines, outside every work tree: $DBSTACK_CACHE_DIR, else dbstack in the user's cache folder."""
    given = os.environ.get(CACHE_VARIABLE)
    if given:
        return Path(given).absolute()
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base).absolute() / "dbstack"


def write_private(path: Path, text: str) -> None:
    """Writes a file that only its owner can read, whole or not at all."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    os.replace(temporary, path)
