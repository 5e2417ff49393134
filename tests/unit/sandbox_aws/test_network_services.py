"""Flow logs, VPC endpoints and KMS keys: what AWS refuses and moto lets through."""

from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.unit.sandbox_aws.world import World

ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
FLOW_LOG = "aws:ec2/flowLog:FlowLog"
NO_KEY = "arn:aws:kms:us-east-1:123456789012:key/none"


def endpoint(aws: World, **props: Any) -> dict[str, Any]:
    return {
        "vpcId": aws.ids["vpc"],
        "serviceName": "com.amazonaws.us-east-1.secretsmanager",
        "vpcEndpointType": "Interface",
        "subnetIds": aws.ids["subnets"][:1],
        "securityGroupIds": [aws.ids["sg"]],
        **props,
    }


def test_a_flow_log_into_a_group_that_is_there_delivers(aws: World) -> None:
    client = aws.client("ec2")
    aws.client("logs").create_log_group(logGroupName="flow")
    role = "arn:aws:iam::123456789012:role/flow"
    destination = "arn:aws:logs:us-east-1:123456789012:log-group:flow:*"
    props = {
        "vpcId": aws.ids["vpc"],
        "trafficType": "ALL",
        "iamRoleArn": role,
        "logDestination": destination,
    }
    made = aws.make(FLOW_LOG, props)[0]
    [found] = client.describe_flow_logs(FlowLogIds=[made])["FlowLogs"]
    assert (found["LogGroupName"], found["DeliverLogsStatus"]) == ("flow", "SUCCESS")
    assert found["LogDestination"] == destination


def test_a_flow_log_that_is_of_nothing_is_refused_in_preview(aws: World) -> None:
    faults = aws.backend.check(FLOW_LOG, "flow", {"maxAggregationInterval": 61, "trafficType": "SOME"}, {})
    assert [path for path, _ in faults.faults] == ["vpcId", "maxAggregationInterval", "trafficType"]


def test_private_names_need_a_vpc_that_resolves_names(aws: World) -> None:
    props = {"vpcId": aws.ids["vpc"], "privateDnsEnabled": True}
    with pytest.raises(Exception, match="requires both enableDnsSupport and enableDnsHostnames"):
        aws.make(ENDPOINT, endpoint(aws, **props))


def test_one_endpoint_only_answers_for_a_services_name(aws: World) -> None:
    aws.client("ec2").modify_vpc_attribute(VpcId=aws.ids["vpc"], EnableDnsHostnames={"Value": True})
    made, state, _ = aws.make(ENDPOINT, endpoint(aws, privateDnsEnabled=True))
    with pytest.raises(Exception, match="conflicting DNS domain for secretsmanager"):
        aws.make(ENDPOINT, endpoint(aws, privateDnsEnabled=True))
    aws.backend.delete(ENDPOINT, made, state)
    again, state, _ = aws.make(ENDPOINT, endpoint(aws, privateDnsEnabled=True))
    aws.backend.delete(ENDPOINT, again, state)


def test_an_endpoint_has_an_interface_in_each_of_its_subnets(aws: World) -> None:
    made, state, inputs = aws.make(ENDPOINT, endpoint(aws))
    assert len(state["networkInterfaceIds"]) == 1
    news = {**inputs, "subnetIds": aws.ids["subnets"][:2]}
    after = aws.backend.update(ENDPOINT, made, state, inputs, news)
    assert len(after["networkInterfaceIds"]) == 2
    assert state["networkInterfaceIds"][0] in after["networkInterfaceIds"]
    aws.backend.delete(ENDPOINT, made, after)
    assert aws.backend.read(ENDPOINT, made, after, news) is None
    left = aws.client("ec2").describe_network_interfaces()["NetworkInterfaces"]
    assert not {item["NetworkInterfaceId"] for item in left} & set(after["networkInterfaceIds"])


def test_a_group_that_an_endpoint_has_is_not_deleted(aws: World) -> None:
    group = aws.make("aws:ec2/securityGroup:SecurityGroup", {"name": "of-endpoint", "vpcId": aws.ids["vpc"]})[
        0
    ]
    made, state, _ = aws.make(ENDPOINT, endpoint(aws, securityGroupIds=[group]))
    with pytest.raises(ClientError, match=f"has a dependent object \\({made}\\)"):
        aws.client("ec2").delete_security_group(GroupId=group)
    aws.backend.delete(ENDPOINT, made, state)
    aws.client("ec2").delete_security_group(GroupId=group)


def test_an_endpoint_without_a_group_gets_the_vpcs_default(aws: World) -> None:
    props = {key: value for key, value in endpoint(aws).items() if key != "securityGroupIds"}
    made, state, _ = aws.make(ENDPOINT, props)
    groups = aws.client("ec2").describe_security_groups(GroupIds=state["securityGroupIds"])["SecurityGroups"]
    assert [group["GroupName"] for group in groups] == ["default"]
    aws.backend.delete(ENDPOINT, made, state)


