"""Where a stack's databases are: its outputs, read through the Pulumi command line into memory only."""

import json
import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qs, unquote, urlsplit

from dbstack.ops.driver import boto3_module
from dbstack.ops.errors import OpsError, OpsUsageError
from dbstack.ops.target import Target, with_tls

if TYPE_CHECKING:
    from dbstack.spec.types import StackSettings

# Databases and clusters of a stack, as `infra/` exports them.
_OUTPUTS = ("databases", "clusters")
# The user's own backend doesn't have the stack, or there is none.
_ELSEWHERE = re.compile(r"no stack named|PULUMI_ACCESS_TOKEN must be set|not logged in|could not find stack")


@dataclass(frozen=True)
class _Answer:
    outputs: Mapping[str, Any]
    sandbox: Mapping[str, str] | None
    """Variables of the sandbox that has the stack."""


@dataclass(frozen=True)
class Deployed:
    """A database of a stack, as the stack's outputs have it."""

    stack: str
    name: str
    values: Mapping[str, Any]
    sandbox: Mapping[str, str] | None
    """Variables of the sandbox that it is deployed to; None: of none."""

    @property
    def arn(self) -> str:
        """Its ARN where it is one of AWS's; else empty."""
        return str(self.values.get("arn") or "")

    def client(self, service: str) -> Any:
        """A client of boto3 in its region, of the sandbox's AWS where it is there. OpsError without boto3."""
        boto3 = boto3_module("this")
        given = {
            word: (self.sandbox or {}).get(variable)
            for word, variable in (
                ("endpoint_url", "AWS_ENDPOINT_URL"),
                ("aws_access_key_id", "AWS_ACCESS_KEY_ID"),
                ("aws_secret_access_key", "AWS_SECRET_ACCESS_KEY"),
            )
        }
        return boto3.client(service, region_name=self.arn.split(":")[3], **given)


def deployed(project: Path, stack: str, database: str | None = None) -> Deployed:
    """The database of a deployed stack; `database` may be left out where it has just one.

    The stack is looked for with the `pulumi` on PATH; where there is none, or it doesn't have the stack, in the sandbox
    of the project. OpsUsageError, OpsError.
    """
    answer = _read(project, stack)
    found = {
        name: cast("dict[str, Any]", values)
        for output in _OUTPUTS
        for name, values in _object(answer.outputs.get(output)).items()
        if isinstance(values, dict)
    }
    chosen = _chosen(stack, found, database)
    return Deployed(stack, chosen, found[chosen], answer.sandbox)


def stack_file(project: Path, stack: str) -> tuple[str, "StackSettings | None"]:
    """Name of the project, and what the stack's file describes. OpsUsageError: each fault, with its path."""
    from dbstack.config.files import read_stack
    from dbstack.spec.errors import SpecError

    try:
        return read_stack(project, stack)
    except SpecError as error:
        raise OpsUsageError(str(error)) from None


def stack_target(
    project: Path,
    stack: str,
    database: str | None = None,
    *,
    sslmode: str | None = None,
    sslrootcert: str | None = None,
) -> Target:
    """The database of a deployed stack as a target; the password is that of a Docker database's URL, or in the secret
    that `secretArn` names.

    Raises:
        OpsUsageError: no such stack or database, or several and none named.
        OpsError: Pulumi or Secrets Manager refuse, or the database is one of the sandbox's AWS, which runs none.
    """
    found = deployed(project, stack, database)
    if found.arn and found.sandbox is not None:
        raise OpsError(
            f"{found.name} of the stack {stack} is deployed to the sandbox, which answers as AWS but runs no database: "
            "use a stack with `target: docker`, such as local, or --url"
        )
    missing = [key for key in ("host", "port", "username", "engine") if not found.values.get(key)]
    if missing:
        raise OpsUsageError(
            f"{found.name} of the stack {stack} has no output {', '.join(missing)}: deploy it, or use --url"
        )
    return with_tls(_target(found), sslmode, sslrootcert)


