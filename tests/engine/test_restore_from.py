"""A stack's database made from a backup by its config, and what becomes of it when the config no longer says so."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.engine.project import Project

pytestmark = pytest.mark.engine


@pytest.mark.parametrize(
    "origin",
    [{"snapshotIdentifier": "before"}, {"sourceIdentifier": "old", "useLatestRestorableTime": True}],
    ids=["snapshot", "point in time"],
)
def test_a_backup_is_read_once_and_may_then_be_left_out(tmp_path: Path, origin: dict[str, Any]) -> None:
    project = Project.copy(tmp_path / "shop")
    try:
        rds = project.client("rds")
        rds.create_db_instance(
            DBInstanceIdentifier="old",
            Engine="postgres",
            EngineVersion="17",
            DBInstanceClass="db.t3.micro",
            AllocatedStorage=40,
            StorageType="gp3",
            StorageEncrypted=True,
            BackupRetentionPeriod=1,
            DBName="orders",
            MasterUsername="owner",
            MasterUserPassword="sesame1234",
        )
        rds.create_db_snapshot(DBInstanceIdentifier="old", DBSnapshotIdentifier="before")
        config = project.config("dev")
        app = config["config"]["dbstack:stack"]["databases"]["app"]
        mine = {name: app.pop(name) for name in ("databaseName", "username", "storage")}
        assert mine
        app |= {"restoreFrom": origin, "password": {"source": "generated"}}
        write(project, config)
        project.pulumi("up", "--stack", "dev", "--yes").ok()
        before = described(project)
        assert (before["DBName"], before["MasterUsername"], before["AllocatedStorage"]) == (
            "orders",
            "owner",
            40,
        )
        project.preview_shows_no_change("dev")

        rds.delete_db_snapshot(DBSnapshotIdentifier="before")
        del app["restoreFrom"]
        app |= {"databaseName": "orders", "username": "owner", "storage": {"allocatedGib": 40}}
        write(project, config)
        done = project.pulumi("preview", "--stack", "dev", "--json").ok()
        steps = {step["urn"].rpartition("::")[2]: step["op"] for step in json.loads(done.out)["steps"]}
        # It lives in the state alone.
        assert steps.pop("app-origin") == "delete"
        assert set(steps.values()) <= {"same", "update"}
        project.up("dev").ok()
        after = described(project)
        assert after["DbiResourceId"] == before["DbiResourceId"]
        assert (after["DBName"], after["AllocatedStorage"]) == ("orders", 40)
        project.preview_shows_no_change("dev")
        # Beside it, found by the stack's outputs in the sandbox's AWS.
        words = ("backup", "restore-to-time", "latest", "-s", "dev", "--target", "rescued")
        told = project.dbstack(*words).ok().out
        assert told.startswith("rescued is available at ")
        [made] = project.client("rds").describe_db_instances(DBInstanceIdentifier="rescued")["DBInstances"]
        assert made["DBSubnetGroup"]["DBSubnetGroupName"] == after["DBSubnetGroup"]["DBSubnetGroupName"]
        assert (
            made["DBParameterGroups"][0]["DBParameterGroupName"]
            == after["DBParameterGroups"][0]["DBParameterGroupName"]
        )

        # It was restored once: to say so again is no fault, and changes nothing.
        for name in ("databaseName", "username", "storage"):
            app.pop(name)
        app["restoreFrom"] = origin
        write(project, config)
        done = project.pulumi("preview", "--stack", "dev", "--json").ok()
        again = {step["urn"].rpartition("::")[2]: step["op"] for step in json.loads(done.out)["steps"]}
        assert again["app-origin"] == "create"
        assert again.get("app", "same") in ("same", "update")
    finally:
        project.stop()


def described(project: Project) -> dict[str, Any]:
    [found] = project.client("rds").describe_db_instances(DBInstanceIdentifier="dbstack-dev-app")[
        "DBInstances"
    ]
    return found


def write(project: Project, config: dict[str, Any]) -> None:
    (project.folder / "Pulumi.dev.yaml").write_text(yaml.safe_dump(config))
