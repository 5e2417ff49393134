"""IAM roles that RDS uses for a database's features, as children of the component that has the database."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from dbstack.aws.deletion import needed_options
from dbstack.common.children import Children
from dbstack.spec.associated_roles import by_parameter

ROLES = ("role_association",)
CLUSTER_ROLES = ("cluster_role_association",)


def associate_roles(
    name: str,
    roles: Mapping[str, pulumi.Input[str]],
    instance: "aws.rds.Instance",
    children: Children,
    *,
    retain: bool,
) -> None:
    """One association per feature of an instance."""
    for feature, arn in roles.items():
        children.make(
            "role_association",
            aws.rds.RoleAssociation,
            f"{name}-role-{feature}",
            {"db_instance_identifier": instance.identifier, "feature_name": feature, "role_arn": arn},
            _options(retain, instance),
        )


def associate_cluster_roles(
    name: str,
    engine: str,
    roles: Mapping[str, pulumi.Input[str]],
    cluster: "aws.rds.Cluster",
    children: Children,
    *,
    retain: bool,
) -> None:
    """One association per feature of a cluster; Aurora MySQL's have none, its parameters name the role."""
    for feature, arn in roles.items():
        children.make(
            "cluster_role_association",
            aws.rds.ClusterRoleAssociation,
            f"{name}-role-{feature}",
            {
                "db_cluster_identifier": cluster.cluster_identifier,
                "feature_name": None if by_parameter(engine) else feature,
                "role_arn": arn,
            },
            _options(retain, cluster),
        )


def _options(retain: bool, database: pulumi.Resource) -> pulumi.ResourceOptions:
    """RDS takes one role for a feature: the old one goes before the new one comes."""
    return pulumi.ResourceOptions.merge(
        needed_options(retain, database), pulumi.ResourceOptions(delete_before_replace=True)
    )


def role_parameters(engine: str, roles: Mapping[str, pulumi.Input[str]]) -> list[dict[str, Any]]:
    """The cluster parameters that say what each role is for, where the engine has it so."""
    if not by_parameter(engine):
        return []
    return [{"name": key, "value": arn, "apply_method": "pending-reboot"} for key, arn in roles.items()]
