"""MySQL and MariaDB: what a URL says, and connections with PyMySQL; why one can't be had, in one sentence."""

import os
import ssl
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from dbstack.ops.errors import OpsError, OpsUsageError
from dbstack.ops.target import Target, system_authorities, with_tls

SCHEMES = ("mysql", "mariadb")
PORT = 3306
PASSWORD_VARIABLE = "MYSQL_PWD"
_OPTION_FILE = Path("~/.my.cnf")
# MySQL's words for TLS (https://dev.mysql.com/doc/refman/8.4/en/connection-options.html), beside libpq's.
_MODES = {
    "disabled": "disable",
    "preferred": "prefer",
    "required": "require",
    "verify_ca": "verify-ca",
    "verify_identity": "verify-full",
}
_PARAMETERS = {"ssl-mode": "mode", "sslmode": "mode", "ssl-ca": "ca", "sslrootcert": "ca"}
_CONNECT_SECONDS = 10
# A statement about accounts takes no time, and one that waits for a lock gives up before.
_ANSWER_SECONDS = 120
# What PyMySQL or the server says -> what to do. The first that is found counts.
_WAYS_OUT: tuple[tuple[str, str], ...] = (
    (
        "(using password: NO)",
        "set {variable} or a password in {file}, or use -s STACK, which reads the secret",
    ),
    ("to database", "name a database that this user may use, or log in as the master user"),
    ("Access denied", "check the user and the password: {variable}, {file} or the secret"),
    ("mismatch", "connect by a name that the certificate holds"),
    ("CERTIFICATE_VERIFY_FAILED", "{authorities}"),
    ("SSL is required", "turn TLS on at the server, or ask for --sslmode disable where that is meant"),
    ("doesn't support SSL", "turn TLS on at the server, or ask for --sslmode disable where that is meant"),
    ("insecure transport", "leave --sslmode disable out"),
    ("Connection refused", "is the server running, and is this its port?"),
    ("timed out", "is it running, and may this machine reach it (security group, network, VPN)?"),
    ("Name or service not known", "check the host's name"),
    ("name resolution", "check the host's name"),
    ("No address associated", "check the host's name"),
    ("Unknown database", "create it, or name another one"),
    ("is not allowed to connect", "the server has no account for this user and address"),
    ("account is locked", "unlock it: alter user ... account unlock"),
    ("Too many connections", "wait, or raise max_connections"),
    ("Lost connection", "is this the port of a MySQL or MariaDB?"),
)
_RDS_AUTHORITIES = (
    "RDS's certificates are signed by AWS's own authorities: download global-bundle.pem from where "
    "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html says, and name it with --sslrootcert "
    "or as ssl-ca in {file}"
)
_AUTHORITIES = "name the file of the server's authority with --sslrootcert, or as ssl-ca in {file}"


def is_mysql_url(text: str) -> bool:
    """Whether it begins as such a URL does."""
    return text.partition("://")[0] in SCHEMES and "://" in text


def mysql_target(
    text: str,
    source: str,
    variable: str,
    *,
    sslmode: str | None = None,
    sslrootcert: str | None = None,
) -> Target:
    """The target of a URL, `mysql://USER@HOST:PORT/DATABASE?ssl-mode=...&ssl-ca=FILE`.

    Args:
        text: the URL.
        source: where it was given, for messages: only in `variable` it may hold a password.
        variable: the environment variable that may hold it.
        sslmode, sslrootcert: libpq's words, instead of the URL's.

    Raises:
        OpsUsageError: it can't be read, or there is a password in it.
    """
    form = f"write {SCHEMES[0]}://USER@HOST:{PORT}/DATABASE, special characters as %XX"
    try:
        url = urlsplit(text)
        port = url.port or PORT
    except ValueError:
        # Its message may quote the password.
        raise OpsUsageError(f"{source} can't be read: {form}") from None
    if not url.hostname or not url.username:
        raise OpsUsageError(f"{source} names no {'user' if url.hostname else 'host'}: {form}")
    if url.password is not None and source != variable:
        raise OpsUsageError(
            f"{source} holds a password, which every user of this machine can read in the list of processes: put the "
            f"URL into {variable}, or leave the password out and set {PASSWORD_VARIABLE} or a password in "
            f"{_OPTION_FILE}"
        )
    words = _parameters(url, source)
    target = Target(
        engine=url.scheme,
        host=url.hostname,
        port=port,
        database=unquote(url.path.strip("/")),
        username=unquote(url.username),
        password=unquote(url.password) if url.password else None,
        sslmode=_MODES.get(words.get("mode", "").lower(), words.get("mode")) or "verify-full",
        sslrootcert=words.get("ca", ""),
    )
    return with_tls(target, sslmode, sslrootcert)


