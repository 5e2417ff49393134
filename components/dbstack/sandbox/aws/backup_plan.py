"""AWS Backup plans and the selections of what they back up."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dbstack.sandbox.aws.backup_common import described, tags_of, update_tags
from dbstack.sandbox.aws.model import (
    REGION,
    TAGS,
    Context,
    Handler,
    Naming,
    Prop,
    Props,
    ResourceType,
    pascal,
    rule_faults,
)
from dbstack.sandbox.wire import listed, mapping
from dbstack.spec import access, backup_plans

_NO_SCANS = "the sandbox has no malware scans"
_LIFECYCLE = {
    "deleteAfter": Prop("int", api="DeleteAfterDays"),
    "coldStorageAfter": Prop("int", api="MoveToColdStorageAfterDays"),
    "optInToArchiveForSupportedResources": Prop("bool", computed=True),
}
_COPY = {
    "destinationVaultArn": Prop(required=True, api="DestinationBackupVaultArn"),
    "lifecycle": Prop("object", fields=_LIFECYCLE),
}
_RULE = {
    "ruleName": Prop(required=True),
    "targetVaultName": Prop(required=True, api="TargetBackupVaultName"),
    "schedule": Prop(api="ScheduleExpression"),
    "scheduleExpressionTimezone": Prop(default="Etc/UTC"),
    "startWindow": Prop("int", default=60, api="StartWindowMinutes"),
    "completionWindow": Prop("int", default=180, api="CompletionWindowMinutes"),
    "enableContinuousBackup": Prop("bool", default=False),
    "lifecycle": Prop("object", fields=_LIFECYCLE),
    "recoveryPointTags": Prop("map"),
    "copyActions": Prop("object_set", fields=_COPY),
    "scanActions": Prop("object_set", refused=_NO_SCANS),
    "targetLogicallyAirGappedBackupVaultArn": Prop(refused="the sandbox has no logically air-gapped vaults"),
}
_ADVANCED = {
    "resourceType": Prop(required=True),
    "backupOptions": Prop("map", required=True),
}


def _sent(fields: Mapping[str, Prop], item: Mapping[str, Any]) -> dict[str, Any]:
    """An object of ours in AWS's names; what is empty is left out."""
    return _renamed(fields, item, lambda name, prop: (name, prop.api or pascal(name)), _sent)


def _shown(fields: Mapping[str, Prop], item: Mapping[str, Any]) -> dict[str, Any]:
    """What AWS describes in our names."""
    return _renamed(fields, item, lambda name, prop: (prop.api or pascal(name), name), _shown)


def _renamed(
    fields: Mapping[str, Prop],
    item: Mapping[str, Any],
    names: Callable[[str, Prop], tuple[str, str]],
    inner: Callable[[Mapping[str, Prop], Mapping[str, Any]], dict[str, Any]],
) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name, prop in fields.items():
        source, target = names(name, prop)
        value = item.get(source)
        if prop.fields and (one := mapping(value)):
            value = inner(prop.fields, one)
        elif prop.fields:
            value = [inner(prop.fields, each) for each in listed(value)]
        if value not in (None, "", [], {}, 0) or value is False:
            result[target] = value
    return result


class Plan(Handler):
    """A plan: rules that say when to back up, where to, and how long to keep it."""

    def _document(self, props: Props) -> dict[str, Any]:
        document: dict[str, Any] = {
            "BackupPlanName": props["name"],
            "Rules": [_sent(_RULE, rule) for rule in listed(props["rules"])],
        }
        if settings := listed(props.get("advancedBackupSettings")):
            document["AdvancedBackupSettings"] = [_sent(_ADVANCED, item) for item in settings]
        return document

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        made = ctx.client("backup").create_backup_plan(
            BackupPlan=self._document(props), BackupPlanTags=props.get("tagsAll") or {}
        )
        ctx.made(made["BackupPlanId"])
        return made["BackupPlanId"]

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        client = ctx.client("backup")
        found = described(client.get_backup_plan, BackupPlanId=resource_id)
        if found is None:
            return None
        plan = found["BackupPlan"]
        return {
            "arn": found["BackupPlanArn"],
            "version": found["VersionId"],
            "name": plan["BackupPlanName"],
            "rules": [_shown(_RULE, rule) for rule in plan["Rules"]],
            "advancedBackupSettings": [
                _shown(_ADVANCED, item) for item in found.get("AdvancedBackupSettings", [])
            ],
            "tagsAll": tags_of(client, found["BackupPlanArn"]),
        }

    def update(
        self,
        ctx: Context,
        kind: ResourceType,
        resource_id: str,
        old: Props,
        new: Props,
        changed: Sequence[str],
    ) -> None:
        client = ctx.client("backup")
        if {"rules", "advancedBackupSettings"} & set(changed):
            client.update_backup_plan(BackupPlanId=resource_id, BackupPlan=self._document(new))
        update_tags(client, old["arn"], old, new)

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        described(ctx.client("backup").delete_backup_plan, BackupPlanId=resource_id)

    def check(
        self, ctx: Context, kind: ResourceType, props: Props, unknown: frozenset[str]
    ) -> list[tuple[str, str]]:
        faults: list[tuple[str, str]] = []
        for index, rule in enumerate(listed(props.get("rules"))):
            single = {
                "ruleName": backup_plans.rule_name_fault,
                "targetVaultName": backup_plans.vault_name_fault,
                "schedule": backup_plans.schedule_fault,
            }
            faults += [(f"rules[{index}].{name}", fault) for name, fault in rule_faults(rule, single)]
        return faults

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        client, name = ctx.client("backup"), props.get("name")
        if not name:
            return None
        plans = [
            item["BackupPlanId"]
            for page in client.get_paginator("list_backup_plans").paginate()
            for item in page["BackupPlansList"]
            if item["BackupPlanName"] == name
        ]
        # A name isn't unique; the tags must fit too.
        tags = mapping(props.get("tagsAll")) or {}
        fitting = [
            found for found in plans if (self.read(ctx, kind, found, props) or {}).get("tagsAll") == tags
        ]
        return fitting[0] if len(fitting) == 1 else None


