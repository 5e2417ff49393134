"""A mock monitor that remembers what Pulumi's own forgets: parents, options, secretness, registered outputs."""

import asyncio
import threading
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pulumi.runtime.mocks import MockMonitor, Mocks

from dbstack.sandbox.wire import plain
from dbstack.testing.mocks import SECRET, SIGNATURE, MotoMocks

HOOKS = (
    "before_create",
    "after_create",
    "before_update",
    "after_update",
    "before_delete",
    "after_delete",
    "on_error",
)


@dataclass
class RecordedResource:
    """One registration: what the program asked for, and what came back."""

    urn: str
    type: str
    name: str
    parent: str
    """URN of the parent, "" for the stack itself."""
    custom: bool
    inputs: dict[str, Any]
    """Inputs by Pulumi's (camelCase) names, secrets unwrapped."""
    secret_inputs: frozenset[str]
    id: str = ""
    outputs: dict[str, Any] = field(default_factory=dict[str, Any])
    """Properties that the provider returned; empty for components."""
    secret_outputs: frozenset[str] = frozenset()
    registered_outputs: dict[str, Any] | None = None
    """What a component gave to `register_outputs`; None if it never called it."""
    secret_registered_outputs: frozenset[str] = frozenset()
    protect: bool | None = None
    retain_on_delete: bool | None = None
    delete_before_replace: bool | None = None
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    additional_secret_outputs: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    """Names, types or URNs of former selves, as `name=…`, `type=…`, `parent=…` or the URN."""
    dependencies: tuple[str, ...] = ()
    deleted_with: str = ""
    import_id: str = ""
    provider: str = ""
    version: str = ""
    custom_timeouts: dict[str, str] = field(default_factory=dict[str, str])
    hooks: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])


def _fields(struct: Any) -> Iterator[tuple[str, Any]]:
    yield from struct.fields.items()


def _secrets(struct: Any) -> frozenset[str]:
    return frozenset(name for name, value in _fields(struct) if _holds_secret(value))


def _holds_secret(value: Any) -> bool:
    match value.WhichOneof("kind"):
        case "struct_value":
            signature = value.struct_value.fields.get(SIGNATURE)
            if signature is not None and signature.string_value == SECRET:
                return True
            return any(_holds_secret(item) for _, item in _fields(value.struct_value))
        case "list_value":
            return any(_holds_secret(item) for item in value.list_value.values)
        case _:
            return False


@contextmanager
def _closed_thread_loop() -> Generator[None]:
    """Pulumi's mocks leave an open event loop in each worker thread that has none: give it one, and close it."""
    if threading.current_thread() is threading.main_thread():
        yield
        return
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        yield
    finally:
        asyncio.set_event_loop(None)
        loop.close()


def _alias(alias: Any) -> str:
    if alias.urn:
        return alias.urn
    spec = alias.spec
    parts = [
        f"{name}={getattr(spec, name)}"
        for name in ("name", "type", "stack", "project")
        if getattr(spec, name)
    ]
    if spec.parentUrn:
        parts.append(f"parent={spec.parentUrn}")
    if spec.noParent:
        parts.append("parent=none")
    return ",".join(parts)


def _optional(request: Any, name: str) -> bool | None:
    return bool(getattr(request, name)) if request.HasField(name) else None


class RecordingMonitor(MockMonitor):
    """Give it to `pulumi.runtime.set_mocks(mocks, monitor=RecordingMonitor(mocks))`."""

    def __init__(self, mocks: Mocks) -> None:
        super().__init__(mocks)
        self.recorded: dict[str, RecordedResource] = {}
        """Every registration by URN, in the order of the program."""
        self.registered_hooks: dict[str, bool] = {}
        """Hook name -> whether it also runs in previews."""

    def _stock(self, method: str, request: Any) -> Any:
        """Pulumi's own method, which has no types, and leaves an open event loop behind in each thread."""
        with _closed_thread_loop():
            return getattr(super(), method)(request)

    def Invoke(self, request: Any) -> Any:
        return self._stock("Invoke", request)

    def ReadResource(self, request: Any) -> Any:
        return self._stock("ReadResource", request)

    def RegisterResource(self, request: Any) -> Any:
        urn = self.make_urn(request.parent, request.type, request.name)
        resource = RecordedResource(
            urn=urn,
            type=request.type,
            name=request.name,
            parent=request.parent,
            custom=request.custom,
            inputs=plain(request.object),
            secret_inputs=_secrets(request.object),
            protect=_optional(request, "protect"),
            retain_on_delete=_optional(request, "retainOnDelete"),
            delete_before_replace=request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else None,
            ignore_changes=tuple(request.ignoreChanges),
            replace_on_changes=tuple(request.replaceOnChanges),
            additional_secret_outputs=tuple(request.additionalSecretOutputs),
            aliases=(*request.aliasURNs, *(_alias(alias) for alias in request.aliases)),
            dependencies=tuple(request.dependencies),
            deleted_with=request.deletedWith,
            import_id=request.importId,
            provider=request.provider,
            version=request.version,
            custom_timeouts={
                name: getattr(request.customTimeouts, name)
                for name in ("create", "update", "delete")
                if getattr(request.customTimeouts, name)
            },
            hooks={
                name: tuple(getattr(request.hooks, name)) for name in HOOKS if getattr(request.hooks, name)
            },
        )
        if urn in self.recorded:
            raise AssertionError(f"duplicate URN {urn}: two resources of one type, parent and name")
        self.recorded[urn] = resource
        if isinstance(self.mocks, MotoMocks):
            self.mocks.note(resource.inputs)
        response = self._stock("RegisterResource", request)
        self._mark(response.object, request.additionalSecretOutputs)
        resource.id = response.id
        if request.custom:
            resource.outputs = plain(response.object)
        resource.secret_outputs = _secrets(response.object)
        return response

    def _mark(self, struct: Any, names: Any) -> None:
        """The engine marks additional secret outputs; here nobody else does."""
        for name in names:
            if name in struct.fields and not _holds_secret(struct.fields[name]):
                value = type(struct.fields[name])()
                value.CopyFrom(struct.fields[name])
                struct.fields[name].struct_value.fields[SIGNATURE].string_value = SECRET
                struct.fields[name].struct_value.fields["value"].CopyFrom(value)

    def RegisterResourceOutputs(self, request: Any) -> Any:
        resource = self.recorded.get(request.urn)
        if resource is not None:
            resource.registered_outputs = plain(request.outputs)
            resource.secret_registered_outputs = _secrets(request.outputs)
        return self._stock("RegisterResourceOutputs", request)

    def RegisterResourceHook(self, request: Any) -> Any:
        self.registered_hooks[request.name] = bool(request.on_dry_run)
        return self._stock("RegisterResourceHook", request)

    def outputs_of(self, urn: str) -> Mapping[str, Any]:
        """What was registered as outputs at a URN; empty where nothing was."""
        return self.recorded[urn].registered_outputs or {}
