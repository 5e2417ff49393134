"""RDS subnet groups and parameter groups in moto: what AWS refuses about them, and what moto forgets."""

from collections.abc import Sequence
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import InvalidSubnetIdError
from moto.rds.exceptions import DBParameterGroupNotFoundError, DBSubnetGroupNotFoundError, RDSClientError
from moto.rds.models import DBInstance, RDSBackend
from moto.rds.responses import RDSResponse

from dbstack.sandbox.moto_ext import rds_pending, versions
from dbstack.sandbox.moto_ext.patching import add, around
from dbstack.sandbox.moto_ext.rds_rules import COMBINATION
from dbstack.spec import names
from dbstack.spec.engines import ENGINES, EngineVersion
from dbstack.spec.parameter_table import is_static

_VALUE = "InvalidParameterValue"
_MOST_PARAMETERS = 20
_FOREIGN = ("aurora-", "custom-", "db2-", "docdb", "neptune")


def _check_subnets(subnets: Sequence[Any]) -> None:
    vpcs = {subnet.vpc_id for subnet in subnets}
    if len(vpcs) > 1:
        raise RDSClientError(
            "InvalidSubnet", f"Subnets must all be in the same VPC; these are in {', '.join(sorted(vpcs))}."
        )
    zones = sorted({subnet.availability_zone for subnet in subnets})
    if len(zones) < 2:
        words = (
            "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Current AZ coverage:"
            f" {', '.join(zones)}. Add subnets to cover at least 2 AZs."
        )
        raise RDSClientError("DBSubnetGroupDoesNotCoverEnoughAZs", words)


def _known_subnets(original: Any, self: Any) -> Any:
    """RDS has words of its own for a subnet that does not exist; EC2's error is none of its."""
    try:
        return original(self)
    except InvalidSubnetIdError:
        asked = ", ".join(self.params.get("SubnetIds", []))
        raise RDSClientError(_VALUE, f"Some input subnets in :[{asked}] are invalid.") from None


def _create_subnet_group(
    original: Any, self: Any, subnet_name: str, description: str, subnets: Sequence[Any], tags: Any
) -> Any:
    if fault := names.subnet_group_fault(subnet_name.lower()):
        raise RDSClientError(_VALUE, f"The parameter DBSubnetGroupName is not a valid identifier. ({fault})")
    if subnet_name in self.subnet_groups:
        raise RDSClientError(
            "DBSubnetGroupAlreadyExists", f"The DB subnet group {subnet_name} already exists."
        )
    _check_subnets(subnets)
    return original(self, subnet_name, description, subnets, tags)


def _modify_subnet_group(
    original: Any, self: Any, subnet_name: str, description: str, subnets: Sequence[Any]
) -> Any:
    if subnet_name not in self.subnet_groups:
        raise DBSubnetGroupNotFoundError(subnet_name)
    group = self.subnet_groups[subnet_name]
    _check_subnets(subnets)
    if {subnet.vpc_id for subnet in subnets} != {group.vpc_id}:
        raise RDSClientError(
            "InvalidSubnet", f"The subnets must be in {group.vpc_id}, the VPC of the DB subnet group."
        )
    lost = {subnet.availability_zone for subnet in group._subnets} - {
        subnet.availability_zone for subnet in subnets
    }
    for database in _subnet_group_users(self, group.name):
        if database.availability_zone in lost:
            user = f"{database.db_instance_identifier} in {database.availability_zone}"
            words = f"Some of the subnets to be deleted are currently in use: by {user}."
            raise RDSClientError("SubnetAlreadyInUse", words)
    original(self, subnet_name, description, subnets)
    # moto takes the group out and forgets to put it back.
    self.subnet_groups[subnet_name] = group
    return group


def _subnet_group_users(backend: Any, name: str) -> list[Any]:
    groups = (
        (database, getattr(database, "db_subnet_group", None)) for database in backend.databases.values()
    )
    return [
        database for database, group in groups if group is not None and getattr(group, "name", group) == name
    ]


def _delete_subnet_group(original: Any, self: Any, subnet_name: str) -> Any:
    if users := _subnet_group_users(self, subnet_name.lower()):
        words = (
            f"Cannot delete the subnet group '{subnet_name}' because at least one database instance:"
            f" {users[0].db_instance_identifier} is still using it."
        )
        raise RDSClientError("InvalidDBSubnetGroupStateFault", words)
    return original(self, subnet_name)


def _create_parameter_group(original: Any, self: Any, kwargs: Any) -> Any:
    name, family = kwargs["db_parameter_group_name"], kwargs.get("db_parameter_group_family") or ""
    if fault := names.parameter_group_fault(name.lower()):
        raise RDSClientError(
            _VALUE, f"The parameter DBParameterGroupName is not a valid identifier. ({fault})"
        )
    if fault := _unknown_family(family):
        raise RDSClientError(_VALUE, fault)
    return original(self, kwargs)


def _engine_of(family: str) -> str | None:
    """The engine of a family; None for one that isn't ours."""
    found = [engine for engine in ENGINES if family.startswith(engine) and family != engine]
    return max(found, key=len) if found else None


