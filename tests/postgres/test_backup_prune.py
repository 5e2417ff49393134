"""What is kept: by number, by age, and always the last good one."""

import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest
from tests.postgres.saving import Vault, vault

__all__ = ["vault"]
pytestmark = pytest.mark.postgres


def aged(vault: Vault, name: str, days: float) -> str:
    """The backup as if it had been made so many days ago."""
    path = vault.manifest(name)
    found = json.loads(path.read_bytes())
    when = (datetime.now(UTC) - timedelta(days=days)).replace(microsecond=0)
    found["backup"]["started"] = when.isoformat()
    body = json.dumps(found["backup"], indent=1).encode()
    found["checks"]["sha256"] = hashlib.sha256(body).hexdigest()
    path.write_bytes(json.dumps(found, indent=1).encode() + b"\n")
    return name


def spoil(vault: Vault, name: str) -> None:
    """A byte of the dump, its size as before."""
    path = vault.place / name / "dump.pgdump"
    data = bytearray(path.read_bytes())
    data[-100] ^= 1
    path.write_bytes(data)


def test_by_number_and_by_age_what_either_keeps_is_kept(vault: Vault):
    names = [aged(vault, vault.create(), days) for days in (30, 20, 10, 1)]
    assert vault.ok("prune", "--keep", "2", "--dry-run").splitlines() == [
        f"would be removed: {name}" for name in names[:2]
    ]
    assert vault.names() == names
    assert vault.ok("prune", "--keep", "1", "--keep-days", "25") == f"removed: {names[0]}\n"
    assert vault.ok("prune", "--keep", "2").splitlines() == [f"removed: {names[1]}"]
    assert vault.names() == names[2:]
    assert "say what is to be kept" in vault.refused(2, "prune")


def test_the_last_good_one_stays_whatever_its_age(vault: Vault):
    old = aged(vault, vault.create(), 400)
    done = vault.run("prune", "--keep-days", "7")
    assert done.exit_code == 0
    assert f"{old} is left: it is the last good one" in done.stderr
    assert vault.names() == [old]


def test_a_damaged_one_does_not_count(vault: Vault):
    older, old, newest = (aged(vault, vault.create(), days) for days in (30, 20, 1))
    spoil(vault, newest)
    done = vault.run("prune", "--keep", "1", "--keep-days", "7")
    assert done.exit_code == 0, done.output
    assert done.stdout == f"removed: {older}\n"
    assert f"{newest} is left: {newest} is damaged: dump.pgdump doesn't have the checksum" in done.stderr
    assert vault.names() == [old, newest]
    # Nothing of it is good any more: nothing goes.
    spoil(vault, old)
    told = vault.refused(1, "prune", "--keep", "1")
    assert "none of its 2 backups is good, so none is removed" in told
    assert vault.names() == [old, newest]


def test_one_whose_manifest_is_damaged_or_of_tomorrow(vault: Vault):
    good, tomorrow, broken = aged(vault, vault.create(), 9), aged(vault, vault.create(), -1), vault.create()
    vault.manifest(broken).write_bytes(b"{}")
    done = vault.run("prune", "--keep", "1")
    assert done.exit_code == 0
    assert done.stdout == ""
    assert f"{broken} is damaged and is left" in done.stderr
    assert f"{tomorrow} is left: it was made at " in done.stderr
    assert set(vault.names()) == {good, tomorrow, broken}


def test_databases_and_kinds_are_apart(vault: Vault):
    full, schema = aged(vault, vault.create(), 30), aged(vault, vault.create("--schema-only"), 1)
    vault.ok("prune", "--keep", "1")
    assert set(vault.names()) == {full, schema}
