"""Back to a moment: base backups and archived WAL of a database in a container."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from dbstack.local.containers import Ended
from dbstack.local.points import Archive, BaseBackup, read_archive
from dbstack.local.recovery import archive_of, data_path, flush, last_words, recover, script
from dbstack.local.volumes import SNAPSHOT, LocalDatabases
from dbstack.sandbox.errors import SandboxError, UsageError
from dbstack.spec.docker_plan import ARCHIVE_FOLDER

# Exit code of recover.sh.
_DAMAGED = 65
_ENDED = "recovery ended before configured recovery target was reached"
_LAST = re.compile(r"last completed transaction was at log time (.+)")
_WAL_DAMAGED = re.compile(r"dbstack: WAL (\w+) is damaged")


class LocalArchives:
    """The archives of a stack's databases.

    Args:
        databases: the databases.
        say: is told what is found on the way.
    """

    def __init__(self, databases: LocalDatabases, say: Callable[[str], None]) -> None:
        self._databases, self._say = databases, say
        self._containers = databases.containers

    def chosen(self, database: str | None) -> list[str]:
        """The named database, else all that have an archive. UsageError if there is none."""
        found = [
            name
            for name in self._databases.chosen(database)
            if archive_of(self._containers, self._databases.primary(name)[0])
        ]
        if not found:
            whose = f"{database} has no" if database else "no database of this stack has an"
            raise UsageError(
                f"{whose} archive of WAL: describe it by `docker: {{walArchive: true}}` and deploy"
            )
        return found

    def base_backup(self, database: str, keep: int) -> tuple[str, int, list[str]]:
        """Takes a base backup and verifies it, then removes all but the newest `keep` and the WAL that only they need.

        Returns its name, its size in KiB and the names of those removed. SandboxError: it failed and left nothing.
        """
        container, _ = self._databases.primary(database)
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
        done = self._containers.execute(container, script("base_backup"), (name, str(keep)), user="postgres")
        if done.code != 0:
            raise SandboxError(f"the base backup of {database} failed: {last_words(done)}")
        lines = [line.split() for line in done.text.splitlines()]
        size = next(int(words[2]) for words in lines if words[:2] == ["made", name])
        return name, size, [words[1] for words in lines if words[:1] == ["removed"]]

    def bases(self, database: str) -> tuple[BaseBackup, ...]:
        """Its base backups; none without an archive."""
        container, _ = self._databases.names(database)
        if not archive_of(self._containers, container):
            return ()
        found = self._listed(database, None)
        return found.bases if found else ()

    def restore(self, database: str, moment: datetime | None, system: str | None) -> str:
        """Takes the database back to a moment (None: the latest); replicas begin anew.

        Its data are recovered into a volume of their own and tried in a container of their own. Only then they take the
        place of the old ones, which stay as a snapshot, whose name is returned.
        """
        container, volume = self._databases.primary(database)
        path = data_path(self._containers, container, volume)
        fresh, twin = f"{volume}-restoring", f"{container}-restoring"
        self._remove(twin, fresh)
        try:
            self._recover(database, moment, system, fresh)
            # Archiving is on, so that no WAL goes that isn't archived, and has no command.
            self._containers.start_twin(container, twin, {path: fresh}, words=("-c", "archive_command="))
            self._containers.stop(twin)
            before = f"before-{datetime.now(UTC):%Y%m%dt%H%M%S}"
            kept = self._databases.kept(volume, SNAPSHOT, before)
            with self._containers.stopped(container):
                self._containers.copy(container, volume, kept)
                try:
                    self._containers.copy(container, fresh, volume)
                except BaseException:
                    self._containers.copy(container, kept, volume)
                    raise
        finally:
            self._remove(twin, fresh)
        self._databases.renew_replicas(database)
        # A moment from now on is one of the new timeline, which the archive knows from here on.
        self._flush(database)
        return before

    def restore_beside(
        self, database: str, moment: datetime | None, system: str | None, name: str, port: int | None
    ) -> int:
        """Makes a clone of the database as it was at a moment; returns its port. The database isn't touched."""
        twin, kept = self._databases.new_clone(database, name)
        try:
            self._recover(database, moment, system, kept)
        except BaseException:
            self._containers.remove_volume(kept)
            raise
        return self._databases.start_clone(database, name, twin, kept, port)

    # -- the parts -----------------------------------------------------------------------------------------

    def _recover(self, database: str, moment: datetime | None, system: str | None, into: str) -> None:
        """Fills a new volume. UsageError, SandboxError: nothing was changed."""
        if moment is not None and moment > datetime.now(UTC):
            raise UsageError(f"{_told(moment)} is still to come")
        self._flush(database)
        found = self._listed(database, system)
        if found is None or not found.bases:
            others = f" ({', '.join(found.others)}: --system)" if found and found.others else ""
            raise UsageError(
                f"{database} has no base backup{others}, and without one WAL restores nothing: "
                "`dbstack local base-backup` makes one"
            )
        timeline = found.timeline_at(moment)
        usable = found.usable(moment, timeline)
        if not usable:
            reached = found.usable(None, timeline)
            until = (
                f"to {_told(reached[-1].finished)}, when its first base backup was done, and no"
                if reached
                else "no"
            )
            raise UsageError(
                f"{database} can go back {until} further: {_told(moment or datetime.now(UTC))} is before"
            )
        for base in usable:
            missing = found.missing(base, timeline)
            if moment is None and missing:
                raise SandboxError(f"WAL {missing[0]} is missing from the archive: name a moment before it")
            done = recover(
                self._containers,
                self._databases.primary(database),
                into,
                (found.system, base.name, moment.isoformat() if moment else "", str(timeline)),
            )
            if done.code == 0:
                return
            self._containers.remove_volume(into)
            if done.code != _DAMAGED:
                raise _failure(done, missing)
            self._say(f"the base backup {base.name} is damaged: {last_words(done)}")
        raise SandboxError(f"no base backup of {database} that reaches this moment is whole")

    def _flush(self, database: str) -> None:
        container, _ = self._databases.primary(database)
        state: Any = (self._containers.described(container) or {})["State"]
        why = "it doesn't run"
        if state["Running"] and not state["Restarting"]:
            done = flush(self._containers, container)
            if done.code == 0:
                return
            why = last_words(done)
        self._say(f"{database} can't archive its last WAL ({why}): what is there already is used")

    def _listed(self, database: str, system: str | None) -> Archive | None:
        container, volume = self._databases.primary(database)
        archive = archive_of(self._containers, container)
        if archive is None:
            self.chosen(database)
        done = self._containers.run(
            container,
            script("archive_list"),
            (system or "",),
            {data_path(self._containers, container, volume): f"{volume}:ro", ARCHIVE_FOLDER: f"{archive}:ro"},
        )
        if done.code != 0:
            raise SandboxError(f"the archive of {database} can't be read: {last_words(done)}")
        return read_archive(done.text)

    def _remove(self, container: str, volume: str) -> None:
        self._containers.remove_container(container)
        self._containers.remove_volume(volume)


def _failure(done: Ended, missing: Sequence[str]) -> SandboxError:
    last = _LAST.search(done.text)
    until = f": the last transaction before is of {last[1]}" if last else ""
    if damaged := _WAL_DAMAGED.search(done.text):
        return SandboxError(f"WAL {damaged[1]} in the archive is damaged{until}")
    if _ENDED not in done.text:
        return SandboxError(f"the data can't be recovered: {last_words(done)}")
    if missing:
        return SandboxError(f"WAL {missing[0]} is missing from the archive{until}")
    return UsageError(f"the archive ends before that moment{until}")


def _told(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
