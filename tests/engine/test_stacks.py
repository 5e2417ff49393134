"""The shipped stacks, start to finish: up, no change, updates, refusals, drift, a killed sandbox, down."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.engine.project import ROOT, Project

pytestmark = pytest.mark.engine

INSTANCE = "aws:rds/instance:Instance"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    project = Project.copy(tmp_path_factory.mktemp("stacks") / "shop")
    yield project
    project.stop()


def instance(project: Project, identifier: str) -> dict[str, Any]:
    found = project.client("rds").describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"]
    assert len(found) == 1
    return found[0]


def tags(described: dict[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in described["TagList"]}


def test_dev_lands_as_described(project: Project) -> None:
    before = {file.name: file.read_bytes() for file in project.folder.glob("Pulumi*.yaml")}
    done = project.up("dev").ok()
    assert "SANDBOX" in done.text
    app = instance(project, "dbstack-dev-app")
    assert app["Engine"] == "postgres"
    assert app["EngineVersion"].split(".")[0] == "17"
    assert app["DBInstanceClass"] == "db.t3.micro"
    assert (app["AllocatedStorage"], app["MaxAllocatedStorage"], app["StorageType"]) == (20, 100, "gp3")
    assert app["StorageEncrypted"] is True
    assert app["PubliclyAccessible"] is False
    assert (app["DBName"], app["MasterUsername"]) == ("app", "dbadmin")
    assert app["MasterUserSecret"]["SecretArn"]
    assert app["BackupRetentionPeriod"] == 7
    assert app["PreferredBackupWindow"] == "03:00-04:00"
    assert app["PreferredMaintenanceWindow"] == "sun:04:00-sun:05:00"
    assert app["MultiAZ"] is False
    assert app["DeletionProtection"] is False
    assert tags(app) == {"Name": "dbstack-dev-app", "Environment": "dev"}
    assert len(app["DBSubnetGroup"]["Subnets"]) == 2

    ec2 = project.client("ec2")
    [group] = app["VpcSecurityGroups"]
    rules = ec2.describe_security_group_rules(
        Filters=[{"Name": "group-id", "Values": [group["VpcSecurityGroupId"]]}]
    )["SecurityGroupRules"]
    [ingress] = [rule for rule in rules if not rule["IsEgress"]]
    [egress] = [rule for rule in rules if rule["IsEgress"]]
    application = project.outputs("dev")["network"]["applicationSecurityGroupId"]
    assert ingress["ReferencedGroupInfo"]["GroupId"] == application
    assert (ingress["IpProtocol"], ingress["FromPort"], ingress["ToPort"]) == ("tcp", 5432, 5432)
    assert (egress["IpProtocol"], egress["CidrIpv4"]) == ("-1", "0.0.0.0/0")

    project.preview_shows_no_change("dev")
    project.pulumi("refresh", "--stack", "dev", "--yes", "--skip-preview").ok()
    project.preview_shows_no_change("dev")
    assert {file.name: file.read_bytes() for file in project.folder.glob("Pulumi*.yaml")} == before


def test_there_is_no_database_to_migrate_in_the_sandboxs_aws(project: Project) -> None:
    done = project.dbstack("migrate", "status", "-s", "dev", "--folder", str(ROOT / "migrations"))
    assert (done.code, done.out) == (1, "")
    assert done.err == (
        "error: app of the stack dev is deployed to the sandbox, which answers as AWS but runs no database: use a "
        "stack with `target: docker`, such as local, or --url\n"
    )
    wrong = project.dbstack(
        "migrate", "status", "-s", "dev", "-d", "shop", "--folder", str(ROOT / "migrations")
    )
    assert (wrong.code, wrong.err) == (2, "error: the stack dev has no database 'shop'; it has: app\n")


def test_a_size_changes_in_place(project: Project) -> None:
    identity = instance(project, "dbstack-dev-app")["DbiResourceId"]
    project.edit("dev", storage={"allocatedGib": 30}, instanceClass="db.t3.small", applyImmediately=True)
    project.up("dev").ok()
    app = instance(project, "dbstack-dev-app")
    assert (app["AllocatedStorage"], app["DBInstanceClass"]) == (30, "db.t3.small")
    assert app["DbiResourceId"] == identity


def test_a_change_waits_for_the_maintenance_window(project: Project) -> None:
    before = (project.folder / "Pulumi.dev.yaml").read_bytes()
    project.edit("dev", instanceClass="db.t3.medium", applyImmediately=False)
    project.up("dev").ok()
    app = instance(project, "dbstack-dev-app")
    assert (app["DBInstanceClass"], app["PendingModifiedValues"]["DBInstanceClass"]) == (
        "db.t3.small",
        "db.t3.medium",
    )
    # AWS's provider reads what holds, so the change is shown until it is made.
    done = project.pulumi("preview", "--stack", "dev", "--json").ok()
    [step] = [step for step in json.loads(done.out)["steps"] if step["op"] == "update"]
    assert step["diffReasons"] == ["instanceClass"]
    project.dbstack("sandbox", "stop").ok()
    done = project.dbstack("sandbox", "maintenance", "--database", "dbstack-dev-app").ok()
    assert "dbstack-dev-app (us-east-1): DBInstanceClass db.t3.medium" in done.out
    assert instance(project, "dbstack-dev-app")["DBInstanceClass"] == "db.t3.medium"
    project.pulumi("refresh", "--stack", "dev", "--yes", "--skip-preview").ok()
    project.preview_shows_no_change("dev")
    (project.folder / "Pulumi.dev.yaml").write_bytes(before)
    project.up("dev").ok()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"storage": {"allocatedGib": 25}}, "RDS can't shrink a volume"),
        ({"engineVersion": "16"}, "RDS can't downgrade"),
        ({"engineVersion": "18"}, "allowMajorVersionUpgrade: true"),
    ],
)
def test_an_unsafe_change_fails_in_preview(project: Project, settings: dict[str, Any], words: str) -> None:
    before = (project.folder / "Pulumi.dev.yaml").read_bytes()
    try:
        project.edit("dev", **settings)
        done = project.pulumi("preview", "--stack", "dev")
        assert done.code != 0
        assert words in done.text
        assert "Traceback" not in done.text
    finally:
        (project.folder / "Pulumi.dev.yaml").write_bytes(before)
    project.preview_shows_no_change("dev")


def test_consent_lets_a_major_upgrade_through(project: Project) -> None:
    project.edit("dev", engineVersion="18", allowMajorVersionUpgrade=True)
    project.up("dev").ok()
    app = instance(project, "dbstack-dev-app")
    assert app["EngineVersion"].split(".")[0] == "18"
    # The group of the new family came first, and the old one is gone.
    groups = project.client("rds").describe_db_parameter_groups()["DBParameterGroups"]
    made = [
        one["DBParameterGroupName"] for one in groups if one["DBParameterGroupName"].startswith("dbstack-")
    ]
    assert made == [app["DBParameterGroups"][0]["DBParameterGroupName"]]
    assert made[0].startswith("dbstack-dev-app-postgres18-")
    project.preview_shows_no_change("dev")


def test_a_fault_in_the_config_stops_before_anything_is_made(project: Project) -> None:
    before = (project.folder / "Pulumi.dev.yaml").read_bytes()
    try:
        project.edit(
            "dev", storage={"allocatedGib": 5}, backup={"retentionDays": 99}, instnceClass="db.t3.micro"
        )
        done = project.up("dev")
        assert done.code != 0
        for path in (
            "databases.app.storage.allocatedGib",
            "databases.app.backup.retentionDays",
            "instanceClass",
        ):
            assert path in done.text
        assert "Traceback" not in done.text
    finally:
        (project.folder / "Pulumi.dev.yaml").write_bytes(before)


def test_drift_is_shown(project: Project) -> None:
    project.client("rds").modify_db_instance(
        DBInstanceIdentifier="dbstack-dev-app", BackupRetentionPeriod=3, ApplyImmediately=True
    )
    done = project.pulumi("preview", "--stack", "dev", "--refresh", "--json").ok()
    steps = [step for step in json.loads(done.out)["steps"] if step["op"] == "update"]
    assert [step["urn"].rpartition("::")[2] for step in steps] == ["app"]
    assert steps[0]["diffReasons"] == ["backupRetentionPeriod"]
    project.pulumi("refresh", "--stack", "dev", "--yes", "--skip-preview").ok()
    project.up("dev").ok()
    assert instance(project, "dbstack-dev-app")["BackupRetentionPeriod"] == 7


def test_a_killed_sandbox_forgets_nothing(project: Project) -> None:
    before = instance(project, "dbstack-dev-app")
    status = json.loads(project.dbstack("sandbox", "status", "--json").ok().out)
    os.kill(status["pid"], signal.SIGKILL)
    project.dbstack("sandbox", "start").ok()
    project.preview_shows_no_change("dev")
    project.pulumi("refresh", "--stack", "dev", "--yes", "--skip-preview", "--expect-no-changes").ok()
    assert instance(project, "dbstack-dev-app") == before


def test_dev_goes_down_at_once(project: Project) -> None:
    project.pulumi("destroy", "--stack", "dev", "--yes", "--skip-preview").ok()
    rds = project.client("rds")
    assert [
        i for i in rds.describe_db_instances()["DBInstances"] if "-dev-" in i["DBInstanceIdentifier"]
    ] == []
    assert project.export("dev")["deployment"].get("resources", []) == []


@pytest.mark.parametrize(
    ("stack", "replicas", "klass", "days", "multi_az", "zones"),
    [
        ("staging", {"reporting"}, "db.t3.medium", 7, False, 2),
        ("prod", {"reporting", "analytics"}, "db.r6g.large", 30, True, 3),
    ],
)
def test_a_protected_stack_from_up_to_down(
    project: Project, stack: str, replicas: set[str], klass: str, days: int, multi_az: bool, zones: int
) -> None:
    writer = f"dbstack-{stack}-app"
    project.up(stack).ok()
    app = instance(project, writer)
    assert (app["DBInstanceClass"], app["BackupRetentionPeriod"], app["MultiAZ"]) == (klass, days, multi_az)
    assert app["DeletionProtection"] is True
    assert "MasterUserSecret" not in app
    assert set(app["ReadReplicaDBInstanceIdentifiers"]) == {f"{writer}-{key}" for key in replicas}
    assert len(app["DBSubnetGroup"]["Subnets"]) == zones
    for key in replicas:
        replica = instance(project, f"{writer}-{key}")
        assert replica["ReadReplicaSourceDBInstanceIdentifier"] == writer
        assert replica["VpcSecurityGroups"] == app["VpcSecurityGroups"]
        assert tags(replica) == {"Name": f"{writer}-{key}", "Environment": stack}

    outputs = project.outputs(stack)["databases"]["app"]
    assert set(outputs["replicas"]) == replicas
    secret = project.client("secretsmanager").get_secret_value(SecretId=outputs["secretArn"])
    document = json.loads(secret["SecretString"])
    assert document["host"] == outputs["host"] == app["Endpoint"]["Address"]
    assert (document["username"], document["dbname"], document["port"]) == ("dbadmin", "app", 5432)
    assert len(document["password"]) == 30
    project.preview_shows_no_change(stack)
    _grep_nowhere(project, document["password"])

    # A change that would replace the data.
    shipped = (project.folder / f"Pulumi.{stack}.yaml").read_bytes()
    project.edit(stack, databaseName="other")
    refused = project.up(stack)
    assert refused.code != 0
    assert "protect" in refused.text
    assert instance(project, writer)["DbiResourceId"] == app["DbiResourceId"]
    (project.folder / f"Pulumi.{stack}.yaml").write_bytes(shipped)
    project.preview_shows_no_change(stack)

    # So would one that replaces the network under the databases.
    config = project.config(stack)
    config["config"]["dbstack:stack"]["network"]["vpcCidr"] = "10.99.0.0/16"
    (project.folder / f"Pulumi.{stack}.yaml").write_text(yaml.safe_dump(config))
    refused = project.pulumi("preview", "--stack", stack)
    assert refused.code != 0
    assert "protect" in refused.text
    (project.folder / f"Pulumi.{stack}.yaml").write_bytes(shipped)
    project.preview_shows_no_change(stack)

    # Down is refused with the unlock steps; following them deletes, with a final snapshot.
    refused = project.pulumi("destroy", "--stack", stack, "--yes", "--skip-preview")
    assert refused.code == 1
    assert "deletionProtection: false" in refused.text
    assert instance(project, writer)["DbiResourceId"] == app["DbiResourceId"]
    project.edit(stack, deletionProtection=False)
    project.up(stack).ok()
    project.pulumi("destroy", "--stack", stack, "--yes", "--skip-preview").ok()
    rds = project.client("rds")
    assert [
        i for i in rds.describe_db_instances()["DBInstances"] if f"-{stack}-" in i["DBInstanceIdentifier"]
    ] == []
    snapshots = [
        s["DBSnapshotIdentifier"] for s in rds.describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]
    ]
    assert [name for name in snapshots if name.startswith(f"{writer}-final-")] != []


def _grep_nowhere(project: Project, secret: str) -> None:
    """The secret stands in no file of the project and its sandbox, and was never printed."""
    needle = secret.encode()
    holders = [str(file) for file in _files(project.folder) if needle in file.read_bytes()]
    assert holders == []
    assert not any(secret in text for text in project.log)


def _files(folder: Path) -> Iterator[Path]:
    return (file for file in folder.rglob("*") if file.is_file() and not file.is_symlink())
