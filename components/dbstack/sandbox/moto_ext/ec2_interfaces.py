"""The network interfaces that RDS puts into a subnet: who looks for the users of a security group finds them."""

import hashlib
import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.responses.elastic_network_interfaces import ElasticNetworkInterfaces
from moto.ec2.utils import generic_filter

from dbstack.sandbox.moto_ext.patching import around


class RdsInterface:
    """Made anew from the instance whenever it is asked for, so that it can't be out of date."""

    def __init__(self, backend: Any, database: Any, subnet: Any) -> None:
        digest = hashlib.sha256(database.dbi_resource_id.encode()).hexdigest()
        block = ipaddress.ip_network(subnet.cidr_block)
        # The first four addresses of a subnet and its last are AWS's own.
        address = str(block[4 + int(digest[:8], 16) % max(block.num_addresses - 5, 1)])
        groups: list[str] = getattr(database, "vpc_security_group_ids", None) or []
        found = [backend.get_security_group_from_id(item) for item in groups]
        self.id = f"eni-{digest[:17]}"
        self.shown: dict[str, Any] = {
            "NetworkInterfaceId": self.id,
            "InterfaceType": "interface",
            "Description": "RDSNetworkInterface",
            "RequesterId": "amazon-rds",
            "RequesterManaged": True,
            "OwnerId": backend.account_id,
            "Status": "in-use",
            "SubnetId": subnet.id,
            "VpcId": subnet.vpc_id,
            "AvailabilityZone": subnet.availability_zone,
            "MacAddress": ":".join(["06", *(digest[place : place + 2] for place in range(26, 36, 2))]),
            "PrivateIpAddress": address,
            "PrivateIpAddresses": [{"Primary": True, "PrivateIpAddress": address}],
            "SourceDestCheck": True,
            "Groups": [
                {"GroupId": group.id, "GroupName": group.name} for group in found if group is not None
            ],
            "Attachment": {
                "AttachmentId": f"ela-attach-{digest[17:34]}",
                "AttachTime": database.instance_create_time,
                "DeleteOnTermination": False,
                "DeviceIndex": 1,
                "InstanceOwnerId": "amazon-rds",
                "Status": "attached",
            },
        }

    def get_filter_value(self, name: str, method: str | None = None) -> Any:
        """What moto's filters compare: `group-id`, `vpc-id`, `private-ip-address`, `requester-managed`, ..."""
        if name == "group-id":
            return [group["GroupId"] for group in self.shown["Groups"]]
        member = "".join(part.capitalize() for part in name.rpartition(".")[2].split("-"))
        value = self.shown.get(member, self.shown["Attachment"].get(member))
        return str(value).lower() if isinstance(value, bool) else value


def _of_rds(backend: Any) -> Iterator[RdsInterface]:
    from moto.rds.models import rds_backends

    databases: Mapping[str, Any] = rds_backends[backend.account_id][backend.region_name].databases
    for database in databases.values():
        group = getattr(database, "db_subnet_group", None)
        subnets = [backend.get_subnet(item["SubnetIdentifier"]) for item in getattr(group, "subnets", [])]
        fitting = [subnet for subnet in subnets if subnet.availability_zone == database.availability_zone]
        for subnet in (fitting or subnets)[:1]:
            yield RdsInterface(backend, database, subnet)


def _describe(original: Any, self: Any) -> ActionResult:
    ids: list[str] = self._get_param("NetworkInterfaceIds", [])
    filters = self._filters_from_querystring()
    self.error_on_dryrun()
    own = [interface for interface in _of_rds(self.ec2_backend) if not ids or interface.id in ids]
    others = sorted(set(ids) - {interface.id for interface in own})
    found: list[Any] = []
    if others or not ids:
        found = self.ec2_backend.get_all_network_interfaces(others, filters)
    chosen: list[RdsInterface] = generic_filter(filters, own)
    return ActionResult({"NetworkInterfaces": [*found, *(interface.shown for interface in chosen)]})


def install() -> None:
    around(ElasticNetworkInterfaces, "describe_network_interfaces", _describe)
