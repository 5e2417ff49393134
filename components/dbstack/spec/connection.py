"""Connection URLs of the engines, in the form that each engine's own clients and common drivers read."""

from typing import NamedTuple
from urllib.parse import quote


class UrlForm(NamedTuple):
    """How an engine's URL is written: `scheme://user:password@host:port`, then `path` and `query`."""

    scheme: str
    path: str = "/{database}"
    query: str = ""
    """Asks for TLS, where the engine's clients have a standard word for it."""


_POSTGRES = UrlForm("postgresql", query="?sslmode=require")
_MYSQL = UrlForm("mysql", query="?ssl-mode=REQUIRED")
# Name of an engine, or how it begins -> form.
# [libpq, "Connection URIs"; MySQL, "Connecting Using URI-Like Connection Strings"; MariaDB, "Connection URI";
# go-mssqldb and SQLAlchemy for SQL Server and Oracle, which have no standard of their own]
FORMS = {
    "postgres": _POSTGRES,
    "aurora-postgresql": _POSTGRES,
    "mysql": _MYSQL,
    "aurora-mysql": _MYSQL,
    "mariadb": UrlForm("mariadb"),
    "sqlserver-": UrlForm("sqlserver", path="", query="?database={database}&encrypt=true"),
    "oracle-": UrlForm("oracle"),
}


def connection_url(
    engine: str, host: str, port: int, database: str, username: str, password: str | None = None
) -> str:
    """The URL of a database. LookupError for an engine that has none here."""
    form = next((form for key, form in FORMS.items() if engine == key or _begins(engine, key)), None)
    if form is None:
        raise LookupError(f"no connection URL is known for {engine}: choose among {', '.join(FORMS)}")
    user = quote(username, safe="")
    if password is not None:
        user += f":{quote(password, safe='')}"
    names = {"database": quote(database, safe="")}
    path = form.path.format(**names) if database else ""
    query = form.query.format(**names)
    if not database:
        query = query.replace("database=&", "")
    return f"{form.scheme}://{user}@{host}:{int(port)}{path}{query}"


def _begins(engine: str, key: str) -> bool:
    return key.endswith("-") and engine.startswith(key)
