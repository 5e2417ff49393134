"""From a loaded stack config to the arguments of the components: what `infra/` hands on."""

from collections.abc import Mapping

import pulumi

from dbstack.common.children import names_for
from dbstack.database import Database
from dbstack.database_cluster import DatabaseCluster
from dbstack.spec.cluster_alarms import cluster_members
from dbstack.spec.paths import Path
from dbstack.spec.plan_backup import is_continuous
from dbstack.spec.replicas import region_of, replica_identifier
from dbstack.spec.types import (
    BackupPlanSettings,
    ClusterMonitoringArgs,
    ClusterSettings,
    ControlsArgs,
    DashboardInstanceArgs,
    DatabaseArgs,
    DatabaseBackupPlanArgs,
    DatabaseClusterArgs,
    DatabaseDashboardArgs,
    DatabaseMonitoringRoleArgs,
    DatabaseNetworkArgs,
    DatabaseNotificationsArgs,
    DatabaseSettings,
    DockerStackArgs,
    MonitoringArgs,
    OnDelete,
    PlacementArgs,
    StackSettings,
)
from dbstack.spec.view import View


def placement(stack: StackSettings) -> PlacementArgs | None:
    """The existing VPC and subnets that the config names; None where dbstack shall make the network."""
    network = stack.get("network", {})
    if "vpc_id" not in network:
        return None
    given = PlacementArgs(vpc_id=network["vpc_id"])
    if "subnet_ids" in network:
        given["subnet_ids"] = list(network["subnet_ids"])
    if "subnet_group_name" in network:
        given["subnet_group_name"] = network["subnet_group_name"]
    if "application_security_group_id" in network:
        given["application_security_group_id"] = network["application_security_group_id"]
    return given


def network_args(stack: StackSettings) -> DatabaseNetworkArgs:
    """Arguments of the network that dbstack makes for the stack."""
    network = stack.get("network", {})
    args = DatabaseNetworkArgs(vpc_cidr=network.get("vpc_cidr", ""), environment=stack["environment"])
    args["deletion_protection"] = any(
        _is_protected(settings)
        for settings in (*stack["databases"].values(), *stack.get("clusters", {}).values())
    )
    args["retain"] = _retains(stack)
    if "availability_zones" in network:
        args["availability_zones"] = network["availability_zones"]
    if "availability_zone_names" in network:
        args["availability_zone_names"] = network["availability_zone_names"]
    if "flow_logs" in network:
        args["flow_logs"] = network["flow_logs"]
    if "endpoints" in network:
        args["endpoints"] = network["endpoints"]
    if "controls" in stack:
        args["controls"] = stack["controls"]
    if "tags" in stack:
        args["tags"] = stack["tags"]
    return args


def docker_stack_args(stack: StackSettings) -> DockerStackArgs:
    """Arguments of the containers that the stack's databases run in with target docker."""
    return {**stack.get("docker", {}), "databases": dict(stack["databases"])}


def monitoring_role_args(stack: StackSettings) -> DatabaseMonitoringRoleArgs | None:
    """Arguments of the role that the databases of the stack share; None where none needs it."""
    needed = any(_needs_role(settings) for settings in stack["databases"].values())
    if not needed and not any(_has_no_role(settings) for settings in stack.get("clusters", {}).values()):
        return None
    return {
        "environment": stack["environment"],
        "tags": stack.get("tags", {}),
        "controls": controls_args(stack),
        "retain": _retains(stack),
    }


def database_args(
    stack: StackSettings,
    name: str,
    given: PlacementArgs,
    monitoring_role_arn: pulumi.Input[str] | None = None,
    topic_arn: pulumi.Input[str] | None = None,
) -> DatabaseArgs:
    """Arguments of the database `name`: the stack's tags below its own, and the role and topic that all share."""
    settings = stack["databases"][name]
    monitoring = settings.get("monitoring", MonitoringArgs())
    if monitoring_role_arn is not None and _needs_role(settings):
        monitoring = monitoring.copy()
        monitoring["monitoring_role_arn"] = monitoring_role_arn
    if topic_arn is not None:
        monitoring = monitoring.copy()
        monitoring["alarms"] = {"topic_arn": topic_arn, **monitoring.get("alarms", {})}
    args: DatabaseArgs = {
        **settings,
        "monitoring": monitoring,
        "tags": {**stack.get("tags", {}), **settings.get("tags", {})},
        "controls": controls_args(stack, settings.get("controls")),
        "network": given,
        "environment": stack["environment"],
    }
    if "backup_plan" in stack and is_continuous(View(stack["backup_plan"], Path())):
        args["backup"] = {**settings.get("backup", {}), "aws_backup": True}
    return args


def notifications_args(stack: StackSettings) -> DatabaseNotificationsArgs | None:
    """Arguments of the stack's topic; None where it has none."""
    if "notifications" not in stack:
        return None
    return {
        **stack["notifications"],
        "environment": stack["environment"],
        "tags": stack.get("tags", {}),
        "controls": controls_args(stack),
    }


