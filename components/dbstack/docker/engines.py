"""What an engine's container is made of, as data: paths, files, environment, command, health check."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from urllib.parse import quote

from dbstack.docker import pgbouncer
from dbstack.spec.connecting import url_scheme
from dbstack.spec.docker_plan import ARCHIVE_FOLDER, DockerReplicaSpec, DockerSpec
from dbstack.spec.engines import numbers
from dbstack.spec.extensions import LIBRARIES, created, preloaded
from dbstack.spec.model import InstanceSpec

FOLDER = "/etc/dbstack"
PASSWORD_FILE = f"{FOLDER}/password"
REPLICATION_PASSWORD_FILE = f"{FOLDER}/replication-password"
SCRIPT = f"{FOLDER}/start.sh"
_ARCHIVE_SCRIPT = f"{FOLDER}/archive.sh"
INIT_FOLDER = "/dbstack/init"
# Since 18 the official image keeps its data a level higher: https://github.com/docker-library/postgres/pull/1259
_NEW_LAYOUT = 18
_HBA = """\
# In the container itself; everybody else needs TLS (unless its parameter is off) and a password.
local all all trust
{first}{kind} all all all scram-sha-256
{kind} replication replicator all scram-sha-256
"""
# A standby refuses to start with fewer than its primary has.
_POSTGRES = {
    "wal_level": "replica",
    "max_wal_senders": "10",
    "max_replication_slots": "10",
    "max_slot_wal_keep_size": "1GB",
    "hot_standby_feedback": "on",
}
_ARCHIVING = {
    "archive_mode": "on",
    "archive_command": f"sh {_ARCHIVE_SCRIPT} %p %f",
    "archive_timeout": "60s",
}
# Of these RDS's own parameters have a counterpart.
_MIRRORED = {"rds.logical_replication": ("wal_level", {"1": "logical"})}
FOLLOWED = ("postgres", "mariadb")
"""Engines that have replicas here."""
_CONTRIB = frozenset({"pg_stat_statements", "auto_explain", "auth_delay", "passwordcheck", "sepgsql"})


@dataclass(frozen=True)
class Recipe:
    """How a container of one engine is made."""

    volume_path: str
    port: int
    environment: Mapping[str, str]
    command: tuple[str, ...]
    health: tuple[str, ...]
    files: Mapping[str, str]
    """Files that hold no secret."""
    stop_signal: str | None = None


def owner_of(image: str) -> str:
    """User and group of the server in the official images; Alpine's PostgreSQL has another one."""
    return "70" if "alpine" in image and "postgres" in image else "999"


def script(name: str) -> str:
    """The script that runs before the image's entrypoint."""
    return (files("dbstack.docker") / "scripts" / name).read_text()


def parameters(spec: InstanceSpec, extensions: Sequence[str] = ()) -> tuple[dict[str, str], list[str]]:
    """The parameters that the engine takes, and those that have no counterpart here (RDS's own, RDS's formulas).

    `extensions` are the database's own, whose libraries the image has.
    """
    wanted = preloaded(extensions)
    taken: dict[str, str] = {}
    left: list[str] = []
    for item in spec.parameter_group.parameters:
        name, value = item.name, item.value
        if name in _MIRRORED and value in _MIRRORED[name][1]:
            name, value = _MIRRORED[name][0], _MIRRORED[name][1][value]
        elif name == LIBRARIES:
            libraries = [library.strip() for library in value.split(",")]
            there = _CONTRIB.union(wanted)
            left += [f"{name} {library}" for library in libraries if library not in there]
            value = ",".join(library for library in libraries if library in there)
        elif name.startswith("rds.") or "{" in value:
            # TLS is forced by the access rules instead.
            left += [] if name == "rds.force_ssl" else [name]
            continue
        if value:
            taken[name] = value
    if wanted and LIBRARIES not in taken:
        # Those that RDS loads anyway stand in no group.
        taken[LIBRARIES] = ",".join(wanted)
    return taken, left


def forces_tls(spec: InstanceSpec) -> bool:
    """Whether connections without TLS are refused, as RDS does by the same parameter."""
    given = {item.name: item.value for item in spec.parameter_group.parameters}
    return given.get("rds.force_ssl", "1") == "1"


def _hba(spec: InstanceSpec, docker: DockerSpec) -> str:
    # The pooler has a certificate and no password.
    first = f"hostssl all {pgbouncer.ROLE} all cert\n" if docker.pgbouncer else ""
    # `all` is no replication, as which a base backup is taken.
    first += "local replication all trust\n" if docker.archive else ""
    return _HBA.format(first=first, kind="hostssl" if forces_tls(spec) else "host")


