"""`dbstack backup restore`: into an empty database, all or nothing, and only what is as it was written."""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from dbstack.ops.backup import tools
from dbstack.ops.backup.contents import countable, prepare, source
from dbstack.ops.backup.contents import objects as objects_of
from dbstack.ops.backup.create import COMPANION, DUMPS, Progress, dump_path
from dbstack.ops.backup.manifest import CUSTOM, DATA, PLAIN, SCHEMA, Damaged, Manifest, Source, read
from dbstack.ops.backup.seal import KEY_VARIABLE, Key, decrypt
from dbstack.ops.backup.store import Store, check_files
from dbstack.ops.connection import connect
from dbstack.ops.driver import psycopg_module
from dbstack.ops.errors import OpsError, OpsUsageError, said
from dbstack.ops.target import Target

if TYPE_CHECKING:
    from psycopg import Connection

# What a database has before anything is put into it.
_GIVEN = {"schema": {"public"}}
_NO_CONTENT = ("extension",)
_TRAILER = b"PostgreSQL database dump complete"
_BLOCK = 1 << 18


@dataclass(frozen=True)
class Wanted:
    """How a backup is to be restored."""

    jobs: int = 1
    """Tables and indexes restored at once; more than one is not all or nothing."""
    owners: bool = True
    """Whether owners and grants are restored; their roles must be there."""
    replace: bool = False
    """Whether objects of the backup that are there already are dropped first."""
    from_another: bool = False
    """Whether that is meant although the backup is of another database or server."""
    key: Key | None = None


def opened(store: Store, name: str, key: Key | None) -> Manifest:
    """The manifest of a backup that is to be used: whole, and of this key if it is encrypted."""
    manifest = read(store.manifest(name), key.mac_key if key else None)
    if manifest.name != name:
        raise Damaged(f"{name} has the manifest of {manifest.name}")
    if manifest.encrypted and key is None:
        raise OpsUsageError(f"{name} is encrypted: give its key with --key-file or {KEY_VARIABLE}")
    if key and not manifest.encrypted:
        # Otherwise whoever can write there could put something else in place of an encrypted one.
        raise OpsUsageError(
            f"{name} is not encrypted, so that the key proves nothing: leave --key-file and {KEY_VARIABLE} out if that "
            "is as it should be"
        )
    return manifest


def restore(target: Target, store: Store, name: str, wanted: Wanted, say: Callable[[str], None]) -> Manifest:
    """Restores a backup into a database that is there and empty; with one job, all of it or nothing.

    Args:
        target: the database.
        store: where the backup is.
        name: which.
        wanted: how.
        say: is told how far it is.

    Raises:
        Damaged: the backup is not as it was written.
        OpsUsageError: it is of a newer major version, the database isn't empty, ...
        OpsError: no connection, a program is missing, too old or fails.
    """
    manifest = opened(store, name, wanted.key)
    if wanted.jobs > 1 and (manifest.layout == PLAIN or manifest.encrypted):
        why = "an encrypted one" if manifest.encrypted else "a plain one"
        raise OpsUsageError(f"--jobs needs files to seek in, and {name} is {why}: leave it out")
    if wanted.jobs > 1 and wanted.replace:
        raise OpsUsageError("--jobs and --replace: only in one transaction is what is there safe")
    if manifest.layout == PLAIN and (wanted.replace or not wanted.owners):
        raise OpsUsageError(
            f"{name} is plain SQL, which is run as it is: --replace and --no-owner are of the other formats"
        )
    psycopg = psycopg_module()
    try:
        with connect(target, autocommit=True, application="dbstack backup") as connection:
            prepare(connection)
            there = source(connection)
            if manifest.source.major > there.major:
                raise OpsUsageError(
                    f"{name} is of PostgreSQL {manifest.source.version}, and the server is {there.version}: restore "
                    f"it into {manifest.source.major} or newer"
                )
            if wanted.replace and not wanted.from_another:
                _check_same(target, manifest.name, manifest.source, there)
            _check_empty(connection, target, manifest, wanted)
    except psycopg.Error as error:
        raise OpsError(f"{target.label}: {said(error)}") from None
    with store.fetched(manifest) as folder:
        check_files(folder, manifest)
        try:
            load(folder, manifest, target.at(there.database), wanted, say)
        except tools.ToolFailed as error:
            after = (
                "what was restored before that is still there: make the database anew"
                if wanted.jobs > 1
                else "the database is as it was before"
            )
            raise OpsError(f"{error}; {after}") from None
    return manifest


def _check_same(target: Target, name: str, backed_up: Source, there: Source) -> None:
    """What is dropped may be the database that was backed up and no other, such as one of that name in production."""
    # Who may not read a system identifier has an empty one.
    other_server = backed_up.system and there.system and backed_up.system != there.system
    if backed_up.database == there.database and not other_server:
        return
    of = f"{backed_up.database} on another server" if other_server else backed_up.database
    raise OpsUsageError(
        f"{name} is a backup of {of}, and --replace would drop what {target.label} holds: restore it into a new "
        "database, or say with --from-another that it is meant for this one"
    )


