"""Parameter groups and option groups: the rules, and what is planned where nothing is said.

Sources: [API] CreateDBParameterGroup, ModifyDBParameterGroup, CreateOptionGroup, ModifyOptionGroup (botocore 1.44.5);
[UG] RDS User Guide, USER_WorkingWithParamGroups and USER_WorkingWithOptionGroups.
"""

import re
from collections.abc import Mapping
from typing import Any

from dbstack.spec import access, names
from dbstack.spec.engines import EngineVersion, engine_facts, tls_parameters, version_fault
from dbstack.spec.extensions import extension_parameters
from dbstack.spec.model import OptionGroupSpec, OptionSpec, ParameterGroupSpec, ParameterSpec
from dbstack.spec.parameter_table import apply_method
from dbstack.spec.paths import Path
from dbstack.spec.pgaudit import FIELD, check_pgaudit, pgaudit_parameters
from dbstack.spec.view import Faults, View

# Oracle and SQL Server have names of several words, MySQL has some with hyphens.
_PARAMETER = re.compile(r"[A-Za-z_][A-Za-z0-9_.()/ -]*", re.ASCII)
_OPTION = re.compile(r"[A-Za-z][A-Za-z0-9_-]*", re.ASCII)
_VALUE_MOST = 4_096
_PREFIX_MOST = 200


def check_groups(view: View, faults: Faults) -> None:
    """The parameter group and the option group of an instance."""
    check_parameter_group(view, view.get("engine_version"), faults)
    _option_group(view, faults)


def check_parameter_group(view: View, version: object, faults: Faults) -> None:
    """`parameter_group` of an instance or a replica; the engine is the view's."""
    group = view.sub("parameter_group")
    if "parameter_group" in view.bad:
        return
    spell = group.path.naming.spell
    given = [name for name in ("parameters", "name", "engine_default") if group.get(name)]
    if len(given) > 1:
        both = " and ".join(map(spell, given))
        message = (
            f"{both} are both given: a group is made, adopted by name or the engine's default, leave one out"
        )
        faults.add(group.at(given[1]), message)
    if group.ok("parameters"):
        parameters: Mapping[str, str] = group["parameters"]
        for name, value in parameters.items():
            faults.add(group.at("parameters").key(name), parameter_fault(name, value))
    engine = str(view["engine"]) if view.ok("engine") else None
    check_pgaudit(group, engine, faults)
    known = engine is not None and isinstance(version, str) and version_fault(engine, version) is None
    family = EngineVersion.parse(str(engine), str(version)).family if known else None
    group.check(faults, "name", lambda text: adopted_fault(text, family))


def parameter_fault(name: str, value: str) -> str | None:
    """Why a parameter can't be set so. Which parameters there are only AWS knows."""
    if not _PARAMETER.fullmatch(name):
        return f"{name!r} is not a parameter's name: write it as `aws rds describe-db-parameters` shows it"
    if name != name.lower():
        # The provider keeps names in lower case: another one would differ for ever.
        return f"{name!r}: write {name.lower()!r}, as AWS keeps it"
    if not value:
        return "'' is empty: leave the parameter out to have the engine's default"
    if len(value) > _VALUE_MOST:
        return f"the value has {len(value)} characters: at most {_VALUE_MOST}, shorten it"
    return None


def adopted_fault(name: str, family: str | None) -> str | None:
    """Why an existing group can't be adopted by this name; `family` is what the engine's version needs."""
    if not name.startswith("default."):
        return names.parameter_group_fault(name)
    if family is None or name == f"default.{family}":
        return None
    return f"{name!r} is not of the family of this version: write 'default.{family}', or engineDefault: true"


def parameter_group_spec(
    view: View, base_name: str, *, key: str = "", database: str = ""
) -> ParameterGroupSpec:
    """The plan; `base_name` is what a made group is named after, `key` tells a replica's apart; `database` is the one
    that extensions are made in."""
    engine, version = str(view["engine"]), str(view["engine_version"])
    group = view.sub("parameter_group")
    family = EngineVersion.parse(engine, version).family
    if group.get("engine_default"):
        return ParameterGroupSpec(f"default.{family}", family, "", ())
    if group.get("name"):
        return ParameterGroupSpec(group["name"], family, "", ())
    given: Mapping[str, str] = group.get("parameters") or {}
    audited = pgaudit_parameters(group[FIELD], given) if group.get(FIELD) else {}
    extended = extension_parameters(view.get("extensions") or (), {**given, **audited}, database)
    wanted: dict[str, str] = {**tls_parameters(engine, version), **given, **audited, **extended}
    parameters = tuple(
        ParameterSpec(name, value, apply_method(engine, name)) for name, value in sorted(wanted.items())
    )
    # The family stands in the name, so that a new major finds its name free and both can be told apart.
    return ParameterGroupSpec(None, family, _prefix(base_name, key, family), parameters)


