"""AWS Backup in moto: selections and plan updates, which it lacks, and what AWS refuses about plans and vaults."""

import json
from typing import Any

from moto.backup import urls
from moto.backup.exceptions import (
    AlreadyExistsException,
    InvalidParameterValueException,
    InvalidRequestException,
    ResourceNotFoundException,
)
from moto.backup.models import BackupBackend, Plan, Vault
from moto.backup.responses import BackupResponse
from moto.core.utils import unix_time
from moto.moto_api._internal import mock_random

from dbstack.sandbox.moto_ext import kms
from dbstack.sandbox.moto_ext.patching import add, around
from dbstack.sandbox.wire import listed, mapping
from dbstack.spec import backup_plans

_NO_PLAN = "Failed reading Backup plan with provided version"
_NO_ROLE = "IAM Role {} cannot be assumed by AWS Backup"


def _refuse_rules(backend: BackupBackend, document: dict[str, Any]) -> None:
    """What CreateBackupPlan and UpdateBackupPlan say about the rules, in AWS's words where they are known."""
    for rule in listed(document.get("Rules")):
        name, lifecycle = rule["RuleName"], mapping(rule.get("Lifecycle")) or {}
        fault = _rule_fault(rule, lifecycle)
        for copy in listed(rule.get("CopyActions")):
            fault = fault or _lifecycle_fault(mapping(copy.get("Lifecycle")) or {})
        if rule["TargetBackupVaultName"] not in backend.vaults:
            fault = fault or f"Backup vault {rule['TargetBackupVaultName']} does not exist"
        if fault:
            raise InvalidParameterValueException(f"Error in rule {name} : {fault}")


def _rule_fault(rule: dict[str, Any], lifecycle: dict[str, Any]) -> str | None:
    if rule.get("EnableContinuousBackup"):
        if not lifecycle:
            return "Lifecycle must be specified for backup rule enabled continuous backup"
        if lifecycle.get("MoveToColdStorageAfterDays"):
            return "Invalid lifecycle. MoveToColdStorageAfterDays is unavailable"
        if fault := backup_plans.continuous_days_fault(lifecycle.get("DeleteAfterDays") or 0):
            return f"Invalid lifecycle. DeleteAfterDays cannot be less than 1 or more than 35 days ({fault})"
    if (text := rule.get("ScheduleExpression")) and (fault := backup_plans.schedule_fault(text)):
        return f"Invalid cron expression ({fault})"
    start = rule.get("StartWindowMinutes", backup_plans.START_DEFAULT)
    end = rule.get("CompletionWindowMinutes", backup_plans.COMPLETION_DEFAULT)
    if fault := backup_plans.start_window_fault(start) or backup_plans.completion_window_fault(end, start):
        return f"Invalid backup window ({fault})"
    return _lifecycle_fault(lifecycle)


def _lifecycle_fault(lifecycle: dict[str, Any]) -> str | None:
    kept, cold = lifecycle.get("DeleteAfterDays"), lifecycle.get("MoveToColdStorageAfterDays")
    if kept is not None and backup_plans.delete_after_fault(kept):
        return "Invalid lifecycle. DeleteAfterDays cannot be less than 1 or more than 36500 days"
    if kept is not None and cold is not None and kept < cold + 90:
        return "Invalid lifecycle. DeleteAfterDays cannot be less than 90 days apart from MoveToColdStorageAfterDays"
    return None


def _live(backend: BackupBackend) -> list[Any]:
    return [plan for plan in backend.plans.values() if plan.deletion_date is None]


def _same_document(plan: Any, document: dict[str, Any]) -> bool:
    """Plans of one name are allowed, plans of one document are not."""
    asked: dict[str, Any] = plan.asked
    return {key: value for key, value in asked.items() if value} == {
        key: value for key, value in document.items() if value
    }


def _create_plan(
    original: Any, self: BackupBackend, backup_plan: dict[str, Any], *args: Any, **kwargs: Any
) -> Plan:
    _refuse_rules(self, backup_plan)
    if any(_same_document(plan, backup_plan) for plan in _live(self)):
        raise AlreadyExistsException("Backup plan with the same plan document already exists")
    asked = json.loads(json.dumps(backup_plan))
    # moto takes a plan of the same name, even a deleted one, for the same plan.
    hidden, self.plans = self.plans, {}
    try:
        plan: Plan = original(self, backup_plan, *args, **kwargs)
    finally:
        self.plans = {**hidden, **self.plans}
    plan.asked, plan.selections = asked, {}  # pyright: ignore[reportAttributeAccessIssue]
    return plan


