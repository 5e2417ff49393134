"""A preview as Pulumi recorded it: the engine's events, or the digest of ``pulumi preview --json``.

Both forms come to the same steps. What a newer Pulumi adds is left alone; what can't be understood is an error or an
operation that nobody knows, never something harmless.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, Any, cast

from dbstack.preview.errors import RecordingError

LIMIT = 512 * 1024 * 1024
"""Largest recording that is read, in characters."""

HOW = "record it with PULUMI_ENABLE_STREAMING_JSON_PREVIEW=1 pulumi preview --json --show-sames > FILE"

Properties = Mapping[str, Any]
_DIAGNOSTIC = re.compile(r'\{"sequence":\d+,"timestamp":\d+,"diagnosticEvent":\{')
_EVENTS = {
    "cancelEvent",
    "diagnosticEvent",
    "policyEvent",
    "preludeEvent",
    "resOpFailedEvent",
    "resOutputsEvent",
    "resourcePreEvent",
    "stdoutEvent",
    "summaryEvent",
}


@dataclass(frozen=True)
class State:
    """A resource before or after."""

    inputs: Properties
    outputs: Properties
    protect: bool = False
    retain_on_delete: bool = False
    parent: str = ""
    custom: bool = True
    """Whether a provider keeps it; a component is none."""

    @property
    def properties(self) -> dict[str, Any]:
        """What is in AWS, and where that isn't known what was asked for."""
        return {**self.inputs, **self.outputs}


@dataclass(frozen=True)
class Step:
    """What the engine will do with one resource."""

    op: str
    urn: str
    type: str
    old: State | None
    new: State | None
    detailed: Mapping[str, str] = field(default_factory=dict[str, str])
    """Path -> kind of difference (`update`, `add-replace`, ...)."""
    diffs: tuple[str, ...] = ()
    """Properties that differ, where there is nothing more detailed."""
    replaces: tuple[str, ...] = ()
    """Properties that force a replacement."""

    @property
    def name(self) -> str:
        """The resource's logical name."""
        return self.urn.rpartition("::")[2]

    @property
    def current(self) -> State | None:
        """As it is now; of what is to be made, as it will be."""
        return self.old or self.new


@dataclass(frozen=True)
class Diagnostic:
    """A message of the engine, the program or a provider."""

    severity: str
    message: str
    urn: str = ""


@dataclass(frozen=True)
class Violation:
    """A policy that was broken."""

    policy: str
    pack: str
    level: str
    message: str
    urn: str = ""


@dataclass(frozen=True)
class Recording:
    """A whole preview."""

    steps: tuple[Step, ...]
    diagnostics: tuple[Diagnostic, ...] = ()
    violations: tuple[Violation, ...] = ()
    failed: bool = False
    acknowledged: frozenset[str] = frozenset()
    """Controls that the stack's config acknowledges; only events tell the config."""

    @property
    def project(self) -> str:
        return self._part(1)

    @property
    def stack(self) -> str:
        return self._part(0)

    def _part(self, index: int) -> str:
        for step in self.steps:
            parts = step.urn.split("::")
            if len(parts) >= 4 and parts[0].startswith("urn:pulumi:"):
                return (parts[0].removeprefix("urn:pulumi:"), parts[1])[index]
        return ""


def read(stream: IO[str]) -> Recording:
    """Read a recording of either form.

    Raises RecordingError where it is cut off, is no recording, or is larger than LIMIT.
    """
    first = _first_line(stream)
    if _is_event(first):
        return _from_events(_events(first, stream))
    text = first + stream.read(LIMIT)
    if len(text) > LIMIT:
        raise RecordingError(f"the recording is larger than {LIMIT // 2**20} MiB; is it a preview?")
    return _from_digest(text)


def _first_line(stream: IO[str]) -> str:
    while line := stream.readline(LIMIT):
        if line.strip():
            return line
    raise RecordingError(f"the recording is empty: {HOW}")


def _is_event(line: str) -> bool:
    try:
        value: object = json.loads(line)
    except ValueError:
        return False
    return isinstance(value, dict) and "sequence" in value


def _events(first: str, stream: IO[str]) -> Iterator[dict[str, Any]]:
    read_so_far = 0
    for number, line in enumerate(_chain(first, stream), 1):
        read_so_far += len(line)
        if read_so_far > LIMIT:
            raise RecordingError(f"the recording is larger than {LIMIT // 2**20} MiB; is it a preview?")
        if not line.strip():
            continue
        # By far the most lines of a recording, and none of ours.
        if _DIAGNOSTIC.match(line) and '"severity":"debug"' in line[-64:]:
            continue
        try:
            event: object = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise RecordingError(f"line {number} of the recording is cut off or is no JSON: {HOW}") from error
        if not isinstance(event, dict):
            raise RecordingError(f"line {number} of the recording is no event of Pulumi's: {HOW}")
        yield cast(dict[str, Any], event)


def _chain(first: str, stream: IO[str]) -> Iterable[str]:
    yield first
    yield from stream


