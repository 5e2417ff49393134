"""Roles of a PostgreSQL: its catalogs, and the statements between them and what is wanted."""
