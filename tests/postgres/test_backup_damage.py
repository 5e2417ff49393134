"""A backup in which a byte has changed is never reported good, and never restored."""

import hashlib
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests.postgres.saving import NOTHING, Vault, query, vault

from dbstack.cli import main

__all__ = ["vault"]
pytestmark = pytest.mark.postgres
SEED = 7
SOME, MANY = 10, 200
COUNTS = [SOME, pytest.param(MANY, marks=pytest.mark.soak)]


@pytest.fixture
def key(tmp_path: Path) -> Path:
    assert CliRunner().invoke(main, ["backup", "key", str(tmp_path / "key")]).exit_code == 0
    return tmp_path / "key"


def flipped(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    changed[chance.randrange(len(data))] ^= chance.randrange(1, 256)
    return bytes(changed)


def rehashed(vault: Vault, name: str, change: Callable[[dict[str, Any]], object]) -> None:
    """Changes what the manifest says, and gives it the checksum that fits."""
    path = vault.manifest(name)
    found = json.loads(path.read_bytes())
    change(found["backup"])
    body = json.dumps(found["backup"], indent=1).encode()
    found["checks"]["sha256"] = hashlib.sha256(body).hexdigest()
    path.write_bytes(json.dumps(found, indent=1).encode() + b"\n")


def is_refused(vault: Vault, name: str, url: str, *options: str) -> None:
    told = vault.refused(3, "verify", name, *options)
    assert f"error: {name} is not good: don't rely on it" in told
    assert vault.run("restore", name, *options, url=url).exit_code == 2
    assert query(url, NOTHING) == [(0,)]


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("form", ["custom", "plain", "directory", "encrypted"])
def test_a_byte_that_changed(vault: Vault, key: Path, form: str, count: int):
    options = ("--key-file", str(key)) if form == "encrypted" else ()
    name = vault.create("--format", "custom" if form == "encrypted" else form, *options)
    chance = random.Random(SEED)
    files = sorted(path for path in (vault.place / name).rglob("*") if path.is_file())
    manifest = vault.manifest(name)
    whole = {path: path.read_bytes() for path in files}
    with vault.spare() as url:
        for number in range(count):
            # Half of them in the manifest.
            path = manifest if number % 2 else chance.choice([path for path in files if path != manifest])
            path.write_bytes(flipped(whole[path], chance))
            is_refused(vault, name, url, *options)
            if path != manifest:
                # With the fault in the dump: the manifest without its own checksum, and without the file's.
                for remove in (
                    lambda found: found["checks"].pop("sha256"),
                    lambda found: [file.pop("sha256") for file in found["backup"]["files"]],
                ):
                    found = json.loads(whole[manifest])
                    remove(found)
                    manifest.write_bytes(json.dumps(found, indent=1).encode() + b"\n")
                    is_refused(vault, name, url, *options)
                manifest.write_bytes(whole[manifest])
            path.write_bytes(whole[path])
        for path in files:
            path.write_bytes(whole[path][:-1])
            is_refused(vault, name, url, *options)
            path.write_bytes(whole[path])
        (vault.place / name / files[0].relative_to(vault.place / name)).unlink()
        assert vault.run("verify", name, *options).exit_code in (2, 3)
        files[0].write_bytes(whole[files[0]])
        assert "is verified" in vault.ok("verify", name, *options)
        vault.ok("restore", name, *options, url=url)


def test_a_manifest_without_its_checks_or_with_those_of_a_file_removed(vault: Vault):
    name = vault.create()
    whole = vault.manifest(name).read_bytes()
    with vault.spare() as url:
        for remove in (
            lambda found: found.pop("checks"),
            lambda found: found["checks"].clear(),
            lambda found: found["backup"]["files"][0].pop("sha256"),
        ):
            found = json.loads(whole)
            remove(found)
            vault.manifest(name).write_bytes(json.dumps(found, indent=1).encode() + b"\n")
            is_refused(vault, name, url)
            vault.manifest(name).write_bytes(whole)
        for change in (
            lambda backup: backup["files"][0].update(sha256=""),
            lambda backup: backup["files"].clear(),
            lambda backup: backup["files"][0].update(path="../../etc/passwd"),
            lambda backup: backup.update(name="another"),
        ):
            rehashed(vault, name, change)
            is_refused(vault, name, url)
            vault.manifest(name).write_bytes(whole)
        assert vault.ok("verify", name)


@pytest.mark.parametrize("form", ["custom", "plain"])
def test_a_dump_whose_manifest_was_made_to_fit_is_found_by_restoring_it(vault: Vault, form: str):
    name = vault.create("--format", form)
    (stored,) = [path for path in (vault.place / name).iterdir() if path.name != "manifest.json"]
    whole = stored.read_bytes()
    # In the rows: the header of an archive holds bytes that mean nothing, such as the time.
    data = bytearray(whole)
    data[len(data) * 3 // 4] ^= 0x55
    stored.write_bytes(data)
    rehashed(vault, name, lambda backup: backup["files"][0].update(sha256=hashlib.sha256(data).hexdigest()))
    told = vault.refused(3, "verify", name)
    assert "is not good" in told
    assert "it can't be restored" in told or "is damaged" in told
    with vault.spare() as url:
        assert vault.run("restore", name, url=url).exit_code in (1, 2)
        assert query(url, NOTHING) == [(0,)]


def test_rows_that_differ_from_what_was_counted(vault: Vault):
    name = vault.create()
    whole = vault.manifest(name).read_bytes()

    def table(backup: dict[str, Any]) -> dict[str, Any]:
        return next(table for table in backup["tables"] if table["name"] == "public.customers")

    rehashed(vault, name, lambda backup: table(backup).update(rows=501))
    assert "table public.customers has 500 rows instead of 501" in vault.refused(3, "verify", name)
    vault.manifest(name).write_bytes(whole)
    rehashed(vault, name, lambda backup: table(backup).update(checksum="text/12345"))
    assert "table public.customers has other rows than were backed up" in vault.refused(3, "verify", name)
    vault.manifest(name).write_bytes(whole)
    rehashed(vault, name, lambda backup: table(backup).update(checksum="later/12345"))
    assert "public.customers has a checksum of another kind, 'later'" in vault.refused(3, "verify", name)
    vault.manifest(name).write_bytes(whole)
    rehashed(vault, name, lambda backup: backup["objects"]["index"].append("public.gone"))
    assert "index public.gone is not in what was restored" in vault.refused(3, "verify", name)


def test_an_encrypted_backup_whose_manifest_was_made_to_fit(vault: Vault, key: Path):
    """The checksum anybody can make, the code only who has the key."""
    name = vault.create("--key-file", str(key))
    rehashed(vault, name, lambda backup: backup["source"].update(database="other"))
    assert f"{name}" in vault.ok("list")
    told = vault.refused(3, "verify", name, "--key-file", str(key))
    assert "was not written with this key, or was changed since" in told


def test_damaged_ones_are_listed_as_such(vault: Vault):
    good, bad, short = vault.create(), vault.create("--schema-only"), vault.create("--data-only")
    vault.manifest(bad).write_bytes(vault.manifest(bad).read_bytes()[:-3])
    (vault.place / short / "schema.pgdump").unlink()
    listed = vault.ok("list").splitlines()
    assert len(listed) == 3
    assert [line.split()[0] for line in listed if "damaged: " in line] == [bad, short]
    assert not next(line for line in listed if line.startswith(good)).count("damaged")


@pytest.mark.parametrize("command", ["verify", "restore"])
def test_a_backup_of_a_newer_server(vault: Vault, command: str):
    name = vault.create()
    rehashed(vault, name, lambda backup: backup["source"].update(major=99, version="99.1"))
    with vault.spare() as url:
        told = vault.refused(2, command, name, url=url)
        assert f"{name} is of PostgreSQL 99.1, and the server is " in told
        assert "99 or newer" in told
        assert query(url, NOTHING) == [(0,)]


def test_a_backup_of_a_newer_pg_dump(vault: Vault):
    name = vault.create()
    rehashed(vault, name, lambda backup: backup.update(pg_dump="99.1"))
    with vault.spare() as url:
        told = vault.refused(1, "restore", name, url=url)
        assert "and the backup was written by pg_dump 99: put the programs of PostgreSQL 99" in told
        assert "is not verified: pg_restore on PATH is" in vault.refused(1, "verify", name)
