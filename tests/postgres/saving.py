"""A database with one of everything, a folder for its backups, and the command line that brings them together."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result
from tests.postgres.cluster import Server
from tests.postgres.migrating import Workshop

from dbstack.cli import main

NOTHING = "select count(*) from pg_class where relnamespace = 'public'::regnamespace"
"""How much a database holds that nothing was restored into: 0."""
SCHEMA = """
create extension pgcrypto;
create type mood as enum ('sad', 'happy');
create schema "Odd Schema";
create table customers (id bigint primary key generated always as identity, name text not null, feels mood,
    price numeric(10, 2), at timestamptz default now(), extra jsonb, seen real);
create index customers_name on customers (name);
create table orders (id bigint primary key, customer_id bigint not null references customers);
create table "Odd Schema"."odd ""table" ("a b" int, data bytea);
create table empty ();
create table parent (id int, note text);
create table child (more text) inherits (parent);
create table parted (id int, day date) partition by range (day);
create table parted_1 partition of parted for values from ('2026-01-01') to ('2027-01-01');
create view happy as select * from customers where feels = 'happy';
create materialized view counted as select count(*) from customers;
create function one() returns int language sql return 1;
"""
ROWS = """
insert into customers (name, feels, price, extra, seen)
    select 'name ' || n, case n % 3 when 0 then 'sad'::mood when 1 then 'happy' end, n,
        jsonb_build_object('n', n), n / 7.0
    from generate_series(1, 500) n;
insert into orders select n, n from generate_series(1, 500) n;
insert into "Odd Schema"."odd ""table" select n, decode(md5(n::text), 'hex') from generate_series(1, 50) n;
insert into parent values (1, 'x');
insert into child values (2, 'y', 'z');
insert into parted values (1, '2026-05-05');
"""
SCRATCH = "select count(*) from pg_database where datname ~ '^dbstack_verify'"


@dataclass
class Vault:
    """A database that is full, and where its backups go. `spare` makes empty ones."""

    workshop: Workshop
    place: Path
    options: list[str] = field(default_factory=list[str])

    @property
    def server(self) -> Server:
        return self.workshop.server

    def words(self, command: str, *words: str, url: str = "") -> list[str]:
        side = "--to" if command == "create" else "--from"
        place = [side, str(self.place)] if side not in words else []
        database = ["--url", url or self.workshop.url] if command in ("create", "verify", "restore") else []
        options = self.options if command in ("create", "verify", "restore") else []
        return ["backup", command, *place, *database, *options, *words]

    def run(self, command: str, *words: str, url: str = "") -> Result:
        done = CliRunner().invoke(main, self.words(command, *words, url=url))
        self.workshop.is_clean(done.output)
        return done

    def ok(self, command: str, *words: str, url: str = "") -> str:
        done = self.run(command, *words, url=url)
        assert done.exit_code == 0, done.output
        return done.stdout

    def refused(self, code: int, command: str, *words: str, url: str = "") -> str:
        """It exits with `code` and leaves neither another backup nor a scratch database."""
        before = self.names()
        done = self.run(command, *words, url=url)
        assert done.exit_code == code, done.output
        assert self.names() == before
        assert self.workshop.sql(SCRATCH) == [(0,)]
        return done.stderr

    def start(self, command: str, *words: str, url: str = "") -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [str(Path(sys.executable).with_name("dbstack")), *self.words(command, *words, url=url)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            env=dict(os.environ),
        )

    def create(self, *words: str) -> str:
        """Makes a backup and returns its name."""
        return self.ok("create", *words).partition(":")[0]

    def names(self) -> list[str]:
        return [entry["name"] for entry in json.loads(self.ok("list", "--json"))]

    def manifest(self, name: str) -> Path:
        return self.place / name / "manifest.json"

    @contextmanager
    def spare(self, owner: str = "") -> Iterator[str]:
        """The URL of an empty database."""
        name = f"{self.workshop.name}_spare"
        with self.workshop.session() as admin:
            admin.execute(f"create database {name} template template0".encode())
            try:
                yield re.sub(r"workshop_\d+", name, self.workshop.url)
            finally:
                admin.execute(f"drop database {name} with (force)".encode())


def dump(url: str, *words: str) -> str:
    """Schema and data of a database, without what pg_dump writes anew each time."""
    done = subprocess.run(["pg_dump", *words, url], capture_output=True, text=True, check=True)
    return "\n".join(
        line for line in done.stdout.splitlines() if not line.startswith(("\\restrict", "\\unrestrict"))
    )


def query(url: str, text: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute(text.encode())
        return found.fetchall() if found.description else []


def ended(process: "subprocess.Popen[str]", workshop: Workshop) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=60)
    workshop.is_clean(out + err)
    return process.returncode, out, err


KILL = signal.SIGKILL


@pytest.fixture
def vault(workshop: Workshop, tmp_path: Path) -> Vault:
    with workshop.session() as connection:
        connection.execute(SCHEMA.encode())
        connection.execute(ROWS.encode())
    return Vault(workshop, tmp_path / "backups")
