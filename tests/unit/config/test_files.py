"""`dbstack check`: the files as Pulumi reads them, duplicate names, secrets, and what else the file has to hold."""

from pathlib import Path

import pytest
import yaml

from dbstack.config import check_files
from dbstack.config.yaml_file import read_yaml

ROOT = Path(__file__).parents[3]
STACK = """\
config:
  aws:region: us-east-1
  dbstack:stack:
    environment: prod
    network: {vpcCidr: 10.20.0.0/16}
    databases:
      app:
        engine: postgres
        engineVersion: "17"
        instanceClass: db.t3.micro
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project folder whose stack file `dev` a test writes."""
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    return tmp_path


def check(project, text, stack="dev"):
    (project / f"Pulumi.{stack}.yaml").write_text(text)
    found = check_files(project, stack)
    assert all(file == project / f"Pulumi.{stack}.yaml" for file, _ in found)
    return {fault.path: fault.message for _, fault in found}


def test_the_shipped_stack_files_are_sound(monkeypatch):
    monkeypatch.delenv("AWS_REGION", raising=False)
    assert {file.name for file in ROOT.glob("Pulumi.*.yaml")} >= {
        "Pulumi.dev.yaml",
        "Pulumi.staging.yaml",
        "Pulumi.prod.yaml",
    }
    assert check_files(ROOT) == []


def test_a_sound_file(project):
    assert check(project, STACK) == {}
    assert check_files(project) == []


def test_every_stack_is_checked_unless_one_is_named(project):
    check(project, STACK)
    check(project, STACK.replace("prod", '""'), stack="bad")
    assert [file.name for file, _ in check_files(project)] == ["Pulumi.bad.yaml"]
    assert check_files(project, "dev") == []
    assert check_files(project, "acme/shop/dev") == []
    assert len(check_files(project, "acme/shop/bad")) == 1


def test_faults_have_the_path_within_the_object(project):
    found = check(project, STACK.replace('"17"', "17").replace("db.t3.micro", "db.t3.tiny"))
    assert found == {
        "databases.app.engineVersion": "17 is a number: give a text, put it in quotes",
        "databases.app.instanceClass": "'db.t3.tiny' is not an instance class: "
        "that family has no size 'tiny', sizes are micro, small, medium, large, xlarge, 2xlarge",
    }


@pytest.mark.parametrize(
    ("text", "path", "lines"),
    [
        (STACK + "        engine: mysql\n", "databases.app.engine", "lines 8 and 11"),
        (STACK + "      app: {engine: mysql}\n", "databases.app", "lines 7 and 11"),
        (STACK + "  dbstack:stack: {}\n", "", "lines 3 and 11"),
        (STACK + "        replicas: {a: {}, a: {}}\n", "databases.app.replicas.a", "lines 11 and 11"),
        (STACK + "  aws:region: eu-west-1\n", "aws:region", "lines 2 and 11"),
        (STACK + "config: {}\n", "config", "lines 1 and 11"),
    ],
)
def test_duplicate_names(project, text, path, lines):
    found = check(project, text)
    assert found[path].startswith(f"stands there twice ({lines}): remove or rename one")


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("config: {a: [1, 2\n", "is not YAML: line 2, column 1"),
        ("config:\n\ta: 1\n", "is not YAML: line 2, column 1: found character '\\t'"),
        ("config: 'x\n", "is not YAML: line 2"),
        ("a: b: c\n", "is not YAML: line 1, column 5: mapping values are not allowed here"),
        ("a: *nowhere\n", "is not YAML: line 1, column 4: found undefined alias"),
    ],
)
def test_syntax_errors_are_one_sentence_with_the_line(project, text, part):
    found = check(project, text)
    assert list(found) == [""]
    assert part in found[""]
    assert "\n" not in found[""]


@pytest.mark.parametrize("text", ["", "# nothing\n", "config:\n", "encryptionsalt: x\n", "- a\n", "5\n"])
def test_a_file_without_config(project, text):
    assert check(project, text) == {
        "config": "is missing: the file needs `config:` with `dbstack:stack:` under it"
    }


def test_config_without_the_object(project):
    assert check(project, "config: {aws:region: us-east-1}\n") == {
        "dbstack:stack": "is missing: describe the stack's network and databases under it"
    }


SECURE = "{secure: AAABAKoz}"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (STACK + f"        password: {SECURE}\n", "databases.app.password"),
        (STACK + f"        password: {{config: {SECURE}}}\n", "databases.app.password.config"),
        (STACK + f"        tags: {{a: {SECURE}}}\n", "databases.app.tags.a"),
        (f"config: {{dbstack:stack: {SECURE}}}\n", "dbstack:stack"),
    ],
)
def test_no_secret_stands_inside_the_object(project, text, path):
    found = check(project, text)
    assert list(found) == [path]
    assert "a secret can't stand inside this object: name its key" in found[path]
    assert "AAABAKoz" not in found[path]


