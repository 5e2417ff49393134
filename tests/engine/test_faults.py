"""Faults that only show with the engine: each says what is wrong and the way out, and is over after it.

Rows as in docs/faults.md. The sandbox injects what a real cloud would do by itself (`dbstack sandbox fault`).
"""

import hashlib
import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import yaml
from tests.engine.project import Finished, Project

pytestmark = pytest.mark.engine

STACK = "dev"
IDENTIFIER = "dbstack-dev-app"
INSTANCE = "aws:rds/instance:Instance"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A protected database, deployed."""
    project = Project.copy(tmp_path_factory.mktemp("faults") / "shop")
    # Each would start a process of its own.
    project.client = cache(project.client)  # type: ignore[method-assign]
    generous = {"allocatedGib": 30, "maxAllocatedGib": 100}
    project.edit(STACK, onDelete="snapshot", password={"source": "generated"}, storage=generous)
    project.up(STACK).ok()
    remember_passwords(project)
    yield project
    project.stop()


def instances(project: Project) -> list[dict[str, Any]]:
    return project.client("rds").describe_db_instances()["DBInstances"]


def fingerprint(project: Project) -> str:
    """What the state and AWS hold of the stack."""
    state = project.export(STACK)["deployment"]
    state.pop("manifest")
    aws = [instances(project), project.client("rds").describe_db_snapshots()["DBSnapshots"]]
    return hashlib.sha256(json.dumps([state, aws], sort_keys=True, default=str).encode()).hexdigest()


def data(project: Project) -> str:
    """Inputs and outputs of every resource in the state, and what AWS holds: what a failed `up` must not change.

    It does write the state anew: the stack's own entry, order, times and what is encrypted differ.
    """
    found = project.export(STACK)["deployment"]["resources"]
    state = {
        item["urn"]: [item.get("id"), item.get("inputs"), item.get("outputs")]
        for item in found
        if item["type"] != "pulumi:pulumi:Stack"
    }
    aws = [instances(project), project.client("rds").describe_db_snapshots()["DBSnapshots"]]
    text = json.dumps([state, aws], sort_keys=True, default=str)
    return hashlib.sha256(re.sub(r'"ciphertext": "[^"]+"', "", text).encode()).hexdigest()


# Of all that this module has deployed, also of what is gone.
PASSWORDS: set[str] = set()


def remember_passwords(project: Project) -> set[str]:
    secrets = project.client("secretsmanager")
    held = [secrets.get_secret_value(SecretId=one["ARN"]) for one in secrets.list_secrets()["SecretList"]]
    found = {json.loads(one["SecretString"])["password"] for one in held}
    PASSWORDS.update(found)
    return found


def parameter_group(project: Project) -> str:
    [group] = next(found for found in instances(project) if found["DBInstanceIdentifier"] == IDENTIFIER)[
        "DBParameterGroups"
    ]
    return group["DBParameterGroupName"]


def order(project: Project, operation: str, error: str, times: int = 1, *more: str) -> None:
    arguments = ("--operation", operation, "--error", error, "--times", str(times), *more)
    project.dbstack("sandbox", "fault", *arguments).ok()


def refused(done: Finished, *words: str) -> None:
    """(a) the exit code and (b) the words: cause and way out, and no traceback."""
    assert done.code != 0
    for word in words:
        assert word in done.text
    assert "Traceback" not in done.text


CONFIG_FAULTS: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "1": ({"mutli_az": True}, ("databases.app.mutli_az", "did you mean 'multiAz'?")),
    "2": ({"multiAz": "yes"}, ("databases.app.multiAz", "give true or false")),
    "4": ({"identifier": "1-App--db"}, ("databases.app.identifier", "begins with a letter")),
    "5": ({"engine": "postgresql"}, ("databases.app.engine", "did you mean 'postgres'?")),
    "5 version": ({"engineVersion": "9"}, ("databases.app.engineVersion", "no PostgreSQL before 10")),
    "5 class": ({"instanceClass": "db.t3.nano"}, ("databases.app.instanceClass", "no size 'nano'")),
    "6": (
        {"replicas": {f"r{number}": {} for number in range(16)}},
        ("databases.app.replicas", "15"),
    ),
    "7": (
        {"backup": {"retentionDays": 0}, "replicas": {"reporting": {}}},
        ("databases.app.backup.retentionDays", "no read replica of a database without"),
    ),
    "8": (
        {"backup": {"window": "23:50-00:20"}, "maintenanceWindow": "sun:00:00-sun:01:00"},
        ("23:50-00:20", "sun:00:00-sun:01:00"),
    ),
    "9": ({"password": {"source": "managed", "config": "dbstack:x"}}, ("databases.app.password", "config")),
    "10": ({"access": {"fromCidrs": ["0.0.0.0/0"]}}, ("databases.app.access.fromCidrs[0]", "internet")),
    "12": (
        {"parameterGroup": {"parameters": {"Work_Mem": "4096"}}},
        ("databases.app.parameterGroup.parameters.Work_Mem", "write 'work_mem'"),
    ),
}


def test_a_faulty_config_stops_before_anything(project: Project) -> None:
    """Rows 1, 2, 4 to 10 and 12: `check` names each, `preview` says the same, and nothing is touched."""
    shipped = (project.folder / f"Pulumi.{STACK}.yaml").read_bytes()
    before = fingerprint(project)
    try:
        for settings, words in CONFIG_FAULTS.values():
            project.edit(STACK, **settings)
            checked = project.dbstack("check", "--stack", STACK)
            assert checked.code == 2
            refused(checked, *words)
            (project.folder / f"Pulumi.{STACK}.yaml").write_bytes(shipped)
        # All that can stand beside each other at once: each is told.
        for rows in (("1", "2", "4", "5 class", "6", "8", "9", "10"), ("5", "12"), ("5 version", "7")):
            for row in rows:
                project.edit(STACK, **CONFIG_FAULTS[row][0])
            words = [word for row in rows for word in CONFIG_FAULTS[row][1]]
            refused(project.pulumi("preview", "--stack", STACK), *words)
            (project.folder / f"Pulumi.{STACK}.yaml").write_bytes(shipped)
    finally:
        (project.folder / f"Pulumi.{STACK}.yaml").write_bytes(shipped)
    assert fingerprint(project) == before
    project.dbstack("check", "--stack", STACK).ok()


def test_a_secret_that_is_not_set_is_named_with_the_command_that_sets_it(project: Project) -> None:
    """Row 3."""
    shipped = (project.folder / f"Pulumi.{STACK}.yaml").read_bytes()
    before = fingerprint(project)
    try:
        project.edit(STACK, password={"source": "given", "config": "dbstack:appPassword"})
        refused(
            project.pulumi("preview", "--stack", STACK),
            "pulumi config set",
            "dbstack:appPassword",
            "--secret",
        )
        assert fingerprint(project) == before
        # As `pulumi config set --secret` writes it; the sandbox puts a value of its own in its place.
        config = project.config(STACK)
        config["config"]["dbstack:appPassword"] = {"secure": "v1:bm90IHJlYWQ=:bm90IHJlYWQ="}
        (project.folder / f"Pulumi.{STACK}.yaml").write_text(yaml.safe_dump(config))
        project.pulumi("preview", "--stack", STACK).ok()
    finally:
        (project.folder / f"Pulumi.{STACK}.yaml").write_bytes(shipped)
    assert fingerprint(project) == before


CHANGES: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "13": ({"storage": {"allocatedGib": 25}}, ("RDS can't shrink a volume", "make a new database beside")),
    "14": ({"engineVersion": "16"}, ("RDS can't downgrade", "restore a snapshot")),
    "15": (
        {"databaseName": "other", "username": "somebody", "storage": {"encrypted": False}},
        ("dbName,username", "-storageEncrypted", "marked for protection", "set it back"),
    ),
    "16": ({"engineVersion": "18"}, ("major upgrade", "allowMajorVersionUpgrade: true")),
}


@pytest.mark.parametrize("row", CHANGES)
def test_a_change_against_the_old_state_fails_in_preview(project: Project, row: str) -> None:
    """Rows 13 to 16: by the components' own hooks and protection, so on AWS too."""
    settings, words = CHANGES[row]
    shipped = (project.folder / f"Pulumi.{STACK}.yaml").read_bytes()
    before = fingerprint(project)
    try:
        project.edit(STACK, **settings)
        for command in (("preview",), ("up", "--yes")):
            refused(project.pulumi(*command, "--stack", STACK), *words)
    finally:
        (project.folder / f"Pulumi.{STACK}.yaml").write_bytes(shipped)
    assert fingerprint(project) == before
    project.preview_shows_no_change(STACK)


