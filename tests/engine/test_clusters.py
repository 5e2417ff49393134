"""DB clusters in the real engine: up, no change, readers that come and go, refusals, a restore, down."""

import json
from collections.abc import Iterator
from textwrap import indent
from typing import Any

import pytest
import yaml
from tests.engine.project import Project

pytestmark = pytest.mark.engine

ORDERS, SESSIONS = "dbstack-dev-orders", "dbstack-dev-sessions"
RESTORE = """
from dbstack import DatabaseClusterFromSnapshot

restored = pulumi.Config("test").get("snapshot")
if restored:
    DatabaseClusterFromSnapshot(
        "restored",
        {
            "snapshot_identifier": restored,
            "engine": "aurora-postgresql",
            "engine_version": "16.6",
            "instance_class": "db.r6g.large",
            "on_delete": "destroy",
            "network": given,
        },
    )
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    project = Project.copy(tmp_path_factory.mktemp("clusters") / "shop")
    program = project.folder / "infra" / "__main__.py"
    text = program.read_text()
    # Within the function that has the network.
    marker = "    report_stack("
    assert text.count(marker) == 1
    program.write_text(text.replace(marker, indent(RESTORE, "    ") + marker))
    config = {
        "aws:region": "us-east-1",
        "dbstack:stack": {
            "environment": "dev",
            "network": {"vpcCidr": "10.10.0.0/16", "availabilityZones": 2},
            "databases": {},
            "clusters": {
                "orders": {
                    "engine": "aurora-postgresql",
                    "engineVersion": "16.6",
                    "instanceClass": "db.r6g.large",
                    "instances": {"one": {}, "two": {}},
                    "endpoints": {"reports": {"members": ["two"]}},
                    "readerAutoscaling": {"minReaders": 1, "maxReaders": 4},
                    "password": {"source": "generated"},
                },
                "sessions": {
                    "engine": "aurora-mysql",
                    "engineVersion": "8.0",
                    "serverless": {"minAcu": 0, "maxAcu": 2},
                    "onDelete": "destroy",
                },
            },
        },
    }
    _write(project, config)
    yield project
    project.stop()


def _write(project: Project, config: dict[str, Any]) -> None:
    (project.folder / "Pulumi.dev.yaml").write_text(yaml.safe_dump({"config": config}))


def orders(project: Project, **settings: Any) -> None:
    """Set fields of the cluster `orders` in the config."""
    config = project.config("dev")["config"]
    config["dbstack:stack"]["clusters"]["orders"].update(settings)
    _write(project, config)


def cluster(project: Project, identifier: str) -> dict[str, Any]:
    [found] = project.client("rds").describe_db_clusters(DBClusterIdentifier=identifier)["DBClusters"]
    return found


def members(project: Project) -> dict[str, bool]:
    """The instances of `orders`, and whether each is the writer."""
    found = cluster(project, ORDERS)["DBClusterMembers"]
    return {one["DBInstanceIdentifier"]: one["IsClusterWriter"] for one in found}


def changes(project: Project) -> dict[str, list[str]]:
    """What a preview would do, by operation: the names of the resources."""
    done = project.pulumi("preview", "--stack", "dev", "--json").ok()
    found: dict[str, list[str]] = {}
    for step in json.loads(done.out)["steps"]:
        if step["op"] != "same":
            found.setdefault(step["op"], []).append(step["urn"].rpartition("::")[2])
    return {operation: sorted(names) for operation, names in found.items()}


def test_aurora_and_serverless_land_as_described(project: Project) -> None:
    project.up("dev").ok()
    found = cluster(project, ORDERS)
    assert (found["Engine"], found["EngineVersion"]) == ("aurora-postgresql", "16.6")
    assert (found["StorageEncrypted"], found["DeletionProtection"]) == (True, True)
    assert members(project) == {f"{ORDERS}-one": True, f"{ORDERS}-two": False}
    serverless = cluster(project, SESSIONS)
    assert serverless["EngineVersion"].startswith("8.0")
    capacity = serverless["ServerlessV2ScalingConfiguration"]
    assert capacity == {"MinCapacity": 0.0, "MaxCapacity": 2.0, "SecondsUntilAutoPause": 300}
    [instance] = serverless["DBClusterMembers"]
    [described] = project.client("rds").describe_db_instances(
        DBInstanceIdentifier=instance["DBInstanceIdentifier"]
    )["DBInstances"]
    assert described["DBInstanceClass"] == "db.serverless"

    outputs = project.outputs("dev")["clusters"]
    assert outputs["orders"]["host"] == found["Endpoint"]
    assert outputs["orders"]["readerHost"] == found["ReaderEndpoint"]
    assert outputs["orders"]["instances"].keys() == {"one", "two"}
    assert outputs["sessions"]["secretArn"] == serverless["MasterUserSecret"]["SecretArn"]
    secret = project.client("secretsmanager").get_secret_value(SecretId=outputs["orders"]["secretArn"])
    document = json.loads(secret["SecretString"])
    assert (document["host"], document["dbname"]) == (found["Endpoint"], "orders")
    assert not any(document["password"] in text for text in project.log[:1])

    project.preview_shows_no_change("dev")
    project.pulumi("refresh", "--stack", "dev", "--yes", "--skip-preview", "--expect-no-changes").ok()


def test_a_reader_comes_and_goes_alone(project: Project) -> None:
    orders(project, instances={"aaa": {}, "one": {}, "two": {}})
    assert changes(project) == {"create": ["orders-aaa"]}
    project.up("dev").ok()
    assert members(project) == {f"{ORDERS}-one": True, f"{ORDERS}-two": False, f"{ORDERS}-aaa": False}
    # The cluster is protected; an instance holds no data.
    orders(project, instances={"one": {}, "two": {}})
    assert changes(project) == {"delete": ["orders-aaa"]}
    project.up("dev").ok()
    assert members(project) == {f"{ORDERS}-one": True, f"{ORDERS}-two": False}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"engineVersion": "15"}, "RDS can't downgrade"),
        ({"engineVersion": "16.4"}, "RDS can't downgrade"),
        ({"engineVersion": "17.4"}, "allowMajorVersionUpgrade: true"),
        ({"databaseName": "other"}, "set it back, or make a new database beside this one"),
    ],
)
def test_an_unsafe_change_fails_in_preview(project: Project, settings: dict[str, Any], words: str) -> None:
    shipped = (project.folder / "Pulumi.dev.yaml").read_bytes()
    try:
        orders(project, **settings)
        done = project.pulumi("preview", "--stack", "dev")
        assert done.code != 0
        assert words in done.text
        assert "Traceback" not in done.text
    finally:
        (project.folder / "Pulumi.dev.yaml").write_bytes(shipped)


def test_a_snapshot_is_restored_and_read_once(project: Project) -> None:
    rds = project.client("rds")
    rds.create_db_cluster_snapshot(DBClusterIdentifier=ORDERS, DBClusterSnapshotIdentifier="before")
    config = project.config("dev")["config"]
    _write(project, {**config, "test:snapshot": "before"})
    project.up("dev").ok()
    restored = cluster(project, "dbstack-dev-restored")
    assert restored["MasterUsername"] == cluster(project, ORDERS)["MasterUsername"]
    assert restored["DatabaseName"] == "orders"
    project.preview_shows_no_change("dev")
    rds.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier="before")
    _write(project, {**config, "test:snapshot": "another"})
    project.preview_shows_no_change("dev")


def test_consent_lets_a_major_upgrade_through(project: Project) -> None:
    before = cluster(project, ORDERS)["DbClusterResourceId"]
    # Left to the window, the old group would still be in use when Pulumi deletes it, and AWS refuses that.
    orders(project, engineVersion="17.4", allowMajorVersionUpgrade=True, applyImmediately=True)
    project.up("dev").ok()
    found = cluster(project, ORDERS)
    assert (found["DbClusterResourceId"], found["EngineVersion"]) == (before, "17.4")
    # The new family's group took the place of the old one, which is gone.
    assert found["DBClusterParameterGroup"] == f"{ORDERS}-aurora-postgresql17"
    groups = project.client("rds").describe_db_cluster_parameter_groups()["DBClusterParameterGroups"]
    assert f"{ORDERS}-aurora-postgresql16" not in [one["DBClusterParameterGroupName"] for one in groups]
    project.preview_shows_no_change("dev")


def test_the_engines_own_group_takes_the_place_of_ours_before_that_is_deleted(project: Project) -> None:
    orders(project, parameterGroup={"engineDefault": True})
    project.up("dev").ok()
    assert cluster(project, ORDERS)["DBClusterParameterGroup"] == "default.aurora-postgresql17"
    groups = project.client("rds").describe_db_cluster_parameter_groups()["DBClusterParameterGroups"]
    assert not [one for one in groups if one["DBClusterParameterGroupName"].startswith(ORDERS)]
    project.preview_shows_no_change("dev")


def test_a_cluster_deleted_by_hand_is_not_made_anew_empty(project: Project) -> None:
    rds = project.client("rds")
    for identifier in members(project):
        rds.delete_db_instance(DBInstanceIdentifier=identifier)
    rds.modify_db_cluster(DBClusterIdentifier=ORDERS, DeletionProtection=False, ApplyImmediately=True)
    rds.delete_db_cluster(DBClusterIdentifier=ORDERS, SkipFinalSnapshot=True)
    project.pulumi("refresh", "--stack", "dev", "--yes", "--skip-preview").ok()
    for command in (("preview",), ("up", "--yes")):
        done = project.pulumi(*command, "--stack", "dev")
        assert done.code != 0
        assert "orders: this protected database (cluster-" in done.text
        assert "deploying would make an empty one" in done.text
    assert ORDERS not in [one["DBClusterIdentifier"] for one in rds.describe_db_clusters()["DBClusters"]]
    # Accepted on purpose, it is made; protected again, it is remembered again.
    for protected in (False, True):
        orders(project, deletionProtection=protected)
        project.up("dev").ok()
    marked = [one["outputs"]["input"] for one in project.resources("dev", "pulumi:index:Stash")]
    assert cluster(project, ORDERS)["DbClusterResourceId"] in marked
    project.preview_shows_no_change("dev")


def test_down_is_refused_until_unlocked(project: Project) -> None:
    refused = project.pulumi("destroy", "--stack", "dev", "--yes", "--skip-preview")
    assert refused.code == 1
    assert "set `deletionProtection: false` under orders\n" in refused.text
    assert cluster(project, ORDERS)["Status"] == "available"
    orders(project, deletionProtection=False)
    project.up("dev").ok()
    project.pulumi("destroy", "--stack", "dev", "--yes", "--skip-preview").ok()
    rds = project.client("rds")
    assert rds.describe_db_clusters()["DBClusters"] == []
    assert rds.describe_db_instances()["DBInstances"] == []
    [snapshot] = rds.describe_db_cluster_snapshots(SnapshotType="manual")["DBClusterSnapshots"]
    assert snapshot["DBClusterSnapshotIdentifier"].startswith(f"{ORDERS}-final-")
    assert project.export("dev")["deployment"].get("resources", []) == []
