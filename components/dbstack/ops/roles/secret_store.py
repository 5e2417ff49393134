"""Where the passwords of users are kept: Secrets Manager for a database of AWS, else files that only their owner reads.

A new password is put beside the old one before the database learns it, and takes its place afterwards, so that at any
moment the one that works is in the store: as AWSPENDING of the secret, or in a file `.new` beside it.
"""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from dbstack.ops.driver import boto3_module
from dbstack.ops.errors import OpsError
from dbstack.ops.target import Target

_RIGHTS = (
    "secretsmanager:GetSecretValue, DescribeSecret, CreateSecret, TagResource, PutSecretValue and "
    "UpdateSecretVersionStage"
)


class SecretStore(Protocol):
    """Passwords by the name of the user."""

    def place(self, user: str) -> str:
        """Where the user's is, for messages."""
        ...

    def read(self, user: str) -> str | None:
        """The password, or None."""
        ...

    def pending(self, user: str) -> bool:
        """Whether a new one was put there and never took the old one's place: the run was cut off."""
        ...

    def stage(self, user: str, password: str) -> None:
        """Keep a new one beside the one that is there; where there is none, as the one."""
        ...

    def promote(self, user: str) -> None:
        """The new one takes the old one's place."""
        ...

    def drop(self, user: str) -> None:
        """Forget the new one."""
        ...


def facts(target: Target, user: str, password: str) -> str:
    """The JSON of a secret in the shape of RDS's own.

    https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html
    """
    kind, _, identifier = target.arn.rpartition(":")
    named = {}
    if identifier:
        named = {"dbClusterIdentifier" if kind.endswith(":cluster") else "dbInstanceIdentifier": identifier}
    return json.dumps(
        {
            "engine": target.engine,
            "host": target.host,
            "port": target.port,
            "dbname": target.database,
            "username": user,
            "password": password,
            **named,
        }
    )


def _password(text: str, place: str) -> str:
    try:
        return str(json.loads(text)["password"])
    except (ValueError, KeyError, TypeError):
        raise OpsError(f"{place} is no secret in the shape of RDS's: a JSON object with `password`") from None


class FileStore:
    """A file of JSON per user, of mode 0600 in a folder of mode 0700 that git ignores."""

    def __init__(self, root: Path, names: "list[str]", target: Target) -> None:
        self._root, self._target = root, target
        self._folder = root.joinpath(
            *(re.sub(r"[^\w.-]+", "-", name).strip("-.") or "local" for name in names)
        )

    def place(self, user: str) -> str:
        """Its path, as short as it can be."""
        path = self._folder / f"{user}.json"
        try:
            return str(path.relative_to(Path.cwd()))
        except ValueError:
            return str(path)

    def read(self, user: str) -> str | None:
        """The password, or None."""
        try:
            return _password(self._file(user).read_text(), self.place(user))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise OpsError(f"{self.place(user)} can't be read: {error.strerror}") from None

    def pending(self, user: str) -> bool:
        """Whether a `.new` lies there."""
        return self._new(user).exists()

    def stage(self, user: str, password: str) -> None:
        """Write `.new`, on disk before this returns."""
        try:
            self._make_folder()
            self._new(user).unlink(missing_ok=True)
            made = os.open(self._new(user), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(made, "w") as file:
                file.write(facts(self._target, user, password) + "\n")
                file.flush()
                os.fsync(file.fileno())
            if not self._file(user).exists():
                self.promote(user)
        except OSError as error:
            raise OpsError(f"{self.place(user)} can't be written: {error.strerror}") from None

    def promote(self, user: str) -> None:
        """Rename, where it hasn't been."""
        if self._new(user).exists():
            self._new(user).replace(self._file(user))

    def drop(self, user: str) -> None:
        """Remove `.new`."""
        self._new(user).unlink(missing_ok=True)

    def _file(self, user: str) -> Path:
        return self._folder / f"{user}.json"

    def _new(self, user: str) -> Path:
        return self._folder / f"{user}.json.new"

    def _make_folder(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._root.chmod(0o700)
        # In any project, whatever its own .gitignore says.
        (self._root / ".gitignore").write_text("*\n")


class AwsStore:
    """A secret of Secrets Manager per user, named `{project}-{stack}-{database}-{user}`."""

    def __init__(self, physical: str, tags: Mapping[str, str], target: Target) -> None:
        boto3 = boto3_module("keeping a secret")
        region = target.arn.split(":")[3]
        self._client = boto3.client("secretsmanager", region_name=region)
        self._physical, self._tags, self._target = physical, tags, target

    def place(self, user: str) -> str:
        """The secret's name."""
        return f"the secret {self._name(user)}"

    def read(self, user: str) -> str | None:
        """The current version's password, or None."""
        found = self._call("get_secret_value", user, missing=True, VersionStage="AWSCURRENT")
        return None if found is None else _password(found["SecretString"], self.place(user))

    def pending(self, user: str) -> bool:
        """Whether AWSPENDING is another version than AWSCURRENT."""
        return self._version(user, "AWSPENDING") not in (None, self._version(user, "AWSCURRENT"))

    def stage(self, user: str, password: str) -> None:
        """A version AWSPENDING; of a secret that isn't there yet the first one."""
        text = facts(self._target, user, password)
        if self._call("describe_secret", user, missing=True) is None:
            self._call(
                "create_secret",
                user,
                SecretString=text,
                Description=f"Password of {user} of {self._target.name} (dbstack roles apply)",
                Tags=[{"Key": key, "Value": value} for key, value in self._tags.items()],
            )
        else:
            self._call("put_secret_value", user, SecretString=text, VersionStages=["AWSPENDING"])

    def promote(self, user: str) -> None:
        """AWSPENDING becomes AWSCURRENT, and the old version AWSPREVIOUS."""
        new, old = self._version(user, "AWSPENDING"), self._version(user, "AWSCURRENT")
        if new not in (None, old):
            self._stage(user, "AWSCURRENT", MoveToVersionId=new, RemoveFromVersionId=old)
            self._stage(user, "AWSPENDING", RemoveFromVersionId=new)

    def drop(self, user: str) -> None:
        """Takes the label away: a version without one is deleted by Secrets Manager."""
        new = self._version(user, "AWSPENDING")
        if new not in (None, self._version(user, "AWSCURRENT")):
            self._stage(user, "AWSPENDING", RemoveFromVersionId=new)

    def _stage(self, user: str, label: str, **versions: Any) -> None:
        given = {name: version for name, version in versions.items() if version}
        self._call("update_secret_version_stage", user, VersionStage=label, **given)

    def _version(self, user: str, label: str) -> str | None:
        found: Mapping[str, Any] | None = self._call("describe_secret", user, missing=True)
        versions: Mapping[str, list[str]] = (found or {}).get("VersionIdsToStages", {})
        return next((version for version, labels in versions.items() if label in labels), None)

    def _name(self, user: str) -> str:
        return f"{self._physical}-{user}"

    def _call(self, operation: str, user: str, *, missing: bool = False, **values: Any) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError

        which = "Name" if operation == "create_secret" else "SecretId"
        try:
            return getattr(self._client, operation)(**{which: self._name(user)}, **values)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if missing and code == "ResourceNotFoundException":
                return None
            said = error.response.get("Error", {}).get("Message", code)
            raise OpsError(
                f"{self.place(user)}: Secrets Manager refuses ({code}: {said}); {self._needs()}"
            ) from None
        except BotoCoreError as error:
            raise OpsError(f"{self.place(user)}: no answer of Secrets Manager ({error})") from None

    def _needs(self) -> str:
        return f"your role needs {_RIGHTS} on {self._physical}-*"
