"""`dbstack backup create` and `restore` beside bare pg_dump and pg_restore, on a pgbench database of a GB."""

import itertools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.postgres.cluster import Server, binaries, server

from bench.measure import BenchError, Command, Sample, interleave, run
from bench.report import Row, Section
from dbstack.ops.backup.manifest import COMPRESS

BOUND = 1.10
# pgbench's 100,000 accounts of a unit of scale are 15 MB, with their index.
SCALE, QUICK_SCALE = 68, 2
PASSWORD = "measured"


def measure(runs: int, *, quick: bool) -> Section | None:
    """None where PostgreSQL isn't installed."""
    programs = binaries()
    if programs is None or shutil.which("pg_dump") is None:
        return None
    with tempfile.TemporaryDirectory(prefix="dbstack-bench-") as place, server(password=PASSWORD) as running:
        # pgbench is beside the server's other programs, of which only links may be on PATH.
        bench = _Bench(running, (programs / "initdb").resolve().parent, Path(place))
        scale = QUICK_SCALE if quick else SCALE
        bench.fill(scale)
        return bench.section(runs, scale)


class _Bench:
    def __init__(self, running: Server, programs: Path, place: Path) -> None:
        self._place = place
        self._programs = programs
        self._numbers = itertools.count(1)
        self._url = f"postgresql://{running.user}@localhost:{running.port}/source"
        self._env = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ} | {
            "PGHOST": "localhost",
            "PGPORT": str(running.port),
            "PGUSER": running.user,
            "PGPASSWORD": PASSWORD,
            "PGSSLMODE": "verify-full",
            "PGSSLROOTCERT": str(running.authority),
        }

    def fill(self, scale: int) -> None:
        """The source, on a server that does nothing else in the middle of what is measured."""
        for setting in ("max_wal_size = '16GB'", "checkpoint_timeout = '1h'", "autovacuum = off"):
            self._do("psql", "--dbname=postgres", f"--command=alter system set {setting}")
        self._do("psql", "--dbname=postgres", "--command=select pg_reload_conf()")
        self._do("psql", "--dbname=postgres", "--command=create database source template template0")
        self._do(str(self._programs / "pgbench"), "-i", "--quiet", f"--scale={scale}", "source")
        self._do("psql", "--dbname=source", "--command=checkpoint")

    def section(self, runs: int, scale: int) -> Section:
        """Every variant in turn."""
        kept = self._place / "kept"
        self._do("pg_dump", "-Fc", f"--file={self._place / 'bare.pgdump'}", "source")
        self._do(self._dbstack, "backup", "create", "--url", self._url, "--to", str(kept))
        series = interleave(
            {
                "create": self._created("backup", "create", "--url", self._url, "--to"),
                "pg_dump": lambda: self._dumped(),
                "pg_dump at the same level": lambda: self._dumped(f"--compress={COMPRESS}"),
                "counts": self._created("backup", "create", "--no-checksums", "--url", self._url, "--to"),
                "restore": lambda: self._restored(
                    [self._dbstack, "backup", "restore", "latest", "--from", str(kept), "--url"], url=True
                ),
                "pg_restore": lambda: self._restored(
                    [
                        *("pg_restore", "--exit-on-error", "--single-transaction"),
                        *(str(self._place / "bare.pgdump"), "--dbname"),
                    ]
                ),
                "verify": lambda: self._run(
                    [self._dbstack, "backup", "verify", "--from", str(kept), "--url", self._url]
                ),
            },
            runs,
        )
        made = f"pgbench, scale {scale}"
        rows = [
            ("`backup create` / `pg_dump -Fc`", "create", "pg_dump", BOUND),
            ("`backup create --no-checksums` / `pg_dump -Fc`", "counts", "pg_dump", None),
            (
                f"`backup create` / `pg_dump -Fc --compress={COMPRESS}`",
                "create",
                "pg_dump at the same level",
                None,
            ),
            ("`backup restore` / `pg_restore -1 -e`", "restore", "pg_restore", BOUND),
            ("`backup verify` / `pg_restore -1 -e`", "verify", "pg_restore", None),
        ]
        return Section(
            "Backup",
            f"{made}, about {scale * 15} MB with its indexes, TLS on, on a PostgreSQL of this machine without "
            "autovacuum: server and programs share its cores. Whole commands. `create` also counts and sums every "
            f"table, while pg_dump runs, and compresses with gzip's level {COMPRESS}, where pg_dump's own is 6; "
            "`verify` restores, and counts and sums again.",
            [
                Row("backup", what, series[name], series[against], bound)
                for what, name, against, bound in rows
            ],
            measured="dbstack",
            against="PostgreSQL's",
        )

    @property
    def _dbstack(self) -> str:
        return str(Path(sys.executable).with_name("dbstack"))

    def _created(self, *words: str) -> Callable[[], Sample]:
        def step() -> Sample:
            folder = self._place / f"made-{next(self._numbers)}"
            sample = self._run([self._dbstack, *words, str(folder)])
            shutil.rmtree(folder)
            return sample

        return step

    def _dumped(self, *words: str) -> Sample:
        file = self._place / f"dump-{next(self._numbers)}"
        sample = self._run(["pg_dump", "-Fc", *words, f"--file={file}", "source"])
        file.unlink()
        return sample

    def _restored(self, words: Sequence[str], *, url: bool = False) -> Sample:
        name = f"restored_{next(self._numbers)}"
        self._do("psql", "--dbname=postgres", f"--command=create database {name} template template0")
        try:
            return self._run([*words, self._url.replace("/source", f"/{name}") if url else name])
        finally:
            self._do("psql", "--dbname=postgres", f"--command=drop database {name} with (force)")

    def _run(self, words: Sequence[str]) -> Sample:
        return run(Command(words, self._place, self._env))

    def _do(self, *words: str) -> None:
        done = subprocess.run(
            words, env=self._env, cwd=self._place, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise BenchError(f"{' '.join(words)} ended with {done.returncode}: {done.stderr}")
