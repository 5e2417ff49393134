"""A DB cluster's resources: the cluster, its instances, parameters, endpoints and reader autoscaling."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import pulumi
import pulumi_aws as aws

from dbstack.aws import (
    associated_roles,
    cluster_features,
    credentials,
    monitoring,
    rotation,
    vanished,
)
from dbstack.aws.alarms import make_alarms
from dbstack.aws.cluster_guards import cluster_guard
from dbstack.aws.deletion import data_options, needed_options
from dbstack.aws.group_guards import cluster_group_guard
from dbstack.aws.monitoring import Watching, make_log_groups
from dbstack.aws.restore import (
    IGNORED_AFTER_RESTORE,
    IGNORED_IF_RESTORABLE,
    creation_hook,
    remember_origin,
)
from dbstack.aws.restore import ROLES as RESTORE_ROLES
from dbstack.common.children import Children
from dbstack.spec.cluster_model import (
    AutoscalingSpec,
    ClusterInstanceSpec,
    ClusterSpec,
    EndpointSpec,
    GlobalRole,
)
from dbstack.spec.types import ClusterBase, ClusterMonitoringArgs, OnDelete

ROLES = (
    "cluster",
    "cluster_instance",
    "cluster_parameter_group",
    "cluster_endpoint",
    "autoscaling_target",
    "autoscaling_policy",
    "suffix",
    *monitoring.ROLES,
    *credentials.ROLES,
    "rotation",
    *associated_roles.CLUSTER_ROLES,
    *cluster_features.ROLES,
    *vanished.ROLES,
    *RESTORE_ROLES,
)

_DIMENSION = "rds:cluster:ReadReplicaCount"


class MadeCluster(NamedTuple):
    """What the component hands on."""

    cluster: "aws.rds.Cluster"
    host: pulumi.Output[str]
    """Where a client connects: the writer, or the routers of a sharded cluster."""
    arn: pulumi.Output[str]
    """Known once there is an instance, where the cluster is the primary of others: they need one."""
    secret_arn: pulumi.Output[str] | None
    """None for a secondary, whose password is the primary's."""
    instances: "dict[str, aws.rds.ClusterInstance]"
    endpoints: "dict[str, aws.rds.ClusterEndpoint]"