def test_a_gateway_endpoint_is_a_route_in_its_tables(aws: World) -> None:
    table = aws.make("aws:ec2/routeTable:RouteTable", {"vpcId": aws.ids["vpc"]})[0]
    props = {
        "vpcId": aws.ids["vpc"],
        "serviceName": "com.amazonaws.us-east-1.s3",
        "routeTableIds": [table],
    }
    made, state, inputs = aws.make(ENDPOINT, props)
    assert state["prefixListId"].startswith("pl-")
    assert state["cidrBlocks"]

    def gateways() -> set[str]:
        [found] = aws.client("ec2").describe_route_tables(RouteTableIds=[table])["RouteTables"]
        return {route.get("GatewayId", "") for route in found["Routes"]} - {"local"}

    assert gateways() == {made}
    after = aws.backend.update(ENDPOINT, made, state, inputs, {**inputs, "routeTableIds": []})
    assert gateways() == set()
    aws.backend.delete(ENDPOINT, made, after)


def instance(**members: Any) -> dict[str, Any]:
    return {
        "DBInstanceIdentifier": "keyed",
        "Engine": "postgres",
        "EngineVersion": "17.5",
        "DBInstanceClass": "db.t3.micro",
        "AllocatedStorage": 20,
        "StorageType": "gp3",
        "StorageEncrypted": True,
        "MasterUsername": "app",
        "MasterUserPassword": "first-password",
        **members,
    }


@pytest.mark.parametrize(
    "members",
    [
        {"KmsKeyId": NO_KEY},
        {"EnablePerformanceInsights": True, "PerformanceInsightsKMSKeyId": NO_KEY},
        {"KmsKeyId": "elsewhere"},
        {"KmsKeyId": "disabled"},
    ],
)
def test_a_key_that_rds_cant_use(aws: World, members: dict[str, Any]) -> None:
    if members.get("KmsKeyId") == "elsewhere":
        made = aws.client("kms", "eu-west-1").create_key()
        members = {"KmsKeyId": made["KeyMetadata"]["Arn"]}
    if members.get("KmsKeyId") == "disabled":
        made = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
        aws.client("kms").disable_key(KeyId=made)
        members = {"KmsKeyId": made}
    with pytest.raises(ClientError, match="does not exist, is not enabled or you do not have") as error:
        aws.client("rds").create_db_instance(**instance(**members))
    assert error.value.response["Error"]["Code"] == "KMSKeyNotAccessibleFault"
    assert aws.client("rds").describe_db_instances()["DBInstances"] == []


def test_a_key_of_another_account_is_none_of_the_sandboxs_business(aws: World) -> None:
    key = "arn:aws:kms:us-east-1:999999999999:key/theirs"
    aws.client("rds").create_db_instance(**instance(KmsKeyId=key))
    [found] = aws.client("rds").describe_db_instances()["DBInstances"]
    assert found["KmsKeyId"] == key


def test_awss_own_keys_are_awss_and_the_same_whoever_asks_first(aws: World) -> None:
    keys = [
        aws.client("kms", region).describe_key(KeyId="alias/aws/rds")["KeyMetadata"]
        for region in ("us-west-1", "us-west-2", "us-west-1")
    ]
    assert {key["KeyManager"] for key in keys} == {"AWS"}
    assert keys[0]["KeyId"] == keys[2]["KeyId"] != keys[1]["KeyId"]
    status = aws.client("kms", "us-west-1").get_key_rotation_status(KeyId=keys[0]["KeyId"])
    assert status["KeyRotationEnabled"] is True


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"logGroupName": "a b"}, "is not a log group's name"),
        ({"logGroupName": "keyed", "kmsKeyId": NO_KEY}, "KMS key does not exist"),
    ],
)
def test_a_log_group_that_aws_refuses(aws: World, members: dict[str, str], words: str) -> None:
    with pytest.raises(ClientError, match=words) as error:
        aws.client("logs").create_log_group(**members)
    assert error.value.response["Error"]["Code"] == "InvalidParameterException"


def test_log_events_are_kept_for_one_of_the_choices(aws: World) -> None:
    client = aws.client("logs")
    client.create_log_group(logGroupName="kept")
    with pytest.raises(ClientError, match="use 60"):
        client.put_retention_policy(logGroupName="kept", retentionInDays=42)
    client.put_retention_policy(logGroupName="kept", retentionInDays=60)
    token = "aws:cloudwatch/logGroup:LogGroup"
    faults = aws.backend.check(token, "group", {"retentionInDays": 42}, {}).faults
    assert [path for path, _ in faults] == ["retentionInDays"]


def test_a_protected_log_group_is_not_deleted(aws: World) -> None:
    client = aws.client("logs")
    client.create_log_group(logGroupName="safe", deletionProtectionEnabled=True)
    with pytest.raises(ClientError, match="deletion protection"):
        client.delete_log_group(logGroupName="safe")
    client.put_log_group_deletion_protection(logGroupIdentifier="safe", deletionProtectionEnabled=False)
    client.delete_log_group(logGroupName="safe")


def test_awss_managed_policies_are_there_when_they_are_named(aws: World) -> None:
    arn = "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup"
    client = aws.client("iam")
    policy = client.get_policy(PolicyArn=arn)["Policy"]
    version = client.get_policy_version(PolicyArn=arn, VersionId=policy["DefaultVersionId"])["PolicyVersion"]
    assert "rds:CreateDBSnapshot" in str(version["Document"])
    trust = '{"Version": "2012-10-17", "Statement": []}'
    client.create_role(RoleName="trusting", AssumeRolePolicyDocument=trust)
    for wrong in ("arn:aws:iam::aws:policy/None", arn.replace("service-role/", "")):
        with pytest.raises(ClientError, match="does not exist or is not attachable"):
            client.attach_role_policy(RoleName="trusting", PolicyArn=wrong)
