"""Custom endpoints, parameter groups and snapshots of DB clusters in moto: what it lacks, and what AWS refuses."""

import re
from typing import Any

from moto.core.responses import ActionResult
from moto.moto_api._internal import mock_random
from moto.rds.exceptions import (
    DBClusterNotFoundError,
    DBClusterParameterGroupNotFoundError,
    DBInstanceNotFoundError,
    RDSClientError,
)
from moto.rds.models import DBClusterSnapshot, RDSBackend, RDSBaseModel
from moto.rds.responses import RDSResponse

from dbstack.sandbox.moto_ext.patching import add, around
from dbstack.sandbox.moto_ext.rds_rules import COMBINATION, VALUE
from dbstack.sandbox.wire import listed
from dbstack.spec import cluster_rules, names
from dbstack.spec.cluster_engines import CLUSTER_ENGINES

_MOST_PARAMETERS = 20
_MOST_ENDPOINTS = 5


class ClusterEndpoint(RDSBaseModel):
    """A custom endpoint, as DescribeDBClusterEndpoints shows it."""

    resource_type = "cluster-endpoint"

    def __init__(self, backend: Any, asked: Any) -> None:
        super().__init__(backend)
        self.db_cluster_endpoint_identifier = str(asked["DBClusterEndpointIdentifier"]).lower()
        self.db_cluster_identifier = str(asked["DBClusterIdentifier"]).lower()
        self.db_cluster_endpoint_resource_identifier = "cluster-endpoint-" + mock_random.get_random_string(26)
        self.endpoint_type = "CUSTOM"
        self.status = "available"
        self.custom_endpoint_type = str(asked["EndpointType"])
        self.static_members = sorted(listed(asked.get("StaticMembers")))
        self.excluded_members = sorted(listed(asked.get("ExcludedMembers")))
        self.tags = list(asked.get("Tags") or [])

    @property
    def resource_id(self) -> str:
        return self.db_cluster_endpoint_identifier

    @property
    def db_cluster_endpoint_arn(self) -> str:
        return self.arn

    @property
    def endpoint(self) -> str:
        cluster: Any = self.backend.clusters[self.db_cluster_identifier]
        return f"{self.resource_id}.cluster-custom-{cluster.url_identifier}.{self.region}.rds.amazonaws.com"


def _missing(identifier: str) -> RDSClientError:
    return RDSClientError("DBClusterEndpointNotFoundFault", f"DB cluster endpoint {identifier} not found.")


def _start(original: Any, self: Any, region_name: str, account_id: str) -> None:
    original(self, region_name, account_id)
    endpoints: dict[str, ClusterEndpoint] = {}
    self.cluster_endpoints = endpoints
    self.resource_map[ClusterEndpoint] = self.cluster_endpoints
    self.arn_regex = re.compile(self.arn_regex.pattern.replace("|cluster|", "|cluster|cluster-endpoint|"))


def _check_members(self: Any, asked: Any) -> None:
    kind, static, excluded = (
        asked.get("EndpointType"),
        asked.get("StaticMembers"),
        asked.get("ExcludedMembers"),
    )
    if kind is not None and kind not in ("READER", "ANY", "WRITER"):
        raise RDSClientError(VALUE, f"Invalid endpoint type {kind}: choose READER or ANY.")
    if static and excluded:
        raise RDSClientError(COMBINATION, "Give StaticMembers or ExcludedMembers, not both.")
    for identifier in [*listed(static), *listed(excluded)]:
        if identifier not in self.backend.databases:
            raise DBInstanceNotFoundError(identifier)


def _create_endpoint(self: Any) -> ActionResult:
    asked, backend = self.params, self.backend
    identifier = asked["DBClusterEndpointIdentifier"]
    cluster = backend.clusters.get(asked["DBClusterIdentifier"])
    if cluster is None:
        raise DBClusterNotFoundError(asked["DBClusterIdentifier"])
    if fault := cluster_rules.endpoint_fault(identifier.lower()):
        raise RDSClientError(
            VALUE, f"The parameter DBClusterEndpointIdentifier is not a valid identifier. ({fault})"
        )
    if identifier.lower() in backend.cluster_endpoints:
        raise RDSClientError(
            "DBClusterEndpointAlreadyExistsFault", f"DB cluster endpoint {identifier} already exists."
        )
    if cluster.engine in CLUSTER_ENGINES and not CLUSTER_ENGINES[cluster.engine].aurora:
        raise RDSClientError(COMBINATION, "Custom endpoints aren't supported for Multi-AZ DB clusters.")
    own = [
        item
        for item in backend.cluster_endpoints.values()
        if item.db_cluster_identifier == cluster.resource_id
    ]
    if len(own) >= _MOST_ENDPOINTS:
        words = f"A cluster can have {_MOST_ENDPOINTS} custom endpoints."
        raise RDSClientError("DBClusterEndpointQuotaExceededFault", words)
    _check_members(self, asked)
    made: Any = ClusterEndpoint(backend, asked)
    backend.cluster_endpoints[made.resource_id] = made
    return ActionResult(made)