def _chosen(stack: str, found: Mapping[str, Any], database: str | None) -> str:
    if not found:
        raise OpsUsageError(
            f"the stack {stack} has no output `databases`: deploy it, export what infra/__main__.py exports, or use "
            "--url"
        )
    if database is None:
        if len(found) > 1:
            raise OpsUsageError(
                f"the stack {stack} has several databases: choose with -d {' | '.join(found)}"
            )
        return next(iter(found))
    if database not in found:
        raise OpsUsageError(f"the stack {stack} has no database {database!r}; it has: {', '.join(found)}")
    return database


def _target(found: Deployed) -> Target:
    values = found.values
    url = urlsplit(str(values.get("url") or ""))
    arn = str(values.get("secretArn") or "")
    engine = str(values["engine"])
    # libpq's, which say nothing of a MySQL.
    variables: Mapping[str, str] = os.environ if "postgres" in engine else {}
    return Target(
        engine=engine,
        host=str(values["host"]),
        port=int(values["port"]),
        database=str(values.get("database") or ""),
        username=str(values["username"]),
        password=_secret(found.name, arn) if arn else unquote(url.password) if url.password else None,
        sslmode=variables.get("PGSSLMODE") or "verify-full",
        sslrootcert=variables.get("PGSSLROOTCERT")
        or next(iter(parse_qs(url.query).get("sslrootcert", [])), "")
        or ("" if arn or "postgres" in engine else _local_authority()),
        stack=found.stack,
        name=found.name,
        arn=found.arn,
    )


def _local_authority() -> str:
    """The file of the authority that signs the certificates of local containers, where there is one."""
    from dbstack.docker.authority import authority_file

    file = authority_file()
    return str(file) if file.is_file() else ""


def _read(project: Path, stack: str) -> _Answer:
    from dbstack.sandbox.engine import find_on_path
    from dbstack.sandbox.paths import sandbox_layout

    if os.environ.get("DBSTACK_SANDBOX") == "1":
        return _Answer(_outputs(project, stack, "pulumi", os.environ), os.environ)
    program = find_on_path("pulumi")
    layout = sandbox_layout(project)
    in_sandbox = bool(list(layout.backend.glob(f".pulumi/stacks/*/{stack}.json")))
    if program is not None:
        try:
            return _Answer(_outputs(project, stack, program, os.environ), None)
        except OpsError as error:
            if not in_sandbox or not _ELSEWHERE.search(str(error)):
                raise
    if not in_sandbox:
        raise OpsUsageError(
            f"there is no stack {stack} in the sandbox, and no pulumi on PATH to look elsewhere: deploy it first, "
            f"e.g. with `make up STACK={stack}`"
        )
    from dbstack.sandbox.run import prepare

    environment = prepare(layout)
    return _Answer(_outputs(project, stack, str(layout.bin / "pulumi"), environment), environment)


def _outputs(project: Path, stack: str, program: str, environment: Mapping[str, str]) -> dict[str, Any]:
    words = [program, "stack", "output", "--json", "--show-secrets", "--non-interactive", "--stack", stack]
    try:
        done = subprocess.run(
            words,
            cwd=project,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as error:
        raise OpsError(f"pulumi can't be run: {error.strerror}") from None
    if done.returncode != 0:
        from dbstack.preview.values import scrubbed

        said = " ".join(scrubbed(done.stderr).split()).removeprefix("error: ")
        raise OpsError(
            f"the outputs of the stack {stack} can't be read: {said or f'pulumi ended with {done.returncode}'}"
        )
    try:
        return _object(json.loads(done.stdout))
    except ValueError:
        # Nothing of it is shown: it holds secrets.
        raise OpsError(f"the outputs of the stack {stack} are no JSON") from None


def _secret(name: str, arn: str) -> str:
    """The password in a secret of Secrets Manager, as RDS and dbstack write it."""
    boto3 = boto3_module("reading a secret")
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        client = boto3.client("secretsmanager", region_name=arn.split(":")[3])
        text = client.get_secret_value(SecretId=arn)["SecretString"]
    except (ClientError, BotoCoreError) as error:
        raise OpsError(
            f"the password of {name} can't be read from {arn}: {error}; your role needs secretsmanager:GetSecretValue "
            "on it, and kms:Decrypt where it has a key of its own"
        ) from None
    try:
        return str(json.loads(text)["password"])
    except (ValueError, KeyError, TypeError):
        raise OpsError(
            f"the secret {arn} has not the shape of RDS's: a JSON object with `password`"
        ) from None


def _object(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
