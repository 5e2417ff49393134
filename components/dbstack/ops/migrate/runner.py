"""Applying and reverting migrations: each in a transaction together with its record, or statement by statement."""

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dbstack.ops.driver import psycopg_module
from dbstack.ops.errors import OpsError, OpsUsageError, said
from dbstack.ops.migrate import concurrent_index, extensions, history
from dbstack.ops.migrate.failure import failed_at, reason, shown
from dbstack.ops.migrate.files import Migration, Script, raise_all, read_folder, read_scripts
from dbstack.ops.migrate.history import APPLYING, REVERTING, Record
from dbstack.ops.migrate.lock import migration_lock
from dbstack.ops.migrate.statements import Statement

if TYPE_CHECKING:
    from psycopg import Connection

Tell = Callable[[str], None]
# The server looks whether a client lives while its statement runs, and ends it if not. Since 14, not on every system.
_WATCH = """
do $$ begin set client_connection_check_interval = 2000; exception when others then null; end $$;
"""
# Lock time-out and deadlock: the transaction is rolled back, and may just be tried again.
_AGAIN = ("55P03", "40P01")
_PAUSE_SECONDS = 1.0


@dataclass(frozen=True)
class Settings:
    """How migrations are run."""

    lock_timeout_ms: int = 5_000
    """How long a statement waits for a lock, and lets others queue behind it; 0: for ever."""
    statement_timeout_ms: int = 0
    """How long a statement may take; 0: as long as it needs."""
    wait_seconds: float = 60
    """How long another migrator is waited for."""
    tries: int = 4
    """How often a migration is tried that ran into the lock time-out."""
    out_of_order: bool = False
    dry_run: bool = False
    extensions: tuple[str, ...] = ()
    """What the database has to have before the first migration."""


