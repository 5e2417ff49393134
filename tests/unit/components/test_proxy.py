"""RDS Proxy, by itself and in front of a `Database`."""

import json
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from tests.unit.components.programs import POSTGRES, database, described

from dbstack import Database, DatabaseNetwork, DatabaseProxy, SpecError
from dbstack.testing import Deployment, deploy

PROXY = "aws:rds/proxy:Proxy"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"


def proxied(proxy: dict[str, Any], settings: dict[str, Any] | None = None) -> Deployment:
    return database({**POSTGRES, **(settings or {}), "proxy": proxy})


def rules(deployment: Deployment, group: str) -> set[tuple[bool, int, str]]:
    """(egress, port, the other side) of a group's rules."""
    wanted = [{"Name": "group-id", "Values": [group]}]
    found = deployment.client("ec2").describe_security_group_rules(Filters=wanted)["SecurityGroupRules"]
    return {
        (
            rule["IsEgress"],
            rule["FromPort"],
            rule.get("ReferencedGroupInfo", {}).get("GroupId") or rule.get("CidrIpv4", ""),
        )
        for rule in found
    }


def test_a_proxy_before_a_database() -> None:
    with proxied({}) as deployment:
        client = deployment.client("rds")
        proxy = client.describe_db_proxies(DBProxyName="shop-dev-app")["DBProxies"][0]
        assert (proxy["EngineFamily"], proxy["RequireTLS"], proxy["DebugLogging"]) == (
            "POSTGRESQL",
            True,
            False,
        )
        assert proxy["IdleClientTimeout"] == 1800
        (auth,) = proxy["Auth"]
        secret = deployment.outputs["secret_arn"]
        assert (auth["AuthScheme"], auth["IAMAuth"], auth["SecretArn"]) == ("SECRETS", "DISABLED", secret)
        group = client.describe_db_proxy_target_groups(DBProxyName="shop-dev-app")["TargetGroups"][0]
        assert group["ConnectionPoolConfig"]["MaxConnectionsPercent"] == 100
        assert group["ConnectionPoolConfig"]["MaxIdleConnectionsPercent"] == 50
        (target,) = client.describe_db_proxy_targets(DBProxyName="shop-dev-app")["Targets"]
        assert (target["RdsResourceId"], target["Type"]) == ("shop-dev-app", "RDS_INSTANCE")
        assert (target["Port"], target["TargetHealth"]["State"]) == (5432, "AVAILABLE")
        outputs = deployment.outputs
        assert (outputs["proxy_host"], outputs["proxy_arn"]) == (proxy["Endpoint"], proxy["DBProxyArn"])
        assert outputs["proxy_resource_id"].startswith("prx-")


def test_the_way_in_is_the_proxys_and_the_way_on_the_databases() -> None:
    with proxied({}, {"port": 5433, "access": {"from_cidrs": ["10.9.0.0/16"]}}) as deployment:
        proxy = deployment.client("rds").describe_db_proxies()["DBProxies"][0]
        (own,) = proxy["VpcSecurityGroupIds"]
        theirs = deployment.outputs["security_group_id"]
        application = deployment.one("aws:ec2/securityGroup:SecurityGroup", "network-application").id
        # A proxy listens at the engine's default port, whatever the database's is.
        assert rules(deployment, own) == {
            (False, 5432, application),
            (False, 5432, "10.9.0.0/16"),
            (True, 5433, theirs),
        }
        assert (False, 5433, own) in rules(deployment, theirs)


def test_the_role_reads_exactly_its_secrets() -> None:
    with proxied({"secrets": [{"secret_arn": OTHER, "kms_key_id": KEY}]}) as deployment:
        trust = deployment.client("iam").get_role(
            RoleName=deployment.one("aws:iam/role:Role", "app-proxy").id
        )["Role"]
        (statement,) = trust["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Principal"] == {"Service": "rds.amazonaws.com"}
        read, decrypt = json.loads(deployment.one(ROLE_POLICY).inputs["policy"])["Statement"]
        assert read["Action"] == "secretsmanager:GetSecretValue"
        assert read["Resource"] == sorted([OTHER, deployment.outputs["secret_arn"]])
        assert (decrypt["Action"], decrypt["Resource"]) == ("kms:Decrypt", [KEY])
        assert decrypt["Condition"] == {
            "StringEquals": {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}
        }
        auths = deployment.client("rds").describe_db_proxies()["DBProxies"][0]["Auth"]
        assert len(auths) == 2


