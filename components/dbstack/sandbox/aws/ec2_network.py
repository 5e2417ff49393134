"""VPCs, subnets, route tables and internet gateways."""

from collections.abc import Sequence
from typing import Any

from dbstack.sandbox.aws.ec2_common import describe_one, find_by_tags, ignore_gone, update_tags, with_tags
from dbstack.sandbox.aws.model import (
    REGION,
    TAGS,
    Context,
    Handler,
    Prop,
    Props,
    ResourceType,
    pascal,
    request,
    rule_faults,
    tag_map,
)
from dbstack.spec import access

_IPAM = "the sandbox has no IP address manager (IPAM): give the block itself"
_OUTPOST = "the sandbox has no Outposts"


class Vpc(Handler):
    """One call makes the VPC; its switches are set one by one, as EC2 wants it."""

    _switches = ("enableDnsSupport", "enableDnsHostnames", "enableNetworkAddressUsageMetrics")

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        client = ctx.client("ec2")
        members = request(kind, props, ["cidrBlock", "instanceTenancy"])
        if props.get("assignGeneratedIpv6CidrBlock"):
            members["AmazonProvidedIpv6CidrBlock"] = True
        vpc_id = client.create_vpc(**with_tags(members, "vpc", props))["Vpc"]["VpcId"]
        ctx.made(vpc_id)
        self._set(
            client, vpc_id, {name: props[name] for name in self._switches if props.get(name) is not None}
        )
        return vpc_id

    def _set(self, client: Any, vpc_id: str, switches: Props) -> None:
        for name, value in switches.items():
            client.modify_vpc_attribute(VpcId=vpc_id, **{pascal(name): {"Value": value}})

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        client = ctx.client("ec2")
        vpc = describe_one(client.describe_vpcs, "Vpcs", VpcIds=[resource_id])
        if vpc is None:
            return None
        in_vpc = [{"Name": "vpc-id", "Values": [resource_id]}]
        main = client.describe_route_tables(
            Filters=[*in_vpc, {"Name": "association.main", "Values": ["true"]}]
        )
        acls = client.describe_network_acls(Filters=[*in_vpc, {"Name": "default", "Values": ["true"]}])
        groups = client.describe_security_groups(
            Filters=[*in_vpc, {"Name": "group-name", "Values": ["default"]}]
        )
        tables = main["RouteTables"]
        ipv6 = [
            item
            for item in vpc.get("Ipv6CidrBlockAssociationSet", [])
            if item.get("Ipv6CidrBlockState", {}).get("State") == "associated"
        ]
        return {
            "arn": f"arn:{ctx.partition}:ec2:{ctx.region}:{vpc['OwnerId']}:vpc/{resource_id}",
            "cidrBlock": vpc["CidrBlock"],
            "instanceTenancy": vpc["InstanceTenancy"],
            "dhcpOptionsId": vpc.get("DhcpOptionsId"),
            "ownerId": vpc["OwnerId"],
            "tagsAll": tag_map(vpc.get("Tags")),
            "mainRouteTableId": tables[0]["RouteTableId"] if tables else None,
            "defaultRouteTableId": tables[0]["RouteTableId"] if tables else None,
            "defaultNetworkAclId": acls["NetworkAcls"][0]["NetworkAclId"] if acls["NetworkAcls"] else None,
            "defaultSecurityGroupId": groups["SecurityGroups"][0]["GroupId"]
            if groups["SecurityGroups"]
            else None,
            "assignGeneratedIpv6CidrBlock": bool(ipv6),
            "ipv6CidrBlock": ipv6[0].get("Ipv6CidrBlock") if ipv6 else None,
            "ipv6AssociationId": ipv6[0].get("AssociationId") if ipv6 else None,
            "ipv6CidrBlockNetworkBorderGroup": ipv6[0].get("NetworkBorderGroup") if ipv6 else None,
            **{
                name: client.describe_vpc_attribute(VpcId=resource_id, Attribute=name)[pascal(name)]["Value"]
                for name in self._switches
            },
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
        self._set(
            client, resource_id, {name: bool(new.get(name)) for name in self._switches if name in changed}
        )
        update_tags(client, resource_id, old, new)
        if "assignGeneratedIpv6CidrBlock" in changed:
            if new.get("assignGeneratedIpv6CidrBlock"):
                client.associate_vpc_cidr_block(VpcId=resource_id, AmazonProvidedIpv6CidrBlock=True)
            elif association := old.get("ipv6AssociationId"):
                client.disassociate_vpc_cidr_block(AssociationId=association)

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        ignore_gone(ctx.client("ec2").delete_vpc, VpcId=resource_id)

    def check(
        self, ctx: Context, kind: ResourceType, props: Props, unknown: frozenset[str]
    ) -> list[tuple[str, str]]:
        return rule_faults(props, {"cidrBlock": access.cidr_fault})

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        filters = {"cidr": props.get("cidrBlock")}
        return find_by_tags(ctx.client("ec2"), "describe_vpcs", "Vpcs", "VpcId", props, **filters)


class Subnet(Handler):
    """A subnet; its launch settings are set one by one."""

    _creation = (
        "vpcId",
        "cidrBlock",
        "availabilityZone",
        "availabilityZoneId",
        "ipv6CidrBlock",
        "ipv6Native",
    )
    _switches = (
        "mapPublicIpOnLaunch",
        "assignIpv6AddressOnCreation",
        "enableDns64",
        "enableResourceNameDnsARecordOnLaunch",
        "enableResourceNameDnsAaaaRecordOnLaunch",
    )

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        client = ctx.client("ec2")
        members = request(kind, {name: props[name] for name in self._creation if props.get(name)})
        subnet_id = client.create_subnet(**with_tags(members, "subnet", props))["Subnet"]["SubnetId"]
        ctx.made(subnet_id)
        for name in self._switches:
            if props.get(name) is not None:
                client.modify_subnet_attribute(SubnetId=subnet_id, **{kind.api(name): {"Value": props[name]}})
        if host_type := props.get("privateDnsHostnameTypeOnLaunch"):
            client.modify_subnet_attribute(SubnetId=subnet_id, PrivateDnsHostnameTypeOnLaunch=host_type)
        return subnet_id

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        subnet = describe_one(ctx.client("ec2").describe_subnets, "Subnets", SubnetIds=[resource_id])
        if subnet is None:
            return None
        ipv6 = [
            item
            for item in subnet.get("Ipv6CidrBlockAssociationSet", [])
            if item.get("Ipv6CidrBlockState", {}).get("State") == "associated"
        ]
        launch = subnet.get("PrivateDnsNameOptionsOnLaunch", {})
        return {
            "arn": subnet["SubnetArn"],
            "ownerId": subnet.get("OwnerId"),
            "vpcId": subnet["VpcId"],
            "cidrBlock": subnet.get("CidrBlock"),
            "availabilityZone": subnet["AvailabilityZone"],
            "availabilityZoneId": subnet.get("AvailabilityZoneId"),
            "ipv6CidrBlock": ipv6[0].get("Ipv6CidrBlock") if ipv6 else None,
            "ipv6CidrBlockAssociationId": ipv6[0].get("AssociationId") if ipv6 else None,
            "ipv6Native": subnet.get("Ipv6Native", False),
            "mapPublicIpOnLaunch": subnet.get("MapPublicIpOnLaunch", False),
            "assignIpv6AddressOnCreation": subnet.get("AssignIpv6AddressOnCreation", False),
            "enableDns64": subnet.get("EnableDns64", False),
            "enableResourceNameDnsARecordOnLaunch": launch.get("EnableResourceNameDnsARecord", False),
            "enableResourceNameDnsAaaaRecordOnLaunch": launch.get("EnableResourceNameDnsAAAARecord", False),
            "privateDnsHostnameTypeOnLaunch": launch.get("HostnameType"),
            "tagsAll": tag_map(subnet.get("Tags")),
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
        for name in self._switches:
            if name in changed:
                members = {kind.api(name): {"Value": bool(new.get(name))}}
                client.modify_subnet_attribute(SubnetId=resource_id, **members)
        if "privateDnsHostnameTypeOnLaunch" in changed:
            host_type = new["privateDnsHostnameTypeOnLaunch"]
            client.modify_subnet_attribute(SubnetId=resource_id, PrivateDnsHostnameTypeOnLaunch=host_type)
        if "ipv6CidrBlock" in changed:
            if association := old.get("ipv6CidrBlockAssociationId"):
                client.disassociate_subnet_cidr_block(AssociationId=association)
            if block := new.get("ipv6CidrBlock"):
                client.associate_subnet_cidr_block(SubnetId=resource_id, Ipv6CidrBlock=block)
        update_tags(client, resource_id, old, new)

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        ignore_gone(ctx.client("ec2").delete_subnet, SubnetId=resource_id)

    def check(
        self, ctx: Context, kind: ResourceType, props: Props, unknown: frozenset[str]
    ) -> list[tuple[str, str]]:
        return rule_faults(props, {"cidrBlock": access.cidr_fault})

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        # Blocks of a VPC never overlap, so the VPC and the block say which subnet it is.
        if not props.get("vpcId") or not props.get("cidrBlock"):
            return None
        filters = {"vpc-id": props["vpcId"], "cidr-block": props["cidrBlock"]}
        wanted = [{"Name": name, "Values": [value]} for name, value in filters.items()]
        found = ctx.client("ec2").describe_subnets(Filters=wanted)["Subnets"]
        return found[0]["SubnetId"] if len(found) == 1 else None


class InternetGateway(Handler):
    """A gateway and its attachment to one VPC."""

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        client = ctx.client("ec2")
        made = client.create_internet_gateway(**with_tags({}, "internet-gateway", props))
        gateway_id = made["InternetGateway"]["InternetGatewayId"]
        ctx.made(gateway_id)
        if vpc_id := props.get("vpcId"):
            client.attach_internet_gateway(InternetGatewayId=gateway_id, VpcId=vpc_id)
        return gateway_id

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        call = ctx.client("ec2").describe_internet_gateways
        gateway = describe_one(call, "InternetGateways", InternetGatewayIds=[resource_id])
        if gateway is None:
            return None
        owner = gateway.get("OwnerId", ctx.account_id)
        attachments = gateway.get("Attachments", [])
        return {
            "arn": f"arn:{ctx.partition}:ec2:{ctx.region}:{owner}:internet-gateway/{resource_id}",
            "ownerId": owner,
            "vpcId": attachments[0]["VpcId"] if attachments else None,
            "tagsAll": tag_map(gateway.get("Tags")),
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
        if "vpcId" in changed:
            if before := old.get("vpcId"):
                client.detach_internet_gateway(InternetGatewayId=resource_id, VpcId=before)
            if after := new.get("vpcId"):
                client.attach_internet_gateway(InternetGatewayId=resource_id, VpcId=after)
        update_tags(client, resource_id, old, new)

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        client = ctx.client("ec2")
        found = self.read(ctx, kind, resource_id, state)
        if found is not None:
            if vpc_id := found.get("vpcId"):
                client.detach_internet_gateway(InternetGatewayId=resource_id, VpcId=vpc_id)
            client.delete_internet_gateway(InternetGatewayId=resource_id)

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        client = ctx.client("ec2")
        if vpc_id := props.get("vpcId"):
            wanted = [{"Name": "attachment.vpc-id", "Values": [vpc_id]}]
            found = client.describe_internet_gateways(Filters=wanted)["InternetGateways"]
            if found:
                return found[0]["InternetGatewayId"]
        # A create that died between its two calls left a gateway with the tags but no VPC.
        return find_by_tags(
            client, "describe_internet_gateways", "InternetGateways", "InternetGatewayId", props
        )


VPC = ResourceType(
    token="aws:ec2/vpc:Vpc",
    service="ec2",
    noun="EC2 VPC",
    handler=Vpc(),
    props={
        "cidrBlock": Prop(computed=True, replaces=True),
        "instanceTenancy": Prop(default="default", replaces=True),
        "enableDnsSupport": Prop("bool", default=True),
        "enableDnsHostnames": Prop("bool", computed=True),
        "enableNetworkAddressUsageMetrics": Prop("bool", computed=True),
        "assignGeneratedIpv6CidrBlock": Prop("bool"),
        "ipv6CidrBlock": Prop(computed=True, refused="only an Amazon-provided IPv6 block is simulated"),
        "ipv6CidrBlockNetworkBorderGroup": Prop(computed=True, refused="the sandbox has no local zones"),
        "ipv4IpamPoolId": Prop(refused=_IPAM),
        "ipv4NetmaskLength": Prop("int", refused=_IPAM),
        "ipv6IpamPoolId": Prop(refused=_IPAM),
        "ipv6NetmaskLength": Prop("int", refused=_IPAM),
        **TAGS,
        **REGION,
        "arn": Prop(output=True),
        "defaultNetworkAclId": Prop(output=True),
        "defaultRouteTableId": Prop(output=True),
        "defaultSecurityGroupId": Prop(output=True),
        "dhcpOptionsId": Prop(output=True),
        "ipv6AssociationId": Prop(output=True),
        "mainRouteTableId": Prop(output=True),
        "ownerId": Prop(output=True),
    },
    derived={"assignGeneratedIpv6CidrBlock": ("ipv6CidrBlock", "ipv6AssociationId")},
)

SUBNET = ResourceType(
    token="aws:ec2/subnet:Subnet",
    service="ec2",
    noun="EC2 Subnet",
    handler=Subnet(),
    props={
        "vpcId": Prop(required=True, replaces=True),
        "cidrBlock": Prop(replaces=True),
        "availabilityZone": Prop(computed=True, replaces=True, conflicts=("availabilityZoneId",)),
        "availabilityZoneId": Prop(computed=True, replaces=True),
        "ipv6CidrBlock": Prop(),
        "ipv6Native": Prop("bool", default=False, replaces=True),
        "mapPublicIpOnLaunch": Prop("bool", default=False),
        "assignIpv6AddressOnCreation": Prop("bool", default=False),
        "enableDns64": Prop("bool", default=False),
        "enableResourceNameDnsARecordOnLaunch": Prop("bool", default=False),
        "enableResourceNameDnsAaaaRecordOnLaunch": Prop(
            "bool", default=False, api="EnableResourceNameDnsAAAARecordOnLaunch"
        ),
        "privateDnsHostnameTypeOnLaunch": Prop(computed=True),
        "customerOwnedIpv4Pool": Prop(refused=_OUTPOST),
        "mapCustomerOwnedIpOnLaunch": Prop("bool", refused=_OUTPOST),
        "outpostArn": Prop(refused=_OUTPOST),
        "enableLniAtDeviceIndex": Prop("int", refused=_OUTPOST),
        "ipv4IpamPoolId": Prop(refused=_IPAM),
        "ipv4NetmaskLength": Prop("int", refused=_IPAM),
        "ipv6IpamPoolId": Prop(refused=_IPAM),
        "ipv6NetmaskLength": Prop("int", refused=_IPAM),
        **TAGS,
        **REGION,
        "arn": Prop(output=True),
        "ipv6CidrBlockAssociationId": Prop(output=True),
        "ownerId": Prop(output=True),
    },
)

INTERNET_GATEWAY = ResourceType(
    token="aws:ec2/internetGateway:InternetGateway",
    service="ec2",
    noun="EC2 Internet Gateway",
    handler=InternetGateway(),
    props={
        "vpcId": Prop(computed=True),
        **TAGS,
        **REGION,
        "arn": Prop(output=True),
        "ownerId": Prop(output=True),
    },
)
