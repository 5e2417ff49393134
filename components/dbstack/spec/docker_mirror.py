"""What of a description target docker mirrors, what it leaves out, and what it refuses. Data.

`docs/reference/docker.md` is made from these tables. Every field of a database and of a replica stands in them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from dbstack.spec.paths import Path
from dbstack.spec.view import Faults, View


class Kind(StrEnum):
    """What becomes of a field."""

    MIRRORED = "yes"
    """It does here what it does on AWS."""
    QUIET = "no"
    """Without effect, and nobody expects one: it isn't told."""
    TOLD = "no, and told"
    """Without effect, which is told where the description gives it."""
    REFUSED = "refused"
    """Left out silently it would mislead."""


@dataclass(frozen=True)
class Row:
    """What becomes of a field, in words."""

    kind: Kind
    words: str


def _yes(words: str) -> Row:
    return Row(Kind.MIRRORED, words)


def _quiet(words: str) -> Row:
    return Row(Kind.QUIET, words)


def _told(words: str) -> Row:
    return Row(Kind.TOLD, words)


_AT_ONCE = "every change is made at once"
_ORACLE = "no such engine runs here"
_NETWORK = "whoever reaches 127.0.0.1 can connect"

DATABASE: Mapping[str, Row] = {
    "engine": _yes("postgres, mysql and mariadb; the others are refused"),
    "engine_version": _yes("the image's major is the same; a full version is the image's tag"),
    "instance_class": _quiet("a container takes what this machine gives it, or `docker.memoryMib`"),
    "database_name": _yes("the first database"),
    "username": _yes("the master user; a superuser here, which RDS's is not"),
    "identifier": _told("the container is named `{project}-{stack}-{name}`"),
    "password.source": _yes("generated or given; what RDS would manage is generated"),
    "password.value": _yes("as given"),
    "password.config": _yes("as given"),
    "password.kms_key_id": _told("there is no secret that it would encrypt; `secretArn` is empty"),
    "password.rotation": _told("the password stays"),
    "iam_authentication": _told("clients log in with a password"),
    "port": _yes("the port on 127.0.0.1, unless `docker.port` names another"),
    "parameter_group": _yes(
        "the engine's parameters; `rds.force_ssl` and `rds.logical_replication` have counterparts, other ones of RDS's "
        "own and formulas are named in the output and left out"
    ),
    "option_group": _told("an engine in a container has no options of RDS's"),
    "license_model": _quiet(_ORACLE),
    "ca_certificate": _told("the certificate is of an authority of your own"),
    "network_type": _told("it listens on 127.0.0.1"),
    "engine_lifecycle_support": _quiet("the image is what it is"),
    "customer_owned_ip": _told("there is no Outpost"),
    "availability_zone": _told("there is one machine"),
    "multi_az": _told("there is no standby and no failover"),
    "storage": _told("a volume of this machine's disk, which has no size, type or key of its own"),
    "backup": _told(
        "nothing is backed up by itself: `docker.walArchive` keeps WAL, `dbstack local snapshot` copies the data"
    ),
    "maintenance_window": _told(_AT_ONCE),
    "auto_minor_version_upgrade": _told("the image stays as it is"),
    "allow_major_version_upgrade": _told("a volume of another major is refused, and left as it is"),
    "apply_immediately": _quiet(_AT_ONCE),
    "monitoring": _told("no CloudWatch: the stack's `docker.monitoring` has Prometheus and Grafana"),
    "monitoring.alarms": _yes(
        "with the stack's `docker.monitoring`: those of connections, replica lag and transaction ids become alert rules"
    ),
    "associated_roles": _told("the engine has no access to AWS"),
    "domain": _told("it joins no directory"),
    "on_delete": _yes("destroy removes the volumes, snapshot and retain keep them"),
    "deletion_protection": _told("nothing is protected; volumes stay unless onDelete is destroy"),
    "controls": _quiet("they are AWS's"),
    "tags": _told("containers have none"),
    "blue_green_update": _told("a change makes a new container on the same volume, with seconds of downtime"),
    "character_set": _quiet(_ORACLE),
    "nchar_character_set": _quiet(_ORACLE),
    "timezone": _quiet(_ORACLE),
    "restore_from": Row(
        Kind.REFUSED,
        "there is no backup here that it could be made from, and an empty database would be none: leave it out, "
        "and load a dump by `docker.initScripts`",
    ),
    "replicas": _yes("postgres: by streaming; mariadb: by GTID; of mysql they are refused"),
    "access": _told(_NETWORK),
    "dns": _told("no name is made: connect to `host`"),
    "proxy": _yes(
        "postgres: PgBouncer at `proxyHost`, in transaction mode; of mysql and mariadb it is refused"
    ),
    "proxy.iam_authentication": _told("clients of PgBouncer log in with a password"),
    "proxy.proxy_name": _told("the container is named `{project}-{stack}-{name}-pgbouncer`"),
    "proxy.debug_logging": _quiet("`docker logs` has what PgBouncer says"),
    "proxy.endpoints": _told("PgBouncer has one address"),
    "proxy.secrets": _told("every user of the database can log in"),
    "proxy.role_arn": _quiet("PgBouncer reads no secrets"),
    "proxy.pool.max_idle_connections_percent": _told(
        "PgBouncer closes connections that are idle for ten minutes"
    ),
    "proxy.pool.session_pinning_filters": _quiet("PgBouncer pins no session"),
    "extensions": _yes("those that the image has; one that it lacks is refused"),
    "roles": _yes("`dbstack roles apply` makes them; a user with `iam` gets a password"),
    "docker": _yes("how it runs here"),
}
"""By the field's path in a database."""

