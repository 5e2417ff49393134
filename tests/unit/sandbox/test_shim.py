"""What the sandbox says about a stack that is up, or protected."""

from pathlib import Path
from typing import Any

import pytest

from dbstack.sandbox.commandline import parse
from dbstack.sandbox.errors import SandboxError
from dbstack.sandbox.paths import Layout
from dbstack.sandbox.shim import COMMAND_VARIABLE, next_steps, protected, run, unlock_steps

DATABASE = "urn:pulumi:prod::shop::dbstack:index:Database::app"
INSTANCE = "urn:pulumi:prod::shop::dbstack:index:Database$dbstack:index:DatabaseInstance::app"
RESOURCES: list[dict[str, Any]] = [
    {"urn": DATABASE, "type": "dbstack:index:Database"},
    {"urn": INSTANCE, "type": "dbstack:index:DatabaseInstance", "parent": DATABASE},
    {"urn": f"{INSTANCE}-rds", "type": "aws:rds/instance:Instance", "parent": INSTANCE, "protect": True},
    {"urn": "urn:x::bucket", "type": "aws:s3/bucket:Bucket", "protect": True},
    {"urn": "urn:x::vpc", "type": "aws:ec2/vpc:Vpc"},
    {
        "urn": "urn:pulumi:prod::shop::dbstack:index:DatabaseNetwork$aws:ec2/vpc:Vpc::network",
        "type": "aws:ec2/vpc:Vpc",
        "protect": True,
    },
]


def test_a_protected_instance_is_told_by_its_database() -> None:
    assert protected(RESOURCES) == (["app"], ["urn:x::bucket"])


def test_a_protected_cluster_is_told_by_its_name() -> None:
    own = "urn:pulumi:prod::shop::dbstack:index:DatabaseCluster::orders"
    inner = own.replace("::orders", "$aws:rds/cluster:Cluster::orders")
    cluster = [
        {"urn": own, "type": "dbstack:index:DatabaseCluster"},
        {"urn": inner, "type": "aws:rds/cluster:Cluster", "parent": own, "protect": True},
    ]
    assert protected([*cluster, *RESOURCES]) == (["app", "orders"], ["urn:x::bucket"])


def test_a_protected_network_without_databases_is_told_itself() -> None:
    assert protected(RESOURCES[-1:]) == ([], [RESOURCES[-1]["urn"]])


def test_the_steps_name_file_database_and_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(COMMAND_VARIABLE, ".venv/bin/dbstack")
    lines = unlock_steps(RESOURCES, "prod").splitlines()
    assert lines[0] == "The stack prod is protected; nothing was deleted. To delete it on purpose:"
    assert lines[1] == "  1. in Pulumi.prod.yaml set `deletionProtection: false` under app"
    assert lines[2].startswith("  2. .venv/bin/dbstack sandbox run -- pulumi up --stack prod")
    assert lines[3].startswith("  3. .venv/bin/dbstack sandbox run -- pulumi state unprotect 'urn:x::bucket'")
    assert lines[4].startswith("  4. .venv/bin/dbstack sandbox run -- pulumi destroy --stack prod")


@pytest.mark.parametrize("backend", [None, "https://example.invalid", "file:///elsewhere"])
def test_outside_the_sandbox_nothing_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, backend: str | None
) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    layout = Layout(tmp_path / "state").make()
    layout.control.write_text('{"port": 1, "token": "", "endpoint": "", "pid": 1}')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DBSTACK_SANDBOX_DIR", str(layout.root))
    if backend:
        monkeypatch.setenv("PULUMI_BACKEND_URL", backend)
    else:
        monkeypatch.delenv("PULUMI_BACKEND_URL", raising=False)
    with pytest.raises(SandboxError, match="use `dbstack sandbox run"):
        run(layout, "/bin/false", parse(["up"]))
    assert not (layout.shadows / "shop").exists()


@pytest.mark.parametrize(
    ("type", "said", "unsaid"),
    [
        ("aws:rds/instance:Instance", "sandbox run -- aws rds describe-db-instances", "migrate up"),
        ("docker:index/container:Container", "migrate up -s dev", "aws rds"),
    ],
)
def test_the_next_steps_fit_what_is_up(
    type: str, said: str, unsaid: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(COMMAND_VARIABLE, ".venv/bin/dbstack")
    steps = next_steps([{"urn": "urn:x::x", "type": type}], "dev")
    assert f".venv/bin/dbstack {said}" in steps
    assert unsaid not in steps
    assert "destroy --stack dev" in steps
