"""`DatabaseCluster`, and its twins that restore or follow one: Aurora and Multi-AZ DB clusters."""

from typing import Any

import pulumi

from dbstack.aws import cluster, security_group, subnet_group
from dbstack.aws.cluster import MadeCluster, make_cluster
from dbstack.aws.instance import make_suffix
from dbstack.aws.restore import s3_backup
from dbstack.aws.security_group import let_in
from dbstack.aws.subnet_group import place
from dbstack.common.children import Children, Transforms, names_for, register_declared
from dbstack.spec.cluster_model import ClusterSpec
from dbstack.spec.cluster_plan import (
    plan_cluster,
    plan_cluster_from_point_in_time,
    plan_cluster_from_snapshot,
    plan_secondary_cluster,
)
from dbstack.spec.model import GroupSpec, Names
from dbstack.spec.types import (
    ClusterBase,
    ClusterRestoreFromArgs,
    DatabaseClusterArgs,
    DatabaseClusterFromPointInTimeArgs,
    DatabaseClusterFromSnapshotArgs,
    PlacementArgs,
    RestoreType,
    SecondaryClusterArgs,
)

ROLES = (*subnet_group.ROLES, *security_group.ROLES, *cluster.ROLES)


class DatabaseCluster(pulumi.ComponentResource):
    """A DB cluster from one description: Aurora (provisioned or Serverless v2), or a Multi-AZ DB cluster.

    With its subnet group, security group, password, parameters, instances, endpoints and reader autoscaling.
    Safe by default: encrypted, private, backed up, TLS forced, protected, deleted only with a final snapshot.
    Raises SpecError before anything is created, with every fault of the description.

    Example::

        network = DatabaseNetwork("network", {"vpc_cidr": "10.20.0.0/16"})
        DatabaseCluster("orders", {
            "engine": ClusterEngine.AURORA_POSTGRESQL,
            "engine_version": "17",
            "instance_class": "db.r6g.large",
            "instances": {"one": {}, "two": {}},
            "network": {"vpc_id": network.vpc_id, "subnet_ids": network.subnet_ids},
        })
    """

    identifier: pulumi.Output[str]
    """DB cluster identifier."""
    arn: pulumi.Output[str]
    """ARN of the cluster."""
    resource_id: pulumi.Output[str]
    """RDS's own id of the cluster (`cluster-ABC...`): a policy that lets an IAM role connect names it."""
    host: pulumi.Output[str]
    """Host name of the writer, whichever instance that is; of the routers of a sharded cluster."""
    reader_host: pulumi.Output[str]
    """Host name over the readers; with none, of the writer."""
    port: pulumi.Output[int]
    """TCP port."""
    database: pulumi.Output[str]
    """Name of the first database."""
    username: pulumi.Output[str]
    """Master user."""
    secret_arn: pulumi.Output[str]
    """ARN of the Secrets Manager secret that holds the master password."""
    engine: pulumi.Output[str]
    """Engine name."""
    security_group_id: pulumi.Output[str]
    """Id of the cluster's security group."""
    instances: pulumi.Output[dict[str, str]]
    """Host names of the described instances by key; empty for a Multi-AZ DB cluster."""
    endpoints: pulumi.Output[dict[str, str]]
    """Host names of the custom endpoints by key."""

    def __init__(
        self,
        name: str,
        args: DatabaseClusterArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transform: Transforms | None = None,
        named_after: str | None = None,
    ) -> None:
        names = names_for(name, named_after, opts)
        spec = plan_cluster(args, names)
        super().__init__("dbstack:index:DatabaseCluster", name, {}, opts)
        children = Children(self, transform, ROLES, args.get("controls"))
        membership: dict[str, Any] = {}
        origin = args.get("restore_from", {})
        if "s3" in origin:
            membership["s3_import"] = s3_backup(origin["s3"])
        if "global_cluster_identifier" in args:
            membership["global_cluster_identifier"] = args["global_cluster_identifier"]
        made, group = _make(
            name,
            names,
            spec,
            args,
            args["network"],
            children,
            restore=_restore(origin),
            membership=membership,
            from_backup=bool(origin),
        )
        _fill(self, made, group)
        register_declared(self)


