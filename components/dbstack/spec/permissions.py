"""The IAM permissions that a deployment needs, as policies: bounded by region, account, names and services."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from dbstack.spec.names import ROLE_NAME_PART
from dbstack.spec.partitions import (
    BACKUP_POLICY,
    DIRECTORY_POLICY,
    MONITORING_POLICY,
    partition_of_region,
    service_in,
)
from dbstack.spec.permission_actions import ACTIONS, PASSED_TO, RESOURCES, SERVICE_LINKED, SHARES, UNBOUND

_ATTACHED = (MONITORING_POLICY, BACKUP_POLICY, DIRECTORY_POLICY)

POLICY_MAX = 6144
"""Characters of a managed policy, white space aside.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""


def actions(types: Iterable[str]) -> frozenset[str]:
    """Everything that resources of these types need."""
    return frozenset(action for token in types for action in ACTIONS[token])


def policy(types: Iterable[str], *, region: str, account: str, prefix: str) -> dict[str, Any]:
    """An IAM policy that allows just that, in one region of one account, for names that begin with `prefix`."""
    return _document(_statements(set(types), region, account, prefix))


def policies(types: Iterable[str], *, region: str, account: str, prefix: str) -> list[dict[str, Any]]:
    """The same as managed policies, each within AWS's limit of characters."""
    parts: list[list[dict[str, Any]]] = [[]]
    for statement in _statements(set(types), region, account, prefix):
        if parts[-1] and policy_size(_document([*parts[-1], statement])) > POLICY_MAX:
            parts.append([])
        parts[-1].append(statement)
    return [_document(part) for part in parts]


def policy_size(document: Mapping[str, Any]) -> int:
    """Characters that count."""
    return len(json.dumps(document, separators=(",", ":")))


def _document(statements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": statements}


def _statements(types: set[str], region: str, account: str, prefix: str) -> list[dict[str, Any]]:
    wanted = actions(types)
    partition = partition_of_region(region)
    names = {"region": region, "account": account, "prefix": prefix, "partition": partition}
    names["role_prefix"] = prefix[:ROLE_NAME_PART]
    listing = sorted(action for action in wanted if _is_listing(action))
    statements: list[dict[str, Any]] = [
        {"Sid": "Read", "Effect": "Allow", "Action": listing, "Resource": "*"}
        | {"Condition": {"StringEquals": {"aws:RequestedRegion": region}}}
    ]
    if SHARES in wanted:
        bound = {
            "StringEquals": {"aws:RequestedRegion": region},
            "StringEqualsIfExists": {"ram:RequestedResourceType": "rds:Cluster"},
        }
        statements.append(
            {"Sid": "Share", "Effect": "Allow", "Action": SHARES, "Resource": "*", "Condition": bound}
        )
    bare = {*listing, SHARES}
    for service, resources in RESOURCES.items():
        chosen = {a for a in wanted - bare if a.startswith(f"{service}:")}
        for title, some, condition in _conditions(service, chosen, types, region, partition):
            statement: dict[str, Any] = {
                "Sid": title,
                "Effect": "Allow",
                "Action": sorted(some),
                "Resource": [resource.format(**names) for resource in resources],
            }
            statements.append(statement | ({"Condition": condition} if condition else {}))
    linked = {
        service
        for begins, service in SERVICE_LINKED.items()
        if any(token.startswith(begins) for token in types)
    }
    if linked:
        statements.append(
            {
                "Sid": "FirstDatabaseOfTheAccount",
                "Effect": "Allow",
                "Action": "iam:CreateServiceLinkedRole",
                "Resource": [
                    f"arn:{partition}:iam::{account}:role/aws-service-role/{service}/*"
                    for service in sorted(linked)
                ],
                "Condition": {"StringEquals": {"iam:AWSServiceName": sorted(linked)}},
            }
        )
    return statements


def _conditions(
    service: str, chosen: set[str], types: set[str], region: str, partition: str
) -> list[tuple[str, set[str], dict[str, Any]]]:
    """(title, actions, condition) of a service's statements: what each action is bound by beside names."""
    bound: list[tuple[str, set[str], dict[str, Any]]] = []
    if service == "kms":
        # Not for the caller's own use: only what these services do on their behalf.
        via = [service_in(name, region) for name in ("backup", "rds", "secretsmanager")]
        bound.append(("Kms", chosen, {"StringEquals": {"kms:ViaService": via}}))
    elif service == "iam":
        passing, attaching = {"iam:PassRole"}, {"iam:AttachRolePolicy", "iam:DetachRolePolicy"}
        to = sorted({service for token in types for service in PASSED_TO.get(token, ())})
        arns = [f"arn:{partition}:iam::aws:policy/{name}" for name in _ATTACHED]
        bound += [
            ("Roles", chosen - passing - attaching, {}),
            ("PassRoles", chosen & passing, {"StringEquals": {"iam:PassedToService": to}}),
            ("AttachPolicies", chosen & attaching, {"ArnEquals": {"iam:PolicyARN": arns}}),
        ]
    else:
        bound.append(("".join(word.capitalize() for word in service.split("-")), chosen, {}))
    return [one for one in bound if one[1]]


def _is_listing(action: str) -> bool:
    """AWS takes no resource for it, or the provider lists before it knows a name."""
    if action.startswith(("kms:", "secretsmanager:", "backup:")):
        return False
    return action in UNBOUND or action.partition(":")[2].startswith("Describe")
