"""Roles and users inside a database: what the description wants, what the catalogs say, and the statements between."""