class DatabaseClusterFromSnapshot(pulumi.ComponentResource):
    """A DB cluster restored from a snapshot. Users and databases are the snapshot's; all else is described anew.

    The snapshot is read once: its identifier can change or its snapshot be deleted later, the cluster stays.
    Raises SpecError before anything is created, with every fault of the description.
    See https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBClusterFromSnapshot.html
    """

    identifier: pulumi.Output[str]
    """DB cluster identifier."""
    arn: pulumi.Output[str]
    """ARN of the cluster."""
    resource_id: pulumi.Output[str]
    """RDS's own id of the cluster (`cluster-ABC...`): a policy that lets an IAM role connect names it."""
    host: pulumi.Output[str]
    """Host name of the writer, whichever instance that is; of the routers of a sharded cluster."""
    reader_host: pulumi.Output[str]
    """Host name over the readers; with none, of the writer."""
    port: pulumi.Output[int]
    """TCP port."""
    database: pulumi.Output[str]
    """Name of the first database."""
    username: pulumi.Output[str]
    """Master user."""
    secret_arn: pulumi.Output[str]
    """ARN of the Secrets Manager secret that holds the master password."""
    engine: pulumi.Output[str]
    """Engine name."""
    security_group_id: pulumi.Output[str]
    """Id of the cluster's security group."""
    instances: pulumi.Output[dict[str, str]]
    """Host names of the described instances by key; empty for a Multi-AZ DB cluster."""
    endpoints: pulumi.Output[dict[str, str]]
    """Host names of the custom endpoints by key."""

    def __init__(
        self,
        name: str,
        args: DatabaseClusterFromSnapshotArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transform: Transforms | None = None,
        named_after: str | None = None,
    ) -> None:
        names = names_for(name, named_after, opts)
        spec = plan_cluster_from_snapshot(args, names)
        super().__init__("dbstack:index:DatabaseClusterFromSnapshot", name, {}, opts)
        children = Children(self, transform, ROLES, args.get("controls"))
        restore = {"snapshot_identifier": args["snapshot_identifier"]}
        _fill(self, *_make(name, names, spec, args, args["network"], children, restore=restore))
        register_declared(self)


class DatabaseClusterFromPointInTime(pulumi.ComponentResource):
    """A DB cluster restored from the backups of another one, to a moment or to the latest; or a clone of it.

    The source is read once: it can change or go later, the cluster stays.
    Raises SpecError before anything is created, with every fault of the description.
    See https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBClusterToPointInTime.html
    """

    identifier: pulumi.Output[str]
    """DB cluster identifier."""
    arn: pulumi.Output[str]
    """ARN of the cluster."""
    resource_id: pulumi.Output[str]
    """RDS's own id of the cluster (`cluster-ABC...`): a policy that lets an IAM role connect names it."""
    host: pulumi.Output[str]
    """Host name of the writer, whichever instance that is; of the routers of a sharded cluster."""
    reader_host: pulumi.Output[str]
    """Host name over the readers; with none, of the writer."""
    port: pulumi.Output[int]
    """TCP port."""
    database: pulumi.Output[str]
    """Name of the first database."""
    username: pulumi.Output[str]
    """Master user."""
    secret_arn: pulumi.Output[str]
    """ARN of the Secrets Manager secret that holds the master password."""
    engine: pulumi.Output[str]
    """Engine name."""
    security_group_id: pulumi.Output[str]
    """Id of the cluster's security group."""
    instances: pulumi.Output[dict[str, str]]
    """Host names of the described instances by key; empty for a Multi-AZ DB cluster."""
    endpoints: pulumi.Output[dict[str, str]]
    """Host names of the custom endpoints by key."""

    def __init__(
        self,
        name: str,
        args: DatabaseClusterFromPointInTimeArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transform: Transforms | None = None,
        named_after: str | None = None,
    ) -> None:
        names = names_for(name, named_after, opts)
        spec = plan_cluster_from_point_in_time(args, names)
        super().__init__("dbstack:index:DatabaseClusterFromPointInTime", name, {}, opts)
        children = Children(self, transform, ROLES, args.get("controls"))
        origin: ClusterRestoreFromArgs = {"source_cluster_identifier": args["source_cluster_identifier"]}
        if "restore_to_time" in args:
            origin["restore_to_time"] = args["restore_to_time"]
        if "restore_type" in args:
            origin["restore_type"] = args["restore_type"]
        _fill(self, *_make(name, names, spec, args, args["network"], children, restore=_restore(origin)))
        register_declared(self)


