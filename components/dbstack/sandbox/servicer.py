"""The provider servers that the Pulumi engine talks to, written on the protocol itself.

Not on `pulumi.provider.experimental`: that prints Python tracebacks into users' errors, drops the old inputs and
has no working DiffConfig.
"""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn, Protocol

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

from dbstack.sandbox.aws import config
from dbstack.sandbox.aws.backend import Checked, MotoBackend, Naming
from dbstack.sandbox.aws.clients import factory
from dbstack.sandbox.aws.diff import Diff
from dbstack.sandbox.aws.errors import NotServed, PartialFailure, SandboxError
from dbstack.sandbox.aws.lookups import AwsFunctions
from dbstack.sandbox.aws.model import Props
from dbstack.sandbox.docker.backend import DockerBackend
from dbstack.sandbox.docker.engine import Engine
from dbstack.sandbox.random import RandomBackend
from dbstack.sandbox.wire import UNKNOWN, Unknown, has_unknown, plain, wire

_log = logging.getLogger(__name__)

_MODES = {
    provider_pb2.CheckRequest.AutonamingOptions.Mode.DISABLE: "disable",
    provider_pb2.CheckRequest.AutonamingOptions.Mode.PROPOSE: "propose",
    provider_pb2.CheckRequest.AutonamingOptions.Mode.ENFORCE: "enforce",
}
_KINDS = {
    "add": (provider_pb2.PropertyDiff.Kind.ADD, provider_pb2.PropertyDiff.Kind.ADD_REPLACE),
    "update": (provider_pb2.PropertyDiff.Kind.UPDATE, provider_pb2.PropertyDiff.Kind.UPDATE_REPLACE),
    "delete": (provider_pb2.PropertyDiff.Kind.DELETE, provider_pb2.PropertyDiff.Kind.DELETE_REPLACE),
}


class Backend(Protocol):
    """What a provider does for one resource; `MotoBackend` describes each operation."""

    def check(
        self, token: str, name: str, news: Props, olds: Props, seed: bytes = b"", naming: Naming | None = None
    ) -> Checked: ...
    def preview_state(self, token: str, inputs: Props) -> Props: ...
    def create(self, token: str, inputs: Props) -> tuple[str, Props]: ...
    def read(
        self, token: str, resource_id: str, state: Props, inputs: Props
    ) -> tuple[str, Props, Props] | None: ...
    def diff(
        self, token: str, state: Props, old_inputs: Props, news: Props, ignore_changes: Sequence[str] = ()
    ) -> Diff: ...
    def preview_update(
        self, token: str, state: Props, old_inputs: Props, news: Props, ignore_changes: Sequence[str] = ()
    ) -> Props: ...
    def update(
        self,
        token: str,
        resource_id: str,
        state: Props,
        old_inputs: Props,
        news: Props,
        ignore_changes: Sequence[str] = (),
    ) -> Props: ...
    def delete(self, token: str, resource_id: str, state: Props) -> None: ...


class Package(Protocol):
    """What makes one provider package: its configuration, its backend and its functions."""

    name: str
    version: str

    def check_config(self, news: Props) -> tuple[Props, list[tuple[str, str]]]: ...
    def configure(self, args: Props) -> Backend: ...
    def invoke(self, backend: Backend, token: str, args: Props) -> Props: ...


class AwsPackage:
    """The `aws` package over the moto at an endpoint; regions default to the caller's environment."""

    name = "aws"
    version = "7.51.1"

    def __init__(self, endpoint_url: str, environ: Mapping[str, str]) -> None:
        self._endpoint_url = endpoint_url
        self._environ = environ

    def check_config(self, news: Props) -> tuple[Props, list[tuple[str, str]]]:
        return config.check(news, self._environ)

    def configure(self, args: Props) -> Backend:
        backend = MotoBackend(factory(self._endpoint_url), config.provider(args, self._environ))
        if args.get("allowedAccountIds") or args.get("forbiddenAccountIds"):
            config.check_account(args, backend.account_id)
        return backend

    def invoke(self, backend: Backend, token: str, args: Props) -> Props:
        assert isinstance(backend, MotoBackend)
        return AwsFunctions(backend).call(token, args)


class RandomPackage:
    """The `random` package: no configuration, no functions."""

    name = "random"
    version = "4.21.4"

    def check_config(self, news: Props) -> tuple[Props, list[tuple[str, str]]]:
        return news, []

    def configure(self, args: Props) -> Backend:
        return RandomBackend()

    def invoke(self, backend: Backend, token: str, args: Props) -> Props:
        raise NotServed(f"the sandbox does not serve the function {token}: the random provider has none")


