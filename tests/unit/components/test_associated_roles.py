"""`associated_roles`: roles by the feature that RDS uses them for, of instances and of clusters."""

from typing import Any

import pytest
from tests.unit.components.cluster_programs import AURORA, MYSQL, cluster, deployed, parameters
from tests.unit.components.programs import POSTGRES, database, described

from dbstack import SpecError

ROLE = "arn:aws:iam::123456789012:role/import"
OTHER = "arn:aws:iam::123456789012:role/export"


def of(item: dict[str, Any]) -> dict[str, str]:
    assert all(role["Status"] == "ACTIVE" for role in item["AssociatedRoles"])
    return {role["RoleArn"]: role.get("FeatureName", "") for role in item["AssociatedRoles"]}


def test_roles_of_an_instance() -> None:
    with database({**POSTGRES, "associated_roles": {"s3Import": ROLE, "s3Export": OTHER}}) as deployment:
        assert of(described(deployment)) == {ROLE: "s3Import", OTHER: "s3Export"}


def test_a_role_of_sql_server() -> None:
    settings = {
        "engine": "sqlserver-se",
        "engine_version": "16.00",
        "instance_class": "db.m6i.large",
        "associated_roles": {"S3_INTEGRATION": ROLE},
    }
    with database(settings) as deployment:
        assert of(described(deployment)) == {ROLE: "S3_INTEGRATION"}


def test_roles_of_a_cluster() -> None:
    with deployed({**AURORA, "associated_roles": {"s3Import": ROLE, "Bedrock": OTHER}}) as deployment:
        assert of(cluster(deployment)) == {ROLE: "s3Import", OTHER: "Bedrock"}


def test_parameters_name_the_roles_of_aurora_mysql() -> None:
    roles = {"aws_default_s3_role": ROLE, "aws_default_lambda_role": OTHER}
    with deployed({**MYSQL, "associated_roles": roles}) as deployment:
        assert of(cluster(deployment)) == {ROLE: "", OTHER: ""}
        found = parameters(deployment, cluster(deployment)["DBClusterParameterGroup"])
        assert {name: found[name] for name in roles} == {
            name: (arn, "pending-reboot") for name, arn in roles.items()
        }


def faults(call: Any) -> dict[str, str]:
    with pytest.raises(SpecError) as caught:
        call()
    return {fault.path: fault.message for fault in caught.value.faults}


@pytest.mark.parametrize(
    ("settings", "path", "way_out"),
    [
        ({**AURORA, "associated_roles": {"s3import": ROLE}}, "associated_roles.s3import", "s3Import"),
        ({**AURORA, "associated_roles": {"s3Import": "import"}}, "associated_roles.s3Import", "arn:aws:iam"),
        (
            {**AURORA, "associated_roles": {"s3Import": ROLE, "s3Export": ROLE}},
            "associated_roles.s3Export",
            "make another",
        ),
        (
            {**MYSQL, "associated_roles": {"s3Import": ROLE}},
            "associated_roles.s3Import",
            "aws_default_s3_role",
        ),
        (
            {
                **MYSQL,
                "associated_roles": {"aws_default_s3_role": ROLE},
                "parameter_group": {"name": "adopted"},
            },
            "associated_roles",
            "leave one out",
        ),
        (
            {
                **MYSQL,
                "associated_roles": {"aws_default_s3_role": ROLE},
                "parameter_group": {"parameters": {"aws_default_s3_role": OTHER}},
            },
            "associated_roles.aws_default_s3_role",
            "leave one out",
        ),
    ],
)
def test_refused_for_a_cluster(settings: dict[str, Any], path: str, way_out: str) -> None:
    found = faults(lambda: deployed(settings))
    assert way_out in found.get(path, ""), found


def test_refused_for_an_instance() -> None:
    mysql = {**POSTGRES, "engine": "mysql", "engine_version": "8.4"}
    found = faults(lambda: database({**mysql, "associated_roles": {"s3Import": ROLE}}))
    assert "leave it out" in found["associated_roles"]
    found = faults(lambda: database({**POSTGRES, "associated_roles": {"S3_INTEGRATION": ROLE}}))
    assert "s3Import" in found["associated_roles.S3_INTEGRATION"]
