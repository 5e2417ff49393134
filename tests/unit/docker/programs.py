"""Docker components deployed by the mocks, and what they ask of Docker."""

from typing import Any

from dbstack import DockerDatabase, DockerStack
from dbstack.sandbox.docker import create
from dbstack.sandbox.docker.backend import DockerBackend
from dbstack.sandbox.docker.engine import Engine
from dbstack.sandbox.docker.table import CONTAINER
from dbstack.testing import Deployment, MotoMocks, deploy

RESOURCE = {"instance_class": "db.t3.micro"}
APP: dict[str, Any] = {"engine": "postgres", "engine_version": "17", "database_name": "app", **RESOURCE}


def local(args: dict[str, Any], component: Any = DockerDatabase, name: str = "app") -> Deployment:
    """A component in the project `shop`, stack `local`; its outputs are the stack's."""

    def program() -> dict[str, Any]:
        made = component(name, args)
        return {name: getattr(made, name) for name in type(made).__annotations__}

    return deploy(program, project="shop", stack="local", mocks=MotoMocks(pass_through=("docker",)))


def stack(**args: Any) -> Deployment:
    """A `DockerStack`."""
    return local({"databases": {"app": APP}, **args}, DockerStack, "stack")


def asked(deployment: Deployment, name: str) -> dict[str, Any]:
    """The body of Docker's create call for a container; its inputs are sound."""
    inputs = {"image": "sha256:1", **deployment.one(CONTAINER, name).inputs}
    checked = DockerBackend(Engine({})).check(CONTAINER, name, inputs, {})
    assert checked.faults == []
    return create.body(checked.inputs, (1, 44))


def files(deployment: Deployment, name: str) -> dict[str, Any]:
    """The files that a container gets, by path."""
    return {item["file"]: item for item in deployment.one(CONTAINER, name).inputs["uploads"]}


def containers(deployment: Deployment) -> list[str]:
    """Names of the containers' resources."""
    return sorted(item.name for item in deployment.of_type(CONTAINER))
