"""`DatabaseBackupPlan`: what it makes, read back with boto3, and what it refuses."""

import json
from typing import Any

import pytest
from tests.unit.components.programs import INSTANCE, POSTGRES, database

from dbstack import DatabaseBackupPlan, SpecError
from dbstack.testing import Deployment, deploy

VAULT = "aws:backup/vault:Vault"
PLAN = "aws:backup/plan:Plan"
SELECTION = "aws:backup/selection:Selection"
ROLE = "aws:iam/role:Role"
DATABASES = ["arn:aws:rds:us-east-1:123456789012:db:one", "arn:aws:rds:us-east-1:123456789012:db:two"]
OUTPUTS = ("vault_name", "vault_arn", "plan_id", "plan_arn", "role_arn")


def backup_plan(settings: dict[str, Any], name: str = "backups", **options: Any) -> Deployment:
    """Deploy one `DatabaseBackupPlan` in project `shop`, stack `dev`."""

    def program() -> dict[str, Any]:
        made = DatabaseBackupPlan(name, {"resource_arns": DATABASES, **settings})
        return {key: getattr(made, key) for key in OUTPUTS}

    return deploy(program, project="shop", stack="dev", **options)


def selected(deployment: Deployment) -> dict[str, Any]:
    client = deployment.client("backup")
    plan = deployment.outputs["plan_id"]
    [found] = client.list_backup_selections(BackupPlanId=plan)["BackupSelectionsList"]
    return client.get_backup_selection(BackupPlanId=plan, SelectionId=found["SelectionId"])["BackupSelection"]


