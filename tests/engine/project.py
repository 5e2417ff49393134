"""A private copy of this repository's Pulumi project with a sandbox of its own, driven by the real command line."""

import copy
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import yaml

ROOT = Path(__file__).resolve().parents[2]
DBSTACK = Path(sys.executable).with_name("dbstack")


READING = tuple(("sandbox", "run", "--", "pulumi", verb) for verb in ("stack", "preview"))


def alive(control: Path) -> str:
    """What the control file says of the sandbox's process; empty if there is none."""
    try:
        told = control.read_text()
        os.kill(json.loads(told)["pid"], 0)
    except (OSError, ValueError):
        return ""
    return told


@dataclass(frozen=True)
class Finished:
    """A command that ended."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err

    def ok(self) -> "Finished":
        assert self.code == 0, f"exit {self.code}\n{self.text}"
        return self


@dataclass
class Project:
    """A project folder and its sandbox. `log` collects all that was ever printed."""

    folder: Path
    log: list[str] = field(default_factory=list)
    _outputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    _environment: tuple[str, dict[str, str]] = ("", {})

    @classmethod
    def copy(cls, folder: Path) -> "Project":
        folder.mkdir(parents=True)
        for file in ROOT.glob("Pulumi*.yaml"):
            shutil.copy(file, folder)
        shutil.copytree(ROOT / "infra", folder / "infra", ignore=shutil.ignore_patterns("__pycache__"))
        project = cls(folder)
        settings = yaml.safe_load((folder / "Pulumi.yaml").read_text())
        settings["runtime"]["options"]["virtualenv"] = sys.prefix
        (folder / "Pulumi.yaml").write_text(yaml.safe_dump(settings))
        return project

    @property
    def state(self) -> Path:
        return self.folder / ".dbstack" / "sandbox"

    def dbstack(self, *arguments: str, timeout: float = 300) -> Finished:
        """`dbstack ARGUMENTS` in the project's folder."""
        if arguments[:5] not in READING:
            self._outputs.clear()
        done = subprocess.run(
            [DBSTACK, *arguments],
            cwd=self.folder,
            env=os.environ | {"DBSTACK_SANDBOX_DIR": str(self.state)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        self.log.append(done.stdout + done.stderr)
        return Finished(done.returncode, done.stdout, done.stderr)

    def pulumi(self, *arguments: str) -> Finished:
        return self.dbstack("sandbox", "run", "--", "pulumi", *arguments)

    def up(self, stack: str) -> Finished:
        return self.pulumi("up", "--stack", stack, "--yes", "--skip-preview")

    def preview_shows_no_change(self, stack: str) -> None:
        self.pulumi("preview", "--stack", stack, "--expect-no-changes").ok()

    def outputs(self, stack: str) -> dict[str, Any]:
        """Asked for once after each command that may change them."""
        if stack not in self._outputs:
            told = self.pulumi("stack", "output", "--stack", stack, "--json", "--show-secrets").ok().out
            self._outputs[stack] = json.loads(told)
        return copy.deepcopy(self._outputs[stack])

    def export(self, stack: str) -> dict[str, Any]:
        return json.loads(self.pulumi("stack", "export", "--stack", stack).ok().out)

    def resources(self, stack: str, type_token: str) -> list[dict[str, Any]]:
        resources = self.export(stack)["deployment"].get("resources", [])
        return [resource for resource in resources if resource["type"] == type_token]

    def client(self, service: str, region: str = "us-east-1") -> Any:
        """A boto3 client of the sandbox, with the environment that `dbstack sandbox run` gives."""
        environment = self.environment()
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=environment["AWS_ENDPOINT_URL"],
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        )

    def environment(self) -> dict[str, str]:
        """What `dbstack sandbox run` gives a command; asked for once for each process that the sandbox was."""
        process = alive(self.state / "control.json")
        if not process or process != self._environment[0]:
            dump = "import json, os; print(json.dumps(dict(os.environ)))"
            told = self.dbstack("sandbox", "run", "--", sys.executable, "-c", dump).ok().out
            self._environment = (alive(self.state / "control.json"), json.loads(told))
        return self._environment[1]

    def config(self, stack: str) -> dict[str, Any]:
        return yaml.safe_load((self.folder / f"Pulumi.{stack}.yaml").read_text())

    def edit(self, stack: str, **settings: Any) -> None:
        """Set fields of the database `app` in Pulumi.<stack>.yaml."""
        config = self.config(stack)
        app = config["config"]["dbstack:stack"]["databases"]["app"]
        for name, value in settings.items():
            app[name] = {**app[name], **value} if isinstance(value, dict) and name in app else value
        (self.folder / f"Pulumi.{stack}.yaml").write_text(yaml.safe_dump(config))

    def stop(self) -> None:
        self.dbstack("sandbox", "stop")
