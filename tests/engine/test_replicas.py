"""Read replicas through their life in the real engine: promoted by the program, promoted behind its back, deleted."""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from tests.engine.project import Project

pytestmark = pytest.mark.engine

APP = "dbstack-dev-app"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    project = Project.copy(tmp_path_factory.mktemp("replicas") / "shop")
    project.edit(
        "dev", onDelete="snapshot", password={"source": "generated"}, replicas={"a": {}, "b": {}, "c": {}}
    )
    project.up("dev").ok()
    yield project
    project.stop()


def instance(project: Project, key: str) -> dict[str, Any]:
    [found] = project.client("rds").describe_db_instances(DBInstanceIdentifier=f"{APP}-{key}")["DBInstances"]
    return found


def replicas(project: Project, **given: dict[str, Any] | None) -> None:
    """Sets replicas in the config; None takes one out."""
    config = project.config("dev")
    there = config["config"]["dbstack:stack"]["databases"]["app"]["replicas"]
    for key, value in given.items():
        there.pop(key, None)
        if value is not None:
            there[key] = value
    (project.folder / "Pulumi.dev.yaml").write_text(yaml.safe_dump(config))


def refused(project: Project, *words: str) -> None:
    done = project.pulumi("preview", "--stack", "dev")
    assert done.code != 0
    for word in words:
        assert word in done.text
    assert "Traceback" not in done.text


def test_promotion_keeps_the_resource_and_its_data(project: Project) -> None:
    before = instance(project, "a")
    replicas(project, a={"promoted": True})
    done = project.pulumi("preview", "--stack", "dev", "--json").ok()
    assert '"op": "replace"' not in done.out
    assert '"op": "delete"' not in done.out
    project.up("dev").ok()
    after = instance(project, "a")
    assert "ReadReplicaSourceDBInstanceIdentifier" not in after
    assert after["DbiResourceId"] == before["DbiResourceId"]
    assert (after["BackupRetentionPeriod"], after["DeletionProtection"]) == (7, True)
    assert instance(project, "b")["ReadReplicaSourceDBInstanceIdentifier"] == APP
    project.preview_shows_no_change("dev")


def test_it_never_becomes_a_replica_again(project: Project) -> None:
    replicas(project, a={})
    refused(project, "can't become a replica", "write `promoted: true`")
    replicas(project, a={"promoted": True})
    project.preview_shows_no_change("dev")


def test_a_new_replica_is_not_made_promoted(project: Project) -> None:
    replicas(project, d={"promoted": True})
    refused(project, "there is no replica to promote")
    replicas(project, d=None)


def test_promoted_behind_the_programs_back_it_is_not_deleted_as_a_replica(project: Project) -> None:
    project.client("rds").promote_read_replica(DBInstanceIdentifier=f"{APP}-b", BackupRetentionPeriod=3)
    project.pulumi("refresh", "--stack", "dev", "--yes", "--skip-preview").ok()
    # Its protection can't be taken off while the program takes it for a replica ...
    project.edit("dev", deletionProtection=False)
    refused(project, "write `promoted: true`")
    # ... but with that word, and from then on it has a final snapshot.
    replicas(project, b={"promoted": True})
    project.up("dev").ok()
    replicas(project, b=None)
    project.up("dev").ok()
    rds = project.client("rds")
    [snapshot] = rds.describe_db_snapshots(DBInstanceIdentifier=f"{APP}-b", SnapshotType="manual")[
        "DBSnapshots"
    ]
    assert snapshot["DBSnapshotIdentifier"].startswith(f"{APP}-b-final-")


def test_nor_after_its_protection_was_off(project: Project) -> None:
    project.client("rds").promote_read_replica(DBInstanceIdentifier=f"{APP}-c", BackupRetentionPeriod=3)
    project.pulumi("refresh", "--stack", "dev", "--yes", "--skip-preview").ok()
    replicas(project, c=None)
    refused(project, "promoted outside the program", "final snapshot")
    done = project.up("dev")
    assert done.code != 0
    assert instance(project, "c")["DBInstanceStatus"] == "available"
    # A destroy runs the program too, so it is stopped as well.
    assert "promoted outside the program" in project.pulumi("destroy", "--stack", "dev", "--yes").text
    assert instance(project, "c")["DBInstanceStatus"] == "available"
    replicas(project, c={"promoted": True})
    project.up("dev").ok()


def test_the_stack_goes_down_with_a_snapshot_of_each(project: Project) -> None:
    replicas(project, e={})
    project.up("dev").ok()
    project.pulumi("destroy", "--stack", "dev", "--yes", "--skip-preview").ok()
    rds = project.client("rds")
    assert rds.describe_db_instances()["DBInstances"] == []
    names = {
        item["DBInstanceIdentifier"]
        for item in rds.describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]
    }
    assert names == {APP, f"{APP}-a", f"{APP}-b", f"{APP}-c"}