class DockerPackage:
    """The `docker` package, over the Docker engine that the caller's environment or the configuration names."""

    name = "docker"
    version = "5.2.0"

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def check_config(self, news: Props) -> tuple[Props, list[tuple[str, str]]]:
        strange = sorted(news.keys() - {"host", "version", "disableDockerDaemonCheck"})
        known = "the sandbox takes `host` only; it uses the environment's own certificates and logins"
        return news, [(key, f"is not served: {known}") for key in strange]

    def configure(self, args: Props) -> Backend:
        host = args.get("host")
        return DockerBackend(Engine(self._environ, host if isinstance(host, str) else None))

    def invoke(self, backend: Backend, token: str, args: Props) -> Props:
        raise NotServed(f"the sandbox does not serve the function {token} of the docker provider")


PACKAGES: dict[str, Callable[[str, Mapping[str, str]], Package]] = {
    "aws": AwsPackage,
    "random": lambda _endpoint, _environ: RandomPackage(),
    "docker": lambda _endpoint, environ: DockerPackage(environ),
}


def servicer_for(
    package: str, endpoint_url: str, environ: Mapping[str, str] | None = None
) -> provider_pb2_grpc.ResourceProviderServicer:
    """A provider server for one provider resource.

    `endpoint_url` is the moto server; `environ` the environment of whoever started the provider (for the
    default region). Raises LookupError, which names the packages served, for any other package.
    """
    if package not in PACKAGES:
        served = ", ".join(PACKAGES)
        raise LookupError(f"the sandbox has no provider for the package {package!r}; it serves {served}")
    return ProviderServicer(PACKAGES[package](endpoint_url, environ or {}))


def _token(request: Any) -> str:
    """The resource type: given by newer engines, else the last part of the URN's type."""
    return request.type or request.urn.split("::")[2].split("$")[-1]


def _name(request: Any) -> str:
    return request.name or request.urn.split("::", 3)[-1]


