"""The shadow project: what Pulumi gets to see in the sandbox, and that the real files are only read."""

from pathlib import Path

import pytest
import yaml
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from dbstack.sandbox import vault
from dbstack.sandbox.errors import UsageError
from dbstack.sandbox.paths import Layout
from dbstack.sandbox.shadow import Shadow, make_shadow

PROJECT = """\
name: shop
runtime:
  name: python
  options: {toolchain: pip, virtualenv: .venv}
main: infra/
backend: {url: "https://example.invalid"}
packages:
  dbstack: ../library/components
  other: acme/other@v1.2.3
  third: {source: ./third, version: 1.0.0}
plugins:
  providers:
    - {name: mine, path: ../mine/bin}
"""
STACK = """\
secretsprovider: awskms://alias/shop
encryptedkey: AQICAH
encryptionsalt: v1:abc=:v1:def:ghi
config:
  aws:region: eu-west-1
  shop:octal: 012
  shop:clock: 03:00
  shop:answer: yes
  shop:day: 2024-01-31
  shop:password:
    secure: AAAB-real-cipher
  shop:nested:
    list:
      - secure: AAAB-first
      - plain
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(vault, "_ROUNDS", 10)  # The million rounds are Pulumi's; here they only cost time.
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text(PROJECT)
    (folder / "Pulumi.prod.yaml").write_text(STACK)
    return folder


def shadow_of(project: Path) -> Shadow:
    return make_shadow(Layout(project / "state").make(), project)


def stack_of(project: Path) -> dict[str, object]:
    text = (shadow_of(project).folder / "Pulumi.prod.yaml").read_text()
    return dict(yaml.safe_load(text))


def decrypt(project: Path, text: str) -> str:
    layout = Layout(project / "state")
    key = vault.Vault(layout)._key
    _, nonce, cipher = text.split(":")
    decode = vault.base64.b64decode
    return AESGCM(key).decrypt(decode(nonce), decode(cipher), None).decode()


def test_paths_become_absolute_and_the_backend_is_left_out(project: Path) -> None:
    settings = yaml.safe_load((shadow_of(project).folder / "Pulumi.yaml").read_text())
    assert settings["name"] == "shop"
    assert settings["main"] == str(project / "infra")
    assert settings["runtime"]["options"]["virtualenv"] == str(project / ".venv")
    assert settings["packages"] == {
        "dbstack": str(project.parent / "library" / "components"),
        "other": "acme/other@v1.2.3",
        "third": {"source": str(project / "third"), "version": "1.0.0"},
    }
    assert settings["plugins"]["providers"][0] == {
        "name": "mine",
        "path": str(project.parent / "mine" / "bin"),
    }
    assert "backend" not in settings


def test_a_project_without_main_runs_its_own_folder(project: Path) -> None:
    (project / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    settings = yaml.safe_load((shadow_of(project).folder / "Pulumi.yaml").read_text())
    assert settings["main"] == str(project)
    assert settings["runtime"] == "python"


def test_the_plugins_on_path_are_named_in_the_project(project: Path) -> None:
    layout = Layout(project / "state").make()
    (layout.bin / "pulumi-resource-aws").touch()
    (layout.bin / "pulumi-resource-mine").touch()
    (layout.bin / "pulumi-language-python").touch()
    settings = yaml.safe_load((make_shadow(layout, project).folder / "Pulumi.yaml").read_text())
    providers = {item["name"]: item["path"] for item in settings["plugins"]["providers"]}
    assert providers == {"aws": str(layout.bin), "mine": str(project.parent / "mine" / "bin")}
    assert settings["plugins"]["languages"] == [{"name": "python", "path": str(layout.bin)}]


def test_the_users_backend_is_kept_out_of_a_stack_file(project: Path) -> None:
    text = (shadow_of(project).folder / "Pulumi.prod.yaml").read_text()
    for foreign in ("awskms", "AQICAH", ":def:", "AAAB-"):
        assert foreign not in text
    assert text.startswith("encryptionsalt: v1:")


def test_values_keep_their_spelling(project: Path) -> None:
    text = (shadow_of(project).folder / "Pulumi.prod.yaml").read_text()
    for line in ("shop:octal: 012", "shop:clock: 03:00", "shop:answer: yes", "shop:day: 2024-01-31"):
        assert f"  {line}\n" in text


def test_secrets_are_random_usable_as_passwords_and_stay_the_same(project: Path) -> None:
    first = stack_of(project)["config"]
    assert isinstance(first, dict)
    secret = decrypt(project, first["shop:password"]["secure"])
    assert len(secret) == 24
    assert secret.isalnum()
    listed = first["shop:nested"]["list"]
    assert decrypt(project, listed[0]["secure"]) != secret
    assert listed[1] == "plain"
    assert stack_of(project)["config"] == first


def test_the_salt_proves_the_passphrase_as_pulumi_checks_it(project: Path) -> None:
    salt = str(stack_of(project)["encryptionsalt"])
    version, _, proof = salt.split(":", 2)
    assert version == "v1"
    assert decrypt(project, proof) == "pulumi"


def test_real_files_are_only_read(project: Path) -> None:
    before = {path: path.read_bytes() for path in project.glob("Pulumi*")}
    shadow_of(project)
    assert {path: path.read_bytes() for path in project.glob("Pulumi*")} == before


def test_a_changed_stack_file_is_read_anew(project: Path) -> None:
    shadow_of(project)
    (project / "Pulumi.prod.yaml").write_text("config:\n  shop:x: 2\n")
    assert stack_of(project)["config"] == {"shop:x": 2}


def test_a_deleted_stack_file_leaves_no_config_behind(project: Path) -> None:
    shadow_of(project)
    (project / "Pulumi.prod.yaml").unlink()
    assert list(stack_of(project)) == ["encryptionsalt"]


def test_a_stack_file_folder_of_its_own(project: Path) -> None:
    (project / "stacks").mkdir()
    (project / "Pulumi.prod.yaml").rename(project / "stacks" / "Pulumi.prod.yaml")
    (project / "Pulumi.yaml").write_text(PROJECT + "stackConfigDir: stacks\n")
    shadow = shadow_of(project)
    assert shadow.stacks == ("prod",)
    assert "stackConfigDir" not in (shadow.folder / "Pulumi.yaml").read_text()


def test_esc_environments_are_left_out_and_said(project: Path) -> None:
    (project / "Pulumi.prod.yaml").write_text("environment:\n  - shop/prod\nconfig:\n  shop:x: 1\n")
    shadow = shadow_of(project)
    assert shadow.notes == (
        "Pulumi.prod.yaml: values from Pulumi ESC environments are not read in the sandbox",
    )
    assert "environment" not in (shadow.folder / "Pulumi.prod.yaml").read_text()


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("Pulumi.yaml", "runtime: python\n", "has no `name`"),
        ("Pulumi.yaml", "- a\n", "does not hold a mapping"),
        ("Pulumi.prod.yaml", "config: [\n", "is not valid YAML"),
    ],
)
def test_a_broken_file_is_named(project: Path, file: str, text: str, message: str) -> None:
    (project / file).write_text(text)
    with pytest.raises(UsageError, match=message) as caught:
        shadow_of(project)
    assert file in str(caught.value)


def test_two_projects_of_one_name_do_not_meet(project: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "Pulumi.yaml").write_text(PROJECT)
    layout = Layout(project / "state").make()
    assert make_shadow(layout, project).folder != make_shadow(layout, other).folder