def _modify_endpoint(self: Any) -> ActionResult:
    asked = self.params
    identifier = asked["DBClusterEndpointIdentifier"].lower()
    found = self.backend.cluster_endpoints.get(identifier)
    if found is None:
        raise _missing(identifier)
    _check_members(self, asked)
    if asked.get("EndpointType"):
        found.custom_endpoint_type = asked["EndpointType"]
    # Giving one list empties the other.
    if asked.get("StaticMembers") is not None:
        found.static_members, found.excluded_members = sorted(listed(asked["StaticMembers"])), []
    if asked.get("ExcludedMembers"):
        found.excluded_members, found.static_members = sorted(listed(asked["ExcludedMembers"])), []
    return ActionResult(found)


def _describe_endpoints(self: Any) -> ActionResult:
    identifier, cluster = (
        self.params.get("DBClusterEndpointIdentifier"),
        self.params.get("DBClusterIdentifier"),
    )
    found = list(self.backend.cluster_endpoints.values())
    if identifier:
        found = [item for item in found if item.resource_id == identifier.lower()]
        if not found:
            raise _missing(identifier)
    if cluster:
        found = [item for item in found if item.db_cluster_identifier == cluster.lower()]
    return ActionResult({"DBClusterEndpoints": found})


def _delete_endpoint(self: Any) -> ActionResult:
    identifier = self.params["DBClusterEndpointIdentifier"].lower()
    found = self.backend.cluster_endpoints.pop(identifier, None)
    if found is None:
        raise _missing(identifier)
    return ActionResult(found)


def _create_group(
    original: Any,
    self: Any,
    db_cluster_parameter_group_name: str,
    db_parameter_group_family: str,
    *rest: Any,
    **more: Any,
) -> Any:
    if fault := names.parameter_group_fault(db_cluster_parameter_group_name.lower()):
        words = "The parameter DBClusterParameterGroupName is not a valid identifier."
        raise RDSClientError(VALUE, f"{words} ({fault})")
    family = db_parameter_group_family or ""
    if family.rstrip("0123456789.") in CLUSTER_ENGINES and not family[-1:].isdigit():
        raise RDSClientError(VALUE, f"ParameterGroupFamily {family} is not a valid parameter group family")
    return original(self, db_cluster_parameter_group_name, db_parameter_group_family, *rest, **more)


def _modify_parameters(
    original: Any, self: Any, db_cluster_parameter_group_name: str, db_cluster_parameter_group_parameters: Any
) -> Any:
    parameters = list(db_cluster_parameter_group_parameters)
    if len(parameters) > _MOST_PARAMETERS:
        words = f"{len(parameters)} parameters in one request: at most {_MOST_PARAMETERS} are allowed."
        raise RDSClientError(VALUE, words)
    for parameter in parameters:
        parameter["Source"] = "user"
    return original(self, db_cluster_parameter_group_name, parameters)


def _describe_parameters(original: Any, self: Any) -> Any:
    result, wanted = original(self), self.params.get("Source")
    if not wanted:
        return result
    shown = [item for item in result.result["Parameters"] if item.get("Source") == wanted]
    return ActionResult({"Parameters": shown})


def _reset_group(self: Any) -> ActionResult:
    name = self.params["DBClusterParameterGroupName"]
    group = self.backend.db_cluster_parameter_groups.get(name)
    if group is None:
        raise DBClusterParameterGroupNotFoundError(name)
    if self.params.get("ResetAllParameters"):
        group.parameters.clear()
    for parameter in self.params.get("Parameters", []):
        group.parameters.pop(parameter["ParameterName"], None)
    return ActionResult({"DBClusterParameterGroupName": group.name})


def _delete_group(original: Any, self: Any) -> Any:
    name = str(self.params.get("DBClusterParameterGroupName") or "").lower()
    for cluster in self.backend.clusters.values():
        if (cluster.parameter_group or "").lower() == name:
            words = "One or more database clusters are still members of this parameter group"
            raise RDSClientError(
                "InvalidDBParameterGroupState",
                f"{words} {name}, so the group cannot be deleted ({cluster.db_cluster_identifier}).",
            )
    if name not in self.backend.db_cluster_parameter_groups:
        raise DBClusterParameterGroupNotFoundError(name)
    return original(self)


def _vpc(self: Any) -> str | None:
    group = self.backend.subnet_groups.get(self.cluster.db_subnet_group_name)
    return group.vpc_id if group else None


def install() -> None:
    around(RDSBackend, "__init__", _start)
    add(RDSResponse, "create_db_cluster_endpoint", _create_endpoint)
    add(RDSResponse, "modify_db_cluster_endpoint", _modify_endpoint)
    add(RDSResponse, "describe_db_cluster_endpoints", _describe_endpoints)
    add(RDSResponse, "delete_db_cluster_endpoint", _delete_endpoint)
    add(RDSResponse, "reset_db_cluster_parameter_group", _reset_group)
    around(RDSBackend, "create_db_cluster_parameter_group", _create_group)
    around(RDSBackend, "modify_db_cluster_parameter_group", _modify_parameters)
    around(RDSResponse, "describe_db_cluster_parameters", _describe_parameters)
    around(RDSResponse, "delete_db_cluster_parameter_group", _delete_group)
    DBClusterSnapshot.availability_zones = property(lambda item: item.cluster.availability_zones)  # pyright: ignore[reportAttributeAccessIssue]
    DBClusterSnapshot.license_model = property(lambda item: item.cluster.license_model)  # pyright: ignore[reportAttributeAccessIssue]
    DBClusterSnapshot.vpc_id = property(_vpc)  # pyright: ignore[reportAttributeAccessIssue]
