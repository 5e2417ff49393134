"""The rotation function against a real PostgreSQL and moto's Secrets Manager, its failures half-way included."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws
from tests.postgres.cluster import Server, server
from tests.rotating import STEPS, Rotated
from tests.tls import authority

from dbstack.rotation import handler as rotation
from dbstack.rotation.handler import RotationError
from dbstack.sandbox.moto_ext import install

install()

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def database() -> Iterator[Server]:
    with server() as running:
        yield running


@pytest.fixture
def rotated(database: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rotated]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    with mock_aws():
        yield Rotated(database, monkeypatch, "postgres")


def test_a_rotation(rotated: Rotated) -> None:
    before = dict(rotated.value)
    rotated.rotate()
    new = rotated.password()
    assert new != before["password"]
    assert len(new) == 30
    assert new.isalnum()
    assert rotated.logs_in(new)
    assert not rotated.logs_in(before["password"])
    assert rotated.password("AWSPREVIOUS") == before["password"]
    text = rotated.client.get_secret_value(SecretId=rotated.arn)["SecretString"]
    assert json.loads(text) == {**before, "password": new}


def test_twice_and_every_step_repeated(rotated: Rotated) -> None:
    seen = {rotated.value["password"]}
    for _ in range(2):
        token = rotated.begin()
        for name in STEPS:
            rotated.step(name, token)
            rotated.step(name, token)
        assert rotated.logs_in(rotated.password())
        seen.add(rotated.password())
    assert len(seen) == 3


@pytest.mark.parametrize("failing", STEPS)
def test_a_failure_at_any_step_leaves_a_password_that_works_and_the_next_try_succeeds(
    rotated: Rotated, failing: str
) -> None:
    token = rotated.begin()
    for name in STEPS:
        if name == failing:
            break
        rotated.step(name, token)
    stage = "AWSPENDING" if failing in ("testSecret", "finishSecret") else "AWSCURRENT"
    assert rotated.logs_in(rotated.password(stage))
    assert rotated.password() == rotated.value["password"]
    # Secrets Manager calls all steps again, for the same version.
    rotated.rotate(token)
    assert rotated.logs_in(rotated.password())
    assert rotated.password() != rotated.value["password"]


def test_a_new_rotation_after_one_that_set_the_password_and_was_given_up(rotated: Rotated) -> None:
    """The database has a password that only a version without a label holds."""
    first = rotated.begin()
    rotated.step("createSecret", first)
    rotated.step("setSecret", first)
    abandoned = rotated.password("AWSPENDING")
    assert rotated.logs_in(abandoned)
    rotated.stored.versions[first]["version_stages"] = []
    rotated.rotate()
    assert rotated.password() != abandoned
    assert rotated.logs_in(rotated.password())


def test_the_database_is_still_at_awsprevious(rotated: Rotated) -> None:
    """Somebody put the previous password back: the rotation finds its way from there."""
    rotated.rotate()
    previous = rotated.password("AWSPREVIOUS")
    connection = rotation._connect(rotated.admin)
    connection.change_password(rotated.user, previous)
    connection.close()
    rotated.rotate()
    assert rotated.logs_in(rotated.password())


def test_no_password_works(rotated: Rotated) -> None:
    connection = rotation._connect(rotated.admin)
    connection.change_password(rotated.user, "changed-by-hand")
    connection.close()
    token = rotated.begin()
    rotated.step("createSecret", token)
    with pytest.raises(RotationError, match="with no version of"):
        rotated.step("setSecret", token)
    with pytest.raises(RotationError, match="does not log in"):
        rotated.step("testSecret", token)
    assert rotated.password() == rotated.value["password"]


def test_a_server_that_is_away_is_no_wrong_password(rotated: Rotated) -> None:
    token = rotated.begin()
    rotated.monkeypatch.setenv("DBSTACK_PORT", "1")
    rotated.step("createSecret", token)
    with pytest.raises(RotationError, match=r"can't connect to localhost as .*: InterfaceError") as caught:
        rotated.step("setSecret", token)
    assert rotated.value["password"] not in str(caught.value)
    assert rotated.password("AWSPENDING") not in str(caught.value)


def test_the_place_that_the_function_is_told_goes_into_the_secret(rotated: Rotated) -> None:
    """A renamed database has another host than the secret says."""
    stale = {**rotated.value, "host": "renamed.invalid", "port": 1}
    rotated.client.put_secret_value(SecretId=rotated.arn, SecretString=json.dumps(stale))
    rotated.monkeypatch.setenv("DBSTACK_HOST", "localhost")
    rotated.monkeypatch.setenv("DBSTACK_PORT", str(rotated.database.port))
    rotated.rotate()
    text = rotated.client.get_secret_value(SecretId=rotated.arn)["SecretString"]
    assert (json.loads(text)["host"], json.loads(text)["port"]) == ("localhost", rotated.database.port)
    assert rotated.logs_in(rotated.password())


def test_the_authorities_packed_with_the_function_are_trusted_and_no_others(
    rotated: Rotated, tmp_path: Path
) -> None:
    """As RDS's private authorities, which no public bundle holds."""
    rotated.monkeypatch.delenv("DBSTACK_CA_FILE")
    with pytest.raises(RotationError, match=r"certificate of localhost is refused \(.*ca_bundle"):
        rotation._connect(rotated.value)
    authority(tmp_path / "wrong.pem")
    rotated.monkeypatch.setattr(rotation, "_PACKED_CAS", tmp_path / "wrong.pem")
    with pytest.raises(RotationError, match=r"certificate of localhost is refused \(.*ca_bundle"):
        rotation._connect(rotated.value)
    rotated.monkeypatch.setattr(rotation, "_PACKED_CAS", rotated.database.authority)
    assert rotated.logs_in(rotated.value["password"])
    rotated.rotate()
    assert rotated.logs_in(rotated.password())


