"""CloudWatch Logs in moto: keys that change, classes and deletion protection, and what AWS refuses."""

from typing import Any

from moto.logs.exceptions import InvalidParameterException, ResourceNotFoundException
from moto.logs.models import LogGroup, LogsBackend
from moto.logs.responses import LogsResponse

from dbstack.sandbox.moto_ext import kms
from dbstack.sandbox.moto_ext.patching import add, around
from dbstack.spec import logs


def _refuse_key(backend: Any, key: str) -> None:
    if not kms.usable(backend.account_id, backend.region_name, key):
        words = (
            "The specified KMS key does not exist or is not allowed to be used with Arn"
            f" 'arn:aws:logs:{backend.region_name}:{backend.account_id}:log-group:*'"
        )
        raise InvalidParameterException(msg=words)


def _create(original: Any, self: Any) -> str:
    backend, name = self.logs_backend, self._get_param("logGroupName")
    if fault := logs.group_name_fault(name):
        raise InvalidParameterException(msg=f"Value at 'logGroupName' failed to satisfy constraint ({fault})")
    if key := self._get_param("kmsKeyId"):
        _refuse_key(backend, key)
    answer = original(self)
    group = backend.groups[name]
    group.log_group_class = self._get_param("logGroupClass") or "STANDARD"
    group.deletion_protection = bool(self._get_param("deletionProtectionEnabled"))
    return answer


def _described(original: Any, self: Any) -> dict[str, Any]:
    found: dict[str, Any] = original(self)
    return {
        **found,
        "logGroupClass": getattr(self, "log_group_class", "STANDARD"),
        "deletionProtectionEnabled": getattr(self, "deletion_protection", False),
        "logGroupArn": found["arn"].removesuffix(":*"),
    }


def _group(response: Any) -> Any:
    name = response._get_param("logGroupName") or response._get_param("logGroupIdentifier", "")
    group = response.logs_backend.groups.get(name.split(":log-group:")[-1].removesuffix(":*"))
    if group is None:
        raise ResourceNotFoundException()
    return group


def _associate(self: Any) -> str:
    key = self._get_param("kmsKeyId")
    _refuse_key(self.logs_backend, key)
    _group(self).kms_key_id = key
    return ""


def _disassociate(self: Any) -> str:
    _group(self).kms_key_id = None
    return ""


def _protect(self: Any) -> str:
    _group(self).deletion_protection = bool(self._get_param("deletionProtectionEnabled"))
    return ""


def _retention(original: Any, self: Any, log_group_name: str, retention_in_days: Any) -> None:
    if fault := logs.retention_fault(int(retention_in_days)):
        raise InvalidParameterException(
            msg=f"Value at 'retentionInDays' failed to satisfy constraint ({fault})"
        )
    original(self, log_group_name, retention_in_days)


def _delete(original: Any, self: Any, log_group_name: str) -> None:
    group = self.groups.get(log_group_name)
    if getattr(group, "deletion_protection", False):
        raise InvalidParameterException(
            msg=f"Log group {log_group_name} has deletion protection: switch it off first"
        )
    original(self, log_group_name)
    if group is not None:
        self.tagger.delete_all_tags_for_resource(group.arn)


def install() -> None:
    around(LogsResponse, "create_log_group", _create)
    around(LogGroup, "to_describe_dict", _described)
    around(LogsBackend, "put_retention_policy", _retention)
    around(LogsBackend, "delete_log_group", _delete)
    add(LogsResponse, "associate_kms_key", _associate)
    add(LogsResponse, "disassociate_kms_key", _disassociate)
    add(LogsResponse, "put_log_group_deletion_protection", _protect)
