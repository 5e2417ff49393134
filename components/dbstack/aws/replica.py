"""`ReadReplica`: a read-only copy of an instance, in its region or in another."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from dbstack.aws import monitoring
from dbstack.aws.deletion import data_options
from dbstack.aws.hooks import deployment, refuse_renaming_back
from dbstack.aws.instance import make_suffix
from dbstack.aws.monitoring import Watching
from dbstack.aws.replica_guards import replica_guard
from dbstack.common.children import Children, Transforms, names_for, register_declared
from dbstack.spec.model import ReplicaSpec
from dbstack.spec.plan import plan_replica
from dbstack.spec.types import MonitoringArgs, OnDelete, ReadReplicaArgs

ROLES = ("replica", "suffix", *monitoring.ROLES)


class ReadReplica(pulumi.ComponentResource):
    """A read replica of an RDS instance, fed by the engine's own replication.

    It has the source's data, user, password and (within one region) subnet group, and none of its own: RDS refuses
    them (https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstanceReadReplica.html). It takes no
    final snapshot until it is promoted. Raises SpecError before anything is created.
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
        named_after: str | None = None,
    ) -> None:
        names = names_for(name, named_after, opts)
        spec = plan_replica(args, names)
        super().__init__("dbstack:index:ReadReplica", name, {}, opts)
        children = Children(self, transform, ROLES, args.get("controls"))
        refuse_renaming_back(name, args, spec.identifier)
        source = args.get("source_arn") or args.get("source_identifier") or ""
        replica = make_replica(
            name,
            spec,
            source,
            args["security_group_ids"],
            children,
            suffix=make_suffix(name, children) if spec.deletion.final_snapshot else None,
            watching=Watching(name, names.physical, children, spec.tags, retain=spec.deletion.retain),
            monitoring_args=args.get("monitoring", {}),
            parameter_group_name=args.get("parameter_group_name"),
            subnet_group_name=args.get("subnet_group_name"),
            kms_key_id=args.get("kms_key_id"),
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
    source: pulumi.Input[str],
    security_group_ids: pulumi.Input[Sequence[pulumi.Input[str]]],
    children: Children,
    *,
    suffix: pulumi.Output[str] | None,
    watching: Watching,
    monitoring_args: MonitoringArgs,
    parameter_group_name: pulumi.Input[str] | None = None,
    subnet_group_name: pulumi.Input[str] | None = None,
    kms_key_id: pulumi.Input[str] | None = None,
    group_chosen: bool = True,
    after: "aws.rds.Instance | None" = None,
) -> "aws.rds.Instance":
    """The replica as a child of the component that `children` makes for.

    `source` is an identifier in one region and an ARN across regions; `subnet_group_name` and `kms_key_id` are for
    the latter. A promoted replica names no source any more, but stands in its subnet group: it comes after `after`
    and goes before it. `suffix` makes the name of the final snapshot that a promoted replica takes.
    Without `group_chosen` a parameter group that dbstack didn't make isn't left.
    """
    final_snapshot = None
    if spec.deletion.final_snapshot and suffix is not None:
        final_snapshot = pulumi.Output.concat(spec.identifier, "-final-", suffix)
    watched, log_groups = watching.properties(
        name, spec.identifier, spec.monitoring, monitoring_args, spec.deletion, spec.tags, spec.region
    )
    return children.make(
        "replica",
        aws.rds.Instance,
        name,
        {
            "identifier": spec.identifier,
            # Taken away, RDS promotes the instance that is there: nothing is made anew.
            "replicate_source_db": None if spec.promoted else source,
            "region": spec.region,
            "ca_cert_identifier": spec.ca_certificate,
            "network_type": spec.network_type and str(spec.network_type),
            "replica_mode": spec.replica_mode and str(spec.replica_mode),
            "parameter_group_name": parameter_group_name,
            "db_subnet_group_name": subnet_group_name,
            "kms_key_id": kms_key_id,
            "instance_class": spec.instance_class,
            "availability_zone": spec.availability_zone,
            "multi_az": spec.multi_az,
            "port": spec.port,
            "storage_type": str(spec.storage_type),
            "storage_encrypted": spec.storage_encrypted,
            "iops": spec.iops,
            "storage_throughput": spec.throughput_mibps,
            "max_allocated_storage": spec.max_allocated_gib,
            "backup_retention_period": spec.backup_retention_days,
            "backup_window": spec.backup_window,
            "maintenance_window": spec.maintenance_window,
            "auto_minor_version_upgrade": spec.auto_minor_version_upgrade,
            "apply_immediately": spec.apply_immediately,
            "iam_database_authentication_enabled": spec.iam_authentication,
            **watched,
            "vpc_security_group_ids": security_group_ids,
            "publicly_accessible": False,
            "copy_tags_to_snapshot": True,
            "deletion_protection": spec.deletion.protected,
            "skip_final_snapshot": final_snapshot is None,
            "final_snapshot_identifier": final_snapshot,
            "delete_automated_backups": spec.deletion.on_delete is OnDelete.DESTROY,
            "tags": dict(spec.tags),
        },
        pulumi.ResourceOptions.merge(
            data_options(spec.deletion),
            pulumi.ResourceOptions(
                hooks=replica_guard(spec, group_chosen=group_chosen),
                transforms=[deployment().renames.keep_source],
                depends_on=[*log_groups, *([after] if spec.promoted and after is not None else [])],
            ),
        ),
    )
