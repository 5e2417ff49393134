"""Backups of a PostgreSQL with its own pg_dump and pg_restore, proven by restoring them."""
