"""EC2: what moto drops of rules and subnets, and the deletions that it lets through."""

from typing import Any

from moto.ec2.exceptions import DependencyViolationError, InvalidParameterValue
from moto.ec2.models.security_groups import SecurityGroupBackend, SecurityGroupRule
from moto.ec2.models.subnets import Subnet, SubnetBackend
from moto.ec2.models.vpcs import VPCBackend
from moto.ec2.responses.subnets import Subnets

from dbstack.sandbox.moto_ext.patching import around


def _description(rule: Any) -> str | None:
    """A rule's description stands with its source, whichever kind of source that is."""
    own = getattr(rule, "_description", None)
    if own is not None:
        return own or None
    return rule.ip_range.get("Description") or rule.source_group.get("Description")


def _set_description(rule: Any, value: str | None) -> None:
    rule._description = value


def _authorize(original: Any, self: Any, *args: Any, **kwargs: Any) -> Any:
    protocol, start, end = (kwargs.get(name) for name in ("ip_protocol", "from_port", "to_port"))
    if protocol in ("tcp", "udp", "6", "17") and None not in (start, end) and int(str(start)) > int(str(end)):
        raise InvalidParameterValue(f"Invalid TCP/UDP port range ({start}:{end})")
    return original(self, *args, **kwargs)


def _modify_rules(original: Any, self: Any, group_id: str, rules: dict[str, dict[str, Any]]) -> None:
    original(self, group_id, rules)
    group = self.get_security_group_by_name_or_id(group_id)
    for rule_id, wanted in rules.items():
        rule = group.get_rule(rule_id)
        rule.description = wanted.get("Description") or ""
        # moto changes an IPv4 source only.
        if "CidrIpv4" in wanted or "CidrIpv6" in wanted:
            sources = {"CidrIp": wanted.get("CidrIpv4"), "CidrIpv6": wanted.get("CidrIpv6")}
            rule.ip_range = {key: value for key, value in sources.items() if value}
            rule.source_group, rule.prefix_list_id = {}, None
        elif group_ref := wanted.get("ReferencedGroupId"):
            rule.source_group = {"GroupId": group_ref, "OwnerId": self.account_id}
            rule.ip_range, rule.prefix_list_id = {}, None
        elif prefix_list := wanted.get("PrefixListId"):
            rule.prefix_list_id = prefix_list
            rule.ip_range, rule.source_group = {}, {}


def _create_subnet(original: Any, self: Any, *args: Any, **kwargs: Any) -> Any:
    # moto takes the first subnet of each zone for a default one, which gives its instances public addresses.
    subnet = original(self, *args, **kwargs)
    if not self.get_vpc(subnet.vpc_id).is_default:
        subnet.default_for_az = False
        subnet.map_public_ip_on_launch = False
    return subnet


# Settings of a subnet that moto takes and drops: member -> (attribute or key of the launch options, in the options).
_SUBNET_SETTINGS = {
    "EnableDns64": ("enable_dns64", False),
    "EnableResourceNameDnsAAAARecordOnLaunch": ("EnableResourceNameDnsAAAARecord", True),
    "PrivateDnsHostnameTypeOnLaunch": ("HostnameType", True),
}


def _modify_subnet(original: Any, self: Any) -> Any:
    result = original(self)
    subnet = self.ec2_backend.get_subnet(self._get_param("SubnetId"))
    for member, (key, in_options) in _SUBNET_SETTINGS.items():
        value = self._get_param(f"{member}.Value")
        if value is None and member == "PrivateDnsHostnameTypeOnLaunch":
            value = self._get_param(member)
        if value is not None and in_options:
            subnet.private_dns_name_options_on_launch[key] = value
        elif value is not None:
            setattr(subnet, key, value)
    return result


def _ipv6_blocks(subnet: Any) -> list[dict[str, Any]]:
    """moto nests the state of a block once too often."""
    return [
        {
            "ipv6CidrBlock": block["ipv6CidrBlock"],
            "associationId": block["associationId"],
            "ipv6CidrBlockState": {"state": "associated"},
        }
        for block in subnet.ipv6_cidr_block_associations.values()
        if block["ipv6CidrBlockState"]["State"] == "associated"
    ]


def _delete_group(original: Any, self: Any, name: str | None = None, group_id: str | None = None) -> None:
    group = self.get_security_group_by_name_or_id(group_id or name)
    if group is not None:
        users = _users(self, group.id)
        if users:
            raise DependencyViolationError(f"resource {group.id} has a dependent object ({users[0]})")
    original(self, name, group_id)


def _users(backend: Any, group_id: str) -> list[str]:
    """What keeps a group from being deleted: other groups' rules and database instances."""
    from moto.rds.models import rds_backends

    users: list[str] = []
    for groups in backend.groups.values():
        for group in groups.values():
            if group.id != group_id:
                rules = [*group.ingress_rules, *group.egress_rules]
                users += [group.id for rule in rules if rule.source_group.get("GroupId") == group_id]
    databases = rds_backends[backend.account_id][backend.region_name].databases.values()
    users += [
        db.db_instance_identifier
        for db in databases
        if group_id in (getattr(db, "vpc_security_group_ids", None) or ())
    ]
    return users


def _delete_vpc(original: Any, self: Any, vpc_id: str) -> Any:
    """A VPC takes its own network ACL with it."""
    deleted = original(self, vpc_id)
    for acl in [acl for acl in self.network_acls.values() if acl.vpc_id == vpc_id]:
        del self.network_acls[acl.id]
    return deleted


def install() -> None:
    around(VPCBackend, "delete_vpc", _delete_vpc)
    SecurityGroupRule.description = property(_description, _set_description)  # pyright: ignore[reportAttributeAccessIssue]
    around(SecurityGroupBackend, "authorize_security_group_ingress", _authorize)
    around(SecurityGroupBackend, "authorize_security_group_egress", _authorize)
    around(SecurityGroupBackend, "modify_security_group_rules", _modify_rules)
    around(SecurityGroupBackend, "delete_security_group", _delete_group)
    around(SubnetBackend, "create_subnet", _create_subnet)
    around(Subnets, "modify_subnet_attribute", _modify_subnet)
    Subnet.ipv6_cidr_block_association_set = property(_ipv6_blocks)  # pyright: ignore[reportAttributeAccessIssue]
