"""The `random` provider of Pulumi: ids, strings and passwords that live in Pulumi's state only."""

import base64
import secrets
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dbstack.sandbox.aws import diff as diffing
from dbstack.sandbox.aws import validate
from dbstack.sandbox.aws.backend import Checked
from dbstack.sandbox.aws.errors import NotServed, SandboxError
from dbstack.sandbox.aws.model import Handler, Prop, Props, ResourceType
from dbstack.sandbox.aws.table import nearest
from dbstack.sandbox.wire import UNKNOWN

_SPECIAL = "!@#$%&*()-_=+[]{}<>:?"  # the provider's default set

_ID: dict[str, Prop] = {
    "byteLength": Prop("int", required=True, replaces=True),
    "keepers": Prop("map", replaces=True),
    "prefix": Prop(replaces=True),
    "b64Std": Prop(output=True),
    "b64Url": Prop(output=True),
    "dec": Prop(output=True),
    "hex": Prop(output=True),
}
_CLASSES = {
    "lower": string.ascii_lowercase,
    "upper": string.ascii_uppercase,
    "numeric": string.digits,
    "special": _SPECIAL,
}
_STRING: dict[str, Prop] = {
    "length": Prop("int", required=True, replaces=True),
    "keepers": Prop("map", replaces=True),
    **{name: Prop("bool", default=True, replaces=True) for name in _CLASSES},
    **{f"min{name.capitalize()}": Prop("int", default=0, replaces=True) for name in _CLASSES},
    "number": Prop("bool", replaces=True),
    "overrideSpecial": Prop(replaces=True),
    "result": Prop(output=True),
}
_PASSWORD: dict[str, Prop] = {
    **_STRING,
    "result": Prop(output=True, secret=True),
    # `bcryptHash` would need a bcrypt library; nothing reads it, so it is left out instead of faked.
}

_NOTHING = Handler()
TYPES: dict[str, ResourceType] = {
    token: ResourceType(token=token, service="random", noun=noun, props=props, handler=_NOTHING)
    for token, noun, props in (
        ("random:index/randomId:RandomId", "Random id", _ID),
        ("random:index/randomString:RandomString", "Random string", _STRING),
        ("random:index/randomPassword:RandomPassword", "Random password", _PASSWORD),
    )
}


def _kind(token: str) -> ResourceType:
    if token not in TYPES:
        raise NotServed(
            f"the sandbox does not serve the resource type {token}; {nearest(token, list(TYPES))}"
        )
    return TYPES[token]


def _alphabet(props: Mapping[str, Any], name: str) -> str:
    if name == "special" and props.get("overrideSpecial"):
        return str(props["overrideSpecial"])
    return _CLASSES[name]


def random_text(props: Mapping[str, Any]) -> str:
    """A string with the wanted length, classes and minimum counts, from the system's secure generator."""
    allowed = {name: _alphabet(props, name) for name in _CLASSES if props.get(name, True)}
    chars = [
        secrets.choice(_alphabet(props, name))
        for name in _CLASSES
        for _ in range(int(props.get(f"min{name.capitalize()}") or 0))
    ]
    pool = "".join(allowed.values())
    chars += [secrets.choice(pool) for _ in range(int(props["length"]) - len(chars))]
    secrets.SystemRandom().shuffle(chars)
    return "".join(chars)


def id_forms(raw: bytes, prefix: str) -> Props:
    """The printed forms of a random id."""
    return {
        "hex": prefix + raw.hex(),
        "dec": prefix + str(int.from_bytes(raw, "big")),
        "b64Url": prefix + base64.urlsafe_b64encode(raw).rstrip(b"=").decode(),
        "b64Std": prefix + base64.b64encode(raw).decode(),
    }


