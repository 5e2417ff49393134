"""Secrets Manager secrets and their versions."""

import base64
import json
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
    rule_faults,
    same_json,
    tag_changes,
    tag_list,
    tag_map,
)
from dbstack.sandbox.aws.naming import unique_name
from dbstack.sandbox.wire import listed
from dbstack.spec import names

_GONE = ("ResourceNotFoundException", "InvalidRequestException")


def _describe(client: Any, secret_id: str) -> dict[str, Any] | None:
    """The described secret; None where it does not exist or waits for its deletion."""
    try:
        secret = client.describe_secret(SecretId=secret_id)
    except ClientError as error:
        if code_of(error) == "ResourceNotFoundException":
            return None
        raise
    return None if secret.get("DeletedDate") else secret


class Secret(Handler):
    """A secret without its value: values are versions."""

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        client = ctx.client("secretsmanager")
        name = props.get("name") or unique_name(props.get("namePrefix") or "terraform-")
        members = {"Name": name, **request(kind, props, ["description", "kmsKeyId"])}
        members = {key: value for key, value in members.items() if value != ""}
        if replicas := props.get("replicas"):
            members["AddReplicaRegions"] = [_replica(item) for item in replicas]
        if tags := props.get("tagsAll"):
            members["Tags"] = tag_list(tags)
        arn = client.create_secret(**members)["ARN"]
        ctx.made(arn)
        if props.get("policy"):
            client.put_resource_policy(SecretId=arn, ResourcePolicy=props["policy"])
        return arn

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        client = ctx.client("secretsmanager")
        secret = _describe(client, resource_id)
        if secret is None:
            return None
        return {
            "_id": secret["ARN"],
            "arn": secret["ARN"],
            "name": secret["Name"],
            "description": secret.get("Description"),
            "kmsKeyId": secret.get("KmsKeyId"),
            "policy": client.get_resource_policy(SecretId=secret["ARN"]).get("ResourcePolicy"),
            "replicas": [
                {
                    "region": item["Region"],
                    "kmsKeyId": item.get("KmsKeyId"),
                    "status": item.get("Status"),
                    "statusMessage": item.get("StatusMessage"),
                }
                for item in secret.get("ReplicationStatus", [])
            ],
            "tagsAll": tag_map(secret.get("Tags")),
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
        client = ctx.client("secretsmanager")
        if {"description", "kmsKeyId"} & set(changed):
            members: dict[str, Any] = {"Description": new.get("description") or ""}
            if new.get("kmsKeyId"):
                members["KmsKeyId"] = new["kmsKeyId"]
            client.update_secret(SecretId=resource_id, **members)
        if "policy" in changed:
            if new.get("policy"):
                client.put_resource_policy(SecretId=resource_id, ResourcePolicy=new["policy"])
            else:
                client.delete_resource_policy(SecretId=resource_id)
        if "replicas" in changed:
            self._update_replicas(client, resource_id, old, new)
        gone, added = tag_changes(old, new)
        if gone:
            client.untag_resource(SecretId=resource_id, TagKeys=gone)
        if added:
            client.tag_resource(SecretId=resource_id, Tags=tag_list(added))

    def _update_replicas(self, client: Any, resource_id: str, old: Props, new: Props) -> None:
        before = {item["region"]: item for item in listed(old.get("replicas"))}
        after = {item["region"]: item for item in listed(new.get("replicas"))}
        if gone := [region for region in before if region not in after]:
            client.remove_regions_from_replication(SecretId=resource_id, RemoveReplicaRegions=gone)
        if added := [_replica(item) for region, item in after.items() if region not in before]:
            overwrite = bool(new.get("forceOverwriteReplicaSecret"))
            client.replicate_secret_to_regions(
                SecretId=resource_id, AddReplicaRegions=added, ForceOverwriteReplicaSecret=overwrite
            )

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        client = ctx.client("secretsmanager")
        secret = _describe(client, resource_id)
        if secret is None:
            return
        regions = [item["Region"] for item in secret.get("ReplicationStatus", [])]
        if regions:
            client.remove_regions_from_replication(SecretId=resource_id, RemoveReplicaRegions=regions)
        days = state.get("recoveryWindowInDays", 30)
        if days == 0:
            client.delete_secret(SecretId=resource_id, ForceDeleteWithoutRecovery=True)
        else:
            client.delete_secret(SecretId=resource_id, RecoveryWindowInDays=days)

    def check(
        self, ctx: Context, kind: ResourceType, props: Props, unknown: frozenset[str]
    ) -> list[tuple[str, str]]:
        faults = rule_faults(props, {"name": names.secret_name_fault})
        days = props.get("recoveryWindowInDays")
        if days is not None and days != 0 and not 7 <= days <= 30:
            faults.append(("recoveryWindowInDays", f"is {days}; must be 0 (delete at once) or 7 to 30"))
        if props.get("policy") is not None and not _is_json(props["policy"]):
            faults.append(("policy", "is no JSON"))
        return faults

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        secret = _describe(ctx.client("secretsmanager"), props["name"]) if props.get("name") else None
        return secret["ARN"] if secret else None


def _replica(item: Props) -> dict[str, Any]:
    return {"Region": item["region"], **({"KmsKeyId": item["kmsKeyId"]} if item.get("kmsKeyId") else {})}


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


class SecretVersion(Handler):
    """One value of a secret. Its id is `<secret arn>|<version id>`."""

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        client = ctx.client("secretsmanager")
        members = self._value(props)
        if props.get("versionStages"):
            members["VersionStages"] = props["versionStages"]
        made = client.put_secret_value(SecretId=props["secretId"], **members)
        version = f"{made['ARN']}|{made['VersionId']}"
        ctx.made(version)
        return version

    def _value(self, props: Props) -> dict[str, Any]:
        if props.get("secretBinary") is not None:
            return {"SecretBinary": base64.b64decode(props["secretBinary"])}
        text = props.get("secretString")
        return {"SecretString": props.get("secretStringWo") if text is None else text}

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        secret_id, _, version_id = resource_id.partition("|")
        try:
            value = ctx.client("secretsmanager").get_secret_value(SecretId=secret_id, VersionId=version_id)
        except ClientError as error:
            if code_of(error) in _GONE:
                return None
            raise
        binary, write_only = (
            value.get("SecretBinary"),
            bool(prior.get("hasSecretStringWo") or prior.get("secretStringWo")),
        )
        return {
            "arn": value["ARN"],
            "secretArn": value["ARN"],
            "secretId": prior.get("secretId") or value["ARN"],
            "versionId": value["VersionId"],
            "secretString": None if write_only else value.get("SecretString"),
            "secretBinary": base64.b64encode(binary).decode() if binary is not None else None,
            "versionStages": value.get("VersionStages", []),
            "hasSecretStringWo": write_only,
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
        client = ctx.client("secretsmanager")
        secret_id, _, version_id = resource_id.partition("|")
        before, after = (set(props.get("versionStages") or []) for props in (old, new))
        if "versionStages" not in changed:
            return
        for stage in sorted(after - before):
            members: dict[str, Any] = {
                "SecretId": secret_id,
                "VersionStage": stage,
                "MoveToVersionId": version_id,
            }
            versions = client.describe_secret(SecretId=secret_id)["VersionIdsToStages"]
            holders = [version for version, stages in versions.items() if stage in stages]
            client.update_secret_version_stage(
                **members, **({"RemoveFromVersionId": holders[0]} if holders else {})
            )
        for stage in sorted(before - after - {"AWSCURRENT"}):
            client.update_secret_version_stage(
                SecretId=secret_id, VersionStage=stage, RemoveFromVersionId=version_id
            )

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        # Secrets Manager has no deletion of a version: without stages it fades away. AWSCURRENT stays, as on AWS.
        client = ctx.client("secretsmanager")
        secret_id, _, version_id = resource_id.partition("|")
        if self.read(ctx, kind, resource_id, state) is None:
            return
        for stage in listed(state.get("versionStages")):
            if stage not in ("AWSCURRENT", "AWSPREVIOUS"):
                client.update_secret_version_stage(
                    SecretId=secret_id, VersionStage=stage, RemoveFromVersionId=version_id
                )

    def check(
        self, ctx: Context, kind: ResourceType, props: Props, unknown: frozenset[str]
    ) -> list[tuple[str, str]]:
        if props.get("secretBinary") is not None:
            try:
                base64.b64decode(props["secretBinary"], validate=True)
            except ValueError:
                return [("secretBinary", "must be base64")]
        return []

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        """The current version, if it holds exactly the value that the inputs ask for."""
        try:
            value = ctx.client("secretsmanager").get_secret_value(SecretId=props["secretId"])
        except ClientError as error:
            if code_of(error) in _GONE:
                return None
            raise
        wanted = self._value(props)
        same = all(value.get(name) == content for name, content in wanted.items())
        return f"{value['ARN']}|{value['VersionId']}" if same else None


_SAYS_HOW = "says how to delete or copy, AWS keeps no such value"

SECRET = ResourceType(
    token="aws:secretsmanager/secret:Secret",
    service="secretsmanager",
    noun="Secrets Manager Secret",
    handler=Secret(),
    naming=Naming(max_length=512),
    props={
        "name": Prop(computed=True, replaces=True, conflicts=("namePrefix",)),
        "namePrefix": Prop(computed=True, replaces=True, overlay="only the name made from it reaches AWS"),
        "description": Prop(),
        "kmsKeyId": Prop(),
        "policy": Prop(computed=True, same=same_json),
        "recoveryWindowInDays": Prop("int", default=30, overlay=_SAYS_HOW, import_default=30),
        "forceOverwriteReplicaSecret": Prop("bool", default=False, overlay=_SAYS_HOW, import_default=False),
        "replicas": Prop(
            "object_set",
            computed=True,
            fields={
                "region": Prop(required=True),
                "kmsKeyId": Prop(computed=True),
                "status": Prop(computed=True),
                "statusMessage": Prop(computed=True),
                "lastAccessedDate": Prop(computed=True),
            },
        ),
        "type": Prop(refused="the sandbox has no managed external secrets"),
        **TAGS,
        **REGION,
        "arn": Prop(output=True),
    },
)

SECRET_VERSION = ResourceType(
    token="aws:secretsmanager/secretVersion:SecretVersion",
    service="secretsmanager",
    noun="Secrets Manager Secret Version",
    handler=SecretVersion(),
    props={
        "secretId": Prop(required=True, replaces=True),
        "secretString": Prop(secret=True, replaces=True, conflicts=("secretBinary", "secretStringWo")),
        "secretBinary": Prop(secret=True, replaces=True, conflicts=("secretStringWo",)),
        "secretStringWo": Prop(secret=True, overlay="write-only: never read back"),
        "secretStringWoVersion": Prop(
            "int", replaces=True, overlay="counts the value given last; AWS keeps no such value"
        ),
        "versionStages": Prop("set", computed=True),
        **REGION,
        "arn": Prop(output=True),
        "hasSecretStringWo": Prop("bool", output=True),
        "secretArn": Prop(output=True),
        "versionId": Prop(output=True),
    },
)
