"""SNS in moto: attributes that it keeps and never tells, and mail addresses that nobody has confirmed."""

from typing import Any

from moto.core.responses import ActionResult
from moto.sns.models import SNSBackend
from moto.sns.responses import SNSResponse

from dbstack.sandbox.moto_ext.patching import around

_UNTOLD = {"SignatureVersion": "signature_version", "TracingConfig": "tracing_config"}
_CONFIRMED_BY_PERSONS = ("email", "email-json")


def _attributes(original: Any, self: Any) -> Any:
    answer: Any = original(self)
    topic = self.backend.get_topic(self._get_param("TopicArn"))
    told = {name: getattr(topic, kept, None) for name, kept in _UNTOLD.items()}
    given = {name: value for name, value in told.items() if value}
    return ActionResult({"Attributes": {**answer.result["Attributes"], **given}})


def _subscribe(original: Any, self: Any, topic_arn: str, endpoint: str, protocol: str) -> Any:
    before = len(self.subscriptions)
    subscription = original(self, topic_arn, endpoint, protocol)
    if protocol in _CONFIRMED_BY_PERSONS and len(self.subscriptions) > before:
        subscription.attributes["PendingConfirmation"] = True
        subscription.attributes["ConfirmationWasAuthenticated"] = False
    return subscription


def install() -> None:
    around(SNSResponse, "get_topic_attributes", _attributes)
    around(SNSBackend, "subscribe", _subscribe)