def _unknown_family(family: str) -> str | None:
    known = versions.families()
    # Families of other engines (Aurora, Db2) are not ours to judge.
    if not family or family in known or (_engine_of(family) is None and not _misspelt(family)):
        return None
    of = sorted(name for name in known if name.startswith((_engine_of(family) or family)[:5]))
    return (
        f"ParameterGroupFamily {family} is not a valid parameter group family (the sandbox's data has"
        f" {', '.join(of or sorted(known))})"
    )


def _misspelt(family: str) -> bool:
    return not family.startswith(_FOREIGN)


def group_family(backend: Any, name: str, engine: str, version: str) -> str | None:
    """Why an instance of this engine and version can't have the group; a missing group is moto's to refuse."""
    if engine not in ENGINES:
        return None
    wanted = EngineVersion.parse(engine, version).family
    group = backend.db_parameter_groups.get(name)
    family = group.family if group is not None else name.removeprefix("default.")
    if family == wanted or (group is None and not name.startswith("default.")):
        return None
    return (
        f"The parameter group {name} with DBParameterGroupFamily {family} can't be used for this instance."
        f" Please use a parameter group with DBParameterGroupFamily {wanted}"
    )


def _default_details(original: Any, self: Any) -> tuple[str, str]:
    """moto makes the family of the version's first numbers, which is so for PostgreSQL only."""
    if self.engine not in ENGINES:
        return original(self)
    family = EngineVersion.parse(self.engine, self.engine_version).family
    return family, f"default.{family}"


def _modify_parameters(
    original: Any, self: Any, db_parameter_group_name: str, db_parameter_group_parameters: Any
) -> Any:
    parameters = list(db_parameter_group_parameters)
    if db_parameter_group_name.startswith("default."):
        raise RDSClientError(
            _VALUE, f"The parameter group {db_parameter_group_name} is a default one and cannot be modified."
        )
    if len(parameters) > _MOST_PARAMETERS:
        words = f"{len(parameters)} parameters in one request: at most {_MOST_PARAMETERS} are allowed."
        raise RDSClientError(_VALUE, words)
    group = self.db_parameter_groups.get(db_parameter_group_name)
    engine = _engine_of(group.family) if group is not None else None
    for parameter in parameters:
        name = parameter["ParameterName"]
        if engine is not None and parameter.get("ApplyMethod") == "immediate" and is_static(engine, name):
            words = f"cannot use immediate apply method for static parameter: {name}"
            raise RDSClientError(COMBINATION, words)
        parameter["Source"] = "user"
    rds_pending.parameters_changed(self, db_parameter_group_name, engine, parameters)
    return original(self, db_parameter_group_name, parameters)


def _delete_parameter_group(original: Any, self: Any, db_parameter_group_name: str) -> Any:
    name = db_parameter_group_name.lower()
    if name.startswith("default."):
        raise RDSClientError(
            "InvalidDBParameterGroupState", f"{name} is a default parameter group and cannot be deleted."
        )
    for database in self.databases.values():
        if (database.db_parameter_group_name or "").lower() == name:
            words = f"One or more database instances are still members of this parameter group {name}"
            raise RDSClientError(
                "InvalidDBParameterGroupState",
                f"{words}, so the group cannot be deleted ({database.db_instance_identifier}).",
            )
    return original(self, db_parameter_group_name)


def _describe_parameters(original: Any, self: Any) -> Any:
    result = original(self)
    wanted = self.params.get("Source")
    if wanted:
        result = ActionResult(
            {"Parameters": [item for item in result.result["Parameters"] if item.get("Source") == wanted]}
        )
    return result


def _reset_parameter_group(self: Any) -> ActionResult:
    name = self.params["DBParameterGroupName"]
    group = self.backend.db_parameter_groups.get(name)
    if group is None:
        raise DBParameterGroupNotFoundError(name)
    if self.params.get("ResetAllParameters"):
        group.parameters.clear()
    for parameter in self.params.get("Parameters", []):
        group.parameters.pop(parameter["ParameterName"], None)
    return ActionResult({"DBParameterGroupName": group.name})


def install() -> None:
    around(RDSResponse, "create_db_subnet_group", _known_subnets)
    around(RDSResponse, "modify_db_subnet_group", _known_subnets)
    around(RDSBackend, "create_subnet_group", _create_subnet_group)
    around(RDSBackend, "modify_db_subnet_group", _modify_subnet_group)
    around(RDSBackend, "delete_subnet_group", _delete_subnet_group)
    around(RDSBackend, "create_db_parameter_group", _create_parameter_group)
    around(RDSBackend, "modify_db_parameter_group", _modify_parameters)
    around(RDSBackend, "delete_db_parameter_group", _delete_parameter_group)
    around(DBInstance, "default_db_parameter_group_details", _default_details)
    around(RDSResponse, "describe_db_parameters", _describe_parameters)
    add(RDSResponse, "reset_db_parameter_group", _reset_parameter_group)
