"""Backups beyond the instance: AWS Backup's plan and vault."""

from typing import NotRequired, TypedDict

import pulumi

from dbstack.spec.types.choices import OnDelete
from dbstack.spec.types.controls import ControlsArgs


class BackupCopyArgs(TypedDict):
    """A copy of each recovery point in another vault, in another region or account."""

    vault_arn: pulumi.Input[str]
    """ARN of the vault, which is there already: `arn:aws:backup:<region>:<account>:backup-vault:<name>`. Its key encrypts the copies."""
    delete_after_days: NotRequired[int]
    """Days that the copies are kept, 1 to 36500. Default: as long as the original."""


class BackupRuleArgs(TypedDict):
    """When to back up, and how long to keep it.

    RDS has no cold storage: recovery points stay where they are until they are deleted.
    See https://docs.aws.amazon.com/aws-backup/latest/devguide/plan-options-and-configuration.html
    """

    schedule: NotRequired[str]
    """AWS's cron in UTC, six fields: minutes, hours, day of month, month, day of week, year. Default `cron(0 5 ? * * *)`, daily at 05:00."""
    delete_after_days: NotRequired[int]
    """Days that a recovery point is kept, 1 to 36500; 1 to 35 with `continuous`. Default 35."""
    continuous: NotRequired[bool]
    """Point-in-time recovery: AWS Backup takes over the databases' automated backups, so that their `backup.retention_days` and `backup.window` must be left out. One rule of a plan only. Default false: snapshots."""
    start_within_minutes: NotRequired[int]
    """A job that has not started after so many minutes is cancelled; 60 or more. Default 480."""
    complete_within_minutes: NotRequired[int]
    """A job that is not done after so many minutes is cancelled; not less than `start_within_minutes`. Default 10080, a week."""
    copies: NotRequired[dict[str, BackupCopyArgs]]
    """Copies of each recovery point by a name of yours. Default none."""


class BackupVaultLockArgs(TypedDict):
    """A lock on how long recovery points are kept, which holds for administrators too.

    See https://docs.aws.amazon.com/aws-backup/latest/devguide/vault-lock.html
    """

    min_retention_days: NotRequired[int]
    """No backup may be kept for fewer days; 1 or more."""
    max_retention_days: NotRequired[int]
    """No backup may be kept for more days; at most 36500."""
    changeable_for_days: NotRequired[int]
    """Days, 3 or more, after which NOBODY can take the lock away again, AWS included. Default: it stays changeable for those who may (governance mode)."""


class BackupVaultArgs(TypedDict):
    """Where the recovery points are kept: a vault that is made, or `name` of one that is there."""

    name: NotRequired[pulumi.Input[str]]
    """An existing vault to use. Nothing else may be given with it. Default: a vault is made."""
    kms_key_id: NotRequired[pulumi.Input[str]]
    """ARN of the KMS key that encrypts the vault (not an alias). RDS's recovery points keep the database's own key; copies get this one. Default: the account's aws/backup key."""
    lock: NotRequired[BackupVaultLockArgs]
    """Default: no lock."""
    deny_deletion: NotRequired[bool]
    """A policy on the vault that lets nobody delete recovery points or shorten their life before their time. Default false."""


class BackupPlanSettings(TypedDict):
    """A backup plan as its owner describes it."""

    rules: NotRequired[dict[str, BackupRuleArgs]]
    """When to back up, by name. Default one rule `daily`, kept 35 days."""
    vault: NotRequired[BackupVaultArgs]
    """Default: a vault of its own."""
    role_arn: NotRequired[pulumi.Input[str]]
    """An existing role that AWS Backup assumes. Default: a role is made, with AWS's policy for backups and nothing else."""
    on_delete: NotRequired[OnDelete]
    """What becomes of the vault: retain (forgotten, it stays with its recovery points) or destroy (deleted with them). A vault has no snapshot. Default retain; in a stack config destroy where every database has it."""
    deletion_protection: NotRequired[bool]
    """Pulumi's protect on the vault. Default: true, but false with on_delete destroy; in a stack config, while one of its databases is protected."""


class StackBackupPlanSettings(BackupPlanSettings):
    """`backup_plan` of a stack config: AWS Backup for all of the stack's databases."""

    include_replicas: NotRequired[bool]
    """Back up the read replicas in this region too, as control RDS.26 wants it of every instance. Default: true, but false with a `continuous` rule, which would switch automated backups on for each of them."""


class DatabaseBackupPlanArgs(BackupPlanSettings):
    """Arguments of `DatabaseBackupPlan`."""

    resource_arns: list[pulumi.Input[str]]
    """ARNs of the databases to back up, at most 500, all of the plan's region."""
    controls: NotRequired[ControlsArgs]
    """Security controls that are left off on purpose. Default: each that is off is named in the preview."""
    environment: NotRequired[str]
    """Value of the Environment tag. Default: the stack's name."""
    tags: NotRequired[dict[str, str]]
    """Further tags, on the recovery points too."""