class Migrator:
    """The migrations of a folder and a connection (in autocommit mode) to the database that they are for."""

    def __init__(
        self,
        connection: "Connection[Any]",
        folder: Path,
        settings: Settings,
        tell: Tell,
        note: Tell,
        begin: Tell = lambda _: None,
    ) -> None:
        """`begin` is told of each migration that begins, `tell` that it is done, `note` what else is worth knowing.

        Raises OpsUsageError for a folder whose files are misnamed.
        """
        self._connection, self._settings = connection, settings
        self._tell, self._note, self._begin = tell, note, begin
        self._migrations = read_folder(folder)
        connection.prepare_threshold = None
        connection.add_notice_handler(lambda diag: note(f"{diag.severity}: {diag.message_primary}"))

    def standing(self) -> history.Standing:
        """Files and records beside each other; changes nothing."""
        with self._refusals("the history can't be read"):
            records = history.read(self._connection)
        return history.compare(self._migrations, records, out_of_order=self._settings.out_of_order)

    def up(self, to: int | None = None) -> int:
        """Makes the extensions that are lacking and applies what is pending, up to and with the version `to`.

        Returns how many were applied.

        Raises OpsUsageError for files that are faulty or disagree with the records: then nothing was applied. OpsError
        for a migration that failed: those before it stay, of itself nothing, or the statements that are told.
        """
        self._known(to)
        if self._settings.dry_run:
            for name in extensions.lacking(self._connection, self._settings.extensions):
                self._tell(extensions.statement(name))
            for migration, script in self._to_apply(to):
                self._print(migration.path, script)
            return 0
        with self._locked():
            todo = self._to_apply(to)
            extensions.create(self._connection, self._settings.extensions, self._tell)
            for number, (migration, script) in enumerate(todo, 1):
                self._run(f"[{number}/{len(todo)}] {migration.path.name}", migration, script, APPLYING)
            return len(todo)

    def down(self, to: int | None = None) -> int:
        """Reverts every migration above the version `to`, the newest first; by default only the newest.

        Returns how many were reverted. Raises OpsUsageError where one has no rollback file, before anything is
        reverted, and OpsError for one that failed.
        """
        if self._settings.dry_run:
            for _, migration, script in self._to_revert(to):
                self._print(migration.path, script)
            return 0
        with self._locked():
            todo = self._to_revert(to)
            for number, (_, migration, script) in enumerate(todo, 1):
                self._run(f"[{number}/{len(todo)}] {script.path.name}", migration, script, REVERTING)
            return len(todo)

    def baseline(self, version: int) -> int:
        """Records the migrations up to `version` as applied, without running them. Only where nothing is recorded."""
        self._known(version)
        with self._locked():
            if history.read(self._connection):
                raise OpsUsageError("the database has a history already: a baseline is for one that has none")
            chosen = [migration for migration in self._migrations if migration.version <= version]
            with self._connection.transaction():
                history.create(self._connection)
                for migration in chosen:
                    history.record_applied(self._connection, migration, 0)
            return len(chosen)

    def repair(self, version: int) -> None:
        """Records the checksum that an applied migration's file has now."""
        self._known(version)
        with self._locked():
            record = self.standing().records.get(version)
            if record is None or record.state != history.APPLIED:
                raise OpsUsageError(f"version {version} is not applied: there is nothing to repair")
            history.record_checksum(self._connection, self._file(version))

    # -- what there is to do -------------------------------------------------------------------------------

    def _to_apply(self, to: int | None) -> list[tuple[Migration, Script]]:
        standing = self.standing()
        raise_all(None, [fault.message for fault in standing.faults])
        chosen = [file for file in standing.pending if to is None or file.version <= to]
        return list(zip(chosen, read_scripts(file.path for file in chosen), strict=True))

    def _to_revert(self, to: int | None) -> list[tuple[Record, Migration, Script]]:
        standing = self.standing()
        records = sorted(standing.records.values(), key=lambda record: record.version, reverse=True)
        if to is not None and to and to not in standing.records:
            raise OpsUsageError(f"version {to} is not applied: `dbstack migrate status` lists what is")
        chosen = records[:1] if to is None else [record for record in records if record.version > to]
        versions = {record.version for record in chosen}
        disagreeing = (history.EDITED, history.MISSING)
        faults = [
            fault.message
            for fault in standing.faults
            if fault.version in versions and fault.kind in disagreeing
        ]
        files = {migration.version: migration for migration in self._migrations}
        faults += [
            f"{record.name} has no rollback_{files[record.version].path.name.split('_')[0]}.sql: write it, or restore "
            "a backup"
            for record in chosen
            if record.version in files and files[record.version].rollback is None
        ]
        raise_all(None, faults)
        reverted = [files[record.version] for record in chosen]
        scripts = read_scripts(file.rollback for file in reverted if file.rollback)
        return list(zip(chosen, reverted, scripts, strict=True))

    def _known(self, version: int | None) -> None:
        if version is not None and version not in {migration.version for migration in self._migrations}:
            raise OpsUsageError(f"there is no migration {version}")

    def _file(self, version: int) -> Migration:
        return next(migration for migration in self._migrations if migration.version == version)

    # -- running -------------------------------------------------------------------------------------------

    @contextmanager
    def _locked(self) -> Generator[None]:
        with self._refusals("the migrations can't be run"):
            self._reset()
            with migration_lock(self._connection, self._settings.wait_seconds, self._note):
                yield

    @contextmanager
    def _refusals(self, what: str) -> Generator[None]:
        """What PostgreSQL says to our own statements."""
        try:
            yield
        except psycopg_module().Error as error:
            raise OpsError(f"{what}: {said(error)}") from None

    def _reset(self) -> None:
        """The session as it began: a migration before may have set what it liked, such as a search path."""
        settings = (
            "reset role; reset session authorization; reset all; set client_encoding = 'UTF8';"
            f"set lock_timeout = {self._settings.lock_timeout_ms};"
            f"set statement_timeout = {self._settings.statement_timeout_ms};{_WATCH}"
        )
        self._connection.execute(settings.encode())

    def _run(self, title: str, migration: Migration, script: Script, direction: str) -> None:
        began = time.monotonic()
        self._begin(title)
        run = self._in_transaction if script.transactional else self._one_by_one
        run(migration, script, direction)
        self._tell(f"{title}  {_duration(time.monotonic() - began)}")
        self._reset()

    def _in_transaction(self, migration: Migration, script: Script, direction: str) -> None:
        psycopg = psycopg_module()
        made = history.exists(self._connection)
        for attempt in range(1, self._settings.tries + 1):
            began = time.monotonic()
            current: Statement | None = None
            try:
                with self._connection.transaction():
                    # In the same transaction: of a first migration that fails not even the table stays.
                    if not made:
                        self._make_table()
                    for current in script.statements:
                        self._connection.execute(current.text.encode())
                    current = None
                    self._connection.execute("reset role; reset session authorization")
                    self._record(migration, direction, began)
                return
            except psycopg.Error as error:
                if error.sqlstate not in _AGAIN or attempt == self._settings.tries or self._connection.closed:
                    raise self._failure(script, current, error, "nothing of this file is applied") from None
                pause = _PAUSE_SECONDS * 2 ** (attempt - 1)
                why = reason(current.text if current else "", error)
                self._note(f"{script.path.name}: {why}; tried again in {pause:.0f} s")
                time.sleep(pause)

    def _make_table(self) -> bool:
        with self._refusals(f"the table {history.TABLE} can't be made"):
            return history.create(self._connection)

    def _record(self, migration: Migration, direction: str, began: float) -> None:
        if direction == REVERTING:
            history.forget(self._connection, migration.version)
        else:
            duration = round((time.monotonic() - began) * 1000)
            history.record_applied(self._connection, migration, duration)

    def _one_by_one(self, migration: Migration, script: Script, direction: str) -> None:
        """Without a transaction: each statement that is done is recorded, and a later run goes on after it."""
        psycopg = psycopg_module()
        began, before = time.monotonic(), self._done_before(migration, script, direction)
        made, resumed, done = self._make_table(), before is not None, before or 0
        for statement in script.statements[:done]:
            if statement.words[:1] == ("set",):  # It was for the session that is gone.
                self._connection.execute(statement.text.encode())
        for index, statement in enumerate(script.statements[done:], done):
            try:
                if index == done:
                    history.record_progress(self._connection, migration, direction, script.statements[:index])
                self._recorded(migration, direction, script.statements[: index + 1], resumed)
            except psycopg.Error as error:
                kept = self._after_failure(migration, script, direction, index)
                if made and index == 0 and not self._connection.closed:
                    history.drop(self._connection)
                raise self._failure(script, statement, error, kept) from None
            resumed = False
        self._record(migration, direction, began)

    def _recorded(
        self, migration: Migration, direction: str, done: Sequence[Statement], resumed: bool
    ) -> None:
        """The last of these statements, and that it is done: in one transaction if it can, so that none runs twice."""
        if not done[-1].can_be_recorded_at_once:
            self._alone(done[-1], resumed)
            history.record_progress(self._connection, migration, direction, done)
            return
        with self._connection.transaction():
            self._connection.execute(done[-1].text.encode())
            history.record_progress(self._connection, migration, direction, done)

    def _done_before(self, migration: Migration, script: Script, direction: str) -> int | None:
        """How many statements an earlier run did; None where there was none."""
        record = self.standing().records.get(migration.version)
        if record is None or record.state != direction:
            return None
        done = script.statements[: record.statements_done]
        if history.done_checksum(done) != record.done_checksum:
            raise OpsUsageError(
                f"{script.path.name}: its first {record.statements_done} statements are done and were edited since: "
                "put them back; what comes after them may be changed"
            )
        self._note(f"{script.path.name}: goes on at statement {len(done) + 1} of {len(script.statements)}")
        return len(done)

    def _alone(self, statement: Statement, resumed: bool) -> None:
        index = concurrent_index.of(statement)
        if index is not None:
            if concurrent_index.drop_invalid(self._connection, index):
                self._note(f"the invalid index {index.name} of an earlier try was dropped")
            elif resumed and concurrent_index.is_valid(self._connection, index):
                return
        if statement.is_concurrent and self._lock_timeout() == self._settings.lock_timeout_ms:
            # It waits for older transactions, and nobody queues behind it meanwhile.
            self._connection.execute("set lock_timeout = 0")
            self._connection.execute(statement.text.encode())
            self._connection.execute(f"set lock_timeout = {self._settings.lock_timeout_ms}".encode())
        else:
            self._connection.execute(statement.text.encode())

    def _lock_timeout(self) -> int:
        """Milliseconds: ours, unless the file has set its own."""
        row = self._connection.execute(
            "select setting::int from pg_settings where name = 'lock_timeout'"
        ).fetchone()
        return int(row[0]) if row else 0

    def _after_failure(self, migration: Migration, script: Script, direction: str, done: int) -> str:
        """What is left of a file without a transaction; an invalid index is not."""
        psycopg = psycopg_module()
        try:
            index = concurrent_index.of(script.statements[done])
            if index is not None:
                concurrent_index.drop_invalid(self._connection, index)
            if done == 0 and direction == APPLYING:
                history.forget(self._connection, migration.version)
            elif done == 0:
                history.record_progress(self._connection, migration, history.APPLIED, ())
            if done == 0:
                return "nothing of this file is applied"
        except psycopg.Error:
            return "run the same command again: it looks for what is left, and goes on"
        total = len(script.statements)
        return (
            f"{done} of its {total} statements are done and recorded: mend it and run the same command again, which "
            f"goes on at statement {done + 1}"
        )

    def _failure(self, script: Script, statement: Statement | None, error: Any, kept: str) -> OpsError:
        if self._connection.closed:
            kept = "the connection is lost, and what was not committed is rolled back: see `dbstack migrate status`"
        if statement is None:
            at_end = "at its end, where deferred constraints are checked and it is recorded"
            return OpsError(f"{script.path.name} failed {at_end}: {reason('', error)}\n  {kept}")
        number = script.statements.index(statement) + 1
        where = f"{script.path.name}, line {failed_at(statement, error)}: statement {number} failed"
        return OpsError(f"{where}: {reason(statement.text, error)}\n  {shown(statement)}\n  {kept}")

    def _print(self, path: Path, script: Script) -> None:
        """A dry run: the SQL as it would be run."""
        begin, end = ("begin;", "commit;") if script.transactional else ("-- without a transaction", "")
        lines = [f"-- {path.name if script.path == path else script.path.name}", begin]
        lines += [f"{statement.text};" for statement in script.statements]
        self._tell("\n".join([*lines, *filter(None, [end])]))


def _duration(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 10 else f"{seconds:.0f} s"
