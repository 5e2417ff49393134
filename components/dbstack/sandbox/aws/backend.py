"""The operations that Pulumi asks of a provider, for every served AWS type, on plain dicts."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dbstack.sandbox.aws import diff as diffing
from dbstack.sandbox.aws import naming as names
from dbstack.sandbox.aws import validate
from dbstack.sandbox.aws.clients import ClientFactory
from dbstack.sandbox.aws.errors import PartialFailure, SandboxError, sentence
from dbstack.sandbox.aws.model import Props, ResourceType
from dbstack.sandbox.aws.table import resource_type
from dbstack.sandbox.wire import UNKNOWN, has_unknown, mapping

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Provider:
    """Configuration of one provider resource."""

    region: str = "us-east-1"
    default_tags: Mapping[str, str] = field(default_factory=dict[str, str])
    ignore_tag_keys: frozenset[str] = frozenset()
    ignore_tag_prefixes: tuple[str, ...] = ()

    def ignores(self, key: str) -> bool:
        return key in self.ignore_tag_keys or key.startswith(self.ignore_tag_prefixes)


@dataclass
class RequestContext:
    """Clients of the region that a resource lives in; remembers the id of an object that was made."""

    clients: ClientFactory
    region: str
    account_id: str
    partition: str = "aws"
    resource_id: str = ""

    def client(self, service: str, region: str | None = None) -> Any:
        return self.clients(service, region or self.region)

    def made(self, resource_id: str) -> None:
        self.resource_id = resource_id


@dataclass(frozen=True)
class Checked:
    """Inputs completed by defaults and names, and what is wrong with them."""

    inputs: Props
    faults: list[validate.Fault]


@dataclass(frozen=True)
class Naming:
    """What the engine asks of automatic naming."""

    mode: names.Mode = "default"
    proposed: str = ""


def _partition(region: str) -> str:
    return {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}.get(region[: region.find("-") + 1], "aws")


class MotoBackend:
    """Creates, reads, updates, diffs and deletes AWS resources through boto3 clients of a moto.

    `clients` gives a boto3 client for (service, region); `provider` is the provider resource's configuration.
    """

    def __init__(self, clients: ClientFactory, provider: Provider | None = None) -> None:
        self.clients = clients
        self.provider = provider or Provider()
        self._account = ""

    @property
    def account_id(self) -> str:
        """The account that the clients' credentials belong to."""
        if not self._account:
            self._account = self.clients("sts", self.provider.region).get_caller_identity()["Account"]
        return self._account

    def context(self, props: Props) -> RequestContext:
        """The context of a resource with these properties: its own `region`, else the provider's."""
        region = props.get("region")
        region = region if isinstance(region, str) and region else self.provider.region
        return RequestContext(self.clients, region, self.account_id, _partition(region))

    # -- check ---------------------------------------------------------------------------------------------

    def check(
        self, token: str, name: str, news: Props, olds: Props, seed: bytes = b"", naming: Naming | None = None
    ) -> Checked:
        """Completes inputs with defaults, tags and an automatic name, and finds every fault in them."""
        kind = resource_type(token)
        props = {
            key: validate.coerce(value, kind.props[key]) for key, value in news.items() if key in kind.props
        }
        unknown = {
            key: value for key, value in news.items() if key not in kind.props and not key.startswith("__")
        }
        faults = validate.faults(kind, {**props, **unknown})
        defaults: list[str] = []
        for key, prop in kind.inputs.items():
            if key not in props and prop.default is not None:
                props[key] = prop.default
                defaults.append(key)
        if kind.tagged and "tags" not in {path for path, _ in faults}:
            props["tagsAll"] = self._all_tags(props.get("tags"))
        if kind.naming and self._name(kind, name, props, olds, seed, naming or Naming(), faults):
            defaults.append(kind.naming.prop)
        props["__defaults"] = sorted(defaults)
        if not faults:
            known = _known(props)
            unknown = frozenset(key for key, value in props.items() if has_unknown(value))
            unknown |= _kept(kind, olds, props)
            faults += kind.handler.check(self.context(known), kind, known, unknown)
        return Checked(props, faults)

    def _all_tags(self, tags: Any) -> Any:
        if tags is UNKNOWN:
            return UNKNOWN
        return {**self.provider.default_tags, **(mapping(tags) or {})} or None

    def _name(
        self,
        kind: ResourceType,
        name: str,
        props: Props,
        olds: Props,
        seed: bytes,
        wanted: Naming,
        faults: list[validate.Fault],
    ) -> bool:
        """Gives the resource its automatic name; returns whether it has one."""
        rule = kind.naming
        assert rule is not None
        if props.get(rule.prop) is not None or any(props.get(other) for other in rule.blocked_by):
            return False
        generated_before = rule.prop in (olds.get("__defaults") or [])
        if generated_before and olds.get(rule.prop):
            props[rule.prop] = olds[rule.prop]
        elif wanted.mode == "disable":
            faults.append((rule.prop, "is required: automatic naming is switched off"))
            return False
        elif wanted.mode in ("propose", "enforce"):
            props[rule.prop] = wanted.proposed.lower() if rule.lower else wanted.proposed
        else:
            props[rule.prop] = names.auto_name(rule, name, seed)
        return True

    # -- create, read, update, delete ----------------------------------------------------------------------

    def preview_state(self, token: str, inputs: Props) -> Props:
        """What is known of a resource before it's made: its inputs; everything else is unknown."""
        kind = resource_type(token)
        state = {key: value for key, value in inputs.items() if not key.startswith("__")}
        for key, prop in kind.props.items():
            if key not in state and (prop.output or prop.computed) and not prop.refused:
                state[key] = UNKNOWN
        state["region"] = inputs.get("region") or self.provider.region
        return state

    def create(self, token: str, inputs: Props) -> tuple[str, Props]:
        """Makes the object and returns its id and state.

        Raises `PartialFailure` where the object exists but something went wrong after that.
        """
        kind = resource_type(token)
        ctx = self.context(inputs)
        props = _known(inputs)
        try:
            resource_id = kind.handler.create(ctx, kind, props)
            state = self._read(kind, ctx, resource_id, props)
        except Exception as error:
            if not ctx.resource_id:
                raise SandboxError(_about(kind, props, error)) from error
            raise self._partial(kind, ctx, ctx.resource_id, props, error) from error
        if state is None:
            raise SandboxError(f"{kind.noun} ({resource_id}) was made, and is gone")
        return resource_id, state

    def _partial(
        self, kind: ResourceType, ctx: RequestContext, resource_id: str, props: Props, error: Exception
    ) -> PartialFailure:
        try:
            state = self._read(kind, ctx, resource_id, props)
        except Exception:
            _log.exception("reading %s %s after a failure failed too", kind.token, resource_id)
            state = None
        return PartialFailure(
            resource_id, state or {**props, "region": ctx.region}, _about(kind, props, error)
        )

    def _read(self, kind: ResourceType, ctx: RequestContext, resource_id: str, prior: Props) -> Props | None:
        found = kind.handler.read(ctx, kind, resource_id, prior)
        if found is None:
            return None
        ctx.made(str(found.get("_id") or resource_id))
        state = {key: value for key, value in found.items() if not key.startswith("_")}
        for key, prop in kind.props.items():
            if prop.overlay and key not in state and prior.get(key) is not None:
                state[key] = prior[key]
        if kind.tagged:
            state |= self._tags(mapping(state.get("tagsAll")) or {}, mapping(prior.get("tags")) or {})
        state["region"] = ctx.region
        state = diffing.settle(kind, state, prior)
        return {key: value for key, value in state.items() if value is not None}

    def read(
        self, token: str, resource_id: str, state: Props, inputs: Props
    ) -> tuple[str, Props, Props] | None:
        """(id, state, inputs) as AWS has it now, for a refresh (known state and inputs) or an import (neither)."""
        kind = resource_type(token)
        prior = _known({**inputs, **state})
        ctx = self.context(prior)
        importing = not state and not inputs
        if importing:
            prior = {
                key: prop.import_default
                for key, prop in kind.inputs.items()
                if prop.import_default is not None
            }
        try:
            found = self._read(kind, ctx, resource_id, prior)
        except Exception as error:
            raise SandboxError(_about(kind, prior, error)) from error
        if found is None:
            return None
        new_inputs = self._imported(kind, found) if importing else _refreshed(kind, found, inputs)
        return ctx.resource_id or resource_id, found, new_inputs

    def _imported(self, kind: ResourceType, state: Props) -> Props:
        given = {
            key: value
            for key, value in state.items()
            if key in kind.inputs
            and not kind.props[key].refused
            and (not diffing.blank(value) or key in _ALWAYS)
        }
        defaults = [key for key, prop in kind.inputs.items() if prop.default is not None and key not in given]
        return {**given, **{key: kind.props[key].default for key in defaults}, "__defaults": sorted(defaults)}

    def _tags(self, found: Props, own: Props) -> Props:
        """What the provider's default tags add shows in tagsAll only, unless the program sets it too."""
        kept = {key: value for key, value in found.items() if not self.provider.ignores(key)}
        default = self.provider.default_tags
        tags = {key: value for key, value in kept.items() if key in own or default.get(key) != value}
        return {"tags": tags, "tagsAll": kept}

    def diff(
        self, token: str, state: Props, old_inputs: Props, news: Props, ignore_changes: Sequence[str] = ()
    ) -> diffing.Diff:
        """What the new inputs change."""
        kind = resource_type(token)
        return diffing.difference(kind, state, old_inputs, news, ignore_changes, self.provider.region)

    def preview_update(
        self, token: str, state: Props, old_inputs: Props, news: Props, ignore_changes: Sequence[str] = ()
    ) -> Props:
        """The state that an update will lead to, as far as it is known."""
        kind = resource_type(token)
        changed = self.diff(token, state, old_inputs, news, ignore_changes).changed
        result = {**state, **{key: news[key] for key in changed if key in news}}
        for key in changed:
            if key not in news:
                result.pop(key, None)
            for output in kind.derived.get(key, ()):
                result[output] = UNKNOWN
        return result | {
            key: value for key, value in news.items() if key in kind.props and kind.props[key].overlay
        }

    def update(
        self,
        token: str,
        resource_id: str,
        state: Props,
        old_inputs: Props,
        news: Props,
        ignore_changes: Sequence[str] = (),
    ) -> Props:
        """Brings the changes into AWS and returns the new state."""
        kind = resource_type(token)
        changed = self.diff(token, state, old_inputs, news, ignore_changes).changed
        old, new = _known(state), _known(news)
        ctx = self.context(old)
        try:
            if kind.outputs and not kind.outputs.keys() & old.keys():
                # Made by a deployment that failed before it could read what it had made.
                old = {**old, **(self._read(kind, ctx, resource_id, old) or {})}
            kind.handler.update(ctx, kind, resource_id, old, new, changed)
            after = self._read(kind, ctx, resource_id, _without_gone(kind, old, new, changed))
        except Exception as error:
            raise self._partial(kind, ctx, resource_id, old, error) from error
        if after is None:
            raise SandboxError(f"{kind.noun} ({resource_id}) does not exist any more: run a refresh")
        return after

    def delete(self, token: str, resource_id: str, state: Props) -> None:
        """Deletes the object; one that's gone already is fine."""
        kind = resource_type(token)
        props = _known(state)
        try:
            kind.handler.delete(self.context(props), kind, resource_id, props)
        except Exception as error:
            raise SandboxError(_about(kind, {**props, "id": resource_id}, error)) from error


