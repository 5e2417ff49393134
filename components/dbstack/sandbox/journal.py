"""The journal: every request that changes the sandbox's AWS, on disk before it is answered.

moto keeps everything in memory. A sandbox that starts again plays the journal, and since each record holds the time
and the seed of moto's random numbers, the same ids, passwords and dates come out. Bodies hold passwords, so records
are encrypted; the key lies beside the journal, readable by its owner alone.
"""

import base64
import json
import os
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import parse_qs

from cryptography.fernet import Fernet, InvalidToken

from .errors import SandboxError

_READING_OPERATION = re.compile(
    r"(Describe|List|Get|BatchGet|Head|Lookup|Search|Scan|Query|Select)[A-Z]\w*\Z"
)
_READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_CBOR_OPERATION = re.compile(r"/service/[^/]+/operation/(\w+)\Z")


@dataclass(frozen=True)
class Record:
    """One request.

    Attributes:
        time: when it was carried out, in seconds since 1970.
        seed: what moto's random numbers started from.
        method: such as ``POST``.
        path: the decoded path.
        query: the raw query string.
        headers: the request's headers.
        body: the request's body, base64.
        status: the HTTP status of the answer, to notice a replay that goes another way.
    """

    time: float
    seed: int
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: str
    status: int

    @property
    def body_bytes(self) -> bytes:
        """The request's body."""
        return base64.b64decode(self.body)


def operation_of(method: str, path: str, headers: dict[str, str], body: bytes) -> str:
    """What a request asks for, as far as it says so: ``CreateDBInstance``, else method and path."""
    named = {key.lower(): value for key, value in headers.items()}
    target = named.get("x-amz-target", "")
    if target:
        return target.rpartition(".")[2]
    cbor = _CBOR_OPERATION.search(path)
    if cbor:
        return cbor[1]
    if named.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        action = parse_qs(body.decode("utf-8", "replace")).get("Action")
        if action:
            return action[0]
    return f"{method} {path}"


def is_reading(method: str, operation: str) -> bool:
    """True for a request that leaves everything as it is; what is not known to be harmless is not."""
    if " " in operation:
        return method in _READING_METHODS
    return bool(_READING_OPERATION.match(operation))


class Journal:
    """An append-only, encrypted file of records, one a line.

    Args:
        path: the journal.
        key_path: its key; made (0600) if neither file is there.

    Raises:
        SandboxError: the key is gone or belongs to another journal, or the journal is damaged.
    """

    def __init__(self, path: Path, key_path: Path) -> None:
        self._path = path
        self._key_bytes = _key(path, key_path)
        self._cipher = Fernet(self._key_bytes)
        self._drop_torn_record()
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    @property
    def size(self) -> int:
        """How many bytes are written."""
        return os.fstat(self._file).st_size

    @property
    def key(self) -> bytes:
        """The key, for what else of moto's state is written."""
        return self._key_bytes

    @property
    def path(self) -> Path:
        """The journal's file."""
        return self._path

    def records(self, start: int = 0) -> Iterator[Record]:
        """All records from byte ``start`` on, oldest first."""
        with self._path.open("rb") as file:
            file.seek(start)
            for number, line in enumerate(file, 1):
                try:
                    yield Record(**json.loads(self._cipher.decrypt(line.rstrip(b"\n"))))
                except (InvalidToken, ValueError, TypeError) as error:
                    raise SandboxError(
                        f"the sandbox's journal {self._path} is damaged at record {number}: "
                        "`dbstack sandbox reset` starts anew, which drops everything deployed in the sandbox"
                    ) from error

    def append(self, record: Record) -> None:
        """Writes a record; it is on disk when this returns."""
        line = self._cipher.encrypt(json.dumps(asdict(record)).encode()) + b"\n"
        written = os.write(self._file, line)
        if written != len(line):  # A full disk: take the half record back, so that the next one is readable.
            os.ftruncate(self._file, os.fstat(self._file).st_size - written)
            raise OSError(f"no space left for {self._path}")
        os.fdatasync(self._file)

    def close(self) -> None:
        """Closes the file."""
        os.close(self._file)

    def _drop_torn_record(self) -> None:
        """A record without its end was being written when the process died; nobody was told that it happened."""
        if not self._path.exists():
            return
        with self._path.open("r+b") as file:
            content = file.read()
            whole = content.rfind(b"\n") + 1
            if whole != len(content):
                file.truncate(whole)


def _key(path: Path, key_path: Path) -> bytes:
    if key_path.exists():
        return key_path.read_bytes()
    if path.exists() and path.stat().st_size:
        raise SandboxError(
            f"the key {key_path} of the sandbox's journal is gone, so its state cannot be read: "
            "`dbstack sandbox reset` starts anew, which drops everything deployed in the sandbox"
        )
    key = Fernet.generate_key()
    descriptor = os.open(key_path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    return key