def make_cluster(
    name: str,
    spec: ClusterSpec,
    args: ClusterBase,
    subnet_group_name: pulumi.Input[str],
    security_group_ids: pulumi.Input[Sequence[pulumi.Input[str]]],
    children: Children,
    *,
    physical: str,
    suffix: pulumi.Output[str],
    restore: dict[str, Any] | None = None,
    membership: dict[str, Any] | None = None,
    from_backup: bool = False,
) -> MadeCluster:
    """The cluster with all that stands in it, as children of the component that `children` makes for.

    `args` gives what is no part of the plan: the password's value and ARNs. `physical` begins the name of a
    role that is made. `restore` says what it is restored from, `membership` in which global database it stands.
    `from_backup`: the description names a backup, in one of them.
    """
    secondary = spec.global_role is GlobalRole.SECONDARY
    password = (
        credentials.MasterPassword({}, None)
        if secondary
        else credentials.master_password(name, spec, args.get("password", {}), children)
    )
    given, roles = args.get("monitoring", {}), args.get("associated_roles", {})
    role = None
    if spec.enhanced_interval_seconds:
        role = Watching(name, physical, children, spec.tags, retain=spec.deletion.retain).role_arn(given)
    _make_alarms(name, spec, given, children)
    log_groups = make_log_groups(
        name,
        f"cluster/{spec.identifier}",
        spec.log_exports,
        children,
        days=spec.log_retention_days,
        kms_key_id=given.get("log_kms_key_id"),
        retain=spec.deletion.retain,
        tags=spec.tags,
    )
    own_monitoring = spec.aurora and spec.limitless is None
    ignored = [*(IGNORED_AFTER_RESTORE if restore is not None else IGNORED_IF_RESTORABLE)]
    if credentials.rotates(spec.password):
        # A function changes it behind Pulumi's back: the program's is the first one only.
        ignored.append("master_password")
    if not spec.aurora and spec.storage.iops is None:
        # RDS tells the baseline, which nobody asked for.
        ignored.append("iops")
    hooks = cluster_guard()
    if "parameter_group" not in args and not children.transformed("cluster_parameter_group"):
        hooks.before_update = [*(hooks.before_update or []), cluster_group_guard()]
    if from_backup:
        hooks.before_create = [creation_hook()]
    if spec.global_role is not None:
        # The global cluster upgrades its clusters; another region to start from is no reason for a new cluster.
        ignored += ["engineVersion", "sourceRegion"] if secondary else ["engineVersion"]
    cluster = children.make(
        "cluster",
        aws.rds.Cluster,
        name,
        {
            **cluster_properties(spec),
            **(restore or {}),
            **(membership or {}),
            **password.properties,
            "final_snapshot_identifier": pulumi.Output.concat(spec.identifier, "-final-", suffix)
            if spec.deletion.final_snapshot
            else None,
            "kms_key_id": args.get("storage", {}).get("kms_key_id"),
            "db_cluster_parameter_group_name": _parameter_group(
                name, spec, associated_roles.role_parameters(spec.engine, roles), children
            ),
            "db_subnet_group_name": subnet_group_name,
            "vpc_security_group_ids": security_group_ids,
            "performance_insights_kms_key_id": given.get("performance_insights_kms_key_id")
            if spec.performance_insights
            else None,
            # Of Aurora each instance has its own.
            "monitoring_interval": None if own_monitoring else spec.enhanced_interval_seconds,
            "monitoring_role_arn": None if own_monitoring else role,
        },
        pulumi.ResourceOptions.merge(
            data_options(spec.deletion),
            pulumi.ResourceOptions(ignore_changes=ignored or None, hooks=hooks, depends_on=log_groups),
        ),
    )
    associated_roles.associate_cluster_roles(
        name, spec.engine, roles, cluster, children, retain=spec.deletion.retain
    )
    vanished.remember(name, spec.deletion.protected, cluster.cluster_resource_id, children)
    if from_backup:
        remember_origin(name, cluster, cluster.cluster_resource_id, children)
    instances = _instances(name, spec, cluster, role, children)
    cluster_features.make_activity_stream(name, spec, args, cluster, list(instances.values()), children)
    host = cluster.endpoint
    if spec.limitless is not None:
        host = cluster_features.make_shard_group(name, spec, spec.limitless, cluster, children)
    endpoints = {
        one.key: _endpoint(name, one, cluster, instances, children, spec.deletion.retain)
        for one in spec.endpoints
    }
    if spec.autoscaling is not None:
        _autoscaling(name, spec, spec.autoscaling, cluster, list(instances.values()), children)
    valued: list[pulumi.Resource] = []
    secret_arn: pulumi.Output[str] | None = None
    cluster_features.share(name, spec, cluster, children)
    arn = cluster.arn
    if spec.global_role is GlobalRole.PRIMARY:
        arn = pulumi.Output.all(cluster.arn, *(one.arn for one in instances.values())).apply(
            lambda all: all[0]
        )
    if password.value is None and not secondary:
        secret_arn = credentials.managed_secret_arn(spec.identifier, cluster.master_user_secrets)
    elif password.value is not None:
        key = args.get("password", {}).get("kms_key_id")
        secret_arn, version = credentials.keep_in_secret(
            name,
            spec,
            password.value,
            cluster,
            credentials.cluster_facts(spec, cluster),
            suffix,
            children,
            key,
        )
        valued.append(version)
    if spec.password.rotation_days is not None and secret_arn is not None:
        function = args.get("password", {}).get("rotation", {}).get("function_arn")
        rotation.schedule(name, spec.password, secret_arn, function, children, valued)
    return MadeCluster(cluster, host, arn, secret_arn, instances, endpoints)


def _make_alarms(name: str, spec: ClusterSpec, given: ClusterMonitoringArgs, children: Children) -> None:
    """Of the cluster as a whole, and of each instance that is described or that RDS makes."""
    topic = given.get("alarms", {}).get("topic_arn")
    if topic is None:
        return
    make_alarms(name, spec.identifier, spec.alarms, topic, children, spec.tags, cluster=True)
    for one in spec.instances:
        make_alarms(f"{name}-{one.key}", one.identifier, one.alarms, topic, children, one.tags)
    for identifier, alarms in spec.member_alarms.items():
        member = f"{name}-{identifier.removeprefix(spec.identifier + '-')}"
        make_alarms(member, identifier, alarms, topic, children, spec.tags)


