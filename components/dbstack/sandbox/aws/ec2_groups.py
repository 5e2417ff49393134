"""Security groups and their standalone rules."""

from collections.abc import Sequence
from typing import Any

from dbstack.sandbox.aws.ec2_common import describe_one, ignore_gone, update_tags, with_tags
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
    tag_map,
)
from dbstack.sandbox.aws.naming import unique_name
from dbstack.sandbox.wire import listed
from dbstack.spec import names

Rule = dict[str, Any]

# One inline rule: list field -> (list member of IpPermission, key of its items).
_SOURCES = {
    "cidrBlocks": ("IpRanges", "CidrIp"),
    "ipv6CidrBlocks": ("Ipv6Ranges", "CidrIpv6"),
    "prefixListIds": ("PrefixListIds", "PrefixListId"),
    "securityGroups": ("UserIdGroupPairs", "GroupId"),
}
_INLINE: dict[str, Prop] = {
    "protocol": Prop(required=True),
    "fromPort": Prop("int", required=True),
    "toPort": Prop("int", required=True),
    "description": Prop(),
    "self": Prop("bool"),
    **{name: Prop("set") for name in _SOURCES},
}


def _atoms(group_id: str, rules: Sequence[Rule]) -> set[tuple[Any, ...]]:
    """Inline rules as single (protocol, ports, source) grants, which is how EC2 keeps them."""
    atoms: set[tuple[Any, ...]] = set()
    for rule in rules:
        protocol = {"all": "-1"}.get(str(rule["protocol"]).lower(), str(rule["protocol"]).lower())
        ports = (None, None) if protocol == "-1" else (rule["fromPort"], rule["toPort"])
        for name in _SOURCES:
            atoms |= {
                (protocol, *ports, name, item, rule.get("description") or "")
                for item in listed(rule.get(name))
            }
        if rule.get("self"):
            atoms.add((protocol, *ports, "securityGroups", group_id, rule.get("description") or ""))
    return atoms


def _permission(atom: tuple[Any, ...]) -> dict[str, Any]:
    protocol, start, end, name, source, description = atom
    member, key = _SOURCES[name]
    item = {key: source, **({"Description": description} if description else {})}
    ports = {} if start is None else {"FromPort": start, "ToPort": end}
    return {"IpProtocol": protocol, **ports, member: [item]}


def _inline_rules(group_id: str, permissions: Sequence[dict[str, Any]]) -> list[Rule]:
    """Described permissions as inline rules, one per protocol, ports and description."""
    rules: dict[tuple[Any, ...], Rule] = {}
    for permission in permissions:
        for name, (member, key) in _SOURCES.items():
            for item in permission.get(member, []):
                description = item.get("Description", "")
                ports = (permission.get("FromPort", 0), permission.get("ToPort", 0))
                rule = rules.setdefault(
                    (permission["IpProtocol"], *ports, description),
                    {"protocol": permission["IpProtocol"], "fromPort": ports[0], "toPort": ports[1]},
                )
                if description:
                    rule["description"] = description
                if name == "securityGroups" and item[key] == group_id:
                    rule["self"] = True
                else:
                    rule.setdefault(name, []).append(item[key])
    return list(rules.values())


def _as_given(group_id: str, permissions: Sequence[dict[str, Any]], given: Any) -> list[Rule]:
    """Described permissions, cut as the program cut them: EC2 keeps single grants, not which of them were one rule."""
    found = _atoms(group_id, _inline_rules(group_id, permissions))
    kept: list[Rule] = []
    told: set[tuple[Any, ...]] = set()
    for rule in listed(given):
        atoms = _atoms(group_id, [rule])
        if atoms and atoms <= found:
            kept.append(rule)
            told |= atoms
    rest = [_permission(atom) for atom in sorted(found - told, key=str)]
    return [*kept, *_inline_rules(group_id, rest)]


