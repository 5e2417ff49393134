"""The backup plan, planned: from what a user wrote to a checked, complete description."""

from collections.abc import Mapping
from typing import Any, NamedTuple, cast

from dbstack.spec import access, backup_plans, checks, names
from dbstack.spec.defaults import BACKUP_RULE
from dbstack.spec.errors import SpecError
from dbstack.spec.model import Names
from dbstack.spec.paths import Path
from dbstack.spec.schema import Record, read
from dbstack.spec.types import DatabaseBackupPlanArgs, OnDelete
from dbstack.spec.view import Faults, View

_SUFFIXED_MOST = 41
"""Characters of a vault's name, without the hyphen and the eight digits after it."""
_DEFAULT_RULES: Mapping[str, Mapping[str, Any]] = {"daily": {}}
_VAULT_CREATION = ("kms_key_id", "lock", "deny_deletion")


class BackupCopySpec(NamedTuple):
    """A copy; the vault's ARN stays in the arguments."""

    key: str
    delete_after_days: int


class BackupRuleSpec(NamedTuple):
    """One rule, defaults filled in."""

    name: str
    schedule: str
    delete_after_days: int
    continuous: bool
    start_within_minutes: int
    complete_within_minutes: int
    copies: tuple[BackupCopySpec, ...]


class VaultLockSpec(NamedTuple):
    """None where AWS sets no bound."""

    min_retention_days: int | None
    max_retention_days: int | None
    changeable_for_days: int | None


class BackupPlanSpec(NamedTuple):
    """A plan, its vault and its role."""

    plan_name: str
    base_name: str
    """What the vault and the role are named after; both get a random end."""
    rules: tuple[BackupRuleSpec, ...]
    makes_vault: bool
    makes_role: bool
    lock: VaultLockSpec | None
    deny_deletion: bool
    on_delete: OnDelete
    protected: bool
    tags: Mapping[str, str]

    @property
    def makes_names(self) -> bool:
        """Whether a random end is needed."""
        return self.makes_vault or self.makes_role


def plan_backup(args: DatabaseBackupPlanArgs, planned: Names) -> BackupPlanSpec:
    """A backup plan. Raises SpecError with every fault."""
    record, found = read(DatabaseBackupPlanArgs, args, Path())
    view, faults = View(record, Path()), Faults(found)
    check_backup_plan(view, faults)
    checks.check_tags(view, faults)
    checks.check_controls(view, faults)
    if view.ok("resource_arns"):
        _check_resources(view, faults)
    if faults.found:
        raise SpecError(faults.found, subject=planned.name)
    vault = view.sub("vault")
    on_delete: OnDelete = view.get("on_delete") or OnDelete.RETAIN
    protected: bool | None = view.get("deletion_protection")
    environment = str(view.get("environment") or planned.stack)
    return BackupPlanSpec(
        plan_name=planned.physical[:50].rstrip("-"),
        base_name=planned.physical[:_SUFFIXED_MOST].rstrip("-"),
        rules=tuple(_rule(name, rule) for name, rule in rules_of(view).items()),
        makes_vault="name" not in vault.values,
        makes_role="role_arn" not in view.values,
        lock=_lock(vault.sub("lock")) if vault.get("lock") else None,
        deny_deletion=bool(vault.get("deny_deletion")),
        on_delete=on_delete,
        protected=on_delete is not OnDelete.DESTROY if protected is None else protected,
        tags={"Name": planned.physical, "Environment": environment, **(view.get("tags") or {})},
    )


def rules_of(view: View) -> dict[str, View]:
    """The rules with their defaults."""
    given: Mapping[str, Mapping[str, Any]] = view.get("rules") or _DEFAULT_RULES
    at = view.at("rules")
    return {name: View(rule, at.key(name), BACKUP_RULE) for name, rule in given.items()}


def is_continuous(view: View) -> bool:
    """Whether a rule makes continuous backups, which take over the databases' own."""
    return any(rule.get("continuous") is True for rule in rules_of(view).values())


def check_backup_plan(view: View, faults: Faults) -> None:
    """Rules of a plan, its vault and its role."""
    view.check(faults, "role_arn", access.role_arn_fault)
    if view.ok("on_delete") and view["on_delete"] is OnDelete.SNAPSHOT:
        message = (
            "'snapshot': a vault has none; use 'retain' (it stays with its recovery points) or 'destroy'"
        )
        faults.add(view.at("on_delete"), message)
    if "rules" not in view.bad:
        _check_rules(view, faults)
    if "vault" not in view.bad:
        _check_vault(view.sub("vault"), faults)


