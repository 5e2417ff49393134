"""Read replicas through their life in the real engine: their source renamed, promoted by the program, promoted behind
its back, deleted."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from tests.engine.project import Project

pytestmark = pytest.mark.engine

APP = "dbstack-dev-app"
FIRST = "dbstack-dev-first"
INSTANCE = "aws:rds/instance:Instance"


PASSWORDS: list[str] = []


def password(project: Project) -> str:
    arn = next(iter(project.client("secretsmanager").list_secrets()["SecretList"]))["ARN"]
    document = project.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
    return json.loads(document)["password"]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    project = Project.copy(tmp_path_factory.mktemp("replicas") / "shop")
    project.edit(
        "dev",
        identifier=FIRST,
        onDelete="snapshot",
        password={"source": "generated"},
        # The last is not renamed with its source.
        replicas={"a": {}, "b": {}, "c": {"identifier": f"{APP}-c"}},
    )
    project.up("dev").ok()
    PASSWORDS.append(password(project))
    yield project
    project.stop()


def instance(project: Project, key: str) -> dict[str, Any]:
    [found] = project.client("rds").describe_db_instances(DBInstanceIdentifier=f"{APP}-{key}")["DBInstances"]
    return found


def known(project: Project, key: str) -> dict[str, Any]:
    """What Pulumi's state holds of a replica."""
    [found] = [one for one in project.resources("dev", INSTANCE) if one["urn"].endswith(f"::app-{key}")]
    return {part: found[part] for part in ("id", "inputs", "outputs")}


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


def identities(project: Project) -> dict[str, str]:
    """RDS's own ids, which a rename leaves as they are, by the end of the identifier."""
    found = project.client("rds").describe_db_instances()["DBInstances"]
    return {
        item["DBInstanceIdentifier"].removeprefix(FIRST).removeprefix(APP): item["DbiResourceId"]
        for item in found
    }


def test_a_renamed_source_keeps_its_replicas(project: Project) -> None:
    before = identities(project)
    assert before.keys() == {"", "-a", "-b", "-c"}
    project.edit("dev", identifier=APP, applyImmediately=True)
    # Its preview too, as the guards stand there.
    project.pulumi("up", "--stack", "dev", "--yes").ok()
    assert identities(project) == before
    for key in "abc":
        assert instance(project, key)["ReadReplicaSourceDBInstanceIdentifier"] == APP
    project.preview_shows_no_change("dev")


def test_a_component_renamed_with_an_alias_keeps_them_too(project: Project) -> None:
    program = project.folder / "infra" / "__main__.py"
    shipped = program.read_text()
    kept = "pulumi.ResourceOptions(aliases=[pulumi.Alias(name=name)])"
    moved = re.sub(
        r" Database\(name, (.*?)\) for name", rf' Database(f"{{name}}x", \1, {kept}) for name', shipped
    )
    assert moved != shipped
    try:
        program.write_text(moved)
        shown = json.loads(project.pulumi("preview", "--stack", "dev", "--json", "--show-sames").ok().out)
    finally:
        program.write_text(shipped)
    names = {step["urn"].rpartition("::")[2] for step in shown["steps"]}
    assert {"appx", "appx-a", "appx-b", "appx-c"} <= names
    assert set(shown["changeSummary"]) == {"same"}


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
    before = instance(project, "c"), known(project, "c")
    refused(project, "promoted outside the program", "Put it back with `promoted: true`", "final snapshot")
    done = project.up("dev")
    assert done.code != 0
    assert (instance(project, "c"), known(project, "c")) == before
    # A destroy runs the program too, so it is stopped as well.
    assert "promoted outside the program" in project.pulumi("destroy", "--stack", "dev", "--yes").text
    assert (instance(project, "c"), known(project, "c")) == before
    replicas(project, c={"promoted": True, "identifier": f"{APP}-c"})
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


def test_no_password_was_printed(project: Project) -> None:
    assert len(project.log) > 5
    assert not any(secret in text for secret in PASSWORDS for text in project.log)
