"""The master user's password: made by RDS, generated here or given; always found in Secrets Manager.

Of an instance and of a cluster alike.
"""

from typing import TYPE_CHECKING, Any, NamedTuple

import pulumi
import pulumi_aws as aws

from dbstack.aws.deletion import needed_options
from dbstack.common.children import Children
from dbstack.common.password import ROLE, own_password
from dbstack.spec.engines import engine_facts
from dbstack.spec.errors import Fault, SpecError
from dbstack.spec.model import InstanceSpec, PasswordSpec
from dbstack.spec.types import MasterPasswordArgs, OnDelete, PasswordSource

if TYPE_CHECKING:
    from dbstack.spec.cluster_model import ClusterSpec

ROLES = (ROLE, "secret", "secret_version")

_FIRST = "dbstack-first"


class MasterPassword(NamedTuple):
    """What the database is given: the properties, and the value to keep (None where RDS keeps it)."""

    properties: dict[str, Any]
    value: pulumi.Output[str] | None


def master_password(
    name: str, spec: "InstanceSpec | ClusterSpec", args: MasterPasswordArgs, children: Children
) -> MasterPassword:
    """Settle the password before the database is made. Raises if `config` names a key that isn't set."""
    if spec.password.source is PasswordSource.MANAGED:
        key = args.get("kms_key_id")
        return MasterPassword(
            {"manage_master_user_password": True, "master_user_secret_kms_key_id": key}, None
        )
    value = own_password(name, spec, args, children)
    return MasterPassword({"password" if isinstance(spec, InstanceSpec) else "master_password": value}, value)


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


def cluster_facts(spec: "ClusterSpec", cluster: "aws.rds.Cluster") -> dict[str, Any]:
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
    spec: "InstanceSpec | ClusterSpec",
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
