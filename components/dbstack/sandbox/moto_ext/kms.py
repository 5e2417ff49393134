"""KMS: the rotation period that moto drops, changes of state by ARN, AWS's own keys, and whether a key can be used."""

import json
from typing import Any

from moto.kms import utils
from moto.kms.models import KmsBackend, kms_backends
from moto.kms.responses import KmsResponse

from dbstack.sandbox.moto_ext.patching import around
from dbstack.sandbox.replayable import aside

_DEFAULT_PERIOD = 365
# AWS's own key that moto does not know.
_BACKUP = {"alias/aws/backup": "0f6fa28d-6ac1-4bd6-9d5b-0c3f1f2a2b1e"}


def _enable_rotation(original: Any, self: Any) -> Any:
    result = original(self)
    period = self._get_param("RotationPeriodInDays")
    key = self.kms_backend.describe_key(self._get_param("KeyId"))
    key.rotation_period_in_days = period or getattr(key, "rotation_period_in_days", _DEFAULT_PERIOD)
    return result


def _rotation_status(original: Any, self: Any) -> str:
    status = json.loads(original(self))
    key = self.kms_backend.describe_key(self._get_param("KeyId"))
    status["KeyId"] = key.arn
    if status["KeyRotationEnabled"]:
        status["RotationPeriodInDays"] = getattr(key, "rotation_period_in_days", _DEFAULT_PERIOD)
    return json.dumps(status)


def _by_any_id(original: Any, self: Any, key_id: str, *args: Any) -> Any:
    return original(self, self.get_key_id(key_id), *args)


def _own_keys(original: Any, self: Any, alias_name: str) -> str | None:
    """AWS's own keys are AWS's, and rotate; whichever request is the first to use one, it is the same key."""
    with aside(f"kms/{self.account_id}/{self.region_name}/{alias_name}"):
        key_id: str | None = original(self, alias_name)
    if key_id is not None:
        self.keys[key_id].key_manager, self.keys[key_id].key_rotation_status = "AWS", True
    return key_id


def own_key(account_id: str, region: str, service: str) -> str:
    """ARN of the account's `aws/<service>` key, which is made when it is first used."""
    return str(kms_backends[account_id][region].describe_key(f"alias/aws/{service}").arn)


def usable(account_id: str, region: str, key: str) -> bool:
    """Whether a service can encrypt with a key, by id, alias or ARN. Keys of other accounts aren't known: they can."""
    if key.startswith("arn:"):
        _, _, _, home, owner, _ = key.split(":", 5)
        if home != region or owner != account_id:
            return home == region
    backend = kms_backends[account_id][region]
    found = backend.keys.get(backend.any_id_to_key_id(key) or "")
    return found is not None and found.key_state == "Enabled"


def install() -> None:
    utils.RESERVED_ALIASE_TARGET_KEY_IDS.update(_BACKUP)
    utils.RESERVED_ALIASES.extend(_BACKUP)
    around(KmsBackend, "_generate_default_keys", _own_keys)
    around(KmsResponse, "enable_key_rotation", _enable_rotation)
    around(KmsResponse, "get_key_rotation_status", _rotation_status)
    for name in ("schedule_key_deletion", "cancel_key_deletion", "disable_key", "enable_key"):
        around(KmsBackend, name, _by_any_id)
