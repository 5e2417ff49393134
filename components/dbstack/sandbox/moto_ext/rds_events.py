"""RDS event subscriptions in moto: on by default, changeable, and refused where RDS refuses them."""

from typing import Any

from moto.core.responses import ActionResult
from moto.rds.exceptions import RDSClientError, SubscriptionNotFoundError
from moto.rds.models import EventSubscription, RDSBackend
from moto.rds.responses import RDSResponse

from dbstack.sandbox.moto_ext.patching import add, around
from dbstack.spec import alarm_rules

_VALUE = "InvalidParameterValue"
# Where the sources that a subscription may name stand in moto.
_SOURCES = {
    "db-instance": ("databases", "DBInstanceNotFound"),
    "db-parameter-group": ("db_parameter_groups", "DBParameterGroupNotFound"),
    "db-cluster": ("clusters", "DBClusterNotFoundFault"),
    "db-snapshot": ("database_snapshots", "DBSnapshotNotFound"),
}


def _refuse(backend: Any, source_type: str | None, categories: Any, topic: str | None) -> None:
    if source_type and (fault := alarm_rules.source_type_fault(source_type)):
        raise RDSClientError(_VALUE, f"SourceType is invalid: {fault}")
    if fault := alarm_rules.categories_fault(source_type, list(categories or [])):
        raise RDSClientError("SubscriptionCategoryNotFound", fault)
    if topic is None:
        return
    if alarm_rules.event_topic_fault(topic):
        raise RDSClientError("SNSInvalidTopic", f"SNS has responded that there is a problem with {topic}.")
    from moto.sns.models import sns_backends

    if topic not in sns_backends[backend.account_id][topic.split(":")[3]].topics:
        raise RDSClientError("SNSTopicArnNotFound", f"SNS topic ARN {topic} does not exist.")


def _refuse_source(backend: Any, source_type: str | None, source: str) -> None:
    if source_type is None:
        raise RDSClientError(_VALUE, "SourceIds need a SourceType.")
    place, code = _SOURCES.get(source_type, ("", ""))
    if place and source.lower() not in {name.lower() for name in getattr(backend, place)}:
        raise RDSClientError(code, f"{source_type} {source} not found.")


def _create(original: Any, self: Any, kwargs: Any) -> Any:
    if fault := alarm_rules.subscription_name_fault(kwargs["subscription_name"].lower()):
        raise RDSClientError(_VALUE, f"SubscriptionName is invalid: {fault}")
    source_type = kwargs.get("source_type")
    _refuse(self, source_type, kwargs.get("event_categories"), kwargs.get("sns_topic_arn"))
    sources: list[str] = kwargs.get("source_ids") or []
    for source in sources:
        _refuse_source(self, source_type, source)
    kwargs["enabled"] = kwargs.get("enabled", True)
    return original(self, kwargs)


def _found(response: Any) -> Any:
    name = response.params["SubscriptionName"]
    found = response.backend.event_subscriptions.get(name)
    if found is None:
        raise SubscriptionNotFoundError(name)
    return found


def _modify(self: Any) -> ActionResult:
    subscription, params = _found(self), self.params
    source_type = params.get("SourceType", subscription.source_type) or None
    categories = params.get("EventCategories", subscription.event_categories)
    _refuse(self.backend, source_type, categories, params.get("SnsTopicArn"))
    subscription.source_type = source_type
    subscription.event_categories = list(categories or [])
    subscription.sns_topic_arn = params.get("SnsTopicArn", subscription.sns_topic_arn)
    subscription.enabled = params.get("Enabled", subscription.enabled)
    return ActionResult({"EventSubscription": subscription})


def _add_source(self: Any) -> ActionResult:
    subscription, source = _found(self), self.params["SourceIdentifier"]
    _refuse_source(self.backend, subscription.source_type, source)
    if source not in subscription.source_ids:
        subscription.source_ids = [*subscription.source_ids, source]
    return ActionResult({"EventSubscription": subscription})


def _remove_source(self: Any) -> ActionResult:
    subscription, source = _found(self), self.params["SourceIdentifier"]
    if source not in subscription.source_ids:
        raise RDSClientError("SourceNotFound", f"Source {source} is not in {subscription.subscription_name}.")
    subscription.source_ids = [item for item in subscription.source_ids if item != source]
    return ActionResult({"EventSubscription": subscription})


def _categories(self: Any) -> ActionResult:
    wanted = self.params.get("SourceType")
    maps = [
        {"SourceType": source, "EventCategories": list(names)}
        for source, names in alarm_rules.EVENT_CATEGORIES.items()
        if wanted in (None, source)
    ]
    return ActionResult({"EventCategoriesMapList": maps})


def _customer(self: Any) -> str:
    return self.backend.account_id


def install() -> None:
    around(RDSBackend, "create_event_subscription", _create)
    add(RDSResponse, "modify_event_subscription", _modify)
    add(RDSResponse, "add_source_identifier_to_subscription", _add_source)
    add(RDSResponse, "remove_source_identifier_from_subscription", _remove_source)
    add(RDSResponse, "describe_event_categories", _categories)
    add(EventSubscription, "customer_aws_id", property(_customer))  # pyright: ignore[reportArgumentType]
