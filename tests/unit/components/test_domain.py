"""Domains: an instance joins a directory of AWS, with a role, or a domain of the user's own."""

import json
from typing import Any

import pytest
from tests.unit.components.programs import POSTGRES, database, described

from dbstack import SpecError

DIRECTORY = "d-0123456789"
OWN: dict[str, Any] = {
    "fqdn": "corp.example.com",
    "ou": "OU=databases,DC=corp,DC=example,DC=com",
    "auth_secret_arn": "arn:aws:secretsmanager:us-east-1:123456789012:secret:join-abcdef",
    "dns_ips": ["10.0.0.10", "10.0.0.11"],
}
SQLSERVER: dict[str, Any] = {
    "engine": "sqlserver-se",
    "engine_version": "16.00",
    "instance_class": "db.m5.xlarge",
}
ROLE = "aws:iam/role:Role"


def joined(deployment: Any) -> dict[str, Any]:
    [membership] = described(deployment)["DomainMemberships"]
    assert membership["Status"] == "joined"
    return membership


@pytest.mark.parametrize(
    "engine",
    [
        POSTGRES,
        {"engine": "mysql", "engine_version": "8.4", "instance_class": "db.t3.micro"},
        {"engine": "oracle-ee", "engine_version": "19", "instance_class": "db.t3.small"},
        SQLSERVER,
    ],
    ids=lambda engine: engine["engine"],
)
def test_a_directory_of_aws_with_a_role_that_is_made(engine: dict[str, Any]) -> None:
    with database({**engine, "domain": {"directory_id": DIRECTORY}}) as deployment:
        membership = joined(deployment)
        assert membership["Domain"] == DIRECTORY
        iam, role = deployment.client("iam"), membership["IAMRoleName"]
        assert role.startswith("shop-dev-app-domain-")
        attached = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
        assert [policy["PolicyName"] for policy in attached] == ["AmazonRDSDirectoryServiceAccess"]
        trust = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
        trust = json.loads(trust) if isinstance(trust, str) else trust
        assert trust["Statement"][0]["Principal"]["Service"] == [
            "directoryservice.rds.amazonaws.com",
            "rds.amazonaws.com",
        ]


def test_a_role_that_is_given() -> None:
    with database({**POSTGRES, "domain": {"directory_id": DIRECTORY, "role_name": "joins"}}) as deployment:
        assert joined(deployment)["IAMRoleName"] == "joins"
        assert not [role for role in deployment.of_type(ROLE) if role.name == "app-domain"]


def test_a_domain_of_ones_own() -> None:
    with database({**SQLSERVER, "domain": OWN}) as deployment:
        membership = joined(deployment)
        assert {
            "fqdn": membership["FQDN"],
            "ou": membership["OU"],
            "auth_secret_arn": membership["AuthSecretArn"],
            "dns_ips": membership["DnsIps"],
        } == OWN
        assert "IAMRoleName" not in membership
        assert not [role for role in deployment.of_type(ROLE) if role.name == "app-domain"]


def test_none_is_joined_unasked() -> None:
    with database({**POSTGRES, "replicas": {"reads": {}}}) as deployment:
        assert described(deployment)["DomainMemberships"] == []


def test_a_replica_stands_in_none() -> None:
    settings = {**POSTGRES, "domain": {"directory_id": DIRECTORY}, "replicas": {"reads": {}}}
    with database(settings) as deployment:
        assert joined(deployment)["Domain"] == DIRECTORY
        assert described(deployment, "shop-dev-app-reads")["DomainMemberships"] == []


def _without(name: str) -> dict[str, Any]:
    return {key: value for key, value in OWN.items() if key != name}


@pytest.mark.parametrize(
    ("settings", "path", "words"),
    [
        (
            {"engine": "mariadb", "engine_version": "11.4", "domain": {"directory_id": DIRECTORY}},
            "domain",
            "MariaDB on RDS joins no domain",
        ),
        ({"domain": OWN}, "domain", "only SQL Server joins a domain of your own"),
        ({**SQLSERVER, "domain": {**OWN, "directory_id": DIRECTORY}}, "domain", "leave one of the two out"),
        ({**SQLSERVER, "domain": {**OWN, "role_name": "joins"}}, "domain", "leave one of the two out"),
        ({**SQLSERVER, "domain": {}}, "domain.directory_id", "or fqdn, ou, auth_secret_arn, dns_ips"),
        ({"domain": {"role_name": "joins"}}, "domain.directory_id", "is missing"),
        ({"domain": {"directory_id": "corp"}}, "domain.directory_id", "d- and 10 digits"),
        *(({**SQLSERVER, "domain": _without(name)}, f"domain.{name}", "needs all four") for name in OWN),
        ({**SQLSERVER, "domain": {**OWN, "fqdn": "corp"}}, "domain.fqdn", "corp.example.com"),
        ({**SQLSERVER, "domain": {**OWN, "fqdn": f"{'a' * 63}.example"}}, "domain.fqdn", "64 at most"),
        ({**SQLSERVER, "domain": {**OWN, "ou": "databases"}}, "domain.ou", "distinguished name"),
        (
            {**SQLSERVER, "domain": {**OWN, "auth_secret_arn": "join"}},
            "domain.auth_secret_arn",
            "secret's ARN",
        ),
        ({**SQLSERVER, "domain": {**OWN, "dns_ips": ["10.0.0.10"]}}, "domain.dns_ips", "the same one twice"),
        (
            {**SQLSERVER, "domain": {**OWN, "dns_ips": ["10.0.0.10", "dc"]}},
            "domain.dns_ips",
            "no IPv4 address",
        ),
    ],
)
def test_what_is_refused(settings: dict[str, Any], path: str, words: str) -> None:
    with pytest.raises(SpecError) as caught:
        database({**POSTGRES, **settings}, preview=True)
    found = {fault.path: fault.message for fault in caught.value.faults}
    assert words in found[path]
