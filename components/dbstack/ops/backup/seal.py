"""Encryption by age: a file that `age --decrypt` opens too, should dbstack not be at hand."""

import hashlib
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Protocol, cast

from dbstack.ops.backup.manifest import Damaged
from dbstack.ops.errors import OpsError, OpsUsageError

KEY_VARIABLE = "DBSTACK_BACKUP_KEY"
SUFFIX = ".age"
_SHAPE = "one line AGE-SECRET-KEY-1..., as age-keygen and `dbstack backup key` write it"


@dataclass(frozen=True)
class Key:
    """An age identity: who has it can write and read backups."""

    identity: Any = field(repr=False)

    @property
    def mac_key(self) -> bytes:
        """What manifests are signed with."""
        return hmac.new(b"dbstack backup manifest", str(self.identity).encode(), hashlib.sha256).digest()


def key_of(file: Path | None, environment: Mapping[str, str] | None = None) -> Key | None:
    """The key in a file, else in DBSTACK_BACKUP_KEY, else None. OpsUsageError if it is none; it is never shown."""
    given = os.environ if environment is None else environment
    if file is not None:
        try:
            text, source = file.read_text(), str(file)
        except (OSError, UnicodeDecodeError) as error:
            raise OpsUsageError(
                f"the key file {file} can't be read: {getattr(error, 'strerror', None) or 'it is no text'}"
            ) from None
    elif given.get(KEY_VARIABLE):
        text, source = given[KEY_VARIABLE], KEY_VARIABLE
    else:
        return None
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    pyrage = _pyrage()
    try:
        (line,) = lines
        return Key(pyrage.x25519.Identity.from_str(line))
    except (ValueError, pyrage.IdentityError):
        raise OpsUsageError(f"{source} holds no key: it needs {_SHAPE}") from None


def write_key(file: Path) -> str:
    """Makes a key, which only this user can read; returns its public half. OpsUsageError if the file is there."""
    identity = _pyrage().x25519.Identity.generate()
    public = str(identity.to_public())
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise OpsUsageError(f"{file} is there already: backups may need the key in it") from None
    except OSError as error:
        raise OpsUsageError(f"{file} can't be written: {error.strerror}") from None
    with os.fdopen(descriptor, "w") as written:
        written.write(f"# public key: {public}\n{identity}\n")
        written.flush()
        os.fsync(written.fileno())
    return public


def encrypt(source: IO[bytes], into: "Sink", key: Key) -> None:
    """Everything that can be read from `source`, encrypted."""
    pyrage, kept = _pyrage(), _Kept(into)
    try:
        pyrage.encrypt_io(source, kept, [key.identity.to_public()])
    except (OSError, pyrage.EncryptError) as error:
        raise kept.error or OpsError(f"the backup can't be encrypted: {error}") from None


def decrypt(source: IO[bytes], into: "Sink", key: Key) -> None:
    """The same back. Each chunk is authenticated before it is written; Damaged if one isn't, or the last is missing."""
    pyrage, kept = _pyrage(), _Kept(into)
    try:
        pyrage.decrypt_io(source, kept, [key.identity])
    except (OSError, pyrage.DecryptError) as error:
        raise kept.error or Damaged(f"an encrypted file is damaged, or of another key: {error}") from None


class Sink(Protocol):
    """What can be written to."""

    def write(self, data: bytes, /) -> int:
        """All of it."""
        ...

    def flush(self) -> None:
        """Of what is below."""
        ...


class _Kept:
    """Keeps why a write failed or was interrupted: of that, pyrage makes a fault of its own.

    It also writes what it has buffered once more then, which could wait for ever: nothing is written after a failure.
    """

    def __init__(self, into: Sink) -> None:
        self._into = into
        self.error: BaseException | None = None

    def write(self, data: bytes) -> int:
        if self.error is not None:
            raise self.error
        try:
            return self._into.write(data)
        except BaseException as error:
            self.error = error
            raise

    def flush(self) -> None:
        if self.error is not None:
            raise self.error
        try:
            self._into.flush()
        except BaseException as error:
            self.error = error
            raise


class Hashed:
    """Writes to a file and keeps the checksum of what it wrote."""

    def __init__(self, into: IO[bytes]) -> None:
        self._into = into
        self._sum = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> int:
        """All of it."""
        self._into.write(data)
        self._sum.update(data)
        self.size += len(data)
        return len(data)

    def flush(self) -> None:
        """Of the file."""
        self._into.flush()

    @property
    def sha256(self) -> str:
        """Of what was written so far."""
        return self._sum.hexdigest()


def _pyrage() -> Any:
    try:
        import pyrage  # pyright: ignore[reportMissingTypeStubs]
    except ImportError:
        raise OpsError("encrypted backups need pyrage: pip install 'dbstack[ops]'") from None
    return cast(Any, pyrage)
