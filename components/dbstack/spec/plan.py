"""`plan`: from what a user wrote to a checked, complete description. Pure: no engine, no network, no clock."""

from dbstack.spec.model import AccessSpec, DatabaseSpec, InstanceSpec, Names, ReplicaSpec
from dbstack.spec.types import (
    AccessArgs,
    DatabaseInstanceArgs,
    DatabaseSettings,
    InstanceSettings,
    ReadReplicaArgs,
)

# LEAD's contract for SPEC: each raises SpecError with every fault; `args` may hold camelCase-free snake_case dicts
# as a program or the multi-language host passes them (strings for enums), unknown keys included.


def plan_database(args: DatabaseSettings, names: Names, environment: str) -> DatabaseSpec:
    """Check `args` (a DatabaseArgs, or a DatabaseSettings from config) and fill in every default."""
    raise NotImplementedError


def plan_instance(args: DatabaseInstanceArgs | InstanceSettings, names: Names, environment: str) -> InstanceSpec:
    """Check the arguments of one instance and fill in every default."""
    raise NotImplementedError


def plan_replica(args: ReadReplicaArgs, names: Names, environment: str) -> ReplicaSpec:
    """Check the arguments of one standalone replica."""
    raise NotImplementedError


def plan_access(args: AccessArgs, has_application: bool) -> AccessSpec:
    """Check who may connect."""
    raise NotImplementedError
