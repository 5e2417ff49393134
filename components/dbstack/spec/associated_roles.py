"""IAM roles that let a database act for itself, by feature: which features each engine has, and their rules.

Sources: `SupportedFeatureNames` of DescribeDBEngineVersions; RDS User Guide: USER_PostgreSQL.S3Import,
postgresql-s3-export, PostgreSQL-Lambda, oracle-s3-integration, oracle-efs-integration, S3 integration of SQL Server;
Aurora User Guide: AuroraMySQL.Integrating.Authorizing.IAM.AddRoleToDBCluster, postgresql-ml.
"""

from collections.abc import Mapping
from typing import Any

from dbstack.spec import access
from dbstack.spec.view import Faults, View

_POSTGRES = ("s3Import", "s3Export", "Lambda")
INSTANCE_FEATURES: Mapping[str, tuple[str, ...]] = {
    "postgres": _POSTGRES,
    "oracle-": ("S3_INTEGRATION", "EFS_INTEGRATION"),
    "sqlserver-": ("S3_INTEGRATION",),
}
"""By the engine's name, or how it begins; what isn't here has no such feature."""
CLUSTER_FEATURES: Mapping[str, tuple[str, ...]] = {
    "aurora-postgresql": (*_POSTGRES, "SageMaker", "Comprehend", "Bedrock"),
    "aurora-mysql": (
        "aws_default_s3_role",
        "aurora_load_from_s3_role",
        "aurora_select_into_s3_role",
        "aws_default_lambda_role",
        "aws_default_logs_role",
        "aws_default_sagemaker_role",
        "aws_default_comprehend_role",
        "aws_default_bedrock_role",
    ),
    "postgres": _POSTGRES,
}
_BY_PARAMETER = "aurora-mysql"


def by_parameter(engine: str) -> bool:
    """Whether a role is associated without a feature, and a cluster parameter of the key's name says what it is for."""
    return engine == _BY_PARAMETER


def features_of(engine: str, table: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The features of an engine."""
    return next(
        (
            names
            for key, names in table.items()
            if engine == key or (key.endswith("-") and engine.startswith(key))
        ),
        (),
    )


def check_roles(view: View, engine: str, table: Mapping[str, tuple[str, ...]], faults: Faults) -> None:
    """`associated_roles`: features that the engine has, each with the ARN of a role."""
    if not view.ok("associated_roles"):
        return
    at, roles = view.at("associated_roles"), view["associated_roles"]
    known = features_of(engine, table)
    if roles and not known:
        faults.add(at, f"{engine} has no feature that takes a role: leave it out")
        return
    seen: dict[str, str] = {}
    for feature, arn in roles.items():
        if feature not in known:
            faults.add(at.key(feature), f"no feature of {engine}: choose among {', '.join(known)}")
        if not isinstance(arn, str):
            continue
        faults.add(at.key(feature), access.role_arn_fault(arn))
        first = seen.setdefault(arn, feature)
        if first != feature:
            faults.add(
                at.key(feature),
                f"the role is that of {first!r} already, and RDS takes a role once: make another",
            )
    if roles and by_parameter(engine):
        _check_parameters(view, roles, faults)


def _check_parameters(view: View, roles: Mapping[str, Any], faults: Faults) -> None:
    group = view.sub("parameter_group")
    for name in ("name", "engine_default"):
        if group.get(name):
            message = (
                f"sets cluster parameters, which {group.path.field(name)} leaves to others: leave one out"
            )
            faults.add(view.at("associated_roles"), message)
    own: Mapping[str, str] = group.get("parameters") or {}
    for feature in roles:
        if feature in own:
            faults.add(view.at("associated_roles").key(feature), "is set as a parameter too: leave one out")
