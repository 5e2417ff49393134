"""PgBouncer: what stands here for an RDS Proxy. It holds no password.

It logs in to the database by a certificate of the local authority, asks it for a client's SCRAM verifier, and lets the
client's own login through.
"""

import pulumi

from dbstack.common.children import Children
from dbstack.docker import containers
from dbstack.docker.authority import Certificate
from dbstack.docker.containers import File
from dbstack.spec.docker_plan import BesideSpec, HealthSpec
from dbstack.spec.model import InstanceSpec
from dbstack.spec.proxy import ProxySpec

ROLE = "dbstack_pgbouncer"
"""What it logs in as; the common name of its certificate."""
PORT = 6432
MARK_FILE = "/etc/dbstack/pgbouncer"
"""In the database's container: that there is a pooler, so that its role and its function are made."""
_FOLDER = "/etc/dbstack"
# `postgres` of the usual images; any but root will do.
_OWNER = "70"
_HEALTH = HealthSpec(30, 10, 3)
# PostgreSQL's own default, and the connections that it keeps for superusers.
_MAX_CONNECTIONS, _RESERVED = 100, 3


def settings_file(host: str, instance: InstanceSpec, proxy: ProxySpec) -> str:
    """pgbouncer.ini: every setting of the proxy that has a counterpart."""
    given = {item.name: item.value for item in instance.parameter_group.parameters}
    most = given.get("max_connections", "")
    # RDS's own is a formula over the memory of the class.
    connections = int(most) if most.isdigit() else _MAX_CONNECTIONS
    pool = max(1, min(connections * proxy.pool.max_connections_percent // 100, connections - _RESERVED))
    first = f" connect_query='{_quoted(proxy.pool.init_query)}'" if proxy.pool.init_query else ""
    lines = {
        "listen_addr": "*",
        "listen_port": PORT,
        "unix_socket_dir": "",
        "auth_type": "scram-sha-256",
        "auth_file": f"{_FOLDER}/userlist.txt",
        "auth_user": ROLE,
        "auth_query": "SELECT name, password FROM dbstack.login($1)",
        # As RDS Proxy's connections; what needs a session of its own pins one there, and fails here.
        "pool_mode": "transaction",
        "max_client_conn": 1000,
        "default_pool_size": pool,
        "max_db_connections": pool,
        "query_wait_timeout": proxy.pool.borrow_timeout_seconds,
        "client_idle_timeout": proxy.idle_client_timeout_seconds,
        # JDBC says it at the start, and PgBouncer otherwise refuses it.
        "ignore_startup_parameters": "extra_float_digits",
        "client_tls_sslmode": "require" if proxy.require_tls else "allow",
        "client_tls_cert_file": f"{_FOLDER}/server.crt",
        "client_tls_key_file": f"{_FOLDER}/server.key",
        "server_tls_sslmode": "verify-full",
        "server_tls_ca_file": f"{_FOLDER}/ca.crt",
        "server_tls_cert_file": f"{_FOLDER}/server.crt",
        "server_tls_key_file": f"{_FOLDER}/server.key",
    }
    text = "".join(f"{name} = {value}\n" for name, value in lines.items())
    return f"[databases]\n* = host={host} port=5432{first}\n\n[pgbouncer]\n{text}"


def _quoted(text: str) -> str:
    return " ".join(text.split()).replace("'", "''")


def make_pgbouncer(
    name: str,
    spec: BesideSpec,
    children: Children,
    *,
    settings: str,
    certificate: Certificate,
    network: pulumi.Input[str],
    after: pulumi.Resource,
) -> pulumi.Output[str]:
    """The pooler of one database; `host:port` of it, told as soon as it listens."""
    child = f"{name}-pgbouncer"
    made = containers.make_container(
        child,
        spec.container,
        children,
        image=containers.make_image(child, spec.image, children),
        network=network,
        alias=child,
        port=(PORT, spec.port),
        # With a user: the one that it runs as has no name in every image.
        checked=containers.health(
            ("CMD-SHELL", f"pg_isready -q -h 127.0.0.1 -p {PORT} -U {ROLE} || nc -z 127.0.0.1 {PORT}"),
            _HEALTH,
        ),
        entrypoint=("pgbouncer",),
        command=(f"{_FOLDER}/pgbouncer.ini",),
        user=_OWNER,
        files=(
            File(f"{_FOLDER}/pgbouncer.ini", settings),
            File(f"{_FOLDER}/userlist.txt", f'"{ROLE}" ""\n'),
            File(f"{_FOLDER}/ca.crt", certificate.authority),
            File(f"{_FOLDER}/server.crt", certificate.certificate),
            File(f"{_FOLDER}/server.key", pulumi.Output.secret(certificate.key), _OWNER, "0400"),
        ),
        after=[after],
    )
    return containers.once_healthy(made, f"{containers.HOST}:{spec.port}")
