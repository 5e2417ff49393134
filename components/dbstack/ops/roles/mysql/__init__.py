"""Roles of a MySQL or a MariaDB: its catalogs, and the statements between them and what is wanted."""
