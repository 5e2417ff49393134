"""Rules of networks: address blocks, ports, zones, regions and the forms of AWS ids. Each returns a fault or None.

Sources: field texts of the EC2 and RDS API models (botocore 1.44.5); VPC user guide, "VPC CIDR blocks".
"""

import ipaddress
import re
from collections.abc import Sequence

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# [RDS CreateDBInstance.Port]
PORT_LEAST, PORT_MOST = 1150, 65535
# A DB subnet group covers at least two zones; six is the most that a region has.
ZONES_LEAST, ZONES_MOST = 2, 6
# Prefix lengths of a VPC that dbstack makes: AWS takes /16 to /28, eight subnets of AWS's least /28 need /24 or wider
# once eight are cut (so that a new zone moves no subnet).
VPC_PREFIX_LEAST, VPC_PREFIX_MOST = 16, 24
_SUBNET_BITS = 3
# The widest private block is 10.0.0.0/8; anything wider takes in the internet. fc00::/7 is IPv6's.
_WIDEST = {4: 8, 6: 7}

_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-[1-9]\d?", re.ASCII)
_ZONE = re.compile(r"([a-z]{2}(?:-[a-z]+)+-[1-9]\d?)([a-z]|-[a-z]{3}-\d+[a-z])", re.ASCII)
_ID_DIGITS = r"-(?:[0-9a-f]{8}|[0-9a-f]{17})"
_KEY_ARN = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]+", re.ASCII)
_SECRET_ARN = re.compile(r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@!-]+", re.ASCII)
_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+", re.ASCII)


def port_fault(port: int) -> str | None:
    """TCP port that RDS lets a database listen on."""
    if PORT_LEAST <= port <= PORT_MOST:
        return None
    return f"{port} is not a port that RDS allows: use {PORT_LEAST} to {PORT_MOST}"


def cidr_fault(text: str) -> str | None:
    """An IPv4 or IPv6 block whose host bits are zero."""
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return _no_cidr(text)
    if "/" not in text:
        return f"{text!r} is a single address: write '{ipaddress.ip_network(text)}'"
    return None


def source_cidr_fault(text: str) -> str | None:
    """A block that may be let in: a block, and not the whole world, whatever the port."""
    if fault := cidr_fault(text):
        return fault
    network = ipaddress.ip_network(text)
    if network.prefixlen < _WIDEST[network.version]:
        return (
            f"{text!r} opens the database to the internet: name the networks that need it "
            f"(/{_WIDEST[network.version]} or narrower), or let a security group in"
        )
    return None


def vpc_cidr_fault(text: str) -> str | None:
    """The block of a VPC that dbstack makes."""
    if "/" not in text:
        return f"{text!r} is not an address block: write e.g. 10.20.0.0/16"
    if fault := cidr_fault(text):
        return fault
    network = ipaddress.ip_network(text)
    if network.version != 4:
        return f"{text!r} is an IPv6 block: a VPC needs an IPv4 one, e.g. 10.20.0.0/16"
    if not VPC_PREFIX_LEAST <= network.prefixlen <= VPC_PREFIX_MOST:
        return f"{text!r}: a VPC's block is /{VPC_PREFIX_LEAST} to /{VPC_PREFIX_MOST}, e.g. 10.20.0.0/16"
    if (
        network.is_loopback
        or network.is_link_local
        or network.is_multicast
        or network.network_address.packed[0] == 0
    ):
        return f"{text!r} is an address range that AWS keeps for itself: use a private one, e.g. 10.20.0.0/16"
    return None


def subnet_cidrs(vpc_cidr: str, count: int) -> tuple[str, ...]:
    """The blocks of the first `count` (<= 6) subnets of a valid VPC block; more of them never move the earlier ones."""
    blocks = ipaddress.IPv4Network(vpc_cidr).subnets(prefixlen_diff=_SUBNET_BITS)
    return tuple(str(block) for _, block in zip(range(count), blocks, strict=False))


def region_fault(text: str) -> str | None:
    """Form of a region's name; whether AWS has it, only AWS knows."""
    if _REGION.fullmatch(text):
        return None
    return f"{text!r} is not an AWS region: write e.g. us-east-1"


