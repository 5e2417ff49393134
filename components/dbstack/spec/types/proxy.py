"""RDS Proxy: a pool of connections in front of a database."""

from collections.abc import Sequence
from enum import StrEnum
from typing import NotRequired, TypedDict

import pulumi

from dbstack.spec.types.choices import Engine
from dbstack.spec.types.controls import ControlsArgs
from dbstack.spec.types.network import AccessArgs


class ProxyTargetRole(StrEnum):
    """What an endpoint of a proxy leads to."""

    READ_WRITE = "READ_WRITE"
    """The writer."""
    READ_ONLY = "READ_ONLY"
    """The readers of a cluster: an instance has none."""


class ProxyPinningFilter(StrEnum):
    """What no longer pins a session to one database connection."""

    EXCLUDE_VARIABLE_SETS = "EXCLUDE_VARIABLE_SETS"
    """Statements that set session variables (MySQL and MariaDB): only where the order of connections doesn't matter."""


class ProxyPoolArgs(TypedDict):
    """The pool of connections to the database.

    See https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-connections.html
    """

    max_connections_percent: NotRequired[int]
    """Share of the database's max_connections that the proxy may open, 1 to 100. Default 100. Change: online."""
    max_idle_connections_percent: NotRequired[int]
    """Share of max_connections that may stay open unused, 0 to `max_connections_percent`. Default: half of it. Change: online."""
    borrow_timeout_seconds: NotRequired[int]
    """How long a client waits for a free connection, 0 to 300. Default 120. Change: online."""
    init_query: NotRequired[str]
    """SQL that runs on each new connection, e.g. `SET statement_timeout=30000`. Everybody who may describe the proxy can read it: no secrets. Change: online."""
    session_pinning_filters: NotRequired[list[ProxyPinningFilter]]
    """Default none. Change: online."""


class ProxyEndpointSettings(TypedDict):
    """A further endpoint of a proxy."""

    target_role: NotRequired[ProxyTargetRole]
    """READ_WRITE or, in front of a cluster, READ_ONLY. Default READ_WRITE. Change: REPLACES the endpoint, a new host name."""


class ProxySecretArgs(TypedDict):
    """The secret of one more database user whom the proxy logs in."""

    secret_arn: pulumi.Input[str]
    """ARN of a Secrets Manager secret with `username` and `password`. Change: online."""
    kms_key_id: NotRequired[pulumi.Input[str]]
    """ARN of the key that encrypts it. Default: the account's aws/secretsmanager key. Change: online."""


class ProxySettings(TypedDict):
    """An RDS Proxy: applications share its connections, and keep theirs through a failover.

    See https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy.html
    """

    proxy_name: NotRequired[str]
    """1 to 64 letters, digits and hyphens. Default: as the database's subnet group, `{project}-{stack}-{name}`. Change: renames it, a new host name."""
    iam_authentication: NotRequired[bool]
    """Clients must log in with a token of their IAM role; the proxy itself uses the secret's password. Default false: clients log in with the password. Change: online."""
    require_tls: NotRequired[bool]
    """Refuse clients without TLS. Default true. Change: online; switched on, downtime for clients without TLS."""
    idle_client_timeout_seconds: NotRequired[int]
    """After how long a silent client is disconnected, 1 to 28800. Default 1800. Change: online."""
    debug_logging: NotRequired[bool]
    """Log the text of statements to CloudWatch, which may hold data: to look into a fault only. Default false. Change: online."""
    pool: NotRequired[ProxyPoolArgs]
    """Default: all of the database's connections, half of them kept open."""
    endpoints: NotRequired[dict[str, ProxyEndpointSettings]]
    """Further endpoints by key, at most 20. Default none."""
    secrets: NotRequired[list[ProxySecretArgs]]
    """Further users, beside the master user. Default none. Change: online."""
    role_arn: NotRequired[pulumi.Input[str]]
    """ARN of an existing role that reads the secrets. Default: made, for exactly these secrets and keys. Change: online."""


class DatabaseProxyArgs(ProxySettings):
    """Arguments of `DatabaseProxy`."""

    engine: Engine
    """Engine of the target. Change between postgres and the others: REPLACES the proxy."""
    vpc_id: pulumi.Input[str]
    """VPC of the subnets. Change: replaces the security group."""
    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    """At least two subnets in different zones, in the target's VPC. Change: REPLACES the proxy, a new host name."""
    secret_arn: pulumi.Input[str]
    """Secret of the master user, e.g. `secret_arn` of a `Database`. Change: online."""
    kms_key_id: NotRequired[pulumi.Input[str]]
    """ARN of the key that encrypts the master user's secret. Default: the account's aws/secretsmanager key. Change: online."""
    instance_identifier: NotRequired[pulumi.Input[str]]
    """The instance behind the proxy. Give it or `cluster_identifier`. Change: the proxy leads to another one."""
    cluster_identifier: NotRequired[pulumi.Input[str]]
    """The cluster behind the proxy."""
    database_security_group_id: pulumi.Input[str]
    """Security group of the target: the proxy is let in there. Change: online."""
    database_port: NotRequired[int]
    """The target's port. Default: the engine's. (The proxy itself listens at the engine's default port.) Change: online."""
    access: NotRequired[AccessArgs]
    """Who may connect to the proxy. Its `egress` is not used: a proxy goes out to the database only. Default: the application group, if given."""
    application_security_group_id: NotRequired[pulumi.Input[str]]
    """The group let in by `access.from_application`."""
    controls: NotRequired[ControlsArgs]
    """Security controls that this proxy may leave off, each with its reason."""
    environment: NotRequired[str]
    """Value of the Environment tag. Default: the stack's name."""
    tags: NotRequired[dict[str, str]]
    """Further tags."""