OTHER = "arn:aws:secretsmanager:us-east-1:123456789012:secret:other-AbCdEf"
KEY = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
ROLE = "arn:aws:iam::123456789012:role/reads-secrets"


def test_every_choice_lands() -> None:
    choices = {
        "proxy_name": "front",
        "iam_authentication": True,
        "require_tls": False,
        "idle_client_timeout_seconds": 60,
        "debug_logging": True,
        "role_arn": ROLE,
        "pool": {
            "max_connections_percent": 40,
            "max_idle_connections_percent": 0,
            "borrow_timeout_seconds": 5,
            "init_query": "SET statement_timeout=30000",
            "session_pinning_filters": ["EXCLUDE_VARIABLE_SETS"],
        },
        "endpoints": {"jobs": {}},
    }
    with proxied(choices, {"engine": "mysql", "engine_version": "8.4"}) as deployment:
        client = deployment.client("rds")
        proxy = client.describe_db_proxies(DBProxyName="front")["DBProxies"][0]
        assert (proxy["EngineFamily"], proxy["RequireTLS"], proxy["DebugLogging"]) == ("MYSQL", False, True)
        assert (proxy["IdleClientTimeout"], proxy["RoleArn"]) == (60, ROLE)
        assert proxy["Auth"][0]["IAMAuth"] == "REQUIRED"
        pool = client.describe_db_proxy_target_groups(DBProxyName="front")["TargetGroups"][0]
        assert pool["ConnectionPoolConfig"] == {
            "MaxConnectionsPercent": 40,
            "MaxIdleConnectionsPercent": 0,
            "ConnectionBorrowTimeout": 5,
            "InitQuery": "SET statement_timeout=30000",
            "SessionPinningFilters": ["EXCLUDE_VARIABLE_SETS"],
        }
        found = client.describe_db_proxy_endpoints(DBProxyEndpointName="front-jobs")["DBProxyEndpoints"]
        assert [item["TargetRole"] for item in found] == ["READ_WRITE"]
        assert [role.name for role in deployment.of_type("aws:iam/role:Role")] == ["app-monitoring"]


def test_without_a_proxy_its_outputs_are_empty() -> None:
    with database(POSTGRES) as deployment:
        assert deployment.of_type(PROXY) == []
        assert [deployment.outputs[f"proxy_{name}"] for name in ("host", "arn", "resource_id")] == [
            "",
            "",
            "",
        ]


def alone(changes: dict[str, Any]) -> Deployment:
    def program() -> dict[str, Any]:
        network = DatabaseNetwork("network", {"vpc_cidr": "10.0.0.0/16", "flow_logs": {"enabled": False}})
        placement = {"vpc_id": network.vpc_id, "subnet_ids": network.subnet_ids}
        made = Database("app", {**POSTGRES, "network": placement})
        args = {
            "engine": "postgres",
            **placement,
            "secret_arn": made.secret_arn,
            "instance_identifier": made.identifier,
            "database_security_group_id": made.security_group_id,
            **changes,
        }
        args = {name: value for name, value in args.items() if value != "-"}
        proxy = DatabaseProxy("front", args)
        return {name: getattr(proxy, name) for name in DatabaseProxy.__annotations__}

    return deploy(program, project="shop", stack="dev")


def test_a_proxy_by_itself() -> None:
    with alone({"endpoints": {"jobs": {}}, "tags": {"Team": "x"}}) as deployment:
        outputs = deployment.outputs
        proxy = deployment.client("rds").describe_db_proxies(DBProxyName="shop-dev-front")["DBProxies"][0]
        assert (outputs["host"], outputs["port"], outputs["arn"]) == (
            proxy["Endpoint"],
            5432,
            proxy["DBProxyArn"],
        )
        assert set(outputs["endpoints"]) == {"jobs"}
        assert [outputs["security_group_id"]] == proxy["VpcSecurityGroupIds"]
        parents = {
            item.name for item in deployment.resources if item.parent and "DatabaseProxy" in item.parent
        }
        assert parents == {"front", "front-to-database", "front-into-database", "front-jobs"}
        assert deployment.one(PROXY).inputs["tags"] == {
            "Name": "shop-dev-front",
            "Environment": "dev",
            "Team": "x",
        }
        assert described(deployment)["DBInstanceIdentifier"] == "shop-dev-app"


