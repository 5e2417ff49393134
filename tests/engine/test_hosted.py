"""The components in other people's programs: imported, hosted by the engine, and under a policy pack."""

import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest
import yaml
from tests.engine.consumer import consumer, files_of, nothing_is_left_behind
from tests.engine.project import ROOT, Project

pytestmark = pytest.mark.engine

IMPORTED = """
    import pulumi
    from dbstack import Database, DatabaseNetwork

    network = DatabaseNetwork("net", {"vpc_cidr": "10.9.0.0/16"})
    database = Database("orders", {
        "engine": "mysql",
        "engine_version": "8.4",
        "instance_class": "db.t3.micro",
        "network": {"vpc_id": network.vpc_id, "subnet_ids": network.subnet_ids},
        "on_delete": "destroy",
    })
    pulumi.export("port", database.port)
"""

# What a generated SDK does: a remote component is known by its token and its output names.
HOSTED = """
    import pulumi


    class Remote(pulumi.ComponentResource):
        def __init__(self, kind, name, props, *outputs):
            super().__init__(f"dbstack:index:{kind}", name, {**props, **dict.fromkeys(outputs)}, None, True)


    network = Remote("DatabaseNetwork", "net", {"vpcCidr": "10.8.0.0/16"}, "vpcId", "subnetIds")
    common = {"network": {"vpcId": network.vpcId, "subnetIds": network.subnetIds}, "onDelete": "destroy"}
    postgres = {**common, "engine": "postgres", "engineVersion": "17", "instanceClass": "db.t3.micro"}
    database = Remote("Database", "orders", postgres, "port", "identifier")
    pulumi.export("port", database.port)
    pulumi.export("identifier", database.identifier)
"""

# Guards are registered with the engine by name: once, however many components are made, one after another or at once.
SEVERAL = """
    Remote("Database", "stock", {**postgres, "storage": {"allocatedGib": 100}}, "port")
    aurora = {"engine": "aurora-postgresql", "engineVersion": "16.6", "instanceClass": "db.r6g.large"}
    Remote("DatabaseCluster", "events", {**common, **aurora}, "port")
    Remote("DatabaseCluster", "clicks", {**common, **aurora}, "port")
"""

POLICY = """
    from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy


    def check(args, report):
        if args.resource_type == "aws:rds/instance:Instance":
            report(f"{args.props['engine']} is not allowed here")


    PolicyPack(
        "house-rules",
        [ResourceValidationPolicy("no-databases", "None at all.", check, EnforcementLevel.MANDATORY)],
    )
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "consumer"


@pytest.fixture
def projects() -> Iterator[list[Project]]:
    made: list[Project] = []
    yield made
    for project in made:
        project.stop()


def test_a_program_that_imports_the_library(folder: Path, projects: list[Project]) -> None:
    project = consumer(folder, IMPORTED)
    projects.append(project)
    project.up("dev").ok()
    assert project.outputs("dev") == {"port": 3306}
    [instance] = project.client("rds").describe_db_instances()["DBInstances"]
    assert (instance["Engine"], instance["DBInstanceIdentifier"]) == ("mysql", "consumer-dev-orders")
    project.preview_shows_no_change("dev")
    nothing_is_left_behind(project)


def test_a_program_that_reaches_the_hosted_components(folder: Path, projects: list[Project]) -> None:
    project = consumer(folder, HOSTED, packages={"dbstack": str(ROOT / "components")})
    projects.append(project)
    before = files_of(project)
    project.up("dev").ok()
    assert project.outputs("dev") == {"port": 5432, "identifier": "consumer-dev-orders"}
    [instance] = project.client("rds").describe_db_instances()["DBInstances"]
    assert instance["DBInstanceIdentifier"] == "consumer-dev-orders"
    [component] = project.resources("dev", "dbstack:index:Database")
    [row] = project.resources("dev", "aws:rds/instance:Instance")
    assert row["urn"].count("dbstack:index:Database$") == 1
    assert component["outputs"]["port"] == 5432
    project.preview_shows_no_change("dev")
    assert files_of(project) == before
    nothing_is_left_behind(project)


def test_the_guards_of_hosted_components_are_shared(folder: Path, projects: list[Project]) -> None:
    text = HOSTED + SEVERAL
    project = consumer(folder, text, packages={"dbstack": str(ROOT / "components")})
    projects.append(project)
    project.up("dev").ok()
    rds = project.client("rds")
    assert len(rds.describe_db_clusters()["DBClusters"]) == 2
    project.preview_shows_no_change("dev")
    for safe, unsafe, words in (
        (
            '"allocatedGib": 100',
            '"allocatedGib": 50',
            "stock: storage.allocatedGib: 50 GiB is less than the 100 GiB",
        ),
        ('"engineVersion": "17"', '"engineVersion": "16"', ": engineVersion: 16 is lower than 17"),
        ('"16.6"', '"16.4"', "engineVersion: 16.4 is lower than 16.6"),
    ):
        (folder / "__main__.py").write_text(dedent(text.replace(safe, unsafe)))
        done = project.pulumi("preview", "--stack", "dev")
        assert done.code != 0
        assert words in done.text
    nothing_is_left_behind(project)


def test_a_fault_in_a_hosted_component_is_one_clear_error(folder: Path, projects: list[Project]) -> None:
    project = consumer(
        folder,
        HOSTED.replace('"db.t3.micro"', '"t3.micro"'),
        packages={"dbstack": str(ROOT / "components")},
    )
    projects.append(project)
    done = project.up("dev")
    assert done.code != 0
    assert "instanceClass" in done.text or "instance_class" in done.text
    assert project.client("rds").describe_db_instances()["DBInstances"] == []


def test_a_policy_pack_runs(folder: Path, projects: list[Project]) -> None:
    project = consumer(folder, IMPORTED)
    projects.append(project)
    pack = folder / "pack"
    pack.mkdir()
    runtime = {"name": "python", "options": {"virtualenv": sys.prefix}}
    (pack / "PulumiPolicy.yaml").write_text(yaml.safe_dump({"runtime": runtime}))
    (pack / "__main__.py").write_text(dedent(POLICY))
    done = project.pulumi("preview", "--stack", "dev", "--policy-pack", "pack")
    assert done.code != 0
    assert "mysql is not allowed here" in done.text
    assert "house-rules" in done.text
    nothing_is_left_behind(project)