def _found(backend: BackupBackend, plan_id: str) -> Any:
    plan = backend.plans.get(plan_id)
    if plan is None or plan.deletion_date is not None:
        raise ResourceNotFoundException(_NO_PLAN)
    return plan


def _get_plan(original: Any, self: BackupBackend, backup_plan_id: str, version_id: Any) -> Plan:
    _found(self, backup_plan_id)
    return original(self, backup_plan_id, version_id)


def _delete_plan(original: Any, self: BackupBackend, backup_plan_id: str) -> Any:
    plan = _found(self, backup_plan_id)
    if plan.selections:
        raise InvalidRequestException(
            "Related backup plan selections must be deleted prior to backup plan deletion"
        )
    self.tagger.delete_all_tags_for_resource(plan.backup_plan_arn)
    return original(self, backup_plan_id)


def _update_plan(self: BackupResponse) -> str:
    backend = self.backup_backend
    plan = _found(backend, self.path.rstrip("/").split("/")[-1])
    document = json.loads(self.body)["BackupPlan"]
    _refuse_rules(backend, document)
    if any(other is not plan and _same_document(other, document) for other in _live(backend)):
        raise AlreadyExistsException("Backup plan with the same plan document already exists")
    asked = json.loads(json.dumps(document))
    # A plan that was never registered fills in what AWS fills in.
    newer: Any = Plan(document, plan.creator_request_id, backend)
    plan.asked, plan.backup_plan = asked, newer.backup_plan
    plan.version_id, plan.advanced_backup_settings = newer.version_id, newer.advanced_backup_settings
    return json.dumps({**plan.to_dict(), "CreationDate": unix_time()})


def _create_selection(self: BackupResponse) -> str:
    backend = self.backup_backend
    plan = _found(backend, self.path.split("/plans/")[1].split("/")[0])
    body = json.loads(self.body)
    selection = body["BackupSelection"]
    if not selection.get("Resources") and not selection.get("ListOfTags"):
        words = "Invalid backup selection. Either 'ListOfTags' or 'Resources' section must be non-empty."
        raise InvalidParameterValueException(words)
    _refuse_role(backend, selection["IamRoleArn"])
    if any(selection == kept["BackupSelection"] for kept in plan.selections.values()):
        raise AlreadyExistsException("Backup selection with the same selection document already exists")
    made = {
        "SelectionId": str(mock_random.uuid4()),
        "BackupPlanId": plan.backup_plan_id,
        "CreationDate": unix_time(),
        "CreatorRequestId": body.get("CreatorRequestId"),
        "BackupSelection": selection,
    }
    plan.selections[made["SelectionId"]] = made
    return json.dumps({key: made[key] for key in ("SelectionId", "BackupPlanId", "CreationDate")})


def _refuse_role(backend: BackupBackend, arn: str) -> None:
    """The role must be there and trust AWS Backup."""
    from moto.iam.models import iam_backends

    iam = iam_backends[backend.account_id][backend.partition]
    role = next((role for role in iam.roles.values() if role.arn == arn), None)
    if role is None or "backup.amazonaws.com" not in str(role.assume_role_policy_document):
        raise InvalidParameterValueException(_NO_ROLE.format(arn))


def _selection(self: BackupResponse) -> tuple[Any, str]:
    """The plan and the selection that the path names."""
    plan_id, _, rest = self.path.split("/plans/")[1].partition("/selections/")
    plan = _found(self.backup_backend, plan_id)
    selection_id = rest.strip("/")
    if selection_id not in plan.selections:
        raise ResourceNotFoundException(
            f"Cannot find Backup selection with ID {selection_id} in plan {plan_id}"
        )
    return plan, selection_id


def _get_selection(self: BackupResponse) -> str:
    plan, selection_id = _selection(self)
    return json.dumps({key: value for key, value in plan.selections[selection_id].items() if value})


def _delete_selection(self: BackupResponse) -> str:
    plan, selection_id = _selection(self)
    del plan.selections[selection_id]
    return "{}"


def _list_selections(self: BackupResponse) -> str:
    plan = _found(self.backup_backend, self.path.split("/plans/")[1].split("/")[0])
    entries = [
        {
            **{key: made[key] for key in ("SelectionId", "BackupPlanId", "CreationDate")},
            "SelectionName": made["BackupSelection"]["SelectionName"],
            "IamRoleArn": made["BackupSelection"]["IamRoleArn"],
        }
        for made in plan.selections.values()
    ]
    return json.dumps({"BackupSelectionsList": entries})


