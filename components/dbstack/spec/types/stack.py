"""A stack's config."""

from typing import NotRequired, TypedDict

from dbstack.spec.types.choices import Target
from dbstack.spec.types.controls import ControlsArgs
from dbstack.spec.types.database import DatabaseSettings


class NetworkSettings(TypedDict):
    """`network` of a stack config: either `vpc_cidr` (dbstack makes it) or `vpc_id` with `subnet_ids` (yours)."""

    vpc_cidr: NotRequired[str]
    """See `DatabaseNetworkArgs`."""
    availability_zones: NotRequired[int]
    """See `DatabaseNetworkArgs`."""
    availability_zone_names: NotRequired[list[str]]
    """See `DatabaseNetworkArgs`."""
    vpc_id: NotRequired[str]
    """Id of an existing VPC."""
    subnet_ids: NotRequired[list[str]]
    """At least two private subnets of it, in different zones."""
    application_security_group_id: NotRequired[str]
    """The existing group that applications are members of."""


class StackSettings(TypedDict):
    """The object `dbstack:stack` in `Pulumi.<stack>.yaml`."""

    environment: str
    """Value of the Environment tag on every resource, e.g. `prod`."""
    target: NotRequired[Target]
    """Where the databases run. Default aws."""
    network: NetworkSettings
    """The VPC and subnets of the databases."""
    databases: dict[str, DatabaseSettings]
    """The databases by name."""
    controls: NotRequired[ControlsArgs]
    """Security controls that are left off on purpose. Default: each that is off is named in the preview."""
    tags: NotRequired[dict[str, str]]
    """Tags on every resource."""