@pytest.mark.parametrize(
    "origin",
    [{"snapshotIdentifier": "x"}, {"sourceIdentifier": "old", "useLatestRestorableTime": True}],
    ids=["snapshot", "point in time"],
)
def test_a_backup_added_to_a_database_that_is_there_is_refused(
    project: Project, origin: dict[str, Any]
) -> None:
    """It would restore nothing, and neither the engine nor AWS's provider would say so."""
    file = project.folder / f"Pulumi.{STACK}.yaml"
    shipped = file.read_bytes()
    before = fingerprint(project)
    try:
        config = project.config(STACK)
        app = config["config"]["dbstack:stack"]["databases"]["app"]
        for name in ("databaseName", "username", "storage"):
            app.pop(name)
        app["restoreFrom"] = origin
        file.write_text(yaml.safe_dump(config))
        refused(
            project.pulumi("preview", "--stack", STACK),
            "app: restoreFrom",
            "is there already",
            "beside this one",
        )
    finally:
        file.write_bytes(shipped)
    assert fingerprint(project) == before


def test_a_parameter_group_of_another_family_is_refused(project: Project) -> None:
    """Row 12: by its name before anything; one of the user's own, whose family only AWS knows, by AWS."""
    shipped = (project.folder / f"Pulumi.{STACK}.yaml").read_bytes()
    rds = project.client("rds")
    family = {"DBParameterGroupFamily": "postgres16", "Description": "theirs"}
    rds.create_db_parameter_group(DBParameterGroupName="theirs", **family)
    before = data(project)
    try:
        project.edit(STACK, parameterGroup={"name": "default.postgres16"})
        words = ("databases.app.parameterGroup.name", "'default.postgres17'")
        assert project.dbstack("check", "--stack", STACK).code == 2
        refused(project.pulumi("preview", "--stack", STACK), *words)
        project.edit(STACK, parameterGroup={"name": "theirs"})
        refused(project.up(STACK), "theirs", "postgres16", "postgres17")
        assert data(project) == before
        rds.delete_db_parameter_group(DBParameterGroupName="theirs")
        rds.create_db_parameter_group(
            DBParameterGroupName="theirs", **{**family, "DBParameterGroupFamily": "postgres17"}
        )
        project.up(STACK).ok()
        assert parameter_group(project) == "theirs"
        # Taken out again, nothing says which group is meant.
        (project.folder / f"Pulumi.{STACK}.yaml").write_bytes(shipped)
        refused(project.up(STACK), "parameterGroup isn't set", "{parameters: {}}")
        project.edit(STACK, parameterGroup={"parameters": {}})
        project.up(STACK).ok()
    finally:
        (project.folder / f"Pulumi.{STACK}.yaml").write_bytes(shipped)
    project.preview_shows_no_change(STACK)


