"""psycopg and boto3, imported when they are used: `import dbstack` and commands that need neither do without."""

from types import ModuleType
from typing import Any, cast

from dbstack.ops.errors import OpsError


def psycopg_module() -> ModuleType:
    """psycopg. OpsError where it isn't installed."""
    try:
        import psycopg
    except ImportError:
        raise OpsError("operating a PostgreSQL needs psycopg: pip install 'dbstack[ops]'") from None
    return psycopg


def boto3_module(purpose: str) -> Any:
    """boto3. OpsError where it isn't installed; `purpose` is what needs it, for the message."""
    try:
        import boto3
    except ImportError:
        raise OpsError(f"{purpose} needs boto3: pip install 'dbstack[ops]'") from None
    return cast(Any, boto3)