def _option_group(view: View, faults: Faults) -> None:
    group = view.sub("option_group")
    if "option_group" in view.bad or "option_group" not in view.values:
        return
    at = view.at("option_group")
    engine = str(view["engine"]) if view.ok("engine") else None
    if engine is not None and not engine_facts(engine).options:
        faults.add(
            at,
            f"{engine_facts(engine).label} on RDS has no options: leave it out, and use extensions instead",
        )
        return
    if group.get("name") and "options" in group.values:
        spelled = " and ".join(map(group.path.naming.spell, ("options", "name")))
        faults.add(group.at("name"), f"{spelled} are both given: make a group or adopt one, leave one out")
    if not group.values and not group.bad:
        faults.add(at, "is empty: give options, or the name of an existing group")
    version = view.get("engine_version")
    known = engine is not None and isinstance(version, str) and version_fault(engine, version) is None
    own = _own_option_group(str(engine), str(version)) if known else None
    group.check(faults, "name", lambda text: _adopted_option_group(text, own))
    if group.ok("options"):
        _options(group["options"], group.at("options"), faults)


def _options(options: list[Mapping[str, Any]], at: Path, faults: Faults) -> None:
    seen: set[str] = set()
    for index, record in enumerate(options):
        option = View(record, at.index(index))
        option.check(faults, "name", option_fault)
        option.check(faults, "port", access.port_fault)
        if option.ok("name"):
            if option["name"] in seen:
                faults.add(
                    option.at("name"), f"{option['name']!r} stands there twice: put the settings together"
                )
            seen.add(option["name"])
        if option.ok("security_group_ids"):
            for number, group in enumerate(option["security_group_ids"]):
                if isinstance(group, str):
                    fault = access.security_group_id_fault(group)
                    faults.add(option.at("security_group_ids").index(number), fault)
        if option.ok("settings"):
            settings: Mapping[str, str] = option["settings"]
            for name, value in settings.items():
                fault = setting_fault(name, value)
                faults.add(option.at("settings").key(name), fault)


def option_fault(name: str) -> str | None:
    """Form of an option's name; which options there are only AWS knows."""
    if _OPTION.fullmatch(name):
        return None
    return f"{name!r} is not an option's name: write it as `aws rds describe-option-group-options` shows it"


def setting_fault(name: str, value: str) -> str | None:
    """Form of an option's setting."""
    if not _PARAMETER.fullmatch(name):
        return (
            f"{name!r} is not a setting's name: write it as `aws rds describe-option-group-options` shows it"
        )
    return None if value else "'' is empty: leave the setting out to have the option's default"


def _adopted_option_group(name: str, own: str | None) -> str | None:
    """`own` is AWS's own group of this version."""
    if not re.fullmatch(r"default:[a-z0-9-]+", name):
        return names.option_group_fault(name)
    if own is None or name == own:
        return None
    return f"{name!r} is not of this engine and version: write {own!r}, or leave the group out"


def _own_option_group(engine: str, version: str) -> str:
    return f"default:{engine}-{EngineVersion.parse(engine, version).major.replace('.', '-')}"


def option_group_spec(view: View, base_name: str) -> OptionGroupSpec | None:
    """The plan; None for an engine that has no options."""
    engine = str(view["engine"])
    if not engine_facts(engine).options:
        return None
    major = EngineVersion.parse(engine, str(view["engine_version"])).major
    group = view.sub("option_group")
    if "options" not in group.values:
        # Said, so that a group that was left comes out of use before it is deleted.
        name = group.get("name") or _own_option_group(engine, str(view["engine_version"]))
        return OptionGroupSpec(name, "", engine, major, ())
    records: list[Mapping[str, Any]] = group["options"]
    options = tuple(
        OptionSpec(record["name"], record.get("version"), record.get("port"), _settings(record))
        for record in records
    )
    return OptionGroupSpec(None, _prefix(base_name, "", f"{engine}-{major}"), engine, major, options)


def _settings(record: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    settings: Mapping[str, str] = record.get("settings") or {}
    return tuple(sorted(settings.items()))


def _prefix(base_name: str, key: str, of: str) -> str:
    text = "-".join(part for part in (base_name[:_PREFIX_MOST], key, of) if part).lower()
    return re.sub(r"[^a-z0-9]+", "-", text).strip("-") + "-"
