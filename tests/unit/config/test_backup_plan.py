"""`backupPlan` of a stack config: what is wrong with it, and what the program makes of it."""

import copy
import runpy
from pathlib import Path
from typing import Any

import pytest
import yaml

from dbstack.config import stack_faults
from dbstack.testing import Deployment, deploy

INFRA = Path(__file__).resolve().parents[3] / "infra/__main__.py"
CONFIG: dict[str, Any] = yaml.safe_load("""
environment: prod
network: {vpcCidr: 10.20.0.0/16}
databases:
  app:
    engine: postgres
    engineVersion: "17"
    instanceClass: db.t3.micro
    replicas: {reporting: {}, analytics: {}}
    password: {source: generated}
  other: {engine: mysql, engineVersion: "8.4", instanceClass: db.t3.micro}
backupPlan: {}
""")


def config(plan: dict[str, Any], **databases: dict[str, Any]) -> dict[str, Any]:
    made = {**copy.deepcopy(CONFIG), "backupPlan": plan}
    for name, settings in databases.items():
        made["databases"][name] |= settings
    return made


def faults(given: dict[str, Any]) -> dict[str, str]:
    return {fault.path: fault.message for fault in stack_faults(given, "shop", "prod", "us-east-1")[1]}


def deployed(given: dict[str, Any]) -> Deployment:
    import json

    settings = {"aws:region": "us-east-1", "dbstack:stack": json.dumps(given)}
    return deploy(lambda: runpy.run_path(str(INFRA)) and None, project="shop", stack="prod", config=settings)


def selected(deployment: Deployment) -> set[str]:
    """Identifiers of the databases that the one selection takes."""
    client = deployment.client("backup")
    [plan] = client.list_backup_plans()["BackupPlansList"]
    [found] = client.list_backup_selections(BackupPlanId=plan["BackupPlanId"])["BackupSelectionsList"]
    chosen = client.get_backup_selection(BackupPlanId=plan["BackupPlanId"], SelectionId=found["SelectionId"])[
        "BackupSelection"
    ]["Resources"]
    every = {
        instance["DBInstanceArn"]: instance["DBInstanceIdentifier"]
        for instance in deployment.client("rds").describe_db_instances()["DBInstances"]
    }
    return {every[arn] for arn in chosen}


def test_every_instance_is_in_the_plan() -> None:
    """RDS.26, as a scanner judges it: the ARN of each instance stands in a selection."""
    with deployed(config({})) as deployment:
        assert selected(deployment) == {
            "shop-prod-app",
            "shop-prod-app-reporting",
            "shop-prod-app-analytics",
            "shop-prod-other",
        }
        vault = deployment.one("aws:backup/vault:Vault")
        assert vault.protect
        assert vault.retain_on_delete
        assert vault.inputs["tags"]["Environment"] == "prod"


def test_a_continuous_plan_takes_the_writers_and_their_retention() -> None:
    plan = {"rules": {"pitr": {"continuous": True, "deleteAfterDays": 14}}}
    with deployed(config(plan)) as deployment:
        assert selected(deployment) == {"shop-prod-app", "shop-prod-other"}
        for name in ("app", "other"):
            instance = deployment.one("aws:rds/instance:Instance", name)
            assert {"backupRetentionPeriod", "backupWindow"} <= set(instance.ignore_changes)


CLUSTER = {"engine": "aurora-postgresql", "engineVersion": "16", "instanceClass": "db.r6g.large"}


def test_clusters_are_in_the_plan_and_hold_its_vault() -> None:
    given = {**config({}), "databases": {}, "clusters": {"orders": CLUSTER}}
    with deployed(given) as deployment:
        cluster = deployment.one("aws:rds/cluster:Cluster").outputs["arn"]
        selection = deployment.one("aws:backup/selection:Selection")
        assert selection.inputs["resources"] == [cluster]
        assert deployment.one("aws:backup/vault:Vault").retain_on_delete
    continuous = {"rules": {"pitr": {"continuous": True, "deleteAfterDays": 14}}}
    assert "leave `continuous` out" in faults({**given, "backupPlan": continuous})["backupPlan.rules"]


def test_the_vault_goes_where_every_database_may() -> None:
    gone = {"onDelete": "destroy"}
    with deployed(config({}, app=gone, other=gone)) as deployment:
        vault = deployment.one("aws:backup/vault:Vault")
        assert not vault.protect
        assert not vault.retain_on_delete
        assert vault.inputs["forceDestroy"] is True


def test_no_plan_unless_it_is_asked_for() -> None:
    given = copy.deepcopy(CONFIG)
    del given["backupPlan"]
    with deployed(given) as deployment:
        assert deployment.of_type("aws:backup/plan:Plan") == []


@pytest.mark.parametrize(
    ("plan", "databases", "path", "words"),
    [
        ({"onDelete": "snapshot"}, {}, "backupPlan.onDelete", "a vault has none"),
        ({"rules": {"a": {"schedule": "daily"}}}, {}, "backupPlan.rules.a.schedule", "is not a schedule"),
        (
            {"rules": {"a": {"coldStorageAfterDays": 30}}},
            {},
            "backupPlan.rules.a.coldStorageAfterDays",
            "RDS has no cold storage",
        ),
        ({"resourceArns": []}, {}, "backupPlan.resourceArns", "is unknown"),
        (
            {"rules": {"a": {"continuous": True}}},
            {"app": {"backup": {"retentionDays": 30}}},
            "databases.app.backup.retentionDays",
            "a continuous backup plan owns it",
        ),
        (
            {"rules": {"a": {"continuous": True}}},
            {"app": {"backup": {"window": "03:00-04:00"}}},
            "databases.app.backup.window",
            "a continuous backup plan owns it",
        ),
        (
            {"rules": {"a": {"continuous": True}}},
            {"app": {"backup": {"awsBackup": False}}},
            "databases.app.backup.awsBackup",
            "leave one out",
        ),
    ],
)
def test_refused(plan: dict[str, Any], databases: dict[str, Any], path: str, words: str) -> None:
    found = faults(config(plan, **databases))
    assert list(found) == [path]
    assert words in found[path]


def test_a_plan_of_snapshots_leaves_retention_and_window_to_the_database() -> None:
    own = {"backup": {"retentionDays": 30, "window": "03:00-04:00"}}
    assert faults(config({}, app=own)) == {}
