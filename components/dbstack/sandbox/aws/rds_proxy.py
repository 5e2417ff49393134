"""RDS Proxy: the proxy, its pool, its target and its further endpoints."""

from collections.abc import Sequence
from typing import Any

from botocore.exceptions import ClientError

from dbstack.sandbox.aws.errors import code_of
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
    request,
    rule_faults,
    tag_list,
    tag_map,
)
from dbstack.sandbox.aws.rds_groups import update_rds_tags
from dbstack.sandbox.aws.reading import observed
from dbstack.sandbox.wire import listed, mapping
from dbstack.spec import names

_DEFAULT_GROUP = "default"
_FAMILIES = ("MYSQL", "POSTGRESQL", "SQLSERVER")


def _found(call: Any, key: str, **members: Any) -> list[dict[str, Any]]:
    """What is described; nothing where AWS says that the proxy or the endpoint is not there."""
    try:
        return call(**members)[key]
    except ClientError as error:
        if code_of(error).endswith("NotFoundFault"):
            return []
        raise


def _unless_gone(call: Any, **members: Any) -> None:
    try:
        call(**members)
    except ClientError as error:
        if not code_of(error).endswith(("NotFoundFault", "NotFound")):
            raise


# Fields of an authentication whose member is not the PascalCase of their name.
_SPELLED = {"iamAuth": "IAMAuth", "username": "UserName"}


def _auths(props: Props) -> list[dict[str, Any]]:
    return [
        {_SPELLED.get(name, pascal(name)): value for name, value in item.items() if value}
        for item in listed(props.get("auths"))
    ]


class Proxy(Handler):
    """The proxy itself. Its id is its name."""

    _kept = (
        "engineFamily",
        "roleArn",
        "vpcSubnetIds",
        "vpcSecurityGroupIds",
        "requireTls",
        "idleClientTimeout",
        "debugLogging",
        "defaultAuthScheme",
        "endpointNetworkType",
        "targetConnectionNetworkType",
    )

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        members = request(kind, props, self._kept)
        made = ctx.client("rds").create_db_proxy(
            DBProxyName=props["name"], Auth=_auths(props), Tags=tag_list(props.get("tagsAll")), **members
        )
        ctx.made(made["DBProxy"]["DBProxyName"])
        return made["DBProxy"]["DBProxyName"]

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        client = ctx.client("rds")
        # Pulumi keeps the id that a resource was made with: after a renaming the state knows better.
        name = prior.get("name") or resource_id
        found = _found(client.describe_db_proxies, "DBProxies", DBProxyName=name)
        if not found:
            return None
        proxy = found[0]
        names_of = {member: name for name, member in _SPELLED.items()}
        auths = [
            {names_of.get(member, member[:1].lower() + member[1:]): value for member, value in item.items()}
            for item in proxy.get("Auth", [])
        ]
        tags = client.list_tags_for_resource(ResourceName=proxy["DBProxyArn"])["TagList"]
        return {**observed(kind, proxy), "auths": auths, "tagsAll": tag_map(tags)}

    def update(
        self,
        ctx: Context,
        kind: ResourceType,
        resource_id: str,
        old: Props,
        new: Props,
        changed: Sequence[str],
    ) -> None:
        client = ctx.client("rds")
        if set(changed) - {"tags", "tagsAll"}:
            wanted = ("roleArn", "requireTls", "idleClientTimeout", "debugLogging", "defaultAuthScheme")
            members = request(kind, new, wanted)
            if new.get("vpcSecurityGroupIds"):
                members["SecurityGroups"] = new["vpcSecurityGroupIds"]
            client.modify_db_proxy(
                DBProxyName=old["name"],
                NewDBProxyName=new["name"],
                Auth=_auths(new),
                **{"DebugLogging": False, "RequireTLS": False, **members},
            )
        update_rds_tags(client, old["arn"], old, new)

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        _unless_gone(ctx.client("rds").delete_db_proxy, DBProxyName=state.get("name") or resource_id)

    def check(
        self, ctx: Context, kind: ResourceType, props: Props, unknown: frozenset[str]
    ) -> list[tuple[str, str]]:
        faults = rule_faults(props, {"name": names.proxy_name_fault})
        if "engineFamily" in props and props["engineFamily"] not in _FAMILIES:
            faults.append(("engineFamily", f"is {props['engineFamily']!r}; must be {', '.join(_FAMILIES)}"))
        return faults

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        name = props.get("name")
        return name if name and self.read(ctx, kind, name, props) else None


