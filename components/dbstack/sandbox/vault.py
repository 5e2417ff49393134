"""Secrets of the sandbox, in the form of Pulumi's passphrase provider, made without starting Pulumi.

The form is ``v1:salt:v1:nonce:text`` for the salt and ``v1:nonce:text`` for a value: AES-256-GCM under a key derived
from the passphrase with a million rounds of PBKDF2 (pkg/secrets/passphrase of Pulumi's source).
"""

import base64
import hashlib
import os
import secrets
from functools import cached_property

from .paths import Layout, write_private

_ROUNDS = 1_000_000
# Letters and digits only, so that it passes as a database password.
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
SECRET_LENGTH = 24


class Vault:
    """The sandbox's passphrase at work; made when first needed.

    Args:
        layout: the sandbox whose passphrase counts.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    @cached_property
    def salt(self) -> str:
        """``encryptionsalt`` of every stack of the sandbox."""
        memory = self._layout.root / "encryptionsalt"
        if memory.exists():
            return memory.read_text()
        salt = os.urandom(8)
        key = self._derive(salt)
        state = f"v1:{_encode(salt)}:{_encrypt(key, 'pulumi')}"
        write_private(memory, state)
        return state

    @cached_property
    def _key(self) -> bytes:
        return self._derive(base64.b64decode(self.salt.split(":")[1]))

    def _derive(self, salt: bytes) -> bytes:
        if not self._layout.passphrase.exists():
            write_private(self._layout.passphrase, secrets.token_urlsafe(32))
        passphrase = self._layout.passphrase.read_text().strip()
        return hashlib.pbkdf2_hmac("sha256", passphrase.encode(), salt, _ROUNDS, 32)

    def new_secret(self) -> str:
        """A new random value, encrypted."""
        return _encrypt(self._key, "".join(secrets.choice(_ALPHABET) for _ in range(SECRET_LENGTH)))

    @staticmethod
    def knows(text: str) -> bool:
        """True if a text has the form of an encrypted value."""
        return text.startswith("v1:") and text.count(":") == 2


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _encrypt(key: bytes, text: str) -> str:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(12)
    return f"v1:{_encode(nonce)}:{_encode(AESGCM(key).encrypt(nonce, text.encode(), None))}"
