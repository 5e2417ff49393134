"""Route tables and their associations."""

from collections.abc import Sequence
from typing import Any

from dbstack.sandbox.aws.ec2_common import describe_one, find_by_tags, ignore_gone, update_tags, with_tags
from dbstack.sandbox.aws.model import REGION, TAGS, Context, Handler, Prop, Props, ResourceType, tag_map
from dbstack.sandbox.wire import listed

_NO_GATEWAY_KIND = "the sandbox has no gateway of this kind"

# Field of a route -> member of CreateRoute and of a described route.
_DESTINATIONS = {
    "cidrBlock": "DestinationCidrBlock",
    "ipv6CidrBlock": "DestinationIpv6CidrBlock",
    "destinationPrefixListId": "DestinationPrefixListId",
}
_TARGETS = {
    "gatewayId": "GatewayId",
    "natGatewayId": "NatGatewayId",
    "networkInterfaceId": "NetworkInterfaceId",
    "transitGatewayId": "TransitGatewayId",
    "vpcPeeringConnectionId": "VpcPeeringConnectionId",
    "egressOnlyGatewayId": "EgressOnlyInternetGatewayId",
    "vpcEndpointId": "VpcEndpointId",
}
_ROUTE_FIELDS: dict[str, Prop] = {
    **{name: Prop(api=api) for name, api in {**_DESTINATIONS, **_TARGETS}.items()},
    "carrierGatewayId": Prop(refused=_NO_GATEWAY_KIND),
    "coreNetworkArn": Prop(refused=_NO_GATEWAY_KIND),
    "localGatewayId": Prop(refused=_NO_GATEWAY_KIND),
    "odbNetworkArn": Prop(refused=_NO_GATEWAY_KIND),
}

Route = dict[str, Any]


def _destination(route: Route) -> tuple[str, str]:
    return next((api, route[name]) for name, api in _DESTINATIONS.items() if route.get(name))


def _plain_route(route: Route) -> Route:
    return {name: value for name, value in route.items() if value and name in _ROUTE_FIELDS}


