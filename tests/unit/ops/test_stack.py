"""Finding a database in a stack's outputs, as the Pulumi command line prints them."""

import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from click.testing import CliRunner
from moto import mock_aws

from dbstack.cli import main
from dbstack.ops import OpsError, OpsUsageError, stack_target

DOCKER = {
    "host": "127.0.0.1", "port": 5433, "database": "app", "username": "dbadmin", "engine": "postgres",
    "secretArn": "", "arn": "",
    "url": "postgresql://dbadmin:hunter%2F22@127.0.0.1:5433/app?sslmode=verify-full&sslrootcert=/ca.crt",
}  # fmt: skip
AWS = {
    "host": "app.x.us-east-1.rds.amazonaws.com", "port": 5432, "database": "app", "username": "dbadmin",
    "engine": "postgres", "arn": "arn:aws:rds:us-east-1:123456789012:db:app",
    "url": "postgresql://dbadmin@app.x.us-east-1.rds.amazonaws.com:5432/app",
}  # fmt: skip


class Stacks:
    """A project folder, and a `pulumi` on PATH that prints what it is told."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.monkeypatch = folder, monkeypatch
        (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
        (folder / "bin").mkdir()
        monkeypatch.setenv("PATH", f"{folder / 'bin'}:/usr/bin:/bin")
        monkeypatch.delenv("DBSTACK_SANDBOX", raising=False)

    def print(self, outputs: Any, error: str = "") -> None:
        text = outputs if isinstance(outputs, str) else json.dumps(outputs)
        (self.folder / "out").write_text(text)
        (self.folder / "err").write_text(error)
        program = self.folder / "bin" / "pulumi"
        program.write_text(
            '#!/bin/sh\ncat err >&2\n[ -s err ] && exit 1\n[ "$7" = local ] && cat out\necho "$@" > words\n'
        )
        program.chmod(0o755)

    def target(self, database: str | None = None, **words: str):
        return stack_target(self.folder, "local", database, **words)


@pytest.fixture
def stacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stacks:
    return Stacks(tmp_path, monkeypatch)


def test_a_docker_databases_password_and_authority_are_in_its_url(stacks: Stacks):
    stacks.print({"databases": {"app": DOCKER}})
    target = stacks.target()
    assert target.label == "app at 127.0.0.1:5433"
    assert (target.password, target.sslmode, target.sslrootcert) == ("hunter/22", "verify-full", "/ca.crt")
    assert "hunter" not in repr(target)
    assert stacks.target(sslmode="require", sslrootcert="/other").sslrootcert == "/other"
    words = (stacks.folder / "words").read_text()
    assert words == "stack output --json --show-secrets --non-interactive --stack local\n"


@mock_aws
def test_a_password_of_aws_is_in_the_secret(stacks: Stacks, monkeypatch: pytest.MonkeyPatch):
    client: Any = boto3.client("secretsmanager", region_name="eu-west-1")
    good = client.create_secret(
        Name="a", SecretString=json.dumps({"username": "dbadmin", "password": "hunter22"})
    )
    stacks.print({"databases": {"app": {**AWS, "secretArn": good["ARN"]}}})
    assert (stacks.target().password, stacks.target().sslmode) == ("hunter22", "verify-full")
    odd = client.create_secret(Name="b", SecretString="hunter22")
    stacks.print({"databases": {"app": {**AWS, "secretArn": odd["ARN"]}}})
    with pytest.raises(OpsError, match="has not the shape of RDS's") as told:
        stacks.target()
    assert "hunter22" not in str(told.value)
    stacks.print({"databases": {"app": {**AWS, "secretArn": good["ARN"] + "x"}}})
    with pytest.raises(OpsError, match=r"can't be read from arn.*ResourceNotFoundException.*GetSecretValue"):
        stacks.target()


def test_databases_and_clusters_are_chosen_by_name(stacks: Stacks):
    stacks.print(
        {"databases": {"app": DOCKER}, "clusters": {"events": {**DOCKER, "engine": "aurora-postgresql"}}}
    )
    assert stacks.target("events").engine == "aurora-postgresql"
    with pytest.raises(OpsUsageError, match=r"has several databases: choose with -d app \| events"):
        stacks.target()
    with pytest.raises(OpsUsageError, match="has no database 'shop'; it has: app, events"):
        stacks.target("shop")


@pytest.mark.parametrize(
    ("outputs", "error", "words"),
    [
        ({}, "", "the stack local has no output `databases`"),
        ("hunter22", "", "are no JSON"),
        ({"databases": {"app": {"host": "x"}}}, "", "has no output port, username, engine"),
        ({}, "error: no stack named 'local' found", "can't be read: no stack named 'local' found"),
        (
            {},
            "error: postgres://u:hunter22@db/x: incorrect passphrase",
            "can't be read: postgres://u:.*incorrect",
        ),
    ],
)
def test_what_cannot_be_read(stacks: Stacks, outputs: Any, error: str, words: str):
    stacks.print(outputs, error)
    with pytest.raises(OpsError, match=words) as told:
        stacks.target()
    assert "hunter22" not in str(told.value)


def test_without_pulumi_and_without_a_sandbox(stacks: Stacks):
    with pytest.raises(
        OpsUsageError, match=r"no stack local in the sandbox, and no pulumi on PATH.*make up STACK=local"
    ):
        stacks.target()


def test_the_sandboxs_aws_runs_no_database(stacks: Stacks, monkeypatch: pytest.MonkeyPatch):
    stacks.print({"databases": {"app": AWS}})
    monkeypatch.setenv("DBSTACK_SANDBOX", "1")
    with pytest.raises(
        OpsError, match="deployed to the sandbox, which answers as AWS but runs no database: use"
    ):
        stacks.target()
    stacks.print({"databases": {"app": DOCKER}})
    assert stacks.target().password == "hunter/22"


@pytest.mark.parametrize(
    "words", [["migrate", "up"], ["migrate", "check"], ["backup", "create", "--to", "x"], ["inspect"]]
)
def test_a_mysql_is_for_roles_alone(
    stacks: Stacks, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: list[str]
):
    mysql = {**DOCKER, "engine": "mysql", "port": 3307, "url": "mysql://dbadmin:hunter22@127.0.0.1:3307/app"}
    stacks.print({"databases": {"app": mysql}})
    monkeypatch.chdir(stacks.folder)
    (stacks.folder / "migrations").mkdir()
    done = CliRunner().invoke(main, [*words, "-s", "local"])
    assert (done.exit_code, done.output) == (
        2,
        "error: app runs on mysql: this command is for PostgreSQL alone\n",
    )
    # libpq's variables are not for it; a container's authority is where this machine keeps it.
    monkeypatch.setenv("PGSSLMODE", "disable")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert (stacks.target().sslmode, stacks.target().sslrootcert) == ("verify-full", "")
    authority = tmp_path / "dbstack/ca/ca.crt"
    authority.parent.mkdir(parents=True)
    authority.touch()
    assert stacks.target().sslrootcert == str(authority)
    assert stacks.target().password == "hunter22"
