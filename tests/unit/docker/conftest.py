"""What the tests of the Docker components share."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def own_authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A certificate authority of the test's own."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
