"""What a PostgreSQL tells of itself: queries, each a file that runs by itself in psql. `dbstack inspect` asks them, and
so does the monitoring of containers."""

from functools import cache
from importlib.resources import files


@cache
def query(name: str) -> str:
    """The text of `sql/NAME.sql`."""
    return files("dbstack.statistics").joinpath("sql", f"{name}.sql").read_text()