def refused(settings: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(SpecError) as caught:
        backup_plan(settings, preview=True)
    return {fault.path: fault.message for fault in caught.value.faults}


def test_a_daily_rule_an_encrypted_vault_and_a_role_with_awss_policy() -> None:
    with backup_plan({}) as deployment:
        client = deployment.client("backup")
        plan = client.get_backup_plan(BackupPlanId=deployment.outputs["plan_id"])
        [rule] = plan["BackupPlan"]["Rules"]
        assert plan["BackupPlan"]["BackupPlanName"] == "shop-dev-backups"
        assert rule["RuleName"] == "daily"
        assert rule["ScheduleExpression"] == "cron(0 5 ? * * *)"
        assert (rule["StartWindowMinutes"], rule["CompletionWindowMinutes"]) == (480, 10_080)
        assert rule["Lifecycle"] == {"DeleteAfterDays": 35}
        assert rule["EnableContinuousBackup"] is False
        assert rule["RecoveryPointTags"] == {"Name": "shop-dev-backups", "Environment": "dev"}
        vault = client.describe_backup_vault(BackupVaultName=deployment.outputs["vault_name"])
        assert rule["TargetBackupVaultName"] == vault["BackupVaultName"]
        assert vault["BackupVaultName"].startswith("shop-dev-backups-")
        assert vault["EncryptionKeyArn"].startswith("arn:aws:kms:us-east-1:")
        for arn in (vault["BackupVaultArn"], plan["BackupPlanArn"]):
            tags = client.list_tags(ResourceArn=arn)["Tags"]
            assert tags == {"Name": "shop-dev-backups", "Environment": "dev"}
        selection = selected(deployment)
        assert sorted(selection["Resources"]) == DATABASES
        assert selection["IamRoleArn"] == deployment.outputs["role_arn"]
        role = deployment.one(ROLE).outputs["name"]
        attached = deployment.client("iam").list_attached_role_policies(RoleName=role)["AttachedPolicies"]
        assert [policy["PolicyName"] for policy in attached] == ["AWSBackupServiceRolePolicyForBackup"]
        trust = json.loads(deployment.one(ROLE).inputs["assumeRolePolicy"])
        assert [item["Principal"] for item in trust["Statement"]] == [{"Service": "backup.amazonaws.com"}]


def test_the_selection_waits_for_the_roles_policy() -> None:
    """AWS Backup answers 'cannot be assumed' to a role whose policy comes too late."""
    with backup_plan({}) as deployment:
        attachment = deployment.one("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
        assert attachment.urn in deployment.one(SELECTION).dependencies


def test_rules_copies_and_a_key() -> None:
    far = "arn:aws:backup:eu-west-1:123456789012:backup-vault:far"

    def program() -> dict[str, Any]:
        import pulumi_aws as aws

        key = aws.kms.Key("key")
        made = DatabaseBackupPlan(
            "backups",
            {
                "resource_arns": DATABASES,
                "rules": {
                    "pitr": {"continuous": True, "delete_after_days": 14},
                    "monthly": {
                        "schedule": "cron(0 5 1 * ? *)",
                        "delete_after_days": 400,
                        "start_within_minutes": 60,
                        "complete_within_minutes": 600,
                        "copies": {
                            "far": {"vault_arn": far},
                            "short": {"vault_arn": f"{far}2", "delete_after_days": 9},
                        },
                    },
                },
                "vault": {"kms_key_id": key.arn},
                "tags": {"Team": "orders"},
            },
        )
        return {"key": key.arn, **{name: getattr(made, name) for name in OUTPUTS}}

    with deploy(program, project="shop", stack="dev") as deployment:
        client = deployment.client("backup")
        plan = client.get_backup_plan(BackupPlanId=deployment.outputs["plan_id"])["BackupPlan"]
        rules = {rule["RuleName"]: rule for rule in plan["Rules"]}
        assert rules["pitr"]["EnableContinuousBackup"] is True
        assert rules["pitr"]["Lifecycle"] == {"DeleteAfterDays": 14}
        monthly = rules["monthly"]
        assert (monthly["StartWindowMinutes"], monthly["CompletionWindowMinutes"]) == (60, 600)
        copies = {
            copy["DestinationBackupVaultArn"]: copy["Lifecycle"]["DeleteAfterDays"]
            for copy in monthly["CopyActions"]
        }
        assert copies == {far: 400, f"{far}2": 9}
        assert monthly["RecoveryPointTags"]["Team"] == "orders"
        vault = client.describe_backup_vault(BackupVaultName=deployment.outputs["vault_name"])
        assert vault["EncryptionKeyArn"] == deployment.outputs["key"]


def test_a_lock_and_a_policy_guard_the_vault() -> None:
    lock = {"min_retention_days": 7, "max_retention_days": 400}
    with backup_plan({"vault": {"lock": lock, "deny_deletion": True}}) as deployment:
        client = deployment.client("backup")
        name = deployment.outputs["vault_name"]
        vault = client.describe_backup_vault(BackupVaultName=name)
        assert (vault["Locked"], vault["MinRetentionDays"], vault["MaxRetentionDays"]) == (True, 7, 400)
        assert "LockDate" not in vault
        policy = json.loads(client.get_backup_vault_access_policy(BackupVaultName=name)["Policy"])
        [statement] = policy["Statement"]
        assert statement["Effect"] == "Deny"
        assert "backup:DeleteRecoveryPoint" in statement["Action"]


def test_an_existing_vault_and_role_are_used() -> None:
    def program() -> dict[str, Any]:
        import pulumi_aws as aws

        vault = aws.backup.Vault("mine", name="mine")
        trust = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "backup.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                }
            ],
        }
        role = aws.iam.Role("mine", name="mine", assume_role_policy=json.dumps(trust))
        settings = {"resource_arns": DATABASES, "vault": {"name": vault.name}, "role_arn": role.arn}
        made = DatabaseBackupPlan("backups", settings)
        return {name: getattr(made, name) for name in OUTPUTS}

    with deploy(program, project="shop", stack="dev") as deployment:
        assert deployment.outputs["vault_name"] == "mine"
        assert selected(deployment)["IamRoleArn"] == deployment.one(ROLE, "mine").outputs["arn"]
        assert [item.name for item in deployment.of_type(VAULT)] == ["mine"]
        assert deployment.of_type("random:index/randomId:RandomId") == []


@pytest.mark.parametrize(
    ("choice", "protected", "forced", "retained"),
    [
        ({}, True, False, True),
        ({"on_delete": "retain", "deletion_protection": False}, False, False, True),
        ({"on_delete": "destroy"}, False, True, False),
        ({"on_delete": "destroy", "deletion_protection": True}, True, True, False),
    ],
)
def test_on_delete(choice: dict[str, Any], protected: bool, forced: bool, retained: bool) -> None:
    with backup_plan(choice) as deployment:
        vault = deployment.one(VAULT)
        assert bool(vault.protect) is protected
        assert vault.inputs["forceDestroy"] is forced
        assert bool(vault.retain_on_delete) is retained


def test_a_long_name_fits_its_vault() -> None:
    with backup_plan({}, name="backups-of-all-the-databases-of-the-company") as deployment:
        assert len(deployment.outputs["vault_name"]) <= 50
        assert "--" not in deployment.outputs["vault_name"]


