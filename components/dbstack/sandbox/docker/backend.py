"""The operations that Pulumi asks of the `docker` provider, for every served type."""

from collections.abc import Sequence

from dbstack.sandbox.aws import diff as diffing
from dbstack.sandbox.aws import naming as names
from dbstack.sandbox.aws import validate
from dbstack.sandbox.aws.backend import Checked, Naming
from dbstack.sandbox.aws.errors import PartialFailure, SandboxError
from dbstack.sandbox.aws.model import Props, ResourceType
from dbstack.sandbox.docker.container import Container
from dbstack.sandbox.docker.engine import Engine, sentence
from dbstack.sandbox.docker.operations import SIMPLE, Operations
from dbstack.sandbox.docker.preflight import refuse_what_cannot_start
from dbstack.sandbox.docker.table import CONTAINER, resource_type
from dbstack.sandbox.wire import UNKNOWN, has_unknown, listed, mapping

OPERATIONS: dict[str, Operations] = {**SIMPLE, CONTAINER: Container()}


class DockerBackend:
    """Same operations as `MotoBackend`, on a Docker engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._successors: dict[str, Props] = {}
        """By the name of a container that is to be replaced: what takes its place."""

    def check(
        self, token: str, name: str, news: Props, olds: Props, seed: bytes = b"", naming: Naming | None = None
    ) -> Checked:
        kind = resource_type(token)
        faults: list[validate.Fault] = []
        named = dict(news)
        automatic = kind.naming is not None and news.get("name") is None
        if automatic:
            chosen = _name(kind, name, olds, seed, naming or Naming())
            if chosen is None:
                faults.append(("name", "is required: automatic naming is switched off"))
            else:
                named["name"] = chosen
        props, found, defaults = validate.completed(kind, named)
        props["__defaults"] = sorted([*defaults, *(["name"] if automatic else [])])
        faults += found
        if not faults:
            faults += OPERATIONS[token].check(_known(props))
        return Checked(props, faults)

    def preview_state(self, token: str, inputs: Props) -> Props:
        kind = resource_type(token)
        known = {key: value for key, value in inputs.items() if not key.startswith("__")}
        unknown = [key for key, prop in kind.props.items() if prop.output or prop.computed]
        if any(not (mapping(item) or {}).get("external") for item in listed(known.get("ports"))):
            known["ports"] = UNKNOWN
        return dict.fromkeys(unknown, UNKNOWN) | known

    def create(self, token: str, inputs: Props) -> tuple[str, Props]:
        kind, props = resource_type(token), _known(inputs)
        if token == CONTAINER:
            self._made(str(props.get("name")))
        try:
            resource_id = OPERATIONS[token].create(self._engine, props)
            state = self._read(kind, resource_id, props)
        except Exception as error:
            raise _failed(kind, props, error) from error
        if state is None:
            raise SandboxError(f"{_subject(kind, props)} was made, and is gone")
        return resource_id, state

    def _read(self, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        found = OPERATIONS[kind.token].read(self._engine, resource_id, prior)
        if found is None:
            return None
        plain = {key: value for key, value in found.items() if not key.startswith("_") and value is not None}
        return diffing.settle(kind, plain, prior)

    def read(
        self, token: str, resource_id: str, state: Props, inputs: Props
    ) -> tuple[str, Props, Props] | None:
        kind = resource_type(token)
        prior = _known({**inputs, **state})
        try:
            found = self._read(kind, resource_id, prior)
        except Exception as error:
            raise _failed(kind, {**prior, "id": resource_id}, error) from error
        if found is None:
            return None
        return resource_id, found, _inputs(kind, found, inputs)

    def diff(
        self, token: str, state: Props, old_inputs: Props, news: Props, ignore_changes: Sequence[str] = ()
    ) -> diffing.Diff:
        kind = resource_type(token)
        found = diffing.difference(kind, _as_given(state, old_inputs), old_inputs, news, ignore_changes, "")
        if token == CONTAINER:
            self._successors.pop(str(state.get("name")), None)
            if found.replaces:
                self._successors[str(state.get("name"))] = news
        return found

    def preview_update(
        self, token: str, state: Props, old_inputs: Props, news: Props, ignore_changes: Sequence[str] = ()
    ) -> Props:
        changed = self.diff(token, state, old_inputs, news, ignore_changes).changed
        kept = {key: value for key, value in state.items() if key not in changed}
        return kept | {key: news[key] for key in changed if key in news}

    def update(
        self,
        token: str,
        resource_id: str,
        state: Props,
        old_inputs: Props,
        news: Props,
        ignore_changes: Sequence[str] = (),
    ) -> Props:
        kind = resource_type(token)
        wanted = _known(self.preview_update(token, state, old_inputs, news, ignore_changes))
        old = _known(state)
        try:
            OPERATIONS[token].update(self._engine, resource_id, old, wanted)
            after = self._read(kind, resource_id, wanted)
        except Exception as error:
            raise PartialFailure(resource_id, old, str(_failed(kind, old, error))) from error
        if after is None:
            raise SandboxError(f"{_subject(kind, old)} does not exist any more: run a refresh")
        return after

    def delete(self, token: str, resource_id: str, state: Props) -> None:
        kind, known = resource_type(token), _known(state)
        # Asked for after a difference that replaces, and before the other one is made: it has to make room for that.
        successor = self._successors.pop(str(state.get("name")), None) if token == CONTAINER else None
        try:
            if successor is not None and not has_unknown(successor):
                refuse_what_cannot_start(self._engine, known, _known(successor))
            OPERATIONS[token].delete(self._engine, resource_id, known)
        except Exception as error:
            raise _failed(kind, {**known, "id": resource_id}, error) from error

    def _made(self, name: str) -> None:
        """The successor is there before the other one goes: nothing has to make room for it."""
        for old in [old for old, news in self._successors.items() if news.get("name") == name]:
            del self._successors[old]


def _name(kind: ResourceType, name: str, olds: Props, seed: bytes, wanted: Naming) -> str | None:
    assert kind.naming is not None
    if "name" in (olds.get("__defaults") or []) and olds.get("name"):
        return str(olds["name"])
    if wanted.mode == "disable":
        return None
    if wanted.mode in ("propose", "enforce"):
        return wanted.proposed
    return names.auto_name(kind.naming, name, seed)


def _as_given(state: Props, old_inputs: Props) -> Props:
    """The state to compare with: a port that Docker chose is no difference to a program that left it open."""
    ports, given = state.get("ports"), old_inputs.get("ports")
    if not ports or not given or has_unknown(given) or len(ports) != len(given):
        return state
    settled = [
        item if "external" in was else {key: value for key, value in item.items() if key != "external"}
        for item, was in zip(ports, given, strict=True)
    ]
    return {**state, "ports": settled}


def _inputs(kind: ResourceType, state: Props, inputs: Props) -> Props:
    """The inputs with what changed on the engine behind the program's back; of an import, all that is known."""
    if not inputs:
        return {key: value for key, value in state.items() if key in kind.inputs and not diffing.blank(value)}
    settled = _as_given(state, inputs)
    return {
        key: state[key]
        if key in state and not diffing.same(settled.get(key), value, kind.props.get(key) or _PLAIN, state)
        else value
        for key, value in inputs.items()
    }


_PLAIN = resource_type(CONTAINER).props["maxRetryCount"]


def _known(props: Props) -> Props:
    return {
        key: value
        for key, value in props.items()
        if value is not None and not key.startswith("__") and not has_unknown(value)
    }


def _subject(kind: ResourceType, props: Props) -> str:
    label = props.get("name") or props.get("id")
    return f"{kind.noun} ({label})" if label else kind.noun


def _failed(kind: ResourceType, props: Props, error: Exception) -> SandboxError:
    text = str(error) if isinstance(error, SandboxError) else sentence(error)
    return SandboxError(f"{_subject(kind, props)}: {text}")
