"""An AWS error in place of a web server's: what moto does not know, or fails at, says so in the service's own form.

Without it, a client gets an HTML page with status 500, which botocore reports as a broken answer.
"""

import logging
from typing import Any

from moto.core import errors
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, BaseResponse

from dbstack.sandbox.moto_ext.patching import around

_UNKNOWN, _FAILED = "NotImplemented", "InternalFailure"
_log = logging.getLogger(__name__)


class Answer(ServiceException):
    """Our own class: moto takes the module of an error for the service that it belongs to."""


def _call_action(original: Any, self: Any) -> Any:
    try:
        return original(self)
    except NotImplementedError:
        words = f"the sandbox does not simulate {self.service_name}:{self._get_action()}"
        return _answer(self, Answer(_UNKNOWN, words))
    except Exception as error:
        action = self._get_action()
        _log.exception("moto failed at %s:%s", self.service_name, action)
        words = f"the sandbox failed at {self.service_name}:{action}: {type(error).__name__}: {error}"
        return _answer(self, Answer(_FAILED, words))


def _answer(response: Any, error: Answer) -> Any:
    if response._get_action() is None:
        raise error
    status, headers, body = response.serialized(ActionResult(error))
    headers["status"] = str(status)
    return status, headers, body


def install() -> None:
    errors.COMMON_ERROR_CODES.extend((_UNKNOWN, _FAILED))  # else moto warns that no service models them
    around(BaseResponse, "call_action", _call_action)
