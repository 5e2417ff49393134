"""`DatabaseInstance`: one RDS instance with its password and its final snapshot's name."""

from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from dbstack.aws import (
    associated_roles,
    backup_copies,
    credentials,
    domain,
    groups,
    monitoring,
    rotation,
    vanished,
)
from dbstack.aws.backup_copies import make_backup_copies
from dbstack.aws.deletion import data_options
from dbstack.aws.group_guards import group_guard, option_group_guard
from dbstack.aws.guards import update_guard
from dbstack.aws.hooks import refuse_renaming_back
from dbstack.aws.monitoring import Watching
from dbstack.aws.replica_guards import register_deletion_guard
from dbstack.aws.restore import (
    IGNORED_IF_RESTORABLE,
    Import,
    Restore,
    creation_hook,
    remember_origin,
)
from dbstack.aws.restore import ROLES as RESTORE_ROLES
from dbstack.common.children import Children, Transforms, names_for, register_declared
from dbstack.spec.model import EngineSettingsSpec, InstanceSpec
from dbstack.spec.plan import plan_instance
from dbstack.spec.types import DatabaseInstanceArgs, NewInstanceSettings, OnDelete, RestoredSettings

ROLES = (
    "instance",
    "suffix",
    *groups.ROLES,
    *associated_roles.ROLES,
    *domain.ROLES,
    *credentials.ROLES,
    *monitoring.ROLES,
    *rotation.ROLES,
    *vanished.ROLES,
    *RESTORE_ROLES,
    *backup_copies.ROLES,
)


class DatabaseInstance(pulumi.ComponentResource):
    """An RDS instance: encrypted, private, backed up, and protected as `on_delete` says.

    Raises SpecError before anything is created, with every fault. A change that RDS can't make or that would lose
    data (a smaller volume, a lower version, a new major without consent) fails the preview.
    See https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
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
        args: DatabaseInstanceArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transform: Transforms | None = None,
        named_after: str | None = None,
    ) -> None:
        names = names_for(name, named_after, opts)
        spec = plan_instance(args, names)
        super().__init__("dbstack:index:DatabaseInstance", name, {}, opts)
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
        )
        self.identifier = instance.identifier
        self.arn = instance.arn
        self.host = instance.address
        self.port = instance.port
        self.database = first_database(spec, instance)
        self.username = instance.username
        self.engine = instance.engine
        self.resource_id = instance.resource_id
        register_declared(self)


def make_instance(
    name: str,
    spec: InstanceSpec,
    args: NewInstanceSettings | RestoredSettings,
    subnet_group_name: pulumi.Input[str],
    security_group_ids: pulumi.Input[Sequence[pulumi.Input[str]]],
    children: Children,
    *,
    suffix: pulumi.Output[str],
    watching: Watching,
    password_chosen: bool = True,
    with_replicas: bool = False,
    restore: Restore | Import | None = None,
    restorable: bool = False,
) -> "tuple[aws.rds.Instance, pulumi.Output[str], list[pulumi.Resource]]":
    """The instance, its secret's ARN and what gives the secret a value: children of `children`'s component.

    `args` gives what is no part of the plan: the password's value and the key's ARN. `suffix` keeps the names of the
    final snapshot and of the secret apart from those of a predecessor. Without `password_chosen` a later move of the
    password to another keeper is refused; `with_replicas`, a minor version before the replicas have it. `restore`
    makes it from backups; `restorable` says that the description may have named one once.
    """
    register_deletion_guard()
    password = credentials.master_password(name, spec, args.get("password", {}), children)
    watched, log_groups = watching.properties(
        name, spec.identifier, spec.monitoring, args.get("monitoring", {}), spec.deletion, spec.tags
    )
    parameter_group = groups.make_parameter_group(
        name, spec.parameter_group, spec.deletion, spec.tags, children
    )
    properties = {
        **instance_properties(spec),
        **password.properties,
        **watched,
        **domain.domain_properties(
            name,
            watching.physical,
            args.get("domain", {}),
            children,
            spec.tags,
            retain=spec.deletion.retain,
        ),
        "final_snapshot_identifier": pulumi.Output.concat(spec.identifier, "-final-", suffix)
        if spec.deletion.final_snapshot
        else None,
        "kms_key_id": args.get("storage", {}).get("kms_key_id"),
        "parameter_group_name": parameter_group,
        "option_group_name": groups.make_option_group(name, spec, args, children),
        "db_subnet_group_name": subnet_group_name,
        "vpc_security_group_ids": security_group_ids,
    }
    refuse_renaming_back(name, args, spec.identifier)
    hooks = update_guard(password_chosen, with_replicas=with_replicas)
    if "parameter_group" not in args and not children.transformed("parameter_group"):
        hooks.before_update = [*(hooks.before_update or []), group_guard()]
    # Of an engine without options it is always AWS's own one.
    if spec.option_group and "option_group" not in args and not children.transformed("option_group"):
        hooks.before_update = [*(hooks.before_update or []), option_group_guard()]
    if restore is not None:
        properties = restore.applied_to(properties)
        hooks.before_create = [*restore.guards(), *([creation_hook()] if restorable else [])] or None
    instance = children.make(
        "instance",
        aws.rds.Instance,
        name,
        properties,
        pulumi.ResourceOptions.merge(
            data_options(spec.deletion),
            pulumi.ResourceOptions(
                hooks=hooks,
                depends_on=log_groups,
                ignore_changes=[
                    *_changed_elsewhere(spec),
                    *_ignored(restore, restorable),
                ]
                or None,
            ),
        ),
    )
    if restore is not None and restorable:
        remember_origin(name, instance, instance.resource_id, children)
    associated_roles.associate_roles(
        name, args.get("associated_roles", {}), instance, children, retain=spec.deletion.retain
    )
    vanished.remember(
        name,
        spec.deletion.protected,
        instance.resource_id,
        children,
        growing_gib=spec.storage.allocated_gib
        if restore is None and spec.storage.max_allocated_gib
        else None,
    )
    copies = args.get("backup", {}).get("cross_region", {})
    make_backup_copies(name, spec, instance, copies.get("kms_key_id"), children)
    if password.value is None:
        secret_arn = credentials.managed_secret_arn(spec.identifier, instance.master_user_secrets)
        valued: list[pulumi.Resource] = []
    else:
        key = args.get("password", {}).get("kms_key_id")
        secret_arn, version = credentials.keep_in_secret(
            name,
            spec,
            password.value,
            instance,
            credentials.instance_facts(spec, instance),
            suffix,
            children,
            key,
        )
        valued = [version]
    wanted = args.get("password", {}).get("rotation", {})
    if spec.password.rotation_days is not None and not rotation.needs_function(spec, wanted):
        rotation.schedule(name, spec.password, secret_arn, wanted.get("function_arn"), children, valued)
    return instance, secret_arn, valued


def _ignored(restore: Restore | Import | None, restorable: bool) -> tuple[str, ...]:
    if restore is not None:
        return restore.ignored
    return IGNORED_IF_RESTORABLE if restorable else ()


def _changed_elsewhere(spec: InstanceSpec) -> list[str]:
    """What AWS Backup or a rotation function changes behind Pulumi's back: the program only says how it began."""
    names = ["backup_retention_period", "backup_window"] if spec.aws_backup else []
    return [*names, *(["password"] if credentials.rotates(spec.password) else [])]


