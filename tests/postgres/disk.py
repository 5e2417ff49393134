"""File systems that are soon full."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.postgres.migrating import Workshop


@contextmanager
def small_file_system(folder: Path, size: str) -> Iterator[Path]:
    """A file system of its own, of so many bytes (`1m`). Skips the test where none can be mounted."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("a small file system can't be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@contextmanager
def tablespace(workshop: Workshop, size: str) -> Iterator[tuple[str, Callable[[str], object]]]:
    """The name of a tablespace of so many bytes, and what gives it more. Whatever is in it must be gone by the end."""
    name, log = f"{workshop.name}_small", workshop.server.log
    with small_file_system(log.parent / name, size) as folder:
        # Of the user whom the server runs as.
        os.chown(folder, log.stat().st_uid, log.stat().st_gid)
        workshop.sql(f"create tablespace {name} location '{folder}'")

        def grow(to: str) -> None:
            subprocess.run(["mount", "-o", f"remount,size={to}", str(folder)], check=True)

        try:
            yield name, grow
        finally:
            workshop.sql(f"drop tablespace {name}")
