"""IAM policies of one's own."""

from collections.abc import Sequence
from typing import Any

from botocore.exceptions import ClientError

from dbstack.sandbox.aws.errors import code_of
from dbstack.sandbox.aws.model import (
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
    tag_list,
    tag_map,
)
from dbstack.sandbox.aws.naming import unique_name
from dbstack.sandbox.aws.policies import as_text, json_fault

_GONE = "NoSuchEntity"
_VERSIONS_MOST = 5


class Policy(Handler):
    """A policy that can be attached. Its id is its ARN; a changed document is a new version of it."""

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        name = props.get("name") or unique_name(props.get("namePrefix") or "terraform-")
        members = {
            key: value for key, value in request(kind, props, ["description", "path"]).items() if value
        }
        made = ctx.client("iam").create_policy(
            PolicyName=name,
            PolicyDocument=props["policy"],
            Tags=tag_list(props.get("tagsAll")),
            **members,
        )
        ctx.made(made["Policy"]["Arn"])
        return made["Policy"]["Arn"]

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        client = ctx.client("iam")
        try:
            policy = client.get_policy(PolicyArn=resource_id)["Policy"]
            version = client.get_policy_version(PolicyArn=resource_id, VersionId=policy["DefaultVersionId"])[
                "PolicyVersion"
            ]
        except ClientError as error:
            if code_of(error) == _GONE:
                return None
            raise
        return {
            "arn": policy["Arn"],
            "name": policy["PolicyName"],
            "path": policy["Path"],
            "description": policy.get("Description"),
            "policy": as_text(version["Document"]),
            "policyId": policy["PolicyId"],
            "attachmentCount": policy.get("AttachmentCount", 0),
            "tagsAll": tag_map(policy.get("Tags")),
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
        client = ctx.client("iam")
        if "policy" in changed:
            versions = self._versions(client, resource_id)
            spare = [item for item in versions if not item["IsDefaultVersion"]]
            if len(versions) >= _VERSIONS_MOST:
                oldest = min(spare, key=lambda item: item["CreateDate"])
                client.delete_policy_version(PolicyArn=resource_id, VersionId=oldest["VersionId"])
            client.create_policy_version(
                PolicyArn=resource_id, PolicyDocument=new["policy"], SetAsDefault=True
            )
        gone, added = tag_changes(old, new)
        if gone:
            client.untag_policy(PolicyArn=resource_id, TagKeys=gone)
        if added:
            client.tag_policy(PolicyArn=resource_id, Tags=tag_list(added))

    def _versions(self, client: Any, arn: str) -> list[dict[str, Any]]:
        pages = client.get_paginator("list_policy_versions").paginate(PolicyArn=arn)
        return [item for page in pages for item in page["Versions"]]

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        client = ctx.client("iam")
        if self.read(ctx, kind, resource_id, state) is None:
            return
        for version in self._versions(client, resource_id):
            if not version["IsDefaultVersion"]:
                client.delete_policy_version(PolicyArn=resource_id, VersionId=version["VersionId"])
        client.delete_policy(PolicyArn=resource_id)

    def check(
        self, ctx: Context, kind: ResourceType, props: Props, unknown: frozenset[str]
    ) -> list[tuple[str, str]]:
        return json_fault(props, "policy")

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        if not props.get("name"):
            return None
        path = props.get("path") or "/"
        arn = f"arn:{ctx.partition}:iam::{ctx.account_id}:policy{path}{props['name']}"
        return arn if self.read(ctx, kind, arn, props) else None


POLICY = ResourceType(
    token="aws:iam/policy:Policy",
    service="iam",
    noun="IAM Policy",
    handler=Policy(),
    naming=Naming(max_length=128),
    props={
        "name": Prop(computed=True, replaces=True, conflicts=("namePrefix",)),
        "namePrefix": Prop(computed=True, replaces=True, overlay="only the name made from it reaches AWS"),
        "description": Prop(replaces=True),
        "path": Prop(default="/", replaces=True),
        "policy": Prop(required=True, same=same_json),
        "delayAfterPolicyCreationInMs": Prop(
            "int", overlay="says how long to wait for IAM, which never hears of it"
        ),
        **TAGS,
        "arn": Prop(output=True),
        "attachmentCount": Prop("int", output=True),
        "policyId": Prop(output=True),
    },
)
