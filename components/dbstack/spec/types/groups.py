"""Option groups."""

from typing import NotRequired, TypedDict

import pulumi


class OptionArgs(TypedDict):
    """One option of an option group."""

    name: str
    """E.g. `MARIADB_AUDIT_PLUGIN`, `S3_INTEGRATION`, `SQLSERVER_BACKUP_RESTORE`. Change: online; a persistent option can't be taken away."""
    version: NotRequired[str]
    """Version of the option, where it has versions. Default: AWS's. Change: online."""
    port: NotRequired[int]
    """Port of the option, where it listens on one of its own (OEM, SSL). Change: online."""
    settings: NotRequired[dict[str, str]]
    """Settings by name. Default: the option's. Change: online."""
    security_group_ids: NotRequired[list[pulumi.Input[str]]]
    """VPC security groups of an option with a port. Change: online."""


class OptionGroupArgs(TypedDict):
    """The option group of an instance: one that dbstack makes of `options`, or an existing one by `name`.

    See https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithOptionGroups.html
    """

    options: NotRequired[list[OptionArgs]]
    """The options. Change: online, in the maintenance window unless `apply_immediately`."""
    name: NotRequired[str]
    """Name of an existing group instead. Change: online, in the maintenance window unless `apply_immediately`."""
