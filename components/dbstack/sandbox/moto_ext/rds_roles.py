"""IAM roles of instances and clusters in moto: taken away, refused as AWS refuses them, also without a feature."""

from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.rds.exceptions import DBClusterNotFoundError, DBClusterRoleAlreadyExists, RDSClientError
from moto.rds.models import AssociatedRole, DBInstance, RDSBackend
from moto.rds.responses import RDSResponse

from dbstack.sandbox.moto_ext.patching import add, around
from dbstack.sandbox.moto_ext.rds_rules import COMBINATION
from dbstack.spec.associated_roles import CLUSTER_FEATURES, INSTANCE_FEATURES, by_parameter, features_of
from dbstack.spec.cluster_engines import CLUSTER_ENGINES
from dbstack.spec.engines import ENGINES


def _refuse_unknown(feature: str | None, engine: str, table: Any) -> None:
    known = features_of(engine, table)
    if feature not in known:
        words = (
            f"The feature-name parameter must be provided with the current operation for the {engine} engine"
        )
        raise RDSClientError(COMBINATION, f"{words}: one of {', '.join(known) or 'none'}, not {feature}.")


def _add_to_instance(
    original: Any, self: Any, db_instance_identifier: str, role_arn: str, feature_name: str
) -> None:
    database = self.describe_db_instances(db_instance_identifier)[0]
    if isinstance(database, DBInstance) and database.engine in ENGINES:
        _refuse_unknown(feature_name, database.engine, INSTANCE_FEATURES)
    original(self, db_instance_identifier, role_arn, feature_name)


def _add_to_cluster(
    original: Any, self: Any, db_cluster_identifier: str, role_arn: str, feature_name: str | None
) -> None:
    cluster = self.clusters.get(db_cluster_identifier)
    if cluster is None or cluster.engine not in CLUSTER_ENGINES:
        original(self, db_cluster_identifier, role_arn, feature_name)
        return
    if not by_parameter(cluster.engine):
        _refuse_unknown(feature_name, cluster.engine, CLUSTER_FEATURES)
    # moto refuses a second role without a feature.
    if any(role.role_arn == role_arn for role in cluster._associated_roles):
        raise DBClusterRoleAlreadyExists(
            f"Role ARN {role_arn} is already associated with DB Cluster: {db_cluster_identifier}."
        )
    cluster._associated_roles.append(AssociatedRole(role_arn, feature_name or ""))


def _take_away(roles: list[Any], asked: Any, code: str, owner: str) -> ActionResult:
    feature = asked.get("FeatureName") or ""
    for role in roles:
        if role.role_arn == asked["RoleArn"] and (role.feature_name or "") == feature:
            roles.remove(role)
            return EmptyResult()
    raise RDSClientError(code, f"Role ARN {asked['RoleArn']} cannot be found for {owner}.")


def _remove_from_instance(self: Any) -> ActionResult:
    name = self.params["DBInstanceIdentifier"]
    database = self.backend.describe_db_instances(name)[0]
    return _take_away(database._associated_roles, self.params, "DBInstanceRoleNotFound", name)


def _remove_from_cluster(self: Any) -> ActionResult:
    name = self.params["DBClusterIdentifier"]
    cluster = self.backend.clusters.get(name)
    if cluster is None:
        raise DBClusterNotFoundError(name)
    return _take_away(cluster._associated_roles, self.params, "DBClusterRoleNotFound", name)


def install() -> None:
    around(RDSBackend, "add_role_to_db_instance", _add_to_instance)
    around(RDSBackend, "add_role_to_db_cluster", _add_to_cluster)
    add(RDSResponse, "remove_role_from_db_instance", _remove_from_instance)
    add(RDSResponse, "remove_role_from_db_cluster", _remove_from_cluster)
