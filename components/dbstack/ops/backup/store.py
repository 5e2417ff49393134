"""Where backups lie, and a folder as such a place. What is being written or removed has a name that is no backup's."""

import fcntl
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from dbstack.ops.backup.manifest import FILE, Damaged, Manifest, StoredFile
from dbstack.ops.errors import OpsError, OpsUsageError

_PARTIAL = ".partial-"
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*")
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Workplace:
    """A folder in which a backup is being written."""

    folder: Path
    lock: int
    """A descriptor, held by everyone who writes in it: whoever can lock the folder knows that they are gone."""


class Store(Protocol):
    """A place for backups."""

    @property
    def label(self) -> str:
        """For messages."""
        ...

    def names(self) -> list[str]:
        """Of what is a backup, whole or damaged, in order."""
        ...

    def manifest(self, name: str) -> bytes:
        """The file, as it lies there. OpsUsageError if there is no such backup."""
        ...

    def sizes(self, name: str) -> Mapping[str, int]:
        """Of every file of a backup."""
        ...

    def working(self) -> AbstractContextManager[Workplace]:
        """A folder to write in, which is gone afterwards unless it was published."""
        ...

    def publish(self, workplace: Workplace, name: str) -> None:
        """Makes what is in it a backup, at once and for good."""
        ...

    def fetched(self, manifest: Manifest) -> AbstractContextManager[Path]:
        """A local folder with its files."""
        ...

    def intact(self, manifest: Manifest) -> None:
        """Damaged if its files aren't as they were written, as far as that can be told without fetching them."""
        ...

    def remove(self, name: str) -> None:
        """A backup; at no moment does half of one look like a whole."""
        ...

    def sweep(self) -> list[str]:
        """Removes what runs that were killed have left; returns what of it has a name."""
        ...


class FolderStore:
    """Backups in a folder, each a folder of its own."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @property
    def label(self) -> str:
        """The folder."""
        return str(self._root)

    def names(self) -> list[str]:
        """None where the folder isn't there yet."""
        with told(self.label):
            if not self._root.is_dir():
                return []
            found = [path.name for path in self._root.iterdir() if (path / FILE).is_file()]
        return sorted(name for name in found if is_name(name))

    def manifest(self, name: str) -> bytes:
        """Read anew each time."""
        if not is_name(name) or not (self._root / name / FILE).is_file():
            raise OpsUsageError(no_such(self, name))
        with told(self.label):
            return (self._root / name / FILE).read_bytes()

    def sizes(self, name: str) -> Mapping[str, int]:
        """By path."""
        folder = self._root / name
        with told(self.label):
            return {path: (folder / path).stat().st_size for path in _paths(folder)}

    @contextmanager
    def working(self) -> Generator[Workplace]:
        """Removes first what a run that was killed has left."""
        with told(self.label):
            self._root.mkdir(parents=True, exist_ok=True)
            with _locked(self._root):
                self._sweep()
                folder = Path(tempfile.mkdtemp(prefix=_PARTIAL, dir=self._root))
                lock = os.open(folder, os.O_RDONLY)
                fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield Workplace(folder, lock)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)

    def publish(self, workplace: Workplace, name: str) -> None:
        """By a rename, after everything is on the disk."""
        with told(self.label):
            for path in files_of(workplace.folder):
                sync(path)
            for path in {path.parent for path in files_of(workplace.folder)}:
                sync(path)
            os.rename(workplace.folder, self._root / name)
            sync(self._root)

    @contextmanager
    def fetched(self, manifest: Manifest) -> Generator[Path]:
        """They are where they are."""
        yield self._root / manifest.name

    def intact(self, manifest: Manifest) -> None:
        """Reads them."""
        check_files(self._root / manifest.name, manifest)

    def remove(self, name: str) -> None:
        """Takes its name first."""
        with told(self.label), _locked(self._root):
            gone = Path(tempfile.mkdtemp(prefix=_PARTIAL, dir=self._root))
            os.rename(self._root / name, gone / name)
            sync(self._root)
            shutil.rmtree(gone)

    def sweep(self) -> list[str]:
        """Of what nobody holds any more."""
        with told(self.label):
            if self._root.is_dir():
                with _locked(self._root):
                    self._sweep()
        return []

    def _sweep(self) -> None:
        for left in self._root.glob(f"{_PARTIAL}*"):
            lock = os.open(left, os.O_RDONLY)
            try:
                with suppress(BlockingIOError):
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(left, ignore_errors=True)
            finally:
                os.close(lock)


def is_name(name: str) -> bool:
    """Whether a backup can have this name."""
    return bool(_NAME.fullmatch(name))


def no_such(store: Store, name: str) -> str:
    """For the message."""
    names = store.names()
    return f"{store.label} has no backup {name!r}; it has: {', '.join(names[-5:]) or 'none'}"


def files_of(folder: Path) -> list[Path]:
    """Every file below a folder, in order."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _paths(folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in files_of(folder)]


def described(folder: Path, path: Path) -> StoredFile:
    """A file with its size and checksum."""
    size, checksum = _sum(path)
    return StoredFile(path.relative_to(folder).as_posix(), size, checksum)


def check_files(folder: Path, manifest: Manifest) -> None:
    """Damaged unless every file is as it was written, and there is no other."""
    listed = {FILE, *(file.path for file in manifest.files)}
    if strange := [path for path in _paths(folder) if path not in listed]:
        raise Damaged(f"{manifest.name} is damaged: its manifest doesn't know {strange[0]}")
    for file in manifest.files:
        path = folder / file.path
        if not path.is_file():
            raise Damaged(f"{manifest.name} is damaged: {file.path} is missing")
        size, checksum = _sum(path)
        if size != file.size:
            raise Damaged(f"{manifest.name} is damaged: {file.path} has {size} bytes instead of {file.size}")
        if checksum != file.sha256:
            raise Damaged(
                f"{manifest.name} is damaged: {file.path} doesn't have the checksum it was written with"
            )


def sync(path: Path) -> None:
    """Waits until a file or folder is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sum(path: Path) -> tuple[int, str]:
    found, size = hashlib.sha256(), 0
    with told(str(path)), path.open("rb") as file:
        while block := file.read(_BLOCK):
            found.update(block)
            size += len(block)
    return size, found.hexdigest()


@contextmanager
def _locked(folder: Path) -> Generator[None]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def told(place: str) -> Generator[None]:
    """Faults of the file system, as a sentence."""
    try:
        yield
    except OSError as error:
        raise OpsError(f"{place}: {error.strerror or error}") from None