@pytest.mark.parametrize(
    ("changes", "path", "words"),
    [
        ({"instance_identifier": "-"}, "instance_identifier", "one of the two is needed"),
        ({"cluster_identifier": "c"}, "instance_identifier", "leave one out"),
        (
            {"endpoints": {"r": {"target_role": "READ_ONLY"}}},
            "endpoints.r.target_role",
            "an instance has none",
        ),
        ({"subnet_ids": ["subnet-12345678"]}, "subnet_ids", "two zones"),
        ({"secret_arn": "shop"}, "secret_arn", "not a secret's ARN"),
        ({"database_port": 80}, "database_port", "not a port"),
        ({"database_security_group_id": "group"}, "database_security_group_id", "sg-"),
    ],
)
def test_bad_arguments_of_a_proxy(changes: dict[str, Any], path: str, words: str) -> None:
    with pytest.raises(SpecError) as caught:
        alone(changes)
    assert [fault.path for fault in caught.value.faults] == [path]
    assert words in caught.value.faults[0].message


def test_a_read_only_endpoint_before_a_cluster() -> None:
    def program() -> dict[str, Any]:
        network = DatabaseNetwork("network", {"vpc_cidr": "10.0.0.0/16", "flow_logs": {"enabled": False}})
        group = aws.ec2.SecurityGroup("db", vpc_id=network.vpc_id)

        def cluster(_vpc: str) -> str:
            deployment_client.create_db_cluster(
                DBClusterIdentifier="orders",
                Engine="aurora-postgresql",
                MasterUsername="app",
                MasterUserPassword="hunter22",
            )
            return "orders"

        from dbstack.sandbox.aws.clients import client

        deployment_client = client("rds", "us-east-1")
        proxy = DatabaseProxy(
            "front",
            {
                "engine": "postgres",
                "vpc_id": network.vpc_id,
                "subnet_ids": network.subnet_ids,
                "secret_arn": OTHER,
                "cluster_identifier": network.vpc_id.apply(cluster),
                "database_security_group_id": group.id,
                "endpoints": {"reports": {"target_role": "READ_ONLY"}},
            },
        )
        return {"endpoints": proxy.endpoints}

    with deploy(program) as deployment:
        found = deployment.client("rds").describe_db_proxy_endpoints(DBProxyName="project-test-front")
        roles = {item["DBProxyEndpointName"]: item["TargetRole"] for item in found["DBProxyEndpoints"]}
        assert roles == {"default": "READ_WRITE", "project-test-front-reports": "READ_ONLY"}


def test_a_transform_reaches_the_proxy() -> None:
    def longer(properties: dict[str, Any], _options: pulumi.ResourceOptions) -> None:
        properties["idle_client_timeout"] = 5

    with database({**POSTGRES, "proxy": {}}, transform={"proxy": longer}) as deployment:
        assert deployment.client("rds").describe_db_proxies()["DBProxies"][0]["IdleClientTimeout"] == 5


def test_adopted_security_groups_are_the_proxys_too() -> None:
    def program() -> dict[str, Any]:
        network = DatabaseNetwork("network", {"vpc_cidr": "10.0.0.0/16", "flow_logs": {"enabled": False}})
        group = aws.ec2.SecurityGroup("mine", vpc_id=network.vpc_id)
        placement = {"vpc_id": network.vpc_id, "subnet_ids": network.subnet_ids}
        access = {"security_group_ids": [group.id]}
        Database("app", {**POSTGRES, "network": placement, "access": access, "proxy": {}})
        return {"group": group.id}

    with deploy(program, project="shop", stack="dev") as deployment:
        proxy = deployment.client("rds").describe_db_proxies()["DBProxies"][0]
        assert proxy["VpcSecurityGroupIds"] == [deployment.outputs["group"]]
        assert deployment.of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule") == []


def test_a_proxy_needs_subnets() -> None:
    def program() -> None:
        placement = {"vpc_id": "vpc-12345678", "subnet_group_name": "mine"}
        Database("app", {**POSTGRES, "network": placement, "proxy": {}})

    with pytest.raises(SpecError, match=r"proxy: .*give network\.subnet_ids"):
        deploy(program)
