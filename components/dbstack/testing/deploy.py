"""Runs a Pulumi program in the test's own process, against moto, and returns everything it did."""

import asyncio
import contextvars
import inspect
import json
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import pulumi
from pulumi.runtime import mocks as pulumi_mocks
from pulumi.runtime import settings, stack
from pulumi.runtime._callbacks import _CallbackServicer  # pyright: ignore[reportPrivateUsage]

from dbstack.testing.mocks import MotoMocks
from dbstack.testing.recording import RecordedResource, RecordingMonitor

_PULUMI = str(Path(pulumi.__file__).parent)


class Deployment:
    """What a program did. Moto stays active until `close()` (or the end of `with`), so that boto3 reads it back."""

    def __init__(self, mocks: MotoMocks, monitor: RecordingMonitor) -> None:
        self.mocks = mocks
        self.monitor = monitor
        self.skipped_applies: list[str] = []
        """`file:line` of callbacks that never ran, because their value is unknown in a preview."""

    def __enter__(self) -> "Deployment":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends moto: everything made is gone."""
        self.mocks.__exit__(None, None, None)

    @property
    def resources(self) -> list[RecordedResource]:
        """Every resource and component, in the order of their registration, without the stack itself."""
        recorded = self.monitor.recorded.values()
        return [resource for resource in recorded if resource.type != "pulumi:pulumi:Stack"]

    @property
    def _stack(self) -> RecordedResource:
        return next(item for item in self.monitor.recorded.values() if item.type == "pulumi:pulumi:Stack")

    @property
    def outputs(self) -> dict[str, Any]:
        """The stack's outputs, secrets unwrapped; `secret_outputs` says which are secret."""
        return self._stack.registered_outputs or {}

    @property
    def secret_outputs(self) -> frozenset[str]:
        return self._stack.secret_registered_outputs

    def of_type(self, token: str) -> list[RecordedResource]:
        """All resources of a type, by token (`aws:rds/instance:Instance`)."""
        return [resource for resource in self.resources if resource.type == token]

    def one(self, token: str, name: str | None = None) -> RecordedResource:
        """The one resource of a type, or with a name. AssertionError, which lists what is there, if it isn't one."""
        found = [item for item in self.of_type(token) if name is None or item.name == name]
        if len(found) != 1:
            there = "\n".join(f"  {item.type} {item.name}" for item in self.resources)
            wanted = token if name is None else f"{token} named {name!r}"
            raise AssertionError(f"expected one {wanted}, there are {len(found)}; registered:\n{there}")
        return found[0]

    def children(self, parent: RecordedResource) -> list[RecordedResource]:
        """Resources directly below a component."""
        return [resource for resource in self.resources if resource.parent == parent.urn]

    def client(self, service: str, region: str | None = None) -> Any:
        """A boto3 client that sees what the program made."""
        return self.mocks.client(service, region)


def deploy(
    program: Callable[[], object],
    *,
    project: str = "project",
    stack: str = "test",
    organization: str = "organization",
    config: Mapping[str, object] | None = None,
    secret_config: Mapping[str, object] | None = None,
    region: str = "us-east-1",
    preview: bool = False,
    mocks: MotoMocks | None = None,
) -> Deployment:
    """Runs `program` as `pulumi up` would, without an engine, against an empty moto.

    `program` is called without arguments, may be async, and may return a mapping of stack outputs. Config keys
    without a namespace get the project's; values that are no strings are written as JSON; `aws:region` is `region`
    unless the config says otherwise. Whatever fails inside the
    program (an assertion in an `apply` too) is raised here. A callback given to `apply` that never ran is an error,
    except in a preview, where `Deployment.skipped_applies` lists it. Use it in `with`, or call `close()`.
    """
    plain = {"aws:region": region, **_config(project, config)}
    own = mocks or MotoMocks(plain["aws:region"], preview=preview)
    own.__enter__()
    monitor = RecordingMonitor(own)
    done = Deployment(own, monitor)
    secret = _config(project, secret_config)

    def run() -> None:
        with _fresh_loop() as loop, _watched_applies(done.skipped_applies):
            # A context of its own: project, stack, config and root resource of one test never reach the next.
            current: Any = settings.SETTINGS
            current.outputs = set()
            pulumi.runtime.set_all_config({**plain, **secret}, list(secret))
            _configure(own, monitor, project, stack, organization, preview)
            loop.run_until_complete(_run(program))

    try:
        contextvars.copy_context().run(run)
        if done.skipped_applies and not preview:
            places = ", ".join(done.skipped_applies)
            raise AssertionError(
                f"callbacks of apply that never ran, so what they assert was never checked: {places}"
            )
    except BaseException:
        done.close()
        raise
    return done


