"""What `dbstack roles` is given: a database and a project folder of a test's own, and names that no other test has."""

import json
import stat
from pathlib import Path
from typing import ClassVar

from click.testing import CliRunner, Result

from dbstack.cli import main

USERS = "{reporting: {roles: [read]}, service: {roles: [write]}, owner: {roles: [admin]}}"


class Granting:
    """What is the same on every engine; `url` names the database."""

    hashes: ClassVar[tuple[str, ...]]
    """How the server's forms of passwords begin, none of which is ever shown."""
    engine: ClassVar[str]

    def __init__(self, folder: Path, number: int, password: str, port: int, url: str) -> None:
        self.folder, self.number, self.password, self.port, self.url = folder, number, password, port, url
        # Accounts are of the server, not of a database: each test has a prefix of its own.
        self.database, self.prefix = f"roles_{number}", f"t{number}"

    def describe(self, users: str = USERS, more: str = "") -> None:
        """Users get the test's number behind their name."""
        named = users
        for name in ("reporting", "service", "owner"):
            named = named.replace(f"{name}:", f"{self.user(name)}:")
        (self.folder / "roles.yaml").write_text(f"prefix: {self.prefix}\nusers: {named}\n{more}\n")

    def user(self, name: str) -> str:
        return f"{name}{self.number}"

    def words(self, *words: str) -> list[str]:
        return ["roles", *words, "--url", self.url, "--file", "roles.yaml"]

    def run(self, *words: str) -> Result:
        done = CliRunner().invoke(main, self.words(*words))
        self.is_clean(done.output)
        return done

    def ok(self, *words: str) -> str:
        done = self.run(*words)
        assert done.exit_code == 0, done.output
        return done.stdout

    def status(self) -> dict[str, list[str]]:
        done = self.run("status", "--json")
        found = json.loads(done.stdout)
        assert done.exit_code == (3 if found["statements"] or found["findings"] else 0), done.output
        return found

    def is_settled(self) -> bool:
        return self.status() == {"statements": [], "findings": []}

    def is_clean(self, text: str) -> None:
        assert "Traceback" not in text
        assert self.password not in text
        assert not [begin for begin in self.hashes if begin in text]
        for path in self.folder.rglob("*.json"):
            assert json.loads(path.read_text())["password"] not in text

    def file(self, name: str) -> Path:
        folder = self.folder / ".dbstack/secrets" / f"localhost-{self.port}" / self.database
        return folder / f"{self.user(name)}.json"

    def kept(self, name: str) -> str:
        """The user's password in the store."""
        return json.loads(self.file(name).read_text())["password"]

    def passwords_are_for_their_owner_alone(self) -> None:
        file = self.file("service")
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        folders = (file.parent, self.folder / ".dbstack/secrets")
        assert {stat.S_IMODE(folder.stat().st_mode) for folder in folders} == {0o700}
        assert (self.folder / ".dbstack/secrets/.gitignore").read_text() == "*\n"
        kept = json.loads(file.read_text())
        assert len(kept.pop("password")) == 30
        assert kept == {
            "engine": self.engine, "host": "localhost", "port": self.port, "dbname": self.database,
            "username": self.user("service"),
        }  # fmt: skip
