"""The health of a PostgreSQL: what is measured, what is found wrong with it, and what to do."""

from dbstack.ops.inspect.model import Finding, Level, Report, Section
from dbstack.ops.inspect.run import inspect_database

__all__ = ["Finding", "Level", "Report", "Section", "inspect_database"]
