"""One policy for each control: those of one resource stop it from being made, those of a stack are told at its end."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import yaml

from dbstack.spec.controls import CONTROLS, UNKNOWN, Control, Declared, Scope, Severity, World, judged

if TYPE_CHECKING:
    import pulumi_policy as policy

NAME = "dbstack-controls"
_EXCEPT = "except"


def policy_pack(exceptions: Path | str | None = None, *, name: str = NAME) -> None:
    """Serve the pack to the engine, until that ends it.

    Controls of low severity are advisory, the others mandatory; `--policy-pack-config` changes that for each.

    Args:
        exceptions: a YAML file with `exceptions: [{id, reason, ...}]`: controls that are not enforced.
        name: the pack's name.
    """
    try:
        import pulumi_policy as policy
    except ImportError as error:
        raise ImportError("a policy pack needs pulumi-policy: pip install 'dbstack[policy]'") from error
    left_out = excepted(Path(exceptions)) if exceptions is not None else frozenset[str]()
    policy.PolicyPack(
        name=name,
        policies=[made for control in CONTROLS.values() if (made := make_policy(control, left_out))],
        description="AWS Foundational Security Best Practices for databases and what stands round them",
    )


def excepted(file: Path) -> frozenset[str]:
    """Ids of the controls that an exceptions file lists; each needs a reason."""
    entries = cast(Sequence[Mapping[str, Any]], yaml.safe_load(file.read_text())["exceptions"])
    if bare := [str(entry.get("id")) for entry in entries if not str(entry.get("reason") or "").strip()]:
        raise ValueError(f"{file}: {', '.join(bare)} has no reason")
    return frozenset(str(entry["id"]) for entry in entries)


def make_policy(control: Control, left_out: frozenset[str] = frozenset()) -> "policy.Policy | None":
    """The policy of a control; None where no declaration shows it."""
    import pulumi_policy as policy

    if control.judge is None:
        return None
    level = (
        policy.EnforcementLevel.ADVISORY
        if control.severity is Severity.LOW
        else policy.EnforcementLevel.MANDATORY
    )
    described: dict[str, Any] = {
        "name": control.id,
        "description": f"{control.title} ({control.page})",
        "enforcement_level": policy.EnforcementLevel.DISABLED if control.id in left_out else level,
        "severity": policy.Severity(control.severity.value),
        "config_schema": policy.PolicyConfigSchema(
            {
                _EXCEPT: {
                    "type": "object",
                    "description": "Resources that it is not enforced for (* stands for anything), with the reason.",
                    "additionalProperties": {"type": "string", "minLength": 1},
                }
            }
        ),
    }
    if control.scope is Scope.RESOURCE:
        return policy.ResourceValidationPolicy(validate=_one(control), **described)
    return policy.StackValidationPolicy(validate=_all(control), **described)


def _one(control: Control) -> "Callable[[policy.ResourceValidationArgs, policy.ReportViolation], None]":
    def validate(args: "policy.ResourceValidationArgs", report: "policy.ReportViolation") -> None:
        if args.resource_type not in control.types or _is_excepted(args.name, args.get_config()):
            return
        resource = Declared(args.resource_type, args.name, read(args.props), args.urn, {})
        _report(control, World([resource]), args.get_config(), report)

    return validate


def _all(control: Control) -> "Callable[[policy.StackValidationArgs, policy.ReportViolation], None]":
    def validate(args: "policy.StackValidationArgs", report: "policy.ReportViolation") -> None:
        world = World([*declared(args.resources)], whole=True)
        _report(control, world, args.get_config(), report)

    return validate


def _report(
    control: Control, world: World, config: Mapping[str, Any], report: "policy.ReportViolation"
) -> None:
    for finding in judged(control, world):
        resource = finding.resource
        if not _is_excepted(resource.name, config):
            report(
                f"{control.id} {resource.name}: {finding.message}. With dbstack: {control.satisfy}.",
                resource.urn,
            )


def _is_excepted(name: str, config: Mapping[str, Any]) -> bool:
    reasons = cast(Mapping[str, str], config.get(_EXCEPT) or {})
    return any(fnmatchcase(name, pattern) for pattern in reasons)


def declared(resources: "Sequence[policy.PolicyResource]") -> Iterator[Declared]:
    """The resources of a stack, with what refers to what."""
    for resource in resources:
        if resource.resource_type.startswith("aws:"):
            links = {
                name: frozenset(other.urn for other in others)
                for name, others in resource.property_dependencies.items()
            }
            yield Declared(resource.resource_type, resource.name, read(resource.props), resource.urn, links)


def read(props: Mapping[str, Any]) -> dict[str, Any]:
    """Properties as the rules read them: what a preview doesn't know is UNKNOWN."""
    return {name: _value(lambda name=name: props[name]) for name in props}


def _value(get: Callable[[], Any]) -> Any:
    from pulumi_policy.proxy import UnknownValueError

    try:
        value = get()
    except UnknownValueError:
        return UNKNOWN
    if isinstance(value, Mapping):
        return read(cast(Mapping[str, Any], value))
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        items = cast(Sequence[Any], value)
        return [_value(lambda index=index: items[index]) for index in range(len(items))]
    return value
