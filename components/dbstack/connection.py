"""`connection_url`: where a database is, as one text for its clients; the same on every target."""

from typing import Any, Protocol

import pulumi

from dbstack.spec import connection


class Connectable(Protocol):
    """What every database component tells, whatever it runs on."""

    @property
    def host(self) -> pulumi.Output[str]: ...
    @property
    def port(self) -> pulumi.Output[int]: ...
    @property
    def database(self) -> pulumi.Output[str]: ...
    @property
    def username(self) -> pulumi.Output[str]: ...
    @property
    def engine(self) -> pulumi.Output[str]: ...


def connection_url(
    database: Connectable,
    *,
    host: pulumi.Input[str] | None = None,
    username: pulumi.Input[str] | None = None,
    password: pulumi.Input[str] | None = None,
) -> pulumi.Output[str]:
    """A URL such as `postgresql://dbadmin@host:5432/app?sslmode=require`, without a password unless one is given.

    `host` leads elsewhere (a replica, a proxy, `reader_host`), `username` names another user than the master. With
    `password` the URL is a secret output, encrypted in the state; a password that is rotated makes it stale, so that
    an application does better to read the secret at `secret_arn` when it starts, or to log in with an IAM token.
    """
    parts = {
        "engine": database.engine,
        "host": database.host if host is None else host,
        "port": database.port,
        "database": database.database,
        "username": database.username if username is None else username,
        "password": password,
    }

    def url(known: dict[str, Any]) -> str:
        return connection.connection_url(**known)

    made = pulumi.Output.all(**parts).apply(url)
    return made if password is None else pulumi.Output.secret(made)
