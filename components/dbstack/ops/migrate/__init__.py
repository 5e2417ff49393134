"""Migrations of a PostgreSQL: plain SQL files, recorded in the transaction that they run in."""
