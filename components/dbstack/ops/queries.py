"""The SQL that is packaged with a command of `ops`, each query a file that runs by itself in psql."""

from functools import cache
from importlib.resources import files


@cache
def query(command: str, name: str) -> bytes:
    """`ops/COMMAND/sql/NAME.sql`."""
    return files("dbstack.ops").joinpath(command, "sql", f"{name}.sql").read_bytes()
