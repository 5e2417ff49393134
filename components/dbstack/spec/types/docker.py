"""How a database runs with target `docker`; with target `aws` all of it is without effect."""

from typing import NotRequired, TypedDict

import pulumi

from dbstack.spec.types.choices import OnDelete


class HealthCheckArgs(TypedDict):
    """When a container is looked at. While it starts it is looked at every second, by Docker Engine 25 or newer."""

    interval_seconds: NotRequired[int]
    """Seconds from one check to the next. Default 30. Change: a new container, seconds of downtime, data kept."""
    timeout_seconds: NotRequired[int]
    """Seconds that a check may take. Default 10. Change: a new container, seconds of downtime, data kept."""
    retries: NotRequired[int]
    """Failures in a row that make it unhealthy. Default 3. Change: a new container, seconds of downtime, data kept."""


class ExporterSettings(TypedDict):
    """A Prometheus exporter of a PostgreSQL's statistics (`postgres_exporter`): one for the database, one for each replica."""

    image: NotRequired[str]
    """Default `prometheuscommunity/postgres-exporter:v0.18.1`. Change: a new exporter."""
    port: NotRequired[int]
    """Port on 127.0.0.1 of the database's; those of replicas have the next ones. Default 9187. Change: new exporters."""


class PgBouncerSettings(TypedDict):
    """The PgBouncer that stands for an RDS Proxy."""

    image: NotRequired[str]
    """Default `edoburu/pgbouncer:v1.25.2-p0`. Change: a new PgBouncer, clients reconnect."""
    port: NotRequired[int]
    """Port on 127.0.0.1. Default 6432. Change: a new PgBouncer, clients reconnect."""


class DockerSettings(TypedDict):
    """The container of a database."""

    image: NotRequired[str]
    """Image with a tag, whose major is that of `engine_version`. Default: the engine's official image, e.g. `postgres:17`. Change: a new container, seconds of downtime, data kept."""
    port: NotRequired[int]
    """Port on 127.0.0.1. Default: the database's `port`. Change: a new container, seconds of downtime, data kept."""
    replica_ports: NotRequired[dict[str, int]]
    """Ports on 127.0.0.1 of the read replicas by their key. Default: those after the database's, in order. Change: a new container for that replica."""
    init_scripts: NotRequired[str]
    """Folder of *.sh, *.sql and *.sql.gz files, run in the order of their names when the database is made; relative to Pulumi.yaml's folder. Default none. Change: a new container, data kept; they aren't run again."""
    wal_archive: NotRequired[bool]
    """Whether WAL is kept in a volume of its own, at the latest a minute after it was written, so that the database can go back to any moment since a base backup (`dbstack local base-backup`, `dbstack local restore-to-time`). Only postgres, from 13. Default false. Change: a new container, seconds of downtime, data kept; with false the volume goes or stays as `on_delete` says."""
    memory_mib: NotRequired[int]
    """Most memory of each container, in MiB. Default: no limit. Change: online."""
    health_check: NotRequired[HealthCheckArgs]
    """Default: every 30 seconds, 10 seconds time-out, 3 tries."""
    exporter: NotRequired[ExporterSettings]
    """Statistics for Prometheus; `{}` for the defaults. Only postgres. Default none, but with a stack's `monitoring` every postgres has one. Change: a new container, seconds of downtime, data kept."""
    pgbouncer: NotRequired[PgBouncerSettings]
    """How the database's `proxy` runs here; without a `proxy` of no effect. Default: all defaults."""
    network_name: NotRequired[pulumi.Input[str]]
    """A Docker network that is there. Default: one of the database's own. Change: a new container, seconds of downtime, data kept."""


class RedisSettings(TypedDict):
    """A Redis beside the databases, with its append-only file on."""

    image: NotRequired[str]
    """Default `redis:7-alpine`. Change: a new container, data kept."""
    port: NotRequired[int]
    """Port on 127.0.0.1. Default 6379. Change: a new container, data kept."""


class MongoSettings(TypedDict):
    """A MongoDB beside the databases, with a root user."""

    image: NotRequired[str]
    """Default `mongo:6`. Change: a new container, data kept."""
    port: NotRequired[int]
    """Port on 127.0.0.1. Default 27017. Change: a new container, data kept."""
    username: NotRequired[str]
    """Root user. Default `root`. Change: a new container; a volume that is there keeps its old user."""


class PrometheusSettings(TypedDict):
    """The Prometheus that scrapes the exporters and evaluates the alert rules."""

    image: NotRequired[str]
    """Default `prom/prometheus:v3.5.0`. Change: a new container, readings kept."""
    port: NotRequired[int]
    """Port on 127.0.0.1. Default 9090. Change: a new container, readings kept."""


class GrafanaSettings(TypedDict):
    """The Grafana that shows what Prometheus has."""

    enabled: NotRequired[bool]
    """False for none. Default true. Change: made or deleted."""
    image: NotRequired[str]
    """Default `grafana/grafana:12.4.0`. Change: a new container, what was changed in it by hand is gone."""
    port: NotRequired[int]
    """Port on 127.0.0.1. Default 3000. Change: a new container, what was changed in it by hand is gone."""


class DockerMonitoringSettings(TypedDict):
    """Prometheus with an exporter for each postgres and alert rules that mean what the AWS alarms mean, and Grafana."""

    exporter: NotRequired[ExporterSettings]
    """The exporters of all databases; `port` is the first one's. Default: all defaults."""
    prometheus: NotRequired[PrometheusSettings]
    """Default: all defaults."""
    grafana: NotRequired[GrafanaSettings]
    """Default: all defaults."""


class CompanionSettings(TypedDict):
    """What runs beside the databases of a stack with target `docker`."""

    redis: NotRequired[RedisSettings]
    """Default none; `{}` for the defaults."""
    mongo: NotRequired[MongoSettings]
    """Default none; `{}` for the defaults."""
    monitoring: NotRequired[DockerMonitoringSettings]
    """Prometheus, alert rules and Grafana over the stack's databases. Default none; `{}` for the defaults."""
    on_delete: NotRequired[OnDelete]
    """What happens to their volumes: `destroy` removes them, the others keep them. Default: `destroy` if all databases have that, else `snapshot`."""
