"""Samples of the AWS Backup types, and of the roles and log groups round them."""

import json
from collections.abc import Mapping
from typing import Any

from tests.unit.sandbox_aws.sample import Sample, TypeSamples

POLICY = json.dumps({"Version": "2012-10-17", "Statement": []})
OTHER = json.dumps({"Version": "2012-10-17", "Id": "mine", "Statement": []})


def _tags(arn: str) -> dict[str, Sample]:
    return {
        "tags": Sample(
            {"Name": "x"},
            look=lambda aws, _id, found: aws.client("backup").list_tags(ResourceArn=found[arn])["Tags"],
        )
    }


def _vault(aws: Any, name: str) -> Any:
    return aws.client("backup").describe_backup_vault(BackupVaultName=name)


def _rule(aws: Any, **more: Any) -> dict[str, Any]:
    return {"ruleName": "daily", "targetVaultName": aws.ids["vault"], "schedule": "cron(0 5 ? * * *)", **more}


def _full_rule(ids: Mapping[str, Any]) -> dict[str, Any]:
    lifecycle = {"coldStorageAfter": 10, "deleteAfter": 120}
    return {
        "ruleName": "monthly",
        "targetVaultName": ids["vault"],
        "schedule": "cron(0 5 1 * ? *)",
        "scheduleExpressionTimezone": "Europe/Berlin",
        "startWindow": 90,
        "completionWindow": 300,
        "lifecycle": lifecycle,
        "recoveryPointTags": {"Team": "orders"},
        "copyActions": [{"destinationVaultArn": ids["far vault"], "lifecycle": {"deleteAfter": 30}}],
    }


def _plan_samples(ids: Mapping[str, Any]) -> dict[str, Sample]:
    full = _full_rule(ids)
    shown = {
        "RuleName": "monthly",
        "TargetBackupVaultName": ids["vault"],
        "ScheduleExpression": "cron(0 5 1 * ? *)",
        "ScheduleExpressionTimezone": "Europe/Berlin",
        "StartWindowMinutes": 90,
        "CompletionWindowMinutes": 300,
        "EnableContinuousBackup": False,
        "Lifecycle": {"MoveToColdStorageAfterDays": 10, "DeleteAfterDays": 120},
        "RecoveryPointTags": {"Team": "orders"},
        "CopyActions": [
            {"DestinationBackupVaultArn": ids["far vault"], "Lifecycle": {"DeleteAfterDays": 30}}
        ],
    }
    return {
        "name": Sample("another", "BackupPlan.BackupPlanName"),
        "rules": Sample(
            [full],
            shown=[shown],
            look=lambda _aws, _id, found: [
                {key: value for key, value in rule.items() if key != "RuleId"}
                for rule in found["BackupPlan"]["Rules"]
            ],
        ),
        "advancedBackupSettings": Sample(
            [{"resourceType": "EC2", "backupOptions": {"WindowsVSS": "enabled"}}],
            "AdvancedBackupSettings",
            [{"ResourceType": "EC2", "BackupOptions": {"WindowsVSS": "enabled"}}],
        ),
        **_tags("BackupPlanArn"),
    }


def _selection(aws: Any, found: str) -> Any:
    client = aws.client("backup")
    for plan in (aws.ids["plan"], aws.ids["plan2"]):
        for item in client.list_backup_selections(BackupPlanId=plan)["BackupSelectionsList"]:
            if item["SelectionId"] == found:
                return client.get_backup_selection(BackupPlanId=plan, SelectionId=found)
    raise LookupError(found)


BACKUP_POLICY = "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup"
RESTORE_POLICY = "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForRestores"


def _attached(aws: Any, found: str) -> dict[str, str]:
    role, _, policy = found.partition("/")
    attached = aws.client("iam").list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    assert policy in [item["PolicyArn"] for item in attached]
    return {"Role": role, "PolicyArn": policy}


_PAIRS = [{"key": "aws:ResourceTag/Team", "value": "orders"}]
_SHOWN_PAIRS = [{"ConditionKey": "aws:ResourceTag/Team", "ConditionValue": "orders"}]

