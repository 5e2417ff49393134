"""Starting the background process when one of another run is in the way."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dbstack.sandbox import process
from dbstack.sandbox.errors import SandboxError, UsageError
from dbstack.sandbox.paths import Layout

HOLDER = """
import fcntl, os, sys, time
lock = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
fcntl.flock(lock, fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(60)
"""
BROKEN = "import sys; print('the reason stands here', file=sys.stderr); sys.exit(1)"


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "state").make()


def test_a_hanging_process_is_replaced(
    layout: Layout, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(process, "STOP_SECONDS", 0.2)
    broken = tmp_path / "broken.py"
    broken.write_text(BROKEN)
    monkeypatch.setattr(process, "ENTRY", broken)
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(layout.lock)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        address = {"port": 1, "token": "x", "endpoint": "", "pid": holder.pid}
        layout.control.write_text(json.dumps(address))
        with pytest.raises(SandboxError, match="the reason stands here"):
            process.start(layout)
        assert holder.wait(10) == -9


def test_a_process_that_does_not_start_tells_why(
    layout: Layout, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text(BROKEN)
    monkeypatch.setattr(process, "ENTRY", broken)
    with pytest.raises(SandboxError, match="did not start: the reason stands here") as caught:
        process.start(layout)
    assert str(layout.log) in str(caught.value)
    assert not layout.control.exists()


def test_nothing_of_the_users_gets_into_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "real")
    monkeypatch.setenv("PULUMI_ACCESS_TOKEN", "real")
    monkeypatch.setenv("PYTHONPATH", "real")
    environment = process._clean_environment()
    assert "real" not in environment.values()
    assert environment["AWS_CONFIG_FILE"] == os.devnull


def test_reset_and_stop_without_a_sandbox_do_nothing(tmp_path: Path) -> None:
    nowhere = Layout(tmp_path / "nowhere")
    process.reset(nowhere)
    assert process.stop(nowhere) is False
    assert not nowhere.root.exists()


def test_a_folder_of_something_else_is_neither_filled_nor_wiped(tmp_path: Path) -> None:
    home = Layout(tmp_path / "home")
    home.root.mkdir()
    letter = home.root / "letter.txt"
    letter.write_text("dear")
    (home.root / ".gitignore").write_text("*\n")
    for act in (process.reset, process.start):
        with pytest.raises(UsageError, match="is not a sandbox's folder and not empty"):
            act(home)
    assert sorted(path.name for path in home.root.iterdir()) == [".gitignore", "letter.txt"]
    assert letter.read_text() == "dear"


def test_a_state_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=r"can't keep its state in .*DBSTACK_SANDBOX_DIR"):
        Layout(tmp_path / "file").make()
    with pytest.raises(UsageError, match="can't keep its state in"):
        Layout(tmp_path / "file" / "below").make()


def test_a_reset_sandbox_is_made_anew(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "state").make()
    (layout.root / "aws.key").write_text("")
    process.reset(layout)
    assert {path.name for path in layout.root.iterdir()} <= {"start.lock"}
    assert layout.make().backend.is_dir()