def cluster_properties(spec: ClusterSpec) -> dict[str, Any]:
    """The plan as properties of `aws.rds.Cluster`, references and password aside.

    Zones are never given: AWS completes them to three, and a list of two would replace the cluster.
    """
    deletion, serverless = spec.deletion, spec.serverless
    return {
        "cluster_identifier": spec.identifier,
        "engine": str(spec.engine),
        "engine_version": spec.engine_version,
        "db_cluster_instance_class": spec.instance_class,
        "database_name": spec.database_name,
        "master_username": spec.username,
        "iam_database_authentication_enabled": spec.iam_authentication,
        "port": spec.port,
        "storage_type": str(spec.storage.type),
        "allocated_storage": spec.storage.allocated_gib,
        "iops": spec.storage.iops,
        "storage_encrypted": spec.storage.encrypted,
        "serverlessv2_scaling_configuration": None
        if serverless is None
        else {
            "min_capacity": serverless.min_acu,
            "max_capacity": serverless.max_acu,
            **(
                {}
                if serverless.pause_after_seconds is None
                else {"seconds_until_auto_pause": serverless.pause_after_seconds}
            ),
        },
        "backup_retention_period": spec.backup_retention_days,
        "preferred_backup_window": spec.backup_window,
        "backtrack_window": spec.backtrack_seconds,
        "preferred_maintenance_window": spec.maintenance_window,
        # Of Aurora each instance has its own.
        "auto_minor_version_upgrade": None if spec.aurora else spec.auto_minor_version_upgrade,
        "allow_major_version_upgrade": spec.allow_major_version_upgrade,
        "apply_immediately": spec.apply_immediately,
        "cluster_scalability_type": "limitless" if spec.limitless else None,
        # With shards AWS takes none; the provider would send `provisioned`.
        "engine_mode": "" if spec.limitless else None,
        # Left out where it is off, so that a cluster without it has no property for it.
        "enable_local_write_forwarding": spec.local_write_forwarding or None,
        "enable_global_write_forwarding": spec.global_write_forwarding or None,
        "enable_http_endpoint": spec.data_api if spec.aurora else None,
        "ca_certificate_identifier": None if spec.aurora else spec.ca_certificate,
        "publicly_accessible": None if spec.aurora else False,
        "enabled_cloudwatch_logs_exports": list(spec.log_exports),
        "performance_insights_enabled": spec.performance_insights,
        "performance_insights_retention_period": spec.performance_insights_retention_days,
        "copy_tags_to_snapshot": True,
        "deletion_protection": deletion.protected,
        "skip_final_snapshot": not deletion.final_snapshot,
        "delete_automated_backups": deletion.on_delete is OnDelete.DESTROY,
        "tags": dict(spec.tags),
    }


def _parameter_group(
    name: str, spec: ClusterSpec, more: list[dict[str, Any]], children: Children
) -> pulumi.Input[str] | None:
    parameters = spec.parameters
    if parameters.made is None:
        return parameters.name
    # Whether one is static only AWS knows, and of a value that is the family's default AWS keeps `pending-reboot`,
    # whatever is sent; what waits for a reboot is never wrong.
    wanted = [
        {"name": key, "value": value, "apply_method": "pending-reboot"}
        for key, value in {**parameters.enforced, **parameters.own}.items()
    ]
    group = children.make(
        "cluster_parameter_group",
        aws.rds.ClusterParameterGroup,
        f"{name}-parameters",
        {
            # The family is in the name: a major upgrade makes the new group beside the old one, which is in use.
            "name": parameters.made,
            "family": spec.family,
            # Fixed text: a changed description would replace the group.
            "description": "Parameters of the database cluster",
            "parameters": [*wanted, *more],
            "tags": {**spec.tags, "Name": parameters.made},
        },
        needed_options(spec.deletion.retain),
    )
    return group.name


def _instances(
    name: str,
    spec: ClusterSpec,
    cluster: "aws.rds.Cluster",
    monitoring_role: pulumi.Input[str] | None,
    children: Children,
) -> "dict[str, aws.rds.ClusterInstance]":
    """Aurora's instances. The one that is first to be promoted is made first, so that it writes."""
    ordered = sorted(spec.instances, key=lambda one: one.promotion_tier)
    made: dict[str, aws.rds.ClusterInstance] = {}
    for one in ordered:
        first = next(iter(made.values()), None)
        made[one.key] = _instance(name, spec, one, cluster, monitoring_role, first, children)
    return {one.key: made[one.key] for one in spec.instances}


