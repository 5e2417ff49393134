"""Backups of a real PostgreSQL: made, listed, proven and restored in every form."""

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.postgres.saving import Vault, dump, query, vault

from dbstack.cli import main

__all__ = ["vault"]
pytestmark = pytest.mark.postgres
FORMS = [
    ("--format", "custom"),
    ("--format", "plain"),
    ("--format", "directory", "--jobs", "2"),
    ("--format", "custom", "--compress", "9", "--no-checksums"),
]


@pytest.mark.parametrize("form", FORMS, ids=" ".join)
def test_what_is_restored_is_what_was_there(vault: Vault, form: tuple[str, ...]):
    done = vault.run("create", *form)
    assert done.exit_code == 0, done.output
    name = done.stdout.partition(":")[0]
    assert f"{name}: 7 tables, 1,053 rows, " in done.stdout
    assert "] public.customers\n" in done.stderr
    assert vault.names() == [name]
    kept = json.loads(vault.manifest(name).read_bytes())["backup"]
    assert kept["seconds"] > 0
    assert int(kept["source"]["version"].partition(".")[0]) == kept["source"]["major"]
    assert int(kept["pg_dump"].partition(".")[0]) >= kept["source"]["major"]
    assert all(
        file["sha256"] == hashlib.sha256((vault.place / name / file["path"]).read_bytes()).hexdigest()
        for file in kept["files"]
    )
    told = vault.ok("verify")
    assert f"{name} is verified: 7 tables and 1,053 rows compared" in told
    with vault.spare() as url:
        assert "7 tables" in vault.ok("restore", name, url=url)
        assert dump(url) == dump(vault.workshop.url)


def test_jobs_restore_at_once(vault: Vault):
    for form in ("custom", "directory"):
        name = vault.create("--format", form)
        with vault.spare() as url:
            vault.ok("restore", name, "--jobs", "2", url=url)
            assert dump(url) == dump(vault.workshop.url)
    name = vault.create("--format", "plain")
    with vault.spare() as url:
        assert "--jobs needs files to seek in" in vault.refused(2, "restore", name, "--jobs", "2", url=url)
    assert "--jobs needs --format directory" in vault.refused(2, "create", "--jobs", "2")


def test_the_schema_alone(vault: Vault):
    name = vault.create("--schema-only")
    assert "-schema-" in name
    assert "is verified: 0 tables" in vault.ok("verify")
    with vault.spare() as url:
        vault.ok("restore", name, url=url)
        assert dump(url, "--schema-only") == dump(vault.workshop.url, "--schema-only")


@pytest.mark.parametrize("form", ["custom", "plain", "directory"])
def test_the_data_alone(vault: Vault, form: str):
    schema, name = vault.create("--schema-only"), vault.create("--data-only", "--format", form)
    assert "is verified: 7 tables and 1,053 rows" in vault.ok("verify", name)
    with vault.spare() as url:
        told = vault.refused(2, "restore", name, url=url)
        assert 'has no "Odd Schema"."odd ""table", public.child, public.customers and 4 more' in told
        assert "make the schema first" in told
        vault.ok("restore", schema, url=url)
        vault.ok("restore", name, url=url)
        assert dump(url, "--data-only") == dump(vault.workshop.url, "--data-only")
        assert "has rows in " in vault.refused(2, "restore", name, url=url)