def _configure(
    own: MotoMocks, monitor: RecordingMonitor, project: str, stack_name: str, organization: str, preview: bool
) -> None:
    # set_mocks would register a stack of its own, which has no outputs: the program's stands for it.
    placeholder: Any = object()
    settings.ROOT.set(placeholder)
    pulumi_mocks.set_mocks(
        own, project=project, stack=stack_name, preview=preview, monitor=monitor, organization=organization
    )
    settings.ROOT.set(None)


class _Callbacks(_CallbackServicer):
    """Keeps hooks and transforms without a server: nobody calls them here, and gRPC's servers outlive no event loop."""

    def __init__(self, monitor: Any) -> None:
        self._callbacks = {}
        self._transforms = {}
        self._state_migrations = {}
        self._monitor = monitor
        self._target = "mocks"


async def _run(program: Callable[[], object]) -> None:
    async def main() -> None:
        current: Any = settings.SETTINGS
        current.callbacks = _Callbacks(settings.get_monitor())
        result = program()
        if inspect.isawaitable(result):
            result = await result
        if isinstance(result, Mapping):
            for name, value in result.items():  # pyright: ignore[reportUnknownVariableType]
                pulumi.export(str(name), value)  # pyright: ignore[reportUnknownArgumentType]

    await stack.run_in_stack(main)


@contextmanager
def _fresh_loop() -> Generator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    # One failure fails everything that waits for it: the first is raised, the echoes are dropped.
    loop.set_exception_handler(lambda _loop, _context: None)
    try:
        yield loop
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.run_until_complete(loop.shutdown_default_executor())
        asyncio.set_event_loop(None)
        loop.close()


@contextmanager
def _watched_applies(never_ran: list[str]) -> Generator[None]:
    """Finds callbacks given to `Output.apply` outside Pulumi's own code that are never called."""
    waiting: dict[int, str] = {}
    outputs: Any = pulumi.Output
    original: Callable[..., Any] = outputs.apply

    def apply(self: Any, func: Callable[[Any], Any], run_with_unknowns: bool = False) -> Any:
        place = _place(func)
        if place is None:
            return original(self, func, run_with_unknowns)
        key = len(waiting)
        waiting[key] = place

        def watched(value: Any) -> Any:
            waiting[key] = ""
            return func(value)

        return original(self, watched, run_with_unknowns)

    outputs.apply = apply
    try:
        yield
    finally:
        outputs.apply = original
        never_ran += [place for place in waiting.values() if place]


def _place(func: Callable[..., Any]) -> str | None:
    code = getattr(func, "__code__", None)
    # Generated provider packages (pulumi_aws, …) use apply for aliases of properties: none of the program's business.
    if code is None or code.co_filename.startswith(_PULUMI):
        return None
    return f"{Path(code.co_filename).name}:{code.co_firstlineno}"


def _config(project: str, values: Mapping[str, object] | None) -> dict[str, str]:
    return {
        key if ":" in key else f"{project}:{key}": value if isinstance(value, str) else json.dumps(value)
        for key, value in (values or {}).items()
    }
