"""The Active Directory domain of an instance: its properties, and the role by which RDS speaks to AWS's directory."""

import json
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from dbstack.aws.deletion import needed_options
from dbstack.common.children import Children
from dbstack.spec.names import role_prefix
from dbstack.spec.partitions import DIRECTORY_POLICY, managed_policy
from dbstack.spec.types import DomainArgs

ROLES = ("domain_role", "domain_policy")

# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/postgresql-kerberos-setting-up.html
_SERVICES = ["directoryservice.rds.amazonaws.com", "rds.amazonaws.com"]


def domain_properties(
    name: str, physical: str, given: DomainArgs, children: Children, tags: Mapping[str, str], *, retain: bool
) -> dict[str, Any]:
    """What of `aws.rds.Instance` says which domain it joins; `physical` begins the name of a role that is made."""
    if not given:
        return {}
    role: pulumi.Input[str] | None = given.get("role_name")
    if role is None and "directory_id" in given:
        role = _make_role(name, physical, children, tags, retain=retain)
    return {
        "domain": given.get("directory_id"),
        "domain_iam_role_name": role,
        "domain_fqdn": given.get("fqdn"),
        "domain_ou": given.get("ou"),
        "domain_auth_secret_arn": given.get("auth_secret_arn"),
        "domain_dns_ips": given.get("dns_ips"),
    }


def _make_role(
    name: str, physical: str, children: Children, tags: Mapping[str, str], *, retain: bool
) -> pulumi.Output[str]:
    """Name of a role by which RDS may join instances, known once it may."""
    role_name = f"{name}-domain"
    statement = {"Effect": "Allow", "Principal": {"Service": _SERVICES}, "Action": "sts:AssumeRole"}
    role = children.make(
        "domain_role",
        aws.iam.Role,
        role_name,
        {
            "name_prefix": role_prefix(physical, "domain"),
            "assume_role_policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
            "description": "RDS joins an Active Directory domain",
            "tags": {**tags, "Name": f"{physical}-domain"},
        },
        needed_options(retain),
    )
    attached = children.make(
        "domain_policy",
        aws.iam.RolePolicyAttachment,
        role_name,
        {"role": role.name, "policy_arn": role.arn.apply(lambda arn: managed_policy(arn, DIRECTORY_POLICY))},
        needed_options(retain, role),
    )
    return pulumi.Output.all(role.name, attached.id).apply(lambda made: str(made[0]))
