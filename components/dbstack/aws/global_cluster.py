"""`GlobalCluster`: what holds the clusters of an Aurora global database together."""

import pulumi
import pulumi_aws as aws

from dbstack.aws.cluster_guards import global_cluster_guard
from dbstack.aws.deletion import data_options
from dbstack.common.children import Children, Transforms, names_for, register_declared
from dbstack.spec.global_clusters import plan_global_cluster
from dbstack.spec.types import GlobalClusterArgs

ROLES = ("global_cluster",)


class GlobalCluster(pulumi.ComponentResource):
    """An Aurora global database: one primary cluster that writes, and secondary ones in other regions that follow it.

    It has no data itself. A `DatabaseCluster` with its `identifier` as `global_cluster_identifier` is the primary, a
    `SecondaryCluster` follows. Its version is that of all its clusters. It is deleted after them.
    Raises SpecError before anything is created, with every fault of the description.
    See https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-global-database.html

    Example::

        world = GlobalCluster("world", {"engine": ClusterEngine.AURORA_POSTGRESQL, "engine_version": "17"})
        orders = DatabaseCluster("orders", {**description, "global_cluster_identifier": world.identifier})
        SecondaryCluster("orders-west", {
            **description_west,
            "global_cluster_identifier": world.identifier,
            "primary_arn": orders.arn,
        }, pulumi.ResourceOptions(provider=west))
    """

    identifier: pulumi.Output[str]
    """Identifier of the global cluster."""
    arn: pulumi.Output[str]
    """ARN of the global cluster."""
    resource_id: pulumi.Output[str]
    """RDS's own id of the global cluster."""
    host: pulumi.Output[str]
    """Host name that leads to the writer of whichever cluster is the primary."""
    engine: pulumi.Output[str]
    """Engine name."""

    def __init__(
        self,
        name: str,
        args: GlobalClusterArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transform: Transforms | None = None,
    ) -> None:
        spec = plan_global_cluster(args, names_for(name))
        super().__init__("dbstack:index:GlobalCluster", name, {}, opts)
        made = Children(self, transform, ROLES).make(
            "global_cluster",
            aws.rds.GlobalCluster,
            name,
            {
                "global_cluster_identifier": spec.identifier,
                "engine": spec.engine,
                "engine_version": spec.engine_version,
                "storage_encrypted": spec.encrypted,
                "deletion_protection": spec.deletion.protected,
                "tags": dict(spec.tags),
            },
            pulumi.ResourceOptions.merge(
                data_options(spec.deletion),
                pulumi.ResourceOptions(
                    hooks=global_cluster_guard(consented=spec.allow_major_version_upgrade)
                ),
            ),
        )
        # Known once it is there: clusters that take it from here are made after it, and deleted before it.
        self.identifier = made.id
        self.arn = made.arn
        self.resource_id = made.global_cluster_resource_id
        self.host = made.endpoint
        self.engine = made.engine
        register_declared(self)
