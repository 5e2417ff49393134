"""Samples of RDS Proxy's types, see samples.py."""

from typing import Any

from tests.unit.sandbox_aws.sample import ROLE, Sample, TypeSamples, rds_tags

SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:shop"
AUTH = {"authScheme": "SECRETS", "iamAuth": "REQUIRED", "secretArn": f"{SECRET}-other"}
POOL = {
    "connectionBorrowTimeout": 60,
    "initQuery": "SET x=1",
    "maxConnectionsPercent": 80,
    "maxIdleConnectionsPercent": 10,
    "sessionPinningFilters": ["EXCLUDE_VARIABLE_SETS"],
}


def _plain_proxy(aws: Any) -> dict[str, Any]:
    return {
        "name": aws.unique("proxy"),
        "engineFamily": "POSTGRESQL",
        "roleArn": ROLE,
        "vpcSubnetIds": aws.ids["subnets"][:2],
        "auths": [{"authScheme": "SECRETS", "secretArn": SECRET}],
    }


def _fresh_proxy(aws: Any) -> str:
    """A proxy of its own: the pool of connections is one per proxy."""
    aws.ids["last proxy"] = aws.make("aws:rds/proxy:Proxy", _plain_proxy(aws))[0]
    return aws.ids["last proxy"]


def _proxy(aws: Any, name: str) -> Any:
    """The proxy; nothing where it has been renamed."""
    proxies = aws.client("rds").describe_db_proxies()["DBProxies"]
    return next((proxy for proxy in proxies if proxy["DBProxyName"] == name), {})


def _target(aws: Any, resource_id: str) -> Any:
    proxy, _group, kind, identifier = resource_id.split("/")
    found = aws.client("rds").describe_db_proxy_targets(DBProxyName=proxy)["Targets"]
    target = next(item for item in found if (item["Type"], item["RdsResourceId"]) == (kind, identifier))
    return {**target, "Proxy": proxy}


PROXY_SAMPLES: dict[str, TypeSamples] = {
    "aws:rds/proxy:Proxy": TypeSamples(
        _plain_proxy,
        _proxy,
        lambda ids: {
            "name": Sample(
                "another-proxy", look=lambda aws, _id, _found: _proxy(aws, "another-proxy")["DBProxyName"]
            ),
            "engineFamily": Sample("MYSQL", "EngineFamily"),
            "roleArn": Sample(f"{ROLE}-other", "RoleArn"),
            "vpcSubnetIds": Sample(ids["subnets"], "VpcSubnetIds"),
            "vpcSecurityGroupIds": Sample([ids["sg"], ids["sg2"]], "VpcSecurityGroupIds"),
            "auths": Sample(
                [AUTH],
                "Auth",
                [{"AuthScheme": "SECRETS", "IAMAuth": "REQUIRED", "SecretArn": f"{SECRET}-other"}],
            ),
            "requireTls": Sample(True, "RequireTLS"),
            "idleClientTimeout": Sample(60, "IdleClientTimeout"),
            "debugLogging": Sample(True, "DebugLogging"),
            "defaultAuthScheme": Sample("IAM_AUTH", "DefaultAuthScheme"),
            "endpointNetworkType": Sample("DUAL", "EndpointNetworkType"),
            "targetConnectionNetworkType": Sample("IPV6", "TargetConnectionNetworkType"),
            **rds_tags("DBProxyArn"),
        },
    ),
    "aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup": TypeSamples(
        lambda aws: {"dbProxyName": _fresh_proxy(aws)},
        lambda aws, found: aws.client("rds").describe_db_proxy_target_groups(DBProxyName=found)[
            "TargetGroups"
        ][0],
        lambda ids: {
            "dbProxyName": Sample(ids["proxy2"], "DBProxyName"),
            "connectionPoolConfig": Sample(
                POOL,
                "ConnectionPoolConfig",
                {name[:1].upper() + name[1:]: value for name, value in POOL.items()},
            ),
        },
    ),
    "aws:rds/proxyTarget:ProxyTarget": TypeSamples(
        lambda aws: {
            "dbProxyName": _fresh_proxy(aws),
            "targetGroupName": "default",
            "dbInstanceIdentifier": "source",
        },
        _target,
        lambda ids: {
            "dbProxyName": Sample(ids["proxy2"], "Proxy"),
            "dbInstanceIdentifier": Sample("other-source", "RdsResourceId"),
            "dbClusterIdentifier": Sample("aurora", "RdsResourceId", instead=("dbInstanceIdentifier",)),
        },
    ),
    "aws:rds/proxyEndpoint:ProxyEndpoint": TypeSamples(
        lambda aws: {
            "dbProxyName": aws.ids["proxy"],
            "dbProxyEndpointName": aws.unique("endpoint"),
            "vpcSubnetIds": aws.ids["subnets"][:2],
        },
        lambda aws, found: aws.client("rds").describe_db_proxy_endpoints(
            DBProxyName=found.split("/")[0], DBProxyEndpointName=found.split("/")[1]
        )["DBProxyEndpoints"][0],
        lambda ids: {
            "dbProxyName": Sample(ids["proxy2"], "DBProxyName"),
            "dbProxyEndpointName": Sample("another-endpoint", "DBProxyEndpointName"),
            "targetRole": Sample("READ_ONLY", "TargetRole"),
            "vpcSubnetIds": Sample(ids["subnets"], "VpcSubnetIds"),
            "vpcSecurityGroupIds": Sample([ids["sg"], ids["sg2"]], "VpcSecurityGroupIds"),
            **rds_tags("DBProxyEndpointArn"),
        },
    ),
}
