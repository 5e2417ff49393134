"""Which database a preview asks for its migrations, and what it says where it asks none."""

from pathlib import Path
from typing import Any

import pytest
from tests.unit.preview.test_findings import CONTAINER, INSTANCE, make

from dbstack import pending
from dbstack.ops.errors import OpsUsageError
from dbstack.ops.target import Target
from dbstack.pending import PendingMigrations
from dbstack.preview.recording import Recording

URL = "postgresql://app@db.example:5432/shop"
UNKNOWN = "whether migrations are pending isn't known: "


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "001_a.sql").write_text("select 1;")
    return tmp_path


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was asked, instead of asking it: the target of a URL, or stack and database."""
    found: list[Any] = []

    def stack_target(_: Path, stack: str, database: str | None) -> Target:
        found.append((stack, database))
        return Target("postgres", "h", 1, "d", "u")

    def pending_notes(_: Path, target: Any) -> tuple[str, ...]:
        made: Target = target()
        found.append(made.host)
        return ("told",)

    monkeypatch.setattr(pending, "stack_target", stack_target)
    monkeypatch.setattr(pending, "pending_notes", pending_notes)
    return found


def notes(project: Path, *types: str, op: str = "same", **more: Any) -> tuple[str, ...]:
    settings: dict[str, Any] = {"wanted": None, "database": None, "url": None, "in_sandbox": False, **more}
    recording = Recording(tuple(make(op, token) for token in types))
    return PendingMigrations(project, **settings).notes(recording)


@pytest.mark.parametrize(
    ("types", "more", "told", "whom"),
    [
        ((CONTAINER,), {}, ("told",), [("prod", None), "h"]),
        ((CONTAINER,), {"database": "app", "in_sandbox": True}, ("told",), [("prod", "app"), "h"]),
        ((INSTANCE,), {"wanted": True, "database": "app"}, ("told",), [("prod", "app"), "h"]),
        ((INSTANCE,), {"url": URL}, ("told",), ["db.example"]),
        ((INSTANCE,), {"url": URL, "in_sandbox": True}, ("told",), ["db.example"]),
        ((CONTAINER,), {"wanted": False, "url": URL}, (), []),
        ((CONTAINER,), {"op": "create"}, (), []),
        (("aws:ec2/vpc:Vpc",), {}, (), []),
        ((), {}, (), []),
    ],
)
def test_whom_it_asks(
    project: Path, asked: list[Any], types: tuple[str, ...], more: dict[str, Any], told: Any, whom: list[Any]
) -> None:
    assert notes(project, *types, **more) == told
    assert asked == whom


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({}, "with --pending only"),
        ({"in_sandbox": True}, "the sandbox's, which answers as AWS but runs none"),
        ({"in_sandbox": True, "wanted": True}, "the sandbox's"),
    ],
)
def test_what_it_does_not_ask_it_says_in_one_sentence(
    project: Path, asked: list[Any], more: dict[str, Any], words: str
) -> None:
    [told] = notes(project, INSTANCE, **more)
    assert told.startswith(UNKNOWN)
    assert words in told
    assert asked == []


def test_without_migrations_there_is_nothing_to_say(tmp_path: Path, asked: list[Any]) -> None:
    assert notes(tmp_path, CONTAINER) == ()
    assert asked == []


def test_a_password_in_the_url_is_refused_before_the_preview(project: Path) -> None:
    with pytest.raises(OpsUsageError, match="--url holds a password"):
        notes(project, INSTANCE, url="postgresql://app:sesame@db.example/shop")
