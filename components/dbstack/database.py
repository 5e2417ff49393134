"""`Database`: the facade that most programs need."""

import pulumi

from dbstack.aws import dns, instance, proxy, replica, rotation, security_group, subnet_group
from dbstack.aws.instance import first_database, make_instance, make_suffix
from dbstack.aws.monitoring import Watching
from dbstack.aws.proxy import make_proxy
from dbstack.aws.replicas import make_replicas
from dbstack.aws.restore import restore_of
from dbstack.aws.security_group import let_in
from dbstack.aws.subnet_group import place
from dbstack.common.children import Children, Transforms, names_for, register_declared
from dbstack.spec.connecting import url_scheme
from dbstack.spec.model import GroupSpec, Names
from dbstack.spec.plan import plan_database, plan_docker_database
from dbstack.spec.types import DatabaseArgs, Target

ROLES = (
    *subnet_group.ROLES,
    *security_group.ROLES,
    *instance.ROLES,
    *replica.ROLES,
    *proxy.ROLES,
    *dns.ROLES,
)


class Database(pulumi.ComponentResource):
    """A production database from one description: subnet group, security group, instance, password and replicas.

    With `target` docker it is containers on this machine, with the same outputs; what only AWS has is empty there.

    Safe by default: encrypted, private, backed up, protected, deleted only with a final snapshot.
    Raises SpecError before anything is created, with every fault of the description.

    Example::

        network = DatabaseNetwork("network", {"vpc_cidr": "10.20.0.0/16"})
        Database("app", {
            "engine": Engine.POSTGRES,
            "engine_version": "17",
            "instance_class": "db.t3.micro",
            "network": {"vpc_id": network.vpc_id, "subnet_ids": network.subnet_ids},
        })
    """

    identifier: pulumi.Output[str]
    """DB instance identifier."""
    arn: pulumi.Output[str]
    """ARN of the writer."""
    resource_id: pulumi.Output[str]
    """RDS's own id of the writer (`db-ABC...`): a policy that lets an IAM role connect names it."""
    host: pulumi.Output[str]
    """Host name of the writer."""
    port: pulumi.Output[int]
    """TCP port."""
    database: pulumi.Output[str]
    """Name of the first database."""
    username: pulumi.Output[str]
    """Master user."""
    secret_arn: pulumi.Output[str]
    """ARN of the Secrets Manager secret that holds the master password; empty with target docker."""
    url: pulumi.Output[str]
    """What a client connects with: a secret. The password is in it with target docker only."""
    engine: pulumi.Output[str]
    """Engine name."""
    security_group_id: pulumi.Output[str]
    """Id of the database's security group; the first one, where they were adopted."""
    replicas: pulumi.Output[dict[str, str]]
    """Host names of the read replicas by key."""
    proxy_host: pulumi.Output[str]
    """Host name of the RDS Proxy, with target docker `host:port` of PgBouncer; empty without one."""
    proxy_arn: pulumi.Output[str]
    """ARN of the RDS Proxy; empty without one."""
    proxy_resource_id: pulumi.Output[str]
    """RDS's own id of the proxy (`prx-...`), for `connect_policy`; empty without one."""
    replica_arns: pulumi.Output[dict[str, str]]
    """ARNs of the read replicas by key."""
    replica_resource_ids: pulumi.Output[dict[str, str]]
    """RDS's own ids of the read replicas by key."""

    def __init__(
        self,
        name: str,
        args: DatabaseArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transform: Transforms | None = None,
        named_after: str | None = None,
    ) -> None:
        names = names_for(name, named_after, opts)
        if args.get("target") is Target.DOCKER or args.get("target") == "docker":
            self._on_docker(name, names, args, opts, transform)
            return
        spec = plan_database(args, names)
        wanted = args.get("password", {}).get("rotation", {})
        rotation.check_parts(spec.instance, wanted)
        super().__init__("dbstack:index:Database", name, {}, opts)
        # One component, not one per part: on a file or bucket backend each costs three writes of the whole state.
        children = Children(self, transform, ROLES, args.get("controls"))
        network = args.get("network", {"vpc_id": ""})  # The plan has refused a missing one.
        planned, tags = spec.instance, spec.instance.tags

        subnets = place(
            f"{name}-subnets", GroupSpec(planned.base_name, tags), network, children, retain=spec.retain
        )
        groups = let_in(
            f"{name}-access",
            GroupSpec(f"{names.physical}-access", {**tags, "Name": f"{planned.identifier}-access"}),
            spec.access,
            children,
            access=args.get("access", {}),
            network=network,
            port=planned.port,
            retain=spec.retain,
        )
        suffix = make_suffix(name, children)
        watching = Watching(name, names.physical, children, tags, retain=spec.retain)
        writer, self.secret_arn, valued = make_instance(
            name,
            planned,
            args,
            subnets,
            groups,
            children,
            suffix=suffix,
            watching=watching,
            password_chosen=bool({"source", "value", "config"} & args.get("password", {}).keys()),
            with_replicas=any(not replica.promoted for replica in spec.replicas),
            restore=restore_of(args),
            restorable=True,
        )
        if rotation.needs_function(planned, wanted):
            function, before = rotation.make_function(
                name,
                planned,
                writer,
                self.secret_arn,
                children,
                suffix=suffix,
                vpc_id=network["vpc_id"],
                subnet_ids=network.get("subnet_ids", []),
                database_group=groups[0],
                adopted=groups if spec.access.adopted else (),
                kms_key_id=args.get("password", {}).get("kms_key_id"),
                ca_bundle=wanted.get("ca_bundle"),
            )
            rotation.schedule(name, planned.password, self.secret_arn, function, children, [*valued, *before])
        replicas = make_replicas(name, names, spec, args, writer, groups, suffix, watching, children)
        if spec.dns is not None and "dns" in args:
            zone, ttl = args["dns"]["zone_id"], spec.dns.ttl_seconds
            dns.make_record(name, spec.dns.name, ttl, zone, writer.address, children)
            for key, settings in args.get("replicas", {}).items():
                if "dns_name" in settings:
                    full = settings["dns_name"].lower().rstrip(".")
                    dns.make_record(f"{name}-{key}", full, ttl, zone, replicas[key].address, children)
        self.identifier = writer.identifier
        front = None
        if spec.proxy is not None:
            front = make_proxy(
                f"{name}-proxy",
                spec.proxy,
                args.get("proxy", {}),
                children,
                tags=tags,
                access=spec.access,
                vpc_id=network["vpc_id"],
                subnet_ids=network.get("subnet_ids", []),
                application=network.get("application_security_group_id"),
                given=args.get("access", {}),
                database_group=groups[0],
                adopted=groups if spec.access.adopted else (),
                database_port=planned.port,
                target={"db_instance_identifier": writer.identifier},
                secrets=proxy.secrets_of(self.secret_arn, args),
            )
        absent = pulumi.Output.from_input("")
        self.proxy_host = front.proxy.endpoint if front else absent
        self.proxy_arn = front.proxy.arn if front else absent
        self.proxy_resource_id = front.resource_id if front else absent
        self.arn = writer.arn
        self.resource_id = writer.resource_id
        self.host = writer.address
        self.port = writer.port
        self.database = first_database(planned, writer)
        self.username = writer.username
        self.engine = writer.engine
        self.security_group_id = pulumi.Output.from_input(groups[0])
        self.replicas = pulumi.Output.all(**{key: made.address for key, made in replicas.items()}).apply(dict)
        self.replica_arns = pulumi.Output.all(**{key: made.arn for key, made in replicas.items()}).apply(dict)
        ids = {key: made.resource_id for key, made in replicas.items()}
        self.replica_resource_ids = pulumi.Output.all(**ids).apply(dict)
        scheme = url_scheme(planned.engine)
        self.url = pulumi.Output.secret(
            pulumi.Output.format(
                "{0}://{1}@{2}:{3}/{4}", scheme, self.username, self.host, self.port, self.database
            )
        )
        register_declared(self)

    def _on_docker(
        self,
        name: str,
        names: Names,
        args: DatabaseArgs,
        opts: pulumi.ResourceOptions | None,
        transform: Transforms | None,
    ) -> None:
        from dbstack.docker import containers
        from dbstack.docker.database import make_database

        spec = plan_docker_database(args, names)
        super().__init__("dbstack:index:Database", name, {}, opts)
        made = make_database(name, names, spec, args, Children(self, transform, containers.ROLES))
        absent = pulumi.Output.from_input("")
        self.arn = self.resource_id = self.secret_arn = self.security_group_id = absent
        self.proxy_host = made.proxy
        self.proxy_arn = self.proxy_resource_id = absent
        self.identifier, self.host, self.port = made.identifier, made.host, made.port
        self.database, self.username, self.engine = made.database, made.username, made.engine
        self.url, self.replicas = made.url, made.replicas
        none: dict[str, str] = dict.fromkeys(args.get("replicas", {}), "")
        self.replica_arns = self.replica_resource_ids = pulumi.Output.from_input(none)
        register_declared(self)
