"""The id of an object that an interrupted create made before Pulumi heard of it: known by its name."""

from typing import Any

from dbstack.sandbox.aws.errors import NotServed
from dbstack.sandbox.aws.model import Props
from dbstack.sandbox.docker.engine import Engine, status_of
from dbstack.sandbox.docker.table import CONTAINER, IMAGE, NETWORK, TYPES, VOLUME


def find_existing(token: str, inputs: Props, engine: Engine) -> str | None:
    """Id of what the inputs of a pending create describe, or None.

    A container that was made and never started lacks its files: it holds no data and is removed, as its create would
    have done. Raises `NotServed` for a type that the sandbox does not serve.
    """
    if token not in TYPES:
        raise NotServed(f"the sandbox does not serve the resource type {token}")
    name = str(inputs.get("name") or "")
    if not name:
        return None
    try:
        return {CONTAINER: _container, NETWORK: _network, VOLUME: _volume, IMAGE: _image}[token](
            engine.api, name
        )
    except Exception as error:
        if status_of(error) == 404:
            return None
        raise


def _container(api: Any, name: str) -> str | None:
    found = api.inspect_container(name)
    if found["State"]["Status"] == "created":
        api.remove_container(found["Id"], v=True, force=True)
        return None
    return str(found["Id"])


def _network(api: Any, name: str) -> str | None:
    # Docker finds a network by the beginning of its id, too.
    return next((str(item["Id"]) for item in api.networks(names=[name]) if item["Name"] == name), None)


def _volume(api: Any, name: str) -> str:
    return str(api.inspect_volume(name)["Name"])


def _image(api: Any, name: str) -> str:
    return str(api.inspect_image(name)["Id"]) + name
