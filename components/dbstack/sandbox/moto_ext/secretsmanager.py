"""Secrets Manager: rotations that must not lose the current value."""

import time
from typing import Any

from moto.rds.models import MasterUserSecret
from moto.secretsmanager.exceptions import ResourceNotFoundException
from moto.secretsmanager.models import FakeSecret, SecretsManagerBackend

from dbstack.sandbox.moto_ext.patching import around

_DAY = 86400


def _rotate_managed(self: Any) -> None:
    # moto starts a rotation that nobody finishes: the secret would have no current value.
    text = self._generate_secret_string()
    self.secretsmanager.put_secret_value(
        secret_id=self.secret.arn,
        secret_string=text,
        secret_binary="",
        client_request_token="",
        version_stages=["AWSCURRENT"],
    )


def _rotate(original: Any, self: Any, secret_id: str, *args: Any, **kwargs: Any) -> Any:
    """A lambda that does not exist is an error before anything is changed, not after."""
    arn = kwargs.get("rotation_lambda_arn") or (args[1] if len(args) > 1 else None)
    if arn:
        from moto.awslambda.models import lambda_backends

        try:
            lambda_backends[self.account_id][self.region_name].get_function(arn)
        except Exception:
            raise ResourceNotFoundException(f"Lambda does not exist: {arn}") from None
    return original(self, secret_id, *args, **kwargs)


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
    around(SecretsManagerBackend, "rotate_secret", _rotate)
    MasterUserSecret.rotate_secret = _rotate_managed
