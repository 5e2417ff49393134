"""What each change does to the data and the uptime: `property -> effect, condition, when, source`, as data.

`classify` reads the tables; the reference pages and the previews are made from them. A change that no rule knows is
UNKNOWN, never ONLINE.
"""

from typing import Any

from dbstack.spec.changes import beside, cluster, docker, instance, network, round_it, secrets
from dbstack.spec.changes.model import (
    Change,
    Effect,
    Properties,
    Risk,
    Rule,
    TypeRules,
    When,
    chosen,
    risk_of,
    severity,
)

TABLE: dict[str, TypeRules] = {
    rules.token: rules
    for rules in (
        instance.INSTANCE,
        cluster.CLUSTER,
        cluster.CLUSTER_INSTANCE,
        *round_it.TYPES,
        *network.TYPES,
        *secrets.TYPES,
        *docker.TYPES,
    )
}

# What the engine says of these is believed: no row tells which of their properties replace.
BESIDE: dict[str, TypeRules] = {rules.token: rules for rules in beside.TYPES}


def rules_of(type_token: str) -> TypeRules | None:
    """The rules of a resource type; None: no table knows it."""
    return TABLE.get(type_token) or BESIDE.get(type_token)


def classify(type_token: str, property_name: str, old: Any, new: Any, properties: Properties) -> Change:
    """What the change of one property from `old` to `new` does (None: not given).

    `properties` are the resource's others, as they will be: conditions read `engine`, `applyImmediately` and so on.
    A path (`tags.Name`) counts as its property.
    """
    name = property_name.replace("[", ".").partition(".")[0]
    table = rules_of(type_token)
    rules = table.rules.get(name, ()) if table else ()
    rule = chosen(rules, table.stateful, old, new, properties) if table else None
    if rule is None and table is not None and not rules:
        rule = table.otherwise
    if table is None or rule is None:
        return Change(type_token, name, Risk.UNKNOWN, Effect.UNKNOWN, When.NOW, None)
    when = rule.when
    if when is When.WINDOW and properties.get("applyImmediately") is True:
        when = When.NOW
    return Change(
        type_token,
        name,
        risk_of(rule.effect, table.stateful),
        rule.effect,
        when,
        rule,
        rule.source or table.source,
    )


def worst(changes: list[Change]) -> Risk:
    """The worst risk of several changes; with none, ONLINE."""
    return min((change.risk for change in changes), key=severity, default=Risk.ONLINE)


__all__ = [
    "BESIDE",
    "TABLE",
    "Change",
    "Effect",
    "Risk",
    "Rule",
    "TypeRules",
    "When",
    "classify",
    "risk_of",
    "rules_of",
    "severity",
    "worst",
]
