"""The network round a database: placement, access, subnet and security groups."""

from collections.abc import Sequence
from typing import NotRequired, TypedDict

import pulumi

from dbstack.spec.types.choices import Egress, Traffic
from dbstack.spec.types.controls import ControlsArgs


class AccessArgs(TypedDict):
    """Who may connect: each source becomes a rule resource of its own, at the database's port."""

    from_application: NotRequired[bool]
    """Let the network's application security group in. Default true where the network has one. Change: online, open connections stay."""
    from_security_groups: NotRequired[list[pulumi.Input[str]]]
    """Ids of further security groups to let in. Default none."""
    from_cidrs: NotRequired[list[str]]
    """IPv4 or IPv6 blocks to let in, e.g. `10.1.0.0/16`. Default none. 0.0.0.0/0 and ::/0 are refused."""
    from_prefix_lists: NotRequired[list[pulumi.Input[str]]]
    """Ids of managed prefix lists to let in, e.g. `pl-0123456789abcdef0`: each counts with its greatest number of entries towards the group's limit of rules. Default none. See https://docs.aws.amazon.com/vpc/latest/userguide/managed-prefix-lists.html"""
    security_group_ids: NotRequired[list[pulumi.Input[str]]]
    """Ids of existing security groups to put the database in, instead of one that dbstack makes: your groups say who may connect, and the other fields here are refused. Default: dbstack makes one. Change: online."""
    egress: NotRequired[Egress]
    """Outgoing traffic: all or none. Default all, as AWS has it for a new group."""


class DnsArgs(TypedDict):
    """A name of one's own for a database: a CNAME in a hosted zone of Route 53 that points at RDS's host name.

    See https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-choosing-alias-non-alias.html
    """

    zone_id: pulumi.Input[str]
    """Id of the hosted zone, private or public. Change: REPLACES the record: the name is gone from the old zone."""
    name: str
    """Full name in that zone, e.g. `orders.db.example.internal`. Change: REPLACES the record: clients of the old name must follow."""
    ttl_seconds: NotRequired[int]
    """How long clients may keep what the name points at. Default 60. Change: online."""


class PlacementArgs(TypedDict):
    """Where in the network a database stands."""

    vpc_id: pulumi.Input[str]
    """The VPC of the subnets."""
    subnet_ids: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]]]
    """At least two private subnets in different zones, of which dbstack makes a DB subnet group. Either this or `subnet_group_name` is required. Change: online."""
    subnet_group_name: NotRequired[pulumi.Input[str]]
    """Name of an existing DB subnet group, instead of `subnet_ids`. Change: moves the instance, downtime; RDS refuses it within one VPC."""
    application_security_group_id: NotRequired[pulumi.Input[str]]
    """The group that applications are members of, let in by `access.from_application`."""


class FlowLogArgs(TypedDict):
    """Records of a VPC's traffic in CloudWatch (control EC2.6).

    See https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-cwl.html
    """

    enabled: NotRequired[bool]
    """Default true."""
    traffic: NotRequired[Traffic]
    """all, accept or reject. Default all."""
    aggregation_seconds: NotRequired[int]
    """How long a record covers: 60 or 600. Default 600."""
    log_retention_days: NotRequired[int]
    """Days that records are kept, one of CloudWatch's choices (365, 400, 545, ...). Default 365."""
    log_kms_key_id: NotRequired[pulumi.Input[str]]
    """ARN of the KMS key that encrypts the records; its policy must let CloudWatch Logs use it. Default: CloudWatch's own encryption."""


class NewNetworkSettings(TypedDict):
    """A network that dbstack makes: a VPC with private subnets only."""

    vpc_cidr: str
    """IPv4 block of the VPC, /16 to /24. Change: REPLACES the VPC, which AWS refuses while databases are in it: refused in preview while `deletion_protection` holds; otherwise destroy the stack first."""
    availability_zones: NotRequired[int]
    """Number of zones, 2 to 6, one private subnet in each. Default 2. Change: more zones add subnets; fewer fail while in use."""
    availability_zone_names: NotRequired[list[str]]
    """The zones themselves, e.g. `[us-east-1a, us-east-1c]`; needed where the region isn't in config or your account lacks a zone. Default: the region's first ones. They are not looked up, so that a new zone never moves a subnet."""

    flow_logs: NotRequired[FlowLogArgs]
    """Records of the VPC's traffic. Default: of all traffic, kept a year."""
    endpoints: NotRequired[list[str]]
    """AWS services that the VPC reaches without a way to the internet, by the last part of their endpoint's name, e.g. `[secretsmanager, logs, kms]`; each costs by the hour and zone, but `s3` and `dynamodb`, which are routes. Default none."""


class DatabaseNetworkArgs(NewNetworkSettings):
    """Arguments of `DatabaseNetwork`."""

    deletion_protection: NotRequired[bool]
    """Pulumi's protect on the VPC, so that a changed `vpc_cidr`, which would replace it under its databases, is refused in preview. Default false; a stack config sets it while one of its databases is protected."""
    retain: NotRequired[bool]
    """Whether the network stays in AWS when it leaves the program; a part of it that leaves alone goes. Default false; a stack config sets it while one of its databases has `on_delete: retain`, which needs its network."""
    controls: NotRequired[ControlsArgs]
    """Security controls that are left off on purpose. Default: each that is off is named in the preview."""
    environment: NotRequired[str]
    """Value of the Environment tag. Default: the stack's name."""
    tags: NotRequired[dict[str, str]]
    """Further tags."""


class DatabaseSubnetGroupArgs(TypedDict):
    """Arguments of `DatabaseSubnetGroup`."""

    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    """At least two subnets in different zones. Change: online."""
    group_name: NotRequired[str]
    """Name of the DB subnet group. Default `{project}-{stack}-{name}`. Change: replaces the group, and RDS refuses to move an instance to another group of its VPC."""
    environment: NotRequired[str]
    """Value of the Environment tag. Default: the stack's name."""
    tags: NotRequired[dict[str, str]]
    """Further tags."""


class DatabaseSecurityGroupArgs(TypedDict):
    """Arguments of `DatabaseSecurityGroup`."""

    vpc_id: pulumi.Input[str]
    """Change: replaces the group."""
    port: int
    """TCP port of the database. Change: the rules are updated in place."""
    access: NotRequired[AccessArgs]
    """Who may connect."""
    application_security_group_id: NotRequired[pulumi.Input[str]]
    """The group let in by `access.from_application`."""
    environment: NotRequired[str]
    """Value of the Environment tag. Default: the stack's name."""
    tags: NotRequired[dict[str, str]]
    """Further tags."""
