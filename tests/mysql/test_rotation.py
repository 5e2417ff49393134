"""The rotation function against a real MariaDB: the driver is another one than in tests/postgres, the steps are not."""

import json
import socket
import struct
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from moto import mock_aws
from pymysql.constants import CLIENT
from tests.mysql.server import Server
from tests.rotating import STEPS, Rotated
from tests.tls import authority

from dbstack.rotation import handler as rotation
from dbstack.rotation.handler import RotationError
from dbstack.sandbox.moto_ext import install

install()

pytestmark = pytest.mark.mysql


@pytest.fixture
def rotated(
    mariadb: Server, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Rotated]:
    with mock_aws():
        yield Rotated(mariadb, monkeypatch, getattr(request, "param", "mariadb"))


# One driver speaks to both; the names are those that RDS gives its engines.
@pytest.mark.parametrize("rotated", ["mysql", "mariadb"], indirect=True)
def test_a_rotation(rotated: Rotated) -> None:
    before = dict(rotated.value)
    rotated.rotate()
    new = rotated.password()
    assert new != before["password"]
    assert rotated.logs_in(new)
    assert not rotated.logs_in(before["password"])
    text = rotated.client.get_secret_value(SecretId=rotated.arn)["SecretString"]
    assert json.loads(text) == {**before, "password": new}


def test_every_step_repeated(rotated: Rotated) -> None:
    token = rotated.begin()
    for name in STEPS:
        rotated.step(name, token)
        rotated.step(name, token)
    assert rotated.logs_in(rotated.password())
    assert rotated.password() != rotated.value["password"]


@pytest.mark.parametrize("failing", STEPS)
def test_a_failure_at_any_step_leaves_a_password_that_works(rotated: Rotated, failing: str) -> None:
    token = rotated.begin()
    for name in STEPS[: STEPS.index(failing)]:
        rotated.step(name, token)
    stage = "AWSPENDING" if failing in ("testSecret", "finishSecret") else "AWSCURRENT"
    assert rotated.logs_in(rotated.password(stage))
    rotated.rotate(token)
    assert rotated.logs_in(rotated.password())
    assert rotated.password() != rotated.value["password"]


def test_no_password_works(rotated: Rotated) -> None:
    connection = rotation._connect(rotated.admin)
    with connection._connection.cursor() as cursor:
        cursor.execute("ALTER USER %s@'%%' IDENTIFIED BY 'changed-by-hand'", (rotated.user,))
    connection.close()
    token = rotated.begin()
    rotated.step("createSecret", token)
    with pytest.raises(RotationError, match="with no version of"):
        rotated.step("setSecret", token)
    assert rotated.password() == rotated.value["password"]


def test_a_server_that_is_away_is_no_wrong_password(rotated: Rotated) -> None:
    with pytest.raises(RotationError, match=r"can't connect to localhost as .*: OperationalError") as caught:
        rotation._connect({**rotated.value, "port": 1})
    assert rotated.value["password"] not in str(caught.value)


def test_the_authorities_packed_with_the_function_are_trusted_and_no_others(
    rotated: Rotated, tmp_path: Path
) -> None:
    rotated.monkeypatch.delenv("DBSTACK_CA_FILE")
    authority(tmp_path / "wrong.pem")
    rotated.monkeypatch.setattr(rotation, "_PACKED_CAS", tmp_path / "wrong.pem")
    with pytest.raises(RotationError, match=r"certificate of localhost is refused \(.*ca_bundle"):
        rotation._connect(rotated.value)
    rotated.monkeypatch.setattr(rotation, "_PACKED_CAS", rotated.database.authority)
    rotated.rotate()
    assert rotated.logs_in(rotated.password())


def test_the_certificate_of_another_host_is_refused(rotated: Rotated) -> None:
    with pytest.raises(RotationError, match=r"certificate of 127.0.0.1 is refused \(IP address mismatch"):
        rotation._connect({**rotated.value, "host": "127.0.0.1"})


def test_a_server_that_says_that_it_has_no_tls_is_never_sent_the_password(rotated: Rotated) -> None:
    """Somebody between takes TLS out of the greeting, which the protocol sends in clear."""
    with socket.socket() as listening, socket.socket() as real:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        real.connect(("127.0.0.1", rotated.database.port))
        greeting = bytearray(real.recv(4096))
        # Header, protocol, version, zero, thread id, half a salt, zero: then the capabilities, CLIENT.SSL among them.
        at = greeting.index(0, 5) + 1 + 4 + 8 + 1
        (capabilities,) = struct.unpack_from("<H", greeting, at)
        assert capabilities & CLIENT.SSL
        struct.pack_into("<H", greeting, at, capabilities & ~CLIENT.SSL)
        sent: list[bytes] = []

        def between() -> None:
            with listening.accept()[0] as client:
                client.sendall(greeting)
                sent.append(client.recv(4096))

        thread = Thread(target=between)
        thread.start()
        with pytest.raises(RotationError, match=r"can't connect to localhost as .*: OperationalError"):
            rotation._connect({**rotated.value, "port": listening.getsockname()[1]})
        thread.join(10)
    assert sent == [b""]
