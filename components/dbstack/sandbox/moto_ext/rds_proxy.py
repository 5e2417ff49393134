"""RDS proxies in moto: changes and endpoints, which it lacks, and targets that come to stand where AWS has them."""

from typing import Any

from moto.core.responses import ActionResult
from moto.moto_api._internal import mock_random
from moto.rds.exceptions import DBInstanceNotFoundError, DBProxyNotFoundFault, RDSClientError
from moto.rds.models import DBProxyTargetGroup, RDSBackend, RDSBaseModel
from moto.rds.responses import RDSResponse

from dbstack.sandbox.moto_ext.patching import add, around
from dbstack.sandbox.wire import listed
from dbstack.spec import names

_VALUE = "InvalidParameterValue"
_READ_ONLY = "READ_ONLY"
# What moto drops of a proxy: member -> its default at AWS.
_KEPT = {
    "DefaultAuthScheme": "NONE",
    "EndpointNetworkType": "IPV4",
    "TargetConnectionNetworkType": "IPV4",
}


def _attribute(member: str) -> str:
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in member).lstrip("_")


class Endpoint(RDSBaseModel):
    """A further endpoint of a proxy."""

    resource_type = "db-proxy-endpoint"

    def __init__(self, backend: Any, proxy: Any, params: Any) -> None:
        super().__init__(backend)
        self._proxy = proxy
        self.unique_id = f"prx-endpoint-{mock_random.get_random_string(17, lower_case=True)}"
        self.db_proxy_endpoint_name = params["DBProxyEndpointName"]
        self.vpc_subnet_ids = params["VpcSubnetIds"]
        self.vpc_security_group_ids = params.get("VpcSecurityGroupIds") or list(proxy.vpc_security_group_ids)
        self.target_role = params.get("TargetRole") or "READ_WRITE"
        self.tags = params.get("Tags") or []
        self.vpc_id = proxy.vpc_id
        self.status = "available"
        self.is_default = False
        suffix = f"endpoint.proxy-{proxy.url_identifier}.{backend.region_name}.rds.amazonaws.com"
        self.endpoint = f"{self.db_proxy_endpoint_name}.{suffix}"

    @property
    def resource_id(self) -> str:
        return self.unique_id

    @property
    def db_proxy_endpoint_arn(self) -> str:
        return self.arn

    @property
    def db_proxy_name(self) -> str:
        return self._proxy.db_proxy_name

    @property
    def created_date(self) -> Any:
        return self.created


def _proxy(backend: Any, name: str | None) -> Any:
    if name not in backend.db_proxies:
        raise DBProxyNotFoundFault(name or "")
    return backend.db_proxies[name]


def _endpoints(proxy: Any) -> dict[str, Endpoint]:
    return proxy.__dict__.setdefault("further_endpoints", {})


def _create(original: Any, self: Any) -> Any:
    params = self.params
    if fault := names.proxy_name_fault(params["DBProxyName"]):
        raise RDSClientError(_VALUE, f"The parameter DBProxyName is not a valid identifier. ({fault})")
    # Members that may be left out, which moto insists on.
    params.setdefault("Auth", [])
    if not params["Auth"] and params.get("DefaultAuthScheme", "NONE") == "NONE":
        raise RDSClientError(_VALUE, "You must specify Auth when DefaultAuthScheme is NONE.")
    result = original(self)
    proxy = self.backend.db_proxies[params["DBProxyName"]]
    for member, default in _KEPT.items():
        setattr(proxy, _attribute(member), params.get(member) or default)
    return result


