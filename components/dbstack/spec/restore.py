"""The plans of the components that make an instance from a snapshot or to a point in time."""

from dbstack.spec import access, checks
from dbstack.spec.defaults import INSTANCE
from dbstack.spec.model import InstanceSpec, Names
from dbstack.spec.names import subnet_group_fault
from dbstack.spec.plan import instance_spec, raise_faults, read_args
from dbstack.spec.restore_rules import snapshot_fault
from dbstack.spec.restored import as_new, check_password, check_point, check_volume
from dbstack.spec.rotation import check_rotation
from dbstack.spec.types import DatabaseInstanceFromPointInTimeArgs, DatabaseInstanceFromSnapshotArgs
from dbstack.spec.view import Faults, View


def plan_from_snapshot(args: DatabaseInstanceFromSnapshotArgs, planned: Names) -> InstanceSpec:
    """An instance from a snapshot. What its source decides (user, databases, encryption) means nothing in the plan."""
    view, faults = read_args(DatabaseInstanceFromSnapshotArgs, args, INSTANCE)
    view.check(faults, "snapshot_identifier", snapshot_fault)
    return _plan(view, planned, faults)


def plan_from_point_in_time(args: DatabaseInstanceFromPointInTimeArgs, planned: Names) -> InstanceSpec:
    """An instance from the backups of another."""
    view, faults = read_args(DatabaseInstanceFromPointInTimeArgs, args, INSTANCE)
    if "restore" in view.values:
        check_point(view.sub("restore"), faults)
    return _plan(view, planned, faults)


def _plan(view: View, planned: Names, faults: Faults) -> InstanceSpec:
    view.check(faults, "subnet_group_name", subnet_group_fault)
    checks.check_ids(
        view.get("security_group_ids"), view.at("security_group_ids"), access.security_group_id_fault, faults
    )
    check_volume(view.sub("storage"), faults)
    check_password(view, faults)
    shaped = as_new(view)
    checks.check_instance(shaped, planned, faults)
    check_rotation(shaped, faults, 0, placed=False)
    raise_faults(faults, planned)
    return instance_spec(shaped, planned, replicas=0)
