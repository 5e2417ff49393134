"""What a security scanner reads and moto doesn't know: certificates, versions, monitoring, network interfaces."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError
from tests.unit.sandbox_aws.test_refusals import create
from tests.unit.sandbox_aws.world import World


def test_the_certificate_of_an_instance_is_valid(aws: World) -> None:
    rds = aws.client("rds")
    name = create(aws)["CACertificateIdentifier"]
    [found] = rds.describe_certificates(CertificateIdentifier=name)["Certificates"]
    assert found["ValidFrom"] < datetime.now(UTC) < found["ValidTill"]
    assert found["CertificateArn"] == f"arn:aws:rds:us-east-1::cert:{name}"
    everything = rds.describe_certificates()
    assert len(everything["Certificates"]) == 3
    assert everything["DefaultCertificateForNewLaunches"] == "rds-ca-rsa2048-g1"
    with pytest.raises(ClientError, match="CertificateNotFound"):
        rds.describe_certificates(CertificateIdentifier="rds-ca-2019")


def test_engine_versions_have_pages(aws: World) -> None:
    pages = list(aws.client("rds").get_paginator("describe_db_engine_versions").paginate())
    assert len(pages) > 1
    found = [
        (entry["Engine"], entry["EngineVersion"]) for page in pages for entry in page["DBEngineVersions"]
    ]
    assert len(set(found)) == len(found) > 100
    database = create(aws)
    assert (database["Engine"], database["EngineVersion"]) in found


def test_enhanced_monitoring_names_its_log_stream(aws: World) -> None:
    assert "EnhancedMonitoringResourceArn" not in create(aws)
    role = "arn:aws:iam::123456789012:role/monitoring"
    database = create(aws, MonitoringInterval=60, MonitoringRoleArn=role)
    assert database["EnhancedMonitoringResourceArn"].endswith(
        f":log-group:RDSOSMetrics:log-stream:{database['DbiResourceId']}"
    )


def test_an_instance_has_a_network_interface(aws: World) -> None:
    ec2, groups = aws.client("ec2"), [aws.ids["sg"]]
    before = ec2.describe_network_interfaces()["NetworkInterfaces"]
    create(aws, DBInstanceIdentifier="wired", DBSubnetGroupName="group", VpcSecurityGroupIds=groups)
    after = ec2.describe_network_interfaces()["NetworkInterfaces"]
    [new] = [item for item in after if item not in before]
    assert [group["GroupId"] for group in new["Groups"]] == groups
    assert new["SubnetId"] in aws.ids["subnets"]
    assert new["Description"] == "RDSNetworkInterface"
    for name, value in {
        "group-id": groups[0],
        "vpc-id": aws.ids["vpc"],
        "requester-managed": "true",
        "private-ip-address": new["PrivateIpAddress"],
    }.items():
        found = ec2.describe_network_interfaces(Filters=[{"Name": name, "Values": [value]}])
        assert new in found["NetworkInterfaces"], name
    other = [{"Name": "group-id", "Values": [aws.ids["sg2"]]}]
    assert new not in ec2.describe_network_interfaces(Filters=other)["NetworkInterfaces"]
    id = new["NetworkInterfaceId"]
    assert ec2.describe_network_interfaces(NetworkInterfaceIds=[id])["NetworkInterfaces"] == [new]
    with pytest.raises(ClientError, match="InvalidNetworkInterfaceID"):
        ec2.describe_network_interfaces(NetworkInterfaceIds=[id, "eni-00000000000000000"])


def test_a_read_secret_has_a_day(aws: World) -> None:
    secrets = aws.client("secretsmanager")
    arn = secrets.create_secret(Name=aws.unique("read"), SecretString="x")["ARN"]
    assert "LastAccessedDate" not in secrets.describe_secret(SecretId=arn)
    secrets.get_secret_value(SecretId=arn)
    day = secrets.describe_secret(SecretId=arn)["LastAccessedDate"]
    assert timedelta(0) < datetime.now(UTC) - day < timedelta(days=1)


def test_a_vpc_takes_its_acl_with_it(aws: World) -> None:
    ec2 = aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.99.0.0/16")["Vpc"]["VpcId"]
    within = [{"Name": "vpc-id", "Values": [vpc]}]
    assert len(ec2.describe_network_acls(Filters=within)["NetworkAcls"]) == 1
    ec2.delete_vpc(VpcId=vpc)
    assert ec2.describe_network_acls(Filters=within)["NetworkAcls"] == []


def test_the_paths_that_we_add_are_routes_of_motos_server(aws: World) -> None:
    """A server's route knows named groups only: with another one in it the path is never found over HTTP."""
    from moto.backup import urls

    for path in urls.url_paths:
        bare = re.sub(r"\(\?P<\w+>[^()]+\)", "", path)
        assert not set("()|") & set(bare), path
