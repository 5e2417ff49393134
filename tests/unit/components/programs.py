"""Programs that the component tests deploy."""

from typing import Any

from dbstack import Database, DatabaseNetwork
from dbstack.testing import Deployment, deploy

POSTGRES: dict[str, Any] = {"engine": "postgres", "engine_version": "17", "instance_class": "db.t3.micro"}

INSTANCE = "aws:rds/instance:Instance"
SECRET = "aws:secretsmanager/secret:Secret"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"

# No flow logs: their role and their log group would stand among those that a test looks at.
QUIET: dict[str, Any] = {
    "flow_logs": {"enabled": False},
    "controls": {"acknowledged": {"EC2.6": "a test of databases"}},
}


def database(settings: dict[str, Any], name: str = "app", **options: Any) -> Deployment:
    """Deploy one `Database` in a network of its own, in project `shop`, stack `dev`."""
    transform, named_after = options.pop("transform", None), options.pop("named_after", None)

    def program() -> dict[str, Any]:
        network = DatabaseNetwork("network", {"vpc_cidr": "10.0.0.0/16", **QUIET})
        placement = {
            "vpc_id": network.vpc_id,
            "subnet_ids": [network.subnet_ids[0], network.subnet_ids[1]],
            "application_security_group_id": network.application_security_group_id,
        }
        made = Database(
            name, {"network": placement, **settings}, transform=transform, named_after=named_after
        )
        keys = (
            "host",
            "port",
            "database",
            "username",
            "secret_arn",
            "engine",
            "replicas",
            "security_group_id",
            "arn",
            "resource_id",
            "replica_resource_ids",
            "proxy_host",
            "proxy_arn",
            "proxy_resource_id",
        )
        return {key: getattr(made, key) for key in keys}

    return deploy(program, project="shop", stack="dev", **options)


def described(deployment: Deployment, identifier: str = "shop-dev-app") -> dict[str, Any]:
    """The instance as boto3 sees it."""
    found = deployment.client("rds").describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"]
    assert len(found) == 1
    return found[0]


def tags(instance: dict[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in instance["TagList"]}
