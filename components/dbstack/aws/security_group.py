"""`DatabaseSecurityGroup`: who may connect, one rule resource per source."""

from typing import Any

import pulumi
import pulumi_aws as aws

from dbstack.aws.children import Children, Transforms, names_for, register_declared
from dbstack.spec.plan import plan_security_group
from dbstack.spec.types import DatabaseSecurityGroupArgs, Egress

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
        children = Children(self, transform, ROLES)
        group = children.make(
            "security_group",
            aws.ec2.SecurityGroup,
            name,
            {
                "vpc_id": args["vpc_id"],
                # Fixed text: a changed description would replace the group.
                "description": "Access to the database",
                "tags": dict(spec.tags),
            },
        )
        port = int(args["port"])
        for key, source in _sources(args, access.from_application, access.from_cidrs):
            children.make(
                "ingress_rule",
                aws.vpc.SecurityGroupIngressRule,
                f"{name}-from-{key}",
                {
                    "security_group_id": group.id,
                    "ip_protocol": "tcp",
                    "from_port": port,
                    "to_port": port,
                    "tags": {**spec.tags, "Name": f"{spec.name}-from-{key}"},
                    **source,
                },
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
                    "tags": {**spec.tags, "Name": f"{spec.name}-egress"},
                },
            )
        self.security_group_id = group.id
        register_declared(self)


def _sources(
    args: DatabaseSecurityGroupArgs, from_application: bool, from_cidrs: tuple[str, ...]
) -> list[tuple[str, dict[str, Any]]]:
    """(key, rule properties) per source. The key names the source, so that taking one away leaves the others alone."""
    found: list[tuple[str, dict[str, Any]]] = []
    application = args.get("application_security_group_id")
    if from_application and application is not None:
        found.append(
            (
                "application",
                {"referenced_security_group_id": application, "description": "From the application group"},
            )
        )
    for index, group in enumerate(args.get("access", {}).get("from_security_groups", [])):
        # An output has no value yet to be named by; its place in the list must do.
        key = group if isinstance(group, str) else f"group-{index}"
        found.append((key, {"referenced_security_group_id": group, "description": "From a security group"}))
    for cidr in from_cidrs:
        family = "cidr_ipv6" if ":" in cidr else "cidr_ipv4"
        key = cidr.replace("/", "-").replace(".", "-").replace(":", "-")
        found.append((key, {family: cidr, "description": f"From {cidr}"}))
    return found
