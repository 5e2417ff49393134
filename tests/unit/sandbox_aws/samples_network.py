"""Samples of flow logs and VPC endpoints."""

import json
from typing import Any

from tests.unit.sandbox_aws.sample import Sample, TypeSamples

POLICY = json.dumps({"Version": "2012-10-17", "Statement": []})
ROLE = "arn:aws:iam::123456789012:role/flow"
FIREHOSE = "arn:aws:firehose:us-east-1:123456789012:deliverystream/flow"
_TAGS = {
    "tags": Sample(
        {"Name": "x", "with.dot": "y"},
        look=lambda _aws, _id, found: {tag["Key"]: tag["Value"] for tag in found["Tags"]},
    )
}


def _flow_log(aws: Any, found: str) -> Any:
    return aws.client("ec2").describe_flow_logs(FlowLogIds=[found])["FlowLogs"][0]


def _endpoint(aws: Any, found: str) -> Any:
    return aws.client("ec2").describe_vpc_endpoints(VpcEndpointIds=[found])["VpcEndpoints"][0]


NETWORK: dict[str, TypeSamples] = {
    "aws:ec2/flowLog:FlowLog": TypeSamples(
        lambda aws: {
            "vpcId": aws.ids["vpc"],
            "trafficType": "ALL",
            "iamRoleArn": ROLE,
            "logDestination": f"arn:aws:logs:us-east-1:123456789012:log-group:{aws.unique('flow')}",
        },
        _flow_log,
        lambda ids: {
            "vpcId": Sample(ids["vpc2"], "ResourceId"),
            "subnetId": Sample(ids["subnets"][0], "ResourceId", instead=("vpcId",)),
            "eniId": Sample(ids["interface"], "ResourceId", instead=("vpcId",)),
            "trafficType": Sample("REJECT", "TrafficType"),
            "iamRoleArn": Sample(f"{ROLE}2", "DeliverLogsPermissionArn"),
            "logDestination": Sample("arn:aws:logs:us-east-1:123456789012:log-group:other", "LogDestination"),
            "logDestinationType": Sample(
                "kinesis-data-firehose",
                "LogDestinationType",
                beside={"logDestination": FIREHOSE},
                instead=("iamRoleArn",),
            ),
            "logFormat": Sample("${version} ${action}", "LogFormat"),
            "maxAggregationInterval": Sample(60, "MaxAggregationInterval"),
            **_TAGS,
        },
    ),
    "aws:ec2/vpcEndpoint:VpcEndpoint": TypeSamples(
        lambda aws: {
            "vpcId": aws.ids["vpc"],
            "serviceName": "com.amazonaws.us-east-1.logs",
            "vpcEndpointType": "Interface",
            "subnetIds": aws.ids["subnets"][:1],
            "securityGroupIds": [aws.ids["sg"]],
        },
        _endpoint,
        lambda ids: {
            "vpcId": Sample(ids["free vpc"], "VpcId", instead=("subnetIds", "securityGroupIds")),
            "serviceName": Sample("com.amazonaws.us-east-1.kms", "ServiceName"),
            "vpcEndpointType": Sample(
                "Gateway",
                "VpcEndpointType",
                beside={"serviceName": "com.amazonaws.us-east-1.s3"},
                instead=("subnetIds", "securityGroupIds"),
            ),
            "policy": Sample(POLICY, "PolicyDocument"),
            "privateDnsEnabled": Sample(True, "PrivateDnsEnabled"),
            "ipAddressType": Sample("dualstack", "IpAddressType"),
            "dnsOptions": Sample({"dnsRecordIpType": "dualstack"}, "DnsOptions.DnsRecordIpType", "dualstack"),
            "routeTableIds": Sample(
                [ids["table"]],
                "RouteTableIds",
                beside={"vpcEndpointType": "Gateway", "serviceName": "com.amazonaws.us-east-1.s3"},
                instead=("subnetIds", "securityGroupIds"),
            ),
            "subnetIds": Sample(ids["subnets"][:2], "SubnetIds"),
            "securityGroupIds": Sample([ids["sg2"]], "Groups.*.GroupId"),
            **_TAGS,
        },
    ),
}