class SecondaryCluster(pulumi.ComponentResource):
    """A cluster in another region that follows the primary of an Aurora global database, and can take its place.

    Users, password and databases are the primary's. Give the region's provider in `opts`
    (`pulumi.ResourceOptions(provider=...)`), and the region's own network and KMS key. Deleted, it leaves the global
    database first, then goes with its final snapshot.
    Raises SpecError before anything is created, with every fault of the description.
    See https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-global-database-attaching.html
    """

    identifier: pulumi.Output[str]
    """DB cluster identifier."""
    arn: pulumi.Output[str]
    """ARN of the cluster."""
    resource_id: pulumi.Output[str]
    """RDS's own id of the cluster (`cluster-ABC...`): a policy that lets an IAM role connect names it."""
    host: pulumi.Output[str]
    """Host name of the writer: it answers once this cluster is the primary. Until then connect to `reader_host`."""
    reader_host: pulumi.Output[str]
    """Host name over the readers."""
    port: pulumi.Output[int]
    """TCP port."""
    database: pulumi.Output[str]
    """Name of the first database, which is the primary's."""
    username: pulumi.Output[str]
    """Master user, who is the primary's."""
    engine: pulumi.Output[str]
    """Engine name."""
    security_group_id: pulumi.Output[str]
    """Id of the cluster's security group."""
    instances: pulumi.Output[dict[str, str]]
    """Host names of the described instances by key."""
    endpoints: pulumi.Output[dict[str, str]]
    """Host names of the custom endpoints by key."""

    def __init__(
        self,
        name: str,
        args: SecondaryClusterArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transform: Transforms | None = None,
    ) -> None:
        names = names_for(name, opts=opts)
        spec = plan_secondary_cluster(args, names)
        super().__init__("dbstack:index:SecondaryCluster", name, {}, opts)
        children = Children(self, transform, ROLES, args.get("controls"))
        primary = pulumi.Output.from_input(args["primary_arn"])
        membership: dict[str, Any] = {
            "global_cluster_identifier": args["global_cluster_identifier"],
            # AWS wants the request for an encrypted one signed for the region that the data come from.
            "source_region": primary.apply(lambda arn: arn.split(":")[3]),
        }
        made, group = _make(name, names, spec, args, args["network"], children, membership=membership)
        _fill(self, made, group)
        register_declared(self)


def _restore(origin: ClusterRestoreFromArgs) -> dict[str, Any] | None:
    """The backup in the provider's terms; None for a new cluster, be it with data from S3."""
    if not origin or "s3" in origin:
        return None
    if "snapshot_identifier" in origin:
        return {"snapshot_identifier": origin["snapshot_identifier"]}
    point: dict[str, Any] = {
        "source_cluster_identifier": origin.get("source_cluster_identifier"),
        "restore_type": str(origin.get("restore_type", RestoreType.FULL_COPY)),
    }
    moment = origin.get("restore_to_time")
    point |= {"use_latest_restorable_time": True} if moment is None else {"restore_to_time": moment}
    return {"restore_to_point_in_time": point}


def _make(
    name: str,
    names: Names,
    spec: ClusterSpec,
    args: ClusterBase,
    network: PlacementArgs,
    children: Children,
    *,
    restore: dict[str, Any] | None = None,
    membership: dict[str, Any] | None = None,
    from_backup: bool = False,
) -> tuple[MadeCluster, pulumi.Output[str]]:
    """The cluster in its network, and the id of its security group."""
    retain = spec.deletion.retain
    group = GroupSpec(spec.base_name, spec.tags)
    subnets = place(f"{name}-subnets", group, network, children, retain=retain)
    groups = let_in(
        f"{name}-access",
        GroupSpec(f"{names.physical}-access", {**spec.tags, "Name": f"{spec.identifier}-access"}),
        spec.access,
        children,
        access=args.get("access", {}),
        network=network,
        port=spec.port,
        retain=retain,
    )
    suffix = make_suffix(name, children)
    made = make_cluster(
        name,
        spec,
        args,
        subnets,
        groups,
        children,
        physical=names.physical,
        suffix=suffix,
        restore=restore,
        membership=membership,
        from_backup=from_backup,
    )
    return made, pulumi.Output.from_input(groups[0])


def _fill(
    component: DatabaseCluster
    | DatabaseClusterFromSnapshot
    | DatabaseClusterFromPointInTime
    | SecondaryCluster,
    made: MadeCluster,
    security_group_id: pulumi.Output[str],
) -> None:
    """The outputs, which all of them have alike; a secondary has no secret."""
    component.identifier = made.cluster.cluster_identifier
    component.arn = made.arn
    component.resource_id = made.cluster.cluster_resource_id
    component.host = made.host
    component.reader_host = made.cluster.reader_endpoint
    component.port = made.cluster.port
    component.database = made.cluster.database_name
    component.username = made.cluster.master_username
    if made.secret_arn is not None and not isinstance(component, SecondaryCluster):
        component.secret_arn = made.secret_arn
    component.engine = made.cluster.engine
    component.security_group_id = security_group_id
    component.instances = pulumi.Output.all(
        **{key: one.endpoint for key, one in made.instances.items()}
    ).apply(dict)
    component.endpoints = pulumi.Output.all(
        **{key: one.endpoint for key, one in made.endpoints.items()}
    ).apply(dict)
