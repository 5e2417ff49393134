"""VPC endpoints."""

from collections.abc import Mapping, Sequence
from typing import Any

from dbstack.sandbox.aws.ec2_common import describe_one, find_by_tags, ignore_gone, update_tags, with_tags
from dbstack.sandbox.aws.errors import SandboxError
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
    same_json,
    tag_map,
)
from dbstack.sandbox.wire import listed, mapping
from dbstack.spec import access

_NO_LATTICE = "the sandbox has no VPC Lattice"
_KINDS = ("Interface", "Gateway", "GatewayLoadBalancer")
_GONE = ("deleting", "deleted")
# Lists that are changed by what comes and what goes.
_LISTS = {
    "routeTableIds": "RouteTableIds",
    "subnetIds": "SubnetIds",
    "securityGroupIds": "SecurityGroupIds",
}
_DNS_OPTIONS = {
    "dnsRecordIpType": Prop(),
    "privateDnsOnlyForInboundResolverEndpoint": Prop("bool"),
    "privateDnsPreference": Prop(refused=_NO_LATTICE),
    "privateDnsSpecifiedDomains": Prop("set", refused=_NO_LATTICE),
}


def _dns_members(options: Mapping[str, Any] | None) -> dict[str, Any]:
    return {pascal(name): value for name, value in (options or {}).items() if value not in (None, "")}


class VpcEndpoint(Handler):
    """A private way to a service: network interfaces in subnets, or routes to a gateway."""

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        client = ctx.client("ec2")
        names = ["vpcId", "serviceName", "vpcEndpointType", "policy", "ipAddressType", *_LISTS]
        members = request(kind, {name: props[name] for name in names if props.get(name)})
        # As the provider does: off unless it is asked for, though EC2's own default is on.
        members["PrivateDnsEnabled"] = bool(props.get("privateDnsEnabled"))
        if options := _dns_members(mapping(props.get("dnsOptions"))):
            members["DnsOptions"] = options
        made = client.create_vpc_endpoint(**with_tags(members, "vpc-endpoint", props))
        endpoint_id = made["VpcEndpoint"]["VpcEndpointId"]
        ctx.made(endpoint_id)
        return endpoint_id

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        client = ctx.client("ec2")
        found = describe_one(client.describe_vpc_endpoints, "VpcEndpoints", VpcEndpointIds=[resource_id])
        if found is None or found["State"] in _GONE:
            return None
        options = mapping(found.get("DnsOptions")) or {}
        list_id, blocks = self._prefix_list(client, found)
        return {
            "arn": f"arn:{ctx.partition}:ec2:{ctx.region}:{ctx.account_id}:vpc-endpoint/{resource_id}",
            "vpcId": found["VpcId"],
            "serviceName": found["ServiceName"],
            "serviceRegion": found.get("ServiceRegion"),
            "vpcEndpointType": found["VpcEndpointType"],
            "policy": found.get("PolicyDocument"),
            "privateDnsEnabled": found.get("PrivateDnsEnabled", False),
            "ipAddressType": found.get("IpAddressType"),
            "dnsOptions": {
                name: options[pascal(name)] for name in _DNS_OPTIONS if options.get(pascal(name)) is not None
            },
            "routeTableIds": found.get("RouteTableIds") or [],
            "subnetIds": found.get("SubnetIds") or [],
            "securityGroupIds": [group["GroupId"] for group in listed(found.get("Groups"))],
            "networkInterfaceIds": found.get("NetworkInterfaceIds") or [],
            "dnsEntries": [
                {"dnsName": entry.get("DnsName"), "hostedZoneId": entry.get("HostedZoneId")}
                for entry in listed(found.get("DnsEntries"))
            ],
            "state": found["State"],
            "ownerId": found.get("OwnerId") or ctx.account_id,
            "requesterManaged": found.get("RequesterManaged", False),
            "prefixListId": list_id,
            "cidrBlocks": blocks,
            "tagsAll": tag_map(found.get("Tags")),
        }

    def _prefix_list(self, client: Any, endpoint: Mapping[str, Any]) -> tuple[str | None, list[str]]:
        """Id and blocks of the list of a gateway's addresses."""
        if endpoint["VpcEndpointType"] != "Gateway":
            return None, []
        wanted = [{"Name": "prefix-list-name", "Values": [endpoint["ServiceName"]]}]
        found = client.describe_managed_prefix_lists(Filters=wanted)["PrefixLists"]
        if not found:
            return None, []
        list_id = found[0]["PrefixListId"]
        entries = client.get_managed_prefix_list_entries(PrefixListId=list_id)["Entries"]
        return list_id, [entry["Cidr"] for entry in entries]

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
        members: dict[str, Any] = {}
        for name, member in _LISTS.items():
            if name in changed:
                before, after = listed(old.get(name)), listed(new.get(name))
                members[f"Add{member}"] = [item for item in after if item not in before]
                members[f"Remove{member}"] = [item for item in before if item not in after]
        if "policy" in changed:
            members |= {"PolicyDocument": new["policy"]} if new.get("policy") else {"ResetPolicy": True}
        if "privateDnsEnabled" in changed:
            members["PrivateDnsEnabled"] = bool(new.get("privateDnsEnabled"))
        if "ipAddressType" in changed:
            members["IpAddressType"] = new["ipAddressType"]
        if "dnsOptions" in changed:
            members["DnsOptions"] = _dns_members(mapping(new.get("dnsOptions")))
        asked = {name: value for name, value in members.items() if value not in ([], {})}
        if asked:
            client.modify_vpc_endpoint(VpcEndpointId=resource_id, **asked)
        update_tags(client, resource_id, old, new)

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        if self.read(ctx, kind, resource_id, state) is None:
            return
        client = ctx.client("ec2")
        ignore_gone(client.delete_vpc_endpoints, VpcEndpointIds=[resource_id])
        if self.read(ctx, kind, resource_id, state) is not None:
            raise SandboxError(f"DeleteVpcEndpoints: {resource_id} is still there")

    def check(
        self, ctx: Context, kind: ResourceType, props: Props, unknown: frozenset[str]
    ) -> list[tuple[str, str]]:
        faults = rule_faults(props, {"vpcId": access.vpc_id_fault})
        if props.get("vpcEndpointType") not in _KINDS:
            faults.append(
                ("vpcEndpointType", f"is {props.get('vpcEndpointType')!r}; must be {', '.join(_KINDS)}")
            )
        if not {"serviceName"} & ({*props} | unknown):
            faults.append(("serviceName", "is required, e.g. com.amazonaws.us-east-1.secretsmanager"))
        return faults

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        filters = {"vpc-endpoint-state": "available"}
        client = ctx.client("ec2")
        return find_by_tags(
            client, "describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId", props, **filters
        )


