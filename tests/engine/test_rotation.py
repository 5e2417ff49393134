"""A password that was rotated behind Pulumi's back: nothing puts the old one back."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from tests.engine.project import Project

pytestmark = pytest.mark.engine

VERSION = "aws:secretsmanager/secretVersion:SecretVersion"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    project = Project.copy(tmp_path_factory.mktemp("rotation") / "project")
    project.edit("dev", password={"source": "generated", "rotation": {"days": 1}})
    config = project.config("dev")
    config["config"]["dbstack:stack"]["network"]["endpoints"] = ["secretsmanager"]
    (project.folder / "Pulumi.dev.yaml").write_text(json.dumps(config))
    project.up("dev").ok()
    yield project
    project.stop()


def rotate(client: Any, secret: str) -> str:
    """What a rotation function leaves in Secrets Manager."""
    value = json.loads(client.get_secret_value(SecretId=secret)["SecretString"])
    new = uuid.uuid4().hex
    text = json.dumps({**value, "password": new})
    client.put_secret_value(SecretId=secret, SecretString=text, VersionStages=["AWSCURRENT"])
    return new


def test_up_leaves_a_rotated_password_alone(project: Project) -> None:
    project.preview_shows_no_change("dev")
    secret = project.outputs("dev")["databases"]["app"]["secretArn"]
    client = project.client("secretsmanager")
    rotate(client, secret)
    new = rotate(client, secret)
    # The first version has no label of AWS's by now, and stays for its own.
    (version,) = project.resources("dev", VERSION)
    stages = client.describe_secret(SecretId=secret)["VersionIdsToStages"]
    assert stages[version["outputs"]["versionId"]] == ["dbstack-first"]
    project.pulumi("up", "--stack", "dev", "--yes", "--skip-preview", "--refresh").ok()
    project.edit("dev", tags={"Team": "orders"})
    project.up("dev").ok()
    project.preview_shows_no_change("dev")
    # Rotation taken away again: still nothing is put back.
    project.edit("dev", password={"rotation": None})
    config = project.config("dev")
    del config["config"]["dbstack:stack"]["databases"]["app"]["password"]["rotation"]
    (project.folder / "Pulumi.dev.yaml").write_text(json.dumps(config))
    project.up("dev").ok()
    value = client.get_secret_value(SecretId=secret, VersionStage="AWSCURRENT")["SecretString"]
    assert json.loads(value)["password"] == new


def test_the_password_moves_to_rds_and_back_where_that_is_asked_for(project: Project) -> None:
    """terraform-aws-modules/terraform-aws-rds 568 and 588: the plan breaks, and there is no way back."""
    rds, secrets = project.client("rds"), project.client("secretsmanager")
    held: list[dict[str, str]] = []
    for source in ("managed", "generated"):
        project.edit("dev", password={"source": source})
        project.up("dev").ok()
        [found] = rds.describe_db_instances()["DBInstances"]
        told = project.outputs("dev")["databases"]["app"]["secretArn"]
        managed = found.get("MasterUserSecret", {}).get("SecretArn")
        assert (told == managed) is (source == "managed")
        assert managed is None or source == "managed"
        held.append(json.loads(secrets.get_secret_value(SecretId=told)["SecretString"]))
    assert len({one["password"] for one in held}) == 2
    project.preview_shows_no_change("dev")
    assert not any(one["password"] in text for one in held for text in project.log)
