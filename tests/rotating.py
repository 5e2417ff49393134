"""A secret of moto's Secrets Manager that is set to rotate, for a user of a real database."""

import json
import uuid
from typing import Any

import boto3
import pytest
from moto.secretsmanager.models import secretsmanager_backends

from dbstack.rotation import handler as rotation

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")


def _mysql_user(connection: Any, user: str) -> None:
    with connection, connection.cursor() as cursor:
        cursor.execute("CREATE USER %s@'%%' IDENTIFIED BY %s", (user, "first'password"))
        # As RDS's master user may; a user without this right can't ALTER USER, not even its own.
        cursor.execute("GRANT CREATE USER ON *.* TO %s@'%%'", (user,))


def _postgres_user(connection: Any, user: str) -> None:
    connection.run(f"CREATE USER {user} LOGIN PASSWORD 'first''password'")
    connection.close()


CREATE = {"postgres": _postgres_user, "mysql": _mysql_user, "mariadb": _mysql_user}


class Rotated:
    """A secret that is set to rotate, for a user of its own."""

    def __init__(self, database: Any, monkeypatch: pytest.MonkeyPatch, engine: str) -> None:
        monkeypatch.setenv("DBSTACK_CA_FILE", str(database.authority))
        self.database, self.monkeypatch = database, monkeypatch
        self.user = f"user_{uuid.uuid4().hex}"
        self.value = {
            "engine": engine,
            "host": "localhost",
            "port": database.port,
            "dbname": "postgres" if engine == "postgres" else "information_schema",
            "username": self.user,
            "password": "first'password",
            "dbInstanceIdentifier": "shop-dev-app",
        }
        admin = {**self.value, "username": database.user, "password": database.password}
        CREATE[engine](rotation._connect(admin)._connection, self.user)
        self.admin = admin
        self.client = boto3.client("secretsmanager", region_name="us-east-1")
        self.arn = self.client.create_secret(Name=self.user, SecretString=json.dumps(self.value))["ARN"]
        self.stored.rotation_requested = self.stored.rotation_enabled = True

    @property
    def stored(self) -> Any:
        return secretsmanager_backends["123456789012"]["us-east-1"].secrets[self.arn]

    def begin(self) -> str:
        """What RotateSecret does before it calls the function: an AWSPENDING version without a value."""
        token = str(uuid.uuid4())
        self.stored.versions[token] = {
            "createdate": 0,
            "version_id": token,
            "version_stages": ["AWSPENDING"],
        }
        return token

    def step(self, name: str, token: str) -> None:
        event = {"SecretId": self.arn, "ClientRequestToken": token, "Step": name}
        rotation.handler(event, None, self.client)

    def rotate(self, token: str | None = None) -> None:
        token = token or self.begin()
        for name in STEPS:
            self.step(name, token)

    def password(self, stage: str = "AWSCURRENT") -> str:
        text = self.client.get_secret_value(SecretId=self.arn, VersionStage=stage)["SecretString"]
        return json.loads(text)["password"]

    def logs_in(self, password: str) -> bool:
        connection = rotation._connect({**self.value, "password": password})
        if connection is not None:
            connection.close()
        return connection is not None
