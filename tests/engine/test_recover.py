"""The engine is killed (SIGKILL) in the middle of `up`; after `recover` and `up` everything is there once."""

import json
import os
import signal
from collections.abc import Iterator

import pytest
from tests.engine.consumer import nothing_is_left_behind
from tests.engine.killing import kill_engine_when, running
from tests.engine.project import Project

pytestmark = pytest.mark.engine

STACK = "prod"
# How many changes of AWS the sandbox has made when the engine dies; prod makes about 40.
SAMPLE = (3, 14, 24, 38)
CAMPAIGN = tuple(point for point in range(1, 41) if point not in SAMPLE)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    project = Project.copy(tmp_path_factory.mktemp("recover") / "shop")
    yield project
    project.stop()


@pytest.fixture(scope="module")
def whole(project: Project) -> dict[str, int]:
    """What an uninterrupted `up` leaves in AWS."""
    project.up(STACK).ok()
    counted = inventory(project)
    assert counted["instances"] == 3
    assert counted["secrets"] == 1
    return counted


def inventory(project: Project) -> dict[str, int]:
    """How many things of each kind there are."""
    ec2, rds, secrets = (project.client(service) for service in ("ec2", "rds", "secretsmanager"))
    listed = secrets.list_secrets()["SecretList"]
    return {
        "networks": len(ec2.describe_vpcs()["Vpcs"]),
        "subnets": len(ec2.describe_subnets()["Subnets"]),
        "route tables": len(ec2.describe_route_tables()["RouteTables"]),
        "associations": sum(
            len(table["Associations"]) for table in ec2.describe_route_tables()["RouteTables"]
        ),
        "groups": len(ec2.describe_security_groups()["SecurityGroups"]),
        "rules": len(ec2.describe_security_group_rules()["SecurityGroupRules"]),
        "subnet groups": len(rds.describe_db_subnet_groups()["DBSubnetGroups"]),
        "instances": len(rds.describe_db_instances()["DBInstances"]),
        "secrets": len(listed),
        "secret versions": sum(
            len(secrets.list_secret_version_ids(SecretId=secret["ARN"])["Versions"]) for secret in listed
        ),
    }


def changes(project: Project) -> int:
    try:
        return (project.state / "aws.journal").read_bytes().count(b"\n")
    except FileNotFoundError:
        return 0


def recovers_from_a_kill(project: Project, point: int) -> dict[str, int]:
    """Kills an `up` on an empty sandbox after `point` changes, recovers, ends the `up`; what AWS holds then."""
    project.dbstack("sandbox", "reset").ok()
    project.dbstack("sandbox", "start").ok()
    assert kill_engine_when(project, STACK, lambda: changes(project) >= point)
    nothing_is_left_behind(project)
    done = project.dbstack("sandbox", "recover", "--stack", STACK).ok()
    assert "Traceback" not in done.text
    project.up(STACK).ok()
    project.preview_shows_no_change(STACK)
    again = project.dbstack("sandbox", "recover", "--stack", STACK).ok()
    assert f"nothing of {STACK} was interrupted" in again.text
    assert not any(password in text for password in passwords(project) for text in project.log)
    return inventory(project)


def passwords(project: Project) -> list[str]:
    secrets = project.client("secretsmanager")
    held = [
        json.loads(secrets.get_secret_value(SecretId=secret["ARN"])["SecretString"])["password"]
        for secret in secrets.list_secrets()["SecretList"]
    ]
    assert [len(password) for password in held] == [30]
    return held


@pytest.mark.parametrize("point", SAMPLE)
def test_everything_is_there_once(project: Project, whole: dict[str, int], point: int) -> None:
    assert recovers_from_a_kill(project, point) == whole


@pytest.mark.soak
@pytest.mark.parametrize("point", CAMPAIGN)
def test_everything_is_there_once_at_every_point(project: Project, whole: dict[str, int], point: int) -> None:
    assert recovers_from_a_kill(project, point) == whole


def test_a_living_engine_is_not_disturbed(project: Project, whole: dict[str, int]) -> None:
    project.dbstack("sandbox", "reset").ok()
    project.dbstack("sandbox", "start").ok()
    locks = project.state / "backend" / ".pulumi" / "locks"
    answers: list[tuple[int, str]] = []

    def recover_once() -> bool:
        lock = next(locks.glob(f"**/{STACK}/*.json"), None)
        if lock and lock.stat().st_size and not answers:
            engine = json.loads(lock.read_text())["pid"]
            if not running(engine):  # The one that makes the stack.
                return False
            os.kill(engine, signal.SIGSTOP)
            try:
                done = project.dbstack("sandbox", "recover", "--stack", STACK)
            finally:
                os.kill(engine, signal.SIGCONT)
            answers.append((done.code, done.err))
        return False

    assert not kill_engine_when(project, STACK, recover_once)
    [(code, text)] = answers
    assert code == 1
    assert f"is working on {STACK}: wait for it or end it first" in text
    assert inventory(project) == whole
    project.preview_shows_no_change(STACK)