@pytest.mark.parametrize(
    ("settings", "path", "words"),
    [
        ({"resource_arns": []}, "resource_arns", "is empty"),
        ({"resource_arns": ["one"]}, "resource_arns[0]", "is not a database's ARN"),
        ({"resource_arns": [DATABASES[0]] * 2}, "resource_arns[1]", "stands there twice"),
        (
            {"resource_arns": [f"{DATABASES[0]}{number}" for number in range(501)]},
            "resource_arns",
            "a plan takes 500",
        ),
        ({"on_delete": "snapshot"}, "on_delete", "a vault has none"),
        ({"role_arn": "role"}, "role_arn", "is not an IAM role's ARN"),
        ({"rules": {}}, "rules", "is empty"),
        ({"rules": {"a b": {}}}, "rules['a b']", "1 to 50 letters"),
        ({"rules": {"a": {"schedule": "0 5 * * *"}}}, "rules.a.schedule", "is not a schedule"),
        ({"rules": {"a": {"delete_after_days": 0}}}, "rules.a.delete_after_days", "use 1 to 36500"),
        (
            {"rules": {"a": {"continuous": True, "delete_after_days": 36}}},
            "rules.a.delete_after_days",
            "add a second rule without `continuous`",
        ),
        (
            {"rules": {"a": {"continuous": True}, "b": {"continuous": True}}},
            "rules",
            "'a' and 'b' are continuous",
        ),
        ({"rules": {"a": {"start_within_minutes": 30}}}, "rules.a.start_within_minutes", "60 or more"),
        (
            {"rules": {"a": {"complete_within_minutes": 60}}},
            "rules.a.complete_within_minutes",
            "less than the 480 to start in",
        ),
        (
            {"rules": {"a": {"cold_storage_after_days": 30}}},
            "rules.a.cold_storage_after_days",
            "RDS has no cold storage",
        ),
        (
            {"rules": {"a": {"copies": {"x": {"vault_arn": "far"}}}}},
            "rules.a.copies.x.vault_arn",
            "is not a backup vault's ARN",
        ),
        (
            {"vault": {"name": "mine", "deny_deletion": True}},
            "vault.name",
            "deny_deletion is for one that is made",
        ),
        ({"vault": {"name": "a.b"}}, "vault.name", "is not a backup vault's name"),
        ({"vault": {"kms_key_id": "alias/a"}}, "vault.kms_key_id", "is an alias"),
        ({"vault": {"lock": {}}}, "vault.lock", "locks nothing"),
        (
            {"vault": {"lock": {"min_retention_days": 9, "max_retention_days": 8}}},
            "vault.lock.min_retention_days",
            "more than the 8",
        ),
        (
            {"vault": {"lock": {"changeable_for_days": 2}}},
            "vault.lock.changeable_for_days",
            "use 3 or more",
        ),
    ],
)
def test_refused(settings: dict[str, Any], path: str, words: str) -> None:
    found = refused(settings)
    assert list(found) == [path]
    assert words in found[path]


def test_two_copies_into_one_vault() -> None:
    far = {"vault_arn": "arn:aws:backup:eu-west-1:123456789012:backup-vault:far"}
    found = refused({"rules": {"a": {"copies": {"x": far, "y": far}}}})
    assert found == {"rules.a.copies.y.vault_arn": "is also that of 'x': one copy into a vault is enough"}


def test_a_database_that_aws_backup_owns_lets_go_of_retention_and_window() -> None:
    """RDS: 'You can leave BackupRetentionPeriod blank, or you can specify it only with the current value'."""
    with database({**POSTGRES, "backup": {"aws_backup": True}}) as deployment:
        instance = deployment.one(INSTANCE)
        assert set(instance.ignore_changes) == {
            "backupRetentionPeriod",
            "backupWindow",
            "restoreToPointInTime",
            "s3Import",
        }
        assert instance.inputs["backupRetentionPeriod"] == 7
    with database(POSTGRES) as deployment:
        assert deployment.one(INSTANCE).ignore_changes == ("restoreToPointInTime", "s3Import")


@pytest.mark.parametrize(("name", "value"), [("retention_days", 30), ("window", "03:00-04:00")])
def test_what_aws_backup_owns_is_not_given(name: str, value: object) -> None:
    with pytest.raises(SpecError) as caught:
        database({**POSTGRES, "backup": {"aws_backup": True, name: value}}, preview=True)
    [fault] = caught.value.faults
    assert fault.path == f"backup.{name}"
    assert "a continuous backup plan owns it" in fault.message
