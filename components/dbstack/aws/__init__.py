"""The database model as AWS resources."""