def _instance(
    name: str,
    spec: ClusterSpec,
    one: ClusterInstanceSpec,
    cluster: "aws.rds.Cluster",
    monitoring_role: pulumi.Input[str] | None,
    first: "aws.rds.ClusterInstance | None",
    children: Children,
) -> "aws.rds.ClusterInstance":
    return children.make(
        "cluster_instance",
        aws.rds.ClusterInstance,
        f"{name}-{one.key}",
        {
            "identifier": one.identifier,
            "cluster_identifier": cluster.cluster_identifier,
            "engine": str(spec.engine),
            "instance_class": one.instance_class,
            "promotion_tier": one.promotion_tier,
            "availability_zone": one.availability_zone,
            "preferred_maintenance_window": one.maintenance_window,
            "auto_minor_version_upgrade": one.auto_minor_version_upgrade,
            "apply_immediately": spec.apply_immediately,
            "ca_cert_identifier": one.ca_certificate,
            "publicly_accessible": False,
            "copy_tags_to_snapshot": True,
            "monitoring_interval": spec.enhanced_interval_seconds,
            "monitoring_role_arn": monitoring_role,
            "tags": dict(one.tags),
        },
        pulumi.ResourceOptions(
            retain_on_delete=True if spec.deletion.retain else None,
            depends_on=[first] if first is not None else None,
        ),
    )


def _endpoint(
    name: str,
    one: EndpointSpec,
    cluster: "aws.rds.Cluster",
    instances: "dict[str, aws.rds.ClusterInstance]",
    children: Children,
    retain: bool,
) -> "aws.rds.ClusterEndpoint":
    return children.make(
        "cluster_endpoint",
        aws.rds.ClusterEndpoint,
        f"{name}-endpoint-{one.key}",
        {
            "cluster_identifier": cluster.cluster_identifier,
            "cluster_endpoint_identifier": one.identifier,
            "custom_endpoint_type": str(one.type).upper(),
            "static_members": [instances[key].identifier for key in one.members] or None,
            "excluded_members": [instances[key].identifier for key in one.excluded] or None,
            "tags": dict(one.tags),
        },
        # Applications connect by it.
        needed_options(retain, cluster),
    )


def _autoscaling(
    name: str,
    spec: ClusterSpec,
    scaling: AutoscalingSpec,
    cluster: "aws.rds.Cluster",
    instances: "list[aws.rds.ClusterInstance]",
    children: Children,
) -> None:
    """Readers beside those of the map: AWS takes away only those that it has added itself."""
    target = children.make(
        "autoscaling_target",
        aws.appautoscaling.Target,
        f"{name}-readers",
        {
            "service_namespace": "rds",
            "scalable_dimension": _DIMENSION,
            "resource_id": pulumi.Output.concat("cluster:", cluster.cluster_identifier),
            "min_capacity": scaling.min_readers,
            "max_capacity": scaling.max_readers,
            "tags": {**spec.tags, "Name": f"{spec.identifier}-readers"},
        },
        # A cluster without an instance can't be scaled.
        pulumi.ResourceOptions.merge(
            needed_options(spec.deletion.retain, cluster), pulumi.ResourceOptions(depends_on=list(instances))
        ),
    )
    metric = "RDSReaderAverageCPUUtilization"
    if scaling.connections is not None:
        metric = "RDSReaderAverageDatabaseConnections"
    children.make(
        "autoscaling_policy",
        aws.appautoscaling.Policy,
        f"{name}-readers",
        {
            "name": f"{spec.identifier}-readers",
            "policy_type": "TargetTrackingScaling",
            "service_namespace": target.service_namespace,
            "scalable_dimension": target.scalable_dimension,
            "resource_id": target.resource_id,
            "target_tracking_scaling_policy_configuration": {
                "target_value": float(scaling.connections or scaling.cpu_percent),
                "predefined_metric_specification": {"predefined_metric_type": metric},
                "scale_in_cooldown": scaling.scale_in_cooldown_seconds,
                "scale_out_cooldown": scaling.scale_out_cooldown_seconds,
            },
        },
        needed_options(spec.deletion.retain, cluster),
    )