VPC_ENDPOINT = ResourceType(
    token="aws:ec2/vpcEndpoint:VpcEndpoint",
    service="ec2",
    noun="EC2 VPC Endpoint",
    handler=VpcEndpoint(),
    props={
        "vpcId": Prop(required=True, replaces=True),
        "serviceName": Prop(replaces=True),
        "vpcEndpointType": Prop(default="Gateway", replaces=True),
        "policy": Prop(computed=True, same=same_json, api="PolicyDocument"),
        "privateDnsEnabled": Prop("bool", computed=True),
        "ipAddressType": Prop(computed=True),
        "dnsOptions": Prop("object", computed=True, fields=_DNS_OPTIONS),
        "routeTableIds": Prop("set", computed=True),
        "subnetIds": Prop("set", computed=True),
        "securityGroupIds": Prop("set", computed=True),
        "autoAccept": Prop("bool", refused="the sandbox has AWS's own services only, which ask nobody"),
        "serviceRegion": Prop(computed=True, refused="the sandbox has no endpoints across regions"),
        "subnetConfigurations": Prop("object_set", refused="the sandbox chooses an endpoint's addresses"),
        "resourceConfigurationArn": Prop(refused=_NO_LATTICE),
        "serviceNetworkArn": Prop(refused=_NO_LATTICE),
        **TAGS,
        **REGION,
        "arn": Prop(output=True),
        "cidrBlocks": Prop("list", output=True),
        "dnsEntries": Prop("objects", output=True),
        "networkInterfaceIds": Prop("set", output=True),
        "ownerId": Prop(output=True),
        "prefixListId": Prop(output=True),
        "requesterManaged": Prop("bool", output=True),
        "state": Prop(output=True),
    },
    derived={"subnetIds": ("networkInterfaceIds",), "privateDnsEnabled": ("dnsEntries",)},
)
