"""Pulumi mocks with AWS behind them: what a program declares is made in moto, so boto3 reads it back."""

import threading
from types import TracebackType
from typing import Any

from moto import mock_aws
from pulumi.runtime import rpc
from pulumi.runtime.mocks import MockCallArgs, MockResourceArgs, Mocks

from dbstack.sandbox.aws import config
from dbstack.sandbox.aws.backend import MotoBackend
from dbstack.sandbox.aws.clients import client, factory
from dbstack.sandbox.aws.lookups import AwsFunctions
from dbstack.sandbox.moto_ext import install
from dbstack.sandbox.random import RandomBackend
from dbstack.sandbox.wire import UNKNOWN, Blob, listed, mapping, sequence

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"


class RejectedInputs(AssertionError):
    """The provider refuses a resource's inputs, as it would in a preview. Every fault stands in `faults`."""

    def __init__(self, token: str, name: str, faults: list[tuple[str, str]]) -> None:
        self.token, self.name, self.faults = token, name, faults
        lines = "\n".join(f"  - {path}: {reason}" for path, reason in faults)
        super().__init__(f"{token} {name!r} was refused:\n{lines}")


_STASH = "pulumi:index:Stash"


def unwrap(value: Any) -> Any:
    """A value as mocks receive it, in plain Python: secrets unwrapped, whole floats as ints, unknowns marked."""
    fields, items = mapping(value), sequence(value)
    if fields is not None:
        if fields.get(SIGNATURE) == SECRET:
            return unwrap(fields.get("value"))
        plain = {key: unwrap(item) for key, item in fields.items()}
        return {key: item for key, item in plain.items() if item is not None}
    if items is not None:
        return [unwrap(item) for item in items]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return UNKNOWN if isinstance(value, str) and value == rpc.UNKNOWN else value


def secret_names(inputs: dict[str, Any]) -> frozenset[str]:
    """Top-level inputs that are secret or hold a secret."""
    return frozenset(name for name, value in inputs.items() if _holds_secret(value))


def _holds_secret(value: Any) -> bool:
    fields = mapping(value)
    if fields is not None:
        return fields.get(SIGNATURE) == SECRET or any(_holds_secret(item) for item in fields.values())
    return any(_holds_secret(item) for item in listed(value))


def mark_secret(value: Any) -> Any:
    """A value as Pulumi marks secrets on the wire."""
    return {SIGNATURE: SECRET, "value": value}


def _inputs(args: Any) -> dict[str, Any]:
    # Pulumi's own classes say no more than `dict`.
    return args.args if hasattr(args, "args") else args.inputs


def _for_pulumi(value: Any) -> Any:
    if value is UNKNOWN:
        return rpc.UNKNOWN
    fields, items = mapping(value), sequence(value)
    if isinstance(value, Blob):
        # As it came, its signature included: Pulumi reads an archive from it again.
        return {key: _for_pulumi(item) for key, item in value.fields.items()}
    if fields is not None:
        return {key: _for_pulumi(item) for key, item in fields.items()}
    return value if items is None else [_for_pulumi(item) for item in items]