REPLICA: Mapping[str, Row] = {
    "instance_class": DATABASE["instance_class"],
    "identifier": _told("the container is named `{project}-{stack}-{name}-{key}`"),
    "source": _told("it streams from the database itself"),
    "region": _told("there is one machine"),
    "network": _told(_NETWORK),
    "access": _told(_NETWORK),
    "parameter_group": _told("it has the parameters of the database"),
    "port": _told("its port is that of `docker.replicaPorts`, else one after the database's"),
    "replica_mode": _quiet(_ORACLE),
    "kms_key_id": _told(DATABASE["storage"].words),
    "storage": DATABASE["storage"],
    "availability_zone": DATABASE["availability_zone"],
    "multi_az": DATABASE["multi_az"],
    "network_type": DATABASE["network_type"],
    "ca_certificate": DATABASE["ca_certificate"],
    "backup": _told("nothing is backed up by itself"),
    "monitoring": DATABASE["monitoring"],
    "monitoring.alarms": DATABASE["monitoring.alarms"],
    "on_delete": _told("its volume goes or stays as the database's"),
    "deletion_protection": DATABASE["deletion_protection"],
    "tags": DATABASE["tags"],
    "dns_name": DATABASE["dns"],
    "promoted": Row(
        Kind.REFUSED,
        "a replica is promoted by `pg_ctl promote` in its container, see docs/docker.md: leave this out",
    ),
}
"""By the field's path in a replica."""
# Given but switched off, these say just what holds here.
_OFF: tuple[object, ...] = (False, {}, [], 0)


def check_mirror(view: View, faults: Faults) -> None:
    """Refuses what would mislead; `view` is a database."""
    for at, row in _found(view, DATABASE):
        if row.kind is Kind.REFUSED:
            faults.add(at, row.words)
    replicas: Mapping[str, Any] = (view.get("replicas") or {}) if view.ok("replicas") else {}
    for key, record in replicas.items():
        for at, row in _found(View(record, view.at("replicas").key(key)), REPLICA):
            if row.kind is Kind.REFUSED:
                faults.add(at, row.words)


def unmirrored(settings: Mapping[str, Any]) -> list[str]:
    """Each given field that has no effect here, with what holds instead: `dns (no name is made: ...)`."""
    view = View(settings, Path())
    found = list(_found(view, DATABASE))
    replicas: Mapping[str, Any] = view.get("replicas") or {}
    for key, record in replicas.items():
        found += _found(View(record, view.at("replicas").key(key)), REPLICA)
    return [f"{at} ({row.words})" for at, row in found if row.kind is Kind.TOLD]


def _found(view: View, table: Mapping[str, Row]) -> Iterator[tuple[Path, Row]]:
    """The rows of what is given and not switched off; of a record the rows within it, where the table has them."""
    for path, row in table.items():
        *outer, name = path.split(".")
        inner = view
        for part in outer:
            inner = inner.sub(part)
        if name not in inner.given or inner.given[name] in _OFF:
            continue
        # What is mirrored in part is told only if something else of it is given.
        parts = {
            other.removeprefix(f"{path}.").partition(".")[0]
            for other in table
            if other.startswith(f"{path}.")
        }
        given = inner.given[name]
        if parts and isinstance(given, Mapping) and parts >= {*inner.sub(name).given}:
            continue
        yield inner.at(name), row
