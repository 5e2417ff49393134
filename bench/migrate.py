"""Migrations: `dbstack migrate` with many files, against one psql session that runs the same files."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from tests.postgres.cluster import Server, binaries, server

from bench.measure import Command, Sample, interleave, run
from bench.report import Row, Section

STATUS_SECONDS = 1.0
PER_FILE_MS = 5.0
FILES = 1000


def measure(root: Path, runs: int, files: int = FILES) -> Section | None:
    """Apply and status of so many files, in a PostgreSQL of its own; None where there is none on this machine."""
    if binaries() is None or shutil.which("psql") is None:
        return None
    with server() as database, tempfile.TemporaryDirectory(prefix="dbstack-bench-") as folder:
        bench = _Bench(root, Path(folder), database, files)
        series = interleave({"up": bench.up, "psql": bench.psql}, runs)
        bench.up()
        status = interleave({"status": bench.status, "python": bench.python}, runs)
    each = (series["up"].seconds - series["psql"].seconds) / files * 1000
    missed: list[str] = []
    if each >= PER_FILE_MS:
        missed.append(f"migrate up, more than psql: {each:.1f} ms a file >= {PER_FILE_MS:.0f} ms")
    if status["status"].seconds >= STATUS_SECONDS:
        missed.append(f"migrate status: {status['status'].seconds:.2f} s >= {STATUS_SECONDS:.0f} s")
    return Section(
        "Migrations",
        f"{files} files of a table, an index and a comment each, in a PostgreSQL on this machine that doesn't wait for "
        "its disk. psql reads the same files in one session, each in a transaction; it keeps no record of them, takes "
        "no lock and checks nothing.",
        [
            Row("migrate", f"`dbstack migrate up`, {files} files / psql", series["up"], series["psql"]),
            Row(
                "migrate",
                f"`dbstack migrate status`, {files} applied files / a Python that connects",
                status["status"],
                status["python"],
            ),
        ],
        against="psql, Python",
        after=f"More than psql: **{each:.2f} ms** a file (bound: {PER_FILE_MS:.0f} ms). "
        f"Status: **{status['status'].seconds:.2f} s** (bound: {STATUS_SECONDS:.0f} s).",
        missed=tuple(missed),
    )


class _Bench:
    """The files, and the commands that run them."""

    def __init__(self, root: Path, folder: Path, database: Server, files: int) -> None:
        self._root, self._folder = root, folder / "migrations"
        self._folder.mkdir()
        names: list[str] = []
        for number in range(1, files + 1):
            path = self._folder / f"{number:04}_table_{number}.sql"
            path.write_text(
                f"-- Table {number}: something; to read over.\n"
                f"create table t_{number} (id bigint primary key, name text not null default 'a;b');\n"
                f"create index t_{number}_name_idx on t_{number} (name);\n"
                f"comment on table t_{number} is $$ Number {number}; $$;\n"
            )
            (self._folder / f"rollback_{number:04}.sql").write_text(f"drop table t_{number};\n")
            names.append(str(path))
        self._all = folder / "all.sql"
        self._all.write_text("".join(f"begin;\n\\i {name}\ncommit;\n" for name in names))
        self._url = (
            f"postgresql://{database.user}@localhost:{database.port}/%s?sslrootcert={database.authority}"
        )
        self._env = {
            **{key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ},
            "PGPASSWORD": database.password,
            "PGSSLMODE": "verify-full",
        }

    def up(self) -> Sample:
        """Every file, in an empty database."""
        self._empty()
        return self._run(*self._dbstack("up"))

    def status(self) -> Sample:
        """Of the database that `up` left."""
        return self._run(*self._dbstack("status"))

    def psql(self) -> Sample:
        """Every file, in an empty database."""
        self._empty()
        return self._run("psql", "-Xqv", "ON_ERROR_STOP=1", "-f", str(self._all), self._url % "bench")

    def python(self) -> Sample:
        """An interpreter that imports psycopg and asks one question."""
        code = (
            f"import psycopg; print(psycopg.connect({self._url % 'bench'!r}).execute('select 1').fetchone())"
        )
        return self._run(sys.executable, "-c", code)

    def _dbstack(self, command: str) -> tuple[str, ...]:
        program = str(Path(sys.executable).with_name("dbstack"))
        return (program, "migrate", command, "--folder", str(self._folder), "--url", self._url % "bench")

    def _empty(self) -> None:
        words = ("drop database if exists bench with (force)", "create database bench")
        self._run("psql", "-Xq", *(part for word in words for part in ("-c", word)), self._url % "postgres")

    def _run(self, *words: str) -> Sample:
        return run(Command(words, self._root, self._env))