def instance_properties(spec: InstanceSpec) -> dict[str, Any]:
    """The plan as properties of `aws.rds.Instance`, references and password aside."""
    deletion = spec.deletion
    return {
        "identifier": spec.identifier,
        "engine": str(spec.engine),
        "engine_version": spec.engine_version,
        "instance_class": spec.instance_class,
        "allocated_storage": spec.storage.allocated_gib,
        "max_allocated_storage": spec.storage.max_allocated_gib,
        "storage_type": str(spec.storage.type),
        "iops": spec.storage.iops,
        "storage_throughput": spec.storage.throughput_mibps,
        "storage_encrypted": spec.storage.encrypted,
        # Left out where it is off, so that a database without one has no property for it.
        "dedicated_log_volume": spec.storage.dedicated_log_volume or None,
        **_settings(spec.settings),
        "db_name": spec.database_name,
        "username": spec.username,
        "iam_database_authentication_enabled": spec.iam_authentication,
        "port": spec.port,
        "multi_az": spec.multi_az,
        "backup_retention_period": spec.backup_retention_days,
        "backup_window": spec.backup_window,
        "maintenance_window": spec.maintenance_window,
        "auto_minor_version_upgrade": spec.auto_minor_version_upgrade,
        "allow_major_version_upgrade": spec.allow_major_version_upgrade,
        "apply_immediately": spec.apply_immediately,
        "blue_green_update": {"enabled": True} if spec.blue_green else None,
        "publicly_accessible": False,
        "copy_tags_to_snapshot": True,
        "deletion_protection": deletion.protected,
        "skip_final_snapshot": not deletion.final_snapshot,
        "delete_automated_backups": deletion.on_delete is OnDelete.DESTROY,
        "tags": dict(spec.tags),
    }


def _settings(settings: EngineSettingsSpec) -> dict[str, Any]:
    return {
        "license_model": settings.license_model and str(settings.license_model),
        "character_set_name": settings.character_set,
        "nchar_character_set_name": settings.nchar_character_set,
        "timezone": settings.timezone,
        "ca_cert_identifier": settings.ca_certificate,
        "network_type": settings.network_type and str(settings.network_type),
        "engine_lifecycle_support": settings.engine_lifecycle_support
        and str(settings.engine_lifecycle_support),
        "customer_owned_ip_enabled": settings.customer_owned_ip,
        "availability_zone": settings.availability_zone,
    }


def first_database(spec: InstanceSpec, instance: "aws.rds.Instance") -> pulumi.Output[str]:
    """What a client connects to; SQL Server makes no database of a chosen name, and RDS then tells none."""
    return instance.db_name if spec.database_name else pulumi.Output.from_input(spec.default_database)


def make_suffix(name: str, children: Children) -> pulumi.Output[str]:
    """Random, kept in state: a second database of the same name finds its final snapshot's name free."""
    import pulumi_random as random

    return children.make("suffix", random.RandomId, f"{name}-suffix", {"byte_length": 4}).hex