def _modify(self: Any) -> ActionResult:
    params = self.params
    proxy = _proxy(self.backend, params.get("DBProxyName"))
    new = params.get("NewDBProxyName")
    if new and new != proxy.db_proxy_name:
        if fault := names.proxy_name_fault(new):
            raise RDSClientError(_VALUE, f"The parameter NewDBProxyName is not a valid identifier. ({fault})")
        self.backend.db_proxies[new] = self.backend.db_proxies.pop(proxy.db_proxy_name)
        proxy.db_proxy_name = new
        for group in proxy.proxy_target_groups.values():
            group.db_proxy_name = new
    members = ("Auth", "RequireTLS", "IdleClientTimeout", "DebugLogging", "RoleArn", "DefaultAuthScheme")
    spelled = {"RequireTLS": "require_tls"}
    for member in members:
        if params.get(member) is not None:
            setattr(proxy, spelled.get(member, _attribute(member)), params[member])
    if params.get("SecurityGroups"):
        proxy.vpc_security_group_ids = params["SecurityGroups"]
    return ActionResult({"DBProxy": proxy})


def _register(original: Any, self: Any, **asked: Any) -> Any:
    name, group_name = asked["db_proxy_name"], asked["target_group_name"]
    clusters = listed(asked["db_cluster_identifiers"])
    instances = listed(asked["db_instance_identifiers"])
    proxy = _proxy(self, name)
    for instance in instances:
        if instance not in self.databases:
            raise DBInstanceNotFoundError(instance)
    for cluster in clusters:
        if cluster not in self.clusters:
            raise RDSClientError("DBClusterNotFoundFault", f"DBCluster {cluster} not found.")
    group = proxy.proxy_target_groups[group_name or "default"]
    standing = {target.rds_resource_id for target in group.targets}
    if taken := standing & {*instances, *clusters}:
        words = f"The target {taken.pop()} is already registered with the proxy {name}."
        raise RDSClientError("DBProxyTargetAlreadyRegisteredFault", words)
    made = original(self, **asked)
    for target in made:
        cluster = target.type == "TRACKED_CLUSTER"
        owner = self.clusters[target.rds_resource_id] if cluster else self.databases[target.rds_resource_id]
        target.port = int(owner.port)
        target.target_arn = owner.arn
        if not cluster:
            target.endpoint, target.role = owner.address, "READ_WRITE"
        # AWS has it registering for a minute; the sandbox has no clock.
        target._registering = False
    return made


def _known(original: Any, self: Any) -> Any:
    _proxy(self.backend, self.params.get("DBProxyName"))
    return original(self)


def _delete(original: Any, self: Any, proxy_name: str) -> Any:
    _proxy(self, proxy_name)
    return original(self, proxy_name=proxy_name)


def _modify_target_group(original: Any, self: Any, proxy_name: str, config: dict[str, Any]) -> Any:
    group = original(self, proxy_name, config)
    if "MaxIdleConnectionsPercent" in config:
        # moto takes 0 for "not given".
        group.max_idle_connections = config["MaxIdleConnectionsPercent"]
    if "InitQuery" in config:
        group.init_query = config["InitQuery"]
    return group


def _pool(group: Any) -> dict[str, Any]:
    query = getattr(group, "init_query", None)
    return {
        "MaxConnectionsPercent": int(group.max_connections),
        "MaxIdleConnectionsPercent": int(group.max_idle_connections),
        "ConnectionBorrowTimeout": int(group.borrow_timeout),
        "SessionPinningFilters": list(group.session_pinning_filters),
        **({"InitQuery": query} if query else {}),
    }


def _create_endpoint(self: Any) -> ActionResult:
    params = self.params
    proxy = _proxy(self.backend, params.get("DBProxyName"))
    name = params["DBProxyEndpointName"]
    if fault := names.proxy_name_fault(name):
        raise RDSClientError(
            _VALUE, f"The parameter DBProxyEndpointName is not a valid identifier. ({fault})"
        )
    if any(name in _endpoints(other) for other in self.backend.db_proxies.values()):
        raise RDSClientError(
            "DBProxyEndpointAlreadyExistsFault", f"The DB proxy endpoint {name} already exists."
        )
    targets = proxy.proxy_target_groups["default"].targets
    if params.get("TargetRole") == _READ_ONLY and any(target.type == "RDS_INSTANCE" for target in targets):
        words = "Read-only endpoints are supported for Aurora and Multi-AZ DB clusters only."
        raise RDSClientError("InvalidDBProxyStateFault", words)
    made: Any = Endpoint(self.backend, proxy, params)
    _endpoints(proxy)[name] = made
    return ActionResult({"DBProxyEndpoint": _endpoints(proxy)[name]})


