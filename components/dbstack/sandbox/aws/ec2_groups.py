"""Security groups and their standalone rules."""

from collections.abc import Sequence
from dataclasses import dataclass
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
from dbstack.sandbox.wire import listed, mapping
from dbstack.spec import access, names

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
            "ingress": _inline_rules(resource_id, group.get("IpPermissions", [])),
            "egress": _inline_rules(resource_id, group.get("IpPermissionsEgress", [])),
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


_RULE_SOURCES = {
    "cidrIpv4": ("IpRanges", "CidrIp", "CidrIpv4"),
    "cidrIpv6": ("Ipv6Ranges", "CidrIpv6", "CidrIpv6"),
    "prefixListId": ("PrefixListIds", "PrefixListId", "PrefixListId"),
    "referencedSecurityGroupId": ("UserIdGroupPairs", "GroupId", "ReferencedGroupId"),
}
_PROTOCOL_NUMBERS = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6", "all": "-1"}


def protocol(value: object) -> str:
    """EC2's own word for a protocol: names in lower case, numbers of the common ones as names."""
    text = str(value).lower()
    return _PROTOCOL_NUMBERS.get(text, text)


@dataclass(frozen=True)
class SecurityGroupRule(Handler):
    """One grant in one direction."""

    direction: str

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        client = ctx.client("ec2")
        name = next(name for name in _RULE_SOURCES if props.get(name))
        member, key, _ = _RULE_SOURCES[name]
        item = {
            key: props[name],
            **({"Description": props["description"]} if props.get("description") else {}),
        }
        permission = {"IpProtocol": protocol(props["ipProtocol"]), member: [item]}
        if props.get("fromPort") is not None and permission["IpProtocol"] != "-1":
            permission |= {"FromPort": props["fromPort"], "ToPort": props.get("toPort", props["fromPort"])}
        members = {"GroupId": props["securityGroupId"], "IpPermissions": [permission]}
        call = getattr(client, f"authorize_security_group_{self.direction}")
        made = call(**with_tags(members, "security-group-rule", props))
        rule_id = made["SecurityGroupRules"][0]["SecurityGroupRuleId"]
        ctx.made(rule_id)
        return rule_id

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        call = ctx.client("ec2").describe_security_group_rules
        rule = describe_one(call, "SecurityGroupRules", SecurityGroupRuleIds=[resource_id])
        if rule is None or rule.get("IsEgress", False) != (self.direction == "egress"):
            return None
        return self._state(ctx, rule)

    def _state(self, ctx: Context, rule: dict[str, Any]) -> Props:
        owner = rule.get("GroupOwnerId") or ctx.account_id
        rule_id = rule["SecurityGroupRuleId"]
        every_port = rule["IpProtocol"] == "-1"
        referenced = mapping(rule.get("ReferencedGroupInfo")) or {}
        return {
            "arn": f"arn:{ctx.partition}:ec2:{ctx.region}:{owner}:security-group-rule/{rule_id}",
            "securityGroupRuleId": rule_id,
            "securityGroupId": rule["GroupId"],
            "ipProtocol": rule["IpProtocol"],
            "fromPort": None if every_port else rule.get("FromPort"),
            "toPort": None if every_port else rule.get("ToPort"),
            "cidrIpv4": rule.get("CidrIpv4"),
            "cidrIpv6": rule.get("CidrIpv6"),
            "prefixListId": rule.get("PrefixListId"),
            "referencedSecurityGroupId": referenced.get("GroupId"),
            "description": rule.get("Description"),
            "tagsAll": tag_map(rule.get("Tags")),
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
        if set(changed) - {"tags", "tagsAll"}:
            rule: dict[str, Any] = {"IpProtocol": protocol(new["ipProtocol"])}
            for name, (_, _, member) in _RULE_SOURCES.items():
                if new.get(name):
                    rule[member] = new[name]
            rule["FromPort"] = new.get("fromPort", -1)
            rule["ToPort"] = new.get("toPort", -1)
            rule["Description"] = new.get("description") or ""
            client.modify_security_group_rules(
                GroupId=new["securityGroupId"],
                SecurityGroupRules=[{"SecurityGroupRuleId": resource_id, "SecurityGroupRule": rule}],
            )
        update_tags(client, resource_id, old, new)

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        call = getattr(ctx.client("ec2"), f"revoke_security_group_{self.direction}")
        ignore_gone(call, GroupId=state["securityGroupId"], SecurityGroupRuleIds=[resource_id])

    def check(
        self, ctx: Context, kind: ResourceType, props: Props, unknown: frozenset[str]
    ) -> list[tuple[str, str]]:
        sources = [name for name in _RULE_SOURCES if props.get(name)]
        if len(sources) > 1:
            return [(sources[1], f"a rule has one source or destination, here are {' and '.join(sources)}")]
        every_port = "ipProtocol" in props and protocol(props["ipProtocol"]) == "-1"
        if every_port and any(props.get(name) not in (None, -1) for name in ("fromPort", "toPort")):
            return [
                ("fromPort", "a rule for every protocol (-1) has no ports: leave fromPort and toPort out")
            ]
        faults = rule_faults(props, {"cidrIpv4": access.cidr_fault, "cidrIpv6": access.cidr_fault})
        start, end = props.get("fromPort"), props.get("toPort")
        ranged = protocol(props.get("ipProtocol")) in ("tcp", "udp") and None not in (start, end)
        if ranged and start > end:  # pyright: ignore[reportOptionalOperand]
            faults.append(("toPort", f"is {end}, below fromPort {start}"))
        return faults

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        wanted = [{"Name": "group-id", "Values": [props["securityGroupId"]]}]
        rules = ctx.client("ec2").describe_security_group_rules(Filters=wanted)["SecurityGroupRules"]
        every_port = protocol(props["ipProtocol"]) == "-1"
        expected = {
            **{name: props.get(name) for name in _RULE_SOURCES},
            "ipProtocol": protocol(props["ipProtocol"]),
            "fromPort": None if every_port else props.get("fromPort"),
            "toPort": None if every_port else props.get("toPort"),
        }
        for rule in rules:
            state = self._state(ctx, rule)
            same_direction = rule.get("IsEgress", False) == (self.direction == "egress")
            if same_direction and all(state[name] == value for name, value in expected.items()):
                return rule["SecurityGroupRuleId"]
        return None


def _same_protocol(old: object, new: object, _state: Props) -> bool:
    return protocol(old) == protocol(new)


_COMMON_GROUP: dict[str, Prop] = {
    "ingress": Prop("object_set", computed=True, fields=_INLINE),
    "egress": Prop("object_set", computed=True, fields=_INLINE),
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

_RULE_PROPS: dict[str, Prop] = {
    "securityGroupId": Prop(required=True, replaces=True),
    "ipProtocol": Prop(required=True, same=_same_protocol),
    "fromPort": Prop("int"),
    "toPort": Prop("int"),
    **{name: Prop() for name in _RULE_SOURCES},
    "description": Prop(),
    **TAGS,
    **REGION,
    "arn": Prop(output=True),
    "securityGroupRuleId": Prop(output=True),
}

INGRESS_RULE = ResourceType(
    token="aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    service="ec2",
    noun="VPC Security Group Ingress Rule",
    handler=SecurityGroupRule("ingress"),
    props=_RULE_PROPS,
)
EGRESS_RULE = ResourceType(
    token="aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
    service="ec2",
    noun="VPC Security Group Egress Rule",
    handler=SecurityGroupRule("egress"),
    props=_RULE_PROPS,
)
