"""Rotation of secrets in moto: its settings are kept, no function runs, and no value is ever lost.

RDS rotates what it manages itself: such a secret has a schedule and no function, as on AWS.
"""

from collections.abc import Mapping
from typing import Any

from moto.rds.models import MasterUserSecret
from moto.secretsmanager.exceptions import InvalidRequestException, ResourceNotFoundException
from moto.secretsmanager.models import FakeSecret, SecretsManagerBackend

from dbstack.sandbox.moto_ext.patching import around

_MANAGED_DAYS = 7
"""How often RDS rotates a password until it is told otherwise [UG rds-secrets-manager]."""
_NO_FUNCTION = (
    "You tried to enable rotation on a secret that doesn't already have a Lambda function ARN configured and you "
    "didn't include such an ARN as a parameter in this call."
)


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


def _create_managed(original: Any, self: Any, kms_key_id: str | None) -> Any:
    secret = original(self, kms_key_id)
    secret.rotation_requested = secret.rotation_enabled = True
    secret.rotation_lambda_arn = ""
    secret.auto_rotate_after_days = _MANAGED_DAYS
    return secret


def _known_function(backend: Any, arn: str) -> None:
    from moto.awslambda.models import lambda_backends

    try:
        lambda_backends[backend.account_id][backend.region_name].get_function(arn)
    except Exception:
        raise ResourceNotFoundException(f"Lambda does not exist: {arn}") from None


def _rotate(
    original: Any,
    self: Any,
    secret_id: str,
    client_request_token: str | None = None,
    rotation_lambda_arn: str | None = None,
    rotation_rules: dict[str, Any] | None = None,
    rotate_immediately: bool = True,
) -> str:
    """Checks as AWS does and keeps the settings. moto's own rotation needs Docker, and leaves an empty version."""
    if rotation_lambda_arn:
        _known_function(self, rotation_lambda_arn)
    if not self._is_valid_identifier(secret_id):
        return original(self, secret_id, client_request_token, rotation_lambda_arn, rotation_rules)
    secret = self.secrets[secret_id]
    if not isinstance(secret, FakeSecret) or secret.is_deleted():
        return original(self, secret_id, client_request_token, rotation_lambda_arn, rotation_rules)
    managed = secret.owning_service is not None
    if not managed and not (rotation_lambda_arn or secret.rotation_lambda_arn):
        raise InvalidRequestException(_NO_FUNCTION)
    if rotation_rules:
        _keep_rules(secret, rotation_rules)
    secret.rotation_requested = secret.rotation_enabled = True
    secret.rotation_lambda_arn = rotation_lambda_arn or secret.rotation_lambda_arn or ""
    return secret.to_short_dict()


def _keep_rules(secret: Any, rules: Mapping[str, Any]) -> None:
    secret.rotation_rules = dict(rules)
    secret.auto_rotate_after_days = rules.get("AutomaticallyAfterDays") or 0


def _cancel(original: Any, self: Any, secret_id: str) -> str:
    """A secret that a service rotates has no function, and can still be told to stop."""
    if self._is_valid_identifier(secret_id):
        secret = self.secrets[secret_id]
        if isinstance(secret, FakeSecret) and secret.owning_service is not None and not secret.is_deleted():
            secret.rotation_enabled = False
            return secret.to_short_dict()
    return original(self, secret_id)


def _get_value(
    original: Any, self: Any, secret_id: str, version_id: str | None = None, version_stage: str | None = None
) -> Any:
    """Without a version AWS answers with AWSCURRENT; moto with what was put last, though the label moved."""
    if not (version_id or version_stage) and self._is_valid_identifier(secret_id):
        versions = self.secrets[secret_id].versions.values()
        if any("AWSCURRENT" in version["version_stages"] for version in versions):
            version_stage = "AWSCURRENT"
    return original(self, secret_id=secret_id, version_id=version_id, version_stage=version_stage)


def _new_current(original: Any, self: Any, secret_version: dict[str, Any], version_id: str) -> None:
    """The version before keeps the labels that are the user's own; moto takes them away."""
    before: dict[str, Any] | None = self.versions.get(self.default_version_id)
    labels: list[str] = list(before["version_stages"]) if before else []
    coming: list[str] = secret_version["version_stages"]
    own = [label for label in labels if not label.startswith("AWS") and label not in coming]
    original(self, secret_version, version_id)
    if before is not None and before is not secret_version:
        before["version_stages"] = [*before["version_stages"], *own]


def _described(original: Any, self: Any) -> dict[str, Any]:
    shown = original(self)
    if not shown.get("RotationLambdaARN"):
        shown.pop("RotationLambdaARN", None)
    rules: dict[str, Any] = getattr(self, "rotation_rules", {})
    if "RotationRules" in shown and rules:
        shown["RotationRules"] = dict(rules)
    return shown


def install() -> None:
    around(SecretsManagerBackend, "rotate_secret", _rotate)
    around(SecretsManagerBackend, "get_secret_value", _get_value)
    around(SecretsManagerBackend, "cancel_rotate_secret", _cancel)
    around(FakeSecret, "to_dict", _described)
    around(FakeSecret, "reset_default_version", _new_current)
    around(MasterUserSecret, "_create_secret", _create_managed)
    MasterUserSecret.rotate_secret = _rotate_managed
