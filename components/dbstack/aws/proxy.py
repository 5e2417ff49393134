"""`DatabaseProxy`: an RDS Proxy in front of an instance or a cluster, with its role, its secrets and its access."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from dbstack.aws.security_group import sources
from dbstack.common.children import Children, Transforms, names_for, register_declared
from dbstack.spec.model import AccessSpec
from dbstack.spec.names import role_prefix
from dbstack.spec.partitions import service_in
from dbstack.spec.plan import plan_proxy
from dbstack.spec.proxy import ProxySpec
from dbstack.spec.types import AccessArgs, DatabaseSettings
from dbstack.spec.types.proxy import DatabaseProxyArgs, ProxySecretArgs, ProxySettings

ROLES = (
    "proxy",
    "proxy_pool",
    "proxy_target",
    "proxy_endpoint",
    "proxy_role",
    "proxy_role_policy",
    "proxy_security_group",
    "proxy_rule",
)

_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "rds.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}


class DatabaseProxy(pulumi.ComponentResource):
    """An RDS Proxy: applications share its pool of connections and keep theirs through a failover.

    It takes clients with TLS only, has a security group of its own that lets in whom you name and goes out to the
    database only, and a role that may read exactly its secrets. PostgreSQL, MySQL, MariaDB and SQL Server have it.
    Raises SpecError before anything is created.
    See https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy.html
    """

    host: pulumi.Output[str]
    """Host name to connect to."""
    port: pulumi.Output[int]
    """TCP port: the engine's default one."""
    arn: pulumi.Output[str]
    """ARN of the proxy."""
    resource_id: pulumi.Output[str]
    """RDS's own id of the proxy (`prx-...`): a policy that lets an IAM role connect names it."""
    security_group_id: pulumi.Output[str]
    """Id of the proxy's security group."""
    endpoints: pulumi.Output[dict[str, str]]
    """Host names of the further endpoints by key."""

    def __init__(
        self,
        name: str,
        args: DatabaseProxyArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transform: Transforms | None = None,
    ) -> None:
        spec, access, tags = plan_proxy(args, names_for(name))
        super().__init__("dbstack:index:DatabaseProxy", name, {}, opts)
        made = make_proxy(
            name,
            spec,
            args,
            Children(self, transform, ROLES, args.get("controls")),
            tags=tags,
            access=access,
            vpc_id=args["vpc_id"],
            subnet_ids=args["subnet_ids"],
            application=args.get("application_security_group_id"),
            given=args.get("access", {}),
            database_group=args["database_security_group_id"],
            database_port=int(args.get("database_port", spec.port)),
            target={
                "db_instance_identifier": args.get("instance_identifier"),
                "db_cluster_identifier": args.get("cluster_identifier"),
            },
            secrets=[_own_secret(args["secret_arn"], args.get("kms_key_id")), *args.get("secrets", [])],
            adopted=args.get("access", {}).get("security_group_ids", ()),
        )
        self.host = made.proxy.endpoint
        self.port = pulumi.Output.from_input(spec.port)
        self.arn = made.proxy.arn
        self.resource_id = made.resource_id
        self.security_group_id = made.group_id
        self.endpoints = made.endpoints
        register_declared(self)


class MadeProxy:
    """What `make_proxy` made."""

    def __init__(
        self,
        proxy: "aws.rds.Proxy",
        group_id: pulumi.Input[str],
        endpoints: pulumi.Output[dict[str, str]],
    ) -> None:
        self.proxy = proxy
        self.group_id = pulumi.Output.from_input(group_id)
        self.endpoints = endpoints
        # arn:aws:rds:us-east-1:123456789012:db-proxy:prx-0123456789abcdef0
        self.resource_id = proxy.arn.apply(lambda arn: arn.rpartition(":")[2])


def make_proxy(
    name: str,
    spec: ProxySpec,
    args: ProxySettings,
    children: Children,
    *,
    tags: Mapping[str, str],
    access: AccessSpec,
    vpc_id: pulumi.Input[str],
    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]],
    application: pulumi.Input[str] | None,
    given: AccessArgs,
    database_group: pulumi.Input[str],
    database_port: int,
    target: Mapping[str, pulumi.Input[str] | None],
    secrets: Sequence[ProxySecretArgs],
    adopted: Sequence[pulumi.Input[str]] = (),
) -> MadeProxy:
    """The proxy and what it needs, as children of the component that `children` makes for. `name` is its prefix.

    With `adopted` security groups it stands in them, and no group and no rule is made.
    """
    named = {**tags, "Name": spec.name}
    group_ids = list(adopted)
    if not adopted:
        group = _security_group(name, spec, children, named, vpc_id, database_group, database_port)
        group_ids.append(group.id)
        for key, source in sources(access, application, given):
            _rule(children, "Ingress", f"{name}-from-{key}", spec.port, named, group.id, source)
    role_arn = args.get("role_arn")
    depends: list[pulumi.Resource] = []
    if role_arn is None:
        role_arn, policy = _role(name, spec, children, named, secrets)
        depends.append(policy)
    proxy = children.make(
        "proxy",
        aws.rds.Proxy,
        name,
        {
            "name": spec.name,
            "engine_family": spec.engine_family,
            "role_arn": role_arn,
            "vpc_subnet_ids": subnet_ids,
            "vpc_security_group_ids": group_ids,
            "require_tls": spec.require_tls,
            "idle_client_timeout": spec.idle_client_timeout_seconds,
            "debug_logging": spec.debug_logging,
            "auths": [
                {
                    "auth_scheme": "SECRETS",
                    "iam_auth": "REQUIRED" if spec.iam_authentication else "DISABLED",
                    "secret_arn": secret["secret_arn"],
                }
                for secret in secrets
            ],
            "tags": named,
        },
        # A proxy that can't read its secrets yet would log nobody in.
        pulumi.ResourceOptions(depends_on=depends),
    )
    pool = children.make("proxy_pool", aws.rds.ProxyDefaultTargetGroup, name, _pool(spec, proxy))
    made_target = children.make(
        "proxy_target",
        aws.rds.ProxyTarget,
        name,
        {"db_proxy_name": proxy.name, "target_group_name": pool.name, **target},
    )
    endpoints = {
        key: children.make(
            "proxy_endpoint",
            aws.rds.ProxyEndpoint,
            f"{name}-{key}",
            {
                "db_proxy_name": proxy.name,
                "db_proxy_endpoint_name": full,
                "target_role": str(spec.endpoints[full]),
                "vpc_subnet_ids": subnet_ids,
                "vpc_security_group_ids": group_ids,
                "tags": {**tags, "Name": full},
            },
            pulumi.ResourceOptions(depends_on=[made_target]),
        ).endpoint
        for key, full in spec.endpoint_keys.items()
    }
    return MadeProxy(proxy, group_ids[0], pulumi.Output.all(**endpoints).apply(dict))


