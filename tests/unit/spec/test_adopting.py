"""Side resources are made or adopted: both given is an error that names both, nothing given makes one."""

from typing import Any

import pytest

from dbstack.spec import plan
from dbstack.spec.errors import SpecError
from dbstack.spec.model import Names

NAMES = Names("shop", "dev", "app")
BASE: dict[str, Any] = {"engine": "postgres", "engine_version": "17", "instance_class": "db.t3.micro"}
SUBNETS = ["subnet-12345678", "subnet-12345679"]


def planned(network: dict[str, Any], **access: Any):
    args = {**BASE, "network": {"vpc_id": "vpc-12345678", **network}}
    return plan.plan_database({**args, "access": access} if access else args, NAMES)


def faults(network: dict[str, Any], **access: Any) -> dict[str, str]:
    with pytest.raises(SpecError) as refused:
        planned(network, **access)
    return {fault.path: fault.message for fault in refused.value.faults}


def test_groups_are_adopted():
    access = planned({"subnet_group_name": "theirs"}, security_group_ids=["sg-12345678"]).access
    assert (access.adopted, access.from_application) == (True, False)
    application = {"subnet_ids": SUBNETS, "application_security_group_id": "sg-12345679"}
    assert planned(application, security_group_ids=["sg-12345678"]).access.from_application is False
    assert planned(application).access.from_application is True
    assert planned(application).access.adopted is False


@pytest.mark.parametrize(
    ("network", "access", "path", "part"),
    [
        ({}, {}, "network.subnet_ids", "give subnet_ids, or subnet_group_name of an existing"),
        (
            {"subnet_ids": SUBNETS, "subnet_group_name": "theirs"},
            {},
            "network.subnet_group_name",
            "names an existing DB subnet group and subnet_ids makes one",
        ),
        ({"subnet_group_name": "default"}, {}, "network.subnet_group_name", "AWS's own group"),
        (
            {"subnet_ids": SUBNETS},
            {"security_group_ids": ["sg-12345678"], "from_cidrs": ["10.1.0.0/16"]},
            "access.security_group_ids",
            "names existing groups and from_cidrs says",
        ),
        (
            {"subnet_ids": SUBNETS},
            {"security_group_ids": ["sg-12345678"], "egress": "none"},
            "access.security_group_ids",
            "names existing groups and egress says",
        ),
        ({"subnet_ids": SUBNETS}, {"security_group_ids": []}, "access.security_group_ids", "is empty"),
        (
            {"subnet_ids": SUBNETS},
            {"security_group_ids": ["vpc-12345678"]},
            "access.security_group_ids[0]",
            "it reads sg-",
        ),
    ],
)
def test_made_and_adopted(network: dict[str, Any], access: dict[str, Any], path: str, part: str):
    found = faults(network, **access)
    assert list(found) == [path]
    assert part in found[path]


def test_the_component_that_makes_a_security_group_adopts_none():
    args: Any = {"vpc_id": "vpc-12345678", "port": 5432, "access": {"security_group_ids": ["sg-12345678"]}}
    with pytest.raises(SpecError, match="this makes one"):
        plan.plan_security_group(args, NAMES)
