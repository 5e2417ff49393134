"""KMS: the rotation period that moto drops, and deletions by ARN."""

import json
from typing import Any

from moto.kms.models import KmsBackend
from moto.kms.responses import KmsResponse

from dbstack.sandbox.moto_ext.patching import around

_DEFAULT_PERIOD = 365


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


def _schedule_deletion(original: Any, self: Any, key_id: str, pending_window_in_days: int) -> Any:
    return original(self, self.get_key_id(key_id), pending_window_in_days)


def install() -> None:
    around(KmsResponse, "enable_key_rotation", _enable_rotation)
    around(KmsResponse, "get_key_rotation_status", _rotation_status)
    around(KmsBackend, "schedule_key_deletion", _schedule_deletion)