BACKUP: dict[str, TypeSamples] = {
    "aws:backup/vault:Vault": TypeSamples(
        lambda aws: {"name": aws.unique("vault")},
        _vault,
        lambda ids: {
            "name": Sample("another", "BackupVaultName"),
            "kmsKeyArn": Sample(ids["key"], "EncryptionKeyArn"),
            **_tags("BackupVaultArn"),
        },
    ),
    "aws:backup/vaultPolicy:VaultPolicy": TypeSamples(
        lambda aws: {"backupVaultName": aws.fresh_vault(), "policy": POLICY},
        lambda aws, found: aws.client("backup").get_backup_vault_access_policy(BackupVaultName=found),
        lambda ids: {
            "backupVaultName": Sample(ids["vault"], "BackupVaultName"),
            "policy": Sample(OTHER, "Policy"),
        },
    ),
    "aws:backup/vaultLockConfiguration:VaultLockConfiguration": TypeSamples(
        lambda aws: {"backupVaultName": aws.fresh_vault()},
        _vault,
        lambda ids: {
            "backupVaultName": Sample(ids["vault"], "BackupVaultName"),
            "minRetentionDays": Sample(7, "MinRetentionDays"),
            "maxRetentionDays": Sample(365, "MaxRetentionDays"),
        },
    ),
    "aws:backup/plan:Plan": TypeSamples(
        lambda aws: {"name": aws.unique("plan"), "rules": [_rule(aws)]},
        lambda aws, found: aws.client("backup").get_backup_plan(BackupPlanId=found),
        _plan_samples,
    ),
    "aws:backup/selection:Selection": TypeSamples(
        lambda aws: {
            "name": aws.unique("selection"),
            "planId": aws.ids["plan"],
            "iamRoleArn": aws.ids["backup role"],
            "resources": ["arn:aws:rds:us-east-1:123456789012:db:one"],
        },
        _selection,
        lambda ids: {
            "name": Sample("another", "BackupSelection.SelectionName"),
            "planId": Sample(ids["plan2"], "BackupPlanId"),
            "iamRoleArn": Sample(ids["backup role 2"], "BackupSelection.IamRoleArn"),
            "resources": Sample(["arn:aws:rds:us-east-1:123456789012:db:two"], "BackupSelection.Resources"),
            "notResources": Sample(
                ["arn:aws:rds:us-east-1:123456789012:db:two"], "BackupSelection.NotResources"
            ),
            "selectionTags": Sample(
                [{"type": "STRINGEQUALS", "key": "Team", "value": "orders"}],
                "BackupSelection.ListOfTags",
                [{"ConditionType": "STRINGEQUALS", "ConditionKey": "Team", "ConditionValue": "orders"}],
            ),
            "conditions": Sample(
                [{"stringEquals": _PAIRS, "stringNotLikes": _PAIRS}],
                "BackupSelection.Conditions",
                {"StringEquals": _SHOWN_PAIRS, "StringNotLike": _SHOWN_PAIRS},
            ),
        },
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": TypeSamples(
        lambda aws: {"role": aws.fresh_role(), "policyArn": BACKUP_POLICY},
        _attached,
        lambda ids: {
            "role": Sample(ids["backup role"].split("/")[-1], "Role"),
            "policyArn": Sample(RESTORE_POLICY, "PolicyArn"),
        },
    ),
    "aws:cloudwatch/logGroup:LogGroup": TypeSamples(
        lambda aws: {"name": aws.unique("/some/group")},
        lambda aws, found: next(
            group
            for group in aws.client("logs").describe_log_groups(logGroupNamePrefix=found)["logGroups"]
            if group["logGroupName"] == found
        ),
        lambda ids: {
            "name": Sample("another", "logGroupName"),
            "retentionInDays": Sample(365, "retentionInDays"),
            "kmsKeyId": Sample(ids["key"], "kmsKeyId"),
            "logGroupClass": Sample("INFREQUENT_ACCESS", "logGroupClass"),
            "deletionProtectionEnabled": Sample(True, "deletionProtectionEnabled"),
            "tags": Sample(
                {"Name": "x"},
                look=lambda aws, _id, found: aws.client("logs").list_tags_for_resource(
                    resourceArn=found["logGroupArn"]
                )["tags"],
            ),
        },
    ),
}
