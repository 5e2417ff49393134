"""Secrets Manager: descriptions that can be taken away, and rotations that lose no value."""

import time
from typing import Any

from moto.secretsmanager.models import FakeSecret, SecretsManagerBackend

from dbstack.sandbox.moto_ext import secret_rotation
from dbstack.sandbox.moto_ext.patching import around

_DAY = 86400


def _update(original: Any, self: Any, secret_id: str, *args: Any, **kwargs: Any) -> Any:
    """An empty description takes the old one away; moto keeps it."""
    answer = original(self, secret_id, *args, **kwargs)
    if kwargs.get("description") == "":
        self.secrets[secret_id].description = ""
    return answer


def _get_value(original: Any, self: Any, secret_id: str, *args: Any, **kwargs: Any) -> Any:
    """AWS notes the day on which a value was last read; unused secrets are found by it."""
    answer = original(self, secret_id, *args, **kwargs)
    self.secrets[secret_id].last_accessed = int(time.time()) // _DAY * _DAY
    return answer


def _described(original: Any, self: Any) -> Any:
    return original(self) | {"LastAccessedDate": getattr(self, "last_accessed", None)}


def install() -> None:
    around(SecretsManagerBackend, "get_secret_value", _get_value)
    around(FakeSecret, "to_dict", _described)
    around(SecretsManagerBackend, "update_secret", _update)
    secret_rotation.install()
