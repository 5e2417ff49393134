"""The program: the databases that `dbstack:stack` in Pulumi.<stack>.yaml describes, and their outputs."""

from collections.abc import Mapping

import pulumi

from dbstack import (
    Database,
    DatabaseBackupPlan,
    DatabaseCluster,
    DatabaseDashboard,
    DatabaseMonitoringRole,
    DatabaseNetwork,
    DatabaseNotifications,
    PlacementArgs,
)
from dbstack.common.controls import report_stack
from dbstack.config import load
from dbstack.config.program import (
    backup_plan_args,
    cluster_args,
    controls_args,
    dashboard_args,
    database_args,
    docker_stack_args,
    monitoring_role_args,
    network_args,
    notifications_args,
    placement,
)
from dbstack.spec.types import StackSettings


def on_aws(stack: StackSettings) -> Mapping[str, Database]:
    """Everything of a stack on AWS."""
    given = placement(stack)
    if given is None:
        network = DatabaseNetwork("network", network_args(stack))
        given = PlacementArgs(
            vpc_id=network.vpc_id,
            subnet_ids=network.subnet_ids,
            application_security_group_id=network.application_security_group_id,
        )

    role_args = monitoring_role_args(stack)
    role = DatabaseMonitoringRole("databases", role_args).arn if role_args else None
    told = notifications_args(stack)
    topic = DatabaseNotifications("notifications", told).topic_arn if told is not None else None
    databases = {
        name: Database(name, database_args(stack, name, given, role, topic)) for name in stack["databases"]
    }
    clusters = {
        name: DatabaseCluster(name, cluster_args(stack, name, given, role, topic))
        for name in stack.get("clusters", {})
    }
    backups = backup_plan_args(stack, databases, clusters)
    if backups is not None:
        plan = DatabaseBackupPlan("backups", backups)
        pulumi.export("backups", {"planId": plan.plan_id, "vaultName": plan.vault_name})
    if topic is not None:
        pulumi.export("notifications", {"topicArn": topic})
    board = dashboard_args(stack)
    if board is not None:
        pulumi.export("dashboard", {"name": DatabaseDashboard("dashboard", board).dashboard_name})
    report_stack(controls_args(stack))

    pulumi.export(
        "network",
        {
            "vpcId": given["vpc_id"],
            "subnetIds": given.get("subnet_ids"),
            "applicationSecurityGroupId": given.get("application_security_group_id"),
        },
    )
    if clusters:
        pulumi.export(
            "clusters",
            {
                name: {
                    "host": cluster.host,
                    "readerHost": cluster.reader_host,
                    "port": cluster.port,
                    "database": cluster.database,
                    "username": cluster.username,
                    "secretArn": cluster.secret_arn,
                    "engine": cluster.engine,
                    "arn": cluster.arn,
                    "resourceId": cluster.resource_id,
                    "instances": cluster.instances,
                    "endpoints": cluster.endpoints,
                }
                for name, cluster in clusters.items()
            },
        )
    return databases


def on_docker(stack: StackSettings) -> Mapping[str, Database]:
    """Everything of a stack in containers on this machine."""
    from dbstack import DockerStack

    made = DockerStack("stack", docker_stack_args(stack))
    pulumi.export("dockerNetwork", made.network_name)
    for name, url in (("redis", made.redis_url), ("mongo", made.mongo_url)):
        if name in stack.get("docker", {}):
            pulumi.export(name, {"url": url})
    if "monitoring" in stack.get("docker", {}):
        pulumi.export(
            "monitoring",
            {
                "prometheusUrl": made.prometheus_url,
                "grafanaUrl": made.grafana_url,
                "grafanaPassword": made.grafana_password,
            },
        )
    return made.databases


stack = load(pulumi.Config("dbstack").require_object("stack"))
databases = on_docker(stack) if stack.get("target") == "docker" else on_aws(stack)
pulumi.export(
    "databases",
    {
        name: {
            "host": database.host,
            "port": database.port,
            "database": database.database,
            "username": database.username,
            "secretArn": database.secret_arn,
            "url": database.url,
            "engine": database.engine,
            "arn": database.arn,
            "resourceId": database.resource_id,
            "replicas": database.replicas,
            "replicaResourceIds": database.replica_resource_ids,
            "proxyHost": database.proxy_host,
            "proxyArn": database.proxy_arn,
            "proxyResourceId": database.proxy_resource_id,
        }
        for name, database in databases.items()
    },
)
