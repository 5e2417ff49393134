"""Option groups in moto: what AWS refuses about them, and what moto forgets of an option."""

from collections.abc import Mapping, Sequence
from typing import Any

from moto.rds.exceptions import OptionGroupNotFoundFaultError, RDSClientError
from moto.rds.models import OptionGroup, RDSBackend

from dbstack.sandbox.moto_ext import rds_keep, versions
from dbstack.sandbox.moto_ext.patching import around
from dbstack.sandbox.moto_ext.rds_rules import COMBINATION, VALUE
from dbstack.sandbox.wire import listed
from dbstack.spec import groups, names
from dbstack.spec.engines import ENGINES, EngineVersion

_IN_USE = "InvalidOptionGroupStateFault"


def _create(original: Any, self: Any, option_group_kwargs: Any) -> Any:
    """moto's own list of engines and versions ends in 2022."""
    asked = dict(option_group_kwargs.items())
    name, engine = asked["option_group_name"], asked.get("engine_name") or ""
    major = asked.get("major_engine_version") or ""
    if engine not in ENGINES:
        return original(self, option_group_kwargs)
    if fault := names.option_group_fault(name.lower()):
        raise RDSClientError(VALUE, f"The parameter OptionGroupName is not a valid identifier. ({fault})")
    if name in self.option_groups:
        raise RDSClientError("OptionGroupAlreadyExistsFault", f"An option group named {name} already exists.")
    if not asked.get("option_group_description"):
        words = "The parameter OptionGroupDescription must be provided and must not be blank."
        raise RDSClientError(VALUE, words)
    if major not in versions.majors(engine):
        raise RDSClientError(COMBINATION, f"Cannot find major version {major} for {engine}")
    self.option_groups[name] = group = OptionGroup(self, **asked)
    return group


def _modify(
    original: Any,
    self: Any,
    option_group_name: str,
    options_to_include: Sequence[Mapping[str, Any]] | None = None,
    options_to_remove: Any = None,
) -> Any:
    if option_group_name.startswith("default:"):
        words = f"The option group {option_group_name} is a default one and cannot be modified."
        raise RDSClientError(VALUE, words)
    for option in options_to_include or ():
        if fault := groups.option_fault(option["OptionName"]):
            raise RDSClientError(VALUE, f"Invalid option: {option['OptionName']}. ({fault})")
    return original(self, option_group_name, options_to_include, options_to_remove)


def _details(group: Any) -> dict[str, dict[str, Any]]:
    """What moto forgets of each option, kept beside them."""
    details: dict[str, dict[str, Any]] = group.__dict__.setdefault("dbstack_details", {})
    return details


def _add(original: Any, self: Any, options_to_add: Sequence[Mapping[str, Any]]) -> None:
    original(self, options_to_add)
    for option in options_to_add:
        security_groups: list[str] = listed(option.get("VpcSecurityGroupMemberships"))
        _details(self)[option["OptionName"]] = {
            "OptionVersion": option.get("OptionVersion"),
            "Port": option.get("Port"),
            "VpcSecurityGroupMemberships": [
                {"VpcSecurityGroupId": group, "Status": "active"} for group in security_groups
            ],
        }


def _options(self: Any) -> list[dict[str, Any]]:
    kept: dict[str, Sequence[Mapping[str, Any]] | None] = self._options
    return [
        {
            "OptionName": name,
            "OptionSettings": [
                {"Name": item.get("Name"), "Value": item.get("Value")} for item in settings or ()
            ],
            **{key: value for key, value in _details(self).get(name, {}).items() if value is not None},
        }
        for name, settings in kept.items()
    ]


def _delete(original: Any, self: Any, option_group_name: str) -> Any:
    name = option_group_name.lower()
    if name not in self.option_groups:
        raise OptionGroupNotFoundFaultError(option_group_name)
    held = [*self.databases.values(), *self.database_snapshots.values()]
    if any(_group_of(item) == name for item in held):
        raise RDSClientError(_IN_USE, f"The option group '{name}' cannot be deleted because it is in use.")
    return original(self, option_group_name)


def _group_of(item: Any) -> str | None:
    """The option group of an instance, or of the instance that a snapshot was taken of."""
    database = getattr(item, "database", item)
    return getattr(database, "option_group_name", None) if _plain(database) else None


def _plain(database: Any) -> bool:
    # The members of a cluster have their cluster's.
    return getattr(database, "db_cluster_identifier", None) is None


def settle(backend: Any, asked: dict[str, Any], engine: str, version: str) -> str | None:
    """The option group of a request, checked; None where it is AWS's default one, which moto doesn't hold."""
    name = asked.get("option_group_name")
    if not name or engine not in ENGINES:
        return name
    if name == rds_keep.option_group(engine, version):
        return None
    group = backend.option_groups.get(name)
    if group is None:
        raise OptionGroupNotFoundFaultError(name)
    major = EngineVersion.parse(engine, version).major
    if (group.engine_name, group.major_engine_version) != (engine, major):
        words = (
            f"The option group {name} is associated with the engine {group.engine_name} "
            f"{group.major_engine_version}, and can't be used for {engine} {major}."
        )
        raise RDSClientError(COMBINATION, words)
    return name


def install() -> None:
    around(RDSBackend, "create_option_group", _create)
    around(RDSBackend, "modify_option_group", _modify)
    around(RDSBackend, "delete_option_group", _delete)
    around(OptionGroup, "add_options", _add)
    OptionGroup.options = property(_options)  # pyright: ignore[reportAttributeAccessIssue]
