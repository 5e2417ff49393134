"""A private copy of this repository's project whose stack `local` runs on the test images."""

import subprocess
from pathlib import Path
from typing import Any

import yaml
from tests.docker.conftest import free_port
from tests.docker.images import image
from tests.engine.project import Project


class LocalProject(Project):
    """A project with one stack, `local`; containers are named after the project."""

    @classmethod
    def make(cls, folder: Path, prefix: str, **settings: Any) -> "LocalProject":
        project = cls.copy(folder)
        described = yaml.safe_load((folder / "Pulumi.yaml").read_text())
        described["name"] = prefix
        (folder / "Pulumi.yaml").write_text(yaml.safe_dump(described))
        for file in folder.glob("Pulumi.*.yaml"):
            if file.name != "Pulumi.local.yaml":
                file.unlink()
        own: dict[str, Any] = {"image": image("postgres"), "port": free_port()}
        config = project.config("local")
        del config["config"]["dbstack:stack"]["databases"]["app"]["replicas"]
        (folder / "Pulumi.local.yaml").write_text(yaml.safe_dump(config))
        project.edit(
            "local",
            engineVersion="15",
            docker={**own, **settings.pop("docker", {})},
            **settings,
        )
        project.companions({})
        return project

    def companions(self, settings: dict[str, Any]) -> None:
        config = self.config("local")
        config["config"]["dbstack:stack"]["docker"] = settings
        self.write("local", config)

    def write(self, stack: str, config: dict[str, Any]) -> None:
        """Puts a stack's config in the place of its file's."""
        (self.folder / f"Pulumi.{stack}.yaml").write_text(yaml.safe_dump(config))

    @property
    def app(self) -> dict[str, Any]:
        """The outputs of the database `app`."""
        return self.outputs("local")["databases"]["app"]

    def down(self) -> None:
        self.pulumi("destroy", "--stack", "local", "--yes", "--skip-preview").ok()


def sql(url: str, statement: str) -> str:
    """What psql prints; raises with its words where it fails."""
    done = subprocess.run(
        ["psql", url, "-XAtqc", statement], capture_output=True, text=True, check=False, timeout=60
    )
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return done.stdout.strip()