def test_a_password_key_must_be_there_and_secret(project):
    wanting = STACK + "        password: {config: dbstack:appPassword}\n"
    path = "databases.app.password.config"
    assert check(project, wanting) == {
        path: "'dbstack:appPassword' is not in the file: "
        "set it with `pulumi config set --secret dbstack:appPassword`"
    }
    clear = check(project, wanting + "  dbstack:appPassword: sesame1234\n")
    assert "stands in clear in the file" in clear[path]
    assert "sesame" not in clear[path]
    assert check(project, wanting + f"  dbstack:appPassword: {SECURE}\n") == {}


def test_a_password_in_the_place_of_its_key_is_not_shown(project):
    found = check(project, STACK + "        password: {config: hunter2hunter2}\n")
    assert "is not a config key" in found["databases.app.password.config"]
    assert "hunter2" not in str(check_files(project, "dev"))


def test_the_region_of_the_file_the_project_or_the_environment(project, monkeypatch):
    without = STACK.replace("  aws:region: us-east-1\n", "")
    assert list(check(project, without)) == ["network.availabilityZoneNames"]
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    assert check(project, without) == {}
    monkeypatch.delenv("AWS_REGION")
    for written in ("us-east-1", "{value: us-east-1}", "{default: us-east-1}"):
        (project / "Pulumi.yaml").write_text(f"name: shop\nconfig: {{aws:region: {written}}}\n")
        assert check(project, without) == {}
    assert check(project, STACK.replace("us-east-1", "Virginia")) == {
        "aws:region": "'Virginia' is not an AWS region: write e.g. us-east-1"
    }
    assert "is not a text" in check(project, STACK.replace("us-east-1", "[a]"))["aws:region"]


def test_the_object_as_json_text(project):
    text = """config: {aws:region: us-east-1, dbstack:stack: '{"environment": ""}'}"""
    assert set(check(project, text)) == {"environment", "network", "databases"}


def test_no_project(tmp_path):
    ((file, fault),) = check_files(tmp_path)
    assert file == tmp_path
    assert fault.message == "there is no Pulumi.yaml: run this in the folder of your Pulumi project"
    (tmp_path / "Pulumi.yaml").write_text("name: [\n")
    ((file, fault),) = check_files(tmp_path)
    assert file.name == "Pulumi.yaml"
    assert fault.message.startswith("is not YAML: line 2")


def test_no_such_stack(project):
    ((_, fault),) = check_files(project, "nowhere")
    assert fault.message == "there is no Pulumi.nowhere.yaml: make one, or name another stack"
    ((_, fault),) = check_files(project)
    assert "there is no Pulumi.<stack>.yaml" in fault.message


def test_stack_files_in_their_own_folder(project):
    (project / "Pulumi.yaml").write_text("name: shop\nstackConfigDir: stacks\n")
    (project / "stacks").mkdir()
    (project / "stacks/Pulumi.dev.yaml").write_text(STACK)
    assert check_files(project) == []


def test_a_file_that_cannot_be_read(project):
    (project / "Pulumi.dev.yaml").write_bytes(b"\xff\xfe\x00x")
    ((_, fault),) = check_files(project)
    assert fault.message == "can't be read: it is not UTF-8 text"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"),
        ("on", "on"),
        ("true", True),
        ("False", False),
        ("12:30", "12:30"),
        ("20", 20),
        ("-5", -5),
        ("8.4", 8.4),
        ("0.5", 0.5),
        ("010", "010"),
        ("1e3", 1000.0),
        ("2026-01-01", "2026-01-01"),
        ("03:00-04:00", "03:00-04:00"),
        ("~", None),
        ('"20"', "20"),
        ("10.20.0.0/16", "10.20.0.0/16"),
    ],
)
def test_plain_words_mean_what_they_do_to_pulumi(tmp_path, text, value):
    (tmp_path / "a.yaml").write_text(f"a: {text}\n")
    content, found = read_yaml(tmp_path / "a.yaml")
    assert found == []
    assert content == {"a": value}
    assert type(content["a"]) is type(value)


def test_anchors_and_aliases(project):
    shared = STACK.replace("      app:", "      app: &app").rstrip() + "\n      other: *app\n"
    assert check(project, shared) == {}
    merged = STACK.replace("      app:", "      app: &app") + "      other: {<<: *app, port: 1}\n"
    assert list(check(project, merged)) == ["databases.other.port"]
    found = check(project, "config: &a {dbstack:stack: *a}\n")
    assert found == {"": "an object in it contains itself, through an alias: write it out"}


def test_reading_leaves_yaml_itself_alone(tmp_path):
    (tmp_path / "a.yaml").write_text("a: yes\n")
    read_yaml(tmp_path / "a.yaml")
    assert yaml.safe_load("a: yes") == {"a": True}


def test_nothing_is_contacted(project, monkeypatch):
    def refuse(*_arguments, **_options):
        raise AssertionError("a connection was opened")

    monkeypatch.setattr("socket.socket.connect", refuse)
    monkeypatch.setattr("subprocess.Popen", refuse)
    assert check(project, STACK) == {}