class ProviderServicer(provider_pb2_grpc.ResourceProviderServicer):
    """One provider resource of one program."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._backend: Backend | None = None

    # -- the plugin itself ---------------------------------------------------------------------------------

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> Any:
        return plugin_pb2.PluginInfo(version=self._package.version)

    def GetSchema(self, request: Any, context: grpc.ServicerContext) -> Any:
        schema = {"name": self._package.name, "version": self._package.version}
        return provider_pb2.GetSchemaResponse(schema=json.dumps(schema))

    def Attach(self, request: Any, context: grpc.ServicerContext) -> Any:
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> Any:
        return empty_pb2.Empty()

    # -- configuration -------------------------------------------------------------------------------------

    def CheckConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        inputs, faults = self._package.check_config(_config(plain(request.news)))
        return provider_pb2.CheckResponse(inputs=wire(_config_wire(inputs)), failures=_failures(faults))

    def DiffConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        olds = _config(plain(request.old_inputs) or plain(request.olds))
        news = _config(plain(request.news))
        changed = sorted(key for key in {*olds, *news} if olds.get(key) != news.get(key) and key != "version")
        some, none = provider_pb2.DiffResponse.DIFF_SOME, provider_pb2.DiffResponse.DIFF_NONE
        # No change of configuration replaces: what lives in another region is replaced by its own diff.
        return provider_pb2.DiffResponse(changes=some if changed else none, diffs=changed)

    def Configure(self, request: Any, context: grpc.ServicerContext) -> Any:
        args = _config(plain(request.args))
        for key, value in request.variables.items():
            args.setdefault(key.rsplit(":", 1)[-1], _json_or_text(value))
        try:
            self._backend = self._package.configure(args)
        except Exception as error:
            _fail(context, error)
        return provider_pb2.ConfigureResponse(
            acceptSecrets=False,
            supportsPreview=True,
            acceptResources=False,
            acceptOutputs=False,
            supports_autonaming_configuration=True,
        )

    def _ready(self) -> Backend:
        if self._backend is None:
            raise SandboxError("the provider was not configured")
        return self._backend

    # -- resources -----------------------------------------------------------------------------------------

    def Check(self, request: Any, context: grpc.ServicerContext) -> Any:
        naming = None
        if request.HasField("autonaming"):
            mode: Any = _MODES.get(request.autonaming.mode, "default")
            naming = Naming(mode, request.autonaming.proposed_name)
        try:
            checked = self._ready().check(
                _token(request),
                _name(request),
                plain(request.news),
                plain(request.olds),
                bytes(request.randomSeed),
                naming,
            )
        except Exception as error:
            _fail(context, error)
        return provider_pb2.CheckResponse(inputs=wire(checked.inputs), failures=_failures(checked.faults))

    def Diff(self, request: Any, context: grpc.ServicerContext) -> Any:
        try:
            diff = self._ready().diff(
                _token(request),
                plain(request.olds),
                plain(request.old_inputs),
                plain(request.news),
                list(request.ignoreChanges),
            )
        except Exception as error:
            _fail(context, error)
        some, none = provider_pb2.DiffResponse.DIFF_SOME, provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(
            changes=some if diff.changes else none,
            replaces=list(dict.fromkeys(change.prop for change in diff.changes if change.replaces)),
            diffs=list(diff.changed),
            deleteBeforeReplace=diff.delete_before_replace,
            hasDetailedDiff=True,
            detailedDiff={
                change.path: provider_pb2.PropertyDiff(
                    kind=_KINDS[change.change][change.replaces], inputDiff=change.input_diff
                )
                for change in diff.changes
            },
        )

    def Create(self, request: Any, context: grpc.ServicerContext) -> Any:
        token, inputs = _token(request), plain(request.properties)
        try:
            if request.preview:
                return provider_pb2.CreateResponse(
                    properties=wire(self._ready().preview_state(token, inputs))
                )
            resource_id, state = self._ready().create(token, inputs)
        except Exception as error:
            _fail(context, error, inputs)
        return provider_pb2.CreateResponse(id=resource_id, properties=wire(state))

    def Read(self, request: Any, context: grpc.ServicerContext) -> Any:
        try:
            found = self._ready().read(
                _token(request), request.id, plain(request.properties), plain(request.inputs)
            )
        except Exception as error:
            _fail(context, error)
        if found is None:
            return provider_pb2.ReadResponse()
        resource_id, state, inputs = found
        return provider_pb2.ReadResponse(id=resource_id, properties=wire(state), inputs=wire(inputs))

    def Update(self, request: Any, context: grpc.ServicerContext) -> Any:
        news = plain(request.news)
        arguments = (plain(request.olds), plain(request.old_inputs), news, list(request.ignoreChanges))
        try:
            if request.preview:
                state = self._ready().preview_update(_token(request), *arguments)
            else:
                state = self._ready().update(_token(request), request.id, *arguments)
        except Exception as error:
            _fail(context, error, news)
        return provider_pb2.UpdateResponse(properties=wire(state))

    def Delete(self, request: Any, context: grpc.ServicerContext) -> Any:
        try:
            self._ready().delete(_token(request), request.id, plain(request.properties))
        except Exception as error:
            _fail(context, error)
        return empty_pb2.Empty()

    def Invoke(self, request: Any, context: grpc.ServicerContext) -> Any:
        args = plain(request.args)
        try:
            if has_unknown(args):
                return provider_pb2.InvokeResponse()
            result = self._package.invoke(self._ready(), request.tok, args)
        except Exception as error:
            _fail(context, error)
        response = provider_pb2.InvokeResponse()
        # The field is called `return`, which Python can't spell.
        getattr(response, "return").CopyFrom(wire(result))
        return response


def _failures(faults: Sequence[tuple[str, str]]) -> list[Any]:
    # Not as `property`: the engine would print its value beside the reason, also that of a secret.
    return [provider_pb2.CheckFailure(reason=f"{path}: {reason}") for path, reason in faults]


def _json_or_text(value: Any) -> Any:
    """Provider configuration travels as JSON inside strings, except plain strings."""
    if not isinstance(value, str):
        return value
    try:
        parsed = json.loads(value)
    except ValueError:
        return value
    return parsed if isinstance(parsed, (dict, list, bool)) else value  # pyright: ignore[reportUnknownVariableType]


def _config(values: Props) -> Props:
    return {key: _json_or_text(value) for key, value in values.items()}


def _config_wire(values: Props) -> Props:
    return {
        key: value if isinstance(value, (str, Unknown)) else json.dumps(value)
        for key, value in values.items()
        if value is not None
    }


def _fail(context: grpc.ServicerContext, error: Exception, inputs: Props | None = None) -> NoReturn:
    """Ends the request with one sentence. An object that exists already travels along, so that Pulumi keeps it."""
    if isinstance(error, PartialFailure):
        detail = provider_pb2.ErrorResourceInitFailed(
            id=error.resource_id,
            properties=wire({key: value for key, value in error.state.items() if value is not UNKNOWN}),
            reasons=[error.reason],
            inputs=wire(inputs or {}),
        )
        status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=error.reason)
        packed: Any = status.details.add()
        packed.Pack(detail)
        context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
        context.abort(grpc.StatusCode.UNKNOWN, error.reason)
    if isinstance(error, NotServed):
        context.abort(grpc.StatusCode.UNIMPLEMENTED, str(error))
    if not isinstance(error, SandboxError):
        _log.error("the provider failed", exc_info=error)
        context.abort(grpc.StatusCode.INTERNAL, f"the sandbox failed: {type(error).__name__}: {error}")
    context.abort(grpc.StatusCode.UNKNOWN, str(error))
    raise AssertionError("abort does not return")
