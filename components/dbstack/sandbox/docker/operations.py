"""What each served Docker type does on the engine."""

from typing import Any, Protocol

from dbstack.sandbox.aws.errors import SandboxError
from dbstack.sandbox.aws.model import Props
from dbstack.sandbox.docker import create
from dbstack.sandbox.docker.engine import PULLING, Engine, sentence, status_of
from dbstack.sandbox.docker.table import IMAGE, NETWORK, VOLUME
from dbstack.sandbox.wire import listed


class Operations(Protocol):
    """The operations of one type. `props` and `state` hold known values only."""

    def check(self, props: Props) -> list[tuple[str, str]]:
        """Faults (property, sentence) that the types alone don't show."""
        ...

    def create(self, engine: Engine, props: Props) -> str:
        """Makes the object, whole or not at all, and returns its id."""
        ...

    def read(self, engine: Engine, resource_id: str, prior: Props) -> Props | None:
        """What the engine says of it now; None where it is gone."""
        ...

    def update(self, engine: Engine, resource_id: str, old: Props, new: Props) -> None:
        """Brings changes that replace nothing onto the engine."""
        ...

    def delete(self, engine: Engine, resource_id: str, state: Props) -> None:
        """Deletes it; that it is gone already is no error."""
        ...


def found_labels(found: dict[str, str] | None, prior: Props) -> list[dict[str, str]]:
    """The labels that the program gave, as they are now; labels that the image brought are not the program's."""
    own = create.labels(prior.get("labels"))
    wanted = own or (found or {}) if not prior else own
    return [{"label": key, "value": (found or {}).get(key, "")} for key in wanted if key in (found or {})]


class Network:
    """`docker.Network`."""

    def check(self, props: Props) -> list[tuple[str, str]]:
        return []

    def create(self, engine: Engine, props: Props) -> str:
        configs = [
            {
                "Subnet": item.get("subnet"),
                "Gateway": item.get("gateway"),
                "IPRange": item.get("ipRange"),
                "AuxiliaryAddresses": item.get("auxAddress"),
            }
            for item in listed(props.get("ipamConfigs"))
        ]
        made = engine.api.create_network(
            props["name"],
            driver=props.get("driver") or "bridge",
            options=props.get("options"),
            ipam={"Driver": props.get("ipamDriver") or "default", "Config": configs},
            # Docker allows two networks of one name; nobody could tell them apart.
            check_duplicate=True,
            internal=bool(props.get("internal")),
            labels=create.labels(props.get("labels")),
            enable_ipv6=bool(props.get("ipv6")),
            attachable=bool(props.get("attachable")),
        )
        return str(made["Id"])

    def read(self, engine: Engine, resource_id: str, prior: Props) -> Props | None:
        try:
            found: Any = engine.api.inspect_network(resource_id)
        except Exception as error:
            if status_of(error) == 404:
                return None
            raise
        subnets = [
            {
                key: item[member]
                for key, member in (("subnet", "Subnet"), ("gateway", "Gateway"), ("ipRange", "IPRange"))
                if item.get(member)
            }
            for item in listed(found["IPAM"].get("Config"))
        ]
        return {
            **{key: prior[key] for key in ("ipv6", "attachable", "ipamDriver") if key in prior},
            "_id": found["Id"],
            "name": found["Name"],
            "driver": found["Driver"],
            "internal": found["Internal"],
            "scope": found["Scope"],
            "options": found.get("Options") or {},
            "ipamConfigs": subnets,
            "labels": found_labels(found.get("Labels"), prior),
        }

    def update(self, engine: Engine, resource_id: str, old: Props, new: Props) -> None:
        """Nothing: every change replaces."""

    def delete(self, engine: Engine, resource_id: str, state: Props) -> None:
        try:
            engine.api.remove_network(resource_id)
        except Exception as error:
            if status_of(error) != 404:
                raise


