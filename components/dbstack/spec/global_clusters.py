"""Aurora global databases: the plan of a global cluster, and what a cluster must be to belong to one.

Sources: Aurora User Guide, rds-secrets-manager.html#rds-secrets-manager-limitations,
aurora-global-database.html#aurora-global-database.limitations and
aurora-global-database.configuration.requirements.html; field texts of CreateGlobalCluster (botocore 1.44.5).
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from dbstack.spec import checks, names
from dbstack.spec.cluster_engines import CLUSTER_ENGINES, cluster_version_fault
from dbstack.spec.defaults import GLOBAL_CLUSTER
from dbstack.spec.errors import SpecError
from dbstack.spec.model import DeletionSpec, Names
from dbstack.spec.parts import deletion_spec
from dbstack.spec.paths import Path
from dbstack.spec.schema import read
from dbstack.spec.types import GlobalClusterArgs, PasswordSource
from dbstack.spec.view import Faults, View

_AURORA = " or ".join(name for name, facts in CLUSTER_ENGINES.items() if facts.aurora)
_NEVER = {
    "backtrack_hours": "a cluster of a global database can't backtrack: leave it out",
    "limitless": "a cluster of a global database can't be sharded: leave it out",
}
_OF_THE_PRIMARY = {
    "password": "is the primary's: leave it out",
    "reader_autoscaling": "a secondary cluster can't scale its readers by itself: describe them in instances",
}


class GlobalClusterSpec(NamedTuple):
    """One Aurora global cluster."""

    identifier: str
    engine: str
    engine_version: str
    encrypted: bool
    allow_major_version_upgrade: bool
    deletion: DeletionSpec
    tags: Mapping[str, str]


def plan_global_cluster(args: GlobalClusterArgs, planned: Names) -> GlobalClusterSpec:
    """Raises SpecError with every fault of the description."""
    record, found = read(GlobalClusterArgs, args, Path())
    view, faults = View(record, Path(), GLOBAL_CLUSTER), Faults(found)
    checks.check_tags(view, faults)
    identifier = str(view.get("identifier") or planned.physical)
    if "identifier" not in view.bad:
        fault = names.identifier_fault(identifier)
        faults.add(
            view.at("identifier"), fault and fault.replace("a DB instance identifier", "a global cluster's")
        )
    if view.ok("engine"):
        engine = str(view["engine"])
        if not CLUSTER_ENGINES[engine].aurora:
            faults.add(view.at("engine"), f"{engine} has no global databases: use {_AURORA}")
        view.check(faults, "engine_version", lambda text: cluster_version_fault(engine, text))
    if faults.found:
        raise SpecError(faults.found, subject=planned.name)
    environment = str(view.get("environment") or planned.stack)
    return GlobalClusterSpec(
        identifier=identifier,
        engine=str(view["engine"]),
        engine_version=view["engine_version"],
        encrypted=view["encrypted"],
        allow_major_version_upgrade=view["allow_major_version_upgrade"],
        deletion=deletion_spec(view, final_snapshot=False),
        tags={"Name": identifier, "Environment": environment, **(view.get("tags") or {})},
    )


def check_membership(view: View, engine: str, faults: Faults) -> None:
    """What a cluster of a known engine must be to stand in a global database, as the primary or as a secondary."""
    if "global_cluster_identifier" not in {*view.values, *view.bad}:
        return
    secondary = "primary_arn" in {*view.values, *view.bad}
    if not CLUSTER_ENGINES[engine].aurora:
        at = view.at("engine" if secondary else "global_cluster_identifier")
        faults.add(at, f"only Aurora has global databases, {engine} has none")
        return
    for name, message in {**_NEVER, **(_OF_THE_PRIMARY if secondary else {})}.items():
        if view.given.get(name):
            faults.add(view.at(name), message)
    password, storage = view.sub("password"), view.sub("storage")
    if not secondary and password.get("source") is PasswordSource.MANAGED:
        faults.add(
            password.at("source"),
            "'managed', which RDS can't do in a global database: use generated or given",
        )
    keyless = storage.get("encrypted") is not False and "kms_key_id" not in {*storage.values, *storage.bad}
    if secondary and keyless and "storage" not in view.bad:
        message = "is missing: an encrypted secondary cluster needs a KMS key of its own region"
        faults.add(storage.at("kms_key_id"), message)
    small = next((one for one in _classes(view) if one.startswith("db.t")), None)
    if small is not None:
        faults.add(view.at("instance_class"), f"{small} is too small for a global database: use a db.r class")


def _classes(view: View) -> list[str]:
    found: list[Any] = [view.get("instance_class")] if view.ok("instance_class") else []
    if view.ok("instances"):
        found += [one.get("instance_class") for one in view["instances"].values() if one]
    return [one for one in found if isinstance(one, str)]
