"""Pains of other RDS libraries that only the engine shows: docs/pains.md names each with its thread."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.engine.project import Project

pytestmark = pytest.mark.engine

APP = "dbstack-dev-app"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    project = Project.copy(tmp_path_factory.mktemp("pains") / "shop")
    project.edit(
        "dev",
        engineVersion="17.5",
        onDelete="snapshot",
        deletionProtection=False,
        password={"source": "generated"},
        storage={"allocatedGib": 100, "maxAllocatedGib": 1000},
        replicas={"reporting": {}},
    )
    project.up("dev").ok()
    yield project
    project.stop()


def instance(project: Project, identifier: str = APP) -> dict[str, Any]:
    [found] = project.client("rds").describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"]
    return found


def upgraded_by_hand(project: Project, version: str) -> None:
    """As AWS does it by itself in a maintenance window: the replicas first."""
    rds = project.client("rds")
    for name in (f"{APP}-reporting", APP):
        rds.modify_db_instance(DBInstanceIdentifier=name, EngineVersion=version, ApplyImmediately=True)
    project.pulumi("refresh", "--stack", "dev", "--yes", "--skip-preview").ok()


def test_replicas_get_a_minor_version_before_their_source(project: Project) -> None:
    """hashicorp/terraform-provider-aws 22107, aws/aws-cdk 26755: found out only in the middle of the deployment."""
    project.edit("dev", engineVersion="17.6")
    done = project.pulumi("preview", "--stack", "dev")
    assert done.code != 0
    assert "RDS upgrades the replicas of a database before the database itself" in done.text
    assert "pulumi refresh" in done.text
    assert "Traceback" not in done.text
    upgraded_by_hand(project, "17.6")
    project.preview_shows_no_change("dev")


def test_a_minor_version_that_aws_raised_is_no_difference(project: Project) -> None:
    """pulumi/pulumi-aws 867, terraform-aws-modules/terraform-aws-rds 124: the next plan wants a downgrade."""
    project.edit("dev", engineVersion="17")
    project.preview_shows_no_change("dev")
    upgraded_by_hand(project, "17.99")
    assert instance(project)["EngineVersion"] == "17.99"
    project.preview_shows_no_change("dev")


def test_gp3_crosses_400_gib(project: Project) -> None:
    """hashicorp/terraform-provider-aws 28589: the baseline of the small volume is sent, and refused."""
    assert (instance(project)["Iops"], instance(project)["StorageThroughput"]) == (3000, 125)
    project.edit("dev", storage={"allocatedGib": 400})
    project.up("dev").ok()
    project.dbstack("sandbox", "maintenance").ok()
    project.pulumi("refresh", "--stack", "dev", "--yes", "--skip-preview").ok()
    found = instance(project)
    assert (found["AllocatedStorage"], found["Iops"], found["StorageThroughput"]) == (400, 12000, 500)
    project.preview_shows_no_change("dev")


def test_a_second_destroy_finds_its_final_snapshots_name_free(project: Project) -> None:
    """terraform-aws-modules/terraform-aws-rds 445 (the name is taken), pulumi/pulumi-aws 2196 (there is none)."""
    for count in (1, 2):
        project.pulumi("destroy", "--stack", "dev", "--yes", "--skip-preview").ok()
        kept = project.client("rds").describe_db_snapshots(DBInstanceIdentifier=APP, SnapshotType="manual")
        names = {found["DBSnapshotIdentifier"] for found in kept["DBSnapshots"]}
        assert len(names) == count
        if count == 1:
            project.edit("dev", engineVersion="17", storage={"allocatedGib": 100})
            project.up("dev").ok()