class Volume:
    """`docker.Volume`. Making one that is there already takes it over, as Docker does: that is how data comes back."""

    def check(self, props: Props) -> list[tuple[str, str]]:
        return []

    def create(self, engine: Engine, props: Props) -> str:
        made = engine.api.create_volume(
            props["name"],
            driver=props.get("driver"),
            driver_opts=props.get("driverOpts"),
            labels=create.labels(props.get("labels")),
        )
        return str(made["Name"])

    def read(self, engine: Engine, resource_id: str, prior: Props) -> Props | None:
        try:
            found: Any = engine.api.inspect_volume(resource_id)
        except Exception as error:
            if status_of(error) == 404:
                return None
            raise
        state: Props = {
            "name": found["Name"],
            "driver": found["Driver"],
            "mountpoint": found["Mountpoint"],
            # Those of a volume that was taken over may differ, and a difference would replace it, data and all.
            "labels": prior["labels"] if "labels" in prior else found_labels(found.get("Labels"), prior),
        }
        if options := prior.get("driverOpts") or found.get("Options"):
            state["driverOpts"] = options
        return state

    def update(self, engine: Engine, resource_id: str, old: Props, new: Props) -> None:
        """Nothing: every change replaces."""

    def delete(self, engine: Engine, resource_id: str, state: Props) -> None:
        try:
            engine.api.remove_volume(resource_id)
        except Exception as error:
            if status_of(error) != 404:
                raise


class RemoteImage:
    """`docker.RemoteImage`: pulled if the engine doesn't have it."""

    def check(self, props: Props) -> list[tuple[str, str]]:
        return []

    def create(self, engine: Engine, props: Props) -> str:
        name = str(props["name"])
        with PULLING:
            found = _inspect_image(engine, name)
            if found is None:
                _pull(engine, name, props.get("platform"))
                found = _inspect_image(engine, name)
        if found is None:
            raise SandboxError(f"the image {name} was pulled, and is not there")
        return str(found["Id"]) + name

    def read(self, engine: Engine, resource_id: str, prior: Props) -> Props | None:
        name = str(prior.get("name") or resource_id[len("sha256:") + 64 :])
        # By its id: a tag that has moved on is no reason to replace what runs.
        found = _inspect_image(engine, resource_id.removesuffix(name)) or None
        if found is None:
            return None
        kept = ("keepLocally", "forceRemove", "platform", "pullTriggers", "triggers")
        return {
            **{key: prior[key] for key in kept if key in prior},
            "name": name,
            "imageId": found["Id"],
            "repoDigest": _digest(name, found.get("RepoDigests") or []),
        }

    def update(self, engine: Engine, resource_id: str, old: Props, new: Props) -> None:
        """Nothing: what can change in place says only what a deletion does."""

    def delete(self, engine: Engine, resource_id: str, state: Props) -> None:
        if state.get("keepLocally"):
            return
        try:
            engine.api.remove_image(state.get("name") or resource_id, force=bool(state.get("forceRemove")))
        except Exception as error:
            if status_of(error) != 404:
                raise


def _inspect_image(engine: Engine, name: str) -> Any:
    try:
        return engine.api.inspect_image(name)
    except Exception as error:
        if status_of(error) == 404:
            return None
        raise


def _pull(engine: Engine, name: str, platform: str | None) -> None:
    from docker.utils import parse_repository_tag

    repository, tag = parse_repository_tag(name)
    try:
        for event in engine.api.pull(
            repository, tag=tag or "latest", platform=platform, stream=True, decode=True
        ):
            if "error" in event:
                raise SandboxError(str(event["error"]))
    except Exception as error:
        raise SandboxError(
            f"the image {name} is not on this machine and can't be pulled: {sentence(error)}"
        ) from None


def _digest(name: str, digests: list[str]) -> str:
    """`repository@sha256:...` of this image's own repository; empty where it was never in a registry."""
    repository = name.partition("@")[0]
    if ":" in repository.rpartition("/")[2]:
        repository = repository.rpartition(":")[0]
    return next((digest for digest in digests if digest.partition("@")[0] == repository), "")


SIMPLE: dict[str, Operations] = {NETWORK: Network(), VOLUME: Volume(), IMAGE: RemoteImage()}
