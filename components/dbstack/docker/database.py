"""`DockerDatabase`: one database with its replicas as containers, from the description that AWS gets too."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi

from dbstack.common.children import Children, Transforms, names_for, register_declared
from dbstack.common.password import own_password
from dbstack.docker import authority, containers, engines, exporter, pgbouncer
from dbstack.docker.containers import File
from dbstack.spec.docker_mirror import unmirrored
from dbstack.spec.docker_plan import ARCHIVE_FOLDER, DockerReplicaSpec, DockerSpec, docker_spec
from dbstack.spec.errors import Fault, SpecError
from dbstack.spec.model import DatabaseSpec, InstanceSpec, Names
from dbstack.spec.plan import plan_docker_database
from dbstack.spec.types import DatabaseSettings, DockerDatabaseArgs

ROLES = containers.ROLES
# Of those that only containers use.
_SERVICE_LENGTH = 30


@dataclass(frozen=True)
class MadeDatabase:
    """What a database on Docker tells; everything of it is known only when it is healthy."""

    identifier: pulumi.Output[str]
    host: pulumi.Output[str]
    port: pulumi.Output[int]
    database: pulumi.Output[str]
    username: pulumi.Output[str]
    engine: pulumi.Output[str]
    url: pulumi.Output[str]
    replicas: pulumi.Output[dict[str, str]]
    network: pulumi.Output[str]
    proxy: pulumi.Output[str]


class DockerDatabase(pulumi.ComponentResource):
    """A database in a container on this machine: PostgreSQL with streaming replicas, MySQL or MariaDB.

    Published on 127.0.0.1 only, its password in a file, its data in a named volume that is kept on deletion unless
    `on_delete` is `destroy`. Raises SpecError before anything is created, with every fault.
    """

    identifier: pulumi.Output[str]
    """Name of the container."""
    host: pulumi.Output[str]
    """Address to connect to: 127.0.0.1."""
    port: pulumi.Output[int]
    """TCP port on this machine."""
    database: pulumi.Output[str]
    """Name of the first database."""
    username: pulumi.Output[str]
    """Master user."""
    engine: pulumi.Output[str]
    """Engine name."""
    url: pulumi.Output[str]
    """What a client connects with, password and all: a secret."""
    replicas: pulumi.Output[dict[str, str]]
    """Addresses of the read replicas by key, `host:port`."""
    network_name: pulumi.Output[str]
    """The Docker network, where the database's name is its host name."""
    proxy_host: pulumi.Output[str]
    """Address of the PgBouncer that stands for the proxy, `host:port`; empty without one."""

    def __init__(
        self,
        name: str,
        args: DockerDatabaseArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transform: Transforms | None = None,
    ) -> None:
        names = names_for(name)
        spec = plan_docker_database(args, names)
        super().__init__("dbstack:index:DockerDatabase", name, {}, opts)
        made = make_database(name, names, spec, args, Children(self, transform, ROLES))
        self.identifier = made.identifier
        self.host = made.host
        self.port = made.port
        self.database = made.database
        self.username = made.username
        self.engine = made.engine
        self.url = made.url
        self.replicas = made.replicas
        self.network_name = made.network
        self.proxy_host = made.proxy
        register_declared(self)


def make_database(
    name: str, names: Names, spec: DatabaseSpec, args: DatabaseSettings, children: Children
) -> MadeDatabase:
    """The containers of a database: children of `children`'s component."""
    settings = args.get("docker", {})
    plan, instance = docker_spec(settings, spec, names), spec.instance
    init_folder = _init_folder(plan, instance)
    # What RDS would manage is generated here.
    password = own_password(name, instance, args.get("password", {}), children)
    image = containers.make_image(name, plan.image, children)
    network = pulumi.Output.from_input(
        settings.get("network_name") or containers.make_network(name, plan.network, children)
    )
    # Whether there are replicas now or not: a first one is made without a restart of what it follows.
    followed = str(instance.engine) in engines.FOLLOWED
    replication = _random_password(f"{name}-replication", children) if followed else None
    reading = _random_password(f"{name}-exporter", children) if plan.exporter else None
    _tell_unmirrored(name, spec, args)

    def container(
        child: str, physical: str, volume_name: str, port: int, replica: DockerReplicaSpec | None, after: Any
    ) -> Any:
        recipe = engines.recipe(instance, plan, replica)
        volumes = {
            recipe.volume_path: containers.make_volume(child, volume_name, plan.keep_volumes, children)
        }
        if plan.archive and replica is None:
            volumes[ARCHIVE_FOLDER] = containers.make_volume(
                f"{child}-wal-archive", plan.archive, plan.keep_volumes, children
            )
        return containers.make_container(
            child,
            physical,
            children,
            image=image,
            network=network,
            alias=name if replica is None else f"{name}-{replica.key}",
            port=(recipe.port, port),
            checked=containers.health(recipe.health, plan.health),
            environment=recipe.environment,
            command=recipe.command,
            entrypoint=("sh", engines.SCRIPT),
            volumes=volumes,
            init_folder=(engines.INIT_FOLDER, init_folder) if init_folder and replica is None else None,
            files=_files(physical, plan, recipe, password, replication, reading),
            memory_mib=plan.memory_mib,
            stop_signal=recipe.stop_signal,
            after=after,
        )

    primary = container(name, plan.container, plan.volume, plan.port, None, [])
    replicas = {
        replica.key: (
            container(
                f"{name}-{replica.key}", replica.container, replica.volume, replica.port, replica, [primary]
            ),
            replica.port,
        )
        for replica in plan.replicas
    }
    if reading is not None:
        _make_exporters(name, plan, instance, primary, replicas, network, reading, children)
    trusted = authority.certificate(plan.container, _hosts(plan.container)).authority_file

    def told(value: str) -> pulumi.Output[str]:
        return containers.once_healthy(primary, value)

    return MadeDatabase(
        identifier=primary.name,
        host=told(containers.HOST),
        port=containers.once_healthy(primary, plan.port),
        database=told(instance.default_database),
        username=told(instance.username),
        engine=told(str(instance.engine)),
        url=pulumi.Output.secret(
            pulumi.Output.all(primary.id, password).apply(
                lambda known: engines.url(instance, known[1], containers.HOST, plan.port, trusted)
            )
        ),
        replicas=pulumi.Output.all(
            **{
                key: containers.once_healthy(made, f"{containers.HOST}:{port}")
                for key, (made, port) in replicas.items()
            }
        ).apply(dict),
        network=network,
        proxy=_make_pooler(name, plan, spec, primary, network, children),
    )


