"""A short cut past a long journal: moto's objects as they were after its first so many bytes.

The journal stays whole and stays the truth; a snapshot only saves the time of playing it. One that was made by other
versions, or that does not fit the journal, is not used.
"""

import hashlib
import io
import logging
import os
import pickle
import platform
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast
from weakref import WeakValueDictionary

from cryptography.fernet import Fernet, InvalidToken

log = logging.getLogger("dbstack.sandbox")


def save(path: Path, journal: Path, size: int, key: bytes) -> bool:
    """Writes moto's present state as that of the journal's first ``size`` bytes; False if moto cannot be written."""
    from moto.core.base_backend import BackendDict

    known: Any = BackendDict
    buffer = io.BytesIO()
    try:
        pickler = _Pickler(buffer, protocol=5)
        pickler.dump(
            (_versions(), size, _digest(journal, size), [(one, dict(one)) for one in known._instances])
        )
    except Exception as error:  # Anything that moto keeps may refuse to be pickled; the journal is enough.
        log.info("no snapshot: %s", error)
        return False
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(Fernet(key).encrypt(buffer.getvalue()))
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
    return True


def load(path: Path, journal: Path, key: bytes) -> int:
    """Restores moto's state; returns how many bytes of the journal it covers, 0 if there is no usable snapshot."""
    from moto.core.base_backend import BackendDict

    known: Any = BackendDict
    try:
        data = Fernet(key).decrypt(path.read_bytes())
        versions, size, digest, services = _Unpickler(io.BytesIO(data)).load()
    except FileNotFoundError:
        return 0
    except (InvalidToken, Exception) as error:
        log.info("the snapshot is not usable: %s", error)
        return 0
    if versions != _versions() or digest != _digest(journal, size):
        log.info("the snapshot does not fit; playing the whole journal")
        return 0
    for backends, accounts in services:
        backends.clear()
        backends.update(accounts)
        if not any(one is backends for one in known._instances):
            known._instances.append(backends)
    return int(size)


def _versions() -> tuple[str, ...]:
    """What a snapshot must have been made with: the code that its objects belong to."""
    source = hashlib.sha256()
    for file in sorted(Path(__file__).parent.rglob("*.py")):
        source.update(file.read_bytes())
    return (platform.python_version(), version("moto"), version("cryptography"), source.hexdigest())


def _digest(journal: Path, size: int) -> str:
    with journal.open("rb") as file:
        content = file.read(size)
    return hashlib.sha256(content).hexdigest() if len(content) == size else ""


class _Pickler(pickle.Pickler):
    """Writes a service's table of backends by its name, and private keys as PEM."""

    def persistent_id(self, obj: Any) -> Any:
        if type(obj).__name__ != "BackendDict":
            return None
        module = sys.modules[obj.backend.__module__]
        name = next((name for name, value in vars(module).items() if value is obj), None)
        if name is None:
            raise pickle.PicklingError(f"{obj.service_name}: its table of backends has no name")
        return (module.__name__, name)

    def reducer_override(self, obj: Any) -> Any:
        from cryptography.hazmat.primitives.asymmetric import ec, rsa

        if isinstance(obj, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
            return _private_key, (_pem(obj),)
        if isinstance(obj, WeakValueDictionary):
            # What it names is kept by somebody else, in the same file.
            return WeakValueDictionary, (dict(cast("WeakValueDictionary[Any, Any]", obj)),)
        if getattr(obj, "__qualname__", "") == "LambdaStorage.__init__.<locals>.<lambda>":
            return _factory, ()
        return NotImplemented


def _factory() -> Any:
    """What moto's Lambda has under a function's name before it has aliases: an empty dict."""
    return dict


class _Unpickler(pickle.Unpickler):
    def persistent_load(self, pid: Any) -> Any:
        module, name = pid
        return getattr(import_module(module), name)


def _pem(key: Any) -> bytes:
    from cryptography.hazmat.primitives import serialization as form

    return bytes(key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption()))


def _private_key(pem: bytes) -> Any:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    return load_pem_private_key(pem, None)