def test_the_certificate_of_another_host_is_refused(rotated: Rotated) -> None:
    with pytest.raises(RotationError, match=r"certificate of 127.0.0.1 is refused \(IP address mismatch"):
        rotation._connect({**rotated.value, "host": "127.0.0.1"})


def test_a_server_without_tls_is_never_sent_the_password(rotated: Rotated) -> None:
    with server(tls=False) as plain:
        value = {**rotated.value, "username": plain.user, "password": plain.password, "port": plain.port}
        with pytest.raises(RotationError, match="can't connect to localhost as dbadmin: InterfaceError"):
            rotation._connect(value)


@pytest.mark.parametrize(
    ("break_it", "words"),
    [
        (lambda it: setattr(it.stored, "rotation_enabled", False), "is not set to rotate"),
        (lambda it: it.stored.versions.pop(it.token), "has no version"),
        (lambda it: it.stored.versions[it.token].update(version_stages=["mine"]), "is not AWSPENDING"),
    ],
)
def test_what_is_no_rotation(rotated: Any, break_it: Any, words: str) -> None:
    rotated.token = rotated.begin()
    break_it(rotated)
    with pytest.raises(RotationError, match=words):
        rotated.step("createSecret", rotated.token)
    assert rotated.logs_in(rotated.value["password"])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"engine": "oracle-ee"}, "the engine of .* is oracle-ee"),
        ({"host": ""}, "AWSCURRENT of .* lacks host"),
    ],
)
def test_a_secret_of_another_shape(rotated: Rotated, changes: dict[str, Any], words: str) -> None:
    text = json.dumps({**rotated.value, **changes})
    rotated.client.put_secret_value(SecretId=rotated.arn, SecretString=text)
    with pytest.raises(RotationError, match=words) as caught:
        rotated.step("createSecret", rotated.begin())
    assert rotated.value["password"] not in str(caught.value)


def test_no_message_quotes_a_secret_that_is_no_json(rotated: Rotated) -> None:
    rotated.client.put_secret_value(SecretId=rotated.arn, SecretString="hunter2222")
    with pytest.raises(RotationError, match="is no JSON") as caught:
        rotated.step("createSecret", rotated.begin())
    assert "hunter2222" not in str(caught.value)
    assert caught.value.__cause__ is None
    with pytest.raises(RotationError, match="no step of a rotation"):
        rotated.step("danceSecret", "token")
