"""`dbstack local`: snapshots, clones and resets of the databases that a stack runs in containers."""

from dbstack.local.volumes import LocalDatabases

__all__ = ["LocalDatabases"]
