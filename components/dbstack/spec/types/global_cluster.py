"""Aurora global databases: the global cluster, and a secondary cluster in another region."""

from typing import NotRequired, TypedDict

import pulumi

from dbstack.spec.types.choices import OnDelete
from dbstack.spec.types.cluster import ClusterBase, ClusterEngine
from dbstack.spec.types.network import PlacementArgs


class GlobalClusterArgs(TypedDict):
    """Arguments of `GlobalCluster`."""

    engine: ClusterEngine
    """aurora-postgresql or aurora-mysql, as its clusters have it. Change: REPLACES the global cluster."""
    engine_version: str
    """Version of all its clusters: major (`17`; Aurora MySQL `8.0`) or a full one. A change upgrades every cluster, and what they say themselves is read when they are made. Change: downtime; a new major also needs `allow_major_version_upgrade`; lower is refused."""
    identifier: NotRequired[str]
    """Identifier of the global cluster, 1 to 63 letters, digits and hyphens. Default: `{project}-{stack}-{name}`. Change: REPLACES the global cluster."""
    encrypted: NotRequired[bool]
    """Whether its clusters are encrypted. Default true. Change: REPLACES the global cluster."""
    allow_major_version_upgrade: NotRequired[bool]
    """Consent to a major upgrade of all clusters: without it a new major is refused in preview. Default false."""
    on_delete: NotRequired[OnDelete]
    """snapshot, retain or destroy. The data are its clusters', which say for themselves what becomes of them; with retain the global cluster stays in AWS. Default snapshot. Change: online."""
    deletion_protection: NotRequired[bool]
    """RDS's deletion protection and Pulumi's protect together. Default: true, but false with on_delete destroy. Change: online."""
    environment: NotRequired[str]
    """Value of the Environment tag. Default: the stack's name."""
    tags: NotRequired[dict[str, str]]
    """Further tags beside Name and Environment. Change: online."""


class SecondaryClusterArgs(ClusterBase):
    """Arguments of `SecondaryCluster`: users, password and databases are the primary's."""

    global_cluster_identifier: pulumi.Input[str]
    """Identifier of the global cluster, e.g. the output `identifier` of a `GlobalCluster`. Change: a cluster can only leave; another one is refused."""
    primary_arn: pulumi.Input[str]
    """ARN of the primary cluster, e.g. the output `arn` of its `DatabaseCluster`: it must be there first. Read once: a later change changes nothing."""
    global_write_forwarding: NotRequired[bool]
    """Clients may write here, and Aurora passes it on to the primary. Default false. Change: online. See https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-global-database-write-forwarding.html"""
    network: PlacementArgs
    """VPC and subnets of the secondary's region, e.g. the outputs of a `DatabaseNetwork` there."""
    environment: NotRequired[str]
    """Value of the Environment tag. Default: the stack's name."""
