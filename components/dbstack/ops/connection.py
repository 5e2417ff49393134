"""Connections to PostgreSQL with psycopg 3; why one can't be had, as one sentence with the way out."""

import re
from typing import TYPE_CHECKING, Any

from dbstack.ops.driver import psycopg_module
from dbstack.ops.errors import OpsError
from dbstack.ops.target import Target

if TYPE_CHECKING:
    from psycopg import Connection

APPLICATION = "dbstack"
# What libpq or the server says -> what to do. The first that is found counts.
_WAYS_OUT: tuple[tuple[str, str], ...] = (
    (
        "password authentication failed",
        "check the user and the password: PGPASSWORD, ~/.pgpass or the secret",
    ),
    (
        "no password supplied",
        "set PGPASSWORD or a line of ~/.pgpass, or use -s STACK, which reads the secret",
    ),
    ("certificate verify failed", "{authorities}"),
    ("root certificate file", "{authorities}"),
    ("does not match host name", "connect by a name that the certificate holds"),
    (
        "server does not support SSL",
        "turn TLS on at the server, or ask for sslmode=disable where that is meant",
    ),
    ("no pg_hba.conf entry", "the server's access rules leave this user, database or address out"),
    ("Connection refused", "is the server running, and is this its port?"),
    ("timeout expired", "is it running, and may this machine reach it (security group, network, VPN)?"),
    ("translate host name", "check the host's name"),
    ("resolve host", "check the host's name"),
    ("too many clients", "wait, or raise max_connections"),
    ("remaining connection slots", "wait, or raise max_connections"),
    ("starting up", "try again when it has started"),
    ("shutting down", "try again when it has started"),
    ("does not exist", "create it, or name another one"),
)
_RDS_AUTHORITIES = (
    "RDS's certificates are signed by AWS's own authorities: download global-bundle.pem from where "
    "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html says, to ~/.postgresql/root.crt or "
    "to a file that --sslrootcert names"
)
_AUTHORITIES = (
    "name the file of the server's authority with --sslrootcert, or put it at ~/.postgresql/root.crt"
)
_PREFIX = re.compile(r"^(connection (failed|is bad): )?(connection to server [^:]*: )?((FATAL|ERROR): +)?")


def connect(target: Target, *, autocommit: bool = False, application: str = APPLICATION) -> "Connection[Any]":
    """An open connection to the target. OpsError, which names cause and way out, where there is none to be had."""
    if not target.is_postgres:
        raise OpsError(f"{target.database} runs on {target.engine}: this command is for PostgreSQL")
    psycopg = psycopg_module()
    try:
        return psycopg.Connection.connect(
            **target.libpq(), autocommit=autocommit, fallback_application_name=application
        )
    except psycopg.OperationalError as error:
        raise OpsError(f"no connection to {target.label}: {_sentence(target, str(error))}") from None


def _sentence(target: Target, text: str) -> str:
    # With several addresses of one name libpq tells each attempt: the last is the one that counted.
    lines = [line.strip("- \t") for line in text.splitlines() if line.strip()]
    told = [line for line in lines if not line.startswith("Multiple connection attempts")]
    said = _PREFIX.sub("", told[0]) if told else "it does not answer"
    way = next((way for words, way in _WAYS_OUT if words in text), "")
    authorities = _RDS_AUTHORITIES if ".rds." in target.host else _AUTHORITIES
    ended = target.without_secrets(said).rstrip(".")
    return f"{ended}: {way.format(authorities=authorities)}" if way else ended
