"""Identifiers in statements that people read: in quotes only where they need them."""

import re

from dbstack.spec.reserved import POSTGRES_USERS

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*", re.ASCII)


def quoted(name: str) -> str:
    """`app_read`, `"Order"`."""
    if _PLAIN.fullmatch(name) and (name not in POSTGRES_USERS or name == "public"):
        return name
    escaped = name.replace('"', '""')
    return f'"{escaped}"'
