"""The function that rotates a master password which RDS doesn't manage. It runs in Lambda, beside the database."""