def _make_exporters(
    name: str,
    plan: DockerSpec,
    instance: InstanceSpec,
    primary: Any,
    replicas: Mapping[str, tuple[Any, int]],
    network: pulumi.Input[str],
    password: pulumi.Output[str],
    children: Children,
) -> None:
    assert plan.exporter is not None
    image = containers.make_image(f"{name}-exporter", plan.exporter.image, children)
    of_replicas = [(one, f"{name}-{one.key}", replicas[one.key][0]) for one in plan.replicas]
    for server, child, made in [(plan, name, primary), *of_replicas]:
        assert server.exporter is not None
        exporter.make_exporter(
            child,
            server.exporter,
            children,
            host=server.container,
            database=instance.default_database,
            authority=authority.certificate(server.container, _hosts(server.container)).authority,
            image=image,
            network=network,
            password=password,
            after=made,
        )


def _make_pooler(
    name: str,
    plan: DockerSpec,
    spec: DatabaseSpec,
    primary: Any,
    network: pulumi.Input[str],
    children: Children,
) -> pulumi.Output[str]:
    """Where clients find it; empty without one."""
    if plan.pgbouncer is None or spec.proxy is None:
        return pulumi.Output.from_input("")
    container = plan.pgbouncer.container
    return pgbouncer.make_pgbouncer(
        name,
        plan.pgbouncer,
        children,
        settings=pgbouncer.settings_file(plan.container, spec.instance, spec.proxy),
        certificate=authority.certificate(container, (pgbouncer.ROLE, *_hosts(container))),
        network=network,
        after=primary,
    )


def _hosts(container: str) -> tuple[str, ...]:
    return (containers.HOST, "localhost", "::1", container)


def _files(
    physical: str,
    plan: DockerSpec,
    recipe: engines.Recipe,
    password: pulumi.Output[str],
    replication: pulumi.Output[str] | None,
    reading: pulumi.Output[str] | None,
) -> list[File]:
    owner = engines.owner_of(plan.image)
    signed = authority.certificate(physical, _hosts(physical))
    return [
        *(File(path, content) for path, content in recipe.files.items()),
        File(f"{engines.FOLDER}/ca.crt", signed.authority),
        File(f"{engines.FOLDER}/server.crt", signed.certificate),
        File(f"{engines.FOLDER}/server.key", pulumi.Output.secret(signed.key), owner, "0400"),
        File(engines.PASSWORD_FILE, password, owner, "0400"),
        *([File(engines.REPLICATION_PASSWORD_FILE, replication, owner, "0400")] if replication else []),
        *([File(exporter.PASSWORD_FILE, reading, owner, "0400")] if reading else []),
        *([File(pgbouncer.MARK_FILE, "There is a pooler.\n")] if plan.pgbouncer else []),
    ]


def _random_password(name: str, children: Children) -> pulumi.Output[str]:
    import pulumi_random as random

    properties = {"length": _SERVICE_LENGTH, "special": False}
    return children.make("password", random.RandomPassword, name, properties).result


def _init_folder(plan: DockerSpec, spec: InstanceSpec) -> str | None:
    """The folder of the first scripts, absolute; SpecError where there is none."""
    if plan.init_scripts is None:
        return None
    folder = (project_folder() / plan.init_scripts).resolve()
    if not folder.is_dir():
        message = f"there is no folder {plan.init_scripts!r} in the project: make it, or leave this out"
        raise SpecError([Fault("docker.initScripts", message)], subject=spec.identifier)
    return str(folder)


def project_folder() -> Path:
    """The folder of the Pulumi.yaml that the program belongs to: nearest at or above where it runs."""
    here = Path(os.getcwd())
    return next((folder for folder in (here, *here.parents) if (folder / "Pulumi.yaml").is_file()), here)


def _tell_unmirrored(name: str, spec: DatabaseSpec, args: DatabaseSettings) -> None:
    """Says in one warning what of the description has no counterpart here, and of the parameters in one line."""
    left = engines.parameters(spec.instance, spec.extensions)[1]
    if left:
        pulumi.log.info(f"{name}: not mirrored by target docker: {', '.join(left)}")
    if given := unmirrored(args):
        pulumi.log.warn(f"{name}: target docker doesn't mirror {'; '.join(given)}")