def test_rows_are_counted_in_the_snapshot_that_is_dumped(
    vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Rows that go after the snapshot was taken, before pg_dump begins, are in the dump and in the count."""
    (tmp_path / "pg_dump").write_text(
        '#!/bin/sh\nif [ "$1" != --version ]; then psql -qc "delete from orders" || exit 9; fi\n'
        f'exec {shutil.which("pg_dump")} "$@"\n'
    )
    (tmp_path / "pg_dump").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    name = vault.create()
    assert vault.workshop.sql("select count(*) from orders") == [(0,)]
    assert "1,053 rows compared" in vault.ok("verify", name)


def test_an_encrypted_backup(vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    key = tmp_path / "key"
    assert "public key age1" in CliRunner().invoke(main, ["backup", "key", str(key)]).stdout
    assert key.stat().st_mode & 0o777 == 0o600
    assert "is there already" in CliRunner().invoke(main, ["backup", "key", str(key)]).stderr
    for form in ("custom", "plain"):
        name = vault.create("--format", form, "--key-file", str(key))
        stored = [path for path in (vault.place / name).iterdir() if path.suffix == ".age"]
        assert stored
        assert all(path.read_bytes().startswith(b"age-encryption.org/v1") for path in stored)
        assert "encrypted" in vault.ok("list")
        assert f"{name} is encrypted: give its key" in vault.refused(2, "verify", name)
        assert "is verified: 7 tables" in vault.ok("verify", name, "--key-file", str(key))
        with vault.spare() as url:
            vault.ok("restore", name, "--key-file", str(key), url=url)
            assert dump(url) == dump(vault.workshop.url)
    monkeypatch.setenv("DBSTACK_BACKUP_KEY", key.read_text().splitlines()[-1])
    vault.ok("verify", name)
    other = tmp_path / "other"
    CliRunner().invoke(main, ["backup", "key", str(other)])
    assert "was not written with this key" in vault.refused(3, "verify", name, "--key-file", str(other))
    told = vault.refused(2, "create", "--format", "directory")
    assert "a directory can't be encrypted" in told
    monkeypatch.setenv("DBSTACK_BACKUP_KEY", "AGE-SECRET-KEY-1NONSENSE")
    assert "DBSTACK_BACKUP_KEY holds no key" in vault.refused(2, "create")
    monkeypatch.delenv("DBSTACK_BACKUP_KEY")
    plain = vault.create()
    assert "is not encrypted, so that the key proves nothing" in vault.refused(
        2, "verify", plain, "--key-file", str(key)
    )


def test_a_report_is_written(vault: Vault, tmp_path: Path):
    name, report = vault.create(), tmp_path / "report.json"
    vault.ok("verify", "--report", str(report))
    found = json.loads(report.read_text())
    assert found | {"seconds": 0, "restoreSeconds": 0, "started": "", "server": ""} == {
        "backup": name, "verified": True, "started": "", "server": "", "seconds": 0, "restoreSeconds": 0,
        "tables": 7, "rows": 1053, "checksums": 7, "faults": [], "error": "",
    }  # fmt: skip
    (vault.place / name / "dump.pgdump").write_bytes(b"")
    assert "is not good" in vault.refused(3, "verify", "--report", str(report))
    found = json.loads(report.read_text())
    assert found["verified"] is False
    assert "dump.pgdump has 0 bytes instead of" in found["faults"][0]


def test_a_target_that_is_not_empty(vault: Vault):
    name = vault.create()
    before = dump(vault.workshop.url)
    told = vault.refused(2, "restore", name)
    assert 'is not empty: it has table "Odd Schema"."odd ""table", table public.child' in told
    assert f"--replace {vault.workshop.name}" in told
    assert "--replace names 'other'" in vault.refused(2, "restore", name, "--replace", "other")
    vault.workshop.sql("delete from orders; drop view happy; create table later (id int); select 1")
    vault.ok("restore", name, "--replace", vault.workshop.name)
    vault.workshop.sql("drop table later; select 1")
    assert dump(vault.workshop.url) == before
    # What is dropped is of the database that was backed up: another has to be meant.
    with vault.spare() as url:
        there = f"{vault.workshop.name}_spare"
        query(url, "create table customers (precious text)")
        told = vault.refused(2, "restore", name, "--replace", there, url=url)
        assert (
            f"{name} is a backup of {vault.workshop.name}, and --replace would drop what {there} at" in told
        )
        assert "into a new database, or say with --from-another" in told
        assert query(url, "select count(precious) from customers") == [(0,)]
        vault.ok("restore", name, "--replace", there, "--from-another", url=url)
        assert dump(url) == before


def test_a_database_of_the_same_name_on_another_server(vault: Vault):
    name = vault.create()
    path = vault.manifest(name)
    found = json.loads(path.read_bytes())
    found["backup"]["source"]["system"] = "7000000000000000001"
    found["checks"]["sha256"] = hashlib.sha256(json.dumps(found["backup"], indent=1).encode()).hexdigest()
    path.write_bytes(json.dumps(found, indent=1).encode() + b"\n")
    before = dump(vault.workshop.url)
    told = vault.refused(2, "restore", name, "--replace", vault.workshop.name)
    assert f"is a backup of {vault.workshop.name} on another server, and --replace would drop" in told
    assert dump(vault.workshop.url) == before
    vault.ok("restore", name, "--replace", vault.workshop.name, "--from-another")


def test_the_dump_can_be_read_without_dbstack(vault: Vault):
    """Without dbstack the files are pg_dump's own."""
    name = vault.create()
    listed = subprocess.run(
        ["pg_restore", "-l", str(vault.place / name / "dump.pgdump")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "TABLE DATA public customers" in listed.stdout


def test_latest_is_told_apart(vault: Vault):
    assert "has no backup: make one with" in vault.refused(2, "verify")
    assert "has no backup 'nosuch'" in vault.refused(2, "verify", "nosuch")
    assert "has no backup '../x'" in vault.refused(2, "verify", "../x")
    first, second = vault.create(), vault.create()
    assert vault.names() == [first, second]
    assert f"{second} is verified" in vault.ok("verify")


def test_verify_on_another_server(vault: Vault):
    name = vault.create()
    url = vault.workshop.url.replace(vault.workshop.name, "postgres")
    vault.ok("verify", name, "--on", url)
    assert query(url, "select count(*) from pg_database where datname ~ '^dbstack'") == [(0,)]