class SecurityGroup(Handler):
    """A group. Inline rules are managed only where the program gives them: standalone rules live beside."""

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        client = ctx.client("ec2")
        name = props.get("name") or unique_name(props.get("namePrefix") or "terraform-")
        members = {"GroupName": name, **request(kind, props, ["description", "vpcId"])}
        group_id = client.create_security_group(**with_tags(members, "security-group", props))["GroupId"]
        ctx.made(group_id)
        # AWS's provider takes away the allow-all egress rule that EC2 puts into every new group.
        self._set_rules(client, group_id, "egress", props.get("egress") or [])
        if props.get("ingress"):
            self._set_rules(client, group_id, "ingress", props["ingress"])
        return group_id

    def _set_rules(self, client: Any, group_id: str, direction: str, rules: Sequence[Rule]) -> None:
        group = client.describe_security_groups(GroupIds=[group_id])["SecurityGroups"][0]
        described = group["IpPermissionsEgress" if direction == "egress" else "IpPermissions"]
        before = _atoms(group_id, _inline_rules(group_id, described))
        after = _atoms(group_id, rules)
        for atom in sorted(before - after, key=str):
            call = getattr(client, f"revoke_security_group_{direction}")
            call(GroupId=group_id, IpPermissions=[_permission(atom)])
        for atom in sorted(after - before, key=str):
            call = getattr(client, f"authorize_security_group_{direction}")
            call(GroupId=group_id, IpPermissions=[_permission(atom)])

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        call = ctx.client("ec2").describe_security_groups
        group = describe_one(call, "SecurityGroups", GroupIds=[resource_id])
        if group is None:
            return None
        owner = group.get("OwnerId", ctx.account_id)
        return {
            "arn": f"arn:{ctx.partition}:ec2:{ctx.region}:{owner}:security-group/{resource_id}",
            "ownerId": owner,
            "name": group["GroupName"],
            "namePrefix": prior.get("namePrefix") or "",
            "description": group["Description"],
            "vpcId": group.get("VpcId"),
            "ingress": _as_given(resource_id, group.get("IpPermissions", []), prior.get("ingress")),
            "egress": _as_given(resource_id, group.get("IpPermissionsEgress", []), prior.get("egress")),
            "tagsAll": tag_map(group.get("Tags")),
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
        client = ctx.client("ec2")
        for direction in ("ingress", "egress"):
            if direction in changed:
                self._set_rules(client, resource_id, direction, new.get(direction) or [])
        update_tags(client, resource_id, old, new)

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        client = ctx.client("ec2")
        if state.get("revokeRulesOnDelete") and self.read(ctx, kind, resource_id, state):
            self._set_rules(client, resource_id, "ingress", [])
            self._set_rules(client, resource_id, "egress", [])
        ignore_gone(client.delete_security_group, GroupId=resource_id)

    def check(
        self, ctx: Context, kind: ResourceType, props: Props, unknown: frozenset[str]
    ) -> list[tuple[str, str]]:
        return rule_faults(props, {"name": names.security_group_name_fault})

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        if not props.get("name"):
            return None
        filters = {"group-name": props["name"], "vpc-id": props.get("vpcId")}
        wanted = [{"Name": name, "Values": [value]} for name, value in filters.items() if value]
        found = ctx.client("ec2").describe_security_groups(Filters=wanted)["SecurityGroups"]
        return found[0]["GroupId"] if len(found) == 1 else None


class DefaultSecurityGroup(SecurityGroup):
    """The group that every VPC has: adopted and emptied, never made and never deleted."""

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        client = ctx.client("ec2")
        group_id = self._of_vpc(ctx, props.get("vpcId"))
        ctx.made(group_id)
        for direction in ("ingress", "egress"):
            self._set_rules(client, group_id, direction, props.get(direction) or [])
        found = client.describe_security_groups(GroupIds=[group_id])["SecurityGroups"][0]
        update_tags(client, group_id, {"tagsAll": tag_map(found.get("Tags"))}, props)
        return group_id

    def _of_vpc(self, ctx: Context, vpc_id: str | None) -> str:
        client = ctx.client("ec2")
        if not vpc_id:
            vpc_id = client.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0][
                "VpcId"
            ]
        wanted = [{"Name": "vpc-id", "Values": [vpc_id]}, {"Name": "group-name", "Values": ["default"]}]
        return client.describe_security_groups(Filters=wanted)["SecurityGroups"][0]["GroupId"]

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        # AWS's provider only forgets it: the group goes with its VPC.
        return

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        return self._of_vpc(ctx, props.get("vpcId"))


def _same_grants(old: object, new: object, _state: Props) -> bool:
    """However they are cut into rules."""
    return _atoms("", listed(old)) == _atoms("", listed(new))


_COMMON_GROUP: dict[str, Prop] = {
    "ingress": Prop("object_set", computed=True, fields=_INLINE, same=_same_grants),
    "egress": Prop("object_set", computed=True, fields=_INLINE, same=_same_grants),
    "vpcId": Prop(computed=True, replaces=True),
    "revokeRulesOnDelete": Prop(
        "bool", default=False, overlay="says how to delete, AWS never hears of it", import_default=False
    ),
    **TAGS,
    **REGION,
    "arn": Prop(output=True),
    "ownerId": Prop(output=True),
}

SECURITY_GROUP = ResourceType(
    token="aws:ec2/securityGroup:SecurityGroup",
    service="ec2",
    noun="EC2 Security Group",
    handler=SecurityGroup(),
    naming=Naming(),
    props={
        "name": Prop(computed=True, replaces=True, conflicts=("namePrefix",)),
        "namePrefix": Prop(computed=True, replaces=True, overlay="only the name made from it reaches AWS"),
        "description": Prop(default="Managed by Pulumi", replaces=True),
        **_COMMON_GROUP,
    },
)

DEFAULT_SECURITY_GROUP = ResourceType(
    token="aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
    service="ec2",
    noun="EC2 Default Security Group",
    handler=DefaultSecurityGroup(),
    props={
        **_COMMON_GROUP,
        # Unlike an ordinary group's, these are managed even when the program gives none: none means empty.
        "ingress": Prop("object_set", fields=_INLINE),
        "egress": Prop("object_set", fields=_INLINE),
        "name": Prop(output=True),
        "namePrefix": Prop(output=True),
        "description": Prop(output=True),
    },
)
