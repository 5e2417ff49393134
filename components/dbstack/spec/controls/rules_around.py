"""The rules round a database: network, keys, secrets, alarms and logs. See `rules.py` for their form."""

import json
import re
from collections.abc import Mapping
from typing import Any, cast

from dbstack.spec.controls.model import Declared, World
from dbstack.spec.controls.rules import SUBNET_GROUP, items, known

VPC = "aws:ec2/vpc:Vpc"
SUBNET = "aws:ec2/subnet:Subnet"
DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
FLOW_LOG = "aws:ec2/flowLog:FlowLog"
ROUTE = "aws:ec2/route:Route"
ROUTE_TABLE = "aws:ec2/routeTable:RouteTable"
ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
WORLD = frozenset({"0.0.0.0/0", "::/0"})
# EC2.19's list, and the ports of databases and caches that it lacks.
RISKY_PORTS = frozenset(
    {
        20,
        21,
        22,
        23,
        25,
        110,
        135,
        143,
        445,
        1433,
        1434,
        3000,
        3306,
        3389,
        4333,
        5000,
        5432,
        5500,
        5601,
        8080,
        8088,
    }
    | {8888, 9200, 9300}
    | {1521, 6379, 8182, 11211, 27017, 50000}
)
_AUTHORIZED_PORTS = frozenset({80, 443})


def default_group_closed(resource: Declared, world: World) -> str | None:
    """EC2.2: the VPC's default security group is adopted, and has no rules."""
    if resource.token == VPC:
        return (
            None
            if world.users(resource, "vpcId", DEFAULT_GROUP)
            else "its default security group lets members in"
        )
    return "the VPC's default security group has rules" if resource["ingress"] or resource["egress"] else None


def flow_logs(resource: Declared, world: World) -> str | None:
    """EC2.6."""
    return None if world.users(resource, "vpcId", FLOW_LOG) else "no flow log records its traffic"


def open_ports(resource: Declared) -> list[tuple[int, int]]:
    """Port ranges that the whole world may reach."""
    if resource.token == RULE and resource["type"] != "ingress":
        return []
    entries: list[Mapping[str, Any]] = [resource.properties]
    if resource.token == GROUP:
        entries = items(resource["ingress"])
    return [_range(entry) for entry in entries if _world(entry)]


def _world(entry: Mapping[str, Any]) -> bool:
    blocks: list[Any] = [entry.get("cidrIpv4"), entry.get("cidrIpv6")]
    for name in ("cidrBlocks", "ipv6CidrBlocks"):
        blocks += items(entry.get(name))
    return any(isinstance(block, str) and block in WORLD for block in blocks)


def _range(entry: Mapping[str, Any]) -> tuple[int, int]:
    protocol = str(entry.get("ipProtocol", entry.get("protocol", "")))
    first, last = entry.get("fromPort"), entry.get("toPort")
    if protocol in ("-1", "all") or not isinstance(first, int | float) or not isinstance(last, int | float):
        return 0, 65535
    return int(first), int(last)


def open_on_risky_port(resource: Declared, world: World) -> str | None:
    """EC2.19."""
    for first, last in open_ports(resource):
        hit = sorted(port for port in RISKY_PORTS if first <= port <= last)
        if hit:
            return f"the whole world may reach port {hit[0]}{' and others' if len(hit) > 1 else ''}"
    return None


def open_on_any_port(resource: Declared, world: World) -> str | None:
    """EC2.18: but for 80 and 443."""
    for first, last in open_ports(resource):
        if first != last or first not in _AUTHORIZED_PORTS:
            shown = str(first) if first == last else f"{first} to {last}"
            return f"the whole world may reach port {shown}"
    return None


def private_subnets(resource: Declared, world: World) -> str | None:
    """RDS.46: no route from the instance's subnets to an internet gateway. Judged where the links are known."""
    if resource.links is None:
        return None
    for group in world.source(resource, "dbSubnetGroupName", SUBNET_GROUP):
        for subnet in world.source(group, "subnetIds", SUBNET):
            for association in world.users(subnet, "subnetId", ASSOCIATION):
                for table in world.source(association, "routeTableId", ROUTE_TABLE):
                    if _leads_out(table, world):
                        return f"its subnet {subnet.name} has a route to the internet"
    return None


def _leads_out(table: Declared, world: World) -> bool:
    routes = items(table["routes"])
    standalone = [route.properties for route in world.users(table, "routeTableId", ROUTE)]
    return any(_to_gateway(route) for route in [*routes, *standalone])


def _to_gateway(route: Mapping[str, Any]) -> bool:
    targets = [route.get(name) for name in ("cidrBlock", "ipv6CidrBlock", "destinationCidrBlock")]
    targets.append(route.get("destinationIpv6CidrBlock"))
    return route.get("gatewayId") is not None and any(target in WORLD for target in targets)


ROTATION = "aws:secretsmanager/secretRotation:SecretRotation"


def rotated(resource: Declared, world: World) -> str | None:
    """SecretsManager.1."""
    return None if world.users(resource, "secretId", ROTATION) else "nothing rotates it"


def rotated_in_time(resource: Declared, world: World) -> str | None:
    """SecretsManager.4, on the rotation."""
    rules = resource["rotationRules"]
    days = cast(Mapping[str, Any], rules).get("automaticallyAfterDays") if known(rules) else None
    return f"it is rotated only every {days} days" if isinstance(days, int | float) and days > 90 else None


def log_retention(resource: Declared, world: World) -> str | None:
    """CloudWatch.16; 0 and nothing are for ever."""
    days = resource["retentionInDays"]
    return f"logs are kept for {int(days)} days, less than 365" if known(days) and 0 < days < 365 else None


def has_action(resource: Declared, world: World) -> str | None:
    """CloudWatch.15."""
    return None if resource["alarmActions"] else "the alarm tells nobody"


def public_key_policy(resource: Declared, world: World) -> str | None:
    """KMS.5, and the same for secrets: a statement for everybody without a condition."""
    for statement in _statements(resource["policy"]):
        principal = statement.get("Principal")
        everybody = principal == "*" or (
            isinstance(principal, Mapping) and "*" in _listed(cast(Mapping[str, Any], principal).get("AWS"))
        )
        if statement.get("Effect") == "Allow" and everybody and not statement.get("Condition"):
            return "its policy lets everybody in"
    return None


def decrypts_everything(resource: Declared, world: World) -> str | None:
    """KMS.1 and KMS.2."""
    for statement in _statements(resource["policy"]):
        actions = {str(action).lower() for action in _listed(statement.get("Action"))}
        decrypts = actions & {"*", "kms:*", "kms:decrypt", "kms:reencryptfrom", "kms:reencrypt*"}
        everything = any(
            re.fullmatch(r"\*|arn:aws[a-z-]*:kms:.*:(key|alias)?/?\*", str(item))
            for item in _listed(statement.get("Resource"))
        )
        if statement.get("Effect") == "Allow" and decrypts and everything:
            return "it may decrypt with every key"
    return None


def _statements(policy: Any) -> list[Mapping[str, Any]]:
    if isinstance(policy, str):
        try:
            policy = json.loads(policy)
        except ValueError:
            return []
    if not isinstance(policy, Mapping):
        return []
    found = cast(Mapping[str, Any], policy).get("Statement")
    return [item for item in _listed(found) if isinstance(item, Mapping)]


def _listed(value: Any) -> list[Any]:
    return [] if value is None else list(cast(list[Any], value)) if isinstance(value, list) else [value]
