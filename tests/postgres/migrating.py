"""A database and a folder of migrations of a test's own, and the command line that brings them together."""

import itertools
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result
from tests.postgres.cluster import Server

from dbstack.cli import main

_NUMBERS = itertools.count(1)
# What `pg_dump` writes anew each time.
_CHANGING = ("\\restrict", "\\unrestrict")


@dataclass
class Workshop:
    """`url` holds no password: that is in PGPASSWORD."""

    server: Server
    name: str
    folder: Path
    url: str

    @classmethod
    @contextmanager
    def made(cls, server: Server, folder: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator["Workshop"]:
        name = f"workshop_{next(_NUMBERS)}"
        url = f"postgresql://{server.user}@localhost:{server.port}/%s?sslrootcert={server.authority}"
        monkeypatch.setenv("PGPASSWORD", server.password)
        made = cls(server, name, folder / "migrations", url % name)
        made.folder.mkdir()
        with psycopg.connect(url % "postgres", autocommit=True) as admin:
            admin.execute(f"create database {name} template template0")
            try:
                yield made
            finally:
                admin.execute(f"drop database {name} with (force)")

    def write(self, **files: str) -> None:
        """`_001_a="..."` writes `001_a.sql`; `rollback_001="..."` its rollback."""
        for name, text in files.items():
            (self.folder / f"{name.removeprefix('_')}.sql").write_text(text)

    def words(self, *words: str) -> list[str]:
        return ["migrate", *words, "--url", self.url, "--folder", str(self.folder)]

    def run(self, *words: str) -> Result:
        """`dbstack migrate WORDS` in this process. No output ever holds the password, or a traceback."""
        done = CliRunner().invoke(main, self.words(*words))
        self.is_clean(done.output)
        return done

    def ok(self, *words: str) -> str:
        done = self.run(*words)
        assert done.exit_code == 0, done.output
        return done.output

    def refused(self, code: int, *words: str) -> str:
        """It exits with `code`, and neither schema nor data are other than before."""
        before = self.dump()
        done = self.run(*words)
        assert done.exit_code == code, done.output
        assert self.dump() == before
        return done.stderr

    def start(self, *words: str) -> "subprocess.Popen[str]":
        """The same as a process of its own."""
        return subprocess.Popen(
            [str(Path(sys.executable).with_name("dbstack")), *self.words(*words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            env=dict(os.environ),
        )

    def is_clean(self, text: str) -> None:
        assert self.server.password not in text
        assert "Traceback" not in text

    @contextmanager
    def session(self, **settings: Any) -> Iterator["psycopg.Connection[Any]"]:
        with psycopg.connect(self.url, autocommit=True, **settings) as connection:
            yield connection

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        with self.session() as connection:
            found = connection.execute(query.encode())
            return found.fetchall() if found.description else []

    def until(self, query: str, expected: object = True, seconds: float = 20) -> None:
        """Waits until the query's first value is as expected."""
        self.until_true(lambda: self.sql(query)[0][0] == expected, seconds)

    def until_true(self, is_so: Callable[[], bool], seconds: float = 20) -> None:
        end = time.monotonic() + seconds
        while not is_so():
            assert time.monotonic() < end, "it never came true"
            time.sleep(0.05)

    def versions(self) -> list[int]:
        """What is recorded as applied."""
        return [
            row[0]
            for row in self.sql("select version from schema_migrations where state = 'applied' order by 1")
        ]

    def dump(self) -> str:
        """Schema and data."""
        done = subprocess.run(["pg_dump", "--no-owner", self.url], capture_output=True, text=True, check=True)
        return "\n".join(line for line in done.stdout.splitlines() if not line.startswith(_CHANGING))