def _check_empty(connection: "Connection[Any]", target: Target, manifest: Manifest, wanted: Wanted) -> None:
    if manifest.kind == DATA:
        if wanted.replace:
            raise OpsUsageError(
                f"{manifest.name} holds data alone: empty the tables yourself, --replace drops none"
            )
        there = {table.name for table in countable(connection)}
        if missing := [table.name for table in manifest.tables if table.name not in there]:
            raise OpsUsageError(
                f"{manifest.name} holds data alone, and {target.label} has no {_few(missing)}: make the schema first"
            )
        full = [table.name for table in manifest.tables if _has_rows(connection, table.name)]
        if full:
            raise OpsUsageError(f"{target.label} has rows in {_few(full)}: empty them, or restore elsewhere")
        return
    names = [
        f"{kind} {name}"
        for kind, found in objects_of(connection).items()
        if kind not in _NO_CONTENT
        for name in found
        if name not in _GIVEN.get(kind, ())
    ]
    if not any(name.startswith("table ") for name in names):
        # The history of migrations is not among those.
        names += [f"table {table.name}" for table in countable(connection)]
    if names and not wanted.replace:
        # Tables first: they say most.
        names.sort(key=lambda name: not name.startswith("table "))
        raise OpsUsageError(
            f"{target.label} is not empty: it has {_few(names)}. Restore into a new database, or say with --replace "
            f"{target.database} that what the backup also holds is dropped there first"
        )


def _has_rows(connection: "Connection[Any]", table: str) -> bool:
    return connection.execute(f"select exists (select from only {table})".encode()).fetchone() == (True,)


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def load(
    folder: Path, manifest: Manifest, target: Target, wanted: Wanted, say: Callable[[str], None]
) -> None:
    """Files that were checked, into a database. OpsError if a program is missing, too old or fails."""
    begun = Progress(0 if manifest.kind == SCHEMA else len(manifest.tables), say)
    _load(DUMPS[manifest.layout], folder, manifest, target, wanted, begun, ())


def load_alone(
    folder: Path, manifest: Manifest, target: Target, key: Key | None, say: Callable[[str], None]
) -> None:
    """The same into a database that has nothing: data alone between the two halves of the schema that they fit."""
    wanted = Wanted(owners=False, key=key)
    if manifest.kind != DATA:
        load(folder, manifest, target, wanted, say)
        return
    schema = replace(manifest, layout=CUSTOM, kind=SCHEMA)
    silent = Progress(0, lambda _: None)
    _load(COMPANION, folder, schema, target, wanted, silent, ("--section=pre-data",))
    load(folder, manifest, target, wanted, say)
    _load(COMPANION, folder, schema, target, wanted, silent, ("--section=post-data",))


def _load(
    name: str,
    folder: Path,
    manifest: Manifest,
    target: Target,
    wanted: Wanted,
    begun: Callable[[str], None],
    more: Sequence[str],
) -> None:
    path = dump_path(folder, manifest, name)
    major = int(manifest.pg_dump.partition(".")[0])
    why = "the backup was written by pg_dump"
    if manifest.layout == PLAIN:
        tool = tools.find("psql", major=major, why=why)
        words = ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--file=-"]
        tools.run(tool, words, target, begun, feed=lambda pipe: _feed_sql(path, pipe, wanted.key))
        return
    tool = tools.find("pg_restore", major=major, why=why)
    words = ["--exit-on-error", "--verbose", *more]
    words.append(f"--jobs={wanted.jobs}" if wanted.jobs > 1 else "--single-transaction")
    if not wanted.owners:
        words += ["--no-owner", "--no-privileges"]
    if wanted.replace:
        words += ["--clean", "--if-exists"]
    if wanted.key is None:
        tools.run(tool, [*words, str(path)], target, begun)
        return
    key = wanted.key

    def feed(pipe: IO[bytes]) -> None:
        with path.open("rb") as file:
            decrypt(file, pipe, key)

    tools.run(tool, words, target, begun, feed=feed)


class _Unzipped:
    """Writes SQL on, unzipped, and knows at the end whether it was all."""

    def __init__(self, into: IO[bytes]) -> None:
        self._into = into
        self._zip = zlib.decompressobj(31)
        self._end = b""

    def write(self, data: bytes) -> int:
        """What can be told of it so far; Damaged if it can't be unzipped."""
        try:
            text = self._zip.decompress(data)
        except zlib.error as error:
            raise Damaged(f"the dump is damaged: {error}") from None
        self._into.write(text)
        self._end = (self._end + text)[-4096:]
        return len(data)

    def flush(self) -> None:
        """Of the pipe."""
        self._into.flush()

    def finish(self) -> None:
        """Damaged if the end is missing."""
        if not self._zip.eof or self._zip.unused_data or _TRAILER not in self._end:
            raise Damaged("the dump is damaged: its end is missing")


def _feed_sql(path: Path, pipe: IO[bytes], key: Key | None) -> None:
    # Not psql's --single-transaction: it commits at the end of its input, which comes early if this process is killed.
    pipe.write(b"begin;\n")
    into = _Unzipped(pipe)
    with path.open("rb") as file:
        if key is not None:
            decrypt(file, into, key)
        else:
            while block := file.read(_BLOCK):
                into.write(block)
    into.finish()
    pipe.write(b"\ncommit;\n")
