"""`DatabaseSecurityGroup`: who may connect, one rule resource per source."""

from typing import Any

import pulumi
import pulumi_aws as aws

from dbstack.aws.deletion import needed_options
from dbstack.common.children import Children, Transforms, names_for, register_declared
from dbstack.spec.model import AccessSpec, GroupSpec
from dbstack.spec.plan import plan_security_group
from dbstack.spec.types import AccessArgs, DatabaseSecurityGroupArgs, Egress, PlacementArgs

ROLES = ("security_group", "ingress_rule", "egress_rule")


class DatabaseSecurityGroup(pulumi.ComponentResource):
    """A security group that lets the named sources in at the database's port, and nobody else.

    Rules are standalone resources: inline rules and rules made elsewhere would undo each other
    (https://www.pulumi.com/registry/packages/aws/api-docs/ec2/securitygroup/).

    Raises SpecError before anything is created: a block that is none, one open to the world, a source twice.
    """

    security_group_id: pulumi.Output[str]
    """Id of the group."""

    def __init__(
        self,
        name: str,
        args: DatabaseSecurityGroupArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transform: Transforms | None = None,
    ) -> None:
        spec, access = plan_security_group(args, names_for(name))
        super().__init__("dbstack:index:DatabaseSecurityGroup", name, {}, opts)
        group = make_security_group(
            name,
            spec,
            access,
            Children(self, transform, ROLES),
            vpc_id=args["vpc_id"],
            port=int(args["port"]),
            application=args.get("application_security_group_id"),
            given=args.get("access", {}),
        )
        self.security_group_id = group.id
        register_declared(self)


def make_security_group(
    name: str,
    spec: GroupSpec,
    access: AccessSpec,
    children: Children,
    *,
    vpc_id: pulumi.Input[str],
    port: int,
    application: pulumi.Input[str] | None,
    given: AccessArgs,
    region: str | None = None,
    retain: bool = False,
) -> "aws.ec2.SecurityGroup":
    """The group and its rules as children of the component that `children` makes for; `region` as elsewhere.

    With `retain` the group stays when it leaves the program, with the rules that it has then.
    """
    group = children.make(
        "security_group",
        aws.ec2.SecurityGroup,
        name,
        {
            "vpc_id": vpc_id,
            # Fixed text: a changed description would replace the group.
            "description": "Access to the database",
            "region": region,
            "tags": dict(spec.tags),
        },
        needed_options(retain),
    )
    for key, source in sources(access, application, given):
        children.make(
            "ingress_rule",
            aws.vpc.SecurityGroupIngressRule,
            f"{name}-from-{key}",
            {
                "security_group_id": group.id,
                "ip_protocol": "tcp",
                "from_port": port,
                "to_port": port,
                "region": region,
                "tags": {**spec.tags, "Name": f"{spec.name}-from-{key}"},
                **source,
            },
            needed_options(retain, group),
        )
    if access.egress is Egress.ALL:
        children.make(
            "egress_rule",
            aws.vpc.SecurityGroupEgressRule,
            f"{name}-egress",
            {
                "security_group_id": group.id,
                "ip_protocol": "-1",
                "cidr_ipv4": "0.0.0.0/0",
                "description": "All outgoing traffic",
                "region": region,
                "tags": {**spec.tags, "Name": f"{spec.name}-egress"},
            },
            needed_options(retain, group),
        )
    return group


def let_in(
    name: str,
    spec: GroupSpec,
    planned: AccessSpec,
    children: Children,
    *,
    access: AccessArgs,
    network: PlacementArgs,
    port: int,
    retain: bool,
    region: str | None = None,
) -> list[pulumi.Input[str]]:
    """Ids of a database's security groups: the adopted ones, else one that is made."""
    if planned.adopted:
        return list(access.get("security_group_ids", []))
    group = make_security_group(
        name,
        spec,
        planned,
        children,
        vpc_id=network["vpc_id"],
        port=port,
        application=network.get("application_security_group_id"),
        given=access,
        region=region,
        retain=retain,
    )
    return [group.id]


def sources(
    access: AccessSpec, application: pulumi.Input[str] | None, given: AccessArgs
) -> list[tuple[str, dict[str, Any]]]:
    """(key, rule properties) per source. The key names the source, so that taking one away leaves the others alone."""
    found: list[tuple[str, dict[str, Any]]] = []
    if access.from_application and application is not None:
        found.append(
            (
                "application",
                {"referenced_security_group_id": application, "description": "From the application group"},
            )
        )
    for index, group in enumerate(given.get("from_security_groups", [])):
        # An output has no value yet to be named by; its place in the list must do.
        key = group if isinstance(group, str) else f"group-{index}"
        found.append((key, {"referenced_security_group_id": group, "description": "From a security group"}))
    for index, listed in enumerate(given.get("from_prefix_lists", [])):
        key = listed if isinstance(listed, str) else f"prefix-list-{index}"
        found.append((key, {"prefix_list_id": listed, "description": "From a prefix list"}))
    for cidr in access.from_cidrs:
        family = "cidr_ipv6" if ":" in cidr else "cidr_ipv4"
        key = cidr.replace("/", "-").replace(".", "-").replace(":", "-")
        found.append((key, {family: cidr, "description": f"From {cidr}"}))
    return found
