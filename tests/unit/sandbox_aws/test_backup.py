"""What AWS Backup refuses, and what its API answers that scanners ask."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from tests.unit.sandbox_aws.world import Walk, fill_backup, world

VAULT = "aws:backup/vault:Vault"
PLAN = "aws:backup/plan:Plan"
SELECTION = "aws:backup/selection:Selection"
RESOURCE = "arn:aws:rds:us-east-1:123456789012:db:one"


@pytest.fixture(scope="module")
def aws() -> Iterator[Walk]:
    with mock_aws():
        base = world()
        walk = Walk(base.backend, base.ids)
        fill_backup(walk)
        yield walk


def code(error: Any) -> str:
    return error.value.response["Error"]["Code"]


def plan(aws: Walk, name: str = "", **rule: Any) -> dict[str, Any]:
    """The answer to a CreateBackupPlan with one rule."""
    given = {"RuleName": "daily", "TargetBackupVaultName": aws.ids["vault"], **rule}
    document = {"BackupPlanName": name or aws.unique("p"), "Rules": [given]}
    return aws.client("backup").create_backup_plan(BackupPlan=document)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"EnableContinuousBackup": True}, "Lifecycle must be specified for backup rule enabled continuous"),
        ({"EnableContinuousBackup": True, "Lifecycle": {"DeleteAfterDays": 36}}, "36 days"),
        (
            {
                "EnableContinuousBackup": True,
                "Lifecycle": {"MoveToColdStorageAfterDays": 8, "DeleteAfterDays": 9},
            },
            "MoveToColdStorageAfterDays is unavailable",
        ),
        ({"Lifecycle": {"DeleteAfterDays": 0}}, "less than 1 or more than 36500"),
        ({"Lifecycle": {"MoveToColdStorageAfterDays": 10, "DeleteAfterDays": 99}}, "less than 90 days apart"),
        ({"ScheduleExpression": "0 5 * * *"}, "Invalid cron expression"),
        ({"StartWindowMinutes": 59}, "59 minutes"),
        ({"StartWindowMinutes": 90, "CompletionWindowMinutes": 89}, "89 minutes"),
        ({"TargetBackupVaultName": "nowhere"}, "Backup vault nowhere does not exist"),
        (
            {
                "CopyActions": [
                    {
                        "DestinationBackupVaultArn": "arn:aws:backup:eu-west-1:123456789012:backup-vault:far",
                        "Lifecycle": {"DeleteAfterDays": 99_999},
                    }
                ]
            },
            "36500",
        ),
    ],
)
def test_a_rule_that_aws_refuses(aws: Walk, rule: dict[str, Any], words: str) -> None:
    with pytest.raises(ClientError, match=words) as error:
        plan(aws, **rule)
    assert code(error) == "InvalidParameterValueException"


def test_plans_of_one_name_are_allowed_and_of_one_document_are_not(aws: Walk) -> None:
    first = plan(aws, "same", StartWindowMinutes=60)
    second = plan(aws, "same", StartWindowMinutes=61)
    assert first["BackupPlanId"] != second["BackupPlanId"]
    with pytest.raises(ClientError, match="same plan document") as error:
        plan(aws, "same", StartWindowMinutes=61)
    assert code(error) == "AlreadyExistsException"


def test_a_deleted_plan_is_gone_and_its_name_free(aws: Walk) -> None:
    client = aws.client("backup")
    made = plan(aws, "again")["BackupPlanId"]
    client.delete_backup_plan(BackupPlanId=made)
    with pytest.raises(ClientError) as error:
        client.get_backup_plan(BackupPlanId=made)
    assert code(error) == "ResourceNotFoundException"
    assert plan(aws, "again")["BackupPlanId"] != made


def test_an_update_makes_a_new_version_of_the_plan(aws: Walk) -> None:
    client = aws.client("backup")
    made = plan(aws, "growing")
    rules = [
        {
            "RuleName": "hourly",
            "TargetBackupVaultName": aws.ids["vault"],
            "ScheduleExpression": "cron(0 * ? * * *)",
        }
    ]
    changed = client.update_backup_plan(
        BackupPlanId=made["BackupPlanId"], BackupPlan={"BackupPlanName": "growing", "Rules": rules}
    )
    found = client.get_backup_plan(BackupPlanId=made["BackupPlanId"])
    assert [rule["RuleName"] for rule in found["BackupPlan"]["Rules"]] == ["hourly"]
    assert changed["VersionId"] == found["VersionId"] != made["VersionId"]


def test_a_plan_with_selections_is_not_deleted(aws: Walk) -> None:
    client = aws.client("backup")
    made = plan(aws)["BackupPlanId"]
    selection = {
        "SelectionName": "all",
        "IamRoleArn": aws.ids["backup role"],
        "Resources": [RESOURCE],
    }
    found = client.create_backup_selection(BackupPlanId=made, BackupSelection=selection)["SelectionId"]
    with pytest.raises(ClientError, match="selections must be deleted"):
        client.delete_backup_plan(BackupPlanId=made)
    listed = client.list_backup_selections(BackupPlanId=made)["BackupSelectionsList"]
    assert [(item["SelectionId"], item["SelectionName"]) for item in listed] == [(found, "all")]
    client.delete_backup_selection(BackupPlanId=made, SelectionId=found)
    client.delete_backup_plan(BackupPlanId=made)
    assert made not in [item["BackupPlanId"] for item in client.list_backup_plans()["BackupPlansList"]]


@pytest.mark.parametrize(
    ("selection", "words"),
    [
        ({"Resources": []}, "must be non-empty"),
        ({"IamRoleArn": "arn:aws:iam::123456789012:role/none"}, "cannot be assumed by AWS Backup"),
        ({"IamRoleArn": "arn:aws:iam::123456789012:role/untrusted"}, "cannot be assumed by AWS Backup"),
    ],
)
def test_a_selection_that_aws_refuses(aws: Walk, selection: dict[str, Any], words: str) -> None:
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "rds.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
    if selection.get("IamRoleArn", "").endswith("untrusted"):
        aws.client("iam").create_role(RoleName="untrusted", AssumeRolePolicyDocument=json.dumps(trust))
    whole = {
        "SelectionName": "all",
        "IamRoleArn": aws.ids["backup role"],
        "Resources": [RESOURCE],
        **selection,
    }
    with pytest.raises(ClientError, match=words) as error:
        aws.client("backup").create_backup_selection(BackupPlanId=aws.ids["plan"], BackupSelection=whole)
    assert code(error) == "InvalidParameterValueException"


def test_a_vault_is_encrypted_with_awss_own_key_and_described_in_full(aws: Walk) -> None:
    client = aws.client("backup")
    client.create_backup_vault(BackupVaultName="plain")
    found = client.describe_backup_vault(BackupVaultName="plain")
    own = aws.client("kms").describe_key(KeyId="alias/aws/backup")["KeyMetadata"]
    assert found["EncryptionKeyArn"] == own["Arn"]
    assert own["KeyManager"] == "AWS"
    assert (found["VaultType"], found["Locked"]) == ("BACKUP_VAULT", False)


@pytest.mark.parametrize("name", ["a", "has.dot", "x" * 51])
def test_a_vaults_name(aws: Walk, name: str) -> None:
    with pytest.raises(ClientError, match="2 to 50 letters"):
        aws.client("backup").create_backup_vault(BackupVaultName=name)


def test_a_vaults_key_must_exist(aws: Walk) -> None:
    key = "arn:aws:kms:us-east-1:123456789012:key/none"
    with pytest.raises(ClientError, match="KMS key is not valid"):
        aws.client("backup").create_backup_vault(BackupVaultName="keyed", EncryptionKeyArn=key)


def test_a_new_vault_has_nothing_of_its_predecessor(aws: Walk) -> None:
    client = aws.client("backup")
    made = client.create_backup_vault(BackupVaultName="twice", BackupVaultTags={"Team": "orders"})
    client.delete_backup_vault(BackupVaultName="twice")
    client.create_backup_vault(BackupVaultName="twice")
    assert client.list_tags(ResourceArn=made["BackupVaultArn"])["Tags"] == {}


def test_no_job_has_run_so_nothing_is_protected_yet(aws: Walk) -> None:
    client = aws.client("backup")
    assert client.list_protected_resources()["Results"] == []
    assert client.list_backup_jobs()["BackupJobs"] == []
    name = aws.ids["vault"]
    assert client.list_recovery_points_by_backup_vault(BackupVaultName=name)["RecoveryPoints"] == []
    with pytest.raises(ClientError) as error:
        client.describe_protected_resource(ResourceArn=RESOURCE)
    assert code(error) == "ResourceNotFoundException"


def test_a_selection_is_imported_by_plan_and_selection(aws: Walk) -> None:
    props = {
        "name": "imported",
        "planId": aws.ids["plan"],
        "iamRoleArn": aws.ids["backup role"],
        "resources": [RESOURCE],
    }
    made, state, _ = aws.make(SELECTION, props)
    found = aws.backend.read(SELECTION, f"{aws.ids['plan']}|{made}", {}, {})
    assert found is not None
    assert (found[0], found[1]) == (made, state)
    assert found[2]["resources"] == [RESOURCE]


def test_a_plans_faults_are_found_in_preview(aws: Walk) -> None:
    rule = {"ruleName": "a b", "targetVaultName": "x", "schedule": "cron(0 5 * * * *)"}
    faults = aws.backend.check(PLAN, "plan", {"rules": [rule]}, {}).faults
    assert [path for path, _ in faults] == [
        "rules[0].ruleName",
        "rules[0].targetVaultName",
        "rules[0].schedule",
    ]


def test_a_locked_vault_keeps_its_lock_until_it_is_taken_away(aws: Walk) -> None:
    name = aws.fresh_vault()
    token = "aws:backup/vaultLockConfiguration:VaultLockConfiguration"
    made, state, _ = aws.make(token, {"backupVaultName": name, "minRetentionDays": 7})
    described = aws.client("backup").describe_backup_vault(BackupVaultName=name)
    assert (described["Locked"], described["MinRetentionDays"]) == (True, 7)
    aws.backend.delete(token, made, state)
    assert aws.client("backup").describe_backup_vault(BackupVaultName=name)["Locked"] is False
    faults = aws.backend.check(token, "lock", {"backupVaultName": name, "changeableForDays": 2}, {}).faults
    assert faults == [("changeableForDays", "2 days: use 3 or more")]
