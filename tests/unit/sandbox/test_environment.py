"""The executables and the variables of ``dbstack sandbox run``."""

import os
import subprocess
from pathlib import Path

import pytest

from dbstack.sandbox.control import Address
from dbstack.sandbox.engine import SHIM_MARK, Engine, find_on_path
from dbstack.sandbox.environment import make_executables, sandbox_environment
from dbstack.sandbox.paths import Layout

ADDRESS = Address(1, "token", "http://127.0.0.1:4567", 1)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "a state folder").make()


def names(layout: Layout) -> set[str]:
    return {path.name for path in layout.bin.iterdir()} - {"aws"}


def built(tmp_path: Path, origin: str) -> Engine:
    path = tmp_path / "engine" / "pulumi"
    path.parent.mkdir(exist_ok=True)
    path.write_text("#!/bin/sh\necho v3.259.0\n")
    path.chmod(0o755)
    return Engine(str(path), "3.259.0", origin, "")


def test_only_an_engine_without_a_language_host_gets_ours(layout: Layout, tmp_path: Path) -> None:
    providers = {"pulumi", "pulumi-resource-aws", "pulumi-resource-random", "pulumi-resource-docker"}
    make_executables(layout, built(tmp_path, "modules"))
    assert names(layout) == providers | {"pulumi-language-python"}
    (tmp_path / "engine" / "pulumi-language-python").touch()
    make_executables(layout, built(tmp_path, "path"))
    assert names(layout) == providers


def test_none_of_them_is_taken_for_the_users_own(layout: Layout, tmp_path: Path) -> None:
    make_executables(layout, built(tmp_path, "modules"))
    for name in names(layout):
        assert SHIM_MARK in (layout.bin / name).read_text()
        assert find_on_path(name, str(layout.bin)) is None


def test_without_an_engine_pulumi_gets_one_when_it_is_called(
    layout: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_executables(layout, None)
    assert "pulumi-language-python" not in names(layout)
    own = tmp_path / "own"
    own.mkdir()
    (own / "pulumi").symlink_to(built(tmp_path, "path").path)
    monkeypatch.setenv("PATH", f"{layout.bin}:{own}:/usr/bin:/bin")
    done = subprocess.run(
        [layout.bin / "pulumi", "version"], capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    assert done.stdout == "v3.259.0\n"
    assert "your own, found on PATH" in done.stderr
    assert str(own / "pulumi") in (layout.bin / "pulumi").read_text()


def test_what_another_command_is_writing_is_left_alone(layout: Layout, tmp_path: Path) -> None:
    (layout.bin / ".pulumi.123").touch()
    (layout.bin / "pulumi-resource-gone").touch()
    make_executables(layout, built(tmp_path, "modules"))
    assert (layout.bin / ".pulumi.123").exists()
    assert not (layout.bin / "pulumi-resource-gone").exists()


def test_nothing_real_is_handed_on(layout: Layout) -> None:
    user = {
        "PATH": "/usr/bin",
        "HOME": "/home/me",
        "AWS_PROFILE": "real",
        "AWS_SESSION_TOKEN": "real",
        "AWS_ENDPOINT_URL_RDS": "real",
        "AWS_SECRET_ACCESS_KEY": "real",
        "PULUMI_ACCESS_TOKEN": "real",
        "PULUMI_CONFIG_PASSPHRASE": "real",
    }
    environment = sandbox_environment(layout, ADDRESS, user)
    assert "real" not in environment.values()
    assert environment["HOME"] == "/home/me"
    assert environment["AWS_ENDPOINT_URL"] == ADDRESS.endpoint
    assert environment["PATH"].split(":")[0] == str(layout.bin)
    assert environment["PATH"].split(":")[-1] == "/usr/bin"
    assert oct(layout.passphrase.stat().st_mode)[-3:] == "600"


@pytest.mark.parametrize(
    ("user", "region"),
    [
        ({}, "us-east-1"),
        ({"AWS_DEFAULT_REGION": "eu-west-1"}, "eu-west-1"),
        ({"AWS_REGION": "eu-west-3"}, "eu-west-3"),
    ],
)
def test_the_region_is_the_users(layout: Layout, user: dict[str, str], region: str) -> None:
    environment = sandbox_environment(layout, ADDRESS, user)
    assert (environment["AWS_REGION"], environment["AWS_DEFAULT_REGION"]) == (region, region)
