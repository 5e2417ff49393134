"""Migrations that come with dbstack: copied into a project's folder, where they are reviewed and applied as its own."""

from importlib.resources import files
from pathlib import Path

from dbstack.ops.errors import OpsUsageError
from dbstack.ops.migrate.files import read_folder

PACKAGES = ("audit",)


def add(name: str, folder: Path) -> list[Path]:
    """Writes a packaged migration and its rollback under the next number; returns the two files.

    Raises OpsUsageError for a name that there isn't, or where the folder has it already.
    """
    if name not in PACKAGES:
        raise OpsUsageError(f"there is no packaged migration {name!r}: choose {', '.join(PACKAGES)}")
    folder.mkdir(parents=True, exist_ok=True)
    migrations = read_folder(folder)
    for migration in migrations:
        if migration.name.partition("_")[2] == name:
            raise OpsUsageError(f"{migration.path.name} is there already")
    width = len(migrations[-1].path.name.partition("_")[0]) if migrations else 3
    number = str((migrations[-1].version if migrations else 0) + 1).zfill(width)
    source = files("dbstack.ops.migrate").joinpath("packaged")
    made = [folder / f"{number}_{name}.sql", folder / f"rollback_{number}.sql"]
    for path, packaged in zip(made, (f"{name}.sql", f"rollback_{name}.sql"), strict=True):
        path.write_text(source.joinpath(packaged).read_text())
    return made
