"""Failures on order reach a client as AWS's own do, and AWS's clients would send the same requests again."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from wsgiref.types import WSGIApplication

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError
from werkzeug.serving import make_server

from dbstack.sandbox.application import DurableApplication
from dbstack.sandbox.aws import clients
from dbstack.sandbox.errors import UsageError
from dbstack.sandbox.faults import Faults, check_operation
from dbstack.sandbox.journal import Journal


class Calls:
    """Answers every request with nothing, and counts."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, environ: Any, start_response: Any) -> list[bytes]:
        self.count += 1
        start_response("200 OK", [("Content-Type", "text/xml")])
        return [b"<R xmlns='x'><DescribeDBInstancesResult/></R>"]


@pytest.fixture
def aws(tmp_path: Path) -> Iterator[tuple[str, Faults, Calls]]:
    import threading

    calls, faults = Calls(), Faults()
    application: WSGIApplication = DurableApplication(
        calls, Journal(tmp_path / "j", tmp_path / "k"), None, faults
    )
    server = make_server("127.0.0.1", 0, application, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", faults, calls
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("error", ["Throttling", "InternalFailure", "ServiceUnavailable", "connection"])
def test_what_may_pass_is_sent_again(aws: tuple[str, Faults, Calls], error: str) -> None:
    endpoint, faults, calls = aws
    faults.order("rds:DescribeDBInstances", error, clients.ATTEMPTS - 1, after=False)
    clients.client("rds", "us-east-1", endpoint).describe_db_instances()
    assert calls.count == 1
    assert faults.listed() == []


@pytest.mark.parametrize(
    ("error", "kind"), [("Throttling", ClientError), ("connection", ConnectionClosedError)]
)
def test_but_not_for_ever(aws: tuple[str, Faults, Calls], error: str, kind: type[Exception]) -> None:
    endpoint, faults, calls = aws
    faults.order("rds:DescribeDBInstances", error, clients.ATTEMPTS, after=False)
    with pytest.raises(kind):
        clients.client("rds", "us-east-1", endpoint).describe_db_instances()
    assert calls.count == 0
    assert faults.listed() == []


@pytest.mark.parametrize(
    ("service", "operation", "call"),
    [
        ("rds", "DescribeDBInstances", "describe_db_instances"),
        ("ec2", "DescribeVpcs", "describe_vpcs"),
        ("secretsmanager", "ListSecrets", "list_secrets"),
        ("kms", "ListKeys", "list_keys"),
    ],
)
def test_what_will_not_pass_is_not(
    aws: tuple[str, Faults, Calls], service: str, operation: str, call: str
) -> None:
    endpoint, faults, calls = aws
    faults.order(f"{service}:{operation}", "AccessDenied", 2, after=False)
    with pytest.raises(ClientError) as refused:
        getattr(clients.client(service, "us-east-1", endpoint), call)()
    assert refused.value.response["Error"]["Code"] == "AccessDenied"
    assert "injected" in refused.value.response["Error"]["Message"]
    assert calls.count == 0
    assert faults.listed()[0]["times"] == 1
    faults.clear()
    assert faults.listed() == []


def test_the_answer_alone_is_lost(aws: tuple[str, Faults, Calls]) -> None:
    endpoint, faults, calls = aws
    faults.order("rds:DescribeDBInstances", "AccessDenied", 1, after=True)
    with pytest.raises(ClientError):
        clients.client("rds", "us-east-1", endpoint).describe_db_instances()
    assert calls.count == 1


@pytest.mark.parametrize("text", ["CreateDBInstance", "rsd:CreateDBInstance", "rds:MakeDBInstance", ""])
def test_an_operation_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"write e\.g\. rds:CreateDBInstance"):
        check_operation(text)


def test_an_operation_that_is_one_passes() -> None:
    assert check_operation("rds:CreateDBInstance") is None