def zone_fault(text: str) -> str | None:
    """Form of an availability zone's name."""
    if _ZONE.fullmatch(text):
        return None
    if _REGION.fullmatch(text):
        return f"{text!r} is a region: a zone has a letter after it, e.g. {text}a"
    return f"{text!r} is not an availability zone: write e.g. us-east-1a"


def zone_region(zone: str) -> str | None:
    """The region of a zone; None if it isn't one."""
    match = _ZONE.fullmatch(zone)
    return match[1] if match else None


def zone_count_fault(count: int) -> str | None:
    """Number of zones of a network."""
    if ZONES_LEAST <= count <= ZONES_MOST:
        return None
    reason = "RDS needs subnets in two zones at least" if count < ZONES_LEAST else "no region has more"
    return f"{count} can't be the number of zones: {reason}, use {ZONES_LEAST} to {ZONES_MOST}"


def distinct_zones_fault(zones: Sequence[str]) -> str | None:
    """The zones of a network: two at least, none twice, all of one region."""
    shown = ", ".join(zones) or "none"
    if len(set(zones)) < len(zones):
        return f"{shown}: a zone stands there twice, name different ones"
    if len(zones) < ZONES_LEAST:
        return f"{shown}: RDS needs subnets in two zones at least, name another"
    if len(zones) > ZONES_MOST:
        return f"{shown}: use {ZONES_MOST} zones at most"
    if len({zone_region(zone) for zone in zones}) > 1:
        return f"{shown}: a network lies in one region, name zones of one"
    return None


def vpc_id_fault(text: str) -> str | None:
    """Form of a VPC's id."""
    return _id_fault(text, "vpc", "a VPC's id")


def subnet_id_fault(text: str) -> str | None:
    """Form of a subnet's id."""
    return _id_fault(text, "subnet", "a subnet's id")


def security_group_id_fault(text: str) -> str | None:
    """Form of a security group's id."""
    return _id_fault(text, "sg", "a security group's id")


def prefix_list_id_fault(text: str) -> str | None:
    """Form of a prefix list's id."""
    return _id_fault(text, "pl", "a prefix list's id")


def key_arn_fault(text: str) -> str | None:
    """ARN of a KMS key: RDS stores the key's ARN, so that an alias would differ for ever."""
    if _KEY_ARN.fullmatch(text):
        return None
    if ":alias/" in text or text.startswith("alias/"):
        return (
            f"{text!r} is an alias: give the ARN of the key itself, arn:aws:kms:<region>:<account>:key/<id>"
        )
    return f"{text!r} is not a KMS key's ARN: write arn:aws:kms:<region>:<account>:key/<id>"


def secret_arn_fault(text: str) -> str | None:
    """ARN of a Secrets Manager secret: a policy names it."""
    if _SECRET_ARN.fullmatch(text):
        return None
    return f"{text!r} is not a secret's ARN: write arn:aws:secretsmanager:<region>:<account>:secret:<name>-<suffix>"


def key_region_fault(key: object, region: object) -> str | None:
    """A key's ARN, where it is known and one, must be of the region, where that is one."""
    if not isinstance(key, str) or not isinstance(region, str) or key_arn_fault(key) or region_fault(region):
        return None
    if key.split(":")[3] == region:
        return None
    return f"{key!r} is not in {region}: a KMS key works in its own region only"


def role_arn_fault(text: str) -> str | None:
    """ARN of an IAM role."""
    if _ROLE_ARN.fullmatch(text):
        return None
    return f"{text!r} is not an IAM role's ARN: write arn:aws:iam::<account>:role/<name>"


def _id_fault(text: str, prefix: str, what: str) -> str | None:
    if re.fullmatch(prefix + _ID_DIGITS, text, re.ASCII):
        return None
    return f"{text!r} is not {what}: it reads {prefix}- and 8 or 17 digits of 0-9 a-f"


def _no_cidr(text: str) -> str:
    try:
        meant = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return f"{text!r} is not an address block: write e.g. 10.1.0.0/16"
    return f"{text!r} has bits set after its /{meant.prefixlen}: did you mean '{meant}'?"
