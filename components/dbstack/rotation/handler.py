"""Rotates the password of one database user: the four steps that Secrets Manager calls, each of which may be repeated.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets-lambda-functions.html

The file stands alone: it is packed into a Lambda function with its drivers, without the rest of dbstack. The new
password is in the secret (AWSPENDING) before the database learns it, so that a failure at any point leaves a password
that works and that somebody can read: AWSCURRENT until the database has taken the new one, AWSPENDING from then on
until the last step. No message holds a password.
"""

import json
import logging
import os
import secrets
import ssl
import string
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, cast

_log = logging.getLogger(__name__)
_log.setLevel(logging.INFO)

_LENGTH = 30
# Letters and digits only: they fit the rules of every engine and need no quoting in a URL.
_ALPHABET = string.ascii_letters + string.digits
_SECONDS = 5
_GIVEN_UP = 5
"""How many versions of rotations that were given up are tried."""
# `rotation.ca_bundle`, packed beside this file; else the runtime's own, to which Lambda adds the authorities of RDS:
# https://docs.aws.amazon.com/lambda/latest/dg/services-rds.html#rds-connection
_PACKED_CAS = Path(__file__).with_name("dbstack_ca.pem")
_LAMBDA_CAS = Path("/etc/pki/tls/cert.pem")
_NEEDED = ("engine", "host", "username", "password")


class RotationError(Exception):
    """Why the step can't be made. Secrets Manager logs it and tries again later."""


def handler(event: Mapping[str, str], context: object, client: Any = None) -> None:
    """The entry point: one step of a rotation. `client` is Secrets Manager's, made here unless given."""
    arn, token, step = event["SecretId"], event["ClientRequestToken"], event["Step"]
    steps = {
        "createSecret": create_secret,
        "setSecret": set_secret,
        "testSecret": test_secret,
        "finishSecret": finish_secret,
    }
    if step not in steps:
        raise RotationError(f"{step} is no step of a rotation")
    client = client or _client()
    described = _describe(client, arn)
    if not described.get("RotationEnabled"):
        raise RotationError(f"the secret {arn} is not set to rotate")
    stages = described.get("VersionIdsToStages", {}).get(token)
    if stages is None:
        raise RotationError(f"the secret {arn} has no version {token} to rotate to")
    if "AWSCURRENT" in stages:
        _log.info("%s: version %s is AWSCURRENT already, nothing to do", arn, token)
        return
    if "AWSPENDING" not in stages:
        raise RotationError(f"version {token} of the secret {arn} is not AWSPENDING")
    steps[step](client, arn, token)
    _log.info("%s: %s is done for version %s", arn, step, token)


def _client() -> Any:
    # Lambda brings both along.
    boto3: Any = import_module("boto3")
    config: Any = import_module("botocore.config")
    quick = config.Config(connect_timeout=_SECONDS, retries={"max_attempts": 1})
    return boto3.client("secretsmanager", config=quick)


def _describe(client: Any, arn: str) -> dict[str, Any]:
    try:
        return client.describe_secret(SecretId=arn)
    except Exception as error:
        if type(error).__name__ not in ("ConnectTimeoutError", "EndpointConnectionError"):
            raise
        raise RotationError(
            "can't reach Secrets Manager from the function's subnets: they need a VPC endpoint for secretsmanager "
            "(network.endpoints in a stack config) or a NAT gateway"
        ) from None


def create_secret(client: Any, arn: str, token: str) -> None:
    """A new password into AWSPENDING. One that is there from an earlier try stays: the database may know it already."""
    current = _value(client, arn, "AWSCURRENT")
    if _value_or_none(client, arn, "AWSPENDING", token) is not None:
        return
    password = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    pending = {**current, **_place(), "password": password}
    client.put_secret_value(
        SecretId=arn,
        ClientRequestToken=token,
        SecretString=json.dumps(pending),
        VersionStages=["AWSPENDING"],
    )


