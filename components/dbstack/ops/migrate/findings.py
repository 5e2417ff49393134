"""What `dbstack migrate check` finds: in the files, in the schema, and between the two."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from dbstack.ops.errors import OpsError
from dbstack.ops.migrate.files import Migration, Script
from dbstack.ops.queries import query

if TYPE_CHECKING:
    from psycopg import Connection

# The runner sets both time-outs itself.
_EXCLUDED = "require-lock-timeout,require-statement-timeout"
_SHOWN = 160


@dataclass(frozen=True)
class Finding:
    """Something to mend."""

    rule: str
    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.where}: {self.message}"


def without_rollback(migrations: Iterable[Migration]) -> list[Finding]:
    """Migrations that can't be reverted."""
    return [
        Finding("no rollback", migration.path.name, f"write rollback_{migration.path.name.split('_')[0]}.sql")
        for migration in migrations
        if migration.rollback is None
    ]


def linter() -> str | None:
    """squawk: beside this Python, else on PATH; None where it isn't installed."""
    return shutil.which("squawk", path=str(Path(sys.executable).parent)) or shutil.which("squawk")


def lint(program: str, scripts: Sequence[Script], project: Path, version: int | None) -> list[Finding]:
    """What squawk says of the files: locks that stop an application, and changes that break it.

    Args:
        program: squawk.
        scripts: the files.
        project: where squawk looks for its own `.squawk.toml`.
        version: the server's major version, if it is known.

    Raises:
        OpsError: squawk can't be run.
    """
    found: list[Finding] = []
    for transactional, words in (
        (True, ["--assume-in-transaction"]),
        (False, ["--no-assume-in-transaction"]),
    ):
        paths = [script.path.absolute() for script in scripts if script.transactional is transactional]
        if not paths:
            continue
        told = ["--pg-version", f"{version}.0"] if version else []
        done = subprocess.run(
            [program, "--reporter", "json", "--exclude", _EXCLUDED, *words, *told, *map(str, paths)],
            cwd=project,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        try:
            rows = cast("list[dict[str, Any]]", json.loads(done.stdout))
        except ValueError:
            raise OpsError(f"squawk can't be run: {' '.join(done.stderr.split())[:_SHOWN]}") from None
        found += [
            Finding(
                str(row["rule_name"]),
                f"{Path(row['file']).name}, line {int(row['line']) + 1}",
                " ".join(f"{row['message']} {row.get('help') or ''}".split()),
            )
            for row in rows
        ]
    return sorted(found, key=lambda finding: finding.where)


def of_schema(connection: "Connection[Any]") -> list[Finding]:
    """What of the schema is likely a mistake."""
    return [Finding(*row) for row in connection.execute(query("migrate", "findings")).fetchall()]


def difference(wanted: dict[tuple[str, str], str], found: dict[tuple[str, str], str]) -> list[Finding]:
    """What the migrations make beside what there is. Of an object that is missing or too many not its parts."""
    findings: list[Finding] = []
    for key in sorted(wanted.keys() | found.keys()):
        kind, name = key
        if key not in found:
            told = "the migrations make it, and it is not there"
        elif key not in wanted:
            told = "it is there, and no migration makes it"
        elif wanted[key] != found[key]:
            told = f"the migrations make it `{_short(wanted[key])}`, and it is `{_short(found[key])}`"
        else:
            continue
        whole = ("table", name.rpartition(".")[0])
        if (whole in wanted) == (whole in found) or kind == "table":
            findings.append(Finding("drift", f"{kind} {name}", told))
    return findings


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
