"""The journal: what is written, what survives, and that moto does the same again."""

import base64
import io
import os
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from dbstack.sandbox.application import DurableApplication
from dbstack.sandbox.errors import SandboxError
from dbstack.sandbox.journal import Journal, Record, is_reading, operation_of

FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}


def record(body: bytes = b"Action=CreateVpc") -> Record:
    return Record(1.5, 7, "POST", "/", "", dict(FORM), base64.b64encode(body).decode(), 200)


def journal(folder: Path) -> Journal:
    return Journal(folder / "journal", folder / "key")


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "operation", "reading"),
    [
        ("POST", "/", FORM, b"Action=CreateDBInstance&Version=1", "CreateDBInstance", False),
        ("POST", "/", FORM, b"Version=1&Action=DescribeDBInstances", "DescribeDBInstances", True),
        ("POST", "/", {"X-Amz-Target": "secretsmanager.PutSecretValue"}, b"{}", "PutSecretValue", False),
        ("POST", "/", {"x-amz-target": "secretsmanager.GetSecretValue"}, b"{}", "GetSecretValue", True),
        ("POST", "/service/CloudWatch/operation/PutMetricAlarm", {}, b"", "PutMetricAlarm", False),
        ("GET", "/bucket/key", {}, b"", "GET /bucket/key", True),
        ("PUT", "/bucket/key", {}, b"x", "PUT /bucket/key", False),
        ("POST", "/moto-api/reset", {}, b"", "POST /moto-api/reset", False),
        ("POST", "/", FORM, b"Action=Getaway", "Getaway", False),
        ("POST", "/", FORM, b"no action", "POST /", False),
    ],
)
def test_only_what_is_known_to_read_is_left_out(
    method: str, path: str, headers: dict[str, str], body: bytes, operation: str, reading: bool
) -> None:
    assert operation_of(method, path, headers, body) == operation
    assert is_reading(method, operation) is reading


def test_records_come_back_in_order(tmp_path: Path) -> None:
    written = [record(b"one"), record(b"two")]
    first = journal(tmp_path)
    for item in written:
        first.append(item)
    first.close()
    again = journal(tmp_path)
    assert list(again.records()) == written
    again.close()


def test_a_record_cut_short_is_dropped_and_the_next_one_is_readable(tmp_path: Path) -> None:
    first = journal(tmp_path)
    first.append(record(b"one"))
    first.append(record(b"two"))
    first.close()
    content = (tmp_path / "journal").read_bytes()
    for size in range(content.index(b"\n") + 1, len(content)):
        (tmp_path / "journal").write_bytes(content[:size])
        again = journal(tmp_path)
        again.append(record(b"three"))
        assert [item.body_bytes for item in again.records()] == [b"one", b"three"]
        again.close()


def test_bodies_are_not_readable_on_disk(tmp_path: Path) -> None:
    first = journal(tmp_path)
    first.append(record(b"MasterUserPassword=hunter22"))
    first.close()
    content = (tmp_path / "journal").read_bytes()
    assert b"hunter22" not in content
    assert base64.b64encode(b"MasterUserPassword=hunter22") not in content
    assert oct((tmp_path / "key").stat().st_mode)[-3:] == "600"
    assert oct((tmp_path / "journal").stat().st_mode)[-3:] == "600"


def test_a_damaged_record_is_named_not_skipped(tmp_path: Path) -> None:
    first = journal(tmp_path)
    first.append(record())
    first.append(record())
    first.close()
    content = bytearray((tmp_path / "journal").read_bytes())
    content[30] ^= 1
    (tmp_path / "journal").write_bytes(bytes(content))
    again = journal(tmp_path)
    with pytest.raises(SandboxError, match=r"damaged at record 1: `dbstack sandbox reset`"):
        list(again.records())
    again.close()


def test_a_lost_key_is_said(tmp_path: Path) -> None:
    first = journal(tmp_path)
    first.append(record())
    first.close()
    (tmp_path / "key").unlink()
    with pytest.raises(SandboxError, match="is gone"):
        journal(tmp_path)


def environ(body: bytes, headers: dict[str, str] | None = None) -> dict[str, Any]:
    named = {f"HTTP_{key.upper().replace('-', '_')}": value for key, value in (headers or {}).items()}
    return {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/",
        "QUERY_STRING": "",
        "CONTENT_TYPE": FORM["Content-Type"],
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        **named,
    }


class Forgetful:
    """A WSGI application that keeps what it was sent, with a random id for each."""

    def __init__(self) -> None:
        self.kept: list[tuple[bytes, bytes, str]] = []

    def __call__(self, given: dict[str, Any], start_response: Any) -> list[bytes]:
        body = given["wsgi.input"].read()
        self.kept.append((body, os.urandom(8), given.get("HTTP_X_MINE", "")))
        start_response("200 OK", [])
        return [b"done"]


def test_a_replay_gives_the_same_requests_and_the_same_chance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dbstack.sandbox import replayable

    random = os.urandom
    monkeypatch.setattr(
        os, "urandom", random
    )  # Undone at the end of the test, with what install() puts there.
    import moto.core.base_backend
    import moto.core.utils
    from moto.core.base_backend import AccountSpecificBackend

    monkeypatch.setattr(moto.core.utils, "utcnow", moto.core.utils.utcnow)
    monkeypatch.setattr(moto.core.base_backend, "uuid4", moto.core.base_backend.uuid4)
    monkeypatch.setattr(AccountSpecificBackend, "__getitem__", AccountSpecificBackend.__getitem__)
    replayable.install()

    first, log = Forgetful(), journal(tmp_path)
    application = DurableApplication(first, log)
    answers: list[Any] = []
    for body in (b"Action=CreateVpc", b"Action=DescribeVpcs", b"Action=DeleteVpc"):
        chunks = application(environ(body, {"X-Mine": "yes"}), lambda *answer: answers.append(answer))
        assert list(chunks) == [b"done"]
    assert answers[0] == ("200 OK", [("Content-Length", "4")])
    log.close()

    second, log = Forgetful(), journal(tmp_path)
    assert DurableApplication(second, log).replay() == 2
    assert second.kept == [first.kept[0], first.kept[2]]
    assert second.kept[0][2] == "yes"
    log.close()


def test_a_change_is_on_disk_before_it_is_answered(tmp_path: Path) -> None:
    log = journal(tmp_path)
    application = DurableApplication(Forgetful(), log)
    seen: list[int] = []
    application(
        environ(b"Action=CreateVpc"), lambda *_: seen.append((tmp_path / "journal").read_bytes().count(b"\n"))
    )
    assert seen == [1]
    log.close()


def test_what_cannot_be_written_is_not_answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = journal(tmp_path)
    application = DurableApplication(Forgetful(), log)
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:10]))
    answered: list[Any] = []
    with pytest.raises(OSError, match="no space left"):
        application(environ(b"Action=CreateVpc"), lambda *answer: answered.append(answer))
    assert not answered
    assert (tmp_path / "journal").read_bytes() == b""
    log.close()


def test_a_service_is_loaded_before_its_request_is_made_replayable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[str] = []
    monkeypatch.setattr(
        "dbstack.sandbox.application.replayable", lambda *_: nullcontext(events.append("inside"))
    )
    log = journal(tmp_path)

    def load(given: dict[str, Any]) -> None:
        events.append(given["wsgi.input"].read().decode())

    application = DurableApplication(Forgetful(), log, load)
    application(environ(b"Action=CreateVpc"), lambda *_: None)
    application.replay()
    assert events == ["Action=CreateVpc", "inside"] * 2
    log.close()
