"""psycopg, imported when it is used: `import dbstack` and commands without a database do without."""

from types import ModuleType

from dbstack.ops.errors import OpsError


def psycopg_module() -> ModuleType:
    """psycopg. OpsError where it isn't installed."""
    try:
        import psycopg
    except ImportError:
        raise OpsError("operating a PostgreSQL needs psycopg: pip install 'dbstack[ops]'") from None
    return psycopg
