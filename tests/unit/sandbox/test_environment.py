"""The executables that stand first on the PATH of a command in the sandbox."""

import os
import subprocess
from pathlib import Path

from dbstack.sandbox.engine import Engine
from dbstack.sandbox.environment import make_executables
from dbstack.sandbox.paths import Layout


def test_the_users_aws_cli_is_told_the_endpoint_by_option(tmp_path: Path) -> None:
    """Version 1 of it ignores AWS_ENDPOINT_URL for rds in us-east-1."""
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "aws").write_text('#!/bin/sh\necho "$@"\n')
    (theirs / "aws").chmod(0o755)
    layout = Layout(tmp_path / "state with a space")
    make_executables(layout, Engine(path="/engine/pulumi", version="v3.259.0", origin="path", why=""))
    environment = {
        "PATH": os.pathsep.join([str(layout.bin), str(theirs), "/usr/bin", "/bin"]),
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
    }
    command = ["aws", "rds", "describe-db-instances", "--query", "a b"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "--endpoint-url http://127.0.0.1:1 rds describe-db-instances --query a b\n"