def test_parameters_are_set_as_their_kind_allows(project: Project) -> None:
    """Row 12: static ones wait for the reboot, and no later preview shows a difference. One that AWS doesn't know is
    refused by AWS (injected, since the sandbox has no list of them), and the next `up` goes on."""
    shipped = (project.folder / f"Pulumi.{STACK}.yaml").read_bytes()
    wanted = {"max_connections": "200", "work_mem": "8192"}
    project.edit(STACK, parameterGroup={"parameters": wanted})
    project.up(STACK).ok()
    project.preview_shows_no_change(STACK)
    found = project.client("rds").describe_db_parameters(
        DBParameterGroupName=parameter_group(project), Source="user"
    )
    assert {item["ParameterName"]: item["ApplyMethod"] for item in found["Parameters"]} == {
        "max_connections": "pending-reboot",
        "work_mem": "immediate",
        "rds.force_ssl": "pending-reboot",
    }
    before = data(project)
    project.edit(STACK, parameterGroup={"parameters": {**wanted, "wrk_mem": "1"}})
    order(project, "rds:ModifyDBParameterGroup", "InvalidParameterValue")
    refused(project.up(STACK), "InvalidParameterValue", "app-parameters")
    assert data(project) == before
    (project.folder / f"Pulumi.{STACK}.yaml").write_bytes(shipped)
    project.up(STACK).ok()
    project.preview_shows_no_change(STACK)


