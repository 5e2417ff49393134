"""Where passwords of users go: Secrets Manager for a database of AWS, files for any other; and what is described."""

import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from dbstack.ops import OpsError, OpsUsageError, Target
from dbstack.ops.roles.describing import described
from dbstack.ops.roles.secret_store import FileStore
from dbstack.spec.database_roles import RolesSpec, UserSpec
from dbstack.spec.types import DatabaseRole

STACK = """\
config:
  aws:region: eu-west-1
  dbstack:stack:
    environment: prod
    network: {vpcCidr: 10.20.0.0/16}
    tags: {team: shop}
    databases:
      app:
        engine: postgres
        engineVersion: "17"
        instanceClass: db.t3.micro
        tags: {cost: "7"}
        roles: {prefix: shop, users: {service: {roles: [read, write], iam: true}}}
    clusters:
      events:
        engine: aurora-postgresql
        engineVersion: "17"
        instanceClass: db.r6g.large
        instances: {one: {}, two: {}}
        roles: {schemas: [public, billing]}
"""
ARN = "arn:aws:rds:eu-west-1:123456789012:db:shop-prod-app"


def target(**given: Any) -> Target:
    words = {"stack": "acme/shop/prod", "name": "app", "arn": ARN, **given}
    return Target("postgres", "db.example", 5432, "orders", "dbadmin", "hunter2222", **words)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.prod.yaml").write_text(STACK)
    return tmp_path


@mock_aws
def test_a_secret_of_secrets_manager(project: Path):
    store = described(target(), None, project).store
    client: Any = boto3.client("secretsmanager", region_name="eu-west-1")
    assert store.read("service") is None
    assert not store.pending("service")
    store.stage("service", "first")
    store.promote("service")
    assert store.read("service") == "first"
    found = client.describe_secret(SecretId="shop-prod-app-service")
    assert found["Tags"] == [
        {"Key": "Environment", "Value": "prod"}, {"Key": "team", "Value": "shop"}, {"Key": "cost", "Value": "7"},
    ]  # fmt: skip
    assert json.loads(client.get_secret_value(SecretId="shop-prod-app-service")["SecretString"]) == {
        "engine": "postgres", "host": "db.example", "port": 5432, "dbname": "orders", "username": "service",
        "password": "first", "dbInstanceIdentifier": "shop-prod-app",
    }  # fmt: skip


@mock_aws
def test_a_new_password_waits_beside_the_old_one(project: Path):
    store = described(target(), None, project).store
    store.stage("service", "first")
    store.stage("service", "second")
    assert store.pending("service")
    assert store.read("service") == "first"
    store.drop("service")
    assert not store.pending("service")
    store.promote("service")
    assert store.read("service") == "first"
    store.stage("service", "third")
    store.promote("service")
    assert store.read("service") == "third"
    assert not store.pending("service")
    client: Any = boto3.client("secretsmanager", region_name="eu-west-1")
    old = client.get_secret_value(SecretId="shop-prod-app-service", VersionStage="AWSPREVIOUS")
    assert json.loads(old["SecretString"])["password"] == "first"


@mock_aws
def test_what_secrets_manager_refuses(project: Path):
    client: Any = boto3.client("secretsmanager", region_name="eu-west-1")
    client.create_secret(Name="shop-prod-app-service", SecretString="hunter22")
    store = described(target(), None, project).store
    with pytest.raises(
        OpsError, match=r"^the secret shop-prod-app-service is no secret in the shape of RDS's"
    ) as told:
        store.read("service")
    assert "hunter22" not in str(told.value)
    client.delete_secret(SecretId="shop-prod-app-service")
    with pytest.raises(OpsError, match=r"refuses \(InvalidRequestException.*your role needs secretsmanager:"):
        store.read("service")


def test_the_stack_file_describes_the_roles(project: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    wanted = described(target(), None, project).roles
    assert wanted == RolesSpec("shop", ("public",), (), {"service": UserSpec(DatabaseRole.WRITE, True)})
    assert described(target(name="events"), None, project).roles == RolesSpec(schemas=("public", "billing"))
    assert described(target(name="another"), None, project).roles == RolesSpec()
    (project / "roles.yaml").write_text("prefix: own\n")
    assert described(target(), project / "roles.yaml", project).roles == RolesSpec("own")
    (project / "Pulumi.prod.yaml").write_text(STACK.replace("roles: {prefix", "rolls: {prefix"))
    with pytest.raises(
        OpsUsageError, match=r"Pulumi.prod.yaml: databases.app.rolls: is unknown: did you mean 'roles'"
    ):
        described(target(), None, project)
    (project / "Pulumi.prod.yaml").unlink()
    assert described(target(), None, project).roles == RolesSpec()


def test_a_mysql_of_the_stack_file_is_for_its_own_database(project: Path):
    text = STACK.replace("engine: postgres", "engine: mysql").replace('"17"', '"8.4"', 1)
    (project / "Pulumi.prod.yaml").write_text(text)
    of_docker = Target(
        "mysql", "127.0.0.1", 3306, "orders", "dbadmin", "hunter2222", stack="prod", name="app"
    )
    found = described(of_docker, None, project)
    assert found.roles == RolesSpec("shop", (), (), {"service": UserSpec(DatabaseRole.WRITE, True)})
    found.store.stage("service", "first")
    kept = json.loads((project / ".dbstack/secrets/prod/app/service.json").read_text())
    assert (kept["engine"], kept["port"]) == ("mysql", 3306)


def test_a_container_and_a_url_have_files(project: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(project)
    of_docker = described(target(arn=""), None, project).store
    assert of_docker.place("service") == ".dbstack/secrets/prod/app/service.json"
    of_url = described(
        target(
            arn="",
            stack="",
            name="",
        ),
        None,
        project,
    ).store
    assert of_url.place("service") == ".dbstack/secrets/db.example-5432/orders/service.json"
    socket = FileStore(Path("root"), ["/var/run/../x-5432", ".."], target())
    assert socket.place("u") == "root/var-run-..-x-5432/local/u.json"
