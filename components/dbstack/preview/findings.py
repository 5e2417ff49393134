"""From the engine's steps to findings: what each change does to the data and the uptime."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dbstack.preview.recording import State, Step
from dbstack.preview.values import at, cut, pieces, scrubbed, shown
from dbstack.spec.changes import Change, Effect, Risk, When, classify, rules_of, severity
from dbstack.spec.changes.removal import Removal, removal

SAME = {
    *("same", "read", "read-replacement", "refresh", "discard", "discard-replaced"),
    *("import", "import-replacement", "remove-pending-replace"),
}
REPLACES = {"replace", "create-replacement", "delete-replaced"}

_LEFT = "deleted: an earlier deployment has replaced it and ended before it deleted the old one"
_LEFT_WAY_OUT = (
    "to keep it, take its entry with `delete: true` out of the state: "
    "pulumi stack export, edit, pulumi stack import"
)
_PROTECT_WAY_OUT = "pulumi protects it: the deployment stops here. If it is meant: pulumi state unprotect"
DATABASES = ("aws:rds/instance:Instance", "aws:rds/cluster:Cluster")
# Nothing in AWS: components, providers, the stack itself, and what remembers for Pulumi.
_PULUMI = ("pulumi:",)


@dataclass(frozen=True)
class Finding:
    """One change: of one property, or of the whole resource (`property` is empty)."""

    urn: str
    type: str
    name: str
    op: str
    risk: Risk
    property: str = ""
    old: str = ""
    new: str = ""
    when: str = ""
    why: str = ""
    way_out: str = ""
    source: str = ""
    refused: bool = False
    """AWS, Pulumi or a guard of dbstack refuses it as things stand."""
    waiver: str = ""
    """The reason and owner of the waiver that covers it."""


def findings_of(steps: tuple[Step, ...]) -> list[Finding]:
    """What every step does, worst first; nothing for what stays as it is."""
    replaced = {step.urn for step in steps if step.op == "replace"}
    made_anew = replaced | {step.urn for step in steps if step.op == "create-replacement"}
    found = [
        finding
        for step in steps
        # The engine tells a replacement as up to three steps; the one that gives the reasons counts.
        if not (step.op in REPLACES - {"replace"} and step.urn in replaced)
        for finding in _findings(step, left=step.op == "delete-replaced" and step.urn not in made_anew)
    ]
    halves = {finding.urn: finding for finding in reversed(found) if finding.op in REPLACES}
    kept = [
        finding
        for finding in found
        if finding.op not in REPLACES or finding.property or halves[finding.urn] is finding
    ]
    return sorted(kept, key=_order)


def _order(finding: Finding) -> tuple[int, bool, str, str]:
    """The worst first, and of what is equally bad the databases themselves."""
    return severity(finding.risk), finding.type not in DATABASES, finding.urn, finding.property


def counted(findings: list[Finding]) -> dict[Risk, int]:
    """Changed resources by the worst that happens to each; those that a waiver covers are not counted."""
    worst: dict[str, Risk] = {}
    for finding in findings:
        if finding.waiver:
            continue
        known = worst.get(finding.urn)
        if known is None or severity(finding.risk) < severity(known):
            worst[finding.urn] = finding.risk
    return {risk: sum(1 for one in worst.values() if one is risk) for risk in Risk}


def _findings(step: Step, *, left: bool) -> Iterator[Finding]:
    """`left`: the old half of a replacement that was interrupted; `pulumi up` deletes it, whatever else it does."""
    if step.op in SAME or step.type.startswith(_PULUMI) or _is_component(step):
        return
    if step.op == "create":
        yield _finding(step, Risk.ONLINE, why="new")
    elif step.op == "update":
        yield from _updates(step)
    elif (step.op == "delete" or left) and step.old is not None:
        yield _goes(step, step.old, left=left)
    elif step.op in REPLACES and (step.old or step.new) is not None:
        yield from _replaces(step)
    else:
        yield _finding(step, Risk.UNKNOWN, why=f"dbstack doesn't know the operation {cut(step.op, 40)}")


def _is_component(step: Step) -> bool:
    state = step.current
    # A type that the tables know is a provider's, whatever a recording says of it.
    return (
        state is not None
        and not state.custom
        and rules_of(step.type) is None
        and not step.type.startswith("aws:")
    )


def _updates(step: Step) -> Iterator[Finding]:
    paths = _one_per_property(list(step.detailed) or list(step.diffs))
    if not paths:
        if step.old is None or step.new is None:
            yield _finding(step, Risk.UNKNOWN, why="the recording doesn't say what changes")
        elif step.old.protect and not step.new.protect:
            yield _finding(
                step, Risk.ONLINE, property="protect", old="true", new="false", why="Pulumi's protection goes"
            )
        else:
            yield _finding(step, Risk.ONLINE, why="only options of Pulumi's change")
        return
    for path in paths:
        yield _update(step, path)


def _update(step: Step, path: str) -> Finding:
    old, new = _before(step, path), at(step.new.inputs if step.new else None, path)
    name = str(pieces(path)[0])
    change = classify(
        step.type,
        name,
        _before(step, name),
        at(step.new.inputs if step.new else None, name),
        _properties(step),
    )
    return _finding(
        step,
        change.risk,
        property=path,
        old=shown(path, old),
        new=shown(path, new),
        when=_when(change, step),
        why=_why(change),
        way_out=change.rule.way_out if change.rule else "",
        source=change.source,
        refused=change.refused,
    )


def _goes(step: Step, old: State, *, left: bool) -> Finding:
    if old.retain_on_delete:
        return _finding(
            step,
            Risk.ONLINE,
            why="Pulumi forgets it (retainOnDelete); itself it stays as it is",
            way_out=_PROTECT_WAY_OUT if old.protect else "",
            refused=old.protect,
        )
    gone = removal(step.type, old.properties)
    if not left:
        return _removed(step, gone, old, gone.note or "it is deleted")
    why = "; ".join(filter(None, (_LEFT, gone.note)))
    return _removed(step, gone, old, why, rule_way_out=_LEFT_WAY_OUT)


def _replaces(step: Step) -> Iterator[Finding]:
    old = step.old or step.new
    assert old is not None
    gone = removal(step.type, old.properties)
    reasons = list(step.replaces) or [
        path for path, kind in step.detailed.items() if kind.endswith("-replace")
    ]
    anew = "replaced by a new, empty one" if gone.risk is Risk.DATA_LOSS else "replaced by a new one"
    kept = "the old one stays in AWS (retainOnDelete)" if old.retain_on_delete else gone.note
    note = f"{anew}; {kept}" if kept else anew
    for path in _one_per_property(reasons) or [""]:
        name = str(pieces(path)[0]) if path else ""
        change = (
            classify(step.type, name, _before(step, name), _after(step, name), _properties(step))
            if path
            else None
        )
        rule = change.rule if change else None
        said = rule.note if rule and rule.effect in (Effect.REPLACEMENT, Effect.DOWNTIME) else ""
        why = f"{note} ({said})" if said else note
        yield _removed(
            step,
            gone,
            old,
            why,
            property=path,
            old_value=shown(path, _before(step, path)) if path else "",
            new_value=shown(path, _after(step, path)) if path else "",
            rule_way_out=rule.way_out if rule else "",
        )


def _removed(
    step: Step,
    gone: Removal,
    old: State,
    why: str,
    *,
    property: str = "",
    old_value: str = "",
    new_value: str = "",
    rule_way_out: str = "",
) -> Finding:
    way_out = "; ".join(filter(None, (rule_way_out, gone.way_out)))
    if property and gone.risk is Risk.DATA_LOSS:
        back = f"set {property} back; renamed in the program: give it an alias"
        way_out = "; ".join(filter(None, (back, way_out)))
    if old.protect:
        way_out = f"{_PROTECT_WAY_OUT}; {way_out}" if way_out else _PROTECT_WAY_OUT
    return _finding(
        step,
        gone.risk,
        property=property,
        old=old_value,
        new=new_value,
        when=str(When.NOW),
        why=why,
        way_out=way_out,
        source=gone.source,
        refused=gone.refused or old.protect,
    )


def _finding(step: Step, risk: Risk, **more: Any) -> Finding:
    for name in ("why", "way_out"):
        if name in more:
            more[name] = scrubbed(more[name])
    return Finding(step.urn, step.type, step.name, step.op, risk, **more)


def _why(change: Change) -> str:
    rule = change.rule
    if rule is None:
        return "no rule of dbstack's knows this change"
    what = {
        Effect.REPLACEMENT: "replaced",
        Effect.REFUSED: "refused",
        Effect.UNKNOWN: "AWS's pages don't say what it does",
    }.get(rule.effect, "")
    because = f"if {rule.condition}" if rule.condition and rule.test is not None else ""
    return ": ".join(filter(None, (what, "; ".join(filter(None, (rule.note, because))))))


def _when(change: Change, step: Step) -> str:
    if change.when is When.WINDOW:
        window = _properties(step).get("maintenanceWindow") or _properties(step).get(
            "preferredMaintenanceWindow"
        )
        return f"{change.when} ({window} UTC)" if isinstance(window, str) else str(change.when)
    return str(change.when)


def _properties(step: Step) -> dict[str, Any]:
    return {**(step.old.properties if step.old else {}), **(step.new.inputs if step.new else {})}


def _before(step: Step, path: str) -> Any:
    if step.old is None:
        return None
    value = at(step.old.inputs, path)
    return at(step.old.outputs, path) if value is None else value


def _after(step: Step, path: str) -> Any:
    return at(step.new.inputs, path) if step.new else None


def _one_per_property(paths: list[str]) -> list[str]:
    """A property with one changed part is named with its path, one with several by itself."""
    parts: dict[str, list[str]] = {}
    for path in paths:
        parts.setdefault(str(pieces(path)[0]), []).append(path)
    return [found[0] if len(found) == 1 else name for name, found in parts.items()]


__all__ = ["Finding", "counted", "findings_of"]