def dashboard_args(stack: StackSettings) -> DatabaseDashboardArgs | None:
    """Arguments of the dashboard over every instance of the stack, by identifiers that are known; None: it has none."""
    if "dashboard" not in stack:
        return None
    shown: dict[str, DashboardInstanceArgs] = {}
    for name, settings in stack["databases"].items():
        identifier = settings.get("identifier") or names_for(name).physical
        shown[name] = {"identifier": identifier}
        replicas = settings.get("replicas", {})
        for key, replica in replicas.items():
            one: DashboardInstanceArgs = {
                "identifier": replica.get("identifier") or replica_identifier(identifier, key),
                "replica": True,
            }
            if region := region_of(replicas, key):
                one["region"] = region
            shown[f"{name} {key}"] = one
    for name, settings in stack.get("clusters", {}).items():
        members = cluster_members(settings, settings.get("identifier") or names_for(name).physical)
        shown |= {f"{name} {key}": {"identifier": identifier} for key, identifier in members.items()}
    return {**stack["dashboard"], "instances": shown}


def backup_plan_args(
    stack: StackSettings, databases: Mapping[str, Database], clusters: Mapping[str, DatabaseCluster]
) -> DatabaseBackupPlanArgs | None:
    """Arguments of the stack's backup plan over its databases and clusters; None where it has none."""
    if "backup_plan" not in stack:
        return None
    settings = stack["backup_plan"]
    own = stack["databases"]
    replicas = settings.get("include_replicas", not is_continuous(View(settings, Path())))
    shared: BackupPlanSettings = {key: value for key, value in settings.items() if key != "include_replicas"}  # pyright: ignore[reportAssignmentType]
    arns: list[pulumi.Input[str]] = []
    for name, database in databases.items():
        arns.append(database.arn)
        arns += [
            database.replica_arns[key]
            for key, replica in own[name].get("replicas", {}).items()
            # A plan takes what stands in its own region.
            if replicas and "region" not in replica
        ]
    arns += [cluster.arn for cluster in clusters.values()]
    every = [*own.values(), *stack.get("clusters", {}).values()]
    gone = all(settings.get("on_delete") is OnDelete.DESTROY for settings in every)
    args: DatabaseBackupPlanArgs = {
        "on_delete": OnDelete.DESTROY if gone else OnDelete.RETAIN,
        "deletion_protection": any(_is_protected(settings) for settings in every),
        **shared,
        "resource_arns": arns,
        "environment": stack["environment"],
        "controls": controls_args(stack),
    }
    if "tags" in stack:
        args["tags"] = stack["tags"]
    return args


def cluster_args(
    stack: StackSettings,
    name: str,
    given: PlacementArgs,
    monitoring_role_arn: pulumi.Input[str] | None = None,
    topic_arn: pulumi.Input[str] | None = None,
) -> DatabaseClusterArgs:
    """Arguments of the cluster `name`: the stack's tags below its own, and the role and topic that all share."""
    settings = stack.get("clusters", {})[name]
    monitoring = settings.get("monitoring", ClusterMonitoringArgs()).copy()
    if monitoring_role_arn is not None and _has_no_role(settings):
        monitoring["monitoring_role_arn"] = monitoring_role_arn
    if topic_arn is not None:
        monitoring["alarms"] = {"topic_arn": topic_arn, **monitoring.get("alarms", {})}
    return {
        **settings,
        "monitoring": monitoring,
        "tags": {**stack.get("tags", {}), **settings.get("tags", {})},
        "controls": controls_args(stack, settings.get("controls")),
        "network": given,
        "environment": stack["environment"],
    }


def controls_args(stack: StackSettings, own: ControlsArgs | None = None) -> ControlsArgs:
    """What the stack acknowledges, and one of its databases."""
    shared = stack.get("controls", {}).get("acknowledged", {})
    return {"acknowledged": {**shared, **(own or {}).get("acknowledged", {})}}


def _retains(stack: StackSettings) -> bool:
    """Whether one of the databases, clusters or replicas is to stay in AWS, and needs what they share."""
    databases = stack["databases"].values()
    replicas = [replica for database in databases for replica in database.get("replicas", {}).values()]
    every = (*databases, *stack.get("clusters", {}).values(), *replicas)
    return any(settings.get("on_delete") is OnDelete.RETAIN for settings in every)


def _is_protected(settings: DatabaseSettings | ClusterSettings) -> bool:
    return settings.get("deletion_protection", settings.get("on_delete") is not OnDelete.DESTROY)


def _has_no_role(settings: ClusterSettings) -> bool:
    """Whether a cluster has enhanced monitoring, with no role named for it."""
    monitoring = settings.get("monitoring", {})
    return monitoring.get("enhanced_interval_seconds") != 0 and "monitoring_role_arn" not in monitoring


def _needs_role(settings: DatabaseSettings) -> bool:
    """Whether the database or one of its replicas has enhanced monitoring, with no role named for it."""
    own = settings.get("monitoring", {})
    replicas = [replica.get("monitoring", {}) for replica in settings.get("replicas", {}).values()]
    records: list[MonitoringArgs] = [own, *({**own, **replica} for replica in replicas)]
    return any(
        record.get("enhanced_interval_seconds") != 0 and "monitoring_role_arn" not in record
        for record in records
    )