_ALWAYS = frozenset({"skipFinalSnapshot", "deleteAutomatedBackups"})


def _kept(kind: ResourceType, olds: Props, props: Props) -> frozenset[str]:
    """What the program no longer says of an existing resource, and what that keeps all the same: it isn't missing."""
    return frozenset(
        key
        for key, prop in kind.inputs.items()
        if prop.computed and not prop.overlay and key in olds and key not in props
    )


def _known(props: Props) -> Props:
    return {
        key: value
        for key, value in props.items()
        if value is not None and not key.startswith("__") and not has_unknown(value)
    }


def _without_gone(kind: ResourceType, old: Props, new: Props, changed: Sequence[str]) -> Props:
    """What is known after an update: the old state under the new inputs, without what the program took away."""
    gone = {
        key
        for key, prop in kind.inputs.items()
        if key not in new and (key in changed or (prop.overlay and not prop.computed))
    }
    return {**{key: value for key, value in old.items() if key not in gone}, **new}


def _refreshed(kind: ResourceType, state: Props, inputs: Props) -> Props:
    """The inputs with what AWS has changed behind the program's back."""
    result: Props = {}
    for key, value in inputs.items():
        prop = kind.props.get(key)
        if prop is None or has_unknown(value) or diffing.same(state.get(key), value, prop, state):
            result[key] = value
        elif key in state:
            result[key] = state[key]
    return result


def _about(kind: ResourceType, props: Props, error: Exception) -> str:
    """The failure in AWS's words, with the resource it belongs to."""
    label = props.get(kind.naming.prop) if kind.naming else None
    label = label or props.get("id")
    subject = f"{kind.noun} ({label})" if label else kind.noun
    text = sentence(error)
    return text if text.startswith(kind.noun) else f"{subject}: {text}"
