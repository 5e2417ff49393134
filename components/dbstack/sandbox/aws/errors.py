"""What can go wrong when a resource is worked on, in AWS's words."""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError
from botocore.parsers import ResponseParserError


class SandboxError(Exception):
    """A request that the sandbox refuses or can't do; the text is meant for users."""


class NotServed(SandboxError):
    """A resource type, property or function that the sandbox has no honest answer for."""


class PartialFailure(SandboxError):
    """The object exists, but not as asked for. Pulumi must keep its id."""

    def __init__(self, resource_id: str, state: dict[str, Any], reason: str) -> None:
        super().__init__(reason)
        self.resource_id = resource_id
        self.state = state
        self.reason = reason


# AWS's own failures, which pass; a failure of the simulator has no code of AWS's.
_PASSING = frozenset({"InternalFailure", "InternalError", "ServiceUnavailable"})
_WAY_OUT = {
    "Throttling": "AWS is asked too often; it was tried again several times: run it again later",
    "DBInstanceAlreadyExists": (
        "if an earlier, failed deployment made it, import it into the state (`pulumi import`; guide: adopting), else "
        "choose another identifier"
    ),
    **dict.fromkeys(_PASSING, "AWS itself failed, several times: run it again later"),
}


def code_of(error: Exception) -> str:
    """AWS's error code, or ""."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", ""))
    return ""


def sentence(error: Exception) -> str:
    """One readable line for any failure of a request."""
    if isinstance(error, ClientError):
        fields = error.response.get("Error", {})
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if status >= 500 and code_of(error) not in _PASSING:
            return (
                f"the sandbox's AWS failed at {error.operation_name}: {_one_line(str(fields.get('Message', '')))}"
                " (this operation is not simulated fully)"
            )
        code, message = fields.get("Code", "error"), _one_line(str(fields.get("Message", "")))
        # Moto's own failure is none of AWS's: it stays.
        if code in _WAY_OUT and not message.startswith("the sandbox failed"):
            message += f": {_WAY_OUT[code]}"
        return f"{error.operation_name}: {code}: {message}"
    if isinstance(error, ParamValidationError):
        return _one_line(str(error))
    if isinstance(error, ResponseParserError):
        return "the sandbox's AWS does not know this operation: its answer was no AWS answer"
    if isinstance(error, BotoCoreError):
        return f"the sandbox's AWS cannot be reached: {_one_line(str(error))}"
    if isinstance(error, SandboxError):
        return str(error)
    return f"the sandbox failed: {type(error).__name__}: {_one_line(str(error))}"


def _one_line(text: str) -> str:
    return " ".join(text.split())
