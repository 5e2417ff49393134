"""KMS keys and aliases."""

from collections.abc import Sequence
from typing import Any

from botocore.exceptions import ClientError

from dbstack.sandbox.aws.errors import code_of
from dbstack.sandbox.aws.model import (
    REGION,
    TAGS,
    Context,
    Handler,
    Naming,
    Prop,
    Props,
    ResourceType,
    request,
    same_json,
    tag_changes,
)
from dbstack.sandbox.aws.naming import unique_name
from dbstack.sandbox.wire import mapping

_NO_STORE = "the sandbox has no custom key stores"


class Key(Handler):
    """A key. Deleting it only schedules its deletion, as KMS does."""

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        client = ctx.client("kms")
        names = ["description", "keyUsage", "customerMasterKeySpec", "policy", "multiRegion"]
        members = request(kind, props, [*names, "bypassPolicyLockoutSafetyCheck"])
        if tags := props.get("tagsAll"):
            members["Tags"] = [{"TagKey": key, "TagValue": value} for key, value in tags.items()]
        key_id = client.create_key(**members)["KeyMetadata"]["KeyId"]
        ctx.made(key_id)
        if props.get("enableKeyRotation"):
            self._rotate(client, key_id, props)
        if props.get("isEnabled") is False:
            client.disable_key(KeyId=key_id)
        return key_id

    def _rotate(self, client: Any, key_id: str, props: Props) -> None:
        period = request_period(props)
        client.enable_key_rotation(KeyId=key_id, **period)

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        client = ctx.client("kms")
        try:
            key = client.describe_key(KeyId=resource_id)["KeyMetadata"]
        except ClientError as error:
            if code_of(error) == "NotFoundException":
                return None
            raise
        if key["KeyState"] in ("PendingDeletion", "PendingReplicaDeletion"):
            return None
        rotation: dict[str, Any] = {}
        if key["KeySpec"] == "SYMMETRIC_DEFAULT" and key.get("Enabled"):
            rotation = client.get_key_rotation_status(KeyId=resource_id)
        enabled = bool(rotation.get("KeyRotationEnabled"))
        tags = client.list_resource_tags(KeyId=resource_id).get("Tags", [])
        return {
            "arn": key["Arn"],
            "keyId": key["KeyId"],
            "description": key.get("Description"),
            # moto leaves the default out of a key that was made without it.
            "keyUsage": key.get("KeyUsage") or "ENCRYPT_DECRYPT",
            "customerMasterKeySpec": key.get("KeySpec") or key.get("CustomerMasterKeySpec"),
            "isEnabled": key["Enabled"],
            "multiRegion": key.get("MultiRegion", False),
            "policy": client.get_key_policy(KeyId=resource_id, PolicyName="default")["Policy"],
            "enableKeyRotation": enabled,
            "rotationPeriodInDays": rotation.get("RotationPeriodInDays") if enabled else None,
            "tagsAll": {
                item["TagKey"]: item["TagValue"] for item in tags if not item["TagKey"].startswith("aws:")
            },
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
        client = ctx.client("kms")
        if "isEnabled" in changed and new.get("isEnabled") is not False:
            client.enable_key(KeyId=resource_id)
        if "description" in changed:
            client.update_key_description(KeyId=resource_id, Description=new.get("description") or "")
        if "policy" in changed:
            client.put_key_policy(KeyId=resource_id, PolicyName="default", Policy=new["policy"])
        if {"enableKeyRotation", "rotationPeriodInDays"} & set(changed):
            if new.get("enableKeyRotation"):
                self._rotate(client, resource_id, new)
            else:
                client.disable_key_rotation(KeyId=resource_id)
        gone, added = tag_changes(old, new)
        if gone:
            client.untag_resource(KeyId=resource_id, TagKeys=gone)
        if added:
            tags = [{"TagKey": key, "TagValue": value} for key, value in added.items()]
            client.tag_resource(KeyId=resource_id, Tags=tags)
        if "isEnabled" in changed and new.get("isEnabled") is False:
            client.disable_key(KeyId=resource_id)

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        if self.read(ctx, kind, resource_id, state) is not None:
            days = state.get("deletionWindowInDays") or 30
            ctx.client("kms").schedule_key_deletion(KeyId=resource_id, PendingWindowInDays=days)

    def check(
        self, ctx: Context, kind: ResourceType, props: Props, unknown: frozenset[str]
    ) -> list[tuple[str, str]]:
        days = props.get("deletionWindowInDays")
        period = props.get("rotationPeriodInDays")
        faults: list[tuple[str, str]] = []
        if days is not None and not 7 <= days <= 30:
            faults.append(("deletionWindowInDays", f"is {days}; must be 7 to 30"))
        if period is not None and not 90 <= period <= 2560:
            faults.append(("rotationPeriodInDays", f"is {period}; must be 90 to 2560"))
        return faults

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        client, tags = ctx.client("kms"), mapping(props.get("tagsAll"))
        if not tags:
            return None
        found: list[str] = []
        for page in client.get_paginator("list_keys").paginate():
            for item in page["Keys"]:
                state = self.read(ctx, kind, item["KeyId"], props)
                if (
                    state
                    and state["tagsAll"] == tags
                    and state["description"] == (props.get("description") or "")
                ):
                    found.append(item["KeyId"])
        return found[0] if len(found) == 1 else None


def request_period(props: Props) -> dict[str, int]:
    period = props.get("rotationPeriodInDays")
    return {"RotationPeriodInDays": period} if period else {}


class Alias(Handler):
    """A name for a key."""

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        name = props.get("name") or unique_name(props.get("namePrefix") or "alias/terraform-")
        ctx.client("kms").create_alias(AliasName=name, TargetKeyId=props["targetKeyId"])
        ctx.made(name)
        return name

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        client = ctx.client("kms")
        for page in client.get_paginator("list_aliases").paginate():
            for item in page["Aliases"]:
                if item["AliasName"] == resource_id and item.get("TargetKeyId"):
                    key = client.describe_key(KeyId=item["TargetKeyId"])["KeyMetadata"]
                    given = prior.get("targetKeyId")
                    return {
                        "arn": item["AliasArn"],
                        "name": resource_id,
                        "targetKeyArn": key["Arn"],
                        # The target may be given as an id or an ARN; what was given is kept.
                        "targetKeyId": given if given in (key["KeyId"], key["Arn"]) else key["KeyId"],
                    }
        return None

    def update(
        self,
        ctx: Context,
        kind: ResourceType,
        resource_id: str,
        old: Props,
        new: Props,
        changed: Sequence[str],
    ) -> None:
        ctx.client("kms").update_alias(AliasName=resource_id, TargetKeyId=new["targetKeyId"])

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        if self.read(ctx, kind, resource_id, state) is not None:
            ctx.client("kms").delete_alias(AliasName=resource_id)

    def check(
        self, ctx: Context, kind: ResourceType, props: Props, unknown: frozenset[str]
    ) -> list[tuple[str, str]]:
        given = {key: props[key] for key in ("name", "namePrefix") if props.get(key)}
        return [
            (key, f"is {value!r}; must start with alias/")
            for key, value in given.items()
            if value[:6] != "alias/"
        ]

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        name = props.get("name")
        return name if name and self.read(ctx, kind, name, props) else None


def _same_key(old: object, new: object, state: Props) -> bool:
    return str(old).rsplit("/", 1)[-1] == str(new).rsplit("/", 1)[-1]


_SAYS_HOW = "says how to make or delete it, KMS keeps no such value"

KEY = ResourceType(
    token="aws:kms/key:Key",
    service="kms",
    noun="KMS Key",
    handler=Key(),
    props={
        "description": Prop(computed=True),
        "keyUsage": Prop(default="ENCRYPT_DECRYPT", replaces=True),
        "customerMasterKeySpec": Prop(default="SYMMETRIC_DEFAULT", replaces=True, api="KeySpec"),
        "policy": Prop(computed=True, same=same_json),
        "multiRegion": Prop("bool", computed=True, replaces=True),
        "isEnabled": Prop("bool", default=True),
        "enableKeyRotation": Prop("bool", default=False),
        "rotationPeriodInDays": Prop("int", computed=True),
        "deletionWindowInDays": Prop("int", overlay=_SAYS_HOW),
        "bypassPolicyLockoutSafetyCheck": Prop(
            "bool", default=False, overlay=_SAYS_HOW, import_default=False
        ),
        "customKeyStoreId": Prop(refused=_NO_STORE),
        "xksKeyId": Prop(refused=_NO_STORE),
        **TAGS,
        **REGION,
        "arn": Prop(output=True),
        "keyId": Prop(output=True),
    },
)

ALIAS = ResourceType(
    token="aws:kms/alias:Alias",
    service="kms",
    noun="KMS Alias",
    handler=Alias(),
    naming=Naming(max_length=256, prefix="alias/"),
    props={
        "name": Prop(computed=True, replaces=True, conflicts=("namePrefix",)),
        "namePrefix": Prop(computed=True, replaces=True, overlay="only the name made from it reaches AWS"),
        "targetKeyId": Prop(required=True, same=_same_key),
        **REGION,
        "arn": Prop(output=True),
        "targetKeyArn": Prop(output=True),
    },
    derived={"targetKeyId": ("targetKeyArn",)},
)