def test_subnets_in_one_zone_or_of_two_vpcs_are_refused(project: Project) -> None:
    """Row 11: one subnet by its number before anything; zones and VPCs, which only AWS knows, by AWS."""
    ec2 = project.client("ec2")

    def subnet(vpc: str, block: str, zone: str) -> str:
        made = ec2.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZone=f"us-east-1{zone}")
        return made["Subnet"]["SubnetId"]

    one, other = (ec2.create_vpc(CidrBlock=f"10.{n}.0.0/16")["Vpc"]["VpcId"] for n in (90, 91))
    a, b, c = (subnet(one, f"10.90.{n}.0/24", zone) for n, zone in enumerate("aab"))
    foreign = subnet(other, "10.91.0.0/24", "b")
    config = project.config(STACK)
    described = config["config"]["dbstack:stack"]
    described["databases"]["app"] |= {"onDelete": "destroy", "access": {}}

    def placed(*subnets: str) -> None:
        described["network"] = {"vpcId": one, "subnetIds": list(subnets)}
        (project.folder / "Pulumi.zones.yaml").write_text(yaml.safe_dump(config))

    placed(a)
    refused(project.dbstack("check", "--stack", "zones"), "network.subnetIds", "subnets in two zones")
    refused(project.pulumi("preview", "--stack", "zones"), "network.subnetIds", "subnets in two zones")
    placed(a, b)
    refused(project.up("zones"), "DBSubnetGroupDoesNotCoverEnoughAZs")
    placed(a, foreign)
    refused(project.up("zones"), "InvalidSubnet")
    assert [found["DBInstanceIdentifier"] for found in instances(project)] == [IDENTIFIER]
    placed(a, c)
    project.up("zones").ok()
    assert len(remember_passwords(project)) == 2
    project.pulumi("destroy", "--stack", "zones", "--yes", "--skip-preview").ok()


def test_a_renamed_component_with_an_alias_changes_nothing(project: Project) -> None:
    """Row 25, in a program of the user's own: here the shipped one, with another name for its database."""
    program = project.folder / "infra" / "__main__.py"
    shipped = program.read_text()
    before = fingerprint(project)
    kept = "pulumi.ResourceOptions(aliases=[pulumi.Alias(name=name)]), named_after=name"
    moved = re.sub(
        r" Database\(name, (.*?)\) for name", rf' Database(f"{{name}}x", \1, {kept}) for name', shipped
    )
    assert moved != shipped
    try:
        program.write_text(moved)
        shown = json.loads(project.pulumi("preview", "--stack", STACK, "--json", "--show-sames").ok().out)
        renamed = {
            step["urn"].rpartition("::")[2]: step["op"] for step in shown["steps"] if "appx" in step["urn"]
        }
        assert {
            "appx",
            "appx-subnets",
            "appx-access",
            "appx-parameters",
            "appx-master",
            "appx-password",
        } <= set(renamed)
        assert set(shown["changeSummary"]) == {"same"}, renamed
    finally:
        program.write_text(shipped)
    assert fingerprint(project) == before


