"""What `infra/` hands on to the components."""

from typing import Any

import pytest

from dbstack.config.program import database_args, monitoring_role_args, network_args, placement
from dbstack.spec.types import OnDelete

DATABASE: dict[str, Any] = {"engine": "postgres", "engine_version": "17", "instance_class": "db.t3.micro"}


def stack(**databases: dict[str, Any]) -> Any:
    return {
        "environment": "dev",
        "network": {"vpc_cidr": "10.0.0.0/16", "availability_zones": 3},
        "databases": {name: {**DATABASE, **settings} for name, settings in databases.items()},
        "tags": {"Team": "shop", "Cost": "1"},
    }


@pytest.mark.parametrize(
    ("databases", "protected"),
    [
        ({"app": {}}, True),
        ({"app": {"on_delete": OnDelete.DESTROY}}, False),
        ({"app": {"on_delete": OnDelete.RETAIN}}, True),
        ({"app": {"deletion_protection": False}}, False),
        ({"app": {"on_delete": OnDelete.DESTROY, "deletion_protection": True}}, True),
        ({"app": {"deletion_protection": False}, "other": {}}, True),
    ],
)
def test_the_network_is_protected_while_a_database_is(databases: dict[str, Any], protected: bool) -> None:
    assert network_args(stack(**databases)) == {
        "vpc_cidr": "10.0.0.0/16",
        "availability_zones": 3,
        "environment": "dev",
        "tags": {"Team": "shop", "Cost": "1"},
        "deletion_protection": protected,
        "retain": any(one.get("on_delete") is OnDelete.RETAIN for one in databases.values()),
    }


def test_an_existing_network_is_handed_on() -> None:
    given = {
        "vpc_id": "vpc-1",
        "subnet_ids": ["subnet-1", "subnet-2"],
        "application_security_group_id": "sg-1",
    }
    assert placement({**stack(app={}), "network": given}) == given
    assert placement(stack(app={})) is None


def test_a_databases_own_tags_win() -> None:
    place: Any = {"vpc_id": "vpc-1", "subnet_ids": ["subnet-1", "subnet-2"]}
    args = database_args(stack(app={"tags": {"Cost": "2"}}), "app", place)
    assert args["tags"] == {"Team": "shop", "Cost": "2"}
    assert (args["environment"], args["network"]) == ("dev", place)


def test_what_is_shared_stays_for_a_single_replica() -> None:
    described = stack(app={"on_delete": OnDelete.DESTROY, "replicas": {"r": {"on_delete": OnDelete.RETAIN}}})
    assert network_args(described)["retain"] is True
    role = monitoring_role_args(described)
    assert role is not None
    assert role["retain"] is True
