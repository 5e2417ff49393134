"""The folder of migrations: `NNN_name.sql`, each with its `rollback_NNN.sql`."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from dbstack.ops.errors import OpsUsageError
from dbstack.ops.migrate.statements import ScriptError, Statement, statements

_MIGRATION = re.compile(r"(\d+)_([a-z0-9_]+)\.sql")
_ROLLBACK = re.compile(r"rollback_(\d+)\.sql")
_DIRECTIVE = re.compile(r"^--\s*dbstack:\s*(.*?)\s*$", re.MULTILINE)
NO_TRANSACTION = "no-transaction"
_LARGEST = 2**63 - 1


@dataclass(frozen=True)
class Script:
    """A file's statements, and whether they run in one transaction."""

    path: Path
    statements: Sequence[Statement]
    transactional: bool


@dataclass(frozen=True)
class Migration:
    """One migration, as its files say."""

    version: int
    path: Path
    checksum: str
    """SHA-256 of the file, line endings as \\n: a checkout on Windows has the same."""
    rollback: Path | None

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return self.path.stem


def read_folder(folder: Path) -> list[Migration]:
    """Every migration, in order. OpsUsageError, with every fault, for files misnamed, doubled or without partner."""
    if not folder.is_dir():
        raise OpsUsageError(f"there is no folder {folder}: make it, or name another one with --folder")
    found: dict[int, Path] = {}
    rollbacks: dict[int, Path] = {}
    faults: list[str] = []
    for path in sorted(folder.glob("*.sql")):
        for pattern, known in ((_ROLLBACK, rollbacks), (_MIGRATION, found)):
            if (name := pattern.fullmatch(path.name)) is None:
                continue
            version = int(name[1])
            if not 0 < version <= _LARGEST:
                faults.append(f"{path.name}: a version is a number from 1 to {_LARGEST}")
            elif version in known:
                faults.append(
                    f"{path.name}: {known[version].name} has the same version: renumber one of them"
                )
            else:
                known[version] = path
            break
        else:
            faults.append(f"{path.name}: call it NNN_name.sql (lower case, digits, _) or rollback_NNN.sql")
    faults += [
        f"{path.name}: there is no migration {version}"
        for version, path in rollbacks.items()
        if version not in found
    ]
    raise_all(folder, faults)
    return [
        Migration(version, found[version], _checksum(found[version]), rollbacks.get(version))
        for version in sorted(found)
    ]


def read_scripts(paths: Iterable[Path]) -> list[Script]:
    """The files' statements. OpsUsageError, with every fault of every file, for what can't be run."""
    scripts: list[Script] = []
    faults: list[str] = []
    for path in paths:
        try:
            script = _script(path)
        except ScriptError as error:
            faults.append(f"{path.name}, line {error.line}: {error}")
        except (UnicodeDecodeError, OSError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            faults.append(f"{path.name}: {reason}")
        else:
            faults += [f"{path.name}, {fault}" for fault in _faults(script)]
            scripts.append(script)
    raise_all(None, faults)
    return scripts


def raise_all(folder: Path | None, faults: Sequence[str]) -> None:
    """OpsUsageError with all of them, if there are any."""
    if faults:
        where = f"{folder}: " if folder else ""
        several = f"{where}{len(faults)} faults\n  " if len(faults) > 1 else where
        raise OpsUsageError(several + "\n  ".join(faults))


def _checksum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


def _script(path: Path) -> Script:
    text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    transactional = True
    for found in _DIRECTIVE.finditer(text):
        if found[1] != NO_TRANSACTION:
            line = text.count("\n", 0, found.start()) + 1
            raise ScriptError(
                f"`-- dbstack: {found[1]}` is unknown: there is `-- dbstack: {NO_TRANSACTION}`", line
            )
        transactional = False
    return Script(path, tuple(statements(text)), transactional)


def _faults(script: Script) -> list[str]:
    if not script.statements:
        return ["line 1: it holds no statement"]
    faults: list[str] = []
    for statement in script.statements:
        where = f"line {statement.line}: "
        if statement.controls_transaction:
            faults.append(
                f"{where}leave {statement.words[0].upper()} out: a migration is one transaction, which dbstack begins "
                "and commits together with its record"
            )
        elif statement.copies_from_stdin:
            faults.append(f"{where}COPY ... FROM STDIN is read by psql only: write INSERT")
        elif statement.outside_transaction and script.transactional:
            faults.append(
                f"{where}{' '.join(statement.words[:3]).upper()} can't run in a transaction: put it into a migration "
                f"of its own that begins with `-- dbstack: {NO_TRANSACTION}`"
            )
    return faults
