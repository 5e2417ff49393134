"""`parameterGroup.pgaudit`: where it can't be."""

from typing import Any

import pytest

from dbstack.config import stack_faults

CLUSTER = {"engine": "aurora-mysql", "engineVersion": "8.0", "instanceClass": "db.r6g.large"}


def faults(group: dict[str, Any], **more: Any) -> dict[str, str]:
    app = {"engine": "postgres", "engineVersion": "17", "instanceClass": "db.t3.micro", **more}
    stack: dict[str, Any] = {
        "environment": "dev",
        "network": {"vpcCidr": "10.20.0.0/16", "availabilityZones": 2},
        "databases": {"app": {**app, "parameterGroup": group}},
        "clusters": {"orders": {**CLUSTER, "parameterGroup": group}} if "engine" not in more else {},
    }
    return {fault.path: fault.message for fault in stack_faults(stack, "shop", "dev", "us-east-1")[1]}


@pytest.mark.parametrize(
    ("group", "more", "path", "words"),
    [
        ({"pgaudit": ["ddl"]}, {"engine": "mysql", "engineVersion": "8.4"}, "pgaudit", "only PostgreSQL"),
        ({"pgaudit": ["ddl"], "name": "ours"}, {"engine": "postgres"}, "pgaudit", "doesn't make"),
        ({"pgaudit": ["ddl"], "engineDefault": True}, {"engine": "postgres"}, "pgaudit", "doesn't make"),
        ({"pgaudit": []}, {"engine": "postgres"}, "pgaudit", "is empty"),
        (
            {"pgaudit": ["ddl"], "parameters": {"pgaudit.log": "all"}},
            {"engine": "postgres"},
            "parameters['pgaudit.log']",
            "says it already",
        ),
    ],
)
def test_refused(group: dict[str, Any], more: dict[str, Any], path: str, words: str) -> None:
    found = faults(group, **more)
    assert words in found[f"databases.app.parameterGroup.{path}"], found


def test_a_cluster_of_another_engine_has_none_either() -> None:
    assert "only PostgreSQL" in faults({"pgaudit": ["ddl"]})["clusters.orders.parameterGroup.pgaudit"]
    assert "databases.app.parameterGroup.pgaudit" not in faults({"pgaudit": ["ddl"]})