class MotoMocks(Mocks):
    """Mocks for `pulumi.runtime.set_mocks` that validate inputs and make AWS resources in moto.

    A context manager: moto is active (and empty at first) from `with` to its end. `region` is the default
    provider's region; explicit providers have their own. `preview`: nothing is made, computed outputs are unknown.
    Resources of other packages are answered with their inputs only if `pass_through` names their package
    (`("kubernetes",)`), else they are refused by name.
    """

    def __init__(
        self, region: str = "us-east-1", *, preview: bool = False, pass_through: tuple[str, ...] = ()
    ) -> None:
        install()
        self.region = region
        self.preview = preview
        self._pass_through = pass_through
        self._moto = mock_aws()
        self._default = self._aws({"region": region})
        self._providers: dict[str, MotoBackend] = {}
        # Pulumi registers resources from several threads; one at a time keeps ids in the program's order.
        self._lock = threading.RLock()
        self._noted = threading.local()

    def __enter__(self) -> "MotoMocks":
        self._moto.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._moto.stop()

    def client(self, service: str, region: str | None = None) -> Any:
        """A boto3 client that sees what the program made."""
        return client(service, region or self.region)

    def note(self, inputs: dict[str, Any] | None) -> None:
        """Inputs of the resource that this thread registers next, unknown ones marked: Pulumi's mocks drop those."""
        self._noted.inputs = inputs

    def _aws(self, args: dict[str, Any]) -> MotoBackend:
        return MotoBackend(factory(), config.provider(args, {"AWS_REGION": self.region}))

    def _backend(self, token: str, provider: str) -> MotoBackend | RandomBackend | None:
        package = token.split(":", 1)[0]
        if package == "aws":
            return self._providers.get(provider.rsplit("::", 1)[-1], self._default)
        if package == "random":
            return RandomBackend()
        if package in self._pass_through:
            return None
        raise AssertionError(
            f"{token}: the mocks have no provider for the package {package!r}; they serve aws and random"
        )

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        given = _inputs(args)
        noted: dict[str, Any] | None = getattr(self._noted, "inputs", None)
        inputs: dict[str, Any] = unwrap(given) if noted is None else noted
        if not args.custom and not args.resource_id:
            return None, given  # a component
        if args.typ.startswith("pulumi:providers:"):
            return self._new_provider(args.typ.rsplit(":", 1)[-1], args.name, inputs)
        if args.typ == _STASH:  # Kept by the engine itself.
            return f"{args.name}-id", {**given, "output": given.get("input")}
        backend = self._backend(args.typ, args.provider or "")
        if backend is None:
            return f"{args.name}-id", given
        with self._lock:
            if args.resource_id:
                found = backend.read(args.typ, args.resource_id, {}, {})
                if found is None:
                    raise AssertionError(f"{args.typ} {args.name!r}: nothing has the id {args.resource_id!r}")
                resource_id, state, _ = found
            else:
                resource_id, state = self._create(backend, args, inputs)
        secrets = secret_names(given)
        marked = {key: mark_secret(value) if key in secrets else value for key, value in state.items()}
        return resource_id, _for_pulumi(marked)

    def _create(
        self, backend: MotoBackend | RandomBackend, args: MockResourceArgs, inputs: dict[str, Any]
    ) -> tuple[str, dict[str, Any]]:
        checked = backend.check(args.typ, args.name, inputs, {}, args.name.encode())
        if checked.faults:
            raise RejectedInputs(args.typ, args.name, checked.faults)
        if self.preview:
            return "", backend.preview_state(args.typ, checked.inputs)
        return backend.create(args.typ, checked.inputs)

    def _new_provider(self, package: str, name: str, inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        provider_id = f"{name}-provider"
        if package == "aws":
            args, faults = config.check(_provider_args(inputs), {"AWS_REGION": self.region})
            if faults:
                raise RejectedInputs(f"pulumi:providers:{package}", name, faults)
            self._providers[provider_id] = self._aws(args)
        return provider_id, _for_pulumi(inputs)

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        if args.token.split(":", 1)[0] != "aws":
            raise AssertionError(f"{args.token}: the mocks serve functions of the package aws only")
        backend = self._providers.get((args.provider or "").rsplit("::", 1)[-1], self._default)
        with self._lock:
            return AwsFunctions(backend).call(args.token, unwrap(_inputs(args))), []


def _provider_args(inputs: dict[str, Any]) -> dict[str, Any]:
    """Provider configuration: objects travel as JSON text."""
    import json

    def parsed(value: Any) -> Any:
        if isinstance(value, str) and value[:1] in ("{", "["):
            try:
                return json.loads(value)
            except ValueError:
                return value
        return value

    return {key: parsed(value) for key, value in inputs.items()}
