"""RDS option groups."""

from collections.abc import Sequence
from typing import Any

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
    tag_list,
    tag_map,
)
from dbstack.sandbox.aws.naming import unique_name
from dbstack.sandbox.aws.rds_groups import delete_unless_gone, described, update_rds_tags
from dbstack.sandbox.wire import listed
from dbstack.spec import names

_GONE = "OptionGroupNotFound"


class OptionGroup(Handler):
    """An option group; AWS fills in settings that the program doesn't give, which are none of its business."""

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        client = ctx.client("rds")
        name = props.get("name") or unique_name(props.get("namePrefix") or "terraform-")
        made = client.create_option_group(
            OptionGroupName=name,
            EngineName=props["engineName"],
            MajorEngineVersion=props["majorEngineVersion"],
            OptionGroupDescription=props["optionGroupDescription"],
            Tags=tag_list(props.get("tagsAll")),
        )
        group = made["OptionGroup"]["OptionGroupName"]
        ctx.made(group)
        if options := listed(props.get("options")):
            client.modify_option_group(
                OptionGroupName=group, OptionsToInclude=_members(options), ApplyImmediately=True
            )
        return group

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        client = ctx.client("rds")
        call = client.describe_option_groups
        group = described(call, "OptionGroupsList", _GONE, OptionGroupName=resource_id)
        if group is None:
            return None
        tags = client.list_tags_for_resource(ResourceName=group["OptionGroupArn"])["TagList"]
        return {
            "arn": group["OptionGroupArn"],
            "name": group["OptionGroupName"],
            "engineName": group["EngineName"],
            "majorEngineVersion": group["MajorEngineVersion"],
            "optionGroupDescription": group["OptionGroupDescription"],
            "options": [_observed(option) for option in group.get("Options", [])],
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
        if "options" in changed:
            before = {item["optionName"]: item for item in listed(old.get("options"))}
            after = {item["optionName"]: item for item in listed(new.get("options"))}
            gone = [name for name in before if name not in after]
            changes = [item for name, item in after.items() if before.get(name) != item]
            members: dict[str, Any] = {"OptionsToInclude": _members(changes)} if changes else {}
            if gone:
                members["OptionsToRemove"] = gone
            if members:
                client.modify_option_group(OptionGroupName=resource_id, ApplyImmediately=True, **members)
        update_rds_tags(client, old["arn"], old, new)

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        if not state.get("skipDestroy"):
            call = ctx.client("rds").delete_option_group
            delete_unless_gone(call, _GONE, OptionGroupName=resource_id)

    def check(
        self, ctx: Context, kind: ResourceType, props: Props, unknown: frozenset[str]
    ) -> list[tuple[str, str]]:
        return rule_faults(props, {"name": names.option_group_fault})

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        name = props.get("name")
        found = self.read(ctx, kind, name, props) if name else None
        return found["name"] if found else None


def _members(options: Sequence[Props]) -> list[dict[str, Any]]:
    return [
        {
            key: value
            for key, value in {
                "OptionName": item["optionName"],
                "OptionVersion": item.get("version"),
                "Port": item.get("port"),
                "VpcSecurityGroupMemberships": item.get("vpcSecurityGroupMemberships"),
                "OptionSettings": [
                    {"Name": setting["name"], "Value": setting["value"]}
                    for setting in listed(item.get("optionSettings"))
                ],
            }.items()
            if value not in (None, [], 0, "")
        }
        for item in options
    ]


def _observed(option: dict[str, Any]) -> Props:
    return {
        key: value
        for key, value in {
            "optionName": option["OptionName"],
            "version": option.get("OptionVersion"),
            "port": option.get("Port"),
            "vpcSecurityGroupMemberships": [
                group["VpcSecurityGroupId"] for group in option.get("VpcSecurityGroupMemberships", [])
            ],
            "optionSettings": [
                {"name": setting["Name"], "value": setting["Value"]}
                for setting in option.get("OptionSettings", [])
                if setting.get("Value") is not None
            ],
        }.items()
        if value not in (None, [])
    }


OPTION_GROUP = ResourceType(
    token="aws:rds/optionGroup:OptionGroup",
    service="rds",
    noun="RDS DB Option Group",
    handler=OptionGroup(),
    naming=Naming(lower=True),
    props={
        "name": Prop(computed=True, replaces=True, conflicts=("namePrefix",)),
        "namePrefix": Prop(computed=True, replaces=True, overlay="only the name made from it reaches AWS"),
        "engineName": Prop(required=True, replaces=True),
        "majorEngineVersion": Prop(required=True, replaces=True),
        "optionGroupDescription": Prop(default="Managed by Pulumi", replaces=True),
        "options": Prop(
            "object_set",
            fields={
                "optionName": Prop(required=True),
                "version": Prop(),
                "port": Prop("int"),
                "vpcSecurityGroupMemberships": Prop("set"),
                "dbSecurityGroupMemberships": Prop(
                    "set", refused="EC2-Classic is gone, and its groups with it"
                ),
                "optionSettings": Prop(
                    "object_set", fields={"name": Prop(required=True), "value": Prop(required=True)}
                ),
            },
        ),
        "skipDestroy": Prop("bool", default=False, overlay="says how to delete, AWS never hears of it"),
        **TAGS,
        **REGION,
        "arn": Prop(output=True),
    },
)
