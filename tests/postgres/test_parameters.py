"""The table of static and dynamic parameters, compared with what a PostgreSQL server says of itself."""

import subprocess

import pytest
from tests.postgres.cluster import binaries

from dbstack.spec.parameter_table import DYNAMIC, STATIC

pytestmark = pytest.mark.postgres


def test_static_is_what_only_the_postmaster_reads() -> None:
    folder = binaries()
    assert folder is not None
    told = subprocess.run(
        [folder / "postgres", "--describe-config"], capture_output=True, text=True, check=True
    ).stdout
    context = {line.split("\t")[0].lower(): line.split("\t")[1] for line in told.splitlines()}
    # RDS's own and those of extensions are not PostgreSQL's.
    ours = {name for name in DYNAMIC["postgres"] | STATIC["postgres"] if "." not in name}
    assert len(ours) > 60
    assert ours <= context.keys()
    assert {name for name in ours if context[name] == "postmaster"} == ours & STATIC["postgres"]
