"""`DatabaseNetwork`: a VPC with private subnets, for stacks that bring none."""

import pulumi
import pulumi_aws as aws

from dbstack.aws.network_services import ENDPOINT_ROLES, FLOW_LOG_ROLES, make_endpoints, make_flow_logs
from dbstack.common.children import Children, Transforms, names_for, register_declared
from dbstack.region import configured_region
from dbstack.spec.plan import plan_network
from dbstack.spec.types import DatabaseNetworkArgs

ROLES = ("vpc", "default_security_group", "route_table", "subnet", "route_table_association")
APPLICATION_ROLES = ("application_security_group", "application_egress")
EVERY_ROLE = (*ROLES, *APPLICATION_ROLES, *FLOW_LOG_ROLES, *ENDPOINT_ROLES)


class DatabaseNetwork(pulumi.ComponentResource):
    """A VPC whose subnets are all private: no internet gateway, no NAT, nothing auto-assigns a public address.

    Makes the VPC, one subnet per zone, their route table (local routes only), an application security group whose
    members the databases let in, flow logs into CloudWatch, the endpoints of AWS's services that are asked for, and
    empties the VPC's default security group
    (https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html, EC2.2).

    Raises SpecError before anything is created: a block that is none or too small, fewer than two zones, a zone twice.
    """

    vpc_id: pulumi.Output[str]
    """Id of the VPC."""
    subnet_ids: pulumi.Output[list[str]]
    """Ids of the private subnets, in the order of the zones."""
    route_table_id: pulumi.Output[str]
    """Id of the subnets' route table, for peerings and endpoints."""
    application_security_group_id: pulumi.Output[str]
    """Id of the group that applications join to reach the databases."""

    def __init__(
        self,
        name: str,
        args: DatabaseNetworkArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transform: Transforms | None = None,
    ) -> None:
        names = names_for(name)
        spec = plan_network(args, names, configured_region())
        super().__init__("dbstack:index:DatabaseNetwork", name, {}, opts)
        children = Children(self, transform, EVERY_ROLE, args.get("controls"))

        def tags(role: str) -> dict[str, str]:
            suffix = f"-{role}" if role else ""
            return {**spec.tags, "Name": f"{names.physical}{suffix}"}

        vpc = children.make(
            "vpc",
            aws.ec2.Vpc,
            name,
            {
                "cidr_block": spec.vpc_cidr,
                "enable_dns_support": True,
                "enable_dns_hostnames": True,
                "tags": tags(""),
            },
            pulumi.ResourceOptions(
                protect=True if spec.protected else None, retain_on_delete=True if spec.retain else None
            ),
        )
        if spec.retain:
            children.stay_with(vpc)
        children.make(
            "default_security_group",
            aws.ec2.DefaultSecurityGroup,
            f"{name}-default",
            {"vpc_id": vpc.id, "tags": tags("default-unused")},
        )
        route_table = children.make(
            "route_table", aws.ec2.RouteTable, f"{name}-private", {"vpc_id": vpc.id, "tags": tags("private")}
        )
        subnets: list[aws.ec2.Subnet] = []
        for planned in spec.subnets:
            zone = planned.availability_zone
            subnet = children.make(
                "subnet",
                aws.ec2.Subnet,
                f"{name}-{zone}",
                {
                    "vpc_id": vpc.id,
                    "cidr_block": planned.cidr,
                    "availability_zone": zone,
                    "map_public_ip_on_launch": False,
                    "tags": tags(f"private-{zone}"),
                },
            )
            children.make(
                "route_table_association",
                aws.ec2.RouteTableAssociation,
                f"{name}-{zone}",
                {"route_table_id": route_table.id, "subnet_id": subnet.id},
            )
            subnets.append(subnet)
        application = children.make(
            "application_security_group",
            aws.ec2.SecurityGroup,
            f"{name}-application",
            {
                "vpc_id": vpc.id,
                "description": "Applications that may connect to the databases",
                "tags": tags("application"),
            },
        )
        children.make(
            "application_egress",
            aws.vpc.SecurityGroupEgressRule,
            f"{name}-application-egress",
            {
                "security_group_id": application.id,
                "ip_protocol": "-1",
                "cidr_ipv4": "0.0.0.0/0",
                "description": "All outgoing traffic",
                "tags": tags("application-egress"),
            },
        )
        if spec.flow_logs is not None:
            logged = args.get("flow_logs", {})
            make_flow_logs(name, names.physical, spec.flow_logs, logged, vpc, tags("flow-logs"), children)
        make_endpoints(name, spec, vpc, subnets, route_table, tags, children)
        self.vpc_id = vpc.id
        self.subnet_ids = pulumi.Output.all(*[subnet.id for subnet in subnets]).apply(list)
        self.route_table_id = route_table.id
        self.application_security_group_id = application.id
        register_declared(self)
