"""What stands beside the subnets of a network: flow logs, and endpoints of AWS's services."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from dbstack.common.children import Children
from dbstack.spec.model import FlowLogSpec, NetworkSpec
from dbstack.spec.names import role_prefix
from dbstack.spec.types import FlowLogArgs

FLOW_LOG_ROLES = ("flow_log_group", "flow_log_role", "flow_log_policy", "flow_log")
ENDPOINT_ROLES = ("endpoint_security_group", "endpoint_ingress", "endpoint")
# Whose endpoint lets in the account's own principals only. Not all: some services take no policy, and others' clients
# also come with a signature of AWS's own (image layers from S3).
_OWN_ACCOUNT = frozenset({"secretsmanager"})


def make_flow_logs(
    name: str,
    physical: str,
    spec: FlowLogSpec,
    args: FlowLogArgs,
    vpc: "aws.ec2.Vpc",
    tags: Mapping[str, str],
    children: Children,
) -> None:
    """A log group, a role that may write into it and nothing else, and the flow log."""
    group = children.make(
        "flow_log_group",
        aws.cloudwatch.LogGroup,
        f"{name}-flow-logs",
        {
            "name": f"/vpc/flow-logs/{physical}",
            "retention_in_days": spec.log_retention_days,
            "kms_key_id": args.get("log_kms_key_id"),
            "tags": dict(tags),
        },
    )
    trust: dict[str, Any] = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "vpc-flow-logs.amazonaws.com"},
                "Action": "sts:AssumeRole",
                # Only for flow logs of this account.
                "Condition": {"StringEquals": {"aws:SourceAccount": vpc.owner_id}},
            }
        ],
    }
    role = children.make(
        "flow_log_role",
        aws.iam.Role,
        f"{name}-flow-logs",
        {
            "name_prefix": role_prefix(physical, "flow"),
            "description": "Writes the flow logs of the databases' network",
            "assume_role_policy": pulumi.Output.json_dumps(trust),
            "tags": dict(tags),
        },
    )
    # No logs:CreateLogGroup: with it a record that comes late makes the group anew, after its deletion.
    allowed: dict[str, Any] = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                "Resource": pulumi.Output.concat(group.arn, ":*"),
            },
            {
                "Effect": "Allow",
                "Action": ["logs:DescribeLogGroups", "logs:DescribeLogStreams"],
                "Resource": "*",
            },
        ],
    }
    policy = children.make(
        "flow_log_policy",
        aws.iam.RolePolicy,
        f"{name}-flow-logs",
        {"name": "write", "role": role.name, "policy": pulumi.Output.json_dumps(allowed)},
    )
    children.make(
        "flow_log",
        aws.ec2.FlowLog,
        f"{name}-flow-logs",
        {
            "vpc_id": vpc.id,
            "traffic_type": spec.traffic.upper(),
            "log_destination": group.arn,
            "iam_role_arn": role.arn,
            "max_aggregation_interval": spec.aggregation_seconds,
            "tags": dict(tags),
        },
        pulumi.ResourceOptions(depends_on=[policy]),
    )


def make_endpoints(
    name: str,
    spec: NetworkSpec,
    vpc: "aws.ec2.Vpc",
    subnets: Sequence["aws.ec2.Subnet"],
    route_table: "aws.ec2.RouteTable",
    tags: Any,
    children: Children,
) -> None:
    """Interfaces in every subnet behind one security group; a gateway is a route. `tags` gives those of a role."""
    group = None
    if any(not endpoint.gateway for endpoint in spec.endpoints):
        group = children.make(
            "endpoint_security_group",
            aws.ec2.SecurityGroup,
            f"{name}-endpoints",
            {
                "vpc_id": vpc.id,
                "description": "Endpoints of AWS's services",
                "tags": tags("endpoints"),
            },
        )
        children.make(
            "endpoint_ingress",
            aws.vpc.SecurityGroupIngressRule,
            f"{name}-endpoints",
            {
                "security_group_id": group.id,
                "ip_protocol": "tcp",
                "from_port": 443,
                "to_port": 443,
                "cidr_ipv4": spec.vpc_cidr,
                "description": "HTTPS from the VPC",
                "tags": tags("endpoints-from-vpc"),
            },
        )
    for endpoint in spec.endpoints:
        place: dict[str, Any] = (
            {"route_table_ids": [route_table.id]}
            if endpoint.gateway
            else {
                "subnet_ids": [subnet.id for subnet in subnets],
                "security_group_ids": [group.id] if group else None,
                "private_dns_enabled": True,
            }
        )
        if endpoint.service in _OWN_ACCOUNT:
            place["policy"] = pulumi.Output.json_dumps(_own_principals(vpc.owner_id))
        children.make(
            "endpoint",
            aws.ec2.VpcEndpoint,
            f"{name}-{endpoint.service.replace('.', '-')}",
            {
                "vpc_id": vpc.id,
                "service_name": endpoint.service_name,
                "vpc_endpoint_type": "Gateway" if endpoint.gateway else "Interface",
                "tags": tags(f"endpoint-{endpoint.service}"),
                **place,
            },
        )


def _own_principals(account: pulumi.Output[str]) -> dict[str, Any]:
    """A policy for an endpoint: what the account's own principals may do IAM decides, and nobody else comes through."""
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "*",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalAccount": account}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}