def _parameters(url: SplitResult, source: str) -> Mapping[str, str]:
    given = dict(parse_qsl(url.query, keep_blank_values=True))
    unknown = [name for name in given if name not in _PARAMETERS]
    if unknown:
        raise OpsUsageError(
            f"{source}: {', '.join(unknown)} is unknown: a URL of MySQL may say {', '.join(_PARAMETERS)}"
        )
    return {_PARAMETERS[name]: value for name, value in given.items()}


@contextmanager
def connect_mysql(target: Target, application: str) -> Generator[Any]:
    """A connection of PyMySQL, each statement its own transaction. OpsError, with cause and way out, where none is had.

    `sql_mode` is empty, so that quotes and backslashes in a statement mean the same everywhere.
    """
    driver = pymysql_module()
    options = _option_file(driver)
    password = target.password or os.environ.get(PASSWORD_VARIABLE) or options.get("password", "")
    try:
        connection = driver.connect(
            host=target.host,
            port=target.port,
            user=target.username,
            # As text PyMySQL would take it for Latin 1.
            password=password.encode(),
            database=target.database or None,
            charset="utf8mb4",
            sql_mode="",
            autocommit=True,
            connect_timeout=_CONNECT_SECONDS,
            read_timeout=_ANSWER_SECONDS,
            write_timeout=_ANSWER_SECONDS,
            program_name=application,
            **_tls(target, options),
        )
    except (driver.Error, OSError, RuntimeError) as error:
        text = _sentence(target, said(error))
        if password:
            text = text.replace(password, "[secret]")
        raise OpsError(f"no connection to {target.label}: {text}") from None
    try:
        yield connection
    finally:
        if connection.open:
            connection.close()


def pymysql_module() -> ModuleType:
    """PyMySQL. OpsError where it isn't installed."""
    try:
        # It loads its cursors by itself, and this not.
        import_module("pymysql.optionfile")
        return import_module("pymysql")
    except ImportError:
        raise OpsError("operating a MySQL or MariaDB needs PyMySQL: pip install 'dbstack[ops]'") from None


def said(error: Any) -> str:
    """What the server or the driver says, in one line and without its number."""
    return " ".join(str(error.args[-1] if error.args else type(error).__name__).split())


def _option_file(driver: ModuleType) -> Mapping[str, str]:
    """What MySQL's own clients read of the user's option file: password and authorities."""
    file = _OPTION_FILE.expanduser()
    if not file.is_file():
        return {}
    parser: Any = driver.optionfile.Parser(interpolation=None)
    try:
        parser.read(file)
        section = dict(parser.items("client")) if parser.has_section("client") else {}
    except Exception:
        # Its message quotes the lines that it can't read.
        raise OpsUsageError(f"{file} can't be read as an option file of MySQL") from None
    return {name: parser.get("client", name) or "" for name in ("password", "ssl-ca") if name in section}


def _tls(target: Target, options: Mapping[str, str]) -> dict[str, Any]:
    if target.sslmode == "disable":
        return {"ssl_disabled": True}
    if target.sslmode in ("allow", "prefer"):
        return {}
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = target.sslmode == "verify-full"
    context.verify_mode = ssl.CERT_REQUIRED if target.is_checked else ssl.CERT_NONE
    if target.is_checked:
        file = target.sslrootcert or options.get("ssl-ca") or system_authorities()
        try:
            context.load_verify_locations(cafile=file)
        except (OSError, ssl.SSLError):
            raise OpsUsageError(
                f"no certificate authorities can be read from {file or 'this system'}: name a file with --sslrootcert"
            ) from None
    return {"ssl": context}


def _sentence(target: Target, text: str) -> str:
    way = next((way for words, way in _WAYS_OUT if words in text), "")
    authorities = _RDS_AUTHORITIES if ".rds." in target.host else _AUTHORITIES
    words = {"variable": PASSWORD_VARIABLE, "file": _OPTION_FILE}
    ended = text.rstrip(".")
    return f"{ended}: {way.format(authorities=authorities.format(**words), **words)}" if way else ended
