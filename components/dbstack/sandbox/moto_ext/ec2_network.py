"""EC2 flow logs and VPC endpoints in moto: what it drops of them, and what AWS refuses."""

import json
from typing import Any

from moto.ec2.exceptions import DependencyViolationError, EC2ClientError
from moto.ec2.models.flow_logs import FlowLogsBackend
from moto.ec2.models.security_groups import SecurityGroupBackend
from moto.ec2.models.vpcs import VPCBackend, VPCEndPoint
from moto.ec2.responses.vpcs import VPCs

from dbstack.sandbox.moto_ext.patching import around
from dbstack.sandbox.wire import listed


def _create_flow_logs(original: Any, self: Any, **kwargs: Any) -> Any:
    destination, group = kwargs.get("log_destination"), kwargs.get("log_group_name")
    kind = kwargs.get("log_destination_type") or "cloud-watch-logs"
    if kind == "cloud-watch-logs" and destination and not group:
        # moto looks for the group by its name alone, and reports a delivery that fails.
        kwargs["log_group_name"] = destination.split(":log-group:")[-1].removesuffix(":*")
    return original(self, **kwargs)


def _create_endpoint(original: Any, self: Any) -> Any:
    backend, name = self.ec2_backend, self._get_param("ServiceName")
    vpc_id, kind = self._get_param("VpcId"), self._get_param("VpcEndpointType") or "Gateway"
    if kind == "Interface" and self._get_bool_param("PrivateDnsEnabled", if_none=True):
        _refuse_private_dns(backend, vpc_id, name)
    zones = [backend.get_subnet(subnet).availability_zone for subnet in self._get_param("SubnetIds", [])]
    if len(set(zones)) < len(zones):
        raise EC2ClientError(
            "DuplicateSubnetsInSameZone", "Found another VPC endpoint subnet in the same zone."
        )
    result = original(self)
    endpoint = result.result["VpcEndpoint"]
    if kind == "Interface" and not endpoint.security_group_ids:
        default = backend.get_security_group_from_name("default", vpc_id=vpc_id)
        endpoint.security_group_ids = [default.id]
    endpoint.service_region = self._get_param("ServiceRegion") or self.region
    endpoint.ip_address_type = "ipv4"
    endpoint.dns_options = {"DnsRecordIpType": "ipv4"} if kind == "Interface" else None
    _keep(self, endpoint)
    return result


def _keep(response: Any, endpoint: Any) -> None:
    if kind := response._get_param("IpAddressType"):
        endpoint.ip_address_type = kind
    if options := response._get_param("DnsOptions"):
        endpoint.dns_options = {**(endpoint.dns_options or {}), **options}


def _refuse_private_dns(backend: Any, vpc_id: str, service: str, but: str = "") -> None:
    """The VPC must resolve names, and one endpoint only can answer for a service's name."""
    vpc = backend.get_vpc(vpc_id)
    if not (vpc.enable_dns_support and vpc.enable_dns_hostnames):
        words = (
            "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true"
            f" for {vpc_id}"
        )
        raise EC2ClientError("InvalidParameter", words)
    for other in backend.vpc_end_points.values():
        same = (other.vpc_id, other.service_name) == (vpc_id, service) and other.id != but
        if same and other.state == "available" and other.private_dns_enabled:
            name = ".".join(reversed(service.split(".")))
            words = f"private-dns-enabled cannot be set because there is already a conflicting DNS domain for {name}"
            raise EC2ClientError("InvalidParameter", f"{words} in the VPC {vpc_id}")


def _modify_endpoint(original: Any, self: Any) -> Any:
    backend = self.ec2_backend
    [endpoint] = backend.describe_vpc_endpoints(vpc_end_point_ids=[self._get_param("VpcEndpointId")])
    private = self._get_bool_param("PrivateDnsEnabled")
    if private and endpoint.vpc_endpoint_type == "Interface":
        _refuse_private_dns(backend, endpoint.vpc_id, endpoint.service_name, but=endpoint.id)
    result = original(self)
    if private is not None:
        endpoint.private_dns_enabled = private
    if self._get_bool_param("ResetPolicy"):
        endpoint.policy_document = json.dumps(VPCEndPoint.DEFAULT_POLICY)
    _keep(self, endpoint)
    if endpoint.vpc_endpoint_type == "Interface":
        _move_interfaces(backend, endpoint)
    return result


def _move_interfaces(backend: Any, endpoint: Any) -> None:
    """One network interface in each subnet."""
    from moto.ec2.utils import random_private_ip

    interfaces = {backend.enis[found].subnet.id: found for found in endpoint.network_interface_ids}
    for subnet, interface in interfaces.items():
        if subnet not in endpoint.subnet_ids:
            backend.enis.pop(interface)
    made = {
        subnet: backend.create_network_interface(subnet, random_private_ip()).id
        for subnet in endpoint.subnet_ids
        if subnet not in interfaces
    }
    endpoint.network_interface_ids = [{**interfaces, **made}[subnet] for subnet in endpoint.subnet_ids]


def _modify_tables(original: Any, self: Any, vpc_id: str, **kwargs: Any) -> None:
    """A gateway endpoint is a route in each of its tables."""
    [endpoint] = self.describe_vpc_endpoints(vpc_end_point_ids=[vpc_id])
    prefixes = endpoint.destination_prefix_list_id
    for table in listed(kwargs.get("remove_route_tables")) if prefixes else ():
        self.delete_route(table, prefixes)
    for table in listed(kwargs.get("add_route_tables")) if prefixes else ():
        self.create_route(table, None, gateway_id=vpc_id, destination_prefix_list_id=prefixes)
    original(self, vpc_id, **kwargs)


def _delete_group(original: Any, self: Any, name: str | None = None, group_id: str | None = None) -> None:
    group = self.get_security_group_by_name_or_id(group_id or name)
    if group is not None:
        for endpoint in self.vpc_end_points.values():
            if endpoint.state == "available" and group.id in endpoint.security_group_ids:
                raise DependencyViolationError(f"resource {group.id} has a dependent object ({endpoint.id})")
    original(self, name, group_id)


def install() -> None:
    around(FlowLogsBackend, "create_flow_logs", _create_flow_logs)
    around(VPCs, "create_vpc_endpoint", _create_endpoint)
    around(VPCs, "modify_vpc_endpoint", _modify_endpoint)
    around(VPCBackend, "modify_vpc_endpoint", _modify_tables)
    around(SecurityGroupBackend, "delete_security_group", _delete_group)
