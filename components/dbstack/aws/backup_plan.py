"""`DatabaseBackupPlan`: AWS Backup for databases, with a vault and a role."""

from typing import Any

import pulumi
import pulumi_aws as aws

from dbstack.common.children import Children, Transforms, names_for, register_declared
from dbstack.spec.model import Names
from dbstack.spec.partitions import BACKUP_POLICY, managed_policy
from dbstack.spec.plan_backup import BackupPlanSpec, BackupRuleSpec, plan_backup
from dbstack.spec.types import DatabaseBackupPlanArgs, OnDelete

ROLES = (
    "suffix",
    "vault",
    "vault_policy",
    "vault_lock",
    "role",
    "role_attachment",
    "plan",
    "selection",
)
# AWS's own policy: what it must be able to do grows with the service, and a copy of ours would lag behind.
_TRUST: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "backup.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
# What ends a recovery point before its time. AWS Backup's own lifecycle is not denied by it.
_DELETIONS = ("backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle")


class DatabaseBackupPlan(pulumi.ComponentResource):
    """Backups beyond the instance: an AWS Backup plan over databases, with an encrypted vault and a role of its own.

    The vault keeps its recovery points when the plan goes (`on_delete`). Satisfies control RDS.26.

    Raises SpecError before anything is created: a schedule that AWS doesn't know, a retention that continuous backups
    can't have, an existing vault with settings for a new one.
    See https://docs.aws.amazon.com/aws-backup/latest/devguide/about-backup-plans.html
    """

    vault_name: pulumi.Output[str]
    """Name of the vault."""
    vault_arn: pulumi.Output[str]
    """ARN of the vault that was made; empty where an existing one is used."""
    plan_id: pulumi.Output[str]
    """Id of the plan."""
    plan_arn: pulumi.Output[str]
    """ARN of the plan."""
    role_arn: pulumi.Output[str]
    """ARN of the role that AWS Backup assumes."""

    def __init__(
        self,
        name: str,
        args: DatabaseBackupPlanArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transform: Transforms | None = None,
    ) -> None:
        names = names_for(name)
        spec = plan_backup(args, names)
        super().__init__("dbstack:index:DatabaseBackupPlan", name, {}, opts)
        children = Children(self, transform, ROLES, args.get("controls"))
        suffix = _suffix(name, children) if spec.makes_names else pulumi.Output.from_input("")
        self.vault_name, self.vault_arn = _vault(name, spec, args, suffix, children)
        self.role_arn, attached = _role(name, names, spec, args, suffix, children)
        plan = children.make(
            "plan",
            aws.backup.Plan,
            name,
            {
                "name": spec.plan_name,
                "rules": [_rule(rule, spec, args, self.vault_name) for rule in spec.rules],
                "tags": dict(spec.tags),
            },
        )
        children.make(
            "selection",
            aws.backup.Selection,
            name,
            {"plan_id": plan.id, "iam_role_arn": self.role_arn, "resources": args["resource_arns"]},
            pulumi.ResourceOptions(depends_on=attached),
        )
        self.plan_id = plan.id
        self.plan_arn = plan.arn
        register_declared(self)


def _suffix(name: str, children: Children) -> pulumi.Output[str]:
    """Random, kept in state: a retained vault's name isn't wanted again by the next deployment."""
    import pulumi_random as random

    return children.make("suffix", random.RandomId, f"{name}-suffix", {"byte_length": 4}).hex


def _vault(
    name: str,
    spec: BackupPlanSpec,
    args: DatabaseBackupPlanArgs,
    suffix: pulumi.Output[str],
    children: Children,
) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
    """Name and ARN of the vault."""
    given = args.get("vault", {})
    if not spec.makes_vault:
        return pulumi.Output.from_input(given.get("name", "")), pulumi.Output.from_input("")
    vault = children.make(
        "vault",
        aws.backup.Vault,
        name,
        {
            "name": pulumi.Output.concat(spec.base_name, "-", suffix),
            "kms_key_arn": given.get("kms_key_id"),
            "force_destroy": spec.on_delete is OnDelete.DESTROY,
            "tags": dict(spec.tags),
        },
        pulumi.ResourceOptions(
            protect=True if spec.protected else None,
            retain_on_delete=True if spec.on_delete is OnDelete.RETAIN else None,
        ),
    )
    # What guards the vault goes and stays with it.
    stays = pulumi.ResourceOptions(retain_on_delete=True if spec.on_delete is OnDelete.RETAIN else None)
    if spec.lock is not None:
        children.make(
            "vault_lock",
            aws.backup.VaultLockConfiguration,
            name,
            {
                "backup_vault_name": vault.name,
                "min_retention_days": spec.lock.min_retention_days,
                "max_retention_days": spec.lock.max_retention_days,
                "changeable_for_days": spec.lock.changeable_for_days,
            },
            stays,
        )
    if spec.deny_deletion:
        children.make(
            "vault_policy",
            aws.backup.VaultPolicy,
            name,
            {
                "backup_vault_name": vault.name,
                "policy": pulumi.Output.json_dumps(
                    {
                        "Version": "2012-10-17",
                        "Statement": [
                            {
                                "Sid": "KeepRecoveryPoints",
                                "Effect": "Deny",
                                "Principal": "*",
                                "Action": list(_DELETIONS),
                                "Resource": "*",
                            }
                        ],
                    }
                ),
            },
            stays,
        )
    return vault.name, vault.arn


def _role(
    name: str,
    names: Names,
    spec: BackupPlanSpec,
    args: DatabaseBackupPlanArgs,
    suffix: pulumi.Output[str],
    children: Children,
) -> tuple[pulumi.Output[str], list[pulumi.Resource]]:
    """ARN of the role, and what must be there before it can be used."""
    if not spec.makes_role:
        return pulumi.Output.from_input(args.get("role_arn", "")), []
    role = children.make(
        "role",
        aws.iam.Role,
        name,
        {
            "name": pulumi.Output.concat(spec.base_name, "-", suffix),
            "description": f"AWS Backup for the databases of {names.project} {names.stack}",
            "assume_role_policy": pulumi.Output.json_dumps(_TRUST),
            "tags": dict(spec.tags),
        },
    )
    attachment = children.make(
        "role_attachment",
        aws.iam.RolePolicyAttachment,
        name,
        {"role": role.name, "policy_arn": role.arn.apply(lambda arn: managed_policy(arn, BACKUP_POLICY))},
    )
    return role.arn, [attachment]


def _rule(
    rule: BackupRuleSpec,
    spec: BackupPlanSpec,
    args: DatabaseBackupPlanArgs,
    vault_name: pulumi.Output[str],
) -> dict[str, Any]:
    given = args.get("rules", {}).get(rule.name, {}).get("copies", {})
    made: dict[str, Any] = {
        "rule_name": rule.name,
        "target_vault_name": vault_name,
        "schedule": rule.schedule,
        "start_window": rule.start_within_minutes,
        "completion_window": rule.complete_within_minutes,
        "enable_continuous_backup": rule.continuous,
        "lifecycle": {"delete_after": rule.delete_after_days},
        "recovery_point_tags": dict(spec.tags),
    }
    if rule.copies:
        made["copy_actions"] = [
            {
                "destination_vault_arn": given[copy.key]["vault_arn"],
                "lifecycle": {"delete_after": copy.delete_after_days},
            }
            for copy in rule.copies
        ]
    return made
