"""Standalone rules of security groups."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dbstack.sandbox.aws.ec2_common import describe_one, ignore_gone, update_tags, with_tags
from dbstack.sandbox.aws.model import (
    REGION,
    TAGS,
    Context,
    Handler,
    Prop,
    Props,
    ResourceType,
    rule_faults,
    tag_map,
)
from dbstack.sandbox.wire import mapping
from dbstack.spec import access

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