def _endpoint(backend: Any, name: str | None) -> tuple[Any, Endpoint]:
    for proxy in backend.db_proxies.values():
        if name in _endpoints(proxy):
            return proxy, _endpoints(proxy)[name]
    raise RDSClientError("DBProxyEndpointNotFoundFault", f"The DB proxy endpoint {name} doesn't exist.")


def _modify_endpoint(self: Any) -> ActionResult:
    params = self.params
    proxy, found = _endpoint(self.backend, params.get("DBProxyEndpointName"))
    if params.get("VpcSecurityGroupIds"):
        found.vpc_security_group_ids = params["VpcSecurityGroupIds"]
    new = params.get("NewDBProxyEndpointName")
    if new and new != found.db_proxy_endpoint_name:
        _endpoints(proxy)[new] = _endpoints(proxy).pop(found.db_proxy_endpoint_name)
        found.db_proxy_endpoint_name = new
    return ActionResult({"DBProxyEndpoint": found})


def _delete_endpoint(self: Any) -> ActionResult:
    proxy, found = _endpoint(self.backend, self.params.get("DBProxyEndpointName"))
    del _endpoints(proxy)[found.db_proxy_endpoint_name]
    return ActionResult({"DBProxyEndpoint": found})


def _default_endpoint(proxy: Any) -> dict[str, Any]:
    return {
        "DBProxyEndpointName": "default",
        "DBProxyName": proxy.db_proxy_name,
        "Status": "available",
        "VpcId": proxy.vpc_id,
        "VpcSecurityGroupIds": proxy.vpc_security_group_ids,
        "VpcSubnetIds": proxy.vpc_subnet_ids,
        "Endpoint": proxy.endpoint,
        "TargetRole": "READ_WRITE",
        "IsDefault": True,
    }


def _describe_endpoints(self: Any) -> ActionResult:
    params = self.params
    name, wanted = params.get("DBProxyName"), params.get("DBProxyEndpointName")
    proxies = [_proxy(self.backend, name)] if name else list(self.backend.db_proxies.values())
    found: list[Any] = []
    for proxy in proxies:
        if wanted in (None, "default"):
            found.append(_default_endpoint(proxy))
        found += [item for key, item in _endpoints(proxy).items() if wanted in (None, key)]
    if wanted and not found:
        raise RDSClientError("DBProxyEndpointNotFoundFault", f"The DB proxy endpoint {wanted} doesn't exist.")
    return ActionResult({"DBProxyEndpoints": found})


def _tagged(original: Any, self: Any, arn: str) -> Any:
    if f":{Endpoint.resource_type}:" not in arn:
        return original(self, arn)
    every = [item for proxy in self.db_proxies.values() for item in _endpoints(proxy).values()]
    return next((item for item in every if item.arn == arn), None)


def install() -> None:
    around(RDSResponse, "create_db_proxy", _create)
    add(RDSResponse, "modify_db_proxy", _modify)
    add(RDSResponse, "create_db_proxy_endpoint", _create_endpoint)
    add(RDSResponse, "modify_db_proxy_endpoint", _modify_endpoint)
    add(RDSResponse, "delete_db_proxy_endpoint", _delete_endpoint)
    add(RDSResponse, "describe_db_proxy_endpoints", _describe_endpoints)
    for operation in (
        "describe_db_proxy_targets",
        "describe_db_proxy_target_groups",
        "modify_db_proxy_target_group",
        "deregister_db_proxy_targets",
    ):
        around(RDSResponse, operation, _known)
    around(RDSBackend, "register_db_proxy_targets", _register)
    around(RDSBackend, "delete_db_proxy", _delete)
    around(RDSBackend, "modify_db_proxy_target_group", _modify_target_group)
    around(RDSBackend, "_get_resource_for_tagging", _tagged)
    DBProxyTargetGroup.connection_pool_config = property(_pool)  # pyright: ignore[reportAttributeAccessIssue]
