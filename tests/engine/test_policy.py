"""The policy pack under the real engine: a careless program is stopped, the shipped prod stack goes through."""

import json
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from tests.engine.consumer import consumer, nothing_is_left_behind
from tests.engine.project import ROOT, Project

pytestmark = pytest.mark.engine

CARELESS = """
    import pulumi_aws as aws

    vpc = aws.ec2.Vpc("net", cidr_block="10.1.0.0/16")
    gateway = aws.ec2.InternetGateway("out", vpc_id=vpc.id)
    table = aws.ec2.RouteTable("public", vpc_id=vpc.id, routes=[{"cidr_block": "0.0.0.0/0", "gateway_id": gateway.id}])
    subnets = []
    for index, zone in enumerate("ab"):
        subnet = aws.ec2.Subnet(
            zone, vpc_id=vpc.id, cidr_block=f"10.1.{index}.0/24", availability_zone=f"us-east-1{zone}"
        )
        aws.ec2.RouteTableAssociation(zone, subnet_id=subnet.id, route_table_id=table.id)
        subnets.append(subnet.id)
    group = aws.ec2.SecurityGroup("open", vpc_id=vpc.id)
    aws.vpc.SecurityGroupIngressRule(
        "open", security_group_id=group.id, ip_protocol="tcp", from_port=5432, to_port=5432, cidr_ipv4="0.0.0.0/0"
    )
    parameters = aws.rds.ParameterGroup(
        "plain", family="postgres17", parameters=[{"name": "rds.force_ssl", "value": "0"}]
    )
    aws.rds.Instance(
        "app",
        engine="postgres",
        engine_version="17",
        instance_class="db.t3.micro",
        allocated_storage=20,
        username="postgres",
        manage_master_user_password=True,
        publicly_accessible=True,
        db_subnet_group_name=aws.rds.SubnetGroup("app", subnet_ids=subnets).name,
        vpc_security_group_ids=[group.id],
        parameter_group_name=parameters.name,
        skip_final_snapshot=True,
    )
"""


@pytest.fixture
def projects() -> Iterator[list[Project]]:
    made: list[Project] = []
    yield made
    for project in made:
        project.stop()


def pack(folder: Path) -> None:
    """The repository's pack, in this environment."""
    shutil.copytree(ROOT / "policy", folder / "policy", ignore=shutil.ignore_patterns("__pycache__"))
    file = folder / "policy/PulumiPolicy.yaml"
    settings = yaml.safe_load(file.read_text())
    settings["runtime"]["options"]["virtualenv"] = sys.prefix
    file.write_text(yaml.safe_dump(settings))


def preview(project: Project, *more: str, stack: str = "dev") -> tuple[int, str]:
    done = project.pulumi("preview", "--stack", stack, "--policy-pack", "policy", *more)
    return done.code, done.text


def test_a_careless_program_is_stopped(tmp_path: Path, projects: list[Project]) -> None:
    project = consumer(tmp_path / "consumer", CARELESS)
    projects.append(project)
    pack(project.folder)
    code, text = preview(project)
    assert code != 0
    wanted = "RDS.2 RDS.3 RDS.5 RDS.6 RDS.9 RDS.10 RDS.11 RDS.20 RDS.25 RDS.26 RDS.30 RDS.36 RDS.38 RDS.46 EC2.2 EC2.6"
    for id in [*wanted.split(), "EC2.18", "EC2.19"]:
        assert f"{id} " in text, id
    assert "RDS.23 app" not in text  # exceptions.yaml has it
    assert "RDS.13 app" not in text  # AWS's default is on
    assert "https://docs.aws.amazon.com/securityhub/" in text
    assert project.client("rds").describe_db_instances()["DBInstances"] == []

    # Relaxed: everything is advice, and one control is off for one resource.
    settings = {
        "all": "advisory",
        "RDS.2": {"enforcementLevel": "mandatory", "except": {"app": "it is a demo"}},
    }
    (project.folder / "relaxed.json").write_text(json.dumps(settings))
    code, text = preview(project, "--policy-pack-config", "relaxed.json")
    assert code == 0, text
    assert "RDS.2 app" not in text
    assert "RDS.3 app" in text
    nothing_is_left_behind(project)


def test_prod_goes_through(tmp_path: Path, projects: list[Project]) -> None:
    project = Project.copy(tmp_path / "shop")
    projects.append(project)
    pack(project.folder)
    code, text = preview(project, stack="prod")
    assert code == 0, text
    assert "dbstack-controls" in text
    assert not re.search(r"^\s+(RDS|EC2|KMS|SecretsManager|CloudWatch|Backup)\.\d+ ", text, re.MULTILINE), (
        text
    )
