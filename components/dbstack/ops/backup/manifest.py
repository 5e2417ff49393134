"""What a backup says of itself: `manifest.json`, in which no byte can change unseen."""

import dataclasses
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from dbstack.ops.errors import OpsUsageError

FILE = "manifest.json"
FORMAT = 1
FULL, SCHEMA, DATA = KINDS = ("full", "schema", "data")
CUSTOM, PLAIN, DIRECTORY = LAYOUTS = ("custom", "plain", "directory")
COMPRESS = 3
"""gzip's level. pg_dump's own, 6, takes twice as long for a tenth less, and all that time the server keeps what the
dump's snapshot still sees from vacuum."""


class Damaged(OpsUsageError):
    """It is no longer what was written, or never was whole."""


@dataclass(frozen=True)
class StoredFile:
    """As it lies there: of an encrypted backup, the encrypted file."""

    path: str
    """Relative to the backup's folder, with /."""
    size: int
    sha256: str


@dataclass(frozen=True)
class Table:
    """What a table held in the snapshot that was dumped."""

    name: str
    """With its schema, quoted as SQL needs it."""
    rows: int
    checksum: str
    """Independent of the order of rows; how it is made stands before the slash. Empty: none was made."""


@dataclass(frozen=True)
class Source:
    """The database that was backed up."""

    database: str
    version: str
    """Of its server."""
    major: int
    system: str
    """The cluster's identifier, by which two servers are told apart; empty where the user may not read it."""
    encoding: str
    collate: str
    ctype: str
    hash_probe: str
    """What the server's hash function makes of a known word: only equal ones can be compared."""


@dataclass(frozen=True)
class Manifest:
    """One backup."""

    name: str
    kind: str
    layout: str
    started: datetime
    seconds: float
    """From the first connection until the files were written."""
    source: Source
    pg_dump: str
    """Its version."""
    dbstack: str
    encrypted: bool
    files: Sequence[StoredFile]
    tables: Sequence[Table]
    """Of a schema-only backup none."""
    objects: Mapping[str, Sequence[str]]
    """Names of what the schema consists of, by kind. Of a data-only backup none."""

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)

    @property
    def rows(self) -> int:
        """Of all tables."""
        return sum(table.rows for table in self.tables)


def as_plain(manifest: Manifest) -> dict[str, Any]:
    """As in the file."""
    return {"format": FORMAT} | dataclasses.asdict(manifest) | {"started": manifest.started.isoformat()}


def render(manifest: Manifest, key: bytes | None = None, *, mac: str | None = None) -> bytes:
    """The file. With a key it holds a code that nobody makes without it, else only a checksum.

    Args:
        manifest: what is to be written.
        key: of an encrypted backup.
        mac: the code itself, where only the checksum is to be looked at.
    """
    plain = as_plain(manifest)
    body = _text(plain)
    checks = {"sha256": hashlib.sha256(body).hexdigest()}
    if key is not None:
        checks["hmacSha256"] = hmac.new(key, body, hashlib.sha256).hexdigest()
    elif mac is not None:
        checks["hmacSha256"] = mac
    return _text({"backup": plain, "checks": checks}) + b"\n"


def read(data: bytes, key: bytes | None = None) -> Manifest:
    """The manifest in a file. Damaged if a byte of it isn't as it was written.

    Args:
        data: the file.
        key: of an encrypted backup; without it, only the checksum is looked at.
    """
    try:
        found = json.loads(data)
        plain, checks = found["backup"], found["checks"]
        manifest = _manifest(plain)
        mac = checks.get("hmacSha256")
        if plain["format"] != FORMAT:
            raise Damaged(
                f"{FILE} has the format {plain['format']!r}, and this dbstack knows {FORMAT}: use a newer dbstack"
            )
        # Written anew it must be the same to the byte: what is missing, added or of another type differs.
        same = manifest.encrypted == isinstance(mac, str) and data == render(manifest, mac=mac)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Damaged(f"{FILE} is damaged: it is not what dbstack wrote") from None
    if not same:
        raise Damaged(f"{FILE} is damaged: it doesn't have the checksum that it names")
    if key is not None and manifest.encrypted and data != render(manifest, key):
        raise Damaged(f"{FILE} was not written with this key, or was changed since")
    for file in manifest.files:
        parts = PurePosixPath(file.path).parts
        if not parts or ".." in parts or file.path.startswith("/"):
            raise Damaged(f"{FILE} names a file outside of the backup: {file.path!r}")
    return manifest


def _text(plain: Any) -> bytes:
    return json.dumps(plain, indent=1).encode()


def _manifest(plain: Any) -> Manifest:
    values: dict[str, Any] = {name: value for name, value in plain.items() if name != "format"}
    values["started"] = datetime.fromisoformat(values["started"])
    values["source"] = Source(**values["source"])
    values["files"] = [StoredFile(**file) for file in values["files"]]
    values["tables"] = [Table(**table) for table in values["tables"]]
    return Manifest(**values)
