"""Every AWS resource type that the sandbox serves."""

import difflib

from dbstack.sandbox.aws import (
    appautoscaling,
    backup_plan,
    backup_vault,
    cloudwatch_alarm,
    cloudwatch_dashboard,
    ec2_endpoint,
    ec2_flow_log,
    ec2_groups,
    ec2_network,
    ec2_routes,
    ec2_rules,
    iam,
    iam_attachment,
    iam_policy,
    kms,
    lambda_function,
    log_group,
    ram,
    rds_backups,
    rds_cluster_features,
    rds_cluster_instance,
    rds_cluster_parts,
    rds_cluster_table,
    rds_event_subscription,
    rds_global_cluster,
    rds_groups,
    rds_instance_table,
    rds_option_group,
    rds_proxy,
    rds_roles,
    rds_snapshot,
    route53_record,
    secret_rotation,
    secrets,
    sns_subscription,
    sns_topic,
)
from dbstack.sandbox.aws.errors import NotServed
from dbstack.sandbox.aws.model import ResourceType

TYPES: dict[str, ResourceType] = {
    kind.token: kind
    for kind in (
        ec2_network.VPC,
        ec2_network.SUBNET,
        ec2_network.INTERNET_GATEWAY,
        ec2_routes.ROUTE_TABLE,
        ec2_routes.ROUTE_TABLE_ASSOCIATION,
        ec2_groups.SECURITY_GROUP,
        ec2_groups.DEFAULT_SECURITY_GROUP,
        ec2_rules.INGRESS_RULE,
        ec2_rules.EGRESS_RULE,
        ec2_flow_log.FLOW_LOG,
        ec2_endpoint.VPC_ENDPOINT,
        rds_instance_table.INSTANCE,
        rds_backups.BACKUPS_REPLICATION,
        rds_snapshot.SNAPSHOT,
        rds_groups.SUBNET_GROUP,
        rds_groups.PARAMETER_GROUP,
        rds_option_group.OPTION_GROUP,
        rds_cluster_table.CLUSTER,
        rds_cluster_instance.CLUSTER_INSTANCE,
        rds_cluster_parts.CLUSTER_PARAMETER_GROUP,
        rds_cluster_parts.CLUSTER_ENDPOINT,
        rds_cluster_parts.CLUSTER_SNAPSHOT,
        rds_cluster_features.ACTIVITY_STREAM,
        rds_cluster_features.SHARD_GROUP,
        rds_global_cluster.GLOBAL_CLUSTER,
        rds_roles.ROLE_ASSOCIATION,
        rds_roles.CLUSTER_ROLE_ASSOCIATION,
        appautoscaling.TARGET,
        appautoscaling.POLICY,
        rds_proxy.PROXY,
        rds_proxy.DEFAULT_TARGET_GROUP,
        rds_proxy.TARGET,
        rds_proxy.ENDPOINT,
        secrets.SECRET,
        secrets.SECRET_VERSION,
        secret_rotation.ROTATION,
        secret_rotation.POLICY,
        lambda_function.FUNCTION,
        lambda_function.PERMISSION,
        iam.ROLE,
        iam.ROLE_POLICY,
        kms.KEY,
        kms.ALIAS,
        log_group.LOG_GROUP,
        iam_attachment.ROLE_POLICY_ATTACHMENT,
        iam_policy.POLICY,
        cloudwatch_alarm.METRIC_ALARM,
        cloudwatch_dashboard.DASHBOARD,
        sns_topic.TOPIC,
        sns_topic.TOPIC_POLICY,
        sns_subscription.TOPIC_SUBSCRIPTION,
        rds_event_subscription.EVENT_SUBSCRIPTION,
        backup_vault.VAULT,
        backup_vault.VAULT_POLICY,
        backup_vault.VAULT_LOCK,
        backup_plan.PLAN,
        backup_plan.SELECTION,
        route53_record.RECORD,
        ram.RESOURCE_SHARE,
        ram.RESOURCE_ASSOCIATION,
        ram.PRINCIPAL_ASSOCIATION,
    )
}


def resource_type(token: str) -> ResourceType:
    """The type of a token.

    Raises `NotServed`, which names the token and the nearest served ones.
    """
    if token in TYPES:
        return TYPES[token]
    raise NotServed(f"the sandbox does not serve the resource type {token}; {nearest(token, list(TYPES))}")


def nearest(token: str, served: list[str]) -> str:
    """Half a sentence with the served tokens that are most like the given one; with none alike, all of them."""
    close = difflib.get_close_matches(token, served, n=3, cutoff=0.75)
    if close:
        return f"it serves {', '.join(sorted(close))}"
    names: dict[str, list[str]] = {}
    for name in sorted(served):
        package, _, last = name.rpartition(":")
        names.setdefault(package.partition(":")[2].split("/")[0], []).append(last)
    return "it serves " + "; ".join(
        f"{module}: {', '.join(sorted(found))}" for module, found in names.items()
    )
