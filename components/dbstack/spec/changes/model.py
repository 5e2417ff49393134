"""What a change of a property does: the shape of the rules, and how they are read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Properties = Mapping[str, Any]
"""Properties of a resource by their Pulumi (camelCase) names."""

# What Pulumi writes into a preview for a value that is not known before the deployment.
UNKNOWN_VALUE = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


class Risk(StrEnum):
    """What a change does to the data and to those who use it, worst first."""

    DATA_LOSS = "data-loss"
    DOWNTIME = "downtime"
    REBOOT = "reboot"
    ONLINE = "online"
    UNKNOWN = "unknown"


class Effect(StrEnum):
    """What AWS, or the provider, does with the change."""

    ONLINE = "online"
    """Nothing is interrupted."""
    REBOOT = "reboot"
    """The database restarts: connections break, for a minute or so."""
    DOWNTIME = "downtime"
    """The database is away for minutes."""
    REPLACEMENT = "replacement"
    """The resource is deleted and made anew; what it held is gone."""
    REFUSED = "refused"
    """AWS, or a guard of dbstack, refuses it: nothing changes."""
    UNKNOWN = "unknown"
    """AWS's pages don't say."""


class When(StrEnum):
    """When a change takes effect."""

    NOW = "at once"
    """As soon as it is deployed, whatever `applyImmediately` says."""
    WINDOW = "in the maintenance window"
    """Unless `applyImmediately` is set: then at once."""
    RESTART = "at the next reboot"
    """When the instance is next rebooted, by you or by AWS."""


Test = Callable[[Any, Any, Properties], bool | None]
"""(old, new, the resource's properties) -> whether it is so; None: can't be told."""


@dataclass(frozen=True)
class Rule:
    """One row: what a change does under a condition."""

    effect: Effect
    when: When = When.NOW
    condition: str = ""
    """In words, after "if"; empty: always."""
    test: Test | None = None
    note: str = ""
    way_out: str = ""
    one_way: bool = False
    """It can't be taken back."""
    source: str = ""
    """AWS's page, or the provider's."""


@dataclass(frozen=True)
class TypeRules:
    """The rules of one resource type, by property."""

    token: str
    stateful: bool
    """Whether it holds what can't be made again: data, a key, a secret's value."""
    source: str
    """Where a rule names no page of its own."""
    rules: Mapping[str, tuple[Rule, ...]]
    """Per property the rules in order: the first whose condition holds counts."""
    otherwise: Rule | None = None
    """For properties without rules; None: what they do is unknown."""


_RISK = {
    Effect.ONLINE: Risk.ONLINE,
    Effect.REBOOT: Risk.REBOOT,
    Effect.DOWNTIME: Risk.DOWNTIME,
    # Nothing happens to the data; that the deployment fails is what `effect` says.
    Effect.REFUSED: Risk.ONLINE,
    Effect.UNKNOWN: Risk.UNKNOWN,
}
_SEVERITY = {risk: rank for rank, risk in enumerate(Risk)}
# What nobody knows is not to be hidden behind what is known to be harmless.
_SEVERITY[Risk.UNKNOWN], _SEVERITY[Risk.ONLINE] = _SEVERITY[Risk.ONLINE], _SEVERITY[Risk.UNKNOWN]


@dataclass(frozen=True)
class Change:
    """What one change of one property does."""

    type_token: str
    property_name: str
    risk: Risk
    effect: Effect
    when: When
    rule: Rule | None = field(repr=False)
    """The rule that says so; None: no rule knows it."""
    source: str = ""

    @property
    def refused(self) -> bool:
        return self.effect is Effect.REFUSED

    @property
    def one_way(self) -> bool:
        """Whether it can't be taken back."""
        return self.risk is Risk.DATA_LOSS or bool(self.rule and self.rule.one_way)


def risk_of(effect: Effect, stateful: bool) -> Risk:
    """The risk of an effect: what holds nothing loses nothing when it is replaced."""
    if effect is Effect.REPLACEMENT:
        return Risk.DATA_LOSS if stateful else Risk.ONLINE
    return _RISK[effect]


def severity(risk: Risk) -> int:
    """0 for the worst. UNKNOWN is worse than ONLINE."""
    return _SEVERITY[risk]


def chosen(
    rules: tuple[Rule, ...], stateful: bool, old: Any, new: Any, properties: Properties
) -> Rule | None:
    """The first rule that holds; where that can't be told, the worst of those that may."""
    possible: list[Rule] = []
    for rule in rules:
        holds = True if rule.test is None else rule.test(old, new, properties)
        if holds is not False:
            possible.append(rule)
        if holds is True:
            break
    return min(possible, key=lambda rule: _SEVERITY[risk_of(rule.effect, stateful)], default=None)


def known(value: Any) -> bool:
    """Whether a value is known before the deployment."""
    return value != UNKNOWN_VALUE


def given(value: Any) -> bool:
    """Whether a property is set at all."""
    return value not in (None, "", [], {})


# -- the words that the tables are written in --------------------------------------------------------------


def online(note: str = "", when: When = When.NOW, **more: Any) -> Rule:
    return Rule(Effect.ONLINE, when, note=note, **more)


def reboot(note: str = "", when: When = When.WINDOW, **more: Any) -> Rule:
    return Rule(Effect.REBOOT, when, note=note, **more)


def downtime(note: str = "", when: When = When.WINDOW, **more: Any) -> Rule:
    return Rule(Effect.DOWNTIME, when, note=note, **more)


def replaces(note: str = "", **more: Any) -> Rule:
    return Rule(Effect.REPLACEMENT, note=note, **more)


def refused(note: str = "", way_out: str = "", **more: Any) -> Rule:
    return Rule(Effect.REFUSED, note=note, way_out=way_out, **more)


def unknown(note: str = "", **more: Any) -> Rule:
    return Rule(Effect.UNKNOWN, note=note, **more)


def removed(_old: Any, new: Any, _properties: Properties) -> bool:
    """The program gives the property no more."""
    return not given(new)


def added(old: Any, _new: Any, _properties: Properties) -> bool:
    """The program gives it for the first time."""
    return not given(old)


KEPT = online("AWS keeps the value that it has", condition="it is no longer given", test=removed)
"""For what AWS fills in: leaving the property out changes nothing."""
NOT_SENT = online("decides how a change or a deletion is made; AWS keeps no such value")
REGION = replaces(
    "a resource can't move to another region",
    source="https://docs.aws.amazon.com/general/latest/gr/rande.html",
)
PREFIX = replaces("another prefix makes another name")
TAGS = online()
