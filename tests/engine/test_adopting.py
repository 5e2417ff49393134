"""A database that boto3 made is brought under dbstack with `pulumi import`, as docs/adopting.md says."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from tests.engine.project import Project

from dbstack.spec.changes import TABLE
from dbstack.spec.changes.model import NOT_SENT

pytestmark = pytest.mark.engine

STACK = "live"
IDENTIFIER = "orders-old"
INSTANCE = "aws:rds/instance:Instance"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    project = Project.copy(tmp_path_factory.mktemp("adopting") / "shop")
    yield project
    project.stop()


def made_by_hand(project: Project) -> dict[str, Any]:
    """A database, its groups and its network, behind Pulumi's back; the stack config that describes them."""
    ec2, rds = project.client("ec2"), project.client("rds")
    vpc = ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.7.{number}.0/24", AvailabilityZone=zone)["Subnet"][
            "SubnetId"
        ]
        for number, zone in enumerate(("us-east-1a", "us-east-1b"))
    ]
    group = ec2.create_security_group(GroupName="theirs", Description="theirs", VpcId=vpc)["GroupId"]
    rds.create_db_subnet_group(
        DBSubnetGroupName="theirs", DBSubnetGroupDescription="theirs", SubnetIds=subnets
    )
    rds.create_db_parameter_group(
        DBParameterGroupName="theirs", DBParameterGroupFamily="postgres17", Description="theirs"
    )
    rds.create_db_instance(
        DBInstanceIdentifier=IDENTIFIER,
        Engine="postgres",
        EngineVersion="17.5",
        DBInstanceClass="db.t3.medium",
        AllocatedStorage=50,
        StorageType="gp3",
        StorageEncrypted=True,
        DBName="orders",
        MasterUsername="owner",
        ManageMasterUserPassword=True,
        DBSubnetGroupName="theirs",
        DBParameterGroupName="theirs",
        VpcSecurityGroupIds=[group],
        BackupRetentionPeriod=14,
        PreferredBackupWindow="03:00-04:00",
        PreferredMaintenanceWindow="sun:05:00-sun:06:00",
        DeletionProtection=True,
        CopyTagsToSnapshot=True,
        PubliclyAccessible=False,
        EnableIAMDatabaseAuthentication=True,
    )
    return {
        "environment": "live",
        "network": {"vpcId": vpc, "subnetGroupName": "theirs"},
        "databases": {
            "orders": {
                "engine": "postgres",
                "engineVersion": "17",
                "parameterGroup": {"name": "theirs"},
                "instanceClass": "db.t3.medium",
                "identifier": IDENTIFIER,
                "databaseName": "orders",
                "username": "owner",
                "password": {"source": "managed"},
                "storage": {"allocatedGib": 50},
                "backup": {"retentionDays": 14, "window": "03:00-04:00"},
                "maintenanceWindow": "sun:05:00-sun:06:00",
                "access": {"securityGroupIds": [group]},
                "monitoring": {
                    "enhancedIntervalSeconds": 0,
                    "performanceInsights": False,
                    "logExports": [],
                },
            }
        },
    }


def described(project: Project) -> dict[str, Any]:
    [found] = project.client("rds").describe_db_instances(DBInstanceIdentifier=IDENTIFIER)["DBInstances"]
    return found


def write(project: Project, stack: dict[str, Any]) -> None:
    config = {"config": {"aws:region": "us-east-1", "dbstack:stack": stack}}
    (project.folder / f"Pulumi.{STACK}.yaml").write_text(yaml.safe_dump(config))


def test_adopted_with_nothing_changed_but_its_tags(project: Project) -> None:
    project.dbstack("sandbox", "start").ok()
    stack = made_by_hand(project)
    before = described(project)
    write(project, stack)

    # Ask for the list, keep what exists, import.
    file = project.folder / "adopt.json"
    project.pulumi("preview", "--stack", STACK, "--import-file", str(file)).ok()
    listed = json.loads(file.read_text())
    listed["resources"] = [r for r in listed["resources"] if r.get("component") or r["type"] == INSTANCE]
    [entry] = [r for r in listed["resources"] if r["type"] == INSTANCE]
    assert entry["parent"] == "orders"
    entry["id"] = IDENTIFIER
    file.write_text(json.dumps(listed))
    options = ("--generate-code=false", "--protect=false", "--yes", "--skip-preview")
    project.pulumi("import", "--stack", STACK, "--file", str(file), *options).ok()
    assert described(project) == before

    # Left out, its parameters would be others without a word.
    database = stack["databases"]["orders"]
    said = database.pop("parameterGroup")
    write(project, stack)
    refused = project.pulumi("preview", "--stack", STACK)
    assert refused.code != 0
    assert "parameterGroup isn't set" in refused.text
    assert "{name: theirs}" in refused.text
    database["parameterGroup"] = {"parameters": {}}
    write(project, stack)
    project.pulumi("preview", "--stack", STACK).ok()
    database["parameterGroup"] = said
    write(project, stack)

    done = project.pulumi("preview", "--stack", STACK, "--json").ok()
    steps = [
        step for step in json.loads(done.out)["steps"] if step["urn"].rpartition("$")[2].startswith(INSTANCE)
    ]
    assert [step["op"] for step in steps] == ["update"]
    harmless = {name for name, rules in TABLE[INSTANCE].rules.items() if rules == (NOT_SENT,)}
    assert set(steps[0]["diffReasons"]) <= harmless | {"tags", "tagsAll"}

    project.up(STACK).ok()
    after = described(project)
    assert {tag["Key"]: tag["Value"] for tag in after.pop("TagList")} == {
        "Name": IDENTIFIER,
        "Environment": "live",
    }
    before.pop("TagList")
    assert after == before
    project.preview_shows_no_change(STACK)
    resource = next(r for r in project.resources(STACK, INSTANCE) if r["urn"].endswith("::orders"))
    assert resource["protect"] is True
    assert "dbstack:index:Database$" in resource["urn"]


def test_a_wrong_description_is_refused_before_the_data_is_touched(project: Project) -> None:
    before = described(project)
    stack = yaml.safe_load((project.folder / f"Pulumi.{STACK}.yaml").read_text())["config"]["dbstack:stack"]
    stack["databases"]["orders"]["username"] = "somebody"
    write(project, stack)
    refused = project.pulumi("preview", "--stack", STACK)
    assert refused.code != 0
    assert "protect" in refused.text
    assert described(project) == before