def postgres(spec: InstanceSpec, docker: DockerSpec, replica: DockerReplicaSpec | None = None) -> Recipe:
    """A PostgreSQL, the primary or a replica."""
    new = numbers(docker.major)[0] >= _NEW_LAYOUT
    volume = "/var/lib/postgresql" if new else "/var/lib/postgresql/data"
    archiving = docker.archive is not None and replica is None
    settings = {
        **_POSTGRES,
        **(_ARCHIVING if archiving else {}),
        **parameters(spec, docker.extensions)[0],
        "hba_file": f"{FOLDER}/pg_hba.conf",
        "ssl": "on",
        "ssl_cert_file": f"{FOLDER}/server.crt",
        "ssl_key_file": f"{FOLDER}/server.key",
        **({"ssl_ca_file": f"{FOLDER}/ca.crt"} if docker.pgbouncer else {}),
    }
    environment = {
        "PGDATA": f"{volume}/{docker.major}/docker" if new else f"{volume}/pgdata",
        "POSTGRES_USER": spec.username,
        "POSTGRES_DB": spec.default_database,
        "POSTGRES_PASSWORD_FILE": PASSWORD_FILE,
        "DBSTACK_MAJOR": docker.major,
        "DBSTACK_VOLUME": volume,
    }
    if docker.extensions and replica is None:
        environment["DBSTACK_EXTENSIONS"] = " ".join(created(docker.extensions))
        environment["DBSTACK_LIBRARIES"] = " ".join(preloaded(docker.extensions))
    if archiving:
        environment["DBSTACK_ARCHIVE"] = ARCHIVE_FOLDER
    health: tuple[str, ...] = (
        *("CMD", "pg_isready", "-q", "-h", "127.0.0.1"),
        *("-U", spec.username, "-d", spec.default_database),
    )
    if replica is not None:
        environment |= {
            "DBSTACK_PRIMARY": docker.container,
            "DBSTACK_SLOT": f"replica_{replica.key}".replace("-", "_").lower(),
        }
        # A standby answers also when it has lost its primary: it counts as healthy only while it streams.
        query = "select 1 from pg_stat_wal_receiver where status = 'streaming'"
        health = (
            "CMD-SHELL",
            f'psql -h 127.0.0.1 -U {spec.username} -d {spec.default_database} -Atc "{query}" | grep -qx 1',
        )
        # Over the socket: over TCP it would need the password.
        health = (health[0], health[1].replace(" -h 127.0.0.1", ""))
    return Recipe(
        volume_path=volume,
        port=5432,
        environment=environment,
        command=(
            "postgres",
            *(word for name, value in settings.items() for word in ("-c", f"{name}={value}")),
        ),
        health=health,
        files={
            SCRIPT: script("postgres.sh"),
            f"{FOLDER}/pg_hba.conf": _hba(spec, docker),
            **({_ARCHIVE_SCRIPT: script("archive.sh")} if archiving else {}),
        },
        stop_signal="SIGINT",
    )


def _mysql(
    spec: InstanceSpec,
    docker: DockerSpec,
    prefix: str,
    server: str,
    admin: str,
    replica: DockerReplicaSpec | None = None,
) -> Recipe:
    logged = _logged(docker, replica) if prefix == "MARIADB" else {}
    settings = {**logged, **parameters(spec)[0]}
    # It listens on TCP only when the first start is over; whether a password is right is not asked.
    health = f"{admin} ping -h 127.0.0.1 --protocol=tcp --connect-timeout=5 2>&1 | grep -qE 'alive|denied'"
    environment = {
        f"{prefix}_ROOT_PASSWORD_FILE": PASSWORD_FILE,
        "DBSTACK_MAJOR": docker.major,
        "DBSTACK_USER": spec.username,
        "DBSTACK_VOLUME": "/var/lib/mysql",
    }
    if replica is None:
        environment |= {
            f"{prefix}_USER": spec.username,
            f"{prefix}_PASSWORD_FILE": PASSWORD_FILE,
            f"{prefix}_DATABASE": spec.default_database,
        }
    else:
        # User and database come with the copy.
        environment["DBSTACK_PRIMARY"] = docker.container
        # Both threads run, or it doesn't follow. By the environment: a command line is seen by everybody.
        asked = f"MYSQL_PWD=\"$(cat {PASSWORD_FILE})\" mariadb -uroot -e 'SHOW REPLICA STATUS\\G'"
        health += f" && {asked} | grep -cE '(IO|SQL)_Running: Yes' | grep -qx 2"
    return Recipe(
        volume_path="/var/lib/mysql",
        port=3306,
        environment=environment,
        command=(
            server,
            f"--ssl-cert={FOLDER}/server.crt",
            f"--ssl-key={FOLDER}/server.key",
            f"--ssl-ca={FOLDER}/ca.crt",
            *(f"--{name.replace('_', '-')}={value}" for name, value in settings.items()),
        ),
        health=("CMD-SHELL", health),
        files={SCRIPT: script("mysql.sh")},
    )


def _logged(docker: DockerSpec, replica: DockerReplicaSpec | None) -> dict[str, str]:
    """How a MariaDB is followed, or follows. It is always logged: what was not, a replica of before would never get."""
    if replica is None:
        return {"server_id": "1", "log_bin": "binlog", "binlog_format": "ROW", "expire_logs_days": "7"}
    return {
        "server_id": str(2 + docker.replicas.index(replica)),
        "read_only": "1",
        "relay_log": "relay",
        # That a primary is gone without a word it notices.
        "slave_net_timeout": "10",
    }


def recipe(spec: InstanceSpec, docker: DockerSpec, replica: DockerReplicaSpec | None = None) -> Recipe:
    """How the container is made, the primary's or a replica's."""
    match str(spec.engine):
        case "mysql":
            return _mysql(spec, docker, "MYSQL", "mysqld", "mysqladmin")
        case "mariadb":
            return _mysql(spec, docker, "MARIADB", "mariadbd", "mariadb-admin", replica)
        case _:
            return postgres(spec, docker, replica)


def url(spec: InstanceSpec, password: str, host: str, port: int, authority: str) -> str:
    """What clients connect with; psql and drivers of libpq check the server's certificate."""
    scheme = url_scheme(str(spec.engine))
    checked = f"?sslmode=verify-full&sslrootcert={quote(authority)}" if scheme == "postgresql" else ""
    user, word = quote(spec.username, safe=""), quote(password, safe="")
    return f"{scheme}://{user}:{word}@{host}:{port}/{spec.default_database}{checked}"
