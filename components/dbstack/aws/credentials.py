"""The master user's password: made by RDS, generated here or given; always found in Secrets Manager.

Of an instance and of a cluster alike.
"""

from typing import Any, NamedTuple

import pulumi
import pulumi_aws as aws

from dbstack.aws.children import Children
from dbstack.aws.deletion import needed_options
from dbstack.spec.cluster_model import ClusterSpec
from dbstack.spec.cluster_rules import cluster_password_fault
from dbstack.spec.credentials import password_fault
from dbstack.spec.engines import engine_facts
from dbstack.spec.errors import Fault, SpecError
from dbstack.spec.model import InstanceSpec, PasswordSpec
from dbstack.spec.types import MasterPasswordArgs, OnDelete, PasswordSource

ROLES = ("password", "secret", "secret_version")

# Letters and digits only, and 30 of them: fits the rules of every RDS engine and needs no quoting in a URL.
_LENGTH = 30
_FIRST = "dbstack-first"


class MasterPassword(NamedTuple):
    """What the database is given: the properties, and the value to keep (None where RDS keeps it)."""

    properties: dict[str, Any]
    value: pulumi.Output[str] | None


def master_password(
    name: str, spec: InstanceSpec | ClusterSpec, args: MasterPasswordArgs, children: Children
) -> MasterPassword:
    """Settle the password before the database is made. Raises if `config` names a key that isn't set."""
    source = spec.password.source
    if source is PasswordSource.MANAGED:
        key = args.get("kms_key_id")
        return MasterPassword(
            {"manage_master_user_password": True, "master_user_secret_kms_key_id": key}, None
        )
    if source is PasswordSource.GENERATED:
        # Imported here: programs whose passwords RDS manages never load it.
        import pulumi_random as random

        generated = children.make(
            "password", random.RandomPassword, f"{name}-password", {"length": _LENGTH, "special": False}
        )
        value = generated.result
    elif spec.password.config_key is not None:
        namespace, _, key = spec.password.config_key.rpartition(":")
        value = _checked(spec, pulumi.Config(namespace or None).require_secret(key))
    else:
        value = _checked(spec, pulumi.Output.secret(args.get("value", "")))
    return MasterPassword({"master_password" if isinstance(spec, ClusterSpec) else "password": value}, value)


def managed_secret_arn(identifier: str, secrets: pulumi.Output[Any]) -> pulumi.Output[str]:
    """ARN of the secret that RDS keeps.

    The provider tells no secret in the preview of a change to a managed password, where it should tell that it isn't
    known yet: https://github.com/terraform-aws-modules/terraform-aws-rds/issues/588
    """

    def arn(found: Any) -> Any:
        if found:
            return found[0]["secret_arn"] if isinstance(found[0], dict) else found[0].secret_arn
        if pulumi.runtime.is_dry_run():
            return pulumi.UNKNOWN
        message = "RDS names no secret for the master password: run `pulumi refresh`, then `pulumi up` again"
        raise SpecError([Fault("password", message)], subject=identifier)

    return secrets.apply(arn)


def rotates(password: PasswordSpec) -> bool:
    """Whether a function changes the password behind Pulumi's back: then the program's is the first one only."""
    return password.rotation_days is not None and password.source is PasswordSource.GENERATED


def _checked(spec: InstanceSpec | ClusterSpec, given: pulumi.Output[str]) -> pulumi.Output[str]:
    """Refuse a password that RDS would refuse, as soon as its value is known and before the database is made."""

    def check(password: str) -> str:
        if isinstance(spec, ClusterSpec):
            fault = cluster_password_fault(password)
        else:
            fault = password_fault(spec.engine, password)
        if fault is not None:
            raise SpecError([Fault("password", fault)], subject=spec.identifier)
        return password

    return given.apply(check)


def instance_facts(spec: InstanceSpec, instance: "aws.rds.Instance") -> dict[str, Any]:
    """What the secret of an instance says beside the password."""
    return {
        "engine": engine_facts(spec.engine).secret_engine or str(spec.engine),
        "host": instance.address,
        "port": spec.port,
        # As they stand in AWS: a restored database brings its own.
        "dbname": instance.db_name if spec.database_name else spec.default_database,
        "username": instance.username,
        "dbInstanceIdentifier": spec.identifier,
    }


def cluster_facts(spec: ClusterSpec, cluster: "aws.rds.Cluster") -> dict[str, Any]:
    """What the secret of a cluster says beside the password."""
    return {
        "engine": str(spec.engine),
        "host": cluster.endpoint,
        "port": spec.port,
        "dbname": cluster.database_name,
        "username": cluster.master_username,
        "dbClusterIdentifier": spec.identifier,
    }


def keep_in_secret(
    name: str,
    spec: InstanceSpec | ClusterSpec,
    value: pulumi.Output[str],
    database: "aws.rds.Instance | aws.rds.Cluster",
    facts: dict[str, Any],
    suffix: pulumi.Output[str],
    children: Children,
    kms_key_id: pulumi.Input[str] | None = None,
) -> "tuple[pulumi.Output[str], aws.secretsmanager.SecretVersion]":
    """A Secrets Manager secret in the JSON shape that AWS's own rotation functions and drivers read.

    It stays with a `database` that is retained. Returns its ARN, and what gives it its value.
    See https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html
    """
    stays = needed_options(spec.deletion.retain, database)
    secret = children.make(
        "secret",
        aws.secretsmanager.Secret,
        f"{name}-master",
        {
            # The suffix keeps the name free of a deleted predecessor, which Secrets Manager blocks for 30 days.
            "name": pulumi.Output.concat(spec.base_name, "-master-", suffix),
            "description": f"Master user of the database {spec.identifier}",
            "kms_key_id": kms_key_id,
            "recovery_window_in_days": 0 if spec.deletion.on_delete is OnDelete.DESTROY else 30,
            "tags": {**spec.tags, "Name": f"{spec.identifier}-master"},
        },
        stays,
    )
    document: pulumi.Output[Any] = pulumi.Output.json_dumps({**facts, "password": value})
    first = pulumi.ResourceOptions(
        ignore_changes=["secretString", "versionStages"] if rotates(spec.password) else None
    )
    version = children.make(
        "secret_version",
        aws.secretsmanager.SecretVersion,
        f"{name}-master",
        {
            "secret_id": secret.id,
            "secret_string": pulumi.Output.secret(document),
            # A version with a label of its own is never purged. A purged one would be made again by the next refresh
            # and up, and with it the first password would be AWSCURRENT again.
            "version_stages": ["AWSCURRENT", _FIRST] if rotates(spec.password) else None,
        },
        pulumi.ResourceOptions.merge(stays, first),
    )
    return secret.arn, version
