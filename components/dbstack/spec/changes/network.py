"""What a change does to security groups and their rules, and to DNS names."""

from dbstack.spec.changes.model import KEPT, NOT_SENT, PREFIX, REGION, TAGS, Rule, TypeRules, online, replaces

GUIDE = "https://docs.aws.amazon.com/vpc/latest/userguide/"
GROUPS = GUIDE + "vpc-security-groups.html"
RULES = GUIDE + "security-group-rules.html"
_MOVED = "AWS refuses to delete the old group while a database is in it: the database is moved to the new one first"
_CLOSED = "who is no longer let in can't connect; what is connected may stay so"

SECURITY_GROUP = TypeRules(
    "aws:ec2/securityGroup:SecurityGroup",
    stateful=False,
    source=GROUPS,
    rules={
        "description": (replaces(_MOVED),),
        "egress": (KEPT, online(_CLOSED)),
        "ingress": (KEPT, online(_CLOSED)),
        "name": (KEPT, replaces(_MOVED)),
        "namePrefix": (KEPT, PREFIX),
        "region": (REGION,),
        "revokeRulesOnDelete": (NOT_SENT,),
        "tags": (TAGS,),
        "tagsAll": (TAGS,),
        "vpcId": (KEPT, replaces(_MOVED)),
    },
)
_RULE: dict[str, tuple[Rule, ...]] = {
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
        TypeRules(f"aws:vpc/{name[0].lower()}{name[1:]}:{name}", stateful=False, source=RULES, rules=_RULE)
        for name in ("SecurityGroupIngressRule", "SecurityGroupEgressRule")
    ),
)
