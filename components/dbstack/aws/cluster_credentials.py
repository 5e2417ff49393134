"""The master user's password of a cluster: made by RDS, generated here or given; always found in Secrets Manager."""

from typing import Any

import pulumi
import pulumi_aws as aws

from dbstack.aws.children import Children
from dbstack.aws.credentials import MasterPassword
from dbstack.spec.cluster_model import ClusterSpec
from dbstack.spec.cluster_rules import cluster_password_fault
from dbstack.spec.errors import Fault, SpecError
from dbstack.spec.types import MasterPasswordArgs, OnDelete, PasswordSource

ROLES = ("password", "secret", "secret_version")

# Letters and digits only: fits every engine and needs no quoting in a URL.
_LENGTH = 30


def cluster_password(
    name: str, spec: ClusterSpec, args: MasterPasswordArgs, children: Children
) -> MasterPassword:
    """Settle the password before the cluster is made. Raises if `config` names a key that isn't set."""
    source = spec.password.source
    if source is PasswordSource.MANAGED:
        properties = {
            "manage_master_user_password": True,
            "master_user_secret_kms_key_id": args.get("kms_key_id"),
        }
        return MasterPassword(properties, None)
    if source is PasswordSource.GENERATED:
        # Imported here: programs whose passwords RDS manages never load it.
        import pulumi_random as random

        made = children.make(
            "password", random.RandomPassword, f"{name}-password", {"length": _LENGTH, "special": False}
        )
        value = made.result
    elif spec.password.config_key is not None:
        namespace, _, key = spec.password.config_key.rpartition(":")
        value = _checked(spec, pulumi.Config(namespace or None).require_secret(key))
    else:
        value = _checked(spec, pulumi.Output.secret(args.get("value", "")))
    return MasterPassword({"master_password": value}, value)


def _checked(spec: ClusterSpec, given: pulumi.Output[str]) -> pulumi.Output[str]:
    """Refuse a password that RDS would refuse, as soon as its value is known and before the cluster is made."""

    def check(password: str) -> str:
        fault = cluster_password_fault(password)
        if fault is not None:
            raise SpecError([Fault("password", fault)], subject=spec.identifier)
        return password

    return given.apply(check)


def keep_cluster_secret(
    name: str,
    spec: ClusterSpec,
    value: pulumi.Output[str],
    cluster: "aws.rds.Cluster",
    suffix: pulumi.Output[str],
    children: Children,
    kms_key_id: pulumi.Input[str] | None,
) -> pulumi.Output[str]:
    """A Secrets Manager secret in the JSON shape that AWS's own rotation functions and drivers read. Returns its ARN.

    See https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html
    """
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
    )
    document: pulumi.Output[Any] = pulumi.Output.json_dumps(
        {
            "engine": str(spec.engine),
            "host": cluster.endpoint,
            "port": spec.port,
            "dbname": cluster.database_name,
            "username": cluster.master_username,
            "password": value,
            "dbClusterIdentifier": spec.identifier,
        }
    )
    children.make(
        "secret_version",
        aws.secretsmanager.SecretVersion,
        f"{name}-master",
        {"secret_id": secret.id, "secret_string": pulumi.Output.secret(document)},
    )
    return secret.arn
