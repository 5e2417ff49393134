"""Names in statements of MySQL and MariaDB, under an empty `sql_mode`: in quotes only where they need them."""

import re

from dbstack.spec.reserved import MYSQL_USERS

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*", re.ASCII)
_WILDCARDS = re.compile(r"([\\_%])")


def quoted(name: str) -> str:
    """A role or a table: `app_read`, `` `Order` ``."""
    if _PLAIN.fullmatch(name) and name not in MYSQL_USERS and name not in ("public", "none"):
        return name
    return f"`{name.replace('`', '``')}`"


def literal(text: str) -> str:
    """`'it''s'`."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def account(user: str, host: str) -> str:
    """`'service'@'%'`; of a role of MariaDB, which has no host, its name."""
    return f"{literal(user)}@{literal(host)}" if host else quoted(user)


def pattern(database: str) -> str:
    r"""A database as the grant tables have it, where `_` and `%` stand for any characters: `shop\_dev`."""
    return _WILDCARDS.sub(r"\\\1", database)


def has_wildcards(found: str) -> bool:
    r"""Whether a pattern of the grant tables is for more than one database: `shop_dev`, `shop%`."""
    return bool(re.search(r"[_%]", re.sub(r"\\.", "", found)))


def everything_in(found: str) -> str:
    r"""The tables of a pattern of the grant tables: `` `shop\_dev`.* ``."""
    return f"`{found.replace('`', '``')}`.*"
