"""Backups in a bucket: the same commands, and nothing half there that looks like one."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from tests.postgres.saving import Vault, dump, vault

from dbstack.ops.backup import s3

__all__ = ["vault"]
pytestmark = pytest.mark.postgres


@pytest.fixture
def bucket(vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "staging"))
    monkeypatch.setattr("tempfile.tempdir", None)
    (tmp_path / "staging").mkdir()
    monkeypatch.setenv("DBSTACK_BACKUPS", "s3://saved/of/app")
    vault.place = "s3://saved/of/app"  # type: ignore[assignment]
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket="saved")
        yield client
    # Nothing stays on this machine.
    assert [path for path in (tmp_path / "staging").rglob("*") if path.is_file()] == []


def keys(client: Any) -> list[str]:
    return [item["Key"] for item in client.list_objects_v2(Bucket="saved").get("Contents", [])]


@pytest.mark.parametrize("form", ["custom", "directory"])
def test_to_a_bucket_and_back(vault: Vault, bucket: Any, form: str):
    name = vault.create("--format", form)
    assert f"of/app/{name}/manifest.json" in keys(bucket)
    assert vault.names() == [name]
    assert "is verified: 7 tables and 1,053 rows" in vault.ok("verify")
    with vault.spare() as url:
        vault.ok("restore", name, url=url)
        assert dump(url) == dump(vault.workshop.url)


def test_a_damaged_object(vault: Vault, bucket: Any):
    name = vault.create()
    key = f"of/app/{name}/dump.pgdump"
    data = bytearray(bucket.get_object(Bucket="saved", Key=key)["Body"].read())
    data[len(data) // 2] ^= 1
    bucket.put_object(Bucket="saved", Key=key, Body=bytes(data))
    assert "doesn't have the checksum" in vault.refused(3, "verify")
    bucket.delete_object(Bucket="saved", Key=key)
    assert "dump.pgdump is missing" in vault.ok("list")
    assert vault.run("verify").exit_code != 0


def test_without_a_manifest_it_is_none(vault: Vault, bucket: Any, monkeypatch: pytest.MonkeyPatch):
    """As an upload leaves it that was killed."""
    old, cut = vault.create(), vault.create("--format", "directory")
    bucket.delete_object(Bucket="saved", Key=f"of/app/{cut}/manifest.json")
    bucket.put_object(Bucket="saved", Key="of/other/file", Body=b"x")
    assert vault.names() == [old]
    assert cut not in vault.ok("prune", "--keep", "1"), "an upload that goes on looks the same"
    monkeypatch.setattr(s3, "LEFT_AFTER", timedelta(0))
    assert f"removed: {cut}, which an interrupted run left" in vault.ok("prune", "--keep", "1")
    assert {key.split("/")[2] for key in keys(bucket) if key.startswith("of/app")} == {old}
    assert "of/other/file" in keys(bucket)


def test_prune_in_a_bucket(vault: Vault, bucket: Any):
    first, second = vault.create(), vault.create()
    assert vault.ok("prune", "--keep", "1") == f"removed: {first}\n"
    assert vault.names() == [second]
    assert not [key for key in keys(bucket) if f"/{first}/" in key]


def test_a_bucket_that_is_not_there(vault: Vault, bucket: Any):
    done = vault.run("create", "--to", "s3://nosuch/x")
    assert done.exit_code == 1
    assert "s3://nosuch/x: " in done.stderr
    assert "NoSuchBucket" in done.stderr
    assert "names no bucket: write s3://BUCKET/PREFIX" in vault.run("list", "--from", "s3://").stderr
