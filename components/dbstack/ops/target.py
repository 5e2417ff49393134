"""A database that is to be operated: where it is and how to log in, in libpq's own words."""

import dataclasses
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dbstack.ops.driver import psycopg_module
from dbstack.ops.errors import OpsUsageError

URL_VARIABLE = "DBSTACK_DATABASE_URL"
SSLMODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
CHECKED = ("verify-ca", "verify-full")
_SECRETS = ("password", "sslpassword", "oauth_client_secret")
_CONNECT_SECONDS = "10"
# A client that hears nothing for about a minute knows that its connection is gone.
_KEEPALIVES = {
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "60000",
}
# Where systems keep the certificate authorities they trust, for a Python that was built elsewhere.
_SYSTEM_AUTHORITIES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
)


@dataclass(frozen=True)
class Target:
    """A database server and one database of it. The password is in no text of it."""

    engine: str
    """As the spec names it: `postgres`, `aurora-postgresql`, `mysql`, ..."""
    host: str
    """Empty: libpq's default, a Unix socket."""
    port: int
    database: str
    username: str
    """Empty: libpq's default, the name of the operating system's user."""
    password: str | None = field(default=None, repr=False)
    """None: what libpq finds by itself, PGPASSWORD or ~/.pgpass."""
    sslmode: str = "verify-full"
    sslrootcert: str = ""
    """File of the authorities to trust; empty: `trusted_authorities()`."""
    stack: str = ""
    """The stack that it was found in; empty for a URL."""
    name: str = ""
    """Its name in that stack's outputs; empty for a URL."""
    arn: str = ""
    """Its ARN where it is one of AWS's, found in a stack; else empty."""
    settings: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    """What else the URL says, by libpq's keywords."""

    @property
    def label(self) -> str:
        """For messages: `app at db.example.com:5432`."""
        return f"{self.database or 'the default database'} at {self.host or 'the local socket'}:{self.port}"

    @property
    def is_postgres(self) -> bool:
        """Whether it speaks PostgreSQL's protocol."""
        return "postgres" in self.engine

    @property
    def is_mysql(self) -> bool:
        """Whether it is a MySQL or a MariaDB."""
        return "mysql" in self.engine or self.engine == "mariadb"

    @property
    def is_checked(self) -> bool:
        """Whether the server's certificate is checked; nobody listens in on a Unix socket."""
        return self.sslmode in CHECKED or self.host.startswith("/") or not self.host

    def at(self, database: str) -> "Target":
        """Another database of the same server."""
        return dataclasses.replace(self, database=database)

    def libpq(self) -> dict[str, str]:
        """Keywords of a connection, the password among them: for `psycopg.connect(**...)`, never for a log."""
        words = {
            "connect_timeout": _CONNECT_SECONDS,
            **_KEEPALIVES,
            **self.settings,
            "host": self.host,
            "port": str(self.port),
            "dbname": self.database,
            "user": self.username,
            "password": self.password or "",
            "sslmode": self.sslmode,
        }
        if self.sslmode in CHECKED and not self.host.startswith("/"):
            words["sslrootcert"] = self.sslrootcert or trusted_authorities()
        return {name: value for name, value in words.items() if value}

    def environment(self) -> dict[str, str]:
        """The same as variables, for `pg_dump` and its like: no other user can read a process's environment."""
        options = psycopg_module().pq.Conninfo.get_defaults()
        known = {option.keyword.decode(): option.envvar.decode() for option in options if option.envvar}
        return {known[name]: value for name, value in self.libpq().items() if name in known}

    def without_secrets(self, text: str) -> str:
        """A message with the password taken out, should it be in there."""
        return text.replace(self.password, "[secret]") if self.password else text


def trusted_authorities() -> str:
    """The file of certificate authorities to trust where none is named: libpq's own, else the system's.

    Not `sslrootcert=system`, which libpq knows since 16 and which a bundled OpenSSL looks for in a folder of its own.
    """
    own = Path.home() / ".postgresql" / "root.crt"
    return str(own) if own.is_file() else system_authorities() or str(own)


def system_authorities() -> str:
    """The file of certificate authorities that the system trusts; empty where there is none."""
    import ssl

    candidates = (ssl.get_default_verify_paths().cafile, *_SYSTEM_AUTHORITIES)
    return next((file for file in candidates if file and Path(file).is_file()), "")


def url_target(
    url: str | None,
    *,
    option: str = "--url",
    variable: str = URL_VARIABLE,
    sslmode: str | None = None,
    sslrootcert: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> Target:
    """The target of a PostgreSQL URL (or libpq's `host=... dbname=...`).

    Args:
        url: as given on the command line, where it may hold no password; None: that of the variable.
        option, variable: what these are called, for messages.
        sslmode, sslrootcert: libpq's words, instead of the URL's and the environment's.
        environment: the process's by default.

    Raises:
        OpsUsageError: neither is given, it can't be read, or there is a password in `url`.
    """
    given = os.environ if environment is None else environment
    text, source = (url, option) if url else (given.get(variable, ""), variable)
    if not text:
        raise OpsUsageError(
            f"name the database: -s STACK [-d DATABASE], {option} postgresql://USER@HOST/DATABASE, or {variable}"
        )
    if "://" in text and not text.startswith(("postgresql://", "postgres://")):
        raise OpsUsageError(
            f"{source} is no PostgreSQL URL, and this command is for PostgreSQL alone: write "
            "postgresql://USER@HOST:PORT/DATABASE"
        )
    words = _conninfo(text, source)
    if url and any(words.get(secret) for secret in _SECRETS):
        raise OpsUsageError(
            f"{option} holds a password, which every user of this machine can read in the list of processes: put the "
            f"URL into {variable}, or leave the password out and set PGPASSWORD or a line of ~/.pgpass"
        )
    port = words.pop("port", "") or given.get("PGPORT", "") or "5432"
    if not port.isdigit():
        raise OpsUsageError(f"{source}: name one host and one port")
    target = Target(
        engine="postgres",
        host=words.pop("host", "") or given.get("PGHOST", ""),
        port=int(port),
        database=words.pop("dbname", "") or given.get("PGDATABASE", ""),
        username=words.pop("user", "") or given.get("PGUSER", ""),
        password=words.pop("password", None),
        sslmode=words.pop("sslmode", "") or given.get("PGSSLMODE", "") or "verify-full",
        sslrootcert=words.pop("sslrootcert", "") or given.get("PGSSLROOTCERT", ""),
        settings=words,
    )
    return with_tls(target, sslmode, sslrootcert)


def with_tls(target: Target, sslmode: str | None, sslrootcert: str | None) -> Target:
    """The target with what was asked for in these words. OpsUsageError for a mode that libpq doesn't know."""
    changed = dataclasses.replace(
        target, sslmode=sslmode or target.sslmode, sslrootcert=sslrootcert or target.sslrootcert
    )
    if changed.sslmode not in SSLMODES:
        raise OpsUsageError(f"sslmode {changed.sslmode!r} is unknown: choose among {', '.join(SSLMODES)}")
    return changed


def _conninfo(text: str, source: str) -> dict[str, str]:
    psycopg = psycopg_module()
    try:
        found = psycopg.conninfo.conninfo_to_dict(text)
    except psycopg.ProgrammingError:
        # libpq's message quotes the text.
        raise OpsUsageError(
            f"{source} can't be read: write postgresql://USER@HOST:PORT/DATABASE, special characters as %XX"
        ) from None
    return {str(name): str(value) for name, value in found.items() if value is not None}
