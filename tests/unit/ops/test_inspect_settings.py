"""Which settings `dbstack inspect` compares: those that the stack's file gives the database."""

from pathlib import Path

import pytest

from dbstack.ops.inspect.settings import described

STACK = """
config:
  aws:region: us-east-1
  dbstack:stack:
    environment: dev
    network: {vpcCidr: 10.20.0.0/16, availabilityZones: 2}
    databases:
      app:
        engine: postgres
        engineVersion: "17"
        instanceClass: db.t3.micro
        parameterGroup: {parameters: {work_mem: "8192", rds.force_ssl: "1", max_connections: "{formula}"}}
    clusters:
      orders:
        engine: aurora-postgresql
        engineVersion: "17"
        instanceClass: db.r6g.large
        parameterGroup: {parameters: {jit: "off"}}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text(STACK)
    return tmp_path


def test_what_postgresql_knows_of_the_databases_parameters(project: Path):
    # RDS's own, and what RDS computes, can't be compared.
    assert described(project, "dev", "app") == {"work_mem": "8192"}
    assert described(project, "acme/shop/dev", "orders") == {"jit": "off"}


def test_nothing_where_nothing_is_described(project: Path):
    assert described(project, "dev", "other") == {}
    assert described(project, "prod", "app") == {}
    (project / "Pulumi.dev.yaml").write_text(STACK.replace("db.t3.micro", "large"))
    assert described(project, "dev", "app") == {}
