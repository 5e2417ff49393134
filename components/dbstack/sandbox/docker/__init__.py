"""Pulumi's `docker` provider in the sandbox: real containers, by docker-py, on the user's own Docker engine."""
