"""`DatabaseInstanceFromSnapshot` and `DatabaseInstanceFromPointInTime`: an RDS instance made from backups."""

import pulumi

from dbstack.aws.instance import ROLES, make_instance, make_suffix
from dbstack.aws.monitoring import Watching
from dbstack.aws.restore import Restore, point_in_time
from dbstack.common.children import Children, Transforms, names_for, register_declared
from dbstack.spec.restore import plan_from_point_in_time, plan_from_snapshot
from dbstack.spec.types import DatabaseInstanceFromPointInTimeArgs, DatabaseInstanceFromSnapshotArgs


class DatabaseInstanceFromSnapshot(pulumi.ComponentResource):
    """An RDS instance restored from a DB snapshot, from then on like any `DatabaseInstance`.

    Data, databases, master user and encryption are the snapshot's; the password is a new one. Once the instance is
    there the snapshot's id has no effect: removed or changed it never replaces the database.
    Raises SpecError before anything is created.
    See https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBInstanceFromDBSnapshot.html
    """

    identifier: pulumi.Output[str]
    """DB instance identifier."""
    arn: pulumi.Output[str]
    """ARN of the instance."""
    host: pulumi.Output[str]
    """Host name to connect to."""
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
    resource_id: pulumi.Output[str]
    """RDS's own id of the instance (`db-ABC...`): a policy that lets an IAM role connect names it."""

    def __init__(
        self,
        name: str,
        args: DatabaseInstanceFromSnapshotArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transform: Transforms | None = None,
        named_after: str | None = None,
    ) -> None:
        names = names_for(name, named_after, opts)
        spec = plan_from_snapshot(args, names)
        super().__init__("dbstack:index:DatabaseInstanceFromSnapshot", name, {}, opts)
        children = Children(self, transform, ROLES, args.get("controls"))
        instance, self.secret_arn, _ = make_instance(
            name,
            spec,
            args,
            args["subnet_group_name"],
            args["security_group_ids"],
            children,
            suffix=make_suffix(name, children),
            watching=Watching(name, names.physical, children, spec.tags, retain=spec.deletion.retain),
            restore=Restore(
                {"snapshot_identifier": args.get("snapshot_identifier")}, args.get("storage", {})
            ),
        )
        self.identifier = instance.identifier
        self.arn = instance.arn
        self.host = instance.address
        self.port = instance.port
        self.database = instance.db_name
        self.username = instance.username
        self.engine = instance.engine
        self.resource_id = instance.resource_id
        register_declared(self)


class DatabaseInstanceFromPointInTime(pulumi.ComponentResource):
    """An RDS instance restored to a moment from another's automated backups, from then on like any `DatabaseInstance`.

    Data, databases, master user and encryption are the source's; the password is a new one. Once the instance is
    there `restore` has no effect: removed or changed it never replaces the database.
    Raises SpecError before anything is created.
    See https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBInstanceToPointInTime.html
    """

    identifier: pulumi.Output[str]
    """DB instance identifier."""
    arn: pulumi.Output[str]
    """ARN of the instance."""
    host: pulumi.Output[str]
    """Host name to connect to."""
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
    resource_id: pulumi.Output[str]
    """RDS's own id of the instance (`db-ABC...`): a policy that lets an IAM role connect names it."""

    def __init__(
        self,
        name: str,
        args: DatabaseInstanceFromPointInTimeArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transform: Transforms | None = None,
        named_after: str | None = None,
    ) -> None:
        names = names_for(name, named_after, opts)
        spec = plan_from_point_in_time(args, names)
        super().__init__("dbstack:index:DatabaseInstanceFromPointInTime", name, {}, opts)
        children = Children(self, transform, ROLES, args.get("controls"))
        point = point_in_time(args.get("restore", {}))
        instance, self.secret_arn, _ = make_instance(
            name,
            spec,
            args,
            args["subnet_group_name"],
            args["security_group_ids"],
            children,
            suffix=make_suffix(name, children),
            watching=Watching(name, names.physical, children, spec.tags, retain=spec.deletion.retain),
            restore=Restore({"restore_to_point_in_time": point or None}, args.get("storage", {})),
        )
        self.identifier = instance.identifier
        self.arn = instance.arn
        self.host = instance.address
        self.port = instance.port
        self.database = instance.db_name
        self.username = instance.username
        self.engine = instance.engine
        self.resource_id = instance.resource_id
        register_declared(self)
