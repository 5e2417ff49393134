"""Rotation of the master password."""

from typing import NotRequired, TypedDict

import pulumi


class RotationArgs(TypedDict):
    """How often the master password is changed, and by whom. RDS rotates what it manages; a generated one needs a function.

    See https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets.html
    """

    days: NotRequired[int]
    """Days from one rotation to the next, 1 to 1000 (control SecretsManager.4 wants 90 at most). Default 30. Change: online."""
    ca_bundle: NotRequired[str]
    """Path of a PEM file with the certificate authorities that the function trusts instead of those of Lambda's runtime, which has RDS's; e.g. RDS's own `global-bundle.pem`. Absolute, or relative to the program's folder (`infra/` for a stack config). Default: the runtime's. Change: online, the function's code is updated."""
    function_arn: NotRequired[pulumi.Input[str]]
    """ARN of an existing rotation function, for a generated password; it must let Secrets Manager call it. Default: a `Database` makes one in its own subnets, for PostgreSQL, MySQL and MariaDB; a cluster or an instance of its own needs yours. Refused for a managed password, which RDS rotates itself. Change: online."""
