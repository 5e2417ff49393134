"""Managed policies attached to roles."""

from dbstack.sandbox.aws.errors import code_of
from dbstack.sandbox.aws.model import Context, Handler, Prop, Props, ResourceType

_GONE = "NoSuchEntity"


class RolePolicyAttachment(Handler):
    """A managed policy attached to a role. Its id is `<role>/<policy ARN>`."""

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        role, policy = props["role"], props["policyArn"]
        ctx.client("iam").attach_role_policy(RoleName=role, PolicyArn=policy)
        ctx.made(f"{role}/{policy}")
        return f"{role}/{policy}"

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        role, _, policy = resource_id.partition("/")
        client = ctx.client("iam")
        try:
            pages = list(client.get_paginator("list_attached_role_policies").paginate(RoleName=role))
        except client.exceptions.NoSuchEntityException:
            return None
        attached = {item["PolicyArn"] for page in pages for item in page["AttachedPolicies"]}
        return {"role": role, "policyArn": policy} if policy in attached else None

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        role, _, policy = resource_id.partition("/")
        try:
            ctx.client("iam").detach_role_policy(RoleName=role, PolicyArn=policy)
        except Exception as error:
            if code_of(error) != _GONE:
                raise

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        if not (props.get("role") and props.get("policyArn")):
            return None
        resource_id = f"{props['role']}/{props['policyArn']}"
        return resource_id if self.read(ctx, kind, resource_id, props) else None


ROLE_POLICY_ATTACHMENT = ResourceType(
    token="aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    service="iam",
    noun="IAM Role Policy Attachment",
    handler=RolePolicyAttachment(),
    props={
        "role": Prop(required=True, replaces=True),
        "policyArn": Prop(required=True, replaces=True),
    },
)
