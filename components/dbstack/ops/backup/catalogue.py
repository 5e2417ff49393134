"""`dbstack backup list`: what a store has, and whether it looks whole."""

from dataclasses import dataclass
from typing import Any

from dbstack.ops.backup.manifest import FILE, Damaged, Manifest, read
from dbstack.ops.backup.store import Store
from dbstack.ops.errors import OpsUsageError

LATEST = "latest"


@dataclass(frozen=True)
class Entry:
    """One backup of a store."""

    name: str
    manifest: Manifest | None
    """None: it can't be read."""
    fault: str
    """Why it can't be a good one; empty: nothing speaks against it, which `verify` alone proves."""

    def as_plain(self) -> dict[str, Any]:
        """For JSON."""
        plain: dict[str, Any] = {"name": self.name, "fault": self.fault}
        if found := self.manifest:
            plain |= {
                "database": found.source.database,
                "kind": found.kind,
                "format": found.layout,
                "started": found.started.isoformat(),
                "seconds": found.seconds,
                "size": found.size,
                "tables": len(found.tables),
                "rows": found.rows,
                "serverVersion": found.source.version,
                "encrypted": found.encrypted,
            }
        return plain


def entries(store: Store) -> list[Entry]:
    """Every backup, the oldest first, those that can't be read before them."""
    found = [_entry(store, name) for name in store.names()]
    return sorted(found, key=lambda one: (one.manifest.started.timestamp() if one.manifest else 0, one.name))


def _entry(store: Store, name: str) -> Entry:
    try:
        manifest = read(store.manifest(name))
        if manifest.name != name:
            raise Damaged(f"it has the manifest of {manifest.name}")
    except Damaged as error:
        return Entry(name, None, str(error))
    sizes = {path: size for path, size in store.sizes(name).items() if path != FILE}
    for file in manifest.files:
        if file.path not in sizes:
            return Entry(name, manifest, f"{file.path} is missing")
        if sizes[file.path] != file.size:
            return Entry(name, manifest, f"{file.path} has {sizes[file.path]} bytes instead of {file.size}")
    return Entry(name, manifest, "")


def chosen(store: Store, name: str) -> str:
    """The backup of that name; `latest`: the newest. OpsUsageError where that isn't clear."""
    if name != LATEST:
        return name
    found = entries(store)
    databases = sorted({one.manifest.source.database for one in found if one.manifest})
    if not found:
        raise OpsUsageError(f"{store.label} has no backup: make one with `dbstack backup create`")
    if len(databases) > 1:
        raise OpsUsageError(
            f"{store.label} has backups of {', '.join(databases)}: name one, `dbstack backup list` shows them"
        )
    # A damaged one is the newest too: to pass it over in silence would be to restore what is older.
    unread = [one.name for one in found if one.manifest is None]
    if unread:
        raise OpsUsageError(
            f"which is the newest can't be told, since {unread[-1]} can't be read: name one, or remove that"
        )
    return found[-1].name


def size_told(size: int) -> str:
    """1.2 MB."""
    value, units = float(size), ("B", "kB", "MB", "GB", "TB")
    for unit in units:
        if value < 1000 or unit == units[-1]:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return ""