def _from_events(events: Iterable[dict[str, Any]]) -> Recording:
    steps: dict[tuple[str, str], Step] = {}
    diagnostics: list[Diagnostic] = []
    violations: list[Violation] = []
    summary: Mapping[str, Any] | None = None
    failed = False
    acknowledged: frozenset[str] = frozenset()
    for event in events:
        for kind in _EVENTS & event.keys():
            body = _mapping(event[kind], kind)
            if kind in ("resourcePreEvent", "resOutputsEvent", "resOpFailedEvent"):
                step = _event_step(_mapping(body.get("metadata"), f"{kind}.metadata"))
                if kind != "resOutputsEvent" or step.op == "refresh" or (step.urn, step.op) not in steps:
                    steps[step.urn, step.op] = step
                failed = failed or kind == "resOpFailedEvent"
            elif kind == "diagnosticEvent" and body.get("severity") != "debug":
                diagnostics.append(
                    Diagnostic(
                        _text(body.get("severity")), _text(body.get("message")), _text(body.get("urn"))
                    )
                )
            elif kind == "policyEvent":
                violations.append(
                    Violation(
                        _text(body.get("policyName")),
                        _text(body.get("policyPackName")),
                        _text(body.get("enforcementLevel")),
                        _text(body.get("message")),
                        _text(body.get("resourceUrn")),
                    )
                )
            elif kind == "preludeEvent":
                acknowledged = _acknowledged(body.get("config"))
            elif kind == "summaryEvent":
                summary = body
    failed = failed or any(one.severity == "error" for one in diagnostics)
    if summary is None and not failed:
        raise RecordingError(f"the recording stops before its end (there is no summaryEvent): {HOW}")
    if summary is not None:
        if summary.get("isPreview") is False:
            raise RecordingError(
                "the recording is of a deployment, not of a preview: nothing is left to judge"
            )
        failed = failed or summary.get("result") not in (None, "", "succeeded")
    return Recording(tuple(steps.values()), tuple(diagnostics), tuple(violations), failed, acknowledged)


def _acknowledged(config: object) -> frozenset[str]:
    """The ids under `controls.acknowledged` of `dbstack:stack`; none where the config is another program's."""
    value: object = (
        cast(Mapping[str, Any], config).get("dbstack:stack") if isinstance(config, Mapping) else None
    )
    try:
        stack: object = json.loads(value) if isinstance(value, str) else None
    except (ValueError, RecursionError):
        return frozenset()
    for name in ("controls", "acknowledged"):
        stack = cast(Mapping[str, Any], stack).get(name) if isinstance(stack, Mapping) else None
    return frozenset(map(str, cast(Mapping[Any, Any], stack))) if isinstance(stack, Mapping) else frozenset()


def _event_step(metadata: Mapping[str, Any]) -> Step:
    detailed = _mapping(metadata.get("detailedDiff") or {}, "detailedDiff")
    return Step(
        op=_text(metadata.get("op")) or "unknown",
        urn=_required(metadata, "urn"),
        type=_required(metadata, "type"),
        old=_state(metadata.get("old")),
        new=_state(metadata.get("new")),
        detailed={
            path: _text(_mapping(one, path).get("diffKind")) or "update" for path, one in detailed.items()
        },
        diffs=_texts(metadata.get("diffs"), "diffs"),
        replaces=_texts(metadata.get("keys"), "keys"),
    )


def _from_digest(text: str) -> Recording:
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RecordingError(f"the recording is cut off or is no JSON: {HOW}") from error
    if not isinstance(value, dict) or "steps" not in value:
        raise RecordingError(f"the recording is no preview of Pulumi's (there are no `steps` in it): {HOW}")
    digest = cast(dict[str, Any], value)
    said = [_mapping(one, "diagnostics") for one in _list(digest.get("diagnostics"), "diagnostics")]
    diagnostics = [
        Diagnostic(_text(one.get("severity")), _text(one.get("message")), _text(one.get("urn")))
        for one in said
    ]
    failed = any(one.severity == "error" for one in diagnostics)
    steps = [_digest_step(_mapping(one, "steps")) for one in _list(digest["steps"], "steps")]
    return Recording(tuple(steps), tuple(diagnostics), (), failed)


def _digest_step(step: Mapping[str, Any]) -> Step:
    old, new = step.get("oldState"), step.get("newState")
    known = _mapping(new or old or {}, "newState")
    detailed = _mapping(step.get("detailedDiff") or {}, "detailedDiff")
    urn = _required(step, "urn")
    return Step(
        op=_text(step.get("op")) or "unknown",
        urn=urn,
        type=_text(known.get("type")) or urn.rpartition("::")[0].rpartition("::")[2].rpartition("$")[2],
        old=_state(old),
        new=_state(new),
        detailed={path: _text(_mapping(one, path).get("kind")) or "update" for path, one in detailed.items()},
        diffs=_texts(step.get("diffReasons"), "diffReasons"),
        replaces=_texts(step.get("replaceReasons"), "replaceReasons"),
    )


def _state(value: object) -> State | None:
    if not value:
        return None
    state = _mapping(value, "state")
    return State(
        inputs=_mapping(state.get("inputs") or {}, "inputs"),
        outputs=_mapping(state.get("outputs") or {}, "outputs"),
        protect=state.get("protect") is True,
        retain_on_delete=state.get("retainOnDelete") is True,
        parent=_text(state.get("parent")),
        custom=state.get("custom") is True,
    )


def _mapping(value: object, what: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise RecordingError(f"the recording's {what} is not what Pulumi writes there: {HOW}")
    return cast(Mapping[str, Any], value)


def _required(mapping: Mapping[str, Any], name: str) -> str:
    value = mapping.get(name)
    if not isinstance(value, str) or not value:
        raise RecordingError(f"a step of the recording has no {name}: {HOW}")
    return value


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: object, what: str) -> tuple[str, ...]:
    found = _list(value, what)
    if not all(isinstance(item, str) for item in found):
        raise RecordingError(f"the recording's {what} is not what Pulumi writes there: {HOW}")
    return tuple(cast(list[str], found))


def _list(value: object, what: str) -> list[object]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise RecordingError(f"the recording's `{what}` are no list: {HOW}")
    return cast(list[object], value)
