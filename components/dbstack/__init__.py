"""Production databases on Pulumi."""
