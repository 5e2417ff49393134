"""The database of the facade: an instance, its replicas, who may connect."""

from typing import NotRequired

from dbstack.spec.types.instance import NewInstanceSettings
from dbstack.spec.types.network import AccessArgs, DnsArgs, PlacementArgs
from dbstack.spec.types.proxy import ProxySettings
from dbstack.spec.types.replica import ReplicaSettings


class DatabaseSettings(NewInstanceSettings):
    """A database: an instance, its read replicas and who may connect. This is one entry of `databases` in a stack config."""

    replicas: NotRequired[dict[str, ReplicaSettings]]
    """Read replicas by key, at most 15. Default none. Adding or removing one leaves the others alone."""
    access: NotRequired[AccessArgs]
    """Who may connect. Default: the network's application security group."""
    dns: NotRequired[DnsArgs]
    """A name of your own that points at the database's host. Default none. Change: online. TLS checks of the host name need RDS's own name, see docs/network.md."""
    proxy: NotRequired[ProxySettings]
    """An RDS Proxy in front of the database, for whom `access` names; `{}` for the defaults. Default none. Change: online; taking it away ends its connections."""


class DatabaseArgs(DatabaseSettings):
    """Arguments of `Database`."""

    network: PlacementArgs
    """VPC and subnets, e.g. the outputs of a `DatabaseNetwork`."""
    environment: NotRequired[str]
    """Value of the Environment tag. Default: the stack's name."""
