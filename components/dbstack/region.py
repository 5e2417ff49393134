"""The region of the running program."""

import os

import pulumi


def configured_region() -> str | None:
    """The region in the order of the AWS provider: config, then environment. Read, not looked up."""
    environment = os.environ
    return (
        pulumi.Config("aws").get("region")
        or environment.get("AWS_REGION")
        or environment.get("AWS_DEFAULT_REGION")
        or None
    )