def _check_rules(view: View, faults: Faults) -> None:
    if view.ok("rules") and not view["rules"]:
        faults.add(view.at("rules"), "is empty: leave it out for one daily rule, or name a rule")
    continuous: list[str] = []
    for name, rule in rules_of(view).items():
        faults.add(rule.path, backup_plans.rule_name_fault(name))
        rule.check(faults, "schedule", backup_plans.schedule_fault)
        rule.check(faults, "start_within_minutes", backup_plans.start_window_fault)
        if rule.ok("start_within_minutes", "complete_within_minutes"):
            start, end = rule["start_within_minutes"], rule["complete_within_minutes"]
            faults.add(rule.at("complete_within_minutes"), backup_plans.completion_window_fault(end, start))
        if rule.ok("delete_after_days", "continuous"):
            fault = (
                backup_plans.continuous_days_fault if rule["continuous"] else backup_plans.delete_after_fault
            )
            faults.add(rule.at("delete_after_days"), fault(rule["delete_after_days"]))
        if rule.ok("continuous") and rule["continuous"]:
            continuous.append(name)
        _check_copies(rule, faults)
    if len(continuous) > 1:
        both = " and ".join(map(repr, continuous))
        message = f"{both} are continuous: AWS keeps one continuous backup of a database, leave one"
        faults.add(view.at("rules"), message)


def _check_copies(rule: View, faults: Faults) -> None:
    if not rule.ok("copies"):
        return
    given: Mapping[str, Mapping[str, Any]] = rule["copies"]
    seen: dict[str, str] = {}
    for key, record in given.items():
        copy = View(record, rule.at("copies").key(key))
        faults.add(copy.path, names.key_fault(key, "a copy's name"))
        copy.check(faults, "vault_arn", backup_plans.vault_arn_fault)
        copy.check(faults, "delete_after_days", backup_plans.delete_after_fault)
        arn = copy.get("vault_arn")
        if isinstance(arn, str) and (twin := seen.setdefault(arn, key)) != key:
            faults.add(copy.at("vault_arn"), f"is also that of {twin!r}: one copy into a vault is enough")


def _check_vault(vault: View, faults: Faults) -> None:
    vault.check(faults, "name", backup_plans.vault_name_fault)
    vault.check(faults, "kms_key_id", access.key_arn_fault)
    spell = vault.path.naming.spell
    given = [name for name in _VAULT_CREATION if name in vault.given]
    if "name" in vault.given and given:
        message = f"names an existing vault, and {spell(given[0])} is for one that is made: leave one of the two out"
        faults.add(vault.at("name"), message)
    if vault.ok("lock"):
        lock = vault.sub("lock")
        if not lock.values and not lock.bad:
            faults.add(lock.path, f"locks nothing: give {spell('min_retention_days')}")
        found = backup_plans.lock_faults(
            *(
                lock.get(name) if lock.ok(name) else None
                for name in ("min_retention_days", "max_retention_days", "changeable_for_days")
            )
        )
        fields = {
            "minRetentionDays": "min_retention_days",
            "maxRetentionDays": "max_retention_days",
            "changeableForDays": "changeable_for_days",
        }
        for name, message in found:
            faults.add(lock.at(fields[name]), message)


def _check_resources(view: View, faults: Faults) -> None:
    arns = cast(list[object], view["resource_arns"])
    at = view.at("resource_arns")
    if not arns:
        faults.add(at, "is empty: name the ARN of a database")
    if len(arns) > backup_plans.SELECTED_MOST:
        message = f"{len(arns)} databases: a plan takes {backup_plans.SELECTED_MOST}, make a second plan for the others"
        faults.add(at, message)
    checks.check_ids(arns, at, backup_plans.resource_arn_fault, faults)


def _rule(name: str, rule: View) -> BackupRuleSpec:
    copies: Mapping[str, Record] = rule["copies"]
    return BackupRuleSpec(
        name=name,
        schedule=rule["schedule"],
        delete_after_days=rule["delete_after_days"],
        continuous=rule["continuous"],
        start_within_minutes=rule["start_within_minutes"],
        complete_within_minutes=rule["complete_within_minutes"],
        copies=tuple(
            BackupCopySpec(key, copy.get("delete_after_days") or rule["delete_after_days"])
            for key, copy in copies.items()
        ),
    )


def _lock(lock: View) -> VaultLockSpec:
    return VaultLockSpec(
        lock.get("min_retention_days"), lock.get("max_retention_days"), lock.get("changeable_for_days")
    )
