"""The rotation of a secret, and its resource policy."""

from collections.abc import Sequence
from typing import Any

from botocore.exceptions import ClientError

from dbstack.sandbox.aws.errors import code_of
from dbstack.sandbox.aws.model import (
    REGION,
    Context,
    Handler,
    Prop,
    Props,
    ResourceType,
    pascal,
    same_json,
)
from dbstack.sandbox.aws.policies import json_fault
from dbstack.sandbox.wire import mapping

_DAYS_MAX = 1000


def _described(ctx: Context, secret_id: str) -> dict[str, Any] | None:
    try:
        secret = ctx.client("secretsmanager").describe_secret(SecretId=secret_id)
    except ClientError as error:
        if code_of(error) == "ResourceNotFoundException":
            return None
        raise
    return None if secret.get("DeletedDate") else secret


def _given_as(prior: Props, name: str, secret: dict[str, Any]) -> str:
    """The secret as the program names it: by ARN or by name."""
    return next((text for text in (secret["ARN"], secret["Name"]) if text == prior.get(name)), secret["ARN"])


class Rotation(Handler):
    """When a secret is rotated, and by which function. Its id is the secret's ARN. The sandbox rotates nothing."""

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        arn = self._set(ctx, props)
        ctx.made(arn)
        return arn

    def _set(self, ctx: Context, props: Props) -> str:
        client = ctx.client("secretsmanager")
        if props.get("rotationEnabled") is False:
            return client.cancel_rotate_secret(SecretId=props["secretId"])["ARN"]
        rules = mapping(props.get("rotationRules")) or {}
        members: dict[str, Any] = {
            "RotationRules": {pascal(name): value for name, value in rules.items() if value},
            "RotateImmediately": props.get("rotateImmediately") is not False,
        }
        if props.get("rotationLambdaArn"):
            members["RotationLambdaARN"] = props["rotationLambdaArn"]
        return client.rotate_secret(SecretId=props["secretId"], **members)["ARN"]

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        secret = _described(ctx, resource_id)
        if secret is None:
            return None
        enabled = bool(secret.get("RotationEnabled"))
        rules = secret.get("RotationRules", {})
        if rules.get("ScheduleExpression"):
            # AWS works out the days of a schedule; only what was given is kept.
            rules = {key: value for key, value in rules.items() if key != "AutomaticallyAfterDays"}
        return {
            "secretId": _given_as(prior, "secretId", secret),
            "rotationEnabled": enabled,
            "rotationLambdaArn": secret.get("RotationLambdaARN") if enabled else None,
            "rotationRules": {key[:1].lower() + key[1:]: value for key, value in rules.items() if value}
            if enabled
            else None,
        }

    def update(
        self,
        ctx: Context,
        kind: ResourceType,
        resource_id: str,
        old: Props,
        new: Props,
        changed: Sequence[str],
    ) -> None:
        if {"rotationEnabled", "rotationLambdaArn", "rotationRules"} & set(changed):
            self._set(ctx, new)

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        if _described(ctx, resource_id) is not None:
            ctx.client("secretsmanager").cancel_rotate_secret(SecretId=resource_id)

    def check(
        self, ctx: Context, kind: ResourceType, props: Props, unknown: frozenset[str]
    ) -> list[tuple[str, str]]:
        if "rotationRules" in unknown:
            return []
        rules = mapping(props.get("rotationRules")) or {}
        disabled = props.get("rotationEnabled") is False
        if disabled and rules:
            return [("rotationRules", "can't be given together with rotationEnabled false")]
        if disabled:
            return []
        if not rules:
            return [("rotationRules", "is required unless rotationEnabled is false")]
        days, schedule = rules.get("automaticallyAfterDays"), rules.get("scheduleExpression")
        if (days is None) == (schedule is None):
            return [("rotationRules", "needs automaticallyAfterDays or scheduleExpression, one of them")]
        if days is not None and not 1 <= days <= _DAYS_MAX:
            return [("rotationRules.automaticallyAfterDays", f"is {days}; must be 1 to {_DAYS_MAX}")]
        return []

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        secret = _described(ctx, props["secretId"]) if props.get("secretId") else None
        if secret is None or secret.get("OwningService"):
            # A schedule that RDS made is nobody's.
            return None
        return secret["ARN"] if secret.get("RotationEnabled") else None


class SecretPolicy(Handler):
    """The resource policy of a secret. Its id is the secret's ARN."""

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        made = self._put(ctx, props)
        ctx.made(made)
        return made

    def _put(self, ctx: Context, props: Props) -> str:
        return ctx.client("secretsmanager").put_resource_policy(
            SecretId=props["secretArn"], ResourcePolicy=props["policy"]
        )["ARN"]

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        secret = _described(ctx, resource_id)
        if secret is None:
            return None
        found = ctx.client("secretsmanager").get_resource_policy(SecretId=resource_id)
        if not found.get("ResourcePolicy"):
            return None
        return {"secretArn": _given_as(prior, "secretArn", secret), "policy": found["ResourcePolicy"]}

    def update(
        self,
        ctx: Context,
        kind: ResourceType,
        resource_id: str,
        old: Props,
        new: Props,
        changed: Sequence[str],
    ) -> None:
        self._put(ctx, new)

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        if _described(ctx, resource_id) is not None:
            ctx.client("secretsmanager").delete_resource_policy(SecretId=resource_id)

    def check(
        self, ctx: Context, kind: ResourceType, props: Props, unknown: frozenset[str]
    ) -> list[tuple[str, str]]:
        return json_fault(props, "policy")

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        arn = props.get("secretArn")
        return arn if arn and self.read(ctx, kind, arn, props) else None


_NO_EXTERNAL = "the sandbox has no managed external secrets"

ROTATION = ResourceType(
    token="aws:secretsmanager/secretRotation:SecretRotation",
    service="secretsmanager",
    noun="Secrets Manager Secret Rotation",
    handler=Rotation(),
    props={
        "secretId": Prop(required=True, replaces=True),
        "rotateImmediately": Prop(
            "bool",
            default=True,
            overlay="says when to rotate first; AWS keeps no such value",
            import_default=True,
        ),
        "rotationEnabled": Prop("bool", computed=True),
        "rotationLambdaArn": Prop(),
        "rotationRules": Prop(
            "object",
            fields={
                "automaticallyAfterDays": Prop("int"),
                "duration": Prop(),
                "scheduleExpression": Prop(),
            },
        ),
        "externalSecretRotationMetadatas": Prop("objects", refused=_NO_EXTERNAL),
        "externalSecretRotationRoleArn": Prop(refused=_NO_EXTERNAL),
        **REGION,
    },
)

POLICY = ResourceType(
    token="aws:secretsmanager/secretPolicy:SecretPolicy",
    service="secretsmanager",
    noun="Secrets Manager Secret Policy",
    handler=SecretPolicy(),
    props={
        "secretArn": Prop(required=True, replaces=True),
        "policy": Prop(required=True, same=same_json),
        "blockPublicPolicy": Prop("bool", overlay="says how to check the policy; AWS keeps no such value"),
        **REGION,
    },
)
