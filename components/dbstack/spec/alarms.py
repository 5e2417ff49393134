"""Which alarms an instance or an Aurora cluster has, and at what: from `alarm_table`, which names the sources."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from dbstack.spec import alarm_rules
from dbstack.spec.alarm_table import ALARMS, FIELDS, Alarm, AlarmFacts
from dbstack.spec.view import Faults, View


class AlarmSpec(NamedTuple):
    """One alarm. `expression` is metric math over `free`, which the metric is then."""

    key: str
    metric: str
    comparison: str
    threshold: float
    statistic: str
    words: str
    period: int
    periods: int
    expression: str = ""
    role: str = ""
    """WRITER or READER: whichever instances of a cluster that are at the time."""


def check_alarms(view: View, faults: Faults) -> None:
    """Every rule of one `alarms` record."""
    view.check(faults, "topic_arn", alarm_rules.event_topic_fault)
    for name in FIELDS:
        view.check(faults, name, _negative)
    for name in ("cpu_percent", "burst_balance_percent", "acu_percent"):
        view.check(faults, name, _percent)
    view.check(faults, "transaction_ids", _transaction_ids)


def _negative(value: int) -> str | None:
    return f"{value}: a threshold is above 0, or 0 for no such alarm" if value < 0 else None


def _percent(value: int) -> str | None:
    return f"{value} %: there is no more than 100" if value > 100 else None


def _transaction_ids(value: int) -> str | None:
    most = 2_000_000_000
    return f"{value}: PostgreSQL stops at about 2 billion, so say less than that" if value >= most else None


def alarms_spec(given: Mapping[str, Any], facts: AlarmFacts) -> tuple[AlarmSpec, ...]:
    """The alarms of a sound record: none without a topic that they tell, none that are switched off."""
    if "topic_arn" not in given or given.get("enabled") is False:
        return ()
    return plan_alarms(given, facts)


def plan_alarms(given: Mapping[str, Any], facts: AlarmFacts) -> tuple[AlarmSpec, ...]:
    """The alarms; a field of `given` takes the place of a derived threshold, 0 leaves the alarm out."""
    found: list[AlarmSpec] = []
    for alarm in ALARMS:
        if facts.of not in alarm.of or not alarm.applies(facts):
            continue
        threshold = given[alarm.field] if alarm.field in given else derived(alarm, facts)
        if threshold:
            found.append(_spec(alarm, threshold))
    return tuple(found)


def derived(alarm: Alarm, facts: AlarmFacts) -> int | None:
    """The threshold of an alarm where none is given, in the field's unit; None: it can't be told."""
    return alarm.default if isinstance(alarm.default, int) else alarm.default(facts)


def underivable(given: Mapping[str, Any], facts: AlarmFacts) -> tuple[str, ...]:
    """Fields of alarms that would be there if their threshold could be derived, or were given."""
    return tuple(
        alarm.field
        for alarm in ALARMS
        if facts.of in alarm.of
        and alarm.applies(facts)
        and alarm.field not in given
        and derived(alarm, facts) is None
    )


def _spec(alarm: Alarm, threshold: int) -> AlarmSpec:
    return AlarmSpec(
        key=alarm.key,
        metric=alarm.metric,
        comparison=alarm.comparison,
        threshold=threshold * alarm.scale,
        statistic=alarm.statistic,
        words=alarm.words.format(threshold),
        period=alarm.period,
        periods=alarm.periods,
        expression=alarm.expression,
        role=alarm.role,
    )
