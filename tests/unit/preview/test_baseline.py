"""What is told beside a preview against a commit: migrations that the commit doesn't have."""

import subprocess
from pathlib import Path

import pytest

from dbstack.preview.baseline import migration_notes


def git(folder: Path, *words: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
    done = subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.mark.parametrize("project", [Path(), Path("shop")])
def test_pending_migrations_are_named(tmp_path: Path, project: Path):
    folder = tmp_path / project / "migrations"
    folder.mkdir(parents=True)
    for name in ("001_one.sql", "rollback_001.sql", "002_two.sql"):
        (folder / name).write_text("SELECT 1;")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "base")
    base = git(tmp_path, "rev-parse", "HEAD")
    assert migration_notes(tmp_path, project, base, "main") == ()
    (folder / "003_three.sql").write_text("SELECT 3;")
    (folder / "rollback_003.sql").write_text("SELECT 3;")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "head")
    (folder / "004_four.sql").write_text("SELECT 4;")
    (folder / "notes.txt").write_text("no migration")
    (folder / "002_two.sql").write_text("SELECT 22;")
    (folder / "001_one.sql").unlink()
    assert migration_notes(tmp_path, project, base, "main") == (
        "pending migrations, which main doesn't have: 003_three.sql, 004_four.sql",
        "migrations that main has otherwise: 001_one.sql, 002_two.sql; "
        "a database that has run them refuses them: write a new one instead",
    )
