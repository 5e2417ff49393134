"""An Aurora cluster shared with other accounts by AWS Resource Access Manager: they may clone it."""

import pulumi_aws as aws

from dbstack.aws.children import Children
from dbstack.aws.deletion import needed_options
from dbstack.spec.cluster_model import ClusterSpec

ROLES = ("share", "shared_resource", "shared_principal")


def share(name: str, spec: ClusterSpec, cluster: "aws.rds.Cluster", children: Children) -> None:
    """The share with its one resource, and an association for each account, where the plan names some."""
    if not spec.shared_with:
        return
    stays = needed_options(spec.deletion.retain, cluster)
    made = children.make(
        "share",
        aws.ram.ResourceShare,
        f"{name}-share",
        {
            "name": spec.identifier,
            # An account of another organization, or of none, is one too; each is named.
            "allow_external_principals": True,
            "tags": dict(spec.tags),
        },
        stays,
    )
    children.make(
        "shared_resource",
        aws.ram.ResourceAssociation,
        f"{name}-share",
        {"resource_arn": cluster.arn, "resource_share_arn": made.arn},
        stays,
    )
    for account in spec.shared_with:
        children.make(
            "shared_principal",
            aws.ram.PrincipalAssociation,
            f"{name}-share-{account}",
            {"principal": account, "resource_share_arn": made.arn},
            stays,
        )
