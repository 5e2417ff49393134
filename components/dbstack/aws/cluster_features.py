"""What can be added to an Aurora cluster: an activity stream, a Limitless Database, a share for other accounts."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from dbstack.aws.deletion import data_options, needed_options
from dbstack.common.children import Children
from dbstack.spec.cluster_model import ClusterSpec, LimitlessSpec
from dbstack.spec.types import ClusterBase

ROLES = ("activity_stream", "shard_group", "share", "shared_resource", "shared_principal")


def make_activity_stream(
    name: str,
    spec: ClusterSpec,
    args: ClusterBase,
    cluster: "aws.rds.Cluster",
    instances: Sequence[pulumi.Resource],
    children: Children,
) -> None:
    """The stream, where the plan has one."""
    given = args.get("activity_stream")
    if spec.activity_stream is None or given is None:
        return
    children.make(
        "activity_stream",
        aws.rds.ClusterActivityStream,
        f"{name}-activity",
        {"resource_arn": cluster.arn, "mode": spec.activity_stream, "kms_key_id": given["kms_key_id"]},
        # A cluster without an instance has no activity, and RDS refuses to start. It has one stream at a time.
        pulumi.ResourceOptions.merge(
            needed_options(spec.deletion.retain, cluster),
            pulumi.ResourceOptions(depends_on=list(instances), delete_before_replace=True),
        ),
    )


def make_shard_group(
    name: str, spec: ClusterSpec, shards: LimitlessSpec, cluster: "aws.rds.Cluster", children: Children
) -> pulumi.Output[str]:
    """The routers and shards; their host name."""
    made = children.make(
        "shard_group",
        aws.rds.ShardGroup,
        f"{name}-shards",
        {
            "db_cluster_identifier": cluster.cluster_identifier,
            "db_shard_group_identifier": shards.identifier,
            "max_acu": shards.max_acu,
            "min_acu": shards.min_acu,
            "compute_redundancy": shards.compute_redundancy,
            "publicly_accessible": False,
            "tags": dict(shards.tags),
        },
        data_options(spec.deletion),
    )
    return made.endpoint


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
