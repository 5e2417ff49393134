"""From one major version to another: real servers of two, where a machine has two."""

from pathlib import Path

import pytest
from tests.postgres.cluster import of_majors, server
from tests.postgres.conftest import PASSWORD
from tests.postgres.migrating import Workshop
from tests.postgres.saving import ROWS, SCHEMA, SCRATCH, Vault, dump, query

# Of the long campaigns: few machines have two, and CI one.
pytestmark = [pytest.mark.postgres, pytest.mark.soak]


def test_to_an_older_server_never_and_to_a_newer_one_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    found = of_majors()
    if len(found) < 2:
        pytest.skip("there is one PostgreSQL here: name the folder of another's programs in DBSTACK_POSTGRES")
    oldest, newest = min(found), max(found)
    monkeypatch.setenv("PATH", f"{found[newest]}:/usr/bin:/bin")
    folders = [tmp_path / "old", tmp_path / "new"]
    for folder in folders:
        folder.mkdir()
    with (
        server(password=PASSWORD, programs=found[oldest]) as old,
        server(password=PASSWORD, programs=found[newest]) as new,
        Workshop.made(old, folders[0], monkeypatch) as of_old,
        Workshop.made(new, folders[1], monkeypatch) as of_new,
    ):
        vaults = [Vault(workshop, workshop.folder / "backups") for workshop in (of_old, of_new)]
        for vault in vaults:
            vault.workshop.sql(SCHEMA)
            vault.workshop.sql(ROWS)
        backward, forward = vaults[1], vaults[0]
        for form in ("custom", "plain", "directory"):
            name = backward.create("--format", form)
            with forward.spare() as url:
                empty = dump(url)
                for command in ("restore", "verify"):
                    told = backward.refused(2, command, name, url=url)
                    assert f"{name} is of PostgreSQL {newest}" in told
                    assert f"{newest} or newer" in told
                assert dump(url) == empty
                assert of_old.sql(SCRATCH) == [(0,)]
            assert "is verified" in backward.ok("verify", name)
            name = forward.create("--format", form)
            with backward.spare() as url:
                forward.ok("restore", name, url=url)
                assert query(url, "select count(*) from customers") == [(500,)]
                assert "1,053 rows compared" in forward.ok("verify", name, "--on", url)
