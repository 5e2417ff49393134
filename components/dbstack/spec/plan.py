"""`plan`: from what a user wrote to a checked, complete description. Pure: no engine, no network, no clock."""

from dbstack.spec.model import AccessSpec, DatabaseSpec, GroupSpec, InstanceSpec, Names, NetworkSpec, ReplicaSpec
from dbstack.spec.types import (
    DatabaseArgs,
    DatabaseInstanceArgs,
    DatabaseNetworkArgs,
    DatabaseSecurityGroupArgs,
    DatabaseSettings,
    DatabaseSubnetGroupArgs,
    InstanceSettings,
    ReadReplicaArgs,
)

# Contract: each raises SpecError with every fault; `args` are snake_case dicts as a program or the multi-language host
# passes them (strings for enums, floats for whole numbers, unknown keys included); the environment (tag) is
# args["environment"], else names.stack.


def plan_database(args: DatabaseArgs | DatabaseSettings, names: Names) -> DatabaseSpec:
    """Check `args` (as a component gets them, or a `DatabaseSettings` from config) and fill in every default."""
    raise NotImplementedError


def plan_instance(args: DatabaseInstanceArgs | InstanceSettings, names: Names) -> InstanceSpec:
    """Check the arguments of one instance and fill in every default."""
    raise NotImplementedError


def plan_replica(args: ReadReplicaArgs, names: Names) -> ReplicaSpec:
    """Check the arguments of one standalone replica and fill in every default."""
    raise NotImplementedError


def plan_network(args: DatabaseNetworkArgs, names: Names, region: str | None) -> NetworkSpec:
    """Check a new network; `region` (None: unknown) is needed unless the zones are named."""
    raise NotImplementedError


def plan_subnet_group(args: DatabaseSubnetGroupArgs, names: Names) -> GroupSpec:
    """Check a DB subnet group: at least two subnets, no plain id twice."""
    raise NotImplementedError


def plan_security_group(args: DatabaseSecurityGroupArgs, names: Names) -> tuple[GroupSpec, AccessSpec]:
    """Check a security group; `from_application` without a group to let in is a fault only if asked for."""
    raise NotImplementedError
