"""Functions over EC2: zones, VPCs, subnets and security groups."""

from collections.abc import Mapping
from typing import Any

from dbstack.sandbox.aws.backend import RequestContext
from dbstack.sandbox.aws.lookups_shared import filters, only
from dbstack.sandbox.aws.model import Props, tag_map
from dbstack.sandbox.aws.table import resource_type


def _zones(ctx: RequestContext, args: Props, extra: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    named = {"state": "state", **(extra or {})}
    members: dict[str, Any] = {"Filters": filters(args, named)}
    if args.get("allAvailabilityZones"):
        members["AllAvailabilityZones"] = True
    zones = ctx.client("ec2").describe_availability_zones(**members)["AvailabilityZones"]
    return sorted(zones, key=lambda zone: zone["ZoneName"])


def availability_zones(ctx: RequestContext, args: Props) -> Props:
    without_names, without_ids = set(args.get("excludeNames") or ()), set(args.get("excludeZoneIds") or ())
    zones = [
        zone
        for zone in _zones(ctx, args)
        if zone["ZoneName"] not in without_names and zone["ZoneId"] not in without_ids
    ]
    return {
        **{
            name: args[name]
            for name in ("allAvailabilityZones", "excludeNames", "excludeZoneIds", "state")
            if name in args
        },
        "filters": args.get("filters"),
        "id": ctx.region,
        "names": [zone["ZoneName"] for zone in zones],
        "zoneIds": [zone["ZoneId"] for zone in zones],
        "groupNames": sorted({zone.get("GroupName") or ctx.region for zone in zones}),
    }


def availability_zone(ctx: RequestContext, args: Props) -> Props:
    zone = only(_zones(ctx, args, {"name": "zone-name", "zoneId": "zone-id"}), "availability zone")
    return {
        "id": zone["ZoneName"],
        "name": zone["ZoneName"],
        "nameSuffix": zone["ZoneName"].removeprefix(zone["RegionName"]),
        "zoneId": zone["ZoneId"],
        "zoneType": zone.get("ZoneType") or "availability-zone",
        "state": zone["State"],
        "optInStatus": zone.get("OptInStatus") or "opt-in-not-required",
        "groupName": zone.get("GroupName") or zone["RegionName"],
        "groupLongName": zone.get("GroupLongName") or "",
        "networkBorderGroup": zone.get("NetworkBorderGroup") or zone["RegionName"],
        "parentZoneId": zone.get("ParentZoneId") or "",
        "parentZoneName": zone.get("ParentZoneName") or "",
        "allAvailabilityZones": args.get("allAvailabilityZones"),
        "filters": args.get("filters"),
    }


def _resource(ctx: RequestContext, token: str, resource_id: str) -> Props:
    kind = resource_type(token)
    return kind.handler.read(ctx, kind, resource_id, {}) or {}


def vpc(ctx: RequestContext, args: Props) -> Props:
    named = {
        "cidrBlock": "cidr",
        "dhcpOptionsId": "dhcp-options-id",
        "state": "state",
        "default": "is-default",
    }
    members: dict[str, Any] = {"Filters": filters(args, named)}
    if args.get("id"):
        members["VpcIds"] = [args["id"]]
    found = only(ctx.client("ec2").describe_vpcs(**members)["Vpcs"], "VPC")
    state = _resource(ctx, "aws:ec2/vpc:Vpc", found["VpcId"])
    blocks = [
        {
            "associationId": item["AssociationId"],
            "cidrBlock": item["CidrBlock"],
            "state": item["CidrBlockState"]["State"],
        }
        for item in found.get("CidrBlockAssociationSet", [])
    ]
    names = ("arn", "cidrBlock", "dhcpOptionsId", "enableDnsHostnames", "enableDnsSupport")
    names += ("enableNetworkAddressUsageMetrics", "instanceTenancy", "mainRouteTableId", "ownerId")
    return {
        **{name: state.get(name) for name in names},
        "ipv6AssociationId": state.get("ipv6AssociationId") or "",
        "ipv6CidrBlock": state.get("ipv6CidrBlock") or "",
        "ipv6CidrBlockAssociations": [],
        "id": found["VpcId"],
        "default": found.get("IsDefault", False),
        "state": found.get("State"),
        "cidrBlockAssociations": blocks,
        "filters": args.get("filters"),
        "tags": tag_map(found.get("Tags")),
    }


SUBNET_FILTERS = {
    "availabilityZone": "availability-zone",
    "availabilityZoneId": "availability-zone-id",
    "cidrBlock": "cidr-block",
    "defaultForAz": "default-for-az",
    "ipv6CidrBlock": "ipv6-cidr-block-association.ipv6-cidr-block",
    "state": "state",
    "vpcId": "vpc-id",
}


def subnet(ctx: RequestContext, args: Props) -> Props:
    members: dict[str, Any] = {"Filters": filters(args, SUBNET_FILTERS)}
    if args.get("id"):
        members["SubnetIds"] = [args["id"]]
    found = only(ctx.client("ec2").describe_subnets(**members)["Subnets"], "subnet")
    state = _resource(ctx, "aws:ec2/subnet:Subnet", found["SubnetId"])
    return {
        **{name: value for name, value in state.items() if name != "tagsAll" and value is not None},
        "ipv6CidrBlock": state.get("ipv6CidrBlock") or "",
        "ipv6CidrBlockAssociationId": state.get("ipv6CidrBlockAssociationId") or "",
        "id": found["SubnetId"],
        "availableIpAddressCount": found.get("AvailableIpAddressCount"),
        "customerOwnedIpv4Pool": "",
        "defaultForAz": found.get("DefaultForAz", False),
        "enableLniAtDeviceIndex": 0,
        "mapCustomerOwnedIpOnLaunch": False,
        "outpostArn": "",
        "state": found.get("State"),
        "filters": args.get("filters"),
        "tags": tag_map(found.get("Tags")),
    }


def subnets(ctx: RequestContext, args: Props) -> Props:
    found = ctx.client("ec2").describe_subnets(Filters=filters(args))["Subnets"]
    return {
        "id": ctx.region,
        "ids": [item["SubnetId"] for item in found],
        "filters": args.get("filters"),
        "tags": args.get("tags") or {},
    }


def security_group(ctx: RequestContext, args: Props) -> Props:
    members: dict[str, Any] = {"Filters": filters(args, {"name": "group-name", "vpcId": "vpc-id"})}
    if args.get("id"):
        members["GroupIds"] = [args["id"]]
    found = only(ctx.client("ec2").describe_security_groups(**members)["SecurityGroups"], "security group")
    state = _resource(ctx, "aws:ec2/securityGroup:SecurityGroup", found["GroupId"])
    return {
        **{name: state.get(name) for name in ("arn", "description", "name", "vpcId")},
        "id": found["GroupId"],
        "filters": args.get("filters"),
        "tags": tag_map(found.get("Tags")),
    }
