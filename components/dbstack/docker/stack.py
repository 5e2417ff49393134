"""`DockerStack`: a stack's databases and what runs beside them, on one Docker network."""

from collections.abc import Mapping

import pulumi

from dbstack.common.children import Children, Transforms, names_for, register_declared
from dbstack.database import Database
from dbstack.docker import containers
from dbstack.docker.companions import make_mongo, make_redis
from dbstack.docker.monitoring import make_monitoring, servers, with_exporters
from dbstack.spec.model import Names
from dbstack.spec.plan import check_docker_stack_args
from dbstack.spec.types import DatabaseArgs, DatabaseSettings, DockerStackArgs, OnDelete, Target

ROLES = containers.ROLES


class DockerStack(pulumi.ComponentResource):
    """The databases of a description as containers on this machine, with Redis, MongoDB and monitoring beside them.

    Raises SpecError before anything is created, with every fault.
    """

    network_name: pulumi.Output[str]
    """The Docker network, where each database is found by its name."""
    urls: pulumi.Output[dict[str, str]]
    """What clients connect to the databases with, by name: a secret."""
    redis_url: pulumi.Output[str]
    """What clients connect to Redis with: a secret; empty without one."""
    mongo_url: pulumi.Output[str]
    """What clients connect to MongoDB with: a secret; empty without one."""
    prometheus_url: pulumi.Output[str]
    """Prometheus's web page; empty without monitoring."""
    grafana_url: pulumi.Output[str]
    """Grafana's web page; empty without it."""
    grafana_password: pulumi.Output[str]
    """Password of Grafana's user `admin`: a secret; empty without Grafana."""

    def __init__(
        self,
        name: str,
        args: DockerStackArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transform: Transforms | None = None,
    ) -> None:
        names = names_for(name)
        check_docker_stack_args(args, names)
        super().__init__("dbstack:index:DockerStack", name, {}, opts)
        children = Children(self, transform, ROLES)
        databases = args["databases"]
        if "monitoring" in args:
            databases = with_exporters(databases, args["monitoring"])
        self.network_name = containers.make_network(name, names.physical, children)
        inner = pulumi.ResourceOptions(parent=self)
        self.databases: Mapping[str, Database] = {
            key: Database(key, _on_network(settings, self.network_name), inner)
            for key, settings in databases.items()
        }
        keep = _keeps(args)
        absent = pulumi.Output.from_input("")
        self.redis_url = self.mongo_url = absent
        if "redis" in args:
            self.redis_url = make_redis(
                "redis", _physical(names, "redis"), args["redis"], self.network_name, keep, children
            )
        if "mongo" in args:
            self.mongo_url = make_mongo(
                "mongo", _physical(names, "mongo"), args["mongo"], self.network_name, keep, children
            )
        self.prometheus_url = self.grafana_url = self.grafana_password = absent
        if "monitoring" in args:
            monitoring = make_monitoring(
                names, args["monitoring"], servers(databases, names), self.network_name, keep, children
            )
            self.prometheus_url = monitoring.prometheus_url
            self.grafana_url, self.grafana_password = monitoring.grafana_url, monitoring.grafana_password
        self.urls = pulumi.Output.all(**{key: made.url for key, made in self.databases.items()}).apply(dict)
        register_declared(self)


def _on_network(settings: DatabaseSettings, network: pulumi.Output[str]) -> DatabaseArgs:
    return {
        **settings,
        "target": Target.DOCKER,
        "docker": {**settings.get("docker", {}), "network_name": network},
    }


def _physical(names: Names, companion: str) -> str:
    return Names(names.project, names.stack, companion).physical


def _keeps(args: DockerStackArgs) -> bool:
    """Whether the companions' volumes stay: as said, else where a database's stays."""
    if "on_delete" in args:
        return args["on_delete"] is not OnDelete.DESTROY
    return any(settings.get("on_delete") is not OnDelete.DESTROY for settings in args["databases"].values())