def _create_vault(
    original: Any,
    self: BackupBackend,
    backup_vault_name: str,
    backup_vault_tags: dict[str, str],
    encryption_key_arn: str,
    creator_request_id: str,
) -> Vault:
    if fault := backup_plans.vault_name_fault(backup_vault_name):
        raise InvalidParameterValueException(f"Invalid backup vault name. ({fault})")
    if encryption_key_arn and not kms.usable(self.account_id, self.region_name, encryption_key_arn):
        raise InvalidParameterValueException(f"Provided KMS key is not valid: {encryption_key_arn}")
    key = encryption_key_arn or kms.own_key(self.account_id, self.region_name, "backup")
    vault: Vault = original(self, backup_vault_name, backup_vault_tags, key, creator_request_id)
    vault.vault_type, vault.vault_state = "BACKUP_VAULT", "AVAILABLE"  # pyright: ignore[reportAttributeAccessIssue]
    vault.policy = None  # pyright: ignore[reportAttributeAccessIssue]
    return vault


def _delete_vault(original: Any, self: BackupBackend, backup_vault_name: str) -> None:
    vault = self.vaults.get(backup_vault_name)
    if vault is not None:
        self.tagger.delete_all_tags_for_resource(vault.backup_vault_arn)
    original(self, backup_vault_name)


def _vault(self: BackupResponse) -> Any:
    return self.backup_backend.describe_backup_vault(self.path.split("/backup-vaults/")[1].split("/")[0])


def _put_policy(self: BackupResponse) -> str:
    policy = json.loads(self.body).get("Policy")
    try:
        json.loads(policy or "")
    except ValueError:
        raise InvalidParameterValueException("The policy is not valid JSON") from None
    _vault(self).policy = policy
    return "{}"


def _get_policy(self: BackupResponse) -> str:
    vault = _vault(self)
    if not vault.policy:
        raise ResourceNotFoundException(f"No policy is attached to backup vault {vault.backup_vault_name}")
    names = {"BackupVaultName": vault.backup_vault_name, "BackupVaultArn": vault.backup_vault_arn}
    return json.dumps({**names, "Policy": vault.policy})


def _delete_policy(self: BackupResponse) -> str:
    _vault(self).policy = None
    return "{}"


def _nothing(member: str) -> Any:
    """No backup job ever runs here, so there are no recovery points, jobs, or resources with backups."""

    def answer(_self: BackupResponse) -> str:
        return json.dumps({member: []})

    return answer


def _unprotected(self: BackupResponse) -> str:
    arn = self.path.split("/resources/")[1]
    raise ResourceNotFoundException(f"Resource {arn} has no recovery point: the sandbox runs no backup jobs")


_ADDED = {
    "update_backup_plan": _update_plan,
    "create_backup_selection": _create_selection,
    "get_backup_selection": _get_selection,
    "delete_backup_selection": _delete_selection,
    "list_backup_selections": _list_selections,
    "put_backup_vault_access_policy": _put_policy,
    "get_backup_vault_access_policy": _get_policy,
    "delete_backup_vault_access_policy": _delete_policy,
    "list_recovery_points_by_backup_vault": _nothing("RecoveryPoints"),
    "list_protected_resources": _nothing("Results"),
    "list_protected_resources_by_backup_vault": _nothing("Results"),
    "list_backup_jobs": _nothing("BackupJobs"),
    "describe_protected_resource": _unprotected,
}
_PATHS = (
    # One path each, with its slash: moto's server makes routes of them, which know no alternatives.
    "{0}/backup-vaults/(?P<name>[^/]+)/access-policy$",
    "{0}/backup-vaults/(?P<name>[^/]+)/recovery-points/$",
    "{0}/backup-vaults/(?P<name>[^/]+)/resources/$",
    "{0}/resources/$",
    "{0}/resources/(?P<resource_arn>.+)$",
    "{0}/backup-jobs/$",
)


def install() -> None:
    for name, method in _ADDED.items():
        add(BackupResponse, name, method)
    urls.url_paths.update(dict.fromkeys(_PATHS, urls.response.dispatch))
    around(BackupBackend, "create_backup_plan", _create_plan)
    around(BackupBackend, "get_backup_plan", _get_plan)
    around(BackupBackend, "delete_backup_plan", _delete_plan)
    around(BackupBackend, "create_backup_vault", _create_vault)
    around(BackupBackend, "delete_backup_vault", _delete_vault)
