"""The database of the facade: an instance, its replicas, who may connect."""

from typing import NotRequired

from dbstack.spec.types.choices import Target
from dbstack.spec.types.docker import CompanionSettings, DockerSettings
from dbstack.spec.types.instance import NewInstanceSettings
from dbstack.spec.types.network import AccessArgs, DnsArgs, PlacementArgs
from dbstack.spec.types.proxy import ProxySettings
from dbstack.spec.types.replica import ReplicaSettings
from dbstack.spec.types.restore import RestoreFromArgs
from dbstack.spec.types.roles import RolesArgs


class DatabaseSettings(NewInstanceSettings):
    """A database: an instance, its read replicas and who may connect. This is one entry of `databases` in a stack config."""

    restore_from: NotRequired[RestoreFromArgs]
    """The backup that the database is made from. Default none: a new, empty one. Change: none once the database is there; it may stay, and docs/restore.md says what to write when it is taken out."""
    replicas: NotRequired[dict[str, ReplicaSettings]]
    """Read replicas by key, at most 15. Default none. Adding or removing one leaves the others alone."""
    access: NotRequired[AccessArgs]
    """Who may connect. Default: the network's application security group."""
    dns: NotRequired[DnsArgs]
    """A name of your own that points at the database's host. Default none. Change: online. TLS checks of the host name need RDS's own name, see docs/network.md."""
    proxy: NotRequired[ProxySettings]
    """An RDS Proxy in front of the database, for whom `access` names; `{}` for the defaults. Default none. Change: online; taking it away ends its connections."""
    extensions: NotRequired[list[str]]
    """Extensions of a PostgreSQL by name, e.g. `[pg_trgm, pgaudit]`; those that need it are preloaded. Default none. With target docker they are made when the container starts, with aws by `dbstack migrate up`, before the migrations. Change: online; one that is preloaded after the next reboot; one that is taken out stays in the database. See https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.PostgreSQL.CommonDBATasks.Extensions.html"""
    roles: NotRequired[RolesArgs]
    """Roles and users inside the database, PostgreSQL only. Default none. Change: nothing until `dbstack roles apply`, see docs/roles.md."""

    docker: NotRequired[DockerSettings]
    """How it runs with target docker. With target aws without effect."""


class DatabaseArgs(DatabaseSettings):
    """Arguments of `Database`."""

    target: NotRequired[Target]
    """aws, or docker: containers on this machine. Default aws. Change: another database, the old one goes as its `on_delete` says."""
    network: NotRequired[PlacementArgs]
    """VPC and subnets, e.g. the outputs of a `DatabaseNetwork`. Needed with target aws; without effect with docker."""
    environment: NotRequired[str]
    """Value of the Environment tag. Default: the stack's name."""


class DockerDatabaseArgs(DatabaseSettings):
    """Arguments of `DockerDatabase`."""

    environment: NotRequired[str]
    """As in `DatabaseArgs`; without effect here."""


class DockerStackArgs(CompanionSettings):
    """Arguments of `DockerStack`."""

    databases: dict[str, DatabaseSettings]
    """The databases by name. Adding or removing one leaves the others alone."""