class DefaultTargetGroup(Handler):
    """The pool of connections. AWS makes it with the proxy; this only says how it is set."""

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        self._set(ctx, props)
        ctx.made(props["dbProxyName"])
        return props["dbProxyName"]

    def _set(self, ctx: Context, props: Props) -> None:
        pool = mapping(props.get("connectionPoolConfig"))
        members = {pascal(name): value for name, value in (pool or {}).items() if value is not None}
        ctx.client("rds").modify_db_proxy_target_group(
            DBProxyName=props["dbProxyName"],
            TargetGroupName=_DEFAULT_GROUP,
            **({"ConnectionPoolConfig": members} if pool else {}),
        )

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        call = ctx.client("rds").describe_db_proxy_target_groups
        found = _found(call, "TargetGroups", DBProxyName=resource_id)
        if not found:
            return None
        group, pool = found[0], found[0]["ConnectionPoolConfig"]
        fields = kind.props["connectionPoolConfig"].fields
        return {
            "arn": group["TargetGroupArn"],
            "name": group["TargetGroupName"],
            "dbProxyName": group["DBProxyName"],
            "connectionPoolConfig": {name: pool[pascal(name)] for name in fields if pascal(name) in pool},
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
        self._set(ctx, new)

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        """It goes with its proxy."""

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        name = props.get("dbProxyName")
        return name if name and self.read(ctx, kind, name, props) else None


class Target(Handler):
    """What the proxy leads to. Its id is `<proxy>/<group>/<type>/<identifier>`."""

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        members = {
            f"{pascal(name).replace('Db', 'DB')}s": [props[name]]
            for name in ("dbInstanceIdentifier", "dbClusterIdentifier")
            if props.get(name)
        }
        made = ctx.client("rds").register_db_proxy_targets(
            DBProxyName=props["dbProxyName"], TargetGroupName=props["targetGroupName"], **members
        )["DBProxyTargets"][0]
        parts = (props["dbProxyName"], props["targetGroupName"], made["Type"], made["RdsResourceId"])
        ctx.made("/".join(parts))
        return "/".join(parts)

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        proxy, group, target_type, identifier = resource_id.split("/", 3)
        call = ctx.client("rds").describe_db_proxy_targets
        for item in _found(call, "Targets", DBProxyName=proxy, TargetGroupName=group):
            if (item["Type"], item["RdsResourceId"]) == (target_type, identifier):
                instance = target_type == "RDS_INSTANCE"
                return {
                    "dbInstanceIdentifier": identifier if instance else None,
                    "dbClusterIdentifier": None if instance else identifier,
                    "dbProxyName": proxy,
                    "targetGroupName": group,
                    "endpoint": item.get("Endpoint"),
                    "port": item.get("Port"),
                    "rdsResourceId": identifier,
                    "targetArn": item.get("TargetArn"),
                    "trackedClusterId": item.get("TrackedClusterId"),
                    "type": target_type,
                }
        return None

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        proxy, group, target_type, identifier = resource_id.split("/", 3)
        which = "DBInstanceIdentifiers" if target_type == "RDS_INSTANCE" else "DBClusterIdentifiers"
        members: dict[str, Any] = {which: [identifier]}
        call = ctx.client("rds").deregister_db_proxy_targets
        _unless_gone(call, DBProxyName=proxy, TargetGroupName=group, **members)

    def check(
        self, ctx: Context, kind: ResourceType, props: Props, unknown: frozenset[str]
    ) -> list[tuple[str, str]]:
        given = [name for name in ("dbInstanceIdentifier", "dbClusterIdentifier") if props.get(name)]
        if not given and not {"dbInstanceIdentifier", "dbClusterIdentifier"} & unknown:
            return [("dbInstanceIdentifier", "is required: name an instance or a cluster")]
        return []

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        identifier = props.get("dbInstanceIdentifier") or props.get("dbClusterIdentifier")
        if not identifier or not props.get("dbProxyName"):
            return None
        target_type = "RDS_INSTANCE" if props.get("dbInstanceIdentifier") else "TRACKED_CLUSTER"
        parts = (props["dbProxyName"], props["targetGroupName"], target_type, identifier)
        return "/".join(parts) if self.read(ctx, kind, "/".join(parts), props) else None


class ProxyEndpoint(Handler):
    """A further endpoint. Its id is `<proxy>/<endpoint>`."""

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        members = request(kind, props, ["vpcSubnetIds", "vpcSecurityGroupIds", "targetRole"])
        made = ctx.client("rds").create_db_proxy_endpoint(
            DBProxyName=props["dbProxyName"],
            DBProxyEndpointName=props["dbProxyEndpointName"],
            Tags=tag_list(props.get("tagsAll")),
            **members,
        )["DBProxyEndpoint"]
        resource_id = f"{made['DBProxyName']}/{made['DBProxyEndpointName']}"
        ctx.made(resource_id)
        return resource_id

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        client = ctx.client("rds")
        proxy, _, name = resource_id.partition("/")
        call = client.describe_db_proxy_endpoints
        found = _found(call, "DBProxyEndpoints", DBProxyName=proxy, DBProxyEndpointName=name)
        if not found:
            return None
        tags = client.list_tags_for_resource(ResourceName=found[0]["DBProxyEndpointArn"])["TagList"]
        return {**observed(kind, found[0]), "tagsAll": tag_map(tags)}

    def update(
        self,
        ctx: Context,
        kind: ResourceType,
        resource_id: str,
        old: Props,
        new: Props,
        changed: Sequence[str],
    ) -> None:
        client = ctx.client("rds")
        if "vpcSecurityGroupIds" in changed:
            name = resource_id.partition("/")[2]
            client.modify_db_proxy_endpoint(
                DBProxyEndpointName=name, VpcSecurityGroupIds=new.get("vpcSecurityGroupIds") or []
            )
        update_rds_tags(client, old["arn"], old, new)

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        name = resource_id.partition("/")[2]
        _unless_gone(ctx.client("rds").delete_db_proxy_endpoint, DBProxyEndpointName=name)

    def check(
        self, ctx: Context, kind: ResourceType, props: Props, unknown: frozenset[str]
    ) -> list[tuple[str, str]]:
        return rule_faults(props, {"dbProxyEndpointName": names.proxy_name_fault})

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        if not props.get("dbProxyName"):
            return None
        resource_id = f"{props['dbProxyName']}/{props['dbProxyEndpointName']}"
        return resource_id if self.read(ctx, kind, resource_id, props) else None


PROXY = ResourceType(
    token="aws:rds/proxy:Proxy",
    service="rds",
    noun="RDS DB Proxy",
    handler=Proxy(),
    naming=Naming(max_length=63),
    props={
        "name": Prop(computed=True, read="DBProxyName"),
        "engineFamily": Prop(required=True, replaces=True),
        "roleArn": Prop(required=True),
        "vpcSubnetIds": Prop("set", required=True, replaces=True),
        "vpcSecurityGroupIds": Prop("set", computed=True),
        "auths": Prop(
            "object_set",
            read="Auth",
            fields={
                "authScheme": Prop(),
                "clientPasswordAuthType": Prop(computed=True),
                "description": Prop(),
                "iamAuth": Prop(),
                "secretArn": Prop(),
                "username": Prop(),
            },
        ),
        "requireTls": Prop("bool", api="RequireTLS"),
        "idleClientTimeout": Prop("int", computed=True),
        "debugLogging": Prop("bool"),
        "defaultAuthScheme": Prop(computed=True),
        "endpointNetworkType": Prop(computed=True, replaces=True),
        "targetConnectionNetworkType": Prop(computed=True, replaces=True),
        **TAGS,
        **REGION,
        "arn": Prop(output=True, read="DBProxyArn"),
        "endpoint": Prop(output=True),
    },
)

DEFAULT_TARGET_GROUP = ResourceType(
    token="aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup",
    service="rds",
    noun="RDS DB Proxy Default Target Group",
    handler=DefaultTargetGroup(),
    props={
        "dbProxyName": Prop(required=True, replaces=True),
        "connectionPoolConfig": Prop(
            "object",
            computed=True,
            fields={
                "connectionBorrowTimeout": Prop("int", default=120),
                "initQuery": Prop(),
                "maxConnectionsPercent": Prop("int", default=100),
                "maxIdleConnectionsPercent": Prop("int", default=50),
                "sessionPinningFilters": Prop("set"),
            },
        ),
        **REGION,
        "arn": Prop(output=True),
        "name": Prop(output=True),
    },
)

TARGET = ResourceType(
    token="aws:rds/proxyTarget:ProxyTarget",
    service="rds",
    noun="RDS DB Proxy Target",
    handler=Target(),
    props={
        "dbProxyName": Prop(required=True, replaces=True),
        "targetGroupName": Prop(
            required=True,
            replaces=True,
            refused="a proxy has one target group, default",
            refused_when=lambda name: name != _DEFAULT_GROUP,
        ),
        "dbInstanceIdentifier": Prop(replaces=True, conflicts=("dbClusterIdentifier",)),
        "dbClusterIdentifier": Prop(replaces=True),
        **REGION,
        "endpoint": Prop(output=True),
        "port": Prop("int", output=True),
        "rdsResourceId": Prop(output=True),
        "targetArn": Prop(output=True),
        "trackedClusterId": Prop(output=True),
        "type": Prop(output=True),
    },
)

ENDPOINT = ResourceType(
    token="aws:rds/proxyEndpoint:ProxyEndpoint",
    service="rds",
    noun="RDS DB Proxy Endpoint",
    handler=ProxyEndpoint(),
    props={
        "dbProxyName": Prop(required=True, replaces=True, read="DBProxyName"),
        "dbProxyEndpointName": Prop(required=True, replaces=True, read="DBProxyEndpointName"),
        "targetRole": Prop(default="READ_WRITE", replaces=True),
        "vpcSubnetIds": Prop("set", required=True, replaces=True),
        "vpcSecurityGroupIds": Prop("set", computed=True),
        **TAGS,
        **REGION,
        "arn": Prop(output=True, read="DBProxyEndpointArn"),
        "endpoint": Prop(output=True),
        "isDefault": Prop("bool", output=True),
        "vpcId": Prop(output=True),
    },
)
