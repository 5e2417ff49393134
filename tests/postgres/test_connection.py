"""Connections to a real PostgreSQL: verified by default, and why one can't be had in one sentence."""

import dataclasses
import subprocess
from pathlib import Path

import pytest
from tests.postgres.cluster import Server, free_port, server
from tests.postgres.conftest import PASSWORD
from tests.tls import authority

from dbstack.ops import OpsError, Target, connect, url_target

pytestmark = pytest.mark.postgres


@pytest.fixture
def target(postgres: Server) -> Target:
    return Target(
        "postgres", "localhost", postgres.port, "postgres", postgres.user, PASSWORD,
        sslrootcert=str(postgres.authority),
    )  # fmt: skip


def refusal(target: Target) -> str:
    with pytest.raises(OpsError) as told:
        connect(target)
    assert told.value.__cause__ is None
    assert PASSWORD not in str(told.value)
    assert "\n" not in str(told.value)
    return str(told.value)


def test_a_connection_is_encrypted_and_verified(target: Target):
    with connect(target) as connection:
        row = connection.execute("select ssl from pg_stat_ssl where pid = pg_backend_pid()").fetchone()
        assert row == (True,)
        assert connection.execute("show application_name").fetchone() == ("dbstack",)


def test_another_authority_or_another_name_is_refused(target: Target, tmp_path: Path):
    authority(tmp_path / "wrong.pem", "another")
    other = dataclasses.replace(target, sslrootcert=str(tmp_path / "wrong.pem"))
    assert "certificate verify failed: name the file of the server's authority" in refusal(other)
    named = dataclasses.replace(target, host="127.0.0.1")
    assert "does not match host name" in refusal(named)
    with connect(dataclasses.replace(named, sslmode="verify-ca")) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_a_server_without_tls_is_refused_and_taken_if_asked_for(target: Target):
    with server(password=PASSWORD, tls=False) as plain:
        unsafe = dataclasses.replace(target, port=plain.port)
        assert "server does not support SSL, but SSL was required: turn TLS on" in refusal(unsafe)
        connect(dataclasses.replace(unsafe, sslmode="disable")).close()


def test_why_there_is_no_connection(target: Target):
    told = refusal(dataclasses.replace(target, password="wrong"))
    assert told == (
        f'no connection to postgres at localhost:{target.port}: password authentication failed for user "dbadmin": '
        "check the user and the password: PGPASSWORD, ~/.pgpass or the secret"
    )
    assert "no password supplied: set PGPASSWORD" in refusal(dataclasses.replace(target, password=None))
    assert 'database "nosuch" does not exist: create it' in refusal(target.at("nosuch"))
    assert "Connection refused: is the server running" in refusal(
        dataclasses.replace(target, port=free_port())
    )
    assert "check the host's name" in refusal(dataclasses.replace(target, host="db.invalid"))
    assert "runs on mysql: this command is for PostgreSQL" in refusal(
        dataclasses.replace(target, engine="mysql")
    )


def test_the_password_is_found_where_libpq_looks(
    target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    url = f"postgresql://dbadmin@localhost:{target.port}/postgres?sslrootcert={target.sslrootcert}"
    kept = tmp_path / "pgpass"
    kept.write_text(f"localhost:*:*:dbadmin:{PASSWORD}\n")
    kept.chmod(0o600)
    for name, value in (("PGPASSWORD", PASSWORD), ("PGPASSFILE", str(kept))):
        with monkeypatch.context() as patch:
            patch.setenv(name, value)
            connect(url_target(url)).close()


def test_programs_of_postgresql_connect_with_the_environment(target: Target):
    done = subprocess.run(
        ["psql", "-XAtc", "select current_user"],
        env={"PATH": "/usr/bin:/bin", **target.environment()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("dbadmin\n", "")