class RouteTable(Handler):
    """A route table with its inline routes; the local route of the VPC belongs to AWS."""

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        client = ctx.client("ec2")
        made = client.create_route_table(**with_tags({"VpcId": props["vpcId"]}, "route-table", props))
        table_id = made["RouteTable"]["RouteTableId"]
        ctx.made(table_id)
        for route in listed(props.get("routes")):
            self._add(client, table_id, route)
        return table_id

    def _add(self, client: Any, table_id: str, route: Route) -> None:
        members = {_ROUTE_FIELDS[name].api: value for name, value in _plain_route(route).items()}
        client.create_route(RouteTableId=table_id, **members)

    def _remove(self, client: Any, table_id: str, route: Route) -> None:
        member, value = _destination(route)
        ignore_gone(client.delete_route, RouteTableId=table_id, **{member: value})

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        table = describe_one(
            ctx.client("ec2").describe_route_tables, "RouteTables", RouteTableIds=[resource_id]
        )
        if table is None:
            return None
        owner = table.get("OwnerId", ctx.account_id)
        routes = [
            {name: item[prop.api] for name, prop in _ROUTE_FIELDS.items() if prop.api and item.get(prop.api)}
            for item in table.get("Routes", [])
            if item.get("GatewayId") != "local"
        ]
        for route in routes:
            # EC2 answers with a VPC endpoint in the gateway's place.
            if str(route.get("gatewayId", "")).startswith("vpce-"):
                route["vpcEndpointId"] = route.pop("gatewayId")
        return {
            "arn": f"arn:{ctx.partition}:ec2:{ctx.region}:{owner}:route-table/{resource_id}",
            "ownerId": owner,
            "vpcId": table["VpcId"],
            "routes": routes,
            "propagatingVgws": [item["GatewayId"] for item in table.get("PropagatingVgws", [])],
            "tagsAll": tag_map(table.get("Tags")),
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
        if "routes" in changed:
            before = [_plain_route(route) for route in listed(old.get("routes"))]
            after = [_plain_route(route) for route in listed(new.get("routes"))]
            for route in before:
                if route not in after:
                    self._remove(client, resource_id, route)
            for route in after:
                if route not in before:
                    self._add(client, resource_id, route)
        update_tags(client, resource_id, old, new)

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        ignore_gone(ctx.client("ec2").delete_route_table, RouteTableId=resource_id)

    def check(
        self, ctx: Context, kind: ResourceType, props: Props, unknown: frozenset[str]
    ) -> list[tuple[str, str]]:
        faults: list[tuple[str, str]] = []
        for index, route in enumerate(listed(props.get("routes"))):
            for what, choices in (("destination", _DESTINATIONS), ("target", _TARGETS)):
                if sum(name in route for name in choices) != 1:
                    names = ", ".join(choices)
                    faults.append((f"routes[{index}]", f"a route needs exactly one {what}: one of {names}"))
        return faults

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        client, vpc = ctx.client("ec2"), {"vpc-id": props.get("vpcId")}
        return find_by_tags(client, "describe_route_tables", "RouteTables", "RouteTableId", props, **vpc)


class RouteTableAssociation(Handler):
    """Which table a subnet (or gateway) uses."""

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        members = {"RouteTableId": props["routeTableId"]}
        for name, api in (("subnetId", "SubnetId"), ("gatewayId", "GatewayId")):
            if props.get(name):
                members[api] = props[name]
        association = ctx.client("ec2").associate_route_table(**members)["AssociationId"]
        ctx.made(association)
        return association

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        return self._lookup(ctx, "association.route-table-association-id", resource_id, resource_id) or (
            # Replacing an association gives it a new id, which Pulumi does not take over: the subnet finds it.
            self._lookup(ctx, "association.subnet-id", prior["subnetId"], "")
            if prior.get("subnetId")
            else None
        )

    def _lookup(self, ctx: Context, name: str, value: str, association_id: str) -> Props | None:
        tables = ctx.client("ec2").describe_route_tables(Filters=[{"Name": name, "Values": [value]}])[
            "RouteTables"
        ]
        for table in tables:
            for item in table.get("Associations", []):
                if value in (item.get("RouteTableAssociationId"), item.get("SubnetId")):
                    return {
                        "routeTableId": table["RouteTableId"],
                        "subnetId": item.get("SubnetId"),
                        "gatewayId": item.get("GatewayId"),
                        "_associationId": item["RouteTableAssociationId"],
                    }
        return None

    def update(
        self,
        ctx: Context,
        kind: ResourceType,
        resource_id: str,
        old: Props,
        new: Props,
        changed: Sequence[str],
    ) -> None:
        found = self.read(ctx, kind, resource_id, old)
        association = found["_associationId"] if found else resource_id
        members = {"AssociationId": association, "RouteTableId": new["routeTableId"]}
        ctx.client("ec2").replace_route_table_association(**members)

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        if found := self.read(ctx, kind, resource_id, state):
            ignore_gone(ctx.client("ec2").disassociate_route_table, AssociationId=found["_associationId"])

    def check(
        self, ctx: Context, kind: ResourceType, props: Props, unknown: frozenset[str]
    ) -> list[tuple[str, str]]:
        given = [name for name in ("subnetId", "gatewayId") if props.get(name)]
        return [("subnetId", "an association has either a subnetId or a gatewayId")] if len(given) > 1 else []

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        if not props.get("subnetId"):
            return None
        found = self._lookup(ctx, "association.subnet-id", props["subnetId"], "")
        return found["_associationId"] if found else None


ROUTE_TABLE = ResourceType(
    token="aws:ec2/routeTable:RouteTable",
    service="ec2",
    noun="EC2 Route Table",
    handler=RouteTable(),
    props={
        "vpcId": Prop(required=True, replaces=True),
        "routes": Prop("object_set", computed=True, fields=_ROUTE_FIELDS),
        "propagatingVgws": Prop("set", computed=True, refused="the sandbox has no route propagation"),
        **TAGS,
        **REGION,
        "arn": Prop(output=True),
        "ownerId": Prop(output=True),
    },
)

ROUTE_TABLE_ASSOCIATION = ResourceType(
    token="aws:ec2/routeTableAssociation:RouteTableAssociation",
    service="ec2",
    noun="EC2 Route Table Association",
    handler=RouteTableAssociation(),
    props={
        "routeTableId": Prop(required=True),
        "subnetId": Prop(replaces=True),
        "gatewayId": Prop(replaces=True),
        **REGION,
    },
)
