"""Rules of CloudWatch alarms, SNS topics and RDS event subscriptions. Each returns a fault or None.

Sources: [API] CloudWatch PutMetricAlarm, SNS CreateTopic and Subscribe, RDS CreateEventSubscription (botocore 1.44.5);
[UG] USER_Events.Messages (event categories by source type).
"""

import re
from collections.abc import Collection, Mapping

# [API PutMetricAlarm.Period]
_SHORT_PERIODS = (10, 20, 30)
# [API PutMetricAlarm]: what an alarm looks at may be a week at most; a day where the period is below an hour.
_DAY = 86_400
COMPARISONS = (
    "GreaterThanOrEqualToThreshold",
    "GreaterThanThreshold",
    "LessThanThreshold",
    "LessThanOrEqualToThreshold",
    "LessThanLowerOrGreaterThanUpperThreshold",
    "LessThanLowerThreshold",
    "GreaterThanUpperThreshold",
)
MISSING_DATA = ("breaching", "notBreaching", "ignore", "missing")
STATISTICS = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")

_TOPIC_ARN = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}(\.fifo)?", re.ASCII)
_TOPIC = re.compile(r"[A-Za-z0-9_-]{1,256}", re.ASCII)
# [API PutDashboard, "Dashboard body structure": start]; metrics are kept for 455 days.
_HOURS_MOST = 455 * 24
_DASHBOARD = re.compile(r"[A-Za-z0-9_-]{1,255}", re.ASCII)
_EMAIL = re.compile(r"[^\s@<>,;:\"]+@[^\s@<>,;:\"]+\.[^\s@<>,;:\".]+")
_SUBSCRIPTION = re.compile(r"[a-z](?:-?[a-z0-9])*", re.ASCII)
_SUBSCRIPTION_MOST = 254

# [UG USER_Events.Messages], as `aws rds describe-event-categories` lists them.
EVENT_CATEGORIES: Mapping[str, tuple[str, ...]] = {
    "db-instance": (
        "availability",
        "backtrack",
        "backup",
        "configuration change",
        "creation",
        "deletion",
        "failover",
        "failure",
        "low storage",
        "maintenance",
        "notification",
        "read replica",
        "recovery",
        "restoration",
        "security",
        "security patching",
    ),
    "db-security-group": ("configuration change", "failure"),
    "db-parameter-group": ("configuration change",),
    "db-snapshot": ("creation", "deletion", "notification", "restoration"),
    "db-cluster": (
        "configuration change",
        "creation",
        "deletion",
        "failover",
        "failure",
        "global-failover",
        "maintenance",
        "migration",
        "notification",
        "serverless",
    ),
    "db-cluster-snapshot": ("backup", "notification"),
    "db-proxy": ("configuration change", "creation", "deletion", "failure"),
    "blue-green-deployment": ("creation", "deletion", "failure", "notification"),
    "custom-engine-version": ("creation", "failure", "restoring"),
}


def choice_fault(value: str, choices: Collection[str]) -> str | None:
    """A value out of a fixed list."""
    return None if value in choices else f"{value!r} is none of {', '.join(choices)}"


def period_fault(seconds: int) -> str | None:
    """Seconds over which a statistic is taken."""
    if seconds in _SHORT_PERIODS or (seconds >= 60 and seconds % 60 == 0):
        return None
    return f"{seconds} seconds: CloudWatch takes 10, 20, 30 or a multiple of 60"


def span_fault(seconds: int, periods: int) -> str | None:
    """How far back an alarm looks."""
    most = 7 * _DAY if seconds >= 3600 else _DAY
    if seconds * periods <= most:
        return None
    return f"{periods} periods of {seconds} seconds look back more than {most // _DAY} days"


def topic_arn_fault(arn: str) -> str | None:
    """ARN of an SNS topic."""
    if _TOPIC_ARN.fullmatch(arn):
        return None
    return f"{arn!r} is not the ARN of an SNS topic: it reads arn:aws:sns:us-east-1:123456789012:<name>"


def event_topic_fault(arn: str) -> str | None:
    """ARN of a topic that RDS and CloudWatch can publish to."""
    if fault := topic_arn_fault(arn):
        return fault
    return (
        f"{arn!r} is a FIFO topic, which RDS events can't go to: use a standard one"
        if arn.endswith(".fifo")
        else None
    )


def topic_name_fault(name: str) -> str | None:
    """Name of an SNS topic."""
    if _TOPIC.fullmatch(name.removesuffix(".fifo")):
        return None
    return f"{name!r} is not a topic's name: 1 to 256 letters, digits, - and _"


def dashboard_name_fault(name: str) -> str | None:
    """Name of a CloudWatch dashboard."""
    if _DASHBOARD.fullmatch(name):
        return None
    return f"{name!r} is not a dashboard's name: 1 to 255 letters, digits, - and _"


def hours_fault(hours: int) -> str | None:
    """Hours that a dashboard shows."""
    if 1 <= hours <= _HOURS_MOST:
        return None
    return f"{hours} hours: show 1 to {_HOURS_MOST}, as CloudWatch keeps metrics for 455 days"


def topic_region_fault(arn: str, region: str) -> str | None:
    """Why a topic can't be told of what happens in `region`."""
    if topic_arn_fault(arn) or (there := arn.split(":")[3]) == region:
        return None
    return f"is a topic of {there}, but alarms and events of {region} reach only topics of {region}: name one there"


def email_fault(address: str) -> str | None:
    """An e-mail address, as far as a mistake shows."""
    return None if _EMAIL.fullmatch(address) else f"{address!r} is not an e-mail address"


def subscription_name_fault(name: str) -> str | None:
    """Name of an RDS event subscription, lower case."""
    if len(name) <= _SUBSCRIPTION_MOST and _SUBSCRIPTION.fullmatch(name):
        return None
    return f"{name!r}: a letter first, then letters, digits and single -, at most {_SUBSCRIPTION_MOST}"


def source_type_fault(source_type: str) -> str | None:
    """What an event subscription listens to."""
    return choice_fault(source_type, EVENT_CATEGORIES)


def categories_fault(source_type: str | None, categories: Collection[str]) -> str | None:
    """Categories of events that the source type has; every type's where none is given."""
    known = EVENT_CATEGORIES.get(source_type or "") or tuple(
        sorted({name for names in EVENT_CATEGORIES.values() for name in names})
    )
    wrong = sorted(set(categories) - set(known))
    if not wrong:
        return None
    return f"{wrong[0]!r} is no category of {source_type or 'any source'}: it has {', '.join(known)}"