@dataclass(frozen=True)
class RandomBackend:
    """Same operations as `MotoBackend`, with nothing behind them: the state is all there is."""

    def check(
        self, token: str, name: str, news: Props, olds: Props, seed: bytes = b"", naming: object = None
    ) -> Checked:
        kind = _kind(token)
        if "number" in news and "numeric" not in news and "length" in kind.props:
            news = {**news, "numeric": news["number"]}  # its older name
        props, faults, defaults = validate.completed(kind, news)
        props["__defaults"] = sorted(defaults)
        if not faults:
            faults += self._faults(kind, props)
        return Checked(props, faults)

    def _faults(self, kind: ResourceType, props: Props) -> list[validate.Fault]:
        if "byteLength" in kind.props:
            length = props["byteLength"]
            bad = length is not UNKNOWN and length < 1
            return [("byteLength", f"is {length}; must be at least 1")] if bad else []
        if any(value is UNKNOWN for value in props.values()):
            return []
        minimum = sum(int(props.get(f"min{name.capitalize()}") or 0) for name in _CLASSES)
        if props["length"] < 1:
            return [("length", f"is {props['length']}; must be at least 1")]
        if props["length"] < minimum:
            return [
                ("length", f"is {props['length']}; must be at least the sum of the minimum counts, {minimum}")
            ]
        if not any(props.get(name) for name in _CLASSES) and props["length"] > minimum:
            return [
                ("length", "no class of characters is allowed: switch on lower, upper, numeric or special")
            ]
        return []

    def preview_state(self, token: str, inputs: Props) -> Props:
        kind = _kind(token)
        known = {key: value for key, value in inputs.items() if not key.startswith("__")}
        return known | dict.fromkeys(kind.outputs, UNKNOWN)

    def create(self, token: str, inputs: Props) -> tuple[str, Props]:
        kind = _kind(token)
        props = {key: value for key, value in inputs.items() if not key.startswith("__")}
        if "byteLength" in kind.props:
            raw = secrets.token_bytes(int(props["byteLength"]))
            forms = id_forms(raw, str(props.get("prefix") or ""))
            return base64.urlsafe_b64encode(raw).rstrip(b"=").decode(), {**props, **forms}
        result = random_text(props)
        # A password must not stand in the id, which Pulumi shows and stores in clear.
        return ("none" if kind.props["result"].secret else result), {**props, "result": result}

    def read(
        self, token: str, resource_id: str, state: Props, inputs: Props
    ) -> tuple[str, Props, Props] | None:
        kind = _kind(token)
        if state:
            return resource_id, state, inputs
        return self._imported(kind, resource_id)

    def _imported(self, kind: ResourceType, resource_id: str) -> tuple[str, Props, Props]:
        if "byteLength" in kind.props:
            prefix, _, encoded = resource_id.rpartition(",")
            try:
                raw = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
            except ValueError:
                raise SandboxError(f"{kind.noun} ({resource_id}): the id must be URL-safe base64") from None
            inputs: Props = {"byteLength": len(raw), **({"prefix": prefix} if prefix else {})}
            return encoded, {**inputs, **id_forms(raw, prefix)}, inputs
        inputs = {"length": len(resource_id)}
        return (
            ("none" if kind.props["result"].secret else resource_id),
            {**inputs, "result": resource_id},
            inputs,
        )

    def diff(
        self, token: str, state: Props, old_inputs: Props, news: Props, ignore_changes: Sequence[str] = ()
    ) -> diffing.Diff:
        return diffing.difference(_kind(token), state, old_inputs, news, ignore_changes, "")

    def preview_update(
        self, token: str, state: Props, old_inputs: Props, news: Props, ignore_changes: Sequence[str] = ()
    ) -> Props:
        return {**state, **{key: value for key, value in news.items() if not key.startswith("__")}}

    def update(
        self,
        token: str,
        resource_id: str,
        state: Props,
        old_inputs: Props,
        news: Props,
        ignore_changes: Sequence[str] = (),
    ) -> Props:
        return self.preview_update(token, state, old_inputs, news, ignore_changes)

    def delete(self, token: str, resource_id: str, state: Props) -> None:
        _kind(token)

    def invoke(self, token: str, args: Props) -> Props:
        raise NotServed(f"the sandbox does not serve the function {token}: the random provider has none")
