"""The permissions that docs/first-up.md gives are those that an up, a refresh and a destroy of prod use."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import pytest
from tests.engine.project import Project

from dbstack.spec.permission_actions import ACTIONS, ALWAYS
from dbstack.spec.permissions import policy

pytestmark = pytest.mark.engine

STACK = "prod"
# REST services are recorded by method and path.
REST = (
    (r"backup:PUT /backup-vaults/[^/]+/?", "backup:CreateBackupVault"),
    (r"backup:GET /backup-vaults/[^/]+/?", "backup:DescribeBackupVault"),
    (r"backup:DELETE /backup-vaults/[^/]+/?", "backup:DeleteBackupVault"),
    (r"backup:PUT /backup/plans/?", "backup:CreateBackupPlan"),
    (r"backup:GET /backup/plans/[^/]+/?", "backup:GetBackupPlan"),
    (r"backup:DELETE /backup/plans/[^/]+/?", "backup:DeleteBackupPlan"),
    (r"backup:PUT /backup/plans/[^/]+/selections/?", "backup:CreateBackupSelection"),
    (r"backup:GET /backup/plans/[^/]+/selections/[^/]+/?", "backup:GetBackupSelection"),
    (r"backup:DELETE /backup/plans/[^/]+/selections/[^/]+/?", "backup:DeleteBackupSelection"),
    (r"backup:GET /tags/.*", "backup:ListTags"),
    (r"lambda:POST /[\d-]+/functions/?", "lambda:CreateFunction"),
    (r"lambda:GET /[\d-]+/functions/[^/]+/?", "lambda:GetFunction"),
    (r"lambda:DELETE /[\d-]+/functions/[^/]+/?", "lambda:DeleteFunction"),
    (r"lambda:GET /[\d-]+/functions/[^/]+/configuration/?", "lambda:GetFunctionConfiguration"),
    (r"lambda:PUT /[\d-]+/functions/[^/]+/configuration/?", "lambda:UpdateFunctionConfiguration"),
    (r"lambda:PUT /[\d-]+/functions/[^/]+/code/?", "lambda:UpdateFunctionCode"),
    (r"lambda:GET /[\d-]+/functions/[^/]+/versions/?", "lambda:ListVersionsByFunction"),
    (r"lambda:GET /[\d-]+/functions/[^/]+/code-signing-config/?", "lambda:GetFunctionCodeSigningConfig"),
    (r"lambda:POST /[\d-]+/functions/[^/]+/invocations/?", "lambda:InvokeFunction"),
    (r"lambda:POST /[\d-]+/functions/[^/]+/policy/?", "lambda:AddPermission"),
    (r"lambda:GET /[\d-]+/functions/[^/]+/policy/?", "lambda:GetPolicy"),
    (r"lambda:DELETE /[\d-]+/functions/[^/]+/policy/[^/]+/?", "lambda:RemovePermission"),
    (r"lambda:GET /[\d-]+/tags/.*", "lambda:ListTags"),
    (r"lambda:POST /[\d-]+/tags/.*", "lambda:TagResource"),
    (r"lambda:DELETE /[\d-]+/tags/.*", "lambda:UntagResource"),
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    project = Project.copy(tmp_path_factory.mktemp("first-up") / "shop")
    yield project
    project.stop()


def action(call: str) -> str:
    # CloudWatch signs its calls as `monitoring`.
    call = call.replace("monitoring:", "cloudwatch:", 1) if call.startswith("monitoring:") else call
    return next((name for pattern, name in REST if re.fullmatch(pattern, call)), call)


def test_every_call_and_every_resource_is_covered(project: Project) -> None:
    project.up(STACK).ok()
    resources = project.export(STACK)["deployment"]["resources"]
    types = {resource["type"] for resource in resources if resource["type"].startswith("aws:")}
    assert types <= ACTIONS.keys(), "name their actions in dbstack/spec/permission_actions.py"
    given: dict[str, Any] = policy(types, region="us-east-1", account="123456789012", prefix="dbstack-prod-")
    allowed = {*ALWAYS}
    patterns: list[str] = []
    for statement in given["Statement"]:
        allowed |= (
            set(statement["Action"]) if isinstance(statement["Action"], list) else {statement["Action"]}
        )
        patterns += statement["Resource"] if isinstance(statement["Resource"], list) else []
    arns = [resource["outputs"]["arn"] for resource in resources if "arn" in resource.get("outputs", {})]
    assert len(arns) > 20
    unbound = [arn for arn in arns if not any(fnmatchcase(arn, pattern) for pattern in patterns)]
    assert unbound == [], unbound

    project.pulumi("refresh", "--stack", STACK, "--yes", "--skip-preview").ok()
    project.edit(STACK, deletionProtection=False)
    project.up(STACK).ok()
    project.pulumi("destroy", "--stack", STACK, "--yes", "--skip-preview").ok()
    called = {action(call) for call in project.dbstack("sandbox", "calls").ok().out.split("\n") if call}
    assert "rds:CreateDBInstance" in called
    assert sorted(called - allowed) == []
