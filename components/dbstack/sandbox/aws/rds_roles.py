"""IAM roles associated with instances and clusters."""

from collections.abc import Mapping
from typing import Any

from dbstack.sandbox.aws.model import REGION, Context, Handler, Prop, Props, ResourceType, rule_faults
from dbstack.sandbox.aws.rds_groups import delete_unless_gone, described
from dbstack.spec import access


class RoleAssociation(Handler):
    """A role of an instance or a cluster. Its id is `<identifier>,<role ARN>`."""

    def __init__(self, owner: str) -> None:
        """`owner` is `DBInstance` or `DBCluster`, as RDS's operations have it."""
        self._member = f"{owner}Identifier"
        self._prop = f"db{owner[2:]}Identifier"
        method = owner.replace("DB", "db_").lower()
        self._add, self._remove = f"add_role_to_{method}", f"remove_role_from_{method}"
        self._describe, self._key = f"describe_{method}s", f"{owner}s"
        self._owner_gone, self._gone = f"{owner}NotFound", owner

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        owner, arn = props[self._prop], props["roleArn"]
        feature = {"FeatureName": props["featureName"]} if props.get("featureName") else {}
        getattr(ctx.client("rds"), self._add)(**{self._member: owner, "RoleArn": arn, **feature})
        ctx.made(f"{owner},{arn}")
        return f"{owner},{arn}"

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        owner, _, arn = resource_id.partition(",")
        call = getattr(ctx.client("rds"), self._describe)
        item = described(call, self._key, self._owner_gone, **{self._member: owner})
        roles: list[Mapping[str, Any]] = (item or {}).get("AssociatedRoles", [])
        role = next((one for one in roles if one["RoleArn"] == arn), None)
        if role is None:
            return None
        return {self._prop: owner, "roleArn": arn, "featureName": role.get("FeatureName") or None}

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        owner, _, arn = resource_id.partition(",")
        feature = {"FeatureName": state["featureName"]} if state.get("featureName") else {}
        call = getattr(ctx.client("rds"), self._remove)
        # Gone is the role as well as the database.
        delete_unless_gone(call, self._gone, **{self._member: owner, "RoleArn": arn, **feature})

    def check(
        self, ctx: Context, kind: ResourceType, props: Props, unknown: frozenset[str]
    ) -> list[tuple[str, str]]:
        return rule_faults(props, {"roleArn": access.role_arn_fault})

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        if not (props.get(self._prop) and props.get("roleArn")):
            return None
        resource_id = f"{props[self._prop]},{props['roleArn']}"
        return resource_id if self.read(ctx, kind, resource_id, props) else None


ROLE_ASSOCIATION = ResourceType(
    token="aws:rds/roleAssociation:RoleAssociation",
    service="rds",
    noun="RDS DB Instance IAM Role Association",
    handler=RoleAssociation("DBInstance"),
    props={
        "dbInstanceIdentifier": Prop(required=True, replaces=True, api="DBInstanceIdentifier"),
        "featureName": Prop(required=True, replaces=True),
        "roleArn": Prop(required=True, replaces=True),
        **REGION,
    },
)

CLUSTER_ROLE_ASSOCIATION = ResourceType(
    token="aws:rds/clusterRoleAssociation:ClusterRoleAssociation",
    service="rds",
    noun="RDS Cluster IAM Role Association",
    handler=RoleAssociation("DBCluster"),
    props={
        "dbClusterIdentifier": Prop(required=True, replaces=True, api="DBClusterIdentifier"),
        "featureName": Prop(replaces=True),
        "roleArn": Prop(required=True, replaces=True),
        **REGION,
    },
)
