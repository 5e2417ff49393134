"""The containers, volumes and networks of a component, made alike: local only, health-gated, replaced in turn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import pulumi
import pulumi_docker as docker

from dbstack.common.children import Children
from dbstack.spec.docker_plan import HealthSpec

T = TypeVar("T")

HOST = "127.0.0.1"
"""Nothing is published to other machines."""
ROLES = ("image", "network", "volume", "container", "password")
_GRACE_SECONDS = 60
_WAIT_SECONDS = 180
_START_PERIOD_SECONDS = 120


@dataclass(frozen=True)
class File:
    """A file in a container; a secret one is readable by its owner only."""

    path: str
    content: pulumi.Input[str]
    owner: str = "0"
    mode: str = "0644"


def make_image(name: str, reference: str, children: Children) -> pulumi.Output[str]:
    """The image, pulled if need be, by its digest: a tag that moves on changes nothing here."""
    made = children.make("image", docker.RemoteImage, name, {"name": reference, "keep_locally": True})
    # One that was built here has no digest of a registry's.
    return pulumi.Output.all(made.repo_digest, made.image_id).apply(lambda known: known[0] or known[1])


def make_network(name: str, physical: str, children: Children) -> pulumi.Output[str]:
    """A network of the component's own, by its name."""
    return children.make("network", docker.Network, name, {"name": physical}).name


def make_volume(name: str, physical: str, keep: bool, children: Children) -> pulumi.Output[str]:
    """A named volume. Every change of a property would replace it, data and all: none is looked at.

    One that was there before is taken over as it is, with the driver and the options that it has.
    """
    options = pulumi.ResourceOptions(
        retain_on_delete=True if keep else None, ignore_changes=["driver", "driverOpts", "labels"]
    )
    return children.make("volume", docker.Volume, name, {"name": physical}, options).name


def health(tests: Sequence[str], spec: HealthSpec) -> dict[str, Any]:
    """A health check that looks every second while the container starts."""
    return {
        "tests": list(tests),
        "interval": f"{spec.interval_seconds}s",
        "timeout": f"{spec.timeout_seconds}s",
        "retries": spec.retries,
        "start_period": f"{_START_PERIOD_SECONDS}s",
        "start_interval": "1s",
    }


def make_container(
    name: str,
    physical: str,
    children: Children,
    *,
    image: pulumi.Input[str],
    network: pulumi.Input[str],
    alias: str,
    port: tuple[int, int],
    checked: Mapping[str, Any],
    environment: Mapping[str, str] | None = None,
    command: Sequence[str] | None = None,
    entrypoint: Sequence[str] | None = None,
    volumes: Mapping[str, pulumi.Input[str]] | None = None,
    init_folder: tuple[str, str] | None = None,
    files: Sequence[File] = (),
    memory_mib: int | None = None,
    stop_signal: str | None = None,
    user: str | None = None,
    after: Sequence[pulumi.Resource] = (),
) -> "docker.Container":
    """One container, returned as soon as it is healthy. `port` is (inside, on 127.0.0.1)."""
    mounts: list[dict[str, Any]] = [
        {"container_path": path, "volume_name": volume} for path, volume in (volumes or {}).items()
    ]
    if init_folder is not None:
        mounts.append({"container_path": init_folder[0], "host_path": init_folder[1], "read_only": True})
    return children.make(
        "container",
        docker.Container,
        name,
        {
            "name": physical,
            "image": image,
            "command": list(command) if command else None,
            "entrypoints": list(entrypoint) if entrypoint else None,
            "envs": [f"{key}={value}" for key, value in (environment or {}).items()] or None,
            "networks_advanced": [{"name": network, "aliases": sorted({alias, physical})}],
            "ports": [{"internal": port[0], "external": port[1], "ip": HOST}],
            "volumes": mounts or None,
            "uploads": [
                {
                    "file": file.path,
                    "content": file.content,
                    "owner": file.owner,
                    "group": file.owner,
                    "permissions": file.mode,
                }
                for file in files
            ]
            or None,
            "healthcheck": checked,
            "wait": True,
            "wait_timeout": _WAIT_SECONDS,
            "restart": "unless-stopped",
            "memory": memory_mib,
            "stop_signal": stop_signal,
            "user": user,
            "destroy_grace_seconds": _GRACE_SECONDS,
        },
        pulumi.ResourceOptions(
            # Two servers can share neither the name nor the port nor the data.
            delete_before_replace=True,
            # Upstream changes a health check in the state only.
            replace_on_changes=["healthcheck"],
            depends_on=list(after),
        ),
    )


def once_healthy(container: "docker.Container", value: T) -> pulumi.Output[T]:
    """A value that is told only when the container is healthy."""

    def tell(_: object) -> T:
        return value

    return container.id.apply(tell)
