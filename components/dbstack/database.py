"""`Database`: the facade that most programs need."""

from typing import Any

import pulumi

from dbstack.aws import instance, replica, security_group, subnet_group
from dbstack.aws.children import Transforms, names_for, refuse_unknown_roles, register_declared
from dbstack.aws.guards import guard_password
from dbstack.spec.model import DatabaseSpec, ReplicaSpec
from dbstack.spec.plan import plan_database
from dbstack.spec.types import (
    AccessArgs,
    DatabaseArgs,
    DatabaseInstanceArgs,
    DatabaseSecurityGroupArgs,
    Egress,
    MasterPasswordArgs,
    ReadReplicaArgs,
)

ROLES = (*subnet_group.ROLES, *security_group.ROLES, *instance.ROLES, *replica.ROLES)


class Database(pulumi.ComponentResource):
    """A production database from one description: subnet group, security group, instance, password and replicas.

    Safe by default: encrypted, private, backed up, protected, deleted only with a final snapshot.
    Raises SpecError before anything is created, with every fault of the description.

    Example::

        network = DatabaseNetwork("network", {"vpc_cidr": "10.20.0.0/16"})
        Database("app", {
            "engine": Engine.POSTGRES,
            "engine_version": "17",
            "instance_class": "db.t3.micro",
            "network": {"vpc_id": network.vpc_id, "subnet_ids": network.subnet_ids},
        })
    """

    identifier: pulumi.Output[str]
    """DB instance identifier."""
    host: pulumi.Output[str]
    """Host name of the writer."""
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
    """Id of the database's security group."""
    replicas: pulumi.Output[dict[str, str]]
    """Host names of the read replicas by key."""

    def __init__(
        self,
        name: str,
        args: DatabaseArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transform: Transforms | None = None,
    ) -> None:
        spec = plan_database(args, names_for(name))
        refuse_unknown_roles(transform, ROLES)
        super().__init__("dbstack:index:Database", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        network = args["network"]
        tags = dict(spec.instance.tags)

        subnets = subnet_group.DatabaseSubnetGroup(
            f"{name}-subnets",
            {"subnet_ids": network["subnet_ids"], "group_name": spec.instance.base_name, "tags": tags},
            child,
            transform=_for(transform, subnet_group.ROLES),
        )
        firewall = security_group.DatabaseSecurityGroup(
            f"{name}-access",
            _security_group_args(args, spec),
            child,
            transform=_for(transform, security_group.ROLES),
        )
        writer = instance.DatabaseInstance(
            name,
            _instance_args(args, spec, subnets, firewall),
            child,
            transform=_password_guarded(args, _for(transform, instance.ROLES)),
        )
        replicas = {
            planned.key: replica.ReadReplica(
                f"{name}-{planned.key}",
                _replica_args(planned, writer, firewall),
                child,
                transform=_for(transform, replica.ROLES),
            )
            for planned in spec.replicas
        }
        self.identifier = writer.identifier
        self.host = writer.host
        self.port = writer.port
        self.database = writer.database
        self.username = writer.username
        self.secret_arn = writer.secret_arn
        self.engine = writer.engine
        self.security_group_id = firewall.security_group_id
        self.replicas = pulumi.Output.all(**{key: made.host for key, made in replicas.items()}).apply(dict)
        register_declared(self)


def _for(transform: Transforms | None, roles: tuple[str, ...]) -> Transforms:
    """The transforms that a child component knows."""
    return {role: made for role, made in (transform or {}).items() if role in roles}


def _password_guarded(args: DatabaseArgs, transforms: Transforms) -> Transforms:
    """Where replicas alone would choose who keeps the password, a change of it needs the user's word."""
    if {"source", "value", "config"} & args.get("password", {}).keys():
        return transforms
    own = transforms.get("instance")

    def guarded(properties: dict[str, Any], options: pulumi.ResourceOptions) -> None:
        guard_password(options)
        if own is not None:
            own(properties, options)

    return {**transforms, "instance": guarded}


def _security_group_args(args: DatabaseArgs, spec: DatabaseSpec) -> DatabaseSecurityGroupArgs:
    access: AccessArgs = {
        "from_application": spec.access.from_application,
        "from_security_groups": args.get("access", {}).get("from_security_groups", []),
        "from_cidrs": list(spec.access.from_cidrs),
        "egress": Egress(spec.access.egress),
    }
    made: DatabaseSecurityGroupArgs = {
        "vpc_id": args["network"]["vpc_id"],
        "port": spec.instance.port,
        "access": access,
        "tags": {**spec.instance.tags, "Name": f"{spec.instance.identifier}-access"},
    }
    application = args["network"].get("application_security_group_id")
    if application is not None:
        made["application_security_group_id"] = application
    return made


def _instance_args(
    args: DatabaseArgs,
    spec: DatabaseSpec,
    subnets: subnet_group.DatabaseSubnetGroup,
    firewall: security_group.DatabaseSecurityGroup,
) -> DatabaseInstanceArgs:
    # The password's source is settled here, where the replicas are known.
    password: MasterPasswordArgs = {**args.get("password", {}), "source": spec.instance.password.source}
    shared = {key: value for key, value in args.items() if key in DatabaseInstanceArgs.__annotations__}
    made: DatabaseInstanceArgs = {
        **shared,  # pyright: ignore[reportAssignmentType] a TypedDict can't be narrowed to another's keys
        "identifier": spec.instance.identifier,
        "password": password,
        "subnet_group_name": subnets.group_name,
        "security_group_ids": [firewall.security_group_id],
    }
    return made


def _replica_args(
    planned: ReplicaSpec, writer: instance.DatabaseInstance, firewall: security_group.DatabaseSecurityGroup
) -> ReadReplicaArgs:
    made: ReadReplicaArgs = {
        "identifier": planned.identifier,
        "source_identifier": writer.identifier,
        "instance_class": planned.instance_class,
        "multi_az": planned.multi_az,
        "storage_type": planned.storage_type,
        "storage_encrypted": planned.storage_encrypted,
        "auto_minor_version_upgrade": planned.auto_minor_version_upgrade,
        "apply_immediately": planned.apply_immediately,
        "security_group_ids": [firewall.security_group_id],
        "on_delete": planned.deletion.on_delete,
        "deletion_protection": planned.deletion.protected,
        "tags": dict(planned.tags),
    }
    if planned.availability_zone is not None:
        made["availability_zone"] = planned.availability_zone
    if planned.iops is not None:
        made["iops"] = planned.iops
    if planned.throughput_mibps is not None:
        made["throughput_mibps"] = planned.throughput_mibps
    if planned.max_allocated_gib is not None:
        made["max_allocated_gib"] = planned.max_allocated_gib
    if planned.maintenance_window is not None:
        made["maintenance_window"] = planned.maintenance_window
    return made