_CONDITIONS = {
    "stringEquals": "StringEquals",
    "stringLikes": "StringLike",
    "stringNotEquals": "StringNotEquals",
    "stringNotLikes": "StringNotLike",
}
_PAIR = {"key": Prop(required=True, api="ConditionKey"), "value": Prop(required=True, api="ConditionValue")}
_TAG = {**_PAIR, "type": Prop(required=True, api="ConditionType")}


class Selection(Handler):
    """What a plan backs up, and the role that does it. AWS has no way to change one."""

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        selection: dict[str, Any] = {"SelectionName": props["name"], "IamRoleArn": props["iamRoleArn"]}
        for name in ("resources", "notResources"):
            if props.get(name):
                selection[pascal(name)] = props[name]
        if tags := listed(props.get("selectionTags")):
            selection["ListOfTags"] = [_sent(_TAG, item) for item in tags]
        conditions: dict[str, list[dict[str, Any]]] = {}
        for condition in listed(props.get("conditions")):
            for name, member in _CONDITIONS.items():
                pairs = [_sent(_PAIR, pair) for pair in listed(condition.get(name))]
                conditions[member] = [*conditions.get(member, []), *pairs]
        if conditions:
            selection["Conditions"] = {member: pairs for member, pairs in conditions.items() if pairs}
        client = ctx.client("backup")
        made = client.create_backup_selection(BackupPlanId=props["planId"], BackupSelection=selection)
        ctx.made(made["SelectionId"])
        return made["SelectionId"]

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        # An import names plan and selection, `<plan id>|<selection id>`, as the provider wants it.
        plan_id, _, selection_id = resource_id.rpartition("|")
        plan_id = plan_id or prior.get("planId") or ""
        if not plan_id:
            return None
        call = ctx.client("backup").get_backup_selection
        found = described(call, BackupPlanId=plan_id, SelectionId=selection_id)
        if found is None:
            return None
        selection = found["BackupSelection"]
        conditions = {
            name: [_shown(_PAIR, pair) for pair in selection.get("Conditions", {}).get(member, [])]
            for name, member in _CONDITIONS.items()
        }
        given = {name: pairs for name, pairs in conditions.items() if pairs}
        return {
            "_id": selection_id,
            "planId": plan_id,
            "name": selection["SelectionName"],
            "iamRoleArn": selection["IamRoleArn"],
            "resources": selection.get("Resources", []),
            "notResources": selection.get("NotResources", []),
            "selectionTags": [_shown(_TAG, item) for item in selection.get("ListOfTags", [])],
            "conditions": [given] if given else [],
        }

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        call = ctx.client("backup").delete_backup_selection
        described(call, BackupPlanId=state["planId"], SelectionId=resource_id)

    def check(
        self, ctx: Context, kind: ResourceType, props: Props, unknown: frozenset[str]
    ) -> list[tuple[str, str]]:
        return rule_faults(props, {"iamRoleArn": access.role_arn_fault, "name": backup_plans.rule_name_fault})

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        plan_id, name = props.get("planId"), props.get("name")
        if not plan_id or not name:
            return None
        found = described(ctx.client("backup").list_backup_selections, BackupPlanId=plan_id) or {}
        named = [item for item in found.get("BackupSelectionsList", []) if item["SelectionName"] == name]
        return named[0]["SelectionId"] if len(named) == 1 else None


PLAN = ResourceType(
    token="aws:backup/plan:Plan",
    service="backup",
    noun="Backup Plan",
    handler=Plan(),
    naming=Naming(max_length=50),
    props={
        "name": Prop(computed=True, replaces=True),
        "rules": Prop("object_set", required=True, fields=_RULE),
        "advancedBackupSettings": Prop("object_set", fields=_ADVANCED),
        "scanSettings": Prop("object_set", refused=_NO_SCANS),
        **TAGS,
        **REGION,
        "arn": Prop(output=True),
        "version": Prop(output=True),
    },
    derived={"rules": ("version",), "advancedBackupSettings": ("version",)},
)

SELECTION = ResourceType(
    token="aws:backup/selection:Selection",
    service="backup",
    noun="Backup Selection",
    handler=Selection(),
    naming=Naming(max_length=50),
    props={
        "name": Prop(computed=True, replaces=True),
        "planId": Prop(required=True, replaces=True),
        "iamRoleArn": Prop(required=True, replaces=True),
        "resources": Prop("set", replaces=True),
        "notResources": Prop("set", computed=True, replaces=True),
        "selectionTags": Prop("object_set", replaces=True, fields=_TAG),
        "conditions": Prop(
            "object_set",
            replaces=True,
            fields={name: Prop("object_set", fields=_PAIR) for name in _CONDITIONS},
        ),
        **REGION,
    },
)
