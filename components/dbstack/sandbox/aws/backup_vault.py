"""AWS Backup vaults, their access policies and locks."""

from collections.abc import Sequence
from typing import Any

from dbstack.sandbox.aws.backup_common import described, tags_of, update_tags
from dbstack.sandbox.aws.model import (
    REGION,
    TAGS,
    Context,
    Handler,
    Naming,
    Prop,
    Props,
    ResourceType,
    request,
    rule_faults,
    same_json,
)
from dbstack.spec import access, backup_plans


class Vault(Handler):
    """Where recovery points are kept."""

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        members: dict[str, Any] = {
            "BackupVaultName": props["name"],
            "BackupVaultTags": props.get("tagsAll") or {},
        }
        if key := props.get("kmsKeyArn"):
            members["EncryptionKeyArn"] = key
        name = ctx.client("backup").create_backup_vault(**members)["BackupVaultName"]
        ctx.made(name)
        return name

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        client = ctx.client("backup")
        vault = described(client.describe_backup_vault, BackupVaultName=resource_id)
        if vault is None:
            return None
        return {
            "arn": vault["BackupVaultArn"],
            "name": vault["BackupVaultName"],
            "kmsKeyArn": vault.get("EncryptionKeyArn"),
            "recoveryPoints": vault.get("NumberOfRecoveryPoints", 0),
            "tagsAll": tags_of(client, vault["BackupVaultArn"]),
        }

    def update(
        self,
        ctx: Context,
        kind: ResourceType,
        resource_id: str,
        old: Props,
        new: Props,
        changed: Sequence[str],
    ) -> None:
        update_tags(ctx.client("backup"), old["arn"], old, new)

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        described(ctx.client("backup").delete_backup_vault, BackupVaultName=resource_id)

    def check(
        self, ctx: Context, kind: ResourceType, props: Props, unknown: frozenset[str]
    ) -> list[tuple[str, str]]:
        rules = {"name": backup_plans.vault_name_fault, "kmsKeyArn": access.key_arn_fault}
        return rule_faults(props, rules)

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        name = props.get("name")
        return name if name and self.read(ctx, kind, name, props) else None


class OfVault(Handler):
    """What a vault has one of; its id is the vault's name."""

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        if self.read(ctx, kind, resource_id, state) is not None:
            self.remove(ctx.client("backup"), resource_id)

    def remove(self, client: Any, name: str) -> None:
        """Takes it away from the vault."""
        raise NotImplementedError

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        name = props.get("backupVaultName")
        return name if name and self.read(ctx, kind, name, props) else None


class VaultPolicy(OfVault):
    """Who may do what with a vault."""

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        name = props["backupVaultName"]
        ctx.client("backup").put_backup_vault_access_policy(BackupVaultName=name, Policy=props["policy"])
        ctx.made(name)
        return name

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        found = described(ctx.client("backup").get_backup_vault_access_policy, BackupVaultName=resource_id)
        if found is None:
            return None
        return {
            "backupVaultName": found["BackupVaultName"],
            "backupVaultArn": found["BackupVaultArn"],
            "policy": found["Policy"],
        }

    def update(
        self,
        ctx: Context,
        kind: ResourceType,
        resource_id: str,
        old: Props,
        new: Props,
        changed: Sequence[str],
    ) -> None:
        client = ctx.client("backup")
        client.put_backup_vault_access_policy(BackupVaultName=resource_id, Policy=new["policy"])

    def remove(self, client: Any, name: str) -> None:
        client.delete_backup_vault_access_policy(BackupVaultName=name)


class VaultLock(OfVault):
    """How long recovery points are kept at least and at most, whoever asks for their deletion."""

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        name = props["backupVaultName"]
        days = ["minRetentionDays", "maxRetentionDays", "changeableForDays"]
        members = request(kind, props, [name for name in days if props.get(name)])
        ctx.client("backup").put_backup_vault_lock_configuration(BackupVaultName=name, **members)
        ctx.made(name)
        return name

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        vault = described(ctx.client("backup").describe_backup_vault, BackupVaultName=resource_id)
        if vault is None or not vault.get("Locked"):
            return None
        return {
            "backupVaultName": vault["BackupVaultName"],
            "backupVaultArn": vault["BackupVaultArn"],
            "minRetentionDays": vault.get("MinRetentionDays"),
            "maxRetentionDays": vault.get("MaxRetentionDays"),
        }

    def remove(self, client: Any, name: str) -> None:
        client.delete_backup_vault_lock_configuration(BackupVaultName=name)

    def check(
        self, ctx: Context, kind: ResourceType, props: Props, unknown: frozenset[str]
    ) -> list[tuple[str, str]]:
        least, most, days = (
            props.get(name) for name in ("minRetentionDays", "maxRetentionDays", "changeableForDays")
        )
        return backup_plans.lock_faults(least, most, days)


VAULT = ResourceType(
    token="aws:backup/vault:Vault",
    service="backup",
    noun="Backup Vault",
    handler=Vault(),
    naming=Naming(max_length=50),
    props={
        "name": Prop(computed=True, replaces=True),
        "kmsKeyArn": Prop(computed=True, replaces=True),
        "forceDestroy": Prop(
            "bool",
            default=False,
            overlay="says how to delete, AWS never hears of it; the sandbox has no recovery points to delete",
            import_default=False,
        ),
        **TAGS,
        **REGION,
        "arn": Prop(output=True),
        "recoveryPoints": Prop("int", output=True),
    },
)

VAULT_POLICY = ResourceType(
    token="aws:backup/vaultPolicy:VaultPolicy",
    service="backup",
    noun="Backup Vault Policy",
    handler=VaultPolicy(),
    props={
        "backupVaultName": Prop(required=True, replaces=True),
        "policy": Prop(required=True, same=same_json),
        **REGION,
        "backupVaultArn": Prop(output=True),
    },
)

VAULT_LOCK = ResourceType(
    token="aws:backup/vaultLockConfiguration:VaultLockConfiguration",
    service="backup",
    noun="Backup Vault Lock Configuration",
    handler=VaultLock(),
    props={
        "backupVaultName": Prop(required=True, replaces=True),
        "minRetentionDays": Prop("int", replaces=True),
        "maxRetentionDays": Prop("int", replaces=True),
        "changeableForDays": Prop(
            "int",
            replaces=True,
            overlay="AWS keeps the date that follows from it, and describes no number of days",
        ),
        **REGION,
        "backupVaultArn": Prop(output=True),
    },
)
