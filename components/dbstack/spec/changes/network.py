"""What a change does to security groups and their rules, and to DNS names."""

from ipaddress import ip_network
from typing import Any, cast

from dbstack.spec.changes.model import (
    KEPT,
    NOT_SENT,
    PREFIX,
    REGION,
    TAGS,
    UNKNOWN_VALUE,
    Properties,
    Rule,
    Test,
    TypeRules,
    When,
    downtime,
    online,
    replaces,
)

GUIDE = "https://docs.aws.amazon.com/vpc/latest/userguide/"
GROUPS = GUIDE + "vpc-security-groups.html"
RULES = GUIDE + "security-group-rules.html"
_MOVED = "AWS refuses to delete the old group while a database is in it: the database is moved to the new one first"
_CLOSED = "who is no longer let in can't connect; what is connected may stay so"

_WIDER = "it lets in what it let in before"
_CUT_OFF = downtime("whom it let in before can't connect any more; what is connected may stay so", When.NOW)


def _wider_block(old: Any, new: Any, _properties: Properties) -> bool | None:
    try:
        before, after = ip_network(old), ip_network(new)
    except ValueError:
        return None if new == UNKNOWN_VALUE else False
    return before.version == after.version and before.subnet_of(after)  # pyright: ignore[reportArgumentType]


def _every_protocol(_old: Any, new: Any, _properties: Properties) -> bool | None:
    return None if new == UNKNOWN_VALUE else str(new) == "-1"


def _lower(old: Any, new: Any, properties: Properties) -> bool | None:
    if _every_protocol(None, properties.get("ipProtocol"), properties):
        return True
    return new <= old if isinstance(old, int | float) and isinstance(new, int | float) else None


def _higher(old: Any, new: Any, properties: Properties) -> bool | None:
    if _every_protocol(None, properties.get("ipProtocol"), properties):
        return True
    return new >= old if isinstance(old, int | float) and isinstance(new, int | float) else None


def _none_gone(old: Any, new: Any, _properties: Properties) -> bool | None:
    if not isinstance(new, list):
        return None if new == UNKNOWN_VALUE else not old
    return all(one in new for one in cast(list[object], old or []))


def _let_in(test: Test) -> tuple[Rule, ...]:
    return online(condition=_WIDER, test=test), _CUT_OFF


_EGRESS: dict[str, tuple[Rule, ...]] = {
    "cidrIpv4": (online(_CLOSED),),
    "cidrIpv6": (online(_CLOSED),),
    "description": (online(),),
    "fromPort": (online(_CLOSED),),
    "ipProtocol": (online(_CLOSED),),
    "prefixListId": (online(_CLOSED),),
    "referencedSecurityGroupId": (online(_CLOSED),),
    "region": (REGION,),
    "securityGroupId": (replaces(_CLOSED),),
    "tags": (TAGS,),
    "tagsAll": (TAGS,),
    "toPort": (online(_CLOSED),),
}
_INGRESS: dict[str, tuple[Rule, ...]] = {
    **_EGRESS,
    "cidrIpv4": _let_in(_wider_block),
    "cidrIpv6": _let_in(_wider_block),
    "fromPort": _let_in(_lower),
    "ipProtocol": _let_in(_every_protocol),
    "prefixListId": (_CUT_OFF,),
    "referencedSecurityGroupId": (_CUT_OFF,),
    "toPort": _let_in(_higher),
}
SECURITY_GROUP = TypeRules(
    "aws:ec2/securityGroup:SecurityGroup",
    stateful=False,
    source=GROUPS,
    rules={
        "description": (replaces(_MOVED),),
        "egress": (KEPT, online(_CLOSED)),
        "ingress": (KEPT, *_let_in(_none_gone)),
        "name": (KEPT, replaces(_MOVED)),
        "namePrefix": (KEPT, PREFIX),
        "region": (REGION,),
        "revokeRulesOnDelete": (NOT_SENT,),
        "tags": (TAGS,),
        "tagsAll": (TAGS,),
        "vpcId": (KEPT, replaces(_MOVED)),
    },
)
_NEW_NAME = replaces("clients of the old name must follow")
_ROUTING = online("clients follow once the old answer's time is over")
RECORD = TypeRules(
    "aws:route53/record:Record",
    stateful=False,
    source="https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-editing.html",
    rules={
        "allowOverwrite": (NOT_SENT,),
        "name": (_NEW_NAME,),
        "type": (online("the provider takes the old record away and makes the new one in one change"),),
        "zoneId": (_NEW_NAME,),
        **dict.fromkeys(
            (
                "aliases",
                "cidrRoutingPolicy",
                "failoverRoutingPolicies",
                "geolocationRoutingPolicies",
                "geoproximityRoutingPolicy",
                "healthCheckId",
                "latencyRoutingPolicies",
                "multivalueAnswerRoutingPolicy",
                "records",
                "setIdentifier",
                "ttl",
                "weightedRoutingPolicies",
            ),
            (_ROUTING,),
        ),
    },
)
TYPES = (
    SECURITY_GROUP,
    RECORD,
    *(
        TypeRules(f"aws:vpc/{name[0].lower()}{name[1:]}:{name}", stateful=False, source=RULES, rules=rules)
        for name, rules in (("SecurityGroupIngressRule", _INGRESS), ("SecurityGroupEgressRule", _EGRESS))
    ),
)