def set_secret(client: Any, arn: str, token: str) -> None:
    """The database takes the pending password, logged in with whichever password it still knows."""
    pending = _value(client, arn, "AWSPENDING", token)
    if (done := _connect(pending)) is not None:
        # An earlier try came this far.
        done.close()
        return
    current = _value(client, arn, "AWSCURRENT")
    if (current["username"], current["engine"]) != (pending["username"], pending["engine"]):
        raise RotationError(
            f"AWSPENDING of {arn} is of another user or engine than AWSCURRENT: it was changed by hand"
        )
    for known in _known(client, arn, current):
        if known.get("username") != pending["username"]:
            continue
        # Where the database is now, with a password that it may know.
        connection = _connect({**known, **_place()})
        if connection is not None:
            try:
                connection.change_password(pending["username"], pending["password"])
            finally:
                connection.close()
            return
    raise RotationError(
        f"{pending['username']} can log in to {pending['host']} with no version of {arn}: "
        "set the database's password to AWSCURRENT's"
    )


def _known(client: Any, arn: str, current: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What the database may know: AWSCURRENT, AWSPREVIOUS, then versions without a label, the newest first.

    Such a version is what a rotation leaves that set the password and was given up: the next has a version of its own.
    """
    yield current
    previous = _value_or_none(client, arn, "AWSPREVIOUS")
    if previous is not None:
        yield previous
    listed = client.list_secret_version_ids(SecretId=arn, IncludeDeprecated=True)["Versions"]
    given_up = [item for item in listed if not item.get("VersionStages")]
    given_up.sort(key=lambda item: item["CreatedDate"], reverse=True)
    for item in given_up[:_GIVEN_UP]:
        value = _value_or_none(client, arn, None, item["VersionId"])
        if value is not None and not [name for name in _NEEDED if not value.get(name)]:
            yield value


def test_secret(client: Any, arn: str, token: str) -> None:
    """The pending password logs in."""
    pending = _value(client, arn, "AWSPENDING", token)
    connection = _connect(pending)
    if connection is None:
        raise RotationError(f"AWSPENDING of {arn} does not log in to {pending['host']}")
    connection.close()


def finish_secret(client: Any, arn: str, token: str) -> None:
    """The pending version becomes AWSCURRENT; the one before it becomes AWSPREVIOUS."""
    versions: Mapping[str, list[str]] = client.describe_secret(SecretId=arn)["VersionIdsToStages"]
    before = next((version for version, stages in versions.items() if "AWSCURRENT" in stages), None)
    if before == token:
        return
    moved: dict[str, str] = {} if before is None else {"RemoveFromVersionId": before}
    client.update_secret_version_stage(
        SecretId=arn, VersionStage="AWSCURRENT", MoveToVersionId=token, **moved
    )


def _place() -> dict[str, Any]:
    """Where the database stands now, as the function was told: a renamed one has another host than the secret says."""
    found: dict[str, Any] = {}
    if host := os.environ.get("DBSTACK_HOST"):
        found["host"] = host
    if port := os.environ.get("DBSTACK_PORT"):
        found["port"] = int(port)
    return found


def _value(client: Any, arn: str, stage: str, token: str | None = None) -> dict[str, Any]:
    found = _value_or_none(client, arn, stage, token)
    if found is None:
        raise RotationError(f"the secret {arn} has no {stage}")
    missing = [name for name in _NEEDED if not found.get(name)]
    if missing:
        raise RotationError(f"{stage} of {arn} lacks {', '.join(missing)}")
    if found["engine"] not in _DRIVERS:
        raise RotationError(
            f"the engine of {arn} is {found['engine']}: this function knows {', '.join(_DRIVERS)}"
        )
    return found


def _value_or_none(
    client: Any, arn: str, stage: str | None, token: str | None = None
) -> dict[str, Any] | None:
    which = {"VersionStage": stage, "VersionId": token}
    try:
        text = client.get_secret_value(SecretId=arn, **{key: item for key, item in which.items() if item})[
            "SecretString"
        ]
    except client.exceptions.ResourceNotFoundException:
        return None
    try:
        found: Any = json.loads(text)
    except ValueError:
        # The text itself is secret: the error that quotes it stays here.
        raise RotationError(f"{stage} of {arn} is no JSON") from None
    if not isinstance(found, dict):
        raise RotationError(f"{stage} of {arn} is no JSON object")
    return cast("dict[str, Any]", found)


class _Postgres:
    """A connection to PostgreSQL."""

    port = 5432

    def __init__(self, value: Mapping[str, Any], context: ssl.SSLContext) -> None:
        self._native: Any = import_module("pg8000.native")
        self._connection: Any = self._native.Connection(
            value["username"],
            host=value["host"],
            port=int(value.get("port") or self.port),
            database=value.get("dbname") or "postgres",
            password=value["password"],
            ssl_context=context,
            timeout=_SECONDS,
        )
        self._connection.run("SELECT 1")

    def change_password(self, user: str, password: str) -> None:
        # ALTER USER takes no parameters.
        name, text = self._native.identifier(user), self._native.literal(password)
        self._connection.run(f"ALTER USER {name} WITH PASSWORD {text}")

    def close(self) -> None:
        self._connection.close()

    @staticmethod
    def refuses(error: Exception) -> bool:
        """Whether the server says that the password is wrong (28P01, 28000), and not that it can't be reached."""
        found: Any = error.args[0] if error.args else None
        return isinstance(found, dict) and cast("dict[str, Any]", found).get("C") in ("28P01", "28000")


class _MySQL:
    """A connection to MySQL or MariaDB."""

    port = 3306

    def __init__(self, value: Mapping[str, Any], context: ssl.SSLContext) -> None:
        driver: Any = import_module("pymysql")
        self._connection: Any = driver.connect(
            user=value["username"],
            host=value["host"],
            port=int(value.get("port") or self.port),
            database=value.get("dbname") or None,
            password=value["password"],
            ssl=context,
            connect_timeout=_SECONDS,
        )

    def change_password(self, user: str, password: str) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute("SELECT CURRENT_USER()")
            account = cursor.fetchone()[0]
            name, _, host = account.rpartition("@")
            cursor.execute("ALTER USER %s@%s IDENTIFIED BY %s", (name, host, password))
        self._connection.commit()

    def close(self) -> None:
        self._connection.close()

    @staticmethod
    def refuses(error: Exception) -> bool:
        """Access denied (1045), and not a server that can't be reached."""
        return bool(error.args) and error.args[0] == 1045


_DRIVERS: Mapping[str, Any] = {"postgres": _Postgres, "mysql": _MySQL, "mariadb": _MySQL}


def _connect(value: Mapping[str, Any]) -> Any:
    """A connection with this password; None where the database refuses the password."""
    driver = _DRIVERS[value["engine"]]
    try:
        return driver(value, _tls())
    except Exception as error:
        if driver.refuses(error):
            return None
        if (reason := _untrusted(error)) is not None:
            raise RotationError(
                f"the certificate of {value['host']} is refused ({reason}): name the authorities of RDS in "
                "password.rotation, ca_bundle (caBundle in a stack config)"
            ) from None
        # Not the driver's own error: it may hold what was sent.
        kind = type(error).__name__
        raise RotationError(f"can't connect to {value['host']} as {value['username']}: {kind}") from None


def _untrusted(error: BaseException | None) -> str | None:
    """Why the server's certificate was refused, where that is what the driver's error comes from."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error.verify_message
        error = error.__cause__ or error.__context__
    return None


def _tls() -> ssl.SSLContext:
    """TLS with certificate and host name checked, always: DBSTACK_CA_FILE names other authorities, in tests."""
    places = [file for file in (_PACKED_CAS, _LAMBDA_CAS) if file.exists()]
    given = os.environ.get("DBSTACK_CA_FILE") or (places[0] if places else None)
    context = ssl.create_default_context(cafile=given)
    # Python 3.13 also judges the certificate's form, which RDS doesn't promise; PyMySQL leaves it out as well.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context
