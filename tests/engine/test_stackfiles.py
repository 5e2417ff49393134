"""A project's own files stay byte-identical, and its secrets never get into the sandbox, whatever Pulumi is asked."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.engine.consumer import consumer, files_of
from tests.engine.project import Project

pytestmark = pytest.mark.engine

PROGRAM = """
    import pulumi
    import pulumi_aws as aws

    config = pulumi.Config()
    secret = aws.secretsmanager.Secret("secret", name="given")
    aws.secretsmanager.SecretVersion(
        "value", secret_id=secret.id, secret_string=config.require_secret("password")
    )
    pulumi.export("password", config.require_secret("password"))
    pulumi.export("octal", config.require("octal"))
    pulumi.export("clock", config.require("clock"))
"""
# As a stack file of a real account looks: a provider, a key and ciphers that only that account can read.
STACK = """\
# what a person wrote, comments included
secretsprovider: awskms://alias/shop?region=eu-west-1
encryptedkey: AQICAHjFakeFakeFake==
config:
  aws:region: eu-west-1   # Ireland
  consumer:octal: "012"
  consumer:clock: 03:00
  consumer:password:
    secure: AAABAFakeCipherOfARealAccount==
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    project = consumer(tmp_path_factory.mktemp("files") / "consumer", PROGRAM, stack=STACK)
    foreign_salt = (
        "encryptionsalt: v1:c2FsdHNhbHQ=:v1:bm9uY2Vub25jZQ==:Zm9yZWlnbg==\nconfig:\n  consumer:octal: x\n"
    )
    (project.folder / "Pulumi.other.yaml").write_text(foreign_salt)
    yield project
    project.stop()


def test_every_command_leaves_the_files_alone(project: Project) -> None:
    before = files_of(project)
    project.up("dev").ok()
    project.preview_shows_no_change("dev")
    project.pulumi("refresh", "--stack", "dev", "--yes", "--skip-preview").ok()
    project.pulumi("stack", "select", "other").ok()
    project.pulumi("config", "--stack", "other").ok()
    project.pulumi("stack", "ls").ok()
    assert files_of(project) == before
    outputs = project.outputs("dev")
    assert (outputs["octal"], outputs["clock"]) == ("012", "03:00")


def test_the_sandboxs_own_secret_is_nowhere_in_clear(project: Project) -> None:
    secret = project.outputs("dev")["password"]
    assert len(secret) == 24
    stored = project.client("secretsmanager", "eu-west-1").get_secret_value(SecretId="given")
    assert stored["SecretString"] == secret
    shown = project.pulumi("preview", "--stack", "dev", "--diff", "--json").ok()
    assert secret not in shown.text
    assert secret not in project.up("dev").ok().text
    searched = 0
    for path in project.state.rglob("*"):
        if path.is_file():
            assert secret.encode() not in path.read_bytes(), path
            searched += 1
    assert searched > 10
    assert "FakeCipher" not in (project.state / "sandbox.log").read_text()


def test_a_secret_of_the_sandbox_outlives_it(project: Project) -> None:
    secret = project.outputs("dev")["password"]
    project.dbstack("sandbox", "stop").ok()
    assert project.outputs("dev")["password"] == secret


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("config", "set", "consumer:octal", "7", "--stack", "dev"), "edit Pulumi.dev.yaml itself"),
        (("up", "--stack", "dev", "--yes", "-c", "consumer:octal=7"), "would change only the sandbox's copy"),
        (("login",), "has its own backend"),
    ],
)
def test_what_would_be_lost_is_refused_in_one_sentence(
    project: Project, words: tuple[str, ...], part: str
) -> None:
    before = files_of(project)
    done = project.pulumi(*words)
    assert done.code == 2
    assert part in done.err
    assert len(done.err.strip().splitlines()) == 1
    assert files_of(project) == before


def test_other_folders_and_paths_work(project: Project, tmp_path: Path) -> None:
    saved = tmp_path / "plan.json"
    relative = os.path.relpath(saved, project.folder)
    project.pulumi("preview", "--stack", "dev", "--save-plan", relative).ok()
    assert saved.exists()
    elsewhere = project.dbstack(
        "sandbox", "run", "--", "sh", "-c", f"cd / && pulumi -C '{project.folder}' stack --show-name -s dev"
    )
    assert elsewhere.ok().out.strip() == "dev"


def test_the_users_own_settings_are_left_alone(project: Project, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    done = project.dbstack("sandbox", "run", "--", "env", f"HOME={home}", "pulumi", "stack", "ls")
    done.ok()
    assert not (home / ".pulumi").exists()


def test_down_leaves_the_files_alone_too(project: Project) -> None:
    before = files_of(project)
    project.pulumi("destroy", "--stack", "dev", "--yes", "--skip-preview").ok()
    assert files_of(project) == before
    assert project.client("secretsmanager", "eu-west-1").list_secrets()["SecretList"] == []
