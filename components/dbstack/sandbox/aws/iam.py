"""IAM roles and the policies that stand in them."""

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


def _found(call: Any, key: str, **members: Any) -> dict[str, Any] | None:
    try:
        return call(**members)[key]
    except ClientError as error:
        if code_of(error) == _GONE:
            return None
        raise


class Role(Handler):
    """A role. Its id is its name."""

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        name = props.get("name") or unique_name(props.get("namePrefix") or "terraform-")
        members = request(kind, props, ["description", "path", "maxSessionDuration", "permissionsBoundary"])
        client = ctx.client("iam")
        client.create_role(
            RoleName=name,
            AssumeRolePolicyDocument=props["assumeRolePolicy"],
            Tags=tag_list(props.get("tagsAll")),
            **{key: value for key, value in members.items() if value != ""},
        )
        ctx.made(name)
        return name

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        role = _found(ctx.client("iam").get_role, "Role", RoleName=resource_id)
        if role is None:
            return None
        return {
            "name": role["RoleName"],
            "arn": role["Arn"],
            "path": role["Path"],
            "description": role.get("Description"),
            "assumeRolePolicy": as_text(role["AssumeRolePolicyDocument"]),
            "maxSessionDuration": role.get("MaxSessionDuration") or 3600,
            "permissionsBoundary": role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
            "uniqueId": role["RoleId"],
            "createDate": role["CreateDate"].strftime("%Y-%m-%dT%H:%M:%SZ"),
            "tagsAll": tag_map(role.get("Tags")),
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
        if "assumeRolePolicy" in changed:
            client.update_assume_role_policy(RoleName=resource_id, PolicyDocument=new["assumeRolePolicy"])
        if {"description", "maxSessionDuration"} & set(changed):
            client.update_role(
                RoleName=resource_id,
                Description=new.get("description") or "",
                MaxSessionDuration=new.get("maxSessionDuration") or 3600,
            )
        if "permissionsBoundary" in changed:
            if new.get("permissionsBoundary"):
                boundary = new["permissionsBoundary"]
                client.put_role_permissions_boundary(RoleName=resource_id, PermissionsBoundary=boundary)
            else:
                client.delete_role_permissions_boundary(RoleName=resource_id)
        gone, added = tag_changes(old, new)
        if gone:
            client.untag_role(RoleName=resource_id, TagKeys=gone)
        if added:
            client.tag_role(RoleName=resource_id, Tags=tag_list(added))

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        client = ctx.client("iam")
        if _found(client.get_role, "Role", RoleName=resource_id) is None:
            return
        if state.get("forceDetachPolicies"):
            for policy in client.list_role_policies(RoleName=resource_id)["PolicyNames"]:
                client.delete_role_policy(RoleName=resource_id, PolicyName=policy)
            for policy in client.list_attached_role_policies(RoleName=resource_id)["AttachedPolicies"]:
                client.detach_role_policy(RoleName=resource_id, PolicyArn=policy["PolicyArn"])
        client.delete_role(RoleName=resource_id)

    def check(
        self, ctx: Context, kind: ResourceType, props: Props, unknown: frozenset[str]
    ) -> list[tuple[str, str]]:
        faults = json_fault(props, "assumeRolePolicy")
        seconds = props.get("maxSessionDuration")
        if seconds is not None and not 3600 <= seconds <= 43_200:
            faults.append(("maxSessionDuration", f"is {seconds}; must be 3600 to 43200"))
        return faults

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        name = props.get("name")
        return name if name and self.read(ctx, kind, name, props) else None


class RolePolicy(Handler):
    """A policy that stands in a role. Its id is `<role>:<policy>`."""

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        name = props.get("name") or unique_name(props.get("namePrefix") or "terraform-")
        self._put(ctx, f"{props['role']}:{name}", props)
        ctx.made(f"{props['role']}:{name}")
        return f"{props['role']}:{name}"

    def _put(self, ctx: Context, resource_id: str, props: Props) -> None:
        role, _, name = resource_id.partition(":")
        ctx.client("iam").put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=props["policy"])

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        role, _, name = resource_id.partition(":")
        call = ctx.client("iam").get_role_policy
        document = _found(call, "PolicyDocument", RoleName=role, PolicyName=name)
        if document is None:
            return None
        return {"role": role, "name": name, "policy": as_text(document)}

    def update(
        self,
        ctx: Context,
        kind: ResourceType,
        resource_id: str,
        old: Props,
        new: Props,
        changed: Sequence[str],
    ) -> None:
        self._put(ctx, resource_id, new)

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        role, _, name = resource_id.partition(":")
        if self.read(ctx, kind, resource_id, state) is not None:
            ctx.client("iam").delete_role_policy(RoleName=role, PolicyName=name)

    def check(
        self, ctx: Context, kind: ResourceType, props: Props, unknown: frozenset[str]
    ) -> list[tuple[str, str]]:
        return json_fault(props, "policy")

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        if not (props.get("name") and props.get("role")):
            return None
        resource_id = f"{props['role']}:{props['name']}"
        return resource_id if self.read(ctx, kind, resource_id, props) else None


_OTHER = "give policies as resources of their own, aws.iam.RolePolicy and aws.iam.RolePolicyAttachment"

ROLE = ResourceType(
    token="aws:iam/role:Role",
    service="iam",
    noun="IAM Role",
    handler=Role(),
    naming=Naming(max_length=64),
    props={
        "name": Prop(computed=True, replaces=True, conflicts=("namePrefix",)),
        "namePrefix": Prop(computed=True, replaces=True, overlay="only the name made from it reaches AWS"),
        "assumeRolePolicy": Prop(required=True, same=same_json),
        "description": Prop(),
        "path": Prop(default="/", replaces=True),
        "maxSessionDuration": Prop("int", default=3600),
        "permissionsBoundary": Prop(),
        "forceDetachPolicies": Prop(
            "bool",
            default=False,
            overlay="says how to delete it, IAM keeps no such value",
            import_default=False,
        ),
        "inlinePolicies": Prop("object_set", refused=_OTHER),
        "managedPolicyArns": Prop("set", refused=_OTHER),
        **TAGS,
        "arn": Prop(output=True),
        "createDate": Prop(output=True),
        "uniqueId": Prop(output=True),
    },
)

ROLE_POLICY = ResourceType(
    token="aws:iam/rolePolicy:RolePolicy",
    service="iam",
    noun="IAM Role Policy",
    handler=RolePolicy(),
    naming=Naming(max_length=128),
    props={
        "name": Prop(computed=True, replaces=True, conflicts=("namePrefix",)),
        "namePrefix": Prop(computed=True, replaces=True, overlay="only the name made from it reaches AWS"),
        "policy": Prop(required=True, same=same_json),
        "role": Prop(required=True, replaces=True),
    },
)