def secrets_of(own: pulumi.Input[str], args: DatabaseSettings) -> list[ProxySecretArgs]:
    """The master user's secret and those that the proxy's settings add."""
    key = args.get("password", {}).get("kms_key_id")
    return [_own_secret(own, key), *args.get("proxy", {}).get("secrets", [])]


def _own_secret(arn: pulumi.Input[str], key: pulumi.Input[str] | None) -> ProxySecretArgs:
    return {"secret_arn": arn} if key is None else {"secret_arn": arn, "kms_key_id": key}


def _pool(spec: ProxySpec, proxy: "aws.rds.Proxy") -> dict[str, Any]:
    pool = spec.pool
    config: dict[str, Any] = {
        "max_connections_percent": pool.max_connections_percent,
        "max_idle_connections_percent": pool.max_idle_connections_percent,
        "connection_borrow_timeout": pool.borrow_timeout_seconds,
        "init_query": pool.init_query,
        "session_pinning_filters": [str(item) for item in pool.session_pinning_filters] or None,
    }
    given = {key: value for key, value in config.items() if value is not None}
    return {"db_proxy_name": proxy.name, "connection_pool_config": given}


def _security_group(
    name: str,
    spec: ProxySpec,
    children: Children,
    tags: Mapping[str, str],
    vpc_id: pulumi.Input[str],
    database_group: pulumi.Input[str],
    database_port: int,
) -> "aws.ec2.SecurityGroup":
    """The proxy's group: out to the database only, and the database lets it in."""
    group = children.make(
        "proxy_security_group",
        aws.ec2.SecurityGroup,
        name,
        # Fixed text: a changed description would replace the group.
        {"vpc_id": vpc_id, "description": "Access to the proxy", "tags": dict(tags)},
    )
    to_database = {"referenced_security_group_id": database_group, "description": "To the database"}
    _rule(children, "Egress", f"{name}-to-database", database_port, tags, group.id, to_database)
    from_proxy = {"referenced_security_group_id": group.id, "description": "From the proxy"}
    _rule(children, "Ingress", f"{name}-into-database", database_port, tags, database_group, from_proxy)
    return group


def _rule(
    children: Children,
    direction: str,
    name: str,
    port: int,
    tags: Mapping[str, str],
    group: pulumi.Input[str],
    other_side: Mapping[str, Any],
) -> None:
    resource = aws.vpc.SecurityGroupIngressRule if direction == "Ingress" else aws.vpc.SecurityGroupEgressRule
    children.make(
        "proxy_rule",
        resource,
        name,
        {
            "security_group_id": group,
            "ip_protocol": "tcp",
            "from_port": port,
            "to_port": port,
            "tags": dict(tags),
            **other_side,
        },
    )


def _role(
    name: str,
    spec: ProxySpec,
    children: Children,
    tags: Mapping[str, str],
    secrets: Sequence[ProxySecretArgs],
) -> "tuple[pulumi.Output[str], aws.iam.RolePolicy]":
    """A role that may read exactly these secrets."""
    role = children.make(
        "proxy_role",
        aws.iam.Role,
        name,
        {
            "name_prefix": role_prefix(spec.name, "proxy"),
            "description": f"Lets the RDS Proxy {spec.name} read its secrets",
            "assume_role_policy": json.dumps(_TRUST),
            "tags": dict(tags),
        },
    )
    keys = [secret["kms_key_id"] for secret in secrets if "kms_key_id" in secret]
    document = pulumi.Output.all(
        pulumi.Output.all(*[secret["secret_arn"] for secret in secrets]), pulumi.Output.all(*keys)
    ).apply(lambda known: secrets_policy(known[0], known[1]))
    policy = children.make(
        "proxy_role_policy", aws.iam.RolePolicy, name, {"role": role.name, "policy": document}
    )
    return role.arn, policy


def secrets_policy(secrets: Sequence[str], keys: Sequence[str]) -> str:
    """The policy that lets a role read these secrets, and decrypt them with these keys through Secrets Manager."""
    statements: list[dict[str, Any]] = [
        {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": sorted(set(secrets))}
    ]
    if keys:
        # arn:aws:secretsmanager:us-east-1:123456789012:secret:shop
        region = secrets[0].split(":", 4)[3]
        statements.append(
            {
                "Effect": "Allow",
                "Action": "kms:Decrypt",
                "Resource": sorted(set(keys)),
                "Condition": {"StringEquals": {"kms:ViaService": service_in("secretsmanager", region)}},
            }
        )
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
