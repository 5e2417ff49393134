"""RDS subnet groups and parameter groups."""

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
    rule_faults,
    tag_changes,
    tag_list,
    tag_map,
)
from dbstack.sandbox.aws.naming import unique_name
from dbstack.sandbox.wire import listed
from dbstack.spec import names

_CHUNK = 20  # parameters that RDS takes in one request


def update_rds_tags(client: Any, arn: str, old: Props, new: Props) -> None:
    """Brings a resource's tags from the old to the new map."""
    gone, changed = tag_changes(old, new)
    if gone:
        client.remove_tags_from_resource(ResourceName=arn, TagKeys=gone)
    if changed:
        client.add_tags_to_resource(ResourceName=arn, Tags=tag_list(changed))


def described(call: Any, key: str, not_found: str, **members: Any) -> dict[str, Any] | None:
    """The one described object, or None where AWS says that it does not exist."""
    try:
        found = call(**members)[key]
    except ClientError as error:
        if code_of(error).startswith(not_found):
            return None
        raise
    return found[0] if found else None


def delete_unless_gone(call: Any, not_found: str, **members: Any) -> None:
    try:
        call(**members)
    except ClientError as error:
        if not code_of(error).startswith(not_found):
            raise


class SubnetGroup(Handler):
    """The subnets that an instance may stand in."""

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        name = props.get("name") or unique_name(props.get("namePrefix") or "terraform-")
        made = ctx.client("rds").create_db_subnet_group(
            DBSubnetGroupName=name,
            DBSubnetGroupDescription=props["description"],
            SubnetIds=props["subnetIds"],
            Tags=tag_list(props.get("tagsAll")),
        )
        group = made["DBSubnetGroup"]["DBSubnetGroupName"]
        ctx.made(group)
        return group

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        client = ctx.client("rds")
        not_found = "DBSubnetGroupNotFound"
        group = described(
            client.describe_db_subnet_groups, "DBSubnetGroups", not_found, DBSubnetGroupName=resource_id
        )
        if group is None:
            return None
        tags = client.list_tags_for_resource(ResourceName=group["DBSubnetGroupArn"])["TagList"]
        return {
            "arn": group["DBSubnetGroupArn"],
            "name": group["DBSubnetGroupName"],
            "description": group["DBSubnetGroupDescription"],
            "subnetIds": [subnet["SubnetIdentifier"] for subnet in group["Subnets"]],
            "vpcId": group["VpcId"],
            "supportedNetworkTypes": group.get("SupportedNetworkTypes") or ["IPV4"],
            "tagsAll": tag_map(tags),
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
        client = ctx.client("rds")
        if {"subnetIds", "description"} & set(changed):
            client.modify_db_subnet_group(
                DBSubnetGroupName=resource_id,
                DBSubnetGroupDescription=new["description"],
                SubnetIds=new["subnetIds"],
            )
        update_rds_tags(client, old["arn"], old, new)

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        call = ctx.client("rds").delete_db_subnet_group
        delete_unless_gone(call, "DBSubnetGroupNotFound", DBSubnetGroupName=resource_id)

    def check(
        self, ctx: Context, kind: ResourceType, props: Props, unknown: frozenset[str]
    ) -> list[tuple[str, str]]:
        return rule_faults(props, {"name": names.subnet_group_fault})

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        name = props.get("name")
        found = self.read(ctx, kind, name, props) if name else None
        return found["name"] if found else None


def _parameter_value(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


class ParameterGroup(Handler):
    """A parameter group; only the parameters that the program sets are its business."""

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        client = ctx.client("rds")
        name = props.get("name") or unique_name(props.get("namePrefix") or "terraform-")
        made = client.create_db_parameter_group(
            DBParameterGroupName=name,
            DBParameterGroupFamily=props["family"],
            Description=props["description"],
            Tags=tag_list(props.get("tagsAll")),
        )
        group = made["DBParameterGroup"]["DBParameterGroupName"]
        ctx.made(group)
        self._apply(client.modify_db_parameter_group, group, listed(props.get("parameters")))
        return group

    def _apply(self, call: Any, name: str, parameters: Sequence[Props]) -> None:
        for start in range(0, len(parameters), _CHUNK):
            chunk = [
                {
                    "ParameterName": item["name"],
                    "ParameterValue": _parameter_value(item["value"]),
                    "ApplyMethod": item.get("applyMethod") or "immediate",
                }
                for item in parameters[start : start + _CHUNK]
            ]
            call(DBParameterGroupName=name, Parameters=chunk)

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        client = ctx.client("rds")
        call, not_found = client.describe_db_parameter_groups, "DBParameterGroupNotFound"
        group = described(call, "DBParameterGroups", not_found, DBParameterGroupName=resource_id)
        if group is None:
            return None
        pages = client.get_paginator("describe_db_parameters").paginate(
            DBParameterGroupName=resource_id, Source="user"
        )
        parameters = [
            {
                "name": item["ParameterName"],
                "value": item["ParameterValue"],
                "applyMethod": item.get("ApplyMethod") or "immediate",
            }
            for page in pages
            for item in page["Parameters"]
            if item.get("ParameterValue") is not None
        ]
        tags = client.list_tags_for_resource(ResourceName=group["DBParameterGroupArn"])["TagList"]
        return {
            "arn": group["DBParameterGroupArn"],
            "name": group["DBParameterGroupName"],
            "family": group["DBParameterGroupFamily"],
            "description": group["Description"],
            "parameters": parameters,
            "tagsAll": tag_map(tags),
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
        client = ctx.client("rds")
        if "parameters" in changed:
            before = {item["name"]: item for item in listed(old.get("parameters"))}
            after = {item["name"]: item for item in listed(new.get("parameters"))}
            changes = [item for name, item in after.items() if before.get(name) != item]
            self._apply(client.modify_db_parameter_group, resource_id, changes)
            gone = [item for name, item in before.items() if name not in after]
            for start in range(0, len(gone), _CHUNK):
                chunk = [
                    {"ParameterName": item["name"], "ApplyMethod": item.get("applyMethod") or "immediate"}
                    for item in gone[start : start + _CHUNK]
                ]
                client.reset_db_parameter_group(DBParameterGroupName=resource_id, Parameters=chunk)
        update_rds_tags(client, old["arn"], old, new)

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        if not state.get("skipDestroy"):
            call = ctx.client("rds").delete_db_parameter_group
            delete_unless_gone(call, "DBParameterGroupNotFound", DBParameterGroupName=resource_id)

    def check(
        self, ctx: Context, kind: ResourceType, props: Props, unknown: frozenset[str]
    ) -> list[tuple[str, str]]:
        return rule_faults(props, {"name": names.parameter_group_fault})

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        name = props.get("name")
        found = self.read(ctx, kind, name, props) if name else None
        return found["name"] if found else None


_NAMES: dict[str, Prop] = {
    "name": Prop(computed=True, replaces=True, conflicts=("namePrefix",)),
    "namePrefix": Prop(computed=True, replaces=True, overlay="only the name made from it reaches AWS"),
}

SUBNET_GROUP = ResourceType(
    token="aws:rds/subnetGroup:SubnetGroup",
    service="rds",
    noun="RDS DB Subnet Group",
    handler=SubnetGroup(),
    naming=Naming(lower=True),
    props={
        **_NAMES,
        "description": Prop(default="Managed by Pulumi"),
        "subnetIds": Prop("set", required=True),
        **TAGS,
        **REGION,
        "arn": Prop(output=True),
        "supportedNetworkTypes": Prop("set", output=True),
        "vpcId": Prop(output=True),
    },
)

PARAMETER_GROUP = ResourceType(
    token="aws:rds/parameterGroup:ParameterGroup",
    service="rds",
    noun="RDS DB Parameter Group",
    handler=ParameterGroup(),
    naming=Naming(lower=True),
    props={
        **_NAMES,
        "family": Prop(required=True, replaces=True),
        "description": Prop(default="Managed by Pulumi", replaces=True),
        "parameters": Prop(
            "object_set",
            fields={
                "name": Prop(required=True),
                "value": Prop(required=True),
                "applyMethod": Prop(default="immediate"),
            },
        ),
        "skipDestroy": Prop("bool", default=False, overlay="says how to delete, AWS never hears of it"),
        **TAGS,
        **REGION,
        "arn": Prop(output=True),
    },
)