def test_a_destroy_meets_three_locks(project: Project) -> None:
    """Row 17: protect; RDS's deletion protection; the final snapshot, whose name is free (rows 17 and 18 below)."""
    before = fingerprint(project)
    refused(
        project.pulumi("destroy", "--stack", STACK, "--yes"),
        "protect",
        "deletionProtection: false",
    )
    assert fingerprint(project) == before
    with pytest.raises(Exception, match="deletion protection"):
        project.client("rds").delete_db_instance(DBInstanceIdentifier=IDENTIFIER, SkipFinalSnapshot=True)
    [found] = project.resources(STACK, INSTANCE)
    assert found["inputs"]["skipFinalSnapshot"] is False
    assert found["inputs"]["finalSnapshotIdentifier"].startswith(f"{IDENTIFIER}-final-")


def test_throttling_is_waited_for(project: Project) -> None:
    """Row 21: tried again with growing pauses; beyond the limit a clear error, and the next `up` goes on."""
    project.edit(STACK, tags={"Round": "one"})
    order(project, "rds:AddTagsToResource", "Throttling", 3)
    project.up(STACK).ok()
    project.edit(STACK, tags={"Round": "two"})
    # More than subnet group, parameter group and instance together wait for.
    order(project, "rds:AddTagsToResource", "Throttling", 9)
    refused(project.up(STACK), "Throttling", "Rate exceeded", "run it again later")
    project.dbstack("sandbox", "fault", "--clear").ok()
    project.up(STACK).ok()
    project.preview_shows_no_change(STACK)


def test_a_broken_connection_is_tried_again(project: Project) -> None:
    """Row 21, network loss."""
    project.edit(STACK, tags={"Round": "three"})
    order(project, "rds:AddTagsToResource", "connection", 2)
    project.up(STACK).ok()
    project.preview_shows_no_change(STACK)


def test_a_create_that_fails_after_the_mutation_is_kept_and_goes_on_as_an_update(project: Project) -> None:
    """Row 20: the replica is there, only waiting for it fails. No second one is made."""
    shipped = (project.folder / f"Pulumi.{STACK}.yaml").read_bytes()
    project.edit(STACK, replicas={"reporting": {}})
    order(project, "rds:DescribeDBInstances", "InternalFailure", 99)
    failed = project.up(STACK)
    project.dbstack("sandbox", "fault", "--clear").ok()
    refused(failed, "InternalFailure", "run it again later")
    made = [found["DbiResourceId"] for found in instances(project)]
    assert len(made) == 2
    project.up(STACK).ok()
    assert [found["DbiResourceId"] for found in instances(project)] == made
    project.preview_shows_no_change(STACK)
    project.edit(STACK, deletionProtection=False)
    project.up(STACK).ok()
    (project.folder / f"Pulumi.{STACK}.yaml").write_bytes(shipped)
    project.up(STACK).ok()
    assert len(instances(project)) == 1


def test_a_create_whose_answer_is_lost_is_not_made_twice(project: Project) -> None:
    """Row 20: the replica exists, but neither Pulumi nor the provider knows. The way out is an import."""
    shipped = (project.folder / f"Pulumi.{STACK}.yaml").read_bytes()
    project.edit(STACK, replicas={"lost": {"deletionProtection": False}})
    order(project, "rds:CreateDBInstanceReadReplica", "AccessDenied", 1, "--after")
    refused(project.up(STACK), "AccessDenied")
    assert len(instances(project)) == 2
    refused(project.up(STACK), "DBInstanceAlreadyExists", "import it into the state")
    assert len(instances(project)) == 2
    component = next(
        r for r in project.export(STACK)["deployment"]["resources"] if r["urn"].endswith("Database::app")
    )
    file = project.folder / "lost.json"
    entry = {"type": INSTANCE, "name": "app-lost", "id": f"{IDENTIFIER}-lost", "parent": "app"}
    file.write_text(json.dumps({"nameTable": {"app": component["urn"]}, "resources": [entry]}))
    options = ("--generate-code=false", "--protect=false", "--yes", "--skip-preview")
    project.pulumi("import", "--stack", STACK, "--file", str(file), *options).ok()
    project.up(STACK).ok()
    assert len(instances(project)) == 2
    project.preview_shows_no_change(STACK)
    (project.folder / f"Pulumi.{STACK}.yaml").write_bytes(shipped)
    project.up(STACK).ok()


