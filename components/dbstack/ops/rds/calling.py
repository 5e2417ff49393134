"""Requests to RDS whose refusals are sentences with a way out."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from dbstack.ops.errors import OpsError, OpsUsageError

# AWS's code -> what to do. https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/CommonErrors.html
_WAYS_OUT: Mapping[str, str] = {
    "AccessDenied": "your role lacks this permission",
    "AccessDeniedException": "your role lacks this permission",
    "DBInstanceNotFound": "check the identifier and the region",
    "DBSnapshotNotFound": "check the snapshot's identifier and the region",
    "DBSnapshotAlreadyExists": "choose another identifier, or use that snapshot",
    "DBInstanceAlreadyExists": "choose another identifier",
    "ExpiredToken": "log in to AWS again",
    "InstanceQuotaExceeded": "delete what isn't needed, or ask AWS for a higher quota",
    "InsufficientDBInstanceCapacity": "try another class or other zones, or later",
    "InvalidDBInstanceState": "wait until it is available",
    "InvalidClientTokenId": "check the credentials",
    "KMSKeyNotAccessibleFault": "check the key's region, state and policy",
    "PointInTimeRestoreNotEnabled": "it has no automated backups: restore a snapshot",
    "SnapshotQuotaExceeded": "delete snapshots that aren't needed, or ask AWS for a higher quota",
    "StorageQuotaExceeded": "delete what isn't needed, or ask AWS for a higher quota",
}
# What names nothing that could be worked on: the caller must say something else.
_USAGE = frozenset(
    {"DBInstanceNotFound", "DBSnapshotNotFound", "DBInstanceAlreadyExists", "DBSnapshotAlreadyExists"}
)


def called(
    request: Callable[..., Mapping[str, Any]], *, more: Mapping[str, Any] | None = None, **members: Any
) -> dict[str, Any]:
    """The answer of a request of boto3; members that are None are left out, those of `more` go before the others.

    Raises OpsError, OpsUsageError.
    """
    from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

    given = {name: value for name, value in {**members, **(more or {})}.items() if value is not None}
    try:
        return dict(request(**given))
    except ClientError as error:
        told: Mapping[str, Any] = error.response.get("Error", {})
        code = str(told.get("Code", "")).removesuffix("Fault")
        way = _WAYS_OUT.get(code) or _WAYS_OUT.get(f"{code}Fault", "")
        said = f"{error.operation_name}: {told.get('Message') or code}".rstrip(".")
        kind = OpsUsageError if code in _USAGE else OpsError
        raise kind(f"{said} ({code}): {way}" if way else f"{said} ({code})") from None
    except ParamValidationError as error:
        # The message repeats values: of a password too.
        raise OpsUsageError(f"a parameter has a wrong type or name: {_names(str(error))}") from None
    except BotoCoreError as error:
        raise OpsError(f"AWS can't be reached: {error}") from None


def _names(text: str) -> str:
    found = re.findall(r"parameter in input: \"(\w+)\"|parameter (\w+),|parameter: (\w+)", text)
    return ", ".join(dict.fromkeys(name for names in found for name in names if name)) or "see the arguments"


def code_of(error: Exception) -> str:
    """AWS's code of a ClientError, as RDS and boto3 spell it; empty for anything else."""
    response: Mapping[str, Any] = getattr(error, "response", {})
    return str(response.get("Error", {}).get("Code", "")).removesuffix("Fault")
