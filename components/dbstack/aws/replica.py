"""`ReadReplica`: a read-only copy of an instance in the same region."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from dbstack.aws.children import Children, Transforms, names_for, register_declared
from dbstack.aws.guards import update_guard
from dbstack.spec.model import ReplicaSpec
from dbstack.spec.plan import plan_replica
from dbstack.spec.types import OnDelete, ReadReplicaArgs

ROLES = ("replica",)


class ReadReplica(pulumi.ComponentResource):
    """A read replica of an RDS instance, fed by the engine's own replication.

    It has the source's data, user, password and subnet group, and none of its own: RDS refuses them
    (https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstanceReadReplica.html). It never takes
    a final snapshot. Raises SpecError before anything is created.
    """

    identifier: pulumi.Output[str]
    """DB instance identifier."""
    arn: pulumi.Output[str]
    """ARN of the instance."""
    host: pulumi.Output[str]
    """Host name to connect to."""
    port: pulumi.Output[int]
    """TCP port."""
    resource_id: pulumi.Output[str]
    """RDS's own id of the replica (`db-ABC...`): a policy that lets an IAM role connect names it."""

    def __init__(
        self,
        name: str,
        args: ReadReplicaArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transform: Transforms | None = None,
    ) -> None:
        spec = plan_replica(args, names_for(name))
        super().__init__("dbstack:index:ReadReplica", name, {}, opts)
        replica = make_replica(
            name,
            spec,
            args["source_identifier"],
            args["security_group_ids"],
            Children(self, transform, ROLES, args.get("controls")),
        )
        self.identifier = replica.identifier
        self.arn = replica.arn
        self.host = replica.address
        self.port = replica.port
        self.resource_id = replica.resource_id
        register_declared(self)


def make_replica(
    name: str,
    spec: ReplicaSpec,
    source_identifier: pulumi.Input[str],
    security_group_ids: pulumi.Input[Sequence[pulumi.Input[str]]],
    children: Children,
) -> "aws.rds.Instance":
    """The replica as a child of the component that `children` makes for."""
    return children.make(
        "replica",
        aws.rds.Instance,
        name,
        {
            "identifier": spec.identifier,
            "replicate_source_db": source_identifier,
            "instance_class": spec.instance_class,
            "availability_zone": spec.availability_zone,
            "multi_az": spec.multi_az,
            "storage_type": str(spec.storage_type),
            "storage_encrypted": spec.storage_encrypted,
            "iops": spec.iops,
            "storage_throughput": spec.throughput_mibps,
            "max_allocated_storage": spec.max_allocated_gib,
            "maintenance_window": spec.maintenance_window,
            "auto_minor_version_upgrade": spec.auto_minor_version_upgrade,
            "apply_immediately": spec.apply_immediately,
            "iam_database_authentication_enabled": spec.iam_authentication,
            "vpc_security_group_ids": security_group_ids,
            "publicly_accessible": False,
            "copy_tags_to_snapshot": True,
            "deletion_protection": spec.deletion.protected,
            "skip_final_snapshot": True,
            "delete_automated_backups": spec.deletion.on_delete is OnDelete.DESTROY,
            "tags": dict(spec.tags),
        },
        pulumi.ResourceOptions(
            protect=True if spec.deletion.protected else None,
            retain_on_delete=True if spec.deletion.retain else None,
            hooks=update_guard(),
        ),
    )