def test_a_second_up_says_who_holds_the_lock(project: Project) -> None:
    """Row 23."""
    locks = project.state / "backend" / ".pulumi" / "locks"
    [folder] = [path.parent for path in locks.glob(f"**/{STACK}/.keep")] or [
        next(path for path in locks.glob("**") if path.name == STACK)
    ]
    before = fingerprint(project)
    lock = {"pid": 4242, "username": "someone", "hostname": "elsewhere", "timestamp": "2026-01-01T00:00:00Z"}
    held = folder / "11111111-1111-1111-1111-111111111111.json"
    held.write_text(json.dumps(lock))
    try:
        refused(project.up(STACK), "locked", "someone@elsewhere", "pid 4242", "pulumi cancel")
    finally:
        held.unlink()
    assert fingerprint(project) == before
    project.up(STACK).ok()


def test_a_database_deleted_by_hand_is_not_made_anew_empty(project: Project) -> None:
    """Row 22."""
    rds = project.client("rds")
    rds.modify_db_instance(DBInstanceIdentifier=IDENTIFIER, DeletionProtection=False, ApplyImmediately=True)
    rds.delete_db_instance(DBInstanceIdentifier=IDENTIFIER, FinalDBSnapshotIdentifier="by-hand")
    shown = project.pulumi("refresh", "--stack", STACK, "--yes", "--skip-preview").ok()
    assert "deleted" in shown.text
    before = fingerprint(project)
    for command in (("preview",), ("up", "--yes")):
        done = project.pulumi(*command, "--stack", STACK)
        refused(done, "was deleted outside this program", "deploying would make an empty one", "import")
        assert fingerprint(project) == before
        assert instances(project) == []
    # Accepted on purpose, it is made; protected again, it is remembered again.
    project.edit(STACK, deletionProtection=False)
    project.up(STACK).ok()
    project.edit(STACK, deletionProtection=True)
    project.up(STACK).ok()
    [found] = instances(project)
    [marker] = project.resources(STACK, "pulumi:index:Stash")
    assert marker["outputs"]["input"].partition(" ")[0] == found["DbiResourceId"]
    project.preview_shows_no_change(STACK)


def test_a_final_snapshot_whose_name_is_taken_stops_the_deletion(project: Project) -> None:
    """Row 18: the name is unique; if it is taken all the same, the database stays. Row 17: unlocked, it goes."""
    rds = project.client("rds")
    [found] = project.resources(STACK, INSTANCE)
    name = found["inputs"]["finalSnapshotIdentifier"]
    suffix = project.resources(STACK, "random:index/randomId:RandomId")[0]["outputs"]["hex"]
    assert name == f"{IDENTIFIER}-final-{suffix}"
    remember_passwords(project)
    project.edit(STACK, deletionProtection=False)
    project.up(STACK).ok()
    rds.create_db_snapshot(DBInstanceIdentifier=IDENTIFIER, DBSnapshotIdentifier=name)

    def there() -> list[Any]:
        state = [(one["id"], one["urn"]) for one in project.resources(STACK, INSTANCE)]
        return [state, instances(project), rds.describe_db_snapshots()["DBSnapshots"]]

    before = there()
    down = ("destroy", "--stack", STACK, "--yes", "--skip-preview")
    refused(project.pulumi(*down), "DBSnapshotAlreadyExists", name)
    assert there() == before
    rds.delete_db_snapshot(DBSnapshotIdentifier=name)
    project.pulumi(*down).ok()
    assert instances(project) == []
    assert name in [one["DBSnapshotIdentifier"] for one in rds.describe_db_snapshots()["DBSnapshots"]]


def test_no_secret_was_printed(project: Project) -> None:
    """(e) for every row above."""
    assert PASSWORDS
    assert {len(secret) for secret in PASSWORDS} == {30}
    assert not any(secret in text for secret in PASSWORDS for text in project.log)
